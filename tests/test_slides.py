"""Slides show what a chapter shows, and say the rest aloud."""

from pathlib import Path

import nbformat
import pytest

from tools import slides as tool

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module", params=["03", "23"])
def chapter(request):
    return nbformat.read(next((ROOT / "book").glob(f"{request.param}_*.ipynb")), as_version=4)


def kinds(made, kind):
    return [cell for cell in made.cells if cell.metadata["slideshow"]["slide_type"] == kind]


def pictures(cells):
    return [o.data["image/png"] for cell in cells for o in cell.get("outputs", ()) if "image/png" in o.get("data", {})]


def test_each_heading_is_a_slide_and_prose_is_said_aloud(chapter):
    made = tool.slides(chapter)
    prose = "\n".join(cell.source for cell in chapter.cells if cell.cell_type == "markdown")
    headings = [line for line in prose.split("## Exercises")[0].splitlines() if line.startswith("#")]
    assert [cell.source.strip() for cell in kinds(made, "slide")] == headings
    assert len(kinds(made, "notes")) > 3
    text = "\n".join(cell.source for cell in made.cells if cell.cell_type == "markdown")
    assert "{cite}" not in text and "{eq}" not in text and ":::" not in text and "[](" not in text
    assert "**You will learn**\n\n- " in text


def test_pictures_stay_and_set_up_checks_and_solutions_go(chapter):
    made = tool.slides(chapter)
    end = next(n for n, cell in enumerate(chapter.cells) if "## Exercises" in cell.source)
    assert pictures(made.cells) == pictures(chapter.cells[:end])
    assert all(cell.metadata["slideshow"]["slide_type"] for cell in made.cells)
    code = [cell.source for cell in made.cells if cell.cell_type == "code"]
    assert not [source for source in code if "google.colab" in source or len(source.splitlines()) > tool.LONGEST]


def test_slides_are_written_as_a_page(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(tool, "OUT", tmp_path)
    tool.main(["03"])
    (page,) = tmp_path.glob("*.slides.html")
    assert page.name in capsys.readouterr().out
    text = page.read_text(encoding="utf-8")
    assert text.count("<section") > 15
    assert "google.colab" not in text


@pytest.mark.parametrize("words", [[], ["99"], ["../03"]])
def test_chapters_that_are_not_there_are_refused(words, capsys):
    with pytest.raises(SystemExit, match="2"):
        tool.main(words)
    assert "NUMBER" in capsys.readouterr().err
