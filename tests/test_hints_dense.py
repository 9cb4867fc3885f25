"""Dense hints: a picture and a mask say the same as the points that they were made of."""

import numpy as np
import pytest
import torch
from shapes import unchecked

from colornb import Colorizer
from colornb.areas import find_areas
from colornb.drawn_page import read_answers
from colornb.hints import DenseHint, Point, rasterize, to_json
from colornb.images import SAMPLES, resize, sample

POINTS = [Point(0.4, 0.45, "#c03020"), Point(0.62, 0.5, "#2060c0", 0.06)]


def disks(side=200):
    """A page with two circles beside each other, and where their insides are."""
    y, x = np.mgrid[:side, :side] / side
    far = [np.hypot(x - at, y - 0.5) for at in (0.27, 0.73)]
    page = np.minimum.reduce([np.clip(abs(r - 0.2) * side - 1, 0, 1) for r in far])
    return torch.from_numpy(page.astype(np.float32))[None, None], [torch.from_numpy(r < 0.18) for r in far]


def strip(top, left, bottom, right, color, side=200):
    """A dense hint of one colour in a rectangle."""
    mask = torch.zeros(1, 1, side, side)
    mask[..., top:bottom, left:right] = 1
    return DenseHint(torch.tensor(color).view(1, 3, 1, 1) * mask, mask)


@pytest.mark.parametrize("name", ["rtug-natural", "guiding_painter-storybook"])
def test_dense_hints_paint_what_the_points_do_that_they_were_made_of(name):
    colorizer = Colorizer.load(name, 64)
    photo = resize(sample(next(iter(SAMPLES))), (64, 80))
    colorizer.set_image(photo, kind="photo")
    dense = rasterize(POINTS, 64, 80)
    told = colorizer.predict(dense=(dense.color, dense.mask))
    assert torch.equal(told, colorizer.predict(POINTS))
    assert not torch.equal(told, colorizer.predict())
    larger = [plane.repeat_interleave(3, 2).repeat_interleave(3, 3) for plane in (dense.color, dense.mask)]
    assert torch.allclose(colorizer.predict(dense=tuple(larger)), told, atol=1e-5)


def test_a_smaller_map_has_the_mean_of_what_is_given_and_loses_nothing_thin():
    color, mask = torch.zeros(1, 3, 8, 8), torch.zeros(1, 1, 8, 8)
    mask[..., 3, :] = 1
    color[0, 0, 3] = torch.tensor([0.2, 0.6] * 4)
    small = DenseHint(color, mask).at(4, 4)
    assert torch.equal(small.mask[0, 0], torch.tensor([[0.0] * 4, [1.0] * 4, [0.0] * 4, [0.0] * 4]))
    assert small.color[0, 0, 1].tolist() == pytest.approx([0.4] * 4)


def test_dense_hints_fill_the_areas_of_a_drawing_that_they_cover():
    lines, insides = disks()
    colorizer = Colorizer.load("guiding_painter-comic", 128)
    colorizer.set_image(lines.expand(-1, 3, -1, -1), kind="drawing")
    hint = strip(95, 40, 105, 60, (0.8, 0.2, 0.1))
    painted = colorizer.predict(dense=(hint.color, hint.mask))
    assert painted[0][:, insides[0]].mean(1).tolist() == pytest.approx([0.8, 0.2, 0.1], abs=0.06)
    assert (painted[0][:, insides[1]].mean(1) - torch.tensor([0.8, 0.2, 0.1])).abs().max() > 0.1


def test_patches_of_two_colours_part_an_area_and_what_reaches_over_a_line_says_nothing():
    lines, insides = disks()
    areas = find_areas(lines)
    dense = strip(95, 30, 105, 50, (1.0, 0.0, 0.0))
    other = strip(95, 60, 105, 92, (0.0, 0.0, 1.0))  # its last pixels are beyond the line
    both = DenseHint(dense.color + other.color, dense.mask + other.mask)
    parted, answers = read_answers([both], areas, lines, None)
    assert {answer.color for answer in answers} == {(1.0, 0.0, 0.0), (0.0, 0.0, 1.0)}
    inside = parted[insides[0]]
    shares = {answer.color: (inside == answer.where[0]).float().mean().item() for answer in answers}
    assert sum(shares.values()) == pytest.approx(1)
    assert min(shares.values()) > 0.15
    assert not any((parted[insides[1]] == answer.where[0]).any() for answer in answers)


def test_a_stroke_along_a_line_is_about_the_ink_and_says_nothing_of_what_lies_beside_it():
    lines, insides = disks()
    areas, y, x = find_areas(lines), *np.mgrid[:200, :200] / 200
    far = torch.from_numpy(np.hypot(x - 0.27, y - 0.5))
    found = {}
    for inner, outer in ((0.189, 0.211), (0.16, 0.206)):  # on the line with pixels beside it, and mostly beside it
        mask = ((far > inner) & (far < outer)).float()[None, None]
        found[inner] = read_answers([DenseHint(mask.repeat(1, 3, 1, 1) * 0.1, mask)], areas, lines, None)[1]
    assert ((far > 0.189) & (far < 0.211) & (lines[0, 0] >= 0.75)).any()
    assert found[0.189] == []
    assert areas[insides[0]].unique().tolist() in [list(answer.where) for answer in found[0.16]]


def test_of_very_many_colours_an_area_has_the_mean(generator):
    lines, insides = disks()
    color = torch.rand(1, 3, 200, 200, generator=generator)
    mask = insides[0][None, None].float()
    areas, answers = read_answers([DenseHint(color, mask)], find_areas(lines), lines, None)
    assert len(answers) == 1
    assert answers[0].color == pytest.approx([0.5] * 3, abs=0.02)
    assert (areas[insides[0]] == answers[0].where[0]).all()


def test_no_dense_hint_at_all_changes_nothing():
    lines, _ = disks()
    colorizer = Colorizer.load("guiding_painter-storybook", 64)
    colorizer.set_image(lines.expand(-1, 3, -1, -1), kind="drawing")
    nothing = torch.zeros(1, 3, 50, 70), torch.zeros(1, 1, 50, 70)
    assert torch.equal(colorizer.predict(dense=nothing), colorizer.predict())


@pytest.mark.parametrize(
    ("color", "mask", "words"),
    [
        (torch.zeros(3, 8, 8), torch.zeros(1, 1, 8, 8), "give"),
        (torch.zeros(1, 3, 8, 8), torch.zeros(1, 1, 8, 9), "give"),
        (torch.zeros(1, 3, 8, 8), torch.zeros(8, 8), "give"),
        (torch.full((1, 3, 8, 8), 255.0), torch.ones(1, 1, 8, 8), "scale"),
        (torch.full((1, 3, 8, 8), torch.nan), torch.ones(1, 1, 8, 8), "scale"),
    ],
)
def test_what_is_no_picture_with_its_mask_is_refused_in_one_line(color, mask, words):
    with unchecked(), pytest.raises(ValueError, match=words) as refused:
        DenseHint(color, mask)
    assert "\n" not in str(refused.value)


def test_dense_hints_are_for_no_file():
    with pytest.raises(ValueError, match="points or regions"):
        to_json([strip(0, 0, 5, 5, (1.0, 0.0, 0.0))])
