"""What a region pad asks, in words, and where that stands among all it asks."""

from collections.abc import Callable

from ipywidgets import HTML, VBox

from colornb.widgets._controls import Strip
from colornb.widgets._session import Session


class Asking:
    """The question, and a strip with one chip for what is asked about; `on_select(place)` hears clicks of chips."""

    def __init__(self, on_select: Callable[[int], None]) -> None:
        self._question, self._strip = HTML(), Strip(on_select)
        self.widget = VBox((self._question, self._strip.widget))

    def show(self, session: Session) -> None:
        """Ask about the current group of `session`."""
        ask, sub = question(session)
        # The text holds nothing that a user wrote: colours are "#rrggbb" by now.
        self._question.value = (
            f'<div role="status" aria-live="polite"><span class="colornb-ask">{ask}</span>'
            f'<span class="colornb-sub">{sub}</span></div>'
        )
        skipped = [place for place, group in enumerate(session.groups) if session.is_skipped(group)]
        colors = [session.color(group) for group in session.groups]
        answers = [
            color or ("left to the model" if place in skipped else "not coloured yet")
            for place, color in enumerate(colors)
        ]
        entries = [
            (color, f"Region {number}: {answer}")
            for number, (color, answer) in enumerate(zip(colors, answers, strict=True), 1)
        ]
        self._strip.show(entries, None if session.finished else session.position, skipped)


def question(session: Session) -> tuple[str, str]:
    """The question in bold and the line beside it, as HTML."""
    color = session.color()
    if session.finished:
        given = count(coloured(session), "colour")
        return "Finished.", f"{given} from you, the rest from the model. Click a region to change it."
    if color:
        dot = f'<span class="colornb-dot" style="background:{color}"></span>'
        ask = f"Region {session.position + 1} is{dot}{color}."
        return ask, "Try another colour, or press Next."
    asked = "is the lit region" if len(session.group) == 1 else "are the lit regions"
    return f"What colour {asked}?", f"{place(session)}. Pick a colour, then press Next."


def place(session: Session) -> str:
    """Where the current group stands in the model's order: "Region 3 of 12"."""
    return f"Region {session.position + 1} of {len(session.groups)}"


def coloured(session: Session) -> int:
    """How many groups have a colour."""
    return sum(session.color(group) is not None for group in session.groups)


def count(number: int, noun: str) -> str:
    """Number and noun: "1 colour", "2 colours"."""
    return f"{number} {noun}" + ("" if number == 1 else "s")
