"""How far long work is: said by what does it, a step at a time, to the one who has asked for it in the same thread."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_listeners = threading.local()


class Cancelled(Exception):  # noqa: N818 (nothing is wrong)
    """Raised by a listener, and from there by the work, which leaves all as it was."""


def tell(words: str) -> None:
    """Say how far the work of this thread is, such as "3 layers"; nothing where nobody listens. May raise Cancelled."""
    listener: Callable[[str], None] | None = getattr(_listeners, "now", None)
    if listener is not None:
        listener(words)


@contextmanager
def listened_to_by(listener: Callable[[str], None]) -> Iterator[None]:
    """Inside, `listener(words)` gets what is told in this thread."""
    before = getattr(_listeners, "now", None)
    _listeners.now = listener
    try:
        yield
    finally:
        _listeners.now = before
