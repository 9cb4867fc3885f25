"""LivePicture in JupyterLab: the modules of the book's pages, which get all their files from the kernel."""

import numpy as np
import pytest
from PIL import Image

from browser.lab import until
from browser.live import PAINTED, SITE, check_parity, place, points, saved
from browser.pads import FIND
from colornb.hints import from_json

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not (SITE / "page" / "networks.json").exists(), reason="the book is not built: make book"),
]
CELL = "from colornb.widgets import LivePicture\nLivePicture()"


def test_the_live_picture_paints_in_jupyterlab_what_the_package_paints(lab, page, tmp_path):
    pytest.importorskip("anywidget", reason="needs anywidget: pip install 'colornb[book]'")
    foreign = []
    page.on("request", lambda request: foreign.append(request.url) if request.url.startswith("http") else None)
    kernel = lab.run(page, lab.write("live.ipynb", CELL))
    page.locator('.live[data-state="ready"]').wait_for()
    before = points(page)
    page.locator(".live .swatch").nth(2).click()
    page.mouse.click(*place(page, 0.3, 0.4))
    page.touchscreen.tap(*place(page, 0.85, 0.15))
    page.keyboard.press("x")  # in a notebook it cuts the cell
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Control+z")
    page.locator(PAINTED).wait_for()
    page.get_by_role("button", name="Scribble").click()
    page.mouse.move(*place(page, 0.15, 0.5))
    page.mouse.down()
    page.mouse.move(*place(page, 0.3, 0.8), steps=6)
    page.mouse.up()
    page.locator(PAINTED).wait_for()
    session = saved(page, "Save the hints", tmp_path / "session.json")
    picture = saved(page, "Save the picture", tmp_path / "painted.png")
    check_parity(session, picture, "coffee.webp")
    told = "__import__('json').dumps(len(pad.hints))"
    until(lambda: lab.evaluate(kernel, FIND.format("LivePicture"), told) == str(before + 3), "no hints in the kernel")
    colour_a_drawing(page, tmp_path)
    assert not [url for url in foreign if not url.startswith(lab.address)], "no other host"
    assert np.asarray(Image.open(picture.path)).std() > 10


def colour_a_drawing(page, folder):
    """Two regions are answered, one is left to the network, and an area is tapped; it is what the package paints."""
    page.get_by_role("button", name="Drawing").click()
    page.get_by_text("Region 1 of").wait_for()
    page.locator(PAINTED).wait_for()
    for n in (0, 4):
        page.locator(".live .swatch").nth(n).click()
        page.get_by_role("button", name="Next").click()
    page.get_by_role("button", name="Skip").click()
    page.get_by_text("Region 4 of").wait_for()
    page.mouse.click(*place(page, 0.1, 0.1))
    page.locator(PAINTED).wait_for()
    session = saved(page, "Save the hints", folder / "drawing.json")
    picture = saved(page, "Save the picture", folder / "drawing.png")
    kinds = [type(hint).__name__ for hint in from_json(session.path.read_text())]
    assert kinds == ["Point", "Region", "Region"]
    check_parity(session, picture, "drawing.png")


def test_it_begins_with_a_picture_and_hints_of_ones_own(lab, page, tmp_path):
    pytest.importorskip("anywidget", reason="needs anywidget: pip install 'colornb[book]'")
    Image.open(SITE / "page" / "coffee.webp").resize((300, 200)).save(tmp_path / "own.png")
    hints = 'from colornb import Point\nhints = [Point(0.5, 0.4, "#c03020"), Point(0.2, 0.6, "#2a8c93")]'
    call = f"LivePicture({str(tmp_path / 'own.png')!r}, hints)"
    lab.run(page, lab.write("own.ipynb", f"from colornb.widgets import LivePicture\n{hints}\n{call}"))
    page.locator(f'{PAINTED} .painted[width="300"]').wait_for()
    assert points(page) == 2
