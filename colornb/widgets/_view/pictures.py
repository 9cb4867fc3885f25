"""The two pictures of a pad: of one size, with one view, as large as the page has room for."""

from collections.abc import Callable
from typing import Any

from ipywidgets import HTML, Box, FloatSlider, Layout, Text, VBox

from colornb.widgets._view.canvas import WHOLE, CommandQueue, LayerCanvas, Viewport
from colornb.widgets._view.controls import action, put, set_css_class, set_text, slider, toggle, wrap

Size = tuple[int, int]  # height, width
CAPTION, GAP = 28, 8  # pixels of the page: above a picture, and between two of them
STACKED = 1.25  # so many times larger pictures have to be one above the other to be put so
MIN_ROOM = 120  # pixels of the page, to a side; where a window leaves less, it has to be scrolled
ZOOM_STEP = 1.5  # times, for a click of a button
MAX_RATIO, MAX_PIXELS = 2.0, 2_000_000  # of a canvas: finer than the page, and on the way to the browser


class PicturePair:
    """Two canvases and a bar to zoom them; `on_room(height, width, ratio)` is told what room the page has for both.

    `share` is how much of the right one shows what it was before.
    """

    def __init__(self, size: Size) -> None:
        queue = CommandQueue()
        self.left, self.right = LayerCanvas(*size, queue), LayerCanvas(*size, queue)
        self.share = share_slider()

    def lay_out(
        self,
        captions: tuple[str, str],
        beside: list,
        look: Callable[[Viewport], None],
        on_room: Callable[[float, float, float], None],
        on_share: Callable[[], None],
    ) -> VBox:
        """What to put on the page; `beside` are parts for the bar below the pictures.

        `look(viewport)` is to show a part of both, and `on_share()` what they were before.
        """
        self._told = Text(continuous_update=False)  # the script of the page writes here how much room there is
        set_css_class(self._told, "told-room", "How much room the page has")
        self._told.observe(lambda change: on_room(*_read_room(change["new"])), "value")
        self.share.observe(lambda _: on_share(), "value")
        self.zoom = ZoomBar(lambda: self.left.viewport, look, self._grab)
        full = action("", "arrows-alt", "Full screen", lambda: None)  # which a script does, as browsers ask for
        set_css_class(full, "full-screen")
        self._room = room = Box([captioned(*pair) for pair in zip(captions, (self.left, self.right), strict=True)])
        bar = Box([self.zoom.widget, full, self.share, *beside])
        whole = VBox([room, bar, self._told])
        for part, name in ((room, "room"), (bar, "bar"), (whole, "pictures")):
            set_css_class(part, name)
        return whole

    @property
    def size(self) -> tuple[Size, float]:
        """Height and width of each, and how fine they are."""
        return (self.left.height, self.left.width), self.left.ratio

    def resize(self, size: Size, ratio: float) -> None:
        """Give both canvases another size, with nothing on them."""
        for canvas in (self.left, self.right):
            canvas.resize(*size, ratio)

    def draw(self) -> None:
        """Show the part that their viewports have been set to, on both in one moment."""
        with self.left.queue.together():
            self.left.draw()
            self.right.draw()

    def show_fitted(self) -> None:
        """Have it known on the page that the pictures use the room that they have."""
        set_css_class(self._room, "fitted")

    def hold_compare(self, is_on: bool) -> None:
        """Show what the right picture was before, or no longer."""
        self.share.value = float(is_on)

    def _grab(self, on: bool) -> None:
        self.left.pans = self.right.pans = on


def _read_room(text: str) -> tuple[float, float, float]:
    """Height, width and ratio, as the script writes them."""
    height, width, ratio = (float(number) for number in text.split())
    return max(height, MIN_ROOM), max(width, MIN_ROOM), ratio


def share_room(picture: Size, height: float, width: float, ratio: float) -> tuple[Size, float]:
    """The size of each of two canvases in a room, and how fine they are: no finer than screen and picture."""
    rows, columns = picture
    beside = min((height - CAPTION) / rows, (width - GAP) / 2 / columns)
    stacked = min((height - 2 * CAPTION - GAP) / 2 / rows, width / columns)
    scale = stacked if stacked > STACKED * beside else beside
    size = max(1, int(scale * rows)), max(1, int(scale * columns))
    fine = min(ratio, MAX_RATIO, (MAX_PIXELS / (size[0] * size[1])) ** 0.5, max(1.0, 1 / scale))
    return size, max(1.0, fine)


def share_slider() -> FloatSlider:
    """How much of the right picture shows what it was before."""
    words = "Share of the right picture, from the left, that shows what it was before"
    share = slider(FloatSlider, "Before", words, "share", min=0, max=1, step=0.01, readout_format=".0%")
    share.layout.width = "220px"
    return share


def captioned(text: str, canvas: Any) -> VBox:
    """A canvas with a line of text above it."""
    caption = HTML()
    set_text(caption, text, "caption")
    whole = VBox((caption, canvas.widget), layout=Layout(margin="0 0 6px 0", overflow="visible"))
    set_css_class(whole, "picture")
    return whole


class ZoomBar:
    """Buttons to zoom and to pan; `get()` gives the viewport, `look` changes it, `grab(on)` lets drags pan."""

    def __init__(
        self, get: Callable[[], Viewport], look: Callable[[Viewport], None], grab: Callable[[bool], None]
    ) -> None:
        self._get = get
        out = action("Smaller", "search-minus", "Show more of the picture", lambda: look(get().zoom(1 / ZOOM_STEP)))
        words = "Show more detail; a wheel or two fingers do it, too"
        into = action("Larger", "search-plus", words, lambda: look(get().zoom(ZOOM_STEP)))
        whole = action("Whole", "expand", "Show the whole picture", lambda: look(WHOLE))
        self.hand = toggle("Hand", "hand-paper-o", "Let a drag push the picture", grab)
        for button in (out, into, whole, self.hand):
            button.description = ""
        self._text = HTML(layout=Layout(margin="2px 4px"))
        self._always, self._ways = (out, into), (whole, self.hand, self._text)
        self.widget = wrap(align_items="center")
        set_css_class(self.widget, "zoom")
        self.show()

    def show(self) -> None:
        """Tell how much is on show; what only helps within a picture comes with the first zoom."""
        view = self._get()
        if view.is_whole and self.hand.value:
            self.hand.value = False
        set_text(self._text, f"{100 * view.scale:.0f} %", "caption")
        put(self.widget, *self._always, *(() if view.is_whole else self._ways))
