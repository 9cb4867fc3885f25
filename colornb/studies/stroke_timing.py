"""What scribbling costs a person and what it gains: seconds, and the picture before and after (Kim et al. 2021).

The paper's user study (Section 4.4) had 13 novices mend five pictures each, until they were satisfied. Its numbers a
picture: 13.20 ± 8.46 seconds to find where colour has bled, 4.41 ± 3.08 seconds to draw, 2.9 ± 1.2 scribbles; PSNR rose
from 23.7 to 26.2 dB, and LPIPS fell from 0.14 to 0.07. Here the seconds come from the sessions that an `EdgePad` saves.
"""

import copy
import json
import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from colornb.colorizer import Colorizer
from colornb.hints import EdgeScribble, Hint, from_json
from colornb.metrics import lpips, psnr
from colornb.studies.schema import is_time
from colornb.types import RGB


@dataclass(frozen=True)
class StrokeTiming:
    """The seconds that one scribble took; None where nobody has measured.

    `find` runs from the moment the picture was shown, or the scribble before had ended, until the pointer went down;
    `draw` from there until it went up. `suggested`: the machine found the edge, and the person took it by one click.
    """

    find: float | None = None
    draw: float | None = None
    suggested: bool = False

    @property
    def is_known(self) -> bool:
        """Whether both times were measured."""
        return self.find is not None and self.draw is not None


class MeanStd(NamedTuple):
    """A mean and the standard deviation around it; in print as the paper has it, "13.20 ± 8.46"."""

    mean: float
    std: float

    def __str__(self) -> str:
        return f"{self.mean:.2f} ± {self.std:.2f}"


def read_log(rows: Any, count: int) -> tuple[StrokeTiming, ...]:
    """The timings in a saved log, of so many scribbles. Raises ValueError, in one line, for anything else."""
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise ValueError("the log is no list of entries: save the session with EdgePad again")
    if len(rows) != count:
        raise ValueError(f"the log tells of {len(rows)} scribbles, the hints of {count}: save both in one session")
    return tuple(_entry(number, row) for number, row in enumerate(rows))


def measure_sessions(
    sessions: Sequence[str], colorizer: Colorizer, truths: Sequence[RGB], net: str = "random"
) -> list[dict]:
    """One row a session: its seconds, its scribbles, and how near the picture came to the true one.

    Rows hold "find" and "draw" (seconds, summed over the scribbles of the picture), "scribbles", how many of these were
    "suggested", "psnr_before" and "psnr_after", and the same for LPIPS. Before means: without the scribbles, but with
    all other hints. LPIPS is called "lpips" with `net` "alex" and "lpips_" and the network's name with any other.

    Args:
        sessions: texts of what `EdgePad.state` holds.
        colorizer: a colorizer with an edge-enhancing network; the picture that it works on stays as it is.
        truths: the true picture of each session, (1, 3, H, W) sRGB in [0, 1], at least 32 x 32.
        net: the network of `colornb.metrics.lpips`; "random" needs no download.

    Raises:
        ValueError: a session without measured times or of another version, or not as many pictures as sessions.
    """
    if len(sessions) != len(truths):
        raise ValueError(f"{len(sessions)} sessions and {len(truths)} true pictures: give one picture a session")
    if "edge" not in colorizer.network.hint_kinds:
        raise ValueError("this colorizer mends no edges: load an edge_enhancing network")
    work = [_read(number, session) for number, session in enumerate(sessions)]
    own = copy.copy(colorizer)  # shares the network, and looks at pictures of its own
    return [_row(hints, log, own, truth, net) for (hints, log), truth in zip(work, truths, strict=True)]


def summarize(rows: Sequence[dict]) -> dict[str, MeanStd]:
    """Mean and standard deviation (of a sample: n - 1) of each column; one row alone has the deviation NaN."""
    if not rows:
        raise ValueError("no session to sum up: give the rows of at least one")
    columns = {name: [float(row[name]) for row in rows] for name in rows[0]}
    return {
        name: MeanStd(statistics.fmean(values), statistics.stdev(values) if len(values) > 1 else math.nan)
        for name, values in columns.items()
    }


def _entry(number: int, row: dict) -> StrokeTiming:
    find, draw, suggested = row.get("find"), row.get("draw"), row.get("suggested", False)
    if not isinstance(suggested, bool) or not all(time is None or is_time(time) for time in (find, draw)):
        raise ValueError(f"log entry {number} is {row}: times are seconds from 0, and suggested is true or false")
    return StrokeTiming(find, draw, suggested)


def _read(number: int, session: str) -> tuple[list[Hint], tuple[StrokeTiming, ...]]:
    try:
        hints = from_json(session)
        document = json.loads(session)
        if "log" not in document:
            raise ValueError("there is no log: save the session with EdgePad")
        log = read_log(document["log"], sum(isinstance(hint, EdgeScribble) for hint in hints))
        if unknown := [place for place, entry in enumerate(log) if not entry.is_known]:
            raise ValueError(f"scribble {unknown[0]} has no times: take sessions drawn in EdgePad alone")
    except ValueError as error:
        raise ValueError(f"session {number}: {error}") from None
    return hints, log


def _row(hints: list[Hint], log: tuple[StrokeTiming, ...], colorizer: Colorizer, truth: RGB, net: str) -> dict:
    colorizer.set_image(truth, kind="photo")  # also where the network sees lines: they are drawn from the true picture
    others = [hint for hint in hints if not isinstance(hint, EdgeScribble)]
    before, after = colorizer.predict(others), colorizer.predict(hints)
    name = "lpips" if net == "alex" else f"lpips_{net}"
    return {
        "find": math.fsum(entry.find for entry in log),
        "draw": math.fsum(entry.draw for entry in log),
        "scribbles": len(log),
        "suggested": sum(entry.suggested for entry in log),
        "psnr_before": psnr(before, truth).item(),
        "psnr_after": psnr(after, truth).item(),
        f"{name}_before": lpips(before, truth, net).item(),
        f"{name}_after": lpips(after, truth, net).item(),
    }
