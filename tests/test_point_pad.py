"""PointPad without a browser: its events are sent by hand, and what it would draw is looked at."""

import asyncio
import base64
import io
import json

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from ipywidgets import Button, Text
from PIL import Image
from widgets.driver import (
    button,
    canvas_size,
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
    send,
    slider,
    status,
    swatches,
    touch,
)
from widgets.fake_colorizer import FakeColorizer, picture

import colornb
from colornb import methods, widgets
from colornb.__main__ import main
from colornb.color import at_lightness, fit_gamut, hex_color, parse_color, rgb_to_lab
from colornb.colorizer import Colorizer
from colornb.figures import Figure
from colornb.hints import Point, Region, from_json, to_json
from colornb.images import load_image, resize, save_image, to_uint8
from colornb.widgets import PointPad
from colornb.widgets._view.color_picker import SIDE, gamut_pixels
from colornb.widgets._view.controls import PALETTE
from colornb.widgets._view.overlays import ACCENT, draw_points, find_point

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
    for name, value in (("across", 0.25), ("down", 0.75), ("size", 8)):
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
        await asyncio.sleep(0.1)
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


# What is bad is said in one line.


@pytest.mark.parametrize("text", ["#12", "<script>alert(1)</script>", "no colour"])
def test_a_bad_colour_gives_one_line_and_keeps_the_work(pad, text):
    pad.add(0.5, 0.5, "red")
    before = pad.state
    entry(pad, "hex").value = text
    assert "#rrggbb" in status(pad)
    assert "\n" not in status(pad)
    assert "<script>" not in pad.status.widget.value
    assert pad.state == before
    button(pad, "red #").click()
    assert "#rrggbb" not in status(pad)


ROW = {"kind": "point", "x": 0.5, "y": 0.5, "color": "red"}


@pytest.mark.parametrize(
    "state",
    [
        {},
        {"colornb": 99, "hints": []},
        {"colornb": 1, "hints": [{"kind": "region", "rank": 0, "color": "red"}]},
        {"colornb": 1, "hints": [ROW | {"x": 1.5}]},
        {"colornb": 1, "hints": [ROW | {"y": float("nan")}]},
        {"colornb": 1, "hints": [ROW | {"color": "#12"}]},
        {"colornb": 1, "hints": [ROW | {"size": 0}]},
        {"colornb": 1, "hints": [ROW], "chosen": 1},
        {"colornb": 1, "hints": [ROW], "chosen": -1},
        {"colornb": 1, "hints": [ROW], "chosen": True},
        {"colornb": 1, "hints": [ROW], "chosen": [0]},
        {"colornb": 1, "hints": [Point(0.5, 0.5, "red")]},
    ],
)
def test_a_broken_session_gives_one_line_and_keeps_the_work(pad, state):
    pad.add(0.5, 0.5, "red")
    before = pad.state
    with pytest.raises(ValueError) as error:
        pad.state = state
    assert str(error.value)
    assert "\n" not in str(error.value)
    assert pad.state == before


@pytest.mark.parametrize(
    "call",
    [
        lambda pad: pad.add(1.1, 0.5),
        lambda pad: pad.add(float("nan"), 0.5),
        lambda pad: pad.add(0.5, 0.5, "#12"),
        lambda pad: pad.add(0.5, 0.5, size=0),
        lambda pad: pad.resize(2),
        lambda pad: pad.move(0.5, -1),
        lambda pad: pad.select(7),
        lambda pad: pad.select(-1),
        lambda pad: setattr(pad, "hints", [Region(0, "red")]),
        lambda pad: [pad.select(None), pad.delete()],
        lambda pad: [pad.select(None), pad.move(0.5, 0.5)],
    ],
)
def test_a_bad_call_gives_one_line_and_keeps_the_work(pad, call):
    pad.add(0.5, 0.5, "red")
    with pytest.raises(ValueError) as error:
        call(pad)
    assert "\n" not in str(error.value)
    assert pad.hints == [Point(0.5, 0.5, "#ff0000")]


def test_a_painter_that_fails_says_so_in_one_line_and_the_pad_lives_on(pad, monkeypatch, caplog):
    def fail(*_, **__):
        raise RuntimeError("out of memory: close something\nand a long trace")

    pad.add(0.5, 0.5, "blue")
    monkeypatch.setattr(pad.scene.colorizer, "predict", fail)
    button(pad, "red #").click()
    assert status(pad) == "out of memory: close something"
    assert "long trace" in caplog.text
    monkeypatch.undo()
    pad.paint("blue")
    assert torch.equal(pad.rgb, pad.scene.colorizer.predict(pad.hints))


# The latest wish wins.


def test_of_a_burst_of_events_none_is_lost_and_the_last_state_is_painted(pad):
    painted = len(pad.scene.colorizer.predicted)

    async def burst():
        pad.paint("red")
        for n in range(20):
            click(pad, n % 5 / 4, n // 5 / 3)
            key(pad, "ArrowRight")
        drag(pad, (0.0, 0.0), (0.12, 0.15), steps=100)
        pad.paint("blue")
        assert "Painting" in status(pad), "the page says that it is busy"
        await asyncio.sleep(0.2)

    asyncio.run(burst())
    assert len(pad.hints) == 20
    assert pad.scene.colorizer.predicted[painted:] == [tuple(pad.hints)]
    assert np.array_equal(pad.right.pixels["picture"][..., :3], to_uint8(resize(pad.rgb, canvas_size(pad))))
    assert "Painted in" in status(pad)


# What is drawn.


def test_pixels_go_to_the_browser_without_loss(pad, wire):
    wire.clear()
    pad.add(0.3, 0.4, "#0a64c8")
    sent = [np.array(Image.open(io.BytesIO(bytes(b)))) for _, buffers in wire for b in buffers]
    for pixels in (pad.right.pixels["picture"], pad.left.pixels["marks"], pad.right.pixels["marks"]):
        assert any(np.array_equal(pixels, other) for other in sent)
    assert np.array_equal(pad.right.pixels["picture"][..., :3], to_uint8(resize(pad.rgb, canvas_size(pad))))


def test_a_browser_that_comes_later_is_sent_picture_and_points_again(pad, wire):
    pad.add(0.3, 0.4, "red")
    wire.clear()
    send(pad.left, "client_ready")
    sent = [np.array(Image.open(io.BytesIO(bytes(b)))) for _, buffers in wire for b in buffers]
    assert all(any(np.array_equal(p, other) for other in sent) for p in pad.left.pixels.values())


def test_a_drag_sends_no_picture_but_the_painted_one(pad, wire):
    pad.hints = [MIDDLE]
    wire.clear()
    drag(pad, (0.5, 0.5), (0.8, 0.5), release=False)
    pictures = [bytes(b) for _, buffers in wire for b in buffers if bytes(b).startswith(b"\x89PNG")]
    pixels = [np.array(Image.open(io.BytesIO(data))) for data in pictures]
    assert all(shown[..., 3].min() == 255 for shown in pixels if shown.shape[:2] == canvas_size(pad)), "no marks"
    assert len(wire) > len(pictures), "the outline that moves"


def test_points_are_marked_in_their_colour_and_the_chosen_one_is_framed_on_both_pictures(pad):
    pad.hints = [Point(0.25, 0.25, "#0a64c8"), Point(0.75, 0.75, "red", 0.3)]
    assert pixel(pad, "left", "marks", 0.25, 0.25) == (0x0A, 0x64, 0xC8, 255)
    assert not (pad.left.pixels["marks"] == ACCENT).all(-1).any()
    assert not pad.right.pixels["marks"].any()
    pad.select(1)
    for side in ("left", "right"):
        rows, columns = np.nonzero((getattr(pad, side).pixels["marks"] == ACCENT).all(-1))
        assert (rows.min() + rows.max()) / 2 == pytest.approx(0.75 * 72, abs=1)
        assert (columns.min() + columns.max()) / 2 == pytest.approx(0.75 * 90, abs=1)
        assert np.ptp(rows) == pytest.approx(0.3 * 72, abs=8), "as large as the patch"
    assert pixel(pad, "right", "marks", 0.75, 0.75) == (0, 0, 0, 0)


def test_marks_at_the_edge_stay_inside():
    marks = draw_points(20, 30, [Point(0, 0, "red"), Point(1, 1, "blue", 1.0)], 1)
    assert marks.shape == (20, 30, 4)
    assert tuple(marks[-1, -1]) == (0, 0, 255, 255)


# Sessions, figures, export.


def test_a_session_goes_through_json_to_the_same_picture(pad):
    pad.add(0.2, 0.3, "red", 0.05)
    pad.add(0.7, 0.6, "#123")
    pad.select(0)
    other = new_pad()
    other.state = json.loads(json.dumps(pad.state))
    assert other.state == pad.state
    assert other.chosen == 0
    assert torch.equal(other.rgb, pad.rgb)
    assert np.array_equal(other.left.pixels["marks"], pad.left.pixels["marks"])
    other.undo()
    assert other.hints == []


def test_a_session_is_a_hint_file_and_a_hint_file_a_session(pad):
    pad.add(0.2, 0.3, "red")
    assert from_json(json.dumps(pad.state)) == pad.hints
    pad.load_state(json.loads(to_json([Point(0.5, 0.5, "lime")])))
    assert pad.hints == [Point(0.5, 0.5, "#00ff00")]


def test_hints_may_be_set_and_are_drawn_and_painted(pad):
    pad.hints = (Point(x, 0.5, "tomato") for x in (0, 0.5, 1))
    assert [hint.x for hint in pad.hints] == [0, 0.5, 1]
    assert pixel(pad, "left", "marks", 0.5, 0.5)[:3] == (255, 99, 71)
    assert torch.equal(pad.rgb, pad.scene.colorizer.predict(pad.hints))


def test_the_static_twin_shows_points_and_result_and_leaves_pyplot_alone(pad):
    from matplotlib import pyplot

    pad.add(0.5, 0.5, "#0a64c8")
    figure = pad.figure()
    assert isinstance(figure, Figure)
    assert [axes.get_title() for axes in figure.axes] == ["1 point given", "painted"]
    points, painted = (axes.images[0].get_array() for axes in figure.axes)
    assert tuple(points[36, 45, :3]) == (0x0A, 0x64, 0xC8)
    assert np.array_equal(painted, pad.right.pixels["picture"])
    assert pyplot.get_fignums() == []


def test_the_pad_is_shown_as_a_widget_and_as_a_picture(pad):
    pad.add(0.5, 0.5, "red")
    bundle = pad._repr_mimebundle_()
    assert bundle["application/vnd.jupyter.widget-view+json"]["model_id"] == pad.model_id
    assert bundle["text/plain"] == "PointPad(1 point)"
    assert Image.open(io.BytesIO(base64.b64decode(bundle["image/png"]))).width > 300
    for canvas in (pad.left, pad.right, pad.gamut_map.canvas):
        assert canvas.widget[0].image_data


def test_export_writes_the_picture_at_its_own_size(pad, tmp_path):
    pad.add(0.5, 0.5, "#0a64c8")
    button(pad, "Export").click()
    assert "download=" in pad.export.link.value
    entry(pad, "path").value = str(tmp_path / "mine.png")
    button(pad, "Save").click()
    assert np.array_equal(to_uint8(load_image(tmp_path / "mine.png")), to_uint8(pad.rgb))
    assert "60 × 48" in status(pad)
    pad.move(0.1, 0.1)
    assert not pad.export.is_open


# Painters and pictures of every kind.


@pytest.mark.parametrize("kinds", [(), ("region",)])
def test_a_painter_that_takes_no_points_is_refused_with_the_mend(kinds):
    with pytest.raises(ValueError, match="rtug") as error:
        new_pad(kinds=kinds)
    assert "\n" not in str(error.value)


def test_a_painter_without_a_picture_is_refused_with_the_mend():
    with pytest.raises(ValueError, match="set_image"):
        PointPad(Colorizer(colornb.build("rtug", "tiny"), 32))


@pytest.mark.parametrize("size", [(1, 1), (1, 300), (700, 3)])
def test_pictures_of_odd_sizes_can_be_painted(size):
    pad = new_pad(*size)
    button(pad, "Add").click()
    click(pad, 1.0, 1.0)
    assert pad.rgb.shape[-2:] == size
    assert pad._repr_mimebundle_()["image/png"]


def test_two_pads_share_a_painter_and_keep_their_pictures():
    colorizer = FakeColorizer(("point",), "ab")
    first, second = PointPad(colorizer, picture(48, 60)), PointPad(colorizer, picture(30, 20))
    first.add(0.5, 0.5, "red")
    second.add(0.5, 0.5, "blue")
    assert first.rgb.shape[-2:] == (48, 60)
    assert second.rgb.shape[-2:] == (30, 20)


def test_a_real_model_is_painted_with_and_keeps_the_lightness():
    colorizer = Colorizer(colornb.build("rtug", "tiny"), 64)
    pad = PointPad(colorizer, colornb.sample("flower"))
    click(pad, 0.5, 0.5)
    before = pad.rgb
    pad.paint("red")
    assert not torch.equal(pad.rgb, before)
    assert torch.equal(pad.rgb, colorizer.predict(pad.hints))
    assert set(swatches(pad, "suggested")) == set(colorizer.suggest_colors_at(0.5, 0.5, [], 9))
    assert at_lightness("red", colorizer.lightness_at(0.5, 0.5)) in html(pad)
    assert pad.left.pixels["picture"].shape == (*canvas_size(pad), 4)


def test_a_model_that_guides_takes_points_too_and_has_no_map():
    colorizer = Colorizer(colornb.build("guiding_painter", "tiny"), 32)
    pad = PointPad(colorizer, picture(40, 56))
    pad.add(0.5, 0.5, "red")
    assert torch.equal(pad.rgb, colorizer.predict(pad.hints))
    assert not has_canvas(pad, pad.gamut_map.canvas)


def test_a_widget_is_found_by_its_file():
    assert "PointPad" in widgets.list_widgets()
    assert widgets.PointPad is PointPad


def test_saved_work_paints_the_same_pixels_in_a_pad_and_on_the_command_line(tmp_path):
    colorizer = Colorizer(methods.build("rtug", "tiny").eval(), 64)
    save_image(picture(48, 60), tmp_path / "in.png")
    methods.save(colorizer.network, tmp_path / "net.safetensors", size=64)
    pad = PointPad(colorizer, tmp_path / "in.png")
    pad.add(0.2, 0.3, "#d62f3d", 0.1)
    pad.add(0.7, 0.6, "#23604b")
    for name in ("mine.json", "pad.png"):
        pad.save(tmp_path / name)
    again = PointPad(colorizer, tmp_path / "in.png")
    again.load(tmp_path / "mine.json")
    told = ["--weights", str(tmp_path / "net.safetensors"), "--hints", str(tmp_path / "mine.json")]
    assert main(["colorize", str(tmp_path / "in.png"), "--out", str(tmp_path / "cli.png"), "--size", "64", *told]) == 0
    assert torch.equal(again.rgb, pad.rgb)
    assert torch.equal(load_image(tmp_path / "cli.png"), load_image(tmp_path / "pad.png"))
