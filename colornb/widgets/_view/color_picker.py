"""Choosing a colour: by picker, as text, from suggestions, from recent ones, from a palette."""

from collections.abc import Callable, Sequence

import ipywidgets
from ipywidgets import Box, HBox, Layout, Text, VBox

from colornb.widgets._view.controls import PALETTE, SuppressEvents, Swatches, set_css_class, toggle

SUGGESTED = RECENT = 6  # swatches in a row


class ColorPicker:
    """All the ways to a colour; `on_pick(text)` gets what the user chose or wrote, good or bad.

    `suggested` is how many suggestions there is room for.
    """

    def __init__(self, on_pick: Callable[[str], None], suggested: int = SUGGESTED) -> None:
        self._on_pick = on_pick
        self._quiet = SuppressEvents()
        self._picker = ipywidgets.ColorPicker(concise=True, layout=Layout(width="50px", margin="2px"))
        layout = Layout(width="110px", margin="2px")
        self._text = Text(continuous_update=False, placeholder="#hex or name", layout=layout)
        set_css_class(self._picker, "picker", "Pick any colour")
        set_css_class(self._text, "hex", "Write #rrggbb, #rgb or the name of a colour")
        words = "Take a colour from a picture: press this, then click there"
        self._dropper = toggle("", "eyedropper", words, lambda on: None)
        self._suggested = Swatches("Suggested", suggested, on_pick)
        self._used = Swatches("Recent", RECENT, on_pick)
        for entry in (self._picker, self._text):
            entry.observe(self._entered, "value")
        self.widget = self._rows()

    @property
    def color(self) -> str:
        """The colour on show, "#rrggbb"."""
        return self._picker.value

    @property
    def is_dropping(self) -> bool:
        """Whether the next click on a picture takes the colour that is there."""
        return self._dropper.value

    def drop(self, color: str) -> None:
        """Pick the colour that a click on a picture has found."""
        self._dropper.value = False
        self._on_pick(color)

    def set_text(self, color: str | None) -> None:
        """Put the colour that was given into the text field, or empty it, without picking any.

        To be called at once when the question changes: a text that came later would take away what the user is
        writing, of which the kernel knows nothing before Enter.
        """
        with self._quiet:
            self._text.value = color or ""

    def set_color(self, color: str) -> None:
        """Show a colour in the picker, without picking any."""
        with self._quiet:
            self._picker.value = color

    def set_suggestions(self, colors: Sequence[str]) -> None:
        """Show colours as suggestions, and leave all else as it is."""
        self._suggested.show(colors)

    def set_recent(self, colors: Sequence[str]) -> None:
        """Show these as the colours used last."""
        self._used.show(colors)

    def _rows(self) -> VBox:
        palette = Swatches("", len(PALETTE), self._on_pick)
        palette.show(list(PALETTE.values()), list(PALETTE))
        own = HBox((self._picker, self._text, self._dropper), layout=Layout(align_items="center"))
        self._dropper.layout.margin = "2px 16px 2px 2px"
        self._used.widget.layout.margin = "0 0 0 16px"
        layout = Layout(flex_flow="row wrap", align_items="center")
        return VBox((Box((own, self._suggested.widget, self._used.widget), layout=layout), palette.widget))

    def _entered(self, change: dict) -> None:
        if change["new"] and not self._quiet.is_on:
            self._on_pick(change["new"])
