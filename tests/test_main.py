import json

import numpy as np
import pytest
import torch
from PIL import Image

from colornb import methods
from colornb.__main__ import main
from colornb.hints import Region, to_json


@pytest.fixture
def run(tmp_path):
    """The folder of a finished run of the smallest network."""
    network = methods.build("guiding_painter", "tiny")
    methods.save(network, tmp_path / "run" / "network.safetensors", size=48)
    return tmp_path / "run"


@pytest.fixture
def picture(tmp_path):
    path = tmp_path / "picture.jpg"
    array = np.random.default_rng(0).integers(0, 255, (6, 9, 3), dtype=np.uint8)
    Image.fromarray(array).resize((90, 60)).save(path)
    return path


def test_a_picture_is_coloured_at_its_own_size(run, picture, tmp_path):
    out = tmp_path / "out.png"
    assert main(["colorize", str(picture), "--out", str(out), "--weights", str(run)]) == 0
    assert Image.open(out).size == (90, 60)


def test_hints_by_hand_and_by_file_paint_the_same(run, picture, tmp_path):
    hints = tmp_path / "hints.json"
    hints.write_text(to_json([Region(0, "tomato"), Region(3, "#00ff00")]))
    common = [str(picture), "--weights", str(run)]
    for name, options in {
        "none": [],
        "file": ["--hints", str(hints)],
        "hand": ["--hint", "0=tomato", "--hint", "3=#0f0"],
    }.items():
        assert main(["colorize", *common, "--out", str(tmp_path / f"{name}.png"), *options]) == 0
    none, file, hand = (np.asarray(Image.open(tmp_path / f"{name}.png")) for name in ("none", "file", "hand"))
    assert np.array_equal(file, hand)
    assert not np.array_equal(none, hand)


def test_the_line_art_can_be_kept(run, picture, tmp_path):
    lines = tmp_path / "lines.png"
    out = tmp_path / "out.png"
    assert main(["colorize", str(picture), "--out", str(out), "--weights", str(run), "--sketch", str(lines)]) == 0
    assert Image.open(lines).size == (90, 60)


def test_colorize_needs_no_weights_of_ones_own(picture, tmp_path):
    assert main(["colorize", str(picture), "--out", str(tmp_path / "out.png")]) == 0


def test_training_and_measuring_a_named_dataset(tmp_path, capsys):
    run = tmp_path / "run"
    call = "train guiding_painter --data dark_snail --steps 3 --size 32 --batch-size 2 --device cpu --set width=4"
    assert main([*call.split(), "--out", str(run)]) == 0
    assert methods.load(run).config.width == 4
    assert methods.load(run).about["data"] == "dark_snail"
    results = tmp_path / "table.json"
    call = f"evaluate {run} --data dark_snail --split test --size 32 --pictures 4 --benchmark 10 --out {results}"
    assert main(call.split()) == 0
    rows = json.loads(results.read_text())["rows"]
    assert [row["hints"] for row in rows] == list(range(9))
    assert "NRI" in capsys.readouterr().out


def test_the_list_names_everything(capsys):
    assert main(["list"]) == 0
    shown = capsys.readouterr().out
    assert "method guiding_painter: presets paper, code" in shown
    assert "dataset storybook" in shown


@pytest.mark.parametrize(
    "call",
    [
        "colorize nowhere.png --out a.png",
        "colorize {picture} --out a.xyz --weights {run}",
        "colorize {picture} --out a.png --weights {run} --hint red",
        "colorize {picture} --out a.png --weights {run} --hint 0=#12",
        "colorize {picture} --out a.png --weights {run} --hint 99=red",
        "colorize {picture} --out a.png --weights nowhere",
        "train pix3pix --data dark_snail --out x",
        "train guiding_painter --data dark_snail --out x --preset huge",
        "train guiding_painter --data dark_snail --out x --set colour=red",
        "train guiding_painter --data nowhere --out x",
        "evaluate nowhere --data dark_snail",
    ],
)
def test_mistakes_end_in_one_line_and_no_traceback(call, run, picture, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(call.format(run=run, picture=picture).split()) == 2
    error = capsys.readouterr().err.strip().splitlines()[-1]
    assert error.startswith("colornb: ")
    assert not (tmp_path / "a.png").exists()
    assert torch.is_grad_enabled()
