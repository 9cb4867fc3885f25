"""`colorize FOLDER --out FOLDER`: all that can be painted is, whole; a command that was stopped goes on."""

import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from colornb import checkpoints, methods
from colornb.__main__ import main
from colornb.colorizer import Colorizer
from colornb.images import load_image, sample, to_uint8

ROOT = Path(__file__).parent.parent


def photograph(number):
    cat = Image.fromarray(to_uint8(sample("chelsea"))).convert("L")
    return cat.crop((number, 0, 400 + number, 300)).resize((64, 48))


def drawing(number):
    page = Image.new("L", (64, 48), 255)
    ImageDraw.Draw(page).ellipse((6 + number % 9, 5, 55, 40), outline=0, width=2)
    return page


def fill(folder, n):
    """`n` pictures, photographs and drawings in turn, some of them in a folder of their own; the last is damaged."""
    for number in range(n):
        kind, name = (photograph, "photo") if number % 2 else (drawing, "drawing")
        path = folder / ("" if number % 3 else "more") / f"{name}{number:02}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        kind(number).save(path)
    path.write_bytes(path.read_bytes()[:60])
    return path


def contents(folder):
    """Each file in a folder: its path there, and its bytes."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def folder(tmp_path):
    fill(tmp_path / "in", 6)
    return tmp_path / "in"


def colorize(folder, *more):
    return main(["colorize", str(folder), "--out", str(folder.parent / "out"), "--size", "32", *map(str, more)])


STOPS = """
import sys
from colornb.__main__ import main
from colornb.folders import Job

run, left = Job.run, list(range(5))

def run_five(job, color):
    if not left:
        sys.stdin.read()  # until it is killed
    left.pop()
    return run(job, color)

Job.run = run_five
main(sys.argv[1:])
"""


def test_fifty_mixed_pictures_are_painted_also_by_a_command_that_was_killed(tmp_path, capsys):
    source, out = tmp_path / "in", tmp_path / "out"
    damaged = fill(source, 50)
    before = contents(source)
    call = [sys.executable, "-c", STOPS, "colorize", source, "--out", out, "--size", "32"]
    quiet = dict.fromkeys(("stderr", "stdout"), subprocess.DEVNULL)
    with subprocess.Popen(call, cwd=ROOT, stdin=subprocess.PIPE, **quiet) as command:
        end = time.monotonic() + 600
        while len(list(out.rglob("*.png"))) < 5 and time.monotonic() < end:
            time.sleep(0.05)
        command.kill()
    first = contents(out)
    assert len(list(out.rglob("*.png"))) == 5, "it was killed in the midst"
    assert colorize(source) == 1
    said = capsys.readouterr()
    assert said.out == f"-> {out} (49 of 50 pictures)\n"
    reasons = [row for row in said.err.splitlines() if "not painted" in row]
    assert len(reasons) == 1 and str(damaged) in reasons[0]
    after = contents(out)
    assert {name for name in after if name.endswith(".png")} == before.keys() - {damaged.name}
    assert first.items() <= after.items(), "what was there is not painted again"
    assert contents(source) == before
    assert all(Image.open(path).size == (64, 48) for path in out.rglob("*.png"))
    assert colorize(source) == 1, "the damaged one is still not there"
    assert "49 of 50 pictures are there already" in capsys.readouterr().err
    assert contents(out) == after


def test_each_goes_to_the_model_for_its_kind_which_is_loaded_once(folder, monkeypatch, capsys):
    loaded, load = [], methods.load
    monkeypatch.setattr(methods, "load", lambda name: loaded.append(name) or load(name))
    assert colorize(folder) == 1
    assert sorted(loaded) == sorted([checkpoints.FOR_DRAWINGS, checkpoints.FOR_PHOTOGRAPHS])
    said = capsys.readouterr().err
    assert "3 painted with edge_enhancing-drawing" in said and "2 painted with edge_enhancing-photo3" in said
    for source in ("drawing02.png", "photo01.png"):
        alone = folder.parent / "alone.png"
        assert main(["colorize", str(folder / source), "--out", str(alone), "--size", "32"]) == 0
        assert alone.read_bytes() == (folder.parent / "out" / source).read_bytes(), "as by itself"


def test_other_weights_paint_all(folder, tmp_path):
    methods.save(methods.build("rtug", "tiny"), tmp_path / "run" / "network.safetensors", size=32)
    assert colorize(folder, "--weights", tmp_path / "run", "--format", "webp") == 1
    assert len(list((tmp_path / "out").rglob("*.webp"))) == 5
    colorizer = Colorizer.load(tmp_path / "run")
    colorizer.set_image(load_image(folder / "drawing02.png"))
    found = np.asarray(Image.open(tmp_path / "out" / "drawing02.webp").convert("RGB"), int)
    assert np.abs(found - to_uint8(colorizer.predict())).mean() < 6, "but for what WebP loses"


def test_nothing_of_others_is_written_over(folder, capsys):
    out = folder.parent / "out"
    out.mkdir()
    (out / "photo01.png").write_text("mine")
    assert colorize(folder) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1 and "is there already: give an empty folder, or --force" in said
    assert contents(out) == {"photo01.png": b"mine"}
    for place in (folder, folder.parent):
        assert main(["colorize", str(folder), "--out", str(place)]) == 2
        assert "holds the pictures themselves" in capsys.readouterr().err
    assert colorize(folder, "--force") == 1 and Image.open(out / "photo01.png").size == (64, 48)


def test_pictures_painted_otherwise_are_not_mixed(folder, capsys):
    assert colorize(folder) == 1
    before = contents(folder.parent / "out")
    capsys.readouterr()
    assert colorize(folder, "--kind", "photo") == 2
    assert "was painted with another kind: give another folder, or --force" in capsys.readouterr().err
    assert colorize(folder, "--weights", "rtug-natural") == 2
    assert "was painted with another model: give" in capsys.readouterr().err
    assert contents(folder.parent / "out") == before
    assert colorize(folder, "--kind", "photo", "--vividness", "1.2", "--max-side", "99") == 2
    assert "was painted with another kind, max side, vividness: give" in capsys.readouterr().err
    assert colorize(folder, "--kind", "photo", "--force") == 1
    assert contents(folder.parent / "out") != before


@pytest.mark.parametrize("text", ["{}", '{"kind": "photo"}', "[]", "mine", "[" * 9999])
def test_a_journal_of_others_is_not_taken_for_one_of_a_batch_nor_written_over(folder, capsys, text):
    journal = folder.parent / "out" / "colornb-batch.json"
    journal.parent.mkdir()
    journal.write_text(text)
    assert colorize(folder) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1 and f"{journal} is not of this command: give another folder, or --force" in said
    assert contents(journal.parent) == {journal.name: text.encode()}


@pytest.mark.parametrize("name", ["x.ora", "x.PNG"])
def test_a_folder_of_results_does_not_get_the_name_of_a_picture_unless_it_has_it(folder, tmp_path, capsys, name):
    call = ["colorize", str(folder), "--out", str(tmp_path / name), "--size", "32"]
    assert main(call) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1 and f"{name} is the name of one picture: give that of a folder" in said
    assert not os.path.lexists(tmp_path / name)
    (tmp_path / name).mkdir()
    assert main(call) == 1, "all but the damaged one"


def test_results_inside_the_folder_are_no_pictures_of_it_and_names_stay_apart(tmp_path, capsys):
    source = tmp_path / "in"
    source.mkdir()
    for name in ("a.png", "a.jpg", "A.b.png"):
        photograph(3).save(source / name)
    call = ["colorize", str(source), "--out", str(source / "out"), "--size", "32"]
    for _ in range(2):
        assert main(call) == 0
        assert capsys.readouterr().out == f"-> {source / 'out'} (3 of 3 pictures)\n"
    assert {p.name for p in (source / "out").glob("*.png")} == {"a.png.png", "a.jpg.png", "A.b.png"}


@pytest.mark.parametrize("words", ["--hint 1=red", "--point 0.5,0.5=red", "--hints a.json", "--sketch a.png"])
def test_what_is_about_one_picture_is_refused_for_a_folder(folder, capsys, words):
    assert colorize(folder, *words.split()) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1 and f"{words.split()[0]} is about one picture: leave it out for a folder" in said


def test_an_empty_folder_and_a_format_for_one_picture_are_refused(folder, tmp_path, capsys):
    (tmp_path / "empty").mkdir()
    assert main(["colorize", str(tmp_path / "empty"), "--out", str(tmp_path / "out")]) == 2
    assert "no pictures in" in capsys.readouterr().err
    call = ["colorize", str(folder / "photo01.png"), "--out", str(tmp_path / "a.png"), "--format", "png"]
    assert main(call) == 2
    assert "--format is for folders" in capsys.readouterr().err
    assert not os.path.lexists(tmp_path / "out")


def test_a_picture_that_was_written_is_said(folder, tmp_path, capsys):
    out, sketch = tmp_path / "a.png", tmp_path / "b.png"
    words = ["colorize", str(folder / "photo01.png"), "--out", str(out), "--sketch", str(sketch), "--size", "32"]
    assert main(words) == 0
    assert capsys.readouterr().out == f"-> {out}\n-> {sketch}\n"


def test_a_picture_that_has_changed_is_painted_anew(folder, capsys):
    out = folder.with_name("out")
    colorize(folder)
    first, *_ = sorted(out.rglob("drawing*.png"))
    before, source = first.read_bytes(), next(folder.rglob(first.name))
    drawing(8).resize((48, 64)).save(source)
    later = first.stat().st_mtime + 5
    os.utime(source, (later, later))
    colorize(folder)
    assert first.read_bytes() != before
