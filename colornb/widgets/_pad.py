"""What every pad is: two pictures, painted a moment after a change; and what it shares with the studio: an `Editor`."""

import json
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from ipywidgets import Button, DOMWidget, VBox

from colornb.hints import Hint
from colornb.images import resize, save_image, to_uint8
from colornb.openraster import SUFFIX, save_painting, save_text
from colornb.types import RGB
from colornb.widgets._model.session_file import read_session, read_shading
from colornb.widgets._model.store import FIELDS, Document, Store, read_manner
from colornb.widgets._renderer import BackgroundRenderer, Debouncer, RenderJob, Scene, Show, open_scene
from colornb.widgets._view.canvas import LayerCanvas, Place, Viewport, ZoomBar, captioned
from colornb.widgets._view.canvas import clip as clip
from colornb.widgets._view.controls import ShadingSlider, StatusLine, action, plural, spread
from colornb.widgets._view.files import ExportPanel
from colornb.widgets._view.overlays import add_marks, draw_backdrop, to_rgba
from colornb.widgets._view.static_display import StaticDisplay

MAX_DIRECT = 1_500_000  # pixels; a larger picture is shown at the network's size and painted in full for export
DEBOUNCE_SECONDS = 0.02  # for a newer change to arrive before the model is asked
KEEP_DELAY = 1.0  # seconds without a change after which the pictures are kept for pages without a kernel
WORK = ".json"
PAINTING = "Painting .."


class Editor(StaticDisplay):
    """A document with its history, the picture painted for it, and the ways to take both home.

    `scene`, the picture as the model sees it, is there before this is called. `_to_dict` tells the work, but for where
    it comes from. What `is_part` of another editor has no row of its own for files.
    """

    scene: Scene

    def __init__(self, store: Store, name: str, is_part: bool = False) -> None:
        self.store, self.status, self._is_part = store, StatusLine(), is_part
        on = self.status.catch_errors
        self.export = ExportPanel(name, on(self._save_to), on(self._load_from))
        parts = self._parts()
        if not is_part and self.export.widget not in parts:
            parts.append(self.export.widget)
        super().__init__(parts, self.status)

    def _parts(self) -> list[DOMWidget]:
        raise NotImplementedError

    def _to_dict(self) -> dict:
        raise NotImplementedError

    @property
    def document(self) -> Document:
        """All that has been decided, immutable."""
        return self.store.document

    @property
    def rgb(self) -> RGB:
        """The painted picture at its own size, (1, 3, H, W) sRGB in [0, 1]."""
        return self.scene.predict(self.document.hints)

    @property
    def state(self) -> dict:
        """The work so far, JSON-able: a hint file (`colornb.hints.to_json`) that tells more; may be set."""
        return self._to_dict() | self.scene.origin | self.document.manner(self.scene.is_drawing)

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
        suffix, metadata = Path(path).suffix.lower(), self.scene.picture.metadata
        if suffix == WORK:
            return save_text(json.dumps(self.state, indent=1), path)
        if suffix == SUFFIX:
            return self.scene.ask(lambda colorizer: save_painting(colorizer, self.document.hints, path, metadata))
        return save_image(self.rgb, path, metadata)

    def _save_to(self, path: str) -> None:
        saved, (height, width) = self.save(path), self.scene.image.shape[-2:]
        is_work = saved.suffix.lower() == WORK
        self.status.show(f"Saved your work to {saved}." if is_work else f"Saved {saved} ({width} × {height}).")

    def _load_from(self, path: str) -> None:
        self.load(path)
        self.status.show(f"Restored your work from {path}. Undo takes it back.")

    def _export_button(self, tooltip: str = "Save or download the picture at its own size") -> Button:
        button = self._button("Export", "download", tooltip, self._turn_export)
        button.layout.display = "none" if self._is_part else ""
        return button

    def _turn_export(self) -> None:
        like = self.scene.picture.metadata
        self.export.close() if self.export.is_open else self.export.open(self.rgb, like, self.store.subscribe)

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


class Pad(Editor):
    """A picture that waits for colour at the left, the painted one at the right, and the ways to a colour.

    `tool` is the kind of hint that is given here. `store` is that of a studio, whose pads share one; without it the pad
    has its own. A pad lays itself out in `_parts`, shows its document at once in `_show`, and in `show_advice`, after
    the picture has been painted, what else the model knows. It goes on from saved work by `_take_hints`.
    """

    tool = ""
    reads_all = False  # whether a session may hold hints of other tools, too
    _painted: Any = None  # the look of the document of the picture on the right
    _advice: tuple[Any, list[str]] = (None, [])  # the last suggestions, and what they are for
    _has_started = False
    welcome = css_class = ""
    refusal = "this model does not accept such hints: choose one that does"

    def __init__(self, colorizer: Any, picture: Any = None, *, kind: str = "auto", store: Store | None = None) -> None:
        self.scene = open_scene(colorizer, picture, kind)
        if self.tool not in self.scene.tools:
            raise ValueError(self.refusal)
        self._subscriptions: list[Callable[[], None]] = []
        self._keeper = Debouncer(KEEP_DELAY, self.keep_pixels)
        self.left, self.right = LayerCanvas(*self.scene.size), LayerCanvas(*self.scene.size)
        name = f"{Path(picture).stem}_painted.png" if isinstance(picture, str | os.PathLike) else "painted.png"
        super().__init__(store or Store(self._first_document()), name, is_part=store is not None)
        self.renderer = BackgroundRenderer(DEBOUNCE_SECONDS, self.prepare_render, self.status.catch_errors)
        self._show()
        self.prepare_render()()()
        if store is None:
            self.attach()
        self.status.show(self.welcome)
        if self.css_class:
            self.add_class(f"colornb-{self.css_class}")

    @property
    def decided(self) -> Any:
        """What has been decided with the tool of this pad, immutable."""
        return getattr(self.document, FIELDS[self.tool])

    @property
    def hints(self) -> list[Hint]:
        """The hints given with this tool so far: what `Colorizer.predict` takes."""
        return list(self.decided.hints)

    def _to_dict(self) -> dict:
        return self.decided.to_dict()

    @property
    def painted_pixels(self) -> np.ndarray:
        """The painted picture as it is on the canvas, (h, w, 4) RGBA uint8."""
        return self.right.pixels["picture"]

    @property
    def viewport(self) -> Viewport:
        """Which part of the pictures is on show."""
        return self.left.viewport

    def _take_state(self, state: dict) -> str:
        hints, note = self.scene.read_session(state, None if self.reads_all else self.tool)
        manner = read_manner(state, self.document)
        self._take_hints(hints, state)
        self._replace(**manner)
        return note

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
        self.scene.shading, self.scene.toning = self.document.shading, self.document.toning
        self._has_started = self.renderer.start()
        self._show()
        self.status.show("" if self._is_painted() else PAINTING)

    def shade(self, shading: float) -> None:
        """Of a drawing, how much light and shade an area keeps that has a colour: from 0, flat, to 1, as painted.

        Raises ValueError for anything else.
        """
        self._commit(shading=read_shading({"shading": shading}, shading))

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

    def _first_document(self) -> Document:
        """What a pad by itself begins with. Raises ValueError for hints that do not fit."""
        scene = self.scene
        return Document(
            scene.picture, scene.kind, "", (self.tool,), self.tool, refine=scene.refine, shading=scene.shading,
            toning=scene.toning,
        )  # fmt: skip

    def _take_hints(self, hints: Sequence[Hint], state: dict) -> None:
        """Commit the hints of a session, and what else it holds. Raises ValueError, and commits nothing then."""
        raise NotImplementedError

    def _show(self) -> None:
        raise NotImplementedError

    def query_model(self, document: Document) -> None:
        """Ask the model, beside the event loop, for what `show_advice` is going to show; nothing by default."""

    def show_advice(self) -> None:
        """Show what else the model knows, now that the picture is painted."""
        raise NotImplementedError

    def _on_click(self, canvas: LayerCanvas, x: float, y: float) -> None:
        """A click on a picture; nothing by default, as for a drag."""

    def _on_drag(self, start: Place, end: Place, done: bool) -> None:
        """A drag, as in `LayerCanvas.on_drag`."""

    def _on_key(self, key: str, command: bool) -> None:
        """A key pressed on a picture, `command`: together with Ctrl or Cmd."""
        if command and key in ("z", "y"):
            (self.undo if key == "z" else self.redo)()

    def _pictures(self, left: str, right: str) -> VBox:
        on = self.status.catch_errors
        look = on(self.look)
        for canvas in (self.left, self.right):
            canvas.on_click(on(lambda x, y, canvas=canvas: self._on_click(canvas, x, y)))
            canvas.on_drag(on(self._on_drag))
            canvas.on_key(on(self._on_key))
            canvas.on_view(look)
        self._zoom = ZoomBar(lambda: self.viewport, look, on(self._grab))
        self._shading = ShadingSlider(on(self.shade))
        below = spread(self._zoom.widget, *([self._shading.widget] if self.scene.is_drawing else []))
        return VBox((spread(captioned(left, self.left), captioned(right, self.right)), below))

    def _grab(self, on: bool) -> None:
        self.left.pans = self.right.pans = on

    def _history_buttons(self, changes: str) -> tuple[Button, Button]:
        self._undo = self._button("Undo", "undo", f"Take back the last {changes}", self.undo)
        self._redo = self._button("Redo", "repeat", "Do again what was taken back", self.redo)
        return self._undo, self._redo

    def _show_history(self) -> None:
        history = self.store.history
        self._undo.disabled, self._redo.disabled = not history.can_undo, not history.can_redo
        self._shading.show(self.document.shading)

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
            self._painted = document.look
        if document != self.document:  # the next result is on its way
            return
        if picture is not None and self.status.shows(PAINTING):  # else something was said since, not to be wiped away
            self.status.show(f"Painted in {time.perf_counter() - start:.2f} s.")
        self.show_advice()
        if self.is_on_page:
            self._keeper.schedule()

    def _is_painted(self) -> bool:
        return self._painted == self.document.look


class MarkPad(Pad):
    """A pad whose hints, points or scribbles, are numbered from 0 in the order they were given; one may be chosen."""

    @property
    def chosen(self) -> int | None:
        """The number of the chosen one, from 0; None where there is none."""
        return self.decided.chosen

    def select(self, number: int | None) -> None:
        """Choose one by its number, or none. Raises ValueError where there is none of this number."""
        self._replace(**{FIELDS[self.tool]: self.decided.choose(number)})

    def delete(self) -> None:
        """Take the chosen one away. Raises ValueError where there is none to take."""
        self._commit(**{FIELDS[self.tool]: self.decided.delete()})

    def clear(self) -> None:
        """Take all away; `undo` brings them back."""
        self._commit(**{FIELDS[self.tool]: type(self.decided)()})

    def _on_key(self, key: str, command: bool) -> None:
        if key in ("Delete", "Backspace"):
            self.delete()
        else:
            super()._on_key(key, command)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({plural(len(self.decided.hints), self.decided.noun)})"
