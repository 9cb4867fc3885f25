"""What an edge pad is made of: a pen, a chip for each scribble, the edges that the model suggests, sliders."""

from collections.abc import Callable, Collection

import numpy as np
from ipycanvas import hold_canvas
from ipywidgets import HTML, Box, FloatSlider, IntSlider, Layout, VBox

from colornb.widgets._asking import count
from colornb.widgets._canvas import LAYERS, LayerCanvas, Place
from colornb.widgets._controls import Strip, action, describe, dress, swatch
from colornb.widgets._regions import ACCENT
from colornb.widgets._strokes import FOUND, HIDDEN, Strokes, in_words

BLUE = "#{:02x}{:02x}{:02x}".format(*FOUND)
OFFERED = 5  # edges that the model suggests at once


class Pen:
    """Draws on a canvas; `on_stroke(path, pressed)` hears of each stroke when it ends, and when it began.

    Seconds are those at which the kernel hears of the pointer: while it paints, it hears late. A path of one point is
    a click. A stroke that leaves the picture ends at its side; one that a second finger interrupts was none: two
    fingers zoom the page. `get_width()` tells how thick to draw, in canvas pixels.
    """

    def __init__(
        self,
        canvas: LayerCanvas,
        clock: Callable[[], float],
        on_stroke: Callable[[list[Place], float], None],
        get_width: Callable[[], float],
    ) -> None:
        self._canvas, self._clock, self._on_stroke, self._get_width = canvas, clock, on_stroke, get_width
        self._path: list[Place] = []
        self._pressed, self._by_finger = clock(), False
        # A canvas tells of a drag when it is sure that it is one; the time runs from the press itself.
        canvas.widget.on_mouse_down(lambda x, y: self._press(by_finger=False))
        canvas.widget.on_touch_start(lambda touches: self._press(by_finger=True))
        canvas.on_drag(self._drag)
        canvas.on_click(lambda x, y: self._on_stroke([(x, y)], self._pressed))

    def _press(self, by_finger: bool) -> None:
        self._pressed, self._by_finger = self._clock(), by_finger

    def _drag(self, start: Place, end: Place, done: bool) -> None:
        if not done:
            self._path = [*(self._path or [start]), end]
            self._trace()
            return
        path, self._path = self._path, []
        self._canvas.wipe()
        if path and (end == path[-1] or not self._by_finger):  # one that was given up ends where it began
            self._on_stroke(path, self._pressed)

    def _trace(self) -> None:
        """Draw the stroke as it grows, quickly: it is not kept."""
        layer = self._canvas.widget[LAYERS.index("interaction")]
        with hold_canvas():
            layer.clear()
            layer.line_cap = layer.line_join = "round"
            layer.line_width = self._get_width() * self._canvas.view.scale
            layer.stroke_style = "rgba({}, {}, {}, {})".format(*ACCENT[:3], HIDDEN)
            layer.stroke_lines(np.array([self._canvas.on_screen(*place) for place in self._path]))


class Drawn:
    """The line that says what to do, and a strip with one chip a scribble; `on_select(number)` hears their clicks."""

    def __init__(self, on_select: Callable[[int], None]) -> None:
        self._line, self._strip = HTML(), Strip(on_select)
        self.widget = VBox((self._line, self._strip.widget))

    def show(self, strokes: Strokes) -> None:
        """Show these scribbles."""
        bold, beside = sentence(strokes)
        self._line.value = (
            f'<div role="status" aria-live="polite"><span class="colornb-ask">{bold}</span>'
            f'<span class="colornb-sub">{beside}</span></div>'
        )
        words = [in_words(scribble.width) for scribble in strokes.scribbles]
        self._strip.show([(None, f"Scribble {number}: {text}") for number, text in enumerate(words, 1)], strokes.chosen)


class Finding:
    """A button that asks the model for edges, and one for each that it has found; `on_take(number)` hears them."""

    def __init__(
        self, on_find: Callable[[], None], on_take: Callable[[int], None], on_hide: Callable[[], None]
    ) -> None:
        self._find = action("Find", "search", "Let the model look where colour has bled across an edge", on_find)
        self._find.description = "Find edges"  # a name of two words would be no class
        self._takes = [swatch(26, lambda number=number: on_take(number)) for number in range(OFFERED)]
        for number, button in enumerate(self._takes):
            dress(button, BLUE, f"Mend the suggested edge {number + 1}")
            button.description = str(number + 1)
        self._hide = action("Hide", "eye-slash", "Show no suggested edges", on_hide)
        self.widget = Box(layout=Layout(flex_flow="row wrap", align_items="center"))
        self.show(0, ())

    def show(self, offered: int, open_: Collection[int]) -> None:
        """Offer so many edges; those that are not `open_` have been taken."""
        for number, button in enumerate(self._takes):
            button.disabled = number not in open_
        shown = (self._find, *self._takes[:offered], self._hide) if offered else (self._find,)
        if shown != self.widget.children:
            self.widget.children = shown


def width_slider(most: int) -> IntSlider:
    """How thick scribbles are."""
    layout = Layout(width="237px", margin="2px 6px 2px 0")
    slider = IntSlider(min=1, max=most, description="Width", continuous_update=False, layout=layout)
    slider.style.description_width = "48px"
    describe(slider, "width", "Width of the scribbles, in pixels of a picture of 256 x 256")
    return slider


def share_slider() -> FloatSlider:
    """How much of the right picture shows what it was without scribbles."""
    layout = Layout(width="376px", margin="2px 0")
    slider = FloatSlider(min=0, max=1, step=0.01, description="Before", readout_format=".0%", layout=layout)
    slider.style.description_width = "48px"
    describe(slider, "share", "Share of the right picture, from the left, that shows it without scribbles")
    return slider


def sentence(strokes: Strokes) -> tuple[str, str]:
    """What is said in bold, and the line beside it; neither holds anything that a user wrote."""
    number = len(strokes.scribbles)
    if strokes.scribble:
        bold = f"Scribble {strokes.chosen + 1} of {number} is {in_words(strokes.scribble.width)}."
        return bold, "Give it another width, delete it, or draw the next one."
    if number:
        return f"{count(number, 'scribble')}.", "Draw another, or choose one to change it."
    return "Where has colour bled across an edge?", "Draw along that edge, on either picture."
