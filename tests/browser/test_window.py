"""The window of the app: its pictures use the room there is, on a telephone, on a large and on a fine screen."""

import pytest

from browser.app import AppPage
from browser.lab import until

pytestmark = pytest.mark.browser

SIZES = [(400, 800), (800, 900), (1280, 800), (1920, 1080)]
LAYOUT = """() => {
  const boxes = selector => [...document.querySelectorAll(`.colornb-studio ${selector}`)].map(part => {
    const box = part.getBoundingClientRect();
    return {left: box.left, top: box.top, right: box.right, bottom: box.bottom, inner: part.width};
  });
  const page = document.documentElement;
  return {pictures: boxes('.colornb-room canvas'), room: boxes('.colornb-room')[0], side: boxes('.colornb-side')[0],
    across: page.scrollWidth, down: page.scrollHeight};
}"""


@pytest.fixture
def studio(app, app_window):
    address, _ = app
    app_window.goto(address, wait_until="domcontentloaded")
    return AppPage(app_window)


def width(box):
    return box["right"] - box["left"]


def is_full(layout):
    """Whether two pictures of 3 to 2 are in their room and could not be larger, be they beside or above each other."""
    (left, right), room = layout["pictures"], layout["room"]
    beside = 2 * width(left) / width(room)
    stacked = 2 * width(left) * 2 / 3 / (room["bottom"] - room["top"] - 64)  # 64: two lines of text and a gap
    is_inside = max(left["right"], right["right"]) <= room["right"] + 1 and right["bottom"] <= room["bottom"] + 1
    return is_inside and max(beside, stacked) > 0.95


def test_pictures_fill_windows_of_all_sizes_and_nothing_sticks_out(studio, tmp_path):
    page = studio.page
    for across, down in SIZES:
        page.set_viewport_size({"width": across, "height": down})
        until(lambda: is_full(page.evaluate(LAYOUT)), f"room is left at {across} x {down}")
        layout = page.evaluate(LAYOUT)
        page.screenshot(path=tmp_path / f"{across}.png")
        assert layout["across"] == across, "there is no scroll bar below"
        left, right = layout["pictures"]
        if across > 400:
            assert layout["down"] == down, "all is on one page"
            assert layout["side"]["left"] >= right["right"], "colours are beside the pictures"
        else:
            assert layout["side"]["top"] >= right["bottom"], "on a telephone below them"
    studio.box.locator(".colornb-full-screen").click()
    page.wait_for_function("document.fullscreenElement?.matches('.colornb-studio')")
    studio.box.locator(".colornb-full-screen").click()
    page.wait_for_function("!document.fullscreenElement")

    fine = {"width": 1280, "height": 800, "deviceScaleFactor": 2, "mobile": False}
    page.context.new_cdp_session(page).send("Emulation.setDeviceMetricsOverride", fine)

    def is_fine():
        left, right = page.evaluate(LAYOUT)["pictures"]
        finest = 600  # pixels of the picture from left to right
        return left["inner"] == right["inner"] == pytest.approx(min(2 * width(left), finest), abs=1)

    until(is_fine, "the pixels of a fine screen are not used")
    page.screenshot(path=tmp_path / "fine.png")
