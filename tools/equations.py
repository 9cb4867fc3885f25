"""Numbers of equations in the book: an equation of one of the two papers keeps the number that it has there.

The label says which it is: `guiding-11` is Equation 11 of GuidingPainter and is shown as (GP 11), `edge-7` is Equation
7 of the edge paper, shown as (E 7). All others are counted by chapter: the second of chapter 10 is (10.2).
"""

import re
from typing import Any

from docutils import nodes
from numbering import chapter_of

PAPERS = {"guiding": "GP", "edge": "E"}


def number_of(label: str, page: str, before: int) -> str:
    """What stands in brackets beside an equation of a page that has so many of its own before."""
    if found := re.fullmatch(rf"({'|'.join(PAPERS)})-(\d+)", label):
        return f"{PAPERS[found[1]]} {found[2]}"
    chapter = chapter_of(page)
    return str(before + 1) if chapter is None else f"{chapter}.{before + 1}"


def number_all(app: Any, document: nodes.document) -> None:
    """Give the equations of one page their numbers, in the page and where references look them up."""
    page, own = app.env.docname, 0
    known = app.env.get_domain("math").equations
    for block in document.findall(nodes.math_block):
        if label := block.get("label"):
            block["number"] = number_of(label, page, own)
            own += "." in block["number"] or block["number"].isdigit()
            known[label] = page, block["number"]


def setup(app: Any) -> dict[str, bool]:
    """Let Sphinx number equations like this."""
    app.connect("doctree-read", number_all)
    return {"parallel_read_safe": True}
