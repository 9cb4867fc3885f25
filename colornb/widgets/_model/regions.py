"""Which regions have been coloured, skipped, merged and split, and which one is asked about, as immutable states."""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from colornb.color import hex_color, parse_color
from colornb.hints import Region, to_json


class RegionPart(NamedTuple):
    """A region, or one piece of it as `colornb.hints.pieces` cuts it."""

    rank: int
    part: int | None = None


Group = tuple[RegionPart, ...]


@dataclass(frozen=True)
class RegionState:
    """One state of the work: the group of regions asked about, the colours given, the groups left alone.

    `order` holds the ranks of the regions in the order in which the model asks for them. `groups` holds what is asked
    about together: by default each region is a group of its own, until some are merged or split. A group is known by
    its first part; `rank` and `part` are those of the current one.
    """

    order: tuple[int, ...]
    rank: int
    hints: tuple[Region, ...] = ()
    skipped: frozenset[RegionPart] = frozenset()  # the first part of each group left to the model
    finished: bool = False
    part: int | None = None
    groups: tuple[Group, ...] = ()

    def __post_init__(self) -> None:
        """Begin with one group a region."""
        if not self.groups:
            object.__setattr__(self, "groups", tuple((RegionPart(rank),) for rank in self.order))

    @property
    def position(self) -> int:
        """Place of the current group in the order they are asked for, from 0."""
        return self._find(RegionPart(self.rank, self.part))

    @property
    def group(self) -> Group:
        """What is asked about."""
        return self.groups[self.position]

    @property
    def is_blank(self) -> bool:
        """Whether nothing has been decided."""
        return not self.hints and not self.skipped and not self._is_regrouped

    @property
    def others(self) -> tuple[Region, ...]:
        """The colours given to other groups than the current one."""
        return tuple(hint for hint in self.hints if RegionPart(hint.rank, hint.part) not in self.group)

    def color(self, group: Group | None = None) -> str | None:
        """The colour given to a group, by default the current one: "#rrggbb", or None."""
        first = (group or self.group)[0]
        return next((hint.color for hint in self.hints if (hint.rank, hint.part) == first), None)

    def is_skipped(self, group: Group) -> bool:
        """Whether a group is left to the model."""
        return group[0] in self.skipped

    def paint(self, color: str | Sequence[float]) -> "RegionState":
        """Give the current group a colour. Raises ValueError for what is no colour."""
        text = hex_color(parse_color(color))
        if self.finished:
            raise ValueError("no region is lit: click one in a picture, or press Back")
        given = tuple(Region(member.rank, text, member.part) for member in self.group)
        return replace(self, hints=(*self.others, *given), skipped=self.skipped - {self.group[0]})

    def skip(self) -> "RegionState":
        """Leave the current group to the model, and go on; a finished session stays as it is."""
        if self.finished:
            return self
        return replace(self, hints=self.others, skipped=self.skipped | {self.group[0]}).advance()

    def advance(self) -> "RegionState":
        """Go to the next group that is neither coloured nor skipped; finish where there is none."""
        if self.finished:
            return self
        ahead = (*self.groups[self.position + 1 :], *self.groups[: self.position])
        open_ = (group for group in ahead if self.color(group) is None and not self.is_skipped(group))
        group = next(open_, None)
        return self.finish() if group is None else self.select(*group[0])

    def retreat(self) -> "RegionState":
        """Go to the group asked for before this one; from the end, back to the last one lit."""
        step = 0 if self.finished else 1
        return self.select(*self.groups[max(0, self.position - step)][0])

    def select(self, rank: int, part: int | None = None) -> "RegionState":
        """Go to the group that a region, or a piece of one, is in. Raises ValueError where the picture has none."""
        if rank not in self.order:
            raise ValueError(f"this picture has no region {rank}: choose one of {list(self.order)}")
        first = self.groups[self._find(RegionPart(rank, part))][0]
        return replace(self, rank=first.rank, part=first.part, finished=False)

    def merge(self, rank: int, part: int | None = None) -> "RegionState":
        """Join the group of a region to the current one, in whose colour it is from now on.

        Where the current group has no colour, both take the other's. Raises ValueError for the current one itself.
        """
        if self.finished:
            raise ValueError("no region is lit to join another to: click one first")
        other = self.select(rank, part).group
        if other == self.group:
            raise ValueError("this region is lit already: choose another to join to it")
        joined, color = (*self.group, *other), self.color() or self.color(other)
        groups = tuple(joined if group == self.group else group for group in self.groups if group != other)
        merged = replace(self, groups=groups, skipped=self.skipped - {other[0]})
        return merged if color is None else merged.paint(color)

    def split(self, count: int) -> "RegionState":
        """Take the current group apart: what was merged into its parts, and a region into its `count` pieces.

        Each keeps its colour. Raises ValueError for what cannot be taken apart.
        """
        if self.finished:
            raise ValueError("no region is lit to be split: click one first")
        group, (first, *more) = self.group, self.group
        if not more and (first.part is not None or count < 2):
            raise ValueError("this is a single piece: it cannot be split further")
        apart = group if more else tuple(RegionPart(first.rank, part) for part in range(count))
        place, color = self.position, self.color()
        groups = (*self.groups[:place], *((member,) for member in apart), *self.groups[place + 1 :])
        given = () if color is None else tuple(Region(member.rank, color, member.part) for member in apart)
        skipped = self.skipped - {first} | (set(apart) if first in self.skipped else set())
        return replace(self, groups=groups, hints=(*self.others, *given), skipped=skipped, part=apart[0].part)

    def gather(self, places: Iterable[tuple[int, int]], count: Callable[[int], int]) -> "RegionState":
        """Join pieces of regions to the current group, in whose colour they are from now on.

        `places` are rank and part of each, `count(rank)` tells how many pieces a region has; what is left of a region
        stays together. What has a colour, or was left to the model, stays where it is. Raises ValueError where nothing
        is lit.
        """
        if self.finished:
            raise ValueError("no region is lit to join others to: click one first")
        wanted = {RegionPart(*place) for place in places}
        ranks, joined, kept = {member.rank for member in wanted}, list(self.group), []
        for group in self.groups:
            is_free = group != self.group and self.color(group) is None and not self.is_skipped(group)
            apart = _apart(group, ranks, count)
            moved = [member for member in apart if is_free and member in wanted]
            joined += moved
            kept.append(tuple(member for member in apart if member not in moved) if moved else group)
        if len(joined) == len(self.group):
            return self
        groups = tuple(tuple(joined) if group == self.group else group for group in kept if group)
        color, gathered = self.color(), replace(self, groups=groups)
        return gathered if color is None else gathered.paint(color)

    def finish(self) -> "RegionState":
        """Leave to the model all that has no colour yet."""
        return replace(self, finished=True)

    def clear(self) -> "RegionState":
        """Forget every colour, and all that was merged or split, and begin again."""
        return RegionState(self.order, self.order[0])

    def to_dict(self) -> dict:
        """A JSON-able copy: a hint file (`colornb.hints.to_json`) that also tells where we are."""
        place = {"rank": self.rank, "skipped": [_short(member) for member in sorted(self.skipped, key=_key)]}
        place |= {"part": self.part} if self.part is not None else {}
        place |= {"groups": [list(map(_short, group)) for group in self.groups]} if self._is_regrouped else {}
        return json.loads(to_json(self.hints)) | place | {"finished": self.finished}

    def from_dict(self, state: dict, hints: Sequence[Region], count: Callable[[int], int]) -> "RegionState":
        """What `to_dict` wrote, for the regions of this picture; `hints` are its region hints.

        `count(rank)` tells how many pieces a region has. Raises ValueError, in one line.
        """
        session = replace(self.clear(), groups=self._read_groups(state.get("groups"), hints, count))
        for hint in hints:
            session = session._take(hint)
        skipped = _members("skipped", state.get("skipped", []))
        heads = {session.select(*member).group[0] for member in skipped}
        coloured = {group[0] for group in session.groups if session.color(group)}
        (place,) = _members("rank", [[state.get("rank", self.order[0]), state.get("part")]])
        finished = bool(state.get("finished"))
        return replace(session.select(*place), skipped=frozenset(heads - coloured), finished=finished)

    @property
    def _is_regrouped(self) -> bool:
        return self.groups != tuple((RegionPart(rank),) for rank in self.order)

    def _find(self, member: RegionPart) -> int:
        """The place of the group with this part; of a region that was split, that of its first piece."""
        for place, group in enumerate(self.groups):
            if member in group or (member.part is None and any(member.rank == other.rank for other in group)):
                return place
        if any(RegionPart(member.rank) in group for group in self.groups):
            raise ValueError(f"region {member.rank} is not split: choose it as a whole")
        raise ValueError(f"region {member.rank} has no piece {member.part}")

    def _take(self, hint: Region) -> "RegionState":
        """The same with the colour of a hint that was saved; one for a whole region goes to each of its pieces."""
        self.select(hint.rank, hint.part)
        mine = [member for group in self.groups for member in group if member.rank == hint.rank]
        taken = [member for member in mine if hint.part in (None, member.part)]
        kept = tuple(other for other in self.hints if (other.rank, other.part) not in taken)
        color = hex_color(parse_color(hint.color))
        return replace(self, hints=(*kept, *(Region(member.rank, color, member.part) for member in taken)))

    def _read_groups(self, rows: object, hints: Sequence[Region], count: Callable[[int], int]) -> tuple[Group, ...]:
        """The groups of a saved session; where it tells of none, what its hints need."""
        if rows is None:
            cut = {hint.rank for hint in hints if hint.part is not None}
            return tuple((member,) for rank in self.order for member in _cut(rank, count if rank in cut else None))
        if not isinstance(rows, list):
            raise ValueError("the groups in the session are no list of lists of regions")
        groups = tuple(tuple(_members("groups", row)) for row in rows)
        given = [member for group in groups for member in group]
        cut = {member.rank for member in given if member.part is not None}
        wanted = [member for rank in self.order for member in _cut(rank, count if rank in cut else None)]
        if not all(groups) or sorted(given, key=_key) != sorted(wanted, key=_key):
            raise ValueError("the groups in the session are not those of this picture: open it with the same model")
        return groups


def _cut(rank: int, count: Callable[[int], int] | None) -> list[RegionPart]:
    return [RegionPart(rank)] if count is None else [RegionPart(rank, part) for part in range(count(rank))]


def _apart(group: Group, ranks: set[int], count: Callable[[int], int]) -> list[RegionPart]:
    """The members of a group, each of these regions in its pieces."""
    is_cut = [member.part is None and member.rank in ranks for member in group]
    return [part for m, cut in zip(group, is_cut, strict=True) for part in (_cut(m.rank, count) if cut else [m])]


def _short(member: RegionPart) -> int | list[int]:
    return member.rank if member.part is None else list(member)


def _key(member: RegionPart) -> tuple[int, int]:
    return member.rank, -1 if member.part is None else member.part


def _members(name: str, rows: object) -> list[RegionPart]:
    """Parts in a saved session: ranks, or pairs of a rank and a part."""
    pairs = [row if isinstance(row, list) else [row] for row in rows] if isinstance(rows, list) else [[]]
    for pair in pairs:
        if len(pair) not in (1, 2) or type(pair[0]) is not int or type((*pair, None)[1]) not in (int, type(None)):
            raise ValueError(f"{name} {rows!r} in the session: ranks of regions are whole numbers")
    return [RegionPart(*pair) for pair in pairs]
