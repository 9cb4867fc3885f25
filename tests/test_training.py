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

from colornb import methods, weights
from colornb.__main__ import main
from colornb.training import Plan, batch_index, step_generator, train

PLAN = Plan(steps=10, batch_size=3, seed=0, pictures=7, devices=2, method="m", config="c")


def run(out=None, steps=8, stop=None, **kw):
    network = methods.build("guiding_painter", "tiny")
    ticks = train(methods.recipe(network), Boxes(6), steps=steps, batch_size=2, out=out, every=1, save_every=2, **kw)
    for tick in ticks:
        if tick.step == stop:
            break
    return network


def same(a, b):
    a, b = a.state_dict(), b.state_dict()
    return a.keys() == b.keys() and all(torch.equal(a[key], b[key]) for key in a)


def test_ticks_tell_how_far_and_how_fast():
    network = methods.build("guiding_painter", "tiny")
    ticks = list(train(methods.recipe(network), Boxes(4), steps=5, batch_size=2, every=2))
    assert [tick.step for tick in ticks] == [2, 4, 5]
    assert ticks[-1].seconds_left == 0
    assert all(tick.images_per_second > 0 for tick in ticks)
    assert {"rec", "tv", "smooth", "adv", "critic"} == ticks[0].logs.keys()


def test_a_tick_tells_the_mean_of_each_loss_over_the_steps_that_have_it():
    def ticks(every):
        network = methods.build("deoldify", "tiny", shares=(0.5, 0.5, 0.0))
        return list(train(methods.recipe(network), Boxes(4), steps=4, batch_size=2, every=every))

    (whole,), single = ticks(4), ticks(1)
    assert "critic" not in single[0].logs
    assert "content" not in single[-1].logs
    for name, steps in (("content", (0, 1)), ("critic", (2, 3)), ("rec", (0, 1, 2, 3))):
        assert whole.logs[name] == pytest.approx(fmean(single[step].logs[name] for step in steps), rel=1e-4)


def test_the_same_seed_gives_the_same_weights_and_another_seed_others():
    assert same(run(), run())
    assert not same(run(), run(seed=1))


def test_a_run_that_was_stopped_ends_as_one_that_was_not(tmp_path):
    whole = run()
    run(tmp_path, stop=5)  # saved after step 4
    assert same(run(tmp_path), whole)
    assert same(methods.load(tmp_path), whole)


def test_painting_between_ticks_leaves_training_as_it_was():
    def watched(look):
        network = methods.build("guiding_painter", "tiny")
        for _ in train(methods.recipe(network), Boxes(6), steps=3, batch_size=2, every=1):
            if look:
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
        weights.find(tmp_path)


def test_every_epoch_shows_every_picture_once_across_devices():
    order = [i for step in range(14) for rank in range(2) for i in batch_index(PLAN, step, rank).tolist()]
    epochs = [order[start : start + 7] for start in range(0, 84, 7)]
    assert all(sorted(epoch) == list(range(7)) for epoch in epochs)
    assert epochs[0] != epochs[1]


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


def command(folder, out, *more):
    call = f"-m colornb train guiding_painter --data {folder} --out {out} --preset tiny --steps 40 --size 32"
    return [sys.executable, *call.split(), *["--batch-size", "2", "--save-every", "5", "--threads", "1"], *more]


@pytest.mark.slow
def test_a_killed_command_ends_with_the_weights_of_an_unbroken_one(folder, tmp_path, monkeypatch):
    monkeypatch.setenv("COLORNB_CACHE", str(tmp_path / "cache"))
    environment = os.environ | {"PYTHONPATH": str(Path.cwd())}
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    assert main(command(folder, whole)[3:]) == 0
    running = subprocess.Popen(command(folder, broken), stderr=subprocess.DEVNULL, env=environment)
    limit = time.time() + 120
    while not (broken / "state.pt").exists() and time.time() < limit:
        time.sleep(0.02)
    running.send_signal(signal.SIGKILL)
    assert running.wait() == -signal.SIGKILL, "the run ended before it could be killed"
    assert not (broken / "network.safetensors").exists()
    subprocess.run(command(folder, broken), check=True, capture_output=True, env=environment)
    assert same(methods.load(broken), methods.load(whole))


@pytest.mark.slow
def test_two_processes_train_together(folder, tmp_path):
    environment = os.environ | {"COLORNB_CACHE": str(tmp_path / "cache"), "PYTHONPATH": str(Path.cwd())}
    call = [*command(folder, tmp_path / "two"), "--device", "cpu", "--devices", "2", "--steps", "4"]
    done = subprocess.run(call, capture_output=True, text=True, env=environment, timeout=300, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    assert methods.load(tmp_path / "two").about["steps"] == 4


@pytest.mark.slow
def test_mixed_precision_trains(folder, tmp_path, monkeypatch):
    monkeypatch.setenv("COLORNB_CACHE", str(tmp_path / "cache"))
    assert main(command(folder, tmp_path / "half", "--precision", "bf16-mixed", "--steps", "3")[3:]) == 0
    state = methods.load(tmp_path / "half").state_dict()
    assert all(value.isfinite().all() for value in state.values())
