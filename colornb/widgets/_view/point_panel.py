"""What a point pad says of its points, a chip for each, and sliders for the chosen one."""

from collections.abc import Callable

from ipywidgets import Box, FloatSlider, IntSlider, Layout

from colornb.hints import Point
from colornb.widgets._model.points import PointState
from colornb.widgets._view.controls import HintList, SuppressEvents, dot, muted, plural, set_css_class


class PointList:
    """The line that says what to do, and one chip a point; `on_select(number)` is told of clicks of chips."""

    def __init__(self, on_select: Callable[[int], None]) -> None:
        self._list = HintList(on_select)
        self.widget = self._list.widget

    def show(self, state: PointState, color: str | None, outcome: str | None) -> None:
        """Show these points; `color` is what the next one takes, `outcome` how the chosen one comes out."""
        entries = [(point.color, f"Point {number}: {point.color}") for number, point in enumerate(state.hints, 1)]
        self._list.show(*describe_points(state, color, outcome), entries, state.chosen)


class PointSliders:
    """Sliders for the chosen point: `on_place(x, y)` in [0, 1] and `on_size(pixels)` are told of them.

    Sizes are in pixels of the picture as the model sees it; `most` is the largest one offered.
    """

    def __init__(self, most: int, on_place: Callable[[float, float], None], on_size: Callable[[int], None]) -> None:
        self._quiet = SuppressEvents()
        self._point: Point | None = None
        self.size = _slider(IntSlider, "Size", "Side of the patch of colour, in pixels of the model's picture")
        self.size.max, self.size.min = most, 1
        self.x = _slider(FloatSlider, "Across", "Place of the chosen point, from the left to the right")
        self.y = _slider(FloatSlider, "Down", "Place of the chosen point, from the top to the bottom")
        for slider in (self.x, self.y):
            slider.min, slider.max, slider.step, slider.readout_format = 0.0, 1.0, 0.005, ".2f"
        self._observe(self.size, on_size)
        self._observe(self.x, lambda x: self._point and on_place(x, self._point.y))
        self._observe(self.y, lambda y: self._point and on_place(self._point.x, y))
        self.widget = Box((self.size, self.x, self.y), layout=Layout(flex_flow="row wrap"))

    def show(self, point: Point | None, pixels: int) -> None:
        """Show where the chosen point is, and a size, without changing any."""
        self._point = point
        self.x.disabled = self.y.disabled = point is None
        with self._quiet:
            self.size.value = pixels
            if point is not None:
                self.x.value, self.y.value = point.x, point.y

    def _observe(self, slider: IntSlider | FloatSlider, act: Callable[[float], None]) -> None:
        slider.observe(lambda change: None if self._quiet.is_on else act(change["new"]), "value")


def _slider(slider_type: type, text: str, tooltip: str) -> IntSlider | FloatSlider:
    layout = Layout(width="237px", margin="2px 6px 2px 0")
    slider = slider_type(description=text, continuous_update=False, layout=layout)
    slider.style.description_width = "48px"
    set_css_class(slider, text.lower(), tooltip)
    return slider


def describe_points(state: PointState, color: str | None, outcome: str | None) -> tuple[str, str]:
    """What is said in bold, and the line beside it, as HTML; colours are "#rrggbb", nothing else a user wrote."""
    if state.point is None:
        bold = f"{plural(len(state.hints), 'point')} of colour." if state.hints else "Where do you know the colour?"
        if color is None:
            return bold, muted("Click a picture to add a point.")
        return bold, muted("Click a picture to add a point in", color)
    bold = f"Point {state.chosen + 1} of {len(state.hints)} is{dot(state.point.color)}{state.point.color}."
    if outcome is None or outcome == state.point.color:
        return bold, muted("Try another colour, drag it, or click elsewhere.")
    return bold, muted("At the lightness of this place it comes out as", outcome)
