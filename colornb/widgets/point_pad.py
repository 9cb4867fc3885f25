"""PointPad: you click where you know a colour, and it spreads (Zhang, Zhu et al., SIGGRAPH 2017, Section 4.1)."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from ipywidgets import Box, DOMWidget, HBox, Layout, VBox

from colornb.color import at_lightness, hex_color, parse_color
from colornb.hints import Hint, Point
from colornb.widgets._asking import count
from colornb.widgets._canvas import LayerCanvas, Place, captioned, fit
from colornb.widgets._chooser import Chooser
from colornb.widgets._gamut import GamutMap
from colornb.widgets._home import Home
from colornb.widgets._pad import Pad, file_name, look
from colornb.widgets._placing import Listing, Placing
from colornb.widgets._points import Points, frame, half_side, mark, read_points, take_points
from colornb.widgets._regions import lay_over, opaque

SUGGESTED = 9  # as many as the authors' own interface offers
LARGEST = 1 / 8  # the largest patch on the slider, as a fraction of the picture's shorter side
WELCOME = "A click adds a point; then try colours for it. Drag it to move it, press Delete to take it away."
ARROWS = {"ArrowLeft": (-1, 0), "ArrowRight": (1, 0), "ArrowUp": (0, -1), "ArrowDown": (0, 1)}


class PointPad(Pad):
    """Colour a picture by points: click where you know a colour, choose it, and the model spreads it.

    A click on either picture adds a point, a click on a point chooses it, and a drag moves it. A colour (suggestion,
    palette, picker, text or map) goes to the chosen point, and the next point begins with it; the very first one
    takes what the model paints there. Points are numbered from 0 in the order they were given. Everything works with
    buttons alone; on a picture, the arrow keys move a point and the key Delete takes it away.

    Where the model keeps the lightness of the picture, the pad tells how a colour comes out at the chosen place, and
    maps all colours that a screen can show there.

    `painter` is a `colornb.colorizer.Colorizer` of a method that listens to points, such as rtug. `picture` is anything
    `colornb.images.load_image` takes or an RGB tensor (1, 3, H, W) in [0, 1]; without it the painter's present picture
    is used. `kind` is as in `Colorizer.set_image`.
    `home` is for pads that share their work, see `Studio`.
    Raises ValueError for a painter that takes no points or has no picture.
    """

    def __init__(self, painter: Any, picture: Any = None, *, kind: str = "auto", home: Home | None = None) -> None:
        if "point" not in painter.network.hint_kinds:
            raise ValueError("this painter takes no points: load a method that does, such as rtug")
        look(painter, picture, kind)
        self._color: str | None = None  # what the next point takes; None: what the model paints there
        self._patch = Point(0, 0, "black").size  # and how large it will be
        self._dragged: Points | None = None  # what was so before the drag that lasts
        size = fit(*painter.image.shape[-2:], *(home or Home).box)
        super().__init__(painter, Points(), size, kind, file_name(picture), home)
        self.add_class("colornb-points")
        self._tell(WELCOME)

    # What the pad holds.

    @property
    def hints(self) -> list[Point]:
        """The points given so far: what `Colorizer.predict` takes. They may be set; `undo` takes it back."""
        return list(self._session.hints)

    @hints.setter
    def hints(self, hints: Iterable[Hint]) -> None:
        self._step(take_points(hints))

    @property
    def chosen(self) -> int | None:
        """The number of the chosen point, from 0; None where there is none."""
        return self._session.chosen

    @property
    def state(self) -> dict:
        """The work so far, JSON-able, in the form of `colornb.hints.to_json`; may be set as in `load_state`."""
        return self._session.to_dict()

    @state.setter
    def state(self, state: dict) -> None:
        self.load_state(state)

    def load_state(self, state: dict) -> None:
        """Go on from a `state`; `undo` takes it back. Raises ValueError, and keeps the work then."""
        self._step(read_points(state))

    # What can be done with it: each is a button or a slider too.

    def add(self, x: float, y: float, color: str | Sequence[float] | None = None, size: float | None = None) -> None:
        """Add a point at (x, y) in [0, 1], y down, and choose it.

        Without `color` and `size` (a fraction of the picture's shorter side) it takes those on show. Raises
        ValueError outside the picture and for what is no colour.
        """
        point = Point(x, y, self._color or "black", self._patch if size is None else size)
        if color is not None:
            point = replace(point, color=self._remembered(color))
        elif self._color is None:
            point = replace(point, color=self._painted_at(x, y))
        self._step(self._session.add(point))

    def select(self, number: int | None) -> None:
        """Choose a point by its number, or none. Raises ValueError where there is no such point."""
        self._move(self._session.choose(number))

    def paint(self, color: str | Sequence[float]) -> None:
        """Give the chosen point a colour; where none is chosen, the next one will take it.

        The colour is "#rrggbb", "#rgb", a CSS name or three floats in [0, 1]. Raises ValueError for anything else.
        """
        self._color = self._remembered(color)
        self._change(color=self._color)

    def resize(self, size: float) -> None:
        """Give the chosen point a size, or the next one: a fraction in (0, 1] of the picture's shorter side.

        Raises ValueError for anything else.
        """
        self._patch = Point(0, 0, "black", size).size
        self._change(size=size)

    def move(self, x: float, y: float) -> None:
        """Move the chosen point. Raises ValueError outside the picture, or where none is chosen."""
        self._step(self._session.change(x=x, y=y))

    def delete(self) -> None:
        """Take the chosen point away. Raises ValueError where none is chosen."""
        self._step(self._session.delete())

    def clear(self) -> None:
        """Take all points away; `undo` brings them back."""
        self._step(Points())

    # How it is laid out.

    def _parts(self) -> list[DOMWidget]:
        self._listing = Listing(self._on(self.select))
        self._chooser = Chooser(self._on(self.paint), SUGGESTED)
        self._gamut = GamutMap(self._on(self.paint))
        self._keeps_lightness = self._painter.network.target == "ab"
        short = self._painter.size
        most = max(9, round(LARGEST * short))
        self._placing = Placing(most, self._on(self.move), self._on(lambda pixels: self.resize(min(1, pixels / short))))
        for canvas in (self._left, self._right):
            canvas.on_click(self._on(lambda x, y, canvas=canvas: self._click(canvas, x, y)))
            canvas.on_drag(self._on(self._drag))
            canvas.on_key(self._on(self._key))
        pictures = self._pictures("Picture, with your points", "Painted by the model")
        return [self._listing.widget, pictures, self._colors(), self._placing.widget, self._buttons()]

    def _colors(self) -> Box:
        entries = VBox((self._chooser.widget,), layout=Layout(flex="1 1 500px"))
        self._map = captioned("Colours possible there", self._gamut.canvas)
        parts = (entries, self._map) if self._keeps_lightness else (entries,)
        return Box(parts, layout=Layout(flex_flow="row wrap", overflow="visible"))

    def _buttons(self) -> Box:
        button = self._button
        add = button("Add", "plus", "Add a point where there is room, to be moved", lambda: self.add(*self._free()))
        self._delete = button("Delete", "times", "Take the chosen point away", self.delete)
        self._clear = button("Clear", "trash", "Take all points away", self.clear)
        deeds = HBox((*self._history_buttons("change of the points"), self._clear))
        layout = Layout(flex_flow="row wrap", justify_content="space-between", margin="4px 0 0 0")
        return Box((HBox((add, self._delete)), deeds, self._export_button()), layout=layout)

    # What the browser tells.

    def _click(self, canvas: LayerCanvas, x: float, y: float) -> None:
        if self._has_dropped(canvas, x, y):
            return
        number = self._session.at(x, y, *self._size)
        if number is None:
            self.add(x, y)
        else:
            self.select(number)

    def _drag(self, start: Place, end: Place, done: bool) -> None:
        """Move a point, and paint while it moves: all that is one step for `undo`."""
        before = self._dragged or self._session
        number = before.at(*start, *self._size)
        if number is None:
            return
        point = before.hints[number]
        x, y = (min(max(at + (b - a), 0.0), 1.0) for at, a, b in zip((point.x, point.y), start, end, strict=True))
        for canvas in (self._left, self._right):
            canvas.wipe() if done else canvas.outline(x, y, 2 * half_side(point, *self._size))
        self._dragged = None if done else before
        moved = before.choose(number).change(x=x, y=y)
        if done:
            self._history.move(before)
            self._step(moved)
        else:
            self._try(moved)

    def _key(self, key: str, command: bool) -> None:
        if key in ("Delete", "Backspace"):
            self.delete()
        elif command and key in ("z", "y"):
            (self.undo if key == "z" else self.redo)()
        elif key in ARROWS and self._session.point:
            (height, width), (across, down), point = self._size, ARROWS[key], self._session.point
            x, y = point.x + across / width, point.y + down / height
            self.move(min(max(x, 0.0), 1.0), min(max(y, 0.0), 1.0))

    # How a change is made and shown.

    def _step(self, session: Points) -> None:
        if session.hints == self._session.hints:  # to choose another point is no step
            self._move(session)
        else:
            super()._step(session)

    def _change(self, **values: Any) -> None:
        self._move(self._session) if self.chosen is None else self._step(self._session.change(**values))

    def _remembered(self, color: str | Sequence[float]) -> str:
        color = hex_color(parse_color(color))
        self._chooser.remember(color)
        return color

    def _free(self) -> tuple[float, float]:
        return self._session.free_place()

    def _painted_at(self, x: float, y: float) -> str:
        self._solver.settle()  # the picture on show may still be that of earlier points
        return self._color_at(self._right, x, y)

    def _show(self) -> None:
        session, point = self._session, self._session.point
        if point:
            self._color, self._patch = point.color, point.size
        gray = np.rint(255 * self._sketch).astype(np.uint8)
        self._left.show("picture", self._home.backdrop(opaque(np.dstack([gray] * 3))))
        self._left.show("marks", self._home.marks(mark(*self._size, session)))
        self._right.show("marks", frame(*self._size, session))
        self._chooser.write(self._color)
        if self._color:
            self._chooser.present(self._color)
        self._listing.show(session, self._color, self._outcome())
        self._placing.show(point, max(1, round(self._patch * self._painter.size)))
        self._show_history()
        self._delete.disabled, self._clear.disabled = point is None, not session.hints
        self._map.layout.visibility = "hidden" if point is None else "visible"

    def _outcome(self) -> str | None:
        """How the colour of the chosen point comes out, where the model keeps the lightness of the picture."""
        point = self._session.point
        return at_lightness(point.color, self._lightness()) if point and self._keeps_lightness else None

    def _lightness(self) -> float:
        point = self._session.point
        return self._ask(lambda painter: painter.lightness_at(point.x, point.y))

    def _consult(self, session: Points) -> None:
        self._suggest(session)

    def _advise(self) -> None:
        point = self._session.point
        self._chooser.offer(self._suggest(self._session))
        if point and self._keeps_lightness:
            self._gamut.show(self._lightness(), point.color)

    def _suggest(self, session: Points) -> list[str]:
        """Colours for the place of the chosen point; they stay while it is tried in several."""
        point, others = session.point, session.others
        if point is None:
            return []
        others = self._home.join(others)
        place = (point.x, point.y, others)
        if self._palette[0] != place and not self._dragged:
            colors = self._ask(lambda painter: painter.suggest_at(point.x, point.y, list(others), SUGGESTED))
            self._palette = (place, colors)
        return self._palette[1]

    def _panels(self) -> dict[str, np.ndarray]:
        """The points given so far, the painted picture."""
        marks = mark(*self._size, self._session.choose(None))
        return {
            f"{count(len(self._session.hints), 'point')} given": lay_over(self._left.pixels["picture"], marks),
            "painted": self._right.pixels["picture"],
        }

    def _store(self) -> None:
        super()._store()
        self._gamut.canvas.store()

    def __repr__(self) -> str:
        return f"PointPad({count(len(self._session.hints), 'point')})"
