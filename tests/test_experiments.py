"""Every experiment keeps the contract of `colornb.experiments`; what they compute is compared with plain loops."""

import json
import math
import re
from dataclasses import replace
from itertools import islice

import numpy as np
import pytest
import torch
from scipy.stats import spearmanr

from colornb import checkpoints, data, methods
from colornb.__main__ import main
from colornb.colorizer import Colorizer
from colornb.commands.experiment import _check, write
from colornb.data import dark_snail
from colornb.data.dark_snail import load as snail_of
from colornb.evaluation import read_results, scribbles
from colornb.experiments import ExperimentConfig, Trainer, experiment, list_experiments
from colornb.experiments._painting import Painting, places
from colornb.experiments._scribbling import show_gains
from colornb.experiments.dark_snail import regions_of, score
from colornb.metrics import psnr
from colornb.types import Batch

QUICK = {"size": 32, "pictures": 8, "tests": 2, "steps": 2, "batch_size": 2, "seeds": (0,), "scribbles": 1}
MORE = {"edge_table": {"tests": 4}}  # of two pictures, some of its shares are not known


@pytest.fixture
def painting(generator):
    network = methods.build("guiding_painter", "tiny").eval()
    rgb = torch.rand(3, 3, 32, 32, generator=generator)
    with torch.no_grad():
        return Painting(network, Batch(rgb, torch.rand(3, 1, 32, 32, generator=generator)))


SMALLER = {"PAGES": 2, "UNIFORM_SIDE": 64}  # how much of the same is measured
VARIED = ("VARIANTS", "ENHANCERS", "ORDERS", "MOVES", "WIDTHS", "SEVERAL", "SCALES")  # what experiments go through


def first_two(choices):
    """Two variants show as much as all of them."""
    return dict(islice(choices.items(), 2)) if isinstance(choices, dict) else choices[:2]


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """Where experiments find the networks that others have trained: many want the same."""
    return tmp_path_factory.mktemp("runs")


@pytest.mark.parametrize("name", list_experiments())
def test_an_experiment_runs_and_is_shown_and_its_file_holds_every_protocol(name, runs, tmp_path, monkeypatch):
    for constant in VARIED:
        if hasattr(experiment(name), constant):
            monkeypatch.setattr(experiment(name), constant, first_two(getattr(experiment(name), constant)))
    check_experiment(name, runs, tmp_path, monkeypatch)


@pytest.mark.slow
@pytest.mark.sampled(3)
@pytest.mark.parametrize("name", list_experiments())
def test_an_experiment_runs_with_all_its_variants(name, runs, tmp_path, monkeypatch):
    check_experiment(name, runs, tmp_path, monkeypatch)


def check_experiment(name, runs, tmp_path, monkeypatch):
    """Every protocol of scribbles that was used can be put together again from the file, and no other."""
    used, marks = [], scribbles._marks
    monkeypatch.setattr(scribbles, "_marks", lambda *given: used.append(given[-1].about()) or marks(*given))
    module = experiment(name)
    for constant, value in SMALLER.items():
        if hasattr(module, constant):
            monkeypatch.setattr(module, constant, value)
    assert re.search(r"GuidingPainter|RTUG|edge paper|et al\.", module.__doc__.splitlines()[0]), "name the paper"
    config = replace(module.CONFIG, **QUICK | MORE.get(name, {}))
    rows = module.run(Trainer(config, runs))
    assert rows
    assert json.loads(json.dumps(rows)) == rows
    assert all(math.isfinite(value) for row in rows for value in row.values() if isinstance(value, float))
    write(tmp_path / "found.json", name, config, rows)
    assert (tmp_path / "found.png").read_bytes().startswith(b"\x89PNG")
    found, about = read_results(tmp_path / "found.json")
    assert about["experiment"] == name
    assert bool(used) == ("scribbling" in about), "a file about scribbles says how they were measured"
    if used:
        told = [about["scribbling"] | row.get("scribbling", {}) for row in found]
        assert all(protocol.keys() == used[0].keys() for protocol in told)
        assert distinct(told) == distinct(used)


def distinct(protocols):
    """The protocols but for who decides which edges are lost."""
    return {json.dumps(protocol | {"reference": None}, sort_keys=True) for protocol in protocols}


def test_settings_that_decide_what_is_measured_stand_in_the_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    words = "experiment local_quality --out x.json --steps 2 --tests 3 --size 32 --pictures 4 --seeds 1 --batch-size 2"
    assert main(words.split()) == 0
    about = read_results(tmp_path / "x.json")[1]
    assert about["protocol"] == {"kernel": 7, "hints": 10}
    assert "scribbling" not in about


def test_a_network_is_trained_once_and_found_again(tmp_path):
    config, ticks = ExperimentConfig(**QUICK), []
    first = Trainer(config, tmp_path, watch=lambda *tick: ticks.append(tick)).network("storybook")
    assert ticks
    trained = len(ticks)
    again = Trainer(config, tmp_path, watch=lambda *tick: ticks.append(tick)).network("storybook")
    assert len(ticks) == trained
    assert all(torch.equal(a, b) for a, b in zip(first.parameters(), again.parameters(), strict=True))


@pytest.mark.parametrize("change", [{"steps": 3}, {"preset": "small"}, {"changes": {"tv": 1.0}}, {"size": 48}])
def test_another_setting_is_another_network(change, tmp_path):
    keys = {
        Trainer(replace(ExperimentConfig(**QUICK), **given), tmp_path)._key("storybook", 0, None, {})
        for given in ({}, change)
    }
    assert len(keys) == 2


def test_another_method_gets_the_same_pictures_and_the_same_budget(tmp_path):
    trainer = Trainer(replace(ExperimentConfig(**QUICK), changes={"tv": 1.0}), tmp_path)
    other = trainer.of("rtug", "tiny_sketch")
    colorizer, rival = trainer.network("storybook"), other.network("storybook")
    assert methods.method_of(rival) == "rtug"
    assert other.pictures("storybook", "test", rival) is trainer.pictures("storybook", "test", colorizer)
    assert len(list(tmp_path.glob("*/network.safetensors"))) == 2


def test_without_a_folder_networks_are_still_trained_only_once():
    trainer = Trainer(ExperimentConfig(**QUICK))
    assert trainer.network("storybook", 1, tv=0.0) is trainer.network("storybook", 1, tv=0.0)


def test_the_command_writes_rows_and_a_figure(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    words = "experiment importance --out found.json --steps 2 --tests 3 --size 32 --pictures 4 --seeds 1 --batch-size 2"
    assert main(words.split()) == 0
    rows, about = read_results(tmp_path / "found.json")
    assert [row["region"] for row in rows] == list(range(9))
    assert about["experiment"] == "importance"
    assert about["steps"] == 2
    assert about["command"].startswith("python -m colornb experiment importance")
    assert (tmp_path / "found.png").read_bytes().startswith(b"\x89PNG")


def test_gains_are_shown_beside_zero_and_the_picture_before_is_not():
    rows = [{"data": "x", "painted": name, "psnr_near_gain": gain} for name, gain in (("a", 0.9), ("b", -0.5))]
    axis = show_gains([{"data": "x", "painted": "before", "psnr_near": 20.0}, *rows], "data").axes[0]
    assert [bar[0].get_xdata()[0] for bar in axis.containers] == [0.9, -0.5]
    assert [0, 0] in [list(line.get_xdata()) for line in axis.lines]


def test_an_unknown_experiment_is_one_line(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["experiment", "alchemy", "--out", "x.json"]) == 2
    assert "choose one of" in capsys.readouterr().err


# Dark Snail.


def test_a_perfect_division_scores_one():
    objects = snail_of(size=32).objects
    found = score(torch.cat([objects, ~objects.any(0, keepdim=True)]), objects)
    assert found["purity"] == found["revealed"] == 1
    assert found["areas"] == [512, 256, 128, 64, 32, 16, 8, 4, 4]
    assert found["rank_correlation"] == pytest.approx(1, abs=0.01)  # the last two are alike


def test_a_reversed_division_scores_as_badly_as_it_should():
    objects = snail_of(size=32).objects
    found = score(objects.flip(0), objects)
    assert found["rank_correlation"] == pytest.approx(-1)
    assert found["purity"] == 1
    assert found["revealed"] == pytest.approx(4 / 512)


def test_regions_across_objects_are_impure_and_empty_ones_do_not_count():
    objects = snail_of(size=32).objects
    whole = torch.ones(1, 32, 32, dtype=torch.bool)
    found = score(torch.cat([torch.zeros_like(whole), whole]), objects)
    assert found == {"rank_correlation": 0.0, "purity": 0.5, "revealed": 1.0, "areas": [1024]}


def test_the_rank_correlation_is_spearmans(generator):
    objects = snail_of(size=32).objects
    label = torch.randint(7, (32, 32), generator=generator).clamp(max=4)
    regions = torch.nn.functional.one_hot(label, 7).permute(2, 0, 1).bool()
    found = score(regions, objects)
    expected = -spearmanr(range(len(found["areas"])), found["areas"]).statistic
    assert found["rank_correlation"] == pytest.approx(expected)


def test_regions_of_the_snail_are_those_of_its_lines():
    snail = dark_snail.load(size=32)
    network = methods.build("guiding_painter", "tiny")
    regions = regions_of(network, snail)
    assert regions.shape == (8, 32, 32)
    assert (regions.sum(0) == 1).all()


# Painting with any hints.


def test_all_true_hints_in_the_models_order_are_what_the_evaluation_gives(painting, generator):
    from colornb.evaluation import HintSimulator

    simulator = HintSimulator(painting.network, Batch(painting.truth, (painting.encoding.condition + 1) / 2), generator)
    n = painting.used.shape[1]
    with torch.no_grad():
        assert torch.allclose(painting.paint(torch.ones(3, n)), simulator.paint_all(n), atol=1e-6)


def test_moving_channels_moves_their_hints_too(painting):
    """One hint to the region in front is one hint to that region, and g sees the new order."""
    seen = []
    painting.network.colorizer.register_forward_pre_hook(lambda _, planes: seen.append(planes[0]))
    first = painting.none()
    first[:, 0] = 1
    order = torch.tensor([2, 0, 1, 3, 4, 5, 6, 7])
    with torch.no_grad():
        painting.paint(first, order=order)
    regions = painting.regions[:, 2]
    assert torch.equal(seen[0][:, 5], regions)
    assert torch.equal(seen[0][:, 4], regions)
    assert torch.allclose(seen[0][:, 1:4], regions[:, None] * painting.colors[:, 2, :, None, None], atol=1e-6)


@pytest.mark.parametrize("order", experiment("order").ORDERS)
def test_orders_ask_about_every_region_with_pixels_first(order, painting, generator):
    painting.used[:, 3] = False
    place = places(painting, order, generator)
    n = painting.used.shape[1]
    assert all(sorted(row) == list(range(n)) for row in place.tolist())
    last = (place * painting.used).amax(1)
    assert (last < painting.used.sum(1)).all()
    if order == "reversed":
        asked = places(painting, "asked", generator)
        both = (place + asked)[painting.used].view(3, -1) if painting.used.sum(1).unique().numel() == 1 else None
        assert both is None or (both == painting.used.sum(1, keepdim=True) - 1).all()


def test_unknown_orders_are_refused(painting, generator):
    with pytest.raises(ValueError, match="choose 'asked'"):
        places(painting, "alphabetical", generator)


def test_the_second_stage_starts_from_the_first_and_leaves_its_regions_alone(tmp_path):
    module = experiment("order")
    config = replace(module.CONFIG, **QUICK)
    trainer = Trainer(config, tmp_path)
    first = trainer.network("storybook", 0)
    for network in module.networks(trainer, "storybook", 0).values():
        for name, value in network.segmentator.state_dict().items():
            assert torch.equal(value, first.segmentator.state_dict()[name]), name
        assert any(
            not torch.equal(a, b)
            for a, b in zip(network.colorizer.parameters(), first.colorizer.parameters(), strict=True)
        )


def test_no_network_of_an_experiment_is_taken_for_a_shipped_one():
    assert "importance" not in checkpoints.list_bundled()


def test_baselines_weigh_their_curves_by_g_and_skip_what_accepts_none(tmp_path, monkeypatch):
    module = experiment("baselines")
    monkeypatch.setattr(module, "METHODS", {name: module.METHODS[name] for name in ("CIC", "RTUG", module.OURS)})
    config = replace(module.CONFIG, **QUICK)
    rows = {row["method"]: row for row in module.run(Trainer(config, tmp_path))}
    assert not {"psnr", "curve", "nri"} & rows["CIC"].keys()
    for name in ("RTUG", module.OURS):
        row = rows[name]
        law = [0.875**i / 8 for i in range(8)] + [0.875**8]
        assert len(row["curve"]) == 9
        assert row["psnr"] == pytest.approx(sum(p * level for p, level in zip(law, row["curve"], strict=True)))
        assert row["curve"][0] == pytest.approx(row["psnr_none"])
        assert row["benchmark"] == int(2 * rows[module.OURS]["psnr"]) / 2


def test_three_hints_are_true_colours_where_they_help_most():
    from colornb.experiments import three_hints as chosen

    for name in ("rtug-storybook", "guiding_painter-storybook"):
        colorizer, gains = Colorizer.load(name, 128), []
        for truth in data.open("storybook", "test", 128, n=4).rgb.split(1):
            hints = chosen.three_hints(colorizer, truth / 255)
            assert len(hints) == 3
            assert len({getattr(hint, "rank", hint) for hint in hints}) == 3, "each somewhere else"
            painted, before = colorizer.predict(hints), colorizer.predict()
            gains.append((psnr(painted, truth / 255) - psnr(before, truth / 255)).item())
        assert sum(gains) > 0, f"{name}: {gains}"
    config = replace(chosen.CONFIG, preset="rtug-storybook", size=128, draw=1, tests=2)
    rows = chosen.run(Trainer(config))
    assert [(row["data"], row["index"]) for row in rows] == [("storybook", 0), ("storybook", 1)]
    assert all(row["psnr_3"] > row["psnr_0"] for row in rows)
    assert chosen.show(rows).axes


def test_two_checkpoints_are_compared_on_the_same_hints_and_what_one_point_spills(monkeypatch):
    from colornb.experiments import before_after as chosen

    monkeypatch.setattr(chosen, "PAGES", 2)
    monkeypatch.setattr(chosen, "UNIFORM_SIDE", 96)
    monkeypatch.setattr(chosen, "UNIFORM", (1, 100))
    rows = chosen.run(Trainer(replace(chosen.CONFIG, preset="edge_enhancing-natural", size=64, tests=3)))
    before, after = ([row for row in rows if row["checkpoint"] == name and "psnr" in row] for name in (
        chosen.BEFORE["point"], "edge_enhancing-natural"))  # fmt: skip
    for found in (before, after):
        assert [r["hints"] for r in found if r["user"] == "simulated"] == list(chosen.COUNTS["point"])
        assert [r["hints"] for r in found if r["user"] == "uniform"] == [1, 100]
    for one, two in zip(before, after, strict=True):
        assert one["psnr"] == pytest.approx(two["psnr"], abs=1e-3), "without scribbles it paints as what it stands on"
        assert two["gain"] == pytest.approx(two["psnr"] - one["psnr"], abs=1e-4)
        assert one["fd_crops"] > 0
    assert before[-1]["psnr"] > before[-2]["psnr"] + 1
    none, many = before[0], before[len(chosen.COUNTS["point"]) - 1]
    assert many["psnr"] > none["psnr"]
    for share in ("chroma_share", "colorfulness_share"):
        assert 0.05 < none[share] < many[share] < 1.2
    spills = [row["spill"] for row in rows if "spill" in row]
    assert len(spills) == 2
    assert spills[0] == pytest.approx(spills[1], abs=1e-3)
    assert 0.1 < spills[0] < 1, "one point changes much of a page"
    assert chosen.show(rows).axes


def test_networks_that_guide_are_compared_by_answers():
    from colornb.experiments import before_after as chosen

    rows = chosen.run(Trainer(replace(chosen.CONFIG, preset="guiding_painter-drawing", size=64, tests=2)))
    assert {row["checkpoint"] for row in rows} == {"guiding_painter-comic", "guiding_painter-drawing"}
    assert [row["hints"] for row in rows[: len(rows) // 2]] == list(chosen.COUNTS["region"])
    assert {row["user"] for row in rows} == {"simulated"}


def test_colorfulness_and_skin_are_those_of_their_papers(generator):
    from colornb.experiments import before_after as chosen

    rgb = torch.rand(2, 3, 9, 7, generator=generator)
    for found, (r, g, b) in zip(chosen._describe(rgb)["colorfulness"], 255 * rgb.numpy(), strict=True):
        rg, yb = r - g, (r + g) / 2 - b
        expected = np.hypot(rg.std(), yb.std()) + 0.3 * np.hypot(rg.mean(), yb.mean())
        assert found.item() == pytest.approx(expected, rel=1e-5)
    colors = torch.tensor([[224, 172, 105], [141, 85, 36], [30, 90, 200], [60, 160, 60], [128, 128, 128]]) / 255
    assert chosen._is_skin(colors.T[None, :, None])[0, 0].tolist() == [True, True, False, False, False]


def test_what_a_point_changes_outside_its_thing_is_counted_there_alone(monkeypatch):
    from colornb.experiments import before_after as chosen

    class Fake:
        def set_image(self, page, kind):
            self.page = page.clone()

        def predict(self, hints=()):
            painted = self.page.clone()
            for point in hints:
                assert (point.x, point.y) == (0.5625, 0.5625)
                painted[..., 2:6, 2:8] = 0.9
            return painted

    thing = torch.zeros(8, 8, dtype=torch.bool)
    thing[2:7, 2:7] = True
    assert chosen._changed(Fake(), torch.full((1, 3, 8, 8), 0.2), thing) == pytest.approx(4 / (64 - 25))


@pytest.mark.parametrize("name", ["before_after", "guided_scribbles", "three_hints", "user_study"])
def test_what_trains_nothing_takes_its_own_checkpoint_or_another_and_refuses_what_is_none(name, tmp_path, capsys):
    config = experiment(name).CONFIG
    _check(config, torch.device("cpu"), config.preset)
    _check(replace(config, preset="rtug-storybook"), torch.device("cpu"), config.preset)
    assert main(["experiment", name, "--preset", "nothing", "--out", str(tmp_path / "a.json"), "--device", "cpu"]) == 2
    error = capsys.readouterr().err
    assert "nothing" in error
    assert error.count("\n") == 1
