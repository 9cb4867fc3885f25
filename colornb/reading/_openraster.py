"""OpenRaster (.ora): a zip of PNG files, one a layer, and a list of what lies above what.

Of a drawing with colours below it the lines are a layer of their own: a file of this kind is read as the drawing again,
and any other one as the picture that all layers make.
"""

import io
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from PIL import Image

from colornb.reading._png import sound
from colornb.reading._sources import File, ImageError, Source, head_of, one_line, readable

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

NORMAL, MULTIPLY = "svg:src-over", "svg:multiply"
LINES = "lines"  # the name of the layer, in multiply mode, that is a drawing
PAINTED, PAPER = "painted", "paper"  # the first, hidden, is as transparent as the picture that was painted on
MERGED = "mergedimage.png"
MAGIC = b"mimetypeimage/openraster"  # the first file in the zip is not compressed


@dataclass(frozen=True)
class Layer:
    """Pixels with a name: (h, w, 4) uint8 RGBA, at (x, y) of the picture, over what is below or multiplied with it."""

    name: str
    pixels: np.ndarray
    x: int = 0
    y: int = 0
    visible: bool = True
    mode: str = NORMAL


class Opened(NamedTuple):
    """A picture, a file that PIL knows; dots an inch; and of a drawing its levels on nothing, and its transparency."""

    file: File
    dpi: tuple[float, float] | None = None
    drawing: np.ndarray | None = None
    alpha: np.ndarray | None = None


def read_layers(source: Source) -> list[Layer]:
    """The layers in an OpenRaster file, the lowest first. Raises ImageError for anything else."""
    file, name = readable(source)
    with one_line(name):
        if not _is_openraster(file):
            raise ImageError(f"{name} has no layers: give an OpenRaster file, .ora")
        with zipfile.ZipFile(file) as archive:
            return [*_layers_in(archive)][::-1]


def opened(file: File) -> Opened:
    """Of OpenRaster the picture that all layers make, and its drawing, if it has one. Any other file as it is."""
    if not _is_openraster(file):
        return Opened(file)
    with zipfile.ZipFile(file) as archive:
        merged, dpi = io.BytesIO(archive.read(MERGED)), _resolution(archive)
        lines = next((layer for layer in _layers_in(archive, LINES) if layer.mode == MULTIPLY), None)
        if lines is None:
            return Opened(merged, dpi)
        page, ink = Image.new("RGB", Image.open(merged).size, "white"), Image.fromarray(lines.pixels)
        page.paste(ink, (lines.x, lines.y), ink)
        return Opened(merged, dpi, *_cut_out(np.asarray(page), _outline(archive)))


def _outline(archive: zipfile.ZipFile) -> np.ndarray | None:
    """How transparent the picture was that was drawn on, (h, w) uint8, if it is known."""
    painted = next(_layers_in(archive, PAINTED), None) or next(_layers_in(archive, PAPER), None)
    return None if painted is None or (painted.name == PAPER and painted.visible) else painted.pixels[..., 3]


def _resolution(archive: zipfile.ZipFile) -> tuple[float, float] | None:
    """Dots an inch, across and down."""
    image = _stack(archive)
    with suppress(ValueError):
        return float(image.get("xres", "")), float(image.get("yres", ""))
    return None


def _cut_out(page: np.ndarray, alpha: np.ndarray | None) -> tuple[np.ndarray, np.ndarray | None]:
    """A page, (h, w, 3) uint8, and how transparent it is: on white it looks as it did."""
    if alpha is None or alpha.shape != page.shape[:2] or alpha.min() == 255:
        return page, None
    cover = np.maximum(alpha, 1)[..., None].astype(np.float32)
    return (255 - np.rint((255 - page) * (255 / cover))).clip(0, 255).astype(np.uint8), alpha


def _is_openraster(file: File) -> bool:
    return head_of(file, 30 + len(MAGIC)).endswith(MAGIC)


def _layers_in(archive: zipfile.ZipFile, name: str | None = None) -> Iterator[Layer]:
    """The highest first, as they are listed; all, or those of one name."""
    for row in _stack(archive).iter("layer"):
        if name in (None, row.get("name")):
            with Image.open(sound(io.BytesIO(archive.read(row.attrib["src"])))[0]) as picture:
                pixels = np.asarray(picture.convert("RGBA"))
            x, y = (int(row.get(side, 0)) for side in "xy")
            visible, mode = row.get("visibility") != "hidden", row.get("composite-op", NORMAL)
            yield Layer(row.get("name", ""), pixels, x, y, visible, mode)


def _stack(archive: zipfile.ZipFile) -> "Element":
    """The list of what lies above what."""
    from xml.etree import ElementTree

    return ElementTree.fromstring(archive.read("stack.xml"))
