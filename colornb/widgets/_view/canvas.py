"""The canvas that every pad draws on: picture, marks and interaction, one above the other, and the view it has of them.

The pixels of each layer are kept in Python, so that they can be drawn again for a browser that comes
later (a page reloaded, Voila) and stored in the notebook for pages without a kernel.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
from ipycanvas import MultiCanvas
from ipycanvas.canvas import COMMANDS, _CanvasManager
from ipywidgets import Layout
from PIL import Image

from colornb.images import changed_box, scale_to
from colornb.writing import png, quick_png

Place = tuple[float, float]  # x, y
LAYERS = ("picture", "marks", "interaction")
MAX_ZOOM = 16.0  # times: a pixel of a small picture is then as large as a finger
ACCENT = (255, 45, 120, 255)  # around what is being asked about: no colour of skin, sky, leaves or paper
SCRIBBLE_ALPHA = 0.7
CLICK_RADIUS = 6  # canvas pixels; a pointer that goes further between press and release was dragging
WHEEL_STEP = 120.0  # what a notch of a wheel turns by; touch pads send many smaller ones
GHOST_SECONDS = 0.8  # browsers send a mouse click after a tap; ipycanvas before 0.14.3 lets it through


def clip(x: float, most: float = 1.0) -> float:
    """The nearest number in [0, `most`]."""
    return min(max(x, 0.0), most)


@dataclass(frozen=True)
class Viewport:
    """The square of the unit picture on show: its upper left corner and its side, 1 / `scale`."""

    scale: float = 1.0
    x: float = 0.0
    y: float = 0.0

    @property
    def is_whole(self) -> bool:
        """Whether all of the picture is on show."""
        return self.scale == 1

    def inside(self, x: float, y: float) -> Place:
        """The place in the picture, in [0, 1], of a place on the canvas, in [0, 1]."""
        return clip(self.x + x / self.scale), clip(self.y + y / self.scale)

    def outside(self, x: float, y: float) -> Place:
        """The place on the canvas of a place in the picture; outside of [0, 1] where it is not on show."""
        return (x - self.x) * self.scale, (y - self.y) * self.scale

    def zoom(self, factor: float, x: float = 0.5, y: float = 0.5) -> "Viewport":
        """Show so many times more detail; the picture under (x, y) on the canvas stays where it is."""
        scale = min(max(self.scale * factor, 1.0), MAX_ZOOM)
        return _bounded(scale, self.x + x / self.scale - x / scale, self.y + y / self.scale - y / scale)

    def move(self, right: float, down: float) -> "Viewport":
        """Push the picture so far, in canvases."""
        return _bounded(self.scale, self.x - right / self.scale, self.y - down / self.scale)

    def crop(self, pixels: np.ndarray, height: int, width: int) -> np.ndarray:
        """What this view shows of pixels of any size, at the size of the canvas."""
        rows, columns = pixels.shape[:2]
        box = self.box(rows, columns)
        if pixels.shape[:2] == (height, width) and self.is_whole:
            return pixels
        # Enlarged pixels stay squares, so that what is on show is what is in the picture; shrunk ones are averaged.
        larger = min(height * self.scale / rows, width * self.scale / columns)
        method = Image.Resampling.NEAREST if larger >= 2 or larger == 1 else Image.Resampling.BILINEAR
        method = Image.Resampling.BOX if larger < 1 else method
        return np.asarray(Image.fromarray(pixels).resize((width, height), method, box))

    def smooth(self, plane: np.ndarray, height: int, width: int) -> np.ndarray:
        """The same of one plane of float32, without steps however much it is enlarged."""
        box = self.box(*plane.shape)
        return np.asarray(Image.fromarray(plane).resize((width, height), Image.Resampling.BILINEAR, box))

    def box(self, rows: int, columns: int) -> tuple[float, float, float, float]:
        """Left, top, right and bottom of what this view shows of a picture of this size, in its pixels."""
        side = 1 / self.scale
        return self.x * columns, self.y * rows, (self.x + side) * columns, (self.y + side) * rows


WHOLE = Viewport()


def _bounded(scale: float, x: float, y: float) -> Viewport:
    room = 1 - 1 / scale
    return Viewport(scale, clip(x, room), clip(y, room))


PixelSource = Callable[[Viewport, int, int], np.ndarray]  # draws what a view shows, RGBA uint8 of about so many pixels


def source_of(pixels: np.ndarray, whole: np.ndarray | None = None) -> PixelSource:
    """A source of RGBA uint8 pixels of any size; `whole` are the same at the size of a canvas, where they are known."""

    def draw(view: Viewport, height: int, width: int) -> np.ndarray:
        is_known = whole is not None and view.is_whole and whole.shape[:2] == (height, width)
        return whole if is_known else view.crop(pixels, height, width)

    return draw


class CommandQueue:
    """What is drawn on some canvases, on its way to browsers; of ipycanvas, all canvases of a kernel share one.

    A browser draws nothing more of a queue in which a command has failed: one for a canvas closed meanwhile, say.
    """

    def __init__(self) -> None:
        self._manager = _CanvasManager()

    def carry(self, canvases: MultiCanvas) -> None:
        """Take what is drawn on these from now on."""
        for canvas in (canvases, *canvases._canvases):
            canvas._canvas_manager = self._manager

    @contextmanager
    def together(self) -> Iterator[None]:
        """Send all that is drawn meanwhile at once: browsers show it in one frame."""
        if self._manager._caching:
            yield
            return
        # What is drawn names its canvas each time: a page that has come since was not told which was drawn on last.
        self._manager._caching, self._manager._current_canvas = True, None
        try:
            yield
        finally:
            self._manager.flush()
            self._manager._caching = False

    def put(self, canvas: Any, pixels: np.ndarray, x: int, y: int) -> None:
        """Put pixels on a canvas; ipycanvas by itself takes far longer to pack them, into files a little smaller."""
        self._manager.send_draw_command(canvas, COMMANDS["putImageData"], [x, y], [quick_png(pixels)])


class LayerCanvas:
    """Three layers of one size with clicks by mouse, pen and finger, of which a `Viewport` shows all or a part.

    `height` and `width` are in pixels of the page, of which a fine screen shows more than one each: `ratio` to a side.
    `widget` is what to place on the page; it must have no tooltip, which breaks the view of a canvas. Canvases that
    are drawn on together share their `queue`.
    """

    def __init__(self, height: int, width: int, queue: CommandQueue | None = None) -> None:
        self.height, self.width, self.ratio = height, width, 1.0
        self.pixels: dict[str, np.ndarray] = {}
        self.viewport, self.pans = WHOLE, False  # `pans`: a drag pushes the picture, and is reported to nobody else
        self.sources: dict[str, PixelSource] = {}  # of each layer, at any size
        self._drawn: dict[str, np.ndarray] = {}  # what browsers have of each layer
        # Without its own size in CSS a canvas inside a box is stretched to the width of the page.
        layout = Layout(width=f"{width}px", height=f"{height}px", flex="0 0 auto")
        self.widget = MultiCanvas(len(LAYERS), width=width, height=height, layout=layout)
        self.queue = queue or CommandQueue()
        self.queue.carry(self.widget)
        self._callbacks: dict[str, list[Callable[..., None]]] = {"click": [], "drag": [], "view": []}
        self._pointer: Place = (width / 2, height / 2)
        self._fingers: list[Place] = []  # two of them, while they zoom
        self._pressed: Place | None = None  # where the press that lasts began
        self._at: Place | None = None  # where it has wandered
        self._touched = -GHOST_SECONDS
        self.widget.on_client_ready(self.redraw)
        self._listen()

    def on_click(self, callback: Callable[[float, float], None]) -> None:
        """Call `callback(x, y)` with x, y in [0, 1] when a press is released where it began."""
        self._callbacks["click"].append(callback)

    def on_press(self, callback: Callable[[bool], None]) -> None:
        """Call `callback(by_finger)` when a pointer goes down: a drag is told of only when it is sure to be one."""
        self.widget.on_mouse_down(lambda x, y: callback(False))
        self.widget.on_touch_start(lambda touches: callback(True))

    def on_drag(self, callback: Callable[[Place, Place, bool], None]) -> None:
        """Call `callback(start, end, done)`, places in [0, 1], while a press wanders and once when it is released.

        A drag that leaves the canvas is given up, and ends where it started: no release is reported from outside.
        """
        self._callbacks["drag"].append(callback)

    def on_key(self, callback: Callable[[str, bool, bool, bool], None]) -> None:
        """Call `callback(key, shift, ctrl, meta)` for a key, as browsers call it, and whether the others are down."""
        self.widget.on_key_down(callback)

    def on_view(self, callback: Callable[[Viewport], None]) -> None:
        """Call `callback(viewport)` when a wheel, two fingers or a drag that pans ask for another view."""
        self._callbacks["view"].append(callback)

    def resize(self, height: int, width: int, ratio: float) -> None:
        """Take another size, with nothing on any layer: all are to be shown anew."""
        self.height, self.width, self.ratio = height, width, ratio
        self.pixels, self.sources, self._drawn = {}, {}, {}
        with self.widget.layout.hold_trait_notifications():
            self.widget.layout.width, self.widget.layout.height = f"{width}px", f"{height}px"
        self.widget.height, self.widget.width = self._inner
        self.wipe()  # browsers may draw what was sent before only now

    @property
    def _inner(self) -> tuple[int, int]:
        """Height and width in pixels of the screen."""
        return round(self.ratio * self.height), round(self.ratio * self.width)

    def draw(self) -> None:
        """Show the part of the picture that `viewport` has been set to, on all layers."""
        with self.queue.together():
            self.wipe()
            for layer in self.pixels:
                self._draw(layer)

    def on_screen(self, x: float, y: float) -> Place:
        """Where a place in [0, 1] of the picture is on the canvas, in pixels of the screen."""
        (across, down), (height, width) = self.viewport.outside(x, y), self._inner
        return across * width, down * height

    def outline(self, x: float, y: float, side: float) -> None:
        """Draw a square, pixels of the page wide, around a place in [0, 1], quickly: it is not kept."""
        canvas, side, (x, y) = self._canvas("interaction"), side * self.ratio, self.on_screen(x, y)
        left, top = x - side / 2, y - side / 2
        with self.queue.together():
            canvas.clear()
            for grow, color in ((1.5, "white"), (0, "black")):
                canvas.stroke_style = color
                canvas.stroke_rect(left - grow, top - grow, side + 2 * grow, side + 2 * grow)

    def trace(self, path: Sequence[Place], width: float) -> None:
        """Draw a scribble along places in [0, 1] on the interaction layer, `width` pixels thick: it is not kept."""
        canvas = self._canvas("interaction")
        with self.queue.together():
            canvas.clear()
            canvas.line_cap = canvas.line_join = "round"
            canvas.line_width = width * self.viewport.scale * self.ratio
            canvas.stroke_style = "rgba({}, {}, {}, {})".format(*ACCENT[:3], SCRIBBLE_ALPHA)
            canvas.stroke_lines(np.array([self.on_screen(*place) for place in path]))

    def wipe(self) -> None:
        """Take away what `outline` or `trace` drew."""
        with self.queue.together():
            self._canvas("interaction").clear()

    def show(self, layer: str, source: PixelSource | np.ndarray) -> None:
        """Put what a source draws, or RGBA uint8 pixels (height, width, 4), on a layer, instead of what it held."""
        pixels = source(WHOLE, self.height, self.width) if callable(source) else source
        if pixels.shape != (self.height, self.width, 4) or pixels.dtype != np.uint8:
            raise ValueError(f"layer {layer!r} takes uint8 RGBA pixels of shape {(self.height, self.width, 4)}")
        is_same = layer in self.pixels and np.array_equal(self.pixels[layer], pixels) and self._is_plain
        self.pixels[layer], self.sources[layer] = pixels, source if callable(source) else source_of(pixels)
        if not is_same:
            self._draw(layer)

    def pixel_at(self, x: float, y: float) -> tuple[int, int]:
        """The row and the column of a place in [0, 1]."""
        return min(self.height - 1, int(y * self.height)), min(self.width - 1, int(x * self.width))

    def rgb_at(self, x: float, y: float) -> list[float]:
        """The colour of the picture at a place in [0, 1], sRGB in [0, 1]."""
        return (self.pixels["picture"][self.pixel_at(x, y)][:3] / 255).tolist()

    def keep(self) -> None:
        """Keep the pixels in the widget's state, which a page without a kernel is built from.

        A browser reads them only when it makes the canvas, so this need not happen at every change.
        """
        for layer in self.pixels:
            self._canvas(layer).set_trait("image_data", png(self._inner_pixels(layer)))

    def redraw(self) -> None:
        """Draw every layer again, for a browser that has just come."""
        self._drawn = {}
        with self.queue.together():
            for layer in self.pixels:
                self._draw(layer)

    def _canvas(self, layer: str):
        return self.widget[LAYERS.index(layer)]

    def _draw(self, layer: str) -> None:
        canvas, pixels, before = self._canvas(layer), self._inner_pixels(layer), self._drawn.get(layer)
        rows, columns = changed_box(before, pixels)
        self._drawn[layer], part = pixels, pixels[rows, columns]
        if part.size:
            with self.queue.together():  # what is put there blends with what was there before
                canvas.clear_rect(columns.start, rows.start, part.shape[1], part.shape[0])
                self.queue.put(canvas, part, columns.start, rows.start)

    @property
    def _is_plain(self) -> bool:
        """Whether the pixels of a layer are shown as they are."""
        return self.viewport.is_whole and self.ratio == 1

    def _inner_pixels(self, layer: str) -> np.ndarray:
        """What the view shows of a layer, in pixels of the screen."""
        if self._is_plain:
            return self.pixels[layer]
        return scale_to(self.sources[layer](self.viewport, *self._inner), *self._inner)

    def _listen(self) -> None:
        def unless_ghost(act: Callable[[float, float], None]) -> Callable[[float, float], None]:
            def unless(x: float, y: float) -> None:
                if time.monotonic() - self._touched >= GHOST_SECONDS:
                    act(x / self.ratio, y / self.ratio)

            return unless

        self.widget.on_mouse_down(unless_ghost(self._press))
        self.widget.on_mouse_up(unless_ghost(self._release))
        self.widget.on_mouse_move(unless_ghost(self._wander))
        self.widget.on_mouse_out(unless_ghost(lambda x, y: self._forget()))
        self.widget.on_mouse_wheel(lambda across, down: self._wheel(down))
        self.widget.on_touch_start(self._put_down)
        self.widget.on_touch_move(lambda touches: self._touch(touches, self._wander))
        self.widget.on_touch_end(lambda _: self._lift())
        self.widget.on_touch_cancel(lambda _: self._forget())

    def _put_down(self, touches: list[Place]) -> None:
        if len(touches) == 1:
            self._fingers = []
        self._touch(touches, self._press)

    def _touch(self, touches: list[tuple[float, float]], act: Callable[[float, float], None]) -> None:
        self._touched = time.monotonic()
        touches = [(x / self.ratio, y / self.ratio) for x, y in touches]
        if len(touches) == 1 and not self._fingers:
            act(*touches[0])
        else:
            self._forget()
            self._pinch(touches)

    def _pinch(self, touches: list[Place]) -> None:
        """Two fingers zoom by the distance between them, and push by their middle."""
        before, self._fingers = self._fingers, list(touches) if len(touches) == 2 else []
        if len(before) == 2 == len(self._fingers):
            (x0, y0, apart0), (x, y, apart) = (_span(fingers) for fingers in (before, self._fingers))
            moved = self.viewport.move((x - x0) / self.width, (y - y0) / self.height)
            self._report("view", moved.zoom(apart / apart0, x / self.width, y / self.height))

    def _wheel(self, turn: float) -> None:
        x, y = self._pointer
        self._report("view", self.viewport.zoom(2 ** (-turn / WHEEL_STEP / 2), x / self.width, y / self.height))

    def _press(self, x: float, y: float) -> None:
        self._forget()  # a press that a context menu took away was never released
        self._pressed = (x, y)

    def _wander(self, x: float, y: float) -> None:
        last, self._pointer = self._pointer, (x, y)
        if self._pressed and (self._at or np.hypot(x - self._pressed[0], y - self._pressed[1]) > CLICK_RADIUS):
            last, self._at = (last if self._at else self._pressed), (x, y)
            if self.pans:
                self._report("view", self.viewport.move((x - last[0]) / self.width, (y - last[1]) / self.height))
            else:
                self._report_drag(self._pressed, self._at, False)

    def _end_press(self) -> tuple[Place | None, Place | None]:
        """Where the press that lasts began, and where it has wandered, if it has; none lasts from now on."""
        press = self._pressed, self._at
        self._pressed = self._at = None
        return press

    def _forget(self) -> None:
        start, wandered = self._end_press()
        if wandered and not self.pans:
            self._report_drag(start, start, True)

    def _lift(self) -> None:
        # A finger that has left the glass is nowhere: the tap is where it was last.
        self._touched, self._fingers = time.monotonic(), []
        if self._pressed:
            self._release(*(self._at or self._pressed))

    def _release(self, x: float, y: float) -> None:
        self._wander(x, y)
        start, wandered = self._end_press()
        if wandered and not self.pans:
            self._report_drag(start, wandered, True)
        elif start and not wandered:
            self._report("click", *self._unit((x, y)))

    def _report_drag(self, start: Place, end: Place, done: bool) -> None:
        self._report("drag", self._unit(start), self._unit(end), done)

    def _report(self, event: str, *values: Any) -> None:
        for callback in self._callbacks[event]:
            callback(*values)

    def _unit(self, place: Place) -> Place:
        return self.viewport.inside(clip(place[0] / self.width), clip(place[1] / self.height))


def _span(fingers: list[Place]) -> tuple[float, float, float]:
    """The middle of two fingers, and how far they are apart."""
    (x0, y0), (x1, y1) = fingers
    return (x0 + x1) / 2, (y0 + y1) / 2, max(1.0, float(np.hypot(x1 - x0, y1 - y0)))
