"""The live picture on the built home page, in Chromium: no kernel, no server but one for files, no other host.

These tests look at `_build/html`, which `make book` makes, and are skipped where it is not. The site lies under a path,
as project pages do, and is sent with the strictest rules for scripts that it has to work with.
"""

import json
import re
from pathlib import Path

import numpy as np
import pytest
from browser.chromium import launched, window
from browser.live import PAINTED, SITE, Site, check_parity, place, points, published, saved
from PIL import Image

from colornb.hints import from_json
from colornb.images import load_image, to_uint8

ROOT = Path(__file__).resolve().parents[1]
AXE = ROOT / "_axe" / "axe.min.js"
# that of the script for widgets, which checks messages only where a page may make code
HARMLESS = ("Error compiling schema", "'unsafe-eval' is not an allowed source")

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(
        not (SITE / "page" / "networks.json").exists(), reason="the book is not built with its network: make book"
    ),
]


@pytest.fixture(scope="module")
def address():
    with published() as address:
        yield address


@pytest.fixture(scope="module")
def chromium():
    with launched() as browser:
        yield browser


@pytest.fixture
def open_page(chromium, address):
    """Open a page of the book in a window of its own; what it complains of, or asks other hosts for, fails the test."""
    complaints, pages = [], []

    def opened(name="index", size=None, complains=False, **options):
        Site.sent.clear()
        page = window(chromium, has_touch=True, **options)
        pages.append(page)
        if size:
            page.set_viewport_size(dict(zip(("width", "height"), size, strict=True)))
        page.on("request", lambda request: complaints.append(request.url) if is_foreign(request.url) else None)
        if not complains:
            page.on("requestfailed", lambda request: complaints.append(request.url))
            page.on("pageerror", lambda error: complaints.append(str(error)))
            page.on("console", lambda line: complaints.append(f"{line.text} {line.location}") if is_bad(line) else None)
        page.goto(f"{address}/book/{name}.html", wait_until="load")
        return page

    def is_bad(line):
        return line.type in ("error", "warning")

    def is_foreign(url):
        return not url.startswith((address, "data:", "blob:"))

    yield opened
    for page in pages:
        page.context.close()
    assert not [line for line in complaints if not any(known in line for known in HARMLESS)]


@pytest.fixture
def live(open_page):
    """The home page, as soon as its picture is alive."""
    page = open_page()
    page.locator('.live[data-state="ready"]').wait_for()
    return page


def own_files():
    """What was sent of all that the live picture is made of, in bytes."""
    return {path: size for path, size in Site.sent.items() if path.startswith(("/page/", "/vendor/ort/"))}


def test_what_is_painted_in_the_page_is_what_the_package_paints(live, tmp_path):
    assert sum(own_files().values()) < 1_000_000, "before the first touch"
    assert not [path for path in own_files() if path.endswith((".onnx", ".wasm"))]
    before = points(live)
    for n, (x, y) in enumerate([(0.3, 0.4), (0.7, 0.8), (0.98, 0.5), (0.5, 0.02), (0.55, 0.55)]):
        live.locator(".live .swatch").nth(2 * n).click()
        live.mouse.click(*place(live, x, y))
    for x, y in ((0.2, 0.9), (0.85, 0.15)):
        live.touchscreen.tap(*place(live, x, y))
    assert points(live) == before + 7
    live.mouse.move(*place(live, 0.85, 0.15))
    live.mouse.down()
    live.mouse.move(*place(live, 0.6, 0.2), steps=4)
    live.mouse.up()
    live.get_by_role("button", name="Undo").click()
    live.get_by_role("button", name="Undo").click()
    live.get_by_role("button", name="Redo").click()
    live.get_by_role("button", name="Redo").click()
    live.get_by_role("button", name="Delete").click()
    live.get_by_role("button", name="Undo").click()
    live.locator(PAINTED).wait_for()

    session = saved(live, "Save the hints", tmp_path / "session.json")
    picture = saved(live, "Save the picture", tmp_path / "painted.png")
    assert (session.name, picture.name) == ("coffee.json", "coffee_painted.png")
    hints = from_json(session.path.read_text())
    assert len(hints) == before + 7
    assert (hints[-1].x, hints[-1].y) == pytest.approx((0.6, 0.2), abs=0.01), "where it was dragged to"
    wanted = check_parity(session, picture, "coffee.webp")
    assert np.abs(wanted - to_uint8(load_image(SITE / "page" / "coffee.webp")).astype(int)).mean() > 5, (
        "there is colour"
    )


def test_a_drawing_asks_about_its_regions_and_is_filled_by_areas(live, tmp_path):
    """Its network is loaded only now, and a point of another colour parts the area of the first."""
    live.get_by_role("button", name="Drawing").click()
    live.locator(PAINTED).wait_for()
    assert not [path for path in own_files() if "efficient_unet" in path], "only what paints this kind of picture"
    live.get_by_text("Seen as a line drawing").wait_for()
    live.get_by_text("Region 1 of").wait_for()
    for n in range(4):
        live.locator(".live .swatch").nth(3 * n).click()
        live.get_by_role("button", name="Next").click()
    live.get_by_role("button", name="Skip").click()
    live.get_by_text("Region 6 of").wait_for()
    for n, (x, y) in enumerate([(0.1, 0.1), (0.9, 0.1)]):
        live.mouse.click(*place(live, x, y))
        live.locator(".live .swatch").nth(5 + n).click()
    live.get_by_role("button", name="Undo").click()
    live.get_by_role("button", name="Redo").click()
    live.locator(PAINTED).wait_for()

    session = saved(live, "Save the hints", tmp_path / "session.json")
    live.get_by_text("Saved as drawing.json").wait_for()
    picture = saved(live, "Save the picture", tmp_path / "painted.png")
    live.get_by_text("Saved as drawing_painted.png").wait_for()
    hints = from_json(session.path.read_text())
    assert [type(hint).__name__ for hint in hints] == ["Point"] * 2 + ["Region"] * 4
    assert len(json.loads(session.path.read_text())["skipped"]) == 1
    check_parity(session, picture, "drawing.png")

    live.evaluate("navigator.serviceWorker.ready.then(() => 0)")
    live.reload()
    live.locator('.live[data-state="ready"]').wait_for()
    assert live.evaluate("crossOriginIsolated"), "from now on it may paint on two threads"
    live.get_by_role("button", name="Drawing").click()
    live.locator(PAINTED).wait_for()
    assert points(live) == 0
    earlier = live.get_by_role("button", name="Take up your earlier work")
    earlier.wait_for()
    live.locator(".live input[type=file]").set_input_files(session.path)
    live.locator(".live .mark").nth(1).wait_for()
    earlier.wait_for(state="hidden")  # it is what was opened
    live.get_by_role("button", name="Undo").click()
    live.get_by_role("button", name="Photograph").click()
    live.get_by_role("button", name="Drawing").click()
    earlier.click()
    live.locator(".live .mark").nth(1).wait_for()
    live.get_by_text("Region 6 of").wait_for()
    earlier.wait_for(state="hidden")


def test_a_scribble_stops_colour_and_likely_colours_are_offered(live, tmp_path):
    """What paints with scribbles is loaded for the first of them; keys draw one, too."""
    live.locator(".live .mark").nth(2).click()
    live.locator(".live .likely .swatch").nth(5).wait_for()
    likely = live.locator(".live .likely .swatch").nth(1)
    color = likely.get_attribute("title")
    likely.click()
    live.locator(PAINTED).wait_for()
    assert color in live.locator(".live .mark").nth(2).get_attribute("aria-label")
    assert not [path for path in own_files() if "enhance" in path]

    before = points(live)
    live.get_by_role("button", name="Scribble").click()
    draw(live)
    live.locator(".live .stage").focus()
    for key in ("Shift+ArrowUp", "ArrowRight", "ArrowRight", "ArrowUp", "Enter"):
        live.keyboard.press(key)
    live.locator(PAINTED).wait_for()
    assert points(live) == before
    session = saved(live, "Save the hints", tmp_path / "session.json")
    picture = saved(live, "Save the picture", tmp_path / "painted.png")
    hints = from_json(session.path.read_text())
    assert [len(hint.path) for hint in hints[-2:]] == [9, 4]
    assert json.loads(session.path.read_text())["checkpoint"]["name"] == "edge_enhancing-photo3"
    check_parity(session, picture, "coffee.webp")
    live.get_by_role("button", name="Delete").click()
    live.locator(PAINTED).wait_for()
    session = saved(live, "Save the hints", tmp_path / "session.json")
    assert len(from_json(session.path.read_text())) == len(hints) - 1


DROP = """(element, bytes) => {
  const dataTransfer = new DataTransfer();
  dataTransfer.items.add(new File([Uint8Array.from(bytes)], "mine.png"));
  element.dispatchEvent(new DragEvent("drop", {dataTransfer, bubbles: true, cancelable: true}));
}"""


def test_a_drawing_of_ones_own_is_seen_as_one(live):
    live.locator(".live .controls").evaluate(DROP, list((SITE / "page" / "drawing.png").read_bytes()))
    live.locator(PAINTED).wait_for()
    live.get_by_text("Seen as a line drawing").wait_for()
    seen, scribble = live.get_by_label("Seen as"), live.get_by_role("button", name="Scribble")
    live.get_by_text("If it is a photograph, say so above").wait_for()
    live.get_by_text("Scribbles are for photographs").wait_for()
    assert seen.input_value() == "drawing"
    assert scribble.is_disabled()
    assert scribble.get_attribute("title").startswith("Scribbles are for photographs")
    live.get_by_text("Region 1 of").wait_for()
    live.locator(".live .swatch").nth(0).click()
    live.mouse.click(*place(live, 0.5, 0.3))
    seen.select_option("photo")
    live.get_by_text("Region 1 of").wait_for(state="hidden")
    live.locator(PAINTED).wait_for()
    assert not live.get_by_text("Seen as a line drawing").is_visible()
    assert (points(live), scribble.is_enabled()) == (1, True), "a point is for both kinds of pictures"
    live.get_by_role("button", name="Undo").click()
    live.locator(PAINTED).wait_for()
    assert seen.input_value() == "drawing"
    live.get_by_text("Region 1 of").wait_for()
    seen.select_option("photo")
    live.get_by_role("button", name="Take up your earlier work").click()
    live.get_by_text("Region 2 of").wait_for()  # the colour of the first is not lost, either


def test_a_page_without_it_loads_nothing_of_it(open_page):
    open_page("terms").wait_for_load_state("networkidle")
    assert not own_files()


def test_chapters_have_it_with_what_they_are_about(open_page):
    """And load nothing large before it is touched."""
    pages = [path.stem for path in sorted((SITE / "book").glob("*.html")) if "colornb-live" in path.read_text()]
    assert len(pages) >= 8
    for name in pages:
        page = open_page(name)
        page.locator('.live[data-state="ready"]').wait_for()
        assert sum(own_files().values()) < 1_000_000
        assert not [path for path in own_files() if path.endswith((".onnx", ".wasm"))]
        if page.get_by_role("button", name="Ask me").is_visible():
            page.get_by_role("button", name="Ask me").click()
            page.get_by_text("Region 7 of").wait_for()
            page.locator(PAINTED).wait_for()
            if page.locator(".live .region-map").count():
                check_region_map(page)
        elif page.locator(".live .hint-maps").count():
            page.locator(".live .painted").scroll_into_view_if_needed()
            mask = page.locator(".live .hint-maps canvas").nth(1)
            before = mask.evaluate("canvas => canvas.toDataURL()")
            page.mouse.click(*place(page, 0.5, 0.95))
            assert mask.evaluate("canvas => canvas.toDataURL()") != before, "a point is a patch of the mask, at once"
            page.locator(PAINTED).wait_for()
        elif page.locator(".live").get_by_label("Temperature").count():
            page.locator(".live .mark").nth(4).click()
            page.get_by_text("T = 1.00: their mean is").wait_for()
            page.locator(".live").get_by_label("Temperature").press("ArrowLeft")
            page.get_by_text("T = 0.97: their mean is").wait_for()
        elif page.get_by_role("button", name="Scribble", pressed=True).count():
            draw(page)
            page.locator(PAINTED).wait_for()
            assert [path for path in own_files() if "enhance" in path]
            if page.locator(".live .added-maps").count():
                page.get_by_text("and by more than 2 on").wait_for()
                assert page.locator(".live .added-maps canvas").last.evaluate(COLORS) > 2, "it is not gray all over"


COLORS = """canvas => new Set(new Uint32Array(
  canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data.buffer)).size"""


def check_region_map(page):
    """A tap on the map of regions asks about the one that lies there, whose number and area are told."""
    told = page.locator(".live .region-map p")
    assert told.inner_text().startswith("Number 7 of")
    page.locator(".live .region-map canvas").click(position={"x": 5, "y": 5})
    page.get_by_text("Region 7 of").wait_for(state="detached")
    number, count, _, share = map(float, re.findall(r"[\d.]+", told.inner_text().rstrip(".")))
    assert 1 <= number <= count
    assert 0 < share < 100
    page.get_by_text(f"Region {number:.0f} of").wait_for()
    before = page.locator(".live .painted").evaluate("canvas => canvas.toDataURL()")
    page.locator(".live .swatch").nth(3).click()
    page.locator(PAINTED).wait_for()
    assert page.locator(".live .painted").evaluate("canvas => canvas.toDataURL()") != before
    while page.locator(".live .question").inner_text().startswith("Region"):
        page.get_by_role("button", name=re.compile("^(Skip|Next)$")).click()
    page.get_by_text("A colour is now for the area that you tap next").wait_for()
    assert told.inner_text().startswith("Every region was asked about")


def draw(page):
    page.locator(".live .painted").scroll_into_view_if_needed()
    page.mouse.move(*place(page, 0.15, 0.5))
    page.mouse.down()
    for n in range(8):
        page.mouse.move(*place(page, 0.16 + 0.02 * n, 0.55 + 0.04 * n))
    page.mouse.up()


def test_keys_alone_do_everything(live):
    before = points(live)
    live.get_by_role("button", name="Add a point").focus()
    live.keyboard.press("Enter")
    new = live.locator(".live .mark").last
    assert new.evaluate("mark => mark === document.activeElement")
    where = new.get_attribute("aria-label")
    live.keyboard.press("ArrowLeft")
    assert new.get_attribute("aria-label") != where
    live.keyboard.press("Control+z")
    assert new.get_attribute("aria-label") == where
    live.keyboard.press("Delete")
    assert points(live) == before
    live.keyboard.press("Control+z")
    assert points(live) == before + 1
    live.keyboard.press("Control+z")
    assert points(live) == before
    live.keyboard.press("Control+Shift+Z")
    assert points(live) == before + 1
    live.get_by_role("button", name="Undo").focus()
    for _ in range(8):
        live.keyboard.press("Enter")
    assert points(live) == before
    live.keyboard.press("Control+y")
    assert points(live) == before + 1, "keys still go somewhere when nothing is left to undo"
    live.get_by_label("Before").focus()
    live.keyboard.press("End")
    assert "0%" in live.locator(".live .gray").evaluate("canvas => canvas.style.clipPath")


def test_a_picture_of_ones_own_takes_the_place_and_undo_brings_back_the_other(live, tmp_path):
    before, chooser = points(live), live.locator(".live input[type=file]")
    path, broken, blank = (tmp_path / f"{name}.png" for name in ("mine", "broken", "blank"))
    Image.fromarray(np.full((480, 120, 3), (200, 120, 40), np.uint8)).save(blank)
    mine = np.tile(np.arange(480)[:, None, None] // 2, (1, 120, 4)).astype(np.uint8)
    mine[..., 3] = np.where(np.arange(120) < 60, 255, 128)
    Image.fromarray(mine, "RGBA").save(path)
    broken.write_text("no picture")
    chooser.set_input_files(broken)
    live.get_by_text("is no picture that this browser reads").wait_for()
    assert points(live) == before
    chooser.set_input_files(blank)
    live.get_by_text("Nothing is drawn on this page").wait_for()
    live.get_by_label("Seen as").select_option("photo")
    live.locator(PAINTED).wait_for()
    for _ in range(2):
        live.get_by_role("button", name="Undo").click()
    chooser.set_input_files(path)
    live.locator(f'{PAINTED} .painted[width="120"]').wait_for()
    painted = Image.open(saved(live, "Save the picture", tmp_path / "painted.png").path)
    assert np.array_equal(np.asarray(painted)[..., 3], mine[..., 3]), "what was transparent stays so"
    luma = np.asarray(painted)[..., :3] @ (0.299, 0.587, 0.114)
    assert np.abs(luma - mine[..., 0])[:, 60:].mean() < 20, "nothing is left of the white that it was shown on"
    live.get_by_text("Saved as mine_painted.png").wait_for()
    live.get_by_label("Seen as").select_option("drawing")
    live.locator(PAINTED).wait_for()
    drawn = Image.open(saved(live, "Save the picture", tmp_path / "drawn.png").path)
    assert drawn.mode == "RGB" or np.asarray(drawn)[..., 3].min() == 255, "colours on see-through paper are kept"
    live.get_by_role("button", name="Undo").click()
    live.locator(PAINTED).wait_for()
    assert (points(live), live.locator(".live .painted").get_attribute("width")) == (0, "120")
    height, width = live.locator(".live .painted").evaluate("canvas => [canvas.clientHeight, canvas.clientWidth]")
    assert height / width == pytest.approx(4, abs=0.1)
    assert height < 900, "the whole of it is seen at once"
    live.get_by_role("button", name="Undo").click()
    live.locator(f'{PAINTED} .painted[width="600"]').wait_for()
    assert points(live) == before
    session = tmp_path / "work.json"
    session.write_text('{"colornb": 1, "hints": [{"kind": "point", "x": 0.5, "y": 0.5, "color": "#ff0000"}]}')
    chooser.set_input_files(session)
    live.locator(".live .mark").nth(1).wait_for(state="detached")
    live.locator(PAINTED).wait_for()
    assert points(live) == 1
    large = tmp_path / "large.png"
    Image.fromarray(np.random.default_rng(0).integers(0, 255, (900, 1200, 3), np.uint8)).save(large)
    chooser.set_input_files(large)
    chooser.set_input_files(path)
    live.locator(f'{PAINTED} .painted[width="120"]').wait_for()
    live.get_by_role("button", name="Undo").click()
    live.locator('.live .painted[width="1200"]').wait_for()  # that was opened before, however long it took


def test_a_strip_keeps_its_width_and_a_picture_of_few_pixels_is_painted(live, tmp_path):
    strip, tiny = tmp_path / "strip.png", tmp_path / "tiny.png"
    Image.fromarray(np.random.default_rng(0).integers(0, 255, (6000, 60, 3), np.uint8)).save(strip)
    Image.fromarray(np.uint8([[[10, 200, 30], [200, 10, 10], [0, 0, 0]], [[255] * 3, [30] * 3, [9, 9, 20]]])).save(tiny)
    assert load_image(strip).shape[-2:] == (6000, 60)
    live.locator(".live input[type=file]").set_input_files(strip)
    live.locator(f'{PAINTED} .painted[height="6000"]').wait_for()
    assert live.locator(".live .painted").evaluate("canvas => canvas.clientWidth") > 100, "wide enough for a hand"
    live.locator(".live input[type=file]").set_input_files(tiny)
    live.locator(f'{PAINTED} .painted[width="3"]').wait_for()
    picture = saved(live, "Save the picture", tmp_path / "painted.png")
    assert Image.open(picture.path).size == (3, 2)


def test_work_outlasts_a_lost_connection(open_page):
    page = open_page(complains=True)
    page.locator('.live[data-state="ready"]').wait_for()
    before = points(page)
    page.context.route("**/*.onnx*", lambda route: route.abort())
    page.mouse.click(*place(page, 0.5, 0.5))
    page.get_by_text("could not be loaded: look to the connection").wait_for()
    page.context.unroute("**/*.onnx*")
    page.mouse.click(*place(page, 0.6, 0.5))
    page.locator(PAINTED).wait_for()
    assert points(page) == before + 2


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_a_phone_and_a_reader(open_page, scheme):
    page = open_page(size=(400, 800), color_scheme=scheme)
    page.locator('.live[data-state="ready"]').wait_for()
    top, height = page.locator(".live .painted").evaluate("c => [c.getBoundingClientRect().top, c.clientHeight]")
    assert top + height < 800, "above the fold"
    page.get_by_role("button", name="Drawing").click()
    page.locator(PAINTED).wait_for()
    page.get_by_text("Region 1 of").wait_for()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    if not AXE.exists():
        pytest.skip("axe-core is not here: make test fetches it")
    page.evaluate(AXE.read_text())
    found = page.evaluate("axe.run('.live', {preload: false})")["violations"]
    assert not [(rule["id"], [node["html"] for node in rule["nodes"]]) for rule in found if is_serious(rule)]


def is_serious(rule):
    return rule["impact"] in ("serious", "critical")


def test_without_scripts_there_is_a_picture_and_a_word(open_page):
    page = open_page(complains=True, java_script_enabled=False)
    assert page.locator(".colornb-live img").evaluate("image => image.naturalWidth") == 600
    assert page.get_by_text("make serve").is_visible()
