"""Points of colour and scribbles on edges, numbered from 0, and which one is chosen, as immutable states."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import TypeVar

import numpy as np

from colornb.color import hex_color, parse_color
from colornb.hints import EdgeScribble, Hint, Point, to_json
from colornb.studies.stroke_timing import StrokeTiming, read_log

Path = Sequence[tuple[float, float]]
Marks = TypeVar("Marks", "PointState", "ScribbleState")
GRID = 9  # places a row that a new point may take when nobody says where
MIN_STEP = 0.005  # of the shorter side: points of a path that are nearer to each other tell nothing
DIGITS = 5  # of a coordinate: enough for a picture of 10,000 pixels, and half as long in a file


@dataclass(frozen=True)
class PointState:
    """One state of the work: the points of colour given so far, and which of them is chosen (None: none)."""

    hints: tuple[Point, ...] = ()
    chosen: int | None = None

    @property
    def point(self) -> Point | None:
        """The chosen point."""
        return None if self.chosen is None else self.hints[self.chosen]

    @property
    def others(self) -> tuple[Point, ...]:
        """All points but the chosen one."""
        return tuple(point for number, point in enumerate(self.hints) if number != self.chosen)

    def add(self, point: Point) -> "PointState":
        """Put a point over all others, and choose it."""
        return PointState((*self.hints, _plain(point)), len(self.hints))

    def choose(self, number: object) -> "PointState":
        """Choose a point. Raises ValueError where there is none of this number."""
        return _choose(self, number, "point")

    def change(self, **values: float | str) -> "PointState":
        """Give the chosen point another `x`, `y`, `color` or `size`. Raises ValueError where none is chosen."""
        if self.point is None:
            raise ValueError("no point is chosen: click one in a picture, or add one")
        point = _plain(replace(self.point, **values))
        return replace(self, hints=(*self.hints[: self.chosen], point, *self.hints[self.chosen + 1 :]))

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

    def to_dict(self) -> dict:
        """A JSON-able copy: a hint file (`colornb.hints.to_json`) that also tells which point is chosen."""
        return json.loads(to_json(self.hints)) | {"chosen": self.chosen}


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
class ScribbleState:
    """One state of the work: the scribbles, what each has cost, and which is chosen (None: none)."""

    hints: tuple[EdgeScribble, ...] = ()
    log: tuple[StrokeTiming, ...] = ()
    chosen: int | None = None

    @property
    def scribble(self) -> EdgeScribble | None:
        """The chosen scribble."""
        return None if self.chosen is None else self.hints[self.chosen]

    def add(self, scribble: EdgeScribble, timing: StrokeTiming) -> "ScribbleState":
        """Give one more scribble, and choose none: what is set next is for the one after it."""
        return replace(self, hints=(*self.hints, scribble), log=(*self.log, timing), chosen=None)

    def choose(self, number: object) -> "ScribbleState":
        """Choose a scribble. Raises ValueError where there is none of this number."""
        return _choose(self, number, "scribble")

    def resize(self, width: float) -> "ScribbleState":
        """Give the chosen scribble another width; where none is chosen, nothing happens."""
        if self.scribble is None:
            return self
        changed = list(self.hints)
        changed[self.chosen] = replace(self.scribble, width=width)
        return replace(self, hints=tuple(changed))

    def delete(self) -> "ScribbleState":
        """Take the chosen scribble away, or the last where none is chosen. Raises ValueError where there is none."""
        if not self.hints:
            raise ValueError("there is no scribble to take away: draw one along an edge")
        at = len(self.hints) - 1 if self.chosen is None else self.chosen
        return ScribbleState(*(kept[:at] + kept[at + 1 :] for kept in (self.hints, self.log)))

    def to_dict(self) -> dict:
        """A JSON-able copy: a hint file (`colornb.hints.to_json`) that also tells what the scribbles have cost."""
        return json.loads(to_json(self.hints)) | {"chosen": self.chosen, "log": [asdict(entry) for entry in self.log]}


def scribbles_from(hints: Iterable[EdgeScribble], state: dict | None = None) -> ScribbleState:
    """A state with these scribbles, and the "log" and the "chosen" that a saved session tells of them.

    Raises ValueError, in one line, where the session does not fit them.
    """
    hints, state = tuple(hints), state or {}
    # What nobody has measured took no known time.
    log = read_log(state["log"], len(hints)) if "log" in state else (StrokeTiming(),) * len(hints)
    return ScribbleState(hints, log).choose(state.get("chosen"))


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


def _choose(marks: Marks, number: object, noun: str) -> Marks:
    if number is not None and (type(number) is not int or not 0 <= number < len(marks.hints)):
        raise ValueError(f"there is no {noun} {number!r}: choose one from 0 to {len(marks.hints) - 1}, or None")
    return replace(marks, chosen=number)
