"""From flat to painted: a slider on drawings, taken back by undo, saved with the work, and followed by the command."""

import json

import pytest
import torch
from scenes import scene
from widgets.driver import is_painted

from colornb.__main__ import main
from colornb.colorizer import Colorizer
from colornb.hints import Region, to_json
from colornb.images import load_image, save_image, to_uint8
from colornb.widgets import PointPad, RegionPad, Studio

pytestmark = pytest.mark.usefixtures("small_canvases")


@pytest.fixture(scope="module")
def colorizer():
    return Colorizer.load("guiding_painter-comic", 64)


@pytest.fixture
def page():
    return scene(1, 240).page


def slider(pad):
    return pad._shading.widget


@pytest.mark.parametrize("pad_type", [RegionPad, PointPad])
def test_a_slider_goes_from_flat_to_painted(pad_type, colorizer, page):
    pad = pad_type(colorizer, page)
    give = pad.paint if pad_type is RegionPad else lambda color: pad.add(0.5, 0.9, color)
    give("#3060c0")
    shaded = pad.rgb
    slider(pad).value = 0
    flat = pad.rgb
    assert pad.state["shading"] == 0
    assert is_painted(pad)
    assert not torch.equal(flat, shaded)
    pad.undo()
    assert slider(pad).value == 0.5
    assert torch.equal(pad.rgb, shaded)
    assert colorizer.shading == 0.5, "it is the pad's, not the colorizer's"
    with pytest.raises(ValueError, match="from 0, flat, to 1"):
        pad.shade(2)


def test_photographs_have_no_such_slider(colorizer, page):
    assert "shading" not in PointPad(colorizer, page, kind="photo").state


def test_work_is_painted_as_it_was_shaded(colorizer, page, tmp_path):
    save_image(page, tmp_path / "page.png")
    pad = RegionPad(Colorizer.load("guiding_painter-comic"), tmp_path / "page.png")
    pad.paint("#3060c0")
    pad.shade(0.1)
    pad.save(tmp_path / "work.json")
    other = RegionPad(Colorizer.load("guiding_painter-comic"), tmp_path / "page.png")
    other.load(tmp_path / "work.json")
    assert slider(other).value == 0.1
    assert torch.equal(other.rgb, pad.rgb)
    command = ["colorize", str(tmp_path / "page.png"), "--hints", str(tmp_path / "work.json")]
    main([*command, "--out", str(tmp_path / "out.png")])
    assert (to_uint8(load_image(tmp_path / "out.png")) == to_uint8(pad.rgb)).all()
    broken = json.loads((tmp_path / "work.json").read_text()) | {"shading": "much"}
    with pytest.raises(ValueError, match="shading 'much'"):
        other.load_state(broken)


# Whose regions a session speaks of.


def test_work_on_the_networks_own_regions_is_not_taken_for_areas(colorizer, page):
    own = Colorizer(colorizer.network, 64)
    own.refine = False
    before = RegionPad(own, page)
    before.paint("#3060c0")
    assert "refine" not in before.state
    pad = RegionPad(colorizer, page)
    blank = pad.state
    assert blank["refine"] is True
    for state in (before.state, json.loads(to_json([Region(0, "red")]))):
        with pytest.raises(ValueError, match="not whole areas"):
            pad.load_state(state)
    assert pad.state == blank
    again = RegionPad(own, page)
    again.load_state(before.state)
    assert torch.equal(again.rgb, before.rgb)


def test_a_studio_goes_on_with_the_regions_that_work_speaks_of_and_undo_returns(colorizer, page):
    own = Colorizer(colorizer.network, 64)
    own.refine = False
    before = RegionPad(own, page)
    before.paint("#3060c0")
    studio = Studio(page, models={"drawing": colorizer})
    studio.pad.paint("#c03030")
    refined = studio.rgb
    studio.load_state(before.state)
    assert studio.scene.refine is False
    assert torch.equal(studio.rgb, before.rgb)
    studio.undo()
    assert studio.scene.refine is True
    assert torch.equal(studio.rgb, refined)


def test_the_command_follows_a_hint_file_of_the_networks_own_regions(colorizer, page, tmp_path):
    save_image(page, tmp_path / "page.png")
    own = Colorizer.load("guiding_painter-comic")
    own.refine = False
    pad = RegionPad(own, tmp_path / "page.png")
    pad.paint("#3060c0")
    pad.save(tmp_path / "work.json")
    command = ["colorize", str(tmp_path / "page.png"), "--hints", str(tmp_path / "work.json")]
    main([*command, "--out", str(tmp_path / "out.png")])
    assert (to_uint8(load_image(tmp_path / "out.png")) == to_uint8(pad.rgb)).all()
