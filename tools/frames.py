"""What frames a chapter: what is learned, how long it takes, how hard it is; and the map of the book, made of that.

    python tools/frames.py    measures, and writes minutes into the chapters that have a frame

Minutes to read are counted from the text, and minutes to run are those of the last execution on two cores that
tools/run_chapters.py has kept (`make executed`). The directive `{chapters}` of the book shows the map.
"""

import json
import math
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import yaml
from docutils import nodes
from jupyter_cache import get_cache
from jupyter_cache.base import JupyterCacheAbstract
from sphinx import addnodes
from sphinx.util.docutils import SphinxDirective

ROOT = Path(__file__).resolve().parents[1]
CACHE = ROOT / "_build" / ".jupyter_cache"
PACE = 150  # words a minute, of prose that is thought about; a line of code takes as long as four
LINE = re.compile(
    r"\*\*Level\*\* (?P<level>easy|medium|hard) · \*\*Read\*\* (?P<read>\d+) min · "
    r"\*\*Run\*\* (?P<run>under 1 min|about \d+ min) on two cores · "
    r"\*\*Before\*\* (?P<before>.+) · \[words and symbols\]\(terms\)"
)


class Frame(NamedTuple):
    """What the frame of a chapter says."""

    level: str
    read: int  # minutes
    run: str


def frame_of(notebook: dict) -> Frame | None:
    """The frame of a chapter, where it has one."""
    for cell in notebook["cells"]:
        if cell["cell_type"] == "markdown" and (found := LINE.search("".join(cell["source"]))):
            return Frame(found["level"], int(found["read"]), found["run"])
    return None


def minutes_to_read(notebook: dict) -> int:
    """Minutes that a chapter takes to read with its exercises, in steps of five."""
    words = sum(
        len("".join(cell["source"]).split()) if cell["cell_type"] == "markdown" else 4 * len(cell["source"])
        for cell in notebook["cells"][1:]
    )
    return 5 * math.ceil(words / PACE / 5)


def time_to_run(seconds: float) -> str:
    """Seconds as a reader wants to know them: rounded up, for no other machine takes just as long."""
    return "under 1 min" if seconds < 60 else f"about {math.ceil(seconds / 60)} min"


def seconds_of(cache: JupyterCacheAbstract) -> dict[str, float]:
    """How long each chapter ran, by its name, as far as that is known."""
    records = sorted(cache.list_cache_records(), key=lambda record: record.created)
    return {Path(record.uri).stem: record.data["execution_seconds"] for record in records}


def write(path: Path, seconds: float | None) -> None:
    """Write minutes into the frame of a chapter; those to run stay where none are known."""
    notebook = json.loads(path.read_text(encoding="utf-8"))
    if not (frame := frame_of(notebook)):
        return
    run = frame.run if seconds is None else time_to_run(seconds)
    old = f"**Read** {frame.read} min · **Run** {frame.run}"
    new = f"**Read** {minutes_to_read(notebook)} min · **Run** {run}"
    if old != new:
        text = path.read_text(encoding="utf-8")
        path.write_text(text.replace(old, new, 1), encoding="utf-8")


def main() -> None:
    """Measure, and write."""
    seconds = seconds_of(get_cache(CACHE)) if CACHE.exists() else {}
    for path in sorted((ROOT / "book").glob("*.ipynb")):
        write(path, seconds.get(path.stem))


class Chapters(SphinxDirective):
    """A table of the parts and their chapters, with minutes and level."""

    def run(self) -> list[nodes.Node]:
        """The table; where a chapter changes, the page is built anew."""
        parts = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))["parts"]
        rows = [row for part in parts for row in self._part(part)]
        head = nodes.thead("", self._row(*map(nodes.Text, ("chapter", "read", "run", "level"))))
        columns = [nodes.colspec(colwidth=width) for width in (64, 12, 12, 12)]
        group = nodes.tgroup("", *columns, head, nodes.tbody("", *rows), cols=4)
        return [nodes.table("", group, classes=["colornb-map"])]

    def _part(self, part: dict) -> Iterator[nodes.row]:
        paths = [path for entry in part["chapters"] for path in ROOT.glob(f"{entry.get('glob', '-')}.ipynb")]
        if paths:
            yield self._row(nodes.strong("", part["caption"]), *map(nodes.Text, ("", "", "")))
        for path in sorted(paths):
            self.env.note_dependency(str(path))
            notebook = json.loads(path.read_text(encoding="utf-8"))
            frame = frame_of(notebook)
            said = (str(frame.read), _short(frame.run), frame.level) if frame else ("", "", "")
            yield self._row(self._link(path), *map(nodes.Text, said))

    def _link(self, path: Path) -> nodes.Node:
        link = {"refdoc": self.env.docname, "refdomain": "std", "reftype": "doc", "refexplicit": False}
        return addnodes.pending_xref("", nodes.inline("", ""), reftarget=f"/book/{path.stem}", refwarn=True, **link)

    @staticmethod
    def _row(*cells: nodes.Node) -> nodes.row:
        return nodes.row("", *(nodes.entry("", nodes.paragraph("", "", cell)) for cell in cells))


def _short(run: str) -> str:
    return run.replace("under ", "< ").removeprefix("about ").removesuffix(" min")


def setup(app: Any) -> dict[str, bool]:
    """Make the directive known to Sphinx."""
    app.add_directive("chapters", Chapters)
    return {"parallel_read_safe": True}


if __name__ == "__main__":
    main()
