"""Scribbles on edges, what each has cost, and which one is chosen, as immutable states."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace

import numpy as np

from colornb.hints import EdgeScribble, to_json
from colornb.studies.stroke_timing import StrokeTiming, read_log

Path = Sequence[tuple[float, float]]
MIN_STEP = 0.005  # of the shorter side: points of a path that are nearer to each other tell nothing
DIGITS = 5  # of a coordinate: enough for a picture of 10,000 pixels, and half as long in a file


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

    def choose(self, number: int | None) -> "ScribbleState":
        """Choose a scribble. Raises ValueError where there is none of this number."""
        if number is not None and (type(number) is not int or not 0 <= number < len(self.hints)):
            raise ValueError(f"there is no scribble {number!r}: choose one from 0 to {len(self.hints) - 1}, or None")
        return replace(self, chosen=number)

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
    chosen = state.get("chosen")
    if not isinstance(chosen, int | None):
        raise ValueError(f"chosen {chosen!r} in the session: scribbles have whole numbers")
    return ScribbleState(hints, log).choose(chosen)


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
