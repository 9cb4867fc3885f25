"""The page that says what of the papers could be reproduced: written by its command, complete, and never stale."""

import ast
import importlib
import json
import re
import shutil
from pathlib import Path

import pytest

from colornb.__main__ import _parser

ROOT = Path(__file__).parent.parent
RESULTS = ROOT / "book" / "results"
TOOLS = "reproduction", "reproduction_places", "reproduction_equations", "reproduction_numbers"


@pytest.fixture(scope="module")
def tools():
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(ROOT / "tools")
        yield [importlib.import_module(name) for name in TOOLS]


@pytest.fixture(scope="module")
def command(tools):
    return tools[0]


@pytest.fixture
def results(tmp_path):
    return Path(shutil.copytree(RESULTS, tmp_path / "results"))


def change(results, name, how):
    path = results / f"{name}.json"
    document = json.loads(path.read_text())
    how(document)
    path.write_text(json.dumps(document))


def claim(command, start):
    (found,) = [one for one in command.CLAIMS if one.says.startswith(start)]
    return found


def test_the_page_is_what_its_command_writes(command):
    written = (ROOT / "book" / "reproduction.md").read_text()
    assert written == command.page(), "run python tools/reproduction.py"


def test_every_reason_was_written_for_the_verdict_that_it_stands_beside(command):
    judged = [command.judge(one, RESULTS) for one in command.CLAIMS]
    turned = [
        f"{one.claim.says} was {one.claim.explains}, is {one.verdict}"
        for one in judged
        if one.verdict not in (one.claim.explains, "not done")
    ]
    assert not turned, "write anew why, in tools/reproduction_claims.py or tools/reproduction_edge_claims.py"


def test_every_file_of_results_decides_a_claim_or_is_listed_beside_the_papers(command, tools):
    used, beside = {one.file for one in command.CLAIMS}, set(tools[1].OURS)
    assert not used & beside
    assert used | beside == {path.stem for path in RESULTS.glob("*.json")}


def test_every_equation_table_and_figure_of_both_papers_is_there(tools):
    _, places, equations, _ = tools
    for paper, tables, figures, numbers in ((places.GP, 6, 17, 14), (places.EDGE, 3, 7, 8)):
        there = {place for of, place, *_ in places.PLACES if of == paper}
        wanted = {f"Table {n + 1}" for n in range(tables)} | {f"Fig. {n + 1}" for n in range(figures)}
        assert wanted == {place for place in there if place.startswith(("Table", "Fig."))}
        printed = [number for of, number, *_ in equations.EQUATIONS if of == paper]
        assert printed == [str(n + 1) for n in range(numbers)]


def test_every_place_of_a_claim_and_of_what_is_missing_is_in_the_list(command, tools):
    places = tools[1]
    there = {(paper, place) for paper, place, *_ in places.PLACES}
    named = [(one.paper, one.place) for one in command.CLAIMS] + [what[:2] for what in places.NOT_DONE]
    assert not {place for words in named for place in command.places_of(*words)} - there
    judged = [command.judge(one, RESULTS) for one in command.CLAIMS]
    silent = [place for place in there if not command.standing(*place, "", judged)]
    noted = {(paper, place) for paper, place, *_, note in places.PLACES if note}
    assert set(silent) <= noted, "a place that has no claim says what is there, or that it is not done"


def test_code_is_there_by_the_names_that_are_given(tools):
    _, places, equations, _ = tools
    names = {row[3] for row in (*places.PLACES, *equations.EQUATIONS, *equations.DETAILS)} - {""}
    assert not [name for name in names if not exists(f"colornb.{name}")]


def exists(name):
    """Whether a module has that name, or something in one."""
    parts = name.split(".")
    for cut in range(len(parts), 0, -1):
        try:
            found = importlib.import_module(".".join(parts[:cut]))
        except ModuleNotFoundError:
            continue
        for part in parts[cut:]:
            found = getattr(found, part, None)
        return found is not None
    return False


def test_tests_are_there_by_the_names_that_are_given(tools):
    equations = tools[2]
    for *_, test, _ in (*equations.EQUATIONS, *equations.DETAILS):
        file, name = test.split("::")
        tree = ast.parse((ROOT / "tests" / f"test_{file}.py").read_text())
        assert f"test_{name}" in {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}, test


def test_chapters_and_runs_that_are_linked_exist(command):
    page = command.page()
    linked = set(re.findall(r"\]\(([^)#]+)\)", page))
    assert linked and not [name for name in linked if not list((ROOT / "book").glob(f"{name}*"))]
    assert set(re.findall(r"\]\(#run-([^)]+)\)", page)) <= set(re.findall(r"\{#run-([^}]+)\}", page))


def test_commands_of_what_is_not_done_are_ones_that_exist(tools):
    for what in tools[1].NOT_DONE:
        for command in what[4:]:
            python, *words = command.split()
            assert [python, *words[:2]] == ["python", "-m", "colornb"]
            _parser().parse_args(words[2:])  # ends the program where it is wrong


def test_a_verdict_turns_with_the_numbers_of_its_file_and_its_old_reason_goes(command, results):
    ahead = claim(command, "With hints, GuidingPainter is above RTUG in PSNR")
    assert command.judge(ahead, results).verdict == "agrees"

    def worse(document):
        for row in document["rows"]:
            if row["method"] == "GuidingPainter":
                row["psnr"] -= 5

    change(results, "baselines", worse)
    judged = command.judge(ahead, results)
    assert judged.verdict == "disagrees"
    assert ahead.why not in command.page(results)
    assert judged.reason in command.page(results)


def test_an_interval_that_holds_both_sides_decides_nothing(command, results):
    mended = claim(command, "A scribble raises PSNR near the edge: E, paper, on RTUG with hints.")

    def wide(document):
        for row in document["rows"]:
            if "psnr_near_ci" in row:
                row["psnr_near_ci"] = 1.0

    change(results, "edge_longer", wide)
    assert command.judge(mended, results).verdict == "not decided"


def test_one_seed_has_no_interval_and_decides_nothing(command, results):
    def first(document):
        document["rows"] = [row for row in document["rows"] if row["seed"] == 0]

    change(results, "baselines", first)
    judged = command.judge(claim(command, "With hints, GuidingPainter is above RTUG in PSNR"), results)
    assert judged.verdict == "not decided"
    assert "no interval" in command.here(judged)


@pytest.mark.parametrize("how", ["dirty", "missing"])
def test_what_is_missing_or_of_a_dirty_commit_is_not_done_with_the_command_that_makes_it(command, results, how):
    if how == "dirty":
        change(results, "importance", lambda document: document["about"].update(commit="abc1234-dirty"))
    else:
        (results / "importance.json").unlink()
    fig_5 = claim(command, "The later a region is asked for")
    assert command.judge(fig_5, results).verdict == "not done"
    (row,) = [line for line in command.page(results).splitlines() if fig_5.says in line]
    assert "python -m colornb experiment importance" in row
    assert ("abc1234-dirty" in row) == (how == "dirty")


def test_a_claim_whose_rows_are_gone_says_so(command, results):
    change(results, "gray_scale", lambda document: document.update(rows=document["rows"][:1]))
    with pytest.raises(ValueError, match="change the claim as its experiment was changed"):
        command.judge(claim(command, "On gray-scale pictures, GuidingPainter is above RTUG"), results)


def test_an_interval_over_seeds_is_that_of_scipy_and_of_pairs(tools):
    from scipy.stats import ttest_rel

    one, other = {0: 17.4, 1: 17.9, 2: 17.5}, {2: 15.9, 0: 16.1, 1: 15.8, 7: 99.0}
    found = tools[3].paired("", one, other)
    test = ttest_rel([17.4, 17.9, 17.5], [16.1, 15.8, 15.9]).confidence_interval(0.95)
    assert (found.mean - found.half, found.mean + found.half) == pytest.approx((test.low, test.high))


@pytest.mark.parametrize(
    ("mean", "half", "sign", "verdict"),
    [
        (1.0, 0.9, 1, "agrees"),
        (1.0, 1.1, 1, "not decided"),
        (-1.0, 0.9, 1, "disagrees"),
        (-1.0, 0.9, -1, "agrees"),
        (1.0, float("nan"), 1, "not decided"),
    ],
)
def test_an_interval_agrees_only_if_all_of_it_does(tools, mean, half, sign, verdict):
    assert tools[3].Difference("", mean, half).verdict(sign, 0.0) == verdict
    assert tools[3].Difference("", mean + 2, half).verdict(sign, 2.0) == verdict


def test_of_two_intervals_of_a_gain_the_wider_counts(tools):
    rows = [{"seed": seed, "a_gain": 1 + seed / 100, "a_ci": 0.5} for seed in range(3)]
    (found,) = tools[3].gain("a", {"": {}})(rows)
    assert (found.mean, found.half) == pytest.approx((1.01, 0.5))
    (found,) = tools[3].gain("a", {"": {}})([row | {"a_ci": 0.001} for row in rows])
    assert found.half == pytest.approx(tools[3].over_seeds([1.0, 1.01, 1.02]))


def test_several_rows_of_one_seed_are_refused(tools):
    rows = [{"seed": 0, "data": "comic", "psnr": value} for value in (1.0, 2.0)]
    with pytest.raises(ValueError, match="say which is meant"):
        tools[3].by_seed(rows, {"data": "comic"}, "psnr")
