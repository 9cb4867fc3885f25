"""Clicks fall where they are said to fall, and what is made of them is counted as a plain loop would."""

from statistics import fmean

import pytest
import torch

from colornb import Colorizer, Point, Region
from colornb.color import hex_color, parse_color
from colornb.experiments import experiment
from colornb.experiments.hint_auc import Page

clicks = experiment("click_places")


@pytest.fixture(scope="module")
def page():
    """Three boxes between black lines: each is an area of the drawing, and of the true picture."""
    rgb = torch.full((1, 3, 128, 128), 0.95)
    for left, color in ((4, "#c04030"), (46, "#3060b0"), (88, "#e0c040")):
        rgb[..., 16:112, left : left + 36] = 0.0
        rgb[..., 19:109, left + 3 : left + 33] = torch.tensor(parse_color(color)).view(3, 1, 1)
    return Page(Colorizer.load("guiding_painter-drawing", 64), rgb)


def test_clicks_lie_in_their_areas_first_at_the_middle(page, generator):
    tries = clicks.draw_clicks(page, generator, 5)
    assert len(tries) == 6
    for row in tries:
        for number, (x, y, color) in enumerate(row):
            assert page.hints.areas[int(64 * y), int(64 * x)] == number
            assert color == hex_color(page.hints.colors[number].tolist())
    boxes = [(x, y) for x, y, color in tries[0] if color not in (hex_color([0.95] * 3), "#000000")]
    assert any(abs(x - 22 / 128) < 0.04 and 0.2 < y < 0.8 for x, y in boxes), "in the middle of the first box"
    assert len({row[1][:2] for row in tries}) == 6
    same = [clicks.draw_clicks(page, torch.Generator().manual_seed(0), 2) for _ in range(2)]
    assert same[0] == same[1]


def test_an_answer_is_about_the_piece_that_is_clicked_on_and_the_first_one_there_counts(page):
    page.colorizer.refine = True
    page.colorizer.set_image(page.lines.expand(-1, 3, -1, -1), "drawing")
    given = clicks.answers(page, [(0.17, 0.5, "#c04030"), (0.2, 0.3, "#000000"), (0.5, 0.5, "#3060b0")])
    assert [hint.color for hint in given] == ["#c04030", "#3060b0"]
    for hint, (x, y) in zip(given, ((0.17, 0.5), (0.5, 0.5)), strict=True):
        assert isinstance(hint, Region)
        area = page.colorizer.area(hint)
        assert area[int(y * len(area)), int(x * area.shape[1])]
    assert clicks.points(page, [(0.1, 0.2, "red")]) == [Point(0.1, 0.2, "red")]


def test_where_lines_close_what_is_clicked_on_the_place_hardly_matters(page, generator):
    tries = [row[:4] for row in clicks.draw_clicks(page, generator, 3)]  # the page, and the boxes
    found = {way: clicks._scores(page, way, tries) for way in clicks.VARIANTS}
    assert all(len(scores) == 4 for scores in found.values())
    for way in ("points fill areas", "answers by area"):
        assert max(found[way]) - min(found[way]) < 0.7
        assert min(found[way]) > max(found["points, network alone"])


def test_rows_are_means_over_pages_of_the_middle_and_of_the_worst_place(monkeypatch):
    pages = [[20.0, 19.0, 15.0], [10.0, 12.0, 8.0], [14.0, 14.0, 14.0]]
    row = clicks._summary(torch.tensor(pages))
    assert row["middle"] == pytest.approx(fmean(p[0] for p in pages))
    assert row["mean"] == pytest.approx(fmean(fmean(p[1:]) for p in pages))
    assert row["worst"] == pytest.approx(fmean(min(p[1:]) for p in pages))
    assert row["lost"] == pytest.approx(row["middle"] - row["worst"])
    assert 0 < row["interval"] < 5
    assert "interval" not in clicks._summary(torch.tensor(pages[:1])), "one page says nothing of how pages differ"
