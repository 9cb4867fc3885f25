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


def code(source, *outputs, count, **metadata):
    return nbformat.v4.new_code_cell(source, outputs=list(outputs), execution_count=count, metadata=metadata)


def says(text):
    return nbformat.v4.new_output("stream", name="stdout", text=text)


def shows(**data):
    return nbformat.v4.new_output("display_data", {kind.replace("_", "/"): value for kind, value in data.items()})


def error():
    return nbformat.v4.new_output("error", ename="ValueError", evalue="no", traceback=["ValueError: no"])


def compared(folder, committed, executed):
    """The outcome of every cell of a chapter, as pytest says it, and all its words."""
    for name in ("book/conftest.py", "tests/executed.py", "tests/nbval_sanitize.cfg"):
        (folder / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, folder / name)
    books = [nbformat.v4.new_notebook(cells=cells) for cells in (committed, executed)]
    nbformat.write(books[0], folder / "book" / "chapter.ipynb")
    if executed:
        get_cache(folder / "cache").cache_notebook_bundle(
            CacheBundleIn(books[1], "chapter.ipynb"), check_validity=False
        )
    call = [sys.executable, "-m", "pytest", "-v", "--rootdir=.", "-c", os.devnull, "-p", "no:cacheprovider"]
    call += ["--color=no", "--executed=cache", "book"]
    path = os.environ | {"PYTHONPATH": str(folder / "tests")}
    words = subprocess.run(call, cwd=folder, env=path, capture_output=True, text=True, check=False).stdout
    return re.findall(r"^book/chapter::ipynb::Cell \d+ (PASSED|FAILED|ERROR)", words, re.MULTILINE), words


def test_each_cell_is_judged_by_what_it_showed_when_it_was_executed(tmp_path):
    raises = {"tags": ["raises-exception"]}
    pairs = [  # (committed, executed)
        (code("print(5)", says("5\n"), count=1), code("print(5)", says("5\n"), count=1)),
        (code("print(n)", says("5 hints\n"), count=2), code("print(n)", says("6 hints\n"), count=2)),
        (code("gain()", says("+1.8 dB\n"), count=3), code("gain()", says("+2.1 dB\n"), count=3)),
        (code("silent()", says("words\n"), count=4), code("silent()", count=4)),
        (code("loud()", count=5), code("loud()", says("words\n"), count=5)),
        (code("fig", shows(text_plain="a"), count=6), code("fig", shows(text_plain="b"), count=6)),
        (code("png", shows(image_png="YQ=="), count=7), code("png", shows(image_png="Yg=="), count=7)),
        (code("fails()", error(), count=8, **raises), code("fails()", error(), count=8, **raises)),
        (code("breaks()", error(), count=9), code("breaks()", error(), count=9)),
        (code("never()", count=10), code("never()", count=None)),
        (code("both()", says("a\nb\n"), count=11), code("both()", says("a\n"), says("b\n"), count=11)),
    ]
    outcomes, words = compared(tmp_path, *map(list, zip(*pairs, strict=True)))
    good, bad = "PASSED", "FAILED"
    assert outcomes == [good, bad, good, bad, bad, bad, good, good, bad, bad, good], words
    assert "- 6 hints" in words, "the difference is shown"
    assert "+ 5 hints" in words


@pytest.mark.parametrize("executed", [[], [code("print(4)", says("4\n"), count=1)]], ids=["nothing", "another"])
def test_a_chapter_that_was_not_executed_as_it_is_fails(tmp_path, executed):
    outcomes, words = compared(tmp_path, [code("print(5)", says("5\n"), count=1)], executed)
    assert outcomes == ["ERROR"]
    assert "chapter.ipynb was not executed as it is now" in words
