"""Measured numbers in the prose of a chapter are in what its cells print; the few others are listed here."""

import json
import re

import pytest
from test_book import BOOK

# By chapter, as the text has them: numbers of the papers and of others, choices, thought experiments, sizes of
# downloads, and those that `CLAIMS` of test_book_results holds to their files.
REST = {
    "01_colour_spaces": {"2.2"},
    "02_picture_to_sketch": {"0.4"},
    "03_colour_without_learning": {"95"},
    "10_classification": {"123", "314"},
    "20_guiding_painter": {"15"},
    "21_regions": {"0.99", "40", "60"},
    "30_how_many_hints": {"17.5", "20.5", "30", "91"},
    "31_side_by_side": {"95"},
    "41_measuring": {"0.385", "0.502"},
    "45_did_it_help": {"+0.67", "0.031", "0.512", "4.1"},
    "46_finding": {"13.2", "4.4"},
    "47_part_by_part": {"+1.08", "0.512", "0.543", "45"},
    "52_user_study": {"23.7", "26.2"},
    "60_by_instance": {"0.336", "0.418", "16.4", "167"},
    "61_big_encoders": {"0.65", "4,096"},
    "62_the_field_since": {"1.5", "4.9", "95"},
}
NUMBER = re.compile(r"(?<![\w.,/{-])[+−-]?\d+(?:,\d{3})*(?:\.\d+)?(?![\w/,]|\.\d)")
UNIT = re.compile(
    r"\s*(±|dB|decibel|%|of \d|(times|hints|photographs|pages|pictures|steps|points|ms|seconds|minutes|MB)\b)"
)
NO_PROSE = [  # fences, code, formulas, links and roles, and the line of the frame
    re.compile(pattern, re.DOTALL)
    for pattern in (
        r"```\{(?:exercise|solution)[^\n]*\n(?::[^\n]*\n)*(?:```)?",
        r"```.*?```",
        r"`[^`]*`",
        r"\$\$.*?\$\$",
        r"\$[^$]*\$",
        r"\]\([^)]*\)",
        r"\*\*Level\*\*[^\n]*",
        r"<[^>]*>",
    )
]


def value(text):
    return abs(float(text.replace(",", "").replace("−", "-")))


def printed(cells):
    """All numbers in the code of a chapter and in what it prints."""
    text = ""
    for cell in cells:
        text += "".join(cell["source"]) + "\n"
        for output in cell["outputs"]:
            shown = output.get("data", {})
            text += "".join(output.get("text", [])) + "\n"
            text += "".join("".join(shown.get(kind, [])) for kind in ("text/plain", "text/markdown")) + "\n"
    return [value(found) for found in re.findall(r"\d+(?:,\d{3})*(?:\.\d+)?(?:e-?\d+)?", text)]


def is_printed(text, known):
    """Whether one of the numbers, or a hundred times a share, is this one as far as it has digits."""
    digits, wanted = len(text.partition(".")[2]), value(text)
    return any(
        round(number, digits) == wanted or (number <= 1 and round(100 * number, digits) == wanted) for number in known
    )


def measured(text):
    """The numbers in some prose that have a decimal point, or a unit."""
    for pattern in NO_PROSE:
        text = pattern.sub(" ", text)
    return [found[0] for found in NUMBER.finditer(text) if "." in found[0] or UNIT.match(text, found.end())]


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("It gains 0.14 dB, and 3 of 7 pages; see Table 2.", ["0.14", "3", "7"]),
        ("Of 1,000 steps −0.5 were `1.5`, $2.5$ and [x](y_1.5).", ["1,000", "−0.5"]),
        ("chapter 3 has 12 cells", []),
    ],
)
def test_numbers_with_a_point_or_a_unit_are_measured(text, numbers):
    assert measured(text) == numbers


@pytest.mark.parametrize(("text", "known"), [("0.14", [0.1361]), ("14", [0.1361]), ("1,000", [1e3]), ("−0.5", [0.5])])
def test_a_number_is_printed_as_far_as_it_has_digits(text, known):
    assert is_printed(text, known)
    assert not is_printed(text, [0.1461, 2.0])


@pytest.mark.parametrize("path", sorted(BOOK.glob("[0-9]*.ipynb")), ids=lambda path: path.stem)
def test_numbers_in_prose_are_printed_by_a_cell_or_listed_as_those_of_others(path):
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    known = printed(cell for cell in cells if cell["cell_type"] == "code")
    prose = "\n\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")
    rest = {text for text in measured(prose) if not is_printed(text, known)}
    assert rest == REST.get(path.stem, set())
