"""One document, its history, and who is told when it changes: the only way from an event to the page.

A controller makes a new `Document` of the present one and commits it; everything that is shown, painted or saved
follows from what the store then holds.
"""

import json
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field, replace
from operator import attrgetter
from typing import Any, Generic, TypeVar

from colornb.areas import SHADING
from colornb.color import hex_color, parse_color
from colornb.hints import Hint, to_json
from colornb.palettes import Palette
from colornb.toning import Toning, read_toning
from colornb.widgets._model.marks import PointState, ScribbleState, points_from, scribbles_from
from colornb.widgets._model.picture import Picture
from colornb.widgets._model.regions import RegionState
from colornb.widgets._model.session_file import TOOLS, read_hints, read_palette, read_shading

State = TypeVar("State")
Act = Callable[[], None]
Subscription = tuple[int, Act, Callable[[Any], Any] | None]  # its turn, and what it is about
LAYERS = ("lines", *TOOLS)
FIELDS = {"region": "regions", "point": "points", "edge": "scribbles"}  # of a document, by the tool that changes each
EARLY, LISTENER, LATE = range(3)  # the turns in which subscribers are told of a change
MAX_RECENT = 6  # colours that are remembered as used last


@dataclass(frozen=True)
class Document:
    """All that a person has decided: the picture, what it is seen as, the model, the tool in hand, and all hints.

    `kind` is that of `Colorizer.set_image`; `model` a name, "" for a pad by itself; `tools` are those that the model
    accepts hints of. `others` are hints that came with the picture and that none of the tools changes. `recent` are the
    colours used last, the newest first, and `palette` is that of the work, if any; `shelf` holds the regions of other
    models, for when these come back. `refine` and `shading` are those of `Colorizer`, for drawings, and so is `toning`,
    for all pictures.
    """

    picture: Picture
    kind: str
    model: str
    tools: tuple[str, ...]
    tool: str
    regions: RegionState | None = None
    points: PointState = PointState()
    scribbles: ScribbleState = ScribbleState()
    others: tuple[Hint, ...] = ()
    recent: tuple[str, ...] = ()
    shelf: dict[tuple[str, str, bool], RegionState | None] = field(default_factory=dict)
    refine: bool = True
    shading: float = SHADING
    toning: Toning = Toning()
    palette: Palette | None = None

    @property
    def color_hints(self) -> tuple[Hint, ...]:
        """The hints that have a colour: regions, the points on them, and all others."""
        regions = self.regions.hints if self.regions and "region" in self.tools else ()
        points = self.points.hints if "point" in self.tools else ()
        return (*regions, *points, *self.others)

    @property
    def hints(self) -> tuple[Hint, ...]:
        """All hints that the model accepts, scribbles last: what `Colorizer.predict` takes."""
        return (*self.color_hints, *(self.scribbles.hints if "edge" in self.tools else ()))

    @property
    def look(self) -> tuple[Any, ...]:
        """What the pixels that are painted depend on, besides the scene."""
        return self.hints, self.shading, self.toning

    def manner(self, shades: bool = True) -> dict[str, Any]:
        """How hints are painted, and in which colours, JSON-able: as `read_manner` reads it; `shades`: as a drawing."""
        toning, palette = self.toning.to_dict(), self.palette and self.palette.to_dict()
        known = {"shading": self.shading if shades else None, "toning": toning, "palette": palette}
        return {name: value for name, value in known.items() if value not in (None, {})}

    def use_color(self, color: str) -> "Document":
        """The same with a colour first among the recent ones."""
        recent = (color, *(other for other in self.recent if other != color))
        return replace(self, recent=recent[:MAX_RECENT])

    def switch_model(self, model: str, kind: str, tools: Iterable[str], blank: RegionState | None) -> "Document":
        """The same hints for another model, or another way to see the picture; `blank` are its regions, untouched."""
        shelf = self.shelf | {(self.model, self.kind, self.refine): self.regions}
        regions = None if blank is None else shelf.get((model, kind, self.refine)) or blank
        tools = tuple(tools)
        tool = self.tool if self.tool in tools else tools[0]
        return replace(self, model=model, kind=kind, tools=tools, tool=tool, regions=regions, shelf=shelf)

    def to_dict(self) -> dict:
        """A JSON-able copy: a hint file (`colornb.hints.to_json`) that also tells all but the picture."""
        place = {} if self.regions is None else self.regions.to_dict()
        hints = [*place.get("hints", []), *json.loads(to_json((*self.points.hints, *self.scribbles.hints)))["hints"]]
        known = {"log": [asdict(entry) for entry in self.scribbles.log], "tool": self.tool, "model": self.model}
        return {"colornb": 1} | place | {"hints": hints} | known | {"kind": self.kind, "recent": list(self.recent)}

    def from_dict(self, state: dict, blank: RegionState | None, count: Callable[[int], int]) -> "Document":
        """What `to_dict` or `colornb.hints.to_json` wrote, for this picture and model.

        `blank` are the model's regions, untouched; `count(rank)` tells how many pieces one has. Raises ValueError, in
        one line, for anything else, and for hints that the model does not accept.
        """
        hints = read_hints(state)
        regions, points, scribbles = ([hint for hint in hints if isinstance(hint, type_)] for type_ in TOOLS.values())
        if regions and blank is None:
            raise ValueError("this work colours regions, and this model has none: choose the model it was made with")
        tool = state.get("tool", self._tool_of(hints))
        if tool not in self.tools:
            raise ValueError(f"tool {tool!r} in the saved work: this model has {', '.join(self.tools)}")
        return replace(
            self,
            tool=tool,
            regions=None if blank is None else blank.from_dict(state, regions, count),
            points=points_from(points),
            scribbles=scribbles_from(scribbles, {name: state[name] for name in ("log",) if name in state}),
            recent=_read_colors(state.get("recent", [])),
        )

    def _tool_of(self, hints: list[Hint]) -> str:
        """The tool of the last hint, which the user may want to go on with."""
        names = {type_: name for name, type_ in TOOLS.items()}
        tools = [names[type(hint)] for hint in hints]
        return next((tool for tool in reversed(tools) if tool in self.tools), self.tools[0])

    def show_change(self, before: "Document") -> "Document":
        """The same with the tool in hand whose hints differ first; for another picture or model, the same."""
        if scene_of(self) != scene_of(before):
            return self
        changed = [tool for tool in self.tools if getattr(self, FIELDS[tool]) != getattr(before, FIELDS[tool])]
        return replace(self, tool=next(iter(changed), before.tool))


def read_manner(state: dict, document: Document) -> dict[str, Any]:
    """What `Document.manner` wrote, as fields of a document; an older session has no toning. Raises ValueError."""
    palette = read_palette(state) or document.palette
    return {"shading": read_shading(state, document.shading), "toning": read_toning(state), "palette": palette}


def scene_of(document: Document) -> tuple[Picture, str, str, bool]:
    """What has to be looked at anew when it changes: the picture, its kind, the model, how regions are made."""
    return document.picture, document.kind, document.model, document.refine


def _read_colors(colors: object) -> tuple[str, ...]:
    if not isinstance(colors, list) or not all(isinstance(color, str) for color in colors):
        raise ValueError("the recent colours in the saved work are no list of colours")
    return tuple(hex_color(parse_color(color)) for color in colors)[:MAX_RECENT]


class History(Generic[State]):
    """States in a row, the one at `at` the present one, with undo and redo; `replace` changes it, and is no step."""

    def __init__(self, *states: State, at: int = 0) -> None:
        self._states, self._at = list(states), at

    @property
    def states(self) -> tuple[State, ...]:
        """All states, the oldest first; the number of the present one is the length of the history."""
        return tuple(self._states)

    @property
    def state(self) -> State:
        """The present state."""
        return self._states[self._at]

    @property
    def can_undo(self) -> bool:
        """Whether there is a step to take back."""
        return self._at > 0

    @property
    def can_redo(self) -> bool:
        """Whether a step was taken back."""
        return self._at + 1 < len(self._states)

    def __len__(self) -> int:
        return self._at

    def commit(self, state: State) -> None:
        """Take a step that `undo` takes back; what changes nothing is none."""
        if state != self.state:
            self._at += 1
            self._states[self._at :] = [state]

    def replace(self, state: State) -> None:
        """Put another state in the place of the present one: no step."""
        self._states[self._at] = state

    def undo(self) -> None:
        """Take the last step back; without one nothing happens."""
        self._at -= self.can_undo

    def redo(self) -> None:
        """Take again the step that was taken back last; without one nothing happens."""
        self._at += self.can_redo


class Store:
    """The present document, all before it, and the layers on show.

    Of each change, subscribers are told first, then listeners if the hints have changed, then late subscribers.
    """

    def __init__(self, *documents: Document, at: int = 0) -> None:
        self.history: History[Document] = History(*documents, at=at)
        self.layers = frozenset(LAYERS)
        self._preview: Document | None = None
        self._subscriptions: list[Subscription] = []
        self._shown = self.history.state  # what subscribers know of

    @property
    def document(self) -> Document:
        """What is so now, or what a drag is about to make it."""
        return self._preview or self.history.state

    def commit(self, document: Document) -> None:
        """Make this the present document; `undo` takes it back."""
        self.history.commit(document)
        self._publish()

    def replace(self, document: Document) -> None:
        """Make this the present document without a step: another thing is chosen, nothing is decided."""
        self.history.replace(document)
        self._publish()

    def preview(self, document: Document) -> None:
        """Take this for the present document until the next change; neither `undo` nor anyone else notices it."""
        self._preview = document

    def undo(self) -> None:
        """Take the last step back."""
        self._walk(self.history.undo)

    def redo(self) -> None:
        """Take again what was taken back last."""
        self._walk(self.history.redo)

    @property
    def steps(self) -> tuple[tuple[Document, ...], int]:
        """The steps on the present picture in a row, the oldest first, and which of them is the present one."""
        states, at = self.history.states, len(self.history)
        picture, first, last = states[at].picture, at, at + 1
        while first and states[first - 1].picture is picture:
            first -= 1
        while last < len(states) and states[last].picture is picture:
            last += 1
        return states[first:last], at - first

    def restart(self, *documents: Document, at: int = 0) -> None:
        """Begin anew with this history, whose document number `at` is the present one."""
        self.history = History(*documents, at=at)
        self._publish()

    def show_layer(self, layer: str, on: bool) -> None:
        """Show or hide a layer. Raises ValueError where there is none of this name."""
        if layer not in LAYERS:
            raise ValueError(f"no layer {layer!r}: choose one of {', '.join(LAYERS)}")
        self.layers = self.layers | {layer} if on else self.layers - {layer}
        self._publish()

    def on_change(self, callback: Act) -> None:
        """Call `callback()` whenever the hints have changed, before the picture is painted for them."""
        self._subscribe(LISTENER, callback, attrgetter("hints"))

    def subscribe(self, callback: Act, of: Callable[[Document], Any] | None = None, late: bool = False) -> Act:
        """Call `callback()` after each change, or only where `of(document)` differs; what is returned ends that."""
        return self._subscribe(LATE if late else EARLY, callback, of)

    def _subscribe(self, turn: int, callback: Act, of: Callable[[Document], Any] | None) -> Act:
        entry = turn, callback, of
        self._subscriptions.append(entry)
        return lambda: self._subscriptions.remove(entry) if entry in self._subscriptions else None

    def _walk(self, move: Act) -> None:
        before = self.document
        move()
        self.history.replace(self.history.state.show_change(before))
        self._publish()

    def _publish(self) -> None:
        self._preview, before = None, self._shown
        now = self._shown = self.history.state
        for turn in (EARLY, LISTENER, LATE):
            for entry in [entry for entry in self._subscriptions if entry[0] == turn]:
                _, callback, of = entry
                # An earlier one may have ended this one: the pad of another picture, say.
                if entry in self._subscriptions and (of is None or of(before) != of(now)):
                    callback()
