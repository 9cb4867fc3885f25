"""The scripts of the live picture, run by node: the session, and all numbers as Python has them."""

import json
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from colornb import Colorizer, Point
from colornb.color import encode, lab_to_rgb, lightness
from colornb.hints import from_json
from colornb.images import to_uint8
from colornb.methods.base import Encoding

FOLDER = Path(__file__).parent / "page"
SCRIPTS = FOLDER.parents[1] / "page"
SHAPES = ((200, 200), (64, 90), (300, 441), (37, 400))  # squares, small and large ones, and a long strip
POINTS = (
    [],
    [Point(0.5, 0.5, "#ff8800")],
    [Point(0.31, 0.72, "#2a8c93"), Point(0.32, 0.73, "#ffffff", 0.1), Point(0.9, 0.4, "#000000", 0.001)],
    [Point(0.0, 1.0, "#123456"), Point(1.0, 0.0, "#00ff00", 0.05), Point(0.4, 0.6, "#ff00ff", 0.02)],
)


def node():
    """The node of this machine, or that which playwright brings."""
    if found := shutil.which("node"):
        return found
    playwright = pytest.importorskip("playwright", reason="no node here, nor one of playwright")
    return str(Path(playwright.__file__).parent / "driver" / "node")


class Recorder(nn.Module):
    """A network that keeps what it is given, and paints waves."""

    condition, target, n_regions, hint_kinds, line_art, multiple = "L", "ab", 0, ("point",), (), 32

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(1))

    def encode(self, condition, generator=None):
        self.seen = condition
        return Encoding(condition)

    def paint(self, encoding, color, mask):
        self.hints = torch.cat([color, mask], 1)
        place = torch.arange(mask.numel()).view(mask.shape)
        return torch.cat([torch.sin(place / 100), torch.cos(place / 130)], 1) / 2


@pytest.fixture(scope="module")
def cases():
    draw = np.random.default_rng(0)
    pictures = [draw.integers(0, 256, (*shape, 4), np.uint8) for shape in SHAPES]
    for picture in pictures:
        picture[:40, :40, :3] //= 12  # dark, where curves are straight lines
        picture[..., 3] = 255
    return {
        "pixels": pictures[1],
        "colors": [f"#{value:06x}" for value in draw.integers(0, 2**24, 50)],
        "light": draw.uniform(0, 100, 4000).astype(np.float32),
        "ab": draw.uniform(-1, 1, (2, 4000)).astype(np.float32),
        "pictures": list(zip(pictures, POINTS, strict=True)),
    }


@pytest.fixture(scope="module")
def answers(cases):
    def told(picture, points):
        height, width = picture.shape[:2]
        return {"height": height, "width": width, "pixels": flat(picture), "points": [vars(p) for p in points]}

    asked = {name: flat(cases[name]) for name in ("pixels", "light")} | {"colors": cases["colors"]}
    asked |= {"ab": cases["ab"].tolist(), "pictures": [told(*case) for case in cases["pictures"]]}
    done = subprocess.run([node(), FOLDER / "values.mjs"], input=json.dumps(asked), capture_output=True, text=True)
    assert not done.returncode, done.stderr
    return json.loads(done.stdout)


def flat(array):
    return array.ravel().tolist()


def planes(pixels):
    """RGBA of a canvas as a picture in [0, 1]."""
    return torch.from_numpy(pixels[..., :3].astype(np.float32) / 255).permute(2, 0, 1)[None]


def test_the_session_keeps_its_promises():
    done = subprocess.run([node(), "--test", FOLDER / "session.test.mjs"], capture_output=True, text=True)
    assert not done.returncode, done.stdout


def test_lightness_is_that_of_python(cases, answers):
    wanted = 100 * lightness(planes(cases["pixels"])).flatten()
    assert np.abs(np.array(answers["lightness"]) - wanted.numpy()).max() < 1e-3


def test_colors_are_encoded_as_in_python(cases, answers):
    for color, found in zip(cases["colors"], answers["encoded"], strict=True):
        rgb = torch.tensor([int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)]).view(1, 3, 1, 1)
        assert np.abs(np.array(found) - encode(rgb, "ab").flatten().numpy()).max() < 1e-5


def test_lightness_and_ab_join_as_in_python(cases, answers):
    lab = torch.from_numpy(np.stack([cases["light"], *(110 * cases["ab"])])).view(1, 3, 1, -1)
    found = np.array(answers["joined"]).reshape(1, -1, 4)
    wrong = np.abs(found[..., :3] - to_uint8(lab_to_rgb(lab)).astype(int))
    assert wrong.max() <= 1
    assert (wrong > 0).mean() < 0.01, "but for ties, to the level"


@pytest.mark.parametrize("number", range(len(SHAPES)), ids=lambda number: "x".join(map(str, SHAPES[number])))
def test_a_picture_goes_the_same_way_as_in_python(cases, answers, number):
    """What the network sees of it, what it is given of the points, and what becomes of what it paints."""
    (picture, points), found = cases["pictures"][number], answers["painted"][number]
    colorizer = Colorizer(Recorder(), 256)
    colorizer.set_image(planes(picture))
    painted = to_uint8(colorizer.predict(points)).astype(int)
    network = colorizer.network

    assert tuple(found["size"]) == tuple(network.seen.shape[-2:])
    assert np.abs(np.array(found["condition"]) - network.seen.flatten().numpy()).max() < 2e-4
    assert np.abs(np.array(found["hints"]) - network.hints.flatten().numpy()).max() < 1e-5
    wrong = np.abs(np.array(found["painted"]).reshape(picture.shape)[..., :3] - painted)
    assert wrong.max() <= 1
    assert wrong.mean() < 0.01


def test_python_reads_a_session(answers):
    assert from_json(answers["session"]) == [Point(0.5, 0.5, "#ff8800")]
    assert json.loads(answers["session"])["checkpoint"]["name"] == "efficient_unet-photo3"


def test_the_scripts_are_small():
    scripts = {path.name: path.read_text().splitlines() for path in SCRIPTS.glob("*.mjs")}
    code = {name: sum(map(is_code, lines)) for name, lines in scripts.items()}
    assert max(map(len, scripts.values())) < 350
    assert sum(code.values()) < 2850, code


def is_code(line):
    """No blank line, and no comment."""
    return bool(line.strip()) and not line.lstrip().startswith(("//", "/*", "*"))
