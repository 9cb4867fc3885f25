"""What trials say: means with intervals for each method, and the difference that a method makes to the same people."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from colornb.studies._trials import Trial

LEVEL = 0.95
TITLES = {"tpi": "TPI (s)", "quality": "QS", "convenience": "CS", "seconds": "seconds", "psnr": "PSNR (dB)"}


def analyze(trials: Sequence[Trial], resamples: int = 10_000, seed: int = 0) -> list[dict[str, Any]]:
    """A row for each method, in the order in which they first come: Table 2 of GuidingPainter, with intervals.

    Rows hold how many "participants" and "trials" there were, how many of these were "abandoned" (they count in no
    mean), and means: "tpi" and "seconds" (seconds), "interactions" (a picture), the scores ("quality" is QS,
    "convenience" CS), and whatever was measured. Each mean gives every participant the same weight; "NAME_low" and
    "NAME_high" are the ends of its 95 % interval, None with fewer than two participants.

    The interval is the percentile bootstrap over participants, with all their trials together: the trials of a person
    resemble one another, and would promise too much if they were drawn one by one. With few participants it is somewhat
    narrow: with 13, as in the paper, it holds the truth in about 92 of 100 studies. Pictures are not drawn anew: it is
    an interval for other people with the same pictures.

    Raises ValueError without trials, or where simulated ones are among real ones.
    """
    simulated = _check(trials)
    rows = []
    for method in dict.fromkeys(trial.method for trial in trials):
        own = [trial for trial in trials if trial.method == method]
        counted = _counted(own)
        row = {"method": method, "participants": len({trial.participant for trial in counted})}
        row |= {"trials": len(own), "abandoned": len(own) - len(counted), "simulated": simulated}
        for name in _names(counted):
            row |= _summary(name, _by_participant(counted, name), resamples, seed)
        rows.append(row)
    return rows


def compare(
    trials: Sequence[Trial], ours: str, theirs: str, resamples: int = 10_000, seed: int = 0
) -> list[dict[str, Any]]:
    """A row for each number: the means of two methods on the same pictures by the same people, and their difference.

    Rows hold the name of the "measure", what is compared ("methods"), how many "participants" and "pairs" of trials,
    and the means "ours" and "theirs". "difference" is the first minus the second, taken within each picture of each
    person and averaged within each person; "difference_low" and "difference_high" are the ends of its 95 % interval,
    as in `analyze`. What somebody did with one method alone counts for neither.

    Raises ValueError where no picture was coloured with both, or simulated trials are among real ones.
    """
    simulated = _check(trials)
    mine, other = ({(t.participant, t.picture): t for t in _counted(trials) if t.method == m} for m in (ours, theirs))
    both = [key for key in mine if key in other]
    if not both:
        raise ValueError(f"nobody coloured a picture with both {ours!r} and {theirs!r}: check the names of the methods")
    rows = []
    for name in _names([mine[key] for key in both]):
        pairs = [(key[0], mine[key].columns().get(name), other[key].columns().get(name)) for key in both]
        pairs = [pair for pair in pairs if None not in pair and not math.isnan(pair[1] - pair[2])]
        if pairs:
            rows.append({"measure": name, "methods": f"{ours} - {theirs}"} | _difference(pairs, resamples, seed))
            rows[-1]["simulated"] = simulated
    return rows


def to_markdown(rows: Sequence[dict[str, Any]]) -> str:
    """Rows of `analyze` or `compare` as a table in Markdown, intervals in brackets; simulated ones say so below it."""
    names = list(dict.fromkeys(name for row in rows for name in row if not name.endswith(("_low", "_high"))))
    names = [name for name in names if name != "simulated"]
    lines = [[TITLES.get(name, name) for name in names], ["---"] * len(names)]
    lines += [[_cell(row, name) for name in names] for row in rows]
    table = "\n".join(f"| {' | '.join(line)} |" for line in lines)
    simulated = any(row.get("simulated") for row in rows)
    return table + ("\n\nSimulated: a program played the people; this says nothing about real ones." * simulated)


def _check(trials: Sequence[Trial]) -> bool:
    """Whether the trials are simulated; all of them must be, or none."""
    kinds = {trial.simulated for trial in trials}
    if not kinds:
        raise ValueError("no trial to analyze: record at least one")
    if len(kinds) > 1:
        raise ValueError("simulated trials are mixed with real ones: analyze each kind by itself")
    return kinds.pop()


def _counted(trials: Sequence[Trial]) -> list[Trial]:
    return [trial for trial in trials if trial.finished != "abandoned"]


def _names(trials: Sequence[Trial]) -> list[str]:
    return list(dict.fromkeys(name for trial in trials for name in trial.columns()))


def _by_participant(trials: Sequence[Trial], name: str) -> np.ndarray:
    """The mean of each participant who has this number at all."""
    values: dict[str, list[float]] = {}
    for trial in trials:
        value = trial.columns().get(name, math.nan)
        if not math.isnan(value):
            values.setdefault(trial.participant, []).append(value)
    return np.array([np.mean(found) for found in values.values()])


def _summary(name: str, means: np.ndarray, resamples: int, seed: int) -> dict[str, float | None]:
    low, high = _interval(means, resamples, seed)
    return {name: float(means.mean()) if len(means) else None, f"{name}_low": low, f"{name}_high": high}


def _interval(means: np.ndarray, resamples: int, seed: int) -> tuple[float | None, float | None]:
    if len(means) < 2:
        return None, None
    chosen = np.random.default_rng(seed).integers(len(means), size=(resamples, len(means)))
    tail = 50 * (1 - LEVEL)
    low, high = np.percentile(means[chosen].mean(1), [tail, 100 - tail])
    return float(low), float(high)


def _difference(pairs: Sequence[tuple], resamples: int, seed: int) -> dict[str, Any]:
    people = list(dict.fromkeys(person for person, _, _ in pairs))
    means = [np.array([np.mean([p[side] for p in pairs if p[0] == who]) for who in people]) for side in (1, 2)]
    about = {"participants": len(people), "pairs": len(pairs)}
    about |= {"ours": float(means[0].mean()), "theirs": float(means[1].mean())}
    return about | _summary("difference", means[0] - means[1], resamples, seed)


def _cell(row: dict[str, Any], name: str) -> str:
    value, low = row.get(name), row.get(f"{name}_low")
    if not isinstance(value, float):
        return "" if value is None else str(value)
    return f"{value:.2f}" if low is None else f"{value:.2f} [{low:.2f}, {row[f'{name}_high']:.2f}]"
