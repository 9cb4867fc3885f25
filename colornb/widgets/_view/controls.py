"""Small parts that pads are made of: swatches, buttons, lines of text, and how they look."""

import logging
from collections.abc import Callable, Collection, Sequence
from html import escape
from typing import Any

from ipywidgets import HTML, Box, Button, DOMWidget, Label, Layout, ToggleButton, VBox

from colornb.color import parse_color

# A person's first choices: skin, hair, cloth, leaves, sky, earth, and the ends of the gray scale.
PALETTE = {
    "porcelain": "#fbe3d0",
    "peach": "#f4c29f",
    "tan": "#d99a6c",
    "brown skin": "#8d5a3b",
    "blond": "#f2d16b",
    "chestnut": "#7a4a2b",
    "black hair": "#2b2430",
    "rose": "#f08ba5",
    "red": "#d62f3d",
    "orange": "#f08a2c",
    "yellow": "#ffd84a",
    "lime": "#a5cf4c",
    "leaf": "#4a9a4d",
    "pine": "#23604b",
    "turquoise": "#3fb8af",
    "sky": "#9fd4f5",
    "blue": "#3b7dd8",
    "navy": "#27386b",
    "violet": "#8456b8",
    "lilac": "#c9a6e4",
    "sand": "#e3cfa4",
    "earth": "#9c7a55",
    "white": "#ffffff",
    "gray": "#9a9a9a",
}

STYLE = """<style>
.colornb-pad { padding: 12px 14px 10px; border: 1px solid rgba(128,128,128,.35);
  border-radius: 10px; box-sizing: border-box; }
.colornb-pad .widget-html-content { line-height: 1.35; }
.colornb-pad .colornb-ask { font-size: 17px; font-weight: 600; margin-right: 8px; }
.colornb-pad .colornb-sub { font-size: 13px; opacity: .8; }
.colornb-pad .colornb-dot { display: inline-block; width: 15px; height: 15px; margin: 0 5px -2px;
  border: 1px solid rgba(128,128,128,.7); border-radius: 4px; }
.colornb-pad .colornb-caption { font-size: 12px; opacity: .8; }
.colornb-pad .colornb-status { font-size: 12px; min-height: 17px; }
.colornb-pad .colornb-bad { color: #d32f2f; font-weight: 600; }
.colornb-pad canvas { cursor: pointer; border-radius: 4px;
  box-shadow: 0 0 0 1px rgba(128,128,128,.45); }
.colornb-points canvas { cursor: crosshair; }
.colornb-pad .colornb-picker input[type=color] { width: 46px; height: 30px; padding: 2px;
  border-radius: 5px; cursor: pointer; }
.colornb-pad button:focus-visible, .colornb-pad input:focus-visible,
.colornb-pad canvas:focus-visible { outline: 3px solid #1a73e8; outline-offset: 1px; }
.colornb-pad button.colornb-swatch { border: 1px solid rgba(0,0,0,.3); border-radius: 5px;
  padding: 0; box-shadow: none; font-size: 11px; line-height: 1; color: #222; background-color: #eee; }
.colornb-pad button.colornb-dark { color: #fff; }
.colornb-pad button.colornb-swatch:hover { box-shadow: 0 0 0 2px rgba(128,128,128,.6); }
.colornb-pad button.colornb-now { outline: 3px solid #ff2d78; outline-offset: 1px; }
.colornb-pad button.colornb-skipped { border-style: dashed; opacity: .5; }
.colornb-pad button.colornb-next { font-weight: 600; }
.colornb-studio .colornb-pad, .colornb-study .colornb-pad { border: 0; padding: 4px 0 0; }
.colornb-pad .colornb-drop { border: 2px dashed rgba(128,128,128,.6); border-radius: 8px; padding: 3px 14px;
  margin: 2px; font-size: 13px; opacity: .85; }
.colornb-pad a.colornb-link { font-weight: 600; text-decoration: underline; }
</style>"""


def set_css_class(widget: DOMWidget, name: str, tooltip: str = "") -> None:
    """Give a widget its class in `STYLE`, and words for those who point at it or cannot see it."""
    widget.add_class(f"colornb-{name}")
    if tooltip and widget.has_trait("tooltip"):  # in ipywidgets 7 only buttons have one
        widget.tooltip = tooltip


def swatch(size: int, on_click: Callable[[], None]) -> Button:
    """A small button to be coloured with `set_swatch`."""
    layout = Layout(width=f"{size}px", height="26px", padding="0", margin="2px", flex="0 0 auto")
    button = Button(layout=layout)
    set_css_class(button, "swatch")
    button.on_click(lambda _: on_click())
    return button


def set_swatch(button: Button, color: str | None, tooltip: str) -> None:
    """Colour a swatch (None: no colour) and say in words what it does."""
    button.style.button_color = color
    button.tooltip = tooltip
    toggle_class(button, "dark", color is not None and _is_dark(color))


def _is_dark(color: str) -> bool:
    red, green, blue = parse_color(color)
    return 0.299 * red + 0.587 * green + 0.114 * blue < 0.55


def toggle_class(button: Button, name: str, on: bool) -> None:
    """Set or remove a class of `STYLE`, sending nothing where it is as it should be."""
    name = f"colornb-{name}"
    if on != (name in button._dom_classes):
        (button.add_class if on else button.remove_class)(name)


class Swatches:
    """A titled row of up to `size` colours; `on_pick(color)` is called with the one clicked."""

    def __init__(self, title: str, size: int, on_pick: Callable[[str], None]) -> None:
        self.colors: tuple[str, ...] = ()
        self._buttons = [swatch(26, lambda i=i: on_pick(self.colors[i])) for i in range(size)]
        layout = Layout(width="auto", margin="0 6px 0 0", flex="0 0 auto")
        self._title = (Label(title, layout=layout),) if title else ()
        self._word = title.lower()
        self.widget = Box(layout=Layout(flex_flow="row wrap", align_items="center"))
        self.show([])

    def show(self, colors: Sequence[str], names: Sequence[str] = ()) -> None:
        """Offer these colours."""
        self.colors = tuple(colors)[: len(self._buttons)]
        shown = self._buttons[: len(self.colors)]
        for i, button in enumerate(shown):
            word = names[i] if names else self._word
            set_swatch(button, self.colors[i], f"{word} {self.colors[i]}")
        self.widget.children = (*self._title, *shown) if shown else ()


class ChipRow:
    """A row of numbered chips, one for each thing that was given; `on_select(number)` is told of their clicks."""

    def __init__(self, on_select: Callable[[int], None]) -> None:
        self._on_select = on_select
        self._chips: list[Button] = []
        layout = Layout(flex_flow="row wrap", margin="0 0 4px 0", min_height="30px", overflow="visible")
        self.widget = Box(layout=layout)

    def show(
        self, entries: Sequence[tuple[str | None, str]], chosen: int | None, skipped: Collection[int] = ()
    ) -> None:
        """Show so many chips, each with its colour and its tooltip; one is marked as chosen, others as skipped."""
        for number in range(len(self._chips), len(entries)):
            self._chips.append(self._chip(number))
        chips = tuple(self._chips[: len(entries)])
        for number, (chip, entry) in enumerate(zip(chips, entries, strict=True)):
            set_swatch(chip, *entry)
            toggle_class(chip, "now", number == chosen)
            toggle_class(chip, "skipped", number in skipped)
        if chips != self.widget.children:
            self.widget.children = chips

    def _chip(self, number: int) -> Button:
        chip = swatch(21, lambda: self._on_select(number))
        chip.description = str(number + 1)
        return chip


class SuppressEvents:
    """A context in which the kernel writes into entries; `is_on` tells that from what a user writes."""

    is_on = False

    def __enter__(self) -> None:
        self.is_on = True

    def __exit__(self, *_: object) -> None:
        self.is_on = False


def action(text: str, icon: str, tooltip: str, on_click: Callable[[], None]) -> Button:
    """A button with a word, an icon and a sentence that says what it does."""
    layout = Layout(width="auto", margin="2px", flex="0 0 auto")
    button = Button(description=text, icon=icon, tooltip=tooltip, layout=layout)
    set_css_class(button, text.lower().replace(" ", "-"))
    button.on_click(lambda _: on_click())
    return button


def toggle(text: str, icon: str, tooltip: str, on_change: Callable[[bool], None]) -> ToggleButton:
    """A button that stays pressed; `on_change(pressed)` is told of it."""
    layout = Layout(width="auto", margin="2px", flex="0 0 auto")
    button = ToggleButton(description=text, icon=icon, tooltip=tooltip, layout=layout)
    set_css_class(button, text.lower().replace(" ", "-") or icon)
    button.observe(lambda change: on_change(change["new"]), "value")
    return button


def set_text(html: HTML, text: str, css_class: str, bad: bool = False) -> None:
    """Write one line of plain text; `css_class` is one of `STYLE`."""
    names = f"colornb-{css_class}" + (" colornb-bad" if bad else "")
    html.value = f'<div class="{names}" role="status" aria-live="polite">{escape(text)}</div>'


class HintList:
    """The line that says what to do, and a row with one chip a hint; `on_select(number)` is told of their clicks."""

    def __init__(self, on_select: Callable[[int], None]) -> None:
        self._line, self._chips = HTML(), ChipRow(on_select)
        self.widget = VBox((self._line, self._chips.widget))

    def show(
        self,
        bold: str,
        beside: str,
        entries: Sequence[tuple[str | None, str]],
        chosen: int | None,
        skipped: Collection[int] = (),
    ) -> None:
        """Show a line, HTML that holds nothing a user wrote, and a chip for each entry as in `ChipRow.show`."""
        self._line.value = (
            f'<div role="status" aria-live="polite"><span class="colornb-ask">{bold}</span>{beside}</div>'
        )
        self._chips.show(entries, chosen, skipped)


class StatusLine:
    """The last line of a widget: what has just been done, or what went wrong."""

    def __init__(self) -> None:
        self.widget = HTML()

    def show(self, text: str) -> None:
        """Say this."""
        set_text(self.widget, text, "status")

    def shows(self, text: str) -> bool:
        """Whether this is what it says."""
        return f">{escape(text)}<" in self.widget.value

    def catch_errors(self, action: Callable[..., None]) -> Callable[..., None]:
        """The action as a callback of the browser, where nobody would see an exception: it is told here."""

        def attempt(*arguments: Any) -> None:
            try:
                action(*arguments)
            except Exception as error:
                if not isinstance(error, ValueError):  # not the user's doing: keep the trace for the developer
                    logging.getLogger(__name__).exception("%s failed", action)
                text = str(error).split("\n")[0] or type(error).__name__
                set_text(self.widget, text, "status", bad=True)

        return attempt


def muted(text: str, color: str | None = None) -> str:
    """Pale text as HTML, with a colour at its end that is not pale: it is to be seen as it is."""
    html = f'<span class="colornb-sub">{text}</span>'
    return html if color is None else f'{html}{dot(color)}<span class="colornb-sub">{color}.</span>'


def dot(color: str) -> str:
    """A small square of a colour, as HTML."""
    return f'<span class="colornb-dot" style="background:{color}"></span>'


def plural(number: int, noun: str) -> str:
    """Number and noun: "1 colour", "2 colours"."""
    return f"{number} {noun}" + ("" if number == 1 else "s")
