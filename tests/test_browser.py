"""RegionPad in a real browser: headless Chromium drives JupyterLab, and the pixels on the page are read back.

The server has a home, kernels and settings of its own and listens on this machine only.
"""

import base64
import io
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import nbformat
import numpy as np
import pytest
from PIL import Image

pytestmark = pytest.mark.browser

ROOT = Path(__file__).parent.parent
CHAPTER = ROOT / "book" / "50_paint.ipynb"
SECONDS = 180  # for what should happen in one or two: on a busy machine it takes long, and that is no fault
SETTINGS = {
    # Asks the network for nothing, and puts every cell on the page, not only those in view.
    "apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
    "notebook-extension/tracker": {"windowingMode": "none"},
}
KERNELSPEC = {"name": "python3", "display_name": "Python 3", "language": "python"}
SHORT = f"""
import sys
sys.path.insert(0, {str(ROOT / "tests")!r})
from widgets.fake_colorizer import FakeColorizer, picture
from colornb.widgets import RegionPad
RegionPad(FakeColorizer(("region",), frame=True), picture(300, 400))
"""  # its regions are the four quarters and the middle; it asks for the lower left first


class Lab:
    """A JupyterLab on a free port of this machine, with everything it writes below `home`."""

    def __init__(self, home: Path):
        pytest.importorskip("jupyterlab")
        self.root, self.runtime = home / "notebooks", home / "runtime"
        self.root.mkdir()
        _write(home / "data/kernels/python3/kernel.json", _kernel())
        for name, values in SETTINGS.items():
            _write(home / f"settings/@jupyterlab/{name}.jupyterlab-settings", values)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.address, self.log = f"http://127.0.0.1:{port}", home / "server.log"
        command = [sys.executable, "-m", "jupyterlab", *_options(port, self.root)]
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                command, env=_environment(home), stdout=log, stderr=log, start_new_session=True
            )

    def wait(self):
        """Until the server answers."""
        _until(lambda: self.ask("/api/status"), f"no JupyterLab: see {self.log}")
        return self

    def ask(self, path):
        """An answer of its REST interface, None where there is none yet."""
        assert self.process.poll() is None, self.log.read_text()
        try:
            with urllib.request.urlopen(self.address + path, timeout=5) as answer:
                return json.load(answer)
        except OSError:
            return None

    def kernel(self, name):
        """Id of the kernel of a notebook, once it is idle with a page connected to it.

        The page's own indicator says "idle" before there is a kernel: what is run then is lost.
        """
        for session in self.ask("/api/sessions") or ():
            kernel = session["kernel"]
            ready = kernel["execution_state"] == "idle" and kernel["connections"] > 0
            if session["path"] == name and ready:
                return kernel["id"]
        return None

    def run(self, page, name):
        """Open a notebook, run it from top to bottom, and return the id of its kernel."""
        page.goto(f"{self.address}/lab/tree/{name}?reset", wait_until="domcontentloaded")
        kernel = _until(lambda: self.kernel(name), "the notebook has no kernel")
        page.wait_for_selector(".jp-Notebook .jp-CodeCell")
        page.evaluate("jupyterapp.commands.execute('notebook:run-all-cells')")
        return kernel

    def stop(self):
        """End the server and the kernels it started: they are one process group, and only they."""
        os.killpg(self.process.pid, signal.SIGTERM)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)


def _kernel():
    argv = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    return {"argv": argv, "display_name": "Python 3", "language": "python", "env": {"PYTHONPATH": str(ROOT)}}


def _options(port, root):
    switches = {
        "ServerApp.ip": "127.0.0.1",
        "ServerApp.port": port,
        "ServerApp.port_retries": 0,
        "ServerApp.open_browser": False,
        "ServerApp.allow_root": True,
        "ServerApp.root_dir": root,
        "IdentityProvider.token": "",
        "LabApp.expose_app_in_browser": True,
    }
    return [f"--{name}={value}" for name, value in switches.items()]


def _environment(home):
    places = {name: home / name.lower() for name in ("CONFIG_DIR", "DATA_DIR", "RUNTIME_DIR")}
    places |= {"DATA_DIR": home / "data", "RUNTIME_DIR": home / "runtime"}
    own = {f"JUPYTER_{name}": str(place) for name, place in places.items()}
    own |= {"JUPYTERLAB_SETTINGS_DIR": str(home / "settings"), "JUPYTERLAB_WORKSPACES_DIR": str(home / "workspaces")}
    own |= {"JUPYTER_PREFER_ENV_PATH": "0", "IPYTHONDIR": str(home / "ipython")}
    return os.environ | own


def _write(path, content):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content))


def _until(ask, complaint):
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        if answer := ask():
            return answer
        time.sleep(0.1)
    pytest.fail(complaint)


@pytest.fixture(scope="module")
def lab(chromium, tmp_path_factory):
    lab = Lab(tmp_path_factory.mktemp("lab"))
    yield lab.wait()
    lab.stop()


def window(chromium, **options):
    """A page in a window of a laptop, as patient as the tests are."""
    context = chromium.new_context(viewport={"width": 1280, "height": 900}, **options)
    context.set_default_timeout(SECONDS * 1000)
    return context.new_page()


@pytest.fixture
def page(chromium):
    """A page in a window of a laptop; whatever its console complains of fails the test."""
    page, complaints = window(chromium, has_touch=True), []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda line: complaints.append(f"{line.text} {line.location}") if line.type == "error" else None)
    yield page
    page.context.close()
    assert complaints == []


class Pad:
    """The first RegionPad of a page, as a user meets it; `kernel` lets us look at its Python side."""

    def __init__(self, lab, page, kernel):
        self.lab, self.page, self.kernel = lab, page, kernel
        self.box = page.locator(".colornb-pad").first
        self.box.locator("canvas").nth(1).wait_for()
        self.box.scroll_into_view_if_needed()

    def pixels(self, side):
        """RGBA of the left (0) or right (1) picture, as the browser has it."""
        url = self.box.locator("canvas").nth(side).evaluate("canvas => canvas.toDataURL('image/png')")
        return _pixels(url.split(",")[1])

    def array(self, expression):
        """RGBA of an expression in the kernel where `pad` is this widget."""
        return _pixels(self._evaluate(f"__import__('base64').b64encode({PNG.format(expression)}).decode()"))

    def hints(self):
        return [(hint["rank"], hint["color"]) for hint in json.loads(self._evaluate(HINTS))["hints"]]

    def painted(self, before):
        """The right picture once it differs from `before`."""
        _until(lambda: not np.array_equal(self.pixels(1), before), "the painted picture did not change")
        time.sleep(0.3)  # and is what the last of a burst of changes made it
        return self.pixels(1)

    def swatch(self, name):
        self.box.locator(f"button[title^='{name} #']").click()

    def type(self, text):
        entry = self.box.locator(".colornb-hex input")
        entry.fill(text)
        entry.press("Enter")

    def press(self, name):
        self.box.locator(f"button.colornb-{name}").click()

    def settle(self):
        """Wait until the page no longer replaces the pad, as it does after a reload: clicks before that go nowhere."""
        since = None

        def stays():
            nonlocal since
            seen = self.box.evaluate("box => { const seen = box.isSeen; box.isSeen = true; return seen }")
            since = since if seen and since else time.monotonic()
            return time.monotonic() - since > 2

        _until(stays, "the page goes on replacing the pad")
        return self

    def click(self, side, x, y):
        canvas, position = self._place(side, x, y)
        canvas.click(position=position)

    def tap(self, side, x, y):
        canvas, position = self._place(side, x, y)
        canvas.tap(position=position)

    def _place(self, side, x, y):
        canvas = self.box.locator("canvas").nth(side)
        size = canvas.bounding_box()
        return canvas, {"x": x * size["width"], "y": y * size["height"]}

    def says(self, text):
        self.box.get_by_text(text).first.wait_for()

    def _evaluate(self, expression):
        from jupyter_client import BlockingKernelClient

        client = BlockingKernelClient(connection_file=str(self.lab.runtime / f"kernel-{self.kernel}.json"))
        client.load_connection_file()
        client.start_channels()
        try:
            reply = client.execute_interactive(
                FIND, user_expressions={"value": expression}, store_history=False, timeout=SECONDS
            )
        finally:
            client.stop_channels()
        value = reply["content"]["user_expressions"]["value"]
        assert value["status"] == "ok", value
        return value["data"]["text/plain"].strip("'")


FIND = """
from ipywidgets.widgets.widget import _instances
pad = next(w for w in _instances.values() if type(w).__name__ == "RegionPad")
"""
PNG = "__import__('colornb.widgets._view.canvas', fromlist=['png']).png({})"
HINTS = "__import__('json').dumps(pad.state)"
RIGHT = "pad.right.pixels['picture']"


def _pixels(text):
    return np.array(Image.open(io.BytesIO(base64.b64decode(text))).convert("RGBA"))


def test_two_colours_chosen_in_the_paint_chapter_change_the_picture(lab, page, tmp_path):
    assert CHAPTER.is_file()
    shutil.copytree(CHAPTER.parent, lab.root / "book")
    pad = Pad(lab, page, lab.run(page, f"book/{CHAPTER.name}"))
    pad.press("clear")  # the chapter has answered some questions already
    pad.says("What colour is the lit region?")
    _until(lambda: np.array_equal(pad.pixels(1), pad.array(RIGHT)), "the browser does not show the array, bit for bit")
    start, asked = pad.pixels(1), pad.pixels(0)

    pad.swatch("sky")
    first = pad.painted(start)
    pad.press("next")
    pad.says("Region 2 of")
    pad.type("#d62f3d")
    second = pad.painted(first)
    pad.box.screenshot(path=tmp_path / "painted.png")

    assert [color for _, color in pad.hints()] == ["#9fd4f5", "#d62f3d"]
    assert np.array_equal(second, pad.array(RIGHT)), "the browser shows the array, to the last bit"
    assert (first != start).any(-1).mean() > 0.01, "a colour changes more than a speck"
    assert (second != first).any(-1).mean() > 0.01
    assert (pad.pixels(0) != asked).any(), "the hints show on the sketch"


def test_the_pad_by_click_tap_and_reload(lab, page, tmp_path):
    cells = [nbformat.v4.new_code_cell(SHORT)]
    notebook = nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": KERNELSPEC})
    nbformat.write(notebook, lab.root / "short.ipynb")
    kernel = lab.run(page, "short.ipynb")
    pad = Pad(lab, page, kernel)
    pad.says("Region 1 of")
    start = pad.pixels(1)

    pad.type("#12")
    pad.says("'#12' is not a colour")
    assert np.array_equal(pad.pixels(1), start), "what is no colour changes nothing"
    pad.swatch("leaf")
    first = pad.painted(start)
    pad.press("undo")
    assert np.array_equal(pad.painted(first), start)
    pad.press("redo")
    assert np.array_equal(pad.painted(start), first)
    pad.press("next")
    pad.says("What colour is the lit region?")
    asked = pad.pixels(0)
    pad.click(1, 0.1, 0.9)
    _until(lambda: not np.array_equal(pad.pixels(0), asked), "a click on the picture lights no region")
    lit = pad.pixels(0)
    pad.press("next")
    _until(lambda: np.array_equal(pad.pixels(0), asked), "Next does not go back to the open question")
    pad.tap(0, 0.1, 0.9)
    _until(lambda: np.array_equal(pad.pixels(0), lit), "a tap on the sketch lights no region")

    pad.press("finish")
    pad.says("Finished.")
    pad.press("export")
    with page.expect_download() as download:
        pad.box.locator("a.colornb-link").click()
    downloaded = np.array(Image.open(download.value.path()).convert("RGBA"))
    assert np.array_equal(
        downloaded[..., :3], pad.array("__import__('colornb.images', fromlist=['x']).to_uint8(pad.rgb)")[..., :3]
    )

    left, right = pad.pixels(0), pad.pixels(1)
    page.evaluate("jupyterapp.commands.execute('docmanager:save')")
    page.wait_for_timeout(500)
    page.reload(wait_until="domcontentloaded")
    pad = Pad(lab, page, kernel).settle()
    _until(lambda: np.array_equal(pad.pixels(1), right), "the painted picture is gone after a reload")
    _until(lambda: np.array_equal(pad.pixels(0), left), "the sketch is gone after a reload")
    pad.press("back")
    pad.says("Try another colour, or press Next.")
    pad.swatch("blue")
    pad.painted(right)
    pad.box.screenshot(path=tmp_path / "reloaded.png")
