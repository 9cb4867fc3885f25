"""LivePicture: what the kernel hands to the browser, and what it is told. The browser's side is in tests/browser."""

import sys

import numpy as np
import pytest
from PIL import Image

from colornb.hints import Point, to_json
from colornb.widgets import LivePicture


@pytest.fixture
def folder(tmp_path):
    """A built book, as far as a kernel looks at it."""
    for name in ("page/networks", "vendor/ort"):
        (tmp_path / "book" / name).mkdir(parents=True)
    for name, text in {"networks.json": "{}", "widget.mjs": "export default {}", "networks/a.onnx": "graph"}.items():
        (tmp_path / "book" / "page" / name).write_text(text)
    (tmp_path / "book" / "vendor" / "ort" / "ort.mjs").write_text("runtime")
    Image.new("RGB", (30, 20), "teal").save(tmp_path / "book" / "page" / "coffee_still.webp")
    return tmp_path / "book"


def answer(live, name):
    """What the page gets for a question, whatever the kernel does in between."""
    sent = []
    (view,) = [part for part in live.children if part.has_trait("session")]
    view.send = lambda content, buffers: sent.append((content["name"], *map(bytes, buffers)))
    view._handle_custom_msg({"name": name}, [])
    return sent


def test_the_kernel_hands_over_the_files_that_are_asked_for(folder, tmp_path):
    pytest.importorskip("anywidget", reason="needs anywidget: pip install 'colornb[book]'")
    mine = tmp_path / "mine.png"
    Image.new("RGB", (40, 30), "red").save(mine)
    live = LivePicture(mine, [Point(0.5, 0.5, "red")], folder=folder)
    assert answer(live, "networks/a.onnx?123") == [("networks/a.onnx?123", b"graph")]
    assert answer(live, "../vendor/ort/ort.mjs") == [("../vendor/ort/ort.mjs", b"runtime")]
    assert answer(live, "picture") == [("picture", mine.read_bytes())]
    assert live.hints == [Point(0.5, 0.5, "red")]
    assert live.figure()._repr_png_().startswith(b"\x89PNG")


def test_what_was_decided_in_the_browser_is_known_to_the_kernel(folder):
    pytest.importorskip("anywidget", reason="needs anywidget: pip install 'colornb[book]'")
    live = LivePicture(folder=folder)
    assert (live.hints, live.state) == ([], {})
    (view,) = [part for part in live.children if part.has_trait("session")]
    view.set_state({"session": to_json([Point(0.25, 0.75, "#102030")])})
    assert live.hints == [Point(0.25, 0.75, "#102030")]
    assert live.state["colornb"] == 1
    assert {"image/png", "application/vnd.jupyter.widget-view+json"} < live._repr_mimebundle_().keys()
    assert np.ptp(live._panels()[""][..., 0]) < 10, "without a kernel it is the still picture"


def test_what_is_missing_is_told_in_one_line(folder, tmp_path, monkeypatch):
    with pytest.raises(FileNotFoundError, match="make page"):
        LivePicture(folder=tmp_path)
    monkeypatch.setitem(sys.modules, "anywidget", None)
    with pytest.raises(ImportError, match="pip install anywidget"):
        LivePicture(folder=folder)


def test_what_is_no_picture_or_no_hint_is_told_at_once(folder, tmp_path):
    with pytest.raises(ValueError, match="missing.png"):
        LivePicture(tmp_path / "missing.png", folder=folder)
    (tmp_path / "words.png").write_text("no picture")
    with pytest.raises(ValueError, match=r"words\.png"):
        LivePicture(tmp_path / "words.png", folder=folder)
    with pytest.raises(ValueError, match="give a list of Point"):
        LivePicture(hints="photo.json", folder=folder)
