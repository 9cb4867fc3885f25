"""EdgePad in a real browser: strokes of a mouse on the canvas, and the pixels on the page read back."""

import numpy as np
import pytest

from browser.chromium import SECONDS
from browser.lab import ROOT, until
from browser.pads import FIND, Points

pytestmark = pytest.mark.browser

CELL = f"""
import sys
sys.path.insert(0, {str(ROOT / "tests")!r})
from widgets.fake_colorizer import EdgeFinder
import colornb
from colornb.widgets import EdgePad
EdgePad(EdgeFinder(("point", "edge"), size=64), colornb.sample("flower"))
"""


class Edges(Points):
    find = FIND.format("EdgePad")


def test_strokes_mend_and_undo_brings_the_picture_back(lab, page, tmp_path):
    pad = Edges(lab, page, lab.run(page, lab.write("edges.ipynb", CELL)))
    pad.says("Where has colour bled")
    blank, clean = pad.still(), pad.still(0)

    pad.drag(0, (0.2, 0.3), (0.7, 0.8))
    pad.says("1 scribble.")
    mended = pad.painted(blank)
    assert not np.array_equal(pad.still(0), clean), "the scribble shows on the left picture"
    state = pad.state()
    path = state["hints"][0]["path"]
    assert path[0] == pytest.approx((0.2, 0.3), abs=0.01)
    assert path[-1] == pytest.approx((0.7, 0.8), abs=0.01)
    assert state["log"][0]["find"] > 0
    assert 0 <= state["log"][0]["draw"] < SECONDS

    pad.press("undo")
    assert np.array_equal(pad.painted(mended), blank)
    assert np.array_equal(pad.still(0), clean), "Undo leaves the scribble on the left picture"
    pad.press("redo")
    assert np.array_equal(pad.painted(blank), mended)

    pad.box.get_by_role("button", name="Find edges").click()
    pad.says("2 edges found.")
    shown, corner = pad.still(), pad.box.locator("canvas").nth(1).bounding_box()
    for n in range(9):
        page.mouse.move(corner["x"] + 180 + 18 * n, corner["y"] + 30 + 8 * n)
        if n == 0:
            page.mouse.down()
    until(lambda: not np.array_equal(pad.pixels(1), shown), "a stroke does not show while it grows")
    pad.box.screenshot(path=tmp_path / "growing.png")
    page.mouse.up()
    pad.says("2 scribbles.")
    pad.click(0, 0.3, 0.2)
    pad.says("3 scribbles.")
    until(lambda: [row["suggested"] for row in pad.state()["log"]] == [False, False, True], "a click takes no edge")
    pad.box.locator("button[title^='Scribble 1']").click()
    pad.says("Scribble 1 of 3 is 3 pixels wide.")
    before = pad.still()
    pad._evaluate("pad.compare(0.4)")
    pad.painted(before)
    pad.box.screenshot(path=tmp_path / "edges.png")
