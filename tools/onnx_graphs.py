"""A network as two ONNX graphs: one for what happens once a picture, one for each change of a hint.

Sides may be any multiple of what the network halves. Weights are stored in 16 bits and computed with in 32: that halves
what a reader loads. Those that choose a region for each pixel keep all their bits, as the last may decide on it.
"""

import hashlib
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import Tensor
from torch.nn import functional as F

from colornb import Colorizer, methods
from colornb.methods._filter_context import planes_of
from colornb.methods.base import CHANNELS, FeatureMaps
from colornb.methods.edge_enhancing import CONTEXT_WINDOW

SMALL = 256  # numbers: a tensor that holds fewer stays in 32 bits
LARGEST = np.finfo(np.float16).max
SEEN_BY_PALETTE = "up4"  # the feature map that likely colours are read from, at a quarter of the size
EXAMPLE = (8, 10)  # sides that a network is traced with, over what they are multiples of


def export(name: str, folder: Path, edges: str | None = None) -> dict[str, Any]:
    """Write the graphs of a shipped network that takes points; what the page has to know of it.

    `edges` is an edge-enhancing network that stands on it; on photographs the page takes scribbles for that.
    """
    colorizer = Colorizer.load(name)
    network = colorizer.network
    folder.mkdir(parents=True, exist_ok=True)
    graphs = trace(network)
    enhancer, whole = methods.load(edges) if edges else None, "encode" if network.n_regions else ""
    graphs["enhance"] = trace_enhancer(enhancer) if enhancer and network.condition == "L" else None
    places = {part: folder / f"{name}-{part}.onnx" for part in graphs}
    return {
        **network.checkpoint,
        "kind": "drawing" if network.condition == "sketch" else "photo",
        **{"side": colorizer.size, "multiple": network.multiple, "notice": getattr(network, "notice", "")},
        "edges": enhancer and enhancer.checkpoint,
        **{part: graph and store(graph, places[part], part == whole) for part, graph in graphs.items()},
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
        outputs, classify = ["painted"], None
        if hasattr(network, "palette"):
            outputs.append(SEEN_BY_PALETTE)
            pixel = torch.zeros(1, network.palette.weight.shape[1], *EXAMPLE)
            classify = to_onnx(network.palette, [pixel], [SEEN_BY_PALETTE], ["logits"])
        paint = to_onnx(Paint(network, type(encoding), kept, outputs[1:]), given, names, outputs)
        return {"encode": encode, "paint": paint, "classify": classify}


def trace_enhancer(network: Any) -> Any:
    """The graph that paints with scribbles; what filters make of the picture comes from whoever runs it."""
    backbone, shape = network.backbone, [network.multiple * n for n in EXAMPLE]
    condition, color, mask, scribble = (torch.zeros(1, n, *shape) for n in (1, CHANNELS[network.target], 1, 1))
    context = torch.zeros(1, planes_of(CHANNELS[network.target]), *shape)
    with torch.no_grad():
        encoding, found = backbone.encode(condition), FeatureMaps()
        backbone.paint(encoding, color, mask, found)
        kept = [name for name, part in vars(encoding).items() if part is not None and name != "condition"]
        strides = {name: shape[1] // found[name].shape[-1] for name in network.layers}
        given = [condition, color, mask, scribble, context, [getattr(encoding, name) for name in kept]]
        names = ["condition", "color", "mask", "scribble", "context", *kept]
        return to_onnx(Enhance(network, type(encoding), kept, strides), given, names, ["painted"])


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

    def __init__(self, network: Any, encoding: type, kept: Sequence[str], also: Sequence[str] = ()) -> None:
        super().__init__()
        self.network, self.encoding, self.kept, self.also = network, encoding, kept, also

    def forward(self, condition: Tensor, color: Tensor, mask: Tensor, seen: list[Tensor]) -> tuple[Tensor, ...]:
        """A and b over 110, or red, green and blue from -1 to 1; and the feature maps that are wanted, too."""
        encoding = self.encoding(condition, **dict(zip(self.kept, seen, strict=True)))
        found = FeatureMaps()
        hook = (found,) if self.also else ()
        return self.network.paint(encoding, color, mask, *hook), *(found[name] for name in self.also)


class Enhance(torch.nn.Module):
    """What an edge-enhancing network paints for hints and scribbles: with pools that a graph can hold."""

    def __init__(self, network: Any, encoding: type, kept: Sequence[str], strides: dict[str, int]) -> None:
        super().__init__()
        self.network, self.encoding, self.kept, self.strides = network, encoding, kept, strides

    def forward(
        self, condition: Tensor, color: Tensor, mask: Tensor, scribble: Tensor, context: Tensor, seen: list[Tensor]
    ) -> Tensor:
        """A and b over 110."""

        def enhance(name: str, feature: Callable[[], Tensor]) -> Tensor:
            value = feature()
            if name not in self.strides:
                return value
            small = F.max_pool2d(scribble, self.strides[name])
            reached = F.max_pool2d(small, CONTEXT_WINDOW, 1, CONTEXT_WINDOW // 2)
            close = F.avg_pool2d(context, self.strides[name]) * reached
            enhancer = self.network.enhancers[name]
            around = torch.cat([enhancer.layers(torch.cat([small, value, close], 1)), close], 1)
            return value + reached * enhancer.last(around) * self.network.config.strength

        encoding = self.encoding(condition, **dict(zip(self.kept, seen, strict=True)))
        return self.network.backbone.paint(encoding, color, mask, enhance)


def store(graph: Any, path: Path, is_whole: bool = False) -> dict[str, Any]:
    """Write a graph with its weights in 16 bits, or as they are; its file, for the page."""
    if not is_whole:
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
