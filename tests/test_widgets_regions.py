"""Regions that are merged, split, looked over and coloured by eyedropper, without a browser."""

import json

import numpy as np
import pytest
import torch
from ipywidgets import ToggleButton
from test_region_pad import new_pad
from widgets.driver import canvas, canvas_size, find, key, swatches, toggle  # noqa: F401
from widgets.driver import click as click_at
from widgets.fake_colorizer import MIDDLES, ORDER

from colornb.hints import Region, area, from_json, pieces, rasterize, to_json
from colornb.openraster import label_area
from colornb.widgets import RegionPad
from colornb.widgets._model.regions import RegionPart, RegionState
from colornb.widgets._view.overlays import HATCH
from colornb.widgets.region_pad import question

pytestmark = pytest.mark.usefixtures("small_canvases")

TWO = [[1, 1, 0, 0, 0, 1], [1, 1, 0, 0, 0, 1], [1, 1, 0, 0, 0, 0]]


@pytest.fixture
def pad():
    return new_pad()


def click(pad, rank, side="left"):
    click_at(pad, *MIDDLES[rank], side)


def mask(rows):
    return torch.tensor(rows, dtype=torch.bool)


# Pieces of a region.


def test_pieces_are_the_connected_parts_the_largest_first():
    first, second = pieces(mask(TWO))
    assert torch.equal(first, mask([[1, 1, 0, 0, 0, 0]] * 3))
    assert torch.equal(second, mask([[0, 0, 0, 0, 0, 1]] * 2 + [[0] * 6]))


def test_pieces_part_a_region_without_gap_or_overlap(generator):
    for density in (0.1, 0.4, 0.6, 0.95):
        region = torch.rand(40, 50, generator=generator) < density
        cut = pieces(region)
        assert torch.equal(cut.sum(0), region.long())
        sizes = cut.flatten(1).sum(1)
        assert (sizes > 0).all()


def test_a_crumb_goes_to_the_piece_beside_it():
    region = torch.zeros(20, 40, dtype=torch.bool)
    region[:, :10] = region[:, 20:36] = True
    region[10, 38] = True  # a crumb at the right
    left, right = sorted(pieces(region), key=lambda piece: piece.nonzero()[:, 1].float().mean())
    assert right[10, 38]
    assert not left[10, 38]


@pytest.mark.parametrize("turn", [False, True])
def test_a_compact_region_is_halved_across_its_longer_axis(turn):
    region = torch.zeros(30, 30, dtype=torch.bool)
    region[12:18, 2:28] = True
    region = region.T if turn else region
    first, second = pieces(region)
    assert first.sum() == second.sum() == 78
    along = 0 if turn else 1
    assert first.nonzero()[:, along].max() < second.nonzero()[:, along].min()


def test_what_has_no_two_pixels_is_one_piece():
    dot = torch.zeros(4, 4, dtype=torch.bool)
    assert len(pieces(dot)) == 1
    dot[1, 2] = True
    assert torch.equal(pieces(dot)[0], dot)


def test_a_hint_for_a_piece_colours_that_piece_alone():
    regions = torch.stack([mask(TWO), ~mask(TWO)])[None].float()
    dense = rasterize([Region(0, "red", 1)], 3, 6, regions)
    assert torch.equal(dense.mask[0, 0] > 0, area(Region(0, "red", 1), regions[0] > 0.5))
    assert dense.mask.sum() == 2
    larger = rasterize([Region(0, "red", 1)], 6, 12, regions)
    assert larger.mask.sum() == 8


@pytest.mark.parametrize("part", [-1, True])
def test_a_piece_has_a_whole_number(part):
    with pytest.raises(ValueError, match="whole numbers from 0"):
        Region(0, "red", part)


def test_a_piece_that_is_not_there_is_refused():
    regions = torch.stack([mask(TWO), ~mask(TWO)])
    with pytest.raises(ValueError, match="pieces are 0 to 1"):
        area(Region(0, "red", 2), regions)


def test_hint_files_know_pieces_and_older_files_stay_as_they_were():
    hints = [Region(3, "#ff0000"), Region(4, "#00ff00", 2)]
    assert from_json(to_json(hints)) == hints
    assert "part" not in json.loads(to_json(hints))["hints"][0]


# Merging.


def test_merged_regions_take_one_colour_and_are_asked_about_together(pad):
    pad.merge(0)
    pad.paint("#0a64c8")
    assert {hint.rank: hint.color for hint in pad.hints} == {2: "#0a64c8", 0: "#0a64c8"}
    assert pad.group == pad.groups[0] == [(2, None), (0, None)]
    assert "are the highlighted regions" in question(RegionState((2, 0), 2).merge(0))[0]
    pad.next()
    assert pad.rank == 3
    pad.select(0)
    assert pad.group == [(2, None), (0, None)]


def test_what_is_merged_takes_the_colour_that_one_of_them_has(pad):
    pad.select(0)
    pad.paint("red")
    pad.select(2)
    pad.merge(0)
    assert {hint.rank: hint.color for hint in pad.hints} == {2: "#ff0000", 0: "#ff0000"}
    pad.select(3)
    pad.paint("blue")
    pad.merge(2)
    assert {hint.color for hint in pad.hints} == {"#0000ff"}
    assert {hint.rank for hint in pad.hints} == {0, 2, 3}


def test_a_region_is_not_merged_with_itself(pad):
    with pytest.raises(ValueError, match="lit already"):
        pad.merge(pad.rank)
    pad.finish()
    with pytest.raises(ValueError, match="no region is lit"):
        pad.merge(0)


def test_while_merge_is_pressed_clicks_join_and_afterwards_they_go(pad):
    toggle(pad, "Merge").value = True
    click(pad, 0)
    click(pad, 4, "right")
    assert pad.group == [(2, None), (0, None), (4, None)]
    toggle(pad, "Merge").value = False
    click(pad, 1)
    assert pad.group == [(1, None)]
    pad.undo()
    assert pad.group == [(2, None), (0, None)]


def test_all_regions_can_be_merged_and_the_pad_finishes(pad):
    for rank in ORDER[1:]:
        pad.merge(rank)
    pad.paint("red")
    pad.next()
    assert pad.finished
    assert len(pad.hints) == len(ORDER)


# Splitting.


def test_a_split_region_is_asked_about_piece_by_piece(pad):
    pad.paint("red")
    before = pad.rgb
    pad.split()
    assert pad.hints == [Region(2, "#ff0000", 0), Region(2, "#ff0000", 1)]
    assert torch.equal(pad.rgb, before), "each piece keeps its colour"
    pad.paint("blue")
    assert pad.hints == [Region(2, "#ff0000", 1), Region(2, "#0000ff", 0)]
    inside = area(Region(2, "blue", 0), pad.scene.colorizer.regions)
    painted = pad.scene.colorizer.predict(pad.hints, full_size=False)[0].movedim(0, -1)
    assert (painted[inside] == torch.tensor([0.0, 0, 1])).all()


def test_split_undoes_merge_and_a_single_piece_stays(pad):
    pad.merge(0)
    pad.split()
    assert pad.group == [(2, None)]
    pad.split()
    assert pad.group == [(2, 0)]
    with pytest.raises(ValueError, match="single piece"):
        pad.split()
    pad.undo()
    assert pad.group == [(2, None)]


def test_a_click_on_a_piece_lights_it(pad):
    pad.split()
    wheres = [label_area(pad.scene.colorizer, pad.scene.labels, 2, part) for part in (0, 1)]
    for part, where in enumerate(wheres):
        row, column = np.argwhere(where)[len(np.argwhere(where)) // 2]
        height, width = canvas_size(pad)
        click_at(pad, (column + 0.5) / width, (row + 0.5) / height)
        assert pad.group == [(2, part)]
        marks = pad.left.pixels["marks"]
        hatched = (marks == HATCH).all(2)
        assert 0.1 < hatched[where].mean() < 0.3, "a hatch, through which most is seen"
        assert not hatched[~where].any(), "nothing lies over others"
    assert not (wheres[0] & wheres[1]).any()


def test_a_skipped_region_is_skipped_in_pieces(pad):
    pad.skip()
    pad.select(2)
    pad.split()
    assert pad.state["skipped"] == [[2, 0], [2, 1]]
    pad.finish()
    assert pad.hints == []


# Sessions.


def test_a_session_with_merged_and_split_regions_goes_on_where_it_was(pad):
    pad.merge(0)
    pad.paint("red")
    pad.select(3)
    pad.split()
    pad.paint("blue")
    pad.next()
    pad.skip()
    state = json.loads(json.dumps(pad.state))
    other = new_pad()
    other.load_state(state)
    assert other.state == pad.state
    assert other.group == pad.group
    assert torch.equal(other.rgb, pad.rgb)


def test_hints_alone_say_what_is_split(pad):
    pad.load_state(json.loads(to_json([Region(2, "red"), Region(2, "blue", 1)])))
    assert [(hint.part, hint.color) for hint in pad.hints] == [(0, "#ff0000"), (1, "#0000ff")]


@pytest.mark.parametrize(
    "groups",
    [7, [], [[]], [[2], [0]], [[2], [0], [3], [1], [4], [4]], [[[2, 0]], [0], [3], [1], [4]], [["2"], [0]], [2, 0, 3]],
)
def test_a_session_with_the_wrong_groups_gives_one_line_and_keeps_the_work(pad, groups):
    pad.paint("red")
    before = pad.state
    with pytest.raises(ValueError, match="session|regions") as error:
        pad.load_state(json.loads(to_json([])) | {"groups": groups})
    assert "\n" not in str(error.value)
    assert pad.state == before


@pytest.mark.parametrize("hint", [Region(2, "red", 7), Region(2, "red", 2)])
def test_a_piece_that_the_picture_lacks_gives_one_line(pad, hint):
    with pytest.raises(ValueError, match="no piece"):
        pad.load_state(json.loads(to_json([hint])))


def test_parts_of_a_session_are_those_of_its_regions():
    state = RegionState((2, 0), 2)
    assert state.groups == ((RegionPart(2),), (RegionPart(0),))
    assert state.clear() == state
    assert state.split(3).groups == ((RegionPart(2, 0),), (RegionPart(2, 1),), (RegionPart(2, 2),), (RegionPart(0),))
    assert state.split(3).merge(0).split(1).group == (RegionPart(2, 0),)
    assert not state.split(2).is_blank


# Overview, eyedropper, keys.


def test_the_overview_shows_each_region_in_a_colour_of_its_own(pad):
    pad.overview()
    assert toggle(pad, "Overview").value
    marks, numbers = pad.left.pixels["marks"], pad.scene.number_groups(pad.regions.groups)
    usual = [tuple(np.median(marks[numbers == number], axis=0)) for number in range(len(ORDER))]
    assert len(set(usual)) == len(ORDER)
    assert all(color[3] not in (0, 255) for color in usual), "the lines below are seen through it"
    toggle(pad, "Overview").value = False
    assert set(pad.left.pixels["marks"][numbers == 0][:, 3]) == {0, HATCH[3]}


def test_the_eyedropper_takes_a_colour_from_either_picture(pad):
    pad.paint("#0a64c8")
    pad.select(0)
    pad.paint("red")
    pad.select(1)
    hints = pad.hints
    dropper = find(pad, "eyedropper", ToggleButton)
    dropper.value = True
    click(pad, 2, "right")
    assert pad.rank == 1, "that click was no choice of a region"
    assert pad.hints == hints and not dropper.value, "it only picks"
    assert swatches(pad, "recent") == ("#0a64c8", "#ff0000")
    click(pad, 2)
    assert pad.rank == 2


def test_keys_go_on_back_skip_and_merge(pad):
    pad.paint("red")
    key(pad, "Enter")
    assert pad.rank == ORDER[1]
    key(pad, "s")
    assert pad.rank == ORDER[2]
    key(pad, "ArrowLeft")
    assert pad.rank == ORDER[1]
    key(pad, "m")
    click(pad, 4)
    assert pad.group == [(ORDER[1], None), (4, None)]
    key(pad, "z", ctrl=True)
    assert pad.group == [(ORDER[1], None)]
    key(pad, "q")
    assert pad.group == [(ORDER[1], None)]


def test_the_pad_with_a_network_paints_a_piece(generator):
    from colornb import methods
    from colornb.colorizer import Colorizer

    torch.manual_seed(0)
    colorizer = Colorizer(methods.build("guiding_painter", "tiny"), 64)
    pad = RegionPad(colorizer, torch.rand(1, 3, 64, 64, generator=generator), kind="drawing")
    pad.split()
    pad.paint("red")
    assert pad.hints == [Region(pad.rank, "#ff0000", 0)]
    whole = colorizer.predict([Region(pad.rank, "red")])
    assert not torch.equal(pad.rgb, whole)
    suggestions = colorizer.suggest_region_colors(pad.rank, pad.hints, part=1)
    assert len(suggestions) == 6
