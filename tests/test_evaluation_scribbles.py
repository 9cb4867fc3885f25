import json
import math
from dataclasses import asdict, replace

import numpy as np
import pytest
import torch
from pictures import Boxes

from colornb import methods
from colornb.color import AB_MAX, decode, encode, rgb_to_lab
from colornb.evaluation import (
    USERS,
    ScribbleProtocol,
    bootstrap_ci,
    evaluate_scribbles,
    evaluate_users,
    share_protocol,
    trials,
)
from colornb.evaluation.scribbles import METRICS
from colornb.filters import dilate
from colornb.hints import paint_patches, sample_counts, sample_patches
from colornb.metrics import cdr, psnr
from colornb.pseudo_scribbles import pseudo_scribbles
from colornb.types import Batch

N = 4  # pictures, each with one scribble
HOW = ScribbleProtocol(n=N, batch_size=N, seed=3)
DATA = Boxes(N, 64)


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
    assert before["scribbles"] == after["scribbles"] == N
    for metric in METRICS:
        assert after[metric] == before[metric]
        assert after[f"{metric}_gain"] == 0
        assert after[f"{metric}_ci"] == 0
        assert math.isfinite(before[metric])


@pytest.mark.parametrize("patches", [None, (1, 9), (8, 32)])
def test_scores_before_are_those_of_the_pictures_as_they_were_painted(patches):
    """With hints of the network's own sides in pixels, or of those sides at 256 pixels: here at a quarter of them."""
    backbone = methods.build("rtug", "tiny").eval()
    (row,) = evaluate_scribbles(backbone, {}, DATA, replace(HOW, patches=patches))
    generator, truth = torch.Generator().manual_seed(3), DATA.rgb
    encoding, colors = backbone.encode(encode(truth, "L")), encode(truth, "ab")
    with torch.no_grad():
        counts = sample_counts(N, 128, generator, 0.02)
        if patches is None:
            told = backbone.simulate_hints(encoding, colors, counts, generator)
        else:
            told = paint_patches(sample_patches(N, 512, (64, 64), generator, patches, scale=1 / 4), colors, counts)
        ab = backbone.paint(encoding, *told)
    marks = pseudo_scribbles(
        encode(truth, "ab") * AB_MAX, ab * AB_MAX, generator, widths=(1, 5), thresholds=(0.15, 0.3)
    )
    assert marks.found.all()
    painted = decode(ab, "ab", rgb_to_lab(truth)[:, :1])
    assert row["psnr"] == pytest.approx(psnr(painted, truth).mean().item(), rel=1e-4)
    close = dilate(marks.edge, 7)[:, 0].bool()
    error = [(painted[i][:, close[i]] - truth[i][:, close[i]]).double().square().mean() for i in range(N)]
    assert row["psnr_near"] == pytest.approx(-10 * torch.stack(error).log10().mean().item(), rel=1e-4)
    shares = {
        "cdr": cdr(painted, truth, 7, marks.edge),
        "cdr_published": cdr(painted, truth, 7, marks.scribble, protocol="published"),
    }
    for name, found in shares.items():
        assert row[name] == pytest.approx(found.nanmean().item(), abs=1e-4)


def test_a_smaller_picture_is_told_the_same_share_of_its_colours():
    """At 64 pixels a patch is no smaller than one pixel, which is a little more."""
    backbone = methods.build("rtug", "tiny", sides=(1, 9)).eval()

    def told(size, how):
        _, trial = next(trials(backbone, Boxes(16, size), replace(how, n=16, batch_size=16)))
        return trial.hint_maps[1].mean().item()

    scaled, fixed = (
        [told(size, ScribbleProtocol(patches=patches)) for size in (128, 64)] for patches in ((1, 9), None)
    )
    assert scaled[1] == pytest.approx(scaled[0], rel=0.3)
    assert fixed[1] > 2.5 * fixed[0]
    assert fixed[0] > 3 * scaled[0]


def test_a_network_that_guides_or_listens_to_nobody_has_its_own_user():
    for backbone in ("guiding_painter:tiny", "pix2pix:tiny_photo"):
        network = mender(backbone).backbone
        one, other = (evaluate_scribbles(network, {}, DATA, replace(HOW, patches=p)) for p in ((1, 9), None))
        assert one[0]["psnr"] == other[0]["psnr"]


def test_what_adds_something_is_measured_against_before():
    awake = mender(scale=0.05)
    before, after = evaluate_scribbles(awake.backbone, {"awake": awake}, DATA, HOW)
    assert after["psnr_near_gain"] != 0
    assert after["psnr_near_gain"] == pytest.approx(after["psnr_near"] - before["psnr_near"], rel=1e-6)
    assert after["psnr_near_ci"] > 0
    for row in (before, after):
        assert row["near_gap"] == pytest.approx(row["psnr_near"] - row["psnr"], rel=1e-6)
        assert 0 < row["near_gap_interval"] < row["psnr_near_interval"] + row["psnr_interval"]
    assert not any(key.endswith(("_gain", "_ci")) for key in before)


def test_all_networks_mend_the_same_scribbles_and_are_left_as_they_were():
    fresh, awake = mender(), mender(scale=0.05).train()
    rows = evaluate_scribbles(fresh.backbone, {"a": awake, "b": fresh, "c": awake}, DATA, HOW)
    (alone,) = evaluate_scribbles(fresh.backbone, {}, DATA, HOW)
    assert rows[0] == alone
    assert rows[1] == {**rows[3], "painted": "a"}
    assert rows[2]["psnr"] == rows[0]["psnr"]
    assert awake.training


class Leave(torch.nn.Module):
    """A mender of somebody else's: all it has in common with ours is what is asked of it."""

    def __init__(self, backbone):
        super().__init__()
        self.backbone = backbone

    def encode_and_paint(self, encoding, color, mask):
        return self.backbone.paint(encoding, color, mask)

    def enhance(self, start, scribble):
        return start


def test_alike_networks_begin_once_and_any_other_in_its_own_way(monkeypatch):
    awake, deep = mender(scale=0.05), methods.build("edge_enhancing", "tiny", layers=("decoder",)).eval()
    begun, begin = [], type(awake).encode_and_paint
    monkeypatch.setattr(
        type(awake), "encode_and_paint", lambda self, *told: (begun.append(self.layers), begin(self, *told))[1]
    )
    networks = {"awake": awake, "again": awake, "deep": deep, "leave": Leave(awake.backbone)}
    rows = {row["painted"]: row for row in evaluate_scribbles(awake.backbone, networks, DATA, HOW)}
    assert begun == [awake.layers, deep.layers], "one batch: one start for each first layer"
    assert rows["leave"]["psnr"] == rows["before"]["psnr"]
    assert rows["again"]["psnr_near"] == rows["awake"]["psnr_near"] != rows["before"]["psnr_near"]


def test_one_picture_says_nothing_of_how_pictures_differ():
    awake = mender(scale=0.05)
    row = evaluate_scribbles(awake.backbone, {"awake": awake}, Boxes(1, 64), HOW)[1]
    assert (row["pictures"], row["scribbles"], row["psnr_near_ci"]) == (1, N, None)


def test_a_kernel_larger_than_the_pictures_is_refused():
    awake = mender()
    with pytest.raises(ValueError, match="does not fit into the pictures"):
        evaluate_scribbles(awake.backbone, {}, DATA, replace(HOW, kernel=65))


def test_pictures_take_turns_until_there_are_enough_scribbles():
    backbone = methods.build("rtug", "tiny")
    data, seen = Boxes(3, 48), []
    data.batch = lambda index, generator: seen.extend(index.tolist()) or Batch(data.rgb[index])
    (row,) = evaluate_scribbles(backbone, {}, data, ScribbleProtocol(n=7, batch_size=1))
    assert row["scribbles"] == 7
    assert seen == [0, 1, 2, 0, 1, 2, 0], "and no more are painted"


def test_without_any_lost_edge_there_is_nothing_to_measure():
    with pytest.raises(ValueError, match="no edge is lost") as error:
        evaluate_scribbles(methods.build("rtug", "tiny"), {}, Gray())
    assert "\n" not in str(error.value)


# Users and protocols.


def test_every_user_has_rows_of_their_own():
    awake = mender(scale=0.05)
    rows = evaluate_users(awake.backbone, {"awake": awake}, DATA, HOW)
    assert [(row["hints"], row["stop"]) for row in rows[::2]] == [(True, 0.02), (True, 0.125), (False, None)]
    for user, own in zip(USERS, zip(rows[::2], rows[1::2], strict=True), strict=True):
        plain = evaluate_scribbles(awake.backbone, {"awake": awake}, DATA, replace(HOW, **user))
        assert [{name: row[name] for name in row if name not in ("hints", "stop")} for row in own] == plain
    assert rows[0]["psnr"] > rows[4]["psnr"], "colours help"


def test_rows_hold_all_of_their_protocol_and_say_together_what_is_common():
    rows = evaluate_users(methods.build("rtug", "tiny"), {}, DATA, HOW, [{"stop": 0.02}, {"stop": 0.3}])
    for row, stop in zip(rows, (0.02, 0.3), strict=True):
        wanted = asdict(replace(HOW, stop=stop)) | {"reference": None}
        assert row["scribbling"] == json.loads(json.dumps(wanted))
    shorter, common = share_protocol(rows)
    assert [row["scribbling"] for row in shorter] == [{"stop": 0.02}, {"stop": 0.3}]
    assert [common | row["scribbling"] for row in shorter] == [row["scribbling"] for row in rows]
    assert share_protocol(rows[:1])[0][0].keys() == rows[0].keys() - {"scribbling"}
    assert share_protocol([{"psnr": 1.0}]) == ([{"psnr": 1.0}], {})


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"widths": (5, 1)}, "widths cannot be"),
        ({"widths": (0, 1)}, "widths cannot be"),
        ({"patches": (9, 1)}, "patches cannot be"),
        ({"thresholds": (0.3, 0.1)}, "thresholds cannot be"),
        ({"thresholds": (0.0, 0.1)}, "thresholds cannot be"),
        ({"stop": 1.0}, "stop cannot be"),
        ({"stop": 0.0}, "stop cannot be"),
        ({"patches": (1, 1000)}, "patches cannot be"),
        ({"kernel": 4}, "odd number"),
        ({"n": 0}, "n cannot be 0"),
        ({"max_edges": 0}, "max_edges cannot be 0"),
        ({"tolerance": -1}, "tolerance cannot be -1"),
        ({"most": 0}, "most cannot be 0"),
    ],
)
def test_protocols_that_cannot_be_are_refused(given, words):
    with pytest.raises(ValueError, match=words) as error:
        ScribbleProtocol(**given)
    assert "\n" not in str(error.value)


# One set of scribbles for several methods.


def common(backbone, reference, how=HOW, data=DATA):
    with torch.no_grad():
        return list(trials(backbone, data, how, reference))


@pytest.mark.parametrize("hints", [True, False])
def test_methods_with_one_reference_are_measured_on_the_same_edges_of_the_same_pictures(hints):
    """Whatever they have lost themselves, however they are told colours, whatever the data draw."""
    how, data = replace(HOW, hints=hints, batch_size=3), Boxes(N, 64, fresh=True)
    reference = methods.build("cic", "tiny").eval()
    others = [
        methods.build(*name).eval() for name in (("rtug", "tiny"), ("rtug", "tiny_sketch"), ("pix2pix", "tiny_photo"))
    ]
    others.append(methods.build("guiding_painter", "tiny").eval())
    one, *found = (common(network, reference, how, data) for network in others)
    for other in found:
        for (index, trial), (same, its) in zip(one, other, strict=True):
            assert torch.equal(index, same)
            assert torch.equal(trial.truth, its.truth)
            for marked, again in zip(trial.marks, its.marks, strict=True):
                assert torch.equal(marked, again)
    own = common(others[0], None, how, Boxes(N, 64))
    assert not all(torch.equal(a.marks.edge, b.marks.edge) for (_, a), (_, b) in zip(one, own, strict=True))


def test_common_edges_are_those_that_the_reference_loses_without_hints():
    reference, backbone = methods.build("rtug", "tiny", 5).eval(), methods.build("cic", "tiny").eval()
    ((index, trial),) = common(backbone, reference)
    truth = DATA.rgb[index]
    nothing = torch.zeros(len(index), 2, 64, 64)
    with torch.no_grad():
        alone = reference.paint(reference.encode(encode(truth, "L")), nothing, nothing[:, :1])
    marks = pseudo_scribbles(
        encode(truth, "ab") * AB_MAX, alone * AB_MAX, torch.Generator().manual_seed(3), (1, 5), 1, (0.15, 0.3)
    )
    assert torch.equal(trial.marks.edge, marks.edge)
    assert torch.equal(trial.marks.scribble, marks.scribble)


def test_points_are_those_of_the_same_user_for_every_method():
    reference = methods.build("cic", "tiny").eval()
    one, other = (methods.build(*name).eval() for name in (("rtug", "tiny"), ("cic", "tiny_points")))
    for (_, trial), (_, its) in zip(common(one, reference), common(other, reference), strict=True):
        assert trial.hint_maps[1].any()
        assert torch.equal(trial.hint_maps[1], its.hint_maps[1])


def test_the_reference_is_left_as_it_was_and_named():
    reference, awake = methods.build("rtug", "tiny", 5).train(), mender(scale=0.05)
    rows = evaluate_scribbles(awake.backbone, {"awake": awake}, DATA, HOW, reference)
    assert reference.training
    assert {row["scribbling"]["reference"] for row in rows} == {"rtug"}
    own = evaluate_scribbles(awake.backbone, {"awake": awake}, DATA, HOW)
    assert rows[0]["psnr_near"] != own[0]["psnr_near"]


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
    found = bootstrap_ci(values, groups)
    assert found == pytest.approx(numpys(values.numpy(), groups.numpy()), rel=0.1)
    assert found > 2 * bootstrap_ci(values, torch.arange(200)), "values of one picture are alike"


def test_of_independent_values_the_interval_is_that_of_the_normal_law(generator):
    values = torch.randn(400, generator=generator)
    assert bootstrap_ci(values, torch.arange(400)) == pytest.approx(1.96 * values.std().item() / 20, rel=0.12)


def test_values_that_are_not_numbers_do_not_count(generator):
    values, groups = torch.randn(30, generator=generator), torch.arange(30) // 3
    more, further = (
        torch.cat([values, torch.full((5,), math.nan)]),
        torch.cat([groups, torch.tensor([0, 1, 50, 51, 52])]),
    )
    assert bootstrap_ci(more, further) == bootstrap_ci(values, groups)
    assert math.isnan(bootstrap_ci(torch.full((4,), math.nan), torch.arange(4)))
    assert bootstrap_ci(torch.ones(6), torch.arange(6)) == 0
