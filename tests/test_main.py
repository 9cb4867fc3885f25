import json
import shutil

import numpy as np
import pytest
import torch
from PIL import Image, ImageDraw

from colornb import checkpoints, data, methods
from colornb.__main__ import main
from colornb.colorizer import Colorizer
from colornb.evaluation import evaluate_drawn, read_results
from colornb.hints import EdgeScribble, Point, Region, to_json
from colornb.images import load_image, sample, save_image
from colornb.widgets._model.session_file import region_map


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """The folder of a finished run of the smallest network; tests change copies of it."""
    folder = tmp_path_factory.mktemp("finished")
    methods.save(methods.build("guiding_painter", "tiny"), folder / "network.safetensors", size=48)
    return folder


@pytest.fixture
def run(finished, tmp_path):
    return shutil.copytree(finished, tmp_path / "run")


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


def asked(run, picture):
    """The ranks that the model of a run asks for in a picture."""
    colorizer = Colorizer.load(run)
    colorizer.set_image(load_image(picture))
    return colorizer.region_order


def test_hints_by_hand_count_questions_and_files_hold_ranks(run, picture, tmp_path):
    order = asked(run, picture)
    assert len(order) >= 2
    hints = tmp_path / "hints.json"
    hints.write_text(to_json([Region(order[0], "tomato"), Region(order[-1], "#00ff00")]))
    common = [str(picture), "--weights", str(run)]
    for name, options in {
        "none": [],
        "file": ["--hints", str(hints)],
        "hand": ["--hint", "1=tomato", "--hint", f"{len(order)}=#0f0"],
    }.items():
        assert main(["colorize", *common, "--out", str(tmp_path / f"{name}.png"), *options]) == 0
    none, file, hand = (np.asarray(Image.open(tmp_path / f"{name}.png")) for name in ("none", "file", "hand"))
    assert np.array_equal(file, hand)
    assert not np.array_equal(none, hand)


def test_a_point_by_hand_is_the_point_of_a_file(picture, tmp_path):
    methods.save(methods.build("rtug", "tiny"), tmp_path / "network.safetensors", size=48)
    (tmp_path / "hints.json").write_text(to_json([Point(0.25, 0.5, "tomato")]))
    check_hand_and_file(picture, tmp_path, "--point", "0.25,0.5=tomato")


def check_hand_and_file(picture, run, *by_hand):
    """Hints on the command line paint what those of a file do, and something else than none."""
    ways = {"file": ["--hints", str(run / "hints.json")], "hand": by_hand, "none": []}
    for name, words in ways.items():
        call = ["colorize", str(picture), "--weights", str(run), "--out", str(run / f"{name}.png")]
        assert main([*call, *words]) == 0
    file, hand, free = ((run / f"{name}.png").read_bytes() for name in ways)
    assert file == hand
    assert hand != free


def test_a_scribble_by_hand_is_the_scribble_of_a_file(picture, tmp_path):
    network = methods.build("edge_enhancing", "tiny")
    for name, values in network.enhancers.named_parameters():
        if name.endswith("last.weight"):
            torch.nn.init.normal_(values, 0, 0.1, generator=torch.Generator().manual_seed(0))
    methods.save(network, tmp_path / "network.safetensors", size=48)
    (tmp_path / "hints.json").write_text(to_json([EdgeScribble(((0.25, 0.5), (0.5, 0.75)))]))
    check_hand_and_file(picture, tmp_path, "--scribble", "0.25,0.5:0.5,0.75")


def test_numbers_of_hints_may_be_drawn_for_each_picture(run, tmp_path, capsys):
    call = (
        f"evaluate {run} --data dark_snail --pictures 5 --device cpu --seed 3 --out {tmp_path / 'found.json'} --drawn"
    )
    for words, stop in (([], 0.125), (["0.4"], 0.4)):
        assert main([*call.split(), *words]) == 0
        (row,) = read_results(tmp_path / "found.json")[0]
        pictures = data.open("dark_snail", "test", 48, 3, n=5)
        wanted = evaluate_drawn(methods.load(run), pictures, 8, stop, seed=3)
        assert row == pytest.approx({"hints": "drawn", "stop": stop} | wanted)
    methods.save(methods.build("cic", "tiny"), tmp_path / "network.safetensors", size=48)
    assert main(f"evaluate {tmp_path} --data dark_snail --pictures 2 --drawn".split()) == 2
    assert "does not accept hints" in capsys.readouterr().err


def test_a_hint_past_the_last_question_says_how_many_there_are_and_shows_them(run, picture, tmp_path, capsys):
    shown, n = tmp_path / "regions.png", len(asked(run, picture))
    call = ["colorize", str(picture), "--out", str(tmp_path / "a.png"), "--weights", str(run), "--regions", str(shown)]
    assert main([*call, "--hint", f"{n + 1}=red"]) == 2
    assert f"asks {n} questions here, give 1 to {n}" in capsys.readouterr().err
    assert Image.open(shown).format == "PNG"


def test_a_picture_that_was_shrunk_is_reported(run, picture, tmp_path, capsys):
    out = tmp_path / "out.png"
    call = ["colorize", str(picture), "--out", str(out), "--weights", str(run), "--device", "cpu"]
    assert main([*call, "--max-side", "90"]) == 0
    assert not capsys.readouterr().err
    assert main([*call, "--max-side", "45"]) == 0
    assert Image.open(out).size == (45, 30)
    assert capsys.readouterr().err == "colornb: 90 x 60 was read as 45 x 30: give --max-side 90 to keep its size\n"


def test_a_turned_picture_that_was_shrunk_is_reported_upright(run, tmp_path, capsys):
    path, exif = tmp_path / "turned.jpg", Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (90, 60), "teal").save(path, exif=exif)
    assert (
        main(["colorize", str(path), "--out", str(tmp_path / "o.png"), "--weights", str(run), "--max-side", "45"]) == 0
    )
    assert "60 x 90 was read as 30 x 45" in capsys.readouterr().err


def test_the_line_art_can_be_kept(run, picture, tmp_path):
    lines = tmp_path / "lines.png"
    out = tmp_path / "out.png"
    assert main(["colorize", str(picture), "--out", str(out), "--weights", str(run), "--sketch", str(lines)]) == 0
    assert Image.open(lines).size == (90, 60)


def test_colorize_needs_no_weights_of_ones_own(picture, tmp_path):
    assert main(["colorize", str(picture), "--out", str(tmp_path / "out.png")]) == 0


def test_the_list_names_everything(capsys):
    assert main(["list"]) == 0
    shown = capsys.readouterr().out
    assert "method guiding_painter: presets paper, code" in shown
    assert "dataset storybook" in shown
    assert "metric psnr: dB, higher is better" in shown
    assert f"checkpoint {checkpoints.FOR_PHOTOGRAPHS}: paints photographs where nobody chooses" in shown
    assert "checkpoint rtug-natural\n" in shown


@pytest.mark.parametrize(
    "call",
    [
        "colorize nowhere.png --out a.png",
        "colorize {picture} --out a.xyz --weights {run}",
        "colorize {picture} --out a.png --weights {run} --hint red",
        "colorize {picture} --out a.png --weights {run} --hint 1=#12",
        "colorize {picture} --out a.png --weights {run} --hint 0=red",
        "colorize {picture} --out a.png --weights {run} --point 0.5=red",
        "colorize {picture} --out a.png --weights {run} --point 0.5,1.5=red",
        "colorize {picture} --out a.png --weights {run} --point 0.5,0.5=rouge",
        "colorize {picture} --out a.png --weights {run} --box 0.1,0.1,0.5,0.5",
        "colorize {picture} --out a.png --weights {run} --box 0.1,0.1,0.5",
        "colorize {picture} --out a.png --weights {run} --box a,b",
        "colorize {picture} --out a.png --weights {run} --scribble 0.5,0.5:0.6",
        "colorize {picture} --out a.png --weights {run} --scribble 0.5,0.5:0.6,1.6",
        "colorize {picture} --out a.png --weights {run} --scribble 0.5,0.5:0.6,0.6",
        "evaluate {run} --data storybook --pictures 2 --scribbles 3",
        "evaluate {run} --data storybook --pictures 2 --stop 0.1",
        "evaluate {run} --data storybook --pictures 2 --kernel 5",
        "evaluate {run} --data storybook --pictures 2 --no-hints",
        "evaluate {run} --data storybook --pictures 2 --drawn 1",
        "evaluate {run} --data storybook --scribbles 3 --stop 1",
        "evaluate {run} --data storybook --scribbles 3 --stop 0.1 0",
        "evaluate {run} --data storybook --scribbles 3 --kernel 4",
        "evaluate {run} --data storybook --scribbles 3 --widths 3 1",
        "evaluate {run} --data storybook --scribbles 3 --patches 0 9",
        "evaluate {run} --data storybook --scribbles 3 --thresholds 0.3 0.1",
        "evaluate {run} --data storybook --scribbles 3 --edges 0",
        "evaluate {run} --data storybook --scribbles 3 --slack -1",
        "evaluate {run} --data storybook --scribbles 3 --max-hints 0",
        "colorize {picture} --out a.png --weights siggraph17-retrained",
        "colorize {picture} --out a.png --weights siggraph17=none.pth",
        "evaluate {run} --data storybook --pictures 2 --counts -1",
        "colorize {picture} --out a.png --weights {run} --hints .",
        "colorize {picture} --out a.png --weights {run} --regions a.jpg",
        "colorize {picture} --out a.png --weights {run} --max-side 0",
        "colorize {picture} --out a.png --weights {run} --device gameboy",
        "colorize {picture} --out a.png --weights {run} --hint 99=red",
        "colorize {picture} --out a.png --weights nowhere",
        "train pix3pix --data dark_snail --out x",
        "train guiding_painter --data dark_snail --out x --preset huge",
        "train guiding_painter --data dark_snail --out x --set colour=red",
        "train guiding_painter --data dark_snail --out x --set lr=fast",
        "train guiding_painter --data dark_snail --out x --device cpu --save-every 0",
        "train guiding_painter --data dark_snail --out x --device cpu --size 16",
        "train guiding_painter --data dark_snail --out x --device cpu --draw 2",
        "train guiding_painter --data dark_snail --out x --device cpu --precision half",
        "train guiding_painter --data dark_snail --out {picture} --device cpu",
        "train guiding_painter --data dark_snail --out {picture}/x --device cpu",
        "train guiding_painter --data dark_snail --out x --device gameboy",
        "train guiding_painter --data nowhere --out x",
        "train guiding_painter --data dark_snail --out x --device cpu --crop 0.5 1",
        "train guiding_painter --data dark_snail --out x --device cpu --jitter",
        "train guiding_painter --data dark_snail --out x --device cpu --augment --crop 0 1",
        "train guiding_painter --data dark_snail --out x --device cpu --augment --ratio 2 1",
        "train guiding_painter --data dark_snail --out x --device cpu --augment --jitter 0.1 0.2",
        "train guiding_painter --data dark_snail --out x --device cpu --augment --jitter 0 0 0 0 2",
        "evaluate nowhere --data dark_snail",
        "evaluate {run} --data dark_snail --out .",
    ],
)
def test_mistakes_end_in_one_line_and_no_traceback(call, run, picture, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(call.format(run=run, picture=picture).split()) == 2
    error = capsys.readouterr().err.strip().splitlines()[-1]
    assert error.startswith("colornb: ")
    assert not (tmp_path / "a.png").exists()
    assert torch.is_grad_enabled()


@pytest.mark.parametrize(
    "call", ["train guiding_painter --data dark_snail --out x", "evaluate {run} --data dark_snail"]
)
def test_a_gpu_that_is_not_there_is_one_line(call, run, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert main([*call.format(run=run).split(), "--device", "cuda"]) == 2
    said = capsys.readouterr().err
    assert said.startswith("colornb: --device cuda is not here: choose one of auto, cpu") and said.count("\n") == 1


def test_errors_of_the_file_system_name_the_file(capsys, monkeypatch):
    def refuse(name):
        raise PermissionError(13, "Permission denied", str(name))

    monkeypatch.setattr(methods, "load", refuse)
    assert main(["evaluate", "secret", "--data", "dark_snail"]) == 2
    assert capsys.readouterr().err == "colornb: Permission denied: secret\n"


def test_colorize_chooses_the_model_that_suits_the_picture_and_says_so(tmp_path, capsys):
    drawing, photo, out = tmp_path / "drawing.png", tmp_path / "photo.png", tmp_path / "out.png"
    lines = Image.new("L", (120, 90), 255)
    ImageDraw.Draw(lines).ellipse((20, 20, 90, 70), outline=0, width=2)
    lines.save(drawing)
    save_image(sample("coffee")[..., :90, :120], photo)
    for path, said in ((drawing, "picture type: drawing, painted with edge_enhancing-drawing"),) + (
        (photo, "picture type: photo, painted with edge_enhancing-photo3"),
    ):
        assert main(["colorize", str(path), "--out", str(out), "--size", "32"]) == 0
        assert said in capsys.readouterr().err
    call = ["colorize", str(photo), "--out", str(out), "--size", "32"]
    assert main([*call, "--kind", "drawing", "--hint", "1=teal"]) == 0
    assert "picture type: drawing" in capsys.readouterr().err


def test_colorize_turns_no_photograph_into_a_drawing_unasked(tmp_path, capsys):
    photo, out = tmp_path / "photo.png", tmp_path / "out.png"
    save_image(sample("coffee")[..., :90, :120], photo)
    for option, value in (("--hint", "1=teal"), ("--regions", str(tmp_path / "r.png")), ("--flat", "over")):
        assert main(["colorize", str(photo), "--out", str(out), option, value]) == 2
        said = capsys.readouterr().err
        assert f"{option}: of photographs no regions are asked about: give --point" in said and said.count("\n") == 1
    assert not out.exists()


def test_work_on_a_picture_of_the_other_kind_is_painted_by_the_model_for_this_one(tmp_path, capsys):
    photo, page, work, out = (tmp_path / name for name in ("photo.png", "page.png", "work.json", "out.png"))
    save_image(sample("coffee")[..., :90, :120], photo)
    lines = Image.new("L", (120, 90), 255)
    ImageDraw.Draw(lines).ellipse((20, 20, 90, 70), outline=0, width=2)
    lines.save(page)
    state = json.loads(to_json([Point(0.4, 0.5, "red")]))
    for picture, kind, made, model in (
        (photo, "photograph", {"kind": "auto", "seen_as": "drawing"}, "edge_enhancing-drawing"),
        (page, "drawing", {"kind": "auto", "seen_as": "photo"}, "edge_enhancing-photo3"),
    ):
        work.write_text(json.dumps(state | made | {"checkpoint": {"name": model, "sha256": "0" * 64}}))
        assert main(["colorize", str(picture), "--out", str(out), "--size", "32", "--hints", str(work)]) == 0
        said = capsys.readouterr().err
        assert f"this picture is seen as a {kind}" in said and f"painted with {model}" not in said
    call = ["colorize", str(photo), "--out", str(tmp_path / "none.png"), "--size", "32", "--hints", str(work)]
    work.write_text(json.dumps(state | {"kind": "drawing"}))
    assert main(call) == 0
    assert "is painted as a drawing, as the hint file says (--kind chooses otherwise)" in capsys.readouterr().err
    (tmp_path / "none.png").unlink()
    work.write_text(to_json([Region(0, "red")]))
    assert main(call) == 2
    assert "--hints: of photographs no regions are asked about" in capsys.readouterr().err
    assert not (tmp_path / "none.png").exists()


def test_a_hint_file_names_its_model_and_the_regions_it_speaks_of(tmp_path, capsys):
    photo, work, out = tmp_path / "photo.png", tmp_path / "work.json", tmp_path / "out.png"
    save_image(sample("coffee")[..., :90, :120], photo)
    state = {"colornb": 1, "hints": [{"kind": "point", "x": 0.5, "y": 0.5, "color": "red", "size": 0.05}]}
    work.write_text(json.dumps(state | {"checkpoint": {"name": "rtug-natural", "sha256": "0" * 64}}))
    call = ["colorize", str(photo), "--out", str(out), "--size", "32", "--hints", str(work)]
    assert main(call) == 0
    told = capsys.readouterr().err
    assert "painted with rtug-natural, as the hint file says" in told
    assert "made with another version of rtug-natural: the picture may look different now" in told
    regions = {
        "hints": [{"kind": "region", "rank": 0, "color": "red"}],
        "region_map": region_map(torch.ones(1, 32, 32)),
    }
    work.write_text(json.dumps(state | regions | {"checkpoint": {"name": "guiding_painter-comic"}}))
    assert main(call) == 2
    assert "not those on show" in capsys.readouterr().err
    work.write_text(json.dumps(state | {"checkpoint": {"name": "rtug-natural", "sha256": "0" * 64}}))
    assert main([*call, "--weights", "rtug-storybook"]) == 0
    told = capsys.readouterr().err
    assert "made with rtug-natural: the picture may look different now, unless you choose that model" in told
    work.write_text(json.dumps(state | {"checkpoint": {"name": "rtug-gone", "sha256": "0" * 64}}))
    assert main(call) == 2
    told = capsys.readouterr().err
    assert "rtug-gone" in told and "painted with" not in told and told.count("\n") == 1
    work.write_text(json.dumps(state | {"checkpoint": {"name": "efficient_unet-photo", "sha256": "0" * 64}}))
    assert main(call) == 2
    assert "efficient_unet-photo no longer comes with the package" in capsys.readouterr().err
    assert main([*call, "--weights", "rtug-storybook"]) == 0
    assert "made with efficient_unet-photo, which is gone: the picture may look" in capsys.readouterr().err
