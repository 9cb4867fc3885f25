"""Names are the field's: none of those that the project used to have for itself comes back.

`CHANGELOG.md` says what each is called now, and `colornb/_old_names.py` reads files that have them.
"""

import ast
import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = sorted(p for p in (ROOT / "colornb").rglob("*.py") if "_storybook" not in p.parts and p.stem != "_old_names")
CHAPTERS = sorted((ROOT / "book").glob("*.ipynb"))
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "book").rglob("*.md"))]

# No identifier at all, in the package or in a chapter.
NOWHERE = """
Told Each Rows Look FeatureLook Visited Pass Examiner Tally Scribbling Finder PatchCritic Critic critic painter
look_at condition_of asides descend near_bins soft_bins closeness sharpen join_lines promising_strokes likely_strokes
mended_by_hand fill_colors suggest_at thicken widen held_out stamp_keys LEAST MOST REACH KINDS COLORS LARGEST CLOSE
QUIET PATIENCE VEIL FILM CRUMB NOTCH DEEPEST BESIDE critic_width critic_levels critic_rate beaten deed deeds deaf
Later Solver Keeper Shown Asking Chooser Quiet lay_over opaque
"""
# Everyday words: fine for a local variable; in these rooms nothing is defined under them.
DEFINED = {
    "near spread middle smooth cut covered inside propose interval": "edges filters hints boxes evaluation losses",
    "expected commit shipped ship find write_bytes": "evaluation checkpoints",
    "look visit make begin simulate painted": "methods evaluation colorizer losses metrics figures",
    "least whole odd several slack reach empty frozen rise": "methods evaluation hints pseudo_scribbles",
    "suggest deaf": "colorizer",
    "Plan Trial": "training evaluation",
    "Start Spread Effort Play": "",
    "Session Area Points Strokes View Strip Work": "widgets",
    "settle deed guard _on _tell _says _try _plan _arrive _consult _advise _seat _arrange": "widgets",
    "_put_away _take_up dress say describe remember recall offer present": "widgets",
}
RIDDLES = r"\b(critics?|grey\w*|hears?|heard|deeds?|deaf)\b|networks? eats?|says the mend"
TO_READERS = RIDDLES + r"|somebody who knows|\b(is|are|was|were|being) told\b(?! apart)"


def code_of(path):
    """Python of a file, or of all cells of a chapter."""
    if path.suffix == ".py":
        return path.read_text()
    cells = (cell for cell in json.loads(path.read_text())["cells"] if cell["cell_type"] == "code")
    lines = [line for cell in cells for line in "".join(cell["source"]).splitlines()]
    return "\n".join(re.sub(r"^(\s*)[!%].*", r"\1pass", line) for line in lines)


def identifiers(code):
    """Every name in some code, but for those of keyword arguments of other libraries."""
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.Name):
            yield node.id
        elif isinstance(node, ast.Attribute):
            yield node.attr
        elif isinstance(node, ast.arg):
            yield node.arg
        elif isinstance(node, ast.alias):
            yield (node.asname or node.name).rpartition(".")[2]


def definitions(code):
    """Functions, classes, methods, fields and constants that some code defines."""
    tree = ast.parse(code)
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield node.name
        body = node.body if isinstance(node, ast.ClassDef | ast.Module) else []
        for line in body:
            targets = line.targets if isinstance(line, ast.Assign) else [getattr(line, "target", None)]
            yield from (target.id for target in targets if isinstance(target, ast.Name))


@pytest.mark.parametrize("path", [*PACKAGE, *CHAPTERS], ids=lambda path: str(path.relative_to(ROOT)))
def test_no_identifier_has_an_old_name(path):
    assert not set(identifiers(code_of(path))) & set(NOWHERE.split())


@pytest.mark.parametrize(("words", "rooms"), DEFINED.items(), ids=lambda text: text.split(" ")[0])
def test_nothing_is_defined_under_an_old_name(words, rooms):
    rooms, old = rooms.split(), set(words.split())
    found = {
        f"{path.relative_to(ROOT)}: {name}"
        for path in PACKAGE
        if not rooms or path.relative_to(ROOT / "colornb").parts[0].removesuffix(".py") in rooms
        for name in definitions(path.read_text())
        if name in old
    }
    assert not found


def sentences(path):
    """What a reader is shown: the text of a page or a chapter, or what the package says in docstrings and messages."""
    if path.suffix == ".md":
        return path.read_text()
    if path.suffix == ".ipynb":
        return "\n".join("".join(cell["source"]) for cell in json.loads(path.read_text())["cells"])
    nodes = ast.walk(ast.parse(path.read_text()))
    return "\n".join(node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str))


@pytest.mark.parametrize("path", [*PAGES, *CHAPTERS, *PACKAGE], ids=lambda path: str(path.relative_to(ROOT)))
def test_sentences_have_the_words_of_the_field(path):
    words = RIDDLES if path.suffix == ".py" else TO_READERS
    assert not [found.group(0) for found in re.finditer(words, sentences(path), re.IGNORECASE)]
