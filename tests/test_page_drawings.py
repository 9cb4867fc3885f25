"""The scripts of the live picture take drawings apart as Python does, and paint them alike."""

import json
import subprocess
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest
import torch
from test_page import node
from torch import nn

from colornb import Colorizer, Point, Region, data, sketch
from colornb.areas import find_areas
from colornb.drawings import is_drawing, read_drawing
from colornb.images import sample, to_uint8
from colornb.methods.base import Encoding
from colornb.page_layout import find_white

SCRIPT = Path(__file__).parent / "page" / "drawings.mjs"
STYLES = ("clean", "guiding_painter")
BOOK = (
    (128, 6),
    (160, 6),
    (224, 4),
    (256, 4),
)  # side and number of pages; at some others the last bit of OpenCV's blur
# decides whether a gray of 204, just as dark as paper may be, is paper
WHITE = 13, 15  # pages some of which stays white: that is a region, too
RED, BLUE, GREEN = "#d03020", "#2040c0", "#30a050"


class Waves(nn.Module):
    """A network whose regions are stripes of the page, and which paints waves over its hints."""

    condition, target, n_regions, hint_kinds, line_art, multiple = "sketch", "rgb", 5, ("region", "point"), STYLES, 16
    fills_areas = True

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(1))

    def encode(self, condition, generator=None):
        height, width = condition.shape[-2:]
        stripe = torch.arange(width) // 14 % self.n_regions
        regions = stripe == torch.arange(self.n_regions)[:, None, None]
        return Encoding(condition, regions.expand(-1, height, -1)[None].float())

    def paint(self, encoding, color, mask):
        place = torch.arange(mask.numel()).view(mask.shape)
        waves = torch.cat([torch.sin(place / 90 + c) for c in range(3)], 1)
        return torch.tanh(color + mask / 4 + 0.3 * encoding.condition + waves)


def drawings():
    """Pages of the storybook, as line art; then some on paper that is not white, or with lines that are not black."""
    pages = []
    for side, count in BOOK:
        book = data.open("storybook", "test", size=side, n=count, seed=side).rgb[:count].float() / 255
        pages += [to_uint8(sketch(book[n : n + 1], STYLES[n % 2])) for n in range(count)]
    slope = np.linspace(0.75, 1, 160)[None, :, None]
    pages.append((pages[7] * slope).astype(np.uint8))  # a shadow
    pages.append(pages[11].copy())
    pages[-1][:, 90:] = pages[-1][:, 90:] * 0.6  # the shadow of a hand
    pages.append(255 - pages[7])  # white on black
    pages.append((255 - (255 - pages[9]) * np.array([0.9, 0.7, 0.3])).astype(np.uint8))  # blue pencil
    pages.append((pages[5] * np.array([0.97, 0.93, 0.8])).astype(np.uint8))  # on yellowed paper
    pages.append(np.uint8([[0, 255, 0], [255, 0, 255]])[..., None].repeat(3, 2))  # as small as none should be
    return pages


def hints_for(number):
    """Some regions, and points: two of one colour and one of another, perhaps in one area."""
    draw = np.random.default_rng(number)
    points = [Point(*draw.uniform(0, 1, 2).round(5).tolist(), color) for color in (RED, BLUE, GREEN, RED, BLUE)]
    asked = [Region(Waves.n_regions, BLUE)] if number in WHITE else []
    return [*asked, *[[], points[:1], points[:3], [Region(1, GREEN), Region(3, RED), *points]][number % 4]]


@pytest.fixture(scope="module")
def pages():
    return drawings()


@pytest.fixture(scope="module")
def answers(pages, tmp_path_factory):
    folder, asked = tmp_path_factory.mktemp("drawings"), []
    for n, page in enumerate(pages):
        file = folder / f"{n}.raw"
        np.dstack([page, np.full(page.shape[:2], 255, np.uint8)]).tofile(file)
        hints = {name: [asdict(h) for h in hints_for(n) if isinstance(h, kind)] for name, kind in KINDS.items()}
        asked.append({"file": str(file), "height": page.shape[0], "width": page.shape[1], "hints": hints})
    done = subprocess.run([node(), SCRIPT], input=json.dumps(asked), capture_output=True, text=True)
    assert not done.returncode, done.stderr
    return [answer | {"file": ask["file"]} for answer, ask in zip(json.loads(done.stdout), asked, strict=True)]


KINDS = {"points": Point, "regions": Region}


def found(answer, name, shape, dtype=np.int32):
    return np.fromfile(f"{answer['file']}.{name}", dtype).reshape(shape)


def rgb_of(page):
    return torch.from_numpy(page.astype(np.float32) / 255).permute(2, 0, 1)[None]


def test_drawings_are_taken_apart_as_in_python(pages, answers):
    assert len(pages) >= 20
    for n, (page, answer) in enumerate(zip(pages, answers, strict=True)):
        rgb, shape = rgb_of(page), page.shape[:2]
        assert answer["isLineArt"] == is_drawing(rgb), n
        drawing = read_drawing(rgb)
        lines, white = drawing.lines[0, 0].numpy(), find_white(drawing.lines)
        ink = [found(answer, f"ink{0 if answer['isGray'] else c}", shape, np.float32) for c in range(3)]
        assert np.abs(found(answer, "lines", shape, np.float32) - lines).max() < 1e-4, n
        assert np.abs(np.stack(ink) - drawing.ink[0].numpy()).max() < 1e-4, n
        assert (found(answer, "white", white.shape) == white.numpy()).all(), n
        assert (found(answer, "areas", shape) == find_areas(drawing.lines, white).numpy()).all(), n


def test_drawings_are_painted_as_in_python(pages, answers):
    """Regions are of the same areas, and the same areas get the same colours."""
    for n, (page, answer) in enumerate(zip(pages, answers, strict=True)):
        colorizer = Colorizer(Waves(), 64)
        colorizer.set_image(rgb_of(page), kind="drawing")
        assert answer["order"] == colorizer.region_order, n
        assert n not in WHITE or Waves.n_regions in answer["order"], n
        ranks = colorizer.partition.ranks[colorizer.partition.owner][colorizer.partition.areas]
        assert (found(answer, "ranks", page.shape[:2]) == ranks.numpy()).all(), n
        painted = to_uint8(colorizer.predict(hints_for(n))).astype(int)
        wrong = np.abs(found(answer, "painted", (*page.shape[:2], 4), np.uint8)[..., :3] - painted)
        assert (wrong.max(), wrong.mean() < 0.01) <= (1, True), n


def test_signs_in_a_large_panel_are_looked_at_as_in_python():
    """Its pixels are more than a function may have as arguments."""
    lines = np.ones((800, 1000), np.float32)
    for near, far in ((20, 26), (440, 446)):
        lines[20:446, near:far] = lines[near:far, 20:446] = 0
    lines[200:240, 215:223] = lines[200:240, 235:243] = 0
    script = "import { findWhite } from './page/white.mjs'; import { readFileSync } from 'node:fs';"
    script += "const lines = new Float32Array(new Uint8Array(readFileSync(0)).buffer);"
    script += "process.stdout.write(new Uint8Array(findWhite(lines, [800, 1000]).labels.buffer))"
    command = [node(), "--input-type=module", "-e", script]
    done = subprocess.run(command, input=lines.tobytes(), capture_output=True, cwd=SCRIPT.parents[2])
    assert not done.returncode, done.stderr
    wanted = find_white(torch.from_numpy(lines)[None, None]).numpy()
    assert (np.frombuffer(done.stdout, np.int32).reshape(wanted.shape) == wanted).all()


@pytest.mark.parametrize("kind", ["photograph", "fading colour"])
def test_a_photograph_is_no_drawing(kind):
    script = "import { lookAt, planesOf } from './page/drawing.mjs'; import { readFileSync } from 'node:fs';"
    script += "const size = [200, 300]; const pixels = Uint8ClampedArray.from(readFileSync(0));"
    script += "process.stdout.write(String(lookAt(planesOf(pixels), size).isLineArt))"
    picture = np.full((200, 300, 4), 255, np.uint8)
    picture[..., :3] = to_uint8(sample("coffee"))[:400:2, :600:2]
    if kind == "fading colour":
        far = np.hypot(*(np.indices((200, 300)) / np.array([200, 300])[:, None, None] - 0.5))
        picture[..., :3] = 255 - np.clip(1 - 2 * far, 0, 1)[..., None] * (215, 175, 35)
    command = [node(), "--input-type=module", "-e", script]
    done = subprocess.run(command, input=picture.tobytes(), capture_output=True, cwd=SCRIPT.parents[2])
    assert done.stdout == b"false", done.stderr


def test_a_colour_fills_its_area_before_the_network_has_painted(pages, answers):
    """Flat, under the ink; the rest is as it was."""
    for n, (page, answer) in enumerate(zip(pages, answers, strict=True)):
        before, early = (found(answer, name, (*page.shape[:2], 4), np.uint8)[..., :3] for name in ("before", "early"))
        points = hints_for(n)
        if len(points) != 1:
            assert bool(points) == (early != before).any(), n
            continue
        areas = found(answer, "areas", page.shape[:2])
        row, column = int(points[0].y * page.shape[0]), int(points[0].x * page.shape[1])
        inside = areas == areas[row, column]
        ink = [found(answer, f"ink{0 if answer['isGray'] else c}", page.shape[:2], np.float32) for c in range(3)]
        flat = np.stack(ink, -1) * [int(points[0].color[k : k + 2], 16) for k in (1, 3, 5)]
        assert np.abs(early[inside] - flat[inside]).max() <= 1, n
        assert (early[~inside] == before[~inside]).all(), n
