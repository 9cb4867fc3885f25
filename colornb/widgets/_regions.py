"""Regions as pixels: the colours given so far, and the light on the region being asked about."""

import colorsys
from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageFont
from scipy import ndimage
from torch import Tensor

from colornb.color import parse_color
from colornb.hints import pieces
from colornb.layers import label
from colornb.widgets._session import Group

PAPER = (255, 255, 255)
VEIL = (28, 32, 48, 115)  # over all that is not being asked about
ACCENT = (255, 45, 120, 255)  # around what is: no colour of skin, sky, leaves or paper
INK = (20, 22, 28, 255)
FILM = 175  # the opacity of the overview: the lines below are still seen
GOLDEN = 0.618034
HALO = (255, 255, 255, 255)  # beside the ring, so that it shows on that very colour
CRUMB = 60  # canvas pixels; smaller pieces of a region are lit, but not outlined
RING_BELOW = 0.004  # a region smaller than this part of the picture gets a ring to find it by


def map_groups(regions: Tensor, labels: np.ndarray, groups: Sequence[Group]) -> np.ndarray:
    """The number of the group at each pixel, from the rank at each pixel and the partition (n, h, w) it is of."""
    numbers, cut = np.zeros_like(labels), {}
    for number, group in enumerate(groups):
        for rank, part in group:
            if part is not None and rank not in cut:
                cut[rank] = label(pieces(regions[rank]), *labels.shape)
            numbers[(labels == rank) if part is None else (labels == rank) & (cut[rank] == part)] = number
    return numbers


def hint_pixels(sketch: np.ndarray, numbers: np.ndarray, colors: Sequence[str | None]) -> np.ndarray:
    """The colour of each group (None: not given) under the lines of the sketch (h, w) in [0, 1], as RGBA uint8."""
    table = np.array([PAPER if color is None else 255 * np.array(parse_color(color)) for color in colors], np.float32)
    return opaque(np.rint(table[numbers] * sketch[..., None]).astype(np.uint8))


def spotlight(numbers: np.ndarray, number: int | None) -> np.ndarray:
    """Marks that light one group: a veil over all others and an outline, as RGBA uint8."""
    marks = np.zeros((*numbers.shape, 4), np.uint8)
    if number is None:
        return marks
    inside = numbers == number
    marks[~inside] = VEIL
    marks[_outline(inside)] = ACCENT
    if 0 < inside.mean() < RING_BELOW:
        _draw_ring(marks, inside)
    return marks


def overview(numbers: np.ndarray, number: int | None) -> np.ndarray:
    """All groups at once, each in a colour of its own and with its number, the current one outlined: RGBA uint8."""
    count = int(numbers.max()) + 1
    # Golden steps around the circle of hues: neighbours in the order differ most.
    hues = [colorsys.hls_to_rgb(place * GOLDEN % 1, 0.55, 0.65) for place in range(count)]
    marks = np.dstack([(255 * np.array(hues))[numbers], np.full(numbers.shape, FILM)]).round().astype(np.uint8)
    if number is not None:
        marks[_outline(numbers == number)] = ACCENT
    image = Image.fromarray(marks)
    draw, font = ImageDraw.Draw(image), ImageFont.load_default(12)
    for place in range(count):
        if (numbers == place).any():
            draw.text(_deepest(numbers == place), str(place + 1), HALO, font, "mm", stroke_width=2, stroke_fill=INK)
    return np.array(image)


def opaque(rgb: np.ndarray) -> np.ndarray:
    """RGB uint8 (h, w, 3) as RGBA without transparency."""
    return np.dstack([rgb, np.full(rgb.shape[:2], 255, np.uint8)])


def lay_over(pixels: np.ndarray, marks: np.ndarray) -> np.ndarray:
    """Marks over opaque pixels, as the browser shows two layers."""
    share = marks[..., 3:] / 255
    return opaque(np.rint(pixels[..., :3] * (1 - share) + marks[..., :3] * share).astype(np.uint8))


def _outline(inside: np.ndarray) -> np.ndarray:
    return _grow(_main_pieces(inside), 2) & ~inside


def _deepest(inside: np.ndarray) -> tuple[int, int]:
    """The place (x, y) in a mask that is farthest from its border: there is most room for a number."""
    depth = ndimage.distance_transform_edt(np.pad(inside, 1))
    row, column = np.unravel_index(depth.argmax(), depth.shape)
    return int(column) - 1, int(row) - 1


def _main_pieces(mask: np.ndarray) -> np.ndarray:
    """A mask without its crumbs: outlines around every one of them would hide the picture."""
    pieces, _ = ndimage.label(mask)
    sizes = np.bincount(pieces.ravel())
    sizes[0] = 0
    return (sizes >= max(CRUMB, sizes.max() / 10))[pieces] if sizes.max() >= CRUMB else mask


def _grow(mask: np.ndarray, radius: int) -> np.ndarray:
    for _ in range(radius):
        wide = np.pad(mask, 1)
        above, below = wide[:-2, 1:-1], wide[2:, 1:-1]
        mask = mask | above | below | wide[1:-1, :-2] | wide[1:-1, 2:]
    return mask


def _draw_ring(marks: np.ndarray, inside: np.ndarray) -> None:
    rows, columns = np.nonzero(inside)
    # The pixel of the region nearest its middle, which itself may lie outside a scattered region.
    nearest = np.argmin((rows - np.median(rows)) ** 2 + (columns - np.median(columns)) ** 2)
    y, x = np.ogrid[: inside.shape[0], : inside.shape[1]]
    distance = np.hypot(y - rows[nearest], x - columns[nearest])
    radius = 0.07 * max(inside.shape)
    marks[np.abs(distance - radius) < 3] = HALO
    marks[np.abs(distance - radius) < 1.7] = ACCENT
