"""Slides of a chapter: its headings, pictures, equations and short code; the prose becomes the speaker's notes.

    python tools/slides.py 03 23    writes _build/slides/03_*.slides.html and that of 23

Key S shows the notes, arrows down lead through a section. Nothing is run: pictures are those that the chapter holds.
The pages load reveal.js from the network.
"""

import argparse
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import nbformat
from nbconvert import SlidesExporter

ROOT = Path(__file__).resolve().parents[1]
OUT = ROOT / "_build" / "slides"
EQUATION = re.compile(r"\$\$.+?\$\$(?: \([\w-]+\))?", re.DOTALL)
LABEL = re.compile(r" \([\w-]+\)$")
LONGEST = 15  # lines of code that can be read from the last row


def slides(chapter: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """A notebook of slides: one across for each heading, below it what its section shows."""
    made = nbformat.v4.new_notebook(metadata=chapter.metadata)
    for cell in chapter.cells:
        if "remove-cell" in cell.metadata.get("tags", ()):
            continue
        if cell.cell_type == "code":
            made.cells += _shown(cell)
            continue
        before, exercises, _ = cell.source.partition("## Exercises\n")
        made.cells += _prose(before)
        if exercises:
            break
    return made


def _prose(text: str) -> Iterator[nbformat.NotebookNode]:
    """Slides of some prose: headings, what is learned, lists of a summary, equations; the rest is said aloud."""
    for part in re.split(r"(?m)^(?=#)", text):
        heading = re.match(r"#+ .*\n?", part)
        said = part[heading.end() :] if heading else part
        if heading:
            yield _cell(heading[0], "slide")
        if said.startswith(":::{admonition} What you will learn"):
            yield _cell("**You will learn**\n\n" + "\n".join(re.findall(r"(?m)^- .*", said)), "subslide")
            continue
        if heading and heading[0].startswith("## What to keep"):
            yield _cell("\n".join(re.findall(r"(?m)^- .*(?:\n  .*)*", plain(said))), "subslide")
            continue
        for equation in EQUATION.findall(said):
            yield _cell(LABEL.sub("", equation), "subslide")
        if notes := plain(EQUATION.sub("", said)).strip():
            yield _cell(notes, "notes")


def _shown(cell: nbformat.NotebookNode) -> Iterator[nbformat.NotebookNode]:
    """A picture or a table with its caption; else the code, where it is short."""
    caption = cell.metadata.get("mystnb", {}).get("figure", {}).get("caption", "")
    pictures = [output for output in cell.outputs if {"image/png", "text/markdown"} & output.get("data", {}).keys()]
    hidden = "hide-input" in cell.metadata.get("tags", ())
    if not pictures and (hidden or len(cell.source.splitlines()) > LONGEST):
        return
    made = nbformat.v4.new_code_cell("" if pictures else cell.source, metadata=_type("subslide"))
    made.outputs = pictures or cell.outputs
    yield made
    if caption:
        yield _cell(plain(caption), "-")


def plain(text: str) -> str:
    """Prose without what only the book understands: citations, references, directives."""
    text = re.sub(r" ?\{cite(?::\w)?\}`[^`]*`", "", text)
    text = re.sub(r"\{eq\}`[\w-]+`", "the equation", text)
    text = re.sub(r"\[\]\((?:\w+/)*(\d\d)_\w+\)", r"\1", text)
    return re.sub(r"(?m)^(:::|```).*\n?", "", text)


def _cell(text: str, kind: str) -> nbformat.NotebookNode:
    return nbformat.v4.new_markdown_cell(text, metadata=_type(kind))


def _type(kind: str) -> dict:
    return {"slideshow": {"slide_type": kind}}


def main(words: Sequence[str] | None = None) -> None:
    """Write the slides of chapters, by their numbers, and say where."""
    chapters = {path.name[:2]: path for path in sorted((ROOT / "book").glob("[0-9][0-9]_*.ipynb"))}
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    words_for = "the number of a chapter, such as 03"
    parser.add_argument("numbers", nargs="+", choices=chapters, metavar="NUMBER", help=words_for)
    exporter = SlidesExporter(exclude_input_prompt=True, exclude_output_prompt=True)
    for path in map(chapters.get, parser.parse_args(words).numbers):
        page, _ = exporter.from_notebook_node(slides(nbformat.read(path, as_version=4)))
        OUT.mkdir(parents=True, exist_ok=True)
        (OUT / f"{path.stem}.slides.html").write_text(page, encoding="utf-8")
        print(f"_build/slides/{path.stem}.slides.html")


if __name__ == "__main__":
    main()
