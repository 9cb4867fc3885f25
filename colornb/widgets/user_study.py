"""UserStudy: a study as a person meets it: a picture, a pad and a clock, then questions (GuidingPainter, Table 2)."""

import asyncio
import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from ipywidgets import HTML, HBox, Layout, VBox

from colornb.colorizer import Colorizer
from colornb.studies import Protocol, Recorder, Task, append, open_picture, read_trials, remaining
from colornb.types import RGB
from colornb.widgets._renderer import open_scene
from colornb.widgets._view.controls import StatusLine, action, set_text
from colornb.widgets._view.panels import Questionnaire
from colornb.widgets._view.static_display import Figure, StaticDisplay
from colornb.widgets.studio import EdgePad, PointPad, RegionPad, Studio

Clock = Callable[[], float]
UNSEEN_BOX = (48, 48)  # canvases nobody looks at are small: most time goes there
TICK = 0.25  # seconds between two looks at the clock


def open_pad(
    task: Task, colorizer: Any, picture: RGB, clock: Clock = time.monotonic, box: tuple[int, int] | None = None
) -> Any:
    """The pad of a task's method with a colorizer and the true picture, with the hints that the method gives.

    `box` is the height and width that each canvas fits into, by default that of all pads.
    Raises ValueError for a colorizer that does not fit the pad, and for hints given to one that begins with none.
    """
    pad, kind, hints = task.method.pad, task.protocol.kind, task.first_hints(picture)
    if hints and pad not in ("points", "edges"):
        raise ValueError(f"method {task.method.name!r} gives {len(hints)} colours: its pad begins with none, give 0")
    if pad == "studio":
        return Studio(picture, kind=kind, model=task.method.name, models={task.method.name: colorizer}, clock=clock)
    scene = open_scene(colorizer, picture, kind, box)
    if pad == "edges":
        return EdgePad(scene, hints=hints, clock=clock)
    if pad == "regions":
        return RegionPad(scene)
    opened = PointPad(scene)
    if hints:
        opened.hints = hints
    return opened


def open_unseen(task: Task, colorizer: Any, picture: RGB, clock: Clock = time.monotonic) -> Any:
    """The same pad with canvases of a few pixels, for simulated users, who never look at them.

    What is painted is not less precise: hints and `rgb` know nothing of canvases.
    """
    return open_pad(task, colorizer, picture, clock, UNSEEN_BOX)


class UserStudy(StaticDisplay):
    """One participant's way through a study: every picture with every method, each with the questions after it.

    A trial begins when the person presses *Begin*, and ends with *Done*, or when the time or the number of hints that
    the protocol allows is used up. Each is written to `path` when its questions are answered, so that nothing is lost
    and the study goes on with the next task whenever this participant returns.

    Args:
        protocol: what is asked of whom, `colornb.studies.Protocol`.
        participant: a number, or a name that tells nobody who it is.
        path: the file of trials, one a line, for all participants.
        folder: where the pictures of the protocol are.
        colorizers: a `Colorizer` by the name of a checkpoint; others are loaded when they are needed.
        clock: tells the seconds.

    Raises ValueError for a file of anything else than trials.
    """

    def __init__(
        self,
        protocol: Protocol,
        participant: int | str,
        path: str | os.PathLike,
        *,
        folder: str | os.PathLike = ".",
        colorizers: dict[str, Any] | None = None,
        clock: Clock = time.monotonic,
    ) -> None:
        self.status = StatusLine()
        self.protocol, self.participant, self.path = protocol, str(participant), Path(path).expanduser()
        self._folder, self._clock, self._colorizers = Path(folder), clock, dict(colorizers or {})
        self._plan = protocol.plan(participant)
        done = read_trials(self.path) if self.path.exists() else []
        self.tasks: list[Task] = remaining(self._plan, done)
        self.pad: Any = None
        self.recorder: Recorder | None = None
        self._ended: tuple[str, dict] | None = None  # how the trial ended, and the state of its pad then
        self._ticking: asyncio.TimerHandle | None = None
        super().__init__(self._parts(), self.status.widget)
        self.add_class("colornb-study")
        self._wait()

    open_pad = staticmethod(open_pad)  # how a pad of a study is opened, for whoever simulates its participants

    @property
    def task(self) -> Task | None:
        """What is to be done, or being done, now; None after the last."""
        return self.tasks[0] if self.tasks else None

    @property
    def is_running(self) -> bool:
        """Whether the clock of a trial runs."""
        return self.recorder is not None and self._ended is None

    # What can be done with it: each is a button too.

    def begin(self) -> None:
        """Show the picture with its pad, and start the clock."""
        if self.task is None or self.recorder is not None:
            mend = "end the trial, and answer its questions, first" if self.task else "all is done"
            raise ValueError(f"there is nothing to begin: {mend}")
        self.status.show("Preparing the picture ..")
        self.pad = self._make(self.task)
        self.recorder = Recorder(self.task)
        self.recorder.start(self._clock, len(self.pad.hints))
        self.pad.on_change(self._record)
        self._place.children = (self.pad,)
        self._show((self._done, self._give_up))
        self.status.show("")
        self._tick()

    def done(self) -> None:
        """End the trial, and ask the questions."""
        self._end("done")

    def give_up(self) -> None:
        """Leave this picture: it is recorded as abandoned, and not asked for again."""
        self._end("abandoned")
        self.answer()

    def answer(self, **scores: int) -> None:
        """Answer the questions by their names, and go on with the next task. Raises ValueError off the scale."""
        if self.recorder is None or self.is_running:
            raise ValueError("there is nothing to answer yet: end the trial first")
        how, state = self._ended
        append(self.path, self.recorder.finish(state, scores, how))
        self.tasks = self.tasks[1:]
        self.pad = self.recorder = self._ended = None
        self._wait()

    def figure(self) -> Figure:
        """The pad of the trial that runs as a picture; before and after, only words."""
        if self.pad is not None:
            return self.pad.figure()
        figure = Figure(figsize=(7.2, 1.2))
        figure.text(0.5, 0.5, f"{self._line()}\n{self.protocol.instruction}", ha="center", va="center", fontsize=10)
        return figure

    # How a trial goes.

    def _make(self, task: Task) -> Any:
        name = task.method.checkpoint
        if name not in self._colorizers:
            self._colorizers[name] = Colorizer.load(name)
        return open_pad(task, self._colorizers[name], open_picture(task.picture, self._folder), self._clock)

    def _record(self) -> None:
        if self.is_running:  # what is done while the questions are asked does not count
            self.recorder.record(len(self.pad.hints))
            if self.recorder.is_full:
                self._end("done")

    def _end(self, how: str) -> None:
        if not self.is_running:
            raise ValueError("no trial is running: press Begin first")
        self.recorder.stop()
        self._ended = how, self.pad.state
        self._questions.clear()
        self._show((self._questions.widget,))
        self._show_time()

    def _tick(self) -> None:
        """Look at the clock, now and then, where an event loop runs."""
        if self._ticking is not None:
            self._ticking.cancel()
            self._ticking = None
        if not self.is_running:
            return
        self._show_time()
        if self.recorder.left <= 0:
            self._end("time")
            self.status.show("The time is up.")
            return
        try:
            self._ticking = asyncio.get_running_loop().call_later(TICK, self.status.catch_errors(self._tick))
        except RuntimeError:  # no loop: nobody waits
            self._ticking = None

    # How it is laid out and shown.

    def _parts(self) -> list[Any]:
        self._line_text, self._time = HTML(), HTML(layout=Layout(margin="0 0 0 16px"))
        self._place = VBox()
        on = self.status.catch_errors
        self._begin = action("Begin", "play", "Show the picture, and start the clock", on(self.begin))
        self._done = action("Done", "check", "The picture is as good as I can make it", on(self.done))
        self._give_up = action("Give up", "times", "Leave this picture", on(self.give_up))
        self._begin.button_style = self._done.button_style = "primary"
        self._questions = Questionnaire(self.protocol.questions, on(lambda scores: self.answer(**scores)))
        self._buttons: tuple[Any, ...] = (self._begin, self._done, self._give_up, self._questions.widget)
        top = HBox((self._line_text, self._time), layout=Layout(align_items="center"))
        return [top, self._place, HBox(self._buttons[:3]), self._questions.widget]

    def _wait(self) -> None:
        """Say what comes next, before it is begun."""
        self._place.children = ()
        set_text(self._line_text, self._line(), "ask")
        set_text(self._time, "", "caption")
        self._show((self._begin,) if self.task else ())
        self.status.show(self.protocol.instruction if self.task else f"Thank you. All is in {self.path.name}.")

    def _line(self) -> str:
        if self.task is None:
            return "That was all."
        number, method = len(self._plan) - len(self.tasks) + 1, self.task.method
        return f"Picture {number} of {len(self._plan)}, with {method.name}"

    def _show(self, shown: Sequence[Any]) -> None:
        for part in self._buttons:
            part.layout.display = "" if part in shown else "none"

    def _show_time(self) -> None:
        seconds, limit = self.recorder.seconds, self.protocol.seconds
        text = f"{seconds:.0f} s" if limit is None else f"{self.recorder.left:.0f} s left"
        set_text(self._time, text, "caption")

    def flush(self) -> None:
        """Return when all that was asked for is painted and shown."""
        if self.pad is not None:
            self.pad.flush()

    def keep_pixels(self) -> None:
        """Keep the pixels on show for a page without a kernel."""
        if self.pad is not None:
            self.pad.keep_pixels()

    def __repr__(self) -> str:
        return f"UserStudy({self.participant}, {len(self._plan) - len(self.tasks)} of {len(self._plan)} done)"
