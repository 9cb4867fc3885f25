"""What keys do: told to the script of the page, which passes them on, and to people, as a list."""

import json
from collections.abc import Callable, Iterable
from html import escape
from typing import NamedTuple

from ipywidgets import HTML

from colornb.widgets._view.controls import set_css_class

WORDS = {"ArrowLeft": "←", "ArrowRight": "→", "ArrowUp": "↑", "ArrowDown": "↓", "Ctrl+Z": "Ctrl+Shift+Z"}
ICON = '<i class="fa fa-keyboard-o" aria-hidden="true"></i>'
RELEASED = " released"
LOCAL = (("f", "Full screen"), ("?", "This list"))  # what the script does without the kernel


class Key(NamedTuple):
    """Names of keys between spaces, such as "Ctrl+z Ctrl+Z", what each of them does in words, and how.

    What lasts while a key is held gets whether it is down; all else is called without any argument.
    """

    names: str
    words: str
    act: Callable[..., None]
    is_held: bool = False


class Keys:
    """The keys of a pad, and the list of them, folded away; later ones go before those that are there."""

    def __init__(self, keys: Iterable[Key]) -> None:
        self.widget = HTML()
        set_css_class(self.widget, "keys")
        self._keys: list[Key] = []
        self.add(keys)

    def add(self, keys: Iterable[Key]) -> None:
        """Take more keys."""
        self._keys = [*keys, *self._keys]
        rows = [(" ".join(map(_word, key.names.split())), key.words) for key in self._keys]
        table = "".join(
            f"<tr><td><kbd>{escape(names)}</kbd></td><td>{escape(words)}</td></tr>" for names, words in (*rows, *LOCAL)
        )
        known = {name: key.is_held for key in self._keys for name in key.names.split()}
        self.widget.value = (
            f"<details data-keys='{escape(json.dumps(known))}'><summary title='Keys (?)' aria-label='Keys'>{ICON}"
            f"</summary><table>{table}</table></details>"
        )

    def press(self, key: str, shift: bool, ctrl: bool, meta: bool) -> None:
        """Do what a key is for, with Ctrl or Cmd "Ctrl+z", with Shift "Ctrl+Z"; nothing where it is for nothing.

        The script of the page tells that one is released by a name that ends so.
        """
        name, is_down = key.removesuffix(RELEASED), not key.endswith(RELEASED)
        if ctrl or meta:
            name = "Ctrl+" + (name.upper() if shift else name.lower()) if len(name) == 1 else f"Ctrl+{name}"
        for own in self._keys:
            if name in own.names.split():
                own.act(*((is_down,) if own.is_held else ()))
                return


def _word(name: str) -> str:
    """How a key is written for people."""
    return WORDS.get(name, name.replace("Ctrl+z", "Ctrl+Z").replace("Ctrl+y", "Ctrl+Y"))
