"""YuNet with the outputs of an SCRFD detector, rewritten inside the graph, so that insightface loads it.

YuNet answers per stride with class, objectness, box offsets and landmarks of one anchor per cell; insightface
expects nine outputs with two anchors per cell, distances to the four sides, and red-green-blue input. The
second anchor is given the score zero. Geometry: YuNet (Wu et al., Machine Intelligence Research 2023) puts
the centre at (cell + offset) * stride and the size at exp(v) * stride; SCRFD (Guo et al., ICLR 2022) measures
from the cell.
"""

from typing import Any

import numpy as np
from onnx import ModelProto, NodeProto, TensorProto, checker, helper, numpy_helper

from detectors.onnx_rewrite import replace_nodes

STRIDES = (8, 16, 32)


def as_scrfd(model: ModelProto) -> ModelProto:
    """Return the model with input `rgb` (1, 3, H, W) and outputs score, boxes and points per stride.

    model: YuNet in float32 with open reshapes; it is changed in place. H and W are multiples of 32.
    """
    graph = model.graph
    for name, value in _constants().items():
        graph.initializer.append(numpy_helper.from_array(np.asarray(value), name))
    colours = helper.make_node("Gather", ["rgb", "rev"], [graph.input[0].name], "to_bgr", axis=1)
    heads = [node for stride in STRIDES for node in _head(stride)]
    replace_nodes(graph, [colours, *graph.node, *heads])
    del graph.input[:]
    graph.input.append(helper.make_tensor_value_info("rgb", TensorProto.FLOAT, [1, 3, "H", "W"]))
    del graph.output[:]
    for name, width in (("score", 1), ("boxes", 4), ("points", 10)):
        for stride in STRIDES:
            shape: list[str | int | None] = [f"n_{name}{stride}", width]
            graph.output.append(helper.make_tensor_value_info(f"{name}_{stride}", TensorProto.FLOAT, shape))
    checker.check_model(model)
    return model


def _constants() -> dict[str, Any]:
    """Return the small tensors that the added nodes refer to."""
    return {
        "rev": np.array([2, 1, 0], np.int64),
        "half": np.float32(0.5),
        "zero": np.float32(0),
        "one": np.float32(1),
        "axm": np.array([2], np.int64),
        **{f"shp{width}": np.array([-1, width], np.int64) for width in (1, 4, 10)},
        **{f"s{index}": np.array([index], np.int64) for index in range(5)},
    }


def _head(stride: int) -> list[NodeProto]:
    """Return the nodes that turn one stride's four YuNet outputs into three SCRFD outputs."""

    def at(name: str) -> str:
        return f"{name}_{stride}_sf"

    node = helper.make_node
    # 1. score = sqrt(class * objectness), then zero for the second anchor.
    nodes = [
        node("Clip", [f"cls_{stride}", "zero", "one"], [at("c")]),
        node("Clip", [f"obj_{stride}", "zero", "one"], [at("o")]),
        node("Mul", [at("c"), at("o")], [at("co")]),
        node("Sqrt", [at("co")], [at("s")]),
        node("Mul", [at("s"), "zero"], [at("s0")]),
        node("Concat", [at("s"), at("s0")], [at("ss")], axis=2),
        node("Reshape", [at("ss"), "shp1"], [f"score_{stride}"]),
    ]
    # 2. offsets of the centre and half of the size, in strides.
    for index, part in enumerate(("dx", "dy", "dw", "dh")):
        nodes.append(node("Slice", [f"bbox_{stride}", f"s{index}", f"s{index + 1}", "axm"], [at(part)]))
    for part in ("dw", "dh"):
        nodes.append(node("Exp", [at(part)], [at(f"{part}e")]))
        nodes.append(node("Mul", [at(f"{part}e"), "half"], [at(f"{part}h")]))
    # 3. distances from the cell to the left, top, right and bottom side.
    nodes += [
        node("Sub", [at("dwh"), at("dx")], [at("l")]),
        node("Sub", [at("dhh"), at("dy")], [at("t")]),
        node("Add", [at("dwh"), at("dx")], [at("r")]),
        node("Add", [at("dhh"), at("dy")], [at("b")]),
        node("Concat", [at(side) for side in "ltrb"] * 2, [at("bb")], axis=2),
        node("Reshape", [at("bb"), "shp4"], [f"boxes_{stride}"]),
    ]
    # 4. landmarks keep their meaning.
    nodes += [
        node("Concat", [f"kps_{stride}", f"kps_{stride}"], [at("kk")], axis=2),
        node("Reshape", [at("kk"), "shp10"], [f"points_{stride}"]),
    ]
    return nodes
