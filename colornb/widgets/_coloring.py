"""What pads that give colours have beside their own: the palette of the work, and the eyedropper, which only picks."""

from collections.abc import Callable
from typing import Any

from colornb.palettes import Palette


class Coloring:
    """To be mixed into a `Pad` with a `color_picker`."""

    color_picker: Any
    _commit: Callable[..., None]

    def use_palette(self, palette: Palette) -> None:
        """Show the colours of this palette, here and on the pictures to come; their names may be written as colours."""
        self._commit(palette=palette)

    def pick(self, color: str) -> None:
        """Take a colour "#rrggbb" in hand, first among the recent ones, and paint nothing."""
        self.store.replace(self.document.use_color(color))
        self.status.show(f"Picked {color}: it is the first of the recent colours.")

    def _show_colors(self) -> None:
        self.color_picker.set_recent(self.document.recent)
        self.color_picker.set_palette(self.document.palette)
