"""Every chapter was run from top to bottom, holds what it showed, and nothing of its machine."""

import ast
import fnmatch
import importlib
import importlib.util
import re
from pathlib import Path

import nbformat
import pytest
import yaml
from IPython.core.inputtransformer2 import TransformerManager

ROOT = Path(__file__).resolve().parents[1]
BOOK = ROOT / "book"
CHAPTERS = sorted(BOOK.glob("*.ipynb"))
CONFIG = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
TOC = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
REPOSITORY = CONFIG["repository"]["url"]

# The first cell of every chapter, tagged `remove-cell`. Colab brings nearly all that colornb needs, but not the results
# that chapters read; ipycanvas 0.13.3 is the newest whose scripts its widget manager finds.
SETUP = f"""\
import sys

if "google.colab" in sys.modules:  # on Colab: install, and admit the widgets
    !git clone -q --depth 1 {REPOSITORY} /tmp/colornb
    !cp -r /tmp/colornb/book/results .
    %pip install -q /tmp/colornb ipycanvas==0.13.3
    from google.colab import output

    output.enable_custom_widget_manager()"""

LINES = 25  # a longer code cell does more than one thing
CELLS = 40  # a longer chapter asks more than one question

SIZE = 1_500_000  # bytes of a notebook; GitHub stops showing them soon after
MACHINE = re.compile(r"(?:/(?:home|root|tmp|work|mnt|Users|opt)/|\b[A-Z]:\\)\S*")
UNCOMPARED = re.compile(r"nbval.(ignore.output|skip)", re.IGNORECASE)


def read(path):
    return nbformat.read(path, as_version=4)


def code_cells(path):
    return [cell for cell in read(path).cells if cell.cell_type == "code"]


def outputs(path):
    return [output for cell in code_cells(path) for output in cell.outputs]


def output_text(output):
    """All a reader sees as text; pictures and the states of widgets are left out."""
    if output.output_type == "stream":
        return output.text
    data = output.get("data", {})
    return "\n".join(str(data[kind]) for kind in data if kind.startswith("text/"))


chapter = pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)


def test_the_course_has_chapters():
    assert len(CHAPTERS) >= 4


@chapter
def test_was_run_from_top_to_bottom(path):
    counts = [cell.execution_count for cell in code_cells(path)]
    assert counts == list(range(1, len(counts) + 1)), "run it: make chapters"


@chapter
def test_shows_something(path):
    assert outputs(path)


@chapter
def test_shows_no_error_and_no_warning(path):
    assert not [output.ename for output in outputs(path) if output.output_type == "error"]
    assert not [output.text for output in outputs(path) if output.get("name") == "stderr"]


@chapter
def test_is_sound(path):
    notebook = read(path)
    nbformat.validate(notebook)
    assert notebook.metadata.kernelspec.name == "python3"
    assert path.stat().st_size <= SIZE


@chapter
def test_carries_no_path_of_a_machine(path):
    found = [match for output in outputs(path) for match in MACHINE.findall(output_text(output))]
    assert not found


@chapter
def test_has_short_cells(path):
    long = [cell.source for cell in code_cells(path) if len(cell.source.splitlines()) > LINES]
    assert not long


@chapter
def test_is_short_enough_for_one_question(path):
    assert len(read(path).cells) <= CELLS


@chapter
def test_begins_with_the_setup_and_a_title(path):
    setup, title = read(path).cells[:2]
    assert setup.source == SETUP
    assert "remove-cell" in setup.metadata.tags
    assert title.cell_type == "markdown"
    assert title.source.startswith("# ")


@chapter
def test_every_output_is_compared(path):
    """Numbers that vary are sanitised one by one; no cell is left out wholesale."""
    cells = code_cells(path)
    marks = [*(cell.source for cell in cells), *(str(cell.metadata.get("tags")) for cell in cells)]
    assert not [mark for mark in marks if UNCOMPARED.search(mark)]


@chapter
def test_every_import_resolves(path):
    source = "\n".join(cell.source for cell in code_cells(path)[1:])
    for node in ast.walk(ast.parse(TransformerManager().transform_cell(source))):
        if isinstance(node, ast.Import):
            for alias in node.names:
                assert importlib.util.find_spec(alias.name), alias.name
        elif isinstance(node, ast.ImportFrom):
            module = importlib.import_module(node.module)
            for alias in node.names:
                found = hasattr(module, alias.name)
                assert found or importlib.util.find_spec(f"{node.module}.{alias.name}"), alias.name


@chapter
def test_belongs_to_one_part(path):
    page = f"book/{path.stem}"
    parts = [part["caption"] for part in TOC["parts"] if any(matches(page, part))]
    assert len(parts) == 1, f"{page} is in {parts or 'no part'} of _toc.yml"


def matches(page, part):
    for entry in part["chapters"]:
        yield fnmatch.fnmatch(page, entry.get("glob") or entry["file"])


def test_every_part_has_a_chapter():
    pages = [f"book/{path.stem}" for path in BOOK.iterdir() if path.suffix in {".md", ".ipynb"}]
    for part in TOC["parts"]:
        assert any(any(matches(page, part)) for page in pages), part["caption"]


@pytest.mark.parametrize("name", ["README.md", "pyproject.toml", "CITATION.cff", "book/index.md"])
def test_one_repository_is_named_everywhere(name):
    text = (ROOT / name).read_text(encoding="utf-8")
    assert set(re.findall(r"https://github\.com/[\w.-]+/colornb\b", text)) <= {REPOSITORY}


# --- what varies between machines becomes a token, and nothing else does


def sanitize(text):
    rules = (ROOT / "tests" / "nbval_sanitize.cfg").read_text(encoding="utf-8")
    for regex, token in re.findall(r"^regex: (.*)$\n^replace: (.*)$", rules, re.MULTILINE):
        text = re.sub(regex, token, text)
    return text


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("trained in 41.7 s, 812 images/s", "trained in 138 s, 1,204.5 images/s"),
        ("no hint:   9.8 dB", "no hint:  10.2 dB"),
        ("gain +1.8 dB", "gain +2.31 dB"),
        ("step 200: loss 0.412", "step 200: loss 9.1e-02"),
        ("LPIPS 0.31", "LPIPS 0.2987"),
        ("≈ 0.42 of the picture", "≈ 1,000 of the picture"),
        ('<img src="data:image/png;base64,iVBOR+w/0A==">', '<img src="data:image/png;base64,iVBORw0KGgo=">'),
        ("<Figure at 0x7f2a1c0b5d50>", "<Figure at 0x11c0b5d50>"),
    ],
)
def test_what_varies_is_sanitised(one, other):
    assert one != other
    assert sanitize(one) == sanitize(other)


@pytest.mark.parametrize(
    "text",
    [
        "5 hints",
        "step 200",
        "(1, 3, 64, 64)",
        "0.25",
        "30 regions of 64 pixels",
        "L* = 53.24",
        "3 steps",
    ],
)
def test_what_is_the_same_everywhere_is_compared(text):
    assert sanitize(text) == text
