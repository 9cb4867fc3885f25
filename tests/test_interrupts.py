"""Ctrl+C ends a command in one line, and a closed pipe in none, with the exit status that shells expect."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from colornb import __main__ as command_line
from colornb.commands import command, studio

ROOT = Path(__file__).parents[1]
PRESSED = "import os, signal, time\nos.kill(os.getpid(), signal.SIGINT)\ntime.sleep(600)\n"
SAID = "colornb: stopped\n"
pytestmark = pytest.mark.skipif(os.name == "nt", reason="there a process cannot send itself Ctrl+C")


def pressed_in(folder, library, *words):
    """How a program ends where Ctrl+C is pressed as it imports a library."""
    (folder / f"{library}.py").write_text(PRESSED)
    environment = os.environ | {"PYTHONPATH": f"{folder}{os.pathsep}{ROOT}"}
    call = [sys.executable, *map(str, words)]
    done = subprocess.run(call, capture_output=True, text=True, env=environment, timeout=300, check=False)
    return done.returncode, done.stdout, done.stderr


def test_a_command_that_imports(tmp_path):
    assert pressed_in(tmp_path, "torch", "-m", "colornb", "list") == (130, "", SAID)


def test_a_library_that_is_imported_leaves_ctrl_c_alone(tmp_path):
    code = "import signal, colornb; print(signal.getsignal(signal.SIGINT) is signal.default_int_handler)"
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=True)
    assert done.stdout == "True\n"


def test_the_server_of_the_app_that_imports_leaves_no_file(tmp_path):
    served = tmp_path / "served"
    served.mkdir()
    (served / "start.json").write_text("{}")
    assert pressed_in(tmp_path, "jinja2", Path(studio.__file__).with_name("_app_server.py"), served) == (130, "", SAID)
    assert not served.exists()


def test_a_command_at_work(monkeypatch, capsys):
    def work(_):
        raise KeyboardInterrupt

    monkeypatch.setattr(command("list"), "run", work)
    assert command_line.main(["list"]) == 130
    assert capsys.readouterr() == ("", SAID)


@pytest.mark.parametrize(("word", "status"), [("list", 141), ("--help", 0)])
def test_a_command_whose_output_is_no_longer_read_ends_without_a_word(word, status):
    reads, writes = os.pipe()
    os.close(reads)
    call = [sys.executable, "-m", "colornb", word]
    done = subprocess.run(call, stdout=writes, stderr=subprocess.PIPE, text=True, cwd=ROOT, timeout=300, check=False)
    os.close(writes)
    assert (done.returncode, done.stderr) == (status, "")
