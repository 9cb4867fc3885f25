"""What pads and the studio have in common: a frame, a line of text, and a picture for pages without a kernel."""

import base64
import os
from collections.abc import Iterable, Iterator, Sequence
from html import escape
from pathlib import Path
from typing import Any

import numpy as np
from ipywidgets import HTML, DOMWidget, Layout, VBox, Widget

from colornb.figures import Figure
from colornb.writing import check_place

FIGURE_WIDTH = 6.6  # inches: a column of the book
FIGURES = (".png", ".pdf", ".svg")  # as which pictures side by side are written


def _read(name: str) -> str:
    return Path(__file__).with_name(name).read_text(encoding="utf-8")


# A style sheet is loaded when it is on the page; that is when the script of the page is run.
STYLE = f'<style onload="{escape(_read("page.js"))}">{_read("style.css")}</style>'


class StaticDisplay(VBox):
    """A widget where there is a kernel, a picture where there is none; its last line tells what goes wrong.

    `flush` waits for what is being painted, and `keep_pixels` keeps them for pages without a kernel.
    """

    is_on_page = False  # only then the pixels are to be kept for a page without a kernel
    has_kernel = False  # for sure, as in the app: no page without one is ever built from this

    def __init__(self, parts: Sequence[DOMWidget], status: HTML) -> None:
        style = HTML(STYLE, layout=Layout(display="none"))
        super().__init__((style, *parts, status), layout=Layout(width="766px", max_width="100%"))
        self.add_class("colornb-pad")

    def figure(self) -> Figure:
        """The widget as a picture."""
        self.flush()
        return panels(self._panels())

    def _panels(self) -> dict[str, np.ndarray]:
        """The pictures that `figure` shows, of the size that they have on the page, by their titles."""
        raise NotImplementedError

    def flush(self) -> None:
        """Return when all that was asked for is painted and shown."""
        raise NotImplementedError

    def keep_pixels(self) -> None:
        """Keep the pixels on show in the state of the widget, which a page without a kernel is built from."""
        raise NotImplementedError

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        view = {"version_major": 2, "version_minor": 0, "model_id": self.model_id}
        bundle = {"text/plain": repr(self), "application/vnd.jupyter.widget-view+json": view}
        if self.has_kernel:
            return bundle
        self.flush()
        self.is_on_page = True
        self.keep_pixels()
        return bundle | {"image/png": base64.b64encode(self.figure()._repr_png_()).decode()}

    if hasattr(DOMWidget, "_ipython_display_"):  # ipywidgets 7, which Colab has

        def _ipython_display_(self, **kwargs: Any) -> None:
            from IPython.display import display

            display(self._repr_mimebundle_(), raw=True)
            self._handle_displayed(**kwargs)


def panels(pictures: dict[str, np.ndarray]) -> Figure:
    """Pictures side by side, each under its title; all have the shape of the first, if not its size."""
    height, width = next(iter(pictures.values())).shape[:2]
    inches = min(FIGURE_WIDTH / len(pictures) * height / width, 5)  # a strip of a picture must not make a tower
    figure = Figure(figsize=(FIGURE_WIDTH, inches + 0.3), layout="constrained")
    for axes, (title, pixels) in zip(
        figure.subplots(1, len(pictures), squeeze=False)[0], pictures.items(), strict=True
    ):
        axes.imshow(pixels)
        axes.set_title(title, fontsize=10)
        axes.axis("off")
    return figure


def save_panels(pictures: dict[str, np.ndarray], path: str | os.PathLike, width: int) -> Path:
    """Write pictures side by side, each with as many dots as `width` says, up to A3: .png, .pdf or .svg.

    Raises ValueError where nothing can be written.
    """
    path, dots = check_place(path, FIGURES), 3 * width / FIGURE_WIDTH
    try:
        panels(pictures).savefig(path, dpi=min(max(dots, 150), 600))
    except (OSError, ValueError) as error:
        raise ValueError(f"cannot write '{path}': {str(error).splitlines()[0]}") from None
    return path


def close_all(pad: StaticDisplay) -> None:
    """Close a pad and every widget that it has, on the page or not: ipywidgets keeps each until it is closed."""
    for widget in list(_widgets_of(pad, set())):
        widget.close()


def _widgets_of(thing: Any, seen: set[int]) -> Iterator[Widget]:
    """All widgets below a widget, a list of them, or a view that has some."""
    if id(thing) in seen:
        return
    seen.add(id(thing))
    inner: Iterable[Any] = ()
    if isinstance(thing, Widget):
        yield thing
        names = ("children", "_canvases", "layout", "style")
        inner = [getattr(thing, name) for name in names if thing.has_trait(name)]
    elif isinstance(thing, list | tuple):
        inner = thing
    if isinstance(thing, StaticDisplay) or type(thing).__module__.startswith(__package__):
        inner = [*inner, *getattr(thing, "__dict__", {}).values()]
    for part in inner:
        yield from _widgets_of(part, seen)
