"""Colour that spreads without learning, against a dense computation of the same and what must hold of it."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from colornb.experiments import Trainer
from colornb.experiments import propagation as measured
from colornb.propagation import affinities, propagate


def dense(light, color, mask):
    """The same by loops over pixels, and least squares over the whole matrix."""
    height, width = light.shape
    rows, wanted = [], []
    for y in range(height):
        for x in range(width):
            row = np.zeros((height, width))
            row[y, x] = 1
            if not mask[y, x]:
                around = [
                    (j, i)
                    for j in range(max(0, y - 1), min(height, y + 2))
                    for i in range(max(0, x - 1), min(width, x + 2))
                ]
                variance = np.var([light[place] for place in around])
                weights = {
                    place: np.exp(-((light[place] - light[y, x]) ** 2) / max(0.6 * variance, 2e-6))
                    for place in around
                    if place != (y, x)
                }
                for place, weight in weights.items():
                    row[place] = -weight / sum(weights.values())
            rows.append(row.ravel())
            wanted.append(color[:, y, x] if mask[y, x] else np.zeros(len(color)))
    return np.linalg.lstsq(np.array(rows), np.array(wanted))[0].T.reshape(color.shape)


@pytest.fixture
def picture(generator):
    """Two small pictures with hints at some places: gray, colours, mask."""
    light = torch.rand(2, 1, 7, 9, generator=generator)
    light[:, :, :3] = 0.5  # a flat place, too
    mask = (torch.rand(2, 1, 7, 9, generator=generator) < 0.1).float()
    mask[:, :, 2, 3] = 1
    return light, torch.rand(2, 2, 7, 9, generator=generator) * mask, mask


def test_it_is_what_a_dense_solution_finds(picture):
    found = propagate(*picture)
    for row, light, color, mask in zip(found, *picture, strict=True):
        expected = dense(light[0].double().numpy(), color.double().numpy(), mask[0].numpy())
        assert row.numpy() == pytest.approx(expected, abs=1e-6)


def test_hints_stay_and_nothing_leaves_their_range(picture):
    light, color, mask = picture
    found = propagate(light, color, mask)
    kept = mask.expand_as(color) > 0
    assert torch.equal(found[kept], color[kept])
    for row, own, where in zip(found, color, kept, strict=True):
        assert (row <= own[where].max() + 1e-6).all()
        assert (row >= own[where].min() - 1e-6).all()


def test_hints_of_one_colour_paint_all_of_it(picture):
    light, color, mask = picture
    assert propagate(light, 0.3 * mask.expand_as(color), mask).numpy() == pytest.approx(0.3, abs=1e-6)


def test_contrast_changes_nothing_where_something_is_seen(generator):
    light = torch.rand(1, 1, 6, 6, generator=generator)
    color, mask = torch.zeros(1, 1, 6, 6), torch.zeros(1, 1, 6, 6)
    mask[..., 0, 0], mask[..., 5, 5], color[..., 5, 5] = 1, 1, 1
    once = propagate(light, color, mask)
    assert propagate(0.25 + light / 2, color, mask).numpy() == pytest.approx(once.numpy(), abs=1e-4)


def test_colour_stops_at_an_edge_and_not_in_a_flat_place():
    light, mask = torch.zeros(1, 1, 8, 8), torch.zeros(1, 1, 8, 8)
    light[..., 4:] = 1
    mask[..., 4, 0] = mask[..., 4, 7] = 1
    color = mask.clone()
    color[..., 0] = -1.0
    found = propagate(light, color * mask, mask)[0, 0]
    assert (found[:, :4] < -0.95).all()
    assert (found[:, 4:] > 0.95).all()
    flat = propagate(torch.full_like(light, 0.5), color * mask, mask)[0, 0]
    assert -0.9 < flat[0, 3] < 0
    assert 0 < flat[0, 4] < 0.9


def test_neighbours_share_a_whole(generator):
    weights = affinities(torch.rand(5, 4, generator=generator).double().numpy())
    assert weights.sum(1) == pytest.approx(1)
    assert weights.diagonal() == pytest.approx(0)
    assert weights[[0]].nnz == 3


def test_without_a_hint_it_says_what_to_do(picture):
    light, color, mask = picture
    with pytest.raises(ValueError, match="give one colour"):
        propagate(light, color, mask * torch.tensor([1.0, 0.0]).view(2, 1, 1, 1))


def test_a_picture_that_is_given_whole_stays_as_it_is(picture):
    light, color, _ = picture
    assert torch.equal(propagate(light, color, torch.ones_like(light)), color)


def test_what_learning_brings_is_measured_from_the_same_points(monkeypatch):
    seen = []
    monkeypatch.setattr(measured, "COUNTS", (0, 3, 40))
    monkeypatch.setattr(measured, "propagate", lambda *given: seen.append(given[2]) or propagate(*given))
    rows = measured.run(Trainer(replace(measured.CONFIG, preset="edge_enhancing-natural", size=48, tests=4)))
    level = {(row["method"], row["hints"]): row["psnr"] for row in rows}
    networks = {"edge_enhancing-natural", measured.OTHER}
    assert {method for method, count in level if not count} == networks | {measured.GRAY}
    assert {method for method, count in level if count} == networks | {measured.SPREAD}
    for row in rows:
        base = level[measured.SPREAD if row["hints"] else measured.GRAY, row["hints"]]
        assert row["gain"] == pytest.approx(row["psnr"] - base, abs=1e-4)
        assert row["interval"] > 0
    assert level["without learning", 40] > level["without learning", 3] + 1
    few, many = seen
    assert few.flatten(1).sum(1).max() <= 3 * 9 * 9
    assert (many >= few).all(), "fewer points are the first of more"


def test_networks_for_drawings_do_not_compare():
    with pytest.raises(ValueError, match="rtug-storybook paints no photographs"):
        measured.run(Trainer(replace(measured.CONFIG, preset="rtug-storybook", size=48, tests=4)))


@pytest.mark.parametrize(
    "shapes", [((1, 1, 4, 4), (1, 2, 4, 3), (1, 1, 4, 4)), ((1, 3, 4, 4), (1, 2, 4, 4), (1, 1, 4, 4))]
)
def test_pictures_of_other_sizes_are_refused(shapes):
    with pytest.raises(ValueError, match="give pictures of one size"):
        propagate(*(torch.ones(shape) for shape in shapes))
