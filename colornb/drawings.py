"""Drawings that somebody has scanned or photographed, made what networks for line art were trained on.

Those know black lines on white paper. People bring pencil, blue ink, yellowed or shaded paper, white lines on black. So
the paper is found, however it is lit, and divided out; what is darker than it is ink, of whatever colour; and the
darkest of the ink becomes black. The ink itself is kept: laid over the colours, it makes the lines as crisp as they
came.
"""

from typing import NamedTuple

import numpy as np
import torch
from torch.nn import functional as F

from colornb.color import luma
from colornb.filters import gaussian_blur
from colornb.types import RGB, Bool, Float, Sketch

# Sides of a square with as many pixels, so that a long strip is seen as well as a page:
SIDE = 440  # pixels: of the copy on which paper is looked for
ENOUGH = 1400  # pixels: at which a drawing is told from a photograph
WINDOW = 1 / 7  # of the page: paper shows in any window as large; a larger gray patch is taken for shadow
DEEPEST_SHADOW = 0.4  # the darkest that paper may be lit, over the lightest of the page
DARK_PAGE = 0.35  # a page is light lines on dark paper where more than half of it is darker
LIGHT_PAGE = 0.5  # its level in the middle, at least: what is darker and without lines may be dusk
NOISE = 0.04  # of the depth of the ink: what JPEG leaves beside lines is less
MAX_NOISE = 0.15  # the grain of paper that is taken away, at most
GRAIN = 0.004  # of the shorter side: grains that are darker are no longer
LIGHT_PAPER = 0.2  # darker by less than the lightest paper around: paper that is less lit
FAINTEST = 0.12  # what is darker than paper by less everywhere is no ink
BLACK = 90.0  # percentile of the ink that becomes black
PAPER_SHARE = 0.4  # of a drawing is paper, at least
TONE_SHARE = 0.03  # of a drawing are wide patches that are neither paper nor black, at most
SHADOW_TONE = 0.006  # the same without the rims of black, where the light is known: of photographs more is left
EDGE = 0.08  # by how much the light differs, at least, on both sides of the edge of a hard shadow
LIGHTEST_BLACK = 0.75  # of the depth of the ink: what is lighter is a tone
CRISP = 0.01  # of what is dark in a drawing lies right beside paper, at least: transparency only fades
WIDEST = 1 / 60  # of the shorter side: what is wider is no line
TONE = 1 / 220  # of the shorter side: half the widest gap between the dots of a screentone
HOLE = 1 / 400  # of the shorter side: half the width of a hole in the stroke of a pencil
HOLES = 0.05  # of a page's strokes are small holes where the pencil is soft, at least
DOTS = 0.5  # of the number that so wide gaps would leave, at least
FILL = 1.5  # pixels: how far colours are taken from to go under the lines


class Drawing(NamedTuple):
    """One drawing, taken apart."""

    lines: Sketch  # 1 is paper, 0 is ink; screentone is left out
    ink: RGB  # the page without its paper, 1 where there is none: to be multiplied with the colours
    has_ink: bool  # whether anything is drawn
    is_line_art: bool  # lines on paper, not a photograph or a painting


class _Divided(NamedTuple):
    """A page over its paper, (h, w, 3), and how it is darker than that, (h, w); 0 to 1."""

    relative: np.ndarray
    depth: np.ndarray
    drawn: np.ndarray  # bool (h, w): where ink is
    noise: float  # what is less deep is paper
    black: float  # the depth of the darkest ink
    tone: float  # the share of wide patches that are neither ..
    shadow: float  # .. and of those that are no rims of black


def read_drawing(rgb: RGB) -> Drawing:
    """Find paper and ink of one page, sRGB in [0, 1], any size.

    Light lines on dark paper are turned round. Ink keeps its own colour in `ink`, and is black in `lines`.
    """
    found = _divide(rgb)
    if found.shadow > SHADOW_TONE:
        found = min(found, _divide(rgb, is_shadow_hard=True), key=lambda way: way.shadow > SHADOW_TONE)
    relative, depth, drawn, noise, black, tone, _ = found
    is_line_art = drawn.any() and (~drawn).mean() >= PAPER_SHARE and tone <= TONE_SHARE and _is_crisp(found)
    lines, is_dither = _without_tone(1 - np.clip((depth - noise) / max(black - noise, 1e-3), 0, 1))
    lines = _without_holes(lines)
    shown = np.clip(2 * depth / noise - 1, 0, 1)  # so that the grain of the paper goes
    if noise > NOISE * black:
        specks = _specks(depth > noise)
        lines[specks], shown[specks] = 1, 0
    shown[is_dither] = 0
    ink = np.subtract(relative, 1, out=relative)
    ink *= shown[..., None]
    ink += 1
    planes = (torch.from_numpy(x).to(rgb) for x in (lines[None, None], ink.transpose(2, 0, 1)[None]))
    return Drawing(*planes, bool(drawn.any()), bool(is_line_art))


def _divide(rgb: RGB, is_shadow_hard: bool = False) -> _Divided:
    """A page without the light on it; `is_shadow_hard` lets that change from one pixel to the next."""
    is_dark = _is_dark(luma(rgb))
    # A page may be large: what is divided, and what becomes the ink, is the one array, and that of the paper another.
    page = np.array(rgb[0].permute(1, 2, 0).cpu().numpy(), np.float32, order="C")
    if is_dark:
        np.subtract(1, page, out=page)
    paper = _paper(page, is_shadow_hard)
    relative = np.divide(page, np.maximum(paper, 1e-3, out=paper), out=page)
    np.clip(relative, 0, 1, out=relative)
    del paper
    depth = 1 - relative.min(2)
    grain = _grain(depth)
    drawn = depth > max(grain, FAINTEST)
    black = float(np.percentile(depth[drawn], BLACK)) if drawn.any() else 1.0
    noise = max(grain, NOISE * black)
    return _Divided(relative, depth, drawn, noise, black, *_tones(depth, noise, black))


def is_drawing(rgb: RGB) -> bool:
    """Whether a picture, sRGB in [0, 1], is lines on paper: on any paper, in any one ink, in any light."""
    return read_drawing(_shrunk(rgb, ENOUGH)).is_line_art


def is_blank(rgb: RGB) -> bool:
    """Whether a picture, sRGB in [0, 1], is light paper and nothing on it but its grain."""
    return bool(luma(small := _shrunk(rgb, SIDE)).median() > LIGHT_PAGE) and not read_drawing(small).has_ink


def choose_kind(rgb: RGB, kind: str = "auto", page: str = "this page") -> str:
    """What a picture, sRGB in [0, 1], is to be painted as, "photo" or "drawing", where nobody has said so ("auto").

    Raises ValueError for a blank page, which is called as in `page`.
    """
    if kind != "auto" or is_drawing(rgb):
        return "drawing" if kind == "auto" else kind
    if is_blank(rgb):
        raise ValueError(f"nothing is drawn on {page}: give another page, or say that its kind is photo")
    return "photo"


def _shrunk(rgb: RGB, side: int) -> Float[torch.Tensor, "1 3 h2 w2"]:
    """A picture with no more pixels than a square of this side."""
    height, width = rgb.shape[-2:]
    scale = side / (height * width) ** 0.5
    size = max(1, round(height * scale)), max(1, round(width * scale))
    return F.interpolate(rgb, size, mode="area") if scale < 1 else rgb


def lay_ink(
    small: RGB,
    small_lines: Float[torch.Tensor, "1 1 h w"],
    ink: Float[torch.Tensor, "1 3 h2 w2"],
    white: Bool[torch.Tensor, "h3 w3"] | None = None,
) -> RGB:
    """Colours, painted small, under the ink of the drawing: the size of `ink`. `white` is left without colour.

    What was painted on the lines themselves is left out: the colours beside them go on below, so that nothing but the
    ink is dark there.
    """
    weight = small_lines**4
    beside = gaussian_blur(small * weight, FILL) / gaussian_blur(weight, FILL).clamp(min=1e-3)
    known = (gaussian_blur(weight, FILL) / 0.05).clamp(max=1)  # in the middle of a black area there is nothing beside
    flat = weight * small + (1 - weight) * (known * beside + (1 - known) * small)
    large = F.interpolate(flat, ink.shape[-2:], mode="bilinear", align_corners=False).clamp_(0, 1)
    return multiply_ink(large, ink, white)


def multiply_ink(
    large: Float[torch.Tensor, "1 3 h w"],
    ink: Float[torch.Tensor, "1 3 h w"],
    white: Bool[torch.Tensor, "h2 w2"] | None = None,
) -> Float[torch.Tensor, "1 3 h w"]:
    """Colours under the ink of the drawing, both at one size; `white` is left without colour. Changes `large`."""
    if white is not None:
        small = white[None, None].to(large.device, torch.uint8)  # a large page has no room for it as floats
        large.masked_fill_(F.interpolate(small, ink.shape[-2:]) > 0, 1)
    return large.mul_(ink)


def _is_dark(light: Sketch) -> bool:
    """Whether a page is light lines on dark paper, not a page in the dark: what stands out of it is lighter."""
    return bool((light < DARK_PAGE).float().mean() > 0.5 and ((light - light.median()) ** 3).mean() >= 0)


def _paper(page: np.ndarray, is_shadow_hard: bool) -> np.ndarray:
    """The colour of the paper at each pixel, (h, w, 3): the lightest around, smoothed, but for edges of shadows."""
    import cv2

    height, width = page.shape[:2]
    scale = min(1.0, SIDE / (height * width) ** 0.5)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    small = cv2.medianBlur((255 * cv2.resize(page, size, interpolation=cv2.INTER_AREA)).astype(np.uint8), 3)
    window = max(3, int(WINDOW * (size[0] * size[1]) ** 0.5)) | 1
    disk = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (window, window))
    pad = window if is_shadow_hard else 0  # a window has room in the corner between a shadow and the rim of the page
    around = cv2.copyMakeBorder(small, pad, pad, pad, pad, cv2.BORDER_REPLICATE)
    light = (
        cv2.morphologyEx(around, cv2.MORPH_CLOSE, disk)[pad : pad + size[1], pad : pad + size[0]] / 255.0
    )  # of whole numbers it is several times faster
    small = small / 255.0
    light = light if is_shadow_hard else cv2.GaussianBlur(light, (0, 0), window / 2)
    light = np.maximum(light, DEEPEST_SHADOW * np.percentile(small.reshape(-1, 3), 95, axis=0))
    if is_shadow_hard:
        light = cv2.bilateralFilter(light.astype(np.float32), -1, EDGE, window / 8)
        return cv2.resize(light, (width, height), interpolation=cv2.INTER_LINEAR)
    # Where light falls off, the lightest around is too light: what is nearly as light as that is paper, too.
    relative = small / np.maximum(light, 1e-3)
    near = (relative.min(2, keepdims=True) > 1 - LIGHT_PAPER).astype(float)
    around = [cv2.GaussianBlur(x, (0, 0), window / 8).reshape(*x.shape[:2], -1) for x in (relative * near, near)]
    light = light * np.where(around[1] > 0.05, around[0] / np.maximum(around[1], 0.05), 1)
    return cv2.resize(light.astype(np.float32), (width, height), interpolation=cv2.INTER_LINEAR)


def _without_tone(lines: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Line art without its screentone, and where its dots, (h, w), stand for gray paper: on most of page and rim.

    Dots are a gray of the printer's, not lines of the artist's.
    A patch is tone where neither paper nor ink is as wide as the gap between dots, and many dots, or holes, are there.
    What is left of it is ink that is wider than the dots, and lines among dots that stand apart.
    """
    import cv2

    reach = max(2, round(TONE * min(lines.shape)))
    ink = (lines < 0.5).astype(np.uint8)
    plain = cv2.morphologyEx(1 - ink, cv2.MORPH_OPEN, _disk(reach)) | cv2.morphologyEx(
        ink, cv2.MORPH_OPEN, _disk(reach)
    )
    patches = cv2.morphologyEx(1 - plain, cv2.MORPH_OPEN, _disk(2 * reach)) & _dotted(ink, reach)
    if not patches.any():
        return lines, np.zeros_like(patches, bool)
    _, pieces, stats, _ = cv2.connectedComponentsWithStats(ink, connectivity=8)
    is_line = stats[:, [cv2.CC_STAT_WIDTH, cv2.CC_STAT_HEIGHT]].max(1) > 4 * reach + 2
    is_line[0] = False
    light = cv2.blur(ink.astype(np.float32), (8 * reach + 4,) * 2) < 0.5
    tone = (cv2.dilate(patches, _disk(reach)) > 0) & ~(is_line[pieces] & light)
    rim = np.concatenate([tone[0], tone[-1], tone[:, 0], tone[:, -1]])
    is_paper = min(tone.mean(), rim.mean()) >= PAPER_SHARE
    without = np.where(tone, cv2.morphologyEx(lines, cv2.MORPH_CLOSE, _disk((reach + 1) // 2)), lines)
    return without, tone & (without > 0.5) if is_paper else np.zeros_like(tone)


def _without_holes(lines: np.ndarray) -> np.ndarray:
    """Line art whose strokes are whole: a soft pencil leaves the hollows of the paper white."""
    import cv2

    reach = max(1, round(HOLE * min(lines.shape)))
    closed = cv2.morphologyEx((lines < 0.6).astype(np.uint8), cv2.MORPH_CLOSE, _disk(max(1, reach // 2))) > 0
    if not closed.any() or (lines[closed] >= 0.6).mean() < HOLES:
        return lines
    dark = 1 - cv2.morphologyEx(lines, cv2.MORPH_OPEN, _disk(reach))
    return 1 - np.clip(dark / np.percentile(dark[dark > 0.3], 30), 0, 1)


def _dotted(ink: np.ndarray, reach: int) -> np.ndarray:
    """Where dots of ink, or holes in it, lie no further apart than the tone's are: uint8 (h, w)."""
    import cv2

    dots, side = np.zeros(ink.shape, np.float32), 2 * reach + 1
    for part in (ink, 1 - ink):
        _, _, stats, centres = cv2.connectedComponentsWithStats(part, connectivity=4)
        small = stats[1:, [cv2.CC_STAT_WIDTH, cv2.CC_STAT_HEIGHT]].max(1) <= side
        x, y = centres[1:][small].astype(int).T
        dots[y, x] = 1
    return (cv2.blur(dots, (4 * side, 4 * side)) > DOTS / side**2).astype(np.uint8)


def _disk(radius: int) -> np.ndarray:
    import cv2

    return cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1,) * 2)


def _grain(depth: np.ndarray) -> float:
    """How much darker than itself the paper is, by its grain: three standard deviations, robustly."""
    paper = depth[depth < FAINTEST]
    return min(MAX_NOISE, 3 * float(np.percentile(paper, 84))) if paper.size else 0.0  # what is lighter than it is 0


def _specks(drawn: np.ndarray) -> np.ndarray:
    """Grains that are as dark as ink: pieces (h, w) that are no longer than a speck."""
    import cv2

    _, pieces, stats, _ = cv2.connectedComponentsWithStats(drawn.astype(np.uint8), connectivity=8)
    return (stats[:, [cv2.CC_STAT_WIDTH, cv2.CC_STAT_HEIGHT]].max(1) <= max(2, GRAIN * min(drawn.shape)))[pieces]


def _tones(depth: np.ndarray, noise: float, black: float) -> tuple[float, float]:
    """The share of a page in wide patches of a tone, with the gray rims of wide black lines and without them.

    Photographs and paintings have many, drawings fill with black.
    """
    import cv2

    wide = cv2.morphologyEx((depth > noise).astype(np.uint8), cv2.MORPH_OPEN, _widest(depth)) > 0
    patches = (wide & (depth < LIGHTEST_BLACK * black)).astype(np.uint8)
    return float(patches.mean()), float(cv2.morphologyEx(patches, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8)).mean())


def _is_crisp(page: _Divided) -> bool:
    """Whether dark lies right beside paper, as along any line; in what fades there is a long way between them."""
    import cv2

    beside = cv2.dilate((page.depth <= page.noise).astype(np.uint8), _widest(page.depth))
    return bool(beside[page.depth > page.black / 2].mean() >= CRISP)


def _widest(depth: np.ndarray) -> np.ndarray:
    """A square as wide as a line may be."""
    side = max(3, int(WIDEST * min(depth.shape))) | 1
    return np.ones((side, side), np.uint8)
