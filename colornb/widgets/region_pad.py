"""RegionPad: the model points at a region and asks for its colour, you answer (GuidingPainter, appendix E.1)."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from ipywidgets import Box, DOMWidget, HBox, Layout

from colornb.hints import Region
from colornb.layers import label
from colornb.widgets._asking import Asking, count, place
from colornb.widgets._canvas import fit
from colornb.widgets._chooser import Chooser
from colornb.widgets._pad import Pad, file_name, look
from colornb.widgets._regions import hint_pixels, lay_over, spotlight
from colornb.widgets._session import Session

BOX = (400, 360)  # each of the two pictures fits into this height and width
WELCOME = "A colour paints at once. Next keeps it and goes on; Skip leaves the region to the model."


class RegionPad(Pad):
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
        look(painter, picture, kind)
        if painter.regions is None or not painter.region_order:
            raise ValueError("this painter asks for no regions: load a method that does, such as guiding_painter")
        order = tuple(painter.region_order)
        size = fit(*painter.image.shape[-2:], *BOX)
        self._labels = label(painter.regions, *size)
        super().__init__(painter, Session(order, order[0]), size, kind, file_name(picture))
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
    def state(self) -> dict:
        """The work so far, JSON-able: hints in the form of `colornb.hints.to_json`, and the place in the order."""
        return self._session.to_dict()

    def load_state(self, state: dict) -> None:
        """Go on from a `state` of this picture; `undo` takes it back. Raises ValueError, and keeps the work then."""
        self._step(self._session.from_dict(state))

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

    # How it is laid out.

    def _parts(self) -> list[DOMWidget]:
        self._asking = Asking(self._session.order, self._on(self.select))
        self._chooser = Chooser(self._on(self.paint))
        for canvas in (self._left, self._right):
            canvas.on_click(self._on(self._select_at))
        pictures = self._pictures("Sketch, with your colours", "Painted by the model")
        return [self._asking.widget, pictures, self._chooser.widget, self._buttons()]

    def _buttons(self) -> Box:
        button = self._button
        self._back = button("Back", "arrow-left", "Go to the region asked for before this one", self.back)
        self._skip = button("Skip", "share", "Leave this region to the model, and go on", self.skip)
        self._next = button("Next", "arrow-right", "Keep this colour, and go to the next region", self.next)
        self._clear = button("Clear", "trash", "Forget every colour and begin again", self.clear)
        self._finish = button("Finish", "magic", "Let the model colour all that is left", self.finish)
        self._take = self._export_button()
        ways = HBox((self._back, self._skip, self._next))
        deeds = HBox((*self._history_buttons("colour, skip or clear"), self._clear))
        ends = HBox((self._finish, self._take))
        layout = Layout(flex_flow="row wrap", justify_content="space-between", margin="4px 0 0 0")
        return Box((ways, deeds, ends), layout=layout)

    # How it is shown.

    def _select_at(self, x: float, y: float) -> None:
        height, width = self._size
        row, column = min(height - 1, int(y * height)), min(width - 1, int(x * width))
        self.select(int(self._labels[row, column]))

    def _show(self) -> None:
        session = self._session
        self._chooser.write(session.color(session.rank))
        self._left.show("picture", hint_pixels(self._sketch, self._labels, session.hints))
        self._left.show("marks", spotlight(self._labels, None if session.finished else session.rank))
        self._asking.show(session)
        self._show_history()
        for button in (self._next, self._skip, self._finish):
            button.disabled = session.finished
        self._back.disabled = session.position == 0 and not session.finished
        self._clear.disabled = session.is_blank
        self._next.button_style = "" if session.finished else "primary"
        self._take.button_style = "primary" if session.finished else ""

    def _consult(self, session: Session) -> None:
        self._suggest(session)

    def _advise(self) -> None:
        suggestions = self._suggest(self._session)
        self._chooser.show(self._session.color(self.rank) or suggestions[0], suggestions)

    def _suggest(self, session: Session) -> list[str]:
        """Colours for the current region; they stay while it is tried in several."""
        rank = session.rank
        others = tuple(hint for hint in session.hints if hint.rank != rank)
        if self._palette[0] != (rank, others):
            colors = self._ask(lambda painter: painter.suggest(rank, list(session.hints)))
            self._palette = ((rank, others), colors)
        return self._palette[1]

    def _panels(self) -> dict[str, np.ndarray]:
        """The region asked about, the colours given so far, the painted picture."""
        session, marks = self._session, self._left.pixels["marks"]
        asked = lay_over(hint_pixels(self._sketch, self._labels, []), marks)
        return {
            "sketch" if session.finished else f"asks for {place(session).lower()}": asked,
            f"{count(len(session.hints), 'colour')} given": self._left.pixels["picture"],
            "painted": self._right.pixels["picture"],
        }

    def __repr__(self) -> str:
        session = self._session
        return f"RegionPad({len(session.hints)} of {count(len(session.order), 'region')} coloured)"
