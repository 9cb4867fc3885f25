"""Parts that pads are made of: swatches, buttons, lines of text, the row that takes a picture home, and their looks."""

import base64
import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

from ipywidgets import (
    HTML,
    Box,
    Button,
    DOMWidget,
    Dropdown,
    FileUpload,
    FloatSlider,
    Label,
    Layout,
    Text,
    ToggleButton,
    VBox,
)

from colornb.color import parse_color

# A person's first choices: skin, hair, cloth, leaves, sky, earth, and the ends of the gray scale.
PALETTE = {
    "porcelain": "#fbe3d0", "peach": "#f4c29f", "tan": "#d99a6c", "brown skin": "#8d5a3b",
    "blond": "#f2d16b", "chestnut": "#7a4a2b", "black hair": "#2b2430",
    "rose": "#f08ba5", "red": "#d62f3d", "orange": "#f08a2c", "yellow": "#ffd84a",
    "lime": "#a5cf4c", "leaf": "#4a9a4d", "pine": "#23604b", "turquoise": "#3fb8af",
    "sky": "#9fd4f5", "blue": "#3b7dd8", "navy": "#27386b", "violet": "#8456b8", "lilac": "#c9a6e4",
    "sand": "#e3cfa4", "earth": "#9c7a55", "white": "#ffffff", "gray": "#9a9a9a",
}  # fmt: skip
LINK_LIMIT = 24_000_000  # bytes of a file that a browser still takes as the address of a link


def set_css_class(widget: DOMWidget, name: str, tooltip: str = "") -> None:
    """Give a widget its class in style.css, and words for those who point at it or cannot see it."""
    widget.add_class(f"colornb-{name}")
    if tooltip and widget.has_trait("tooltip"):  # in ipywidgets 7 only buttons have one
        widget.tooltip = tooltip


def swatch_layout(size: int = 26) -> Layout:
    """The layout that all swatches of a row share: each of them with one of its own would take twice as long."""
    return Layout(width=f"{size}px", height="26px", padding="0", margin="2px", flex="0 0 auto")


def swatch(layout: Layout, on_click: Callable[[], None]) -> Button:
    """A small button to be coloured with `set_swatch`."""
    button = Button(layout=layout)
    set_css_class(button, "swatch")
    button.on_click(lambda _: on_click())
    return button


def set_swatch(button: Button, color: str | None, tooltip: str) -> None:
    """Colour a swatch (None: no colour) and say in words what it does."""
    button.style.button_color, button.tooltip = color, tooltip
    toggle_class(button, "dark", color is not None and _is_dark(color))


def _is_dark(color: str) -> bool:
    red, green, blue = parse_color(color)
    return 0.299 * red + 0.587 * green + 0.114 * blue < 0.55


def toggle_class(button: Button, name: str, on: bool) -> None:
    """Set or remove a class of style.css, sending nothing where it is as it should be."""
    name = f"colornb-{name}"
    if on != (name in button._dom_classes):
        (button.add_class if on else button.remove_class)(name)


class Swatches:
    """A titled row of up to `size` colours; `on_pick(color)` is called with the one clicked."""

    def __init__(self, title: str, size: int, on_pick: Callable[[str], None]) -> None:
        self.colors: tuple[str, ...] = ()
        self._size, self._on_pick, self._layout, self._buttons = size, on_pick, swatch_layout(), list[Button]()
        layout = {"width": "auto", "margin": "0 6px 0 0", "flex": "0 0 auto"}
        self._title = (Label(title, layout=layout),) if title else ()
        self._word = title.lower()
        self.widget = wrap(align_items="center")
        self.show([])

    def show(self, colors: Sequence[str], names: Sequence[str] = ()) -> None:
        """Offer these colours."""
        self.colors = tuple(colors)[: self._size]
        for i in range(len(self._buttons), len(self.colors)):
            self._buttons.append(swatch(self._layout, lambda i=i: self._on_pick(self.colors[i])))
        shown = self._buttons[: len(self.colors)]
        for i, button in enumerate(shown):
            word = names[i] if names else self._word
            set_swatch(button, self.colors[i], f"{word} {self.colors[i]}")
        self.widget.children = (*self._title, *shown) if shown else ()


class SuppressEvents:
    """A context in which the kernel writes into entries, of which those that `observe` them are not told."""

    _is_on = False

    def __enter__(self) -> None:
        self._is_on = True

    def __exit__(self, *_: object) -> None:
        self._is_on = False

    def observe(self, entry: DOMWidget, on_change: Callable[[Any], None]) -> None:
        """Call `on_change(value)` when a user has changed the value of an entry."""
        entry.observe(lambda change: None if self._is_on else on_change(change["new"]), "value")


def wrap(*parts: DOMWidget, **layout: str) -> Box:
    """Parts beside each other, on more than one line where the page is narrow."""
    return Box(parts, layout=Layout(flex_flow="row wrap", **layout))


def spread(*parts: DOMWidget, **layout: str) -> Box:
    """The same, with all the room that is left between them."""
    return wrap(*parts, justify_content="space-between", **layout)


def put(box: Box, *parts: DOMWidget) -> None:
    """Have these parts in a box, sending nothing where they are there."""
    if parts != box.children:
        box.children = parts


def action(text: str, icon: str, tooltip: str, on_click: Callable[[], None]) -> Button:
    """A button with a word, an icon and a sentence that says what it does."""
    button = _button(Button, text, icon, tooltip)
    button.on_click(lambda _: on_click())
    return button


def toggle(text: str, icon: str, tooltip: str, on_change: Callable[[bool], None]) -> ToggleButton:
    """A button that stays pressed; `on_change(pressed)` is told of it."""
    button = _button(ToggleButton, text, icon, tooltip)
    button.observe(lambda change: on_change(change["new"]), "value")
    return button


def _button(button_type: type, text: str, icon: str, tooltip: str) -> Any:
    layout = Layout(width="auto", margin="2px", flex="0 0 auto")
    button = button_type(description=text, icon=icon, tooltip=tooltip, layout=layout)
    set_css_class(button, text.lower().replace(" ", "-") or icon)
    return button


def text_entry(name: str, tooltip: str, width: int, **values: Any) -> Text:
    """A field to write into, `width` pixels wide."""
    entry = Text(layout=Layout(width=f"{width}px", margin="2px"), **values)
    set_css_class(entry, name, tooltip)
    return entry


def choice(text: str, rows: Sequence[tuple[str, Any]]) -> Dropdown:
    """A list to choose from: how each is shown, and its value."""
    entry = Dropdown(
        options=rows, description=text, layout=Layout(width="auto", max_width="96%", margin="2px 2px 2px 8px")
    )
    entry.style.description_width = "auto"
    set_css_class(entry, text.lower().replace(" ", "-"))
    return entry


def uploaded(value: Any) -> list[tuple[str, bytes]]:
    """Names and bytes of the files in a FileUpload: a tuple of rows in ipywidgets 8, a dict by name in 7."""
    rows = [{"name": name, **row} for name, row in value.items()] if isinstance(value, dict) else value
    return [(row["name"], bytes(row["content"])) for row in rows]


def upload_button(
    text: str, tooltip: str, name: str, accept: str, on_upload: Callable[[str, bytes], None]
) -> FileUpload:
    """A button that takes a file from the user's computer, of which `on_upload(name, data)` is told."""
    button = FileUpload(accept=accept, multiple=False, description=text, layout=Layout(width="auto", margin="2px"))
    set_css_class(button, name, tooltip)

    def report(change: dict) -> None:
        for file, data in uploaded(change["new"]):
            # so that the same file can be opened again
            button.set_trait("value", () if isinstance(change["new"], tuple) else {})
            on_upload(file, data)

    button.observe(report, "value")
    return button


def slider(slider_type: type, text: str, tooltip: str, name: str = "", **values: Any) -> Any:
    """A slider of ipywidgets with a text at its left; `name` is its class, by default that text."""
    entry = slider_type(description=text, layout=Layout(width="237px", margin="2px 6px 2px 0"), **values)
    entry.style.description_width = "48px"
    set_css_class(entry, name or text.lower(), tooltip)
    return entry


class ShadingSlider:
    """From flat colours to light and shade as the network paints them; `on_change(shading)` gets what a user sets."""

    def __init__(self, on_change: Callable[[float], None]) -> None:
        self._quiet, words = SuppressEvents(), "How much light and shade a coloured area keeps: 0 is flat"
        scale = {"min": 0.0, "max": 1.0, "step": 0.05, "continuous_update": False}
        self.widget = slider(FloatSlider, "Shades", words, **scale)
        self._quiet.observe(self.widget, on_change)

    def show(self, shading: float) -> None:
        """Show how much it is."""
        with self._quiet:
            self.widget.value = shading


def set_text(html: HTML, text: str, css_class: str, bad: bool = False) -> None:
    """Write one line of plain text; `css_class` is one of style.css."""
    names = f"colornb-{css_class}" + (" colornb-bad" if bad else "") + (" colornb-busy" if text.endswith(" ..") else "")
    live = ' role="status" aria-live="polite"' if css_class == "status" else ""
    html.value = f'<div class="{names}"{live}>{escape(text)}</div>'


# What is said of hints: in bold, beside that, and the colour and the tooltip of each chip. It is HTML without anything
# that a user wrote.
Summary = tuple[str, str, list[tuple[str | None, str]]]


class HintList:
    """The line that says what to do, and below it a numbered chip for each hint; `on_select(number)` gets a click."""

    def __init__(self, on_select: Callable[[int], None]) -> None:
        self._on_select, self._layout, self._chips = on_select, swatch_layout(21), list[Button]()
        self._line = HTML()
        self._row = wrap(margin="0 0 4px 0", min_height="30px", overflow="visible")
        self.widget = VBox((self._line, self._row))

    def show(self, summary: Summary, chosen: int | None, skipped: Collection[int] = ()) -> None:
        """Show what is said of the hints, one of which is chosen; the chips of some are marked as skipped."""
        bold, beside, entries = summary
        ask = f'<span class="colornb-ask">{bold}</span>'
        self._line.value = f'<div role="status" aria-live="polite">{ask}{beside}</div>'
        for number in range(len(self._chips), len(entries)):
            chip = swatch(self._layout, lambda number=number: self._on_select(number))
            chip.description = str(number + 1)
            self._chips.append(chip)
        chips = self._chips[: len(entries)]
        for number, (chip, entry) in enumerate(zip(chips, entries, strict=True)):
            set_swatch(chip, *entry)
            toggle_class(chip, "now", number == chosen)
            toggle_class(chip, "skipped", number in skipped)
        put(self._row, *chips)


class ExportPanel:
    """A row with a file name, Save and Load, a format and a download link, hidden at first.

    `formats` has what may be chosen, and how the names of such files end. `on_save(path)` is to put the picture, or the
    work, into a file, and `on_load(path)` to take the work from one; `on_choose()` is told of another format.
    """

    def __init__(
        self,
        stem: str,
        formats: Mapping[str, str],
        on_save: Callable[[str], None],
        on_load: Callable[[str], None],
        on_choose: Callable[[], None],
    ) -> None:
        words = "File beside the notebook: .png, .jpg, .webp, .tif, .ora (layers) or .json (your work)"
        self.path = text_entry("path", words, 240, continuous_update=False)
        words = "Write the picture, or your work, to this file"
        save = action("Save", "save", words, lambda: on_save(self.path.value.strip()))
        words = "Go on from work that was saved as .json"
        load = action("Load", "folder-open", words, lambda: on_load(self.path.value.strip()))
        self.format = choice("Format", list(formats.items()))
        self.format.observe(lambda _: self._choose(on_choose), "value")
        self.link = HTML(layout=Layout(margin="2px 2px 2px 6px"))
        self._stop_watching: Callable[[], None] = lambda: None
        self.widget = wrap(self.path, save, load, self.format, self.link, align_items="center")
        self.rename(stem)
        self.close()

    @property
    def is_open(self) -> bool:
        """Whether the row is on the page."""
        return self.widget.layout.display != "none"

    @property
    def file(self) -> str:
        """What a download of the chosen format is called."""
        return f"{Path(self.path.value).stem or 'picture'}.{self.format.value.rpartition('.')[2]}"

    def rename(self, stem: str) -> None:
        """Call all files so, but for how their names end."""
        self.path.value = stem + self.format.value

    def open(self) -> None:
        """Show the row, as yet without a link."""
        self.widget.layout.display = "flex"

    def show_link(self, data: bytes, about: str, subscribe: Callable[[Callable[[], None]], Callable[[], None]]) -> None:
        """Show a link to what is so now, until it changes: `subscribe` is that of its store."""
        self._stop_watching()
        self.link.value = _link(data, self.file, about)
        self._stop_watching = subscribe(self.close)

    def close(self) -> None:
        """Hide the row and drop the link, which would soon hold an old picture."""
        self._drop()
        self.widget.layout.display = "none"

    def _drop(self) -> None:
        self._stop_watching()
        self.link.value = ""

    def _choose(self, on_choose: Callable[[], None]) -> None:
        """Name the file for another format, and drop the link to one of the format before."""
        self._drop()
        path = Path(self.path.value)
        stem = path.stem
        for _, ending in self.format.options:
            stem = stem.removesuffix(ending.rpartition(".")[0])
        self.path.value = str(path.parent / f"{stem or 'picture'}{self.format.value}")
        on_choose()


def _link(data: bytes, file: str, about: str) -> str:
    if len(data) > LINK_LIMIT:
        size, most = (f"{number / 1e6:.0f} MB" for number in (len(data), LINK_LIMIT))
        words = f"{file} has {size}, and a link can hold {most}: choose JPG or WebP, or press Save to write it here."
        return f'<span class="colornb-caption">{escape(words)}</span>'
    kind = "image/png" if file.endswith(".png") else "application/octet-stream"
    name, address = escape(file), base64.b64encode(data).decode()
    link = f'<a class="colornb-link" download="{name}" href="data:{kind};base64,{address}"'
    return f'{link} title="Download this file">Download {name}</a> {about}'


class StatusLine:
    """The last line of a widget: what has just been done, or what went wrong."""

    def __init__(self) -> None:
        self.widget = HTML()

    def show(self, text: str, bad: bool = False) -> None:
        """Say this; `bad`: that something went wrong. What ends in " .." is being done, which is seen to go on."""
        set_text(self.widget, text, "status", bad)

    def shows(self, text: str) -> bool:
        """Whether this is what it says."""
        return f">{escape(text)}<" in self.widget.value

    def repeat(self) -> None:
        """Send it once more: a page that was being loaded may have missed it, and shows what was so before."""
        self.widget.send_state("value")

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
