"""The canvas that every pad draws on: picture, marks and interaction, one above the other.

The pixels of each layer are kept in Python, so that they can be drawn again for a browser that comes
later (a page reloaded, Voila) and stored in the notebook for pages without a kernel.
"""

import io
import time
from collections.abc import Callable

import numpy as np
from ipycanvas import MultiCanvas, hold_canvas
from ipywidgets import HTML, Layout, VBox
from PIL import Image

from colornb.widgets._controls import say

Place = tuple[float, float]  # x, y
LAYERS = ("picture", "marks", "interaction")
CLICK_RADIUS = 6  # canvas pixels; a pointer that goes further between press and release was dragging
GHOST_SECONDS = 0.8  # browsers send a mouse click after a tap; ipycanvas before 0.14.3 lets it through


def fit(height: int, width: int, box_height: int, box_width: int) -> tuple[int, int]:
    """Height and width of a picture scaled to fit into a box, at least one pixel each way."""
    scale = min(box_height / height, box_width / width)
    return max(1, round(height * scale)), max(1, round(width * scale))


def png(pixels: np.ndarray, effort: int = 6) -> bytes:
    """A uint8 picture (H, W, 3 or 4) as PNG bytes; `effort` from 0 (quick) to 9 (small)."""
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG", compress_level=effort)
    return buffer.getvalue()


class LayerCanvas:
    """Three layers of one size with clicks by mouse, pen and finger.

    `widget` is what to place on the page; it must have no tooltip, which breaks the view of a canvas.
    `show` takes RGBA only: ipycanvas sends RGB as JPEG, which bleeds colour.
    """

    def __init__(self, height: int, width: int) -> None:
        self.height, self.width = height, width
        self.pixels: dict[str, np.ndarray] = {}
        # Without its own size in CSS a canvas inside a box is stretched to the width of the page.
        layout = Layout(width=f"{width}px", height=f"{height}px", flex="0 0 auto")
        self.widget = MultiCanvas(len(LAYERS), width=width, height=height, layout=layout)
        self._clicked: list[Callable[[float, float], None]] = []
        self._dragged: list[Callable[[Place, Place, bool], None]] = []
        self._pressed: Place | None = None  # where the press that lasts began
        self._at: Place | None = None  # where it has wandered
        self._touched = -GHOST_SECONDS
        self.widget.on_client_ready(self.redraw)
        self._listen()

    def on_click(self, callback: Callable[[float, float], None]) -> None:
        """Call `callback(x, y)` with x, y in [0, 1] when a press is released where it began."""
        self._clicked.append(callback)

    def on_drag(self, callback: Callable[[Place, Place, bool], None]) -> None:
        """Call `callback(start, end, done)`, places in [0, 1], while a press wanders and once when it is released.

        A drag that leaves the canvas is given up, and ends where it started: no release is heard from outside.
        """
        self._dragged.append(callback)

    def on_key(self, callback: Callable[[str, bool], None]) -> None:
        """Call `callback(key, command)` for a key pressed on the canvas; `command`: together with Ctrl or Cmd."""
        self.widget.on_key_down(lambda key, shift, ctrl, meta: callback(key, bool(ctrl or meta)))

    def outline(self, x: float, y: float, side: float) -> None:
        """Draw a square around a place in [0, 1] on the interaction layer, quickly: it is not kept."""
        canvas, left, top = self._canvas("interaction"), x * self.width - side / 2, y * self.height - side / 2
        with hold_canvas():
            canvas.clear()
            for grow, color in ((1.5, "white"), (0, "black")):
                canvas.stroke_style = color
                canvas.stroke_rect(left - grow, top - grow, side + 2 * grow, side + 2 * grow)

    def wipe(self) -> None:
        """Take away what `outline` drew."""
        self._canvas("interaction").clear()

    def show(self, layer: str, pixels: np.ndarray) -> None:
        """Put RGBA uint8 pixels (height, width, 4) on a layer, in the place of what it held."""
        if pixels.shape != (self.height, self.width, 4) or pixels.dtype != np.uint8:
            raise ValueError(f"layer {layer!r} takes uint8 RGBA pixels of shape {(self.height, self.width, 4)}")
        if layer in self.pixels and np.array_equal(self.pixels[layer], pixels):
            return
        self.pixels[layer] = pixels
        self._draw(layer)

    def store(self) -> None:
        """Keep the pixels in the widget's state, which a page without a kernel is built from.

        A browser reads them only when it makes the canvas, so this need not happen at every change.
        """
        for layer, pixels in self.pixels.items():
            self._canvas(layer).set_trait("image_data", png(pixels))

    def redraw(self) -> None:
        """Draw every layer again, for a browser that has just come."""
        manager = getattr(self._canvas("picture"), "_canvas_manager", None)
        if hasattr(manager, "_current_canvas"):
            # ipycanvas remembers which canvas an earlier browser drew on; this one has yet to be told.
            manager._current_canvas = None
        for layer in self.pixels:
            self._draw(layer)

    def _canvas(self, layer: str):
        return self.widget[LAYERS.index(layer)]

    def _draw(self, layer: str) -> None:
        canvas, pixels = self._canvas(layer), self.pixels[layer]
        with hold_canvas():
            canvas.clear()  # put_image_data blends with what was there
            canvas.put_image_data(pixels)

    def _listen(self) -> None:
        self.widget.on_mouse_down(lambda x, y: None if self._is_ghost() else self._press(x, y))
        self.widget.on_mouse_up(lambda x, y: None if self._is_ghost() else self._release(x, y))
        self.widget.on_mouse_move(lambda x, y: None if self._is_ghost() else self._wander(x, y))
        self.widget.on_mouse_out(lambda x, y: None if self._is_ghost() else self._forget())
        self.widget.on_touch_start(lambda touches: self._touch(touches, self._press))
        self.widget.on_touch_move(lambda touches: self._touch(touches, self._wander))
        self.widget.on_touch_end(lambda _: self._lift())
        self.widget.on_touch_cancel(lambda _: self._forget())

    def _is_ghost(self) -> bool:
        return time.monotonic() - self._touched < GHOST_SECONDS

    def _touch(self, touches: list[tuple[float, float]], act: Callable[[float, float], None]) -> None:
        self._touched = time.monotonic()
        if len(touches) == 1:  # two fingers zoom the page
            act(*touches[0])
        else:
            self._forget()

    def _press(self, x: float, y: float) -> None:
        self._forget()  # a press that a context menu took away was never released
        self._pressed = (x, y)

    def _wander(self, x: float, y: float) -> None:
        if self._pressed and (self._at or np.hypot(x - self._pressed[0], y - self._pressed[1]) > CLICK_RADIUS):
            self._at = (x, y)
            self._tell_drag(self._pressed, self._at, False)

    def _forget(self) -> None:
        start, wandered = self._pressed, self._at
        self._pressed = self._at = None
        if wandered:
            self._tell_drag(start, start, True)

    def _lift(self) -> None:
        # A finger that has left the glass is nowhere: the tap is where it was last.
        self._touched = time.monotonic()
        if self._pressed:
            self._release(*(self._at or self._pressed))

    def _release(self, x: float, y: float) -> None:
        self._wander(x, y)
        start, wandered = self._pressed, self._at
        self._pressed = self._at = None
        if wandered:
            self._tell_drag(start, wandered, True)
        elif start:
            for callback in self._clicked:
                callback(*self._unit((x, y)))

    def _tell_drag(self, start: Place, end: Place, done: bool) -> None:
        for callback in self._dragged:
            callback(self._unit(start), self._unit(end), done)

    def _unit(self, place: Place) -> Place:
        return min(max(place[0] / self.width, 0.0), 1.0), min(max(place[1] / self.height, 0.0), 1.0)


def captioned(text: str, canvas: LayerCanvas) -> VBox:
    """A canvas with a line of text above it."""
    caption = HTML()
    say(caption, text, "caption")
    return VBox((caption, canvas.widget), layout=Layout(margin="0 0 6px 0", overflow="visible"))
