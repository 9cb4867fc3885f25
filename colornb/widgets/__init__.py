"""Widgets to paint with, one per file: the class `RegionPad` lives in `region_pad`, and so on.

One rule: event -> pad -> `store.commit(document)` -> renderer and views, and never back. What the browser reports comes
to a pad, the controller; the pad makes a new document of the present one and commits it; from the store it goes to the
model and to what is shown. A pad by itself has a store of its own, the pads of a `Studio` share one. Nobody reaches
into a view: views are told what to show, and report events through callbacks.

`_model` has the document and its history, without a word of browsers; `_view` what is on the page; `_renderer` paints
beside the event loop; `_pad` is what all pads have in common, `_editor` what they share with the studio: files.

A class is imported when it is first asked for: the package itself needs neither ipywidgets nor ipycanvas.
"""

import re
from typing import Any

from colornb import _discover


def list_widgets() -> list[str]:
    """Names of the widget classes, sorted: one for each public file of this folder."""
    return [_class_name(module) for module in _discover.modules(__name__)]


def __getattr__(name: str) -> Any:
    """The widget class `name`, imported now (PEP 562)."""
    module = re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()
    if name.startswith("_") or _class_name(module) != name or module not in _discover.modules(__name__):
        raise AttributeError(f"colornb.widgets has no {name!r}: it has {', '.join(list_widgets())}")
    return getattr(_discover.module(__name__, module, "widget"), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *list_widgets()])


def _class_name(module: str) -> str:
    return "".join(word.capitalize() for word in module.split("_"))


__all__ = ["list_widgets", *list_widgets()]  # noqa: PLE0604
