"""What a person says about colour, and how it becomes something a network can take in.

A hint given by hand is small, JSON-able and free of any resolution: a `Point`, a `Region` or a `Lasso` of colour, or
an `EdgeScribble`, which has none. Networks take dense `Hints`, and scribbles as a `Mask`. `rasterize` and
`rasterize_scribbles` are the only places where the one becomes the other. In training nobody sits at the screen, so the
samplers at the end of this file play the user with the true picture in hand.

Coordinates are (x, y) in [0, 1] with y pointing down; screen pixels end at the event handler of a widget.
"""

import json
import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from colornb.color import parse_color
from colornb.lasso import Lasso as Lasso  # a hint like those that are defined here
from colornb.lasso import read_path
from colornb.types import Bool, Counts, Float, Hints, Int, Mask, Planes, Regions


@dataclass(frozen=True)
class Point:
    """A square patch of colour centred on (x, y).

    `x`, `y` are in [0, 1]; `color` is "#rrggbb", "#rgb" or a CSS name; `size` is the side of the patch as a fraction
    of the picture's shorter side.
    """

    x: float
    y: float
    color: str
    size: float = 5 / 256

    def __post_init__(self) -> None:
        """Refuse what no picture can show."""
        parse_color(self.color)
        if not (0 <= self.x <= 1 and 0 <= self.y <= 1):
            raise ValueError(f"point ({self.x}, {self.y}) is outside the picture: x and y go from 0 to 1")
        if not (math.isfinite(self.size) and 0 < self.size <= 1):
            raise ValueError(f"point size {self.size} is no fraction of a picture: give a number in (0, 1]")


@dataclass(frozen=True)
class Region:
    """One colour for a region of the model's own partition, or for one piece of it.

    `rank` counts from 0, the region the model asks for first (the paper's S_1); `color` as in `Point`. `part` is the
    number of a piece as `pieces` cuts the region, from 0; None means all of it.
    """

    rank: int
    color: str
    part: int | None = None

    def __post_init__(self) -> None:
        """Refuse what no partition can hold."""
        parse_color(self.color)
        if type(self.rank) is not int or self.rank < 0:
            raise ValueError(f"region rank {self.rank!r} does not exist: ranks are whole numbers from 0")
        if self.part is not None and (type(self.part) is not int or self.part < 0):
            raise ValueError(f"region part {self.part!r} does not exist: pieces have whole numbers from 0, or None")


@dataclass(frozen=True)
class EdgeScribble:
    """A stroke along an edge that colour has bled across; it says where, and no colour (edge paper, Section 3.2).

    `path` is the line's points (x, y) in [0, 1], one or more; `width` is its thickness as a fraction of the picture's
    shorter side.
    """

    path: Iterable[Iterable[float]]  # kept as a tuple of pairs
    width: float = 3 / 256

    def __post_init__(self) -> None:
        """Refuse what no picture can show."""
        path = read_path(self.path, "scribble")
        if not path:
            raise ValueError("a scribble without points marks nothing: give at least one")
        if not (math.isfinite(self.width) and 0 < self.width <= 1):
            raise ValueError(f"scribble width {self.width} is no fraction of a picture: give a number in (0, 1]")
        object.__setattr__(self, "path", path)  # JSON has lists for tuples


@dataclass(frozen=True, eq=False)
class DenseHint:
    """Colours of pixels: sRGB in [0, 1], (1, 3, h, w), and a mask (1, 1, h, w), not 0 where one is given; any size.

    For protocols and programs that have such maps; hint files hold none. Raises ValueError for other shapes or values.
    """

    color: Tensor
    mask: Tensor

    def __post_init__(self) -> None:
        """Refuse what is no picture with its mask."""
        color, mask = tuple(self.color.shape), tuple(self.mask.shape)
        if len(color) != 4 or color[:2] != (1, 3) or mask != (1, 1, *color[2:]):
            raise ValueError(f"dense hints of shapes {color} and {mask}: give (1, 3, h, w) and (1, 1, h, w)")
        given = self.color[:, :, self.mask[0, 0] != 0]
        if not ((given >= 0) & (given <= 1)).all():
            raise ValueError("dense hints must be sRGB in [0, 1] where the mask is not 0: scale them first")

    def at(self, height: int, width: int) -> Hints:
        """At another size: a pixel has the mean of what is given in it, however little that is."""
        mask = (self.mask != 0).float()
        color = torch.where(mask > 0, self.color.float(), 0.0)
        share = F.interpolate(mask, (height, width), mode="area")
        color = F.interpolate(color, (height, width), mode="area") / share.clamp(min=1e-6)
        return Hints(color.clamp(0, 1), (share > 0).float())


Hint = Point | Region | EdgeScribble | Lasso | DenseHint
Cut = Callable[[int], Bool[Tensor, "k h w"]] | None
MIN_PIECE = 0.02  # of a region; what is smaller is no piece of its own
HINT_TYPES: dict[str, type] = {"point": Point, "region": Region, "edge": EdgeScribble, "lasso": Lasso}


def to_json(hints: Iterable[Hint]) -> str:
    """A list of hints as text that `from_json` reads back."""
    names = {kind: name for name, kind in HINT_TYPES.items()}
    rows = [{"kind": names.get(type(hint)), **_told(hint)} for hint in hints]
    return json.dumps({"colornb": 1, "hints": rows}, indent=1)


def _told(hint: Hint) -> dict:
    """The fields of a hint that say something: a region without pieces has no `part`."""
    if isinstance(hint, DenseHint):
        raise ValueError("dense hints are too large for a hint file: give points or regions")
    return {name: value for name, value in vars(hint).items() if value is not None}


def from_json(text: str) -> list[Hint]:
    """The hints in a text that `to_json` wrote. Raises ValueError, in one line, for anything else."""
    try:
        document = json.loads(text)
        version, rows = document["colornb"], [dict(row) for row in document["hints"]]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise ValueError('this is no hint file: one is {"colornb": 1, "hints": [..]}, see hints.to_json') from None
    if version != 1:
        raise ValueError(f"hint file of version {version!r}: this colornb reads version 1, update it")
    return [_hint(number, row) for number, row in enumerate(rows)]


def _hint(number: int, row: dict) -> Hint:
    if (kind := HINT_TYPES.get(str(row.pop("kind", None)))) is None:
        raise ValueError(f"hint {number} is of no known kind: use one of {', '.join(HINT_TYPES)}")
    try:
        return kind(**row)
    except TypeError:
        raise ValueError(f"hint {number}: give {', '.join(kind.__annotations__)}, and numbers as numbers") from None
    except ValueError as error:
        raise ValueError(f"hint {number}: {error}") from None


def rasterize(
    hints: Iterable[Hint], height: int, width: int, regions: Float[Tensor, "1 n h w"] | None = None, cut: Cut = None
) -> Hints:
    """Dense hints (1, ., height, width) for hints given by hand; later hints cover earlier ones.

    `regions` is the partition that `Region` hints speak of, at any size; without it they raise ValueError. `cut` as in
    `area`. Edge scribbles have no colour and leave no trace here.
    """
    color, mask = torch.zeros(1, 3, height, width), torch.zeros(1, 1, height, width)
    if regions is not None:
        color, mask = color.to(regions.device), mask.to(regions.device)
    for hint in hints:
        if isinstance(hint, EdgeScribble):
            continue
        if isinstance(hint, DenseHint):
            dense = hint.at(height, width)
            where, rgb = dense.mask.to(mask.device) > 0, dense.color.to(mask.device)
        else:
            where = _patch(hint, mask) if isinstance(hint, Point) else _area(hint, regions, (height, width), cut)
            where, rgb = where.to(mask.device), torch.tensor(parse_color(hint.color)).to(mask.device).view(1, 3, 1, 1)
        color, mask = torch.where(where, rgb, color), torch.where(where, 1.0, mask)
    return Hints(color, mask)


def rasterize_scribbles(hints: Iterable[Hint], height: int, width: int) -> Mask:
    """One mask (1, 1, height, width) of all edge scribbles among the hints: 1 where one lies."""
    import cv2

    mask = np.zeros((height, width), np.uint8)
    scribbles = [hint for hint in hints if isinstance(hint, EdgeScribble)]
    sides = [max(1, round(scribble.width * min(height, width))) for scribble in scribbles]
    for side in set(sides):  # those of one width are thickened together
        lines = np.zeros_like(mask)
        for scribble, own in zip(scribbles, sides, strict=True):
            if own == side:
                _draw_line(lines, scribble)
        before = (side - 1) // 2
        thick = cv2.dilate(lines, np.ones((side, side), np.uint8), anchor=(before, before))
        mask = np.maximum(mask, thick)
    return torch.from_numpy(mask)[None, None].float()


def _draw_line(canvas: np.ndarray, scribble: EdgeScribble) -> None:
    """Draw a scribble one pixel wide; OpenCV's brushes differ from version to version, this line does not."""
    import cv2

    height, width = canvas.shape
    points = [[min(width - 1, int(x * width)), min(height - 1, int(y * height))] for x, y in scribble.path]
    line = np.array([points[0], *points], np.int32)  # a line of one point would not be drawn
    cv2.polylines(canvas, [line], False, 1)


def _patch(point: Point, mask: Mask) -> Tensor:
    height, width = mask.shape[-2:]
    side = max(1, round(point.size * min(height, width)))
    left, top = (_beginning(at, full, side) for at, full in ((point.x, width), (point.y, height)))
    where = torch.zeros_like(mask, dtype=torch.bool)
    where[..., top : top + side, left : left + side] = True
    return where


def _beginning(at: float, full: int, side: int) -> int:
    """Where a patch begins: at the border it is moved inside, as one that is cut would count for less."""
    return max(0, min(full - side, min(full - 1, int(at * full)) - (side - 1) // 2))


def _area(region: Region | Lasso, regions: Regions | None, size: tuple[int, int], cut: Cut) -> Tensor:
    if isinstance(region, Lasso):
        return region.inside(*size)[None, None]
    if regions is None:
        raise ValueError("this model does not accept region hints: give points, or choose one that asks about regions")
    where = area(region, regions[0] > 0.5, cut)[None, None].float()
    return F.interpolate(where, size, mode="nearest") > 0.5


def area(region: Region, regions: Bool[Tensor, "n h w"], cut: Cut = None) -> Bool[Tensor, "h w"]:
    """Where a region hint gives its colour, in a partition. Raises ValueError for a region or piece it lacks.

    `cut(rank)` are the pieces of a region, (k, h, w); by default what `pieces` makes of it.
    """
    if region.rank >= len(regions):
        raise ValueError(f"region {region.rank} does not exist: this model has regions 0 to {len(regions) - 1}")
    whole = regions[region.rank]
    if region.part is None:
        return whole
    found = pieces(whole) if cut is None else cut(region.rank)
    if region.part >= len(found):
        raise ValueError(f"region {region.rank} has no piece {region.part}: its pieces are 0 to {len(found) - 1}")
    return found[region.part]


def pieces(region: Bool[Tensor, "h w"]) -> Bool[Tensor, "k h w"]:
    """A region cut into its connected pieces, the largest first; one that is all of a piece is cut in two.

    Crumbs, below `MIN_PIECE` of the region, go to the piece nearest to them. A whole one is cut across its longer axis,
    so that both halves are equally large. A region of one pixel, or none, is one piece.
    """
    from scipy import ndimage

    inside = region.cpu().numpy()
    found, count = ndimage.label(inside, np.ones((3, 3)))
    sizes = np.bincount(found.ravel(), minlength=count + 1)[1:]
    large = np.flatnonzero(sizes >= MIN_PIECE * sizes.sum()) + 1
    if len(large) < 2:
        labels = _halves(inside)
    else:
        large = large[np.argsort(-sizes[large - 1], kind="stable")]
        nearest = ndimage.distance_transform_edt(~np.isin(found, large), return_distances=False, return_indices=True)
        labels = np.where(inside, found[tuple(nearest)], 0)
        labels = sum(number * (labels == piece) for number, piece in enumerate(large, 1))
    masks = np.stack([labels == number for number in range(1, max(1, labels.max()) + 1)])
    return torch.from_numpy(masks).to(region.device)


def _halves(inside: np.ndarray) -> np.ndarray:
    """1 and 2 on the halves of a mask, cut across its longer axis; 0 outside."""
    rows, columns = np.nonzero(inside)
    labels = inside.astype(int)
    if len(rows) < 2:
        return labels
    places = np.stack([rows - rows.mean(), columns - columns.mean()])
    along = np.linalg.eigh(places @ places.T)[1][:, 1]
    along *= np.sign(along[np.abs(along).argmax()])  # an axis has two directions: always take the same
    later = np.argsort((along @ places).round(6), kind="stable")[(len(rows) + 1) // 2 :]
    labels[rows[later], columns[later]] = 2
    return labels


# The user of GuidingPainter, simulated: the hint generation function h of its Section 3.3.


def sample_counts(batch: int, maximum: int, generator: torch.Generator, stop: float = 0.125) -> Counts:
    """Numbers of hints Nh from the bounded geometric law G of GuidingPainter (Eq. 3).

    Before each hint the user stops with probability `stop` (the paper's p), and at `maximum` (its N_c) at the latest:
    P(i) = (1 - p)^i p below the maximum and (1 - p)^maximum there.
    """
    uniform = torch.rand(batch, generator=generator, device=generator.device)
    # 1 - u is in (0, 1]: its logarithm is finite, and the inverse of the law's tail counts the hints.
    return ((1 - uniform).log() / math.log(1 - stop)).long().clamp(max=maximum)


def count_law(maximum: int, stop: float = 0.125) -> Float[Tensor, " n"]:
    """P(Nh = i) for i = 0 .. maximum under G (Eq. 3): the weights of an expected value under G."""
    keep = (1 - stop) ** torch.arange(maximum + 1, dtype=torch.float64)
    return torch.cat([keep[:-1] * stop, keep[-1:]])


def prefix(counts: Counts, n: int) -> Float[Tensor, "b n"]:
    """The mask vector m: 1 for the first `counts` of `n` regions, 0 for the rest (Eq. 4)."""
    return (torch.arange(n, device=counts.device) < counts[:, None]).float()


def mean_colors(regions: Regions, image: Planes) -> Float[Tensor, "b n c"]:
    """The mean colour of `image` in each region, 0 where a region is empty (Eq. 6).

    A batched matrix product: no (b, n, c, h, w) tensor is ever made. Differentiable in `regions` and in `image`.
    """
    total = torch.einsum("bnhw,bchw->bnc", regions, image)
    return total / regions.sum((-2, -1)).clamp(min=1)[..., None]


def paint_regions(
    regions: Regions, colors: Float[Tensor, "b n c"], shown: Float[Tensor, "b n"]
) -> tuple[Float[Tensor, "b c h w"], Mask]:
    """Hint maps C and condition mask M: the `shown` regions, each filled with its colour (Eq. 5, 7, 8)."""
    colored = torch.einsum("bnc,bnhw->bchw", colors * shown[..., None], regions)
    return colored, torch.einsum("bn,bnhw->bhw", shown, regions)[:, None]


# The user of the point-based methods, simulated: square patches at random places, in the true mean colour.


class Patches(NamedTuple):
    """Square patches of pixels, in the order they are given: first row, first column and side of each."""

    top: Int[Tensor, "b n"]
    left: Int[Tensor, "b n"]
    side: Int[Tensor, "b n"]
    largest: int  # no side is larger

    def first(self, n: int) -> "Patches":
        """The first `n` patches of every picture."""
        return Patches(self.top[:, :n], self.left[:, :n], self.side[:, :n], self.largest)


def sample_patches(
    batch: int,
    n: int,
    size: tuple[int, int],
    generator: torch.Generator,
    sides: tuple[int, int] = (1, 9),
    odd_sizes: bool = False,
    scale: float = 1.0,
) -> Patches:
    """Places where a simulated user points (Zhang et al., Real-Time User-Guided Colorization, 2017, Section 3.1).

    Places crowd in the middle, with a standard deviation of a quarter of the picture each way; sides are uniform from
    `sides[0]` to `sides[1]` pixels, with `odd_sizes` odd ones only, as the authors first published it. Then they are
    scaled, and rounded to whole pixels, one at least: for pictures that are smaller, or larger, than those the sides
    are for.
    """
    device = generator.device
    step = 2 if odd_sizes else 1
    steps = (sides[1] - sides[0]) // step + 1
    side = sides[0] + step * torch.randint(steps, (batch, n), generator=generator, device=device)
    side = side.mul(scale).round().long().clamp(1, min(size))
    rooms = [length - side + 1 for length in size]
    top, left = (
        (room * (0.5 + 0.25 * torch.randn(batch, n, generator=generator, device=device))).clamp(min=0).minimum(room - 1)
        for room in rooms
    )
    return Patches(top.long(), left.long(), side, max(1, round(sides[1] * scale)))


def paint_patches(patches: Patches, image: Planes, counts: Counts) -> tuple[Planes, Mask]:
    """Hint maps (color, mask) for the first `counts` patches of each picture, in their mean colours of `image`.

    Later patches cover earlier ones; `color` is 0 where `mask` is 0. Works on the pixels of the patches alone, all
    of them at once.
    """
    (b, c, h, w), n = image.shape, patches.side.shape[1]
    if not n:
        return torch.zeros_like(image), torch.zeros_like(image[:, :1])
    reach = torch.arange(patches.largest, device=image.device)
    dy, dx = (t.flatten() for t in torch.meshgrid(reach, reach, indexing="ij"))
    inside = (torch.maximum(dy, dx) < patches.side[..., None]) & (
        torch.arange(n, device=image.device) < counts[:, None]
    )[..., None]
    y, x = patches.top[..., None] + dy, patches.left[..., None] + dx
    place = (y.clamp(max=h - 1) * w + x.clamp(max=w - 1)).flatten(1)
    values = image.flatten(2).gather(2, place[:, None].expand(b, c, -1)).view(b, c, n, -1) * inside[:, None]
    means = values.sum(3) / inside.sum(2).clamp(min=1)[:, None]
    number = (torch.arange(1, n + 1, device=image.device)[:, None] * inside).flatten(1)
    last = torch.zeros(b, h * w, dtype=torch.long, device=image.device).scatter_reduce_(1, place, number, "amax")
    known = torch.cat([torch.zeros_like(means[..., :1]), means], 2)  # number 0: no patch here
    color = known.gather(2, last[:, None].expand(b, c, -1)).view(b, c, h, w)
    return color, (last > 0).to(image.dtype).view(b, 1, h, w)
