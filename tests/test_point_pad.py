"""PointPad without a browser: its events are sent by hand, and where its points lie is looked at."""

import asyncio

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from ipywidgets import Button, Text
from widgets.driver import (
    button,
    click,
    drag,
    entry,
    has_canvas,
    html,
    is_off,
    is_painted,
    key,
    mouse,
    parts,
    picker,
    pixel,
    rest,
    slider,
    status,
    swatches,
    touch,
)
from widgets.fake_colorizer import FakeColorizer, picture

from colornb.color import at_lightness, fit_gamut, hex_color, parse_color, rgb_to_lab
from colornb.hints import Point
from colornb.widgets import PointPad
from colornb.widgets._view.color_picker import SIDE, gamut_pixels
from colornb.widgets._view.controls import PALETTE
from colornb.widgets._view.overlays import find_point

pytestmark = pytest.mark.usefixtures("small_canvases")

MIDDLE = Point(0.5, 0.5, "#d62f3d")


def new_pad(height=48, width=60, kinds=("point",), target="ab"):
    return PointPad(FakeColorizer(kinds, target, size=64), picture(height, width))


@pytest.fixture
def pad():
    return new_pad()


def near(point, x, y):
    return (point.x, point.y) == pytest.approx((x, y), abs=1e-9)


# Points by pointer.


@pytest.mark.parametrize("side", ["left", "right"])
@pytest.mark.parametrize(("x", "y"), [(0.25, 0.75), (0.0, 0.0), (1.0, 1.0), (0.9, 0.1)])
def test_a_click_on_either_picture_adds_a_point_there_and_chooses_it(pad, side, x, y):
    click(pad, x, y, side)
    (point,) = pad.hints
    assert near(point, x, y)
    assert pad.chosen == 0
    assert "outside" not in status(pad)


def test_a_tap_adds_a_point_once(pad):
    touch(pad, "touch_start", (45, 36))
    touch(pad, "touch_end")
    click(pad, 0.5, 0.5)
    assert len(pad.hints) == 1, "the click that a browser sends after a tap is none"


def test_the_first_point_takes_what_the_model_paints_there_and_changes_nothing(pad):
    before = pixel(pad, "right", "picture", 0.7, 0.3)
    pad.add(0.7, 0.3)
    assert pad.hints[0].color == hex_color([value / 255 for value in before[:3]])


def test_a_new_point_takes_the_colour_and_the_size_on_show(pad):
    pad.paint("teal")
    pad.resize(0.1)
    assert pad.hints == []
    click(pad, 0.2, 0.2)
    click(pad, 0.8, 0.8)
    assert [(hint.color, hint.size) for hint in pad.hints] == [("#008080", 0.1)] * 2
    pad.paint("red")
    pad.select(0)
    click(pad, 0.2, 0.8)
    assert pad.hints[2].color == "#008080"


def test_a_click_on_a_point_chooses_it_and_adds_none(pad):
    pad.hints = [Point(0.2, 0.2, "red"), Point(0.8, 0.8, "blue")]
    click(pad, 0.8, 0.8)
    assert (pad.chosen, len(pad.hints)) == (1, 2)
    click(pad, 0.2 + 4 / 90, 0.2, "right")
    assert (pad.chosen, len(pad.hints)) == (0, 2)
    assert picker(pad).value == "#ff0000"


def test_of_two_points_within_reach_a_click_means_the_nearer_and_of_equal_ones_the_upper():
    points = Point(0.5, 0.5, "red"), Point(0.53, 0.5, "blue"), Point(0.53, 0.5, "lime")
    assert find_point(points, 0.5, 0.5, 100, 100) == 0
    assert find_point(points, 0.54, 0.5, 100, 100) == 2
    assert find_point(points, 0.7, 0.5, 100, 100) is None


def test_a_large_patch_can_be_grasped_anywhere():
    assert find_point([Point(0.5, 0.5, "red", 0.6)], 0.75, 0.25, 100, 200) is None
    assert find_point([Point(0.5, 0.5, "red", 0.6)], 0.6, 0.25, 100, 200) == 0


@pytest.mark.parametrize("side", ["left", "right"])
def test_a_drag_moves_its_point_in_one_step_and_paints_all_the_way(pad, side):
    pad.hints = [Point(0.2, 0.2, "red"), Point(0.8, 0.8, "blue")]
    heard = []
    pad.on_change(lambda: heard.append(pad.hints))
    pad.scene.colorizer.predicted.clear()
    drag(pad, (0.82, 0.8), (0.62, 0.6), side, release=False)
    mouse(pad, "mouse_move", 0.52, 0.4, side)
    painted = [hints[1] for hints in pad.scene.colorizer.predicted]
    assert any(near(point, 0.6, 0.6) for point in painted)
    assert near(painted[-1], 0.5, 0.4)
    assert heard == [], "it is not done yet"
    mouse(pad, "mouse_up", 0.52, 0.4, side)
    assert near(pad.hints[1], 0.5, 0.4)
    assert (pad.chosen, pad.hints[0]) == (1, Point(0.2, 0.2, "#ff0000"))
    assert heard == [pad.hints]
    pad.undo()
    assert near(pad.hints[1], 0.8, 0.8)
    pad.redo()
    assert near(pad.hints[1], 0.5, 0.4)


def test_a_finger_drags_too(pad):
    pad.hints = [MIDDLE]
    for event, touches in [("touch_start", [(45, 36)]), ("touch_move", [(63, 36)]), ("touch_end", [])]:
        touch(pad, event, *touches)
    assert near(pad.hints[0], 0.7, 0.5)


def test_a_drag_stops_at_the_edge_of_the_picture(pad):
    pad.hints = [MIDDLE]
    drag(pad, (0.45, 0.5), (1.0, 0.5))
    assert near(pad.hints[0], 1.0, 0.5)


@pytest.mark.parametrize("end", ["mouse_out", "mouse_down"])
def test_a_drag_whose_release_is_never_heard_changes_nothing(pad, end):
    pad.hints = [MIDDLE]
    before = pad.state
    drag(pad, (0.5, 0.5), (0.8, 0.5), release=False)
    mouse(pad, end, 0.99, 0.5)
    mouse(pad, "mouse_move", 0.5, 0.14)
    assert pad.hints == [MIDDLE]
    pad.undo()
    assert pad.hints == [], "and is no step"
    assert before["hints"]


def test_a_drag_that_begins_on_no_point_does_nothing(pad):
    drag(pad, (0.1, 0.1), (0.6, 0.6))
    assert pad.hints == []


def test_keys_move_delete_and_undo(pad):
    pad.hints = [MIDDLE]
    pad.select(0)
    key(pad, "ArrowRight")
    key(pad, "ArrowUp")
    assert near(pad.hints[0], 0.5 + 1 / 90, 0.5 - 1 / 72)
    key(pad, "Delete")
    assert pad.hints == []
    key(pad, "z", ctrl=True, side="right")
    key(pad, "z", ctrl=True, side="right")
    assert near(pad.hints[0], 0.5 + 1 / 90, 0.5)
    key(pad, "y", ctrl=True, side="right")
    assert near(pad.hints[0], 0.5 + 1 / 90, 0.5 - 1 / 72)
    key(pad, "q", side="right")
    assert len(pad.hints) == 1


# Points by button.


def test_everything_can_be_done_with_buttons_and_sliders_alone(pad):
    button(pad, "Add").click()
    button(pad, "red #").click()
    assert pad.hints == [Point(0.5, 0.5, PALETTE["red"])]
    for name, value in (("x", 0.25), ("y", 0.75), ("size", 8)):
        slider(pad, name).value = value
    assert pad.hints == [Point(0.25, 0.75, PALETTE["red"], 8 / 64)]
    button(pad, "Add").click()
    button(pad, "sky #").click()
    button(pad, "Point 1").click()
    assert pad.chosen == 0
    button(pad, "Delete").click()
    assert [hint.color for hint in pad.hints] == [PALETTE["sky"]]
    button(pad, "Undo").click()
    button(pad, "Clear").click()
    assert pad.hints == []
    button(pad, "Undo").click()
    button(pad, "Undo").click()
    button(pad, "Redo").click()
    assert len(pad.hints) == 2


def test_added_points_keep_away_from_each_other(pad):
    for _ in range(20):
        button(pad, "Add").click()
    places = {(hint.x, hint.y) for hint in pad.hints}
    assert len(places) == 20
    assert near(pad.hints[0], 0.5, 0.5)


def test_a_deleted_point_is_gone_alone_and_none_is_chosen_after_it(pad):
    pad.hints = [Point(0.2, 0.2, "red"), Point(0.5, 0.5, "lime"), Point(0.8, 0.8, "blue")]
    pad.select(1)
    pad.delete()
    assert [hint.color for hint in pad.hints] == ["#ff0000", "#0000ff"]
    assert pad.chosen is None
    button(pad, "Delete").click()
    assert len(pad.hints) == 2


def test_buttons_that_would_do_nothing_are_off(pad):
    def off():
        return is_off(pad, "Add", "Delete", "Undo", "Redo", "Clear", "Export")

    assert off() == {"Delete", "Undo", "Redo", "Clear"}
    pad.add(0.5, 0.5)
    assert off() == {"Redo"}
    pad.undo()
    assert off() == {"Delete", "Undo", "Clear"}


def test_every_button_and_entry_says_what_it_is_for(pad):
    pad.add(0.5, 0.5, "red")
    for part in parts(pad):
        if isinstance(part, Button | Text):
            assert not part.has_trait("tooltip") or part.tooltip


ACTIONS = st.one_of(
    st.sampled_from(["undo", "redo", "clear", "delete"]).map(lambda name: (name,)),
    st.tuples(st.sampled_from(["add", "move"]), st.floats(0, 1), st.floats(0, 1)),
    st.tuples(st.just("select"), st.integers(0, 3)),
    st.tuples(st.just("paint"), st.sampled_from(["red", "#0f0", "#123456"])),
    st.tuples(st.just("resize"), st.floats(0.01, 1)),
)


@settings(max_examples=15, deadline=None)
@given(st.lists(ACTIONS, max_size=12))
def test_whatever_is_pressed_the_pad_stays_whole_and_can_be_taken_back(actions):
    pad = new_pad(24, 24)
    for name, *arguments in actions:
        if name == "select":
            pad.status.catch_errors(pad.select)(*arguments)
        elif not (name in ("delete", "move") and pad.chosen is None):
            getattr(pad, name)(*arguments)
        assert pad.chosen is None or 0 <= pad.chosen < len(pad.hints)
        assert is_painted(pad)
    end, steps = pad.hints, 0
    while pad.store.history.can_undo:
        pad.undo()
        steps += 1
    assert pad.hints == []
    for _ in range(steps):
        pad.redo()
    assert pad.hints == end
    assert torch.equal(pad.rgb, pad.scene.colorizer.predict(end))


def test_to_choose_another_point_is_no_step(pad):
    pad.add(0.2, 0.2, "red")
    pad.add(0.8, 0.8, "blue")
    pad.select(0)
    pad.select(None)
    pad.hints = pad.hints
    pad.undo()
    assert [hint.color for hint in pad.hints] == ["#ff0000"]


# Colours.


def test_a_colour_may_be_typed_picked_suggested_or_taken_from_a_swatch(pad):
    pad.add(0.5, 0.5, "red")
    entry(pad, "hex").value = "teal"
    assert pad.hints[0].color == "#008080"
    picker(pad).value = "#102030"
    assert pad.hints[0].color == "#102030"
    (*_, suggestion) = pad.scene.colorizer.suggest_colors_at(0.5, 0.5)
    button(pad, f"suggested {suggestion}").click()
    assert pad.hints[0].color == suggestion
    assert entry(pad, "hex").value == picker(pad).value == suggestion
    assert swatches(pad, "recent") == (suggestion, "#102030", "#008080", "#ff0000")


def test_suggestions_know_the_place_and_the_other_points_and_stay_while_colours_are_tried(pad):
    pad.hints = [Point(0.2, 0.2, "red"), Point(0.8, 0.7, "blue")]
    pad.scene.colorizer.asked.clear()
    pad.select(1)
    for color in ("lime", "teal", "gray"):
        pad.paint(color)
    assert pad.scene.colorizer.asked == [(0.8, 0.7, (Point(0.2, 0.2, "#ff0000"),))]
    assert len(swatches(pad, "suggested")) == 9
    pad.select(None)
    assert swatches(pad, "suggested") == ()


def test_late_suggestions_leave_alone_what_the_user_is_writing(pad):
    sent = []

    async def scene():
        before = len(pad.scene.colorizer.asked)
        pad.add(0.5, 0.5, "red")
        assert entry(pad, "hex").value == "#ff0000", "the field is filled at once, before the user can write into it"
        for part in (entry(pad, "hex"), picker(pad)):
            part.observe(sent.append, "value")
        await rest(pad)
        assert len(pad.scene.colorizer.asked) == before + 1

    asyncio.run(scene())
    assert sent == []


def test_the_pad_says_how_a_colour_comes_out_at_the_lightness_of_its_place(pad):
    pad.add(0.1, 0.5, "#ffd84a")
    expected = at_lightness("#ffd84a", 27.0)
    assert "comes out as" in html(pad)
    assert expected in html(pad)
    pad.move(0.9, 0.5)
    assert at_lightness("#ffd84a", 83.0) in html(pad)
    pad.paint(at_lightness("#ffd84a", 83.0))
    assert "comes out" not in html(pad), "nothing to say where it comes out as it is"


def test_the_map_shows_the_colours_of_the_chosen_place_and_gives_the_one_clicked(pad):
    pad.add(0.5, 0.5, "red")
    assert np.array_equal(pad.gamut_map.canvas.pixels["picture"], gamut_pixels(55.0))
    click(pad, 0.5 + 30 / 220, 0.5 - 40 / 220, "map")
    assert pad.hints[0].color == fit_gamut(55.0, -40.0, 30.0)
    click(pad, 0.0, 0.0, "map")
    light = rgb_to_lab(torch.tensor(parse_color(pad.hints[0].color)).view(1, 3, 1, 1))[0, 0].item()
    assert light == pytest.approx(55.0, abs=0.5), "outside the gamut it is the palest of that hue"


def test_the_map_holds_colours_of_its_lightness_and_paper():
    pixels = gamut_pixels(60.0)
    rgb = torch.from_numpy(pixels[..., :3].copy()).permute(2, 0, 1)[None] / 255
    shown = torch.from_numpy(~(pixels == (236, 236, 236, 255)).all(-1))
    lab = rgb_to_lab(rgb)[0]
    assert 0.1 < shown.float().mean() < 0.9
    assert (lab[0][shown] - 60).abs().max() < 1
    rows, columns = shown.nonzero().T
    assert (lab[1][shown] - (rows - (SIDE - 1) / 2) * 220 / (SIDE - 1)).abs().max() < 2, "a grows downwards"
    assert (lab[2][shown] - (columns - (SIDE - 1) / 2) * 220 / (SIDE - 1)).abs().max() < 2, "b grows to the right"


def test_a_model_that_paints_lightness_itself_has_no_map_and_changes_no_colour():
    pad = new_pad(target="rgb")
    pad.add(0.1, 0.5, "#ffd84a")
    assert "comes out" not in html(pad)
    assert not has_canvas(pad, pad.gamut_map.canvas)
