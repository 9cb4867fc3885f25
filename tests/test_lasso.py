"""A lasso colours what it goes around, and nothing beside it: on photographs, in drawings, out of files."""

import json

import numpy as np
import pytest
import torch
from skimage.draw import polygon
from test_hints_dense import disks

from colornb import Colorizer, load_image, save_image
from colornb.__main__ import main
from colornb.color import parse_color, rgb_to_lab
from colornb.hints import Point, Region, from_json, rasterize, to_json
from colornb.images import SAMPLES, resize, sample, to_uint8
from colornb.lasso import Lasso, keep_inside
from colornb.widgets.edge_pad import EdgePad
from colornb.widgets.point_pad import PointPad
from colornb.widgets.region_pad import RegionPad

SQUARE = ((0.25, 0.25), (0.75, 0.25), (0.75, 0.75), (0.25, 0.75))


def moved(dx, dy, scale=0.4):
    return tuple((dx + scale * x, dy + scale * y) for x, y in SQUARE)


def star(n, generator):
    """A line around the middle that never crosses itself."""
    r = 0.1 + 0.35 * torch.rand(n, generator=generator, dtype=torch.double)
    at = 2 * np.pi * torch.arange(n) / n
    return list(zip((0.5 + r * at.cos()).tolist(), (0.5 + r * at.sin()).tolist(), strict=True))


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ([], "0 corners goes around nothing: give at least three"),
        ([(0.1, 0.1), (0.5, 0.5)], "2 corners"),
        ([(0.1, 0.1), (0.5, 1.5), (0.3, 0.2)], r"lasso point \(0.5, 1.5\) is outside the picture"),
        ([(0.1, 0.1), (0.5, float("nan")), (0.3, 0.2)], "outside"),
        ([(0.2, 0.2), (0.8, 0.8), (0.8, 0.2), (0.2, 0.8)], "crosses itself: draw one line"),
        ([(0.1, 0.1), (0.5, 0.5), (0.9, 0.9)], "has nothing inside"),
        ([(0.4, 0.4)] * 5, "has nothing inside"),
        ([0.1, 0.2, 0.3], "is a list of points: give pairs"),
        (None, "is a list of points"),
    ],
)
def test_what_goes_around_nothing_is_refused_in_one_line(path, reason):
    with pytest.raises(ValueError, match=reason) as error:
        Lasso(path, "red")
    assert "\n" not in str(error.value)
    with pytest.raises(ValueError, match=reason):
        from_json(json.dumps({"colornb": 1, "hints": [{"kind": "lasso", "path": path, "color": "red"}]}))


def test_a_colour_that_is_none_is_refused():
    with pytest.raises(ValueError, match="reddish"):
        Lasso(SQUARE, "reddish")


def test_many_corners_that_cross_nothing_are_taken_and_one_loop_is_found(generator):
    path = star(2000, generator)
    Lasso(path, "red")
    path[50], path[150] = path[150], path[50]
    with pytest.raises(ValueError, match="crosses itself"):
        Lasso(path, "red")


def test_files_hold_lassos_and_files_of_before_still_load():
    hints = [Lasso(SQUARE, "#ff0000"), Point(0.5, 0.5, "red"), Region(1, "blue", 2)]
    assert from_json(to_json(hints)) == hints
    assert json.loads(to_json(hints))["hints"][0] == {"kind": "lasso", "path": [*map(list, SQUARE)], "color": "#ff0000"}
    before = '{"colornb": 1, "hints": [{"kind": "edge", "path": [[0.1, 0.2]], "width": 0.01}]}'
    assert from_json(before)[0].path == ((0.1, 0.2),)


def test_inside_is_where_a_ray_leaves_the_line_an_odd_number_of_times(generator):
    path, (height, width) = star(31, generator), (40, 60)
    found = Lasso(path, "red").inside(height, width)

    def is_inside(x, y):
        odd = False
        for (x0, y0), (x1, y1) in zip(path, path[1:] + path[:1], strict=True):
            odd ^= (y0 > y) != (y1 > y) and x < x0 + (y - y0) / (y1 - y0) * (x1 - x0)
        return odd

    wanted = [[is_inside((x + 0.5) / width, (y + 0.5) / height) for x in range(width)] for y in range(height)]
    assert torch.equal(found, torch.tensor(wanted))


@pytest.mark.parametrize("corners", [3, 9, 2000])
def test_a_line_through_the_middles_of_pixels_takes_these_with_it_as_a_library_does(corners, generator):
    side = 64
    path = [((round(x * side) + 0.5) / side, (round(y * side) + 0.5) / side) for x, y in star(corners, generator)]
    path = list(dict.fromkeys(path)) if corners < 100 else star(corners, generator)
    x, y = torch.tensor(path, dtype=torch.double).mul(side).sub(0.5).T.numpy()
    wanted = np.zeros((side, side), bool)
    wanted[polygon(y, x, wanted.shape)] = True
    assert np.array_equal(Lasso(path, "red").inside(side, side).numpy(), wanted)


def test_one_that_no_pixel_fits_into_still_marks_where_it_lies():
    found = Lasso(((0.501, 0.3), (0.502, 0.3), (0.502, 0.31)), "red").inside(10, 10)
    assert found.nonzero().tolist() == [[3, 5]]


def test_dense_hints_fill_it_and_later_ones_cover_earlier_ones():
    dense = rasterize([Lasso(SQUARE, "#ff0000"), Lasso(moved(0.3, 0.3), "#0000ff")], 40, 40)
    assert dense.mask.sum() == 20 * 20
    assert dense.color[0, :, 12, 12].tolist() == [1, 0, 0]
    assert dense.color[0, :, 20, 20].tolist() == [0, 0, 1]


def test_the_change_comes_in_on_the_inner_rim():
    before, after = torch.zeros(1, 3, 200, 200), torch.ones(1, 3, 200, 200)
    found = keep_inside([Lasso(SQUARE, "red")], before, after)[0, 0]
    assert found[100, 49] == 0
    assert 0 < found[100, 50] < 1
    assert found[100, 53] == 1
    at_border = keep_inside([Lasso(((0, 0), (1, 0), (1, 1), (0, 1)), "red")], before, after)
    assert torch.equal(at_border, after), "a picture's border is no rim"


@pytest.fixture(params=["rtug-natural", "edge_enhancing-natural", "guiding_painter-storybook"])
def colorizer(request):
    colorizer = Colorizer.load(request.param, 96)
    colorizer.set_image(resize(sample(next(iter(SAMPLES))), (150, 220)), kind="photo")
    return colorizer


@pytest.mark.parametrize("full_size", [True, False])
def test_nothing_outside_of_it_changes_on_a_photograph(colorizer, full_size):
    others, lassos = [Point(0.9, 0.9, "gold")], [Lasso(moved(0, 0), "#2040d0"), Lasso(moved(0.6, 0.5), "#c02020")]
    before, after = colorizer.predict(others, full_size), colorizer.predict([*others, *lassos], full_size)
    inside = [lasso.inside(*before.shape[-2:]) for lasso in lassos]
    assert torch.equal(before[..., ~(inside[0] | inside[1])], after[..., ~(inside[0] | inside[1])])
    for lasso, mask in zip(lassos, inside, strict=True):
        wanted = rgb_to_lab(torch.tensor(parse_color(lasso.color)).view(1, 3, 1, 1))[0, 1:, 0, 0]
        far = [(rgb_to_lab(rgb)[0, 1:][:, mask].mean(1) - wanted).norm().item() for rgb in (before, after)]
        assert far[1] < 0.6 * far[0], "it comes nearer to the hue that was given"


def test_a_lasso_in_a_drawing_fills_the_areas_inside_of_it():
    lines, insides = disks()
    colorizer = Colorizer.load("guiding_painter-comic", 128)
    colorizer.set_image(lines.expand(-1, 3, -1, -1), kind="drawing")
    colorizer.shading, teal = 0, torch.tensor(parse_color("#106070"))
    around = Lasso(((0.02, 0.2), (0.5, 0.2), (0.5, 0.8), (0.02, 0.8)), "#106070")
    within = Lasso(((0.2, 0.45), (0.3, 0.45), (0.3, 0.55), (0.2, 0.55)), "#106070")
    for lasso in (around, within):
        painted = colorizer.predict([lasso], with_ink=False)
        assert painted[0][:, insides[0]].sub(teal[:, None]).abs().max() < 0.01, "all of the left disk"
        mask = resize(colorizer._dense([lasso])[1], (200, 200))[0, 0]
        assert mask[insides[0]].mean() > 0.95, "what the network is told fills areas, too"
        assert mask.sum() < 1.3 * insides[0].sum(), "and not what lies between them and the outline"
        for place in ((100, 146), (10, 50), (100, 100)):
            assert (painted[0, :, *place] - teal).abs().max() > 0.1, "nothing of the right one, nor of the page"


def test_a_lasso_in_a_drawing_whose_lines_are_not_kept_stays_inside():
    lines, _ = disks()
    colorizer = Colorizer.load("guiding_painter-comic", 128)
    colorizer.set_image(lines.expand(-1, 3, -1, -1), kind="drawing", keep_lines=False)
    lasso = Lasso(SQUARE, "#106070")
    before, after = colorizer.predict(), colorizer.predict([lasso])
    outside = ~lasso.inside(200, 200)
    assert torch.equal(before[..., outside], after[..., outside])
    assert not torch.allclose(before, after, atol=0.1)


def test_a_model_without_hints_says_so(colorizer):
    colorizer.network.hint_kinds = ()
    with pytest.raises(ValueError, match="does not accept hints"):
        colorizer.predict([Lasso(SQUARE, "red")])


def test_the_command_takes_lassos_from_a_hint_file(tmp_path):
    photo = resize(sample(next(iter(SAMPLES))), (60, 80))
    save_image(photo, tmp_path / "photo.png")
    (tmp_path / "hints.json").write_text(to_json([Lasso(SQUARE, "#2040d0")]))
    call = ["colorize", str(tmp_path / "photo.png"), "--weights", "rtug-natural", "--size", "64", "--kind", "photo"]
    assert main([*call, "--out", str(tmp_path / "without.png")]) == 0
    assert main([*call, "--hints", str(tmp_path / "hints.json"), "--out", str(tmp_path / "with.png")]) == 0
    without, painted = (to_uint8(load_image(tmp_path / f"{name}.png")) for name in ("without", "with"))
    changed = (without != painted).any(-1)
    inside = Lasso(SQUARE, "red").inside(60, 80).numpy()
    assert changed[inside].mean() > 0.9
    assert not changed[~inside].any()


@pytest.mark.parametrize("pad_type", [RegionPad, PointPad, EdgePad])
def test_a_pad_that_has_no_lasso_says_so_and_keeps_its_work(pad_type):
    name = {RegionPad: "guiding_painter-storybook", PointPad: "rtug-natural", EdgePad: "edge_enhancing-natural"}
    pad = pad_type(Colorizer.load(name[pad_type], 64), resize(sample(next(iter(SAMPLES))), (60, 80)))
    before = pad.state
    with pytest.raises(ValueError) as error:
        pad.load_state(before | {"hints": json.loads(to_json([Lasso(SQUARE, "red")]))["hints"]})
    assert "\n" not in str(error.value)
    assert pad.state == before
