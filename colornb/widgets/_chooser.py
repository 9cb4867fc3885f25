"""Choosing a colour: by picker, as text, from suggestions, from recent ones, from a palette."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from ipywidgets import Box, ColorPicker, HBox, Layout, Text, VBox

from colornb.widgets._controls import PALETTE, Swatches

RECENT = 6


class Chooser:
    """All the ways to a colour; `on_pick(text)` is called with what the user chose or wrote, good or bad."""

    def __init__(self, on_pick: Callable[[str], None]) -> None:
        self._on_pick = on_pick
        self._is_quiet = False
        self._recent: list[str] = []
        self._picker = ColorPicker(
            concise=True, layout=Layout(width="46px", height="30px", margin="2px")
        )
        self._text = Text(
            continuous_update=False,
            placeholder="#hex or name",
            layout=Layout(width="104px", margin="2px 14px 2px 2px"),
        )
        self._suggested = Swatches("Suggested", 6, on_pick)
        self._used = Swatches("Recent", RECENT, on_pick)
        palette = Swatches("Palette", len(PALETTE), on_pick)
        palette.show(list(PALETTE.values()), list(PALETTE))
        self._listen()
        top = Box(
            (HBox((self._picker, self._text)), self._suggested.widget, self._used.widget),
            layout=Layout(
                flex_flow="row wrap", align_items="center", justify_content="space-between"
            ),
        )
        self.widget = VBox((top, palette.widget))

    @property
    def color(self) -> str:
        """The colour on show, "#rrggbb"."""
        return self._picker.value

    def show(self, color: str, suggestions: Sequence[str]) -> None:
        """Show a colour as the present one, and others as suggestions, without picking any."""
        with self._quietly():
            self._picker.value = self._text.value = color
        self._suggested.show(suggestions)

    def remember(self, color: str) -> None:
        """Put a colour first among the recent ones."""
        self._recent = [color, *(c for c in self._recent if c != color)][:RECENT]
        self._used.show(self._recent)

    def _listen(self) -> None:
        self._text.add_class("colornb-hex")
        self._picker.add_class("colornb-picker")
        for widget, tooltip in (
            (self._picker, "Pick any colour"),
            (self._text, "Write #rrggbb, #rgb or a name"),
        ):
            if widget.has_trait("tooltip"):  # ipywidgets 8
                widget.tooltip = tooltip
            widget.observe(self._changed, "value")

    def _changed(self, change: dict) -> None:
        if not self._is_quiet:
            self._on_pick(change["new"])

    @contextmanager
    def _quietly(self) -> Iterator[None]:
        self._is_quiet = True
        try:
            yield
        finally:
            self._is_quiet = False
