"""What a region pad asks, in words, and where that stands among all it asks."""

from collections.abc import Callable

from ipywidgets import HTML, Box, Layout, VBox

from colornb.widgets._controls import dress, mark, swatch
from colornb.widgets._session import Session


class Asking:
    """The question, and a strip with one chip a region that `on_select(rank)` hears clicks of."""

    def __init__(self, order: tuple[int, ...], on_select: Callable[[int], None]) -> None:
        self._question = HTML()
        self._chips = {rank: swatch(21, lambda rank=rank: on_select(rank)) for rank in order}
        for number, chip in enumerate(self._chips.values(), 1):
            chip.description = str(number)
        layout = Layout(flex_flow="row wrap", margin="0 0 4px 0", overflow="visible")
        self.widget = VBox((self._question, Box(tuple(self._chips.values()), layout=layout)))

    def show(self, session: Session) -> None:
        """Ask about the current region of `session`."""
        ask, sub = question(session)
        # The text holds nothing that a user wrote: colours are "#rrggbb" by now.
        self._question.value = (
            f'<div role="status" aria-live="polite"><span class="colornb-ask">{ask}</span>'
            f'<span class="colornb-sub">{sub}</span></div>'
        )
        for number, (rank, chip) in enumerate(self._chips.items(), 1):
            skipped, color = rank in session.skipped, session.color(rank)
            answer = color or ("left to the model" if skipped else "not coloured yet")
            dress(chip, color, f"Region {number}: {answer}")
            mark(chip, "now", rank == session.rank and not session.finished)
            mark(chip, "skipped", skipped)


def question(session: Session) -> tuple[str, str]:
    """The question in bold and the line beside it, as HTML."""
    color = session.color(session.rank)
    if session.finished:
        given = count(len(session.hints), "colour")
        return "Finished.", f"{given} from you, the rest from the model. Click a region to change it."
    if color:
        dot = f'<span class="colornb-dot" style="background:{color}"></span>'
        ask = f"Region {session.position + 1} is{dot}{color}."
        return ask, "Try another colour, or press Next."
    return "What colour is the lit region?", f"{place(session)}. Pick a colour, then press Next."


def place(session: Session) -> str:
    """Where the current region stands in the model's order: "Region 3 of 12"."""
    return f"Region {session.position + 1} of {len(session.order)}"


def count(number: int, noun: str) -> str:
    """Number and noun: "1 colour", "2 colours"."""
    return f"{number} {noun}" + ("" if number == 1 else "s")
