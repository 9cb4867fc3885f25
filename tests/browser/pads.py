"""Pads of a page, as a user meets them; `kernel` lets us look at their Python side."""

import base64
import io
import json
import time

import numpy as np
from PIL import Image
from playwright.sync_api import TimeoutError

from browser.lab import until

FIND = """
from ipywidgets.widgets.widget import _instances
pad = next(w for w in _instances.values() if type(w).__name__ == "{}")
"""


class Pad:
    """The first RegionPad of a page."""

    find = FIND.format("RegionPad")  # how its kernel finds it

    def __init__(self, lab, page, kernel):
        self.lab, self.page, self.kernel = lab, page, kernel
        self.box = page.locator(".colornb-pad").first
        self.wait()
        self.box.scroll_into_view_if_needed()

    def wait(self):
        """Until the pictures are there, as large as the page has room for."""
        self.box.locator("canvas").nth(1).wait_for()
        self.box.locator(".colornb-fitted").first.wait_for()

    def pixels(self, side):
        """RGBA of the left (0) or right (1) picture, as the browser has it."""
        url = self.box.locator("canvas").nth(side).evaluate("canvas => canvas.toDataURL('image/png')")
        return _pixels(url.split(",")[1])

    def array(self, expression):
        """RGBA of an expression in the kernel where `pad` is this widget."""
        return _pixels(self._evaluate(f"__import__('base64').b64encode({PNG.format(expression)}).decode()"))

    def hints(self):
        return [(hint["rank"], hint["color"]) for hint in json.loads(self._evaluate(HINTS))["hints"]]

    def painted(self, before):
        """The right picture once it differs from `before`, and is no preview any more."""
        until(lambda: not np.array_equal(self.pixels(1), before), "the painted picture did not change")
        return self.still()

    def still(self, side=1):
        """The left (0) or right (1) picture when the kernel has nothing more to paint, and all of it is on the page.

        The painted one is that of the kernel to the last bit; colours that shine through may be a level off.
        """
        found = []

        def is_there():
            if self._evaluate(RESTS) != "True":
                return False
            found[:] = [self.pixels(side), self.array(SHOWN.format("left" if side == 0 else "right"))]
            return is_same(*found, off=1 - side)

        until(is_there, lambda: f"the browser does not show the picture of the kernel: {_difference(*found)}")
        return found[0]

    def swatch(self, name):
        self.box.locator(f"button[title^='{name} #']").click()

    def type(self, text):
        entry = self.box.locator(".colornb-hex input")
        entry.fill(text)
        entry.press("Enter")

    def press(self, name):
        self.box.locator(f"button.colornb-{name}").click()

    def settle(self):
        """Wait until the page no longer replaces the pad, as it does after a reload: clicks before that go nowhere."""
        since = None

        def stays():
            nonlocal since
            seen = self.box.evaluate("box => { const seen = box.isSeen; box.isSeen = true; return seen }")
            since = since if seen and since else time.monotonic()
            return time.monotonic() - since > 2

        until(stays, "the page goes on replacing the pad")
        return self

    def click(self, side, x, y):
        canvas, position = self._place(side, x, y)
        canvas.click(position=position)

    def tap(self, side, x, y):
        canvas, position = self._place(side, x, y)
        canvas.tap(position=position)

    def _place(self, side, x, y):
        canvas = self.box.locator("canvas").nth(side)
        size = canvas.bounding_box()
        return canvas, {"x": x * size["width"], "y": y * size["height"]}

    def says(self, text):
        try:
            self.box.get_by_text(text).locator("visible=true").first.wait_for()
        except TimeoutError as error:
            raise AssertionError(f"it says {self.box.inner_text()!r}") from error

    def _evaluate(self, expression):
        return self.lab.evaluate(self.kernel, self.find, expression)


PNG = "__import__('colornb.widgets._view.canvas', fromlist=['png']).png({})"
HINTS = "__import__('json').dumps(pad.state)"
RESTS = "pad.is_exact and not pad.renderer.is_busy"
LAY = "__import__('colornb.widgets._view.overlays', fromlist=['x']).alpha_composite"
SHOWN = f"(lambda of: {LAY}(of['picture'], of.get('marks', 0 * of['picture'])))(pad.{{}}.pixels)"  # "left" or "right"


def is_same(one, other, off=0):
    """Whether two pictures differ by no more than so many levels."""
    return one.shape == other.shape and np.abs(one.astype(int) - other).max() <= off


def _difference(one=None, other=None):
    """Where two pictures differ, in words: whether a part was not drawn, or all of it."""
    if one is None:
        return "it is still at work"
    if one.shape != other.shape:
        return f"{one.shape} instead of {other.shape}"
    off = np.abs(one.astype(int) - other).max(2)
    rows, columns = (np.flatnonzero(off.any(axis)) for axis in (1, 0))
    where = f"rows {rows[[0, -1]]}, columns {columns[[0, -1]]} of {one.shape[:2]}" if len(rows) else "nowhere"
    return f"{(off > 0).sum()} pixels differ, by {off.max()} at most, {where}; {(one[..., 3] == 0).sum()} are empty"


def _pixels(text):
    return np.array(Image.open(io.BytesIO(base64.b64decode(text))).convert("RGBA"))


class Points(Pad):
    """The first PointPad of a page."""

    find = FIND.format("PointPad")

    def state(self):
        return json.loads(self._evaluate("__import__('json').dumps(pad.state)"))

    def place(self, number):
        hint = self.state()["hints"][number]
        return hint["x"], hint["y"]

    def color(self, number):
        return self.state()["hints"][number]["color"]

    def drag(self, side, start, end):
        canvas, position = self._place(side, *start)
        canvas.hover(position=position)  # which waits until it stays where it is
        corner, mouse = canvas.bounding_box(), self.page.mouse
        for n in range(9):
            x, y = (a + (b - a) * n / 8 for a, b in zip(start, end, strict=True))
            mouse.move(corner["x"] + x * corner["width"], corner["y"] + y * corner["height"])
            if n == 0:
                mouse.down()
        mouse.up()
