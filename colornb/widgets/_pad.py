"""What every pad is: two pictures, undo, painting a moment after a change, export, and a page without a kernel."""

import json
import os
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from ipywidgets import Box, Button, DOMWidget, Layout, VBox
from torch import Tensor

from colornb.color import hex_color
from colornb.figures import Figure
from colornb.hints import Hint
from colornb.images import load_image, resize, save_image, to_uint8
from colornb.openraster import SUFFIX, save_painting, save_text
from colornb.types import RGB
from colornb.widgets._model.picture import Picture
from colornb.widgets._model.session_file import check_origin
from colornb.widgets._model.store import Document, Store
from colornb.widgets._renderer import BackgroundRenderer, Debouncer, RenderJob, Scene, Show
from colornb.widgets._view.canvas import LayerCanvas, Viewport, ZoomBar, captioned
from colornb.widgets._view.color_picker import ColorPicker
from colornb.widgets._view.controls import StatusLine, action
from colornb.widgets._view.export_panel import ExportPanel
from colornb.widgets._view.overlays import alpha_composite, draw_points, draw_region_colors, draw_scribbles, to_rgba
from colornb.widgets._view.static_display import StaticDisplay, panels

MAX_DIRECT = 1_500_000  # pixels; a larger picture is shown at the network's size and painted in full for export
DEBOUNCE_SECONDS = 0.02  # for a newer change to arrive before the model is asked
KEEP_DELAY = 1.0  # seconds without a change after which the pictures are kept for pages without a kernel
WORK = ".json"
PAINTING = "Painting .."


class Pad(StaticDisplay):
    """A picture that waits for colour at the left, the painted one at the right, and the ways to a colour.

    `scene` is the picture as the model sees it, and `tool` the kind of hint that is given here. `store` is that of a
    studio, whose pads share one; without it the pad has its own, which begins with `given`, fields of the document.

    A pad lays itself out in `_parts`, shows its document at once in `_show`, and in `show_advice`, after the picture
    has been painted, what else the model knows.
    """

    color_picker: ColorPicker

    def __init__(self, scene: Scene, tool: str, store: Store | None, name: str, **given: Any) -> None:
        self.scene, self.tool, self._is_shared = scene, tool, store is not None
        self.store = store or Store(Document(scene.picture, scene.kind, "", (tool,), tool, **given))
        self.status = StatusLine()
        self._painted: tuple[Hint, ...] | None = None  # the hints of the picture on the right
        self._advice: tuple[Any, list[str]] = (None, [])  # the last suggestions, and what they are for
        self._has_started = False
        self._subscriptions: list[Callable[[], None]] = []
        self.renderer = BackgroundRenderer(DEBOUNCE_SECONDS, self.prepare_render, self.status.catch_errors)
        self._keeper = Debouncer(KEEP_DELAY, self.keep_pixels)
        self.left, self.right = LayerCanvas(*scene.size), LayerCanvas(*scene.size)
        self.export = ExportPanel(name, lambda: self.rgb, self.save, self.load, self.store.subscribe, self.status)
        parts = [*self._parts(), *([] if self._is_shared else [self.export.widget])]
        super().__init__(parts, self.status)
        self._show()
        self.prepare_render()()()
        if not self._is_shared:
            self.attach()

    @property
    def document(self) -> Document:
        """What is shown: all that has been decided."""
        return self.store.document

    @property
    def rgb(self) -> RGB:
        """The painted picture at its own size, (1, 3, H, W) sRGB in [0, 1]."""
        return self.scene.predict(self.document.hints)

    @property
    def painted_pixels(self) -> np.ndarray:
        """The painted picture as it is on the canvas, (h, w, 4) RGBA uint8."""
        return self.right.pixels["picture"]

    @property
    def viewport(self) -> Viewport:
        """Which part of the pictures is on show."""
        return self.left.viewport

    def on_change(self, callback: Callable[[], None]) -> None:
        """Call `callback()` whenever the hints have changed, before the picture is painted for them."""
        self.store.on_change(callback)

    def undo(self) -> None:
        """Take back the last change of the hints."""
        self.store.undo()

    def redo(self) -> None:
        """Do again what was taken back last."""
        self.store.redo()

    def save(self, path: str | os.PathLike) -> Path:
        """Write the painted picture at its own size, .png, .jpg, .webp, or .ora with all layers; or the work, .json.

        The latter is for `load`, and for `python -m colornb colorize --hints`, which paints the same picture from it.
        Raises ImageError where nothing can be written.
        """
        if Path(path).suffix.lower() == WORK:
            return save_text(json.dumps(self.state, indent=1), path)
        if Path(path).suffix.lower() == SUFFIX:
            return self.scene.ask(lambda colorizer: save_painting(colorizer, self.document.hints, path))
        return save_image(self.rgb, path)

    def figure(self) -> Figure:
        """The pad as a picture."""
        self.flush()
        return panels(self._panels(), self.scene.size)

    def attach(self) -> None:
        """Follow the store from now on, and show what is so."""
        self.detach()
        subscribe = self.store.subscribe
        self._subscriptions = [subscribe(self.refresh), subscribe(self._render, late=True)]
        self.refresh()
        self._render()

    def detach(self) -> None:
        """Follow the store no longer: another pad is on the page."""
        self.renderer.stop()
        self._keeper.cancel()
        for end in self._subscriptions:
            end()
        self._subscriptions = []

    def refresh(self) -> None:
        """Show the document as it is now; painting begins beside that, where an event loop runs."""
        self._has_started = self.renderer.start()
        self._show()
        self.status.show("" if self._is_painted() else PAINTING)

    def look(self, viewport: Viewport) -> None:
        """Show this part of both pictures."""
        for canvas in (self.left, self.right):
            canvas.look(viewport)
        self._zoom.show()

    def flush(self) -> None:
        """Return when all that was asked for is painted and shown."""
        self.renderer.flush()

    def keep_pixels(self) -> None:
        """Keep the pixels on show for a page without a kernel."""
        self.left.keep()
        self.right.keep()

    # What a pad fills in. (No abstract base class: its metaclass and that of widgets do not mix.)

    def _parts(self) -> list[DOMWidget]:
        raise NotImplementedError

    def _show(self) -> None:
        raise NotImplementedError

    def query_model(self, document: Document) -> None:
        """Ask the model, beside the event loop, for what `show_advice` is going to show; nothing by default."""

    def show_advice(self) -> None:
        """Show what else the model knows, now that the picture is painted."""
        raise NotImplementedError

    def _panels(self) -> dict[str, np.ndarray]:
        raise NotImplementedError

    # How it is laid out.

    def _pictures(self, left: str, right: str) -> VBox:
        layout = Layout(flex_flow="row wrap", justify_content="space-between")
        pictures = Box((captioned(left, self.left), captioned(right, self.right)), layout=layout)
        look = self.status.catch_errors(self.look)
        for canvas in (self.left, self.right):
            canvas.on_view(look)
        self._zoom = ZoomBar(lambda: self.viewport, look, self.status.catch_errors(self._grab))
        return VBox((pictures, self._zoom.widget))

    def _grab(self, on: bool) -> None:
        self.left.pans = self.right.pans = on

    def _drops_color(self, canvas: LayerCanvas, x: float, y: float) -> bool:
        """Whether a click was meant to take a colour from a picture, which is picked then."""
        if not self.color_picker.is_dropping:
            return False
        self.color_picker.drop(self._color_at(canvas, x, y))
        return True

    def _color_at(self, canvas: LayerCanvas, x: float, y: float) -> str:
        height, width = self.scene.size
        pixel = canvas.pixels["picture"][min(height - 1, int(y * height)), min(width - 1, int(x * width))]
        return hex_color((pixel[:3] / 255).tolist())

    def _button(self, text: str, icon: str, tooltip: str, on_click: Callable[[], None]) -> Button:
        return action(text, icon, tooltip, self.status.catch_errors(on_click))

    def _history_buttons(self, changes: str) -> tuple[Button, Button]:
        self._undo = self._button("Undo", "undo", f"Take back the last {changes}", self.undo)
        self._redo = self._button("Redo", "repeat", "Do again what was taken back", self.redo)
        return self._undo, self._redo

    def _export_button(self) -> Button:
        button = self._button("Export", "download", "Save or download the picture at its own size", self.export.turn)
        button.layout.display = "none" if self._is_shared else ""
        return button

    def _show_history(self) -> None:
        history = self.store.history
        self._undo.disabled, self._redo.disabled = not history.can_undo, not history.can_redo

    # How the hints of other tools are seen.

    def _backdrop(self) -> np.ndarray:
        return draw_backdrop(self.scene, self.document, self.store.layers)

    def _with_marks(self, pixels: np.ndarray, tools: Sequence[str]) -> np.ndarray:
        return add_marks(pixels, self.document, self.store.layers & set(tools))

    def _own_marks(self, marks: np.ndarray) -> np.ndarray:
        """The marks of this tool, unless its layer is hidden."""
        return marks if self.tool in self.store.layers else np.zeros_like(marks)

    # How a change reaches the page: what is asked at once, what the model answers a moment later.

    def _commit(self, **values: Any) -> None:
        """Commit the present document with these fields changed."""
        self.store.commit(replace(self.document, **values))

    def _replace(self, **values: Any) -> None:
        """The same without a step: another thing is chosen, nothing is decided."""
        self.store.replace(replace(self.document, **values))

    def _load(self, state: dict, hints: Sequence[Hint], commit: Callable[[], None]) -> None:
        """Commit what a session holds, if it speaks of this network's regions; tell if another network made it."""
        note = check_origin(state, self.scene.origin, hints)
        commit()
        if note:
            self.status.show(note)

    def _render(self) -> None:
        if not self._has_started:
            self.renderer.schedule()

    def prepare_render(self) -> RenderJob:
        """What is to be painted now: work for another thread, and what then shows its result."""
        start, document, is_painted = time.perf_counter(), self.document, self._is_painted()
        hints, threads = document.hints, torch.get_num_threads()

        def work() -> Show:
            if torch.get_num_threads() != threads:  # a thread begins with the number that the environment says
                torch.set_num_threads(threads)
            picture = None if is_painted else self._paint(hints)
            self.query_model(document)
            return lambda: self.on_rendered(document, picture, start)

        return work

    def _paint(self, hints: tuple[Hint, ...]) -> tuple[np.ndarray, np.ndarray]:
        """The picture for these hints as it goes on the canvas, and in detail."""
        height, width = self.scene.image.shape[-2:]
        rgb = self.scene.predict(hints) if height * width <= MAX_DIRECT else self.scene.preview(hints)
        return to_rgba(to_uint8(resize(rgb, self.scene.size))), to_rgba(to_uint8(rgb))

    def on_rendered(self, document: Document, picture: tuple[np.ndarray, np.ndarray] | None, start: float) -> None:
        """Show what was painted for a document, if anything, and what the model advises, if it is still the latest."""
        if picture is not None:
            self.right.show("picture", *picture)
            self._painted = document.hints
        if document != self.document:  # the next result is on its way
            return
        if picture is not None and self.status.shows(PAINTING):  # else something was said since, not to be wiped away
            self.status.show(f"Painted in {time.perf_counter() - start:.2f} s.")
        self.show_advice()
        if self.is_on_page:
            self._keeper.schedule()

    def _is_painted(self) -> bool:
        return self._painted == self.document.hints


def draw_backdrop(scene: Scene, document: Document, layers: Collection[str]) -> np.ndarray:
    """The lines, and below them the colours of the regions, as far as these layers are on show: RGBA uint8."""
    sketch, regions = scene.sketch if "lines" in layers else np.ones_like(scene.sketch), document.regions
    if regions is None:
        return to_rgba(np.dstack([np.rint(255 * sketch).astype(np.uint8)] * 3))
    colors = [regions.color(group) if "region" in layers else None for group in regions.groups]
    return draw_region_colors(sketch, scene.number_groups(regions.groups), colors)


def add_marks(pixels: np.ndarray, document: Document, layers: Collection[str]) -> np.ndarray:
    """Opaque pixels with the points and scribbles of these layers upon them, none of them chosen: RGBA uint8."""
    shown, size = [tool for tool in document.tools if tool in layers], pixels.shape[:2]
    marks = np.zeros((*size, 4), np.uint8)
    if "point" in shown and document.points.hints:
        marks = draw_points(*size, document.points.hints)
    if "edge" in shown and document.scribbles.hints:
        scribbles = draw_scribbles(*size, document.scribbles.hints)
        marks = np.where(scribbles[..., 3:] > 0, scribbles, marks)
    return alpha_composite(pixels, marks) if marks.any() else pixels


def open_scene(colorizer: Any, picture: Any, kind: str) -> Scene:
    """The scene of a picture: anything `load_image` takes, a tensor, or None for the one that a colorizer has.

    A `Scene` in the place of the colorizer is taken as it is.
    """
    if isinstance(colorizer, Scene):
        return colorizer
    if picture is None:
        return Scene(colorizer, Picture(colorizer.image, "picture"), kind)
    image = picture if isinstance(picture, Tensor) else load_image(picture)
    name = Path(picture).stem if isinstance(picture, str | os.PathLike) else "picture"
    # A picture that is given is looked at anew: its kind may be another one now.
    colorizer.set_image(image, kind=kind)
    return Scene(colorizer, Picture(image, name), kind)


def file_name(picture: Any) -> str:
    """What to call the painted picture."""
    named = isinstance(picture, str | os.PathLike)
    return f"{Path(picture).stem}_painted.png" if named else "painted.png"
