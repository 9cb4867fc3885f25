"""Sliders for what is done to all colours of the painted picture."""

from collections.abc import Callable

from ipywidgets import FloatSlider

from colornb.toning import Toning
from colornb.widgets._view.controls import SuppressEvents, put, slider, toggle, wrap

WORDS = {
    "vividness": "How vivid the colours are: 0 is gray, 1 as painted",
    "warmth": "Warmer, to the right, or cooler",
    "strength": "How much of all colour is kept: 0 is gray",
}


class ToningSliders:
    """A button that shows, in a row below it, one slider for each number of a `Toning`.

    `on_change(name, value)` gets what a user sets.
    """

    def __init__(self, on_change: Callable[[str, float], None]) -> None:
        self._quiet = SuppressEvents()
        self.entries = {name: self._slider(name, on_change) for name in WORDS}
        self.widget = wrap()
        words = "Make all colours more vivid, warmer or weaker"
        self.button = toggle(
            "Tones", "adjust", words, lambda on: put(self.widget, *self.entries.values() if on else ())
        )

    def show(self, toning: Toning) -> None:
        """Show how it is."""
        with self._quiet:
            for name, entry in self.entries.items():
                entry.value = getattr(toning, name)

    def _slider(self, name: str, on_change: Callable[[str, float], None]) -> FloatSlider:
        least, most = Toning.RANGES[name]
        scale = {"min": least, "max": most, "step": 0.05, "value": getattr(Toning(), name)}
        entry = slider(FloatSlider, name.capitalize(), WORDS[name], continuous_update=False, **scale)
        entry.style.description_width = "72px"
        self._quiet.observe(entry, lambda value: on_change(name, value))
        return entry
