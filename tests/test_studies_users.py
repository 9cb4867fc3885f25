"""Simulated users at the real pads with the shipped models: what they do, and how long it takes them."""

import functools
import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from widgets.driver import canvas_size

from colornb.__main__ import main
from colornb.colorizer import Colorizer
from colornb.evaluation import read_results
from colornb.hints import EdgeScribble, Point, Region, from_json, to_json
from colornb.images import resize, sample, save_image
from colornb.metrics import psnr
from colornb.studies import Method, Protocol, Question, Trial, analyze, read_trials, to_markdown
from colornb.studies import append as keep
from colornb.studies.users import Clock, SimulatedUser, convenience_of, quality_of, simulate
from colornb.widgets import EdgePad, PointPad, RegionPad, Studio
from colornb.widgets.user_study import open_pad, open_unseen

SIDE = 64
METHODS = {
    "regions": Method("regions", "guiding_painter-comic", "regions"),
    "points": Method("points", "rtug-natural", "points"),
    "edges": Method("edges", "edge_enhancing-natural", "edges", 12),
}
CLASSES = {"regions": RegionPad, "points": PointPad, "edges": EdgePad}
HINT_TYPES = {"regions": Region, "points": Point, "edges": EdgeScribble}
each_pad = pytest.mark.parametrize("pad", list(METHODS))


@pytest.fixture(scope="module")
def colorizers():
    return {pad: Colorizer.load(method.checkpoint, SIDE) for pad, method in METHODS.items()}


@pytest.fixture(scope="module")
def truth():
    return resize(sample("coffee"), SIDE)


def played(colorizers, truth, pad, user=None, **limits):
    """A trial of one user with one method, and the pad after it."""
    limits = {"seconds": 60.0, "interactions": 3} | limits
    task = Protocol(("coffee",), (METHODS[pad],), "photo", **limits).plan(0)[0]
    clock = Clock()
    opened = open_unseen(task, colorizers[pad], truth, clock)
    assert type(opened) is CLASSES[pad]
    user = user or SimulatedUser(slip=0)
    return user.do_task(task, opened, colorizers[pad], truth, clock), opened


@each_pad
def test_a_user_does_a_task_at_the_real_pad(colorizers, truth, pad):
    trial, opened = played(colorizers, truth, pad)
    assert trial.simulated
    assert trial.finished == "done"
    assert [interaction.what for interaction in trial.interactions] == ["hint"] * 3
    assert trial.n_interactions == 3
    assert 2 < trial.tpi < 20
    assert trial.hints == opened.state
    given = [hint for hint in from_json(to_json(opened.hints)) if isinstance(hint, HINT_TYPES[pad])]
    assert len(given) == 3
    assert trial.measures["psnr"] == pytest.approx(psnr(opened.rgb, truth).item())
    assert trial.scores == {"quality": quality_of(trial.measures["psnr"]), "convenience": convenience_of(trial.tpi)}
    assert Trial.from_json(trial.to_json()) == trial


@each_pad
def test_the_same_seed_is_the_same_trial_and_another_one_is_another(colorizers, truth, pad):
    first, second, third = (
        played(colorizers, truth, pad, SimulatedUser(seed=seed), interactions=2)[0] for seed in (3, 3, 4)
    )
    assert first == second
    assert first.seconds != third.seconds


@each_pad
def test_the_time_limit_ends_a_trial(colorizers, truth, pad):
    trial, _ = played(colorizers, truth, pad, seconds=14.0, interactions=None)
    assert trial.finished == "time"
    assert trial.seconds == 14
    assert trial.interactions
    assert all(interaction.seconds < 14 for interaction in trial.interactions)
    assert trial.tpi == trial.interactions[-1].seconds / trial.n_interactions, "what was not finished does not count"


@each_pad
def test_slips_are_undone_and_cost_time(colorizers, truth, pad):
    careful, _ = played(colorizers, truth, pad, interactions=2)
    clumsy, opened = played(colorizers, truth, pad, SimulatedUser(slip=0.99), interactions=2)
    assert [interaction.what for interaction in clumsy.interactions] == ["hint", "undo", "hint"] * 2
    assert clumsy.n_interactions == careful.n_interactions == 2
    assert clumsy.tpi > careful.tpi
    assert len(opened.hints) == clumsy.given + 2
    for mistaken, undone in zip(clumsy.interactions[::3], clumsy.interactions[1::3], strict=True):
        assert undone.hints == mistaken.hints - 1


EXACT = SimulatedUser(slip=0, color=0.0, aim=0.0)


@pytest.fixture(scope="module")
def exact(colorizers, truth):
    """How good the pictures of users without error are, by pad."""

    @functools.cache
    def measured(pad):
        users = [replace(EXACT, seed=n) for n in range(2)]
        return np.mean([played(colorizers, truth, pad, user, interactions=6)[0].measures["psnr"] for user in users])

    return measured


@pytest.mark.parametrize(
    ("pad", "error"), [("regions", {"color": 60.0}), ("points", {"color": 60.0}), ("points", {"aim": 0.5})]
)
def test_who_errs_more_gets_a_worse_picture(colorizers, truth, exact, pad, error):
    rough = [
        played(colorizers, truth, pad, replace(EXACT, seed=n, **error), interactions=6)[0].measures["psnr"]
        for n in range(2)
    ]
    assert np.mean(rough) < exact(pad) - 0.1


def test_true_answers_improve_the_picture(colorizers, truth):
    for pad in ("regions", "points"):
        measures = played(colorizers, truth, pad, EXACT, interactions=5)[0].measures
        assert measures["psnr"] > measures["psnr_before"]


def test_points_are_given_where_the_picture_errs_and_in_its_colour(colorizers, truth):
    _, pad = played(colorizers, truth, "points", EXACT, interactions=1)
    (hint,) = pad.hints
    before = colorizers["points"].predict()
    wrong = (before - truth).abs().sum(1)[0]
    row, column = int(hint.y * wrong.shape[0]), int(hint.x * wrong.shape[1])
    assert wrong[row, column] > wrong.quantile(0.8)
    true = [round(255 * value) for value in truth[0, :, row, column].tolist()]
    assert hint.color == "#" + "".join(f"{value:02x}" for value in true)


def test_content_people_stop_by_themselves(colorizers, truth):
    for pad in ("regions", "points"):
        trial, _ = played(colorizers, truth, pad, SimulatedUser(content=500.0), interactions=None, seconds=None)
        assert (trial.finished, trial.interactions, trial.scores["convenience"]) == ("done", (), 3)
        assert math.isnan(trial.tpi)
    trial, _ = played(colorizers, truth, "points", SimulatedUser(stop=1.0, slip=0), interactions=None)
    assert (trial.finished, trial.n_interactions) == ("done", 1)


def test_who_asks_takes_suggested_edges_that_are_right(colorizers, truth):
    trial, _ = played(colorizers, truth, "edges", SimulatedUser(slip=0, asks=True), interactions=2)
    assert any(entry["suggested"] for entry in trial.hints["log"])
    assert trial.n_interactions == 2


def test_pointing_takes_longer_the_farther_and_the_smaller():
    user = SimulatedUser(throughput=4.0, press=0.2)
    assert user.point_at(0, 1) == 0.2
    assert user.point_at(3, 1) == pytest.approx(0.2 + 2 / 4)
    assert user.point_at(3, 0.1) > user.point_at(3, 1) > user.point_at(1, 1)
    assert SimulatedUser(palette=1, per_bit=0.15).choose == pytest.approx(0.15)


def test_people_differ_and_stay_themselves():
    user = SimulatedUser()
    paces = [user.person(str(number)).pace for number in range(200)]
    assert user.person("3") == user.person("3") != user.person("4")
    assert np.std(np.log(paces)) == pytest.approx(0.25, abs=0.04)
    assert np.mean(np.log(paces)) == pytest.approx(0, abs=0.05)


@pytest.mark.parametrize("values", [{"pace": 0}, {"slip": 1.0}, {"stop": -1}, {"aim": math.nan}, {"palette": 0}])
def test_people_who_could_not_live_are_refused(values):
    with pytest.raises(ValueError):
        SimulatedUser(**values)


def test_answers_by_formula_stay_on_the_scale():
    assert [quality_of(value) for value in (0, 10, 15, 20, 24.9, 25.1, 30, 99)] == [1, 1, 2, 3, 4, 4, 5, 5]
    assert [convenience_of(value) for value in (0, 2, 5, 8, 11, 14, 99, math.nan)] == [5, 5, 4, 3, 2, 1, 1, 3]


def test_hints_that_a_method_gives_are_true_and_the_same_for_everybody(truth):
    protocol = Protocol(("a", "b"), (METHODS["edges"],))
    hints = {task.picture: task.first_hints(truth) for task in protocol.plan(0)}
    assert hints == {task.picture: task.first_hints(truth) for task in protocol.plan(1)}
    assert hints["a"] != hints["b"]
    assert len(hints["a"]) == 12
    one = torch.full((1, 3, 9, 5), 0.2)
    assert {hint.color for hint in protocol.plan(0)[0].first_hints(one)} == {"#333333"}


def test_pads_begin_as_the_method_says(colorizers, truth):
    def opened(method):
        return open_pad(Protocol(("a",), (method,), "photo").plan(0)[0], colorizers[method.pad], truth)

    assert len(opened(METHODS["edges"]).hints) == 12
    assert len(opened(replace(METHODS["points"], given=4)).hints) == 4
    with pytest.raises(ValueError, match="give 0"):
        opened(replace(METHODS["regions"], given=4))


def test_a_pad_that_nobody_sees_paints_the_same(colorizers, truth):
    task = Protocol(("a",), (METHODS["points"],), "photo").plan(0)[0]
    pads = [opens(task, colorizers["points"], truth) for opens in (open_pad, open_unseen, open_pad)]
    for pad in pads:
        pad.add(0.3, 0.6, "tomato")
    assert torch.equal(pads[0].rgb, pads[1].rgb)
    assert max(canvas_size(pads[1])) == 48 < max(canvas_size(pads[0])) == max(canvas_size(pads[2]))


def test_a_studio_is_for_people_alone(colorizers, truth):
    task = Protocol(("a",), (replace(METHODS["points"], pad="studio"),), "photo").plan(0)[0]
    pad = open_pad(task, colorizers["points"], truth)
    assert type(pad) is Studio
    with pytest.raises(ValueError, match="invite people"):
        SimulatedUser().do_task(task, pad, colorizers["points"], truth, Clock())


def test_a_whole_study_is_simulated_kept_and_summed_up(colorizers, truth, tmp_path):
    own = (Question("quality", "How good?"), Question("fun", "How much fun?", 0, 10))
    protocol = Protocol(("a", "b"), tuple(METHODS.values())[:2], "photo", 60.0, 2, own)
    known = {METHODS[pad].checkpoint: colorizers[pad] for pad in METHODS}
    trials = list(simulate(protocol, range(2), open_unseen, picture=lambda name: truth, load=known.__getitem__))
    assert [trial.key for trial in trials] == [task.key for person in range(2) for task in protocol.plan(person)]
    for trial in trials:
        keep(tmp_path / "trials.jsonl", trial)
    assert read_trials(tmp_path / "trials.jsonl") == trials
    rows = analyze(trials)
    assert [row["participants"] for row in rows] == [2, 2]
    assert all(row["simulated"] and row["fun"] == 5 and "psnr" in row for row in rows)
    assert "Simulated" in to_markdown(rows)


# The command.


@pytest.fixture
def protocol(tmp_path):
    """A protocol in a file, with a picture beside it."""
    save_image(resize(sample("coffee"), SIDE), tmp_path / "cup.png")
    path = tmp_path / "protocol.json"
    methods = (METHODS["regions"], METHODS["points"])
    path.write_text(Protocol(("cup.png",), methods, "photo", 30.0, 2).to_json())
    return path


def test_the_command_prints_a_plan(protocol, capsys):
    assert main(["study", "plan", str(protocol), "--participant", "1"]) == 0
    assert capsys.readouterr().out.splitlines() == ["1  points  points  cup.png", "2  regions  regions  cup.png"]


def test_the_command_simulates_goes_on_and_analyzes(protocol, capsys, tmp_path):
    out, found = tmp_path / "new" / "trials.jsonl", tmp_path / "found.json"
    call = ["study", "simulate", str(protocol), "--out", str(out), "--size", "64", "--device", "cpu", "--participants"]
    assert main([*call, "1"]) == 0
    first = read_trials(out)
    assert len(first) == 2
    assert all(trial.simulated for trial in first)
    assert "nothing about people" in capsys.readouterr().err
    assert main([*call, "2"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 2, "what is there is not played again"
    assert read_trials(out)[:2] == first
    words = ["--compare", "regions", "points", "--resamples", "200", "--out", str(found)]
    assert main(["study", "analyze", str(out), *words]) == 0
    printed = capsys.readouterr().out
    assert "| regions | 2 | 2 |" in printed
    assert printed.count("Simulated") == 2
    rows, about = read_results(found)
    assert [row["method"] for row in rows] == ["regions", "points"]
    assert (about["simulated"], about["participants"], about["seed"]) == (True, 2, 0)
    assert about["differences"][0]["measure"] == "tpi"
    assert about["command"].startswith("python -m colornb study analyze trials.jsonl")


def real(tmp_path):
    keep(tmp_path / "real.jsonl", Trial("0", "regions", "cup.png", 5.0))
    return tmp_path / "real.jsonl"


def test_the_command_refuses_in_one_line(protocol, capsys, tmp_path):
    (tmp_path / "bad.json").write_text("{}")
    (tmp_path / "bad.jsonl").write_text("{}\n")
    played_out = tmp_path / "played.jsonl"
    keep(played_out, Trial("0", "regions", "cup.png", 5.0, simulated=True))
    for words, said in {
        f"plan {tmp_path / 'bad.json'} --participant 1": "no protocol",
        f"plan {tmp_path / 'none.json'} --participant 1": "No such file",
        f"analyze {tmp_path / 'bad.jsonl'}": "line 1",
        f"analyze {real(tmp_path)} {played_out}": "mixed",
        f"analyze {played_out} --compare a b": "check the names",
        f"analyze {played_out} --resamples 1": "from 100 up",
        f"simulate {protocol} --out {tmp_path / 'real.jsonl'}": "trials of people",
        f"simulate {protocol} --out {tmp_path}": "is a folder",
        f"simulate {protocol} --out {tmp_path / 'x.jsonl'} --participants 0": "from 1 up",
        f"simulate {protocol} --out {tmp_path / 'x.jsonl'} --stop 2": "chance",
    }.items():
        assert main(["study", *words.split()]) == 2
        error = capsys.readouterr().err
        assert said in error
        assert error.count("\n") == 1


def test_the_experiment_says_that_it_is_simulated(tmp_path):
    out = tmp_path / "found.json"
    words = "experiment user_study --tests 1 --seeds 0 1 --size 32 --device cpu --out"
    assert main([*words.split(), str(out), "--runs", str(tmp_path / "runs")]) == 0
    rows, about = read_results(out)
    assert [row["method"] for row in rows] == ["GuidingPainter", "RTUG", "edge scribbles"]
    assert all(row["simulated"] and row["participants"] == 2 and row["data"] == "storybook" for row in rows)
    assert about["seeds"] == [0, 1]
