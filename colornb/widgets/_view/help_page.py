"""How to colour a picture, in five sentences with pictures."""

from collections.abc import Callable
from pathlib import Path

from ipywidgets import HTML

from colornb.widgets._view.controls import put, set_css_class, toggle, wrap

PAGE = Path(__file__).with_name("help.html").read_text(encoding="utf-8")


class HelpPage:
    """A button that shows the sentences in a row below it; `catch_errors` as that of a `StatusLine`."""

    def __init__(self, catch_errors: Callable[..., Callable]) -> None:
        self.button = toggle(
            "Help", "question-circle", "How to colour a picture, in five steps", catch_errors(self._turn)
        )
        self.widget = wrap()
        set_css_class(self.widget, "help-page")

    def show(self, on: bool) -> None:
        """Show it, or put it away."""
        self.button.value = on

    def _turn(self, on: bool) -> None:
        put(self.widget, *([HTML(PAGE)] if on else []))
