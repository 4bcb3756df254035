"""Each rewriting leaves a graph's results the same."""

from typing import Any

import numpy as np
import onnxruntime
import pytest
from numpy.typing import NDArray
from onnx import ModelProto, TensorProto, helper, numpy_helper

from detectors.onnx_rewrite import (
    with_float_weights,
    with_free_batch,
    with_normalisation_folded,
    with_open_batch,
    with_open_reshapes,
    with_prelu_opened,
)

RANDOM = np.random.default_rng(5)


def model_of(nodes: list[Any], constants: dict[str, NDArray[Any]], *, inputs: list[Any] | None = None) -> ModelProto:
    """A graph from x (1, 4, 6, 6) to y."""
    x = helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 4, 6, 6])
    y = helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, None, None, None])
    tensors = [numpy_helper.from_array(value, name) for name, value in constants.items()]
    graph = helper.make_graph(nodes, "g", [x, *(inputs or [])], [y], tensors)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)])
    model.ir_version = 10
    return model


def result(model: ModelProto, batch: int = 1) -> NDArray[np.float32]:
    """y for a fixed x."""
    x = np.random.default_rng(9).normal(size=(batch, 4, 6, 6)).astype(np.float32)
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    return np.asarray(session.run(None, {"x": x})[0], dtype=np.float32)


def conv(weight: str) -> Any:
    """A convolution from x to c."""
    return helper.make_node("Conv", ["x", weight], ["c"], kernel_shape=[3, 3], pads=[1, 1, 1, 1])


@pytest.mark.parametrize("block", [0, 2])
def test_float_weights_give_what_the_quantised_weights_gave(block: int) -> None:
    scales = RANDOM.uniform(0.01, 0.02, (4, 18) if block else (4,)).astype(np.float32)
    constants: dict[str, NDArray[Any]] = {
        "q": RANDOM.integers(-127, 127, (4, 36), dtype=np.int8),
        "s": scales,
        "z": RANDOM.integers(-5, 5, scales.shape, dtype=np.int8),
        "shape": np.array([4, 4, 3, 3], np.int64),
    }
    if block:
        dequantise = helper.make_node("DequantizeLinear", ["q", "s", "z"], ["d"], axis=1, block_size=block)
    else:
        constants["s"], constants["z"] = np.array(0.013, np.float32), np.array(3, np.int8)
        dequantise = helper.make_node("DequantizeLinear", ["q", "s", "z"], ["d"])
    nodes = [
        dequantise,
        helper.make_node("Reshape", ["d", "shape"], ["w"]),
        conv("w"),
        helper.make_node("Identity", ["c"], ["y"]),
    ]
    before = result(model_of(nodes, constants))
    rewritten = with_float_weights(model_of(nodes, constants))
    assert {node.op_type for node in rewritten.graph.node} == {"Conv", "Identity"}
    np.testing.assert_allclose(result(rewritten), before, rtol=1e-5, atol=1e-5)


def test_stale_weight_names_are_no_longer_required_as_inputs() -> None:
    stale = helper.make_tensor_value_info("stale", TensorProto.FLOAT, [4, 4, 3, 3])
    weights = {"w": RANDOM.normal(size=(4, 4, 3, 3)).astype(np.float32)}
    nodes = [conv("w"), helper.make_node("Identity", ["c"], ["y"])]
    rewritten = with_float_weights(model_of(nodes, weights, inputs=[stale]))
    assert [value.name for value in rewritten.graph.input] == ["x"]


def test_a_free_batch_takes_several_pictures_at_once() -> None:
    weights = {"w": RANDOM.normal(size=(4, 4, 3, 3)).astype(np.float32)}
    model = model_of([conv("w"), helper.make_node("Identity", ["c"], ["y"])], weights)
    single = result(model)
    many = result(with_free_batch(model), batch=3)
    assert many.shape == (3, 4, 6, 6)
    np.testing.assert_allclose(many[:1], single, rtol=1e-5, atol=1e-6)


def test_an_open_batch_gives_as_many_rows_as_the_pictures_have() -> None:
    nodes = [
        helper.make_node("Transpose", ["x"], ["t"], perm=[0, 2, 3, 1]),
        helper.make_node("Reshape", ["t", "s"], ["y"]),
    ]
    model = model_of(nodes, {"s": np.array([-1, 4], np.int64)})
    del model.graph.output[:]
    model.graph.output.append(helper.make_tensor_value_info("y", TensorProto.FLOAT, [36, 4]))
    single = result(model)
    many = result(with_open_batch(model), batch=3)
    assert many.shape == (108, 4)
    np.testing.assert_array_equal(many[:36], single)


def test_an_open_reshape_follows_the_batch() -> None:
    nodes = [helper.make_node("Reshape", ["x", "shape"], ["y"])]
    model = model_of(nodes, {"shape": np.array([1, -1, 4], np.int64)})
    del model.graph.output[0].type.tensor_type.shape.dim[:]
    before = result(model)
    opened = with_free_batch_of_input(with_open_reshapes(model))
    np.testing.assert_array_equal(result(opened), before)
    assert result(opened, batch=2).shape == (2, 36, 4)


def with_free_batch_of_input(model: ModelProto) -> ModelProto:
    """The batch of x left open; y has no declared shape."""
    model.graph.input[0].type.tensor_type.shape.dim[0].dim_param = "N"
    del model.graph.output[:]
    model.graph.output.append(helper.make_tensor_value_info("y", TensorProto.FLOAT, None))
    return model


def test_folding_the_normalisation_changes_nothing_but_the_number_of_nodes() -> None:
    constants = {"w": RANDOM.normal(size=(4, 4, 3, 3)), "g": RANDOM.uniform(0.5, 2, 4), "b": RANDOM.normal(size=4)}
    constants |= {"m": RANDOM.normal(size=4), "v": RANDOM.uniform(0.5, 2, 4)}
    nodes = [
        conv("w"),
        helper.make_node("BatchNormalization", ["c", "g", "b", "m", "v"], ["n"], epsilon=2e-5),
        helper.make_node("Dropout", ["n"], ["d"]),
        helper.make_node("Identity", ["d"], ["y"]),
    ]
    floats = {name: value.astype(np.float32) for name, value in constants.items()}
    before = result(model_of(nodes, floats))
    folded = with_normalisation_folded(model_of(nodes, floats))
    assert [node.op_type for node in folded.graph.node] == ["Conv", "Identity"]
    np.testing.assert_allclose(result(folded), before, rtol=1e-4, atol=1e-5)


def test_an_opened_prelu_gives_the_same() -> None:
    slopes = {"a": RANDOM.normal(size=(4, 1, 1)).astype(np.float32)}
    nodes = [helper.make_node("PRelu", ["x", "a"], ["y"])]
    before = result(model_of(nodes, slopes))
    opened = with_prelu_opened(model_of(nodes, slopes))
    assert "PRelu" not in {node.op_type for node in opened.graph.node}
    np.testing.assert_allclose(result(opened), before, rtol=1e-5, atol=1e-6)
