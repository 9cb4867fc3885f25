"""Regions as pixels: the colours given so far, and the light on the region being asked about."""

from collections.abc import Iterable

import numpy as np
from scipy import ndimage

from colornb.color import parse_color
from colornb.hints import Region

PAPER = (255, 255, 255)
VEIL = (28, 32, 48, 115)  # over all that is not being asked about
ACCENT = (255, 45, 120, 255)  # around what is: no colour of skin, sky, leaves or paper
HALO = (255, 255, 255, 255)  # beside the ring, so that it shows on that very colour
CRUMB = 60  # canvas pixels; smaller pieces of a region are lit, but not outlined
RING_BELOW = 0.004  # a region smaller than this part of the picture gets a ring to find it by


def hint_pixels(sketch: np.ndarray, labels: np.ndarray, hints: Iterable[Region]) -> np.ndarray:
    """The colours given so far under the lines of the sketch (h, w) in [0, 1], as RGBA uint8."""
    color = np.full((*labels.shape, 3), PAPER, np.float32)
    for hint in hints:
        color[labels == hint.rank] = 255 * np.array(parse_color(hint.color), np.float32)
    return opaque(np.rint(color * sketch[..., None]).astype(np.uint8))


def spotlight(labels: np.ndarray, rank: int | None) -> np.ndarray:
    """Marks that light one region: a veil over all others and an outline, as RGBA uint8."""
    marks = np.zeros((*labels.shape, 4), np.uint8)
    if rank is None:
        return marks
    inside = labels == rank
    marks[~inside] = VEIL
    marks[_grow(_main_pieces(inside), 2) & ~inside] = ACCENT
    if 0 < inside.mean() < RING_BELOW:
        _draw_ring(marks, inside)
    return marks


def opaque(rgb: np.ndarray) -> np.ndarray:
    """RGB uint8 (h, w, 3) as RGBA without transparency."""
    return np.dstack([rgb, np.full(rgb.shape[:2], 255, np.uint8)])


def lay_over(pixels: np.ndarray, marks: np.ndarray) -> np.ndarray:
    """Marks over opaque pixels, as the browser shows two layers."""
    share = marks[..., 3:] / 255
    return opaque(np.rint(pixels[..., :3] * (1 - share) + marks[..., :3] * share).astype(np.uint8))


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
