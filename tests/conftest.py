"""Shared fixtures; `--shapes` checks every annotated shape of the package, `--campaign` all that others sample."""

import gc
import math
import random
from collections import defaultdict
from pathlib import Path

import pytest
import torch
from hypothesis import settings
from jaxtyping import install_import_hook

LONGEST = [  # as measured, from 45 seconds of a processor to 7
    "test_experiments",
    "test_training",
    "test_methods",
    "test_contributing",
    "test_drawings",
    "test_studies_users",
    "test_areas",
    "test_evaluation_scribbles",
    "test_page_layout",
    "test_kept_work",
    "test_widgets_way",
    "test_metrics_features",
    "test_studio_command",
    "test_warm_kernels",
    "test_studio_files",
    "test_executed",
    "test_guiding_painter",
    "test_colorize_folder",
    "test_edge_enhancing",
]


def pytest_addoption(parser):
    """Both are on in `make campaign`: together they would take most of the time of the tests."""
    parser.addoption("--shapes", action="store_true", help="check the annotated shapes of all that is called")
    parser.addoption("--campaign", action="store_true", help="run long series whole, of which there is a sample else")


def pytest_configure(config):
    """Watch the package before anything imports it."""
    settings.register_profile("colornb", deadline=None, max_examples=150 if config.option.campaign else 30)
    settings.load_profile("colornb")
    if config.option.shapes:
        install_import_hook("colornb", "shapes.check")


@pytest.hookimpl(trylast=True)  # of the cases that were asked for
def pytest_collection_modifyitems(config, items):
    """Without the flags, leave out what needs them."""
    if not config.option.campaign:
        _sample(config, items)
    _longest_first(items)
    for item in items:
        if item.get_closest_marker("shapes") and not config.option.shapes:
            item.add_marker(pytest.mark.skip(reason="needs --shapes"))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """Files that drive JupyterLab go to one worker, which starts it once; the others, each where there is room."""
    from xdist.scheduler import LoadFileScheduling

    class Together(LoadFileScheduling):
        def _split_scope(self, nodeid):
            return "tests/browser" if nodeid.startswith("tests/browser/") else super()._split_scope(nodeid)

    return Together(config, log) if config.getvalue("dist") == "loadfile" else None


def pytest_collection_finish():
    """What is imported by now stays: pads, which collect garbage, need not look through it again each time."""
    gc.freeze()


def pytest_unconfigure():
    """At the end all goes: libraries complain of what is left."""
    gc.unfreeze()


def _longest_first(items):
    """A worker that met one of the longest files last would work on alone, while the others have nothing left to do."""
    rank = {}
    for item in items:
        file = item.nodeid.partition("::")[0]
        rank[file] = min(rank.get(file, math.inf), _rank(item, Path(file).stem))
    items.sort(key=lambda item: rank[item.nodeid.partition("::")[0]])


def _rank(item, name):
    """Files that drive a browser, then those that are known to take long, then others that train or start programs."""
    if item.get_closest_marker("browser"):
        return -1
    if name in LONGEST:
        return LONGEST.index(name)
    return len(LONGEST) + (not item.get_closest_marker("slow"))


def _sample(config, items):
    """Keep so many cases of each test as its mark `sampled` says: always the same ones."""
    cases = defaultdict(list)
    for item in items:
        if mark := item.get_closest_marker("sampled"):
            cases[item.nodeid.partition("[")[0], mark.args[0]].append(item)
    kept = {item for (name, n), own in cases.items() for item in random.Random(name).sample(own, min(n, len(own)))}
    if left := {item for own in cases.values() for item in own if item not in kept}:
        config.hook.pytest_deselected(items=list(left))
        items[:] = [item for item in items if item not in left]


@pytest.fixture
def campaign(request):
    """Whether a long series is run whole: `make campaign`."""
    return request.config.option.campaign


@pytest.fixture(scope="module", autouse=True)
def small_heap():
    """What files before this one have left, as widgets which none closes, is no longer looked through either."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def two_threads():
    """Keep the tests to the two cores that everybody has."""
    torch.set_num_threads(min(2, torch.get_num_threads()))


@pytest.fixture
def generator():
    """A random generator seeded alike in every test."""
    return torch.Generator().manual_seed(0)


@pytest.fixture(scope="module")
def small_canvases():
    """Pads with small canvases: PNG takes most of the time of their tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("colornb.widgets._renderer.CANVAS_BOX", (96, 90))
        yield


@pytest.fixture
def wire(monkeypatch):
    """The commands and pictures that go to the browser, as pairs of a list and buffers."""
    from colornb.widgets._view.canvas import LayerCanvas

    sent = []
    manager = LayerCanvas(1, 1).widget[0]._canvas_manager
    monkeypatch.setattr(type(manager), "_send_custom", lambda _, command, buffers=(): sent.append((command, buffers)))
    return sent
