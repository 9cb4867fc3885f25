"""Areas that look alike are joined to the highlighted one, so that one answer colours them all."""

import json

import pytest
import torch
from test_region_pad import new_pad
from widgets.driver import button, is_off, status

from colornb import methods
from colornb.colorizer import Colorizer
from colornb.widgets import RegionPad
from colornb.widgets._model.regions import RegionPart, RegionState

pytestmark = pytest.mark.usefixtures("small_canvases")
ORDER = (3, 1, 4)


def count(rank):
    """Each region has so many pieces as its rank."""
    return rank


def state(**changes):
    return RegionState(ORDER, ORDER[0], **changes)


def test_pieces_join_the_lit_group_and_the_rest_of_their_region_stays_together():
    gathered = state().gather([(4, 1), (4, 3)], count)
    assert gathered.group == (RegionPart(3), RegionPart(4, 1), RegionPart(4, 3))
    assert gathered.groups[1:] == ((RegionPart(1),), (RegionPart(4, 0), RegionPart(4, 2)))
    assert [(hint.rank, hint.part) for hint in gathered.paint("red").hints] == [(3, None), (4, 1), (4, 3)]
    assert RegionState(ORDER, 3).from_dict(json.loads(json.dumps(gathered.to_dict())), [], count) == gathered


def test_what_joins_takes_the_colour_and_what_has_one_stays():
    coloured = state().paint("red").select(4).paint("blue").select(3)
    assert coloured.gather([(1, 0)], count).color() == "#ff0000"
    assert coloured.gather([(4, 0)], count) == coloured
    with pytest.raises(ValueError, match="click one first"):
        coloured.finish().gather([(1, 0)], count)


def rows_of_windows():
    """A drawing: eight small panes of one size in a wall, and a large one below."""
    page = torch.ones(1, 3, 128, 128)
    boxes = [(6 + 30 * column, 6 + 30 * row, 22) for row in range(2) for column in range(4)]
    for left, top, side in [*boxes, (30, 70, 50)]:
        page[..., top : top + side, left : left + side] = 0
        page[..., top + 2 : top + side - 2, left + 2 : left + side - 2] = 1
    return page


def test_one_click_and_one_answer_colour_all_windows():
    pad = RegionPad(Colorizer(methods.build("guiding_painter", "tiny"), 128), rows_of_windows())
    rank = pad.scene.colorizer.region_at(17 / 128, 17 / 128)
    pad.select(rank)
    if pad.scene.count_pieces(rank) > 1:
        pad.split()
        pieces = pad.scene.colorizer.pieces(rank)
        pad.select(rank, next(part for part, piece in enumerate(pieces) if piece[17, 17]))
    button(pad, "Alike").click()
    assert "joined" in status(pad)
    pad.paint("#2040c0")
    painted = pad.scene.colorizer
    asked = sum(painted.area(hint).int() for hint in pad.hints)
    for row in range(2):
        for column in range(4):
            assert asked[17 + 30 * row, 17 + 30 * column], (row, column)
    assert not asked[95, 55], "the large one is another thing"
    pad.undo()
    pad.undo()
    assert len(pad.group) == 1


def test_regions_of_a_photograph_are_not_compared():
    pad = new_pad()
    assert is_off(pad, "Alike")
    with pytest.raises(ValueError, match="Merge"):
        pad.join_alike()
