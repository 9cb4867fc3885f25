"""Deeds that wait a moment, and work beside the event loop: of a burst of wishes only the latest counts."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress

Show = Callable[[], None]
Work = Callable[[], Show]
WORKER = ThreadPoolExecutor(1, "colornb-painter")  # one picture at a time: two would each take twice as long


class Later:
    """Runs `deed()` once, `delay` seconds after the last `ask()`; at once where no event loop runs.

    In a notebook kernel the deed runs between two messages of the browser: the kernel stays
    responsive, and what the messages in the queue change is seen by the one deed that follows them.
    """

    def __init__(self, delay: float, deed: Callable[[], None]) -> None:
        self._delay, self._deed = delay, deed
        self._timer: asyncio.TimerHandle | None = None

    @property
    def is_waiting(self) -> bool:
        """Whether the deed is still to be done."""
        return self._timer is not None

    def ask(self) -> None:
        """Wish for the deed; an earlier wish that still waits is merged into this one."""
        self.cancel()
        loop = _loop()
        if loop is None:
            self._deed()
        else:
            self._timer = loop.call_later(self._delay, self.settle)

    def settle(self) -> None:
        """Do now what is waiting; nothing otherwise."""
        if self.is_waiting:
            self.cancel()
            self._deed()

    def cancel(self) -> None:
        """Forget what is waiting."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


class Solver:
    """Long work off the event loop, begun `delay` seconds after the last `ask()`; the latest wish wins.

    `plan()` is called in the thread of the loop and gives `work()`, for another thread, which gives `show()`, for the
    thread of the loop again. What is asked for meanwhile is planned anew when the work is done: each result is shown,
    and the last one is that of the last wish. Where no event loop runs, all happens at once. `guard(deed)` is a deed
    that tells the user of its errors.
    """

    def __init__(self, delay: float, plan: Callable[[], Work], guard: Callable[[Callable], Callable]) -> None:
        self._plan, self._guard = plan, guard
        self._wish = Later(delay, guard(self._begin))
        self._running: Future | None = None
        self._again = False

    @property
    def is_busy(self) -> bool:
        """Whether there is work that waits or runs."""
        return self._wish.is_waiting or self._running is not None

    def start(self) -> bool:
        """Begin at once, where an event loop runs and there is nothing to do; whether it has begun."""
        if self.is_busy or _loop() is None:
            return False
        self._guard(self._begin)()
        return self._running is not None

    def ask(self) -> None:
        """Wish for the work to be done with what is so now."""
        if self._running is None:
            self._wish.ask()
        else:
            self._again = True

    def settle(self) -> None:
        """Return when all work is done and shown."""
        while self.is_busy:
            self._wish.settle()
            if self._running is not None:
                self._end(self._running)

    def _begin(self) -> None:
        work, loop = self._plan(), _loop()
        if loop is None:
            work()()
            return

        def tell(done: Future) -> None:
            with suppress(RuntimeError):  # the loop has ended: `settle` can still fetch the result
                loop.call_soon_threadsafe(self._end, done)

        self._running = WORKER.submit(work)
        self._running.add_done_callback(tell)

    def _end(self, done: Future) -> None:
        if done is not self._running:  # `settle` was here before
            return
        self._guard(lambda: done.result()())()
        self._running = None
        if self._again:
            self._again = False
            self._wish.ask()


def _loop() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None
