"""What cannot be, said in one line: no list of hints, or none that a model accepts, before anything is painted."""

import re
from collections.abc import Collection, Iterable
from typing import Any

from torch import Tensor

from colornb.hints import DenseHint, EdgeScribble, Hint

WANTED = "give a list such as [Point(0.5, 0.5, 'tomato')]"


def check_hints(hints: Any, kinds: Collection[str], dense: Any = None) -> list[Hint]:
    """The hints in a list, and after them one of a pair of dense maps, for a model that accepts hints of these kinds.

    Raises ValueError for what is none, and where the model accepts no hints, or no edge scribbles, but has some.
    """
    if isinstance(hints, Hint):
        raise ValueError(f"one {type(hints).__name__} is no list of hints: put it into brackets, [{hints!r}]"[:200])
    if isinstance(hints, str | bytes | dict | Tensor) or not isinstance(hints, Iterable):
        raise ValueError(f"{type(hints).__name__} is no list of hints: {WANTED}")
    found = list(hints)
    for hint in found:
        if not isinstance(hint, Hint):
            raise ValueError(f"{type(hint).__name__} is no hint: give a Point, a Region or an EdgeScribble")
    found += [] if dense is None else [_dense_hint(dense)]
    colored = [hint for hint in found if not isinstance(hint, EdgeScribble)]
    if not set(kinds) - {"edge"} and (colored or (found and "edge" not in kinds)):
        raise ValueError("this model does not accept hints: paint without any, or choose one that does")
    if len(colored) < len(found) and "edge" not in kinds:
        raise ValueError("this model does not accept edge scribbles: choose one with an edge-enhancing network")
    return found


def _dense_hint(dense: Any) -> DenseHint:
    is_pair = isinstance(dense, tuple | list) and len(dense) == 2 and all(isinstance(part, Tensor) for part in dense)
    if not is_pair:
        raise ValueError("dense hints are a pair of tensors: give colours (1, 3, h, w) and where, (1, 1, h, w)")
    return DenseHint(*dense)


def check_size(network: Any, size: int) -> None:
    """Refuse, before the work, squares of a side that a network cannot halve and double as often as it does."""
    step = network.multiple
    if size % step and not getattr(network, "takes_any_side", False):
        low = max(step, size // step * step)
        raise ValueError(f"size {size} does not fit this network: give {low} or {low + step}")


def is_for_user(error: Exception) -> bool:
    """Whether an error is about what a user has given, or about too little memory; others are ours."""
    memory = isinstance(error, RuntimeError) and re.search("(allocate|out of) memory", str(error))
    return isinstance(error, ValueError | OSError | MemoryError) or bool(memory)


def line(error: Exception) -> str:
    """An error that is for a user, in one line."""
    if isinstance(error, OSError) and error.strerror and error.filename:
        return f"{error.strerror}: {error.filename}"
    if isinstance(error, MemoryError | RuntimeError):
        return "the memory is not enough: give smaller pictures, or fewer at once (commands: --size, --max-side)"
    return " ".join(str(error).splitlines()) or type(error).__name__
