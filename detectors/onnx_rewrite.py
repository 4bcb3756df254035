"""Rewritings of an ONNX graph that leave its results the same: weights to float32, free batch, PRelu opened.

Why they are needed: the published int8 block-quantised files list stale weight names as required inputs, so
ONNX Runtime refuses them; their batch is fixed at one; and PRelu is the slowest operator of the CPU provider
(four elementary operators in its place are a quarter faster at a difference below 2e-6).
Standard: ONNX IR 10, operator set of the source file. Functions change the model they are given and
return it.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import GraphProto, ModelProto, NodeProto, TensorProto, helper, numpy_helper

IR_VERSION = 10


def with_float_weights(model: ModelProto) -> ModelProto:
    """Return the model with every quantised weight replaced by its float32 value and no stale inputs."""
    graph = model.graph
    constants = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
    weights: dict[str, NDArray[Any]] = {}
    nodes: list[NodeProto] = []
    for node in graph.node:
        if node.op_type == "DequantizeLinear" and all(name in constants for name in node.input):
            weights[node.output[0]] = _dequantised(node, constants)
        elif node.op_type == "Reshape" and node.input[0] in weights and node.input[1] in constants:
            weights[node.output[0]] = weights[node.input[0]].reshape(constants[node.input[1]])
        else:
            nodes.append(node)
    used = {name for node in nodes for name in node.input}
    kept = [tensor for tensor in graph.initializer if tensor.name in used and tensor.name not in weights]
    kept += [numpy_helper.from_array(value, name) for name, value in weights.items() if name in used]
    _replace(graph.node, nodes)
    _replace(graph.initializer, kept)
    named = {tensor.name for tensor in kept}
    _replace(graph.input, [value for value in graph.input if value.name in used - named])
    model.ir_version = IR_VERSION
    return model


def with_free_batch(model: ModelProto) -> ModelProto:
    """Return the model with the first dimension of every input and output left open."""
    graph = model.graph
    for value in (*graph.input, *graph.output):
        value.type.tensor_type.shape.dim[0].dim_param = "N"
    _replace(graph.value_info, [])
    return model


def with_open_batch(model: ModelProto) -> ModelProto:
    """Return the model with the first dimension of its input open, and its outputs of any number of rows.

    For a detector, whose outputs have one row for each anchor of all pictures.
    """
    graph = model.graph
    graph.input[0].type.tensor_type.shape.dim[0].dim_param = "batch"
    for number, value in enumerate(graph.output):
        for place, dimension in enumerate(list(value.type.tensor_type.shape.dim)[:-1]):
            dimension.dim_param = f"rows_{number}_{place}"
    _replace(graph.value_info, [])
    return model


def with_open_reshapes(model: ModelProto) -> ModelProto:
    """Return the model with the batch of its three-part Reshape targets copied from the input.

    A detector head reshapes to (1, -1, k); (0, -1, k) means the same and lets the size of the picture vary.
    """
    graph = model.graph
    targets = {node.input[1] for node in graph.node if node.op_type == "Reshape"}
    for tensor in graph.initializer:
        shape = numpy_helper.to_array(tensor)
        if tensor.name in targets and shape.shape == (3,):
            opened = np.array([0, -1, shape[2]], dtype=np.int64)
            tensor.CopyFrom(numpy_helper.from_array(opened, tensor.name))
    _replace(graph.value_info, [])
    return model


def with_normalisation_folded(model: ModelProto) -> ModelProto:
    """Return the model with each BatchNormalization after a Conv folded into it, and without Dropout.

    Folded in float64: y = s * (W x + b - mean) + beta with s = gamma / sqrt(variance + epsilon).
    """
    graph = model.graph
    constants = {t.name: numpy_helper.to_array(t).astype(np.float64) for t in graph.initializer}
    makers: dict[str, NodeProto] = {}
    renamed: dict[str, str] = {}
    nodes: list[NodeProto] = []
    folded: list[TensorProto] = []
    for node in graph.node:
        inputs = [renamed.get(name, name) for name in node.input]
        node.ClearField("input")
        node.input.extend(inputs)
        maker = makers.get(inputs[0]) if inputs else None
        if node.op_type == "Dropout":
            renamed[node.output[0]] = inputs[0]
        elif node.op_type == "BatchNormalization" and maker is not None and maker.op_type == "Conv":
            folded += _folded(maker, node, constants)
            renamed[node.output[0]] = maker.output[0]
        else:
            nodes.append(node)
            makers[node.output[0]] = node
    used = {name for node in nodes for name in node.input}
    kept = [tensor for tensor in graph.initializer if tensor.name in used]
    _replace(graph.node, nodes)
    _replace(graph.initializer, kept + folded)
    _replace(graph.value_info, [])
    return model


def with_prelu_opened(model: ModelProto) -> ModelProto:
    """Return the model with PRelu(x) written as Relu(x) + slope * (x - Relu(x))."""
    nodes: list[NodeProto] = []
    for node in model.graph.node:
        if node.op_type != "PRelu":
            nodes.append(node)
            continue
        (value, slope), result = node.input, node.output[0]
        positive, negative, scaled = f"{result}_p", f"{result}_n", f"{result}_m"
        nodes += [
            helper.make_node("Relu", [value], [positive], f"{result}_relu"),
            helper.make_node("Sub", [value, positive], [negative], f"{result}_sub"),
            helper.make_node("Mul", [negative, slope], [scaled], f"{result}_mul"),
            helper.make_node("Add", [positive, scaled], [result], f"{result}_add"),
        ]
    _replace(model.graph.node, nodes)
    return model


def replace_nodes(graph: GraphProto, nodes: list[NodeProto]) -> None:
    """Put nodes in place of the graph's own, in this order."""
    _replace(graph.node, nodes)


def _dequantised(node: NodeProto, constants: dict[str, NDArray[Any]]) -> NDArray[np.float32]:
    """Return (x - zero) * scale in float32, with blocks of one scale stretched along the axis (ONNX 21)."""
    attributes = {attribute.name: attribute.i for attribute in node.attribute}
    axis, block = attributes.get("axis", 1), attributes.get("block_size", 0)
    values = constants[node.input[0]].astype(np.float32)
    scale = constants[node.input[1]]
    zero = constants[node.input[2]].astype(np.float32)
    if block:
        wanted = range(values.shape[axis])
        scale = np.take(np.repeat(scale, block, axis=axis), wanted, axis=axis)
        zero = np.take(np.repeat(zero, block, axis=axis), wanted, axis=axis)
    floats: NDArray[np.float32] = ((values - zero) * scale).astype(np.float32)
    return floats


def _folded(conv: NodeProto, norm: NodeProto, constants: dict[str, NDArray[Any]]) -> list[TensorProto]:
    """Return the new weights and bias of conv, which then does the work of norm as well."""
    epsilon = next((a.f for a in norm.attribute if a.name == "epsilon"), 1e-5)
    gamma, beta, mean, variance = (constants[name] for name in norm.input[1:5])
    scale = gamma / np.sqrt(variance + epsilon)
    bias = constants[conv.input[2]] if len(conv.input) > 2 else 0.0
    names = f"{conv.output[0]}_Wf", f"{conv.output[0]}_Bf"
    weights = constants[conv.input[1]] * scale[:, None, None, None]
    values = weights, (bias - mean) * scale + beta
    inputs = [conv.input[0], *names]
    conv.ClearField("input")
    conv.input.extend(inputs)
    return [numpy_helper.from_array(v.astype(np.float32), n) for v, n in zip(values, names, strict=True)]


def _replace(field: Any, values: list[Any]) -> None:
    """Put values in place of a repeated field; protobuf offers no assignment for those."""
    # The new messages may live inside the field that is cleared: copy them first.
    copies = [type(value).FromString(value.SerializeToString(deterministic=True)) for value in values]
    del field[:]
    field.extend(copies)
