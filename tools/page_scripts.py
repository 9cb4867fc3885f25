"""Leaves out of a page the scripts that it has no use for.

A theme and its extension both bring that of Thebe, and the second is an error. A widget is shown as its picture, but
its state comes with the notebook: it would bring megabytes of scripts, which look in vain for a widget.
"""

from typing import Any

from sphinx.application import Sphinx

LATE = 900  # after all that add scripts
STATE, VIEW = "application/vnd.jupyter.widget-state+json", "application/vnd.jupyter.widget-view+json"


def setup(app: Sphinx) -> dict[str, Any]:
    """Look at the scripts of each page, last of all."""
    app.connect("html-page-context", drop_useless, priority=LATE)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def drop_useless(app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: Any) -> None:
    """Keep the first of scripts with the same text, the state of widgets that are shown, and all that are files."""
    found: set[str] = set()
    kept = []
    for script in context.get("script_files", ()):
        said = dict(getattr(script, "attributes", {}))
        idle = said.get("type") == STATE and VIEW not in context.get("body", "")
        if not idle and (said.get("body") is None or said["body"] not in found):
            kept.append(script)
        found.add(said.get("body"))
    context["script_files"] = kept
