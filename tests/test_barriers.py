"""Lines that a person draws part the areas of a drawing, as far as a hand can be trusted."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from colornb import Colorizer, methods
from colornb.areas import find_areas
from colornb.barriers import part_by_scribbles
from colornb.drawn_page import read_answers
from colornb.hints import EdgeScribble, Point

HEIGHT, WIDTH = 200, 300
BOX = (20, 20, 180, 280)  # top, left, bottom, right


def box_page():
    """Paper with a box of three pixels of ink."""
    lines, (top, left, bottom, right) = torch.ones(1, 1, HEIGHT, WIDTH), BOX
    lines[..., top:bottom, left:right] = 0
    lines[..., top + 3 : bottom - 3, left + 3 : right - 3] = 1
    return lines


def line(*places):
    """A scribble along pixels (x, y)."""
    return EdgeScribble([(x / WIDTH, y / HEIGHT) for x, y in places])


def part(lines, *scribbles):
    return part_by_scribbles(find_areas(lines), lines, scribbles)


def across(top=23, bottom=176, x=150):
    return line((x, top), (x, bottom))


def test_a_line_from_side_to_side_parts_an_area_and_no_other():
    lines = box_page()
    before, found = find_areas(lines), part(lines, across())
    inside = int(before[100, 100])
    parts = {int(found.areas[100, 100]), int(found.areas[100, 200])}
    assert set(found.parts) == {inside}
    assert set(found.parts[inside]) == parts
    assert len(parts) == 2 and inside in parts
    elsewhere = before != inside
    assert torch.equal(found.areas[elsewhere], before[elsewhere])
    assert found.all_of([inside, 9]) == (*found.parts[inside], 9), "an answer for the area is one for its parts"
    assert torch.equal(part(lines).areas, before)


@pytest.mark.parametrize(("short", "is_parted"), [(0, True), (7, True), (30, False)])
def test_an_end_goes_on_to_what_is_near(short, is_parted):
    assert bool(part(box_page(), across(23 + short, 176 - short)).parts) == is_parted
    assert part(box_page(), across(0, HEIGHT)).parts, "one that goes beyond parts the box, too"


def test_an_end_goes_on_the_way_it_went_not_only_to_a_stray_mark_beside_it():
    lines = box_page()
    lines[..., 28, 144:149] = 0
    assert part(lines, across(28)).parts


def test_an_end_goes_on_to_the_border_and_to_another_line():
    blank = torch.ones(1, 1, HEIGHT, WIDTH)
    assert part(blank, across(5, HEIGHT - 5)).parts
    assert len(part(blank, across(5, HEIGHT - 5), line((154, 100), (WIDTH, 100))).parts[1]) == 3


def test_a_line_that_ends_on_ink_beside_the_border_goes_on_to_that():
    lines = torch.ones(1, 1, HEIGHT, WIDTH)
    lines[..., 5:8, 100:200] = 0
    assert part(lines, across(6, HEIGHT - 1)).parts


def test_a_line_around_something_parts_it():
    turns = np.linspace(0, 2 * math.pi - 0.15, 40)
    around = line(*((150 + 40 * math.cos(t), 100 + 40 * math.sin(t)) for t in turns))
    found = part(box_page(), around)
    assert found.areas[100, 150] != found.areas[100, 50]


def test_a_line_that_follows_ink_leaves_no_sliver():
    before, found = find_areas(box_page()), part(box_page(), across(x=25))
    assert found.parts == {}
    assert torch.equal(found.areas, before)


def test_a_point_fills_its_side_and_open_lines_guide_the_parting_of_two():
    lines = box_page()
    areas, (only,) = read_answers([Point(0.3, 0.5, "red"), across()], find_areas(lines), lines, None)
    filled = torch.isin(areas, torch.tensor(only.where))
    assert filled[30:170, 30:148].all()
    assert not filled[:, 153:].any()
    two = [Point(0.2, 0.5, "red"), Point(0.8, 0.5, "blue")]
    areas, answers = read_answers([*two, across(60, 140, 90)], find_areas(lines), lines, None)
    assert {answer.where for answer in answers} == {(int(areas[100, 85]),), (int(areas[100, 95]),)}


PLACES = st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=1, max_size=5)


@given(st.lists(PLACES, min_size=1, max_size=3))
def test_whatever_is_drawn_parts_lie_in_one_area_each_and_lose_no_pixel(paths):
    lines = box_page()
    before, found = find_areas(lines), part(lines, *map(EdgeScribble, paths))
    pairs = torch.unique(torch.stack([found.areas.flatten(), before.flatten()]), dim=1)
    assert len(pairs[0].unique()) == pairs.shape[1]
    assert int(found.areas.min()) >= 1
    for number, parts in found.parts.items():
        assert set(pairs[0][pairs[1] == number].tolist()) == set(parts)


def test_every_model_that_accepts_hints_takes_lines_on_a_drawing_and_others_do_not():
    page = box_page().expand(1, 3, -1, -1)
    red, barrier = Point(0.3, 0.5, "#ff0000", 0.1), across()
    for name in ("alacgan", "guiding_painter"):
        colorizer = Colorizer(methods.build(name, "tiny"), 48)
        assert "edge" not in colorizer.hint_kinds
        colorizer.set_image(page, "drawing")
        colorizer.shading = 0
        assert "edge" in colorizer.hint_kinds
        plain, parted = colorizer.predict([red]), colorizer.predict([red, barrier])
        far = plain[0, :, 100, 220], parted[0, :, 100, 220]
        assert torch.allclose(far[0], torch.tensor([1.0, 0, 0]), atol=0.02), "a point fills its area"
        assert torch.allclose(parted[0, :, 100, 60], torch.tensor([1.0, 0, 0]), atol=0.02)
        assert (far[1] - far[0]).abs().max() > 0.1, "but not beyond the line"
        for kind, keeps in (("photo", True), ("drawing", False)):
            colorizer.set_image(page, kind, keep_lines=keeps)
            with pytest.raises(ValueError, match="does not accept edge scribbles"):
                colorizer.predict([red, barrier])
