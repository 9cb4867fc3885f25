"""Open the studio as an app in the browser."""

import argparse
import hashlib
import json
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

from colornb.commands._options import check_place, say, whole
from colornb.images import ImageError, load_image, size_of
from colornb.widgets._model.picture import PICTURE

MAX_UPLOAD_BYTES = 512 * 2**20  # bytes of a picture that is uploaded; Jupyter's own limit is 10 MB
CELL = """
import os
os.chdir({home!r})
from colornb.widgets import Studio
Studio({picture!r}, keep={keep!r})
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
    add.add_argument("--port", type=whole(1, 65535), default=8866, help="where the app listens, on this machine only")
    add.add_argument("--no-browser", action="store_true", help="open no browser: only say the address")


def run(options: argparse.Namespace) -> None:
    """Serve the studio until it is stopped."""
    check_place(options.keep.expanduser(), folder=True, option="keep")
    if find_spec("voila") is None:
        raise ValueError("the app needs Voila: pip install 'colornb[app]'")
    if options.picture is not None:
        size_of(options.picture)  # what is no picture is told here, and not in a page
    with tempfile.TemporaryDirectory(prefix="colornb-") as folder:
        page = Path(folder) / "studio.ipynb"
        page.write_text(json.dumps(notebook(options.picture, options.keep)), encoding="utf-8")
        settings = {"Voila": {"tornado_settings": {"websocket_max_message_size": MAX_UPLOAD_BYTES}}}
        page.with_name("voila.json").write_text(json.dumps(settings), encoding="utf-8")
        say(f"the studio is at http://localhost:{options.port}/ (Ctrl+C ends it)")
        done = subprocess.run(_command(page, options), check=False)
    if done.returncode > 0:
        raise ValueError(f"Voila ended with status {done.returncode}: is port {options.port} free? Try another --port")


def notebook(picture: Path | None, keep: Path) -> dict:
    """A notebook with the studio alone, which finds its files from the present folder."""
    place = work_folder(picture, keep.expanduser().absolute())
    picture = None if picture is None else str(picture.expanduser().absolute())
    source = CELL.format(home=str(Path.cwd()), picture=picture, keep=str(place)).strip()
    cell = {"cell_type": "code", "metadata": {}, "source": source, "outputs": [], "execution_count": None}
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    metadata = {"kernelspec": kernel, "title": "colornb studio"}
    return {"nbformat": 4, "nbformat_minor": 4, "metadata": metadata, "cells": [cell]}


def work_folder(picture: Path | None, keep: Path) -> Path:
    """Where the work on a picture is kept: by what is in the file, as two pictures may have one name.

    Work that was kept by name alone, in earlier versions, moves there if it is on this picture.
    """
    if picture is None:
        return keep / "sample"
    place = keep / f"{picture.stem}-{hashlib.sha256(picture.read_bytes()).hexdigest()[:12]}"
    by_name = keep / picture.stem
    if not place.exists() and (by_name / PICTURE).exists() and _are_alike(picture, by_name / PICTURE):
        by_name.rename(place)
    return place


def _are_alike(one: Path, other: Path) -> bool:
    try:
        first, second = load_image(one), load_image(other)
    except ImageError:
        return False
    return first.shape == second.shape and bool((first - second).abs().max() < 1 / 255)


def _command(page: Path, options: argparse.Namespace) -> list[str]:
    switches = [
        f"--port={options.port}",
        f"--Voila.open_browser={not options.no_browser}",
        f"--Voila.config_file_paths={page.parent}",
        "--VoilaConfiguration.show_tracebacks=True",
        "--Voila.log_level=WARN",
    ]
    return [sys.executable, "-m", "voila", str(page), *switches]
