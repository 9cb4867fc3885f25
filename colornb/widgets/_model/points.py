"""Points of colour and which of them is chosen, as immutable states."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np

from colornb.color import hex_color, parse_color
from colornb.hints import Hint, Point, to_json

GRID = 9  # places a row that a new point may take when nobody says where


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

    def choose(self, number: int | None) -> "PointState":
        """Choose a point. Raises ValueError where there is none of this number."""
        if number is not None and (type(number) is not int or not 0 <= number < len(self.hints)):
            raise ValueError(f"there is no point {number!r}: choose one from 0 to {len(self.hints) - 1}, or None")
        return replace(self, chosen=number)

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
    if not isinstance(chosen, int | None):
        raise ValueError(f"chosen {chosen!r} in the session: points have whole numbers")
    return PointState(tuple(_plain(point) for point in hints)).choose(chosen)


def _plain(point: Point) -> Point:
    """The same point with its numbers as floats and its colour as "#rrggbb"."""
    color = hex_color(parse_color(point.color))
    return Point(float(point.x), float(point.y), color, float(point.size))
