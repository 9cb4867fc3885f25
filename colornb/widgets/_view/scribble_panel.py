"""What an edge pad has beside its pictures: the edges that the model suggests, and sliders."""

from collections.abc import Callable, Collection

from ipywidgets import Box, FloatSlider, IntSlider, Layout

from colornb.widgets._view.controls import action, set_css_class, set_swatch, swatch
from colornb.widgets._view.overlays import FOUND

BLUE = "#{:02x}{:02x}{:02x}".format(*FOUND)
MAX_SUGGESTED = 5  # edges that the model suggests at once


class EdgeSuggestions:
    """A button that asks the model for edges, and one for each that it has found; `on_take(number)` is told of it."""

    def __init__(
        self, on_find: Callable[[], None], on_take: Callable[[int], None], on_hide: Callable[[], None]
    ) -> None:
        self._find = action("Find", "search", "Let the model look where colour has bled across an edge", on_find)
        self._find.description = "Find edges"  # a name of two words would be no class
        self._takes = [swatch(26, lambda number=number: on_take(number)) for number in range(MAX_SUGGESTED)]
        for number, button in enumerate(self._takes):
            set_swatch(button, BLUE, f"Mend the suggested edge {number + 1}")
            button.description = str(number + 1)
        self._hide = action("Hide", "eye-slash", "Show no suggested edges", on_hide)
        self.widget = Box(layout=Layout(flex_flow="row wrap", align_items="center"))
        self.show(0, ())

    def show(self, found: int, open_: Collection[int]) -> None:
        """Show so many edges; those that are not `open_` have been taken."""
        for number, button in enumerate(self._takes):
            button.disabled = number not in open_
        shown = (self._find, *self._takes[:found], self._hide) if found else (self._find,)
        if shown != self.widget.children:
            self.widget.children = shown


def width_slider(most: int) -> IntSlider:
    """How thick scribbles are."""
    layout = Layout(width="237px", margin="2px 6px 2px 0")
    slider = IntSlider(min=1, max=most, description="Width", continuous_update=False, layout=layout)
    slider.style.description_width = "48px"
    set_css_class(slider, "width", "Width of the scribbles, in pixels of a picture of 256 x 256")
    return slider


def share_slider() -> FloatSlider:
    """How much of the right picture shows what it was without scribbles."""
    layout = Layout(width="376px", margin="2px 0")
    slider = FloatSlider(min=0, max=1, step=0.01, description="Before", readout_format=".0%", layout=layout)
    slider.style.description_width = "48px"
    set_css_class(slider, "share", "Share of the right picture, from the left, that shows it without scribbles")
    return slider
