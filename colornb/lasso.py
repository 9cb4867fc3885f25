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
        from skimage.draw import polygon

        x, y = np.array(self.path).T * [[width], [height]]
        rows, columns = polygon(y - 0.5, x - 0.5, (height, width))
        if not len(rows):
            rows, columns = (np.minimum(at.astype(int), side - 1) for at, side in ((y, height), (x, width)))
        mask = torch.zeros(height, width, dtype=torch.bool)
        mask[rows, columns] = True
        return mask


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
    end = np.roll(path, -1, 0)
    (dx, dy), apart = (end - path).T, path[None] - path[:, None]
    hand = dx[:, None] * apart[..., 1] - dy[:, None] * apart[..., 0]  # on which hand of each side each corner lies
    parted = hand * np.roll(hand, -1, 1) < 0
    return bool((parted & parted.T).any())
