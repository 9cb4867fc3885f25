import math

import numpy as np
import pytest
import torch
from pictures import Boxes

from colornb import methods
from colornb.color import AB_MAX, decode, encode, rgb_to_lab
from colornb.edges import near
from colornb.hints import sample_counts
from colornb.mending import METRICS, Scribbling, evaluate_scribbles, interval
from colornb.metrics import psnr
from colornb.scribbles import pseudo_scribbles
from colornb.types import Batch

HOW = Scribbling(n=8, batch_size=8, seed=3)
DATA = Boxes(8, 64)


class Gray:
    """Pictures without any colour: nothing can bleed."""

    def __len__(self):
        return 3

    def batch(self, index, generator=None):
        return Batch(torch.linspace(0, 1, 48).expand(len(index), 3, 48, 48))


def mender(backbone="rtug:tiny", scale=0.0):
    network = methods.build("edge_enhancing", "tiny", backbone=backbone).eval()
    generator = torch.Generator().manual_seed(1)
    for name, value in network.enhancers.named_parameters():
        if "last.weight" in name and scale:
            value.data.normal_(0, scale, generator=generator)
    return network


@pytest.mark.parametrize("backbone", ["rtug:tiny", "rtug:tiny_sketch", "guiding_painter:tiny", "pix2pix:tiny_photo"])
def test_what_has_not_learned_mends_nothing(backbone):
    fresh = mender(backbone)
    before, after = evaluate_scribbles(fresh.backbone, {"fresh": fresh}, DATA, HOW)
    assert before["painted"] == "before"
    assert after["painted"] == "fresh"
    assert before["scribbles"] == after["scribbles"] == 8
    for metric in METRICS:
        assert after[metric] == before[metric]
        assert after[f"{metric}_gain"] == 0
        assert after[f"{metric}_ci"] == 0
        assert math.isfinite(before[metric])


def test_scores_before_are_those_of_the_pictures_as_they_were_painted():
    backbone = methods.build("rtug", "tiny").eval()
    (row,) = evaluate_scribbles(backbone, {}, DATA, HOW)
    generator, truth = torch.Generator().manual_seed(3), DATA.rgb
    look = backbone.look(encode(truth, "L"))
    with torch.no_grad():
        counts = sample_counts(8, 128, generator, 0.02)
        ab = backbone.paint(look, *backbone.simulate(look, encode(truth, "ab"), counts, generator))
    marks = pseudo_scribbles(
        encode(truth, "ab") * AB_MAX, ab * AB_MAX, generator, widths=(1, 5), thresholds=(0.15, 0.3)
    )
    assert marks.found.all()
    painted = decode(ab, "ab", rgb_to_lab(truth)[:, :1])
    assert row["psnr"] == pytest.approx(psnr(painted, truth).mean().item(), rel=1e-4)
    close = near(marks.edge, 7)[:, 0].bool()
    error = [(painted[i][:, close[i]] - truth[i][:, close[i]]).double().square().mean() for i in range(8)]
    assert row["psnr_near"] == pytest.approx(-10 * torch.stack(error).log10().mean().item(), rel=1e-4)


def test_what_adds_something_is_measured_against_before():
    awake = mender(scale=0.05)
    before, after = evaluate_scribbles(awake.backbone, {"awake": awake}, DATA, HOW)
    assert after["psnr_near_gain"] != 0
    assert after["psnr_near_gain"] == pytest.approx(after["psnr_near"] - before["psnr_near"], rel=1e-6)
    assert after["psnr_near_ci"] > 0
    assert not any(key.endswith(("_gain", "_ci")) for key in before)


def test_all_networks_mend_the_same_scribbles_and_are_left_as_they_were():
    fresh, awake = mender(), mender(scale=0.05).train()
    rows = evaluate_scribbles(fresh.backbone, {"a": awake, "b": fresh, "c": awake}, DATA, HOW)
    (alone,) = evaluate_scribbles(fresh.backbone, {}, DATA, HOW)
    assert rows[0] == alone
    assert rows[1] == {**rows[3], "painted": "a"}
    assert rows[2]["psnr"] == rows[0]["psnr"]
    assert awake.training


def test_pictures_take_turns_until_there_are_enough_scribbles():
    backbone = methods.build("rtug", "tiny")
    data, seen = Boxes(3, 48), []
    data.batch = lambda index, generator: seen.extend(index.tolist()) or Batch(data.rgb[index])
    (row,) = evaluate_scribbles(backbone, {}, data, Scribbling(n=7, batch_size=1))
    assert row["scribbles"] == 7
    assert seen == [0, 1, 2, 0, 1, 2, 0], "and no more are painted"


def test_without_any_lost_edge_there_is_nothing_to_measure():
    with pytest.raises(ValueError, match="no edge is lost") as error:
        evaluate_scribbles(methods.build("rtug", "tiny"), {}, Gray())
    assert "\n" not in str(error.value)


# The interval.


def numpys(values, groups, draws=4000):
    """The bootstrap over groups, one draw after the other."""
    random = np.random.default_rng(1)
    parts = [values[groups == group] for group in np.unique(groups)]
    means = [
        np.concatenate([parts[i] for i in random.integers(len(parts), size=len(parts))]).mean() for _ in range(draws)
    ]
    low, high = np.quantile(means, [0.025, 0.975])
    return (high - low) / 2


def test_the_interval_is_that_of_a_bootstrap_over_pictures(generator):
    groups = torch.randint(0, 40, (200,), generator=generator)
    values = torch.randn(200, generator=generator) + 3 * torch.randn(40, generator=generator)[groups]
    found = interval(values, groups)
    assert found == pytest.approx(numpys(values.numpy(), groups.numpy()), rel=0.1)
    assert found > 2 * interval(values, torch.arange(200)), "values of one picture are alike"


def test_of_independent_values_the_interval_is_that_of_the_normal_law(generator):
    values = torch.randn(400, generator=generator)
    assert interval(values, torch.arange(400)) == pytest.approx(1.96 * values.std().item() / 20, rel=0.12)


def test_values_that_are_not_numbers_do_not_count(generator):
    values, groups = torch.randn(30, generator=generator), torch.arange(30) // 3
    more, further = (
        torch.cat([values, torch.full((5,), math.nan)]),
        torch.cat([groups, torch.tensor([0, 1, 50, 51, 52])]),
    )
    assert interval(more, further) == interval(values, groups)
    assert math.isnan(interval(torch.full((4,), math.nan), torch.arange(4)))
    assert interval(torch.ones(6), torch.arange(6)) == 0
