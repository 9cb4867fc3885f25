"""EdgePad: you draw along an edge that colour has bled across, and the model mends it (Kim et al., ICCV 2021)."""

import time
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
from ipywidgets import Box, DOMWidget, HBox, Layout, VBox

from colornb.effort import Effort
from colornb.hints import EdgeScribble, Hint
from colornb.widgets._asking import count
from colornb.widgets._canvas import Place, fit
from colornb.widgets._controls import Quiet
from colornb.widgets._drawing import OFFERED, Drawn, Finding, Pen, share_slider, width_slider
from colornb.widgets._home import Home
from colornb.widgets._pad import Pad, file_name, look
from colornb.widgets._strokes import (
    UNIT,
    WIDEST,
    Path,
    Strokes,
    check_kinds,
    mark,
    nearest,
    on_top,
    pixels_of,
    read_strokes,
    share_of,
    simplify,
    take_strokes,
)

WELCOME = "Draw with mouse, pen or finger; a click makes a dot. Press Delete to take the last scribble away."


class EdgePad(Pad):
    """Mend a painted picture by scribbles: draw along an edge that colour has bled across; it needs no colour.

    The left picture is the one without scribbles, the right one is mended; both can be drawn on. A click on a scribble
    or on its number chooses it: then its width can be changed, or it can be deleted; otherwise Delete takes the last
    one away. Scribbles are numbered from 0 in the order they were given. A painter that suggests edges
    (`suggest_edges`) is asked by a button, and each of its edges is taken by one click. With the keys on a picture,
    Delete and Ctrl+Z do what their buttons do.

    Hints of other kinds are kept: the painter hears them too, and `state` holds them.

    `painter` is a `colornb.colorizer.Colorizer` with an edge-enhancing network. `image` is anything
    `colornb.images.load_image` takes or an RGB tensor (1, 3, H, W) in [0, 1]; without it the painter's present picture
    is used. `hints` are there from the beginning. `kind` is as in `Colorizer.set_image`; `clock` tells the seconds;
    `home` is for pads that share their work, see `Studio`.
    Raises ValueError for a painter that takes no scribbles, or no such hints, or has no picture.
    """

    def __init__(
        self,
        painter: Any,
        image: Any = None,
        hints: Iterable[Hint] = (),
        *,
        kind: str = "auto",
        clock: Callable[[], float] = time.monotonic,
        home: Home | None = None,
    ) -> None:
        if "edge" not in painter.network.hint_kinds:
            raise ValueError("this painter mends no edges: load a method that does, such as edge_enhancing")
        session = check_kinds(take_strokes(hints), painter.network.hint_kinds)
        look(painter, image, kind)
        self._clock, self._found = clock, ()  # the edges suggested last
        # all other hints, and what they paint: for the canvas, and in detail
        self._before: tuple[tuple[Hint, ...], np.ndarray, np.ndarray] | None = None
        self._next_width = EdgeScribble(((0, 0),)).width
        size = fit(*painter.image.shape[-2:], *(home or Home).box)
        super().__init__(painter, session, size, kind, file_name(image), home)
        self.add_class("colornb-points")  # for its cross-hair
        self._since = clock()  # when the user began to look for the next edge
        self._tell(WELCOME)

    # What the pad holds.

    @property
    def hints(self) -> list[Hint]:
        """All hints, the scribbles last: what `Colorizer.predict` takes."""
        return list(self._session.hints)

    @property
    def scribbles(self) -> list[EdgeScribble]:
        """The scribbles given so far."""
        return list(self._session.scribbles)

    @property
    def log(self) -> list[Effort]:
        """What each scribble has cost."""
        return list(self._session.log)

    @property
    def found(self) -> dict[int, EdgeScribble]:
        """The edges that the painter suggests and nobody has taken yet, by their numbers from 0."""
        taken = {scribble.path for scribble in self._session.scribbles}  # whatever width it has by now
        return {number: edge for number, edge in enumerate(self._found) if edge.path not in taken}

    @property
    def chosen(self) -> int | None:
        """The number of the chosen scribble, from 0; None where there is none."""
        return self._session.chosen

    @property
    def state(self) -> dict:
        """The work so far, JSON-able, in the form of `colornb.hints.to_json`, with a "log"; see `load_state`.

        The log has one entry a scribble: "find" and "draw", seconds, and "suggested" (see `colornb.effort.Effort`).
        """
        return self._session.to_dict()

    @state.setter
    def state(self, state: dict) -> None:
        self.load_state(state)

    def load_state(self, state: dict) -> None:
        """Go on from a `state`; `undo` takes it back. Raises ValueError, and keeps the work then."""
        session = check_kinds(read_strokes(state), self._painter.network.hint_kinds)
        self._found = ()
        self._step(session)
        self._since = self._clock()

    # What can be done with it: each is a button, a slider or a stroke of the pen too.

    def add(self, path: Path, width: float | None = None) -> None:
        """Scribble along a path (x, y) in [0, 1], y down; without `width` it takes the one on show.

        `width` is a fraction of the picture's shorter side. Raises ValueError outside the picture.
        """
        now, width = self._clock(), self._next_width if width is None else width
        self._give(EdgeScribble(tuple(path), width), now, now)

    def find(self) -> None:
        """Ask the painter for the edges that colour has most likely bled across, and show them."""
        if not hasattr(self._painter, "suggest_edges"):
            raise ValueError("this painter suggests no edges: draw along one yourself")
        self._tell("Looking for edges ..")
        self._found = tuple(self._ask(lambda painter: painter.suggest_edges(self.hints, OFFERED)))[:OFFERED]
        self._show()
        self._tell(f"{count(len(self._found), 'edge')} found." if self._found else "No edge needs mending.")

    def take(self, number: int) -> None:
        """Make a suggested edge a scribble. Raises ValueError where there is none of this number."""
        if number not in self.found:
            raise ValueError(f"no edge {number!r} is suggested: find some, and take one that is on show")
        now = self._clock()
        self._give(self.found[number], now, now, suggested=True)

    def hide(self) -> None:
        """Show no suggested edges."""
        self._found = ()
        self._show()

    def select(self, number: int | None) -> None:
        """Choose a scribble by its number, or none. Raises ValueError where there is no such scribble."""
        self._move(self._session.choose(number))

    def resize(self, width: float) -> None:
        """Give the chosen scribble a width, or the next one: a fraction in (0, 1] of the picture's shorter side.

        Raises ValueError for anything else.
        """
        self._next_width = EdgeScribble(((0, 0),), width).width
        self._step(self._session.resize(width)) if self._session.scribble else self._show()

    def delete(self) -> None:
        """Take the chosen scribble away, or the last one. Raises ValueError where there is none."""
        self._step(self._session.delete())

    def clear(self) -> None:
        """Take all scribbles away; `undo` brings them back."""
        self._step(self._session.clear())

    def compare(self, share: float) -> None:
        """Show the left `share`, in [0, 1], of the right picture without scribbles. Raises ValueError outside."""
        if not 0 <= share <= 1:
            raise ValueError(f"no share of a picture: {share}; give a number from 0 to 1")
        self._share.value = share

    # How it is laid out.

    def _parts(self) -> list[DOMWidget]:
        self._drawn = Drawn(self._on(lambda number: self.select(None if number == self.chosen else number)))
        self._finding = Finding(self._on(self.find), self._on(self.take), self._on(self.hide))
        self._quiet, self._width, self._share = Quiet(), width_slider(WIDEST), share_slider()
        self._width.observe(self._on(self._widened), "value")
        self._share.observe(self._on(lambda _: self._show_share()), "value")
        for canvas in (self._left, self._right):
            Pen(canvas, self._clock, self._on(self._stroked), lambda: self._next_width * min(self._size))
            canvas.on_key(self._on(self._key))
        pictures = self._pictures("Without scribbles", "Mended")
        sliders = Box((self._width, self._share), layout=Layout(flex_flow="row wrap", justify_content="space-between"))
        return [self._drawn.widget, pictures, VBox((sliders, *self._edges())), self._buttons()]

    def _edges(self) -> tuple[DOMWidget, ...]:
        return (self._finding.widget,) if hasattr(self._painter, "suggest_edges") else ()

    def _buttons(self) -> Box:
        button = self._button
        self._delete = button("Delete", "times", "Take the chosen scribble away, or the last one", self.delete)
        self._clear = button("Clear", "trash", "Take all scribbles away", self.clear)
        deeds = HBox((*self._history_buttons("change of the scribbles"), self._delete, self._clear))
        layout = Layout(flex_flow="row wrap", justify_content="space-between", margin="4px 0 0 0")
        return Box((deeds, self._export_button()), layout=layout)

    # What the browser tells.

    def _stroked(self, path: list[Place], pressed: float) -> None:
        if len(path) == 1 and self._clicked(*path[0]):
            return
        self._give(EdgeScribble(simplify(path, *self._size), self._next_width), pressed, self._clock())

    def _clicked(self, x: float, y: float) -> bool:
        """Whether a click meant a suggested edge or a scribble, and not a dot."""
        numbers = list(self.found)
        edge = nearest([self.found[number] for number in numbers], x, y, *self._size)
        scribble = nearest(self._session.scribbles, x, y, *self._size)
        if edge is not None:
            self.take(numbers[edge])
        elif scribble is not None:
            self.select(scribble)
        return edge is not None or scribble is not None

    def _key(self, key: str, command: bool) -> None:
        if key in ("Delete", "Backspace"):
            self.delete()
        elif command and key in ("z", "y"):
            (self.undo if key == "z" else self.redo)()

    def _widened(self, change: dict) -> None:
        if not self._quiet.is_on:
            self.resize(change["new"] / UNIT)

    # How a change is made and shown.

    def _give(self, scribble: EdgeScribble, pressed: float, ended: float, suggested: bool = False) -> None:
        find, draw = (round(max(0.0, seconds), 3) for seconds in (pressed - self._since, ended - pressed))
        effort, self._since = Effort(find, draw, suggested), ended
        self._step(self._session.add(scribble, effort))

    def _show(self) -> None:
        session = self._session
        if session.scribble:
            self._next_width = session.scribble.width
        with self._quiet:
            self._width.value = pixels_of(self._next_width)
        self._left.show("marks", self._home.marks(mark(*self._size, session, self.found)))
        self._drawn.show(session)
        self._finding.show(len(self._found), self.found)
        self._show_history()
        self._delete.disabled = self._clear.disabled = not session.scribbles

    def _consult(self, session: Strokes) -> None:
        others = session.others
        if self._before is None or self._before[0] != others:
            self._before = others, *self._pixels(others, self._size)

    def _advise(self) -> None:
        _, small, large = self._before
        self._left.show("picture", self._home.backdrop(small), self._home.backdrop(large))
        self._show_share()

    def _show_share(self) -> None:
        self._right.show("marks", share_of(self._before[1], self._share.value))

    def _panels(self) -> dict[str, np.ndarray]:
        """The picture without scribbles, the scribbles on it, the mended picture."""
        before = self._before[1]
        return {
            "without scribbles": before,
            count(len(self._session.scribbles), "scribble"): on_top(before, self._session),
            "mended": self._right.pixels["picture"],
        }

    def _repr_mimebundle_(self, **arguments: Any) -> dict[str, Any]:
        bundle = super()._repr_mimebundle_(**arguments)
        if not self._session.log:
            self._since = self._clock()  # the picture is shown now, however long ago the pad was made
        return bundle

    def __repr__(self) -> str:
        return f"EdgePad({count(len(self._session.scribbles), 'scribble')})"
