"""RegionPad: the model points at a region and asks for its colour, you answer (GuidingPainter, appendix E.1)."""

import base64
import io
import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from ipywidgets import HTML, Box, DOMWidget, HBox, Layout, VBox
from torch import Tensor

from colornb.hints import Region
from colornb.images import load_image, resize, to_uint8
from colornb.types import RGB
from colornb.widgets._canvas import LayerCanvas, fit
from colornb.widgets._chooser import Chooser
from colornb.widgets._controls import STYLE, action, dress, mark, say, swatch
from colornb.widgets._export import Export
from colornb.widgets._later import Later
from colornb.widgets._regions import hint_pixels, label, opaque, spotlight
from colornb.widgets._session import History, Session

BOX = (400, 366)  # each of the two pictures fits into this height and width
PREVIEW_ABOVE = 1_500_000  # pixels; a larger picture is shown at the network's size and solved in full for export
PATIENCE = 0.02  # seconds for a newer colour to arrive before the model is asked
QUIET = (
    1.0  # seconds without a change after which the pictures are stored for pages without a kernel
)
WELCOME = "A colour paints at once. Next keeps it and goes on; Skip leaves the region to the model."


class RegionPad(VBox):
    """Colour a picture by answering the model: "what colour is this region?"

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
        self._painter = painter
        self._history = History(Session(order, order[0]))
        self._answer: tuple[tuple[Region, ...], RGB] | None = (
            None  # the last full-size picture and its hints
        )
        self._size = fit(*painter.image.shape[-2:], *BOX)
        self._labels = label(painter.regions, *self._size)
        self._sketch = resize(painter.sketch, self._size)[0, 0].cpu().numpy()
        self._solver = Later(PATIENCE, lambda: self._attempt(self._solve))
        self._storer = Later(QUIET, self._store)
        self._export = Export(_file_name(picture), lambda: self.rgb, self._attempt, self._tell)
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
            self._answer = (hints, self._painter.predict(list(hints)))
        return self._answer[1]

    @property
    def state(self) -> dict:
        """The work so far, JSON-able: hints in the form of `colornb.hints.to_json`, and the place in the order."""
        return self._session.to_dict()

    def load_state(self, state: dict) -> None:
        """Go on from a `state` of this picture; `undo` takes it back. Raises ValueError, and keeps the work then."""
        self._step(self._session.from_dict(state))

    def figure(self) -> Any:
        """The pad as a matplotlib Figure: the sketch, the colours given so far, the painted picture."""
        from matplotlib.figure import Figure

        self._solver.settle()
        titles = ("sketch", f"{_count(len(self.hints), 'colour')} given", "painted")
        plain = hint_pixels(self._sketch, self._labels, [])
        pictures = (plain, self._left.pixels["picture"], self._right.pixels["picture"])
        height, width = self._size
        figure = Figure(figsize=(9, 3 * height / width + 0.3), layout="constrained")
        for axes, title, pixels in zip(figure.subplots(1, 3), titles, pictures, strict=True):
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
        if self._session.color(self.rank) is None:
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
        self._ask, self._status = HTML(), HTML()
        self._chooser = Chooser(lambda color: self._attempt(lambda: self.paint(color)))
        self._left, self._right = LayerCanvas(*self._size), LayerCanvas(*self._size)
        for canvas in (self._left, self._right):
            canvas.on_click(
                lambda x, y: self._attempt(lambda: self.select(self._painter.region_at(x, y)))
            )
        pictures = Box(
            (
                _captioned("Sketch, with your colours", self._left),
                _captioned("Painted by the model", self._right),
            ),
            layout=Layout(flex_flow="row wrap", justify_content="space-between"),
        )
        return [
            HTML(STYLE, layout=Layout(display="none")), self._ask, self._strip(), pictures, self._chooser.widget,
            self._buttons(), self._export.widget, self._status,
        ]  # fmt: skip

    def _strip(self) -> Box:
        order = self._session.order
        self._chips = {
            rank: swatch(21, lambda rank=rank: self._attempt(lambda: self.select(rank)))
            for rank in order
        }
        for number, chip in enumerate(self._chips.values(), 1):
            chip.description = str(number)
        return Box(
            tuple(self._chips.values()), layout=Layout(flex_flow="row wrap", margin="0 0 4px 0")
        )

    def _buttons(self) -> Box:
        def button(text: str, icon: str, tooltip: str, deed: Callable[[], None]):
            made = action(text, icon, tooltip, lambda: self._attempt(deed))
            made.add_class(f"colornb-{text.lower()}")
            return made

        self._back = button(
            "Back", "arrow-left", "Go to the region asked for before this one", self.back
        )
        self._skip = button("Skip", "share", "Leave this region to the model, and go on", self.skip)
        self._next = button(
            "Next", "arrow-right", "Keep this colour, and go to the next region", self.next
        )
        self._undo = button("Undo", "undo", "Take back the last colour, skip or clear", self.undo)
        self._redo = button("Redo", "repeat", "Do again what was taken back", self.redo)
        self._clear = button("Clear", "trash", "Forget every colour and begin again", self.clear)
        self._finish = button(
            "Finish", "magic", "Let the model colour all that is left", self.finish
        )
        export = button(
            "Export",
            "download",
            "Save or download the picture at its own size",
            self._toggle_export,
        )
        self._next.button_style = "primary"
        rows = (
            (self._back, self._skip, self._next),
            (self._undo, self._redo, self._clear),
            (self._finish, export),
        )
        layout = Layout(flex_flow="row wrap", justify_content="space-between", margin="4px 0 0 0")
        return Box(tuple(HBox(row) for row in rows), layout=layout)

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
        self._tell("Painting ..")
        self._solver.ask()

    def _attempt(self, deed: Callable[[], None]) -> None:
        try:
            deed()
        except (
            Exception
        ) as error:  # an exception in a callback of the browser would be seen by nobody
            say(self._status, str(error).split("\n")[0] or type(error).__name__, "status", bad=True)

    def _tell(self, text: str) -> None:
        say(self._status, text, "status")

    def _show(self) -> None:
        session = self._session
        lit = None if session.finished else session.rank
        self._left.show("picture", hint_pixels(self._sketch, self._labels, session.hints))
        self._left.show("marks", spotlight(self._labels, lit))
        self._ask.value = _question(session)
        for number, (rank, chip) in enumerate(self._chips.items(), 1):
            color = session.color(rank)
            skipped = rank in session.skipped
            dress(
                chip,
                color,
                f"Region {number}: {color or ('left to the model' if skipped else 'no colour yet')}",
            )
            mark(chip, "colornb-now", rank == lit)
            mark(chip, "colornb-skipped", skipped)
        self._next.disabled = self._skip.disabled = self._finish.disabled = session.finished
        self._back.disabled = session.position == 0 and not session.finished
        self._undo.disabled, self._redo.disabled = (
            not self._history.can_undo,
            not self._history.can_redo,
        )

    def _solve(self) -> None:
        start, session = time.perf_counter(), self._session
        self._right.show("picture", self._canvas_pixels(self._preview()))
        suggestions = self._painter.suggest(session.rank, list(session.hints))
        self._chooser.show(session.color(session.rank) or suggestions[0], suggestions)
        self._tell(f"Painted in {time.perf_counter() - start:.2f} s.")
        self._storer.ask()

    def _preview(self) -> RGB:
        if self._painter.image.shape[-2:].numel() <= PREVIEW_ABOVE:
            return self.rgb
        return self._painter.predict(self.hints, full_size=False)

    def _canvas_pixels(self, rgb: Tensor) -> np.ndarray:
        return opaque(to_uint8(resize(rgb, self._size)))

    def _toggle_export(self) -> None:
        self._export.close() if self._export.is_open else self._export.open()

    def _store(self) -> None:
        self._left.store()
        self._right.store()

    # How it is shown: as a widget where there is a kernel, as a picture where there is none.

    def __repr__(self) -> str:
        session = self._session
        return f"RegionPad({len(session.hints)} of {_count(len(session.order), 'region')} coloured)"

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        self._solver.settle()
        self._store()
        buffer = io.BytesIO()
        self.figure().savefig(buffer, format="png", dpi=100)
        view = {"version_major": 2, "version_minor": 0, "model_id": self.model_id}
        return {
            "text/plain": repr(self),
            "image/png": base64.b64encode(buffer.getvalue()).decode(),
            "application/vnd.jupyter.widget-view+json": view,
        }

    if hasattr(DOMWidget, "_ipython_display_"):  # ipywidgets 7, which Colab has

        def _ipython_display_(self, **kwargs: Any) -> None:
            from IPython.display import display

            display(self._repr_mimebundle_(), raw=True)
            self._handle_displayed(**kwargs)


def _prepare(painter: Any, picture: Any, kind: str) -> tuple[int, ...]:
    if picture is not None:
        painter.set_image(
            picture if isinstance(picture, Tensor) else load_image(picture), kind=kind
        )
    if getattr(painter, "image", None) is None:
        raise ValueError("this painter has no picture yet: give RegionPad(painter, picture)")
    if painter.regions is None or not painter.region_order:
        raise ValueError(
            "this painter asks for no regions: load a method that does, such as guiding_painter"
        )
    return tuple(painter.region_order)


def _file_name(picture: Any) -> str:
    return (
        f"{Path(picture).stem}_painted.png"
        if isinstance(picture, str | os.PathLike)
        else "painted.png"
    )


def _captioned(text: str, canvas: LayerCanvas) -> VBox:
    caption = HTML()
    say(caption, text, "caption")
    return VBox((caption, canvas.widget), layout=Layout(margin="0 0 6px 0"))


def _question(session: Session) -> str:
    place = f"Region {session.position + 1} of {len(session.order)}"
    color = session.color(session.rank)
    if session.finished:
        ask = "Finished."
        sub = f"You chose {_count(len(session.hints), 'colour')}, the model the rest. Click a region to change it."
    elif color:
        ask, sub = f"{place} is {color}.", "Try another colour, or press Next."
    else:
        ask, sub = "What colour is the lit region?", f"{place}. Pick a colour, then press Next."
    return f'<span class="colornb-ask">{ask}</span><span class="colornb-sub">{sub}</span>'


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" + ("" if number == 1 else "s")
