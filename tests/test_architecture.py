"""The house rules that a program can check."""

import ast
import functools
import subprocess
import sys
from pathlib import Path

from tools import size

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "colornb"
LAYERS = [
    ["types", "files", "progress", "_discover", "_interrupts", "_old_names", "half_precision"],
    ["reading"],
    ["writing"],
    ["ab_bins", "color", "images", "checkpoints", "lean_conv"],
    ["filters", "lasso", "palettes", "toning"],
    ["sketches", "drawings", "page_layout", "hints", "blocks", "edges", "boxes", "lite0"],
    ["losses", "pseudo_scribbles", "edge_suggestions", "areas", "propagation"],
    ["barriers", "area_user", "refusals"],
    ["drawn_page"],
    ["methods", "metrics", "data"],
    ["suggestions"],
    ["colorizer", "training"],
    ["evaluation", "figures", "tables", "openraster", "studies"],
    ["folders"],
    ["widgets"],
    ["experiments"],
    ["commands"],
    ["__main__", "__init__"],
]
# Lines of code, and imports of a module on average; to be lowered, never raised but for what the package learns:
# 139 lines for `colorize FOLDER`, 277 for palettes and toning, 75 for lassos, 66 for openmoji, 144 for kernels of the
# app that are forked (most of them were in tools/warm_kernels.py), 143 for long work that says how far it is and can be
# cancelled, 65 for what `before_after` measures and lite0 for colours, 30 for users who point where it is wrong, 30 for
# the page of help, 134 for folders in the studio, 84 for downloads of all formats, 56 for what both ways to paint a
# folder share, 167 for lines that no colour crosses, 31 for marks at the resolution of the screen, 133 for the network
# of drawings over an encoder, 100 for previews in 16 bits that give way to exact pictures, and for maps of palettes
# that are kept, 45 for pictures that are shown before advice, and of which only what has changed goes to the browser,
# 130 for methods that are told the same at the same places, experiments on what ships, and dots with intervals, 52
# for tables that are tables, 90 for colour without learning and what measures it beside networks, 50 for the live
# picture of the book in notebooks, 28 for curtains, 10 for refusals of what is no picture, hint or plane, 120 for work
# on a picture of the other kind, answers that are kept for undo, folders of results, Ctrl+C, and defaults in --help, 35
# for a colour of each method's own in all figures, 20 for sliders through pictures, 20 for marks that are drawn fast,
# 15 for pictures that reach the page sooner, 15 for more pictures than a card or memory has room for, 15 for pads that
# each have their own way to the browser, and pictures of a few pixels, 5 for convolutions that are trained faster, 10
# for sizes of pictures that a network cannot take, 132 for colours that are led on from hints, and things recoloured, 7
# for a loss that counts all pictures alike, 4 for a line that a page may have missed, 7
# for output that is no longer read, 5 for frozen batch norms.
MOST_CODE, MOST_EDGES = 18_420, 3.83
RANK = {name: rank for rank, names in enumerate(LAYERS) for name in names}
FILES = sorted(PACKAGE.rglob("*.py"))
BLIND = {"methods", "metrics", "data"}


def room(path):
    """The top-level module that a file belongs to."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


@functools.cache
def imported(path):
    """Top-level modules of the package that a file imports, wherever in the file."""
    return list(_imported(path))


def _imported(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "colornb":
            parts = node.module.split(".")
            yield from [parts[1]] if len(parts) > 1 else [alias.name for alias in node.names]
        elif isinstance(node, ast.Import):
            yield from (a.name.split(".")[1] for a in node.names if a.name.startswith("colornb."))


def test_imports_point_down_only():
    edges = {(path, other) for path in FILES for other in imported(path) if other != room(path)}
    upward = [
        f"{path.relative_to(PACKAGE)} imports {other}"
        for path, other in sorted(edges)
        if RANK[other] >= RANK[room(path)] and {room(path), other} != {"color", "images"}
    ]
    assert not upward
    knowing = [
        f"{path.relative_to(PACKAGE)} must not know {other}" for path, other in edges if {room(path), other} <= BLIND
    ]
    assert not knowing


def test_rooms_on_one_floor_do_not_import_each_other_in_a_circle():
    edges = {(room(path), other) for path in FILES for other in imported(path) if other != room(path)}
    assert not {(a, b) for a, b in edges if (b, a) in edges}


def test_every_module_has_a_floor_and_no_room_is_called_utils():
    rooms = {room(path) for path in FILES}
    assert rooms <= RANK.keys()
    assert not rooms & {"utils", "helpers", "common", "misc"}


def test_files_stay_short_enough_to_read():
    lengths = {str(path.relative_to(PACKAGE)): len(path.read_text().splitlines()) for path in FILES}
    assert not {name: lines for name, lines in lengths.items() if lines > 400}


def test_the_package_does_not_grow_unseen():
    rows = size.measure()
    code, edges = sum(row[1] for row in rows), sum(row[2] for row in rows)
    assert code <= MOST_CODE, "take out as much as you put in, or say in the commit why the package grows"
    assert edges <= MOST_EDGES * len(rows)


def test_every_module_of_the_spine_has_its_tests():
    spine = RANK.keys() - {"_discover", "_old_names", "types", "__init__"}
    assert not [name for name in spine if not list((ROOT / "tests").glob(f"test_{name.strip('_')}*.py"))]


IMPORT = """
import sys, torch
known = set(sys.modules)
import colornb
print(*sorted(set(sys.modules) - known))
import colornb.widgets
print("ipycanvas" in sys.modules)
colornb.widgets.Studio
print("ipycanvas" in sys.modules, "jsonschema" in sys.modules)
"""


def test_importing_the_package_is_light_and_a_widget_is_loaded_when_asked_for():
    done = subprocess.run([sys.executable, "-c", IMPORT], capture_output=True, text=True, cwd=ROOT, check=True)
    modules, before, after = done.stdout.splitlines()
    assert (before, after) == ("False", "True False"), "what takes seconds to load is loaded where it is needed"
    found = {name.split(".")[0] for name in modules.split()}
    assert found <= {"colornb", "PIL", "jaxtyping", "numpy", "wadler_lindig"}, "all else is imported where it is used"
