"""The studio, on a page of JupyterLab and as an app of its own, as its users meet it."""

import json
import os
import re
import signal
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
from browser.lab import ROOT, free_port, until
from browser.pads import Points
from colornb.images import save_image

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

    def takes_keys(self, tool):
        """Wait until the keys are those of a tool, by a CSS class of what only this one has."""
        self.box.locator(f".colornb-{tool}").first.wait_for()
        self.page.wait_for_function("document.activeElement.closest('.colornb-studio')")


class AppPage(StudioPage):
    """The studio of the app: there is no way into its kernel."""

    kernels: ClassVar = []  # ids of those of all pages so far

    def __init__(self, page):
        self.page, self.box = page, page.locator(".colornb-studio").first
        self.wait()
        self.kernels.append(json.loads(page.locator("#jupyter-config-data").text_content())["kernelId"])

    def still(self):
        """The painted picture when nothing changes it any more."""
        return at_rest(self)


def at_rest(studio):
    """The painted picture when nothing changes it any more, as far as one can see."""
    kept = [studio.pixels(1)]

    def is_same():
        time.sleep(1.8)  # twice this is many times what a preview is on show, see DETAIL_DELAY below
        kept.append(studio.pixels(1))
        return len(kept) > 2 and all(np.array_equal(kept[-1], before) for before in kept[-3:-1])

    until(is_same, "the picture goes on changing")
    return kept[-1]


APP = """
import sys
from colornb.__main__ import main
from colornb.commands import studio
studio.CULL_SECONDS = 1  # a test waits for it
soon = "from colornb.widgets import _pad\\n_pad.DETAIL_DELAY = 0.05\\nopen_studio({"  # nobody sees its kernel rest
studio.CELL = studio.CELL.replace("open_studio({", soon)
sys.exit(main(sys.argv[1:]))
"""


SAID = """
window.said = [];
new MutationObserver(() => {
  const line = document.getElementById("loading_text");
  if (line && said.at(-1) !== line.textContent) said.push(line.textContent);
}).observe(document, {childList: true, characterData: true, subtree: true});
"""  # all that a page says while it loads, which may be over before anybody looks


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
    port = free_port()
    save_image(colornb.sample("coffee"), home / "cup.png")
    command = [sys.executable, "-c", APP, "studio", "cup.png", "--no-browser", f"--port={port}", "--root=."]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    with (home / "log.txt").open("wb") as log:
        process = subprocess.Popen(command, cwd=home, env=environment, stdout=log, stderr=log, start_new_session=True)
    log = home / "log.txt"
    address = until(lambda: re.search(r"(http://\S+) .*\n", log.read_text()), f"no app: see {log}")[1]
    assert len(log.read_text().splitlines()) == 2, "that it starts, and where it is: nothing else is on the terminal"
    yield address, home
    os.killpg(process.pid, signal.SIGTERM)
    process.wait(SECONDS)
    said = log.read_text().splitlines()
    assert len(said) == 2, f"what no user can make anything of is on the terminal: {said[2:]}"
