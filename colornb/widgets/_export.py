"""Taking the picture home: to a file beside the notebook, or through the browser where files are out of reach."""

import base64
import os
from collections.abc import Callable
from html import escape
from pathlib import Path

from ipywidgets import HTML, Box, Layout, Text

from colornb.images import save_image, to_uint8
from colornb.types import RGB
from colornb.widgets._canvas import png
from colornb.widgets._controls import action

LINK_LIMIT = 24_000_000  # bytes of PNG that a browser still takes as the address of a link


class Export:
    """A row with a file name, a Save button and a download link; `get_rgb()` gives the picture at its own size.

    `attempt(deed)` runs a deed and shows its error, if any, to the user; `tell(text)` shows a line of text.
    """

    def __init__(
        self,
        name: str,
        get_rgb: Callable[[], RGB],
        attempt: Callable[[Callable], None],
        tell: Callable[[str], None],
    ) -> None:
        self._get_rgb, self._tell = get_rgb, tell
        self.path = Text(
            value=name, placeholder="picture.png", layout=Layout(width="250px", margin="2px")
        )
        self.path.add_class("colornb-path")
        if self.path.has_trait("tooltip"):
            self.path.tooltip = "File to write, beside the notebook: .png, .jpg or .webp"
        self.button = action(
            "Save", "save", "Write the picture to this file", lambda: attempt(self._save)
        )
        self.button.add_class("colornb-save")
        self.link = HTML(layout=Layout(margin="2px 2px 2px 12px"))
        self.widget = Box(
            (self.path, self.button, self.link),
            layout=Layout(flex_flow="row wrap", align_items="center"),
        )
        self.close()

    @property
    def is_open(self) -> bool:
        """Whether the row is on the page."""
        return self.widget.layout.display != "none"

    def open(self) -> None:
        """Show the row, with a link to the picture as it is now."""
        self.link.value = _link(self._get_rgb(), Path(self.path.value).stem or "picture")
        self.widget.layout.display = "flex"

    def close(self) -> None:
        """Hide the row and drop the link, which would soon hold an old picture."""
        self.widget.layout.display = "none"
        self.link.value = ""

    def save(self, path: str | os.PathLike) -> Path:
        """Write the picture at its own size. Raises ImageError."""
        return save_image(self._get_rgb(), path)

    def _save(self) -> None:
        path = self.save(self.path.value.strip())
        height, width = self._get_rgb().shape[-2:]
        self._tell(f"Saved {path} ({width} x {height}).")


def _link(rgb: RGB, stem: str) -> str:
    data = png(to_uint8(rgb))
    if len(data) > LINK_LIMIT:
        return "Too large to download from here: save it to a file."
    name, address = escape(f"{stem}.png", quote=True), base64.b64encode(data).decode()
    title = "Download through the browser, at the picture's own size"
    return (
        f'<a class="colornb-link" download="{name}" title="{title}" href="data:image/png;base64,{address}">'
        f"Download {name}</a> ({rgb.shape[-1]} x {rgb.shape[-2]})"
    )
