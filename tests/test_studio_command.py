"""`python -m colornb studio`: the page that it serves, and what it refuses; the app itself is driven in a browser."""

from pathlib import Path

import nbformat
import pytest
import torch

from colornb.__main__ import main
from colornb.commands import studio
from colornb.commands.studio import work_folder
from colornb.images import load_image, sample, save_image


def test_the_page_is_a_notebook_with_the_studio_alone(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    save_image(sample("coffee")[..., :20, :20], "cup.png")
    page = nbformat.from_dict(studio.notebook(Path("cup.png"), Path("kept")))
    nbformat.validate(page)
    (cell,) = page.cells
    compile(cell.source, "cell", "exec")
    assert str(tmp_path / "cup.png") in cell.source
    assert str(tmp_path / "kept" / "cup-") in cell.source, "each picture has a folder of its own"
    assert "picture=None" not in studio.notebook(None, Path("kept"))["cells"][0]["source"]


@pytest.mark.parametrize(
    ("words", "mend"),
    [
        (["missing.png"], "does not exist"),
        (["letter.png"], "no picture"),
        (["--port", "0"], "from 1 to 65535"),
    ],
)
def test_what_cannot_be_served_is_told_in_one_line(tmp_path, monkeypatch, capsys, words, mend):
    monkeypatch.chdir(tmp_path)
    Path("letter.png").write_text("Dear painter,")
    monkeypatch.setattr(studio.subprocess, "run", lambda *_, **__: pytest.fail("nothing is to be served"))
    assert main(["studio", *words]) == 2
    told = capsys.readouterr().err
    assert mend in told
    assert told.count("\n") == 1


def test_a_missing_voila_and_a_taken_port_say_the_mend(monkeypatch, capsys):
    monkeypatch.setattr(studio, "find_spec", lambda name: None)
    assert main(["studio"]) == 2
    assert "pip install" in capsys.readouterr().err
    monkeypatch.undo()
    monkeypatch.setattr(studio.subprocess, "run", lambda *_, **__: type("Done", (), {"returncode": 1}))
    assert main(["studio", "--port", "8899"]) == 2
    assert "is port 8899 free?" in capsys.readouterr().err


def test_pictures_of_one_name_keep_their_own_work(tmp_path):
    keep = tmp_path / "work"
    one, two, copy = (tmp_path / place / "scan0001.png" for place in ("A", "B", "C"))
    for path, level in ((one, 0.2), (two, 0.7), (copy, 0.2)):
        path.parent.mkdir()
        save_image(torch.full((1, 3, 20, 30), level), path)
    assert work_folder(one, keep) != work_folder(two, keep)
    assert work_folder(one, keep) == work_folder(copy, keep), "a picture that moved finds its work"
    assert work_folder(None, keep) == keep / "sample"


def test_work_kept_by_name_in_earlier_versions_goes_with_its_own_picture(tmp_path):
    keep, path = tmp_path / "work", tmp_path / "cup.png"
    save_image(sample("coffee")[..., :40, :60], path)
    other = tmp_path / "other" / "cup.png"
    other.parent.mkdir()
    save_image(sample("coffee")[..., 40:80, :60], other)
    (keep / "cup").mkdir(parents=True)
    save_image(load_image(path), keep / "cup" / "picture.png")
    (keep / "cup" / "work.json").write_text("{}")
    assert not work_folder(other, keep).exists(), "it is of another picture"
    assert (work_folder(path, keep) / "work.json").exists()
    assert not (keep / "cup").exists()
