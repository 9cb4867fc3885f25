"""The plan that trains what is shipped: its packs, its jobs, and how it goes on."""

import subprocess
import sys
import time
from argparse import Namespace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from colornb import checkpoints, data, methods
from colornb.lite0 import Encoder
from tools import gpu_plan as plan

ROOT = Path(__file__).parents[1]


@pytest.fixture
def pictures(tmp_path):
    folder, rng = tmp_path / "pictures", np.random.default_rng(0)
    folder.mkdir()
    for number in range(12):
        array = rng.integers(0, 255, (4, 6, 3), dtype=np.uint8)
        picture = Image.fromarray(array).resize((60, 40), Image.Resampling.BICUBIC)
        picture.save(folder / f"{number}.{'webp' if number % 2 else 'png'}", lossless=True)
    return folder


@pytest.fixture
def options(pictures, tmp_path):
    plan.pack([pictures], tmp_path / "p.npz", 64, None)
    return Namespace(
        data=[str(tmp_path / "p.npz")], drawings=[], val=[str(tmp_path / "p.npz")], out=tmp_path / "out",
        runs=tmp_path / "runs", start=None, encoder=None, size=32, batch=2, preset="tiny", jobs=["rtug"], minutes=1.0,
    )  # fmt: skip


def prepare(options):
    squares = plan._squares_file(options.data[0], options)
    squares.parent.mkdir(parents=True, exist_ok=True)
    np.save(squares, plan.read_pack(Path(options.data[0]), options.size))


def test_a_pack_holds_what_the_folder_holds(pictures, options, monkeypatch, tmp_path):
    monkeypatch.setenv("COLORNB_CACHE", str(tmp_path / "cache"))
    packed = plan.read_pack(Path(options.data[0]), 32)
    opened = data.open(pictures, "all", 32)
    with np.load(options.data[0]) as file:
        names = [name.removeprefix("pictures/") for name in file["name"]]
        sizes = (file["end"] - file["start"]).tolist()
    assert sorted(names) == sorted(opened.names)
    for name, square, size in zip(names, packed, sizes, strict=True):
        off = np.abs(square.astype(int) - opened.rgb[opened.names.index(name)].numpy().astype(int))
        assert off.mean() < (0.6 if name.endswith("webp") else 8)  # those that were no WebP are not lossless now
        assert (size == (pictures / name).stat().st_size) == name.endswith("webp")


def test_a_pack_in_parts_is_a_pack(pictures, tmp_path):
    plan.pack([pictures], tmp_path / "one.npz", 32, None)
    plan.pack([pictures], tmp_path / "some.npz", 32, 0.002)
    parts = sorted(tmp_path.glob("some-*.npz"))
    assert len(parts) > 1
    whole, names = plan.read_pack(tmp_path / "one.npz", 32), []
    for part in parts:
        with np.load(part) as file:
            names += file["name"].tolist()
            assert file["end"][-1] == len(file["blob"])
    with np.load(tmp_path / "one.npz") as file:
        assert names == file["name"].tolist()
    assert np.array_equal(whole, np.concatenate([plan.read_pack(part, 32) for part in parts]))


def test_a_job_leaves_half_precision_weights_with_their_history_and_goes_on(options):
    prepare(options)
    job = plan.JOBS["rtug"]
    plan.train_job(job, time.time() + 2, 1, options)
    state, about = checkpoints.read(options.out / "rtug.safetensors")
    assert about["history"][-1]["step"] == about["steps"] > 0
    assert {"psnr0", "psnr20", "rec"} < about["history"][-1].keys()
    assert (options.out / "rtug.safetensors").stat().st_size < 2.1 * sum(v.numel() for v in state.values()) + 20_000
    plan.train_job(job, time.time() + 2, 1, options)
    later = checkpoints.read(options.out / "rtug.safetensors")[1]
    assert later["steps"] > about["steps"]
    assert later["history"][: len(about["history"])] == about["history"]


def test_a_run_that_was_cut_short_keeps_its_budget_and_one_that_ended_gets_more(tmp_path):
    assert plan._budget(tmp_path, 8.0) == 8.0
    assert plan._budget(tmp_path, 5.0) == 8.0
    (tmp_path / "network.safetensors").touch()
    assert plan._budget(tmp_path, 5.0) == 13.0


def test_jobs_begin_with_weights_that_came_back(options, tmp_path):
    trained = methods.build("rtug", "tiny", width=4, seed=3)
    methods.save(trained, tmp_path / "rtug.safetensors", half=True)
    network = plan._network(plan.JOBS["rtug"], Namespace(**vars(options) | {"start": tmp_path}))
    assert network.config.width == 4
    assert network.config.lr == plan.JOBS["rtug"].again["lr"]
    assert all(parameter.requires_grad for parameter in network.parameters())
    for key, value in network.state_dict().items():
        assert torch.allclose(value, trained.state_dict()[key], rtol=2e-3, atol=1e-4)


@pytest.mark.parametrize("name", ["photo", "drawing"])
def test_networks_over_an_encoder_take_the_one_that_was_packed(options, tmp_path, name):
    encoder = Encoder()
    encoder.pretrained.fill_(True)
    checkpoints.write(tmp_path / "encoder.safetensors", encoder.state_dict(), {}, half=True)
    given = Namespace(**vars(options) | {"encoder": tmp_path / "encoder.safetensors"})
    network = plan._network(plan.JOBS[name], given)
    own = getattr(network, "unet", network).encoder
    assert own.pretrained
    assert torch.allclose(own.stem.weight, encoder.stem.weight, rtol=1e-3, atol=1e-5)


def test_the_plan_fits_what_may_be_shipped():
    assert set(plan.DEFAULT) <= plan.JOBS.keys()
    for job in plan.PLAN:
        assert job.after is None or list(plan.JOBS).index(job.after) < list(plan.JOBS).index(job.name)
        if not job.after:
            network = methods.build(job.method, job.preset, **job.changes)
            own = [p for name, p in network.named_parameters() if name.split(".")[0] not in job.elsewhere]
            assert sum(p.numel() for p in own) * 2 <= 16 * 2**20


@pytest.mark.slow
@pytest.mark.sampled(0)
def test_the_whole_plan_runs_side_by_side_and_what_stands_on_it_after(options):
    """As a person starts it: each job is a process of its own, and must find the script."""
    words = ["--data", *options.data, "--val", *options.val, "--jobs", "rtug", "photo", "edges-rtug"]
    words += ["--out", options.out, "--runs", options.runs, "--minutes", plan.RESERVE + 0.6]
    words += ["--size", options.size, "--batch", options.batch, "--preset", options.preset]
    command = [sys.executable, ROOT / "tools" / "gpu_plan.py", "train", *words]
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    names = {path.stem for path in options.out.iterdir()}
    assert names == {"rtug", "photo", "edges-rtug"}
    backbone = methods.load(options.out / "rtug.safetensors").state_dict()
    edges = methods.load(options.out / "edges-rtug.safetensors").backbone.state_dict()
    assert all(torch.equal(edges[key], value) for key, value in backbone.items())
