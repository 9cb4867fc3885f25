"""CONTRIBUTING.md, tried as a newcomer would: one file each for a method, a metric, a dataset, a widget, an experiment
and a command, laid into a copy of the project, and nothing else touched.

What a file of tests/toys has beyond its contract is said in CONTRIBUTING.md, or found in the file that it points at.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
TOYS = {
    "methods": "toy_method",
    "metrics": "toy_metric",
    "data": "toy_dataset",
    "widgets": "toy_widget",
    "experiments": "toy_experiment",
    "commands": "toy_command",
}
# The contract tests, and which of theirs are about all that is found rather than about one by its name.
CONTRACTS = ["methods", "metrics", "data", "experiments", "commands", "widgets_contract", "widgets_way", "architecture"]
ABOUT_ALL = "found_by or is_found or exported or says_what_it_is or known_by_their_arguments or point_down"
ASKED = {
    ("methods", "toy_method"),
    ("methods", "toy_method-paper"),
    ("methods", "toy_method-tiny"),
    ("metrics", "toy_metric"),
    ("experiments", "toy_experiment"),
    ("commands", "toy_command"),
    ("widgets_contract", "ToyWidget"),
    ("widgets_way", "toy_widget"),
}


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """A copy of the project, but for its weights, with the toys in their folders."""
    copy = tmp_path_factory.mktemp("project") / "colornb"
    leave = shutil.ignore_patterns("*.safetensors")
    for folder in ("colornb", "tests", "tools"):
        shutil.copytree(ROOT / folder, copy / folder, ignore=leave)
    for file in ("pyproject.toml", "book/api.md"):
        (copy / file).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / file, copy / file)
    for folder, toy in TOYS.items():
        shutil.copy(ROOT / f"tests/toys/{toy}.py", copy / "colornb" / folder)
    return copy


@pytest.fixture(scope="module")
def tried(project):
    """What is printed in the copy, by the name of what is tried there, in one process: to import torch takes long."""
    page = (project / "book/api.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```\{.*?^```$", page, re.MULTILINE | re.DOTALL)
    kept = [block for block in blocks if "{listing}" in block or "colornb.widgets" in block]
    (project / "page").mkdir()
    (project / "page/index.md").write_text("\n\n".join(["# All", *kept]), encoding="utf-8")
    (project / "commands.py").write_text(COMMANDS, encoding="utf-8")
    env = os.environ | {"PYTHONPATH": str(project), "OMP_NUM_THREADS": "1", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    call = [sys.executable, "-c", TRY, json.dumps([CONTRACTS_OF_ALL, SPHINX])]
    done = subprocess.run(call, cwd=project, env=env, capture_output=True, text=True)
    parts = re.split(r"^=== (\w+)\n", done.stdout, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True)), done.stderr


def printed(tried, name):
    """What a part has printed; it must have gone well."""
    parts, errors = tried
    assert parts[name].endswith("went well\n"), (parts[name] + errors)[-4000:]
    return parts[name]


def test_the_toys_are_those_that_the_text_speaks_of():
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    assert {path.stem for path in (ROOT / "tests/toys").glob("*.py")} == set(TOYS.values())
    for toy in TOYS.values():
        kind = toy.removeprefix("toy_")
        assert re.search(rf"^## An? {kind}$", text, re.MULTILINE)
        assert f"tests/toys/{toy}.py" in text


CONTRACTS_OF_ALL = ["-p", "pytest_timeout", "-v", "-m", "not slow", "-k", f"toy or {ABOUT_ALL}"]
CONTRACTS_OF_ALL += [f"tests/test_{name}.py" for name in CONTRACTS]


@pytest.mark.slow
def test_the_contract_tests_find_the_toys_and_are_content(tried):
    shown = printed(tried, "contracts")
    passed = re.findall(r"^tests/test_(\w+)\.py::\w+\[(\S+)\] PASSED", shown, re.MULTILINE)
    assert set(passed) >= ASKED
    assert "test_every_dataset_is_found" in shown


@pytest.mark.slow
def test_the_command_line_finds_the_toys(project, tried):
    printed(tried, "commands")
    rows = json.loads((project / "found.json").read_text(encoding="utf-8"))["rows"]
    assert [row["hints"] for row in rows] == [0, 2]
    assert all(0 < row["toy_metric"] < 1 for row in rows)


# Each part is tried, whatever becomes of the others.
TRY = """
import json, runpy, sys, traceback
sys.path.insert(0, "tools")
contracts, sphinx = json.loads(sys.argv[1])

def attempt(name, act):
    print("===", name, flush=True)
    try:
        ended = act()
    except BaseException:
        traceback.print_exc()
        ended = 1
    print("went well" if ended == 0 else f"ended with {ended}", flush=True)

def page():
    from sphinx.cmd.build import main
    return main([*sphinx, "page", "built"])

def tests():
    import pytest
    return int(pytest.main(contracts))

attempt("commands", lambda: runpy.run_path("commands.py") and 0)
attempt("page", page)
attempt("contracts", tests)
"""
COMMANDS = """
import contextlib, io
from colornb.__main__ import main

def say(words):
    with contextlib.redirect_stdout(io.StringIO()) as said:
        assert main(words.split()) == 0, words
    return said.getvalue()

listed = say("list")
assert "method toy_method: presets paper, tiny" in listed
assert "metric toy_metric: no unit, lower is better" in listed
assert "dataset toy_dataset" in listed
assert "experiment toy_experiment: The toy" in listed
assert say("toy_command you") == "Hello, you!\\n"
small = "--size 32 --pictures 4"
say(f"train toy_method --data toy_dataset --preset tiny --steps 3 --batch-size 2 {small} --out run")
say("evaluate run --data toy_dataset --pictures 2 --metrics psnr toy_metric --counts 0 2 --out found.json")
quick = f"{small} --tests 2 --steps 2 --batch-size 2 --seeds 0"
said = say(f"experiment toy_experiment --data toy_dataset {quick} --out toy.json")
assert "hints 3" in said
"""


SPHINX = ["-C", "-q", "-D", "extensions=myst_parser,sphinx.ext.autodoc,listing", "-b", "text"]


@pytest.mark.slow
def test_the_book_lists_the_toys(project, tried):
    """The page of the package alone, by Sphinx alone."""
    pytest.importorskip("myst_parser")
    printed(tried, "page")
    shown = (project / "built/index.txt").read_text(encoding="utf-8")
    for toy in TOYS.values():
        assert ("class colornb.widgets.ToyWidget" if toy == "toy_widget" else toy) in shown
