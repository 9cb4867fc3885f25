"""What is asked for before a folder of pictures is painted, and what became of it."""

from collections.abc import Callable, Mapping
from html import escape
from pathlib import Path

from ipywidgets import HTML, DOMWidget, Label, VBox

from colornb.widgets._view.controls import StatusLine, action, choice, put, set_css_class, text_entry, toggle, wrap

ABOUT = "Paints every picture in the folder, with the palette and the tones of this one. Keep the page open meanwhile."


class FolderRow:
    """A button that shows, in a row below it, which folder is painted, into which one, as what, and by which model.

    `on_paint()` is to paint it, and `propose(folder)` says where to. `formats` has the endings of files by their names.
    """

    def __init__(self, formats: Mapping[str, str], propose: Callable[[str], str], on_paint: Callable[[], None]) -> None:
        self._propose, self.status = propose, StatusLine()
        on = self.status.catch_errors
        self.button = toggle("Folder", "folder", "Paint all pictures of a folder", self._turn)
        words = "Folder with the pictures, on the machine of the notebook"
        self.source = text_entry("folder-from", words, 190, placeholder="folder of pictures", continuous_update=False)
        words = "Folder for what is painted; what this has painted there before is not painted again"
        self.out = text_entry("folder-to", words, 190, placeholder="into this folder", continuous_update=False)
        self.source.observe(on(lambda change: self._fill(change["old"], change["new"])), "value")
        self.format = choice("Save as", list(formats.items()))
        self.has_model = choice("By", [("the model for each kind", False), ("the model chosen above", True)])
        paint = action("Paint all", "play", "Paint all pictures that are not painted yet", on(on_paint))
        caption = HTML(f'<span class="colornb-caption">{ABOUT}</span>')
        self._failed = HTML()
        parts = Label("Pictures in"), self.source, Label("into"), self.out, self.format, self.has_model, paint
        self._row = wrap(*parts, align_items="center")
        self._parts = self._row, caption, self.status.widget, self._failed
        self.widget = VBox()
        set_css_class(self.widget, "folder-row")

    def add(self, part: DOMWidget) -> None:
        """Have one more part at the end of the row."""
        self._row.children += (part,)

    def open(self, folder: str) -> None:
        """Show the row, with a folder."""
        self.button.value, self.source.value = True, folder

    def show_failed(self, failed: Mapping[Path, str]) -> None:
        """List what could not be painted, and why."""
        lines = [why if path.name in why else f"{path.name}: {why}" for path, why in failed.items()]
        rows = "".join(f"<li>{escape(text)}</li>" for text in lines)
        self._failed.value = f'<ul class="colornb-failed">{rows}</ul>' if rows else ""

    def _turn(self, on: bool) -> None:
        put(self.widget, *(self._parts if on else ()))

    def _fill(self, before: str, folder: str) -> None:
        """Propose where to, unless somebody has said it."""
        if self.out.value in ("", self._propose(before)):
            self.out.value = self._propose(folder)
