"""What pads and the studio have in common: documents with a history, the picture of the present one, and files."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from ipywidgets import Button, DOMWidget

from colornb.images import save_image
from colornb.openraster import SUFFIX, save_painting, save_text
from colornb.types import RGB
from colornb.widgets._model.session_file import read_session
from colornb.widgets._model.store import Store
from colornb.widgets._view.controls import ExportPanel, StatusLine, action
from colornb.widgets._view.static_display import StaticDisplay, close_all
from colornb.writing import SUFFIXES, check_place

WORK = ".json"
FORMATS = {  # what is taken home, and how the names of such files end
    "PNG": ".png",
    "JPG": ".jpg",
    "WebP": ".webp",
    "TIFF": ".tif",
    "OpenRaster (layers)": SUFFIX,
    "Your work (.json)": WORK,
}


class Editor(StaticDisplay):
    """Documents with their history, the picture painted for the present one, and the ways to take both home.

    `scene`, the picture as the model sees it, is there before this is called. `_to_dict` tells the work, but for where
    it comes from. What `is_part` of another editor has no row of its own for files.
    """

    scene: Any
    formats = FORMATS

    def __init__(self, store: Store, name: str, is_part: bool = False) -> None:
        self.store, self.status, self._is_part = store, StatusLine(), is_part
        on = self.status.catch_errors
        self.export = ExportPanel(name, self.formats, on(self._save_to), on(self._load_from), on(self._choose_format))
        parts = self._parts()
        if not is_part and self.export.widget not in parts:
            parts.append(self.export.widget)
        super().__init__(parts, self.status.widget)

    def share_status(self, status: StatusLine) -> None:
        """Say all in the line of another editor, of which this one is a part."""
        own = self.status.widget
        self.children, self.status.widget = tuple(part for part in self.children if part is not own), status.widget
        close_all(own)

    def _parts(self) -> list[DOMWidget]:
        raise NotImplementedError

    def _to_dict(self) -> dict:
        raise NotImplementedError

    @property
    def rgb(self) -> RGB:
        """The painted picture at its own size, (1, 3, H, W) sRGB in [0, 1]."""
        return self.scene.predict(self.store.document.hints)

    @property
    def state(self) -> dict:
        """The work so far, JSON-able: a hint file (`colornb.hints.to_json`) that tells more; may be set."""
        return self._to_dict() | self.scene.origin | self.store.document.manner(self.scene.is_drawing)

    @state.setter
    def state(self, state: dict) -> None:
        self.load_state(state)

    def load_state(self, state: dict) -> None:
        """Go on from a `state`; `undo` takes it back. Raises ValueError, and keeps the work then."""
        note = self._take_state(state)
        if note:
            self.status.show(note)

    def _take_state(self, state: dict) -> str:
        """Commit what a session holds; tell what to know of it. Raises ValueError, and commits nothing then."""
        raise NotImplementedError

    def load(self, path: str | os.PathLike) -> None:
        """Go on from work that was saved as .json; `undo` takes it back. Raises ValueError, and keeps the work then."""
        self.load_state(read_session(path))

    def save(self, path: str | os.PathLike) -> Path:
        """Write the painted picture at its own size, .png, .jpg, .webp, .tif, or .ora with all layers; or work, .json.

        A picture keeps what its file held, see `save_image`. The work is for `load`, and for `python -m colornb
        colorize --hints`, which writes the same picture from it. Raises ImageError where nothing can be written.
        """
        path, metadata = check_place(path, (*SUFFIXES, SUFFIX, WORK)), self.scene.picture.metadata
        suffix = path.suffix.lower()
        if suffix == WORK:
            return save_text(json.dumps(self.state, indent=1), path)
        if suffix == SUFFIX:
            hints = self.store.document.hints
            return self.scene.ask(lambda colorizer: save_painting(colorizer, hints, path, metadata))
        return save_image(self.rgb, path, metadata)

    def _save_to(self, path: str) -> None:
        self.status.show(f"Saving {path} ..")
        self._say_saved(self.save(path))

    def _say_saved(self, saved: Path) -> None:
        is_work, size = saved.suffix.lower() == WORK, f" {self._size}" if self._is_painting else ""
        self.status.show(f"Saved your work to {saved}." if is_work else f"Saved {saved}{size}.")

    def _load_from(self, source: str | bytes, name: str = "") -> None:
        note = self._take_state(read_session(source, name))
        self.status.show(f"Restored your work from {name or source}. Undo takes it back. {note}".rstrip())

    def _export_button(self, tooltip: str = "Save or download the picture at its own size") -> Button:
        button = self._button("Export", "download", tooltip, self._turn_export)
        button.layout.display = "none" if self._is_part else ""
        return button

    def _turn_export(self) -> None:
        if self.export.is_open:
            self.export.close()
        else:
            self.export.open()
            self._prepare()

    def _choose_format(self) -> None:
        if self.export.is_open:
            self._prepare()

    def _prepare(self) -> None:
        """Make what the link leads to."""
        self.status.show("Preparing the download ..")
        self._show_link(self._pack())
        self.status.show("")

    def _show_link(self, data: bytes) -> None:
        size = self._size if self._is_painting and self.export.format.value != WORK else ""
        self.export.show_link(data, size, self.store.subscribe)

    def _pack(self) -> bytes:
        """The file of the chosen format: to the byte what Save writes."""
        with TemporaryDirectory() as folder:
            return self._write(Path(folder) / f"picture.{self.export.file.rpartition('.')[2]}").read_bytes()

    def _write(self, path: Path) -> Path:
        """Write a file of the chosen format. Raises ValueError."""
        return self.save(path)

    @property
    def _is_painting(self) -> bool:
        """Whether the chosen format is of the painting itself, and not of something that is made from it."""
        return self.export.format.value.startswith(".")

    @property
    def _size(self) -> str:
        height, width = self.scene.picture.size
        return f"({width} × {height})"

    def _button(self, text: str, icon: str, tooltip: str, on_click: Callable[[], None]) -> Button:
        return action(text, icon, tooltip, self.status.catch_errors(on_click))

    def on_change(self, callback: Callable[[], None]) -> None:
        """Call `callback()` whenever the hints have changed, before the picture is painted for them."""
        self.store.on_change(callback)

    def undo(self) -> None:
        """Take back the last change."""
        self.store.undo()

    def redo(self) -> None:
        """Do again what was taken back last."""
        self.store.redo()
