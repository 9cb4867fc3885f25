"""What is recorded of a trial while it goes, and the file that keeps all of them, one a line."""

import json
import math
import os
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Annotated, Any

from colornb.studies import schema
from colornb.studies._protocol import RESERVED_NAMES, TRIAL_COLUMNS, Task

CHANGES = ("hint", "change", "undo")
OUTCOMES = ("done", "time", "abandoned")
START = f'{{"colornb": {schema.VERSION}, "trial": '  # so every line of a file of trials begins


@dataclass(frozen=True)
class Interaction(schema.Checked):
    """One change of the hints: `seconds` since the trial began, what it was, and how many `hints` there were after it.

    `what` is "hint" where there are more hints than before, "undo" where there are fewer, "change" for as many.
    """

    seconds: schema.Nonnegative
    what: Annotated[str, schema.one_of(*CHANGES)]
    hints: schema.Whole


@dataclass(frozen=True)
class Trial(schema.Checked):
    """What one person did with one picture and one method.

    Args:
        participant: whose; never a real name.
        method: a name of the protocol's methods.
        picture: a name of its pictures.
        seconds: from the moment the picture was shown until the person was done, without the questions.
        interactions: all changes of the hints, in order.
        hints: the final state of the pad, JSON-able, as its `state` holds it.
        scores: the answers, by the names of the questions.
        finished: "done", "time" (the limit was met) or "abandoned" (given up: `analyze` leaves it out).
        given: how many hints were there at the beginning.
        measures: what was measured of the picture, such as "psnr" in dB, by names that no score has.
        simulated: whether a program played the person.

    Raises ValueError for anything that cannot have happened.
    """

    participant: schema.Name
    method: schema.Name
    picture: schema.Name
    seconds: schema.Nonnegative
    interactions: tuple[Interaction, ...] = ()
    hints: dict[str, Any] = field(default_factory=dict)
    scores: dict[str, int] = field(default_factory=dict)
    finished: Annotated[str, schema.one_of(*OUTCOMES)] = "done"
    given: schema.Whole = 0
    measures: dict[str, float] = field(default_factory=dict)
    simulated: bool = False

    def __post_init__(self) -> None:
        """Refuse what cannot have happened."""
        super().__post_init__()
        times = [interaction.seconds for interaction in self.interactions]
        if sorted(times) != times or times[-1:] > [self.seconds]:
            raise ValueError("seconds are numbers that rise, the trial's the last: record it with a Recorder")
        if clash := sorted((self.scores.keys() & self.measures) | ({*self.scores, *self.measures} & {*RESERVED_NAMES})):
            raise ValueError(f"{clash[0]!r} is the name of two numbers: give each one of its own")

    @property
    def n_interactions(self) -> int:
        """How often there came to be more hints than ever before in this trial.

        This is what GuidingPainter counts: one hint, until the person presses Next. A hint that is tried in several
        colours is one, and so is a slip that is taken back and mended; one colour for several merged regions, too.
        """
        return len(self._rises())

    @property
    def tpi(self) -> float:
        """Seconds per interaction; NaN without any.

        GuidingPainter (Table 2): the average time "spent by a user before moving on to next interaction". Each runs
        from the end of the one before it, the first from the beginning, and the last until the person finishes: their
        mean is the trial's seconds over their number. What leads to no hint (looking, skipping, undoing) counts, too.
        Where the time was up, nobody knows how long the last would have taken: there it is the seconds until the last
        hint over the number of hints.
        """
        rises = self._rises()
        if not rises:
            return math.nan
        return (rises[-1].seconds if self.finished == "time" else self.seconds) / len(rises)

    def _rises(self) -> list[Interaction]:
        most, found = self.given, []
        for interaction in self.interactions:
            if interaction.hints > most:
                most = interaction.hints
                found.append(interaction)
        return found

    @property
    def key(self) -> tuple[str, str, str]:
        """The `Task.key` of what was done."""
        return self.participant, self.method, self.picture

    def columns(self) -> dict[str, float]:
        """All numbers of the trial, by name."""
        own = dict(zip(TRIAL_COLUMNS, (self.tpi, float(self.n_interactions), float(self.seconds)), strict=True))
        return own | self.scores | self.measures

    def to_json(self) -> str:
        """The trial as one line of text."""
        return START + json.dumps(asdict(self), allow_nan=False) + "}"

    @classmethod
    def from_json(cls, text: str) -> "Trial":
        """The trial in a line that `to_json` wrote. Raises ValueError, in one line, for anything else."""
        return schema.build(cls, schema.read_document(text, "trial"))


class Recorder:
    """Records what happens at a pad while a task is done, and makes a `Trial` of it.

    Connect it, `pad.on_change(lambda: recorder.record(len(pad.hints)))`, call `start` when the picture is shown
    and `stop` when the person is done, ask the questions, and keep what `finish` returns with `append`.
    """

    def __init__(self, task: Task) -> None:
        self.task = task
        self._clock: Callable[[], float] | None = None
        self._begin, self._end = 0.0, None
        self._given = self._count = 0
        self._interactions: list[Interaction] = []

    def start(self, clock: Callable[[], float] = time.monotonic, given: int = 0) -> None:
        """The picture is shown now; `clock` tells the seconds, `given` how many hints are there already."""
        self._clock, self._begin, self._end = clock, clock(), None
        self._given = self._count = given
        self._interactions = []

    @property
    def seconds(self) -> float:
        """Since `start`, until `stop`."""
        if self._clock is None:
            raise ValueError("the trial has not begun: call start first")
        return (self._clock() if self._end is None else self._end) - self._begin

    @property
    def left(self) -> float:
        """Seconds until the limit of the protocol, at least 0; infinite without one."""
        limit = self.task.protocol.seconds
        return math.inf if limit is None else max(0.0, limit - self.seconds)

    @property
    def is_full(self) -> bool:
        """Whether there are as many hints as the protocol allows."""
        most = self.task.protocol.interactions
        return most is not None and self._count - self._given >= most

    def record(self, hints: int) -> None:
        """The hints have changed, and there are so many now. Nothing is recorded before `start` or after `stop`."""
        if self._clock is None or self._end is not None:
            return
        what = CHANGES[(hints < self._count) * 2 or (hints == self._count)]
        self._count = hints
        self._interactions.append(Interaction(round(self.seconds, 3), what, hints))

    def stop(self) -> None:
        """The person is done: the time that the questions take does not count."""
        if self._end is None:
            self._end = self._begin + self.seconds

    def finish(
        self,
        state: Mapping[str, Any],
        scores: Mapping[str, int],
        finished: str = "done",
        measures: Mapping[str, float] | None = None,
        simulated: bool = False,
    ) -> Trial:
        """The trial, with the final `state` of the pad and the answers. Raises ValueError for answers off the scale.

        Only a trial that was abandoned may leave questions open.
        """
        self.stop()
        for question in self.task.protocol.questions:
            if finished != "abandoned" or question.name in scores:
                question.check(scores.get(question.name))
        found = {"hints": dict(state), "scores": dict(scores), "measures": dict(measures or {})}
        how = {"finished": finished, "given": self._given, "simulated": simulated}
        return Trial(*self.task.key, round(self.seconds, 3), tuple(self._interactions), **found, **how)


def append(path: str | os.PathLike, trial: Trial) -> None:
    """Add a trial to a file, which begins where there is none; when this returns, the line is on the disk.

    A line that an earlier crash has cut off is taken away first. Raises ValueError for a file of anything else.
    """
    with Path(path).open("a+b") as file:
        file.seek(0)
        known = file.read()
        whole = known.rfind(b"\n") + 1
        start, tail = START.encode(), known[whole:]
        if not all(start.startswith(part[: len(start)]) for part in (known, tail)):
            raise ValueError(f"{Path(path).name} is no file of trials: name another, or one that is not there yet")
        if tail and not _is_whole(tail):
            file.truncate(whole)
            tail = b""
        file.write((b"\n" if tail else b"") + trial.to_json().encode() + b"\n")
        file.flush()
        os.fsync(file.fileno())


def read_trials(path: str | os.PathLike) -> list[Trial]:
    """All trials of a file. Raises ValueError that names the line for one that is none.

    Only the last line may be cut off, as a crash leaves it: it is passed over.
    """
    *lines, last = Path(path).read_bytes().split(b"\n")
    if _is_whole(last):
        lines.append(last)
    trials = []
    for number, line in enumerate(lines, 1):
        try:
            if line.strip():
                trials.append(Trial.from_json(line.decode()))
        except ValueError as error:
            raise ValueError(f"{Path(path).name}, line {number}: {error}") from None
    return trials


def remaining(tasks: Sequence[Task], trials: Iterable[Trial]) -> list[Task]:
    """The tasks of a plan that are still to be done, in order: an interrupted study goes on with the first.

    A trial that was abandoned is not asked for again. Simulated trials are nobody's.
    """
    done = {trial.key for trial in trials if not trial.simulated}
    return [task for task in tasks if task.key not in done]


def _is_whole(line: bytes) -> bool:
    try:
        Trial.from_json(line.decode())
    except ValueError:
        return False
    return True
