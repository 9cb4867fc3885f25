"""Choosing a colour: by picker, as text, from suggestions, from recent ones, from a palette, from a map of all."""

from collections.abc import Callable, Sequence

import ipywidgets
import numpy as np
import torch
from ipywidgets import HBox, Layout, VBox

from colornb.color import AB_MAX, fit_gamut, gamut_at, hex_color, lab_to_rgb, parse_color, rgb_to_lab
from colornb.images import to_uint8
from colornb.widgets._view.canvas import LayerCanvas
from colornb.widgets._view.controls import PALETTE, SuppressEvents, Swatches, set_css_class, text_entry, toggle, wrap
from colornb.widgets._view.overlays import HALO, INK, draw_ring
from colornb.widgets._view.palette_row import Palette, PaletteRow

SUGGESTED = RECENT = 6  # swatches in a row
SIDE = 141  # canvas pixels
STEP = 2 * AB_MAX / (SIDE - 1)
RING = 5  # canvas pixels, the radius of the ring around the present colour
PAPER = (236, 236, 236, 255)


class ColorPicker:
    """All the ways to a colour; `on_choose(text)` gets what the user chose or wrote, good or bad.

    `suggested` is how many suggestions there is room for. `on_take(color)` gets what the eyedropper takes from a
    picture, and `on_palette(palette)` another palette; `catch_errors` as in `PaletteRow`.
    """

    def __init__(
        self,
        on_choose: Callable[[str], None],
        on_take: Callable[[str], None],
        on_palette: Callable[[Palette], None],
        catch_errors: Callable[..., Callable],
        suggested: int = SUGGESTED,
    ) -> None:
        def on_pick(text: str) -> None:
            on_choose(self._palette.named(text))

        self._on_pick, self._on_take = on_pick, on_take
        self._quiet = SuppressEvents()
        self._palette = PaletteRow(on_choose, on_palette, lambda: self.color, catch_errors)
        self._picker = ipywidgets.ColorPicker(concise=True, layout=Layout(width="50px", margin="2px"))
        set_css_class(self._picker, "picker", "Pick any colour")
        words = "Write #rrggbb, #rgb or the name of a colour, also of one in your palette"
        self._text = text_entry("hex", words, 110, continuous_update=False, placeholder="#hex or name")
        words = "Take a colour from a picture: press this, then click there"
        self._dropper = toggle("", "eyedropper", words, lambda on: None)
        self._suggested = Swatches("Suggested", suggested, on_pick)
        self._used = Swatches("Recent", RECENT, on_pick)
        for entry in (self._picker, self._text):
            self._quiet.observe(entry, lambda color: on_pick(color) if color else None)
        self.widget = self._rows()

    @property
    def color(self) -> str:
        """The colour on show, "#rrggbb"."""
        return self._picker.value

    def takes_click(self, canvas: LayerCanvas, x: float, y: float) -> bool:
        """Whether a click on a canvas was meant to take the colour that is there, which is taken then."""
        takes = self._dropper.value
        if takes:
            self._dropper.value = False
            self._on_take(hex_color(canvas.rgb_at(x, y)))
        return takes

    def set_text(self, color: str | None) -> None:
        """Put the colour that was given into the text field, or empty it, without picking any.

        To be called at once when the question changes: a text that came later would take away what the user is
        writing, of which the kernel knows nothing before Enter.
        """
        with self._quiet:
            self._text.value = color or ""

    def set_color(self, color: str) -> None:
        """Show a colour in the picker, without picking any."""
        with self._quiet:
            self._picker.value = color

    def set_suggestions(self, colors: Sequence[str]) -> None:
        """Show colours as suggestions, and leave all else as it is."""
        self._suggested.show(colors)

    def set_recent(self, colors: Sequence[str]) -> None:
        """Show these as the colours used last."""
        self._used.show(colors)

    def set_palette(self, palette: Palette | None) -> None:
        """Show the palette of the work."""
        self._palette.show(palette)

    def _rows(self) -> VBox:
        palette = Swatches("", len(PALETTE), self._on_pick)
        palette.show(list(PALETTE.values()), list(PALETTE))
        own = HBox((self._picker, self._text, self._dropper), layout=Layout(align_items="center"))
        self._dropper.layout.margin = "2px 16px 2px 2px"
        self._used.widget.layout.margin = "0 0 0 16px"
        return VBox(
            (
                wrap(own, self._suggested.widget, self._used.widget, align_items="center"),
                palette.widget,
                self._palette.widget,
            )
        )


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
        draw_ring(marks, row, column, RING, ((2.2, HALO), (1.2, INK)))
    return marks
