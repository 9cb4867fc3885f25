"""The one way through the widgets: event, pad, store, renderer and views; how many files, how deep, how much memory."""

import ast
import gc
import os
import re
import subprocess
import sys
import threading
import weakref
from pathlib import Path

import numpy as np
import pytest
import torch
from ipywidgets.widgets import widget as ipywidgets_widget
from widgets.driver import button, drag, is_painted, status
from widgets.fake_colorizer import EdgeFinder, FakeColorizer, picture

import colornb.widgets
from colornb.hints import Point, Region
from colornb.widgets import Studio, _renderer
from colornb.widgets._scenes import KEPT

pytestmark = pytest.mark.usefixtures("small_canvases")
WIDGETS = Path(colornb.widgets.__file__).parent
STROKE_FILES, DEPTH = 8, 5
ALIVE = getattr(ipywidgets_widget, "_instances", None)  # all widgets of this process; ipywidgets 7 keeps them elsewhere
ALIVE = ipywidgets_widget.Widget.widgets if ALIVE is None else ALIVE
CONTROLLERS = sorted({path.stem for path in WIDGETS.glob("*.py")} - {"__init__", "_renderer"})


def trace(action):
    """The files of widgets/ whose functions were entered meanwhile, in whatever thread."""
    entered = set()

    def note(frame, event, _):
        if event == "call" and frame.f_code.co_filename.startswith(f"{WIDGETS}/"):
            entered.add(Path(frame.f_code.co_filename).relative_to(WIDGETS))

    threading.setprofile(note)
    sys.setprofile(note)
    try:
        action()
    finally:
        sys.setprofile(None)
        threading.setprofile(None)
    return entered


def imports(path):
    """The files of widgets/ that a file imports."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("colornb.widgets."):
            yield WIDGETS / (node.module.removeprefix("colornb.widgets.").replace(".", "/") + ".py")


def depth(path):
    """How many files the longest chain of imports from here goes through."""
    return 1 + max((depth(other) for other in imports(path)), default=0)


def test_a_stroke_in_the_studio_enters_few_files():
    studio = Studio(picture(), kind="drawing", models={"drawing": EdgeFinder()})
    studio.pad.paint("red")
    studio.tool = "point"
    studio.pad.add(0.3, 0.3, "blue")
    studio.tool = "edge"
    pad = studio.pad
    entered = trace(lambda: drag(pad, (0.2, 0.5), (0.8, 0.6), "right"))
    assert [type(hint) for hint in studio.hints][:2] == [Region, Point]
    assert (len(studio.hints), is_painted(studio)) == (3, True)
    assert len(entered) <= STROKE_FILES, sorted(map(str, entered))
    assert Path("studio.py") not in entered, "a pad and its store need nobody else"
    assert all(depth(WIDGETS / path) <= DEPTH for path in entered)


def test_imports_of_the_studio_are_not_deep():
    assert depth(WIDGETS / "studio.py") <= DEPTH


@pytest.mark.parametrize("path", sorted((WIDGETS / "_model").glob("*.py")), ids=lambda path: path.name)
def test_the_model_knows_nothing_of_pages(path):
    text = path.read_text()
    assert not re.search(r"ipywidgets|ipycanvas|_view|_pad|_renderer", text.split('"""', 2)[2])


@pytest.mark.parametrize("name", CONTROLLERS)
def test_no_controller_looks_into_another(name):
    code = re.sub(r'"""[\s\S]*?"""|^from .*$', "", (WIDGETS / f"{name}.py").read_text(), flags=re.MULTILINE)
    assert set(re.findall(r"(?<!self)(?<!super\(\))\.(_[a-z]\w*)", code)) == set()


# Pictures that were closed are freed.


def test_many_pictures_one_after_the_other_are_freed_and_undo_still_finds_each(campaign):
    studio = Studio(picture(), kind="drawing", models={"drawing": FakeColorizer(), "photograph": EdgeFinder()})
    studio.pad.paint("#102030")
    shown, scenes, images, counts = [(1, studio.rgb)], [], [], []
    for number in range(20 if campaign else 5):
        scenes.append(weakref.ref(studio.scene))
        images.append(weakref.ref(studio.scene.image))
        studio.open_picture(picture(40 + number, 50), "drawing", name=f"{number}")
        studio.model = "photograph" if number % 2 else "drawing"
        studio.tool = "point"
        studio.pad.add(0.5, 0.5, "red")
        shown.append((len(studio.store.history), studio.rgb))
        counts.append(len(ALIVE))
    gc.collect()
    assert sum(scene() is not None for scene in scenes) < KEPT
    assert sum(image() is not None for image in images) <= 1, "a model that is not used looks at its last picture"
    assert counts[4:] == counts[2:-2], "widgets that were closed are gone"  # each model has as many as the time before
    for steps, rgb in reversed(shown):
        for _ in range(len(studio.store.history) - steps):
            studio.undo()
        assert torch.equal(studio.rgb, rgb)
    assert studio.hints == [Region(2, "#102030")]


def test_undo_and_redo_between_large_pictures_ask_the_model_for_nothing_that_it_has_said(monkeypatch):
    monkeypatch.setattr(_renderer, "MAX_DIRECT", 100)
    painter = FakeColorizer(("point",), "ab")
    studio = Studio(picture(), kind="photo", models={"photograph": painter})
    shown = []
    for number in range(KEPT):
        if number:
            studio.open_picture(picture(40 + number, 50), "photo", name=f"{number}")
        for x in (0.3, 0.6):
            studio.pad.add(x, 0.5, "red")
            shown.append(studio.pad.painted_pixels)
    looked, painted = painter.looked, len(painter.predicted)
    for step in (studio.undo, studio.redo):
        for _ in range(3 * KEPT - 1):
            step()
    assert (painter.looked, len(painter.predicted)) == (looked, painted)
    studio.undo()
    assert np.array_equal(studio.pad.painted_pixels, shown[-2])
    studio.pad.add(0.9, 0.5, "blue")
    assert len(painter.predicted) > painted, "and what is new is painted"


OPEN = """
import sys
import psutil
import torch
from widgets.fake_colorizer import EdgeFinder
from colornb.widgets import Studio

def draw(number):
    colors = torch.rand(1, 3, 20, 30, generator=torch.Generator().manual_seed(number))
    return torch.nn.functional.interpolate(colors, size=(1000, 1500)).mul(255).round() / 255

studio = Studio(draw(0), kind="photo", models={"photograph": EdgeFinder()})
print(studio.scene.image.nbytes)
for number in range(1, int(sys.argv[1])):
    studio.open_picture(draw(number), "photo")
    studio.tool = "point"
    studio.pad.add(0.5, 0.5, "red")
    studio.rgb
    print(psutil.Process().memory_info().rss)
"""


def test_many_large_pictures_take_no_more_memory_than_two_of_them(campaign):
    count = 20 if campaign else 6
    paths = {"PYTHONPATH": f"{WIDGETS.parents[1]}:{WIDGETS.parents[1] / 'tests'}"}
    at_once = {"MALLOC_MMAP_THRESHOLD_": "100000"}  # glibc gives what is freed back to the system, not to a heap
    command = [sys.executable, "-c", OPEN, str(count)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=os.environ | paths | at_once)
    picture_bytes, first, *later = map(int, done.stdout.split())
    assert len(later) == count - 2
    assert max(later) - first <= 2 * picture_bytes


def test_what_is_said_after_undo_and_redo_of_a_picture_is_on_the_page():
    studio = Studio(picture(), kind="drawing", models={"drawing": FakeColorizer()})
    studio.open_picture(picture(40, 50), name="second.png")
    assert "Opened second" in status(studio)
    studio.undo()
    assert studio.document.picture.name == "picture"
    assert button(studio, "Redo").disabled is False
    studio.redo()
    assert studio.document.picture.name == "second"
