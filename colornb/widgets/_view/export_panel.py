"""Taking the picture home: to a file beside the notebook, or through the browser."""

import base64
import os
from collections.abc import Callable
from html import escape
from pathlib import Path

from ipywidgets import HTML, Box, Layout, Text

from colornb.images import to_uint8
from colornb.types import RGB
from colornb.widgets._view.controls import StatusLine, action, set_css_class
from colornb.widgets._view.overlays import png

LINK_LIMIT = 24_000_000  # bytes of PNG that a browser still takes as the address of a link


class ExportPanel:
    """A row with a file name, a Save button and a download link, hidden at first.

    `get_rgb()` gives the picture at its own size; `write(path)` puts it, or the work, into a file, and `read(path)`
    takes the work from one; `watch(callback)` calls back at the next change of the picture until what it returns is
    called; `status` shows what was done, and what went wrong.
    """

    def __init__(
        self,
        name: str,
        get_rgb: Callable[[], RGB],
        write: Callable[[str | os.PathLike], Path],
        read: Callable[[str | os.PathLike], None],
        watch: Callable[[Callable[[], None]], Callable[[], None]],
        status: StatusLine,
    ) -> None:
        self._get_rgb, self._status = get_rgb, status
        self._watch, self._stop_watching = watch, None
        self._write, self._read = write, read
        self.path = Text(value=name, layout=Layout(width="240px", margin="2px"))
        words = "File beside the notebook: .png, .jpg, .webp, .ora (layers) or .json (your work)"
        set_css_class(self.path, "path", words)
        save = action("Save", "save", "Write the picture, or your work, to this file", status.catch_errors(self._save))
        load = action("Load", "folder-open", "Go on from work that was saved as .json", status.catch_errors(self._load))
        self.link = HTML(layout=Layout(margin="2px 2px 2px 12px"))
        layout = Layout(flex_flow="row wrap", align_items="center")
        self.widget = Box((self.path, save, load, self.link), layout=layout)
        self.close()

    @property
    def is_open(self) -> bool:
        """Whether the row is on the page."""
        return self.widget.layout.display != "none"

    def open(self) -> None:
        """Show the row, with a link to the picture as it is now."""
        self.link.value = _link(self._get_rgb(), Path(self.path.value).stem or "picture")
        self.widget.layout.display = "flex"
        self._stop_watching = self._watch(self.close)

    def close(self) -> None:
        """Hide the row and drop the link, which would soon hold an old picture."""
        if self._stop_watching is not None:
            self._stop_watching()
            self._stop_watching = None
        self.widget.layout.display = "none"
        self.link.value = ""

    def turn(self) -> None:
        """Show the row, or hide it."""
        self.close() if self.is_open else self.open()

    def _save(self) -> None:
        path = self._write(self.path.value.strip())
        if path.suffix.lower() == ".json":
            self._status.show(f"Saved your work to {path}.")
            return
        height, width = self._get_rgb().shape[-2:]
        self._status.show(f"Saved {path} ({width} × {height}).")

    def _load(self) -> None:
        path = self.path.value.strip()
        self._read(path)
        self._status.show(f"Went on from {path}; Undo takes it back.")


def _link(rgb: RGB, stem: str) -> str:
    data = png(to_uint8(rgb), effort=1)
    if len(data) > LINK_LIMIT:
        return "Too large to download from here: save it to a file."
    name, address = escape(f"{stem}.png"), base64.b64encode(data).decode()
    return (
        f'<a class="colornb-link" download="{name}" href="data:image/png;base64,{address}" '
        f'title="Download the picture at its own size">Download {name}</a> '
        f"({rgb.shape[-1]} × {rgb.shape[-2]})"
    )
