"""What pads and the studio have in common: a frame, a line of text, errors that are told, a page without a kernel."""

import base64
import json
import logging
import os
from collections.abc import Callable, Sequence
from html import escape
from pathlib import Path
from typing import Any

from ipywidgets import HTML, DOMWidget, Layout, VBox

from colornb.figures import Figure
from colornb.widgets._controls import STYLE, say


class Shown(VBox):
    """A widget where there is a kernel, a picture where there is none; what goes wrong is told in its last line.

    It waits for what is being painted in `_settle`, and keeps its pixels for pages without a kernel in `_store`.
    """

    is_on_page = False  # only then the pixels are to be kept for a page without a kernel

    def __init__(self, parts: Sequence[DOMWidget]) -> None:
        style = HTML(STYLE, layout=Layout(display="none"))
        super().__init__((style, *parts, self._status), layout=Layout(width="766px", max_width="100%"))
        self.add_class("colornb-pad")

    def load_state(self, state: dict) -> None:
        """Go on from a `state`; `undo` takes it back. Raises ValueError, and keeps the work then."""
        raise NotImplementedError

    def load(self, path: str | os.PathLike) -> None:
        """Go on from work that was saved as .json; `undo` takes it back. Raises ValueError, and keeps the work then."""
        try:
            state = json.loads(Path(path).expanduser().read_text(encoding="utf-8"))
        except OSError as error:
            raise ValueError(f"cannot read '{path}': {error.strerror or error}") from None
        except ValueError:  # no JSON, or not even text
            state = None
        if not isinstance(state, dict):
            raise ValueError(f"'{path}' holds no saved work: choose a .json file that a pad has saved")
        self.load_state(state)

    def figure(self) -> Figure:
        """The widget as a picture."""
        raise NotImplementedError

    def _settle(self) -> None:
        raise NotImplementedError

    def _store(self) -> None:
        raise NotImplementedError

    def _on(self, deed: Callable[..., None]) -> Callable[..., None]:
        """The deed as a callback of the browser, where nobody would see an exception."""

        def attempt(*args: Any) -> None:
            try:
                deed(*args)
            except Exception as error:
                if not isinstance(error, ValueError):  # not the user's doing: keep the trace for the developer
                    logging.getLogger(__name__).exception("%s failed", deed)
                text = str(error).split("\n")[0] or type(error).__name__
                say(self._status, text, "status", bad=True)

        return attempt

    def _tell(self, text: str) -> None:
        say(self._status, text, "status")

    def _says(self, text: str) -> bool:
        """Whether this is what the line under the pictures says."""
        return f">{escape(text)}<" in self._status.value

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        self._settle()
        self.is_on_page = True
        self._store()
        return {
            "text/plain": repr(self),
            "image/png": base64.b64encode(self.figure()._repr_png_()).decode(),
            "application/vnd.jupyter.widget-view+json": {
                "version_major": 2,
                "version_minor": 0,
                "model_id": self.model_id,
            },
        }

    if hasattr(DOMWidget, "_ipython_display_"):  # ipywidgets 7, which Colab has

        def _ipython_display_(self, **kwargs: Any) -> None:
            from IPython.display import display

            display(self._repr_mimebundle_(), raw=True)
            self._handle_displayed(**kwargs)
