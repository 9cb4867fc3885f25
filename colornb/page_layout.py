"""What of a comic page is no picture: the gutters between its panels, and balloons and captions with their lettering.

Nobody colours them, unless they say so. Both are found by their shape: gutters are the paper around panels, which are
nearly rectangles; a balloon is an area of paper, closed and nearly convex, in which small marks stand in rows.
"""

from collections.abc import Iterator

import numpy as np
from torch import Tensor

from colornb.types import Bool, Int, Sketch

PIXELS = 2_000_000  # the page is looked at no larger
INK = 0.75  # what is darker is ink: thin lines are gray where the page was shrunk
PANEL = 0.01  # of the page: a smaller piece is no panel
RECTANGLE = 0.85  # of the smallest rectangle around it is covered by a panel
PANELS = 0.4  # of the page, at least, and most of what is drawn on it: else the paper around is a background
BALLOON = 0.0005, 0.25  # of the page
CONVEX = 0.8  # of its convex hull is covered by a balloon: a tail is not
LETTERS = 3  # marks in a balloon, at least
LETTER = 5  # pixels: a smaller mark is a speck
OF_BALLOON, OF_PAGE = 0.7, 0.07  # a letter is so high at most: of its balloon, and of a square as large as the page
IN_ROWS = 0.75  # of the letters stand beside another, on one line with it
ON_LINE = 0.2  # of the height of a letter: how far two letters of a line begin or end apart, at most
GAP = 0.6  # of its height is the next letter away, at most
VARIETY = 0.12  # of their mean width letters differ by, at least: dots, panes and eyes are all alike
REPEATED = 0.5  # of letters of one width have another of the same form, at most: of the dots of a cloth more have
SAME = 0.1  # two marks of the same form differ by less, as mean absolute difference of their ink in [0, 1]
MIRRORED = 0.8  # of the marks of a face, or of a pattern, have a mirror image across the middle; of letters fewer have
TWIN = 0.2  # a mark and its mirror image differ by less, measured in the same way
TAIL = 0.3  # of its balloon, at most, is a tail that a line parts from it
POINTED = 0.7  # of the smallest triangle around it is covered by a tail, at least
LONG = 1.2  # times a square as large as a tail is it long; corners beside a balloon are shorter
THICKEST = 4  # pixels: the line between a balloon and its tail is no thicker
CENTRE, FILLED = 0.2, 0.03  # of a balloon: how far its lettering is from the middle, at most; its share, at least
READABLE = 8  # pixels: lower letters are no word by themselves
MIDDLE = 0.12  # of a balloon: how far a short word is from the middle, at most
SMOOTH = 0.95  # of its convex hull is covered by a balloon with a short word, its tail left out
SIGNS = 10  # pieces of ink in a balloon with a short word, at most
STROKE = 0.2  # of the height of a letter is half its stroke, at most: pupils and black patches are wider
STRAIGHT = 2.5  # times as long as wide: a stroke that is no letter unless others stand beside it
DOT = 0.35  # of the height of a sign: the dot of an exclamation mark is no larger, and no further below it
SPREAD = 0.3  # of their size dots of one row differ by, at most, and stand further apart or out of line


def find_white(lines: Sketch) -> Int[Tensor, "h w"]:
    """Areas that stay white: 0 for what is to be painted, and a number for each gutter and each balloon.

    `lines` is one page of line art, (1, 1, H, W), 1 for paper. The answer has its proportions and at most two million
    pixels; under the ink around it an area goes on for two of them.
    """
    import cv2
    import torch

    page = lines[0, 0].cpu().numpy()
    scale = min(1.0, (PIXELS / page.size) ** 0.5)
    size = max(1, round(page.shape[1] * scale)), max(1, round(page.shape[0] * scale))
    ink = cv2.resize(page, size, interpolation=cv2.INTER_AREA) < INK
    _, labels, stats, _ = cv2.connectedComponentsWithStats((~ink).astype(np.uint8), connectivity=4)
    found = np.zeros(ink.shape, np.float32)  # the type of numbers that OpenCV dilates
    for number, area in enumerate((*_gutters(labels, ink), *_balloons(labels, stats)), 1):
        found[area] = number
    return torch.from_numpy(_under_ink(found, ink).astype(np.int64))


def areas_of_hint(white: Int[Tensor, "h w"], asked: Bool[Tensor, "h w"]) -> set[int]:
    """Numbers of the areas, as `find_white` gives them, that a hint is about; `asked` is where it gives its colour.

    A hint is about a white area if most of it lies in such areas, and it covers most of the area or lies in it.
    """
    inside = white[asked]
    if not len(inside) or (inside > 0).float().mean() <= 0.5:
        return set()
    number = int(white.max()) + 1
    common, sizes = inside.bincount(minlength=number), white.flatten().bincount(minlength=number)
    most = common > 0.5 * sizes.clamp(max=len(inside))
    return set(most.nonzero().flatten().tolist()) - {0}


def _gutters(labels: np.ndarray, ink: np.ndarray) -> Iterator[np.ndarray]:
    """The paper that reaches the rim of the page, if what it leaves are panels; a mask, once or never."""
    import cv2

    rim = np.unique(np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]]))
    around = np.isin(labels, rim[rim > 0])
    if not around.any():
        return
    pieces, _ = cv2.findContours((~around).astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    areas = [(cv2.contourArea(piece), _rectangle(piece)) for piece in pieces]
    large = [(area, box) for area, box in areas if area >= PANEL * labels.size]
    panels = sum(area for area, box in large if area >= RECTANGLE * box)
    if panels >= PANELS * labels.size and panels >= 0.8 * sum(area for area, _ in large):
        yield around


def _rectangle(piece: np.ndarray) -> float:
    import cv2

    _, (width, height), _ = cv2.minAreaRect(piece)
    return width * height


def _balloons(labels: np.ndarray, stats: np.ndarray) -> Iterator[np.ndarray]:
    """Areas of paper with lettering, their letters included; one mask each."""
    import cv2

    low, high = (share * labels.size for share in BALLOON)
    for number in 1 + np.nonzero((stats[1:, cv2.CC_STAT_AREA] >= low) & (stats[1:, cv2.CC_STAT_AREA] <= high))[0]:
        left, top, width, height = stats[number, :4]
        inside = (labels[top : top + height, left : left + width] == number).astype(np.uint8)
        contours, tree = cv2.findContours(inside, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE)
        outline = max(contours, key=cv2.contourArea)
        marks = [cv2.boundingRect(c) for c, node in zip(contours, tree[0], strict=True) if node[3] >= 0]
        is_convex = cv2.contourArea(outline) >= CONVEX * cv2.contourArea(cv2.convexHull(outline))
        highest = OF_PAGE * labels.size**0.5
        if is_convex and (
            _is_lettering(np.array(marks).reshape(-1, 4), inside, highest)
            or (
                marks and _is_short_word(outline, inside, labels[top : top + height, left : left + width] == 0, highest)
            )
        ):
            whole = np.zeros(labels.shape, np.uint8)
            cv2.drawContours(whole, [outline + [left, top]], -1, 1, cv2.FILLED)
            yield (whole > 0) | np.isin(labels, _tails(whole, labels, stats))


def _tails(balloon: np.ndarray, labels: np.ndarray, stats: np.ndarray) -> list[int]:
    """The numbers of small areas beside a balloon that are triangles, or nearly."""
    import cv2

    size, far = 2 * THICKEST + 1, cv2.distanceTransform(1 - balloon, cv2.DIST_L2, 5)
    around = np.unique(labels[cv2.dilate(balloon, np.ones((size, size), np.uint8)) > balloon])
    sizes, found = stats[:, cv2.CC_STAT_AREA], []
    for number in around[(around > 0) & (sizes[around] <= TAIL * balloon.sum()) & (sizes[around] >= LETTER**2)]:
        left, top, width, height = stats[number, :4]
        piece = (labels[top : top + height, left : left + width] == number).astype(np.uint8)
        outline = cv2.findContours(piece, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)[0][0]
        length = far[top : top + height, left : left + width][piece > 0].max()
        if length >= LONG * sizes[number] ** 0.5 and sizes[number] >= POINTED * cv2.minEnclosingTriangle(outline)[0]:
            found.append(int(number))
    return found


def _is_lettering(marks: np.ndarray, inside: np.ndarray, highest: float) -> bool:
    """Whether marks (n, 4: x, y, width, height) are of one size, stand on lines, and fill the middle of their area.

    `inside` is the paper of the area, 0 or 1, in its box (height, width).
    """
    (height, width), marks = inside.shape, marks[marks[:, 3] >= LETTER]
    if len(marks) < LETTERS:
        return False
    size = np.median(marks[:, 3])
    alike = marks[(marks[:, 3] >= 0.5 * size) & (marks[:, 3] <= 2 * size)]
    if size > min(highest, OF_BALLOON * height) or len(alike) < max(LETTERS, IN_ROWS * len(marks)):
        return False
    area = np.array([width, height])
    first, last = alike[:, :2].min(0), (alike[:, :2] + alike[:, 2:]).max(0)
    is_central = (abs((first + last) / 2 - area / 2) <= CENTRE * area).all()
    is_filled = (last - first).prod() >= FILLED * area.prod()
    is_lined, shapes = max(_on_lines(alike, axis, size) for axis in (0, 1)) >= IN_ROWS, _shapes(alike, inside)
    is_varied = alike[:, 2].std() >= VARIETY * alike[:, 2].mean() or _repeated(shapes) <= REPEATED
    return bool(is_central and is_filled and is_lined and is_varied and _mirrored(alike, shapes, size) < MIRRORED)


def _is_short_word(outline: np.ndarray, inside: np.ndarray, ink: np.ndarray, highest: float) -> bool:
    """Whether all that is in an area of paper is one row of a few letters and signs in its middle, or of dots.

    `outline` is the contour of the area, a tail with it; `ink` lies in the same box as `inside`. Equal marks, such
    as two eyes or three rings, are no word, and neither is a sign alone that has no dot below it.
    """
    import cv2

    whole = cv2.drawContours(np.zeros_like(inside), [outline], -1, 1, cv2.FILLED)
    count, pieces, stats, _ = cv2.connectedComponentsWithStats(whole & (1 - inside) & ink, connectivity=8)
    body = cv2.morphologyEx(whole, cv2.MORPH_OPEN, np.ones((min(inside.shape) // 3 + 1,) * 2, np.uint8))
    if not 1 < count <= SIGNS + 1 or body.sum() < SMOOTH * _hull(body):
        return False
    left, top, width, height, area = stats[1:][np.argsort(stats[1:, 0])].T
    box = np.array(cv2.boundingRect(body))
    first, last = np.array([left.min(), top.min()]), np.array([(left + width).max(), (top + height).max()])
    if (abs(first + last - 2 * box[:2] - box[2:]) > 2 * MIDDLE * box[2:]).any():
        return False
    size, order, right, bottom = height.max(), np.argsort(stats[1:, 0]), left + width, top + height
    if size <= SPREAD * box[3] and _is_ellipsis(stats[1:][order]):
        return True
    is_tall = height >= 0.5 * size
    below = (top[:, None] >= bottom - 1) & (top[:, None] - bottom <= DOT * size)
    is_dot = ~is_tall & (np.maximum(width, height) <= DOT * size)
    dotted = (below & is_dot[:, None] & (right[:, None] > left - 1) & (left[:, None] < right + 1)).any(0) & is_tall
    tall = np.flatnonzero(is_tall)
    gap = left[1:] - np.maximum.accumulate(right)[:-1]
    is_row = READABLE <= last[1] - first[1] <= 1.6 * size and size <= min(highest, OF_BALLOON * box[3])
    is_row &= (gap <= GAP * size).all() and np.ptp(bottom[tall]) <= DOT * size
    if not is_row or ((last - first).prod() < FILLED * box[2:].prod() and not dotted.any()):
        return False
    depth = cv2.distanceTransform((pieces > 0).astype(np.uint8), cv2.DIST_L2, 5).max()
    strokes = tall[~dotted[tall]]
    boxes = np.sort([cv2.minAreaRect(np.argwhere(pieces == k + 1).astype(np.float32))[1] for k in order[strokes]])
    straight = (boxes.reshape(-1, 2) + 1) @ (-STRAIGHT, 1) >= 0
    marks = np.stack([left, top, width, height], 1)[tall]
    shapes = _shapes(marks, 1 - (pieces > 0).astype(np.uint8))
    is_pattern = _mirrored(marks, shapes, size) >= MIRRORED and (len(tall) == 2 or _repeated(shapes) == 1)
    alone = not dotted.any() and is_dot.sum() < 2 and (len(tall) < 2 or is_pattern)
    return bool(
        depth <= STROKE * size + 1 and 2 * straight.sum() <= len(tall) and not alone and not _nested(stats[1:, :4])
    )


def _is_ellipsis(stats: np.ndarray) -> bool:
    """Whether pieces of ink (n, 5: x, y, width, height, area), from the left, are equal dots in a row, evenly apart."""
    left, top, width, height, area = stats.T
    size, pitch = height.max(), np.diff(left + width / 2)
    if len(stats) < LETTERS or pitch.max() > 4 * size or (area < 0.6 * width * height).any():
        return False
    spread = max(np.ptp(pitch), np.ptp(top + height / 2), np.ptp(np.maximum(width, height)), abs(width - height).max())
    return bool(spread <= max(1, SPREAD * size) + 1)


def _hull(body: np.ndarray) -> float:
    """The area of the convex hull of a mask; infinite for an empty one."""
    import cv2

    if not body.any():
        return np.inf
    return cv2.contourArea(cv2.convexHull(np.argwhere(body).astype(np.int32)))


def _nested(boxes: np.ndarray) -> bool:
    """Whether a piece of ink lies within the box of another, as a pupil in its eye."""
    first, last = boxes[:, :2], boxes[:, :2] + boxes[:, 2:]
    inside = (first[:, None] >= first).all(2) & (last[:, None] <= last).all(2)
    return bool(inside.sum() > len(boxes))


def _repeated(shapes: np.ndarray) -> float:
    """The share of marks that have another of their form."""
    apart = abs(shapes[:, None] - shapes).mean((2, 3)) + np.eye(len(shapes))
    return float((apart.min(1) <= SAME).mean())


def _mirrored(marks: np.ndarray, shapes: np.ndarray, size: float) -> float:
    """The share of marks of which the mirror image stands at the same place left or right of the middle."""
    x, y, width, height = marks.T
    middle = (x.min() + (x + width).max()) / 2
    across = abs(2 * middle - (x + width)[:, None] - x) <= ON_LINE * size
    alike = (abs(width[:, None] - width) <= ON_LINE * size) & (abs(height[:, None] - height) <= ON_LINE * size)
    twins = abs(shapes[:, None] - shapes[:, :, ::-1]).mean((2, 3)) <= TWIN
    return float((across & alike & twins & (abs(y[:, None] - y) <= ON_LINE * size)).any(1).mean())


def _shapes(marks: np.ndarray, inside: np.ndarray) -> np.ndarray:
    """The ink of each mark on a small square, (n, 8, 8)."""
    import cv2

    cut = (1 - inside[y : y + height, x : x + width] for x, y, width, height in marks)
    return np.stack([cv2.resize(mark.astype(np.float32), (8, 8), interpolation=cv2.INTER_AREA) for mark in cut])


def _on_lines(marks: np.ndarray, axis: int, size: float) -> float:
    """The share of marks in lines of three or more, each mark beside the next in a row (axis 0) or column (axis 1)."""
    from scipy.sparse.csgraph import connected_components

    start, end = marks[:, axis], marks[:, axis] + marks[:, 2 + axis]
    low, high = marks[:, 1 - axis], marks[:, 1 - axis] + marks[:, 3 - axis]
    gap = np.maximum(start[:, None] - end, start - end[:, None])
    apart = np.minimum(abs(low[:, None] - low), abs(high[:, None] - high))
    beside = (gap < GAP * size) & (gap > -0.3 * size) & (apart <= max(1, ON_LINE * size))
    line = connected_components(beside)[1]
    return float((np.bincount(line)[line] >= LETTERS).mean())


def _under_ink(found: np.ndarray, ink: np.ndarray, steps: int = 2) -> np.ndarray:
    """Let each area go on below the ink beside it."""
    import cv2

    for _ in range(steps):
        found = np.where(ink & (found == 0), cv2.dilate(found, np.ones((3, 3), np.uint8)), found)
    return found
