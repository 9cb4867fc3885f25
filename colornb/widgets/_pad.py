"""What every pad is: two pictures, undo, painting a moment after a change, export, and a page without a kernel."""

import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from ipywidgets import HTML, Box, Button, DOMWidget, Layout, VBox
from torch import Tensor

from colornb.color import hex_color
from colornb.figures import Figure
from colornb.hints import Hint
from colornb.images import load_image, resize, save_image, to_uint8
from colornb.layers import SUFFIX, save_painting, save_text
from colornb.types import RGB
from colornb.widgets._canvas import LayerCanvas, captioned
from colornb.widgets._chooser import Chooser
from colornb.widgets._controls import action
from colornb.widgets._export import Export
from colornb.widgets._home import Answer, Home, ask
from colornb.widgets._later import Later, Show, Solver, Work
from colornb.widgets._regions import opaque
from colornb.widgets._shown import Shown
from colornb.widgets._view import View, ZoomBar

PREVIEW_ABOVE = 1_500_000  # pixels; a larger picture is shown at the network's size and solved in full for export
PATIENCE = 0.02  # seconds for a newer change to arrive before the model is asked
WORK = ".json"
FIGURE_WIDTH = 7.2  # inches
PAINTING = "Painting .."
QUIET = 1.0  # seconds without a change after which the pictures are stored for pages without a kernel


class Pad(Shown):
    """A picture that waits for colour at the left, the painted one at the right, and the ways to a colour.

    `session` is the first state of the work, immutable and with a tuple `hints`; `size` is that of both canvases. A
    pad lays itself out in `_parts`, shows its session at once in `_show`, and in `_advise`, after the picture has been
    painted, what else the model knows.
    """

    _chooser: Chooser

    def __init__(
        self, painter: Any, session: Any, size: tuple[int, int], kind: str, name: str, home: Home | None = None
    ) -> None:
        self._status = HTML()
        self._painter, self._image, self._kind = painter, painter.image, kind
        self._home = home or Home()
        self._history = self._home.move_in(self, session)
        self._listeners: list[Callable[[], None]] = []
        self._told = self._session.hints  # the hints that listeners have heard of
        self._painted: tuple[Hint, ...] | None = None  # the hints of the picture on the right
        self._palette: tuple[Any, list[str]] = (None, [])  # the last suggestions, and what they are for
        self._size = size
        self._sketch = resize(painter.sketch, size)[0, 0].cpu().numpy()
        self._solver = Solver(PATIENCE, self._plan, self._on)
        self._storer = Later(QUIET, self._store)
        self._left, self._right = LayerCanvas(*size), LayerCanvas(*size)
        self._export = Export(name, lambda: self.rgb, self.save, self.load, self._on, self._tell)
        parts = [*self._parts(), *([] if self._home.shares else [self._export.widget])]
        super().__init__(parts)
        self._show()
        self._plan()()()

    @property
    def rgb(self) -> RGB:
        """The painted picture at its own size, (1, 3, H, W) sRGB in [0, 1]."""
        return self._full(self._all)

    def on_change(self, callback: Callable[[], None]) -> None:
        """Call `callback()` whenever the hints have changed, before the picture is painted for them."""
        self._listeners.append(callback)

    def undo(self) -> None:
        """Take back the last change of the hints."""
        self._history.undo()
        self._changed()

    def redo(self) -> None:
        """Do again what was taken back last."""
        self._history.redo()
        self._changed()

    def save(self, path: str | os.PathLike) -> Path:
        """Write the painted picture at its own size, .png, .jpg, .webp, or .ora with all layers; or the work, .json.

        The latter is for `load`, and for `python -m colornb colorize --hints`, which paints the same picture from it.
        Raises ImageError where nothing can be written.
        """
        if Path(path).suffix.lower() == WORK:
            return save_text(json.dumps(self.state, indent=1), path)
        if Path(path).suffix.lower() == SUFFIX:
            return self._ask(lambda painter: save_painting(painter, self._all, path))
        return save_image(self.rgb, path)

    def figure(self) -> Figure:
        """The pad as a picture."""
        self._solver.settle()
        return panels(self._panels(), self._size)

    # What a pad fills in. (No abstract base class: its metaclass and that of widgets do not mix.)

    def _parts(self) -> list[DOMWidget]:
        raise NotImplementedError

    def _show(self) -> None:
        raise NotImplementedError

    def _consult(self, session: Any) -> None:
        """Ask the painter, beside the event loop, for what `_advise` is going to show; nothing by default."""

    def _advise(self) -> None:
        raise NotImplementedError

    def _panels(self) -> dict[str, np.ndarray]:
        raise NotImplementedError

    # How it is laid out.

    def _pictures(self, left: str, right: str) -> VBox:
        layout = Layout(flex_flow="row wrap", justify_content="space-between")
        pictures = Box((captioned(left, self._left), captioned(right, self._right)), layout=layout)
        for canvas in (self._left, self._right):
            canvas.on_view(self._on(self._look))
        self._zoom = ZoomBar(lambda: self._left.view, self._on(self._look), self._on(self._grab))
        return VBox((pictures, self._zoom.widget))

    def _look(self, view: View) -> None:
        for canvas in (self._left, self._right):
            canvas.look(view)
        self._zoom.show()

    def _grab(self, on: bool) -> None:
        self._left.pans = self._right.pans = on

    def _has_dropped(self, canvas: LayerCanvas, x: float, y: float) -> bool:
        """Whether a click was meant to take a colour from a picture, which is picked then."""
        if not self._chooser.is_dropping:
            return False
        self._chooser.drop(self._color_at(canvas, x, y))
        return True

    def _color_at(self, canvas: LayerCanvas, x: float, y: float) -> str:
        height, width = self._size
        pixel = canvas.pixels["picture"][min(height - 1, int(y * height)), min(width - 1, int(x * width))]
        return hex_color((pixel[:3] / 255).tolist())

    def _button(self, text: str, icon: str, tooltip: str, deed: Callable[[], None]) -> Button:
        return action(text, icon, tooltip, self._on(deed))

    def _history_buttons(self, changes: str) -> tuple[Button, Button]:
        self._undo = self._button("Undo", "undo", f"Take back the last {changes}", self.undo)
        self._redo = self._button("Redo", "repeat", "Do again what was taken back", self.redo)
        return self._undo, self._redo

    def _export_button(self) -> Button:
        tooltip = "Save or download the picture at its own size"
        button = self._button("Export", "download", tooltip, lambda: self._export.turn())
        button.layout.display = "none" if self._home.shares else ""
        return button

    def _show_history(self) -> None:
        self._undo.disabled, self._redo.disabled = not self._history.can_undo, not self._history.can_redo

    # How a change reaches the page: what is asked at once, what the model answers a moment later.

    @property
    def _session(self) -> Any:
        return self._history.state

    @property
    def _all(self) -> tuple[Hint, ...]:
        """All hints that the painter hears."""
        return self._home.join(self._session.hints)

    def _step(self, session: Any) -> None:
        self._history.step(session)
        self._changed()

    def _move(self, session: Any) -> None:
        self._history.move(session)
        self._changed()

    def _try(self, session: Any) -> None:
        """Paint what a drag is about to make; neither `undo` nor listeners hear of it."""
        self._history.move(session)
        self._solver.ask()

    def _changed(self) -> None:
        started = self._solver.start()  # beside what follows
        self._export.close()
        self._show()
        self._tell("" if self._is_painted() else PAINTING)
        if self._told != self._session.hints:
            self._told = self._session.hints
            for callback in self._listeners:
                callback()
        if not started:
            self._solver.ask()

    def _plan(self) -> Work:
        """What is to be painted now: work for another thread, and what then shows its result."""
        start, session, hints, size = time.perf_counter(), self._session, self._all, self._size
        painted, threads = self._is_painted(), torch.get_num_threads()

        def work() -> Show:
            if torch.get_num_threads() != threads:  # a thread begins with the number that the environment says
                torch.set_num_threads(threads)
            picture = None if painted else self._pixels(hints, size)
            self._consult(session)
            return lambda: self._arrive(session, hints, picture, start)

        return work

    def _pixels(self, hints: tuple[Hint, ...], size: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
        """The picture for these hints as it goes on the canvas, and in detail."""
        height, width = self._image.shape[-2:]
        if height * width <= PREVIEW_ABOVE:
            rgb = self._full(hints)
        else:
            rgb = self._ask(lambda painter: painter.predict(list(hints), full_size=False))
        return opaque(to_uint8(resize(rgb, size))), opaque(to_uint8(rgb))

    def _arrive(
        self, session: Any, hints: tuple[Hint, ...], picture: tuple[np.ndarray, np.ndarray] | None, start: float
    ) -> None:
        if picture is not None:
            self._right.show("picture", *picture)
            self._painted = hints
        if (session, hints) != (self._session, self._all):  # the next result is on its way
            return
        if picture is not None and self._says(PAINTING):  # else something else was said since, not to be wiped away
            self._tell(f"Painted in {time.perf_counter() - start:.2f} s.")
        self._advise()
        if self.is_on_page:
            self._storer.ask()

    def _is_painted(self) -> bool:
        return self._painted == self._all

    def _full(self, hints: tuple[Hint, ...]) -> RGB:
        known = self._home.answers.get("last")  # the other thread may put a new one here at any time
        if known is None or known[0] != hints:
            known = self._home.answers["last"] = (hints, self._ask(lambda painter: painter.predict(list(hints))))
        return known[1]

    def _ask(self, question: Callable[[Any], Answer]) -> Answer:
        """The painter's answer about this pad's picture."""
        return ask(self._painter, self._image, self._kind, question)

    def _store(self) -> None:
        self._left.store()
        self._right.store()

    def _settle(self) -> None:
        self._solver.settle()


def panels(pictures: dict[str, np.ndarray], size: tuple[int, int]) -> Figure:
    """Pictures of one shape side by side, each under its title; `size` is that shape's height and width."""
    # A strip of a picture must not make a tower.
    inches = min(FIGURE_WIDTH / len(pictures) * size[0] / size[1], 5)
    figure = Figure(figsize=(FIGURE_WIDTH, inches + 0.3), layout="constrained")
    for axes, (title, pixels) in zip(figure.subplots(1, len(pictures)), pictures.items(), strict=True):
        axes.imshow(pixels)
        axes.set_title(title, fontsize=10)
        axes.axis("off")
    return figure


def look(painter: Any, picture: Any, kind: str) -> None:
    """Show the painter a picture: anything that `load_image` takes, a tensor, or None for the one it has."""
    if picture is not None:
        painter.set_image(picture if isinstance(picture, Tensor) else load_image(picture), kind=kind)


def file_name(picture: Any) -> str:
    """What to call the painted picture."""
    named = isinstance(picture, str | os.PathLike)
    return f"{Path(picture).stem}_painted.png" if named else "painted.png"
