"""Choosing a colour: by picker, as text, from suggestions, from recent ones, from a palette."""

from collections.abc import Callable, Sequence

from ipywidgets import Box, ColorPicker, HBox, Layout, Text, VBox

from colornb.widgets._controls import PALETTE, Quiet, Swatches, describe, toggle

SUGGESTED = RECENT = 6


class Chooser:
    """All the ways to a colour; `on_pick(text)` gets what the user chose or wrote, good or bad.

    `suggested` is how many suggestions there is room for.
    """

    def __init__(self, on_pick: Callable[[str], None], suggested: int = SUGGESTED) -> None:
        self._on_pick = on_pick
        self._quiet = Quiet()
        self._recent: list[str] = []
        self._picker = ColorPicker(concise=True, layout=Layout(width="50px", margin="2px"))
        layout = Layout(width="110px", margin="2px")
        self._text = Text(continuous_update=False, placeholder="#hex or name", layout=layout)
        describe(self._picker, "picker", "Pick any colour")
        describe(self._text, "hex", "Write #rrggbb, #rgb or the name of a colour")
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

    def write(self, color: str | None) -> None:
        """Put the colour that was given into the text field, or empty it, without picking any.

        To be called at once when the question changes: a text that came later would take away what the user is
        writing, of which the kernel knows nothing before Enter.
        """
        with self._quiet:
            self._text.value = color or ""

    def show(self, color: str, suggestions: Sequence[str]) -> None:
        """Show a colour in the picker and others as suggestions, without picking any."""
        self.present(color)
        self.offer(suggestions)

    def present(self, color: str) -> None:
        """Show a colour in the picker, without picking any."""
        with self._quiet:
            self._picker.value = color

    def offer(self, suggestions: Sequence[str]) -> None:
        """Show colours as suggestions, and leave all else as it is."""
        self._suggested.show(suggestions)

    @property
    def recent(self) -> tuple[str, ...]:
        """The colours picked last, the newest first."""
        return tuple(self._recent)

    def recall(self, colors: Sequence[str]) -> None:
        """Show other colours as the recent ones."""
        self._recent = list(colors)
        self._used.show(self._recent)

    def remember(self, color: str) -> None:
        """Put a colour first among the recent ones."""
        self._recent = [color, *(other for other in self._recent if other != color)][:RECENT]
        self._used.show(self._recent)

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
