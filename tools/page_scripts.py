"""Puts no script into a page twice: a theme and its extension both bring that of Thebe, and the second is an error."""

from typing import Any

from sphinx.application import Sphinx

LATE = 900  # after all that add scripts


def setup(app: Sphinx) -> dict[str, Any]:
    """Look at the scripts of each page, last of all."""
    app.connect("html-page-context", drop_copies, priority=LATE)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def drop_copies(app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: Any) -> None:
    """Keep the first of scripts with the same text, and all that are files."""
    found: set[str] = set()
    kept = []
    for script in context.get("script_files", ()):
        text = dict(getattr(script, "attributes", {})).get("body")
        if text is None or text not in found:
            kept.append(script)
        found.add(text)
    context["script_files"] = kept
