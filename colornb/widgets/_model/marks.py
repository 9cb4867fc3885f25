"""Points of colour and scribbles on edges, numbered from 0, and which one is chosen, as immutable states."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import ClassVar, Generic, Self, TypeVar

import numpy as np

from colornb.color import hex_color, parse_color
from colornb.hints import EdgeScribble, Hint, Point, to_json
from colornb.studies.stroke_timing import StrokeTiming, read_log

Path = Sequence[tuple[float, float]]
Mark = TypeVar("Mark", Point, EdgeScribble)
GRID = 9  # places a row that a new point may take when nobody says where
MIN_STEP = 0.005  # of the shorter side: points of a path that are nearer to each other tell nothing
DIGITS = 5  # of a coordinate: enough for a picture of 10,000 pixels, and half as long in a file


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
