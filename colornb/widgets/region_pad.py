"""RegionPad: the model points at a region and asks for its colour, you answer (GuidingPainter, appendix E.1)."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from ipywidgets import Box, DOMWidget, HBox, Layout, VBox

from colornb.hints import Region, pieces
from colornb.layers import label
from colornb.widgets._asking import Asking, coloured, count, place
from colornb.widgets._canvas import LayerCanvas, fit
from colornb.widgets._chooser import Chooser
from colornb.widgets._controls import toggle
from colornb.widgets._home import Home
from colornb.widgets._pad import Pad, file_name, look
from colornb.widgets._regions import hint_pixels, lay_over, map_groups, overview, spotlight
from colornb.widgets._session import Session

MERGING = "Click regions to join them to the lit one; press Merge again when done."
KEYS = {"Enter": "next", "ArrowRight": "next", "ArrowLeft": "back", "s": "skip", "m": "merge"}
WELCOME = "A colour paints at once. Next keeps it and goes on; Skip leaves the region to the model."


class RegionPad(Pad):
    """Colour a picture by answering the model, which asks: what colour is this region?

    The region asked for is lit on the sketch at the left, the painted picture is at the right. A colour (suggestion,
    palette, picker, text or eyedropper) paints at once; Next keeps it and goes on, Skip leaves the region to the model,
    a click on either picture goes to any other region. Where the model cut too fine, Merge joins what is clicked to the
    lit region; where too coarse, Split takes it apart. Overview shows all regions at once. Everything works with
    buttons alone; on a picture, Enter and the arrow keys go on and back, s skips, m merges.

    `painter` is a `colornb.colorizer.Colorizer` of a method that divides pictures into regions, such as
    guiding_painter. `picture` is anything `colornb.images.load_image` takes or an RGB tensor (1, 3, H, W) in [0, 1];
    without it the painter's present picture is used. `kind` is as in `Colorizer.set_image`.
    `home` is for pads that share their work, see `Studio`.
    Raises ValueError for a painter without regions or without a picture.
    """

    def __init__(self, painter: Any, picture: Any = None, *, kind: str = "auto", home: Home | None = None) -> None:
        look(painter, picture, kind)
        if painter.regions is None or not painter.region_order:
            raise ValueError("this painter asks for no regions: load a method that does, such as guiding_painter")
        order = tuple(painter.region_order)
        size = fit(*painter.image.shape[-2:], *(home or Home).box)
        self._regions = painter.regions
        self._labels = label(self._regions, *size)  # the rank at each pixel of a canvas
        self._numbers: tuple[Any, np.ndarray] = (None, self._labels)  # the groups, and their number at each pixel
        super().__init__(painter, Session(order, order[0]), size, kind, file_name(picture), home)
        self._tell(WELCOME)

    # What the pad holds.

    @property
    def hints(self) -> list[Region]:
        """The colours given so far: what `Colorizer.predict` takes."""
        return list(self._session.hints)

    @property
    def rank(self) -> int:
        """The region being asked about, in the model's ranks from 0; the first one where several are merged."""
        return self._session.rank

    @property
    def group(self) -> list[tuple[int, int | None]]:
        """All that is being asked about together: rank and piece (None: the whole region) of each."""
        return [tuple(area) for area in self._session.group]

    @property
    def groups(self) -> list[list[tuple[int, int | None]]]:
        """What is asked about together, in the order in which it is asked; each like `group`."""
        return [[tuple(area) for area in group] for group in self._session.groups]

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
        self._step(self._session.from_dict(state, self._count))

    # What can be done with it: each is a button too.

    def paint(self, color: str | Sequence[float]) -> None:
        """Give the current region a colour: "#rrggbb", "#rgb", a CSS name or three floats in [0, 1].

        Raises ValueError for anything else.
        """
        session = self._session.paint(color)
        self._chooser.remember(session.color())
        self._step(session)

    def next(self) -> None:
        """Keep the colour shown for this region, and go to the one that the model asks for next."""
        if self._session.color() is None and not self.finished:
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

    def select(self, rank: int, part: int | None = None) -> None:
        """Go to any region, or to a piece of one that was split. Raises ValueError where there is none."""
        self._move(self._session.select(rank, part))

    def merge(self, rank: int, part: int | None = None) -> None:
        """Join a region, or a piece of one, to the lit one: from now on one colour goes to both.

        Raises ValueError for the lit one itself, and where there is none.
        """
        self._step(self._session.merge(rank, part))

    def split(self) -> None:
        """Take the lit region apart: into what was merged, or into its connected pieces; a compact one in two.

        Raises ValueError for what is a single piece already.
        """
        self._step(self._session.split(self._count(self.rank)))
        self._tell(f"Split: {place(self._session).lower()} is lit. Undo takes it back.")

    def overview(self, on: bool = True) -> None:
        """Show all regions at once, each in a colour of its own and with its number; or the lit one again."""
        self._overview.value = on

    def finish(self) -> None:
        """Leave to the model all that has no colour yet."""
        self._move(self._session.finish())

    def clear(self) -> None:
        """Forget every colour and begin again; `undo` brings them back."""
        self._step(self._session.clear())

    # How it is laid out.

    def _parts(self) -> list[DOMWidget]:
        self._asking = Asking(self._on(lambda number: self._go(*self._session.groups[number][0])))
        self._chooser = Chooser(self._on(self.paint))
        for canvas in (self._left, self._right):
            canvas.on_click(self._on(lambda x, y, canvas=canvas: self._click(canvas, x, y)))
            canvas.on_key(self._on(self._key))
        pictures = self._pictures("Sketch, with your colours", "Painted by the model")
        return [self._asking.widget, pictures, self._chooser.widget, self._buttons()]

    def _buttons(self) -> VBox:
        button = self._button
        self._back = button("Back", "arrow-left", "Go to the region asked for before this one", self.back)
        self._skip = button("Skip", "share", "Leave this region to the model, and go on", self.skip)
        self._next = button("Next", "arrow-right", "Keep this colour, and go to the next region", self.next)
        self._clear = button("Clear", "trash", "Forget every colour and begin again", self.clear)
        self._finish = button("Finish", "magic", "Let the model colour all that is left", self.finish)
        self._take = self._export_button()
        ways = HBox((self._back, self._skip, self._next))
        deeds = HBox((*self._history_buttons("change"), self._clear))
        split = button("Split", "scissors", "Take the lit region apart, into its pieces", self.split)
        words = "While this is pressed, a click joins a region to the lit one"
        self._merging = toggle("Merge", "link", words, self._on(lambda on: self._tell(MERGING if on else "")))
        self._overview = toggle("Overview", "th", "Show all regions at once", self._on(lambda _: self._mark()))
        cuts = HBox((self._merging, split, self._overview))
        ends = HBox((self._finish, self._take))
        layout = Layout(flex_flow="row wrap", justify_content="space-between", margin="4px 0 0 0")
        return VBox([Box(row, layout=layout) for row in ((ways, cuts), (deeds, ends))])

    # How it is shown.

    def _click(self, canvas: LayerCanvas, x: float, y: float) -> None:
        if self._has_dropped(canvas, x, y):
            return
        height, width = self._size
        row, column = min(height - 1, int(y * height)), min(width - 1, int(x * width))
        self._go(*self._session.groups[self._map()[row, column]][0])

    def _go(self, rank: int, part: int | None) -> None:
        """What a click on a region means."""
        joins = self._merging.value and not self.finished
        self.merge(rank, part) if joins else self.select(rank, part)

    def _key(self, key: str, command: bool) -> None:
        if command and key in ("z", "y"):
            (self.undo if key == "z" else self.redo)()
        elif key in KEYS and not command:
            {"next": self.next, "back": self.back, "skip": self.skip, "merge": self._turn_merging}[KEYS[key]]()

    def _turn_merging(self) -> None:
        self._merging.value = not self._merging.value

    def _count(self, rank: int) -> int:
        return len(pieces(self._regions[rank]))

    def _map(self) -> np.ndarray:
        """The number of the group at each pixel of a canvas."""
        groups = self._session.groups
        if self._numbers[0] != groups:
            self._numbers = groups, map_groups(self._regions, self._labels, groups)
        return self._numbers[1]

    def _hinted(self) -> np.ndarray:
        session = self._session
        return hint_pixels(self._sketch, self._map(), [session.color(group) for group in session.groups])

    def _mark(self) -> None:
        number = None if self.finished else self._session.position
        marks = overview if self._overview.value else spotlight
        self._left.show("marks", self._home.marks(marks(self._map(), number)))

    def _show(self) -> None:
        session = self._session
        self._chooser.write(session.color())
        self._left.show("picture", self._home.backdrop(self._hinted()))
        self._mark()
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
        self._chooser.show(self._session.color() or suggestions[0], suggestions)

    def _suggest(self, session: Session) -> list[str]:
        """Colours for the current region; they stay while it is tried in several."""
        question = (session.rank, session.part, self._home.join(session.others))
        if self._palette[0] != question:
            rank, part, others = question
            colors = self._ask(lambda painter: painter.suggest(rank, list(others), part=part))
            self._palette = (question, colors)
        return self._palette[1]

    def _panels(self) -> dict[str, np.ndarray]:
        """The region asked about, the colours given so far, the painted picture."""
        session, marks = self._session, self._left.pixels["marks"]
        asked = lay_over(hint_pixels(self._sketch, self._map(), [None] * len(session.groups)), marks)
        return {
            "sketch" if session.finished else f"asks for {place(session).lower()}": asked,
            f"{count(coloured(session), 'colour')} given": self._left.pixels["picture"],
            "painted": self._right.pixels["picture"],
        }

    def __repr__(self) -> str:
        session = self._session
        return f"RegionPad({coloured(session)} of {count(len(session.groups), 'region')} coloured)"
