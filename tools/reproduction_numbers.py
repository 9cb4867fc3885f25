"""What a claim of a paper is on this side: a difference with its interval, and the verdict that follows from it."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, stdev
from typing import Any

from scipy.stats import t

from colornb.tables import number, with_interval

Row = dict[str, Any]
Pick = Mapping[str, Any]  # what a row must hold to be meant
AGREES, DISAGREES, OPEN, MISSING = "agrees", "disagrees", "not decided", "not done"


@dataclass(frozen=True)
class Difference:
    """A difference on one kind of pictures, half of its 95 % interval (NaN: there is none), and what was compared."""

    where: str
    mean: float
    half: float
    levels: tuple[float, ...] = ()

    def verdict(self, sign: int, beyond: float) -> str:
        """Whether the whole interval lies above `beyond` (below, for a negative sign), or all on the other side."""
        distance = sign * (self.mean - beyond)
        if distance > self.half:
            return AGREES
        return DISAGREES if distance < -self.half else OPEN

    def text(self, digits: int, unit: str) -> str:
        """In words, with two levels before it where there are some."""
        levels = " against ".join(number(value, digits) for value in self.levels)
        unit = unit and f" {unit}"
        alone = f"{number(self.mean, digits, sign=True)}{unit}, no interval"
        sure = with_interval(self.mean, self.half, digits) + unit
        steps = [self.where, levels, alone if math.isnan(self.half) else sure]
        return ": ".join(step for step in steps if step)


Find = Callable[[list[Row]], list[Difference]]


@dataclass(frozen=True)
class Claim:
    """A claim of a paper, and what decides it here: the differences that `find` makes of the rows of a results file.

    `sign` says on which side of `beyond` they lie if the claim holds. `why` was written for the verdict `explains`; a
    test fails when the two part, so that somebody writes it anew.
    """

    paper: str
    place: str
    says: str
    theirs: str
    file: str
    find: Find
    sign: int
    explains: str
    why: str
    digits: int = 2
    unit: str = "dB"
    beyond: float = 0.0

    def decide(self, found: Iterable[Difference]) -> str:
        """One that holds everywhere agrees, one that fails anywhere disagrees; what is between is open."""
        verdicts = {one.verdict(self.sign, self.beyond) for one in found}
        return next((word for word in (DISAGREES, OPEN) if word in verdicts), AGREES)


def pick(rows: Iterable[Row], wanted: Pick) -> list[Row]:
    """The rows that hold all of it; none is an error, as the file has changed and the claim has not."""
    if not (found := [row for row in rows if wanted.items() <= row.items()]):
        raise ValueError(f"no row holds {dict(wanted)}: change the claim as its experiment was changed")
    return found


def over_seeds(values: Sequence[float]) -> float:
    """Half of the 95 % interval of a mean, by Student's t; NaN for a single seed."""
    n = len(values)
    return float(t.ppf(0.975, n - 1)) * stdev(values) / math.sqrt(n) if n > 1 else math.nan


def by_seed(rows: Iterable[Row], wanted: Pick, value: str | Callable[[Row], float]) -> dict[int, float]:
    """A number of each seed: a column, or what is made of a row."""
    get, found = value if callable(value) else lambda row: row[value], pick(rows, wanted)
    values = {row["seed"]: get(row) for row in found}
    if len(values) < len(found):
        raise ValueError(f"several rows of a seed hold {dict(wanted)}: say which is meant")
    return values


def paired(where: str, one: Mapping[int, float], other: Mapping[int, float]) -> Difference:
    """The difference of two things that have seeds in common, seed by seed."""
    steps = [value - other[seed] for seed, value in one.items() if seed in other]
    return Difference(where, fmean(steps), over_seeds(steps), (fmean(one.values()), fmean(other.values())))


def versus(value: str | Callable[[Row], float], one: Pick, other: Pick, data: Sequence[str]) -> Find:
    """One against the other, on each of these data sets."""

    def find(rows: list[Row]) -> list[Difference]:
        return [
            paired(name, *(by_seed(rows, {"data": name, **which}, value) for which in (one, other))) for name in data
        ]

    return find


def mean_of(where: str, values: Mapping[int, float]) -> Difference:
    """A mean over seeds, to be compared with a number."""
    return Difference(where, fmean(values.values()), over_seeds(list(values.values())))


def level(value: str | Callable[[Row], float], picks: Mapping[str, Pick]) -> Find:
    """Means over seeds of the rows that each of `picks` means, by their titles."""
    return lambda rows: [mean_of(title, by_seed(rows, wanted, value)) for title, wanted in picks.items()]


def gain(metric: str, picks: Mapping[str, Pick]) -> Find:
    """What scribbles gain, by title: with the wider of two intervals, over seeds and, from the file, over pictures."""
    return lambda rows: [_gain(title, metric, pick(rows, wanted)) for title, wanted in picks.items()]


def _gain(title: str, metric: str, rows: list[Row]) -> Difference:
    gains, pictures = [row[f"{metric}_gain"] for row in rows], fmean(row[f"{metric}_ci"] for row in rows)
    halves = [half for half in (over_seeds(gains), pictures) if not math.isnan(half)]
    return Difference(title, fmean(gains), max(halves, default=math.nan))


def gain_versus(metric: str, one: Pick, other: Pick) -> Find:
    """One gain against another: the wider of the interval over seeds and that over pictures.

    Files hold no interval of such a difference over pictures. It is taken as if the two were independent, which is too
    wide, since both see the same pictures.
    """

    def find(rows: list[Row]) -> list[Difference]:
        first, second = (_gain("", metric, pick(rows, which)) for which in (one, other))
        seeds = paired("", *(by_seed(rows, which, f"{metric}_gain") for which in (one, other)))
        half = max(math.hypot(first.half, second.half), 0.0 if math.isnan(seeds.half) else seeds.half)
        return [Difference("", seeds.mean, half, (first.mean, second.mean))]

    return find
