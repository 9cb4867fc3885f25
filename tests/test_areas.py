"""What lines close is found through gaps, dashes, hatching, tone and dirt, and is painted by itself."""

import time

import cv2
import numpy as np
import pytest
import torch
from scene_scores import WAYS, Judge, given, main, score
from scenes import scene
from skimage.color import rgb2lab

from colornb import Colorizer
from colornb.areas import OWN, Answer, fill_areas, find_areas
from colornb.drawings import read_drawing
from colornb.drawn_page import read_answers
from colornb.evaluation import read_results
from colornb.hints import Point, Region

SIDES = [256, 600, 1300]
LEAST_RIGHT = 0.97


def areas_of(ink):
    return find_areas(torch.from_numpy(1 - ink.astype(np.float32))[None, None]).numpy()


def polar(side):
    y, x = np.mgrid[:side, :side] - side / 2
    return np.hypot(y, x) / side, np.arctan2(y, x)


def ring(side, thickness=3, gap=0.0, gaps=3):
    """A circle, and as many gaps in it, so long in units of the side."""
    r, angle = polar(side)
    phase = (angle / (2 * np.pi) * gaps + 0.1) % 1
    return ((abs(r - 0.3) * side <= thickness / 2) & (phase * 2 * np.pi * 0.3 / gaps >= gap)).astype(np.uint8)


def disk(side, radius=0.3):
    return polar(side)[0] < radius


def is_parted(labels, ink, inside, least=0.98):
    """Whether one area is inside, another outside, each nearly whole."""
    near = cv2.dilate(ink, np.ones((5, 5), np.uint8)) > 0
    within, without = labels[inside & ~near], labels[~inside & ~near]
    a, b = np.bincount(within).argmax(), np.bincount(without).argmax()
    return a != b and (within == a).mean() >= least and (without == b).mean() >= least


@pytest.mark.sampled(6)
@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("thickness", [1, 3, 8])
@pytest.mark.parametrize("gap", [0, 0.005, 0.01])
def test_a_line_closes_an_area_though_it_has_gaps(side, thickness, gap):
    ink = ring(side, thickness, gap)
    labels = areas_of(ink)
    assert labels.max() <= (3 if gap else 2), "in a gap between thick lines there may be a crumb"
    assert is_parted(labels, ink, disk(side))


@pytest.mark.parametrize("side", SIDES)
def test_an_open_shape_is_no_area(side):
    assert areas_of(ring(side, 3, 0.3)).max() == 1


@pytest.mark.parametrize("side", SIDES)
def test_a_dashed_line_closes_an_area(side):
    ink = ring(side, 3, 0.008, 60)
    assert is_parted(areas_of(ink), ink, disk(side))


def hatched(side, spacing, closed, crossed=False):
    """A disk whose left half is hatched."""
    ink, inside = ring(side), disk(side, 0.3 if closed else 0.28)
    lines = np.zeros_like(ink)
    lines[:: round(spacing * side)] = 1
    if crossed:
        lines[:, :: round(spacing * side)] = 1
    lines[:, side // 2 :] = 0
    return np.maximum(ink, lines & inside)


@pytest.mark.sampled(4)
@pytest.mark.parametrize("side", SIDES[1:])
@pytest.mark.parametrize("spacing", [0.007, 0.011])
@pytest.mark.parametrize("kind", ["open", "closed", "crossed"])
def test_hatching_does_not_shatter_an_area(side, spacing, kind):
    ink = hatched(side, spacing, kind == "closed", kind == "crossed")
    labels = areas_of(ink)
    assert labels.max() <= 4
    if kind == "open":
        assert is_parted(labels, ink, disk(side), 0.95)


@pytest.mark.sampled(1)
@pytest.mark.parametrize("dot", [1, 2])
def test_screentone_is_no_line(dot):
    side = 960
    ink, (y, x) = ring(side, 4), np.mgrid[:960, :960]
    toned = np.maximum(ink, ((x % 5 < dot) & (y % 5 < dot) & disk(side)).astype(np.uint8))
    page = torch.from_numpy(1 - toned.astype(np.float32)).expand(1, 3, -1, -1)
    labels = find_areas(read_drawing(page).lines).numpy()
    assert labels.max() <= 3
    assert is_parted(labels, ink, disk(side))


@pytest.mark.parametrize("side", SIDES)
def test_dirt_and_noise_make_no_areas(side):
    rng, ink = np.random.default_rng(0), ring(side)
    specks = ink.copy()
    for x, y in rng.integers(2, side - 2, (200, 2)):
        specks[y, x : x + 1 + side // 800] = 1
    page = np.clip(1 - specks + rng.normal(0, 0.04, ink.shape), 0, 1).astype(np.float32)
    labels = find_areas(torch.from_numpy(page)[None, None]).numpy()
    assert sorted(np.unique(labels)) == [1, 2]
    assert is_parted(labels, ink, disk(side))


@pytest.mark.parametrize("level", [0.0, 1.0])
@pytest.mark.parametrize("size", [(1, 1), (2, 7), (40, 1), (300, 200)])
def test_an_empty_page_is_one_area_whatever_its_size(size, level):
    assert torch.equal(find_areas(torch.full((1, 1, *size), level)), torch.ones(size, dtype=torch.int32))


def test_balloons_and_gutters_are_areas_with_all_that_is_in_them():
    ink = ring(300)
    ink[140:160, 140:160] = cv2.rectangle(np.zeros((20, 20), np.uint8), (2, 2), (17, 17), 1)
    white = torch.from_numpy(disk(150).astype(np.int64))
    lines = torch.from_numpy(1 - ink.astype(np.float32))[None, None]
    assert find_areas(lines)[150, 150] != find_areas(lines)[110, 150]
    areas = find_areas(lines, white)
    assert len(areas[torch.from_numpy(disk(300, 0.28))].unique()) == 1
    assert areas[150, 150] != areas[5, 5]


def test_a_large_page_takes_a_second():
    rng, ink = np.random.default_rng(0), np.zeros((2000, 2000), np.uint8)
    for x, y, r, thickness in rng.integers((0, 0, 20, 1), (2000, 2000, 300, 9), (60, 4)).tolist():
        cv2.ellipse(ink, (x, y), (r, r), r, 0, 360 - r % 3, 1, thickness)
    lines = torch.from_numpy(1 - ink.astype(np.float32))[None, None]
    find_areas(lines[..., :200, :200])  # what is imported
    times, found = [], []
    for _ in range(2):
        start = time.process_time()
        found.append(find_areas(lines))
        times.append(time.process_time() - start)
    assert min(times) < 2, "twice as long as on a machine that has nothing else to do"
    assert torch.equal(*found)


# What is painted inside of them.


@pytest.fixture
def halves():
    """Two areas, and a network that bleeds from one to the other: dark is left, light is right, and below lighter."""
    lines = torch.ones(1, 1, 400, 400)
    lines[..., 199:201] = 0
    small = torch.linspace(0.3, 0.7, 50).view(1, 1, 1, 50) + torch.linspace(0, 0.2, 50).view(1, 1, 50, 1)
    return small.expand(1, 3, 50, 50), torch.ones(1, 1, 50, 50), find_areas(lines)


def test_no_colour_crosses_a_line(halves):
    filled = fill_areas(*halves)
    step = filled[..., :, 201] - filled[..., :, 198]
    assert step.min() > 0.1, "in the network's colours there is hardly any"
    assert halves[0].diff(dim=-1).max() < 0.01


@pytest.mark.parametrize("shading", [0, 0.5, 1])
def test_an_area_has_the_colour_that_was_given_as_its_mean_and_the_networks_shades(halves, shading):
    blue, areas = (0.2, 0.4, 0.7), halves[2]
    filled = fill_areas(*halves, [Answer(blue, (int(areas[0, 0]),))], shading)
    left = filled[0, :, :, :195]
    assert torch.allclose(left.mean((1, 2)), torch.tensor(blue), atol=0.01)
    assert abs(left[2, -20:].mean() - left[2, :20].mean() - shading * 0.19) < 0.03
    assert torch.equal(filled[..., 205:], fill_areas(*halves)[..., 205:]), "the other is as without a hint"


def test_the_answer_for_most_of_an_area_fills_it_and_a_part_that_is_large_keeps_its_own(halves):
    areas, red, blue = halves[2], (0.8, 0.2, 0.2), (0.2, 0.2, 0.8)
    most, little = (torch.zeros(50, 50, dtype=torch.bool) for _ in range(2))
    most[:, :24], little[:4, :24] = True, True
    filled = fill_areas(*halves, [Answer(red, most), Answer(blue, little)], 0)
    assert torch.allclose(filled[0, :, 20, 20], torch.tensor(red), atol=0.01), "a twelfth is too little"
    little[:25, :24] = True
    filled = fill_areas(*halves, [Answer(red, most), Answer(blue, little)], 0)
    for row, color in ((20, blue), (380, red)):
        assert torch.allclose(filled[0, :, row, 20], torch.tensor(color), atol=0.01)
    assert areas[20, 20] == areas[380, 20]


@pytest.mark.parametrize("place", [(0.1, 0.5), (0.03, 0.9), (0.5, 0.05), (0.45, 0.46), (0.7, 0.2)])
def test_points_of_two_colours_share_an_open_area_by_what_is_nearer(place):
    lines = torch.ones(1, 1, 300, 200)
    lines[..., 100:200, 98:102] = 0.0  # a stroke that closes nothing
    other = 0.9, 0.9
    parted, answers = read_answers([Point(*place, "navy"), Point(*other, "green")], find_areas(lines), lines, None)
    y, x = np.mgrid[:300, :200]
    far = [abs(x - 200 * at[0]) + abs(y - 300 * at[1]) for at in (place, other)]  # in steps between pixels
    nearer = far[0] + 8 < far[1], far[1] + 8 < far[0]
    for answer, own in zip(answers, nearer, strict=True):
        beside = own & ((y < 95) | (y > 205)) & (abs(x - 100) > 20)  # where the stroke is in nobody's way
        assert (parted.numpy()[beside] == answer.where[0]).mean() > 0.9


def test_points_of_two_colours_part_an_area_where_it_is_narrowest():
    lines = torch.ones(1, 1, 300, 300)
    lines[..., 149:152] = 0
    lines[..., 130:170, 149:152] = 1  # no gap in a line: a door
    areas = find_areas(lines)
    assert areas.max() == 1
    points = [Point(0.2, 0.4, "red"), Point(0.9, 0.9, "blue"), Point(0.1, 0.9, "red")]
    same, _ = read_answers(points[::2], areas, lines, None)
    assert torch.equal(same, areas)
    parted, answers = read_answers(points, areas, lines, None)
    assert len(parted[:, :145].unique()) == len(parted[:, 155:].unique()) == 1
    assert [answer.where for answer in answers] == [(parted[9, 9],), (parted[9, 290],), (parted[9, 9],)]


def test_a_narrow_area_that_a_gap_joins_with_a_wide_one_keeps_its_colour_to_itself():
    """The gap is nearly as wide as the area, so the two are one; the wide one has two rooms, the point in the other."""
    lines = torch.ones(1, 1, 700, 700)
    lines[..., 97:303, 97:114] = 0
    lines[..., 100:300, 100:111] = 1
    lines[..., 196:204, 111:114] = 1  # the gap
    lines[..., :500, 399:402] = 0
    areas = find_areas(lines)
    assert areas[105, 105] == areas[600, 600]
    parted, (narrow, wide) = read_answers([Point(0.15, 0.3, "red"), Point(0.8, 0.5, "blue")], areas, lines, None)
    inside = torch.zeros(700, 700, dtype=torch.bool)
    inside[100:300, 100:111] = True
    assert (parted[inside] == narrow.where[0]).float().mean() > 0.98
    assert (parted[~inside & (lines[0, 0] > 0)] == wide.where[0]).float().mean() > 0.98


def test_only_drawings_have_areas(generator):
    colorizer = Colorizer.load("guiding_painter-storybook", 64)
    photo = torch.rand(1, 3, 90, 120, generator=generator)
    hints = [Point(0.2, 0.2, "red"), Region(0, "blue")]
    colorizer.set_image(photo, "photo")
    painted = colorizer.predict(hints)
    colorizer.set_image(photo, "photo", keep_lines=False)
    assert torch.equal(painted, colorizer.predict(hints))
    page = scene(1, 300).page
    colorizer.set_image(page)
    inside = colorizer.predict(hints)
    assert colorizer.predict(hints, full_size=False).shape[-2:] == (64, 64)
    colorizer.set_image(page, keep_lines=False)
    assert not torch.allclose(inside, colorizer.predict(hints), atol=0.1)


# Scenes with a plan: points, and answers about regions, as they come out.


@pytest.fixture(scope="module", params=["guiding_painter-comic", "rtug-storybook"])
def colorizer(request):
    return Colorizer.load(request.param)


@pytest.mark.sampled(3)
@pytest.mark.parametrize("gaps", [False, True])
@pytest.mark.parametrize("number", range(24))
def test_points_fill_what_the_plan_of_a_scene_says(number, gaps, colorizer, campaign, record_property):
    drawn = scene(number, None if campaign else 400, gaps)
    judge, clicks = Judge(drawn), list(drawn.clicks())
    colorizer.set_image(drawn.page, "drawing")
    for colorizer.shading, most in ((0, 2), (0.5, 6)):
        painted = colorizer.predict(clicks)
        record_property(f"right at {colorizer.shading}", judge.share_right(painted))
        assert judge.share_right(painted) >= LEAST_RIGHT
        assert judge.off(painted, given(colorizer, clicks)) <= most


def test_no_dot_is_seen_where_a_point_lies(colorizer):
    drawn = scene(5, 500, False)
    colorizer.set_image(drawn.page, "drawing")
    colorizer.shading, point = 1, max(drawn.clicks(), key=lambda point: area_of(drawn, point).sum())
    light = rgb2lab(colorizer.predict([point], with_ink=False)[0].permute(1, 2, 0).numpy())[..., 0]
    y, x = np.mgrid[:500, :500] / 500
    away = np.hypot(x - point.x, y - point.y) * colorizer.size
    inside = area_of(drawn, point) & drawn.paper
    near, around = (np.median(light[inside & (away >= low) & (away < high)]) for low, high in ((0, 2), (8, 16)))
    colorizer.shading = 0.5
    assert abs(near - around) < 1, "of 100; as these networks paint it, 1.4 and 3.1"


def area_of(drawn, point):
    height, width = drawn.plan.shape
    return drawn.plan == drawn.plan[int(point.y * height), int(point.x * width)]


@pytest.mark.sampled(2)
@pytest.mark.parametrize("gaps", [False, True])
@pytest.mark.parametrize("number", range(24))
def test_answers_by_area_fill_what_the_plan_of_a_scene_says(number, gaps, campaign, record_property):
    found = score(Colorizer.load("guiding_painter-comic"), scene(number, None if campaign else 600, gaps))
    for name, value in found.items():
        record_property(name, value)
    assert min(found["areas"], found["points"]) >= LEAST_RIGHT
    assert found["areas"] >= max(found["pieces"], found["regions"])
    assert found["off"] <= 6
    assert found["off_flat"] <= 2


def test_the_scores_of_scenes_are_a_table(capsys, monkeypatch, tmp_path):
    call = ["scene_scores.py", "--scenes", "1", "--side", "300", "--out", str(tmp_path / "scores.json")]
    monkeypatch.setattr("sys.argv", call)
    main()
    table = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in table[1:6]] == list(WAYS)
    rows, about = read_results(tmp_path / "scores.json")
    assert [row["gaps"] for row in rows] == [False, True]
    assert about["command"].startswith("python tests/scene_scores.py --scenes 1")
    assert f"{rows[1]['areas']:.4f}" in table[4]


def test_an_area_without_an_answer_is_even_in_the_mean_colour_of_the_network():
    lines = torch.ones(1, 1, 64, 64)
    lines[..., 31:33] = 0
    areas = find_areas(lines)
    across = torch.linspace(0.2, 0.8, 64).expand(1, 3, 64, 64)  # what a network painted: darker on the left
    painted = fill_areas(across, lines, areas)
    for half in (np.s_[..., 4:28], np.s_[..., 36:60]):
        before, after = across[half], painted[half]
        assert (before.mean() - after.mean()).abs() < 0.03
        assert after.std().item() == pytest.approx(OWN * before.std().item(), rel=0.2)
