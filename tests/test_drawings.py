"""Drawings of all kinds, drawn here: whatever the paper and the ink, the lines that come out are those that went in."""

import functools
import io
import random

import cv2
import numpy as np
import pytest
import torch
from PIL import Image

from colornb.color import luma, rgb_to_lab
from colornb.colorizer import Colorizer
from colornb.drawings import is_blank, is_drawing, lay_ink, read_drawing
from colornb.images import SAMPLES, load_image, sample

WIDTHS = (1, 2, 4, 8)


def line_art(height=480, width=400, thickness=3):
    """Ink, 0 to 1: a face, a box, a hatching, a filled black patch and a dot, (h, w)."""
    ink = np.zeros((height, width), np.uint8)
    unit = min(height, width) / 100
    at = lambda *xy: tuple(int(v * unit) for v in xy)  # noqa: E731
    cv2.circle(ink, at(40, 45), int(28 * unit), 255, thickness, cv2.LINE_AA)
    cv2.ellipse(ink, at(40, 55), at(12, 8), 0, 0, 180, 255, thickness, cv2.LINE_AA)
    cv2.rectangle(ink, at(5, 85), at(95, 115), 255, thickness, cv2.LINE_AA)
    for x in range(60, 90, 4):
        cv2.line(ink, at(x, 88), at(x - 8, 112), 255, thickness, cv2.LINE_AA)
    cv2.rectangle(ink, at(80, 8), at(92, 19), 255, -1)
    cv2.circle(ink, at(32, 38), max(1, int(2 * unit)), 255, -1)
    return ink.astype(np.float32) / 255


def page(ink, paper=(1.0, 1.0, 1.0), pen=(0.0, 0.0, 0.0), light=None):
    """A sheet, (1, 3, h, w): paper and pen are sRGB in [0, 1], `light` (h, w) is what falls on it."""
    rgb = ink[..., None] * np.array(pen, np.float32) + (1 - ink[..., None]) * np.array(paper, np.float32)
    rgb = rgb if light is None else rgb * light[..., None]
    return torch.from_numpy(rgb.astype(np.float32)).permute(2, 0, 1)[None]


def shade(height=480, width=400):
    """Light that falls from one side, and a soft shadow across a corner."""
    y, x = np.mgrid[:height, :width].astype(np.float32)
    return (0.6 + 0.4 * x / width) * (1 - 0.3 / (1 + np.exp((x + y - 0.6 * height) / 30)))


def edge(height=480, width=400, dark=0.35, blur=1.0):
    """The hard shadow of a hand or a phone, across the page."""
    y, x = np.mgrid[:height, :width].astype(np.float32)
    return (0.85 + 0.15 * x / width) * (1 - dark / (1 + np.exp(np.clip((x + 1.4 * y - 0.9 * height) / blur, -50, 50))))


def jpeg(rgb, quality=60):
    levels = (255 * rgb[0].permute(1, 2, 0).numpy()).round().astype(np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(levels).save(buffer, "JPEG", quality=quality)
    return load_image(buffer.getvalue())


def tooth(height=480, width=400, seed=0):
    """The surface of rough paper, of mean 0 and deviation 1."""
    rng = np.random.default_rng(seed)
    planes = (cv2.GaussianBlur(rng.standard_normal((height, width)), (0, 0), s) * s for s in (0.8, 2.5))
    rough = sum(planes)
    return ((rough - rough.mean()) / rough.std()).astype(np.float32)


def dithered(rgb):
    """One bit a pixel, by error diffusion, as scanners save it."""
    levels = (255 * luma(rgb)[0, 0].numpy()).round().astype(np.uint8)
    return page(1 - np.array(Image.fromarray(levels).convert("1"), np.float32))


INK = line_art()
KINDS = {  # each is drawn when a test asks for it
    "plain": lambda: page(INK),
    "paper 252": lambda: page(INK, (252 / 255,) * 3),
    "paper 240": lambda: page(INK, (240 / 255,) * 3),
    "paper 225": lambda: page(INK, (225 / 255,) * 3),
    "yellowed": lambda: page(INK, (0.96, 0.9, 0.76), (0.1, 0.08, 0.07)),
    "uneven light": lambda: page(INK, light=shade()),
    "a photograph of it": lambda: page(INK, (0.95, 0.92, 0.86), (0.15, 0.14, 0.16), shade()),
    "a hard shadow": lambda: page(INK, (0.95, 0.92, 0.86), (0.15, 0.14, 0.16), edge()),
    "pencil in a hard shadow": lambda: page(INK, (0.95, 0.92, 0.86), (0.45,) * 3, edge(dark=0.5, blur=4.0)),
    "pencil": lambda: page(INK, pen=(170 / 255,) * 3),
    "ink 80": lambda: page(INK, pen=(80 / 255,) * 3),
    "blue pencil": lambda: page(INK, pen=(0.25, 0.45, 0.85)),
    "red stamp": lambda: page(INK, pen=(0.85, 0.2, 0.15)),
    "white on black": lambda: page(INK, (0.0,) * 3, (1.0,) * 3),
    "in the dark": lambda: page(INK, (0.33, 0.32, 0.28), (0.04, 0.04, 0.05)),
    "chalk": lambda: page(INK, (0.12, 0.25, 0.2), (0.85, 0.88, 0.85)),
    "warm jpeg": lambda: jpeg(page(INK, (0.98, 0.96, 0.92), (0.12, 0.1, 0.1))),
    "1 bit": lambda: page((INK > 0.5).astype(np.float32)),
}

LARGE = line_art(960, 800, 5)


def rougher(rgb):
    """The page on paper with a surface."""
    return (rgb * (1 + 0.05 * torch.from_numpy(tooth(960, 800, 1)))).clamp(0, 1)


TEXTURES = {  # of which the lines are not those that went in, to the pixel
    "soft pencil": lambda: page(LARGE * np.clip(0.62 + 0.3 * tooth(960, 800), 0, 1), (0.97, 0.96, 0.94), (0.35,) * 3),
    "pencil on rough paper": lambda: rougher(page(LARGE, (0.92, 0.9, 0.86), (0.6,) * 3)),
    "ink on rough paper": lambda: rougher(page(LARGE, (0.9, 0.88, 0.84), (0.2,) * 3)),
    "gray paper, dithered": lambda: dithered(page(LARGE, (225 / 255,) * 3)),
}


@functools.cache
def sheet(kind):
    return KINDS[kind]()


@functools.cache
def read(kind):
    """What is found on one of the sheets."""
    return read_drawing(sheet(kind))


@pytest.mark.parametrize("kind", KINDS)
def test_any_paper_and_any_ink_give_the_same_lines(kind):
    drawing = read(kind)
    assert drawing.is_line_art
    assert drawing.has_ink
    lines, true = drawing.lines[0, 0].numpy(), 1 - INK
    assert np.median(lines[INK == 0]) == 1, "paper is white"
    assert (lines[INK == 0] > 0.9).mean() > 0.99
    assert np.median(lines[INK == 1]) < 0.1, "ink is black"
    assert np.corrcoef(lines.ravel(), true.ravel())[0, 1] > 0.93


@pytest.mark.parametrize("kind", KINDS)
def test_the_ink_layer_has_the_contrast_of_the_page_and_nothing_of_its_paper(kind):
    drawing, rgb = read(kind), sheet(kind)
    if kind in ("white on black", "chalk"):
        rgb = 1 - rgb
    ink, there = luma(drawing.ink)[0, 0].numpy(), luma(rgb)[0, 0].numpy()
    paper = np.median(ink[INK == 0])
    assert paper == 1
    close = cv2.dilate(INK, np.ones((15, 15))) > 0  # the light beside a line is the light on it
    had = np.median(there[INK == 1] / np.median(there[close & (INK == 0)]))
    assert np.median(ink[INK == 1]) <= had + 0.1


@functools.cache
def without_tone(thickness):
    """What is found on the page that other tests lay a screentone on."""
    return read_drawing(page(line_art(960, 800, thickness)))


@pytest.mark.sampled(4)
@pytest.mark.parametrize("dot", [1, 2, 3, 4])
@pytest.mark.parametrize("thickness", [3, 6])
def test_screentone_is_no_line_and_stays_in_the_ink(dot, thickness):
    """A light and a dark tone, as square dots 5 pixels apart: the dark one is white dots in black."""
    ink, (y, x) = line_art(960, 800, thickness), np.mgrid[:960, :800]
    tone = ((x % 5 < dot) & (y % 5 < dot) & (y < 600) & (x > 100)).astype(np.float32)
    drawing, plain = read_drawing(page(np.maximum(ink, tone))), without_tone(thickness)
    assert drawing.is_line_art
    away = cv2.dilate(ink, np.ones((9, 9))) == 0
    assert (drawing.lines[0, 0].numpy()[away] > 0.9).mean() > 0.99
    small, true = (torch.nn.functional.interpolate(one.lines, (192, 160), mode="area") for one in (drawing, plain))
    assert np.corrcoef(small.numpy().ravel(), true.numpy().ravel())[0, 1] > 0.9, "its lines are those without it"
    shown = drawing.ink[0, 0].numpy()
    assert shown[(tone > 0) & away].mean() < 0.2, "the dots are in the ink"
    assert shown[(tone == 0) & away].mean() > 0.99


@pytest.mark.parametrize("pen", [0.0, 170 / 255])
def test_hair_lines_on_a_large_page_are_a_drawing(pen):
    assert is_drawing(page(line_art(3600, 3000, 2), pen=(pen,) * 3))


@pytest.mark.sampled(4)
@pytest.mark.parametrize("name", SAMPLES)
def test_photographs_are_no_drawings_in_colour_or_gray(name):
    photo = sample(name)
    assert not is_drawing(photo)
    assert not is_drawing(luma(photo).expand(-1, 3, -1, -1))


@pytest.mark.parametrize("size", [(300, 400), (64, 64), (600, 800)])
def test_what_only_fades_into_the_paper_is_no_drawing(size):
    """A blue that is ever more transparent towards the rim, or colours that are towards the left."""
    y, x = np.indices(size) / np.array(size)[:, None, None]
    blue = page(np.clip(1 - 2 * np.hypot(x - 0.5, y - 0.5), 0, 1), pen=(40 / 255, 80 / 255, 220 / 255))
    colors = torch.from_numpy(np.stack([x, y, np.full_like(x, 0.5)])).float()[None]
    assert not is_drawing(blue)
    assert not is_drawing(1 - (1 - colors) * torch.from_numpy(x**2).float())


@pytest.mark.parametrize("size", [(1, 1), (2, 7), (3, 3), (40, 1)])
@pytest.mark.parametrize("level", [0.0, 0.5, 1.0])
def test_an_empty_page_has_no_ink_whatever_its_size(size, level):
    drawing = read_drawing(torch.full((1, 3, *size), level))
    assert not drawing.has_ink
    assert not drawing.is_line_art
    assert torch.equal(drawing.lines, torch.ones(1, 1, *size))
    assert torch.equal(drawing.ink, torch.ones(1, 3, *size))


def test_white_lines_on_nothing_are_read_as_black_ones():
    alpha = Image.fromarray((255 * INK).round().astype(np.uint8))
    white = Image.merge("RGBA", [Image.new("L", alpha.size, 255)] * 3 + [alpha])
    black = Image.merge("RGBA", [Image.new("L", alpha.size, 0)] * 3 + [alpha])
    assert torch.equal(load_image(white), load_image(black))


@pytest.mark.sampled(5)
@pytest.mark.parametrize("thickness", WIDTHS)
@pytest.mark.parametrize("side", [300, 1200])
def test_ink_laid_over_colours_keeps_its_contrast_at_any_size(side, thickness):
    ink = line_art(6 * side // 5, side, thickness)
    drawing = read_drawing(page(ink))
    small_lines = torch.nn.functional.interpolate(drawing.lines, (154, 128), mode="area")
    colors = torch.tensor([0.9, 0.6, 0.5]).view(1, 3, 1, 1).expand(1, 3, 154, 128)
    painted = lay_ink(colors * small_lines, small_lines, drawing.ink)  # as networks paint: the lines are in it, blurred
    lightness = rgb_to_lab(painted)[0, 0].numpy()
    solid = ink == 1
    contrast = np.median(lightness[ink == 0]) - np.median(lightness[solid])
    assert contrast > 0.95 * np.median(lightness[ink == 0])
    beside = (cv2.dilate(ink, np.ones((9, 9))) > 0) & (cv2.dilate(ink, np.ones((3, 3))) == 0)
    assert lightness[beside].mean() > 0.9 * np.median(lightness[ink == 0]), "no ghost of a line beside it"


@pytest.fixture(scope="module")
def colorizer():
    return Colorizer.load("guiding_painter-comic")


@pytest.mark.slow
def test_one_drawing_on_any_paper_is_painted_alike(colorizer, campaign):
    from skimage.color import deltaE_ciede2000, rgb2lab

    painted = {}
    away = cv2.dilate(INK, np.ones((9, 9))) == 0
    kinds = list(KINDS) if campaign else ["plain", *random.Random(0).sample(list(KINDS)[1:], 4)]
    for kind in kinds:
        colorizer.set_image(sheet(kind))
        painted[kind] = rgb2lab(colorizer.predict()[0].permute(1, 2, 0).numpy())
    for kind, lab in painted.items():
        assert deltaE_ciede2000(lab, painted["plain"])[away].mean() <= 4, kind


def painted_lab(colorizer, rgb):
    from skimage.color import rgb2lab

    colorizer.set_image(rgb, "drawing")
    return rgb2lab(colorizer.predict()[0].permute(1, 2, 0).numpy())


@pytest.fixture(scope="module")
def clean(colorizer):
    """The large drawing on clean paper, as it is painted."""
    return painted_lab(colorizer, page(LARGE))


@pytest.mark.slow
@pytest.mark.sampled(2)
@pytest.mark.parametrize("kind", TEXTURES)
def test_rough_paper_and_soft_pencil_are_painted_as_the_clean_drawing(colorizer, clean, kind):
    from skimage.color import deltaE_ciede2000

    rough = TEXTURES[kind]()
    assert is_drawing(rough)
    away = cv2.dilate(LARGE, np.ones((9, 9))) == 0
    assert deltaE_ciede2000(clean, painted_lab(colorizer, rough))[away].mean() <= 4


@pytest.mark.parametrize("kind", ["plain", "hatched", "screentone in a part"])
def test_lines_that_are_whole_and_dots_of_the_artist_stay(kind):
    """Rules for rough paper and dithered scans leave other pages alone."""
    ink, (y, x) = LARGE.copy(), np.mgrid[:960, :800]
    if kind == "hatched":
        ink[500:900][:, (x[0] % 9) < 3] = 1
    if kind == "screentone in a part":
        ink = np.maximum(ink, (x % 5 < 2) & (y % 5 < 2) & (y < 500) & (x > 80)).astype(np.float32)
    drawing = read_drawing(page(ink))
    if kind != "screentone in a part":
        assert np.abs(drawing.lines[0, 0].numpy() - (1 - ink)).mean() < 0.02
    assert np.abs(drawing.ink[0, 0].numpy() - (1 - ink)).mean() < 0.01


def test_a_page_without_a_drawing_is_said_not_painted():
    colorizer = Colorizer.load("guiding_painter-storybook", 64)
    with pytest.raises(ValueError, match="nothing is drawn"):
        colorizer.set_image(torch.ones(1, 3, 90, 90), "drawing")


@pytest.mark.parametrize("paper", [(1.0,) * 3, (0.96, 0.9, 0.76), (0.88,) * 3])
def test_a_blank_page_is_told_from_one_with_a_line(paper, generator):
    empty = torch.zeros(450, 400)
    grain = 0.01 * torch.randn(1, 3, 450, 400, generator=generator)
    assert is_blank(page(empty.numpy(), paper))
    assert is_blank((page(empty.numpy(), paper, light=shade(450, 400)) + grain).clamp(0, 1))
    one = empty.numpy().copy()
    one[150:153, 100:300] = 1
    assert not is_blank(page(one, paper)) and not is_blank(page(one, paper, (0.6,) * 3))


@pytest.mark.parametrize("name", SAMPLES)
def test_photographs_are_no_blank_pages(name):
    assert not is_blank(sample(name))
