"""Which layers of the pictures are on show."""

from collections.abc import Callable, Mapping, Sequence

from ipywidgets import HTML, HBox, Layout

from colornb.widgets._view.controls import SuppressEvents, set_css_class, toggle


class LayerBar:
    """A toggle for each layer; `on_change(layer, on)` is told of a press. `names` has what to call each."""

    def __init__(self, names: Mapping[str, str], on_change: Callable[[str, bool], None], quiet: SuppressEvents) -> None:
        self._title, self._quiet = HTML('<span class="colornb-caption">Layers</span>'), quiet
        self._buttons = {
            layer: toggle(name, "eye", f"Show the layer of {name.lower()}", lambda on: None)
            for layer, name in names.items()
        }
        for layer, button in self._buttons.items():
            button.value = True
            set_css_class(button, "layer")
            quiet.observe(button, lambda on, layer=layer: on_change(layer, on))
        self.widget = HBox(layout=Layout(align_items="center"))

    def set_layers(self, layers: Sequence[str]) -> None:
        """Have toggles for these."""
        self.widget.children = (self._title, *(self._buttons[layer] for layer in layers))

    def show(self, layer: str, on: bool) -> None:
        """Show that a layer is on show, or not."""
        with self._quiet:
            self._buttons[layer].value = on
