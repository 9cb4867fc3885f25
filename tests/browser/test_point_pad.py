"""PointPad in a real browser: clicks, drags and keys on the canvas, and the pixels on the page read back."""

import time

import numpy as np
import pytest

from browser.lab import ROOT, until
from browser.pads import Points

pytestmark = pytest.mark.browser

CELL = f"""
import sys
sys.path.insert(0, {str(ROOT / "tests")!r})
from widgets.fake_colorizer import FakeColorizer, picture
from colornb.widgets import PointPad
PointPad(FakeColorizer(("point",), "ab", size=64), picture(300, 400))
"""


def test_points_by_click_drag_key_and_map(lab, page, tmp_path):
    pad = Points(lab, page, lab.run(page, lab.write("points.ipynb", CELL)))
    pad.says("Where do you know the colour?")
    blank = pad.still()

    pad.click(0, 0.25, 0.25)
    pad.says("Point 1 of 1")
    pad.swatch("red")
    until(lambda: pad.color(0) == "#d62f3d", "the colour does not arrive")
    first = pad.painted(blank)
    assert pad.place(0) == pytest.approx((0.25, 0.25), abs=0.01)
    assert pad._evaluate("len(pad.store.history)") == "2", "sliders that follow a point change nothing"

    pad.drag(0, (0.25, 0.25), (0.6, 0.5))
    until(lambda: pad.place(0) == pytest.approx((0.6, 0.5), abs=0.01), "a drag moves no point")
    pad.tap(1, 0.1, 0.8)
    pad.says("Point 2 of 2")
    pad.type("#0a64c8")
    until(lambda: pad.color(1) == "#0a64c8", "a typed colour does not arrive")
    pad.click(2, 0.6, 0.6)
    until(lambda: pad.color(1) not in ("#0a64c8", pad.color(0)), "the map gives no colour")
    before = pad.painted(first)
    pad.box.screenshot(path=tmp_path / "points.png")

    time.sleep(1)  # what follows a tap at once is its ghost
    pad.click(0, 0.1, 0.8)  # puts the keys on this canvas
    page.keyboard.press("Delete")
    until(lambda: len(pad.state()["hints"]) == 1, "the key Delete does not arrive")
    cells = page.locator(".jp-Cell").count()
    page.keyboard.press("a")  # which in a notebook adds a cell
    until(lambda: len(pad.state()["hints"]) == 2, "a key that Jupyter knows, too, does not arrive")
    pad.press("undo")
    until(lambda: len(pad.state()["hints"]) == 1, "Undo takes back no point that a key has added")
    page.keyboard.press("x")  # on the button that has the focus: in a notebook it cuts the cell
    assert page.locator(".jp-Cell").count() == cells
    pad.press("undo")
    until(lambda: np.array_equal(pad.pixels(1), before), "Undo does not bring the picture back")
