"""`python -m colornb studio`: the page that it serves, and what it refuses; the app itself is driven in a browser."""

import asyncio
import gc
import importlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import pytest
import torch
from widgets.driver import status, words

from colornb.__main__ import main
from colornb.commands import _app_kernel, studio
from colornb.images import sample, save_image


def test_the_page_is_a_notebook_with_the_studio_alone(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    save_image(sample("coffee")[..., :20, :20], "cup.png")
    source, forks = studio.programs(Path("cup.png"), Path("kept"))
    page = nbformat.from_dict(studio.notebook(source))
    nbformat.validate(page)
    (cell,) = page.cells
    for program in (cell.source, forks):
        compile(program, "cell", "exec")
        assert str(tmp_path / "cup.png") in program
    assert str(tmp_path / "kept") in cell.source
    assert "open_studio(None, " in studio.programs(None, Path("kept"))[0]


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
    monkeypatch.setattr(studio, "become", lambda *_: pytest.fail("nothing is to be served"))
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
    monkeypatch.setattr(studio, "become", lambda *_: pytest.fail("nothing is to be served"))
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
    """Run the command; the program that it becomes, its environment, the folder that it serves, and the settings."""
    served = []

    def become(command, env):
        folder = Path(command[-1])
        served.append((command, env, folder, json.loads((folder / "voila.json").read_text())))

    monkeypatch.setattr(studio, "become", become)
    assert main(["studio", "--no-browser", *words]) == 0
    return served[0]


def test_each_start_has_a_token_of_its_own_which_no_list_of_processes_shows(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    tokens = set()
    for _ in range(2):
        command, _, folder, settings = serve(monkeypatch)
        token = settings["Voila"]["token"]
        assert json.loads((folder / "start.json").read_text())["address"].endswith(f"/?token={token}")
        assert len(token) >= 32
        assert not any(token in word for word in command)
        if os.name == "posix":
            assert folder.stat().st_mode & 0o077 == 0, "others read the token"
        shutil.rmtree(folder)
        tokens.add(token)
    assert len(tokens) == 2


def test_no_address_is_said_before_somebody_listens_there(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    shutil.rmtree(serve(monkeypatch)[2])
    assert "http" not in capsys.readouterr().err


@pytest.mark.slow
def test_who_ends_the_command_ends_all_that_it_has_started_and_leaves_no_file(tmp_path):
    pytest.importorskip("voila")
    psutil = pytest.importorskip("psutil")
    command = [sys.executable, "-m", "colornb", "studio", "--no-browser"]
    environment = os.environ | {"TMPDIR": str(tmp_path), "PYTHONPATH": str(Path(__file__).parents[1])}
    process = subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, env=environment, text=True)
    assert "starting" in process.stderr.readline()
    assert "http" in process.stderr.readline()
    started = psutil.Process(process.pid).children(recursive=True)
    process.terminate()
    assert process.wait(120) in (0, 128 + signal.SIGTERM)
    _, alive = psutil.wait_procs(started, timeout=120)
    assert (alive, list(tmp_path.glob("colornb-*")), process.stderr.read()) == ([], [], "")


def test_the_page_asks_no_other_host(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    _, env, folder, _ = serve(monkeypatch)
    assert "http" not in (folder / "voila" / "templates" / "colornb" / "index.html.j2").read_text()
    assert env["JUPYTER_PATH"].startswith(str(folder))
    shutil.rmtree(folder)


def test_a_picture_outside_of_the_root_is_refused(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    save_image(sample("coffee")[..., :20, :20], "cup.png")
    (tmp_path / "root").mkdir()
    assert main(["studio", "cup.png", "--root", "root"]) == 2
    assert "lies outside of root" in capsys.readouterr().err
    assert main(["studio", "--root", "nowhere"]) == 2
    assert "is no folder" in capsys.readouterr().err
    assert repr(str(tmp_path / "root")) in studio.programs(Path("cup.png"), Path("kept"), Path("root"))[0]


def test_a_page_begins_with_the_picture_of_the_command_and_a_reload_with_the_last_one(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("flower", "coffee"):
        save_image(sample(name)[..., :40, :60], f"{name}.png")
    flower, coffee, keep = (str(tmp_path / name) for name in ("flower.png", "coffee.png", "kept"))
    first = _app_kernel.open_studio(flower, keep, None, time.time())
    first.pad.add(0.5, 0.5, "red")
    began = time.time()
    assert _app_kernel.open_studio(coffee, keep, None, began).document.picture.name == "coffee", (
        "nothing was done since"
    )
    again = _app_kernel.open_studio(coffee, keep, None, began)
    again.open_picture(flower)
    reloaded = _app_kernel.open_studio(coffee, keep, None, began)
    assert (reloaded.document.picture.name, len(reloaded.hints)) == ("flower", 1)


def test_a_page_on_which_nothing_is_drawn_is_said_in_the_page_and_another_can_be_opened(tmp_path):
    blank = tmp_path / "blank.png"
    save_image(torch.full((1, 3, 60, 80), 0.97), blank)
    opened = _app_kernel.open_studio(str(blank), str(tmp_path / "kept"), None, time.time())
    assert "nothing is drawn" in status(opened)
    assert opened.rgb.shape[-1] != 80


def test_what_is_prepared_opens_as_what_is_not(tmp_path, monkeypatch):
    save_image(sample("coffee")[..., :40, :60], tmp_path / "cup.png")
    cup = str(tmp_path / "cup.png")
    fresh = _app_kernel.open_studio(cup, str(tmp_path / "one"), None, time.time())
    threads = torch.get_num_threads()
    monkeypatch.setattr(_app_kernel, "_prepared", _app_kernel.Prepared())
    _app_kernel._prepare(cup, [])
    assert torch.get_num_threads() == 1, "a process with more could not be forked"
    prepared = _app_kernel.open_studio(cup, str(tmp_path / "two"), None, time.time())
    assert torch.get_num_threads() == threads
    assert (prepared.model, prepared.document.picture.path) == (fresh.model, cup)
    assert torch.equal(prepared.rgb, fresh.rgb)
    assert "image/png" not in prepared._repr_mimebundle_(), "no page without a kernel is made from it"


def test_help_is_shown_to_who_has_kept_nothing_yet(tmp_path):
    keep = str(tmp_path / "kept")
    first = _app_kernel.open_studio(None, keep, None, time.time())
    assert "Upload a photograph" in words(first)
    first.show_help(False)
    assert "Upload a photograph" not in words(first)
    first.pad.add(0.5, 0.5, "red")
    assert "Upload a photograph" not in words(_app_kernel.open_studio(None, keep, None, time.time()))


def test_words_to_a_page_that_was_closed_are_no_error_and_all_else_is(caplog, monkeypatch):
    websocket = pytest.importorskip("tornado.websocket")
    pytest.importorskip("voila")
    monkeypatch.syspath_prepend(Path(studio.__file__).parent)
    server = importlib.import_module("_app_server")

    async def nobody_waits_for(error):
        asyncio.get_running_loop().set_exception_handler(server.report)

        async def fail():
            raise error

        task = asyncio.ensure_future(fail())
        await asyncio.sleep(0)
        del task
        gc.collect()

    asyncio.run(nobody_waits_for(websocket.WebSocketClosedError()))
    assert caplog.records == []
    asyncio.run(nobody_waits_for(OSError("no space left")))
    assert "never retrieved" in caplog.text
