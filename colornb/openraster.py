"""A painting in layers: its lines, each colour that was given, the result; and a file that other programs open.

OpenRaster (.ora) is a zip of PNG files that Krita, GIMP and MyPaint open with all layers. The file looks like the
result. Of a drawing the lines are multiplied with one layer of colour a region, and what else is known lies hidden; of
a photograph all but the result lies hidden.
"""

import io
import os
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.nn import functional as F

from colornb.areas import SHARE, find_areas, resize_areas
from colornb.color import hex_color, parse_color
from colornb.drawn_page import AreaRegions, read_answers
from colornb.hints import EdgeScribble, Hint, Point, Region, rasterize, rasterize_scribbles
from colornb.images import Metadata, save_image, to_uint8
from colornb.page_layout import areas_of_hint, find_white
from colornb.progress import tell
from colornb.reading import LINES, MERGED, MULTIPLY, PAINTED, PAPER, Layer
from colornb.reading import read_layers as read_layers
from colornb.types import Planes
from colornb.writing import SUFFIXES, check_place, png, to_levels, write_file

Given = tuple[str, str, np.ndarray]  # what was given a colour, the colour, and where it is
Crop = Callable[[np.ndarray, int, int], np.ndarray]
Like = Metadata | None  # what the file of the picture held that was painted on
SUFFIX = ".ora"
FLAT_SUFFIXES = (".png", SUFFIX)
THUMBNAIL = 256  # pixels: the largest side that the format allows
SCRIBBLE = (255, 45, 120)  # scribbles have no colour; this one is easily seen
ROWS = 512  # of a layer are multiplied at once


def save_painting(colorizer: Any, hints: Sequence[Hint], path: str | os.PathLike, like: Like = None) -> Path:
    """Write the picture that a `Colorizer` paints for these hints, at its own size.

    As .png, .jpg, .webp or .tif, with what `like` holds of the picture that was painted on, or as .ora with all
    layers, of 8 bits. Raises ImageError for another ending, and where nothing can be written.
    """
    if check_place(path, (*SUFFIXES, SUFFIX)).suffix.lower() != SUFFIX:
        return save_image(colorizer.predict(hints), path, like)
    return save_layers(layers_of(colorizer, hints, like), path, like)


def save_flat(
    colorizer: Any, hints: Sequence[Hint], path: str | os.PathLike, like: Like = None, lines: bool = True
) -> Path:
    """Write the colours that were given to regions and nothing that was painted: as .png, or .ora with layers.

    For those who shade by themselves. Of a drawing each area is filled whole, to the middle of its lines. All else is
    transparent, but for the lines above; with `lines=False` there are none, or in .ora a hidden layer. Of `like` all
    but its 16 bits is kept. Raises ImageError, and ValueError as `flat_layers` does.
    """
    path, layers = check_place(path, FLAT_SUFFIXES), flat_layers(colorizer, hints, like, lines)
    if path.suffix.lower() == SUFFIX:
        return save_layers(layers, path, like)
    return write_file(path, png(flatten(layers), like))


def layers_of(colorizer: Any, hints: Sequence[Hint], like: Like = None) -> Iterator[Layer]:
    """What a painting is made of, the lowest first; as transparent as the picture that it is `like`.

    Of a drawing the colour of each region, and above them the lines, multiplied; the result and all other hints are
    hidden. Of a photograph the result, then hidden all hints and the lines.
    """
    ink, regions = colorizer.ink, colorizer.regions
    below = colorizer.predict(hints) if ink is None else colorizer.predict(hints, with_ink=False)
    yield Layer(PAINTED, _rgba(below if ink is None else below * ink, like), visible=ink is None)
    size, below = tuple(below.shape[-2:]), _rgba(below, like)
    if ink is None:
        flats = _flats(colorizer, hints, like, size) if any(isinstance(hint, Region) for hint in hints) else ()
        yield from (replace(flat, name=flat.name.rpartition(" ")[0], visible=False) for flat in flats)
    elif regions is None:
        yield Layer("colours", below)
    else:
        for name, color, where in _areas(colorizer, hints, size):
            seen = color or hex_color(np.median(below[where][:, :3], 0) / 255 if where.any() else (1, 1, 1))
            yield _cut(f"{name} {seen}", below, where)
    yield from _marks(hints, size)
    yield Layer(LINES, _rgba(colorizer.sketch), visible=False) if ink is None else _line_layer(ink)


def flat_layers(colorizer: Any, hints: Sequence[Hint], like: Like = None, lines: bool = True) -> Iterator[Layer]:
    """The colours that were given to regions, one layer each, and the lines above them, multiplied; the lowest first.

    Of a drawing they fill its areas, and points do, too. Raises ValueError for a model without regions, and where no
    region has a colour.
    """
    regions = [hint for hint in hints if isinstance(hint, Region)]
    if colorizer.regions is None:
        raise ValueError("this model has no regions to fill: choose one that asks about regions")
    if not (regions or (colorizer.ink is not None and any(isinstance(hint, Point) for hint in hints))):
        where = "a region" if colorizer.ink is None else "a region, or a point in an area,"
        raise ValueError(f"nothing is to be filled: give {where} a colour first (points fill areas of drawings only)")
    for hint in regions:
        colorizer.area(hint)  # is refused where there is none
    ink = colorizer.sketch if colorizer.ink is None else colorizer.ink
    size = ink.shape[-2:]
    is_cut_out = like is not None and like.alpha is not None
    page = _rgba(torch.ones(1, 3, *size), like) if is_cut_out else np.zeros((*size, 4), np.uint8)
    paper = Layer(PAPER, page, visible=not is_cut_out)  # as large as the picture
    return chain([paper], _flats(colorizer, hints, like, size), [replace(_line_layer(ink), visible=lines)])


def label(regions: Tensor, height: int, width: int, crop: Crop | None = None) -> np.ndarray:
    """The rank of the region at each pixel (height, width), from a partition (n, h, w) of any size.

    `crop(plane, height, width)` takes a part of it; without it all is seen.

    The enlargement is smooth: on a big canvas the network's own pixels would show as steps. Every
    region that has a pixel keeps one, so that each can be seen and clicked.
    """
    regions = regions.cpu()
    labels, highest = np.zeros((height, width), np.int16), torch.zeros(height, width)
    for rank, region in enumerate(regions):  # one at a time: a large page leaves no room for all of them
        if crop is not None:
            plane = torch.tensor(crop(region.float().numpy(), height, width))
        else:
            size, planes = (height, width), region[None, None].float()
            plane = F.interpolate(planes, size, mode="bilinear", align_corners=False)[0, 0]
        labels[(plane > highest).numpy()] = rank
        highest = torch.maximum(highest, plane)
    if crop is not None:
        return labels
    lost = regions.flatten(1).any(1) & ~torch.from_numpy(np.isin(np.arange(len(regions)), labels))
    for rank in lost.nonzero().flatten().tolist():
        rows, columns = np.nonzero(regions[rank].numpy())
        labels[rows * height // regions.shape[1], columns * width // regions.shape[2]] = rank
    return labels


def label_area(colorizer: Any, labels: np.ndarray, rank: int, part: int | None = None) -> np.ndarray:
    """Where a region, or one piece of it, is among `labels` (height, width): a mask."""
    inside = labels == rank
    if part is None:
        return inside
    return inside & (label(colorizer.pieces(rank), *labels.shape) == part)


def save_layers(layers: Iterable[Layer], path: str | os.PathLike, like: Like = None) -> Path:
    """Write layers, the lowest first, as OpenRaster; the lowest one is as large as the picture.

    The resolution, and who made it when, are those of `like`. The file appears whole or not at all. Raises ImageError.
    """
    return write_file(path, _zip(layers, like or Metadata()))


def save_text(text: str, path: str | os.PathLike) -> Path:
    """Write text, such as the hints of a painting; whole or not at all. Raises ImageError."""
    return write_file(path, text.encode())


def flatten(layers: Iterable[Layer]) -> np.ndarray:
    """The picture that the visible layers make, the lowest first, (h, w, 4) uint8."""
    picture = np.zeros(0)
    for layer in layers:
        picture = picture if picture.size else np.zeros_like(layer.pixels)
        for top in range(0, len(layer.pixels) if layer.visible else 0, ROWS):
            above = layer.pixels[top : top + ROWS]
            x, y = layer.x, layer.y + top
            below = picture[y : y + above.shape[0], x : x + above.shape[1]]
            if layer.mode == MULTIPLY:
                below[:] = _multiplied(below, above)
            else:
                below[:] = Image.alpha_composite(Image.fromarray(below), Image.fromarray(above))
    return picture


def _multiplied(below: np.ndarray, above: np.ndarray) -> np.ndarray:
    """Where there is something below, the colours are multiplied with it (W3C Compositing 1, 10.1.2)."""
    planes = (x.astype(np.float32) / 255 for x in (below, above))
    (under, lower), (color, upper) = ((x[..., :3], x[..., 3:]) for x in planes)
    cover = upper + lower - upper * lower
    mixed = upper * color * (1 - lower + lower * under) + (1 - upper) * lower * under
    return np.rint(255 * np.dstack([mixed / np.maximum(cover, 1e-6), cover])).astype(np.uint8)


def _zip(layers: Iterable[Layer], like: Metadata) -> bytes:
    buffer, image = io.BytesIO(), ElementTree.Element("image", version="0.0.3")
    with zipfile.ZipFile(buffer, "w") as file:  # the format wants the type first, and not compressed
        file.writestr("mimetype", "image/openraster")
        merged = flatten(_written(layers, file, ElementTree.SubElement(image, "stack")))
        tell("all layers together")
        image.attrib |= {"w": str(merged.shape[1]), "h": str(merged.shape[0])}
        image.attrib |= {name: str(round(dpi)) for name, dpi in zip(("xres", "yres"), like.dpi or (), strict=False)}
        file.writestr("stack.xml", ElementTree.tostring(image, "UTF-8", xml_declaration=True))
        file.writestr(MERGED, png(merged, like))
        small = Image.fromarray(merged)
        small.thumbnail((THUMBNAIL, THUMBNAIL))
        file.writestr("Thumbnails/thumbnail.png", png(np.asarray(small)))
    return buffer.getvalue()


def _written(layers: Iterable[Layer], file: zipfile.ZipFile, stack: ElementTree.Element) -> Iterator[Layer]:
    """Each layer, when it is in the file and, above all before it, in the list of them."""
    for number, layer in enumerate(layers):
        tell(f"layer {number + 1}")
        place = f"data/{number:03d}.png"
        file.writestr(place, png(layer.pixels, effort=1))
        about = {"x": str(layer.x), "y": str(layer.y), "visibility": "visible" if layer.visible else "hidden"}
        about |= {"name": layer.name, "src": place, "composite-op": layer.mode}
        stack.insert(0, ElementTree.Element("layer", about))
        yield layer


def _areas(colorizer: Any, hints: Sequence[Hint], size: tuple[int, int]) -> Iterator[Given]:
    """Each region, or each piece of one that is coloured by pieces: its name, its colour or "", and where it is.

    Regions of whole areas end along the lines of the drawing, others where the network's pixels do.
    """
    partition = getattr(colorizer, "partition", None)
    drawn = partition if isinstance(partition, AreaRegions) and partition.areas.shape == size else None
    labels = label(colorizer.regions, *size) if drawn is None else np.zeros(0)
    for rank in colorizer.region_order:
        given = [hint for hint in hints if isinstance(hint, Region) and hint.rank == rank]
        in_pieces = any(hint.part is not None for hint in given)
        for part in range(len(colorizer.pieces(rank))) if in_pieces else [None]:
            colors = [hex_color(parse_color(hint.color)) for hint in given if hint.part in (None, part)]
            name = f"region {rank + 1}" + ("" if part is None else f", piece {part + 1}")
            where = drawn.place(Region(rank, "black", part)).numpy() if drawn else None
            yield name, ["", *colors][-1], label_area(colorizer, labels, rank, part) if where is None else where


def _flats(colorizer: Any, hints: Sequence[Hint], like: Like, size: tuple[int, int]) -> Iterator[Layer]:
    """The colour of each region that was given one, and of a drawing of each point."""
    page = _rgba(torch.ones(1, 3, *size), like)
    given = [area for area in _areas(colorizer, hints, size) if area[1]]
    for name, color, where in given if colorizer.ink is None else _settled(colorizer, given, hints):
        page[..., :3] = np.rint(255 * np.array(parse_color(color)))
        yield _cut(f"{name} {color}", page, where)


def _settled(colorizer: Any, given: Sequence[Given], hints: Sequence[Hint]) -> Iterator[Given]:
    """The same on the areas of a drawing, as they are painted: whole, and on to the middle of the ink around.

    An area has the colour of most of it, or, by their borders, several of which each is on a good part.
    """
    lines, marks = colorizer.sketch, [hint for hint in hints if isinstance(hint, Point | EdgeScribble)]
    white = find_white(lines)
    areas, spots = read_answers(marks, find_areas(lines, white), lines, None)
    found = areas.cpu().numpy()
    asked = np.zeros(found.shape, np.int64)
    for number, (_, _, where) in enumerate(given, 1):
        asked[where] = number
    many = len(given) + 1
    counts = np.bincount((found * many + asked).ravel(), minlength=many * (found.max() + 1)).reshape(-1, many)
    is_kept = (counts >= SHARE * counts.sum(1, keepdims=True)) | (counts == counts.max(1, keepdims=True))
    asked = np.where(is_kept[found, asked], asked, counts.argmax(1)[found])
    dots = [(f"point {k}", hex_color(spot.color), np.isin(found, spot.where)) for k, spot in enumerate(spots, 1)]
    for number, (_, _, where) in enumerate(dots, many):
        asked[where] = number
    asked[_stays_white(white, [where for _, _, where in (*given, *dots)], found.shape)] = 0
    for number, (name, color, _) in enumerate((*given, *dots), 1):
        yield name, color, asked == number


def _stays_white(white: Tensor, asked: Iterable[np.ndarray], size: tuple[int, int]) -> np.ndarray:
    """Balloons and gutters that no colour is about, a mask of this size."""
    wanted = set[int]()
    for where in asked:
        own = resize_areas(torch.from_numpy(where.astype(np.uint8)), (white.shape[0], white.shape[1]))
        wanted |= areas_of_hint(white, own > 0)
    left = resize_areas(white, size).numpy()
    return (left > 0) & ~np.isin(left, sorted(wanted))


def _marks(hints: Sequence[Hint], size: tuple[int, int]) -> Iterator[Layer]:
    """Points and scribbles, hidden."""
    if points := [hint for hint in hints if isinstance(hint, Point)]:
        dense = rasterize(points, *size)
        yield _cut("points", _rgba(dense.color), dense.mask[0, 0].numpy() > 0, visible=False)
    if any(isinstance(hint, EdgeScribble) for hint in hints):
        where = rasterize_scribbles(hints, *size)[0, 0].numpy() > 0
        yield _cut("scribbles", np.full((*size, 4), (*SCRIBBLE, 255), np.uint8), where, visible=False)


def _line_layer(ink: Planes) -> Layer:
    """Ink (1, 1 or 3, h, w) as its darkest colours on nothing: on white it is, to the level, what it was.

    Opaque, it would look the same over colours, but hide that there are none.
    """
    page = to_uint8(ink)
    alpha = 255 - page.min(2, keepdims=True)
    color = (255 * (page - (255 - alpha)).astype(np.uint16) + alpha // 2) // np.maximum(alpha, 1)
    return Layer(LINES, np.dstack([color.astype(np.uint8), alpha]), mode=MULTIPLY)


def _rgba(planes: Planes, like: Like = None) -> np.ndarray:
    """Levels (h, w, 4) of one picture, as transparent as the one that it is `like`."""
    levels = to_levels(planes[0].expand(3, -1, -1).permute(1, 2, 0).cpu().numpy(), like.alpha if like else None)
    return levels if levels.shape[2] == 4 else np.dstack([levels, np.full(levels.shape[:2], 255, np.uint8)])


def _cut(name: str, pixels: np.ndarray, where: np.ndarray, visible: bool = True) -> Layer:
    """A layer of the pixels in `where`, as small as can be."""
    rows, columns = np.nonzero(where.any(1))[0], np.nonzero(where.any(0))[0]
    if not len(rows):
        return Layer(name, np.zeros((1, 1, 4), np.uint8), visible=visible)
    box = slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
    return Layer(name, pixels[box] * where[box][..., None], int(columns[0]), int(rows[0]), visible)
