"""`python -m colornb studio`: the page that it serves, and what it refuses; the app itself is driven in a browser."""

import json
import socket
import tempfile
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


def test_a_missing_voila_says_what_to_install(monkeypatch, capsys):
    monkeypatch.setattr(studio, "find_spec", lambda name: None)
    assert main(["studio"]) == 2
    assert "pip install" in capsys.readouterr().err


@pytest.fixture
def busy():
    """A port that somebody listens at."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        yield server.getsockname()[1]


def test_a_busy_port_is_one_line_before_any_address(monkeypatch, capsys, busy):
    monkeypatch.setattr(studio.subprocess, "run", lambda *_, **__: pytest.fail("nothing is to be served"))
    assert main(["studio", "--port", str(busy)]) == 2
    told = capsys.readouterr().err
    assert f"port {busy} is in use" in told
    assert "http" not in told
    assert told.count("\n") == 1


def test_without_a_port_the_next_free_one_is_taken(monkeypatch, busy):
    monkeypatch.setattr(studio, "PORT", busy)
    assert busy < studio.find_port(None) < busy + studio.PORTS
    monkeypatch.setattr(studio, "PORTS", 1)
    with pytest.raises(ValueError, match="give a free one by --port"):
        studio.find_port(None)


def serve(monkeypatch, *words):
    """Run the command; the program that it would have served with, its environment, and the settings it was given."""
    served = []

    def run(command, env, **_):
        (folder,) = (Path(word.partition("=")[2]) for word in command if word.startswith("--Voila.config_file_paths"))
        template = folder / "voila" / "templates" / "colornb" / "index.html.j2"
        served.append((command, env, json.loads((folder / "voila.json").read_text()), template.read_text()))
        return type("Done", (), {"returncode": 0})

    monkeypatch.setattr(studio.subprocess, "run", run)
    assert main(["studio", "--no-browser", *words]) == 0
    return served[0]


def test_each_start_has_a_token_of_its_own_which_no_list_of_processes_shows(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    tokens = set()
    for _ in range(2):
        command, _, settings, _ = serve(monkeypatch)
        token = settings["Voila"]["token"]
        assert f"/?token={token} " in capsys.readouterr().err
        assert len(token) >= 32
        assert not any(token in word for word in command)
        tokens.add(token)
    assert len(tokens) == 2


def test_the_page_asks_no_other_host(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    _, env, _, template = serve(monkeypatch)
    assert "http" not in template
    assert env["JUPYTER_PATH"].startswith(tempfile.gettempdir())


def test_a_picture_outside_of_the_root_is_refused(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    save_image(sample("coffee")[..., :20, :20], "cup.png")
    (tmp_path / "root").mkdir()
    assert main(["studio", "cup.png", "--root", "root"]) == 2
    assert "lies outside of root" in capsys.readouterr().err
    assert main(["studio", "--root", "nowhere"]) == 2
    assert "is no folder" in capsys.readouterr().err
    (cell,) = studio.notebook(Path("cup.png"), Path("kept"), Path("root"))["cells"]
    assert f"root={str(tmp_path / 'root')!r}" in cell["source"]


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
