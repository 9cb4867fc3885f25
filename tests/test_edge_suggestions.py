import math

import numpy as np
import pytest
import torch

from colornb import Colorizer, methods
from colornb.edge_suggestions import Stroke, propose_candidates, rank_candidates, rank_strokes
from colornb.filters import dilate
from colornb.hints import EdgeScribble, rasterize_scribbles
from colornb.images import sample

HEIGHT, WIDTH = 60, 90


def ridge(distance, height=0.8, broad=2.0):
    return height * torch.exp(-((distance / broad) ** 2))


@pytest.fixture
def rows():
    """Row and column of every pixel."""
    return torch.meshgrid(torch.arange(HEIGHT).float(), torch.arange(WIDTH).float(), indexing="ij")


def adjacent(path):
    return all(max(abs(y - v), abs(x - u)) == 1 for (y, x), (v, u) in zip(path, path[1:], strict=False))


def test_strokes_cover_the_ridge_of_a_map_and_nothing_else(rows):
    chance = ridge(torch.hypot(rows[0] - 30, rows[1] - 45) - 18)  # a circle
    strokes = propose_candidates(chance)
    marked = torch.zeros(1, 1, HEIGHT, WIDTH)
    for stroke in strokes:
        marked = torch.maximum(marked, stroke.mask(HEIGHT, WIDTH))
    crest = (chance > 0.75).float()[None, None]
    assert (dilate(marked, 5) * crest).sum() > 0.95 * crest.sum()
    assert not (marked[0, 0] * (chance < 0.4)).any()
    assert marked.sum() == pytest.approx(2 * math.pi * 18, rel=0.2)  # one pixel wide


def test_strokes_walk_from_pixel_to_pixel_and_never_twice_over_one(rows):
    wave = ridge(rows[0] - 30 - 12 * torch.sin(rows[1] / 9))
    cross = torch.maximum(wave, ridge(rows[1] - 40))
    places = []
    for stroke in propose_candidates(cross):
        assert len(stroke.path) > 1
        assert adjacent(stroke.path)
        places += stroke.path
    assert len(places) == len(set(places))


@pytest.mark.parametrize("longest", [1 / 10, 1 / 3, 1.0])
def test_no_stroke_is_longer_than_asked(rows, longest):
    strokes = propose_candidates(ridge(rows[0] - 30), longest=longest)
    most = round(longest * HEIGHT)
    assert max(len(stroke.path) for stroke in strokes) == most
    assert sum(len(stroke.path) for stroke in strokes) > 0.9 * WIDTH


def test_the_most_promising_stroke_comes_first(rows):
    chance = ridge(rows[0] - 10, 0.9) + ridge(rows[0] - 45, 0.4)
    strokes = propose_candidates(chance)
    promises = [stroke.promise for stroke in strokes]
    assert promises == sorted(promises, reverse=True)
    for stroke in strokes:
        assert stroke.promise == pytest.approx(sum(chance[place].item() for place in stroke.path))
    assert {round(strokes[0].path[0][0] / 5) for stroke in strokes[:2]} == {2}


def test_low_chances_are_no_candidates(rows):
    chance = ridge(rows[0] - 30, 0.3)
    assert propose_candidates(chance, least=0.25)
    assert not propose_candidates(chance, least=0.35)
    assert not propose_candidates(torch.zeros(HEIGHT, WIDTH))
    assert not propose_candidates(torch.full((HEIGHT, WIDTH), 0.5)), "a plain has no ridge"


def test_a_line_is_followed_straight_through_a_crossing():
    lines = np.zeros((30, 30), bool)
    lines[15, 2:28] = lines[4:26, 15] = True
    first = rank_strokes(lines, np.ones((30, 30)), longest=1.0)[0]
    assert len({y for y, _ in first.path}) == 1 or len({x for _, x in first.path}) == 1
    assert len(first.path) >= 22


@pytest.mark.parametrize("size", [(HEIGHT, WIDTH), (90, 60), (64, 64)])
def test_a_scribble_lies_on_its_stroke_at_any_size(size, generator):
    height, width = size
    y, x, path = height // 2, 2, []
    for _ in range(40):
        path.append((y, x))
        y, x = y + int(torch.randint(-1, 2, (), generator=generator)), x + 1
    stroke = Stroke(path, 1.0)
    scribble = stroke.scribble(height, width, 1e-6)
    assert all(0 <= value <= 1 for point in scribble.path for value in point)
    mask, drawn = stroke.mask(height, width), rasterize_scribbles([scribble], height, width)
    assert mask.sum() == len(path)
    assert not (drawn * (1 - dilate(mask, 3))).any()
    assert not (mask * (1 - dilate(drawn, 3))).any()
    for place in (path[0], path[-1]):
        assert drawn[0, 0][place] == 1
    large = rasterize_scribbles([scribble], 4 * height, 4 * width)
    assert not (large * (1 - dilate(mask, 5).repeat_interleave(4, 2).repeat_interleave(4, 3))).any()


def test_strokes_at_the_border_are_scribbles_too():
    path = [(0, x) for x in range(10)]
    scribble = Stroke(path, 1.0).scribble(10, 10, 0.1)
    assert isinstance(scribble, EdgeScribble)
    assert torch.equal(rasterize_scribbles([scribble], 10, 10), Stroke(path, 1.0).mask(10, 10))


# What a stroke would change.


def two_ridges(rows, first, second):
    """An upright ridge at column 20 and another one at 60, as high as told."""
    return torch.maximum(ridge(rows[1] - 20, first), ridge(rows[1] - 60, second))[None, None]


def brush(left, right):
    """A hand that changes the plane under a scribble by so much, left and right of the middle."""
    by_column = torch.where(torch.arange(WIDTH) < WIDTH // 2, left, right)
    return lambda scribble: scribble * by_column


def column(stroke):
    return stroke.path[0][1]


BLANK = torch.zeros(1, 1, HEIGHT, WIDTH)


def test_of_equally_likely_strokes_the_one_that_changes_more_comes_first(rows):
    chance = two_ridges(rows, 0.8, 0.8)
    for left, right, side in ((0.1, 0.2, 60), (0.2, 0.1, 20)):
        strokes = rank_candidates(chance, BLANK, brush(left, right))
        assert abs(column(strokes[0]) - side) <= 1
        assert len(strokes) == len(propose_candidates(chance[0, 0])), "none is lost, none is added"


def test_a_likelier_stroke_may_still_lose_to_one_that_changes_much(rows):
    chance = two_ridges(rows, 0.8, 0.4)
    assert abs(column(rank_candidates(chance, BLANK, brush(0.1, 0.1))[0]) - 20) <= 1
    assert abs(column(rank_candidates(chance, BLANK, brush(0.1, 1.0))[0]) - 60) <= 1


def test_a_stroke_promises_the_root_of_pixels_times_gain(rows):
    """Three pixels wide, a scribble of n pixels changes 3 n of them by 0.5: a gain of 0.75 n squared."""
    chance = ridge(rows[1] - 45, 0.8)[None, None]
    for stroke in rank_candidates(chance, BLANK, brush(0.5, 0.5)):
        n, mean = len(stroke.path), np.mean([chance[0, 0][place].item() for place in stroke.path])
        assert stroke.promise == pytest.approx(mean * math.sqrt(n * 0.75 * n), rel=0.2)


def test_all_candidates_are_tried_in_one_pass_and_no_more_than_asked(rows):
    asked = []

    def mend(scribble):
        asked.append(scribble)
        return scribble

    chance = two_ridges(rows, 0.8, 0.6)
    strokes = rank_candidates(chance, BLANK, mend, most=1)
    assert len(strokes) == len(asked) == 1
    assert not asked[0][..., 40:].any(), "the likelier one was tried alone"


def test_without_a_candidate_nothing_is_tried():
    def mend(scribble):
        raise AssertionError("nothing to try")

    assert rank_candidates(BLANK, BLANK, mend) == []


# In a picture.


@pytest.fixture
def mender():
    """An edge network whose finder sees two lines, an upright one most of all."""
    network = methods.build("edge_enhancing", "tiny")
    mender = Colorizer(network, 64)
    mender.set_image(sample("coffee"), "photo")

    def find(start):
        rows, columns = (torch.arange(n).float() for n in start.prediction.shape[-2:])
        chance = torch.maximum(ridge(columns[None] - 20, 0.9), ridge(rows[:, None] - 50, 0.5))
        return chance[None, None]

    network.find = find
    return mender


def test_a_colorizer_suggests_scribbles_the_best_first_and_as_many_as_asked(mender):
    first, *others = mender.suggest_edges(n=3)
    assert len(others) == 2
    assert all(x * 96 == pytest.approx(20, abs=2) for x, _ in first.path)
    assert len(mender.suggest_edges(n=1)) == 1


def test_what_is_scribbled_already_is_not_suggested_again(mender):
    done = [EdgeScribble([(20.5 / 96, 0.0), (20.5 / 96, 1.0)])]
    left = mender.suggest_edges(done, n=10)
    assert left
    mask = rasterize_scribbles(done, 64, 96)
    for scribble in left:
        assert not (rasterize_scribbles([scribble], 64, 96) * mask).any()
    assert sum(abs(x * 96 - 20) < 2 for s in mender.suggest_edges(n=10) for x, _ in s.path) > 5
    everything = [*done, EdgeScribble([(0.0, 50.5 / 64), (1.0, 50.5 / 64)])]
    assert len(mender.suggest_edges(everything, n=10)) == 0


def test_a_model_without_an_edge_network_has_nothing_to_suggest():
    plain = Colorizer(methods.build("rtug", "tiny"), 64)
    plain.set_image(sample("coffee"), "photo")
    with pytest.raises(ValueError, match="does not accept edge scribbles") as error:
        plain.suggest_edges()
    assert "\n" not in str(error.value)
