"""Long work of a studio, beside the event loop: how far it is is said, and it can be cancelled."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from typing import Any, TypeVar

import torch

from colornb.progress import Cancelled, listened_to_by
from colornb.widgets._renderer import running_loop
from colornb.widgets._view.controls import StatusLine, action

WORKER = ThreadPoolExecutor(1, "colornb-task")  # one at a time: the others wait
Result = TypeVar("Result")


class LongTask:
    """One piece of work at a time, of which nothing is shown before it is done; and the button that cancels it.

    `word` is on the button, `on_cancel(words)` says what is left of the work that was called so, and `worker` is where
    it is done.
    """

    def __init__(
        self,
        status: StatusLine,
        word: str = "Cancel",
        on_cancel: Callable[[str], str] | None = None,
        worker: ThreadPoolExecutor = WORKER,
    ) -> None:
        self._status, self._running, self._words, self._worker = status, None, "", worker
        self._on_cancel = on_cancel or (lambda words: f"{words} was cancelled: all is as it was.")
        self.button = action(word, "stop", "Stop what is being done; all stays as it is", self.cancel)
        self.button.layout.display = "none"

    def run(self, words: str, work: Callable[[], Result], show: Callable[[Result], None]) -> None:
        """Do `work()` in another thread, and then `show(result)` in this one; both now where no event loop runs.

        What `colornb.progress.tell` says meanwhile is shown after `words`. Work that is called the same takes the place
        of that before it, which ends unseen. Raises ValueError while other work lasts.
        """
        if self._running is not None and words != self._words:
            raise ValueError(f"{self._words} is not done yet: wait for it, or cancel it")
        self._status.show(f"{words} ..")
        loop, threads, job = running_loop(), torch.get_num_threads(), object()
        if loop is None:
            show(work())
            return

        def tell(how_far: str) -> None:
            if self._running is not job:
                raise Cancelled
            loop.call_soon_threadsafe(self._show_progress, job, how_far)

        def do() -> Result:
            torch.set_num_threads(threads)  # a thread begins with the number that the environment says
            with listened_to_by(tell):
                return work()

        def end(done: Future[Result]) -> None:
            with suppress(RuntimeError):  # the loop has ended
                loop.call_soon_threadsafe(self._end, job, lambda: show(done.result()))

        self._running, self._words = job, words
        self.button.layout.display = ""
        self._worker.submit(do).add_done_callback(end)

    def cancel(self) -> None:
        """Take no result of what is being done; it ends when it tells next how far it is."""
        if self._stop() is not None:
            self._status.show(self._on_cancel(self._words))

    def _show_progress(self, job: Any, how_far: str) -> None:
        if job is self._running:
            self._status.show(f"{self._words}: {how_far} ..")

    def _end(self, job: Any, show: Callable[[], None]) -> None:
        if job is self._running:
            self._stop()
            self._status.show("")
            self._status.catch_errors(show)()

    def _stop(self) -> Any:
        running, self._running = self._running, None
        self.button.layout.display = "none"
        return running
