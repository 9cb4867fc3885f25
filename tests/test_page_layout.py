"""Comic pages drawn here: gutters and balloons stay white, everything else is painted, and letters can be read."""

import itertools
import subprocess
import sys

import cv2
import numpy as np
import pytest
import torch
from matplotlib import font_manager
from PIL import Image, ImageDraw, ImageFont

from colornb import data, sketch
from colornb.color import luma, rgb_to_lab
from colornb.colorizer import Colorizer
from colornb.drawings import read_drawing
from colornb.hints import Point, Region
from colornb.page_layout import areas_of_hint, find_white

FONT = font_manager.findfont("DejaVu Sans")


class Page:
    """A page of comic art being drawn, and what of it is a balloon."""

    def __init__(self, width=600, height=800, thickness=3):
        self.size, self.thickness = (width, height), thickness
        self.image, self.white = (Image.new("L", self.size, level) for level in (255, 0))
        self.pen = ImageDraw.Draw(self.image)

    def panel(self, left, top, right, bottom):
        self.pen.rectangle((left, top, right, bottom), outline=0, width=self.thickness)
        x, y, r = (left + right) // 2, (top + 3 * bottom) // 4, (bottom - top) // 6
        self.pen.ellipse((x - r, y - r, x + r, y + r), outline=0, width=self.thickness)  # a face
        for dx, dy in ((-0.4, -0.3), (0.4, -0.3), (0, 0.1), (0, 0.5)):
            cx, cy, e = x + dx * r, y + dy * r, 0.12 * r
            self.pen.ellipse((cx - e, cy - e, cx + e, cy + e), fill=0)
        return self

    def balloon(self, text, x, y, size=14, tail=False, square=False):
        font = ImageFont.truetype(FONT, size)
        x0, y0, x1, y1 = self.pen.multiline_textbbox((x, y), text, font)
        w, h = (x1 - x0) * (0.1 if square else 0.3), size * (0.5 if square else 1)
        box = (x0 - w, y0 - h, x1 + w, y1 + h)
        draw = "rectangle" if square else "ellipse"
        if tail:
            self.pen.polygon(
                [(x, y1), ((x0 + x1) / 2, y1), (x0, y1 + 3 * h)], outline=0, fill=255, width=self.thickness
            )
        getattr(self.pen, draw)(box, outline=0, fill=255, width=self.thickness)
        getattr(ImageDraw.Draw(self.white), draw)(box, fill=255)
        self.pen.multiline_text((x, y), text, 0, font)
        return self

    @property
    def rgb(self):
        return torch.from_numpy(np.array(self.image) / np.float32(255))[None, None].expand(-1, 3, -1, -1).clone()

    @property
    def lines(self):
        return read_drawing(self.rgb).lines


def two_panels(**balloon):
    page = Page().panel(20, 20, 580, 380).panel(20, 400, 580, 780)
    return page.balloon("Where did you\nhide it?", 90, 60, **balloon).balloon("Under the tree.", 300, 440, **balloon)


def at(white, x, y):
    """What a place of the page, x and y in [0, 1], belongs to."""
    height, width = white.shape
    return int(white[int(y * height), int(x * width)])


KINDS = {
    "round": {},
    "with a tail": {"tail": True},
    "a caption": {"square": True},
    "small letters": {"size": 12},
    "large letters": {"size": 24},
}


@pytest.mark.parametrize("kind", KINDS)
def test_balloons_and_gutters_are_found_and_nothing_else(kind):
    page = two_panels(**KINDS[kind])
    white, inside = find_white(page.lines), np.array(page.white) > 0
    assert white.max() == 3, "two balloons, one gutter"
    found = (white > 0).numpy()
    core = cv2.erode(inside.astype(np.uint8), np.ones((9, 9), np.uint8)) > 0
    assert found[core].all(), "letters and their holes, too"
    assert at(white, 0.01, 0.5) == at(white, 0.5, 0.487) > 0, "the gutter and the margin are one"
    rest = ~(cv2.dilate(inside.astype(np.uint8), np.ones((25, 25), np.uint8)) > 0)
    if kind != "with a tail":
        assert not found[30:370, 30:570][rest[30:370, 30:570]].any()
    assert at(white, 0.5, 0.37) == 0, "a face is no balloon, though marks are in it"


@pytest.mark.parametrize("text", ["BYE", "OH NO..", "NO WAY", "Is it?", "BOB AND I"])
def test_short_words_whose_letters_face_each_other_are_lettering(text):
    page = Page().panel(20, 20, 580, 780).balloon(text, 200, 100)
    found, inside = (find_white(page.lines) > 0).numpy(), np.array(page.white) > 0
    assert found[cv2.erode(inside.astype(np.uint8), np.ones((9, 9), np.uint8)) > 0].all()


SHORT = "NO!", "?!", "...", "OH", "Hm", "!", "OK?", "MOM"


@pytest.mark.sampled(4)
@pytest.mark.parametrize(
    ("text", "kind"),
    [*itertools.product(SHORT, ["round", "with a tail"]), ("NO!", "a caption"), ("OK?", "a caption")],
)
def test_balloons_with_two_letters_or_signs_alone_are_white(text, kind):
    page = Page().panel(20, 20, 580, 780)
    page.balloon(text, 200, 100, size=22, **KINDS[kind])
    found, inside = (find_white(page.lines) > 0).numpy(), np.array(page.white) > 0
    assert found[cv2.erode(inside.astype(np.uint8), np.ones((9, 9), np.uint8)) > 0].all()


@pytest.mark.parametrize(
    "marks", ["eyes", "pupils", "panes", "buttons", "creases", "one ring", "rings", "beside the middle"]
)
def test_a_few_marks_in_an_oval_are_no_word(marks):
    page = Page()
    page.pen.ellipse((200, 200, 400, 320), outline=0, width=3)
    rings = [(262, 240, 292, 276), (308, 240, 338, 276)]
    if marks in ("eyes", "pupils", "one ring"):
        for x0, y0, x1, y1 in rings[: 1 + (marks != "one ring")]:
            page.pen.ellipse((x0, y0, x1, y1), outline=0, width=3)
            if marks == "pupils":
                page.pen.ellipse((x0 + 8, y0 + 12, x0 + 18, y0 + 22), fill=0)
    elif marks == "panes":
        for box in rings:
            page.pen.rectangle(box, outline=0, width=3)
    elif marks == "rings":
        for x in (260, 290, 320):
            page.pen.ellipse((x, 250, x + 20, 270), outline=0, width=3)
    elif marks == "buttons":
        for x in (280, 312):
            page.pen.ellipse((x, 256, x + 8, 264), fill=0)
    elif marks == "creases":
        page.pen.line((280, 240, 290, 280), 0, 3)
        page.pen.line((312, 240, 308, 282), 0, 3)
    else:
        page.pen.text((212, 245), "OK", 0, ImageFont.truetype(FONT, 22))
    assert not find_white(page.lines).any()


@pytest.mark.parametrize("tip", [(250, 260), (330, 250), (180, 230)])
def test_a_tail_behind_its_balloon_is_white(tip):
    page = Page().panel(20, 20, 580, 780)
    page.pen.polygon([(235, 110), (265, 110), tip], outline=0, fill=255, width=3)
    page.balloon("Where did you\nhide it?", 200, 80)
    white, below = find_white(page.lines), np.array([250, 110]) * 0.4 + np.array(tip) * 0.6
    assert at(white, *(below / page.size)) == at(white, 250 / 600, 75 / 800) > 0
    assert at(white, 0.5, 0.6) == 0


def test_the_corners_beside_a_balloon_in_a_box_are_not_white():
    page = Page().panel(20, 20, 580, 780)
    page.pen.ellipse((100, 100, 260, 180), outline=0, width=3)
    page.pen.rectangle((100, 100, 260, 180), outline=0, width=3)
    page.pen.text((180, 140), "Hide it!", 0, ImageFont.truetype(FONT, 20), anchor="mm")
    white = find_white(page.lines)
    assert at(white, 180 / 600, 115 / 800) > 0
    assert not any(at(white, x / 600, y / 800) for x in (106, 254) for y in (106, 174))


def test_a_drawing_without_panels_has_a_background_and_no_gutter():
    page = Page()
    page.pen.ellipse((150, 200, 450, 600), outline=0, width=3)
    page.pen.line((0, 500, 150, 450), 0, 3)
    assert not find_white(page.lines).any()


@pytest.mark.parametrize("kind", ["dots", "bricks", "window", "one word"])
def test_what_looks_a_little_like_a_balloon_stays_paintable(kind):
    page = Page()
    page.pen.ellipse((100, 200, 500, 600), outline=0, width=3)
    random = np.random.default_rng(0)
    if kind == "dots":
        for x, y in random.uniform(200, 600, (40, 2)) * (0.8, 1) + (-20, 0):
            page.pen.ellipse((x, y, x + 7, y + 7), fill=0)
    elif kind == "bricks":
        for x, y in random.uniform(250, 500, (12, 2)) * (0.9, 1):
            page.pen.rectangle((x, y, x + random.uniform(10, 50), y + random.uniform(8, 30)), outline=0, width=2)
    elif kind == "window":
        for x, y in itertools.product((230, 310), (330, 430)):
            page.pen.rectangle((x, y, x + 70, y + 90), outline=0, width=3)
    else:
        page.pen.text((170, 380), "ab", 0, ImageFont.truetype(FONT, 40))
    assert not find_white(page.lines).any()


@pytest.mark.parametrize("size", [(1, 1), (1, 40), (3, 3), (64, 2)])
@pytest.mark.parametrize("level", [0.0, 1.0])
def test_a_page_of_any_size_has_an_answer(size, level):
    assert find_white(torch.full((1, 1, *size), level)).shape == size


def test_a_hint_is_about_an_area_that_it_covers_or_lies_in():
    white = torch.zeros(20, 20, dtype=torch.long)
    white[:5], white[10:14, 5:9] = 1, 2
    asked = torch.zeros(20, 20, dtype=torch.bool)
    assert areas_of_hint(white, asked) == set()
    asked[11:13, 6:8] = True
    assert areas_of_hint(white, asked) == {2}, "a point in a balloon"
    asked[:] = True
    assert areas_of_hint(white, asked) == set(), "a background that holds balloons"
    assert areas_of_hint(white, white > 0) == {1, 2}
    asked[:], asked[:2], asked[11:14, 5:9] = False, True, True
    assert areas_of_hint(white, asked) == {1, 2}, "most of it lies in the one, and it covers most of the other"


def labs(rgb, where):
    from skimage.color import deltaE_ciede2000, rgb2lab

    lab = rgb2lab(rgb[0].permute(1, 2, 0).numpy())[where]
    return np.median(deltaE_ciede2000(lab, np.broadcast_to((100.0, 0, 0), lab.shape)))


def test_the_shipped_network_leaves_them_white_unless_a_hint_asks():
    page, colorizer = two_panels(), Colorizer.load("edge_enhancing-comic")
    balloons = cv2.erode(np.array(page.white), np.ones((9, 9), np.uint8)) > 0
    paper = balloons & (np.array(page.image) == 255)
    gutter = np.zeros_like(paper)
    gutter[:16], gutter[385:396] = True, True
    colorizer.set_image(page.rgb)
    painted = colorizer.predict()
    assert labs(painted, paper) < 3
    assert labs(painted, gutter) < 3
    assert labs(painted, ~gutter & ~paper & (np.array(page.image) == 255)) > 6, "the panels are painted"
    hint = Point(0.25, 0.1, "gold", 0.1)
    asked = colorizer.predict([hint])
    upper, lower = paper.copy(), paper.copy()
    upper[400:], lower[:400] = False, False
    assert labs(asked, upper) > 6, "this balloon was asked for"
    assert labs(asked, lower) < 3, "this one was not"
    colorizer.set_image(page.rgb, keep_white=False)
    assert labs(colorizer.predict(), paper) > 6
    rank = colorizer.region_at(0.5, 0.37)
    colorizer.set_image(page.rgb)
    assert labs(colorizer.predict([Region(rank, "skyblue")]), paper) < 3, "a region of the panel is not about balloons"


SIDES = {500: 1, 1000: 1, 2000: 1, 4000: 0}  # and how many cases a sample has of all such: large pages take seconds


@pytest.mark.parametrize("side", [pytest.param(side, marks=pytest.mark.sampled(n)) for side, n in SIDES.items()])
@pytest.mark.parametrize("thickness", [1, 2, 4, 8])
def test_lines_and_lettering_are_as_crisp_as_they_came(side, thickness, colorizer):
    page = Page(side, side, thickness).panel(20, 20, side - 20, side - 20)
    page.pen.text((side // 4, side // 4), "Where did you hide it?", 0, ImageFont.truetype(FONT, 12))
    given = luma(page.rgb)[0, 0].numpy()
    colorizer.set_image(page.rgb, "drawing")
    lightness = rgb_to_lab(colorizer.predict())[0, 0].numpy()
    ink = given == 0
    around = (cv2.dilate(ink.astype(np.uint8), np.ones((15, 15), np.uint8)) > 0) & (given == 1)
    assert np.median(lightness[around]) - np.median(lightness[ink]) > 0.9 * np.median(lightness[around])
    word = slice(side // 4, side // 4 + 16), slice(side // 4, side // 4 + 140)
    assert np.corrcoef(lightness[word].ravel(), given[word].ravel())[0, 1] > 0.9


@pytest.fixture(scope="module")
def colorizer():
    return Colorizer.load("guiding_painter-comic")


SHEETS = {"strip": (800, 16000), "A4 at 300 dpi": (2480, 3508)}
PAINT = """
import resource, sys, torch
from colornb.__main__ import main
torch.set_num_threads(2)
main(sys.argv[1:])
used = resource.getrusage(resource.RUSAGE_SELF)
print(used.ru_maxrss / 1e6, used.ru_utime + used.ru_stime)
"""


@pytest.mark.parametrize("sheet", SHEETS)
def test_large_sheets_are_painted_whole_in_a_laptop_s_memory(sheet, tmp_path, campaign):
    if not campaign:
        pytest.skip("a long series: make campaign")
    width, height = SHEETS[sheet]
    page = Page(width, height)
    for top in range(0, height - 400, 800):
        page.panel(20, top + 20, width - 20, top + 780).balloon("Where did you\nhide it?", 100, top + 100)
    page.image.save(tmp_path / "sheet.png")
    command = ["colorize", str(tmp_path / "sheet.png"), "--out", str(tmp_path / "out.png")]
    done = subprocess.run([sys.executable, "-c", PAINT, *command], capture_output=True, text=True, check=True)
    memory, seconds = map(float, done.stdout.splitlines()[-1].split())
    assert memory < 1.5, "GB"
    assert seconds < 180, "of both processors together: 90 of the clock where they are free"
    painted = Image.open(tmp_path / "out.png")
    assert painted.size == (width, height)
    assert seams(steps_between_rows(np.array(painted), np.array(page.image))).max() < 2


def seams(steps):
    """By how much a step is larger than those before and after it: colours that change smoothly have none."""
    return steps[1:-1] - np.maximum(steps[:-2], steps[2:])


def steps_between_rows(painted, given):
    """The colour difference of each row to the next one, as the median over its paper away from ink; levels (h, w)."""
    from skimage.color import deltaE_ciede2000, rgb2lab

    near = cv2.erode(given, np.ones((9, 9), np.uint8)) < 255
    found = []
    for top in range(0, len(painted) - 1, 500):  # a large sheet at once would take gigabytes
        lab = rgb2lab(painted[top : top + 501])
        away = ~(near[top : top + 501][1:] | near[top : top + 501][:-1])
        steps = np.where(away, deltaE_ciede2000(lab[1:], lab[:-1]), np.nan)
        found += [np.median(row[~np.isnan(row)]) for row in steps if (~np.isnan(row)).sum() > 50]
    return np.array(found)


def test_a_strip_is_seen_whole_and_as_wide_as_a_page(colorizer):
    page = Page(200, 4000)
    for top in range(0, 4000, 400):
        page.panel(10, top + 10, 190, top + 390)
    colorizer.set_image(page.rgb)
    assert colorizer.sketch.shape[-2:] == (4000, 200)
    assert colorizer.regions.shape[-2:] == (2290, 114)
    painted = (255 * colorizer.predict()[0].permute(1, 2, 0).numpy()).astype(np.uint8)
    steps = steps_between_rows(painted, np.array(page.image))
    assert len(steps) > 3000 and seams(steps).max() < 2, "no seam"


def test_what_is_found_on_pages_of_the_storybook_is_white_there(campaign):
    rgb = data.open("storybook", "val", size=480, n=48 if campaign else 12).rgb.float() / 255
    found = wrong = white = 0
    for page in rgb.split(1):
        lines, lab = sketch(page), rgb_to_lab(page)[0]
        left = (find_white(lines) > 0) & (lines[0, 0] > 0.75)
        is_white = (lab[0] > 96) & (lab[1:].norm(dim=0) < 4)
        found, wrong = found + left.sum().item(), wrong + (left & ~is_white).sum().item()
        white += (is_white & (lines[0, 0] > 0.75)).sum().item()
    assert wrong < 0.1 * found
    assert found - wrong > 0.25 * white, "much else is white, too: clouds, eyes, paper"
