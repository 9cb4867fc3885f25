"""Scribbles that the model offers: likely places of bleeding, cut into strokes and ranked by how much they promise.

Beyond the edge paper, whose users needed three times as long to find a bleeding edge as to draw on it (Section 4.4):
as GuidingPainter shows where a colour would help, this shows where a scribble would.
"""

import math
from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from colornb.filters import dilate
from colornb.hints import EdgeScribble
from colornb.types import Float, Mask, Planes

MAX_LENGTH = 1 / 3  # of the shorter side: a stroke that a hand draws at once
MIN_CHANCE = 0.1  # lower chances are no candidates
MAX_CANDIDATES = 40  # candidates that are tried
THICKNESS, WINDOW = 3, 9  # pixels: of a stroke that is tried, and of the window around it in which it counts

Path = list[tuple[int, int]]  # pixels (row, column), each beside the one before


class Stroke(NamedTuple):
    """A candidate: pixels one after the other, and what it promises; the functions here say in what unit."""

    path: Path
    promise: float

    def mask(self, height: int, width: int) -> Mask:
        """1 on its pixels."""
        mask = torch.zeros(1, 1, height, width)
        rows, columns = torch.tensor(self.path).T
        mask[0, 0, rows, columns] = 1.0
        return mask

    def scribble(self, height: int, width: int, thickness: float = 3 / 256) -> EdgeScribble:
        """The same as a hint, free of any resolution."""
        path = tuple(((x + 0.5) / width, (y + 0.5) / height) for y, x in self.path)
        return EdgeScribble(_simplify(path), thickness)


def rank_candidates(
    chance: Mask, prediction: Planes, mend: Callable[[Mask], Planes], most: int = MAX_CANDIDATES
) -> list[Stroke]:
    """Likely strokes, first those that would also gain most: one picture, and what would become of it.

    Among all answers to a question, the mean of what is true costs least in squares, and taking it instead of another
    one saves the square of the step from there to it. So if the edge is lost, and `mend` has learned the mean, then the
    square of what it changes near a stroke is what the stroke may be expected to gain. All candidates are tried at
    once, in a single pass.

    A stroke promises sqrt(pixels that it may be expected to mark x gain that may be expected), where both are in
    proportion to its mean chance: a long and useless one is worth as little as a dot.

    Args:
        chance: how likely it is that an edge was lost at each pixel, (1, 1, h, w).
        prediction: the picture as it is, in any space.
        mend: what becomes of it when somebody scribbles; never asked where there is no candidate.
        most: so many of the likeliest strokes are candidates.
    """
    strokes = propose_candidates(chance[0, 0])[:most]
    if not strokes:
        return []
    lines = torch.cat([stroke.mask(*chance.shape[-2:]) for stroke in strokes]).to(prediction.device)
    change = (mend(dilate(lines.amax(0, keepdim=True), THICKNESS)) - prediction).square().sum(1, keepdim=True)
    close = dilate(lines, WINDOW)
    gains = (close / close.sum(0, keepdim=True).clamp(min=1) * change).sum(
        (1, 2, 3)
    )  # neighbours share what is between
    tried = [
        stroke._replace(promise=stroke.promise * math.sqrt(gain / len(stroke.path)))
        for stroke, gain in zip(strokes, gains.tolist(), strict=True)
    ]
    return sorted(tried, key=lambda stroke: -stroke.promise)


def propose_candidates(
    chance: Float[Tensor, "h w"], least: float = MIN_CHANCE, longest: float = MAX_LENGTH
) -> list[Stroke]:
    """Strokes along the ridges of a map of chances (0 to 1), the most promising first.

    What a stroke promises is the sum of the chances along it: the lost pixels that it may be expected to mark.
    """
    from skimage.morphology import skeletonize

    chances = chance.double().cpu().numpy()
    return rank_strokes(skeletonize(chances > _ridge_level(chances, least)), chances, longest)


def _ridge_level(chances: np.ndarray, least: float) -> np.ndarray:
    """What a pixel must exceed: `least`, and the mean of its surroundings, so that wide hills become ridges."""
    from scipy.ndimage import uniform_filter

    return np.maximum(least, uniform_filter(chances, 9))


def rank_strokes(lines: np.ndarray, strength: np.ndarray, longest: float = MAX_LENGTH) -> list[Stroke]:
    """Lines one pixel wide, true or false (h, w), as strokes in the order of the summed strength along them."""
    most = max(2, round(longest * min(lines.shape)))
    strokes = [Stroke(path, float(sum(strength[place] for place in path))) for path in _trace(lines, most)]
    return sorted(strokes, key=lambda stroke: -stroke.promise)


def _trace(lines: np.ndarray, most: int) -> Iterator[Path]:
    """Walk along lines until none of their pixels is left; no walk is longer than `most` pixels."""
    left = {(int(y), int(x)) for y, x in zip(*lines.nonzero(), strict=True)}
    while left:
        start = min(left, key=lambda place: (len(_around(place, left)), place))  # an end, if there is one
        path = [start]
        left.remove(start)
        while len(path) < most and (ahead := _around(path[-1], left)):
            path.append(min(ahead, key=lambda place: _turn(path, place)))
            left.remove(path[-1])
        if len(path) > 1:
            yield path


def _around(place: tuple[int, int], left: set[tuple[int, int]]) -> Path:
    y, x = place
    return [(y + dy, x + dx) for dy in (-1, 0, 1) for dx in (-1, 0, 1) if (dy or dx) and (y + dy, x + dx) in left]


def _turn(path: Path, place: tuple[int, int]) -> int:
    """How far a step departs from the direction of the last few."""
    (y, x), (y0, x0) = path[-1], path[max(0, len(path) - 4)]
    (a, b), (c, d) = (y - y0, x - x0), (place[0] - y, place[1] - x)
    return abs(a * d - b * c) - (a * c + b * d)


def _simplify(path: tuple[tuple[float, float], ...], every: int = 3) -> tuple[tuple[float, float], ...]:
    return (*path[:-1:every], path[-1])
