"""The palette of the work: its colours, and the ways to open one, to put a colour into it, and to take it home."""

import base64
from collections.abc import Callable
from contextlib import suppress
from html import escape

from ipywidgets import HTML

from colornb.palettes import WRITERS, Palette, parse
from colornb.widgets._view.controls import Swatches, action, put, upload_button, wrap

MAX_SHOWN = 96  # colours; more would make the page slow


class PaletteRow:
    """A row of colours with names; `on_pick(color)` gets the one clicked, `on_change(palette)` another palette.

    `color()` is the colour on show, which can be put into the palette. `catch_errors(action)` is an action that shows
    the user its error, if any.
    """

    def __init__(
        self,
        on_pick: Callable[[str], None],
        on_change: Callable[[Palette], None],
        color: Callable[[], str],
        catch_errors: Callable[..., Callable],
    ) -> None:
        self.palette: Palette | None = None
        self._on_change, self._color = on_change, color
        words = "Open a palette: .gpl of GIMP, .ase of Adobe, or .json"
        on_upload = catch_errors(lambda name, data: on_change(parse(data, name)))
        self._open = upload_button("Palette", words, "palette-open", ",".join(WRITERS), on_upload)
        words = "Put the colour on show into the palette"
        self._add = action("", "plus", words, catch_errors(self._keep))
        self._swatches, self._links = Swatches("", MAX_SHOWN, on_pick), HTML()
        self.widget = wrap(align_items="center")
        self.show(None)

    def show(self, palette: Palette | None) -> None:
        """Show the colours of a palette; without one, only how to come to one."""
        if palette is None or palette != self.palette:
            self.palette = palette
            colors, names = (palette.colors, palette.names) if palette else ((), ())
            self._swatches.show(colors, names)
            self._links.value = _links(palette) if palette else ""
        ways = (self._open, self._add)
        put(self.widget, *ways, *((self._swatches.widget, self._links) if self.palette else ()))

    def named(self, text: str) -> str:
        """The colour of a name of the palette; any other text as it is."""
        with suppress(ValueError):
            return (self.palette or Palette(())).find(text)
        return text

    def _keep(self) -> None:
        before = self.palette or Palette(())
        if self._color() not in before.colors:
            colors, names = (*before.colors, self._color()), (*before.names, "")
            self._on_change(Palette(colors, names, before.name))


def _links(palette: Palette) -> str:
    """How to take a palette home, and how much of a large one is not on show."""
    more = len(palette.colors) - MAX_SHOWN
    stem = escape("".join(c for c in palette.name if c.isalnum() or c in " -_").strip() or "palette")
    ways = [_link(f"{stem}{suffix}", suffix, write(palette)) for suffix, write in WRITERS.items()]
    hidden = f"and {more} more. " if more > 0 else ""
    return f'<span class="colornb-caption">{hidden}Save {" ".join(ways)}</span>'


def _link(name: str, suffix: str, data: bytes) -> str:
    address = f"data:application/octet-stream;base64,{base64.b64encode(data).decode()}"
    return f'<a class="colornb-link" download="{name}" href="{address}" title="Save this palette">{suffix}</a>'
