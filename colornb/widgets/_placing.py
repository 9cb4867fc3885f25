"""What a point pad says of its points, a chip for each, and sliders for the chosen one."""

from collections.abc import Callable

from ipywidgets import HTML, Box, FloatSlider, IntSlider, Layout, VBox

from colornb.hints import Point
from colornb.widgets._asking import count
from colornb.widgets._controls import Quiet, Strip, describe
from colornb.widgets._points import Points


class Listing:
    """The line that says what to do, and a strip with one chip a point; `on_select(number)` hears clicks of chips."""

    def __init__(self, on_select: Callable[[int], None]) -> None:
        self._line, self._strip = HTML(), Strip(on_select)
        self.widget = VBox((self._line, self._strip.widget))

    def show(self, points: Points, color: str | None, outcome: str | None) -> None:
        """Show these points; `color` is what the next one takes, `outcome` how the chosen one comes out."""
        bold, beside = sentence(points, color, outcome)
        # The text holds nothing that a user wrote: colours are "#rrggbb" by now.
        self._line.value = (
            f'<div role="status" aria-live="polite"><span class="colornb-ask">{bold}</span>{beside}</div>'
        )
        entries = [(point.color, f"Point {number}: {point.color}") for number, point in enumerate(points.hints, 1)]
        self._strip.show(entries, points.chosen)


class Placing:
    """Sliders for the chosen point: `on_place(x, y)` in [0, 1] and `on_size(pixels)` hear of them.

    Sizes are in pixels of the picture as the model sees it; `most` is the largest one offered.
    """

    def __init__(self, most: int, on_place: Callable[[float, float], None], on_size: Callable[[int], None]) -> None:
        self._quiet = Quiet()
        self._point: Point | None = None
        self.size = _slider(IntSlider, "Size", "Side of the patch of colour, in pixels of the model's picture")
        self.size.max, self.size.min = most, 1
        self.x = _slider(FloatSlider, "Across", "Place of the chosen point, from the left to the right")
        self.y = _slider(FloatSlider, "Down", "Place of the chosen point, from the top to the bottom")
        for slider in (self.x, self.y):
            slider.min, slider.max, slider.step, slider.readout_format = 0.0, 1.0, 0.005, ".2f"
        self._hear(self.size, on_size)
        self._hear(self.x, lambda x: self._point and on_place(x, self._point.y))
        self._hear(self.y, lambda y: self._point and on_place(self._point.x, y))
        self.widget = Box((self.size, self.x, self.y), layout=Layout(flex_flow="row wrap"))

    def show(self, point: Point | None, pixels: int) -> None:
        """Show where the chosen point is, and a size, without changing any."""
        self._point = point
        self.x.disabled = self.y.disabled = point is None
        with self._quiet:
            self.size.value = pixels
            if point is not None:
                self.x.value, self.y.value = point.x, point.y

    def _hear(self, slider: IntSlider | FloatSlider, act: Callable[[float], None]) -> None:
        slider.observe(lambda change: None if self._quiet.is_on else act(change["new"]), "value")


def _slider(kind: type, text: str, tooltip: str) -> IntSlider | FloatSlider:
    layout = Layout(width="237px", margin="2px 6px 2px 0")
    slider = kind(description=text, continuous_update=False, layout=layout)
    slider.style.description_width = "48px"
    describe(slider, text.lower(), tooltip)
    return slider


def sentence(points: Points, color: str | None, outcome: str | None) -> tuple[str, str]:
    """What is said in bold, and the line beside it, as HTML."""
    if points.point is None:
        bold = f"{count(len(points.hints), 'point')} of colour." if points.hints else "Where do you know the colour?"
        if color is None:
            return bold, _sub("Click a picture to add a point.")
        return bold, _sub("Click a picture to add a point in", color)
    bold = f"Point {points.chosen + 1} of {len(points.hints)} is{_dot(points.point.color)}{points.point.color}."
    if outcome is None or outcome == points.point.color:
        return bold, _sub("Try another colour, drag it, or click elsewhere.")
    return bold, _sub("At the lightness of this place it comes out as", outcome)


def _sub(text: str, color: str | None = None) -> str:
    """Pale text, with a colour at its end that is not pale: it is to be seen as it is."""
    html = f'<span class="colornb-sub">{text}</span>'
    return html if color is None else f'{html}{_dot(color)}<span class="colornb-sub">{color}.</span>'


def _dot(color: str) -> str:
    return f'<span class="colornb-dot" style="background:{color}"></span>'
