"""The simulated user of drawings: colours for some of the areas that lines close, filled, as strokes or as points."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from pictures import Boxes

from colornb import area_user
from colornb.area_user import answer_areas
from colornb.areas import INK, find_areas
from colornb.colorizer import Colorizer
from colornb.hints import DenseHint, Point, rasterize
from colornb.methods import Progress
from colornb.methods.guiding_painter import PRESETS, Network, Recipe

TINY = PRESETS["tiny"]


def windows(n=4, side=64):
    """Line art in [-1, 1]: three by three panes; each picture's columns of panes are of other widths."""
    lines = torch.ones(n, 1, side, side)
    for number in range(n):
        for at in (1, side // 3 + number, 2 * side // 3 - number, side - 3):
            lines[number, :, at : at + 2] = lines[number, :, :, at : at + 2] = -1
    return lines


def only(way, monkeypatch):
    monkeypatch.setattr(area_user, "CHANCES", tuple(float(way == name) for name in area_user.WAYS))


def drawn(seed, n=4):
    generator = torch.Generator().manual_seed(seed)
    lines, target = windows(n), torch.rand(n, 3, 64, 64, generator=generator) * 2 - 1
    return lines, target, *answer_areas(lines, target, generator)


def shares(lines, mask):
    """Of each area, the share of its pixels that something is said about."""
    areas = find_areas((lines[None] + 1) / 2)
    return areas, [mask[0][areas == k].mean().item() for k in range(1, int(areas.max()) + 1)]


def test_a_filled_area_has_the_mean_colour_of_its_paper(monkeypatch):
    only("fill", monkeypatch)
    lines, target, color, mask = drawn(3)
    told = 0
    for number in range(len(lines)):
        areas, share = shares(lines[number], mask[number])
        assert set(share) <= {0.0, 1.0}
        for k in np.flatnonzero(share) + 1:
            inside, told = areas == k, told + 1
            paper = inside & (lines[number, 0] >= 2 * INK - 1)
            mean = target[number][:, paper].mean(1, keepdim=True)
            assert torch.allclose(color[number][:, inside], mean.expand(-1, int(inside.sum())), atol=1e-3)
    assert told > 5
    assert not color[mask.expand_as(color) == 0].any()


@pytest.mark.parametrize("way, most", [("stroke", 0.5), ("point", 0.1)])
def test_strokes_and_points_say_little_and_stay_inside(way, most, monkeypatch):
    only(way, monkeypatch)
    lines, _, color, mask = drawn(5)
    seen = []
    for number in range(len(lines)):
        areas, share = shares(lines[number], mask[number])
        seen += [s for k, s in enumerate(share, 1) if s and (areas == k).sum() > 100]
        for k in np.flatnonzero(share) + 1:  # one colour in each area: nothing comes from beside it
            inside = (areas == k) & (mask[number, 0] > 0)
            assert len(color[number][:, inside].unique(dim=1).T) == 1
    assert seen and max(seen) < most


def test_any_share_of_the_areas_is_told_and_the_same_by_the_same_generator():
    told = torch.cat([drawn(seed)[3].flatten(1).mean(1) for seed in range(12)])
    assert told.min() < 0.05 and told.max() > 0.9
    assert all(torch.equal(a, b) for a, b in zip(drawn(7), drawn(7), strict=True))


def test_in_training_the_network_is_given_answers_about_areas(monkeypatch, generator):
    only("fill", monkeypatch)
    seen = {}
    for share in (0.0, 1.0):
        config = replace(TINY, areas=share, adv=0.0)
        painter = Network(config, torch.Generator().manual_seed(0))
        painter.colorizer.register_forward_pre_hook(lambda _, inputs: seen.update(x=inputs[0]))
        batch = replace(Boxes(4).batch(torch.arange(4)), sketch=(windows(4, 32) + 1) / 2)
        logs = Recipe(painter, torch.Generator()).step(batch, Progress(0, 2, 1), torch.Generator().manual_seed(1))
        assert logs["rec"].isfinite()
        for number in range(4):
            whole = set(shares(batch.sketch[number] * 2 - 1, seen["x"][number, 4:5].detach())[1]) <= {0.0, 1.0}
            assert whole or not share
    with pytest.raises(ValueError, match="share from 0 to 1"):
        replace(TINY, areas=2.0)
    with pytest.raises(ValueError, match="have no lines"):
        replace(TINY, areas=0.5, condition="L")


def test_a_network_that_was_trained_so_is_given_filled_areas_on_drawings_and_others_the_hints_themselves(generator):
    page, point = (windows(1, 96)[0, None] + 1) / 2, Point(0.5, 0.5, "#c02040")
    for share in (0.0, 1.0):
        network, given = Network(replace(TINY, areas=share), torch.Generator().manual_seed(0)), {}
        network.colorizer.register_forward_pre_hook(lambda _, inputs, given=given: given.update(x=inputs[0]))
        colorizer = Colorizer(network, 96)
        colorizer.set_image(page.expand(-1, 3, -1, -1), "drawing")
        colorizer.predict([point])
        areas = find_areas(page)
        here, patch = (areas == areas[48, 48]).float(), rasterize([point], 96, 96).mask[0, 0]
        assert torch.equal(given["x"][0, 4], here if share else patch)
    lasso = torch.zeros(1, 1, 96, 96)
    lasso[..., 40:60, 40:60] = 1
    dense = DenseHint(torch.full((1, 3, 96, 96), 0.3), lasso)
    assert colorizer.predict([dense]).shape == (1, 3, 96, 96)
