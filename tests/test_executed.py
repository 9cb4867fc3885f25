"""A record of an execution convicts a chapter of all that nbval would convict it of."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from jupyter_cache import get_cache
from jupyter_cache.base import CacheBundleIn

ROOT = Path(__file__).resolve().parents[1]
SHORT = Path("book/02_picture_to_sketch.ipynb")  # runs in seconds


def code(source, *outputs, count, **metadata):
    return nbformat.v4.new_code_cell(source, outputs=list(outputs), execution_count=count, metadata=metadata)


def says(text):
    return nbformat.v4.new_output("stream", name="stdout", text=text)


def shows(**data):
    return nbformat.v4.new_output("display_data", {kind.replace("_", "/"): value for kind, value in data.items()})


def error():
    return nbformat.v4.new_output("error", ename="ValueError", evalue="no", traceback=["ValueError: no"])


RAISES = {"tags": ["raises-exception"]}
JUDGED = [  # (committed, executed, the verdict)
    (code("print(5)", says("5\n"), count=1), code("print(5)", says("5\n"), count=1), "PASSED"),
    (code("print(n)", says("5 hints\n"), count=2), code("print(n)", says("6 hints\n"), count=2), "FAILED"),
    (code("gain()", says("+1.8 dB\n"), count=3), code("gain()", says("+2.1 dB\n"), count=3), "PASSED"),
    (code("silent()", says("words\n"), count=4), code("silent()", count=4), "FAILED"),
    (code("loud()", count=5), code("loud()", says("words\n"), count=5), "FAILED"),
    (code("fig", shows(text_plain="a"), count=6), code("fig", shows(text_plain="b"), count=6), "FAILED"),
    (code("png", shows(image_png="YQ=="), count=7), code("png", shows(image_png="Yg=="), count=7), "PASSED"),
    (code("fails()", error(), count=8, **RAISES), code("fails()", error(), count=8, **RAISES), "PASSED"),
    (code("breaks()", error(), count=9), code("breaks()", error(), count=9), "FAILED"),
    (code("never()", count=10), code("never()", count=None), "FAILED"),
    (code("both()", says("a\nb\n"), count=11), code("both()", says("a\n"), says("b\n"), count=11), "PASSED"),
]
CHAPTERS = {  # (committed, executed)
    "judged": ([pair[0] for pair in JUDGED], [pair[1] for pair in JUDGED]),
    "another": ([code("print(5)", says("5\n"), count=1)], [code("print(4)", says("4\n"), count=1)]),
    "nothing": ([code("print(5)", says("5\n"), count=1)], None),
}
# One process for all, of whose time most goes to its start; where nothing was executed, there is no cache either.
RUN = """
import pytest
for cache, *chapters in [("cache", "judged", "another"), ("none", "nothing")]:
    paths = [f"book/{name}.ipynb" for name in chapters]
    pytest.main([*OPTIONS, f"--executed={cache}", *paths])
"""


@pytest.fixture(scope="module")
def words(tmp_path_factory):
    """What pytest says of each chapter, cell by cell."""
    folder = tmp_path_factory.mktemp("chapters")
    for name in ("book/conftest.py", "tests/executed.py", "tests/nbval_sanitize.cfg"):
        (folder / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, folder / name)
    for name, (committed, executed) in CHAPTERS.items():
        nbformat.write(nbformat.v4.new_notebook(cells=committed), folder / "book" / f"{name}.ipynb")
        if executed:
            bundle = CacheBundleIn(nbformat.v4.new_notebook(cells=executed), f"{name}.ipynb")
            get_cache(folder / "cache").cache_notebook_bundle(bundle, check_validity=False)
    options = ["-v", "-p", "nbval.plugin", "--rootdir=.", "-c", os.devnull, "-p", "no:cacheprovider", "--color=no"]
    call = [sys.executable, "-c", RUN.replace("OPTIONS", repr(options))]
    env = os.environ | {"PYTHONPATH": str(folder / "tests"), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    return subprocess.run(call, cwd=folder, env=env, capture_output=True, text=True, check=False).stdout


def outcomes(words, chapter):
    return re.findall(rf"^book/{chapter}::ipynb::Cell \d+ (PASSED|FAILED|ERROR)", words, re.MULTILINE)


def test_each_cell_is_judged_by_what_it_showed_when_it_was_executed(words):
    assert outcomes(words, "judged") == [verdict for *_, verdict in JUDGED], words
    assert "- 6 hints" in words, "the difference is shown"
    assert "+ 5 hints" in words


@pytest.mark.parametrize("chapter", ["nothing", "another"])
def test_a_chapter_that_was_not_executed_as_it_is_fails(chapter, words):
    assert outcomes(words, chapter) == ["ERROR"], words
    assert f"{chapter}.ipynb was not executed as it is now" in words


@pytest.mark.slow
def test_nbval_itself_runs_a_short_chapter_and_finds_what_is_committed():
    call = ["-m", "pytest", "-q", "--nbval", "--nbval-current-env", "-p", "no:cacheprovider", str(SHORT)]
    env = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    done = subprocess.run([sys.executable, *call], cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    assert re.search(r"^\d+ passed", done.stdout, re.MULTILINE), done.stdout
