"""What pads have in common whose hints are numbered and chosen: points and scribbles."""

from colornb.widgets._model.document import FIELDS
from colornb.widgets._view.controls import plural
from colornb.widgets._view.keys import Key


class MarkPad:
    """For a `Pad`: its hints, points or scribbles, are numbered from 0 in the order they were given; one is chosen."""

    @property
    def chosen(self) -> int | None:
        """The number of the chosen one, from 0; None where there is none."""
        return self.decided.chosen

    def select(self, number: int | None) -> None:
        """Choose one by its number, or none. Raises ValueError where there is none of this number."""
        self._replace(**{FIELDS[self.tool]: self.decided.choose(number)})

    def _choose_next(self) -> None:
        """Choose the next one; after the last, the first."""
        if count := len(self.decided.hints):
            self.select(0 if self.chosen is None else (self.chosen + 1) % count)

    def delete(self) -> None:
        """Take the chosen one away. Raises ValueError where there is none to take."""
        self._commit(**{FIELDS[self.tool]: self.decided.delete()})

    def clear(self) -> None:
        """Take all away; `undo` brings them back."""
        self._commit(**{FIELDS[self.tool]: type(self.decided)()})

    def _own_keys(self) -> list[Key]:
        return [Key("Delete Backspace", "Delete", self.delete)]

    def __repr__(self) -> str:
        return f"{type(self).__name__}({plural(len(self.decided.hints), self.decided.noun)})"
