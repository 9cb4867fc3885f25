"""Take from the widget state of notebooks what no page needs.

Widgets that no output shows go, and so does every property that is null: a page takes it for that without being told.
"""

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path

STATE, VIEW = "application/vnd.jupyter.widget-state+json", "application/vnd.jupyter.widget-view+json"


def slim(path: Path) -> None:
    """Rewrite one notebook, if there is something to leave out."""
    text = path.read_text(encoding="utf-8")
    notebook = json.loads(text)
    models = notebook["metadata"].get("widgets", {}).get(STATE, {}).get("state", {})
    kept = set()
    for root in _shown(notebook):
        _reach(root, models, kept)
    for name in set(models) - kept:
        del models[name]
    for model in models.values():
        model["state"] = {name: value for name, value in model["state"].items() if value is not None}
    shorter = json.dumps(notebook, indent=1, ensure_ascii=False) + "\n"
    if len(shorter) < len(text):
        path.write_text(shorter, encoding="utf-8")


def _shown(notebook: dict) -> Iterator[str]:
    """The models that outputs show."""
    for cell in notebook["cells"]:
        for output in cell.get("outputs", ()):
            if view := output.get("data", {}).get(VIEW):
                yield view["model_id"]


def _reach(name: str, models: dict, kept: set[str]) -> None:
    """Keep a model, and all that it is made of."""
    if name in models and name not in kept:
        kept.add(name)
        for part in re.findall(r"IPY_MODEL_(\w+)", json.dumps(models[name]["state"])):
            _reach(part, models, kept)


if __name__ == "__main__":
    for name in sys.argv[1:]:
        slim(Path(name))
