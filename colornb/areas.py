"""What the lines of a drawing close: areas, each of which is painted by itself, so that no colour crosses a line.

Lines have gaps. A neck of paper that is much narrower than what it joins is taken for one, and parts two areas; necks
are found where the distance to the ink is least (watershed, Meyer 1991; on drawings: trapped ball, Zhang et al. 2009).
What the network paints is brought to full size area by area: the mean colour of each, and how it deviates from that.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from colornb.color import luma
from colornb.types import RGB, Bool, Float, Int, Planes, Sketch

PIXELS = 1_500_000  # necks are looked for on a page no larger
INK = 0.75  # what is darker is ink
SPECK = 0.003  # of the shorter side: ink that is no longer is dirt
GAP = 0.006  # of the shorter side: half the widest gap in a line, and ..
ROUNDED = 0.6  # .. pixels, as it may be wider by one
NECK = 0.6  # of the narrower area's width: a wider neck is none
OPEN = 0.9  # the same, between what is nearest to points of several colours in one area
STEP = 0.65  # from one width at which areas are looked for to the next
SLIVER = 0.006  # of the shorter side: half the width of an area between the strokes of a hatching, at most
STROKES = 4  # slivers side by side are a hatching
ROUNDS = 8  # at most, in which crumbs are joined with what is beside them
SMALLEST = 0.005  # of the shorter side: what is smaller than a square of it is no area
SEEN = 500_000  # pixels are enough to part an area, and for the means of all
SHARE = 0.1  # of an area is covered by an answer, at least, that counts there beside its first
OWN = (
    0.25  # of how the network's colours vary within an area is kept in one whose colour was not given: the rest is fog
)
SHADING = 0.5  # of the shades that the network gives to an area are kept in one whose colour was given


class Answer(NamedTuple):
    """A colour that was given, sRGB in [0, 1], and where: numbers of areas, or a mask at the network's size."""

    color: tuple[float, float, float]
    where: tuple[int, ...] | Bool[Tensor, "h w"]


def find_areas(lines: Sketch, white: Int[Tensor, "h2 w2"] | None = None) -> Int[Tensor, "h w"]:
    """The areas of a drawing, numbered from 1, at its own size; ink belongs to the area nearest to it.

    `lines` is one page of line art, (1, 1, H, W), 1 for paper, without screentone (`drawings.read_drawing`). Each area
    of `white`, as `page_layout.find_white` numbers them, is one, with all that is in it.
    """
    ink = _without_specks((lines[0, 0].cpu().numpy() < INK).astype(np.uint8))
    small = _shrink(ink)
    depth, side = _distance(small), min(small.shape)
    gap = GAP * side + ROUNDED
    labels = _enlarge(_join_wide(_basins(depth, gap), depth, gap), ink)
    areas = torch.from_numpy(_join_small(labels, _distance(ink))).to(lines.device)
    if white is None:
        return areas
    own = resize_areas(white, (areas.shape[0], areas.shape[1])).to(areas)
    return torch.where(own > 0, own + areas.max(), areas)


def _without_specks(ink: np.ndarray) -> np.ndarray:
    import cv2

    _, labels, stats, _ = cv2.connectedComponentsWithStats(ink, connectivity=8)
    longest = stats[:, [cv2.CC_STAT_WIDTH, cv2.CC_STAT_HEIGHT]].max(1)
    is_line = longest > max(1, SPECK * min(ink.shape))
    is_line[0] = False
    return is_line[labels].astype(np.uint8)


def _shrink(ink: np.ndarray) -> np.ndarray:
    """The ink on a page of at most `PIXELS`: all of it that would be lost is made thicker."""
    import cv2

    scale = (PIXELS / ink.size) ** 0.5
    if scale >= 1:
        return ink
    step = int(np.ceil(1 / scale))
    size = max(1, round(ink.shape[1] * scale)), max(1, round(ink.shape[0] * scale))
    return cv2.resize(cv2.dilate(ink, np.ones((step, step), np.uint8)), size, interpolation=cv2.INTER_NEAREST)


def _distance(ink: np.ndarray) -> np.ndarray:
    """From each pixel to the ink, in pixels."""
    import cv2

    return cv2.distanceTransform(1 - ink, cv2.DIST_L2, 5)


def _basins(depth: np.ndarray, widest: float) -> np.ndarray:
    """Paper, cut at each of its necks up to `widest` to either side: int32 (h, w), 0 on ink.

    From the widest on, what is so far from ink falls into pieces; one in which no basin was found before is a new one.
    """
    import cv2

    labels, seeds = np.zeros(depth.shape, np.int32), np.zeros(0, np.int64)
    for radius in [*(widest * STEP**k for k in range(20) if widest * STEP**k > 1), 0]:
        count, pieces = cv2.connectedComponents((depth > radius).astype(np.uint8), connectivity=4)
        anywhere = np.zeros(count, np.int64)
        anywhere[pieces.ravel()] = np.arange(pieces.size)
        found = np.bincount(pieces.ravel()[seeds], minlength=count)
        seeds = np.concatenate([seeds, anywhere[1:][found[1:] == 0]])
        owner = np.zeros(count, np.int32)
        owner[pieces.ravel()[seeds]] = np.arange(1, len(seeds) + 1)
        owner[found > 1] = 0
        alone = owner[pieces]
        np.copyto(labels, alone, where=alone > 0)
    return _flood(labels, depth)


def _flood(labels: np.ndarray, depth: np.ndarray) -> np.ndarray:
    """Give the paper between basins to one of them, so that they meet where it is narrowest."""
    import cv2
    from skimage.segmentation import watershed

    left = (labels == 0) & (depth > 0)
    around = (cv2.dilate(left.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0) & (depth > 0)
    return np.where(left, watershed(-depth, np.where(around, labels, 0), mask=around), labels) if left.any() else labels


def borders(labels: np.ndarray, plane: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Areas side by side, from 1: pairs (n, 2), the length of their border, and where `plane` is highest on it."""
    found, most = [], labels.max() + 1
    for a, b in ((np.s_[:, :-1], np.s_[:, 1:]), (np.s_[:-1], np.s_[1:])):
        at = np.nonzero((labels[a] != labels[b]) & (labels[a] > 0) & (labels[b] > 0))
        one, other = labels[a][at].astype(np.int64), labels[b][at]
        pair = np.minimum(one, other) * most + np.maximum(one, other)
        found.append((pair, np.minimum(plane[a][at], plane[b][at])))
    pair, heights = (np.concatenate(x) for x in zip(*found, strict=True))
    unique, index, lengths = np.unique(pair, return_inverse=True, return_counts=True)
    highest = np.zeros(len(unique), np.float32)
    np.maximum.at(highest, index, heights)
    return np.stack([unique // most, unique % most], 1), lengths, highest


def _peaks(labels: np.ndarray, depth: np.ndarray) -> np.ndarray:
    """Half the greatest width of each area."""
    peaks = np.zeros(labels.max() + 1, np.float32)
    np.maximum.at(peaks, labels.ravel(), depth.ravel())
    return peaks


def _join_wide(labels: np.ndarray, depth: np.ndarray, widest: float, gap: float = 0.0) -> np.ndarray:
    """Join basins, the widest neck first, where a neck is no gap: one up to `gap` to either side always is."""
    pairs, _, necks = borders(labels, depth)
    peaks, parent = _peaks(labels, depth), np.arange(labels.max() + 1)

    def root(k: int) -> int:
        while parent[k] != k:
            k = parent[k]
        return k

    for number in np.argsort(-necks, kind="stable"):
        one, other = (root(k) for k in pairs[number])
        narrow = max(gap, min(widest, NECK * min(peaks[one], peaks[other])))
        if one != other and necks[number] >= narrow:
            low, high = sorted((one, other), key=lambda k: peaks[k])
            parent[low] = high
    return np.array([root(k) for k in parent], np.int32)[labels]


def _enlarge(small: np.ndarray, ink: np.ndarray) -> np.ndarray:
    """Areas at the size of the ink, numbered from 1, ink filled from the nearest."""
    import cv2

    labels = cv2.resize(small.astype(np.float32), ink.shape[::-1], interpolation=cv2.INTER_NEAREST)
    labels[ink > 0] = 0
    for _ in range(3 if small.shape != ink.shape else 0):  # what was ink only while the page was small
        near = cv2.dilate(labels, np.ones((3, 3), np.uint8))
        np.copyto(labels, near, where=(labels == 0) & (ink == 0))
    left = labels == 0
    if left.all():
        return np.ones_like(labels, np.int32)
    _, nearest = cv2.distanceTransformWithLabels(left.astype(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL)
    labels[left] = labels[~left][nearest[left] - 1]  # OpenCV counts them row by row, from 1
    return labels.astype(np.int32)


def _join_small(labels: np.ndarray, depth: np.ndarray) -> np.ndarray:
    """Areas without those between the strokes of a hatching, and without crumbs, numbered from 1."""
    side, is_thin = min(labels.shape), _peaks(labels, depth) < SLIVER * min(labels.shape)
    pairs, _, _ = borders(labels, depth)
    strokes = _groups(pairs[is_thin[pairs].all(1)], len(is_thin))
    is_hatched = is_thin & (np.bincount(strokes)[strokes] >= STROKES)
    labels = np.where(is_hatched, strokes + len(strokes), np.arange(len(strokes))).astype(np.int32)[labels]
    return join_crumbs(labels, depth > 0, (SMALLEST * side) ** 2)


def join_crumbs(labels: np.ndarray, paper: np.ndarray, least: float) -> np.ndarray:
    """Areas (h, w), numbered from 1: one with fewer than `least` pixels of `paper` joins that beside it."""
    for _ in range(ROUNDS):
        pairs, lengths, _ = borders(labels, paper)
        sizes = _sizes(labels, paper)
        pairs = np.concatenate([pairs, pairs[:, ::-1]])[np.argsort(np.tile(lengths, 2), kind="stable")]
        longest = dict(pairs[sizes[pairs[:, 0]] < least].tolist())  # the last one is kept
        if not longest:
            break
        labels = _groups(np.array(list(longest.items())), len(sizes))[labels]
    return np.cumsum(_sizes(labels) > 0).astype(np.int32)[labels]


def _sizes(labels: np.ndarray, where: np.ndarray | None = None) -> np.ndarray:
    """How many pixels each area has, of those in a mask; by rows, since NumPy counts in a copy of twice the size."""
    sizes = np.zeros(labels.max() + 1, np.int64)
    for top in range(0, len(labels), 256):
        rows = np.s_[top : top + 256]
        sizes += np.bincount(labels[rows].ravel() if where is None else labels[rows][where[rows]], minlength=len(sizes))
    return sizes


def _groups(edges: np.ndarray, n: int) -> np.ndarray:
    """A number for each of `n` things, the same for those that edges (m, 2) connect."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    ones = np.ones(len(edges), bool)
    return connected_components(coo_array((ones, tuple(edges.T)), (n, n)), directed=False)[1].astype(np.int32)


def pieces_of(keys: np.ndarray) -> np.ndarray:
    """A number for each connected piece of one key, at each pixel."""
    place, pairs = np.arange(keys.size).reshape(keys.shape), []
    for a, b in ((np.s_[:, :-1], np.s_[:, 1:]), (np.s_[:-1], np.s_[1:])):
        same = keys[a] == keys[b]
        pairs.append(np.stack([place[a][same], place[b][same]], 1))
    return _groups(np.concatenate(pairs), keys.size).reshape(keys.shape)


def resize_areas(areas: Int[Tensor, "h w"], size: tuple[int, int]) -> Int[Tensor, "h2 w2"]:
    """Areas at another size, (height, width): each pixel's is that at its middle."""
    if areas.shape == size:
        return areas
    return F.interpolate(areas[None, None].float(), size, mode="nearest-exact")[0, 0].to(areas.dtype)


def part_areas(areas: Int[Tensor, "h w"], lines: Sketch, colors: Mapping[tuple[int, int], str]) -> Int[Tensor, "h w"]:
    """Areas, each parted where several colours are given in it: at its narrowest necks, or halfway if it has none.

    Parts have new numbers. `areas` and `lines` as in `find_areas`; `colors` has the colour at each (row, column).
    """
    found: dict[int, dict[str, list[tuple[int, int]]]] = {}
    for place, color in colors.items():
        found.setdefault(int(areas[place]), {}).setdefault(color, []).append(place)
    for number, places in found.items():
        if len(places) > 1:
            inside = areas == number
            box = _box(inside)
            paper = (inside & (lines[0, 0] >= INK))[box].cpu().numpy()
            origin = np.array([side.start for side in box])
            gap = GAP * min(areas.shape) + ROUNDED
            parts = _watershed(paper, [np.array(group) - origin for group in places.values()], gap)
            new = areas.clone()
            new[box] = torch.where(inside[box], torch.from_numpy(parts).to(areas) + areas.max(), areas[box])
            areas = new
    return areas


def _box(inside: Bool[Tensor, "h w"]) -> tuple[slice, slice]:
    """The smallest rectangle around a mask."""
    rows, columns = (inside.any(axis).nonzero() for axis in (1, 0))
    return slice(int(rows[0]), int(rows[-1]) + 1), slice(int(columns[0]), int(columns[-1]) + 1)


def _watershed(paper: np.ndarray, places: Sequence[np.ndarray], gap: float) -> np.ndarray:
    """A page cut between groups of places, at necks of `paper` if there are any: the number of the group, from 1.

    A neck that is no wider than `gap` to either side is a gap in a line, however narrow what it joins.
    """
    import cv2
    from skimage.segmentation import watershed

    step = max(1, int(np.ceil((paper.size / SEEN) ** 0.5)))
    depth = cv2.erode(_distance((~paper).astype(np.uint8)), np.ones((step, step)), anchor=(0, 0))[::step, ::step]
    markers = np.zeros(depth.shape, np.int32)
    for number, group in enumerate(places, 1):
        markers[tuple(group.T // step)] = number
    parts = _halve_open(watershed(-depth, _fill_rooms(markers, depth, gap)), depth, markers, gap)
    return parts.repeat(step, 0).repeat(step, 1)[: paper.shape[0], : paper.shape[1]]


def _fill_rooms(markers: np.ndarray, depth: np.ndarray, gap: float) -> np.ndarray:
    """Markers, each as large as the room behind necks that it lies in, if it is alone there."""
    widest = float(depth.max())
    rooms = _join_wide(_basins(depth, widest), depth, widest, gap)
    at = np.nonzero((markers > 0) & (rooms > 0))
    low, high = np.full(rooms.max() + 1, markers.max() + 1), np.zeros(rooms.max() + 1, np.int32)
    np.minimum.at(low, rooms[at], markers[at])
    np.maximum.at(high, rooms[at], markers[at])
    return np.where(markers > 0, markers, np.where(low == high, high, 0)[rooms]).astype(np.int32)


def _halve_open(parts: np.ndarray, depth: np.ndarray, markers: np.ndarray, gap: float) -> np.ndarray:
    """Parts; where no neck lies between some, each place of theirs goes to the nearest marker instead."""
    from skimage.segmentation import watershed

    paper = np.where(depth > 0, parts, 0)
    pairs, _, necks = borders(paper, depth)
    is_open = (necks + 2 >= OPEN * _peaks(paper, depth)[pairs].min(1)) & (necks > gap)
    joined = _groups(pairs[is_open], parts.max() + 1)[parts]
    for number in np.unique(joined[markers > 0]):
        inside = joined == number
        parts[inside] = watershed(depth == 0, np.where(inside, markers, 0), mask=inside)[inside]
    return parts


def fill_areas(
    small: RGB,
    small_lines: Float[Tensor, "1 1 h w"],
    areas: Int[Tensor, "h2 w2"],
    answers: Sequence[Answer] = (),
    shading: float | Float[Tensor, "h w"] = SHADING,
) -> Float[Tensor, "1 3 h2 w2"]:
    """What a network painted, at the size of the areas, each painted by itself: sRGB in [0, 1].

    An area has the colour that was given for most of it; a later answer, and one for an area, outweighs others. Several
    that were given for a good part of it have their own parts. To this comes by how much the network's colours are
    lighter or darker there than their mean, `shading` times: 0 for flat colours to 1, everywhere or at each pixel.
    Where none was given for most of an area, it has the mean of the network's own colours, and some of how they vary.
    """
    (height, width), n = small.shape[-2:], int(areas.max()) + 1
    own = resize_areas(areas, (height, width)).long()
    weight, colors = small_lines[0, 0] ** 4 + 1e-3, small[0].permute(1, 2, 0)
    palette = small.new_tensor([(0.0, 0.0, 0.0), *(answer.color for answer in answers)])
    number, place = sample_areas(areas, (height, width))
    asked, shares = _vote(answers, own, number, place, n)
    painted = _means(number, colors.flatten(0, 1)[place], weight.flatten()[place], n)
    mean = shares @ palette + shares[:, :1] * painted
    kept = torch.where(shares[own, asked] > 0, asked, shares[own].argmax(-1))
    part = own * len(palette) + kept
    flat = _means(part.flatten(), colors.flatten(0, 1), weight.flatten(), n * len(palette))[part]
    shade = torch.as_tensor(shading)[..., None] * luma((colors - flat).permute(2, 0, 1)[None])[0, 0, ..., None]
    deviation = torch.where((kept > 0)[..., None], palette[kept] + shade, flat + OWN * (colors - flat)) - mean[own]
    inner = _inwards(deviation.permute(2, 0, 1)[None], weight, own)
    large = F.interpolate(inner, (areas.shape[0], areas.shape[1]), mode="bilinear", align_corners=False)
    for top in range(0, len(areas), 256):  # a large page has no room for another of its size
        large[0, :, top : top + 256] += mean.T[:, areas[top : top + 256]]
    return large.clamp_(0, 1)


def sample_areas(areas: Int[Tensor, "h w"], size: tuple[int, int]) -> tuple[Int[Tensor, " k"], Int[Tensor, " k"]]:
    """The areas of some pixels, evenly spread, and where these lie in a picture of another size, row by row."""
    step = max(1, int((areas.numel() / SEEN) ** 0.5))
    some = areas[::step, ::step]
    rows, columns = (
        (torch.arange(0, full, step, device=areas.device) + 0.5) * side // full
        for full, side in zip(areas.shape, size, strict=True)
    )
    return some.flatten().long(), (rows[:, None] * size[1] + columns).flatten().long()


def _vote(
    answers: Sequence[Answer], own: Int[Tensor, "h w"], areas: Int[Tensor, " k"], place: Int[Tensor, " k"], n: int
) -> tuple[Int[Tensor, "h w"], Float[Tensor, "n m"]]:
    """The last answer about each pixel, from 1, 0 for none; and which share of each of `n` areas has which answer."""
    asked, many = torch.zeros_like(own), len(answers) + 1
    for number, answer in enumerate(answers, 1):
        if isinstance(answer.where, Tensor):
            asked[answer.where] = number
    shares = (areas * many + asked.flatten()[place]).bincount(minlength=n * many).view(n, many).float()
    shares[:, 0] += 1e-6  # an area so small that no sample met it
    for number, answer in enumerate(answers, 1):
        if isinstance(answer.where, tuple):
            shares[list(answer.where)] = 0
            shares[list(answer.where), number] = 1
    shares *= (shares >= SHARE * shares.sum(1, keepdim=True)) | (shares == shares.amax(1, keepdim=True))
    return asked, shares / shares.sum(1, keepdim=True)


def _means(
    number: Int[Tensor, " k"], colors: Float[Tensor, "k 3"], weight: Float[Tensor, " k"], n: int
) -> Float[Tensor, "n 3"]:
    """The mean colour under each number; white, as paper is, where there is none."""
    total = colors.new_zeros(n).index_add_(0, number, weight)[:, None]
    summed = colors.new_zeros(n, 3).index_add_(0, number, colors * weight[:, None])
    return torch.where(total > 0, summed / total.clamp(min=1e-9), 1.0)


def _inwards(
    planes: Planes, weight: Float[Tensor, "h w"], own: Int[Tensor, "h w"], reach: int = 2
) -> Float[Tensor, "1 c h w"]:
    """Planes (1, c, h, w) as they are further inside of each area, where at its rim, or on lines, something bled in."""
    (height, width), areas = own.shape, own[None, None].float()
    inner = weight * (F.max_pool2d(areas, 3, 1, 1) == areas) * (F.max_pool2d(-areas, 3, 1, 1) == -areas)
    padded = F.pad(torch.cat([planes * inner, inner], 1), (reach,) * 4)
    around, total = F.pad(areas, (reach,) * 4, value=-1), torch.zeros_like(padded[..., :height, :width])
    for dy in range(2 * reach + 1):
        for dx in range(2 * reach + 1):
            window = np.s_[..., dy : dy + height, dx : dx + width]
            near = np.exp(-((dy - reach) ** 2 + (dx - reach) ** 2) / 2)
            total += near * (around[window] == areas) * padded[window]
    filled = total[:, :-1] / total[:, -1:].clamp(min=1e-3)
    return inner * planes + (1 - inner) * filled
