"""A drawing that waits for colour: its ink, what stays white, its areas, and which of them each region is about.

A network cuts a page into regions pixel by pixel: some lie on ink alone, others hold half of a face. Here each area of
the page takes the region that most of its paper is in (region refinement, which GuidingPainter leaves open in D.4), so
that what is asked about is a set of areas.
"""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from colornb.areas import (
    INK,
    SHARE,
    Answer,
    borders,
    fill_areas,
    find_areas,
    join_crumbs,
    part_areas,
    pieces_of,
    resize_areas,
    sample_areas,
)
from colornb.barriers import part_by_scribbles
from colornb.color import hex_color, parse_color, rgb_to_lab
from colornb.drawings import Drawing, is_drawing, lay_ink, multiply_ink, read_drawing
from colornb.hints import DenseHint, EdgeScribble, Hint, Lasso, Point, Region, area, pieces, rasterize
from colornb.page_layout import areas_of_hint, find_white
from colornb.types import RGB, Bool, Float, Hints, Int, Sketch

MIN_AREA = 6  # pixels of the network's: a smaller area is asked about with the one beside it
MANY = 1000  # colours in a dense hint: of more, as in a painting, each area has the mean
ALIKE = 10  # in CIE Lab: how far the colours are apart, at most, of areas that look alike
MIN_REGION = 0.0005  # of the page: the areas of a smaller region join others
DOT = 4  # pixels of the network's: how far the dot reaches that it paints around a point, as a standard deviation
NEIGHBOUR_VOTE = 1e-4  # how much the votes of an area count in one beside it: only where that has none of its own


class PixelRegions(NamedTuple):
    """Regions as a network cuts them."""

    masks: Bool[Tensor, "n h w"]  # at the network's size

    def pieces(self, rank: int) -> Bool[Tensor, "k h w"]:
        """The pieces of a region, see `hints.pieces`."""
        return pieces(self.masks[rank])

    def find(self, region: Region) -> Bool[Tensor, "h w"]:
        """Where a hint gives its colour. Raises ValueError for a region or piece that there is not."""
        return area(region, self.masks)


class AreaRegions(NamedTuple):
    """Regions that are made of whole areas."""

    masks: Bool[Tensor, "n h w"]  # at the network's size; the last one is what stays white, where there is any
    labels: Int[Tensor, "h w"]  # the areas that are asked about, from 0: what is too small to be lit has joined others
    ranks: Int[Tensor, " m"]  # the region of each
    owner: Int[Tensor, " k"]  # which of these each area of the drawing belongs to, by its number
    areas: Int[Tensor, "h2 w2"]  # the drawing's own, at its size

    def pieces(self, rank: int) -> Bool[Tensor, "k h w"]:
        """The areas of a region, the largest first; an empty one has none."""
        return self.labels == self._members(rank)[:, None, None]

    def find(self, region: Region) -> tuple[int, ...]:
        """The areas of the drawing that a hint is about. Raises ValueError for a region or area that there is not."""
        area(region, self.masks, self.pieces)
        members = self._members(region.rank)
        members = members if region.part is None else members[region.part : region.part + 1]
        return tuple(torch.isin(self.owner, members).nonzero().flatten().tolist())

    def place(self, region: Region) -> Bool[Tensor, "h2 w2"]:
        """The same on the drawing itself, at its size: to the middle of the lines around."""
        return torch.isin(torch.arange(len(self.owner)), torch.tensor(self.find(region)))[self.areas.cpu()]

    def find_alike(self, painted: RGB, rank: int, part: int = 0) -> list[tuple[int, int]]:
        """Rank and part of the areas that look like one, to which its colour may be offered; itself left out.

        They are half to twice as large, and of nearly its colour in what the network has `painted`, at its size.
        """
        labels, m = self.labels.flatten().to(painted.device), len(self.ranks)
        sizes = labels.bincount(minlength=m)
        lab = torch.zeros(m, 3).to(painted).index_add_(0, labels, rgb_to_lab(painted)[0].flatten(1).T) / sizes[:, None]
        own = self._members(rank)[part]
        alike = ((lab - lab[own]).norm(dim=1) <= ALIKE) & (2 * sizes >= sizes[own]) & (sizes <= 2 * sizes[own])
        alike[own] = False
        ranks = self.ranks[alike.to(self.ranks.device)].unique().tolist()
        return [(rank, part) for rank in ranks for part, k in enumerate(self._members(rank)) if alike[k]]

    def _members(self, rank: int) -> Int[Tensor, " k"]:
        sizes = self.labels.flatten().bincount(minlength=len(self.ranks))
        members = (self.ranks == rank).nonzero().flatten()
        return members[sizes[members].argsort(descending=True, stable=True)]


Partition = PixelRegions | AreaRegions


class DrawnPage:
    """A drawing, taken apart once.

    Args:
        drawing: what `drawings.read_drawing` found.
        keep_white, keep_lines: as in `Colorizer.set_image`.
    """

    def __init__(self, drawing: Drawing, keep_white: bool = True, keep_lines: bool = True) -> None:
        self.lines, self.ink = drawing.lines, drawing.ink
        self.white = find_white(self.lines) if keep_white else None
        self.areas = find_areas(self.lines, self.white) if keep_lines else None
        self._known: tuple[list[int], Any, tuple[Int[Tensor, "h w"], list[Answer]]] | None = None

    def refine(self, pixels: PixelRegions, small_lines: Float[Tensor, "1 1 h w"]) -> AreaRegions | None:
        """The regions of a network, made of the areas of this page; None where lines are not kept.

        Ranks stay what they are. What stays white is one more region, the last. Areas of a region that would hardly be
        seen take that of most of their other pixels, or of what is beside them.
        """
        if self.areas is None:
            return None
        (n, *size), weight = pixels.masks.shape, small_lines[0, 0].to(pixels.masks.device) ** 4
        own = resize_areas(self.areas, (size[0], size[1]))
        labels = torch.from_numpy(join_crumbs(own.cpu().numpy(), (weight > 0.1).cpu().numpy(), MIN_AREA)).long() - 1
        number, place = sample_areas(self.areas, (size[0], size[1]))
        m = int(labels.max()) + 1
        owner = _most(number.cpu(), labels.flatten()[place.cpu()], int(self.areas.max()) + 1, m)
        votes = torch.zeros(m, n).index_add_(0, labels.flatten(), (pixels.masks * weight).flatten(1).T.cpu().float())
        ranks = _elect(votes, labels)
        if self.white is not None and self.white.any():
            is_white = resize_areas(self.white, (size[0], size[1])).cpu() > 0
            ranks[_most(labels.flatten(), is_white.flatten().long(), m, 2) == 1] = n
            n += 1
        masks = ranks[labels] == torch.arange(n)[:, None, None]
        return AreaRegions(*(x.to(weight.device) for x in (masks, labels, ranks, owner)), self.areas)

    def paint(
        self,
        small: RGB,
        small_lines: Float[Tensor, "1 1 h w"],
        hints: Sequence[Hint],
        regions: Partition | None,
        ink: RGB,
        shading: float,
    ) -> RGB:
        """What a network painted for these hints under the ink, at its size; white stays what no hint asks for.

        `regions` is the partition that `Region` hints speak of. Raises ValueError for a `shading` outside [0, 1].
        """
        if not isinstance(shading, int | float) or not 0 <= shading <= 1:
            raise ValueError(f"shading {shading!r} cannot be: give a number from 0, flat, to 1")
        height, width = small.shape[-2:]
        if self.areas is None:
            planes = None if regions is None else regions.masks[None].float()
            dense = (rasterize([hint], height, width, planes).mask[0, 0] > 0 for hint in hints)
            return lay_ink(small, small_lines, ink, self._stays_white((height, width), dense))
        areas, answers = self._read(hints, regions)
        own = resize_areas(areas, (height, width))
        asked = (torch.isin(own, own.new_tensor(w)) if isinstance(w, tuple) else w for _, w in answers)
        white = self._stays_white((height, width), asked)
        areas = resize_areas(areas, (ink.shape[-2], ink.shape[-1]))
        shades = shading * _far_from_points(hints, height, width).to(small)
        return multiply_ink(fill_areas(small, small_lines, areas, answers, shades), ink, white)

    def fill(self, hints: Sequence[Hint], regions: Partition | None, size: tuple[int, int]) -> Hints:
        """Dense hints (1, ., height, width) in which each answer fills its areas; `regions` as in `paint`.

        Raises ValueError on a page whose lines are not kept.
        """
        if self.areas is None:
            raise ValueError("this page has no areas: keep its lines")
        areas, answers = self._read(hints, regions)
        own = resize_areas(areas, size)
        color, mask = torch.zeros(1, 3, *size), torch.zeros(1, 1, *size)
        for given, where in answers:
            inside = torch.isin(own, own.new_tensor(where)) if isinstance(where, tuple) else where
            color[:, :, inside], mask[:, :, inside] = torch.tensor(given)[:, None], 1.0
        return Hints(color, mask)

    def _read(self, hints: Sequence[Hint], regions: Partition | None) -> tuple[Int[Tensor, "h w"], list[Answer]]:
        """`read_answers`, once for the same hints: they are filled first, and then painted."""
        key = [*map(id, hints), id(regions)]
        if self._known is None or self._known[0] != key:
            found = read_answers(hints, self.areas, self.lines, regions)
            self._known = key, (list(hints), regions), found
        return self._known[2]

    def _stays_white(self, size: tuple[int, int], asked: Iterable[Bool[Tensor, "h w"]]) -> Bool[Tensor, "h w"] | None:
        """The balloons and gutters that no hint is about; `asked` is where each gives its colour, of this size."""
        if self.white is None:
            return None
        white, wanted = resize_areas(self.white, size), set[int]()
        for mask in asked:
            wanted |= areas_of_hint(white, mask.cpu())
        return (self.white > 0) & ~torch.isin(self.white, torch.tensor(sorted(wanted), dtype=torch.long))


def read_answers(
    hints: Sequence[Hint],
    areas: Int[Tensor, "h w"],
    lines: Sketch,
    regions: Partition | None,
) -> tuple[Int[Tensor, "h w"], list[Answer]]:
    """What hints say of the areas of a drawing: a point about the one it lies in, a lasso about those inside of it.

    Scribbles part areas, and so do points of several colours in one, so the areas are returned, too. Dense hints do the
    same with each patch of one colour in the areas that hold a good part of it; of very many colours, an area takes the
    mean. `areas` and `lines` as in `areas.find_areas`, `regions` is the partition that `Region` hints speak of.
    """
    height, width = areas.shape
    parted = part_by_scribbles(areas, lines, [hint for hint in hints if isinstance(hint, EdgeScribble)])
    areas, lines = parted.areas, parted.lines
    points = [hint for hint in hints if isinstance(hint, Point)]
    places = [(min(height - 1, int(point.y * height)), min(width - 1, int(point.x * width))) for point in points]
    patches = [patch for hint in hints if isinstance(hint, DenseHint) for patch in _patches(hint, areas, lines)]
    parting = dict(zip(places, (point.color for point in points), strict=True))
    areas = part_areas(areas, lines, parting | {place: color for where, color in patches for place in where})
    answers = []
    for hint in hints:
        if isinstance(hint, Region) and regions is not None:
            where = regions.find(hint)
            answers.append(Answer(parse_color(hint.color), parted.all_of(where) if isinstance(where, tuple) else where))
        elif isinstance(hint, Lasso):
            answers.append(Answer(parse_color(hint.color), _areas_inside(hint, areas)))
    spots = [(place, point.color) for place, point in zip(places, points, strict=True)]
    spots += [(where[0], color) for where, color in patches]
    return areas, [*answers, *(Answer(parse_color(color), (int(areas[place]),)) for place, color in spots)]


def _areas_inside(lasso: Lasso, areas: Int[Tensor, "h w"]) -> tuple[int, ...]:
    """The areas that lie inside of a lasso, for the most part; where none does, that which holds most of it."""
    inside = areas[lasso.inside(*areas.shape).to(areas.device)].bincount(minlength=int(areas.max()) + 1)
    found = (2 * inside > areas.flatten().bincount(minlength=len(inside))).nonzero().flatten().tolist()
    return tuple(found or [int(inside.argmax())])


def _patches(hint: DenseHint, areas: Int[Tensor, "h w"], lines: Sketch) -> list[tuple[list[tuple[int, int]], str]]:
    """The pixels of paper in each area with a patch of one colour, and that colour; the mean of an area, if of many.

    What reaches over a line into another area with less than `SHARE` of its patch says nothing there; a patch most of
    which lies on ink is about the ink.
    """
    height, width = areas.shape
    dense = hint.at(height, width)
    levels = (dense.color[0] * 255).round().long().cpu().numpy()
    keys = (levels[0] * 256 + levels[1]) * 256 + levels[2] + 1
    keys[dense.mask[0, 0].cpu().numpy() == 0] = 0
    ink = lines[0, 0].cpu().numpy() < INK
    is_many = len(np.unique(keys[~ink])) > MANY
    pieces = np.zeros_like(keys) if is_many else pieces_of(keys)
    on_ink = np.bincount(pieces[ink], minlength=pieces.max() + 1) > np.bincount(
        pieces[~ink], minlength=pieces.max() + 1
    )
    rows, columns = np.nonzero((keys > 0) & ~ink & (is_many | ~on_ink[pieces]))
    number, patch = areas.cpu().numpy()[rows, columns], pieces[rows, columns]
    pairs, part, sizes = np.unique(np.stack([patch, number]), axis=1, return_inverse=True, return_counts=True)
    part, found = part.ravel(), []
    for n in np.flatnonzero(is_many | (sizes >= SHARE * np.bincount(patch, minlength=1)[pairs[0]])):
        at = part == n
        mean = dense.color[0, :, rows[at], columns[at]].mean(1)
        found.append((list(zip(rows[at].tolist(), columns[at].tolist(), strict=True)), hex_color(mean.tolist())))
    return found


def _far_from_points(hints: Sequence[Hint], height: int, width: int) -> Float[Tensor, "h w"]:
    """0 at points and dense hints to 1 far from them: a network paints a dot there, which is no shade of its area."""
    import cv2

    spots = rasterize((hint for hint in hints if isinstance(hint, Point | DenseHint)), height, width).mask[0, 0]
    if not spots.any():
        return torch.ones_like(spots)
    distance = cv2.distanceTransform((1 - spots).byte().numpy(), cv2.DIST_L2, 5)
    return torch.from_numpy(1 - np.exp(-0.5 * (distance / DOT) ** 2))


def _most(number: Int[Tensor, " k"], other: Int[Tensor, " k"], n: int, m: int) -> Int[Tensor, " n"]:
    """Of `m` other numbers, that which is most often beside each of `n`."""
    return (number.long() * m + other).bincount(minlength=n * m).view(n, m).argmax(1)


def _elect(votes: Float[Tensor, "m n"], labels: Int[Tensor, "h w"]) -> Int[Tensor, " m"]:
    """The rank that has most votes in each area, of those whose areas together can be seen."""
    pairs, lengths, _ = borders(labels.numpy() + 1, np.ones(labels.shape, np.float32))
    one, other = torch.from_numpy(np.concatenate([pairs, pairs[:, ::-1]]) - 1).T
    around = torch.from_numpy(np.tile(lengths, 2)).float()[:, None]
    votes = votes + NEIGHBOUR_VOTE * torch.zeros_like(votes).index_add_(0, one, around * votes[other])
    sizes = torch.zeros(votes.shape[1]).index_add_(0, votes.argmax(1), votes.sum(1))
    seen = sizes >= min(MIN_REGION * labels.numel(), float(sizes.max()))
    return torch.where(seen, votes, -1.0).argmax(1)


def read_page(image: RGB, kind: str, keep_white: bool, keep_lines: bool) -> DrawnPage | None:
    """The drawing that a picture is; None for a photograph. Arguments as of `Colorizer.set_image`.

    Raises ValueError where nothing is drawn on what is said to be a drawing.
    """
    if kind == "photo" or (kind == "auto" and not is_drawing(image)):
        return None
    drawing = read_drawing(image)
    if kind == "drawing" and not drawing.has_ink:
        raise ValueError("nothing is drawn on this page: open another, or say that it is a photo")
    return DrawnPage(drawing, keep_white, keep_lines)
