"""A lasso: an outline around the things that get a colour, and nothing beside them does."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from colornb.color import parse_color
from colornb.types import RGB, Bool, Float, Mask

Path = tuple[tuple[float, float], ...]
SOFT = 0.01  # of the shorter side: so wide is the rim, inside of the outline, on which the change comes in
ROUNDING = 1e-9  # pixels: a middle that is so near to the line lies on it


@dataclass(frozen=True)
class Lasso:
    """One colour for all that a closed line goes around.

    `path` is its corners (x, y) in [0, 1], three or more, the last of which is joined to the first; it must not cross
    itself. `color` is "#rrggbb", "#rgb" or a CSS name. Of a photograph nothing outside the line changes, of a drawing
    the areas are painted that lie inside of it, for the most part.
    """

    path: Iterable[Iterable[float]]  # kept as a tuple of pairs
    color: str

    def __post_init__(self) -> None:
        """Refuse what goes around nothing."""
        parse_color(self.color)
        path = read_path(self.path, "lasso")
        if len(path) < 3:
            raise ValueError(f"a lasso with {len(path)} corners goes around nothing: give at least three")
        if _is_crossed(np.array(path)):
            raise ValueError("this lasso crosses itself: draw one line around the thing, without a loop")
        if _surface(np.array(path)) < 1e-9:
            raise ValueError("this lasso has nothing inside: draw it around a thing, not along it")
        object.__setattr__(self, "path", path)  # JSON has lists for tuples

    def inside(self, height: int, width: int) -> Bool[Tensor, "h w"]:
        """The pixels whose middle lies inside; where there is none, those in which its corners lie."""
        x, y = np.array(self.path).T * [[width], [height]]
        mask = _fill(x - 0.5, y - 0.5, height, width)
        if not mask.any():
            mask[np.minimum(y.astype(int), height - 1), np.minimum(x.astype(int), width - 1)] = True
        return torch.from_numpy(mask)


def read_path(points: Iterable[Iterable[float]], what: str) -> Path:
    """Points (x, y) as a tuple of pairs. Raises ValueError, one line about `what`, for others, and outside [0, 1]."""
    try:
        path = tuple((float(x), float(y)) for x, y in points)
    except (TypeError, ValueError):
        raise ValueError(f"a {what} is a list of points: give pairs of x and y") from None
    if outside := [point for point in path if not all(0 <= value <= 1 for value in point)]:
        raise ValueError(f"{what} point {outside[0]} is outside the picture: x and y go from 0 to 1")
    return path


def keep_inside(hints: Iterable[object], before: RGB, after: RGB) -> RGB:
    """`after` inside of the lassos among the hints, and outside `before`, to the bit: pictures of one size."""
    height, width = before.shape[-2:]
    lassos = (hint for hint in hints if isinstance(hint, Lasso))
    rims = [_ramp(lasso.inside(height, width), SOFT * min(height, width)) for lasso in lassos]
    return torch.lerp(before, after, torch.stack(rims).amax(0).to(before))


def _ramp(inside: Bool[Tensor, "h w"], reach: float) -> Mask:
    """0 outside, and from the rim on more and more, to 1 as far inside as `reach`, in pixels; (1, 1, h, w)."""
    import cv2

    padded = np.pad(inside.numpy().astype(np.uint8), 1, mode="edge")  # a picture's border is no rim
    depth = cv2.distanceTransform(padded, cv2.DIST_L2, 5)[1:-1, 1:-1]
    return torch.from_numpy((depth / max(1.0, reach)).clip(0, 1))[None, None]


def _surface(path: Float[np.ndarray, "n 2"]) -> float:
    """What a closed line goes around, as a fraction of the picture."""
    (x, y), (then_x, then_y) = path.T, np.roll(path, -1, 0).T
    return abs(float((x * then_y - then_x * y).sum())) / 2


def _is_crossed(path: Float[np.ndarray, "n 2"]) -> bool:
    """Whether two sides of a closed line cross; to touch is not to cross."""
    sides = np.stack([path, np.roll(path, -1, 0)])
    left, right = np.sort(sides[..., 0], 0)
    order = np.argsort(left)
    until = np.searchsorted(left[order], right[order], "right")  # sides that begin further right cannot be met
    start, end = sides[:, order]
    for i in range(len(path)):
        (a, b), (c, d) = (start[i], end[i]), (start[i + 1 : until[i]], end[i + 1 : until[i]])
        if (_are_parted(a, b, c, d) & _are_parted(c, d, a, b)).any():
            return True
    return False


def _are_parted(a: np.ndarray, b: np.ndarray, c: np.ndarray, d: np.ndarray) -> np.ndarray:
    """Whether c and d lie on different hands of the line from a to b; all are (.., 2)."""
    (dx, dy), (cx, cy), (ex, ey) = (b - a).T, (c - a).T, (d - a).T
    return (dx * cy - dy * cx) * (dx * ey - dy * ex) < 0


def _fill(x: Float[np.ndarray, " n"], y: Float[np.ndarray, " n"], height: int, width: int) -> Bool[np.ndarray, "h w"]:
    """The pixels, at whole numbers, that lie inside of a closed line or on it."""
    depth = np.zeros((height, width + 1), np.int32)  # by how much it changes, from the left
    for below in (np.ceil, lambda at: np.floor(at) + 1):  # a corner on a row: of the sides that go down, then up
        rows, places = _meet_rows(x, y, *np.clip([below(y), below(np.roll(y, -1))], 0, height).astype(int))
        enter, leave = np.ceil(places[::2] - ROUNDING), np.floor(places[1::2] + ROUNDING) + 1
        np.add.at(depth, (rows[::2], enter.clip(0, width).astype(int)), 1)
        np.add.at(depth, (rows[1::2], leave.clip(0, width).astype(int)), -1)
    return depth.cumsum(1, out=depth)[:, :-1] > 0


def _meet_rows(x: np.ndarray, y: np.ndarray, start: np.ndarray, end: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Where sides meet rows of pixels, `start` to `end` of each side: the rows, and the places from left to right."""
    first, n = np.minimum(start, end), np.abs(end - start)
    side = np.repeat(np.arange(len(x)), n)
    rows = np.arange(n.sum()) - np.repeat(n.cumsum() - n - first, n)
    dx, dy = np.roll(x, -1) - x, np.roll(y, -1) - y
    places = x[side] + (rows - y[side]) * dx[side] / dy[side]
    order = np.lexsort((places, rows))
    return rows[order], places[order]
