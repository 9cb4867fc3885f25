"""RegionPad in a real browser: headless Chromium drives JupyterLab, and the pixels on the page are read back."""

import shutil

import numpy as np
import pytest
from PIL import Image

from browser.lab import ROOT, reload, until
from browser.pads import Pad

pytestmark = pytest.mark.browser

CHAPTER = ROOT / "book" / "50_paint.ipynb"
SHORT = f"""
import sys
sys.path.insert(0, {str(ROOT / "tests")!r})
from widgets.fake_colorizer import FakeColorizer, picture
from colornb.widgets import RegionPad
RegionPad(FakeColorizer(("region",), frame=True), picture(300, 400))
"""  # its regions are the four quarters and the middle; it asks for the lower left first
CLOSE = """
import numpy as np
from colornb.widgets._view.static_display import close_all
other = RegionPad(FakeColorizer(("region",)), picture(300, 400))
other.left.resize(4000, 4000, 1.0)
other.left.show("picture", np.full((4000, 4000, 4), 255, np.uint8))
other.left.trace([(0, 0), (1, 1)], 5)
close_all(other)
"""  # another pad, while its pictures are still on the way


def test_two_colours_chosen_in_the_paint_chapter_change_the_picture(lab, page, tmp_path):
    assert CHAPTER.is_file()
    shutil.copy(CHAPTER, lab.root)
    pad = Pad(lab, page, lab.run(page, CHAPTER.name))
    pad.press("clear")  # the chapter has answered some questions already
    pad.says("What colour is the highlighted region?")
    until(lambda: pad.hints() == [], "Clear takes no answer back")
    start, asked = pad.still(), pad.still(0)

    pad.swatch("sky")
    first = pad.painted(start)
    pad.press("next")
    pad.says("Region 2 of")
    pad.type("#d62f3d")
    second = pad.painted(first)
    pad.box.screenshot(path=tmp_path / "painted.png")

    assert [color for _, color in pad.hints()] == ["#9fd4f5", "#d62f3d"]
    assert (first != start).any(-1).mean() > 0.01, "a colour changes more than a speck"
    assert (second != first).any(-1).mean() > 0.01
    assert (pad.still(0) != asked).any(), "the hints show on the sketch"


def test_the_pad_by_click_tap_and_reload(lab, page, tmp_path):
    kernel = lab.run(page, lab.write("short.ipynb", SHORT))
    pad = Pad(lab, page, kernel)
    pad.says("Region 1 of")
    start = pad.still()

    pad.type("#12")
    pad.says("'#12' is not a colour")
    assert np.array_equal(pad.still(), start), "what is no colour changes nothing"
    pad.swatch("leaf")
    first = pad.painted(start)
    lab.evaluate(kernel, CLOSE)
    pad.press("undo")
    assert np.array_equal(pad.painted(first), start), "a pad that is closed while it draws stops another"
    pad.press("redo")
    assert np.array_equal(pad.painted(start), first)
    pad.press("next")
    pad.says("What colour is the highlighted region?")
    asked = pad.still(0)
    pad.click(1, 0.1, 0.9)
    until(lambda: not np.array_equal(pad.pixels(0), asked), "a click on the picture lights no region")
    lit = pad.still(0)
    pad.press("next")
    until(lambda: np.array_equal(pad.pixels(0), asked), "Next does not go back to the open question")
    pad.tap(0, 0.1, 0.9)
    until(lambda: np.array_equal(pad.pixels(0), lit), "a tap on the sketch lights no region")

    pad.press("finish")
    pad.says("Finished.")
    pad.press("export")
    with page.expect_download() as download:
        pad.box.locator("a.colornb-link").click()
    downloaded = np.array(Image.open(download.value.path()).convert("RGBA"))
    assert np.array_equal(
        downloaded[..., :3], pad.array("__import__('colornb.images', fromlist=['x']).to_uint8(pad.rgb)")[..., :3]
    )

    left, right = pad.still(0), pad.still()
    page.evaluate("jupyterapp.commands.execute('docmanager:save')")
    page.wait_for_timeout(500)
    reload(page)
    pad = Pad(lab, page, kernel).settle()
    until(lambda: np.array_equal(pad.pixels(1), right), "the painted picture is gone after a reload")
    until(lambda: np.array_equal(pad.pixels(0), left), "the sketch is gone after a reload")
    pad.press("back")
    pad.says("Try another colour, or press Next.")
    pad.swatch("blue")
    pad.painted(right)
    pad.box.screenshot(path=tmp_path / "reloaded.png")
