"""Points of colour: what has been decided at a point pad, as immutable states, and points as pixels."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from colornb.color import hex_color, parse_color
from colornb.hints import Hint, Point, to_json
from colornb.widgets._regions import ACCENT, HALO, INK
from colornb.widgets._session import read_hints

PLAIN, CHOSEN = ((2, INK), (1, HALO)), ((4, HALO), (3, ACCENT))  # how far a frame reaches out, and its colour
LEAST = 4  # canvas pixels from the middle of a mark to its side; a smaller one could not be seen
REACH = 10  # canvas pixels around the middle of a point that a finger or a pointer may miss it by
GRID = 9  # places a row that a new point may take when nobody says where


@dataclass(frozen=True)
class Points:
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

    def add(self, point: Point) -> "Points":
        """Put a point over all others, and choose it."""
        return Points((*self.hints, _plain(point)), len(self.hints))

    def choose(self, number: int | None) -> "Points":
        """Choose a point. Raises ValueError where there is none of this number."""
        if number is not None and (type(number) is not int or not 0 <= number < len(self.hints)):
            raise ValueError(f"there is no point {number!r}: choose one from 0 to {len(self.hints) - 1}, or None")
        return replace(self, chosen=number)

    def change(self, **values: float | str) -> "Points":
        """Give the chosen point another `x`, `y`, `color` or `size`. Raises ValueError where none is chosen."""
        if self.point is None:
            raise ValueError("no point is chosen: click one in a picture, or add one")
        point = _plain(replace(self.point, **values))
        return replace(self, hints=(*self.hints[: self.chosen], point, *self.hints[self.chosen + 1 :]))

    def delete(self) -> "Points":
        """Take the chosen point away, and choose none. Raises ValueError where none is chosen."""
        self.change()
        return Points(self.others)

    def at(self, x: float, y: float, height: int, width: int) -> int | None:
        """The point that a click at (x, y) in [0, 1] on a canvas means: the nearest within reach, None: none."""
        best, found = np.inf, None
        for number, point in enumerate(self.hints):
            down, across = abs(y - point.y) * height, abs(x - point.x) * width
            distance = np.hypot(down, across)
            if max(down, across) <= max(REACH, half_side(point, height, width)) and distance <= best:
                best, found = distance, number
        return found

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


def read_points(state: dict) -> Points:
    """What `Points.to_dict` or `colornb.hints.to_json` wrote. Raises ValueError, in one line, for anything else."""
    points, chosen = take_points(read_hints(state, Point)), state.get("chosen")
    if not isinstance(chosen, int | None):
        raise ValueError(f"chosen {chosen!r} in the session: points have whole numbers")
    return points.choose(chosen)


def take_points(hints: Iterable[Hint]) -> Points:
    """A state with these points, none of them chosen. Raises ValueError for hints of other kinds."""
    hints = tuple(hints)
    for hint in hints:
        if not isinstance(hint, Point):
            raise ValueError(f"{hint!r} is no point: give a list of colornb.Point")
    return Points(tuple(_plain(point) for point in hints))


def _plain(point: Point) -> Point:
    """The same point with its numbers as floats and its colour as "#rrggbb"."""
    color = hex_color(parse_color(point.color))
    return Point(float(point.x), float(point.y), color, float(point.size))


def half_side(point: Point, height: int, width: int) -> int:
    """How far the mark of a point reaches from its middle, in canvas pixels."""
    return max(LEAST, round(point.size * min(height, width) / 2))


def mark(height: int, width: int, points: Points) -> np.ndarray:
    """The points as framed squares of their colour and size, as RGBA uint8; the chosen one on top and bright."""
    marks = np.zeros((height, width, 4), np.uint8)
    for point in points.others:
        _draw(marks, point, PLAIN, (*_bytes(point), 255))
    if points.point:
        _draw(marks, points.point, CHOSEN, (*_bytes(points.point), 255))
    return marks


def frame(height: int, width: int, points: Points) -> np.ndarray:
    """The frame of the chosen point alone, with what is in it left to be seen, as RGBA uint8."""
    marks = np.zeros((height, width, 4), np.uint8)
    if points.point:
        _draw(marks, points.point, CHOSEN, (0, 0, 0, 0))
    return marks


def _draw(marks: np.ndarray, point: Point, frames: Sequence[tuple], fill: tuple[int, ...]) -> None:
    height, width = marks.shape[:2]
    row, column = min(height - 1, int(point.y * height)), min(width - 1, int(point.x * width))
    half = half_side(point, height, width)
    for grow, color in (*frames, (0, fill)):
        reach = half + grow
        marks[max(0, row - reach) : row + reach + 1, max(0, column - reach) : column + reach + 1] = color


def _bytes(point: Point) -> tuple[int, ...]:
    return tuple(round(255 * value) for value in parse_color(point.color))
