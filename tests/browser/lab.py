"""JupyterLab for the tests that drive it: with a home, kernels and settings of its own, on this machine only."""

import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import suppress
from pathlib import Path

import nbformat
import pytest

from browser.chromium import SECONDS

ROOT = Path(__file__).parents[2]
SETTINGS = {
    # Asks the network for nothing, and puts every cell on the page, not only those in view.
    "apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
    "notebook-extension/tracker": {"windowingMode": "none"},
}
KERNELSPEC = {"name": "python3", "display_name": "Python 3", "language": "python"}

OPEN = """async ([path, id]) => {
  const kernel = id ? { id, name: 'python3' } : undefined;
  const panel = await jupyterapp.commands.execute('docmanager:open', { path, factory: 'Notebook', kernel });
  await panel.context.ready;
  await panel.sessionContext.ready;
}"""
CLEAR = """
from ipycanvas.canvas import _CANVAS_MANAGER
from ipywidgets.widgets.widget import _instances
for widget in list(_instances.values()):
    if widget is not _CANVAS_MANAGER:  # which all later canvases need
        widget.close()
get_ipython().reset()
"""


LOST = "widget model not found"  # what JupyterLab logs, see `reload`


def reload(page):
    """Load a page of JupyterLab anew. On a busy machine it may look for its widgets before it has found their kernel,
    and says so in the place of each: then once more, as a user does."""
    for _ in range(3):
        page.reload(wait_until="domcontentloaded")
        lost = page.get_by_text("Error displaying widget").first
        page.locator(".jupyter-widgets:visible").or_(lost).first.wait_for()
        if not lost.is_visible():
            return


class Lab:
    """A JupyterLab on a free port of this machine, with everything it writes below `home`."""

    def __init__(self, home: Path):
        pytest.importorskip("jupyterlab")
        self.root, self.runtime = home / "notebooks", home / "runtime"
        self.root.mkdir()
        self.shared = None  # id of the kernel that all notebooks share, once the first has started it
        _write(home / "data/kernels/python3/kernel.json", _kernel())
        for name, values in SETTINGS.items():
            _write(home / f"settings/@jupyterlab/{name}.jupyterlab-settings", values)
        port = free_port()
        self.address, self.log = f"http://127.0.0.1:{port}", home / "server.log"
        command = [sys.executable, "-m", "jupyterlab", *_options(port, self.root)]
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                command, env=_environment(home), stdout=log, stderr=log, start_new_session=True
            )

    def wait(self):
        """Until the server answers."""
        until(lambda: self.ask("/api/status"), f"no JupyterLab: see {self.log}")
        return self

    def ask(self, path):
        """An answer of its REST interface, None where there is none yet."""
        assert self.process.poll() is None, self.log.read_text()
        try:
            with urllib.request.urlopen(self.address + path, timeout=60) as answer:
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

    def clear(self, page):
        """Leave no notebook on the page and no widget in the shared kernel; open JupyterLab where it is not."""
        if not page.url.startswith(self.address):
            page.goto(f"{self.address}/lab?reset", wait_until="domcontentloaded")
            page.wait_for_function("window.jupyterapp?.shell")
            page.evaluate("jupyterapp.restored.then(() => 0)")
        page.evaluate("[...jupyterapp.shell.widgets('main')].forEach(widget => widget.dispose())")
        if self.shared:
            self.evaluate(self.shared, CLEAR)

    def write(self, name, code):
        """A notebook of one cell; its name."""
        cells = [nbformat.v4.new_code_cell(code)]
        notebook = nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": KERNELSPEC})
        nbformat.write(notebook, self.root / name)
        return name

    def run(self, page, name):
        """Open a notebook, run it from top to bottom, and return the id of its kernel, which all share."""
        page.evaluate(OPEN, [name, self.shared])
        self.shared = until(lambda: self.kernel(name), "the notebook has no kernel")
        page.wait_for_selector(".jp-Notebook .jp-CodeCell")
        page.evaluate("jupyterapp.commands.execute('notebook:run-all-cells')")
        return self.shared

    def evaluate(self, kernel, code, expression="None"):
        """Run code in a kernel, and return what an expression is after it, as `repr` writes it."""
        from jupyter_client import BlockingKernelClient

        client = BlockingKernelClient(connection_file=str(self.runtime / f"kernel-{kernel}.json"))
        client.load_connection_file()
        client.start_channels(iopub=False, stdin=False, hb=False)  # the reply says all, and cannot be missed
        try:
            asked = {"user_expressions": {"value": expression}, "store_history": False}
            reply = client.execute(code, **asked, reply=True, timeout=SECONDS)["content"]
        finally:
            client.stop_channels()
            client.context.destroy(linger=0)  # hundreds of questions would leave no file for the next one
        assert reply["status"] == "ok", reply
        value = reply["user_expressions"]["value"]
        assert value["status"] == "ok", value
        return value["data"]["text/plain"].strip("'")

    def stop(self):
        """End the server and the kernels it started: they are one process group, and only they."""
        os.killpg(self.process.pid, signal.SIGTERM)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)


def free_port():
    """A port that is free, and stays so: the system gives those below 32,768 to nobody who asks for any one."""
    for port in random.SystemRandom().sample(range(20_000, 32_000), 100):
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    pytest.fail("no port is free")


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


def until(ask, complaint):
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        if answer := ask():
            return answer
        time.sleep(0.3)  # to ask, such as for all pixels, takes a processor from what is waited for
    pytest.fail(complaint() if callable(complaint) else complaint)
