"""Methods told the same at the same places, shipped networks on shares of the pictures, NRI as far as the paper's."""

from dataclasses import replace

import pytest
import torch

from colornb import data
from colornb.commands.experiment import _check
from colornb.data import with_sketches
from colornb.evaluation import needed_hints
from colornb.experiments import Trainer, baselines, unusual_colors, user_study
from colornb.experiments._painting import paintings
from colornb.experiments._trainer import Share

OURS = baselines.OURS
SHIPPED = replace(baselines.CONFIG, preset="guiding_painter-storybook", size=32, tests=6, seeds=(0, 1))


@pytest.fixture(scope="module")
def painting():
    guide, pictures = baselines.tested(Trainer(SHIPPED), "storybook", OURS, 0)
    return next(paintings(guide, pictures))


def test_a_point_lies_in_its_region_and_no_two_share_a_cell(painting, generator):
    cells = unusual_colors.points(painting.regions, generator)
    assert cells.sum(1).max() == 1
    flat = (cells.flatten(0, 1), painting.regions.flatten(0, 1), painting.used.flatten())
    for found, region, used in zip(*flat, strict=True):
        assert found.sum() in ((0, unusual_colors.CELL**2) if used else (0,))
        assert not found.any() or (found * region).any()
    assert cells.flatten(2).any(2).sum() > painting.used.sum() / 2


def test_all_are_told_as_many_hints_in_the_same_colors_and_a_move_of_nothing_leaves_them_true(painting, generator):
    given = unusual_colors.told(painting, 0.0, generator)
    assert torch.equal(given.colors, painting.true_colors)
    assert given.shown.sum(1).max() <= unusual_colors.HINTS
    assert not given.shown[~painting.used].any()
    moved = unusual_colors.told(painting, 0.25, generator)
    assert 0 < (moved.colors - painting.true_colors).abs().max() <= 0.25


def test_ranks_are_those_of_a_plain_loop(generator):
    found = {name: [torch.rand(4, 5, generator=generator) for _ in range(2)] for name in "abc"}
    found["b"][1][0, 2] = torch.nan  # nobody is ranked on a picture without a hint
    rows = unusual_colors.ranked(found)
    scores = {name: torch.cat(each, 1) for name, each in found.items()}
    known = [i for i in range(10) if i != 7]
    for name in found:
        ahead = [sum(scores[other][0, i] < scores[name][0, i] for other in found) for i in known]
        assert rows[name]["top_1"] == pytest.approx(sum(n < 1 for n in ahead) / 9)
        assert rows[name]["top_2"] == pytest.approx(sum(n < 2 for n in ahead) / 9)
        assert rows[name]["followed"] == pytest.approx(scores[name][0, known].mean().item())
    assert sum(row["top_1_points"] for row in rows.values()) == pytest.approx(1)


def test_shipped_methods_follow_their_hints_and_the_one_in_regions_best(monkeypatch):
    monkeypatch.setattr(unusual_colors, "MOVES", (64,))
    rows = unusual_colors.run(Trainer(replace(SHIPPED, size=64)))
    assert [(row["seed"], row["method"]) for row in rows] == [(s, m) for s in (0, 1) for m in (OURS, "RTUG", "AlacGAN")]
    for row in (row for row in rows if row["method"] == OURS):
        assert row["followed"] < 0.8 * row["ignored"]
        assert row["top_1"] > 0.5


def test_a_checkpoint_is_measured_on_a_share_of_the_pictures_for_each_seed():
    trainer = Trainer(SHIPPED)
    shares = [trainer.tested("storybook", seed)[1] for seed in SHIPPED.seeds]
    whole = trainer.pictures("storybook", "test", trainer.load())
    assert [*shares[0].names, *shares[1].names] == [*whole.names]
    second = shares[1].batch(torch.tensor([0])).rgb
    assert torch.equal(second, whole.batch(torch.tensor([3])).rgb)
    assert isinstance(shares[0], Share)
    with pytest.raises(ValueError, match="is trained already, without stage"):
        trainer.tested("storybook", 0, stage="full")
    _check(SHIPPED, torch.device("cpu"), baselines.CONFIG.preset)


def test_with_thirty_hints_a_failure_counts_31_and_with_fewer_the_same_users_fail(monkeypatch):
    monkeypatch.setattr(baselines, "METHODS", {name: baselines.METHODS[name] for name in ("RTUG", OURS)})
    rows = {row["method"]: row for row in baselines.run(Trainer(replace(SHIPPED, seeds=(0,))))}
    pages = with_sketches(data.open("storybook", "test", 64, n=6), 32)
    for name, row in rows.items():
        network = baselines.tested(Trainer(SHIPPED), "storybook", name, 0)[0]
        for most, mark in ((8, ""), (30, "_30")):
            needed = needed_hints(network, pages, row["benchmark"], most)
            assert row[f"nri{mark}"] == pytest.approx(needed.double().mean().item())
            assert row[f"failures{mark}"] == pytest.approx((needed == most + 1).double().mean().item())
        assert len(row["fd_curve"]) == len(row["curve"]) == 9
    ours = rows[OURS]  # eight regions, so that what fails with 8 hints fails with 30
    assert ours["failures_30"] == ours["failures"] > 0
    assert ours["nri_30"] == pytest.approx(ours["nri"] + ours["failures"] * (31 - 9))


def test_a_study_of_another_checkpoint_gives_it_points_and_scribbles_and_says_what_each_gains():
    config = replace(user_study.CONFIG, preset="rtug-natural", size=32, tests=2, seeds=(0, 1))
    rows = user_study.run(Trainer(config))
    assert [row["method"] for row in rows] == ["points", "edge scribbles"]
    for row in rows:
        assert row["pictures"] == 2
        assert row["psnr_gain"] == pytest.approx(row["psnr"] - row["psnr_before"])
        assert row["psnr_gain_pictures"] > 0
        assert "tpi_difference" not in row
