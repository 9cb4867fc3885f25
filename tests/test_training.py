import math
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from statistics import fmean

import numpy as np
import pytest
import torch
from pictures import Boxes
from PIL import Image
from torch import nn

from colornb import checkpoints, methods
from colornb.__main__ import main
from colornb.methods import Progress
from colornb.training import RunConfig, batch_index, read_history, step_generator, train

PLAN = RunConfig(steps=10, batch_size=3, seed=0, pictures=7, devices=2, method="m", config="c")


def run(out=None, steps=8, stop=None, **kw):
    network = methods.build("guiding_painter", "tiny")
    ticks = train(methods.recipe(network), Boxes(6), steps=steps, batch_size=2, out=out, every=1, save_every=2, **kw)
    for tick in ticks:
        if tick.step == stop:
            break
    return network


@pytest.fixture(scope="module")
def whole():
    """The network of a run that nothing has broken."""
    return run()


def same(a, b):
    a, b = a.state_dict(), b.state_dict()
    return a.keys() == b.keys() and all(torch.equal(a[key], b[key]) for key in a)


def test_ticks_tell_how_far_and_how_fast():
    network = methods.build("guiding_painter", "tiny")
    ticks = list(train(methods.recipe(network), Boxes(4), steps=5, batch_size=2, every=2))
    assert [tick.step for tick in ticks] == [2, 4, 5]
    assert ticks[-1].seconds_left == 0
    assert all(tick.images_per_second > 0 for tick in ticks)
    assert {"rec", "tv", "smooth", "adv", "discriminator"} == ticks[0].logs.keys()


def test_a_tick_tells_the_mean_of_each_loss_over_the_steps_that_have_it():
    def ticks(every):
        network = methods.build("deoldify", "tiny", shares=(0.5, 0.5, 0.0))
        return list(train(methods.recipe(network), Boxes(4), steps=4, batch_size=2, every=every))

    (whole,), single = ticks(4), ticks(1)
    assert "discriminator" not in single[0].logs
    assert "content" not in single[-1].logs
    for name, steps in (("content", (0, 1)), ("discriminator", (2, 3)), ("rec", (0, 1, 2, 3))):
        assert whole.logs[name] == pytest.approx(fmean(single[step].logs[name] for step in steps), rel=1e-4)


def test_the_same_seed_gives_the_same_weights_and_another_seed_others(whole):
    assert same(run(), whole)
    assert not same(run(seed=1), whole)


def test_a_run_that_was_stopped_ends_as_one_that_was_not(whole, tmp_path):
    run(tmp_path, stop=5)  # saved after step 4
    assert same(run(tmp_path), whole)
    assert same(methods.load(tmp_path), whole)


def test_painting_between_ticks_leaves_training_as_it_was():
    def watched(encoding):
        network = methods.build("guiding_painter", "tiny")
        for _ in train(methods.recipe(network), Boxes(6), steps=3, batch_size=2, every=1):
            if encoding:
                network.eval()
        return network

    assert same(watched(True), watched(False))


def test_a_run_does_not_go_on_with_other_data(tmp_path):
    run(tmp_path, stop=3, about={"data": "a", "commit": "1"})
    with pytest.raises(ValueError, match="other settings"):
        run(tmp_path, about={"data": "b", "commit": "1"})
    run(tmp_path, about={"data": "a", "commit": "2"})


def test_dropout_too_goes_on_where_it_was(tmp_path):
    def noisy(out, stop=None):
        network = methods.build("guiding_painter", "tiny")
        network.colorizer.outc = nn.Sequential(nn.Dropout(0.5), network.colorizer.outc)
        recipe = methods.recipe(network)
        for tick in train(recipe, Boxes(6), steps=6, batch_size=2, out=out, every=1, save_every=2):
            if tick.step == stop:
                break
        return network

    noisy(tmp_path, stop=3)
    assert same(noisy(tmp_path), noisy(None))


def test_training_leaves_the_random_state_of_the_caller_alone():
    recipe = methods.recipe(methods.build("guiding_painter", "tiny"))
    before = torch.random.get_rng_state()
    list(train(recipe, Boxes(4), steps=2, batch_size=2))
    assert torch.equal(before, torch.random.get_rng_state())


def test_a_finished_run_trains_no_further(tmp_path):
    first = run(tmp_path)
    assert not list(train(methods.recipe(first), Boxes(6), steps=8, batch_size=2, out=tmp_path))


@pytest.mark.parametrize("change", [{"steps": 9}, {"seed": 5}])
def test_a_folder_with_another_run_is_refused(tmp_path, change):
    run(tmp_path, stop=3)
    with pytest.raises(ValueError, match="another folder") as error:
        run(tmp_path, **change)
    assert "\n" not in str(error.value)


def test_an_unfinished_run_is_no_checkpoint_yet(tmp_path):
    run(tmp_path, stop=3)
    with pytest.raises(FileNotFoundError, match="unfinished"):
        checkpoints.resolve(tmp_path)


def test_every_epoch_shows_every_picture_once_across_devices():
    order = [i for step in range(14) for rank in range(2) for i in batch_index(PLAN, step, rank).tolist()]
    epochs = [order[start : start + 7] for start in range(0, 84, 7)]
    assert all(sorted(epoch) == list(range(7)) for epoch in epochs)
    assert epochs[0] != epochs[1]


class Clock:
    """A clock that moves on by `tick` seconds whenever it is read."""

    def __init__(self, tick):
        self.now, self.tick = 0.0, tick

    def perf_counter(self):
        self.now += self.tick
        return self.now


def efficient(**changes):
    return methods.recipe(methods.build("efficient_unet", "tiny", **changes))


def test_minutes_are_a_budget_and_progress_goes_by_the_clock(tmp_path, monkeypatch):
    monkeypatch.setattr("colornb.training.time", Clock(1.0))
    recipe, seen = efficient(), []
    step = recipe.step
    monkeypatch.setattr(recipe, "step", lambda batch, p, g: (seen.append(p.by_step), step(batch, p, g))[1])
    ticks = list(train(recipe, Boxes(4), minutes=0.2, batch_size=2, every=3, out=tmp_path))
    assert seen == sorted(seen)
    assert seen[0] == 0
    assert 0.7 < seen[-1] < 1
    assert ticks[-1].seconds_left == 0
    assert [tick.steps for tick in ticks][-1] == ticks[-1].step == len(seen)
    assert methods.load(tmp_path).about["steps"] == len(seen)


def test_a_run_by_the_clock_that_was_cut_short_has_only_the_rest_of_its_time(tmp_path, monkeypatch):
    def ticks():
        monkeypatch.setattr("colornb.training.time", Clock(1.0))
        return train(efficient(), Boxes(4), minutes=0.5, batch_size=2, every=1, save_every=2, out=tmp_path)

    whole = len(list(ticks()))
    for file in tmp_path.iterdir():
        file.unlink()
    for tick in ticks():
        if tick.step == whole - 4:
            break
    assert 2 <= len(list(ticks())) <= 6


def test_checkpoints_also_come_by_the_clock(tmp_path, monkeypatch):
    monkeypatch.setattr("colornb.training.time", Clock(1.0))
    list(train(efficient(), Boxes(4), steps=9, batch_size=2, every=99, save_minutes=3 / 60, out=tmp_path))
    assert [row["step"] for row in read_history(tmp_path)] == [3, 6, 9]


def test_a_run_that_has_ended_goes_on_when_it_is_given_more(tmp_path):
    run(tmp_path, steps=4)
    with pytest.raises(ValueError, match="another folder"):
        run(tmp_path, steps=6, seed=1)
    run(tmp_path, steps=6)
    assert methods.load(tmp_path).about["steps"] == 6
    assert [row["step"] for row in read_history(tmp_path)] == [2, 4, 6]
    with pytest.raises(ValueError, match="steps = 6, not 5"):
        run(tmp_path, steps=5)


def test_going_on_without_a_schedule_is_what_a_longer_run_would_have_done(tmp_path):
    def trained(steps, out=None):
        recipe = methods.recipe(methods.build("rtug", "tiny", decay=False))
        list(train(recipe, Boxes(6), steps=steps, batch_size=2, out=out))
        return recipe.network

    trained(3, tmp_path)
    assert same(trained(6, tmp_path), trained(6))


def test_the_history_has_losses_and_measures_and_forgets_what_a_resumed_run_has_lost(tmp_path):
    measured = []

    def measure(network):
        measured.append(network)
        return {"answer": 42.0 + len(measured)}

    def go(stop):
        recipe = efficient(average=0.9)
        for tick in train(
            recipe, Boxes(4), steps=6, batch_size=2, every=1, save_every=2, out=tmp_path, measure=measure
        ):
            if tick.step == stop:
                break
        return recipe

    go(5)  # saved after step 4
    recipe = go(None)
    rows = read_history(tmp_path)
    assert [row["step"] for row in rows] == [2, 4, 6]
    assert [row["answer"] for row in rows] == [43.0, 44.0, 45.0]
    assert {"rec", "class", "minutes"} < rows[0].keys()
    assert measured[-1] is recipe.kept is not recipe.network


@pytest.mark.parametrize("name", ["out.weight", "first.1.running_var"])
def test_the_average_of_the_weights_is_that_of_its_formula_and_is_what_is_kept(tmp_path, name):
    recipe, kept = efficient(average=0.8), None
    for tick in train(recipe, Boxes(4), steps=12, batch_size=2, every=1, save_every=4, out=tmp_path):
        weight = recipe.network.state_dict()[name].clone()
        n = tick.step - 1
        share = min(0.8, (1 + n) / (10 + n))
        kept = weight if kept is None else share * kept + (1 - share) * weight
        assert torch.allclose(recipe.kept.state_dict()[name], kept, atol=1e-6)
    assert not torch.allclose(weight, kept, atol=1e-4)
    assert torch.allclose(recipe.network.state_dict()[name], kept, atol=1e-6)
    assert torch.allclose(methods.load(tmp_path).state_dict()[name], kept, atol=1e-6)


def test_averaged_weights_too_go_on_where_they_were(tmp_path):
    def averaged(out=None, stop=None):
        recipe = efficient(average=0.9)
        for tick in train(recipe, Boxes(4), steps=6, batch_size=2, every=1, save_every=2, out=out):
            if tick.step == stop:
                break
        return recipe.network

    whole = averaged()
    averaged(tmp_path, stop=5)
    assert same(averaged(tmp_path), whole)


def test_runs_from_before_there_were_minutes_go_on(whole, tmp_path):
    run(tmp_path, stop=5)
    state = torch.load(tmp_path / "state.pt", weights_only=True)
    del state["spent"], state["plan"]["minutes"]
    torch.save(state, tmp_path / "state.pt")
    (tmp_path / "history.jsonl").unlink()
    assert same(run(tmp_path), whole)


@pytest.mark.parametrize("damage", [b"", b"no file of torch", "half"])
def test_a_damaged_checkpoint_is_told_in_one_line_and_left_alone(tmp_path, damage):
    run(tmp_path, stop=5)
    whole = (tmp_path / "state.pt").read_bytes()
    damaged = whole[: len(whole) // 2] if damage == "half" else damage
    (tmp_path / "state.pt").write_bytes(damaged)
    with pytest.raises(ValueError, match="state.pt is damaged .*delete it") as error:
        run(tmp_path)
    assert "\n" not in str(error.value)
    assert (tmp_path / "state.pt").read_bytes() == damaged


def test_the_learning_rate_warms_up_and_falls_as_half_a_cosine():
    recipe = efficient(lr=0.1)

    def rate(step, by_time=None, end=0.0):
        recipe.anneal(Progress(step, 100, 10, by_time), warmup=10, end=end)
        return recipe.optimizers["network"].param_groups[0]["lr"]

    for step in (0, 4, 9, 10, 50, 99):
        want = 0.1 * min(1, (step + 1) / 10) * 0.5 * (1 + math.cos(math.pi * step / 100))
        assert rate(step) == pytest.approx(want)
    assert rate(50, by_time=0.25) == pytest.approx(0.1 * 0.5 * (1 + math.cos(math.pi / 4)))
    assert rate(5000, by_time=1.0, end=0.1) == pytest.approx(0.01)


def test_a_budget_is_needed_and_one_is_enough():
    for budget in ({}, {"steps": 3, "minutes": 1.0}):
        with pytest.raises(ValueError, match="either steps or minutes"):
            list(train(efficient(), Boxes(4), **budget))


def test_steps_and_ranks_draw_apart():
    draws = {torch.rand(1, generator=step_generator(0, step, rank, torch.device("cpu"))).item()
             for step in range(5) for rank in range(5)}  # fmt: skip
    assert len(draws) == 25


def test_nothing_to_train_on_is_said_in_one_line():
    with pytest.raises(ValueError, match="at least one picture"):
        list(train(methods.recipe(methods.build("guiding_painter", "tiny")), Boxes(0), steps=1))


@pytest.fixture
def folder(tmp_path):
    rng = np.random.default_rng(0)
    for i in range(40):
        array = rng.integers(0, 255, (4, 4, 3), dtype=np.uint8)
        Image.fromarray(array).resize((40, 48)).save(tmp_path / f"{i}.png")
    return tmp_path


STOPS = """
import sys
from colornb import training
from colornb.__main__ import main

write = training.atomic_write

def write_and_wait(path, data):
    write(path, data)
    if path.name == "state.pt":
        sys.stdin.read()  # until it is killed

training.atomic_write = write_and_wait
main(sys.argv[1:])
"""


def command(folder, out, *more):
    call = f"-m colornb train guiding_painter --data {folder} --out {out} --preset tiny --steps 24 --size 32"
    return [sys.executable, *call.split(), *["--batch-size", "2", "--save-every", "5", "--threads", "1"], *more]


@pytest.mark.slow
def test_a_killed_command_ends_with_the_weights_of_an_unbroken_one(folder, tmp_path, monkeypatch):
    monkeypatch.setenv("COLORNB_CACHE", str(tmp_path / "cache"))
    environment = os.environ | {"PYTHONPATH": str(Path.cwd())}
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    assert main(command(folder, whole)[3:]) == 0
    call = [sys.executable, "-c", STOPS, *command(folder, broken)[3:]]
    quiet = {"stdin": subprocess.PIPE, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(call, env=environment, **quiet) as running:
        limit = time.time() + 600  # it takes some seconds, of which a busy machine makes many
        while not (broken / "state.pt").exists() and time.time() < limit:
            time.sleep(0.05)
        running.kill()
    assert running.returncode == -signal.SIGKILL, "the run ended before it could be killed"
    assert not (broken / "network.safetensors").exists()
    assert main(command(folder, broken)[3:]) == 0
    assert same(methods.load(broken), methods.load(whole))


@pytest.mark.slow
def test_two_processes_train_together(folder, tmp_path):
    environment = os.environ | {"COLORNB_CACHE": str(tmp_path / "cache"), "PYTHONPATH": str(Path.cwd())}
    call = [*command(folder, tmp_path / "two"), "--device", "cpu", "--devices", "2", "--steps", "4"]
    call[1:1] = ["-X", "importtime"]
    done = subprocess.run(call, capture_output=True, text=True, env=environment, timeout=800, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    assert methods.load(tmp_path / "two").about["steps"] == 4
    assert "lightning_fabric.fabric" in done.stderr
    assert "torchmetrics" not in done.stderr, "seconds of each run go to what it does not use"


def test_the_command_trains_by_the_clock_on_a_mixture_and_measures(folder, tmp_path, monkeypatch):
    monkeypatch.setenv("COLORNB_CACHE", str(tmp_path / "cache"))
    call = f"train rtug --data {folder}=3 {folder}=1 --out {tmp_path / 'r'} --minutes 0.02 --size 32 --batch-size 4"
    more = ["--check", "0", "2", "--set", "width=2"]
    assert main([*call.split(), "--preset", "tiny", *more]) == 0
    rows = read_history(tmp_path / "r")
    assert {"psnr0", "psnr2", "rec"} < rows[-1].keys()
    assert methods.load(tmp_path / "r").about["pictures"] > 0
    assert main([*call.replace("=3", "").split(), "--out", str(tmp_path / "s")]) != 0


@pytest.mark.slow
def test_mixed_precision_trains(folder, tmp_path, monkeypatch):
    monkeypatch.setenv("COLORNB_CACHE", str(tmp_path / "cache"))
    assert main(command(folder, tmp_path / "half", "--precision", "bf16-mixed", "--steps", "3")[3:]) == 0
    state = methods.load(tmp_path / "half").state_dict()
    assert all(value.isfinite().all() for value in state.values())
