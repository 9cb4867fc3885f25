"""Open the studio as an app in the browser."""

import argparse
import errno
import json
import os
import secrets
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import NoReturn

from colornb.commands._options import check_place, say, whole
from colornb.files import check_inside
from colornb.images import size_of
from colornb.widgets._model.model_list import list_models

MAX_UPLOAD_BYTES = 512 * 2**20  # bytes of a picture that is uploaded; Jupyter's own limit is 10 MB
PORT, PORTS = 8866, 100  # the port that is tried first, and how many after it
IDLE_SECONDS, CULL_SECONDS = 30, 10  # how long a kernel outlives its page, and how often that is looked for
TEMPLATE, SERVER = (Path(__file__).with_name(name) for name in ("studio_page.html.j2", "_app_server.py"))
CELL = """
import os
os.chdir({home!r})
from colornb.commands._app_kernel import open_studio
open_studio({picture!r}, {keep!r}, {root!r}, {started!r}, {weights!r})
"""
# The process that kernels are forked from. A fork has one thread, so that no other may have begun before: those of
# OpenBLAS begin at the import.
FORKS = """
import os, signal
signal.signal(signal.SIGINT, signal.SIG_DFL)
os.environ["OPENBLAS_NUM_THREADS"] = "1"
os.chdir({home!r})
from colornb.commands._app_kernel import serve_kernels
serve_kernels({picture!r}, {weights!r})
"""


def add_options(add: argparse.ArgumentParser) -> None:
    """What is opened, and where."""
    add.add_argument("picture", nargs="?", type=Path, help="a photograph or a line drawing; a sample without it")
    add.add_argument(
        "--keep",
        type=Path,
        default=Path("colornb-work"),
        help="folder where the work on each picture is kept, for the next time or a page that is reloaded",
    )
    words = "more models for the list: files, folders of runs, or published names such as siggraph17=FILE"
    add.add_argument("--weights", nargs="+", default=[], metavar="FILE", help=words)
    add.add_argument("--root", type=Path, help="files are read and written by their path in this folder only")
    words = f"where the app listens, on this machine only; without it the first free one from {PORT}"
    add.add_argument("--port", type=whole(1, 65535), help=words)
    add.add_argument("--no-browser", action="store_true", help="open no browser: only say the address")


def run(options: argparse.Namespace) -> None:
    """Serve the studio until it is stopped."""
    check_place(options.keep.expanduser(), folder=True, option="keep")
    if find_spec("voila") is None:
        raise ValueError("the app needs Voila: pip install 'colornb[app]'")
    if options.root is not None and not options.root.expanduser().is_dir():
        raise ValueError(f"--root {options.root} is no folder: give one that is there")
    if options.picture is not None:
        check_inside(options.picture.absolute(), options.root)
        size_of(options.picture)  # what is no picture is told here, and not in a page
    list_models(options.weights)  # is refused here, where one is not there
    port, token = find_port(options.port), secrets.token_urlsafe(24)
    cell, forks = programs(options.picture, options.keep, options.root, options.weights)
    folder = Path(tempfile.mkdtemp(prefix="colornb-"))  # which nobody else may look into
    write_page(folder, notebook(cell), port, token)
    address = f"http://localhost:{port}/?token={token}"
    start = {"address": address, "forks": forks, "browser": not options.no_browser}
    (folder / "start.json").write_text(json.dumps(start), encoding="utf-8")
    say("starting the studio ..")
    paths = os.pathsep.join(filter(None, (str(folder), os.environ.get("JUPYTER_PATH"))))
    become([sys.executable, str(SERVER), str(folder)], os.environ | {"JUPYTER_PATH": paths})


def become(command: list[str], env: Mapping[str, str]) -> NoReturn:
    """Be another program from now on: this process, with all that it has imported, is not needed any more."""
    sys.stderr.flush()
    if os.name != "nt":
        os.execve(command[0], command, env)
    sys.exit(subprocess.run(command, check=False, env=env).returncode)


def find_port(wanted: int | None) -> int:
    """A free port of this machine: the wanted one, else the first from `PORT`. Raises ValueError where none is."""
    for port in range(PORT, PORT + PORTS) if wanted is None else [wanted]:
        if _is_free(port):
            return port
    if wanted is None:
        raise ValueError(f"the ports from {PORT} to {PORT + PORTS - 1} are all in use: give a free one by --port")
    raise ValueError(f"port {wanted} is in use, or not yours to use: give another --port, or none")


def _is_free(port: int) -> bool:
    """Whether the server could listen there, on each address that this machine has for itself."""
    for family, _, _, _, place in socket.getaddrinfo("localhost", port, type=socket.SOCK_STREAM):
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            if os.name != "nt":  # as the server does, so that one that has just ended does not count
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(place)
            except OSError as error:
                if error.errno != errno.EADDRNOTAVAIL:  # a machine without IPv6 may still have a name for it
                    return False
    return True


def programs(
    picture: Path | None, keep: Path, root: Path | None = None, weights: Sequence[str] = ()
) -> tuple[str, str]:
    """What a kernel runs to open the studio, and what the process that kernels are forked from runs."""
    picture, keep, root = (path and str(path.expanduser().absolute()) for path in (picture, keep, root))
    names = {"picture": picture, "keep": keep, "root": root, "weights": list(weights)}
    names |= {"home": str(Path.cwd()), "started": time.time()}
    return CELL.format(**names).strip(), FORKS.format(**names).strip()


def notebook(source: str) -> dict:
    """A notebook of one cell."""
    cell = {"cell_type": "code", "metadata": {}, "source": source, "outputs": [], "execution_count": None}
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    metadata = {"kernelspec": kernel, "title": "colornb studio"}
    return {"nbformat": 4, "nbformat_minor": 4, "metadata": metadata, "cells": [cell]}


def write_page(folder: Path, page: dict, port: int, token: str) -> Path:
    """Write what Voila serves, how, and by which template, into a folder; the path of the notebook.

    The token is in a file, as command lines are read by everybody on the machine.
    """
    settings = {
        "Voila": {
            "port": port,
            "port_retries": 0,
            "log_level": "ERROR",
            "token": token,
            "identity_provider_class": "voila.voila_identity_provider.VoilaIdentityProvider",
            "tornado_settings": {
                "websocket_max_message_size": MAX_UPLOAD_BYTES,
                "allow_remote_access": False,  # under another name of this machine it is another origin
                # A page that is closed ends its kernel by a message without such a cookie; its origin is checked.
                "disable_check_xsrf": True,
            },
        },
        "VoilaIdentityProvider": {"cookie_options": {"samesite": "Strict"}},
        "VoilaConfiguration": {"template": "colornb", "show_tracebacks": False, "file_allowlist": []},
        "VoilaExecutor": {"cell_error_instruction": "The studio could not start: the terminal says why."},
        "MappingKernelManager": {
            "kernel_manager_class": "__main__.Kernel",  # of the server's program
            "cull_idle_timeout": IDLE_SECONDS,
            "cull_interval": CULL_SECONDS,
            "cull_connected": False,
        },
    }
    # What a kernel says there, such as that it listens or was interrupted as the app ended, no user could mend.
    argv = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}", "--IPKernelApp.log_level=CRITICAL"]
    kernel = folder / "kernels" / "python3"
    kernel.mkdir(parents=True)
    spec = {"argv": argv, "display_name": "Python 3", "language": "python"}
    (kernel / "kernel.json").write_text(json.dumps(spec), encoding="utf-8")
    template = folder / "voila" / "templates" / "colornb"
    template.mkdir(parents=True)
    (template / "index.html.j2").write_bytes(TEMPLATE.read_bytes())
    (template / "conf.json").write_text(json.dumps({"base_template": "lab"}), encoding="utf-8")
    (folder / "voila.json").write_text(json.dumps(settings), encoding="utf-8")
    path = folder / "studio.ipynb"
    path.write_text(json.dumps(page), encoding="utf-8")
    return path
