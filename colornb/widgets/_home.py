"""Where a pad lives: by itself, or in a studio, where several share one picture, their hints and one history."""

import threading
from collections.abc import Callable, Sequence
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

import numpy as np

from colornb.hints import Hint
from colornb.types import RGB
from colornb.widgets._session import History

Answer = TypeVar("Answer")
LOCKS: WeakKeyDictionary[Any, threading.RLock] = WeakKeyDictionary()  # a painter looks at one picture at a time


class Home:
    """That of a pad by itself: all hints are its own. A studio has another one for each of its pads."""

    shares = False  # whether others see to export, and tell how the work goes on
    box = (400, 360)  # each of the two pictures fits into this height and width

    def __init__(self) -> None:
        self.answers: dict[str, tuple[tuple[Hint, ...], RGB]] = {}  # the last full-size picture and its hints

    def move_in(self, pad: Any, session: Any) -> History:
        """The history that the pad walks; it begins with `session` where it has none yet."""
        return History(session)

    def join(self, hints: Sequence[Hint]) -> tuple[Hint, ...]:
        """All that the painter is to hear, beside the hints of this pad."""
        return tuple(hints)

    def backdrop(self, pixels: np.ndarray) -> np.ndarray:
        """What lies under the marks of the left picture, RGBA uint8, in the place of `pixels`."""
        return pixels

    def marks(self, pixels: np.ndarray) -> np.ndarray:
        """The marks of the pad itself as they are to be seen, RGBA uint8."""
        return pixels


def ask(painter: Any, image: RGB, kind: str, question: Callable[[Any], Answer]) -> Answer:
    """The painter's answer to a question about a picture; nobody else asks it meanwhile."""
    with LOCKS.setdefault(painter, threading.RLock()):
        if _seen(painter) is not image:  # it has been shown another picture since
            painter.set_image(image, kind=kind)
        return question(painter)


def _seen(painter: Any) -> RGB | None:
    """The picture that a painter looks at; None before the first one."""
    try:
        return painter.image
    except ValueError:
        return None
