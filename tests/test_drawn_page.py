"""Regions are sets of whole areas, each of which shows paper; who wants the network's own has them."""

import numpy as np
import pytest
import torch
from scenes import scene

from colornb import Colorizer
from colornb.drawings import Drawing
from colornb.drawn_page import DrawnPage, PixelRegions, read_page
from colornb.hints import Region

SIDE = 120


def framed(*boxes):
    """Line art: the outlines of boxes, (left, top, right, bottom), in pixels of a page."""
    lines = torch.ones(1, 1, SIDE, SIDE)
    for left, top, right, bottom in boxes:
        lines[..., top : bottom + 1, left : right + 1] = 0
        lines[..., top + 2 : bottom - 1, left + 2 : right - 1] = 1
    return lines


def page(*boxes, white=None):
    lines = framed(*boxes)
    made = DrawnPage(Drawing(lines, lines.expand(1, 3, -1, -1), True, True), keep_white=False)
    made.white = white
    return made, torch.nn.functional.interpolate(lines, (SIDE // 2, SIDE // 2), mode="area")


def pixels(*boxes, n=4):
    """Regions at half the size: the first is all that no box covers, each box is one of its own; 60 x 60."""
    ranks = torch.zeros(SIDE // 2, SIDE // 2, dtype=torch.long)
    for rank, (left, top, right, bottom) in enumerate(boxes, 1):
        ranks[top:bottom, left:right] = rank
    return PixelRegions(ranks == torch.arange(n)[:, None, None])


LARGE, OTHER = (20, 20, 60, 60), (70, 70, 110, 110)


def test_an_area_takes_the_region_that_most_of_its_paper_is_in():
    made, small = page(LARGE)
    for right, rank in ((28, 1), (16, 0)):  # two thirds of it, and a quarter
        found = made.refine(pixels((10, 10, right, 30)), small)
        assert found.masks[rank, 12:28, 12:28].all(), "whole"
        assert found.masks.sum(0).eq(1).all(), "each pixel is in one region"
        assert not found.masks[2:].any()


def test_a_region_of_ink_alone_is_asked_about_no_longer():
    made, small = page(LARGE)
    ink = PixelRegions(torch.stack([small[0, 0] >= 0.5, small[0, 0] < 0.5]))
    assert ink.masks[1].any()
    assert not made.refine(ink, small).masks[1].any()


def test_a_region_that_could_hardly_be_seen_joins_what_is_beside_it():
    made, small = page(LARGE, (30, 30, 37, 37))
    found = made.refine(pixels((10, 10, 30, 30), (15, 15, 19, 19)), small)
    assert not found.masks[2].any()
    assert found.masks[1, 17, 17]


def test_pieces_are_areas_the_largest_first_and_hints_about_them_name_areas():
    made, small = page(LARGE, (70, 70, 90, 90))
    found = made.refine(pixels((10, 10, 46, 46)), small)
    first, second = found.pieces(1) if len(found.pieces(1)) == 2 else pytest.fail("two areas")
    assert first[20, 20]
    assert second[40, 40]
    assert not (first & second).any()
    inside, also = int(made.areas[40, 40]), int(made.areas[80, 80])
    assert found.find(Region(1, "red", 0)) == (inside,)
    assert found.find(Region(1, "red", 1)) == (also,)
    assert set(found.find(Region(1, "red"))) == {inside, also}
    for hint, reason in ((Region(9, "red"), "region 9 does not exist"), (Region(1, "red", 2), "no piece 2")):
        with pytest.raises(ValueError, match=reason):
            found.find(hint)


def test_what_stays_white_is_asked_about_by_itself_at_the_end():
    white = torch.zeros(SIDE, SIDE, dtype=torch.long)
    white[72:109, 72:109] = 1
    made, small = page(LARGE, OTHER, white=white)
    found = made.refine(pixels((10, 10, 30, 30)), small)
    assert len(found.masks) == 5
    assert found.masks[4, 45, 45]
    assert not found.masks[4, 20, 20]
    (number,) = found.find(Region(4, "red"))
    assert number == made.areas[90, 90]


def test_areas_that_look_alike_are_as_large_and_of_one_colour():
    boxes = [(5, 5, 35, 35), (45, 5, 75, 35), (85, 5, 115, 35), (5, 45, 35, 75), (45, 45, 115, 115)]
    made, small = page(*boxes)
    found = made.refine(pixels((2, 2, 18, 18), (22, 2, 58, 58)), small)
    painted = torch.full((1, 3, SIDE // 2, SIDE // 2), 0.8)
    for left, top, right, bottom in (boxes[0], boxes[1], boxes[4]):
        painted[..., top // 2 : bottom // 2 + 1, left // 2 : right // 2 + 1] = torch.tensor([0.2, 0.3, 0.8]).view(
            3, 1, 1
        )
    painted[..., :20, 42:] = torch.tensor([0.8, 0.3, 0.2]).view(3, 1, 1)
    (blue,) = found.find_alike(painted, 1, 0)
    assert found.pieces(blue[0])[blue[1]][10, 30], "not that which is larger, nor of another colour"
    assert found.find_alike(painted, *blue) == [(1, 0)]


def test_without_lines_there_are_no_areas():
    made, small = page(LARGE)
    made.areas = None
    assert made.refine(pixels(LARGE), small) is None
    assert read_page(torch.rand(1, 3, 40, 40), "photo", True, True) is None
    with pytest.raises(ValueError, match="nothing is drawn"):
        read_page(torch.ones(1, 3, 40, 40), "drawing", True, True)


# With a network.


@pytest.fixture(scope="module")
def colorizer():
    return Colorizer.load("guiding_painter-comic", 64)


def enlarged(mask, like):
    return torch.nn.functional.interpolate(mask[None, None].float(), like.shape, mode="nearest-exact")[0, 0] > 0


@pytest.mark.parametrize("number", [0, 5])
def test_every_question_shows_paper_and_none_is_about_ink(number, colorizer):
    drawn = scene(number, 300)
    colorizer.set_image(drawn.page, "drawing")
    paper = colorizer.sketch[0, 0] > 0.9
    for rank in colorizer.region_order:
        lit = colorizer.regions[rank]
        assert enlarged(lit, paper)[paper].float().mean() > 0.0003
        assert sum(piece.sum() for piece in colorizer.pieces(rank)) == lit.sum()
        for part, piece in enumerate(colorizer.pieces(rank)):
            assert torch.equal(piece, colorizer.area(Region(rank, "red", part)))
            assert enlarged(piece, paper)[paper].sum() >= 9
    assert colorizer.regions.sum(0).eq(1).all()


def test_the_networks_own_regions_are_there_for_who_asks(colorizer):
    drawn = scene(1, 300)
    colorizer.set_image(drawn.page, "drawing")
    refined = colorizer.regions
    hint = Region(colorizer.region_order[0], "#d02020")
    painted = colorizer.predict([hint])
    colorizer.refine = False
    own = colorizer.regions
    other = colorizer.predict([hint])
    colorizer.refine = True
    assert torch.equal(own, colorizer._encoding.regions[0, :, : own.shape[1], : own.shape[2]] > 0.5)
    assert not torch.equal(own, refined)
    assert torch.equal(painted, colorizer.predict([hint]))
    assert not torch.equal(painted, other)
    colorizer.set_image(torch.rand(1, 3, 64, 64), "photo")
    assert torch.equal(colorizer.regions, colorizer._encoding.regions[0] > 0.5), "photographs have no other"


def test_an_answer_colours_its_areas_and_no_other(colorizer):
    drawn = scene(1, 300)
    colorizer.set_image(drawn.page, "drawing")
    colorizer.shading = 0
    rank = max(colorizer.region_order, key=lambda rank: len(colorizer.pieces(rank)))
    assert len(colorizer.pieces(rank)) > 1
    painted = colorizer.predict([Region(rank, "#2040c0", 0)], with_ink=False)
    colorizer.shading = 0.5
    blue = (painted - torch.tensor([0x20, 0x40, 0xC0]).view(1, 3, 1, 1) / 255).abs().amax(1)[0] < 0.02
    (number,) = colorizer.partition.find(Region(rank, "red", 0))[:1]
    inside = (colorizer._page.areas == number) & (colorizer.sketch[0, 0] > 0.9)
    assert blue[inside].float().mean() > 0.9, "all but its rim"
    others = np.isin(colorizer._page.areas, colorizer.partition.find(Region(rank, "red", 1)))
    assert blue[torch.from_numpy(others)].float().mean() < 0.02
