"""What every pad is: an `Editor` with two pictures, painted a moment after a change."""

import os
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from ipywidgets import Box, Button, DOMWidget, VBox

from colornb.hints import Hint
from colornb.images import resize_levels, scale_to, to_uint8
from colornb.widgets._editor import Editor
from colornb.widgets._model.document import FIELDS, Document, read_manner
from colornb.widgets._model.session_file import read_shading
from colornb.widgets._model.store import LAYERS, Store
from colornb.widgets._renderer import BackgroundRenderer, Debouncer, RenderJob, Show, open_scene
from colornb.widgets._view.canvas import WHOLE, LayerCanvas, PixelSource, Place, Viewport, source_of
from colornb.widgets._view.controls import ShadingSlider, StatusLine, set_css_class
from colornb.widgets._view.keys import Key, Keys
from colornb.widgets._view.overlays import (
    add_marks,
    alpha_composite,
    draw_backdrop,
    draw_split,
    join_lightness,
    to_rgba,
)
from colornb.widgets._view.pictures import ZOOM_STEP, PicturePair, share_room

DETAIL_DELAY = 0.7  # seconds without a change before a preview gives way to the exact picture, a large one in full
DEBOUNCE_SECONDS = 0.02  # for a newer change to arrive before the model is asked
KEEP_DELAY = 1.0  # seconds without a change after which the pictures are kept for pages without a kernel
PAINTING = "Painting .."


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
    _has_started = _is_seen = False  # whether painting has begun; whether a browser shows this
    _is_quick, is_exact = False, True  # whether previews are wanted; whether what is on show is what is saved
    welcome = css_class = ""
    refusal = "this model does not accept such hints: choose one that does"

    def __init__(self, colorizer: Any, picture: Any = None, *, kind: str = "auto", store: Store | None = None) -> None:
        self.scene = open_scene(colorizer, picture, kind)
        if self.tool not in self.scene.tools:
            raise ValueError(self.refusal)
        self._subscriptions: list[Callable[[], None]] = []
        self._keeper = Debouncer(KEEP_DELAY, self.keep_pixels)
        self.pictures = PicturePair(self.scene.size)
        self.left, self.right = self.pictures.left, self.pictures.right
        self._drawer = Debouncer(DEBOUNCE_SECONDS, self.pictures.draw)
        self.pictures.resize(self.scene.size, self.scene.ratio)
        name = f"{Path(picture).stem}_painted" if isinstance(picture, str | os.PathLike) else "painted"
        super().__init__(store or Store(self._first_document()), name, is_part=store is not None)
        on = self.status.catch_errors
        self.renderer = BackgroundRenderer(DEBOUNCE_SECONDS, self.prepare_render, on, spare=1)
        self._detailer = BackgroundRenderer(DETAIL_DELAY, self._prepare_detail, on)
        self._show()
        self.prepare_render()(lambda show: show())()
        if store is None:
            self.attach()
        self.status.show(self.welcome)
        if self.css_class:
            self.add_class(f"colornb-{self.css_class}")

    @property
    def document(self) -> Document:
        """All that has been decided, immutable."""
        return self.store.document

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
        if self.pictures.size != (self.scene.size, self.scene.ratio):
            self._resize()
        subscribe = self.store.subscribe
        self._subscriptions = [subscribe(self.refresh), subscribe(self._render, late=True)]
        self.refresh()
        self._render()

    def detach(self) -> None:
        """Follow the store no longer: another pad is on the page."""
        self.renderer.stop()
        self._detailer.stop()
        self._keeper.cancel()
        for end in self._subscriptions:
            end()
        self._subscriptions = []

    def stop(self) -> None:
        """Draw nothing any more, and leave a line that is shared: this pad is about to be closed."""
        self.detach()
        self._drawer.cancel()
        self.status = StatusLine()

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

    def compare(self, share: float) -> None:
        """Show the left `share`, in [0, 1], of the right picture as it was before. Raises ValueError outside."""
        if not 0 <= share <= 1:
            raise ValueError(f"no share of a picture: {share}; give a number from 0 to 1")
        self.pictures.share.value = share

    def look(self, viewport: Viewport) -> None:
        """Show this part of both pictures."""
        if viewport != self.viewport:
            self.left.viewport = self.right.viewport = viewport
            self.pictures.zoom.show()
            if not self._drawer.is_waiting:  # a wheel goes on and on: nothing would be seen before it rests
                self._drawer.schedule()

    def fit(self, height: float, width: float, ratio: float) -> None:
        """Use this room on the page, in its pixels, of which the screen shows `ratio` to a side."""
        if not self._is_seen:
            self._is_seen = True
            self._want_detail()
        size, ratio = share_room(self.scene.picture.size, height, width, ratio)
        if (size, ratio) != self.pictures.size:
            self.scene.resize(size, ratio)
            self._resize()
            self._show()
            self.show_advice()
            self.renderer.schedule()
        self.pictures.show_fitted()

    def _resize(self) -> None:
        """Take the size of the scene, with the picture as it was painted for another; all is to be shown anew."""
        self._painted = None
        painted = self.right.sources["picture"]
        self.pictures.resize(self.scene.size, self.scene.ratio)
        self.right.show("picture", painted)

    def flush(self) -> None:
        """Return when all that was asked for is painted and shown, exactly."""
        self.renderer.flush()
        if not self.is_exact:
            self._detailer.flush()

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

    def _own_keys(self) -> list[Key]:
        """The keys that this tool has for itself, beside those of all."""
        return []

    def _all_keys(self) -> list[Key]:
        return [
            *self._own_keys(),
            Key("Ctrl+z", "Undo", self.undo),
            Key("Ctrl+Z Ctrl+y", "Redo", self.redo),
            Key("+ =", "Zoom in", lambda: self.look(self.viewport.zoom(ZOOM_STEP))),
            Key("-", "Zoom out", lambda: self.look(self.viewport.zoom(1 / ZOOM_STEP))),
            Key("0", "Show the whole picture", lambda: self.look(WHOLE)),
            Key("c", "Hold to compare with the picture before", self.pictures.hold_compare, is_held=True),
        ]

    def _pictures(self, *captions: str) -> VBox:
        on = self.status.catch_errors
        look, self.key_map = on(self.look), Keys(self._all_keys())
        for canvas in (self.left, self.right):
            canvas.on_click(on(lambda x, y, canvas=canvas: self._on_click(canvas, x, y)))
            canvas.on_drag(on(self._on_drag))
            canvas.on_key(on(self.key_map.press))
            canvas.on_view(look)
        self._shading = ShadingSlider(on(self.shade))
        beside = [self._shading.widget] if self.scene.is_drawing else []
        return self.pictures.lay_out(captions, [self.key_map.widget, *beside], look, on(self.fit), on(self._show_right))

    def _body(self, pictures: DOMWidget, *side: DOMWidget) -> Box:
        """The pictures, and what gives them colour: beside them where there is room, otherwise below."""
        column = VBox(side)
        set_css_class(column, "side")
        body = Box((pictures, column))
        set_css_class(body, "body")
        return body

    def _history_buttons(self, changes: str) -> tuple[Button, Button]:
        self._undo = self._button("Undo", "undo", f"Take back the last {changes}", self.undo)
        self._redo = self._button("Redo", "repeat", "Do again what was taken back", self.redo)
        return self._undo, self._redo

    def _show_history(self) -> None:
        history = self.store.history
        self._undo.disabled, self._redo.disabled = not history.can_undo, not history.can_redo
        self._shading.show(self.document.shading)

    # How the hints of other tools are seen.

    def _show_backdrop(self, *tools: str) -> None:
        """Lines and colours given at the left, with the marks of these tools."""
        backdrop = draw_backdrop(self.scene, self.document, self.store.layers)
        self.left.show("picture", self._with_marks(backdrop, *tools))

    def _with_marks(self, picture: PixelSource, *tools: str) -> PixelSource:
        """A picture with the marks of these tools upon it."""
        return add_marks(picture, self.document, self.store.layers & set(tools))

    def _show_marks_of(self, draw_marks: PixelSource) -> None:
        """Put the marks of this tool on the left picture, as they are drawn for a view, unless its layer is hidden."""

        def draw(view: Viewport, height: int, width: int) -> np.ndarray:
            marks = draw_marks(view, height, width)
            return marks if self.tool in self.store.layers else np.zeros_like(marks)

        self.left.show("marks", draw)

    def _before(self) -> PixelSource:
        """What the painted picture is compared with: by default what waited for colour."""
        return draw_backdrop(self.scene, replace(self.document, regions=self.scene.blank_regions), LAYERS)

    def _right_marks(self, view: Viewport) -> np.ndarray:
        """What lies over the painted picture; nothing by default."""
        return np.zeros((*self.scene.size, 4), np.uint8)

    def _show_right(self) -> None:
        """Put what it is compared with over the painted picture, as far as that is wanted, and marks over both."""
        share = self.pictures.share.value
        before = self._before() if share else None

        def draw(view: Viewport, height: int, width: int) -> np.ndarray:
            marks = self._right_marks(view)
            if before is None:
                return marks
            split = draw_split(before(view, height, width), share)
            return alpha_composite(split, scale_to(marks, *split.shape[:2]))

        self.right.show("marks", draw)

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
        hints, self._is_quick = document.hints, self._is_seen and self.scene.is_quick

        def work(hand_over: Callable[[Show], None]) -> Show:
            if not is_painted:
                picture = self._paint(hints)
                hand_over(lambda: self.on_rendered(document, picture, start))
            self.query_model(document)
            return lambda: self.on_advised(document)

        return work

    def _paint(self, hints: tuple[Hint, ...], is_last: bool = False) -> PixelSource:
        """The picture for these hints, which is ready for a canvas of the present size; `is_last`: nothing waits."""
        keeps_lightness = self.scene.keeps_lightness
        full_size = not self.scene.is_large or (is_last and self._is_seen and not keeps_lightness)
        quick = self._is_quick and not is_last
        rgb = self.scene.predict(hints) if full_size and not quick else self.scene.preview(hints, full_size, quick)
        if self.scene.is_large and keeps_lightness:
            return join_lightness(self.scene.lines, rgb)
        pixels = to_rgba(to_uint8(rgb))
        return source_of(pixels, resize_levels(pixels, *self.scene.size))

    def on_rendered(self, document: Document, picture: PixelSource, start: float) -> None:
        """Show what was painted for a document."""
        self.right.show("picture", picture)
        self._painted, self.is_exact = document.look, not self._is_quick
        self._want_detail()
        if document == self.document and self.status.shows(PAINTING):  # else something was said that is to be read
            self.status.show(f"Painted in {time.perf_counter() - start:.2f} s.")

    def on_advised(self, document: Document) -> None:
        """Show what the model advises, if it is still about the latest document: else the next is on its way."""
        if not self.is_exact:
            self._want_detail()
        if document == self.document:
            self.show_advice()
            if self.is_on_page:
                self._keeper.schedule()

    def _want_detail(self) -> None:
        """Paint exactly when nothing else waits; a large picture in full, if anybody looks and its lines do not do."""
        if not self.is_exact or (self.scene.is_large and self._is_seen and not self.scene.keeps_lightness):
            self._detailer.schedule()

    def _prepare_detail(self) -> RenderJob:
        """The same when nothing waits: exactly, and at its own size."""
        document = self.document

        def work(_: Callable[[Show], None]) -> Show:
            picture = self._paint_detail(document)
            return lambda: self.on_detailed(picture) if document.look == self.document.look else None

        return work

    def _paint_detail(self, document: Document) -> PixelSource:
        return self._paint(document.hints, is_last=True)

    def on_detailed(self, picture: PixelSource) -> None:
        """Show the exact picture in the place of a preview, a large one in full."""
        self.right.show("picture", picture)
        self.is_exact = True
        if self.is_on_page:
            self._keeper.schedule()

    def _is_painted(self) -> bool:
        return self._painted == self.document.look
