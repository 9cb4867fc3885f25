"""A painting in layers: its lines, each colour that was given, the result; and a file that other programs open.

OpenRaster (.ora) is a zip of PNG files that Krita, GIMP and MyPaint open with all layers. The file looks like the
result; what it was made of lies hidden above it, and is switched on there.
"""

import io
import os
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.nn import functional as F

from colornb.color import parse_color
from colornb.hints import EdgeScribble, Hint, Point, Region, pieces, rasterize, rasterize_scribbles
from colornb.images import Metadata, save_image, to_uint8
from colornb.writing import write_file

SUFFIX = ".ora"
THUMBNAIL = 256  # pixels: the largest side that the format allows
SCRIBBLE = (255, 45, 120)  # scribbles have no colour; this one is easily seen


@dataclass(frozen=True)
class Layer:
    """Pixels with a name: (h, w, 4) uint8 RGBA, at (x, y) of the picture."""

    name: str
    pixels: np.ndarray
    x: int = 0
    y: int = 0
    visible: bool = True


def save_painting(colorizer: Any, hints: Sequence[Hint], path: str | os.PathLike, like: Metadata | None = None) -> Path:
    """Write the picture that a `Colorizer` paints for these hints, at its own size.

    As .png, .jpg, .webp or .tif, with what `like` holds of the picture that was painted on, or as .ora with all
    layers. Raises ImageError for another ending, and where nothing can be written.
    """
    if Path(path).suffix.lower() != SUFFIX:
        return save_image(colorizer.predict(hints), path, like)
    return save_layers(layers_of(colorizer, hints), path)


def layers_of(colorizer: Any, hints: Sequence[Hint]) -> list[Layer]:
    """What a painting is made of, the lowest first: the result, then hidden all hints and the lines."""
    painted, lines = colorizer.predict(hints), colorizer.sketch
    size = tuple(painted.shape[-2:])
    layers = [Layer("painted", _opaque(to_uint8(painted)))]
    regions = [hint for hint in hints if isinstance(hint, Region)]
    if regions:
        labels = label(colorizer.regions, *size)
        for hint in regions:
            layers.append(_flat(_name(hint), label_area(colorizer.regions, labels, hint.rank, hint.part), hint.color))
    points = [hint for hint in hints if isinstance(hint, Point)]
    if points:
        dense = rasterize(points, *size)
        layers.append(_cut("points", to_uint8(dense.color), dense.mask[0, 0].numpy() > 0))
    if any(isinstance(hint, EdgeScribble) for hint in hints):
        where = rasterize_scribbles(hints, *size)[0, 0].numpy() > 0
        layers.append(_cut("scribbles", np.full((*size, 3), SCRIBBLE, np.uint8), where))
    return [*layers, Layer("lines", _opaque(to_uint8(lines.expand(-1, 3, -1, -1))), visible=False)]


def label(regions: Tensor, height: int, width: int) -> np.ndarray:
    """The rank of the region at each pixel (height, width), from a partition (n, h, w) of any size.

    The enlargement is smooth: on a big canvas the network's own pixels would show as steps. Every
    region that has a pixel keeps one, so that each can be seen and clicked.
    """
    planes = F.interpolate(regions[None].float(), (height, width), mode="bilinear", align_corners=False)
    labels = planes[0].argmax(0).cpu().numpy()
    lost = regions.flatten(1).any(1).cpu() & ~torch.from_numpy(np.isin(np.arange(len(regions)), labels))
    for rank in lost.nonzero().flatten().tolist():
        rows, columns = np.nonzero(regions[rank].cpu().numpy())
        labels[rows * height // regions.shape[1], columns * width // regions.shape[2]] = rank
    return labels


def label_area(regions: Tensor, labels: np.ndarray, rank: int, part: int | None = None) -> np.ndarray:
    """Where a region, or one piece of it, is among `labels` (height, width): a mask."""
    inside = labels == rank
    if part is None:
        return inside
    return inside & (label(pieces(regions[rank]), *labels.shape) == part)


def save_layers(layers: Sequence[Layer], path: str | os.PathLike) -> Path:
    """Write layers, the lowest first, as OpenRaster; the lowest one is as large as the picture.

    The file appears whole or not at all. Raises ImageError.
    """
    return write_file(path, _zip(layers))


def save_text(text: str, path: str | os.PathLike) -> Path:
    """Write text, such as the hints of a painting; whole or not at all. Raises ImageError."""
    return write_file(path, text.encode())


def flatten(layers: Sequence[Layer]) -> np.ndarray:
    """The picture that the visible layers make, (h, w, 4) uint8."""
    picture = Image.fromarray(np.zeros_like(layers[0].pixels))
    for layer in layers:
        if layer.visible:
            picture.alpha_composite(Image.fromarray(layer.pixels), (layer.x, layer.y))
    return np.array(picture)


def _zip(layers: Sequence[Layer]) -> bytes:
    buffer, merged = io.BytesIO(), flatten(layers)
    small = Image.fromarray(merged)
    small.thumbnail((THUMBNAIL, THUMBNAIL))
    with zipfile.ZipFile(buffer, "w") as file:  # the format wants the type first, and not compressed
        file.writestr("mimetype", "image/openraster")
        file.writestr("stack.xml", _stack(layers, *merged.shape[:2]))
        for number, layer in enumerate(layers):
            file.writestr(_place(number), _png(layer.pixels))
        file.writestr("mergedimage.png", _png(merged))
        file.writestr("Thumbnails/thumbnail.png", _png(np.array(small)))
    return buffer.getvalue()


def _name(hint: Region) -> str:
    return f"region {hint.rank + 1}" + ("" if hint.part is None else f", piece {hint.part + 1}")


def _place(number: int) -> str:
    return f"data/{number:03d}.png"


def _stack(layers: Sequence[Layer], height: int, width: int) -> bytes:
    image = ElementTree.Element("image", version="0.0.3", w=str(width), h=str(height))
    stack = ElementTree.SubElement(image, "stack")
    for number, layer in reversed(list(enumerate(layers))):  # the highest comes first
        about = {"name": layer.name, "src": _place(number), "x": str(layer.x), "y": str(layer.y)}
        about["visibility"] = "visible" if layer.visible else "hidden"
        ElementTree.SubElement(stack, "layer", about)
    return ElementTree.tostring(image, "UTF-8", xml_declaration=True)


def _png(pixels: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()


def _opaque(rgb: np.ndarray) -> np.ndarray:
    return np.dstack([rgb, np.full(rgb.shape[:2], 255, np.uint8)])


def _flat(name: str, where: np.ndarray, color: str) -> Layer:
    rgb = np.rint(255 * np.array(parse_color(color))).astype(np.uint8)
    return _cut(name, np.broadcast_to(rgb, (*where.shape, 3)), where)


def _cut(name: str, rgb: np.ndarray, where: np.ndarray) -> Layer:
    """A hidden layer of the pixels in `where`, as small as can be."""
    rows, columns = np.nonzero(where.any(1))[0], np.nonzero(where.any(0))[0]
    if not len(rows):
        return Layer(name, np.zeros((1, 1, 4), np.uint8), visible=False)
    box = slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
    alpha = np.where(where[box], 255, 0).astype(np.uint8)
    return Layer(name, np.dstack([rgb[box], alpha]), int(columns[0]), int(rows[0]), visible=False)
