"""What has been decided at a region pad, and the row of states that undo walks; no browser comes in here."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

from colornb.color import hex_color, parse_color
from colornb.hints import Hint, Region, from_json, to_json

State = TypeVar("State")


@dataclass(frozen=True)
class Session:
    """One state of the work: the region asked about, the colours given, the regions left alone.

    `order` holds the ranks of the regions in the order in which the model asks for them.
    """

    order: tuple[int, ...]
    rank: int
    hints: tuple[Region, ...] = ()
    skipped: frozenset[int] = frozenset()
    finished: bool = False

    @property
    def position(self) -> int:
        """Place of the current region in the model's order, from 0."""
        return self.order.index(self.rank)

    @property
    def is_blank(self) -> bool:
        """Whether nothing has been decided."""
        return not self.hints and not self.skipped

    def color(self, rank: int) -> str | None:
        """The colour given to a region, "#rrggbb", or None."""
        return next((hint.color for hint in self.hints if hint.rank == rank), None)

    def paint(self, color: str | Sequence[float]) -> "Session":
        """Give the current region a colour. Raises ValueError for what is no colour."""
        hint = Region(self.rank, hex_color(parse_color(color)))
        if self.finished:
            raise ValueError("no region is lit: click one in a picture, or press Back")
        hints = (*(other for other in self.hints if other.rank != self.rank), hint)
        return replace(self, hints=hints, skipped=self.skipped - {self.rank})

    def skip(self) -> "Session":
        """Leave the current region to the model, and go on; a finished session stays as it is."""
        if self.finished:
            return self
        hints = tuple(hint for hint in self.hints if hint.rank != self.rank)
        return replace(self, hints=hints, skipped=self.skipped | {self.rank}).advance()

    def advance(self) -> "Session":
        """Go to the next region that is neither coloured nor skipped; finish where there is none."""
        if self.finished:
            return self
        decided = {hint.rank for hint in self.hints} | self.skipped
        ahead = (*self.order[self.position + 1 :], *self.order[: self.position])
        rank = next((rank for rank in ahead if rank not in decided), None)
        return self.finish() if rank is None else self.select(rank)

    def retreat(self) -> "Session":
        """Go to the region asked for before this one; from the end, back to the last one lit."""
        step = 0 if self.finished else 1
        return self.select(self.order[max(0, self.position - step)])

    def select(self, rank: int) -> "Session":
        """Go to any region. Raises ValueError where the picture has no such region."""
        if rank not in self.order:
            raise ValueError(f"this picture has no region {rank}: choose one of {list(self.order)}")
        return replace(self, rank=self.order[self.order.index(rank)], finished=False)

    def finish(self) -> "Session":
        """Leave to the model all that has no colour yet."""
        return replace(self, finished=True)

    def clear(self) -> "Session":
        """Forget every colour and begin again."""
        return Session(self.order, self.order[0])

    def to_dict(self) -> dict:
        """A JSON-able copy: a hint file (`colornb.hints.to_json`) that also tells where we are."""
        place = {"rank": self.rank, "skipped": sorted(self.skipped), "finished": self.finished}
        return json.loads(to_json(self.hints)) | place

    def from_dict(self, state: dict) -> "Session":
        """What `to_dict` wrote, for the regions of this picture. Raises ValueError, in one line."""
        session = self.clear()
        for hint in read_hints(state, Region):
            session = session.select(hint.rank).paint(hint.color)
        skipped = [session.select(rank).rank for rank in _ranks("skipped", state.get("skipped", []))]
        (rank,) = _ranks("rank", [state.get("rank", self.order[0])])
        coloured = {hint.rank for hint in session.hints}
        finished = bool(state.get("finished"))
        return replace(session.select(rank), skipped=frozenset(skipped) - coloured, finished=finished)


def read_hints(state: dict, kind: type[Hint]) -> list[Hint]:
    """The hints in a saved session, all of one kind. Raises ValueError, in one line, for anything else."""
    try:
        text = json.dumps(state)
    except (TypeError, ValueError):
        raise ValueError("this is no session: give the dict that `state` holds") from None
    hints = from_json(text)
    for hint in hints:
        if not isinstance(hint, kind):
            wanted, given = (name.__name__.lower() for name in (kind, type(hint)))
            raise ValueError(f"{hint} is no {wanted} hint: open this session in a pad for {given}s")
    return hints


def _ranks(name: str, ranks: object) -> list[int]:
    if not isinstance(ranks, list) or not all(type(rank) is int for rank in ranks):
        raise ValueError(f"{name} {ranks!r} in the session: ranks of regions are whole numbers")
    return ranks


class History(Generic[State]):
    """States in a row with undo and redo; to look elsewhere replaces the present one, no step."""

    def __init__(self, state: State) -> None:
        self.state = state
        self._past: list[State] = []
        self._future: list[State] = []

    @property
    def can_undo(self) -> bool:
        """Whether there is a step to take back."""
        return bool(self._past)

    @property
    def can_redo(self) -> bool:
        """Whether a step was taken back."""
        return bool(self._future)

    def step(self, state: State) -> None:
        """Take a step that `undo` takes back; what changes nothing is none."""
        if state == self.state:
            return
        self._past.append(self.state)
        self._future.clear()
        self.state = state

    def move(self, state: State) -> None:
        """Look elsewhere: no step."""
        self.state = state

    def undo(self) -> None:
        """Take the last step back; without one nothing happens."""
        if self._past:
            self._future.append(self.state)
            self.state = self._past.pop()

    def redo(self) -> None:
        """Take again the step that was taken back last; without one nothing happens."""
        if self._future:
            self._past.append(self.state)
            self.state = self._future.pop()
