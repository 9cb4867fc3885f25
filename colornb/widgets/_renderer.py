"""From the store to the picture: the latest state is painted beside the event loop, a moment after the last change.

Nothing here knows of widgets: a `Scene` is what a model makes of a picture, a `Debouncer` waits for the end of a burst,
and a `BackgroundRenderer` keeps the page responsive while the model works.
"""

import asyncio
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from functools import cached_property
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

import numpy as np

from colornb.hints import Hint, pieces
from colornb.images import resize
from colornb.openraster import label
from colornb.types import RGB
from colornb.widgets._model.picture import Picture
from colornb.widgets._model.regions import Group, RegionState
from colornb.widgets._model.session_file import checkpoint_of, region_map

Answer = TypeVar("Answer")
Show = Callable[[], None]
RenderJob = Callable[[], Show]
WORKER = ThreadPoolExecutor(1, "colornb-renderer")  # one picture at a time: two would each take twice as long
LOCKS: WeakKeyDictionary[Any, threading.RLock] = WeakKeyDictionary()  # a colorizer looks at one picture at a time
CANVAS_BOX = (400, 360)  # each of the two pictures fits into this height and width, in pixels of the page


class Scene:
    """A picture as one model sees it before any hint: its lines, its regions, and the way to ask the model about it.

    Args:
        colorizer: a `colornb.colorizer.Colorizer`, which others may use for other pictures.
        picture: what to colour.
        kind: as in `Colorizer.set_image`.
        box: height and width that the canvases fit into.
    """

    def __init__(
        self, colorizer: Any, picture: Picture, kind: str = "auto", box: tuple[int, int] | None = None
    ) -> None:
        self.colorizer, self.picture, self.kind = colorizer, picture, kind
        self.image = picture.image
        self.size = fit(*self.image.shape[-2:], *(box or CANVAS_BOX))
        sketch, self.regions, order = self.ask(lambda c: (c.sketch, c.regions, c.region_order))
        self.sketch: np.ndarray = resize(sketch, self.size)[0, 0].cpu().numpy()
        self.region_order = tuple(order or ()) if self.regions is not None else ()
        self._predicted: tuple[tuple[Hint, ...], RGB] | None = None  # the last full-size picture and its hints
        self._groups: tuple[Any, np.ndarray] | None = None

    @property
    def hint_kinds(self) -> tuple[str, ...]:
        """The kinds of hints that the model accepts."""
        return tuple(self.colorizer.network.hint_kinds)

    @property
    def keeps_lightness(self) -> bool:
        """Whether the model leaves the lightness of the picture as it is."""
        return self.colorizer.network.target == "ab"

    @property
    def blank_regions(self) -> RegionState | None:
        """The regions, before anything was decided about them; None for a model without any."""
        return RegionState(self.region_order, self.region_order[0]) if self.region_order else None

    @cached_property
    def labels(self) -> np.ndarray:
        """The rank of the region at each pixel of a canvas."""
        return label(self.regions, *self.size)

    @cached_property
    def origin(self) -> dict[str, Any]:
        """The network, and the region map where it has one: what a session says of where it comes from."""
        found: dict[str, Any] = {"checkpoint": checkpoint_of(self.colorizer.network)}
        return found if self.regions is None else found | {"region_map": region_map(self.regions)}

    def count_pieces(self, rank: int) -> int:
        """How many pieces a region has."""
        return len(pieces(self.regions[rank]))

    def number_groups(self, groups: Sequence[Group]) -> np.ndarray:
        """The number of the group at each pixel of a canvas."""
        if self._groups is None or self._groups[0] != groups:
            self._groups = groups, number_groups(self.regions, self.labels, groups)
        return self._groups[1]

    def ask(self, question: Callable[[Any], Answer]) -> Answer:
        """The colorizer's answer about this picture; nobody else asks it meanwhile."""
        with LOCKS.setdefault(self.colorizer, threading.RLock()):
            if _image_of(self.colorizer) is not self.image:  # it has been shown another picture since
                self.colorizer.set_image(self.image, kind=self.kind)
            return question(self.colorizer)

    def predict(self, hints: Sequence[Hint]) -> RGB:
        """The picture for these hints at its own size; the last one is kept."""
        hints, known = tuple(hints), self._predicted  # the other thread may put a new one here at any time
        if known is None or known[0] != hints:
            known = self._predicted = (hints, self.ask(lambda colorizer: colorizer.predict(list(hints))))
        return known[1]

    def preview(self, hints: Sequence[Hint]) -> RGB:
        """The picture for these hints at the network's size."""
        return self.ask(lambda colorizer: colorizer.predict(list(hints), full_size=False))


def fit(height: int, width: int, box_height: int, box_width: int) -> tuple[int, int]:
    """Height and width of a picture scaled to fit into a box, at least one pixel each way."""
    scale = min(box_height / height, box_width / width)
    return max(1, round(height * scale)), max(1, round(width * scale))


def number_groups(regions: Any, labels: np.ndarray, groups: Sequence[Group]) -> np.ndarray:
    """The number of the group at each pixel, from the rank at each pixel and the partition (n, h, w) it is of."""
    numbers, cut = np.zeros_like(labels), {}
    for number, group in enumerate(groups):
        for rank, part in group:
            if part is not None and rank not in cut:
                cut[rank] = label(pieces(regions[rank]), *labels.shape)
            numbers[(labels == rank) if part is None else (labels == rank) & (cut[rank] == part)] = number
    return numbers


def _image_of(colorizer: Any) -> RGB | None:
    """The picture that a colorizer looks at; None before the first one."""
    try:
        return colorizer.image
    except ValueError:
        return None


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
        loop = _running_loop()
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

    `prepare()` is called in the thread of the loop and gives `work()`, for another thread, which gives `show()`, for
    the thread of the loop again. What is asked for meanwhile is prepared anew when the work is done: each result is
    shown, and the last one is that of the last request. Where no event loop runs, all happens at once.
    `catch_errors(action)` is an action that tells the user of its errors.
    """

    def __init__(
        self, delay: float, prepare: Callable[[], RenderJob], catch_errors: Callable[[Callable], Callable]
    ) -> None:
        self._prepare, self._catch_errors = prepare, catch_errors
        self._pending = Debouncer(delay, catch_errors(self._begin))
        self._running: Future | None = None
        self._again = False

    @property
    def is_busy(self) -> bool:
        """Whether there is work that waits or runs."""
        return self._pending.is_waiting or self._running is not None

    def start(self) -> bool:
        """Begin at once, where an event loop runs and there is nothing to do; whether it has begun."""
        if self.is_busy or _running_loop() is None:
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
        self._running, self._again = None, False

    def _begin(self) -> None:
        work, loop = self._prepare(), _running_loop()
        if loop is None:
            work()()
            return

        def tell(done: Future) -> None:
            with suppress(RuntimeError):  # the loop has ended: `flush` can still fetch the result
                loop.call_soon_threadsafe(self._end, done)

        self._running = WORKER.submit(work)
        self._running.add_done_callback(tell)

    def _end(self, done: Future) -> None:
        if done is not self._running:  # `flush` was here before, or `stop`
            return
        self._catch_errors(lambda: done.result()())()
        self._running = None
        if self._again:
            self._again = False
            self._pending.schedule()


def _running_loop() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None
