"""Tables of the book say what their results files say, to the last digit: the cells that print them are run again.

`nbval` runs every cell, too, but lets numbers that change from machine to machine pass. What was read from a file does
not change.
"""

import ast
import builtins
import contextlib
import io
import json
import re
import statistics
import subprocess
from dataclasses import fields

import pytest
from IPython.display import Markdown
from test_book import BOOK, CHAPTERS, code_cells, read

from colornb.checkpoints import list_bundled
from colornb.evaluation import ScribbleProtocol, read_results
from colornb.tables import Table

RESULTS = sorted((BOOK / "results").glob("*.json"))
READERS = [path for path in CHAPTERS if "read_results(" in path.read_text(encoding="utf-8")]


def names(tree):
    """Names that code reads and does not make, and names that it makes."""
    nodes = [node for node in ast.walk(tree) if isinstance(node, ast.Name)]
    made = {node.id for node in nodes if isinstance(node.ctx, ast.Store)}
    made |= {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
    made |= {arg.arg for node in ast.walk(tree) if isinstance(node, ast.arguments) for arg in node.args}
    made |= {
        (alias.asname or alias.name).split(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }
    read = {node.id for node in nodes if isinstance(node.ctx, ast.Load)}
    return read - made - set(dir(builtins)), made


def imports(tree):
    return [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]


def constants(tree):
    """Assignments of what is written out."""
    for node in tree.body:
        with contextlib.suppress(ValueError):
            named = isinstance(node, ast.Assign) and all(isinstance(target, ast.Name) for target in node.targets)
            if named and ast.literal_eval(node.value) is not None:
                yield node


def printed(cell):
    return "".join(output.text for output in cell.outputs if output.output_type == "stream" and output.name == "stdout")


def tables(cell):
    """Tables that a cell shows beside what it prints."""
    return [output.data["text/markdown"] for output in cell.outputs if "text/markdown" in output.get("data", {})]


def run_cell(tree, name, space):
    """Run a cell; give the table that it ends with, if it does."""
    last = [tree.body.pop()] if isinstance(tree.body[-1], ast.Expr) else []
    exec(compile(tree, name, "exec"), space)
    shown = [eval(compile(ast.Expression(line.value), name, "eval"), space) for line in last]
    markdown = {Markdown: lambda shown: shown.data, Table: Table._repr_markdown_}
    return [markdown[type(each)](each) for each in shown if type(each) in markdown]


@pytest.mark.parametrize("path", READERS, ids=lambda path: path.stem)
def test_tables_print_what_their_files_hold(path, monkeypatch):
    monkeypatch.chdir(BOOK)
    space, known, compared = {}, set(), 0
    for cell in code_cells(path)[1:]:  # the first one is for Colab
        tree = ast.parse(re.sub(r"(?m)^[%!].*$", "", cell.source))
        exec(compile(ast.Module([*imports(tree), *constants(tree)], []), path.stem, "exec"), space)
        free, made = names(tree)
        if not ("read_results(" in cell.source or free & known) or free - set(space):
            continue  # it is about something else, or needs what takes long to make
        out = io.StringIO()
        try:
            with contextlib.redirect_stdout(out):
                found = run_cell(tree, path.stem, space)
        except NameError:  # a function of an earlier cell needs what takes long to make
            continue
        known |= made - {name for node in imports(tree) for name in names(node)[1]}
        assert out.getvalue() == printed(cell), "run the chapter again: its table is not that of the file"
        assert found == tables(cell), "run the chapter again: its table is not that of the file"
        compared += bool(printed(cell) or found)
    assert compared, "no table was compared: begin the cell that prints one with all that it needs"


def rows(name, **wanted):
    found = read_results(BOOK / "results" / f"{name}.json")[0]
    return [row for row in found if wanted.items() <= row.items()]


def gain(name, data):
    found = rows(f"three_hints-{name}", data=data)
    return statistics.fmean(row["psnr_3"] - row["psnr_0"] for row in found)


def worse():
    found = rows("three_hints-photo")
    return f"{sum(row['psnr_3'] < row['psnr_0'] for row in found)} of {len(found)}"


def first_offer(way):
    (row,) = rows("guided_scribbles", way=way, k=1)
    return f"{row['psnr_gain']:.2f}"


def right(way, words="{} in a hundred are, of its first ten {}"):
    shares = [row["right"] for k in (1, 10) for row in rows("guided_scribbles", way=way, k=k)]
    return words.format(*(f"{100 * share:.0f}" for share in shares))


def steps(name):
    trained = read_results(BOOK / "results" / f"{name}.json")[1]["trained"]
    return f"{trained['steps']:,} steps of {trained['batch_size']}"


def ahead_of_propagation(hints, method="efficient_unet-photo3"):
    """By how much a network, by default the shipped one, is ahead of what spreads without learning, or behind."""
    (row,) = rows("propagation", method=method, hints=hints)
    return f"{abs(row['gain']):.1f}"


def gray_level():
    (row,) = rows("propagation", method="gray")
    return f"{row['psnr']:.2f}"


def click(what):
    (row,) = rows("click_places", way="points fill areas")
    return f"{what(row):.1f}"


def over_largest(data, *orders):
    """By how much orders are above the largest region first, over all numbers of hints: a list for each order."""
    found = [rows(f"order-{data}", training="two stages", hints="all", order=order) for order in orders]
    return [[row["over_largest"] for row in own] for own in found]


def cheat():
    means = [statistics.fmean(*over_largest(data, "greedy")) for data in ("storybook", "comic", "openmoji")]
    return f"{min(means):.1f} to {max(means):.1f}"


def emojis():
    found = sum(over_largest("openmoji", "asked", "gain", "active"), [])
    return f"{min(found):.2f} to {max(found):.2f}"


def ahead():
    """How far the model that asks is before the others where all are given the same."""
    found = {}
    for row in rows("unusual_colors", move=0):
        found.setdefault(row["method"], []).append(row["psnr"])
    means = {method: statistics.fmean(values) for method, values in found.items()}
    gaps = {round(means["GuidingPainter"] - means[rival]) for rival in ("RTUG", "AlacGAN")}
    return {3: "three"}[gaps.pop()] if len(gaps) == 1 else gaps


CLAIMS = [
    ("03_colour_without_learning", r"left as it is, has ([\d.]+) dB", gray_level),
    ("03_colour_without_learning", r"the shipped network is ([\d.]+) dB ahead", lambda: ahead_of_propagation(1)),
    ("03_colour_without_learning", r"with three ([\d.]+) dB", lambda: ahead_of_propagation(3)),
    ("03_colour_without_learning", r"is ahead of it by ([\d.]+) dB", lambda: ahead_of_propagation(50, "rtug-natural")),
    ("03_colour_without_learning", r"two hundred by ([\d.]+) dB", lambda: ahead_of_propagation(200, "rtug-natural")),
    ("03_colour_without_learning", r"fifty points, too, by ([\d.]+) dB", lambda: ahead_of_propagation(50)),
    ("30_how_many_hints", r"the worst of eight tries costs ([\d.]+) dB", lambda: click(lambda row: row["lost"])),
    ("30_how_many_hints", r"the mean of them ([\d.]+) dB", lambda: click(lambda row: row["middle"] - row["mean"])),
    ("32_otherwise", r"by no more than ([\d.]+) dB", lambda: f"{max(*over_largest('storybook', 'greedy')):.1f}"),
    ("32_otherwise", r"in each seed, by ([\d.]+ to [\d.]+) dB", emojis),
    ("32_otherwise", r"the best of all brings ([\d.]+ to [\d.]+) dB", cheat),
    ("32_otherwise", r"ahead of both by about (\w+) decibels", ahead),
    ("11_points", r"in ([\d,]+ steps of \d+)", lambda: steps("rtug-natural")),
    ("46_finding", r"The first offer alone brings ([\d.]+) dB", lambda: first_offer("model")),
    ("46_finding", r"that of the gray picture ([\d.]+) dB", lambda: first_offer("input edges")),
    ("46_finding", r"one at random ([\d.]+) dB", lambda: first_offer("random")),
    ("46_finding", r"first offers (\d+ in a hundred are, of its first ten \d+)", lambda: right("model")),
    ("46_finding", r"gray picture's edges (\d+ and \d+)\.", lambda: right("input edges", "{} and {}")),
    ("53_out_of_the_box", r"([\d.]+) dB to photographs", lambda: f"{gain('photo', 'natural'):.1f}"),
    ("53_out_of_the_box", r"([\d.]+) dB to storybook pages", lambda: f"{gain('drawing', 'storybook'):.1f}"),
    ("53_out_of_the_box", r"([\d.]+) dB to comics", lambda: f"{gain('drawing', 'comic'):.1f}"),
    ("53_out_of_the_box", r"In (\d+ of \d+) photographs", worse),
]


@pytest.mark.parametrize(("chapter", "words", "truth"), CLAIMS)
def test_sentences_say_what_the_files_hold(chapter, words, truth):
    text = " ".join(cell.source for cell in read(BOOK / f"{chapter}.ipynb").cells if cell.cell_type == "markdown")
    found = re.findall(words, " ".join(text.split()))
    assert found == [truth()]


@pytest.mark.parametrize("path", RESULTS, ids=lambda path: path.stem)
def test_every_file_of_results_is_shown_somewhere_and_says_where_it_comes_from(path):
    about = json.loads(path.read_text(encoding="utf-8"))["about"]
    assert {"commit", "date"} <= set(about)
    dirty = about["commit"].endswith("dirty")  # measured with code that nobody can find again
    assert not dirty, "measure it anew, from a clean tree"
    name = f"results/{path.name}", f"results/{path.stem.split('-')[0]}-{{"  # the latter one of several in a loop
    pages = [page.read_text(encoding="utf-8") for page in (*CHAPTERS, *BOOK.rglob("*.md"))]
    assert any(part in page for part in name for page in pages)


def git(*words):
    return subprocess.run(["git", *words], cwd=BOOK.parent, capture_output=True, text=True)


def networks_of(about):
    """Shipped networks that a file of results was measured on, by what it says of itself."""
    named = {about.get("preset"), about.get("command", "").split("evaluate ")[-1].split(" ")[0]}
    if about.get("method") == "edge_enhancing" and about["experiment"] not in ("edge_sketch", "edge_table"):
        named.add("rtug-natural")  # what E stands on, unless it is said
    return sorted(named & set(list_bundled()))


@pytest.mark.parametrize("path", RESULTS, ids=lambda path: path.stem)
def test_no_file_of_results_is_older_than_the_networks_it_was_measured_on(path):
    about = json.loads(path.read_text(encoding="utf-8"))["about"]
    if git("cat-file", "-e", f"{about['commit'].removesuffix('-dirty')}^{{commit}}").returncode:
        pytest.skip("a copy without the history")
    ahead = []
    for name in networks_of(about):
        shipped = git("log", "-1", "--format=%H", "--", f"colornb/checkpoints/{name}.safetensors").stdout.strip()
        if git("merge-base", "--is-ancestor", shipped, about["commit"].removesuffix("-dirty")).returncode:
            ahead.append(name)
    assert not ahead, f"{ahead} trained anew after {about['commit']}: measure it again"


def test_every_file_about_scribbles_holds_its_whole_protocol():
    wanted, about_scribbles = {field.name for field in fields(ScribbleProtocol)}, []
    for path in RESULTS:
        rows, about = read_results(path)
        asked = "--scribbles" in about.get("command", "") or "scribbling" in about
        if asked or any("scribbles" in row for row in rows):
            about_scribbles.append(path.stem)
            protocols = [about["scribbling"] | row.get("scribbling", {}) for row in rows]
            assert all(wanted <= protocol.keys() for protocol in protocols), path.name
            assert all(row.get("scribbles", 1) <= p["n"] for row, p in zip(rows, protocols, strict=True)), path.name
    assert {"edge_table", "edge_ablation", "edge_enhancing-natural", "guided_scribbles"} <= set(about_scribbles)


@pytest.mark.parametrize("data", ["storybook", "comic"])
def test_guiding_painter_is_ahead_of_its_rivals_with_hints_in_every_seed(data):
    found = {method: rows("baselines", data=data, method=method) for method in ("GuidingPainter", "RTUG", "AlacGAN")}
    ours = found.pop("GuidingPainter")
    assert len(ours) >= 3, "seeds"
    for rival in found.values():
        assert min(row["psnr"] for row in ours) > max(row["psnr"] for row in rival)
        mean = {name: statistics.fmean(row["nri"] for row in group) for name, group in (("ours", ours), ("its", rival))}
        assert mean["ours"] <= 0.8 * mean["its"], "required interactions, as in the paper: 0.60 to 0.80"
