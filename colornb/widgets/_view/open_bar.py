"""Bringing a picture in: by upload, dropped on the page, or from a file beside the notebook."""

from collections.abc import Callable, Sequence
from typing import Any

from ipywidgets import HTML, Box, Dropdown, FileUpload, Layout, Text
from torch import Tensor

from colornb.images import size_of
from colornb.types import RGB
from colornb.widgets._view.controls import SuppressEvents, set_css_class

# Browsers give dropped files to a page, not to a kernel. FileUpload keeps an input outside of the page, which only a
# click on its button reaches: for the time of that click, opening a dialogue means taking the files that were dropped.
DROP = """
event.preventDefault(); this.style.outline = '';
const files = event.dataTransfer.files, input = HTMLInputElement.prototype, click = input.click;
input.click = function () { this.files = files; this.dispatchEvent(new Event('change')); };
try { if (files.length) this.closest('.colornb-opening').querySelector('.colornb-upload').click(); }
finally { input.click = click; }
""".replace("\n", " ").strip()
ZONE = (
    '<div class="colornb-drop" ondragover="event.preventDefault(); this.style.outline = \'2px solid #1a73e8\'" '
    f'ondragleave="this.style.outline = \'\'" ondrop="{DROP}">or drop one here</div>'
)


class OpenBar:
    """The row that opens pictures and chooses the model, and what kind of picture it sees.

    `on_open(source, name)` gets a path, or the bytes of a file that was uploaded; `on_model(name)` and `on_kind(name)`
    what was chosen; `catch_errors(action)` is an action that shows the user its error, if any.
    """

    def __init__(
        self,
        models: Sequence[str],
        kinds: Sequence[str],
        on_open: Callable[[Any, str], None],
        on_model: Callable[[str], None],
        on_kind: Callable[[str], None],
        catch_errors: Callable[[Callable], Callable],
    ) -> None:
        self._on_open, self._quiet = on_open, SuppressEvents()
        layout = Layout(width="auto", margin="2px")
        self.upload = FileUpload(accept="image/*", multiple=False, description="Upload", layout=layout)
        set_css_class(self.upload, "upload", "Open a picture of this computer; larger ones than 10 MB by their path")
        self.upload.observe(catch_errors(self._uploaded), "value")
        self.path = Text(
            placeholder="or a path, Enter", continuous_update=False, layout=Layout(width="146px", margin="2px")
        )
        set_css_class(self.path, "open-path", "A picture beside the notebook, or anywhere on its machine")
        self.path.observe(catch_errors(lambda change: self._open_path(change["new"].strip())), "value")
        self.model = self._choice("Model", models, on_model, catch_errors)
        self.kind = self._choice("Seen as", kinds, on_kind, catch_errors)
        layout = Layout(flex_flow="row wrap", align_items="center", margin="0 0 6px 0", overflow="visible")
        ways = (self.upload, HTML(ZONE), self.path, self.model, self.kind)
        self.widget = Box(ways, layout=layout)
        set_css_class(self.widget, "opening")

    def show(self, model: str, kind: str) -> None:
        """Show which model paints, and what it takes the picture for."""
        with self._quiet:
            self.model.value, self.kind.value = model, kind

    def _choice(
        self,
        text: str,
        names: Sequence[str],
        on_choose: Callable[[str], None],
        catch_errors: Callable[[Callable], Callable],
    ) -> Dropdown:
        choice = Dropdown(options=tuple(names), description=text, layout=Layout(width="auto", margin="2px 2px 2px 8px"))
        choice.style.description_width = "auto"
        set_css_class(choice, text.lower().replace(" ", "-"))
        choice.observe(catch_errors(lambda change: None if self._quiet.is_on else on_choose(change["new"])), "value")
        return choice

    def _open_path(self, path: str) -> None:
        if path:
            self._on_open(path, path)
            self.path.value = ""  # so that the same path can be opened again

    def _uploaded(self, change: dict) -> None:
        for name, data in uploaded(change["new"]):
            # so that the same file can be uploaded again
            self.upload.set_trait("value", () if isinstance(change["new"], tuple) else {})
            self._on_open(data, name)


def uploaded(value: Any) -> list[tuple[str, bytes]]:
    """Names and bytes of the files in a FileUpload: a tuple of rows in ipywidgets 8, a dict by name in 7."""
    rows = [{"name": name, **row} for name, row in value.items()] if isinstance(value, dict) else value
    return [(row["name"], bytes(row["content"])) for row in rows]


def sizes(source: Any, image: RGB) -> str:
    """The size of a picture: "600 × 400", and from what it was shrunk while it was read."""
    now = tuple(image.shape[-2:])
    before = now if isinstance(source, Tensor) else size_of(source)
    text = f"{now[1]} × {now[0]}"
    return text if max(before) <= max(now) else f"{before[1]} × {before[0]}, read as {text}"
