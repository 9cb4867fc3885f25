"""The studio, on a page of JupyterLab and as an app of its own, as its users meet it."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from functools import partial
from typing import ClassVar

import numpy as np
import pytest

import colornb
from browser.chromium import SECONDS
from browser.lab import ROOT, until
from browser.pads import Points
from colornb.images import save_image

LAY = "__import__('colornb.widgets._view.overlays', fromlist=['x']).alpha_composite"
OVER = f"(lambda of: {LAY}(of['picture'], of.get('marks', 0 * of['picture'])))(pad.right.pixels)"
STUDIO = """
from ipywidgets.widgets.widget import _instances
studio = next(w for w in _instances.values() if type(w).__name__ == "Studio")
pad = studio.pad
"""


class StudioPage(Points):
    """The studio of a page; `pad` in expressions is the pad of its tool in hand, `studio` the studio itself."""

    find = STUDIO

    def __init__(self, lab, page, kernel):
        super().__init__(lab, page, kernel)
        self.box = page.locator(".colornb-studio").first
        self.wait()

    def state(self):
        return json.loads(self._evaluate("__import__('json').dumps(studio.state)"))

    def writes_to(self, name):
        """Enter a file's name; whether the kernel knows it. An echo of the name before may come in between."""
        entry = self.box.locator(".colornb-path input")
        entry.fill(name)
        entry.press("Tab")
        time.sleep(0.5)
        return self._evaluate("studio.export.path.value") == name

    def tool(self, name):
        self.box.locator(".colornb-tools button", has_text=name).click()

    def is_shown(self):
        """Whether the browser shows the painted picture of the kernel, to the last bit."""
        return np.array_equal(self.pixels(1), self.array(OVER))


class AppPage(StudioPage):
    """The studio of the app: there is no way into its kernel."""

    kernels: ClassVar = []  # ids of those of all pages so far

    def __init__(self, page):
        self.page, self.box = page, page.locator(".colornb-studio").first
        self.wait()
        self.kernels.append(json.loads(page.locator("#jupyter-config-data").text_content())["kernelId"])

    def rest(self):
        """Wait until the picture stays as it is."""
        at_rest(self)


def at_rest(studio):
    """The painted picture when nothing changes it any more."""
    kept = [studio.pixels(1)]

    def is_same():
        time.sleep(1.8)  # twice this is longer than a preview is on show, also where other tests keep the cores busy
        kept.append(studio.pixels(1))
        return len(kept) > 2 and all(np.array_equal(kept[-1], before) for before in kept[-3:-1])

    until(is_same, "the picture goes on changing")
    return kept[-1]


APP = """
import sys
from colornb.__main__ import main
from colornb.commands import studio
studio.IDLE_SECONDS, studio.CULL_SECONDS = studio.IDLE_SECONDS // 2, 1  # a test waits for them
sys.exit(main(sys.argv[1:]))
"""


def ask(address, **headers):
    """What the server answers, redirections followed: status, address and text."""
    try:
        with urllib.request.urlopen(urllib.request.Request(address, headers=headers), timeout=SECONDS) as answer:
            return answer.status, answer.url, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.url, error.read().decode()


def kernel_lives(address, kernel):
    """Whether there is still a kernel of this id."""
    bare, token = address.split("?token=")
    return ask(f"{bare}api/kernels/{kernel}?token={token}")[0] == 200


def wait_until_alone(address):
    """Until no page of a test before has a kernel any more: it would keep the picture, and a new page would follow."""
    lives = partial(kernel_lives, address)
    until(lambda: not any(map(lives, AppPage.kernels)), "a kernel outlives its page")


@contextmanager
def served(home):
    """The app of a folder, which is its root: its address with the token, and the folder."""
    pytest.importorskip("voila")
    home.mkdir()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    save_image(colornb.sample("coffee"), home / "cup.png")
    command = [sys.executable, "-c", APP, "studio", "cup.png", "--no-browser", f"--port={port}", "--root=."]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    with (home / "log.txt").open("wb") as log:
        process = subprocess.Popen(command, cwd=home, env=environment, stdout=log, stderr=log, start_new_session=True)
    log = home / "log.txt"
    address = until(lambda: re.search(r"http://\S+", log.read_text()), f"no app: see {log}")[0]
    assert len(log.read_text().splitlines()) == 2, "that it starts, and where it is: nothing else is on the terminal"
    yield address, home
    os.killpg(process.pid, signal.SIGTERM)
    process.wait(60)
    said = log.read_text().splitlines()
    assert len(said) == 2, f"what no user can make anything of is on the terminal: {said[2:]}"
