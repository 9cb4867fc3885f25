"""What the pad for points has beside points: lines that their colour does not cross, drawn before any has."""

import time
from collections.abc import Callable, Iterable
from typing import Any

from ipywidgets import ToggleButton

from colornb.hints import EdgeScribble
from colornb.studies.stroke_timing import StrokeTiming
from colornb.widgets._model.document import Path, ScribbleState, simplify
from colornb.widgets._view.controls import Summary, muted, plural, toggle
from colornb.widgets._view.keys import Key
from colornb.widgets._view.overlays import Pen

LINE = "While this is pressed, a drag draws a line that no colour crosses, and Delete takes the last one away"


class Lines:
    """To be mixed into a `Pad` before `MarkPad`: its lines are the scribbles of the document, as `EdgePad` gives them.

    Of a drawing they part areas, on a photograph an edge-enhancing network follows them.
    """

    _commit: Callable[..., None]
    document: Any
    _line: ToggleButton

    @property
    def _takes_lines(self) -> bool:
        return "edge" in self.document.tools

    def add_line(self, path: Path) -> None:
        """Draw a line along a path (x, y) in [0, 1], y down. Raises ValueError outside the picture.

        In a studio only, and for models and pictures that take one; raises ValueError elsewhere.
        """
        if not self._takes_lines:
            raise ValueError("no lines are taken here: open a studio, with a drawing or an edge-enhancing model")
        self._commit_lines(self.document.scribbles.add(EdgeScribble(tuple(path)), StrokeTiming()))

    def delete(self) -> None:
        """Take the chosen point away, or, while lines are drawn, the last line. Raises ValueError without any."""
        self._commit_lines(self.document.scribbles.delete()) if self._line.value else super().delete()

    def clear(self) -> None:
        """Take all points away, or, while lines are drawn, all lines; `undo` brings them back."""
        self._commit_lines(ScribbleState()) if self._line.value else super().clear()

    def _commit_lines(self, lines: ScribbleState) -> None:
        self._commit(scribbles=lines)

    def _line_button(self) -> tuple[ToggleButton, ...]:
        """The button that begins and ends the drawing of lines, where any are taken."""
        self._line = toggle("Line", "pencil", LINE, self.status.catch_errors(lambda _: self._show()))
        on, width = self.status.catch_errors(self._on_line), EdgeScribble(((0, 0),)).width
        for canvas in (self.left, self.right):
            Pen(canvas, time.monotonic, on, lambda: width * min(self.scene.size), lambda: self._line.value)
        return (self._line,) if self._takes_lines else ()

    def _on_line(self, path: list[tuple[float, float]], _: float) -> None:
        if len(path) > 1:  # a click gives a point, as always
            self.add_line(simplify(path, *self.scene.size))

    def _line_keys(self) -> list[Key]:
        return [Key("l", "Draw lines that no colour crosses", self._turn_line)] if self._takes_lines else []

    def _turn_line(self) -> None:
        self._line.value = not self._line.value

    def _summarize_lines(self, entries: Iterable[Any]) -> Summary:
        """What is said while lines are drawn."""
        count = len(self.document.scribbles.hints)
        bold = f"{plural(count, 'line')} that no colour crosses." if count else "What must no colour cross?"
        return bold, muted("Draw along an edge, or from line to line of a drawing. Clicks give points."), entries
