"""Toning, against the formulas with the colour conversions of scikit-image; and what it leaves as it is."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw
from skimage.color import lab2rgb, rgb2lab

from colornb import methods
from colornb.color import parse_color
from colornb.colorizer import Colorizer
from colornb.hints import Point, Region
from colornb.images import load_image, sample
from colornb.toning import PAPER_WHITE, Toning, read_toning

HEROINE = ("#27386b", "#f4c29f", "#4a9a4d", "#808080")  # navy, peach, leaf; and a gray, which has no hue


@pytest.fixture(scope="module")
def picture():
    return sample("coffee")[..., ::8, ::8]


def lab_of(rgb):
    return rgb2lab(rgb[0].permute(1, 2, 0).numpy())


def fits(lab, toned):
    """Whether a screen can show colours: the way back from what was cut off leads to them again."""
    return np.abs(rgb2lab(lab2rgb(lab)) - lab).max(-1) < toned


def test_without_toning_nothing_is_touched(picture):
    assert Toning().apply(picture) is picture
    assert Toning().to_dict() == {} and not Toning().changes


@pytest.mark.parametrize(
    "toning", [Toning(1.4), Toning(0.3), Toning(strength=0.6), Toning(1.3, 0.7, 0.5), Toning(warmth=-1)]
)
def test_colours_that_a_screen_can_show_are_those_of_the_formula(picture, toning):
    before = lab_of(picture)
    moved = toning.vividness * before[..., 1:] + toning.warmth * np.array(PAPER_WHITE)
    inside = fits(np.dstack([before[..., :1], moved]), 0.01)
    assert inside.mean() > 0.2
    wanted = lab2rgb(np.dstack([before[..., :1], toning.strength * moved]))
    found = toning.apply(picture)[0].permute(1, 2, 0).numpy()
    assert np.abs(found - wanted)[inside].max() < 2e-3


def test_what_no_screen_can_show_keeps_its_hue_and_lightness_and_all_chroma_there_is_room_for(picture):
    before, after = lab_of(picture), lab_of(Toning(vividness=2).apply(picture))
    doubled = np.dstack([before[..., :1], 2 * before[..., 1:]])
    outside = ~fits(doubled, 0.5) & (np.hypot(*before[..., 1:].transpose(2, 0, 1)) > 5)
    assert outside.mean() > 0.1
    assert np.abs(after - before)[outside][:, 0].max() < 0.1, "lightness"
    angle = np.arctan2(*after[..., 1:].transpose(2, 0, 1)) - np.arctan2(*before[..., 1:].transpose(2, 0, 1))
    assert np.abs(np.angle(np.exp(1j * angle)))[outside].max() < 0.02, "hue"
    more = np.dstack([after[..., :1], 1.02 * after[..., 1:]])
    assert not fits(more, 0.005)[outside].any(), "a little more would not fit"


def test_no_strength_is_gray_and_white_and_black_stay(picture):
    gray = Toning(strength=0, warmth=1).apply(picture)
    assert (gray.amax(1) - gray.amin(1)).max() < 2e-3
    assert np.abs(lab_of(gray)[..., 0] - lab_of(picture)[..., 0]).max() < 0.02
    ends = torch.tensor([0.0, 1.0]).view(1, 1, 1, 2).expand(1, 3, 1, 2)
    for warmth in (-1, 1):
        assert (Toning(warmth=warmth).apply(ends) - ends).abs().max() < 1e-3


def distance_to_hues(rgb):
    """Degrees from the hue of each pixel to the nearest of the palette, weighted by chroma."""
    _, a, b = lab_of(rgb).transpose(2, 0, 1)
    colors = rgb2lab(np.array([parse_color(color) for color in HEROINE[:3]])[None])[0]
    hues = np.arctan2(colors[:, 2], colors[:, 1])
    apart = np.abs(np.angle(np.exp(1j * (np.arctan2(b, a)[..., None] - hues)))).min(-1)
    return float(np.rad2deg(np.average(apart, weights=np.hypot(a, b))))


@pytest.mark.parametrize("name", ["astronaut", "china", "flower"])
def test_a_palette_draws_all_hues_to_its_own_and_leaves_lightness_and_grays(name):
    rgb = sample(name)[..., ::4, ::4]
    drawn = Toning(palette=HEROINE).apply(rgb)
    assert distance_to_hues(rgb) > 10
    assert distance_to_hues(drawn) < 0.15 * distance_to_hues(rgb)
    before, after = lab_of(rgb), lab_of(drawn)
    assert np.abs(before - after)[..., 0].max() < 0.1
    chroma, now = (np.hypot(*lab[..., 1:].transpose(2, 0, 1)) for lab in (before, after))
    assert now.max() < chroma.max() + 0.1 and (now <= chroma + 0.1).mean() > 0.999, "never more vivid"
    assert (now - chroma)[chroma < 3].min() > -3


def test_hues_turn_without_a_jump():
    turn = torch.linspace(0, 2 * torch.pi, 4000)
    lab = torch.stack([torch.full_like(turn, 60), 20 * turn.cos(), 20 * turn.sin()])
    rgb = torch.from_numpy(lab2rgb(lab.T.numpy()[None]).transpose(2, 0, 1)[None]).float()
    steps = np.abs(np.diff(lab_of(Toning(palette=HEROINE).apply(rgb))[0], axis=0)).max()
    assert steps < 0.5, "neighbours on the hue circle stay neighbours"


def test_grays_alone_take_all_colour_away(picture):
    gray = Toning(palette=("black", "#777", "white")).apply(picture)
    assert (gray.amax(1) - gray.amin(1)).max() < 2e-3


@given(st.floats(0, 2), st.floats(0, 1), st.floats(-1, 1), st.lists(st.sampled_from(HEROINE), max_size=3))
def test_every_toning_is_a_picture_comes_back_from_json_and_keeps_lightness(vividness, strength, warmth, palette):
    toning = Toning(vividness, strength, warmth, tuple(palette))
    rgb = torch.rand(1, 3, 9, 8, generator=torch.Generator().manual_seed(0))
    found = toning.apply(rgb)
    assert found.min() >= 0 and found.max() <= 1
    assert np.abs(lab_of(found)[..., 0] - lab_of(rgb)[..., 0]).max() < 0.3
    assert read_toning({"toning": toning.to_dict()}) == toning


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"vividness": 2.1}, "vividness 2.1 cannot be: give a number from 0 to 2"),
        ({"strength": -1}, "strength -1 cannot be: give a number from 0 to 1"),
        ({"warmth": float("nan")}, "warmth nan cannot be"),
        ({"warmth": "warm"}, "warmth 'warm' cannot be"),
        ({"palette": ["rouge"]}, "'rouge' is not a colour"),
        ({"palette": 3}, "3 is not a colour"),
        ({"hue": 1}, "toning {'hue': 1} in the session"),
    ],
)
def test_what_cannot_be_is_refused_in_one_line(values, words):
    with pytest.raises(ValueError, match="^" + words.replace("(", r"\(")) as refused:
        read_toning({"toning": values})
    assert "\n" not in str(refused.value)
    with pytest.raises(ValueError, match="in the session"):
        read_toning({"toning": [1]})


def page():
    """A drawing with ink of its own colour."""
    image = Image.new("RGB", (64, 48), "white")
    ImageDraw.Draw(image).ellipse((8, 6, 55, 40), outline=(40, 60, 160), width=2)
    return image


@pytest.mark.parametrize(
    ("method", "source"), [("rtug", "photo"), ("guiding_painter", "drawing"), ("pix2pix", "photo")]
)
def test_a_colorizer_tones_what_it_paints_but_not_the_ink_nor_what_it_suggests(method, source):
    colorizer = Colorizer(methods.build(method, "tiny"), size=32)
    colorizer.set_image(load_image(page()) if source == "drawing" else sample("coffee")[..., ::8, ::8], source)
    hints = [Point(0.5, 0.5, "tomato")] if method == "rtug" else []
    plain, suggested = colorizer.predict(hints), suggest(colorizer)
    colorizer.toning = Toning()
    assert torch.equal(colorizer.predict(hints), plain)
    colorizer.toning = Toning(0.2, warmth=0.5)
    found = colorizer.predict(hints)
    if colorizer.ink is None:
        assert torch.equal(found, colorizer.toning.apply(plain))
    else:
        below = colorizer.predict(hints, with_ink=False)
        assert torch.allclose(found, below * colorizer.ink, atol=1e-6)
    assert not torch.equal(found, plain)
    assert suggest(colorizer) == suggested


def suggest(colorizer):
    if colorizer.n_regions:
        rank = colorizer.region_order[0]
        return colorizer.suggest_region_colors(rank, [Region(rank, "red")])
    return colorizer.suggest_colors_at(0.4, 0.4)
