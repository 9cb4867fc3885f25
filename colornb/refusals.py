"""What is no list of hints, or none that a model accepts, refused in one line before anything is painted."""

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
