"""The paper of a storybook page: shapes in, pixels out, and who is to be seen where.

The page is one high and `width` wide, x to the right and y down. It is drawn larger than asked and
shrunk at the end, which smooths every edge. Beside the colours runs a plane of owners, from which
the boxes of the things come.
"""

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import cv2
import numpy as np

from colornb.data._storybook.palette import BLACK, Color, Palette

Points = np.ndarray | Sequence  # of (x, y)
BITS = 4  # of a pixel's fraction that cv2 is told


@dataclass(frozen=True)
class Gradient:
    """From `start` to `end` over the shape's box, downwards (0), to the right (90) .."""

    start: Color
    end: Color
    angle: float = 0.0


@dataclass(frozen=True)
class Pattern:
    """A regular texture of `figure` on `ground`; `scale` is its period, in page heights."""

    kind: str
    ground: Color
    figure: Color
    scale: float = 0.05


Paint = Color | Gradient | Pattern


def pen_for(height: int) -> float:
    """Thickness of outlines, in pixels, on a page that many pixels high."""
    return max(1.1, 0.0085 * height)


class Canvas:
    """A page while it is drawn.

    Args:
        height: Pixels of the finished page.
        palette: Colours of the page.
        width: Of the page, in page heights.
        pen: Thickness of outlines in pixels of the finished page; None suits the height.
    """

    def __init__(self, height: int, palette: Palette, width: float = 1.0, pen: float | None = None) -> None:
        self.palette, self.width = palette, width
        self.shape = (height, max(1, round(height * width)))
        self.zoom = 3
        self.side = height * self.zoom
        self.image = np.full((self.side, self.shape[1] * self.zoom, 3), 255, np.uint8)
        self.owners = np.zeros(self.shape, np.uint8)
        self.labels: list[str] = []
        self.pen = (pen or pen_for(height)) * self.zoom
        self._owner = 0
        self._frame = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)  # x' = a x + b y + e, y' = c x + d y + f

    # who and where

    @contextmanager
    def thing(self, label: str) -> Iterator[None]:
        """Whatever is drawn inside belongs to one new object; parts of an object are no objects."""
        before = self._owner
        if not before and len(self.labels) < 254:
            self.labels.append(label)
            self._owner = len(self.labels)
        yield
        self._owner = before

    @contextmanager
    def behind(self) -> Iterator[None]:
        """Whatever is drawn inside belongs to nobody."""
        before, self._owner = self._owner, 0
        yield
        self._owner = before

    @contextmanager
    def at(self, x: float, y: float, scale: float = 1.0, flip: bool = False, tilt: float = 0.0) -> Iterator[None]:
        """Inside, (0, 0) lies at (x, y), one unit is `scale`, and all is turned by `tilt` degrees."""
        before = self._frame
        a, b, c, d, e, f = before
        cos, sin = scale * math.cos(math.radians(tilt)), scale * math.sin(math.radians(tilt))
        sign = -1 if flip else 1
        self._frame = (
            (a * cos + b * sin) * sign, b * cos - a * sin,
            (c * cos + d * sin) * sign, d * cos - c * sin,
            a * x + b * y + e, c * x + d * y + f,
        )  # fmt: skip
        yield
        self._frame = before

    @property
    def unit(self) -> float:
        """Length of one unit of the current frame, in page heights."""
        a, _, c, *_ = self._frame
        return math.hypot(a, c)

    # drawing

    def fill(self, points: Points, paint: Paint, ink: bool | Color = True, line: float = 1.0) -> None:
        """A closed shape; `ink` is its outline: True for the page's, False for none, or a colour."""
        page = self._page(points)
        fixed = self._fixed(page)
        if isinstance(paint, tuple):
            cv2.fillPoly(self.image, [fixed], self.palette.rgb(paint), cv2.LINE_8, BITS)
        else:
            self._fill_field(page, fixed, paint)
        small = np.round(page * self.shape[0] - 0.5).astype(np.int32)
        cv2.fillPoly(self.owners, [small], self._owner)
        if ink is not False:
            color = self.palette.ink if ink is True else ink
            self._outline(page, fixed, color, line, closed=True)

    def line(self, points: Points, color: Color | None = None, width: float = 1.0) -> None:
        """An open line, `width` times as thick as an outline."""
        page = self._page(points)
        self._outline(page, self._fixed(page), color or self.palette.ink, width, closed=False)

    def limb(self, points: Points, paint: Color, thick: float, ink: bool = True) -> None:
        """A thick line with round ends and an outline: arms, legs, stems. `thick` in units of the frame."""
        page = self._page(points)
        fixed, inner = self._fixed(page), max(1, round(thick * self.unit * self.side))
        if ink:
            outer = inner + max(2, round(1.7 * self._thin(thick * self.unit)))
            cv2.polylines(self.image, [fixed], False, self.palette.rgb(self.palette.ink), outer, 8, BITS)
        cv2.polylines(self.image, [fixed], False, self.palette.rgb(paint), inner, 8, BITS)
        small = np.round(page * self.shape[0] - 0.5).astype(np.int32)
        width = max(1, round(thick * self.unit * self.shape[0]))
        cv2.polylines(self.owners, [small], False, self._owner, width)

    def limbs(self, lines: Sequence[Points], paint: Color, thick: float) -> None:
        """Several limbs that grow together: no outline runs where they meet."""
        for points in lines:
            self.limb(points, paint, thick)
        for points in lines:
            self.limb(points, paint, thick, ink=False)

    def shade(self, shape: Points, shadow: Points, color: Color, amount: float = 0.3) -> None:
        """Tint the part of `shape` that lies under `shadow`: one flat step of shade or of light."""
        page = self._page(shape)
        window, mask = self._mask(page, self._fixed(page))
        other = np.zeros_like(mask)
        offset = np.array([window[1].start, window[0].start]) << BITS
        cv2.fillPoly(other, [self._fixed(self._page(shadow)) - offset.astype(np.int32)], 1, 8, BITS)
        self._blend(window, (mask & other).astype(bool), color, amount)

    def glow(self, x: float, y: float, radius: float, color: Color, amount: float = 0.6) -> None:
        """Light that fades from (x, y) outwards; it belongs to nobody."""
        ((px, py),) = self._page([(x, y)])
        reach = radius * self.unit
        x0, x1 = self._span(px - reach, px + reach, self.image.shape[1])
        y0, y1 = self._span(py - reach, py + reach, self.side)
        if x1 <= x0 or y1 <= y0:
            return
        xs = (np.arange(x0, x1, dtype=np.float32) + 0.5) / self.side - px
        ys = (np.arange(y0, y1, dtype=np.float32) + 0.5) / self.side - py
        far = np.sqrt(xs[None] ** 2 + ys[:, None] ** 2) / reach
        weight = (amount * np.clip(1 - far, 0, 1) ** 2)[..., None]
        part = self.image[y0:y1, x0:x1]
        part[:] = part + (np.array(self.palette.rgb(color), np.float32) - part) * weight

    def text(self, x: float, y: float, height: float, words: str) -> None:
        """Words centred on (x, y), with capitals `height` high."""
        ((px, py),) = self._page([(x, y)])
        scale = height * self.unit * self.side / 22
        thick = max(1, round(scale * 2.2))
        (wide, high), _ = cv2.getTextSize(words, cv2.FONT_HERSHEY_SIMPLEX, scale, thick)
        corner = (round(px * self.side - wide / 2), round(py * self.side + high / 2))
        black = self.palette.rgb(BLACK)
        cv2.putText(self.image, words, corner, cv2.FONT_HERSHEY_SIMPLEX, scale, black, thick, cv2.LINE_AA)

    def paste(self, other: "Canvas", x: float, y: float) -> None:
        """Lay another page on this one with its corner at (x, y), things and all."""
        row, column = round(y * self.shape[0]), round(x * self.shape[0])
        height, width = other.shape
        z, small = self.zoom, other.image
        if other.zoom != z:
            small = cv2.resize(small, (width * z, height * z), interpolation=cv2.INTER_AREA)
        self.image[row * z : (row + height) * z, column * z : (column + width) * z] = small
        owners = np.where(other.owners > 0, other.owners + len(self.labels), 0)
        self.owners[row : row + height, column : column + width] = owners
        self.labels += other.labels

    # the finished page

    def pixels(self) -> np.ndarray:
        """(H, W, 3) uint8 sRGB."""
        height, width = self.shape
        return cv2.resize(self.image, (width, height), interpolation=cv2.INTER_AREA)

    def boxes(self, least: float = 0.004) -> tuple[np.ndarray, list[str]]:
        """Boxes (k, 4) of what is visible of each thing, x0, y0, x1, y1 in [0, 1], and the things' labels.

        Things of which less than the share `least` of the page is visible are left out.
        """
        found, labels = [], []
        for number, label in enumerate(self.labels, start=1):
            mine = (self.owners == number).astype(np.uint8)
            if np.count_nonzero(mine) >= least * mine.size:
                x, y, w, h = cv2.boundingRect(mine)
                found.append((x, y, x + w, y + h))
                labels.append(label)
        scale = np.array([*self.shape[::-1], *self.shape[::-1]], np.float32)
        return np.array(found, np.float32).reshape(-1, 4) / scale, labels

    # inner workings

    def _page(self, points: Points) -> np.ndarray:
        a, b, c, d, e, f = self._frame
        return np.asarray(points, np.float64) @ np.array([[a, c], [b, d]]) + (e, f)

    def _fixed(self, page: np.ndarray) -> np.ndarray:
        return np.round((page * self.side - 0.5) * 2**BITS).astype(np.int32)

    def _thin(self, extent: float) -> float:
        """Thickness of outlines in drawn pixels; small things get thin ones."""
        return min(self.pen, max(0.12 * extent * self.side, 0.45 * self.pen))

    def _outline(self, page: np.ndarray, fixed: np.ndarray, color: Color, line: float, closed: bool) -> None:
        extent = float(np.max(page.max(0) - page.min(0)))
        thick = max(1, round(line * self._thin(extent)))
        cv2.polylines(self.image, [fixed], closed, self.palette.rgb(color), thick, cv2.LINE_8, BITS)

    def _span(self, low: float, high: float, end: int) -> tuple[int, int]:
        return max(0, math.floor(low * self.side)), min(end, math.ceil(high * self.side) + 1)

    def _mask(self, page: np.ndarray, fixed: np.ndarray) -> tuple[tuple[slice, slice], np.ndarray]:
        (x0, y0), (x1, y1) = page.min(0), page.max(0)
        columns = slice(*self._span(x0, x1, self.image.shape[1]))
        rows = slice(*self._span(y0, y1, self.side))
        mask = np.zeros((max(0, rows.stop - rows.start), max(0, columns.stop - columns.start)), np.uint8)
        if mask.size:
            offset = np.array([columns.start, rows.start], np.int32) << BITS
            cv2.fillPoly(mask, [fixed - offset], 1, cv2.LINE_8, BITS)
        return (rows, columns), mask

    def _blend(self, window: tuple[slice, slice], mask: np.ndarray, color: Color, amount: float) -> None:
        part = self.image[window]
        tint = np.array(self.palette.rgb(color), np.float32)
        part[mask] = part[mask] * (1 - amount) + tint * amount

    def _fill_field(self, page: np.ndarray, fixed: np.ndarray, paint: Gradient | Pattern) -> None:
        window, mask = self._mask(page, fixed)
        if not mask.size:
            return
        rows, columns = window
        (x0, y0), (x1, y1) = page.min(0), page.max(0)
        xs = (np.arange(columns.start, columns.stop, dtype=np.float32) + 0.5) / self.side - x0
        ys = (np.arange(rows.start, rows.stop, dtype=np.float32) + 0.5) / self.side - y0
        if isinstance(paint, Gradient):
            field = self._gradient(xs / max(x1 - x0, 1e-6), ys / max(y1 - y0, 1e-6), paint)
        else:
            pair = np.array([self.palette.rgb(paint.ground), self.palette.rgb(paint.figure)], np.uint8)
            field = pair[_texture(paint.kind, xs[None] / paint.scale, ys[:, None] / paint.scale)]
        np.copyto(self.image[window], field, where=mask[..., None].astype(bool))

    def _gradient(self, xs: np.ndarray, ys: np.ndarray, paint: Gradient) -> np.ndarray:
        """(H, 1, 3) for a gradient that runs straight down, as most do; else (H, W, 3)."""
        angle = math.radians(paint.angle)
        down, across = ys[:, None] * math.cos(angle), xs[None] * math.sin(angle)
        share = np.clip(down + across if paint.angle else down, 0, 1)
        start, end = (np.array(self.palette.rgb(c), np.float32) for c in (paint.start, paint.end))
        return (start + (end - start) * share[..., None]).astype(np.uint8)


def _texture(kind: str, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """0 where the ground shows, 1 where the figure does; x and y count periods."""
    if kind == "stripes":
        on = (x % 1 < 0.5) | (y < -1)
    elif kind == "bands":
        on = (y % 1 < 0.5) | (x < -1)
    elif kind == "slant":
        on = (x + y) % 1 < 0.5
    elif kind == "dots":
        row = np.floor(y)
        on = ((x + 0.5 * (row % 2)) % 1 - 0.5) ** 2 + (y % 1 - 0.5) ** 2 < 0.075
    elif kind == "checks":
        on = (x % 1 < 0.5) ^ (y % 1 < 0.5)
    elif kind == "bricks":
        row = np.floor(y)
        on = (y % 1 < 0.14) | (((x / 2 + 0.5 * (row % 2)) % 1) < 0.07)
    elif kind == "boards":
        row = np.floor(y)
        on = (y % 1 < 0.12) | (((x / 6 + 0.37 * row) % 1) < 0.018)
    elif kind == "scales":
        row = np.floor(y)
        u = (x + 0.5 * (row % 2)) % 1 - 0.5
        rim = np.sqrt(u**2 + (y % 1) ** 2 * 0.8)
        on = (rim > 0.47) & (rim < 0.62)
    elif kind == "plaid":
        on = (x % 1 < 0.22) | (y % 1 < 0.22)
    else:
        raise ValueError(f"no texture {kind!r}")
    return np.broadcast_to(on, np.broadcast_shapes(x.shape, y.shape)).astype(np.uint8)
