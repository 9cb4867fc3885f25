"""What a region pad asks, in words, and where that stands among all it asks."""

from collections.abc import Callable

from colornb.widgets._model.regions import RegionState
from colornb.widgets._view.controls import HintList, dot, muted, plural


class RegionPrompt:
    """The question, and one chip for each group asked about; `on_select(place)` is told of clicks of chips."""

    def __init__(self, on_select: Callable[[int], None]) -> None:
        self._list = HintList(on_select)
        self.widget = self._list.widget

    def show(self, state: RegionState) -> None:
        """Ask about the current group."""
        ask, beside = question(state)
        skipped = [place for place, group in enumerate(state.groups) if state.is_skipped(group)]
        colors = [state.color(group) for group in state.groups]
        answers = [
            color or ("left to the model" if place in skipped else "not coloured yet")
            for place, color in enumerate(colors)
        ]
        entries = [
            (color, f"Region {number}: {answer}")
            for number, (color, answer) in enumerate(zip(colors, answers, strict=True), 1)
        ]
        self._list.show(ask, muted(beside), entries, None if state.finished else state.position, skipped)


def question(state: RegionState) -> tuple[str, str]:
    """The question in bold and the line beside it, as HTML; colours are "#rrggbb", nothing else a user wrote."""
    color = state.color()
    if state.finished:
        given = plural(count_colored(state), "colour")
        return "Finished.", f"{given} from you, the rest from the model. Click a region to change it."
    if color:
        return f"Region {state.position + 1} is{dot(color)}{color}.", "Try another colour, or press Next."
    asked = "is the lit region" if len(state.group) == 1 else "are the lit regions"
    return f"What colour {asked}?", f"{name_place(state)}. Pick a colour, then press Next."


def name_place(state: RegionState) -> str:
    """Where the current group stands in the model's order: "Region 3 of 12"."""
    return f"Region {state.position + 1} of {len(state.groups)}"


def count_colored(state: RegionState) -> int:
    """How many groups have a colour."""
    return sum(state.color(group) is not None for group in state.groups)
