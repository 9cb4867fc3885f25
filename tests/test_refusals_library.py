"""`set_image` and `predict` called with what is no picture and no hint: one line, which says what to do instead."""

import numpy as np
import pytest
import torch
from PIL import Image, ImageDraw

from colornb import methods
from colornb.__main__ import main
from colornb.colorizer import Colorizer
from colornb.hints import DenseHint, EdgeScribble, Point, Region, to_json
from colornb.images import sample
from colornb.refusals import check_hints
from colornb.widgets import RegionPad

WHITE = torch.ones(1, 3, 40, 40)
LINE = EdgeScribble([(0.1, 0.1), (0.4, 0.4)])


@pytest.fixture(scope="module")
def colorizer():
    colorizer = Colorizer(methods.build("rtug", "tiny"), size=32)
    colorizer.set_image(sample("coffee")[..., ::8, ::8])
    return colorizer


@pytest.mark.parametrize(
    ("picture", "words"),
    [
        ("photo.png", "str is no picture: give what colornb.load_image makes of it"),
        (None, "NoneType is no picture"),
        (np.ones((40, 40, 3)), "ndarray is no picture"),
        (torch.ones(3, 40, 40), "a picture of shape (3, 40, 40): give (1, 3, height, width)"),
        (torch.ones(2, 3, 40, 40), "2 pictures at once: give one"),
        ((255 * WHITE).to(torch.uint8), "a picture of torch.uint8: give floats in [0, 1]"),
        (torch.ones(1, 3, 40, 0), "a picture of 0 x 40 pixels: give one that has some"),
        (255 * WHITE, "a picture with values from 255 to 255: give sRGB in [0, 1]"),
        (2 * WHITE - 3, "a picture with values from -1 to -1"),
        (WHITE * torch.nan, "a picture with values from nan to nan"),
    ],
)
def test_what_is_no_picture_is_refused_and_the_one_before_stays(colorizer, picture, words):
    before = colorizer.predict()
    with pytest.raises(ValueError) as refused:
        colorizer.set_image(picture)
    assert words in str(refused.value) and "\n" not in str(refused.value)
    assert torch.equal(colorizer.predict(), before)


def test_a_picture_that_overshoots_a_little_is_one(colorizer):
    again = Colorizer(colorizer.network, size=32)
    again.set_image(WHITE + 1e-3)
    assert again.predict().shape == WHITE.shape


@pytest.mark.parametrize(
    ("hints", "words"),
    [
        (None, "NoneType is no list of hints: give a list such as [Point(0.5, 0.5, 'tomato')]"),
        (5, "int is no list of hints"),
        ("tomato", "str is no list of hints"),
        ({"x": 0.5}, "dict is no list of hints"),
        (torch.ones(1, 3, 4, 4), "Tensor is no list of hints"),
        (Point(0.5, 0.5, "tomato"), "one Point is no list of hints: put it into brackets, [Point(x=0.5"),
        ([(0.5, 0.5, "tomato")], "tuple is no hint: give a Point, a Region or an EdgeScribble"),
        ([Point(0.5, 0.5, "tomato"), None], "NoneType is no hint"),
        ([LINE], "this model does not accept edge scribbles"),
        ([Region(0, "red")], "this model does not accept region hints"),
    ],
)
def test_what_are_no_hints_is_refused(colorizer, hints, words):
    with pytest.raises(ValueError) as refused:
        colorizer.predict(hints)
    assert words in str(refused.value) and "\n" not in str(refused.value)


@pytest.mark.parametrize("dense", [5, (WHITE,), (WHITE, None), WHITE, "red"])
def test_what_is_no_pair_of_dense_maps_is_refused(colorizer, dense):
    with pytest.raises(ValueError, match="^dense hints are a pair of tensors: give colours") as refused:
        colorizer.predict(dense=dense)
    assert "\n" not in str(refused.value)
    with pytest.raises(ValueError, match=r"give \(1, 3, h, w\) and \(1, 1, h, w\)"):
        colorizer.predict(dense=(WHITE, WHITE))


def test_hints_of_any_iterable_are_taken_in_their_order():
    points = [Point(0.1, 0.2, "red"), Point(0.3, 0.4, "blue")]
    assert check_hints(iter(points), ("point",)) == check_hints(tuple(points), ("point",)) == points
    dense = (WHITE, WHITE[:, :1])
    (*first, last) = check_hints(points, ("point",), dense)
    assert first == points and isinstance(last, DenseHint) and torch.equal(last.color, WHITE)
    assert check_hints([LINE], ("edge",)) == [LINE] and check_hints([], ()) == []
    for hints, kinds in (([LINE], ()), (points, ()), (points, ("edge",))):
        with pytest.raises(ValueError, match="does not accept hints: paint without any"):
            check_hints(hints, kinds)


def test_a_region_that_does_not_exist_is_the_reason(tmp_path, capsys):
    methods.save(methods.build("guiding_painter", "tiny"), tmp_path / "run" / "network.safetensors", size=32)
    page = Image.new("L", (64, 48), 255)
    ImageDraw.Draw(page).ellipse((8, 6, 55, 40), outline=0, width=2)
    page.save(tmp_path / "page.png")
    (tmp_path / "hints.json").write_text(to_json([Region(999, "red")]))
    call = ["colorize", "page.png", "--out", "out.png", "--hints", "hints.json", "--weights", "run"]
    places = {name: str(tmp_path / name) for name in ("page.png", "out.png", "hints.json", "run")}
    assert main([places.get(word, word) for word in call]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1 and "region 999 does not exist: this model has regions 0 to " in said
    pad = RegionPad(Colorizer.load(tmp_path / "run"), tmp_path / "page.png")
    for state in ({}, pad.state):
        hints = [{"kind": "region", "rank": 999, "color": "red"}]
        with pytest.raises(ValueError, match="region 999 does not exist: this model has regions 0 to"):
            pad.load_state({"colornb": 1} | state | {"hints": hints})


def test_a_hint_file_with_regions_is_painted_by_the_model_that_asks_about_them(tmp_path, capsys):
    Image.new("L", (64, 48), 90).save(tmp_path / "photo.png")
    (tmp_path / "hints.json").write_text(to_json([Region(0, "red")]))
    call = ["colorize", tmp_path / "photo.png", "--out", tmp_path / "out.png", "--hints", tmp_path / "hints.json"]
    assert main([*map(str, call), "--size", "32", "--kind", "photo"]) == 0
    assert "picture type: photo, painted with edge_enhancing-drawing" in capsys.readouterr().err
