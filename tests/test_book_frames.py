"""Chapters are one book: each says first what is learned and how long it takes, and ends with summary and exercises."""

import ast
import importlib
import json
import re
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml
from IPython.core.inputtransformer2 import TransformerManager

ROOT = Path(__file__).resolve().parents[1]
BOOK = ROOT / "book"
CHAPTERS = sorted(BOOK.glob("*.ipynb"))
GRADES = ["Easy", "Medium", "Hard"]
SUMMARY = "## What to keep in mind\n"
MADE_BY_PYTHON = {"_replace", "_asdict", "_fields"}  # of named tuples: public in spite of their names


def tool(name):
    return importlib.import_module(f"tools.{name}")


numbering, frames, equations = map(tool, ("numbering", "frames", "equations"))
chapter = pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)


def cells(path, kind=None):
    notebook = json.loads(path.read_text(encoding="utf-8"))
    return [
        cell | {"source": "".join(cell["source"])} for cell in notebook["cells"] if kind in (None, cell["cell_type"])
    ]


def prose(path):
    return "\n\n".join(cell["source"] for cell in cells(path, "markdown"))


def links(text):
    return re.findall(r"\]\(([\w/.-]+)\)", text)


@chapter
def test_a_chapter_begins_with_what_is_learned_and_how_long_it_takes(path):
    title, frame = (cell["source"] for cell in cells(path, "markdown")[:2])
    assert re.search(r"\*\*.*?\?\*\*|\*\*.*?\.\*\*", title, re.DOTALL), (
        "a question, or what the chapter is about, in bold"
    )
    assert frame.startswith(":::{admonition} What you will learn\n:class: tip\n- ")
    assert len(re.findall(r"^- ", frame, re.MULTILINE)) == 3
    found = frames.LINE.search(frame)
    assert found, "the line of level, minutes and what to read before"
    assert found["before"] == "nothing" or links(found["before"])
    assert all(before < path.stem for before in links(found["before"])), "what is read before comes before"


@chapter
def test_minutes_to_read_are_those_of_the_text(path):
    notebook = json.loads(path.read_text(encoding="utf-8"))
    assert frames.frame_of(notebook).read == frames.minutes_to_read(notebook), "run: python tools/frames.py"


@chapter
def test_a_chapter_ends_with_a_summary_what_is_next_and_three_graded_exercises(path):
    text = prose(path)
    summary, exercises = text.split(SUMMARY)[1].split("## Exercises\n")
    points, following = summary.split("**Next**: ")
    assert points.startswith("\n- ")
    assert 3 <= len(re.findall(r"^- ", points, re.MULTILINE)) <= 5
    assert links(following)
    found = re.findall(r"```\{exercise-start\} (\w+)\n:label: ([\w-]+)\n```", exercises)
    assert [grade for grade, _ in found] == GRADES
    assert re.findall(r"```\{solution-start\} ([\w-]+)", exercises) == [label for _, label in found]
    for part in ("exercise", "solution"):
        assert exercises.count(f"{{{part}-start}}") == exercises.count(f"{{{part}-end}}") == 3


@chapter
def test_links_of_a_chapter_lead_somewhere(path):
    pages = {page.stem for page in (*BOOK.glob("*.ipynb"), *BOOK.glob("*.md"))}
    found = set(links(prose(path)))
    assert {link for link in found if "/" not in link} <= pages
    assert all((BOOK / link).exists() for link in found if "/" in link)


@chapter
def test_every_picture_has_a_caption_and_words_for_those_who_do_not_see_it(path):
    names = []
    for cell in cells(path, "code"):
        if any("image/png" in output.get("data", {}) for output in cell["outputs"]):
            said = cell["metadata"].get("mystnb", {})
            assert said.get("figure", {}).get("caption"), cell["source"]
            assert len(said.get("image", {}).get("alt", "")) > 20, cell["source"]
            names.append(said["figure"]["name"])
    assert len(names) == len(set(names))
    assert not re.findall(r"!\[\]", prose(path))


def test_names_of_figures_are_of_one_chapter_each():
    found = [
        cell["metadata"]["mystnb"]["figure"]["name"]
        for path in BOOK.glob("*.ipynb")
        for cell in cells(path, "code")
        if "figure" in cell["metadata"].get("mystnb", {})
    ]
    assert len(found) == len(set(found))


@chapter
def test_checks_are_hidden(path):
    """What holds by measure is asked in cells of their own; that two ways give the same is what chapters teach."""
    for cell in cells(path, "code")[1:]:
        if "remove-cell" not in cell["metadata"].get("tags", []):
            assert not [line for line in cell["source"].splitlines() if is_check(line)]


def is_check(line):
    return line.startswith("assert ") and re.search(r"[<>]", line) and "abs(" not in line


def test_no_chapter_shows_private_names():
    found = set()
    for path in BOOK.glob("*.ipynb"):
        code = "\n".join(cell["source"] for cell in cells(path, "code")[1:])
        for node in ast.walk(ast.parse(TransformerManager().transform_cell(code))):
            names = [getattr(node, "attr", ""), *(getattr(node, "module", None) or "").split(".")]
            names += [alias.name for alias in node.names] if isinstance(node, ast.ImportFrom) else []
            found |= {(path.stem, name) for name in names if re.match(r"_[a-z]", name)}
    assert not {(stem, name) for stem, name in found if name not in MADE_BY_PYTHON}


# --- equations


def displayed(path):
    """Displayed equations outside of code: each with its label, or nothing."""
    return re.findall(r"\$\$(?:(?!\$\$).)+\$\$(?: \(([\w-]+)\))?", prose(path), re.DOTALL)


def test_every_equation_has_a_label_of_its_own():
    found = [label for path in CHAPTERS for label in displayed(path)]
    assert all(found)
    assert len(found) == len(set(found))


def test_every_reference_leads_to_an_equation():
    labels = {label for path in BOOK.glob("*.ipynb") for label in displayed(path)}
    pages = {page.stem: page.read_text(encoding="utf-8") for page in (*BOOK.glob("*.ipynb"), *BOOK.glob("*.md"))}
    for name, text in pages.items():
        assert set(re.findall(r"\{eq\}`([\w-]+)`", text)) <= labels, name


@pytest.mark.parametrize(
    ("place", "label"),
    [
        ("21", "guiding-1"),
        ("22", "guiding-10"),
        ("22", "guiding-11"),
        *(("24", f"guiding-{number}") for number in (9, 12, 13, 14)),
        ("41", "edge-7"),
        ("41", "edge-8"),
    ],
)
def test_equations_stand_in_the_chapter_that_teaches_them(place, label):
    assert label in displayed(next(BOOK.glob(f"{place}_*.ipynb")))


def test_the_equations_of_hints_stand_beside_the_lines_that_compute_them():
    (path,) = BOOK.glob("23_*.ipynb")
    code = "\n".join(cell["source"] for cell in cells(path, "code"))
    for number in (3, 4, 5, 6, 7, 8):
        assert f"guiding-{number}" in displayed(path)
        assert re.search(rf"# Eq\. {number}\b", code)


ACCENTED = r"\\(?:bar|tilde|hat|mathcal|mathbb) ?\{?[A-Za-z]\}?|\\(?:tau|lambda)"
SYMBOL = re.compile(rf"({ACCENTED}|(?<![\\A-Za-z])[A-Za-z](?![A-Za-z]))(?:_\{{?(\w+)\}}?)?")


def symbols(formulas):
    """The letters of formulas, with their accents, and N and L with what they count or want; no running index."""
    plain = re.sub(r"\\text\{[^}]*\}|\\(?:begin|end)\{\w+\}|\\\\|\|_F", " ", formulas)
    found = {re.sub("[{} ]", "", letter) + index * (letter in "NL") for letter, index in SYMBOL.findall(plain)}
    return found - set("ijk")


def test_each_letter_of_guiding_painters_equations_is_among_the_symbols():
    terms = (BOOK / "terms.md").read_text(encoding="utf-8")
    (section,) = re.findall(r"## GuidingPainter's symbols\n(.*?)\n## ", terms, re.DOTALL)
    printed = re.findall(r"\$\$((?:(?!\$\$).)+)\$\$ \(guiding-", "\n".join(map(prose, CHAPTERS)), re.DOTALL)
    assert len(printed) == 14
    assert symbols(" ".join(printed)) <= symbols(" ".join(re.findall(r"\$([^$]+)\$", section)))


@pytest.mark.parametrize(
    ("label", "page", "before", "number"),
    [
        ("guiding-11", "book/22_good_regions", 3, "GP 11"),
        ("edge-7", "book/41_measuring", 0, "E 7"),
        ("annealed-mean", "book/10_classification", 1, "10.2"),
        ("edges-of-cloth", "book/42_scribbles", 0, "42.1"),
    ],
)
def test_an_equation_of_a_paper_keeps_its_number_and_others_are_counted(label, page, before, number):
    assert equations.number_of(label, page, before) == number


def test_figures_and_exercises_are_counted_within_their_chapter():
    figures = {"b": (8,), "a": (7,)}
    env = SimpleNamespace(
        toc_fignumbers={
            "book/45_did_it_help": {"figure": figures, "exercise": {"x": (3,)}, "table": {"t": (1,)}},
            "book/terms": {"figure": {"c": (9,)}},
        }
    )
    numbering.number_within(None, env)
    assert figures == {"a": (45, 1), "b": (45, 2)}
    assert env.toc_fignumbers["book/45_did_it_help"] == {
        "figure": figures,
        "exercise": {"x": (45, 1)},
        "table": {"t": (1,)},
    }
    assert env.toc_fignumbers["book/terms"] == {"figure": {"c": (9,)}}


def test_a_chapter_has_the_number_of_its_file():
    assert [numbering.chapter_of(page) for page in ("book/02_picture_to_sketch", "book/terms")] == [2, None]


# --- the map


@pytest.mark.parametrize(("seconds", "words"), [(1.8, "under 1 min"), (59.9, "under 1 min"), (61, "about 2 min")])
def test_minutes_to_run_are_rounded_up(seconds, words):
    assert frames.time_to_run(seconds) == words


def test_minutes_are_written_into_the_frame_alone(tmp_path):
    source = BOOK / "01_colour_spaces.ipynb"
    copy = tmp_path / source.name
    copy.write_text(
        source.read_text(encoding="utf-8").replace("under 1 min on two", "about 9 min on two"), encoding="utf-8"
    )
    frames.write(copy, seconds=None)
    assert frames.frame_of(json.loads(copy.read_text(encoding="utf-8"))).run == "about 9 min"
    frames.write(copy, seconds=3.0)
    assert copy.read_text(encoding="utf-8") == source.read_text(encoding="utf-8")


def test_the_home_page_leads_to_chapters_that_exist():
    text = (BOOK / "index.md").read_text(encoding="utf-8")
    assert "```{chapters}" in text
    ways = text[text.index("## Three ways through") : text.index("## How to use it")]
    assert {"An hour", "A weekend", "A course"} <= set(re.findall(r"\*\*([\w ]+)\*\*", ways))
    stems = {path.stem for path in BOOK.glob("*.ipynb")} | {"reproduction", "terms", "teaching"}
    assert set(links(ways)) <= stems
    assert len(set(links(ways))) > 10


def test_the_page_for_teachers_follows_the_course():
    course = (BOOK / "index.md").read_text(encoding="utf-8").split("**A course**")[1].split("## How to use it")[0]
    sessions = re.findall(r"(?m)^(\d\. [^:]+): (.+)$", course)
    text = (BOOK / "teaching.md").read_text(encoding="utf-8")
    table = text.split("## Eight sessions")[1].split("## What to grade")[0]
    rows = re.findall(r"(?m)^\| (\d\. [^|]+) \| ([^|]+) \|", table)
    assert [links(chapters) for _, chapters in rows] == [links(chapters) for _, chapters in sessions]
    assert len(rows) == 8
    stems = {path.stem for path in BOOK.glob("*.ipynb")} | {"index"}
    assert set(links(text)) <= stems
    assert {path.stem for path in CHAPTERS} <= set(links(table)), "each chapter has its place"


def test_the_book_is_cited_as_its_file_says():
    text = (BOOK / "index.md").read_text(encoding="utf-8")
    cited = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert cited["title"] in " ".join(text.split())
    assert f"version = {{{cited['version']}}}" in text
