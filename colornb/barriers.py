"""Lines that a person draws on a drawing, which colour does not cross: they part its areas as ink would.

A hand stops short of a line, or goes beyond it. So the ends of what was drawn go on to what is near, and what is left
between it and a line of the drawing that it follows is no area of its own.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from colornb.areas import INK, SLIVER, SMALLEST
from colornb.hints import EdgeScribble
from colornb.types import Bool, Int, Sketch

BRIDGE = 0.04  # of the shorter side: an end goes on to ink, to another line or to its own beginning that is no farther
AHEAD = 0.8  # the cosine of how far to either side of a line's end what it was going to may lie

Pixels = Int[np.ndarray, "n 2"]  # x, y


class Parted(NamedTuple):
    """Areas, parted by lines that somebody has drawn."""

    areas: Int[Tensor, "h w"]
    lines: Sketch  # with what was drawn as ink
    parts: dict[int, tuple[int, ...]]  # the numbers of the parts of an area, by the number that it had

    def all_of(self, areas: Iterable[int]) -> tuple[int, ...]:
        """The numbers of all parts of these areas."""
        return tuple(part for number in areas for part in self.parts.get(number, (number,)))


def part_by_scribbles(areas: Int[Tensor, "h w"], lines: Sketch, scribbles: Sequence[EdgeScribble]) -> Parted:
    """Areas of a drawing, each parted where a scribble goes through it from side to side, or around something.

    `areas` and `lines` as in `areas.find_areas`. The largest part keeps its number, others have new ones.
    """
    if not scribbles:
        return Parted(areas, lines, {})
    own, ink = areas.cpu().numpy().copy(), lines[0, 0].cpu().numpy() < INK
    drawn = _draw([_pixels(scribble, *ink.shape) for scribble in scribbles], own, ink)
    parts: dict[int, tuple[int, ...]] = {}
    for number in np.unique(own[drawn & ~ink]).tolist():
        rows, columns = (np.flatnonzero((own == number).any(axis)) for axis in (1, 0))
        box = np.s_[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
        inside = own[box] == number
        cut = _cut(inside & ~ink[box], drawn[box], min(ink.shape))
        if cut is not None:
            new = own.max() + np.arange(cut.max() + 1, dtype=own.dtype)
            new[0] = number
            own[box][inside] = new[cut[inside]]
            parts[number] = tuple(new.tolist())
    paper = lines.masked_fill(torch.from_numpy(drawn).to(lines.device), 0)
    return Parted(torch.from_numpy(own).to(areas), paper, parts)


def _cut(paper: Bool[np.ndarray, "h w"], drawn: Bool[np.ndarray, "h w"], side: int) -> Int[np.ndarray, "h w"] | None:
    """The number of the part that each pixel is in or nearest to, from 0, the largest; None where it is all one.

    What ink had parted before is one area for other reasons, and stays one.
    """
    import cv2

    free = (paper & ~drawn).astype(np.uint8)
    _, before = cv2.connectedComponents(paper.astype(np.uint8), connectivity=4)
    count, pieces, stats, _ = cv2.connectedComponentsWithStats(free, connectivity=4)
    depth = cv2.distanceTransform(np.pad(free, 1), cv2.DIST_L2, 5)[1:-1, 1:-1]
    deepest, whole = np.zeros(count, np.float32), np.zeros(count, np.int64)
    np.maximum.at(deepest, pieces.ravel(), depth.ravel())
    whole[pieces.ravel()] = before.ravel()
    sizes = stats[:, cv2.CC_STAT_AREA]
    is_part = (deepest > max(1.0, SLIVER * side)) & (sizes >= (SMALLEST * side) ** 2)
    is_part[0] = False
    is_part &= np.bincount(whole[is_part], minlength=before.max() + 1)[whole] > 1
    found = np.flatnonzero(is_part)
    if not len(found):
        return None
    numbers = np.zeros(count, np.int32)
    numbers[found[np.argsort(-sizes[found], kind="stable")]] = np.arange(1, len(found) + 1)
    seeds = numbers[pieces]
    far = (seeds == 0).astype(np.uint8)
    _, nearest = cv2.distanceTransformWithLabels(far, cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL)
    return seeds[seeds > 0][nearest - 1] - 1  # OpenCV counts them row by row, from 1


def _draw(paths: Sequence[Pixels], areas: Int[np.ndarray, "h w"], ink: Bool[np.ndarray, "h w"]) -> np.ndarray:
    """Where lines are, one pixel wide, whose ends go on to what ends their area, or to their beginning: bool (h, w)."""
    import cv2

    page, reach = np.zeros(ink.shape, np.int32), max(2, round(BRIDGE * min(ink.shape)))
    for number, path in enumerate(paths, 1):
        cv2.polylines(page, [path], False, number)
    for number, path in enumerate(paths, 1):
        bridges = [(way[-1], far) for way in (path, path[::-1]) for far in _near(number, way, reach, page, areas, ink)]
        if np.hypot(*(path[0] - path[-1])) <= reach:
            bridges.append((path[0], path[-1]))
        for bridge in bridges:
            cv2.polylines(page, [np.array(bridge, np.int32)], False, number)
    return page > 0


def _near(
    number: int, path: Pixels, reach: int, page: np.ndarray, areas: np.ndarray, ink: np.ndarray
) -> list[np.ndarray]:
    """What ends the area at the end of a path, or another line of `page` does: the nearest, ahead, and the border."""
    (height, width), (x, y) = ink.shape, path[-1]
    top, left = max(0, y - reach), max(0, x - reach)
    window = np.s_[top : y + reach + 1, left : x + reach + 1]
    rows, columns = np.indices(ink[window].shape)
    down, across = rows + top - y, columns + left - x
    is_end = ink[window] | (areas[window] != areas[y, x]) | ((page[window] > 0) & (page[window] != number))
    is_border = (down == -y) | (across == -x) | (down == height - 1 - y) | (across == width - 1 - x)
    distance = np.where(is_end | is_border, np.hypot(down, across), np.inf)
    ahead = _direction(path, reach)
    in_front = np.where(across * ahead[0] + down * ahead[1] >= AHEAD * distance, distance, np.inf)  # 0 at an end on ink
    border = np.hypot(down, across) + np.where(is_border, 0, np.inf)  # beyond ink, too: nothing is behind it
    found = (far.argmin() for far in (distance, in_front, border) if far.min() <= reach)
    return [np.array((across.flat[at] + x, down.flat[at] + y)) for at in found]


def _direction(path: Pixels, reach: int) -> np.ndarray:
    """Where a path was going at its end: a vector of length 1, or of 0 for one that goes nowhere."""
    back = path[-1] - path
    far = np.flatnonzero(np.hypot(*back.T) >= min(reach, np.hypot(*back.T).max()))[-1]
    return back[far] / max(1.0, np.hypot(*back[far]))


def _pixels(scribble: EdgeScribble, height: int, width: int) -> Pixels:
    """The corners of a scribble on a page, the first one twice: a line of one point would not be drawn."""
    x, y = np.array([next(iter(scribble.path)), *scribble.path]).T * [[width], [height]]
    return np.stack([x.clip(0, width - 1), y.clip(0, height - 1)], 1).astype(np.int32)
