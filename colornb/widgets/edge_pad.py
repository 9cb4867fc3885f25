"""EdgePad: you draw along an edge that colour has bled across, and the model corrects it (Kim et al., ICCV 2021)."""

import json
import time
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from ipywidgets import Box, DOMWidget, HBox

from colornb.hints import HINT_TYPES, EdgeScribble, Hint, to_json
from colornb.studies.stroke_timing import StrokeTiming
from colornb.widgets._mark_pad import MarkPad
from colornb.widgets._model.document import Path, ScribbleState, scribbles_from, simplify
from colornb.widgets._pad import WHOLE, Document, Pad, PixelSource, Place, Store, Viewport
from colornb.widgets._view.controls import HintList, Summary, SuppressEvents, muted, plural, spread
from colornb.widgets._view.keys import Key
from colornb.widgets._view.overlays import Clock, Pen, alpha_composite, draw_scribbles, find_scribble
from colornb.widgets._view.panels import MAX_SUGGESTED, EdgeSuggestions, width_slider

WIDTH_UNIT = 256  # the side of the picture whose pixels widths are told in, as in the paper
MAX_WIDTH = 11  # such pixels: the widest scribble the networks are trained with


class EdgePad(MarkPad, Pad):
    """Correct a painted picture by scribbles: draw along an edge that colour has bled across; it needs no colour.

    The left picture is the one without scribbles, the right one with; both can be drawn on. A click on a scribble or on
    its number chooses it: then its width can be changed, or it can be deleted; otherwise Delete takes the last
    one away. Scribbles are numbered from 0 in the order they were given. A colorizer that suggests edges
    (`suggest_edges`) is asked by a button, and each of its edges is taken by one click. With the keys on a picture,
    Delete and Ctrl+Z do what their buttons do.

    Hints of other kinds are kept: the model is given them too, and `state` holds them. Its "log" has one entry a
    scribble: "find" and "draw", seconds, and "suggested", as in `colornb.studies.stroke_timing.StrokeTiming`.

    `colorizer` is a `colornb.colorizer.Colorizer` with an edge-enhancing network. `picture` is anything
    `colornb.images.load_image` takes or an RGB tensor (1, 3, H, W) in [0, 1]; without it the colorizer's present
    picture is used. `hints` are there from the beginning. `kind` is as in `Colorizer.set_image`; `clock` tells the
    seconds; `store` is for pads that share their document, see `Studio`.
    Raises ValueError for a colorizer that takes no scribbles, or no such hints, or has no picture.
    """

    tool, reads_all = "edge", True
    welcome = "Draw with mouse, pen or finger; a click makes a dot. Press Delete to take the last scribble away."
    refusal = "this model does not accept edge scribbles: choose one that does, such as edge_enhancing-photo3"

    css_class = "points"  # for its cross-hair
    _suggested: tuple[EdgeScribble, ...] = ()  # the edges suggested last
    _unmended: tuple[Any, PixelSource] | None = None  # all but the scribbles, and the picture for it
    _next_width = EdgeScribble(((0, 0),)).width

    def __init__(
        self,
        colorizer: Any,
        picture: Any = None,
        hints: Iterable[Hint] = (),
        *,
        kind: str = "auto",
        clock: Clock = time.monotonic,
        store: Store | None = None,
    ) -> None:
        self._clock, self._first_hints = clock, hints
        super().__init__(colorizer, picture, kind=kind, store=store)
        self._since = clock()  # when the user began to look for the next edge

    def _first_document(self) -> Document:
        others, scribbles = split_hints(self._first_hints, self.scene.hint_kinds)
        return replace(super()._first_document(), others=others, scribbles=scribbles_from(scribbles))

    # What the pad holds.

    @property
    def strokes(self) -> ScribbleState:
        """What has been decided about the scribbles, immutable."""
        return self.document.scribbles

    @property
    def hints(self) -> list[Hint]:
        """All hints, the scribbles last: what `Colorizer.predict` takes."""
        return list(self.document.hints)

    @property
    def scribbles(self) -> list[EdgeScribble]:
        """The scribbles given so far."""
        return list(self.strokes.hints)

    @property
    def log(self) -> list[StrokeTiming]:
        """What each scribble has cost."""
        return list(self.strokes.log)

    @property
    def found(self) -> dict[int, EdgeScribble]:
        """The edges that the model suggests and nobody has taken yet, by their numbers from 0."""
        taken = {scribble.path for scribble in self.strokes.hints}  # whatever width it has by now
        return {number: edge for number, edge in enumerate(self._suggested) if edge.path not in taken}

    def _to_dict(self) -> dict:
        return super()._to_dict() | json.loads(to_json(self.hints))

    def _take_hints(self, hints: Sequence[Hint], state: dict) -> None:
        others, scribbles = split_hints(hints, self.scene.hint_kinds)
        fields = {"others": others, "scribbles": scribbles_from(scribbles, state)}
        self._suggested = ()
        self._commit(**fields)
        self._suggest(())
        self._since = self._clock()  # the user begins to look for the next edge

    # What can be done with it: each is a button, a slider or a stroke of the pen too.

    def add(self, path: Path, width: float | None = None) -> None:
        """Scribble along a path (x, y) in [0, 1], y down; without `width` it takes the one on show.

        `width` is a fraction of the picture's shorter side. Raises ValueError outside the picture.
        """
        now, width = self._clock(), self._next_width if width is None else width
        self._give(EdgeScribble(tuple(path), width), now, now)

    def find(self) -> None:
        """Ask the model for the edges that colour has most likely bled across, and show them."""
        if not self._can_suggest:
            raise ValueError("this colorizer suggests no edges: draw along one yourself")
        self.status.show("Looking for edges ..")
        found = self.scene.ask(lambda colorizer: colorizer.suggest_edges(self.hints, MAX_SUGGESTED))
        self._suggest(tuple(found)[:MAX_SUGGESTED])
        self.status.show(f"{plural(len(found), 'edge')} found." if found else "No edge needs mending.")

    def take(self, number: int) -> None:
        """Make a suggested edge a scribble. Raises ValueError where there is none of this number."""
        if number not in self.found:
            raise ValueError(f"no edge {number!r} is suggested: find some, and take one that is on show")
        now = self._clock()
        self._give(self.found[number], now, now, suggested=True)

    def hide(self) -> None:
        """Show no suggested edges."""
        self._suggest(())

    def resize(self, width: float) -> None:
        """Give the chosen scribble a width, or the next one: a fraction in (0, 1] of the picture's shorter side.

        Raises ValueError for anything else.
        """
        self._next_width = EdgeScribble(((0, 0),), width).width
        self._commit(scribbles=self.strokes.resize(width)) if self.strokes.mark else self._show()

    # How it is laid out.

    def _parts(self) -> list[DOMWidget]:
        on = self.status.catch_errors
        self._list = HintList(on(lambda number: self.select(None if number == self.chosen else number)))
        self._suggestions = EdgeSuggestions(on(self.find), on(self.take), on(self.hide))
        self._quiet, self._width = SuppressEvents(), width_slider(MAX_WIDTH)
        self._quiet.observe(self._width, on(lambda pixels: self.resize(pixels / WIDTH_UNIT)))
        for canvas in (self.left, self.right):
            Pen(canvas, self._clock, on(self._on_stroke), lambda: self._next_width * min(self.scene.size))
        pictures = self._pictures("Without scribbles", "With scribbles")
        edges = (self._suggestions.widget,) if self._can_suggest else ()
        return [self._list.widget, self._body(pictures, self._width, *edges, self._buttons())]

    @property
    def _can_suggest(self) -> bool:
        colorizer = self.scene.colorizer
        return "edge" in colorizer.network.hint_kinds and hasattr(colorizer, "suggest_edges")

    def _buttons(self) -> Box:
        button = self._button
        self._delete = button("Delete", "times", "Take the chosen scribble away, or the last one", self.delete)
        self._clear = button("Clear", "trash", "Take all scribbles away", self.clear)
        changes = HBox((*self._history_buttons("change of the scribbles"), self._delete, self._clear))
        return spread(changes, self._export_button(), margin="4px 0 0 0")

    # What the browser tells.

    def _own_keys(self) -> list[Key]:
        return [
            *super()._own_keys(),
            Key("[", "Thinner scribble", lambda: self._grow(-1)),
            Key("]", "Thicker scribble", lambda: self._grow(1)),
            Key("n", "Next scribble", self._choose_next),
        ]

    def _grow(self, pixels: int) -> None:
        """Change the width, as the slider does."""
        self._width.value += pixels

    def _on_stroke(self, path: list[Place], pressed: float) -> None:
        if len(path) == 1 and self._takes_click(*path[0]):
            return
        self._give(EdgeScribble(simplify(path, *self.scene.size), self._next_width), pressed, self._clock())

    def _takes_click(self, x: float, y: float) -> bool:
        """Whether a click meant a suggested edge or a scribble, and not a dot."""
        numbers, size = list(self.found), self.scene.size
        edge = find_scribble([self.found[number] for number in numbers], x, y, *size)
        scribble = find_scribble(self.strokes.hints, x, y, *size)
        if edge is not None:
            self.take(numbers[edge])
        elif scribble is not None:
            self.select(scribble)
        return edge is not None or scribble is not None

    # How a change is made and shown.

    def _give(self, scribble: EdgeScribble, pressed: float, ended: float, suggested: bool = False) -> None:
        find, draw = (round(max(0.0, seconds), 3) for seconds in (pressed - self._since, ended - pressed))
        self._since = ended
        self._commit(scribbles=self.strokes.add(scribble, StrokeTiming(find, draw, suggested)))

    def _suggest(self, edges: tuple[EdgeScribble, ...]) -> None:
        self._suggested = edges
        self._suggestions.show(len(edges), self.found)
        self._show()

    def _show(self) -> None:
        strokes, found = self.strokes, self.found
        if strokes.mark:
            self._next_width = strokes.mark.width
        with self._quiet:
            self._width.value = in_pixels(self._next_width)

        def draw(view: Viewport, height: int, width: int) -> np.ndarray:
            fine = height / self.scene.size[0]
            return draw_scribbles(height, width, strokes.hints, strokes.chosen, found, view, fine)

        self._show_marks_of(draw)
        self._list.show(summarize_strokes(strokes), strokes.chosen)
        if self._suggested:
            self._suggestions.show(len(self._suggested), found)
        self._show_history()
        self._delete.disabled = self._clear.disabled = not strokes.hints

    def _resize(self) -> None:
        super()._resize()
        if self._unmended is not None:
            self._unmended = None, self._unmended[1]

    def query_model(self, document: Document) -> None:
        """Have the picture without scribbles ready."""
        others = without_scribbles(document)
        if self._unmended is None or self._unmended[0] != others:
            self._unmended = others, self._paint(document.color_hints)

    def _paint_detail(self, document: Document) -> PixelSource:
        self._unmended = without_scribbles(document), self._paint(document.color_hints, is_last=True)
        return super()._paint_detail(document)

    def on_detailed(self, picture: PixelSource) -> None:
        """Show the picture exactly, with scribbles and without."""
        super().on_detailed(picture)
        self.show_advice()

    def show_advice(self) -> None:
        """Show the picture without scribbles, at the left and in its share of the right one."""
        self.left.show("picture", self._with_marks(self._before(), "region", "point"))
        self._show_right()

    def _before(self) -> PixelSource:
        return self._unmended[1]

    def _panels(self) -> dict[str, np.ndarray]:
        """The picture without scribbles, the scribbles on it, the picture with them applied."""
        before = self._before()(WHOLE, *self.scene.size)
        marks = draw_scribbles(*before.shape[:2], self.strokes.hints)
        return {
            "without scribbles": before,
            plural(len(self.strokes.hints), "scribble"): alpha_composite(before, marks),
            "with scribbles": self.painted_pixels,
        }

    def _repr_mimebundle_(self, **arguments: Any) -> dict[str, Any]:
        bundle = super()._repr_mimebundle_(**arguments)
        if not self.strokes.log:
            self._since = self._clock()  # the picture is shown now, however long ago the pad was made
        return bundle


def without_scribbles(document: Document) -> tuple[Any, ...]:
    """What the picture without scribbles depends on."""
    return document.color_hints, document.shading, document.toning


def split_hints(hints: Iterable[Hint], hint_kinds: Sequence[str]) -> tuple[tuple[Hint, ...], tuple[EdgeScribble, ...]]:
    """All other hints, and the scribbles. Raises ValueError for what is no hint, and for kinds not in `hint_kinds`."""
    others, scribbles, names = [], [], {hint_type: name for name, hint_type in HINT_TYPES.items()}
    for hint in hints:
        if type(hint) not in names:
            raise ValueError(f"{hint!r} is no hint: give a list of colornb.hints.EdgeScribble, and of other hints")
        (scribbles if isinstance(hint, EdgeScribble) else others).append(hint)
    if strange := {names[type(hint)] for hint in others} - set(hint_kinds):
        raise ValueError(f"this colorizer takes no {min(strange)} hints: leave them out, or load a method that does")
    return tuple(others), tuple(scribbles)


def summarize_strokes(strokes: ScribbleState) -> Summary:
    """What is said in bold, the line beside it, and of each scribble its width; nothing that a user wrote."""
    widths = [f"{plural(in_pixels(scribble.width), 'pixel')} wide" for scribble in strokes.hints]
    chips = [(None, f"Scribble {number}: {width}") for number, width in enumerate(widths, 1)]
    if strokes.mark:
        bold = f"Scribble {strokes.chosen + 1} of {len(widths)} is {widths[strokes.chosen]}."
        return bold, muted("Give it another width, delete it, or draw the next one."), chips
    if widths:
        return f"{plural(len(widths), 'scribble')}.", muted("Draw another, or choose one to change it."), chips
    return "Where has colour bled across an edge?", muted("Draw along that edge, on either picture."), chips


def in_pixels(width: float) -> int:
    """A width in the pixels that the slider counts."""
    return max(1, round(width * WIDTH_UNIT))
