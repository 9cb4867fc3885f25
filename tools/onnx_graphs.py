"""A network as two ONNX graphs: one for what happens once a picture, one for each change of a hint.

Sides may be any multiple of what the network halves. Weights are stored in 16 bits, as in the shipped checkpoints, and
computed with in 32: that halves what a reader loads.
"""

import hashlib
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import Tensor

from colornb import Colorizer
from colornb.methods.base import CHANNELS

SMALL = 256  # numbers: a tensor that holds fewer stays in 32 bits
LARGEST = np.finfo(np.float16).max
EXAMPLE = (8, 10)  # sides that a network is traced with, over what they are multiples of


def export(name: str, folder: Path) -> dict[str, Any]:
    """Write the graphs of a shipped network that takes points; what the page has to know of it."""
    colorizer = Colorizer.load(name)
    network = colorizer.network
    folder.mkdir(parents=True, exist_ok=True)
    graphs = trace(network)
    return {
        **network.checkpoint,
        "kind": "drawing" if network.condition == "sketch" else "photo",
        **{"side": colorizer.size, "multiple": network.multiple, "notice": getattr(network, "notice", "")},
        **{part: graph and store(graph, folder / f"{name}-{part}.onnx") for part, graph in graphs.items()},
    }


def trace(network: Any) -> dict[str, Any]:
    """The graphs of a network, by name; None in the place of `encode` where nothing happens once a picture."""
    shape = [network.multiple * n for n in EXAMPLE]
    # one tensor given twice would be one input of the graph
    condition, color, mask = (torch.zeros(1, n, *shape) for n in (1, CHANNELS[network.target], 1))
    with torch.no_grad():
        encoding = network.encode(condition)
        kept = [name for name, part in vars(encoding).items() if part is not None and name != "condition"]
        encode = to_onnx(Encode(network, kept), [condition], ["condition"], kept) if kept else None
        given = [condition, color, mask, [getattr(encoding, name) for name in kept]]
        names = ["condition", "color", "mask", *kept]
        return {"encode": encode, "paint": to_onnx(Paint(network, type(encoding), kept), given, names, ["painted"])}


def to_onnx(module: Any, given: list[Any], names: list[str], outputs: list[str]) -> Any:
    """A module as a graph, for inputs like those given, but of pictures whose sides are any multiples."""
    height, width = torch.export.Dim("height", min=1), torch.export.Dim("width", min=1)

    def shape(part: Any) -> Any:
        if isinstance(part, list):
            return [shape(each) for each in part]
        side = part.shape[2] // EXAMPLE[0]  # that of a map of a quarter of the size is a quarter of the picture's
        return {2: side * height, 3: side * width}

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the exporter, about names of axes
        program = torch.onnx.export(
            module.eval(),
            tuple(given),
            input_names=names,
            output_names=outputs,
            dynamic_shapes=tuple(map(shape, given)),
            dynamo=True,
            external_data=False,
            verbose=False,
        )
    return program.model_proto


class Encode(torch.nn.Module):
    """What a network makes of a picture, without what it was given."""

    def __init__(self, network: Any, kept: Sequence[str]) -> None:
        super().__init__()
        self.network, self.kept = network, kept

    def forward(self, condition: Tensor) -> tuple[Tensor, ...]:
        """Each part of the encoding."""
        encoding = self.network.encode(condition)
        return tuple(getattr(encoding, name) for name in self.kept)


class Paint(torch.nn.Module):
    """What a network paints for hints."""

    def __init__(self, network: Any, encoding: type, kept: Sequence[str]) -> None:
        super().__init__()
        self.network, self.encoding, self.kept = network, encoding, kept

    def forward(self, condition: Tensor, color: Tensor, mask: Tensor, seen: list[Tensor]) -> Tensor:
        """A and b over 110, or red, green and blue from -1 to 1."""
        encoding = self.encoding(condition, **dict(zip(self.kept, seen, strict=True)))
        return self.network.paint(encoding, color, mask)


def store(graph: Any, path: Path) -> dict[str, Any]:
    """Write a graph with its weights in 16 bits; its file, for the page."""
    halve(graph)
    onnx.checker.check_model(graph)
    data = graph.SerializeToString()
    path.write_bytes(data)
    return {"file": path.name, "bytes": len(data), "version": hashlib.sha256(data).hexdigest()[:12]}


def halve(graph: Any) -> None:
    """Store all large tensors of a graph in 16 bits; they become 32 again when it is loaded."""
    casts = []
    for tensor in graph.graph.initializer:
        array = numpy_helper.to_array(tensor)
        if (
            tensor.data_type != TensorProto.FLOAT
            or array.size < SMALL
            or np.abs(array).max() > np.finfo(np.float16).max
        ):
            continue
        name = tensor.name
        tensor.CopyFrom(numpy_helper.from_array(array.astype(np.float16), f"{name}_half"))
        casts.append(helper.make_node("Cast", [tensor.name], [name], to=TensorProto.FLOAT))
    nodes = [*casts, *graph.graph.node]
    del graph.graph.node[:]
    graph.graph.node.extend(nodes)
