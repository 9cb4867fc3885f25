"""Work of the version before the store: each file in widgets/samples still gives the same picture on the same canvases.

The files were written by that version: sessions, the pictures painted for them, and what both canvases showed.
"""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from scipy import ndimage
from torch import nn
from widgets.driver import is_error, pixels, status

from colornb import methods
from colornb.colorizer import Colorizer
from colornb.hints import EdgeScribble, Point, Region, from_json
from colornb.images import to_uint8
from colornb.studies.stroke_timing import StrokeTiming
from colornb.widgets import EdgePad, PointPad, RegionPad, Studio
from colornb.widgets._view.canvas import ACCENT
from colornb.widgets._view.overlays import alpha_composite

pytestmark = pytest.mark.usefixtures("small_canvases")
SAMPLES = Path(__file__).parent / "widgets" / "samples"


def picture():
    y, x = torch.meshgrid(torch.linspace(0, 1, 48), torch.linspace(0, 1, 60), indexing="ij")
    rgb = torch.stack([x, y, (x - y).abs()])[None]
    rgb[..., 10:30, 20:44] = torch.tensor([0.9, 0.7, 0.2]).view(3, 1, 1)
    rgb[..., 34:44, 6:26] = torch.tensor([0.1, 0.3, 0.6]).view(3, 1, 1)
    return (255 * rgb).round() / 255


def mending():
    network = methods.build("edge_enhancing", "tiny", seed=0)
    generator = torch.Generator().manual_seed(1)
    for enhancer in network.enhancers.values():
        nn.init.normal_(enhancer.last.weight, std=0.05, generator=generator)
    return Colorizer(network, 32)


def guiding():
    return Colorizer.load("guiding_painter-storybook", 64)


def pointing():
    return Colorizer(methods.build("rtug", "tiny", seed=0), 64)


def studio():
    return Studio(picture(), kind="photo", models={"drawing": guiding(), "photograph": mending()})


OPEN = {
    "region_pad": lambda: RegionPad(guiding(), picture(), kind="photo"),
    "point_pad": lambda: PointPad(pointing(), picture(), kind="photo"),
    "edge_pad": lambda: EdgePad(mending(), picture(), kind="photo"),
    "studio_drawing": studio,
    "studio_photograph": studio,
}


def seen(widget, side):
    picture = pixels(widget, side)
    return alpha_composite(picture, (getattr(getattr(widget, "pad", widget), side)).pixels.get("marks", 0 * picture))


def veiled(widget):
    """The left canvas as that version lit a region: by a veil over all others, not by a hatch."""
    numbers = widget._numbers()
    inside = numbers == widget.regions.position
    marks = np.zeros((*numbers.shape, 4), np.uint8)
    marks[~inside] = 28, 32, 48, 115
    marks[ndimage.binary_dilation(inside, iterations=2) & ~inside] = ACCENT
    return alpha_composite(pixels(widget, "left"), marks)


def far_from_marks(widget):
    """Where both canvases show the pictures alone: that version drew scribbles in blocks, not as the screen can."""
    marks = [getattr(getattr(widget, "pad", widget), side).pixels.get("marks") for side in ("left", "right")]
    height, width = pixels(widget, "left").shape[:2]
    drawn = np.hstack([np.zeros((height, width), bool) if of is None else of[..., 3] > 0 for of in marks])
    return ~ndimage.binary_dilation(drawn, iterations=8)


def read(name):
    return np.asarray(Image.open(SAMPLES / name).convert("RGB")).astype(int)


@pytest.mark.parametrize("name", OPEN)
def test_work_of_the_version_before_gives_the_same_pixels(name):
    widget = OPEN[name]()
    widget.load(SAMPLES / f"{name}.json")
    left = veiled(widget) if name == "region_pad" else seen(widget, "left")
    canvases = np.hstack([left, seen(widget, "right")])[..., :3]
    shown = far_from_marks(widget) if name in ("edge_pad", "studio_photograph") else slice(None)
    # Other processors round the last bit of a network differently.
    assert np.abs(to_uint8(widget.rgb).astype(int) - read(f"{name}.png")).max() <= 2
    assert (np.abs(canvases.astype(int) - read(f"{name}-canvases.png")) > 2)[shown].mean() < 0.002
    saved = json.loads((SAMPLES / f"{name}.json").read_text())
    assert {key: value for key, value in widget.state.items() if key in saved} == saved
    assert set(widget.state) - set(saved) <= {"checkpoint", "kind", "region_map", "seen_as"}


def test_hint_files_of_the_version_before_are_read():
    hints = from_json((SAMPLES / "hints.json").read_text())
    point, *regions, edge = hints
    assert point == Point(0.25, 0.75, "teal")
    assert regions == [Region(1, "#abc"), Region(2, "red", 0)]
    assert edge == EdgeScribble([(0.1, 0.2), (0.4, 0.9)])
    log = json.loads((SAMPLES / "edge_pad.json").read_text())["log"]
    assert [StrokeTiming(**row).is_known for row in log] == [True, True]


# A later network.


def retrained():
    """Another network of the same method: it cuts pictures into other regions."""
    return Colorizer(methods.build("guiding_painter", "tiny", seed=5), 64)


def test_a_session_says_where_it_comes_from_and_another_network_does_not_colour_other_regions():
    first = RegionPad(guiding(), picture(), kind="photo")
    first.paint("#0a64c8")
    assert first.state["checkpoint"]["name"] == "guiding_painter-storybook"
    other = RegionPad(retrained(), picture(), kind="photo")
    before = other.state
    with pytest.raises(ValueError, match="regions of guiding_painter-storybook") as error:
        other.load_state(first.state)
    assert "\n" not in str(error.value)
    assert other.state == before


def test_a_studio_refuses_them_too_and_says_when_points_are_painted_by_another_network(tmp_path):
    first = studio()
    first.model = "drawing"
    first.tool = "point"
    first.pad.add(0.3, 0.3, "red")
    points = first.state
    first.tool = "region"
    first.pad.paint("blue")
    other = Studio(picture(), kind="photo", model="drawing", models={"drawing": retrained()})
    with pytest.raises(ValueError, match="regions of guiding_painter-storybook"):
        other.load_state(first.state)
    assert other.hints == []
    other.load_state(points)
    assert len(other.hints) == 1
    assert "made with guiding_painter-storybook" in status(other)
    assert not is_error(other)
