"""What lies over the pictures, as RGBA uint8 of the size of a canvas, and which mark a click means.

Regions: the colours given so far, and the hatch on the one asked about. Points: framed squares. Scribbles: translucent
lines, and the numbered edges that the model suggests; a `Pen` draws them.
"""

import colorsys
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from PIL import Image, ImageDraw, ImageFont
from scipy import ndimage

from colornb.color import lab_to_rgb, parse_color, rgb_to_lab
from colornb.hints import EdgeScribble, Point
from colornb.images import to_uint8
from colornb.types import RGB
from colornb.widgets._view.canvas import ACCENT, SCRIBBLE_ALPHA, WHOLE, LayerCanvas, PixelSource, Place, Viewport

Scribbles = Sequence[EdgeScribble]
Suggested = Mapping[int, EdgeScribble]
Clock = Callable[[], float]
OnStroke = Callable[[list[Place], float], None]
PAPER = (255, 255, 255)
HATCH, HATCH_STEP, HATCH_WIDTH = (255, 45, 120, 140), 10, 2  # over what is asked about; canvas pixels to the next line
INK = (20, 22, 28, 255)
OVERVIEW_ALPHA = 175  # the opacity of the overview: the lines below are still seen
GOLDEN_STEP = 0.618034
HALO = (255, 255, 255, 255)  # beside the ring, so that it shows on that very colour
MIN_COMPONENT = 60  # canvas pixels; smaller pieces of a region are lit, but not outlined
MAX_RINGED = 0.004  # a region smaller than this part of the picture gets a ring to find it by
FOUND = (26, 115, 232)  # around edges that the model suggests
PLAIN, CHOSEN = ((2, INK), (1, HALO)), ((4, HALO), (3, ACCENT))  # how far a frame reaches out, and its colour
MIN_HALF = 4  # canvas pixels from the middle of a point's mark to its side; a smaller one could not be seen
POINT_RADIUS, SCRIBBLE_RADIUS = 10, 6  # canvas pixels that a finger or a pointer may miss a point or a scribble by
SHIFT = 4  # bits of a place within a pixel, for smooth sides of scribbles
GLOW_ALPHA = 0.35  # of the light around a scribble
BADGE_RADIUS = 9  # canvas pixels, of the disc with the number of a suggestion


def draw_region_colors(sketch: np.ndarray, numbers: np.ndarray, colors: Sequence[str | None]) -> np.ndarray:
    """The colour of each group (None: not given) under the lines of the sketch (h, w) in [0, 1], as RGBA uint8."""
    rgb = [PAPER if color is None else 255 * np.array(parse_color(color)) for color in colors]
    table = np.array([(*color, 255) for color in rgb], np.float32)  # whole pixels are found faster than parts of them
    painted = table.take(numbers, 0)
    painted *= sketch[..., None]
    rgba = np.rint(painted, painted).astype(np.uint8)
    rgba[..., 3] = 255
    return rgba


def draw_spotlight(numbers: np.ndarray, number: int | None, is_hatched: bool = True, fine: float = 1.0) -> np.ndarray:
    """Marks that light one group: an outline, and within it a hatch, as RGBA uint8; nothing lies over other groups.

    `fine`: how many pixels there are for one of a canvas, to a side; so in all that follow.
    """
    marks = np.zeros((*numbers.shape, 4), np.uint8)
    if number is None:
        return marks
    inside = numbers == number
    if is_hatched:
        y, x = np.ogrid[: marks.shape[0], : marks.shape[1]]
        marks[inside & ((x + y) // max(1, round(fine)) % HATCH_STEP < HATCH_WIDTH)] = HATCH
    pieces = _main_components(inside)
    marks[_reach(pieces, 3 * fine) & ~inside] = HALO
    marks[_reach(pieces, 2 * fine) & ~inside] = ACCENT
    if 0 < inside.mean() < MAX_RINGED:
        _mark_small(marks, inside)
    return marks


def draw_overview(numbers: np.ndarray, number: int | None, fine: float = 1.0) -> np.ndarray:
    """All groups at once, each in a colour of its own and with its number, the current one outlined: RGBA uint8."""
    count = int(numbers.max()) + 1
    # Golden steps around the circle of hues: neighbours in the order differ most.
    hues = [colorsys.hls_to_rgb(place * GOLDEN_STEP % 1, 0.55, 0.65) for place in range(count)]
    alpha = np.full(numbers.shape, OVERVIEW_ALPHA)
    marks = np.dstack([(255 * np.array(hues))[numbers], alpha]).round().astype(np.uint8)
    if number is not None:
        inside = numbers == number
        marks[_reach(_main_components(inside), 2 * fine) & ~inside] = ACCENT
    image = Image.fromarray(marks)
    draw, font = ImageDraw.Draw(image), ImageFont.load_default(12 * fine)
    for place in range(count):
        if (numbers == place).any():
            draw.text(_roomiest(numbers == place), str(place + 1), HALO, font, "mm", stroke_width=2, stroke_fill=INK)
    return np.array(image)


def to_rgba(rgb: np.ndarray) -> np.ndarray:
    """RGB uint8 (h, w, 3) as RGBA without transparency."""
    rgba = np.full((*rgb.shape[:2], 4), 255, np.uint8)
    rgba[..., :3] = rgb
    return rgba


def alpha_composite(pixels: np.ndarray, marks: np.ndarray) -> np.ndarray:
    """Marks over pixels, as the browser shows two layers."""
    return np.array(Image.alpha_composite(Image.fromarray(pixels), Image.fromarray(marks)))


def _reach(mask: np.ndarray, reach: float) -> np.ndarray:
    """A mask that is so many pixels wider on all sides."""
    import cv2

    cross = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))
    return cv2.dilate(mask.view(np.uint8), cross, iterations=round(reach)).view(bool)


def _roomiest(inside: np.ndarray) -> tuple[int, int]:
    """The place (x, y) in a mask that is farthest from its border: there is most room for a number."""
    depth = ndimage.distance_transform_edt(np.pad(inside, 1))
    row, column = np.unravel_index(depth.argmax(), depth.shape)
    return int(column) - 1, int(row) - 1


def _main_components(mask: np.ndarray) -> np.ndarray:
    """A mask without its crumbs: outlines around every one of them would hide the picture."""
    import cv2

    _, pieces, found, _ = cv2.connectedComponentsWithStats(mask.view(np.uint8), connectivity=4)
    sizes = found[:, cv2.CC_STAT_AREA]
    sizes[0] = 0
    return (sizes >= max(MIN_COMPONENT, sizes.max() / 10))[pieces] if sizes.max() >= MIN_COMPONENT else mask


def _mark_small(marks: np.ndarray, inside: np.ndarray) -> None:
    rows, columns = np.nonzero(inside)
    # The pixel of the region nearest its middle, which itself may lie outside a scattered region.
    nearest = np.argmin((rows - np.median(rows)) ** 2 + (columns - np.median(columns)) ** 2)
    draw_ring(marks, rows[nearest], columns[nearest], 0.07 * max(inside.shape), ((3, HALO), (1.7, ACCENT)))


def draw_ring(marks: np.ndarray, row: float, column: float, radius: float, lines: Sequence[tuple]) -> None:
    """Draw circles of one radius into marks, each so many pixels wide to either side and of its colour."""
    y, x = np.ogrid[: marks.shape[0], : marks.shape[1]]
    distance = np.abs(np.hypot(y - row, x - column) - radius)
    for reach, color in lines:
        marks[distance < reach] = color


def half_side(point: Point, height: float, width: float) -> int:
    """How far the mark of a point reaches from its middle, in canvas pixels."""
    return max(MIN_HALF, round(point.size * min(height, width) / 2))


def find_point(points: Sequence[Point], x: float, y: float, height: float, width: float) -> int | None:
    """The point that a click at (x, y) in [0, 1] on a canvas means: the nearest within reach, None: none."""
    best, found = np.inf, None
    for number, point in enumerate(points):
        down, across = abs(y - point.y) * height, abs(x - point.x) * width
        distance = np.hypot(down, across)
        if max(down, across) <= max(POINT_RADIUS, half_side(point, height, width)) and distance <= best:
            best, found = distance, number
    return found


def draw_points(
    height: int, width: int, points: Sequence[Point], chosen: int | None = None, view: Viewport = WHOLE
) -> np.ndarray:
    """Points as framed squares of their colour and size; the chosen one on top and bright."""
    marks = np.zeros((height, width, 4), np.uint8)
    for number, point in enumerate(points):
        if number != chosen:
            _draw_square(marks, point, PLAIN, view)
    if chosen is not None:
        _draw_square(marks, points[chosen], CHOSEN, view)
    return marks


def draw_frame(height: int, width: int, point: Point | None, view: Viewport) -> np.ndarray:
    """The frame of a point alone, with what is in it left to be seen; nothing for None."""
    marks = np.zeros((height, width, 4), np.uint8)
    if point is not None:
        _draw_square(marks, point, CHOSEN, view, (0, 0, 0, 0))
    return marks


def _draw_square(
    marks: np.ndarray, point: Point, frames: Sequence[tuple], view: Viewport, fill: tuple[int, ...] = ()
) -> None:
    """A square in its frames, filled with the colour of the point where no other is given."""
    fill = fill or (*(round(255 * value) for value in parse_color(point.color)), 255)
    height, width = marks.shape[:2]
    (x, y), scale = view.outside(point.x, point.y), view.scale
    row, column = (min(most - 1, int(np.floor(at * most))) for at, most in ((y, height), (x, width)))
    half = half_side(point, scale * height, scale * width)
    for grow, color in (*frames, (0, fill)):
        reach = half + grow
        rows, columns = (slice(max(0, at - reach), max(0, at + reach + 1)) for at in (row, column))
        marks[rows, columns] = color


def scribble_distance(scribble: EdgeScribble, x: float, y: float, height: int, width: int) -> float:
    """How far the side of a scribble is from (x, y) in [0, 1] on a canvas, in its pixels; negative inside."""
    scale = np.array((width, height))
    line, place = np.array(scribble.path) * scale, np.array((x, y)) * scale
    start, way = line[:-1], np.diff(line, axis=0)
    if not len(way):
        start, way = line, np.zeros_like(line)
    share = ((place - start) * way).sum(1) / np.maximum((way**2).sum(1), 1e-9)
    nearest = start + np.clip(share, 0, 1)[:, None] * way
    return float(np.hypot(*(place - nearest).T).min() - scribble.width * min(height, width) / 2)


def find_scribble(scribbles: Scribbles, x: float, y: float, height: int, width: int) -> int | None:
    """The scribble that a click at (x, y) in [0, 1] on a canvas means: the nearest within reach, None: none."""
    far = [scribble_distance(scribble, x, y, height, width) for scribble in scribbles]
    return int(np.argmin(far)) if far and min(far) <= SCRIBBLE_RADIUS else None


def draw_scribbles(
    height: int,
    width: int,
    scribbles: Scribbles,
    chosen: int | None = None,
    suggested: Suggested | None = None,
    view: Viewport = WHOLE,
    fine: float = 1.0,
) -> np.ndarray:
    """Scribbles as translucent lines, the chosen one framed, and suggested ones with their numbers."""
    marks, suggested = np.zeros((height, width, 4), np.uint8), suggested or {}
    others = [scribble for number, scribble in enumerate(scribbles) if number != chosen]
    for lines, color in ((list(suggested.values()), FOUND), (others, ACCENT[:3])):
        if lines:
            inside = _cover(lines, height, width, view)
            beside = np.maximum(0, _cover(lines, height, width, view, 2 * fine) - inside)
            marks = _blend(_blend(marks, inside, color), beside, HALO[:3], GLOW_ALPHA)  # so that a thin one shows
    if chosen is not None:
        marks = _blend(marks, _cover([scribbles[chosen]], height, width, view, 6 * fine), HALO[:3])
        marks = _blend(marks, _cover([scribbles[chosen]], height, width, view), ACCENT[:3], 1.0)
    return _draw_badges(marks, suggested, view, fine)


def draw_split(before: np.ndarray, share: float) -> np.ndarray:
    """The left `share` of a picture and a line where it ends, to be laid over another, as RGBA uint8."""
    end, marks = round(share * before.shape[1]), np.zeros_like(before)
    marks[:, :end] = before[:, :end]
    if end > 0:
        marks[:, max(0, end - 1) : end + 1] = HALO
    return marks


def _cover(scribbles: Collection[EdgeScribble], height: int, width: int, view: Viewport, more: float = 0) -> np.ndarray:
    """How much of each pixel the scribbles cover, in [0, 1]; `more`: if they were so much wider."""
    import cv2

    cover = np.zeros((height, width), np.uint8)
    for scribble in scribbles:
        line = np.array([view.outside(*place) for place in scribble.path]) * (width, height)
        thick = max(1, round(view.scale * scribble.width * min(height, width) + more))
        corners = np.rint(line * 2**SHIFT).astype(np.int32)
        cv2.polylines(cover, [corners], False, 255, thick, cv2.LINE_AA, SHIFT)
    return cover / np.float32(255)


def _blend(marks: np.ndarray, cover: np.ndarray, color: tuple[int, ...], alpha: float = SCRIBBLE_ALPHA) -> np.ndarray:
    """Marks with one more translucent layer of a colour above them; most of a picture is not covered at all."""
    import cv2

    left, top, width, height = cv2.boundingRect((cover > 0).view(np.uint8))
    if not width:
        return marks
    box = slice(top, top + height), slice(left, left + width)
    layer = np.empty_like(marks[box])
    layer[..., :3], layer[..., 3] = color, np.rint(255 * alpha * cover[box])
    blended = marks.copy()
    blended[box] = alpha_composite(blended[box], layer)
    return blended


def _draw_badges(marks: np.ndarray, suggested: Suggested, view: Viewport, fine: float) -> np.ndarray:
    """A disc with its number beside the middle of each suggestion of which something is on show."""
    if not suggested:
        return marks
    image, radius = Image.fromarray(marks), BADGE_RADIUS * fine
    draw, font = ImageDraw.Draw(image), ImageFont.load_default(13 * fine)
    for number, scribble in suggested.items():
        if (place := _place_badge(scribble, marks.shape[:2], view, radius)) is not None:
            x, y = place
            draw.ellipse((x - radius, y - radius, x + radius, y + radius), (*FOUND, 255), HALO)
            draw.text((x, y), str(number + 1), HALO, font, "mm")
    return np.array(image)


def _place_badge(
    scribble: EdgeScribble, size: tuple[int, int], view: Viewport, radius: float
) -> tuple[float, float] | None:
    """Where the disc of a suggestion goes: beside its line, which stays to be seen, and inside; None: out of view."""
    (height, width), line = size, np.array([view.outside(*place) for place in scribble.path])
    along = np.r_[0, np.hypot(*np.diff(line, axis=0).T).cumsum()]
    steps = np.linspace(0, along[-1], 65)
    x, y = (np.interp(steps, along, axis) for axis in line.T)
    shown = np.flatnonzero((x >= 0) & (x <= 1) & (y >= 0) & (y <= 1))
    if not len(shown):
        return None
    middle = shown[len(shown) // 2]
    aside = 1.6 * radius + view.scale * scribble.width * min(height, width) / 2
    left = x[middle] * width + (aside if x[middle] < 0.5 else -aside)
    return _keep_inside(left, width, radius), _keep_inside(y[middle] * height, height, radius)


def _keep_inside(place: float, length: int, radius: float) -> float:
    return float(min(max(place, radius + 1), max(radius + 1, length - radius - 2)))


def draw_backdrop(scene: Any, document: Any, layers: Collection[str]) -> PixelSource:
    """Lines of a `Scene`, below them the colours of a `Document`, as far as these layers are on show."""
    regions = document.regions
    groups = () if regions is None else regions.groups
    colors = [regions.color(group) if "region" in layers else None for group in groups]

    def draw(view: Viewport, height: int, width: int) -> np.ndarray:
        is_known = view.is_whole and (height, width) == scene.size
        sketch = scene.sketch if is_known else view.crop(scene.lines, height, width)
        sketch = sketch if "lines" in layers else np.ones_like(sketch)
        if regions is None:
            return to_rgba(np.dstack([np.rint(255 * sketch).astype(np.uint8)] * 3))
        return draw_region_colors(sketch, scene.number_seen(groups, view, (height, width)), colors)

    return draw


def add_marks(below: PixelSource, document: Any, layers: Collection[str]) -> PixelSource:
    """An opaque source with the marks of a `Document` in these layers upon it, scribbles on top; none is chosen."""
    shown = {*document.tools}.intersection(layers)
    points = document.points.hints if "point" in shown else ()
    scribbles = document.scribbles.hints if "edge" in shown else ()

    def draw(view: Viewport, height: int, width: int) -> np.ndarray:
        pixels = below(view, height, width)
        size = pixels.shape[:2]
        marks = draw_points(*size, points, view=view)
        if scribbles:
            above = draw_scribbles(*size, scribbles, view=view)
            marks = np.where(above[..., 3:] > 0, above, marks)
        return alpha_composite(pixels, marks) if marks.any() else pixels

    return draw


def join_lightness(lines: np.ndarray, rgb: RGB) -> PixelSource:
    """The colours of a picture of any size joined with the lightness of another, (h, w) in [0, 1]."""
    planes = rgb_to_lab(rgb)[0, 1:].cpu().numpy()

    def draw(view: Viewport, height: int, width: int) -> np.ndarray:
        light = 100 * view.crop(lines, height, width)
        lab = [light, *(view.smooth(plane, height, width) for plane in planes)]
        return to_rgba(to_uint8(lab_to_rgb(torch.from_numpy(np.stack(lab))[None])))

    return draw


class Pen:
    """Draws on a canvas; `on_stroke(path, pressed)` is told of each stroke when it ends, and when it began.

    Seconds are those at which the kernel is told of the pointer: while it paints, it is told late. A path of one point
    is a click. A stroke that leaves the picture ends at its side; one that a second finger interrupts was none: two
    fingers zoom the page. `get_width()` tells how thick to draw, in canvas pixels, and `is_down()` whether it draws.
    """

    def __init__(
        self,
        canvas: LayerCanvas,
        clock: Clock,
        on_stroke: OnStroke,
        get_width: Callable[[], float],
        is_down: Callable[[], bool] = lambda: True,
    ) -> None:
        self._canvas, self._clock, self._on_stroke, self._get_width = canvas, clock, on_stroke, get_width
        self._is_down = is_down
        self._path: list[Place] = []
        self._pressed, self._by_finger = clock(), False
        canvas.on_press(self._on_press)
        canvas.on_drag(self._on_drag)
        canvas.on_click(lambda x, y: self._on_stroke([(x, y)], self._pressed) if is_down() else None)

    def _on_press(self, by_finger: bool) -> None:
        self._pressed, self._by_finger = self._clock(), by_finger

    def _on_drag(self, start: Place, end: Place, done: bool) -> None:
        if not self._is_down():
            return
        if not done:
            self._path = [*(self._path or [start]), end]
            self._canvas.trace(self._path, self._get_width())
            return
        path, self._path = self._path, []
        self._canvas.wipe()
        if path and (end == path[-1] or not self._by_finger):  # one that was given up ends where it began
            self._on_stroke(path, self._pressed)
