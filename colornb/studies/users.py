"""People, simulated: to try a study, and to see how many participants it needs, before anybody is invited.

A `SimulatedUser` knows the true picture and works a real pad through its public methods, on a clock of its own. How
long each action takes is put together from what is known of people at screens; what they are like is not. Their trials
say `simulated`, and a result of theirs is one about this model of people, never one about people.

Where the numbers come from: thinking before a step takes 1.35 s and a press of a button 0.2 s (the keystroke-level
model, Card, Moran and Newell 1980); pointing takes log2(D / W + 1) / throughput (Fitts' law in Shannon's form), where
mice reach 3.7 to 4.9 bits a second (Soukoreff and MacKenzie 2004); a choice among n takes 0.15 s x log2(n + 1) (Hick's
law, with the rate of Card, Moran and Newell 1983). People took 13.20 s a picture until they had found where 2.9
scribbles belong, and 4.41 s to draw them (edge paper, Section 4.4). All other numbers are guesses.
"""

import hashlib
import json
import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Annotated, Any

import numpy as np

from colornb.colorizer import Colorizer
from colornb.metrics import psnr
from colornb.studies._protocol import Protocol, Task, open_picture
from colornb.studies._trials import Recorder, Trial
from colornb.studies.schema import Chance, Checked, Natural, Nonnegative, Positive, limits
from colornb.studies.simulated_actions import Clock, SimulatedSession, TimeUp, find_action
from colornb.types import RGB

VARIETY = 0.25  # the standard deviation of the logarithm of what differs from person to person
MAX_PSNR = 99.0  # dB, of a picture that is as it should be
Open = Callable[[Task, Colorizer, RGB, Callable[[], float]], Any]


@dataclass(frozen=True)
class SimulatedUser(Checked):
    """What a simulated person is like.

    Args:
        reaction: seconds until a person who has seen something moves; the median, as of all times.
        thinking: seconds of thought before a step.
        search: seconds from one hint until the pointer is where the next is needed, if nothing shows where.
        throughput: bits a second when pointing.
        press: seconds to press a button.
        per_bit: seconds a bit to choose a colour among `palette` ones.
        palette: how many colours they choose from.
        speed: how fast they draw, in shorter sides of the picture a second.
        spread: the standard deviation of the logarithm of every time; times are log-normal.
        pace: all times are so many times as long.
        aim: how far a point or a scribble misses what was meant, a standard deviation in shorter sides of the picture.
        color: how far a colour misses the true one, a standard deviation in CIE Lab, in each of L, a and b.
        slip: the chance that a hint is a blunder, which the person sees and takes back before giving the right one.
        content: a difference in CIE Lab that no longer disturbs them: they skip a region, or stop without a larger one.
        stop: the chance to be satisfied after each hint (GuidingPainter's p; its simulated users stop with 0.125).
        asks: whether they let the model suggest edges, and take those that are right.
        seed: of everything that chance decides.
    """

    reaction: Nonnegative = 0.25
    thinking: Nonnegative = 1.35
    search: Nonnegative = 13.20 / 2.9
    throughput: Positive = 4.3
    press: Nonnegative = 0.2
    per_bit: Nonnegative = 0.15
    palette: Natural = 24
    speed: Positive = 0.2
    spread: Nonnegative = 0.3
    pace: Positive = 1.0
    aim: Nonnegative = 0.01
    color: Nonnegative = 5.0
    slip: Annotated[float, limits("a chance from 0 to below 1", minimum=0, exclusiveMaximum=1)] = 0.05
    content: Nonnegative = 8.0
    stop: Chance = 0.0
    asks: bool = False
    seed: int = 0

    def person(self, participant: str) -> "SimulatedUser":
        """One of many: with a pace, an aim and an eye for colours of their own, around those of this one."""
        pace, aim, color = np.exp(VARIETY * self._draw("person", participant).standard_normal(3)).tolist()
        return replace(self, pace=self.pace * pace, aim=self.aim * aim, color=self.color * color)

    def point_at(self, distance: float, width: float) -> float:
        """Seconds to point at something so wide and so far away, both in the same unit, and to press: Fitts' law."""
        return math.log2(distance / width + 1) / self.throughput + self.press

    @property
    def choose(self) -> float:
        """Seconds to choose a colour: Hick's law."""
        return self.per_bit * math.log2(self.palette + 1)

    def do_task(self, task: Task, pad: Any, colorizer: Colorizer, truth: RGB, clock: Clock) -> Trial:
        """Do a task: give hints through the pad until the picture is good enough, or time is up.

        `pad` shows `truth`, the true picture, to `colorizer`; it tells the time by `clock`, too, where it takes one.
        The trial's measures are "psnr" (dB) and "psnr_before", what the model made of the picture before; its scores
        are `quality_of` and `convenience_of`. Raises ValueError for a pad that nobody here knows to use.
        """
        action, recorder = find_action(task.method.pad), Recorder(task)
        pad.on_change(lambda: recorder.record(len(pad.hints)))
        before = decibels(pad.rgb, truth)
        recorder.start(clock, len(pad.hints))
        finished = "done"
        try:
            action(SimulatedSession(self, self._draw(*task.key), recorder, clock, pad, colorizer, truth))
        except TimeUp:
            finished = "time"
        recorder.stop()
        return self._finish(recorder, pad, {"psnr": decibels(pad.rgb, truth), "psnr_before": before}, finished)

    def _finish(self, recorder: Recorder, pad: Any, measures: dict[str, float], finished: str) -> Trial:
        """The trial with answers: to "quality" and "convenience" by formula, to other questions the middle."""
        asked = {question.name: (question.least + question.most) // 2 for question in recorder.task.protocol.questions}
        trial = recorder.finish(pad.state, asked, finished, measures, simulated=True)
        formulas = {"quality": quality_of(measures["psnr"]), "convenience": convenience_of(trial.tpi)}
        scores = {name: formulas.get(name, middle) for name, middle in asked.items()}
        return recorder.finish(pad.state, scores, finished, measures, simulated=True)

    def _draw(self, *words: str) -> np.random.Generator:
        digest = hashlib.sha256(json.dumps([self.seed, *words]).encode()).digest()
        return np.random.default_rng(int.from_bytes(digest[:8], "big"))


def decibels(prediction: RGB, truth: RGB) -> float:
    """PSNR of one picture in dB, at most `MAX_PSNR`: files of trials hold no infinity."""
    return min(psnr(prediction, truth).item(), MAX_PSNR)


def quality_of(psnr_db: float) -> int:
    """A simulated answer for the quality, 1 to 5: 1 at 10 dB of PSNR, and one more for every 5 dB.

    A convention, and no finding: how people rate pictures is what a study with people is for.
    """
    return round(min(max(psnr_db / 5 - 1, 1), 5))


def convenience_of(tpi: float) -> int:
    """A simulated answer for the convenience, 1 to 5: 5 at 2 s per interaction, one less for every 3 s; 3 without any.

    A convention, and no finding, as `quality_of`.
    """
    return 3 if math.isnan(tpi) else round(min(max(5 - (tpi - 2) / 3, 1), 5))


def simulate(
    protocol: Protocol,
    participants: Iterable[int | str],
    open_pad: Open,
    user: SimulatedUser | None = None,
    picture: Callable[[str], RGB] = open_picture,
    load: Callable[[str], Colorizer] = Colorizer.load,
    done: Iterable[Trial] = (),
) -> Iterator[Trial]:
    """Trials of simulated participants who do all their tasks, one after the other.

    Args:
        protocol: the study.
        participants: their names or numbers; each is a person of their own, see `SimulatedUser.person`.
        open_pad: gives the pad for a task, a colorizer, the true picture and a clock.
        user: what they are like on average.
        picture: opens a picture of the protocol.
        load: opens a checkpoint.
        done: trials that need not be played again, as of a simulation that was cut short.
    """
    colorizers: dict[str, Colorizer] = {}
    known = {trial.key for trial in done}
    pictures = {name: picture(name) for name in protocol.pictures}
    for participant in participants:
        person = (user or SimulatedUser()).person(str(participant))
        for task in protocol.plan(participant):
            if task.key in known:
                continue
            name, truth, clock = task.method.checkpoint, pictures[task.picture], Clock()
            if name not in colorizers:
                colorizers[name] = load(name)
            yield person.do_task(task, open_pad(task, colorizers[name], truth, clock), colorizers[name], truth, clock)
