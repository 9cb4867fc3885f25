"""ToyWidget: one button, which gives the middle of the picture the next colour of three."""

from collections.abc import Sequence

import numpy as np
from ipywidgets import DOMWidget, HBox

from colornb.hints import Point
from colornb.widgets._model.document import PointState, points_from
from colornb.widgets._pad import Pad

COLORS = ("#cc3333", "#33cc33", "#3333cc")


class ToyWidget(Pad):
    """Colour a picture by pressing one button.

    `colorizer` is a `colornb.colorizer.Colorizer` of a method that accepts points, `picture` anything
    `colornb.images.load_image` takes or an RGB tensor (1, 3, H, W) in [0, 1].
    """

    tool = "point"

    def _take_hints(self, hints: Sequence[Point], state: dict) -> None:
        self._commit(points=points_from(hints))

    def paint_next(self) -> None:
        """Give the middle the next colour."""
        last = self.hints[0].color if self.hints else COLORS[-1]
        color = COLORS[(COLORS.index(last) + 1) % len(COLORS)] if last in COLORS else COLORS[0]
        self._commit(points=PointState((Point(0.5, 0.5, color, 0.2),)))

    def _parts(self) -> list[DOMWidget]:
        button = self._button("Next colour", "tint", "Give the middle the next colour", self.paint_next)
        row = HBox((button, *self._history_buttons("colour"), self._export_button()))
        return [self._pictures("Picture", "Painted by the model"), row]

    def _show(self) -> None:
        self._show_backdrop("point")
        self._show_history()

    def show_advice(self) -> None:
        """There is none."""

    def _panels(self) -> dict[str, np.ndarray]:
        return {"given": self.left.pixels["picture"], "painted": self.painted_pixels}
