"""Bringing a picture in: by upload, dropped on the page, by path, or one that was worked on before."""

import base64
from collections.abc import Callable, Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

from ipywidgets import HTML, Dropdown, HBox, Layout
from torch import Tensor

from colornb.images import size_of
from colornb.types import RGB
from colornb.widgets._view.controls import (
    SuppressEvents,
    action,
    choice,
    put,
    set_css_class,
    text_entry,
    toggle,
    upload_button,
    wrap,
)

OnOpen = Callable[[Any, str], None]
Name = str | tuple[str, str]  # or how it is shown, and the name
Choices = Mapping[str, tuple[Sequence[Name], Callable[[str], None]]]
# Of a picture that was worked on: what finds it, its name, a line about it, and how it looks, as PNG.
Row = tuple[str, str, str, bytes]
# Browsers give dropped files to a page, not to a kernel. FileUpload keeps an input outside of the page, which only a
# click on its button reaches: for the time of that click, opening a dialogue means taking the files that were dropped.
ZONE = Path(__file__).with_name("drop.html").read_text(encoding="utf-8").strip()


class OpenBar:
    """The row that opens pictures and chooses the model, and what kind of picture it sees.

    `on_open(source, name)` gets a path, or the bytes of a file that was uploaded. `choices` has by its title what there
    is to choose from, and what gets the name that was chosen. `catch_errors(action)` is an action that shows the user
    its error, if any.
    """

    def __init__(self, on_open: OnOpen, choices: Choices, catch_errors: Callable[..., Callable]) -> None:
        self._on_open, self._quiet = on_open, SuppressEvents()
        words = "Open a picture of this computer, or work that was saved as .json; larger ones than 10 MB by their path"
        on_upload = catch_errors(lambda name, data: on_open(data, name))
        self.upload = upload_button("Upload", words, "upload", "image/*,.ora,.json", on_upload)
        words = "A picture beside the notebook, or anywhere on its machine; or a folder of pictures"
        self.path = text_entry("open-path", words, 146, placeholder="or a path, Enter", continuous_update=False)
        self.path.observe(catch_errors(lambda change: self._open_path(change["new"].strip())), "value")
        self._choices = [self._choice(title, names, catch_errors(act)) for title, (names, act) in choices.items()]
        ways = (self.upload, HTML(ZONE), self.path, *self._choices)
        self.widget = wrap(*ways, align_items="center", margin="0 0 6px 0", overflow="visible")
        set_css_class(self.widget, "opening")

    def show(self, *names: str) -> None:
        """Show what is chosen."""
        with self._quiet:
            for entry, name in zip(self._choices, names, strict=True):
                if name not in [known for _, known in entry.options]:
                    entry.options = (*entry.options, (name, name))
                entry.value = name

    def _choice(self, text: str, names: Sequence[Name], on_choose: Callable[[str], None]) -> Dropdown:
        rows = tuple((name, name) if isinstance(name, str) else name for name in names)
        entry = choice(text, rows)
        self._quiet.observe(entry, on_choose)
        return entry

    def _open_path(self, path: str) -> None:
        if path:
            self._on_open(path, path)
            self.path.value = ""  # so that the same path can be opened again


class RecentPictures:
    """A button that shows, in a row below it, the pictures that were worked on, each with a button that opens it.

    `on_list()` gives the rows whenever they are shown, and `on_open(key)` gets the first entry of the one that was
    chosen.
    """

    def __init__(
        self, on_list: Callable[[], Sequence[Row]], on_open: Callable[[str], None], catch_errors: Callable
    ) -> None:
        self._on_list, self._on_open, self._catch_errors = on_list, on_open, catch_errors
        words = "Pictures that you have worked on, with what you did"
        self.button = toggle("Recent", "history", words, catch_errors(self._turn))
        self.widget = wrap()
        set_css_class(self.widget, "recent")

    def _turn(self, on: bool) -> None:
        put(self.widget, *(map(self._card, self._on_list()) if on else ()))

    def _card(self, row: Row) -> HBox:
        key, name, about, looks = row
        image = f'<img alt="" src="data:image/png;base64,{base64.b64encode(looks).decode()}"/>'
        text = f'{image}<div><b>{escape(name)}</b><br><span class="colornb-sub">{escape(about)}</span></div>'
        open_ = action("Open", "folder-open", f"Open {name}", self._catch_errors(lambda: self._open(key)))
        return HBox((HTML(f'<div class="colornb-card">{text}</div>'), open_), layout=Layout(align_items="center"))

    def _open(self, key: str) -> None:
        self._on_open(key)
        self.button.value = False


def sizes(source: Any, image: RGB) -> str:
    """The size of a picture: "600 × 400", and from what it was shrunk while it was read."""
    now = tuple(image.shape[-2:])
    before = now if isinstance(source, Tensor) else size_of(source)
    text = f"{now[1]} × {now[0]}"
    return text if max(before) <= max(now) else f"{before[1]} × {before[0]}, read as {text}"
