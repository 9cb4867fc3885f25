"""The window of the app: its room is used on every screen, and all is done by keys alone, or by fingers alone."""

import re
from functools import partial

import numpy as np
import pytest

import colornb
from browser.app import AppPage, at_rest, wait_until_alone
from browser.chromium import window
from browser.lab import ROOT, until
from colornb.images import save_image
from colornb.sketches import sketch

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


@pytest.fixture(scope="module")
def studio(app, chromium):
    """One page for all that is asked here, in the order in which it is written."""
    wait_until_alone(app[0])
    page, errors = window(chromium, has_touch=True), []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(app[0], wait_until="domcontentloaded")
    yield AppPage(page)
    page.goto("about:blank")
    page.context.close()
    assert errors == []


@pytest.fixture(scope="module")
def axe():
    """The script of axe-core, which `make test` fetches."""
    script = ROOT / "_axe" / "axe.min.js"
    if not script.is_file():
        pytest.skip("no axe-core here (python tools/vendor.py fetches it)")
    return script.read_text()


def width(box):
    return box["right"] - box["left"]


def is_full(layout):
    """Whether two pictures of 3 to 2 are in their room and could not be larger, be they beside or above each other."""
    (left, right), room = layout["pictures"], layout["room"]
    beside = 2 * width(left) / width(room)
    stacked = 2 * width(left) * 2 / 3 / (room["bottom"] - room["top"] - 64)  # 64: two lines of text and a gap
    is_inside = max(left["right"], right["right"]) <= room["right"] + 1 and right["bottom"] <= room["bottom"] + 1
    return is_inside and max(beside, stacked) > 0.95


def is_laid_out(layout, across, down):
    """Whether the pictures fill a window of this size, with colours beside them, or below them on a telephone."""
    (_, right), side = layout["pictures"], layout["side"]
    if not is_full(layout) or layout["across"] != across:  # else there is a scroll bar below
        return False
    if across > 400:
        return layout["down"] == down and side["left"] >= right["right"]
    return side["top"] >= right["bottom"]


def test_pictures_fill_windows_of_all_sizes_and_nothing_sticks_out(studio, tmp_path):
    page = studio.page
    for across, down in SIZES:
        page.set_viewport_size({"width": across, "height": down})
        laid_out = partial(is_laid_out, across=across, down=down)
        until(lambda laid_out=laid_out: laid_out(page.evaluate(LAYOUT)), f"badly laid out at {across} x {down}")
        page.screenshot(path=tmp_path / f"{across}.png")
    studio.box.locator(".colornb-full-screen").click()
    page.wait_for_function("document.fullscreenElement?.matches('.colornb-studio')")
    studio.box.locator(".colornb-full-screen").click()
    page.wait_for_function("!document.fullscreenElement")

    fine = {"width": 1280, "height": 800, "deviceScaleFactor": 2, "mobile": False}
    screen = page.context.new_cdp_session(page)
    screen.send("Emulation.setDeviceMetricsOverride", fine)

    def is_fine():
        left, right = page.evaluate(LAYOUT)["pictures"]
        finest = 600  # pixels of the picture from left to right
        return left["inner"] == right["inner"] == pytest.approx(min(2 * width(left), finest), abs=1)

    until(is_fine, "the pixels of a fine screen are not used")
    page.screenshot(path=tmp_path / "fine.png")
    screen.send("Emulation.clearDeviceMetricsOverride")


def tab_to(studio, words):
    """Press Tab until the part of the page has the focus whose title or text begins so; Tab leaves every one."""
    about = "(document.activeElement.title || document.activeElement.ariaLabel || document.activeElement.innerText)"
    for _ in range(120):
        studio.page.keyboard.press("Tab")
        if studio.page.evaluate(about).startswith(words):
            return
    pytest.fail(f"Tab does not come to {words!r}")


def test_all_is_done_by_keys_alone(app, studio, axe):
    (_, home), press = app, studio.page.keyboard.press
    save_image(sketch(colornb.data.open("storybook", "test", 128, n=1).rgb / 255), home / "page.png")
    tab_to(studio, "A picture beside")
    studio.page.keyboard.type("page.png")
    press("Enter")
    studio.says("Opened page")
    studio.says("What colour")
    tab_to(studio, "sky")
    press("Enter")
    studio.says("Region 1 is")
    press("ArrowRight")
    studio.says("Region 2 of")
    press("p")
    studio.says("Where do you know the colour?")
    studio.takes_keys("size")
    press("a")
    studio.says("Point 1 of 1")
    press("b")
    studio.says("Where has colour bled")
    studio.takes_keys("width")
    tab_to(studio, "Let the model look")
    press("Enter")
    studio.says("found.")
    tab_to(studio, "Scribble along the suggested edge 1")
    press("Enter")
    studio.says("1 scribble.")
    press("Control+z")
    studio.says("Where has colour bled")
    press("Control+Shift+z")
    studio.says("1 scribble.")
    shown = at_rest(studio)
    studio.page.keyboard.down("c")
    until(lambda: not np.array_equal(studio.pixels(1), shown), "a key that is held compares nothing")
    studio.page.keyboard.up("c")
    until(lambda: np.array_equal(studio.pixels(1), shown), "a key that is released goes on comparing")
    press("?")
    studio.says("Hold to compare")
    found = studio.page.evaluate(AXE.replace("SCRIPT", axe))
    assert [entry for entry in found if entry[0] in ("serious", "critical")] == []
    press("Escape")
    tab_to(studio, "Save or download")
    press("Enter")
    tab_to(studio, "File beside the notebook")
    press("Control+a")
    studio.page.keyboard.type("keys.png")
    name = studio.box.locator(".colornb-path input")
    until(lambda: name.input_value() == "keys.png", "another name is in the field")
    tab_to(studio, "Write the picture")
    press("Enter")
    studio.says("Saved")
    assert (home / "keys.png").is_file()


AXE = """async () => {
  SCRIPT
  const found = await axe.run(document);
  return found.violations.map(entry => [entry.impact, entry.id, entry.nodes.map(node => node.html)]);
}"""


def test_all_is_done_by_fingers_alone(app, studio):
    (_, home), page, box = app, studio.page, studio.box
    with page.expect_file_chooser() as chooser:
        box.locator(".colornb-upload").tap()
    chooser.value.set_files(home / "cup.png")
    studio.says(re.compile("(Opened|Restored your work on) cup"))
    box.locator(".colornb-tools button", has_text="Points").tap()
    box.locator(".colornb-size").wait_for()  # what else is tapped is still the pad of the other tool
    red = box.locator("button[title^='red #']:visible")
    canvas = box.locator(".colornb-room canvas").first
    canvas.tap(position={"x": 40, "y": 150})
    studio.says(re.compile(r"Point \d+ of \d+"))
    red.tap()
    studio.says("#d62f3d")
    box.locator(".colornb-tools button", has_text="Scribbles").tap()
    studio.says(re.compile(r"Where has colour bled|\d scribbles?\."))
    corner, finger = canvas.bounding_box(), page.context.new_cdp_session(page)
    for kind, places in (("touchStart", (60,)), ("touchMove", range(65, 120, 5)), ("touchEnd", (None,))):
        for x in places:
            points = [] if x is None else [{"x": corner["x"] + x, "y": corner["y"] + 50}]
            finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    studio.says(re.compile(r"\d scribbles?\."))
    box.locator("button.colornb-undo:visible:not([disabled])").tap()
    box.locator("button.colornb-export:visible").tap()
    with page.expect_download() as download:
        box.locator("a.colornb-link").tap()
    assert download.value.path().stat().st_size > 0
