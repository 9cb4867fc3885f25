"""A deed that waits a moment, so that of a burst of wishes only the latest is carried out."""

import asyncio
from collections.abc import Callable


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
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
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
