"""Hint-AUC: how well a picture is painted, from no hint to all of them (Madono et al., IEEE TVCG 2026).

The true picture is cut into areas of like colour (Felzenszwalb and Huttenlocher 2004), each of which has a scribble in
its mean colour. For a share alpha of the areas, the largest first, the scribbles are given; the score is the mean of a
metric over alpha from 0 to 1, by the trapezoidal rule. The numbers are those of the authors' package `hintauc` with
`path_method="geodesic"`, to rounding.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from colornb.metrics import METRICS
from colornb.types import RGB, Bool, Float, Hints, Int

ALPHAS = (0.0, 0.01, 0.03, 0.05, 0.1, 0.25, 0.5, 1.0)
SIDE = 64  # of the map of areas, in pixels
SEEN = 256  # pixels: side of the pictures that are compared
SEGMENTS = {"scale": 100, "sigma": 0.5, "min_size": 100}
NUMBERS, SCRAMBLE = 255**3, 1_000_003  # the order of areas of one size is that of the package's numbers for them


class AreaHints(NamedTuple):
    """The areas of a true picture, the largest first, and a scribble in each, on a map of `SIDE` x `SIDE` pixels."""

    areas: Int[Tensor, "s s"]  # the place of each pixel's area in that order
    colors: Float[Tensor, "n 3"]  # the mean of each, sRGB in [0, 1]
    scribbles: Bool[Tensor, "s s"]

    def first(self, count: int, size: tuple[int, int]) -> Hints:
        """Dense hints (1, ., height, width): the scribbles of the `count` largest areas."""
        return self._dense(self.scribbles & (self.areas < count), size)

    def filled(self, count: int, size: tuple[int, int]) -> Hints:
        """What nobody knows who has the scribbles alone: all of the `count` largest areas."""
        return self._dense(self.areas < count, size)

    def share(self, alpha: float) -> int:
        """How many areas a share of them is, [0, 1]."""
        return int(len(self.colors) * alpha)

    def _dense(self, where: Bool[Tensor, "s s"], size: tuple[int, int]) -> Hints:
        color = (self.colors[self.areas] * where[..., None]).permute(2, 0, 1)[None]
        return Hints(F.interpolate(color, size, mode="nearest"), F.interpolate(where[None, None].float(), size))


def find_area_hints(rgb: RGB) -> AreaHints:
    """The areas and scribbles of one true picture, (1, 3, h, w) sRGB in [0, 1]; it is rounded to 8 bits first."""
    import cv2
    from skimage.segmentation import felzenszwalb

    page = np.ascontiguousarray(rgb[0].flip(0).permute(1, 2, 0).mul(255).round().byte().cpu().numpy())
    segments = felzenszwalb(page, **SEGMENTS)
    rows, columns = (np.arange(SIDE) * side // SIDE for side in segments.shape)
    numbers = _connected(segments[np.ix_(rows, columns)].astype(np.int64) * SCRAMBLE % NUMBERS)
    found, areas, sizes = np.unique(numbers, return_inverse=True, return_counts=True)
    order = np.argsort(-sizes, kind="stable")
    areas = np.argsort(order)[areas.reshape(SIDE, SIDE)]
    small = cv2.resize(page, (SIDE, SIDE)).reshape(-1, 3)[:, ::-1]
    colors = np.stack([np.bincount(areas.ravel(), small[:, c]) for c in range(3)], 1) / sizes[order, None]
    return AreaHints(*map(torch.from_numpy, (areas, colors.astype(np.uint8) / np.float32(255), _scribbles(areas))))


def _connected(numbers: np.ndarray) -> np.ndarray:
    """Areas, each all of a piece: every piece but the first of one has a number that is free."""
    import cv2

    numbers, used = numbers.copy(), set(np.unique(numbers).tolist())
    free = (n for n in (k * SCRAMBLE % NUMBERS for k in range(NUMBERS)) if n not in used)
    for number in sorted(used):
        count, pieces = cv2.connectedComponents((numbers == number).astype(np.uint8), connectivity=4)
        for piece in range(2, count):
            numbers[pieces == piece] = next(free)
    return numbers


def _scribbles(areas: np.ndarray) -> np.ndarray:
    """The longest of all shortest ways through the skeleton of each area: bool (s, s)."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import dijkstra
    from skimage.morphology import skeletonize

    bones = np.stack([skeletonize(areas == number) for number in range(areas.max() + 1)]).any(0)
    pixels, length = np.flatnonzero(bones), areas.size
    steps = _steps(np.where(bones, areas, -1 - np.arange(length).reshape(areas.shape)))
    graph = coo_array(steps, (length, length)).tocsr()[pixels][:, pixels]
    far = dijkstra(graph, directed=False).round(6)
    scribbles = np.zeros(length, bool)
    for number in range(areas.max() + 1):
        own = np.flatnonzero(areas.ravel()[pixels] == number)
        scribbles[pixels[own[_longest_path(far[np.ix_(own, own)], graph[own][:, own].toarray())]]] = True
    return scribbles.reshape(areas.shape)


def _steps(labels: np.ndarray) -> tuple[np.ndarray, tuple[np.ndarray, np.ndarray]]:
    """The lengths of all steps between pixels of one label, and from where to where.

    Nobody cuts a corner: a diagonal step is none where two straight ones lead there.
    """
    place, found = np.arange(labels.size).reshape(labels.shape), []
    here, right, below, across = np.s_[:-1, :-1], np.s_[:-1, 1:], np.s_[1:, :-1], np.s_[1:, 1:]
    for a, b in ((np.s_[:, :-1], np.s_[:, 1:]), (np.s_[:-1], np.s_[1:])):
        found.append((labels[a] == labels[b], place[a], place[b], 1.0))
    for one, other, sides in ((here, across, (right, below)), (right, below, (here, across))):
        corner = (labels[sides[0]] == labels[one]) | (labels[sides[1]] == labels[one])
        found.append(((labels[one] == labels[other]) & ~corner, place[one], place[other], 2**0.5))
    ends = [(a[there], b[there], np.full(there.sum(), step)) for there, a, b, step in found]
    start, end, steps = (np.concatenate(parts) for parts in zip(*ends, strict=True))
    return np.tile(steps, 2), (np.concatenate([start, end]), np.concatenate([end, start]))


def _longest_path(far: np.ndarray, steps: np.ndarray) -> list[int]:
    """The pixels of one way; of several as long, the first in raster order, seen from its end."""
    reached = np.where(np.isfinite(far), far, -1)
    start, end = np.unravel_index(reached.argmax(), far.shape)
    path = [int(end)]
    while path[-1] != start:
        at = path[-1]
        before = (steps[at] > 0) & np.isclose(far[start] + steps[at], far[start, at], atol=1e-5)
        path.append(int(before.argmax()))
    return path


def score(prediction: RGB, truth: RGB, metrics: Sequence[str] = ("psnr", "ssim", "ciede2000")) -> dict[str, float]:
    """Metrics of one picture as the protocol has them: rounded to 8 bits, seen at 256 x 256 pixels.

    PSNR ends at 100 dB, so that a perfect picture can be averaged.
    """
    pair = [_seen(rgb) for rgb in (prediction, truth)]
    found = {name: METRICS[name](*pair).item() for name in metrics}
    if "psnr" in found:
        found["psnr"] = -10 * float(np.log10(10 ** (-found["psnr"] / 10) + 1e-10))
    return found


def _seen(rgb: RGB) -> RGB:
    levels = (rgb.clamp(0, 1) * 255).round() / 255
    if levels.shape[-2:] == (SEEN, SEEN):
        return levels
    return F.interpolate(levels, (SEEN, SEEN), mode="bilinear", antialias=True, align_corners=False).clamp(0, 1)


def hint_auc(by_alpha: Mapping[float, float]) -> float:
    """The mean of a metric over alpha, from its means over pictures at some alphas, of which 0 and 1 are two.

    Raises ValueError where the ends are missing.
    """
    alphas = sorted(by_alpha)
    if len(alphas) < 2 or (alphas[0], alphas[-1]) != (0, 1):
        raise ValueError(f"Hint-AUC goes from no hint to all: give scores for alpha 0 and 1, not {alphas}")
    return float(np.trapezoid([by_alpha[alpha] for alpha in alphas], alphas))
