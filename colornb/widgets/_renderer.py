"""From the store to the picture: what a model makes of one, painted beside the event loop a moment after a change.

Nothing here knows of widgets. A `Scene` is a picture as one model sees it. A `Debouncer` waits for the end of a burst,
and a `BackgroundRenderer` keeps the page responsive while a model works.
"""

import asyncio
import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from functools import cached_property, partial
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

import numpy as np
import torch
from torch import Tensor

from colornb.hints import Hint, Region
from colornb.images import resize
from colornb.openraster import label
from colornb.types import RGB
from colornb.widgets._model.picture import Picture, Pixels, read_picture
from colornb.widgets._model.regions import Group, RegionState
from colornb.widgets._model.session_file import check_origin, origin_of, read_hints, seen_as
from colornb.widgets._model.store import TOOLS

Size = tuple[int, int]  # height, width
Answer = TypeVar("Answer")
Show = Callable[[], None]
RenderJob = Callable[..., Show]
WORKER = ThreadPoolExecutor(1, "colornb-renderer")  # one picture at a time: two would each take twice as long
LOCKS: WeakKeyDictionary[Any, threading.RLock] = WeakKeyDictionary()  # a colorizer looks at one picture at a time
SEEN_AS: WeakKeyDictionary[Any, str] = WeakKeyDictionary()  # the kind of the picture that a colorizer looks at
MAX_ANSWERS = 12  # of a model about one picture, of which undo may come back to each
MAX_DIRECT = 1_500_000  # pixels; a larger picture is shown at the network's size first, and in full when nothing waits
CANVAS_BOX = (400, 360)  # each of the two pictures fits into this height and width, in pixels of the page


class Scene:
    """A picture as one model sees it before any hint: its lines, its regions, and the way to ask the model about it.

    Args:
        colorizer: a `colornb.colorizer.Colorizer`, which others may use for other pictures.
        picture: what to colour.
        kind: as in `Colorizer.set_image`.
        box: height and width that the canvases fit into.
        refine: as `Colorizer.refine`; None takes the colorizer's own.

    Attributes:
        hint_kinds: the kinds of hints that the model accepts for this picture.
        size: height and width of the canvases, in pixels of the page.
        ratio: how many pixels of the screen a canvas has for each pixel of the page, to a side.
        shading, toning: as those of `Colorizer`: they follow the document.
    """

    ratio = 1.0

    def __init__(
        self, colorizer: Any, picture: Picture, kind: str = "auto", box: Size | None = None, refine: bool | None = None
    ) -> None:
        self.colorizer, self.picture, self.kind = colorizer, picture, kind
        self.refine = colorizer.refine if refine is None else refine
        self.shading, self.toning = colorizer.shading, colorizer.toning
        self._image: RGB | None = None
        asked = self.ask(lambda c: (c.sketch, c.regions, c.region_order, c.ink is not None, c.hint_kinds))
        lines, self.regions, order, self.is_drawing, self.hint_kinds = asked
        self._lines = Pixels(lines)
        self.is_refined = self.is_drawing and self.refine
        ranks = order if self.is_refined and self.regions is not None else ()
        self._cut: dict[int, Tensor] = {rank: self.ask(lambda c, rank=rank: c.pieces(rank)) for rank in ranks}
        self.region_order = tuple(order or ()) if self.regions is not None else ()
        self._predicted: tuple[Any, RGB] | None = None  # the last full-size picture, and what it was painted for
        self._answers: dict[Any, Any] = {}  # small ones, the last few
        self.resize(fit(*picture.size, *(box or CANVAS_BOX)))

    def resize(self, size: Size, ratio: float = 1.0) -> None:
        """Give the canvases another size."""
        self.size, self.ratio = size, ratio
        self.sketch: np.ndarray = resize(self._lines.image, size)[0, 0].cpu().numpy()
        self._groups: tuple[Any, np.ndarray] | None = None
        self._seen: tuple[Any, np.ndarray] | None = None
        self.__dict__.pop("labels", None)

    def park(self) -> None:
        """Let go of what is large, until it is looked at again."""
        self._lines.park()
        self._image = self._predicted = None

    @property
    def image(self) -> RGB:
        """The picture that is coloured."""
        if self._image is None:
            self._image = self.picture.image
        return self._image

    @property
    def tools(self) -> tuple[str, ...]:
        """The tools whose hints the model accepts for this picture."""
        return tuple(tool for tool in TOOLS if tool in self.hint_kinds and (tool != "region" or self.region_order))

    @property
    def is_large(self) -> bool:
        """Whether the picture is too large to be painted in full after each change."""
        height, width = self.picture.size
        return height * width > MAX_DIRECT

    @property
    def keeps_lightness(self) -> bool:
        """Whether the model leaves the lightness of the picture as it is."""
        return self.colorizer.network.target == "ab"

    @property
    def blank_regions(self) -> RegionState | None:
        """The regions, before anything was decided about them; None for a model without any."""
        return RegionState(self.region_order, self.region_order[0]) if self.region_order else None

    @property
    def lines(self) -> np.ndarray:
        """The lines of the picture, or how light it is, at its own size: (H, W) in [0, 1]."""
        return self._lines.image[0, 0].cpu().numpy()

    @cached_property
    def labels(self) -> np.ndarray:
        """The rank of the region at each pixel of a canvas."""
        return label(self.regions, *self.size)

    @cached_property
    def origin(self) -> dict[str, Any]:
        """What the picture was seen as, the network, and its region map: what a session says of where it comes from."""
        seen = "drawing" if self.is_drawing else seen_as(self.image, self.kind)
        return {"kind": self.kind} | origin_of(self.colorizer.network, self.regions, self.is_refined, seen)

    def read_session(self, state: dict, tool: str | None = None) -> tuple[list[Hint], str]:
        """The hints of a session, all of one tool where one is given, and what to know of it: "" or one line.

        Raises ValueError, in one line, for what is none, or speaks of other regions.
        """
        hints = read_hints(state, tool and TOOLS[tool])
        most = max(getattr(self.colorizer.network, "n_regions", 0), 0 if self.regions is None else len(self.regions))
        if most and (lost := [hint.rank for hint in hints if isinstance(hint, Region) and hint.rank >= most]):
            raise ValueError(f"region {lost[0]} does not exist: this model has regions 0 to {most - 1}")
        return hints, check_origin(state, self.origin, hints)

    def _pieces(self, rank: int) -> Tensor:
        if rank not in self._cut:
            self._cut[rank] = self.ask(lambda colorizer: colorizer.pieces(rank))
        return self._cut[rank]

    def count_pieces(self, rank: int) -> int:
        """How many pieces a region has."""
        return len(self._pieces(rank))

    def number_groups(self, groups: Sequence[Group]) -> np.ndarray:
        """The number of the group at each pixel of a canvas."""
        if self._groups is None or self._groups[0] != groups:
            self._groups = groups, self._number(groups, self.labels)
        return self._groups[1]

    def number_seen(self, groups: Sequence[Group], view: Any, size: Size) -> np.ndarray:
        """The same at each pixel of what a `Viewport` shows, at this size."""
        if view.is_whole and size == self.size:
            return self.number_groups(groups)
        wanted = groups, view, size
        if self._seen is None or self._seen[0] != wanted:
            labels = label(self.regions, *size, view.smooth)
            self._seen = wanted, self._number(groups, labels, view.smooth)
        return self._seen[1]

    def _number(self, groups: Sequence[Group], labels: np.ndarray, crop: Any = None) -> np.ndarray:
        numbers, cut = np.zeros_like(labels), {}
        for number, group in enumerate(groups):
            for rank, part in group:
                if part is not None and rank not in cut:
                    cut[rank] = label(self._pieces(rank), *labels.shape, crop)
                whole = labels == rank
                numbers[whole if part is None else whole & (cut[rank] == part)] = number
        return numbers

    def ask(self, question: Callable[[Any], Answer]) -> Answer:
        """The colorizer's answer about this picture; nobody else asks it meanwhile."""
        with LOCKS.setdefault(self.colorizer, threading.RLock()):
            is_same = _image_of(self.colorizer) is self.image and SEEN_AS.get(self.colorizer) in (None, self.kind)
            if not is_same:  # it has been shown another picture since, or this one as another kind
                self.colorizer.set_image(self.image, kind=self.kind)
                SEEN_AS[self.colorizer] = self.kind
            own = self.colorizer
            before = own.refine, own.shading, own.toning
            try:
                own.refine, own.shading, own.toning = self.refine, self.shading, self.toning
                return question(own)
            finally:
                own.refine, own.shading, own.toning = before

    def ask_once(self, about: Any, question: Callable[[Any], Answer]) -> Answer:
        """The same, for a small answer, never None: it is known when somebody, such as undo, comes back to it.

        `about` says what is asked, and of what; no other question may have the same.
        """
        found = self._answers.get(about)
        if found is None:
            found = self._answers[about] = self.ask(question)
            for old in list(self._answers)[:-MAX_ANSWERS]:
                self._answers.pop(old, None)  # the other thread may have been here
        return found

    @property
    def is_quick(self) -> bool:
        """Whether the model paints previews in a quicker way than what is kept."""
        return getattr(self.colorizer, "is_quick", False)

    def predict(self, hints: Sequence[Hint]) -> RGB:
        """The picture for these hints at its own size; the last one is kept."""
        found = self._known(hints)
        if found is None:
            found = self.ask(lambda colorizer: colorizer.predict(list(hints)))
            self._predicted = (tuple(hints), self.shading, self.toning), found
        return found

    def _known(self, hints: Sequence[Hint]) -> RGB | None:
        known = self._predicted  # the other thread may put a new one here
        return known[1] if known is not None and known[0] == (tuple(hints), self.shading, self.toning) else None

    def preview(self, hints: Sequence[Hint], full_size: bool, quick: bool) -> RGB:
        """The same to be looked at while it is worked on: at the network's size, or in the precision of previews."""
        way, found = "preview" if quick else "predict", self._known(hints) if full_size else None
        if found is not None:
            return found

        about = way, tuple(hints), self.shading, self.toning
        ask = self.ask if full_size else partial(self.ask_once, about)
        return ask(lambda colorizer: getattr(colorizer, way)(list(hints), full_size=full_size))


def fit(height: int, width: int, box_height: int, box_width: int) -> Size:
    """Height and width of a picture scaled to fit into a box, at least one pixel each way."""
    scale = min(box_height / height, box_width / width)
    return max(1, round(height * scale)), max(1, round(width * scale))


def _image_of(colorizer: Any) -> RGB | None:
    """The picture that a colorizer looks at; None before the first one."""
    try:
        return colorizer.image
    except ValueError:
        return None


def open_scene(colorizer: Any, picture: Any, kind: str, box: Size | None = None) -> Scene:
    """The scene of a picture: anything `load_image` takes, a tensor, or None for the one that a colorizer has.

    A `Scene` in the place of the colorizer is taken as it is; `kind` and `box` are those of one that is made.
    """
    if isinstance(colorizer, Scene):
        return colorizer
    if picture is None:
        SEEN_AS.pop(colorizer, None)  # whoever has shown it may have said so
        return Scene(colorizer, Picture(colorizer.image, "picture"), kind)
    read = read_picture(picture, picture)
    # A picture that is given is looked at anew: its kind may be another one now.
    colorizer.set_image(read.image, kind=kind)
    SEEN_AS[colorizer] = kind
    return Scene(colorizer, read, kind, box)


class Debouncer:
    """Runs `action()` once, `delay` seconds after the last `schedule()`; at once where no event loop runs.

    In a notebook kernel the action runs between two messages of the browser: the kernel stays responsive, and what the
    messages in the queue change is seen by the one action that follows them.
    """

    def __init__(self, delay: float, action: Callable[[], None]) -> None:
        self._delay, self._action = delay, action
        self._timer: asyncio.TimerHandle | None = None

    @property
    def is_waiting(self) -> bool:
        """Whether the action is still to be run."""
        return self._timer is not None

    def schedule(self) -> None:
        """Ask for the action; an earlier request that still waits is merged into this one."""
        self.cancel()
        loop = running_loop()
        if loop is None:
            self._action()
        else:
            self._timer = loop.call_later(self._delay, self.flush)

    def flush(self) -> None:
        """Run now what is waiting; nothing otherwise."""
        if self.is_waiting:
            self.cancel()
            self._action()

    def cancel(self) -> None:
        """Forget what is waiting."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


class BackgroundRenderer:
    """Long work off the event loop, begun `delay` seconds after the last `schedule()`; the latest request wins.

    `prepare()` is called in the thread of the loop and gives `work(hand_over)`, for another thread, which gives
    `show()`, for the thread of the loop again; `hand_over(show)` has something shown before. What is asked for
    meanwhile is prepared anew when the work is done: each result is shown, and the last one is that of the last
    request. Where no event loop runs, all happens at once. `catch_errors(action)` tells the user of its errors; `spare`
    cores are left to the page and its browser: a thread that these hold up would hold up the others.
    """

    def __init__(
        self, delay: float, prepare: Callable[[], RenderJob], catch_errors: Callable[..., Callable], spare: int = 0
    ) -> None:
        self._prepare, self._catch_errors, self._spare = prepare, catch_errors, spare
        self._pending = Debouncer(delay, catch_errors(self._begin))
        self._running: Future | None = None
        self._early: deque[Show] = deque()  # what is to be shown while the work goes on
        self._again = False

    @property
    def is_busy(self) -> bool:
        """Whether there is work that waits or runs."""
        return self._pending.is_waiting or self._running is not None

    def start(self) -> bool:
        """Begin at once, where an event loop runs and there is nothing to do; whether it has begun."""
        if self.is_busy or running_loop() is None:
            return False
        self._catch_errors(self._begin)()
        return self._running is not None

    def schedule(self) -> None:
        """Ask for the work to be done with what is so now."""
        if self._running is None:
            self._pending.schedule()
        else:
            self._again = True

    def flush(self) -> None:
        """Return when all work is done and shown."""
        while self.is_busy:
            self._pending.flush()
            if self._running is not None:
                self._end(self._running)

    def stop(self) -> None:
        """Show nothing of what waits or runs."""
        self._pending.cancel()
        self._running, self._again, self._early = None, False, deque()

    def _begin(self) -> None:
        work, loop = self._prepare(), running_loop()
        if loop is None:
            work(lambda show: show())()
            return
        early = self._early = deque()

        def tell(callback: Callable[..., None], *what: Any) -> None:
            with suppress(RuntimeError):  # the loop has ended: `flush` can still fetch the result
                loop.call_soon_threadsafe(callback, *what)

        def hand_over(show: Show) -> None:
            early.append(show)
            tell(self._show_early)

        self._running = WORKER.submit(_work_with, torch.get_num_threads() - self._spare, work, hand_over)
        self._running.add_done_callback(lambda done: tell(self._end, done))

    def _show_early(self) -> None:
        while self._early:
            self._catch_errors(self._early.popleft())()

    def _end(self, done: Future) -> None:
        if done is not self._running:  # `flush` was here before, or `stop`
            return
        done.exception()  # which waits for the end: until then more may be handed over
        self._show_early()
        self._catch_errors(lambda: done.result()())()
        self._running = None
        if self._again:
            self._again = False
            self._pending.schedule()


def _work_with(threads: int, work: RenderJob, hand_over: Callable[[Show], None]) -> Show:
    torch.set_num_threads(max(1, threads))  # each thread has its own number, at first that of the environment
    return work(hand_over)


def running_loop() -> asyncio.AbstractEventLoop | None:
    """The event loop of this thread, if one runs."""
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None
