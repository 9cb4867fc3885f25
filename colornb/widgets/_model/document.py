"""All that a person has decided about a picture, as one immutable value: a `Document`, with its points and scribbles.

Points of colour and scribbles on edges are numbered from 0, and one of them may be chosen.
"""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, ClassVar, Generic, Self, TypeVar

import numpy as np

from colornb.areas import SHADING
from colornb.color import hex_color, parse_color
from colornb.hints import EdgeScribble, Hint, Point, to_json
from colornb.palettes import Palette
from colornb.studies.stroke_timing import StrokeTiming, read_log
from colornb.toning import Toning, read_toning
from colornb.widgets._model.picture import Picture
from colornb.widgets._model.regions import RegionState
from colornb.widgets._model.session_file import read_hints, read_palette, read_shading
from colornb.widgets._model.store import TOOLS

Path = Sequence[tuple[float, float]]
Mark = TypeVar("Mark", Point, EdgeScribble)
FIELDS = {"region": "regions", "point": "points", "edge": "scribbles"}  # of a document, by the tool that changes each
GRID = 9  # places a row that a new point may take when nobody says where
MIN_STEP = 0.005  # of the shorter side: points of a path that are nearer to each other tell nothing
DIGITS = 5  # of a coordinate: enough for a picture of 10,000 pixels, and half as long in a file
MAX_RECENT = 6  # colours that are remembered as used last


@dataclass(frozen=True)
class MarkState(Generic[Mark]):
    """One state of the work: the hints given so far, numbered from 0, and which of them is chosen (None: none)."""

    hints: tuple[Mark, ...] = ()
    chosen: int | None = None
    noun: ClassVar[str] = ""

    @property
    def mark(self) -> Mark | None:
        """The chosen one."""
        return None if self.chosen is None else self.hints[self.chosen]

    def choose(self, number: object) -> Self:
        """Choose one. Raises ValueError where there is none of this number."""
        if number is not None and (type(number) is not int or not 0 <= number < len(self.hints)):
            most = len(self.hints) - 1
            raise ValueError(f"there is no {self.noun} {number!r}: choose one from 0 to {most}, or None")
        return replace(self, chosen=number)

    def swap(self, mark: Mark) -> Self:
        """Put another one in the place of the chosen one."""
        return replace(self, hints=(*self.hints[: self.chosen], mark, *self.hints[self.chosen + 1 :]))

    def to_dict(self) -> dict:
        """A JSON-able copy: a hint file (`colornb.hints.to_json`) that also tells which one is chosen."""
        return json.loads(to_json(self.hints)) | {"chosen": self.chosen}


class PointState(MarkState[Point]):
    """Points of colour, and which of them is chosen."""

    noun = "point"

    @property
    def others(self) -> tuple[Point, ...]:
        """All points but the chosen one."""
        return tuple(point for number, point in enumerate(self.hints) if number != self.chosen)

    def add(self, point: Point) -> "PointState":
        """Put a point over all others, and choose it."""
        return PointState((*self.hints, _plain(point)), len(self.hints))

    def change(self, **values: float | str) -> "PointState":
        """Give the chosen point another `x`, `y`, `color` or `size`. Raises ValueError where none is chosen."""
        if self.mark is None:
            raise ValueError("no point is chosen: click one in a picture, or add one")
        return self.swap(_plain(replace(self.mark, **values)))

    def delete(self) -> "PointState":
        """Take the chosen point away, and choose none. Raises ValueError where none is chosen."""
        self.change()
        return PointState(self.others)

    def free_place(self) -> tuple[float, float]:
        """The place in a picture that is farthest from all points; the middle where there are none."""
        line = (np.arange(GRID) + 0.5) / GRID
        x, y = (axis.ravel() for axis in np.meshgrid(line, line))
        given = np.array([(point.x, point.y) for point in self.hints]).reshape(-1, 2)
        near = np.hypot(x[:, None] - given[:, 0], y[:, None] - given[:, 1]).min(1, initial=1.0)
        best = np.argmax(near - 0.01 * np.hypot(x - 0.5, y - 0.5))  # of equal ones that nearest the middle
        return float(x[best]), float(y[best])


def points_from(hints: Iterable[Hint], chosen: object = None) -> PointState:
    """A state with these points; `chosen` is a number, or None. Raises ValueError for anything else."""
    hints = tuple(hints)
    for hint in hints:
        if not isinstance(hint, Point):
            raise ValueError(f"{hint!r} is no point: give a list of colornb.Point")
    return PointState(tuple(_plain(point) for point in hints)).choose(chosen)


def _plain(point: Point) -> Point:
    """The same point with its numbers as floats and its colour as "#rrggbb"."""
    color = hex_color(parse_color(point.color))
    return Point(float(point.x), float(point.y), color, float(point.size))


@dataclass(frozen=True)
class ScribbleState(MarkState[EdgeScribble]):
    """Scribbles on edges, what each has cost, and which of them is chosen."""

    noun = "scribble"
    log: tuple[StrokeTiming, ...] = ()

    def add(self, scribble: EdgeScribble, timing: StrokeTiming) -> "ScribbleState":
        """Give one more scribble, and choose none: what is set next is for the one after it."""
        return replace(self, hints=(*self.hints, scribble), log=(*self.log, timing), chosen=None)

    def resize(self, width: float) -> "ScribbleState":
        """Give the chosen scribble another width; where none is chosen, nothing happens."""
        return self if self.mark is None else self.swap(replace(self.mark, width=width))

    def delete(self) -> "ScribbleState":
        """Take the chosen scribble away, or the last where none is chosen. Raises ValueError where there is none."""
        if not self.hints:
            raise ValueError("there is no scribble to take away: draw one along an edge")
        at = len(self.hints) - 1 if self.chosen is None else self.chosen
        hints, log = (kept[:at] + kept[at + 1 :] for kept in (self.hints, self.log))
        return ScribbleState(hints, log=log)

    def to_dict(self) -> dict:
        """A JSON-able copy: a hint file (`colornb.hints.to_json`) that also tells what the scribbles have cost."""
        return super().to_dict() | {"log": [asdict(entry) for entry in self.log]}


def scribbles_from(hints: Iterable[EdgeScribble], state: dict | None = None) -> ScribbleState:
    """A state with these scribbles, and the "log" and the "chosen" that a saved session tells of them.

    Raises ValueError, in one line, where the session does not fit them.
    """
    hints, state = tuple(hints), state or {}
    # What nobody has measured took no known time.
    log = read_log(state["log"], len(hints)) if "log" in state else (StrokeTiming(),) * len(hints)
    return ScribbleState(hints, log=log).choose(state.get("chosen"))


def simplify(path: Path, height: int, width: int) -> tuple[tuple[float, float], ...]:
    """A path (x, y) in [0, 1] on a picture of this size without points that tell nothing; its ends stay."""
    places = np.array(path, float) * (width, height) / min(height, width)
    kept = [0]
    for number in range(1, len(path)):
        if np.hypot(*(places[number] - places[kept[-1]])) >= MIN_STEP:
            kept.append(number)
    if len(kept) > 1:
        kept[-1] = len(path) - 1
    points = [(round(float(x), DIGITS), round(float(y), DIGITS)) for x, y in (path[number] for number in kept)]
    # A line from a point to itself: a single point has no line to be drawn.
    return tuple(points * 2 if len(points) == 1 else points)


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
        if changed == ["edge"] and self.tool == before.tool == "point":  # where lines are drawn, too
            changed = []
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
