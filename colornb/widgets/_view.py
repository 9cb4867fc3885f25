"""Which part of a picture a canvas shows: zoom and pan, as immutable values, and the buttons for both."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from ipywidgets import HTML, Box, Layout, ToggleButton
from PIL import Image

from colornb.widgets._controls import action, describe, say

Place = tuple[float, float]  # x, y
DEEPEST = 16.0  # times: a pixel of a small picture is then as large as a finger
STEP = 1.5  # times, for a click of a button or a key


@dataclass(frozen=True)
class View:
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
        return tuple(min(max(at + on / self.scale, 0.0), 1.0) for at, on in ((self.x, x), (self.y, y)))

    def outside(self, x: float, y: float) -> Place:
        """The place on the canvas of a place in the picture; outside of [0, 1] where it is not on show."""
        return (x - self.x) * self.scale, (y - self.y) * self.scale

    def zoom(self, factor: float, x: float = 0.5, y: float = 0.5) -> "View":
        """Show so many times more detail; the picture under (x, y) on the canvas stays where it is."""
        scale = min(max(self.scale * factor, 1.0), DEEPEST)
        return _bounded(scale, self.x + x / self.scale - x / scale, self.y + y / self.scale - y / scale)

    def move(self, right: float, down: float) -> "View":
        """Push the picture so far, in canvases."""
        return _bounded(self.scale, self.x - right / self.scale, self.y - down / self.scale)

    def cut(self, pixels: np.ndarray, height: int, width: int) -> np.ndarray:
        """What this view shows of RGBA pixels of any size, at the size of the canvas."""
        rows, columns = pixels.shape[:2]
        box = (self.x * columns, self.y * rows, (self.x + 1 / self.scale) * columns, (self.y + 1 / self.scale) * rows)
        if pixels.shape[:2] == (height, width) and self.is_whole:
            return pixels
        # Enlarged pixels stay squares, so that what is on show is what is in the picture; shrunk ones are averaged.
        fine = rows / self.scale > height or columns / self.scale > width
        method = Image.Resampling.BOX if fine else Image.Resampling.NEAREST
        return np.asarray(Image.fromarray(pixels).resize((width, height), method, tuple(map(float, box))))


WHOLE = View()


def _bounded(scale: float, x: float, y: float) -> View:
    room = 1 - 1 / scale
    return View(scale, min(max(x, 0.0), room), min(max(y, 0.0), room))


class ZoomBar:
    """Buttons to zoom and to pan; `get()` tells the view, `look(view)` changes it, `grab(on)` lets drags pan."""

    def __init__(self, get: Callable[[], View], look: Callable[[View], None], grab: Callable[[bool], None]) -> None:
        self._get, self._look = get, look
        out = self._button("Smaller", "search-minus", "Show more of the picture", 1 / STEP)
        into = self._button("Larger", "search-plus", "Show more detail; a wheel or two fingers do it, too", STEP)
        self._whole = action("Whole", "expand", "Show the whole picture", lambda: look(WHOLE))
        self._whole.description = ""
        self.hand = ToggleButton(icon="hand-paper-o", layout=Layout(width="auto", margin="2px", flex="0 0 auto"))
        describe(self.hand, "hand")
        self.hand.tooltip = "Let a drag push the picture"
        self.hand.observe(lambda change: grab(change["new"]), "value")
        self._text = HTML(layout=Layout(margin="2px 4px"))
        self._ways = (self._whole, self.hand, self._text)
        self._always = (out, into)
        self.widget = Box(layout=Layout(flex_flow="row wrap", align_items="center"))
        describe(self.widget, "zoom")
        self.show()

    def show(self) -> None:
        """Tell how much is on show; what only helps within a picture comes with the first zoom."""
        view = self._get()
        if view.is_whole and self.hand.value:
            self.hand.value = False
        say(self._text, f"{100 * view.scale:.0f} %", "caption")
        shown = self._always if view.is_whole else (*self._always, *self._ways)
        if shown != self.widget.children:
            self.widget.children = shown

    def _button(self, name: str, icon: str, tooltip: str, factor: float):
        button = action(name, icon, tooltip, lambda: self._look(self._get().zoom(factor)))
        button.description = ""
        return button
