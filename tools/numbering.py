"""Numbers of chapters, and of the figures and exercises within each.

A chapter has the number of its file, 45 for `45_did_it_help`, in its title and wherever the title is shown. Its
second figure is Fig. 45.2, its second exercise Exercise 45.2, as its own second equation is (45.2) by `equations.py`.
"""

import re
from typing import Any

from docutils import nodes

CHAPTER = re.compile(r"(?:.*/)?(\d\d)_")
WITHIN = ("figure", "exercise")


def chapter_of(page: str) -> int | None:
    """The number of a chapter; None for pages that are none."""
    found = CHAPTER.match(page)
    return int(found[1]) if found else None


def number_title(app: Any, document: nodes.document) -> None:
    """Put the number before the title of a chapter, before anything looks at it."""
    number, title = chapter_of(app.env.docname), next(document.findall(nodes.title), None)
    if number is not None and title is not None:
        title.insert(0, nodes.Text(f"{number} · "))


def number_within(app: Any, env: Any) -> list[str]:
    """Count figures and exercises chapter by chapter, where Sphinx has counted them through the book.

    Gives the pages to write anew: none beside those that Sphinx finds.
    """
    for page, kinds in env.toc_fignumbers.items():
        if (number := chapter_of(page)) is not None:
            for kind in WITHIN:
                own = sorted(kinds.get(kind, {}), key=kinds.get(kind, {}).get)
                kinds.get(kind, {}).update({name: (number, count) for count, name in enumerate(own, 1)})
    return []


def setup(app: Any) -> dict[str, bool]:
    """Let Sphinx number like this."""
    app.connect("doctree-read", number_title, priority=100)
    app.connect("env-get-updated", number_within, priority=900)  # when Sphinx has counted
    return {"parallel_read_safe": True}
