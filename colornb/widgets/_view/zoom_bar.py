"""Buttons to zoom and to pan, which say how much of the picture is on show."""

from collections.abc import Callable

from ipywidgets import HTML, Box, Layout, ToggleButton

from colornb.widgets._view.canvas import WHOLE, Viewport
from colornb.widgets._view.controls import action, set_css_class, set_text

STEP = 1.5  # times, for a click of a button or a key


class ZoomBar:
    """Buttons to zoom and to pan; `get()` gives the viewport, `look` changes it, `grab(on)` lets drags pan."""

    def __init__(
        self, get: Callable[[], Viewport], look: Callable[[Viewport], None], grab: Callable[[bool], None]
    ) -> None:
        self._get, self._look = get, look
        out = self._button("Smaller", "search-minus", "Show more of the picture", 1 / STEP)
        into = self._button("Larger", "search-plus", "Show more detail; a wheel or two fingers do it, too", STEP)
        self._whole = action("Whole", "expand", "Show the whole picture", lambda: look(WHOLE))
        self._whole.description = ""
        self.hand = ToggleButton(icon="hand-paper-o", layout=Layout(width="auto", margin="2px", flex="0 0 auto"))
        set_css_class(self.hand, "hand")
        self.hand.tooltip = "Let a drag push the picture"
        self.hand.observe(lambda change: grab(change["new"]), "value")
        self._text = HTML(layout=Layout(margin="2px 4px"))
        self._ways = (self._whole, self.hand, self._text)
        self._always = (out, into)
        self.widget = Box(layout=Layout(flex_flow="row wrap", align_items="center"))
        set_css_class(self.widget, "zoom")
        self.show()

    def show(self) -> None:
        """Tell how much is on show; what only helps within a picture comes with the first zoom."""
        view = self._get()
        if view.is_whole and self.hand.value:
            self.hand.value = False
        set_text(self._text, f"{100 * view.scale:.0f} %", "caption")
        shown = self._always if view.is_whole else (*self._always, *self._ways)
        if shown != self.widget.children:
            self.widget.children = shown

    def _button(self, name: str, icon: str, tooltip: str, factor: float):
        button = action(name, icon, tooltip, lambda: self._look(self._get().zoom(factor)))
        button.description = ""
        return button
