"""The commands that train and measure: what they take, keep and refuse."""

import json
import shutil

import pytest
import torch

from colornb import data, methods
from colornb.__main__ import main
from colornb.evaluation import ScribbleProtocol, read_results
from colornb.training import duration


def test_scribbles_are_measured_before_and_after(tmp_path, capsys):
    methods.save(methods.build("edge_enhancing", "tiny"), tmp_path / "network.safetensors", size=48)
    call = f"evaluate {tmp_path} --data storybook --pictures 3 --scribbles 4 --out {tmp_path / 'found.json'}"
    assert main(call.split()) == 0
    shown = capsys.readouterr().out.splitlines()
    assert [line.split("  painted")[0] for line in shown] == [
        *["hints yes  stop 0.02"] * 2,
        *["hints yes  stop 0.125"] * 2,
        *["hints no  stop -"] * 2,
    ]
    rows, about = read_results(tmp_path / "found.json")
    for before, after in zip(rows[::2], rows[1::2], strict=True):
        assert (before["painted"], before["scribbles"]) == ("before", 4)
        assert after["painted"] == "after"
        assert after["psnr_near_gain"] == pytest.approx(0, abs=1e-5)
    protocols = [about["scribbling"] | row["scribbling"] for row in rows[::2]]
    for protocol, user in zip(protocols, ({"stop": 0.02}, {"stop": 0.125}, {"hints": False}), strict=True):
        wanted = ScribbleProtocol(n=4, **user)
        assert protocol == wanted.about()


def test_options_change_the_protocol_of_scribbles_and_the_file_says_so(tmp_path):
    methods.save(methods.build("edge_enhancing", "tiny"), tmp_path / "network.safetensors", size=48)
    call = f"evaluate {tmp_path} --data storybook --pictures 3 --scribbles 4 --out {tmp_path / 'found.json'} --seed 2"
    more = "--stop 0.3 --widths 2 3 --thresholds 0.1 0.2 --edges 2 --slack 0 --kernel 5 --max-hints 9 --patches 2 7"
    assert main([*call.split(), *more.split()]) == 0
    rows, about = read_results(tmp_path / "found.json")
    changes = {
        "stop": 0.3,
        "widths": (2, 3),
        "thresholds": (0.1, 0.2),
        "max_edges": 2,
        "tolerance": 0,
        "kernel": 5,
        "most": 9,
    }
    assert about["scribbling"] == ScribbleProtocol(n=4, seed=2, patches=(2, 7), **changes).about()
    assert [row["stop"] for row in rows] == [0.3, 0.3]
    assert main([*call.split(), "--no-hints", "--own-patches"]) == 0
    rows, about = read_results(tmp_path / "found.json")
    assert [row["hints"] for row in rows] == [False, False]
    assert about["scribbling"] == ScribbleProtocol(n=4, seed=2, hints=False, patches=None).about()


def test_a_network_that_takes_no_colours_is_measured_without_them_alone(tmp_path, capsys):
    network = methods.build("edge_enhancing", "tiny", backbone="pix2pix:tiny_photo")
    methods.save(network, tmp_path / "network.safetensors", size=64)
    call = f"evaluate {tmp_path} --data storybook --pictures 3 --scribbles 2"
    assert main(call.split()) == 0
    shown = capsys.readouterr().out.splitlines()
    assert [line.split("  scribbles")[0] for line in shown] == [
        "hints no  stop -  painted before",
        "hints no  stop -  painted after",
    ]
    assert main([*call.split(), "--stop", "0.1"]) == 2
    assert "takes no colours" in capsys.readouterr().err


def test_training_and_measuring_a_named_dataset(tmp_path, capsys):
    run = tmp_path / "run"
    call = "train guiding_painter --data dark_snail --steps 3 --size 32 --batch-size 2 --device cpu --set width=4"
    train = [*call.split(), "--set", "betas=0.5,0.9", "--out", str(run)]
    assert main(train) == 0
    assert "images/s, 0 s left, rec " in capsys.readouterr().err
    assert methods.load(run).config.width == 4
    assert methods.load(run).config.betas == (0.5, 0.9)
    about = methods.load(run).about
    wanted = {"data": "dark_snail", "augment": False, "start": None, "precision": "32-true", "device": "cpu"}
    assert {name: about[name] for name in wanted} == wanted
    assert about["command"] == f"python -m colornb {call} --set betas=0.5,0.9 --out run"
    assert str(tmp_path) not in json.dumps(about)
    assert main(train) == 0
    assert "already finished: network.safetensors is there" in capsys.readouterr().err
    results = tmp_path / "table.json"
    call = f"evaluate {run} --data dark_snail --split test --pictures 4 --benchmark 10 --device cpu --out {results}"
    assert main(call.split()) == 0
    document = json.loads(results.read_text())
    assert [row["hints"] for row in document["rows"]] == list(range(9))
    wanted = {"size": 32, "split": "test", "seed": 0, "device": "cpu", "pictures": 4}
    assert {name: document["about"][name] for name in wanted} == wanted
    assert str(tmp_path) not in results.read_text()
    assert "NRI" in capsys.readouterr().out


def test_an_enhancer_begun_from_another_stays_on_the_backbone_that_is_named(tmp_path):
    for seed, name in enumerate(("one", "two")):
        methods.save(methods.build("rtug", "tiny", seed), tmp_path / f"{name}.safetensors")
    start = tmp_path / "start.safetensors"
    methods.save(methods.build("edge_enhancing", "tiny", 7, backbone=str(tmp_path / "one.safetensors")), start)
    call = "train edge_enhancing --preset tiny --data dark_snail --steps 1 --size 32 --batch-size 2 --device cpu"
    for name in ("one", "two"):
        named = ["--set", f"backbone={tmp_path / name}.safetensors", "--set", "lr=1e-9"]
        assert main([*call.split(), *named, "--start", str(start), "--out", str(tmp_path / f"on_{name}")]) == 0
        found = methods.load(tmp_path / f"on_{name}").state_dict()
        stands_on = methods.load(tmp_path / f"{name}.safetensors").state_dict()
        assert all(torch.equal(found[f"backbone.{key}"], value) for key, value in stands_on.items())
        for key, value in methods.load(start).state_dict().items():
            if not key.startswith("backbone."):
                torch.testing.assert_close(found[key], value, rtol=0, atol=1e-6)
    shutil.copy(tmp_path / "two.safetensors", tmp_path / "one.safetensors")  # the same name, trained on since
    named = ["--set", f"backbone={tmp_path / 'one'}.safetensors", "--start", str(start)]
    assert main([*call.split(), *named, "--out", str(tmp_path / "anew")]) == 0
    found = methods.load(tmp_path / "anew").state_dict()
    assert all(torch.equal(found[f"backbone.{key}"], value) for key, value in stands_on.items())


def test_what_a_start_does_not_have_begins_anew_and_what_does_not_fit_is_refused(tmp_path, capsys):
    start, run = tmp_path / "start.safetensors", tmp_path / "run"
    methods.save(methods.build("efficient_unet", "tiny", 7), start)
    call = "train efficient_unet --preset tiny --data dark_snail --steps 1 --size 32 --batch-size 2 --device cpu"
    call += f" --set lr=1e-9 --start {start}"
    assert main([*call.split(), "--set", "propagate=true", "--out", str(run)]) == 0
    assert "11 of the weights are not in" in capsys.readouterr().err
    found = methods.load(run).state_dict()
    for name, value in methods.load(start).named_parameters():
        torch.testing.assert_close(found[name], value, rtol=0, atol=1e-6)
    widths = "--set widths=8,8,8,16,16,32"
    assert main([*call.split(), *widths.split(), "--out", str(tmp_path / "other")]) == 2
    assert "does not fit this network" in capsys.readouterr().err


def test_ranges_of_augmentation_are_used_kept_and_compared(tmp_path, capsys, monkeypatch):
    seen = []
    monkeypatch.setattr(data, "augment", lambda batch, generator, **how: seen.append(how) or batch)
    call = "train guiding_painter --data dark_snail --steps 1 --size 32 --batch-size 2 --device cpu --set width=2"
    code = "--augment --crop 0.08 1 --jitter"  # as GuidingPainter's code does it
    for place, words in (("a", "--augment"), ("b", code), ("c", "--augment --ratio 1 1 --jitter 0.1 0.2 0 0.3 0.4")):
        assert main([*call.split(), "--out", str(tmp_path / place), *words.split()]) == 0
    assert seen == [
        {},
        {"crop": (0.08, 1.0), "color": data.Jitter()},
        {"ratio": (1.0, 1.0), "color": data.Jitter(0.1, 0.2, 0.0, 0.3, 0.4)},
    ]
    plain, wide, narrow = (methods.load(tmp_path / place).about["augment"] for place in "abc")
    assert plain is True, "what a run without ranges has always said"
    color = {"brightness": 0.2, "contrast": 0.2, "hue": 20 / 180, "saturation": 30 / 255, "value": 20 / 255, "p": 0.5}
    assert wide == {"crop": [0.08, 1.0], "ratio": [0.75, 4 / 3], "color": color}
    assert narrow["color"] == {
        "brightness": 0.1,
        "contrast": 0.2,
        "hue": 0.0,
        "saturation": 0.3,
        "value": 0.4,
        "p": 0.5,
    }
    again = [*call.split(), "--out", str(tmp_path / "b")]
    assert main([*again, *code.split()]) == 0
    capsys.readouterr()
    assert main([*again, "--augment", "--crop", "0.1", "1", "--jitter"]) == 2
    assert "holds a run with other settings" in capsys.readouterr().err
    assert main([*call.split(), "--out", str(tmp_path / "a"), "--augment", "--crop", "0.6", "1"]) == 0, "the defaults"


def test_pictures_that_own_line_art_keep_it_for_a_network_trained_on_drawn_lines(tmp_path):
    path = tmp_path / "network.safetensors"
    methods.save(methods.build("guiding_painter", "tiny", width=2), path, size=32, draw=2)
    assert main(f"evaluate {path} --data dark_snail --pictures 2 --device cpu".split()) == 0


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("line_art=clean,classic", ("clean", "classic")),
        ("line_art=clean", ("clean",)),
        ("betas=0.5, 0.9", (0.5, 0.9)),
        ("half_decoder=True", True),
        ("n_regions=4", 4),
        ("adv=1", 1.0),
        ("counts=all", "all"),
    ],
)
def test_settings_are_read_as_the_preset_has_them(text, value):
    name, found = methods.read_setting(text, methods.presets("guiding_painter")["tiny"])
    assert (name, found, type(found)) == (text.split("=")[0], value, type(value))


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("lr=fast", "give a number, such as lr=0.004"),
        ("n_regions=2.5", "give a whole number, such as n_regions=8"),
        ("half_decoder=1", "give true or false, such as half_decoder=false"),
        ("betas=0.5", "such as betas=0.5,0.999"),
        ("betas=a,b", "such as betas=0.5,0.999"),
        ("counts=", "give a word, such as counts=picture"),
    ],
)
def test_settings_of_another_kind_are_refused(text, kind):
    with pytest.raises(ValueError, match=kind):
        methods.read_setting(text, methods.presets("guiding_painter")["tiny"])


@pytest.mark.parametrize(("text", "value"), [("patches=1,9", (1, 9)), ("patches=none", None)])
@pytest.mark.parametrize("preset", ["paper", "tiny"])
def test_a_setting_that_may_be_left_open_is_read_alike_whether_it_is_or_not(text, value, preset):
    assert methods.read_setting(text, methods.presets("edge_enhancing")[preset]) == ("patches", value)


@pytest.mark.parametrize(
    ("text", "words"),
    [("patches=1", "such as patches=2,2"), ("patches=a,b", "whole number"), ("built=x", "not for setting")],
)
def test_what_it_cannot_be_is_refused(text, words):
    with pytest.raises(ValueError, match=words):
        methods.read_setting(text, methods.presets("edge_enhancing")["tiny"])


def test_time_left_is_short():
    assert [duration(seconds) for seconds in (0.2, 100, 250, 9000)] == ["0 s", "100 s", "4 min", "2 h"]


def test_pictures_with_line_art_are_not_drawn_again():
    book = data.open("storybook", size=64, n=2)
    with pytest.raises(ValueError, match="has line art of its own: leave out --draw"):
        data.with_sketches(data.with_sketches(book, 32), 16)
