"""The live picture of the built book, as a test drives it: the site that it is sent from, and what is done in it."""

import contextlib
import http.server
import json
import threading
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import urlsplit

import numpy as np
from PIL import Image

from colornb import Colorizer
from colornb.checkpoints import FOR_DRAWINGS, FOR_PHOTOGRAPHS
from colornb.hints import from_json
from colornb.images import load_image, to_uint8
from colornb.widgets._model.session_file import check_origin, origin_of

ROOT = Path(__file__).resolve().parents[2]
SITE = ROOT / "_build" / "html"
PREFIX = "/course"
RULES = "script-src 'self' 'unsafe-inline' 'wasm-unsafe-eval'; connect-src 'self'; worker-src 'self' blob:"
PAINTED = '.live[data-state="painted"]'


class Site(http.server.SimpleHTTPRequestHandler):
    """Files under a path, with rules for scripts; it keeps what was asked for, and how much was sent."""

    sent: dict[str, int] = {}

    def __init__(self, *args):
        super().__init__(*args, directory=str(SITE))

    def do_GET(self):
        if not self.path.startswith(f"{PREFIX}/"):
            return self.send_error(404)
        self.path = self.path.removeprefix(PREFIX)
        return super().do_GET()

    def copyfile(self, source, outputfile):
        Site.sent[urlsplit(self.path).path] = Path(source.name).stat().st_size
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            super().copyfile(source, outputfile)

    def end_headers(self):
        self.send_header("Content-Security-Policy", RULES)
        super().end_headers()

    def log_message(self, *args):
        pass


@contextmanager
def published():
    """The address of the built site, sent like that."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Site) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}{PREFIX}"
        server.shutdown()


def place(page, x, y):
    """Where (x, y) of the picture is in the window."""
    box = page.locator(".live .painted").bounding_box()
    return box["x"] + x * box["width"], box["y"] + y * box["height"]


def points(page):
    return page.locator(".live .mark").count()


def saved(page, button, path):
    """What a press of a button downloads."""
    with page.expect_download() as download:
        page.get_by_role("button", name=button).click()
    download.value.save_as(path)
    return SimpleNamespace(path=path, name=download.value.suggested_filename)


def check_parity(session, picture, name):
    """The picture that was downloaded is what Python makes of the session that was downloaded; that."""
    state = json.loads(session.path.read_text())
    hints = from_json(session.path.read_text())
    assert state["checkpoint"]["name"] == (FOR_PHOTOGRAPHS if state["kind"] == "photo" else FOR_DRAWINGS)
    colorizer = Colorizer.load(state["checkpoint"]["name"])
    colorizer.set_image(load_image(SITE / "page" / name), state["kind"])
    own = origin_of(colorizer.network, colorizer.regions, bool(colorizer.n_regions), state["kind"])
    assert check_origin(state, own, hints) == "", "made with the very same weights"
    wanted, found = to_uint8(colorizer.predict(hints)).astype(int), np.asarray(Image.open(picture.path).convert("RGB"))
    assert found.shape == wanted.shape
    wrong = np.abs(found - wanted)
    assert wrong.mean() <= 2
    assert np.percentile(wrong, 99.9) <= 8
    return wanted
