"""Diagrams of the book are what the code says: shapes that change there change here."""

from pathlib import Path
from xml.etree import ElementTree

import pytest

from tools import diagrams

ROOT = Path(__file__).resolve().parents[1]


@pytest.mark.parametrize("name", diagrams.DIAGRAMS)
def test_a_diagram_is_what_its_script_draws(name):
    path = diagrams.OUT / f"{name}.svg"
    assert path.read_text(encoding="utf-8") == diagrams.DIAGRAMS[name](), "run: python tools/diagrams.py"


@pytest.mark.parametrize("name", diagrams.DIAGRAMS)
def test_a_diagram_is_sound_and_shown(name):
    path = diagrams.OUT / f"{name}.svg"
    svg = ElementTree.fromstring(path.read_text(encoding="utf-8"))
    assert svg.find("{http://www.w3.org/2000/svg}title").text
    pages = [page.read_text(encoding="utf-8") for page in (ROOT / "book").glob("*.ipynb")]
    assert any(f"images/{path.name}" in page for page in pages)


def test_every_diagram_comes_from_the_script():
    assert {path.stem for path in diagrams.OUT.glob("*.svg")} == set(diagrams.DIAGRAMS)
