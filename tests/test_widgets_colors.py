"""Palettes, the eyedropper and toning in pads and the studio, without a browser; and from there to the command line."""

import base64
import json
import re

import numpy as np
import pytest
import torch
from ipywidgets import HTML, FloatSlider, Text, ToggleButton
from PIL import Image
from widgets.driver import button, click, find, is_error, parts, pixels, status, swatches, toggle, upload
from widgets.fake_colorizer import FakeColorizer, picture

from colornb import Colorizer, methods, palettes
from colornb.__main__ import main
from colornb.images import sample, save_image, to_uint8
from colornb.palettes import Palette
from colornb.toning import Toning
from colornb.widgets import PointPad, RegionPad, Studio

pytestmark = pytest.mark.usefixtures("small_canvases")
BEARS = Palette(("#8d5a3b", "#27386b", "#f4c29f"), ("Fur", "coat", "nose"), "Bears")


@pytest.fixture
def studio():
    return Studio(
        picture(), kind="drawing", models={"drawing": FakeColorizer(), "photograph": FakeColorizer(("point",))}
    )


@pytest.fixture
def points():
    return PointPad(FakeColorizer(("point",)), picture())


def own_swatches(widget):
    """Colours and tooltips of the palette of the work."""
    pad = getattr(widget, "pad", widget)
    row = pad.color_picker._palette.widget.children
    return [(b.style.button_color, b.tooltip) for b in row[2].children] if len(row) > 2 else []


def named(widget, text):
    find(widget, "hex", Text).value = text


@pytest.mark.parametrize("suffix", palettes.WRITERS)
def test_a_palette_is_opened_named_and_taken_home_again(points, suffix):
    upload(points, "palette-open", f"bears{suffix}", palettes.WRITERS[suffix](BEARS))
    assert points.document.palette == BEARS
    wanted = [(color, f"{name} {color}") for name, color in zip(BEARS.names, BEARS.colors, strict=True)]
    assert own_swatches(points) == wanted
    points.add(0.5, 0.5)
    named(points, "Coat")
    assert points.hints[0].color == "#27386b"
    named(points, "tomato")
    assert points.hints[0].color == "#ff6347", "names of CSS are known, too"
    links = next(part.value for part in parts(points) if isinstance(part, HTML) and "Save this palette" in part.value)
    saved = dict(re.findall(r'download="Bears(\.\w+)" href="data:[^,]*,([^"]*)"', links))
    assert saved.keys() == palettes.WRITERS.keys()
    assert palettes.parse(base64.b64decode(saved[suffix]), "a") == BEARS


def test_what_is_no_palette_is_said_in_one_line(points):
    upload(points, "palette-open", "a.gpl", b"GIMP Palette\n1 2\n")
    assert is_error(points) and "is no palette: line 2 must be" in status(points)
    assert points.document.palette is None
    upload(points, "palette-open", "a.gpl", b"GIMP Palette\n1 2 3\n")
    assert not is_error(points) and points.document.palette.colors == ("#010203",)


def test_the_colour_on_show_is_put_into_the_palette_once_and_undo_takes_it_out(points):
    points.add(0.5, 0.5, "tomato")
    add = button(points, "Put the colour on show")
    add.click()
    add.click()
    assert points.document.palette == Palette(("#ff6347",))
    points.paint("teal")
    add.click()
    assert points.document.palette.colors == ("#ff6347", "#008080")
    points.undo()
    assert points.document.palette.colors == ("#ff6347",)


def test_a_palette_goes_to_the_next_picture_and_comes_back_with_saved_work(studio, tmp_path):
    studio.tool = "point"
    studio.pad.use_palette(BEARS)
    studio.open_picture(picture(40, 40), "drawing", name="second.png")
    assert studio.document.palette == BEARS
    assert [color for color, _ in own_swatches(studio)] == list(BEARS.colors)
    other = RegionPad(FakeColorizer(), picture())
    studio.save(tmp_path / "work.json")
    again = Studio(picture(40, 40), kind="drawing", models={"drawing": FakeColorizer()})
    again.load(tmp_path / "work.json")
    assert again.document.palette == BEARS
    assert other.document.palette is None


def test_kept_work_goes_on_with_its_palette_and_toning(tmp_path):
    models = {"drawing": FakeColorizer()}
    studio = Studio(picture(), kind="drawing", models=models, keep=tmp_path)
    studio.pad.use_palette(BEARS)
    studio.tone(vividness=0.4)
    studio._autosave.close()
    again = Studio(picture(), kind="drawing", models=models, keep=tmp_path)
    assert (again.document.palette, again.document.toning) == (BEARS, Toning(0.4))
    assert torch.equal(again.rgb, studio.rgb)
    again.undo()
    assert again.document.toning == Toning() and again.document.palette == BEARS
    again.undo()
    assert again.document.palette is None


def test_the_eyedropper_picks_for_the_next_point_and_paints_nothing(points):
    points.add(0.25, 0.25, "tomato", 0.3)
    points.add(0.75, 0.75, "teal")
    hints, at = points.hints, len(points.store.history)
    find(points, "eyedropper", ToggleButton).value = True
    click(points, 0.25, 0.25, "right")
    assert points.hints == hints and points.chosen is None and len(points.store.history) == at
    assert swatches(points, "recent")[0] == "#ff6347" and "Picked #ff6347" in status(points)
    click(points, 0.5, 0.5)
    assert points.hints[-1].color == "#ff6347"


def slider(widget, name):
    return find(widget, name, FloatSlider)


def test_sliders_tone_the_picture_undo_takes_it_back_and_all_tools_show_it(studio):
    plain = studio.rgb
    toggle(studio, "Tones").value = True
    slider(studio, "warmth").value = 0.5
    slider(studio, "vividness").value = 0.5
    wanted = Toning(0.5, 1.0, 0.5)
    assert studio.document.toning == wanted
    assert torch.equal(studio.rgb, wanted.apply(plain))
    for tool in studio.document.tools:
        studio.tool = tool
        shown = pixels(studio, "right")[..., :3].astype(int)
        assert np.abs(shown - to_uint8(wanted.apply(plain)).mean((0, 1))).max() <= 3, tool
    assert studio.state["toning"] == {"vividness": 0.5, "warmth": 0.5}
    studio.undo()
    assert slider(studio, "vividness").value == 1 and studio.document.toning == Toning(warmth=0.5)
    studio.undo()
    assert torch.equal(studio.rgb, plain) and "toning" not in studio.state
    with pytest.raises(ValueError, match="strength 3 cannot be: give a number from 0 to 1"):
        studio.tone(strength=3)


def test_work_of_before_has_no_toning_and_a_neutral_one_takes_it_back(studio):
    before = studio.state
    studio.tone(strength=0.2)
    studio.load_state(json.loads(json.dumps(before)))
    assert studio.document.toning == Toning()
    with pytest.raises(ValueError, match="warmth 9 cannot be"):
        studio.load_state(before | {"toning": {"warmth": 9}})
    pad = RegionPad(FakeColorizer(), picture())
    pad.load_state(pad.state | {"toning": {"strength": 0.2}, "palette": BEARS.to_dict()})
    assert (pad.document.toning, pad.document.palette) == (Toning(strength=0.2), BEARS)
    assert pad.state["toning"] == {"strength": 0.2}


def test_the_command_line_paints_the_same_pixels_from_the_session(tmp_path):
    methods.save(methods.build("rtug", "tiny"), tmp_path / "run" / "network.safetensors", size=48)
    save_image(sample("chelsea")[..., ::4, ::4], tmp_path / "photo.png")
    studio = Studio(tmp_path / "photo.png", kind="photo", models={"photograph": Colorizer.load(tmp_path / "run")})
    studio.pad.use_palette(BEARS)
    studio.pad.add(0.5, 0.5, "tomato")
    studio.tone(vividness=1.6, warmth=-0.3)
    studio.save(tmp_path / "work.json")
    studio.save(tmp_path / "studio.png")
    call = ["colorize", tmp_path / "photo.png", "--out", tmp_path / "out.png", "--hints", tmp_path / "work.json"]
    assert main([*map(str, call), "--weights", str(tmp_path / "run")]) == 0
    assert (tmp_path / "out.png").read_bytes() == (tmp_path / "studio.png").read_bytes()
    with Image.open(tmp_path / "out.png") as image:
        assert np.array_equal(np.array(image), to_uint8(studio.rgb))
