"""RegionPad: the model points at a region and asks for its colour, you answer (GuidingPainter, appendix E.1)."""

import base64
import logging
import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from ipywidgets import HTML, Box, Button, DOMWidget, HBox, Layout, VBox
from torch import Tensor

from colornb.figures import Figure
from colornb.hints import Region
from colornb.images import load_image, resize, to_uint8
from colornb.types import RGB
from colornb.widgets._asking import Asking, count, place
from colornb.widgets._canvas import LayerCanvas, fit
from colornb.widgets._chooser import Chooser
from colornb.widgets._controls import STYLE, action, say
from colornb.widgets._export import Export
from colornb.widgets._later import Later
from colornb.widgets._regions import hint_pixels, label, lay_over, opaque, spotlight
from colornb.widgets._session import History, Session

BOX = (400, 360)  # each of the two pictures fits into this height and width
PREVIEW_ABOVE = 1_500_000  # pixels; a larger picture is shown at the network's size and solved in full for export
PATIENCE = 0.02  # seconds for a newer colour to arrive before the model is asked
QUIET = 1.0  # seconds without a change after which the pictures are stored for pages without a kernel
WELCOME = "A colour paints at once. Next keeps it and goes on; Skip leaves the region to the model."


class RegionPad(VBox):
    """Colour a picture by answering the model, which asks: what colour is this region?

    The region asked for is lit on the sketch at the left, the painted picture is at the right. A colour (suggestion,
    palette, picker or text) paints at once; Next keeps it and goes on, Skip leaves the region to the model, a click
    on either picture goes to any other region. Everything works with buttons alone.

    `painter` is a `colornb.colorizer.Colorizer` of a method that divides pictures into regions, such as
    guiding_painter. `picture` is anything `colornb.images.load_image` takes or an RGB tensor (1, 3, H, W) in [0, 1];
    without it the painter's present picture is used. `kind` is as in `Colorizer.set_image`.
    Raises ValueError for a painter without regions or without a picture.
    """

    def __init__(self, painter: Any, picture: Any = None, *, kind: str = "auto") -> None:
        order = _prepare(painter, picture, kind)
        self._painter, self._image, self._kind = painter, painter.image, kind
        self._history = History(Session(order, order[0]))
        self._answer: tuple[tuple[Region, ...], RGB] | None = None  # the last full-size picture and its hints
        self._painted: tuple[Region, ...] | None = None  # the hints of the picture on the right
        self._palette: tuple[Any, list[str]] = (None, [])  # the last suggestions, and what they are for
        self._size = fit(*painter.image.shape[-2:], *BOX)
        self._labels = label(painter.regions, *self._size)
        self._sketch = resize(painter.sketch, self._size)[0, 0].cpu().numpy()
        self._solver = Later(PATIENCE, self._on(self._solve))
        self._storer = Later(QUIET, self._store)
        self._export = Export(_file_name(picture), lambda: self.rgb, self._on, self._tell)
        super().__init__(self._parts(), layout=Layout(width="766px", max_width="100%"))
        self.add_class("colornb-pad")
        self._show()
        self._solve()
        self._tell(WELCOME)

    # What the pad holds.

    @property
    def hints(self) -> list[Region]:
        """The colours given so far: what `Colorizer.predict` takes."""
        return list(self._session.hints)

    @property
    def rank(self) -> int:
        """The region being asked about, in the model's ranks from 0."""
        return self._session.rank

    @property
    def finished(self) -> bool:
        """Whether every region is coloured or left to the model."""
        return self._session.finished

    @property
    def rgb(self) -> RGB:
        """The painted picture at its own size, (1, 3, H, W) sRGB in [0, 1]."""
        hints = self._session.hints
        if self._answer is None or self._answer[0] != hints:
            self._answer = (hints, self._ask_painter().predict(list(hints)))
        return self._answer[1]

    @property
    def state(self) -> dict:
        """The work so far, JSON-able: hints in the form of `colornb.hints.to_json`, and the place in the order."""
        return self._session.to_dict()

    def load_state(self, state: dict) -> None:
        """Go on from a `state` of this picture; `undo` takes it back. Raises ValueError, and keeps the work then."""
        self._step(self._session.from_dict(state))

    def figure(self) -> Figure:
        """The pad as a picture: the region asked about, the colours given so far, the painted picture."""
        self._solver.settle()
        session, marks = self._session, self._left.pixels["marks"]
        asked = lay_over(hint_pixels(self._sketch, self._labels, []), marks)
        panels = {
            "sketch" if session.finished else f"asks for {place(session).lower()}": asked,
            f"{count(len(session.hints), 'colour')} given": self._left.pixels["picture"],
            "painted": self._right.pixels["picture"],
        }
        inches = min(2.4 * self._size[0] / self._size[1], 5)  # a strip of a picture must not make a tower
        figure = Figure(figsize=(7.2, inches + 0.3), layout="constrained")
        for axes, (title, pixels) in zip(figure.subplots(1, len(panels)), panels.items(), strict=True):
            axes.imshow(pixels)
            axes.set_title(title, fontsize=10)
            axes.axis("off")
        return figure

    # What can be done with it: each is a button too.

    def paint(self, color: str | Sequence[float]) -> None:
        """Give the current region a colour: "#rrggbb", "#rgb", a CSS name or three floats in [0, 1].

        Raises ValueError for anything else.
        """
        session = self._session.paint(color)
        self._chooser.remember(session.color(session.rank))
        self._step(session)

    def next(self) -> None:
        """Keep the colour shown for this region, and go to the one that the model asks for next."""
        if self._session.color(self.rank) is None and not self.finished:
            self._solver.settle()  # the colour shown may still be that of another region
            self._step(self._session.paint(self._chooser.color).advance())
        else:
            self._move(self._session.advance())

    def skip(self) -> None:
        """Leave this region to the model, and go on."""
        self._step(self._session.skip())

    def back(self) -> None:
        """Go to the region that was asked for before this one."""
        self._move(self._session.retreat())

    def select(self, rank: int) -> None:
        """Go to any region. Raises ValueError where there is none."""
        self._move(self._session.select(rank))

    def finish(self) -> None:
        """Leave to the model all that has no colour yet."""
        self._move(self._session.finish())

    def clear(self) -> None:
        """Forget every colour and begin again; `undo` brings them back."""
        self._step(self._session.clear())

    def undo(self) -> None:
        """Take back the last colour, skip or clear."""
        self._history.undo()
        self._changed()

    def redo(self) -> None:
        """Do again what was taken back last."""
        self._history.redo()
        self._changed()

    def save(self, path: str | os.PathLike) -> Path:
        """Write the painted picture at its own size (.png, .jpg, .webp). Raises ImageError."""
        return self._export.save(path)

    # How it is laid out.

    def _parts(self) -> list[DOMWidget]:
        self._status = HTML()
        self._asking = Asking(self._session.order, self._on(self.select))
        self._chooser = Chooser(self._on(self.paint))
        self._left, self._right = LayerCanvas(*self._size), LayerCanvas(*self._size)
        for canvas in (self._left, self._right):
            canvas.on_click(self._on(self._select_at))
        layout = Layout(flex_flow="row wrap", justify_content="space-between")
        left = _captioned("Sketch, with your colours", self._left)
        right = _captioned("Painted by the model", self._right)
        return [
            HTML(STYLE, layout=Layout(display="none")),
            self._asking.widget,
            Box((left, right), layout=layout),
            self._chooser.widget,
            self._buttons(),
            self._export.widget,
            self._status,
        ]

    def _buttons(self) -> Box:
        def button(text: str, icon: str, tooltip: str, deed: Callable[[], None]) -> Button:
            return action(text, icon, tooltip, self._on(deed))

        self._back = button("Back", "arrow-left", "Go to the region asked for before this one", self.back)
        self._skip = button("Skip", "share", "Leave this region to the model, and go on", self.skip)
        self._next = button("Next", "arrow-right", "Keep this colour, and go to the next region", self.next)
        self._undo = button("Undo", "undo", "Take back the last colour, skip or clear", self.undo)
        self._redo = button("Redo", "repeat", "Do again what was taken back", self.redo)
        self._clear = button("Clear", "trash", "Forget every colour and begin again", self.clear)
        self._finish = button("Finish", "magic", "Let the model colour all that is left", self.finish)
        self._take = button("Export", "download", "Save or download the picture at its own size", self._toggle_export)
        ways = HBox((self._back, self._skip, self._next))
        deeds = HBox((self._undo, self._redo, self._clear))
        ends = HBox((self._finish, self._take))
        layout = Layout(flex_flow="row wrap", justify_content="space-between", margin="4px 0 0 0")
        return Box((ways, deeds, ends), layout=layout)

    # How a change reaches the page: what is asked at once, what the model answers a moment later.

    @property
    def _session(self) -> Session:
        return self._history.state

    def _step(self, session: Session) -> None:
        self._history.step(session)
        self._changed()

    def _move(self, session: Session) -> None:
        self._history.move(session)
        self._changed()

    def _changed(self) -> None:
        self._export.close()
        self._show()
        self._tell("" if self._is_painted() else "Painting ..")
        self._solver.ask()

    def _on(self, deed: Callable[..., None]) -> Callable[..., None]:
        """The deed as a callback of the browser, where nobody would see an exception."""

        def attempt(*args: Any) -> None:
            try:
                deed(*args)
            except Exception as error:
                if not isinstance(error, ValueError):  # not the user's doing: keep the trace for the developer
                    logging.getLogger(__name__).exception("%s failed", deed)
                text = str(error).split("\n")[0] or type(error).__name__
                say(self._status, text, "status", bad=True)

        return attempt

    def _tell(self, text: str) -> None:
        say(self._status, text, "status")

    def _select_at(self, x: float, y: float) -> None:
        height, width = self._size
        row, column = min(height - 1, int(y * height)), min(width - 1, int(x * width))
        self.select(int(self._labels[row, column]))

    def _show(self) -> None:
        session, history = self._session, self._history
        self._chooser.write(session.color(session.rank))
        self._left.show("picture", hint_pixels(self._sketch, self._labels, session.hints))
        self._left.show("marks", spotlight(self._labels, None if session.finished else session.rank))
        self._asking.show(session)
        for button in (self._next, self._skip, self._finish):
            button.disabled = session.finished
        self._back.disabled = session.position == 0 and not session.finished
        self._undo.disabled, self._redo.disabled = not history.can_undo, not history.can_redo
        self._clear.disabled = session.is_blank
        self._next.button_style = "" if session.finished else "primary"
        self._take.button_style = "primary" if session.finished else ""

    def _solve(self) -> None:
        start, session = time.perf_counter(), self._session
        if not self._is_painted():
            self._right.show("picture", opaque(to_uint8(resize(self._preview(), self._size))))
            self._painted = session.hints
            self._tell(f"Painted in {time.perf_counter() - start:.2f} s.")
        suggestions = self._suggest()
        self._chooser.show(session.color(session.rank) or suggestions[0], suggestions)
        self._storer.ask()

    def _is_painted(self) -> bool:
        return self._painted == self._session.hints

    def _preview(self) -> RGB:
        height, width = self._image.shape[-2:]
        if height * width <= PREVIEW_ABOVE:
            return self.rgb
        return self._ask_painter().predict(self.hints, full_size=False)

    def _suggest(self) -> list[str]:
        """Colours for the current region; they stay while it is tried in several."""
        rank = self.rank
        others = tuple(hint for hint in self._session.hints if hint.rank != rank)
        if self._palette[0] != (rank, others):
            self._palette = ((rank, others), self._ask_painter().suggest(rank, self.hints))
        return self._palette[1]

    def _ask_painter(self) -> Any:
        if self._painter.image is not self._image:  # another pad has shown it another picture
            self._painter.set_image(self._image, kind=self._kind)
        return self._painter

    def _toggle_export(self) -> None:
        self._export.close() if self._export.is_open else self._export.open()

    def _store(self) -> None:
        self._left.store()
        self._right.store()

    # How it is shown: as a widget where there is a kernel, as a picture where there is none.

    def __repr__(self) -> str:
        session = self._session
        return f"RegionPad({len(session.hints)} of {count(len(session.order), 'region')} coloured)"

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        self._solver.settle()
        self._store()
        return {
            "text/plain": repr(self),
            "image/png": base64.b64encode(self.figure()._repr_png_()).decode(),
            "application/vnd.jupyter.widget-view+json": {
                "version_major": 2,
                "version_minor": 0,
                "model_id": self.model_id,
            },
        }

    if hasattr(DOMWidget, "_ipython_display_"):  # ipywidgets 7, which Colab has

        def _ipython_display_(self, **kwargs: Any) -> None:
            from IPython.display import display

            display(self._repr_mimebundle_(), raw=True)
            self._handle_displayed(**kwargs)


def _prepare(painter: Any, picture: Any, kind: str) -> tuple[int, ...]:
    if picture is not None:
        painter.set_image(picture if isinstance(picture, Tensor) else load_image(picture), kind=kind)
    if painter.regions is None or not painter.region_order:
        raise ValueError("this painter asks for no regions: load a method that does, such as guiding_painter")
    return tuple(painter.region_order)


def _file_name(picture: Any) -> str:
    named = isinstance(picture, str | os.PathLike)
    return f"{Path(picture).stem}_painted.png" if named else "painted.png"


def _captioned(text: str, canvas: LayerCanvas) -> VBox:
    caption = HTML()
    say(caption, text, "caption")
    return VBox((caption, canvas.widget), layout=Layout(margin="0 0 6px 0"))
