"""A map of all colours that a screen can show at one lightness, to pick from."""

from collections.abc import Callable

import numpy as np
import torch

from colornb.color import AB_MAX, fit_gamut, gamut_at, lab_to_rgb, parse_color, rgb_to_lab
from colornb.images import to_uint8
from colornb.widgets._view.canvas import LayerCanvas
from colornb.widgets._view.overlays import HALO

SIDE = 141  # canvas pixels
STEP = 2 * AB_MAX / (SIDE - 1)
RING = 5  # canvas pixels, the radius of the ring around the present colour
PAPER = (236, 236, 236, 255)
INK = (20, 22, 28, 255)


class GamutMap:
    """CIE a down and b across at the lightness of one place; `on_pick("#rrggbb")` is told of clicks."""

    def __init__(self, on_pick: Callable[[str], None]) -> None:
        self._on_pick, self._light = on_pick, -1.0
        self.canvas = LayerCanvas(SIDE, SIDE)
        self.canvas.on_click(self._pick)
        self.show(50.0, None)

    def show(self, light: float, color: str | None) -> None:
        """Show the colours of a lightness (0 to 100), and where a colour of any lightness lies among them."""
        if light != self._light:
            self._light = light
            self.canvas.show("picture", gamut_pixels(light))
        self.canvas.show("marks", _ring(color))

    def _pick(self, x: float, y: float) -> None:
        self._on_pick(fit_gamut(self._light, (2 * y - 1) * AB_MAX, (2 * x - 1) * AB_MAX))


def gamut_pixels(light: float) -> np.ndarray:
    """The map of `colornb.color.gamut_at` in its own colours, on paper, as RGBA uint8."""
    line = torch.linspace(-AB_MAX, AB_MAX, SIDE)
    a, b = torch.meshgrid(line, line, indexing="ij")
    rgb = lab_to_rgb(torch.stack([torch.full_like(a, light), a, b])[None])
    shown = gamut_at(light, STEP).numpy()
    pixels = np.full((SIDE, SIDE, 4), PAPER, np.uint8)
    pixels[shown] = np.dstack([to_uint8(rgb), np.full((SIDE, SIDE), 255, np.uint8)])[shown]
    return pixels


def _ring(color: str | None) -> np.ndarray:
    marks = np.zeros((SIDE, SIDE, 4), np.uint8)
    if color is not None:
        _, a, b = rgb_to_lab(torch.tensor(parse_color(color)).view(1, 3, 1, 1)).flatten().tolist()
        row, column = ((value / AB_MAX + 1) / 2 * (SIDE - 1) for value in (a, b))
        y, x = np.ogrid[:SIDE, :SIDE]
        distance = np.abs(np.hypot(y - row, x - column) - RING)
        marks[distance < 2.2] = HALO
        marks[distance < 1.2] = INK
    return marks
