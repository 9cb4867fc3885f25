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
from test_book import BOOK, CHAPTERS, code_cells, read

from colornb.checkpoints import list_bundled
from colornb.evaluation import ScribbleProtocol, read_results

UNSHOWN = {"bench", "latency"}  # for those who change the code, and for no reader
OLDER = {"edge_ablation", "edge_robustness"}  # on the RTUG that shipped before; their chapter says so
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
                exec(compile(tree, path.stem, "exec"), space)
        except NameError:  # a function of an earlier cell needs what takes long to make
            continue
        known |= made - {name for node in imports(tree) for name in names(node)[1]}
        assert out.getvalue() == printed(cell), "run the chapter again: its table is not that of the file"
        compared += bool(printed(cell))
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


CLAIMS = [
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
    assert path.stem in UNSHOWN or any(part in page for part in name for page in pages)


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
    assert bool(ahead) == (path.stem in OLDER), f"{ahead} trained anew after {about['commit']}: measure it again"


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
