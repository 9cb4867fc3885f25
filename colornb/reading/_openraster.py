"""OpenRaster (.ora): a zip of PNG files, one a layer, and a list of what lies above what.

Of a drawing with colours below it the lines are a layer of their own: a file of this kind is read as the drawing again,
and any other one as the picture that all layers make.
"""

import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from PIL import Image

from colornb.reading._sources import File, ImageError, Source, head_of, one_line, readable

NORMAL, MULTIPLY = "svg:src-over", "svg:multiply"
LINES = "lines"  # the name of the layer, in multiply mode, that is a drawing
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


def read_layers(source: Source) -> list[Layer]:
    """The layers in an OpenRaster file, the lowest first. Raises ImageError for anything else."""
    file, name = readable(source)
    with one_line(name):
        if not _is_openraster(file):
            raise ImageError(f"{name} has no layers: give an OpenRaster file, .ora")
        with zipfile.ZipFile(file) as archive:
            return [*_layers_in(archive)][::-1]


def opened(file: File) -> tuple[File, np.ndarray | None]:
    """Of OpenRaster the picture that all layers make, a file, and its drawing, (H, W, 3) uint8 on white, or None.

    Any other file as it is.
    """
    if not _is_openraster(file):
        return file, None
    with zipfile.ZipFile(file) as archive:
        merged = io.BytesIO(archive.read(MERGED))
        lines = next((layer for layer in _layers_in(archive, LINES) if layer.mode == MULTIPLY), None)
    if lines is None:
        return merged, None
    page, ink = Image.new("RGB", Image.open(merged).size, "white"), Image.fromarray(lines.pixels)
    page.paste(ink, (lines.x, lines.y), ink)
    return merged, np.asarray(page)


def _is_openraster(file: File) -> bool:
    return head_of(file, 30 + len(MAGIC)).endswith(MAGIC)


def _layers_in(archive: zipfile.ZipFile, name: str | None = None) -> Iterator[Layer]:
    """The highest first, as they are listed; all, or those of one name."""
    from xml.etree import ElementTree

    for row in ElementTree.fromstring(archive.read("stack.xml")).iter("layer"):
        if name in (None, row.get("name")):
            with Image.open(io.BytesIO(archive.read(row.attrib["src"]))) as picture:
                pixels = np.asarray(picture.convert("RGBA"))
            x, y = (int(row.get(side, 0)) for side in "xy")
            visible, mode = row.get("visibility") != "hidden", row.get("composite-op", NORMAL)
            yield Layer(row.get("name", ""), pixels, x, y, visible, mode)
