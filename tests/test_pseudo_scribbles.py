import numpy as np
import pytest
import torch
from scipy.ndimage import label

from colornb.color import rgb_to_lab
from colornb.edges import ab_edges
from colornb.filters import dilate, gaussian_blur
from colornb.images import resize, sample
from colornb.pseudo_scribbles import Scribbles, choose_edges, dilate_each, pseudo_scribbles


@pytest.fixture(scope="module")
def true():
    """A and b of three photographs."""
    small = [resize(sample(name), (96, 120)) for name in ("coffee", "chelsea", "astronaut")]
    return rgb_to_lab(torch.cat(small))[:, 1:]


@pytest.fixture(scope="module")
def painted(true):
    """The same with colours that have bled."""
    return gaussian_blur(true, 6.0)


def parts(mask):
    """How many connected parts each map has, over sides and corners."""
    return [label(plane, np.ones((3, 3)))[1] for plane in mask[:, 0].numpy()]


def lines(*lengths, rows=40, columns=60):
    """One map with a straight line of each length, far from one another."""
    mask = torch.zeros(1, 1, rows, columns)
    for i, length in enumerate(lengths):
        mask[0, 0, 4 + 8 * i, 3 : 3 + length] = 1
    return mask


def seeded(seed):
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize("tolerance", [0, 1, 3])
def test_a_marked_edge_is_true_and_nowhere_near_a_painted_one(true, painted, tolerance, generator):
    marks = pseudo_scribbles(true, painted, generator, tolerance=tolerance)
    assert torch.equal(marks.true, ab_edges(true))
    assert torch.equal(marks.prediction, ab_edges(painted))
    had = dilate(marks.prediction, 2 * tolerance + 1)
    assert torch.equal(marks.lost, marks.true * (1 - had))
    assert marks.found.all()
    assert not (marks.edge * (1 - marks.true)).any()
    assert not (marks.edge * had).any()


def test_a_marked_edge_is_all_of_one_connected_edge(true, painted):
    for seed in range(10):
        marks = pseudo_scribbles(true, painted, seeded(seed))
        assert parts(marks.edge) == [1, 1, 1]
        beside = dilate(marks.edge, 3) * (1 - marks.edge)
        assert not (beside * marks.lost).any(), "it goes on"


def test_nothing_is_marked_where_the_painting_is_true(true, painted, generator):
    mixed = torch.stack([true[0], painted[1], true[2]])
    marks = pseudo_scribbles(true, mixed, generator)
    assert marks.found.tolist() == [False, True, False]
    assert marks.scribble.flatten(1).any(1).tolist() == [False, True, False]
    assert not marks.lost[[0, 2]].any()


def test_found_says_which_maps_have_an_edge():
    some, none = torch.eye(4).view(1, 1, 4, 4), torch.zeros(1, 1, 4, 4)
    edge = torch.cat([some, none])
    assert Scribbles(edge, edge, edge, edge, none.expand(2, 1, 4, 4)).found.tolist() == [True, False]


@pytest.mark.parametrize("width", range(1, 12))
def test_a_straight_line_becomes_as_wide_as_asked(width):
    upright = torch.zeros(1, 1, 30, 30)
    upright[..., 15] = 1
    for line, across in ((upright, 3), (upright.mT, 2)):
        wide = dilate_each(line, torch.tensor([width]), 11)
        thickness = wide.sum(across).flatten()
        assert (thickness == width).all()
        assert (wide >= line).all()
        assert wide.unique().tolist() == [0, 1]


def test_each_picture_has_a_width_of_its_own_between_the_limits(generator):
    true = torch.zeros(300, 2, 24, 24)
    true[:, 0, :, 12:] = 60
    marks = pseudo_scribbles(true, torch.zeros_like(true), generator, widths=(2, 5))
    assert set(marks.edge[:, 0, 8].sum(-1).tolist()) == {1}
    widths = marks.scribble[:, 0, 8].sum(-1)
    counts = [(widths == width).sum().item() for width in (2, 3, 4, 5)]
    assert sum(counts) == 300
    assert min(counts) > 45  # 75 expected, deviation 7.5


def test_the_same_seed_marks_the_same_and_another_does_not(true, painted):
    first, again, other = (pseudo_scribbles(true, painted, seeded(seed)) for seed in (3, 3, 4))
    assert torch.equal(first.scribble, again.scribble)
    assert not torch.equal(first.edge, other.edge)


def test_an_edge_is_chosen_as_often_as_it_is_long(generator):
    n, lengths = 3000, (5, 10, 35)
    lost = lines(*lengths).expand(n, -1, -1, -1)
    chosen = choose_edges(lost, torch.ones(n, dtype=torch.int64), 1, generator)
    assert set(parts(chosen)) == {1}
    sizes = chosen.flatten(1).sum(1)
    for length in lengths:
        share, expected = (sizes == length).double().mean().item(), length / sum(lengths)
        assert share == pytest.approx(expected, abs=4.5 * (expected * (1 - expected) / n) ** 0.5)


def test_several_edges_are_marked_at_most_as_many_as_asked(generator):
    n = 600
    lost = lines(30, 30, 30, 30).expand(n, -1, -1, -1)
    counts = torch.randint(1, 4, (n,), generator=generator)
    found = torch.tensor(parts(choose_edges(lost, counts, 3, generator)))
    assert (found >= 1).all()
    assert (found <= counts).all()
    assert set(found.tolist()) == {1, 2, 3}
    # Of four alike, the second draw is another one three times out of four, and so is the one or the other.
    assert (found[counts == 2] == 2).double().mean().item() == pytest.approx(0.75, abs=0.13)


def test_several_edges_of_a_photograph_are_as_many_parts(true, painted):
    most = max(max(parts(pseudo_scribbles(true, painted, seeded(i), max_edges=3).edge)) for i in range(8))
    assert most == 3
    marks = pseudo_scribbles(true, true, seeded(0), max_edges=3)
    assert not marks.edge.any()


def test_more_edges_than_pixels_are_all_of_them(generator):
    lost = lines(8)
    chosen = choose_edges(lost, torch.tensor([5000]), 5000, generator)
    assert torch.equal(chosen, lost)
