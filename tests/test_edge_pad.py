"""EdgePad without a browser: its events are sent by hand, and what it would draw is looked at."""

import json

import numpy as np
import pytest
import torch
from ipywidgets import Button, Text
from torch import nn
from widgets.driver import button, click, drag, is_off, key, mouse, parts, pixel, pixels, slider, status, touch
from widgets.fake_colorizer import EdgeFinder, FakeColorizer, picture

import colornb
from colornb import methods, widgets
from colornb.colorizer import Colorizer
from colornb.figures import Figure
from colornb.hints import EdgeScribble, Point, Region, from_json, rasterize_scribbles, to_json
from colornb.studies.stroke_timing import StrokeTiming
from colornb.studies.users import Clock
from colornb.widgets import EdgePad
from colornb.widgets._model.document import simplify
from colornb.widgets._view.overlays import ACCENT, FOUND, find_scribble, scribble_distance

EDGES = [EdgeScribble(((x, 0.1), (x, 0.9)), 2 / 256) for x in (0.3, 0.7)]
LINE = EdgeScribble(((0.2, 0.5), (0.8, 0.5)), 5 / 256)
DOT = Point(0.5, 0.5, "#d62f3d", 0.3)


KINDS = ("point", "edge")
pytestmark = pytest.mark.usefixtures("small_canvases")


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def pad(clock):
    return EdgePad(EdgeFinder(KINDS, size=64), picture(), clock=clock)


def shares(pad):
    """How much of the left and of the right half of the right picture is mended."""
    shown, marks = pixels(pad, "right").astype(float), pixels(pad, "right", "marks")
    shown = np.where(marks[..., 3:] > 0, marks, shown)
    green = (shown[..., 1] > 200) & (shown[..., 0] < 100)
    half = green.shape[1] // 2
    return green[:, :half].mean(), green[:, half:].mean()


@pytest.mark.parametrize("side", ["left", "right"])
def test_a_stroke_on_either_picture_is_a_scribble_of_the_width_on_show_and_paints(pad, side):
    slider(pad, "width").value = 7
    drag(pad, (0.2, 0.3), (0.8, 0.6), side, steps=12)
    (scribble,) = pad.scribbles
    assert scribble.path[0] == pytest.approx((0.2, 0.3))
    assert scribble.path[-1] == pytest.approx((0.8, 0.6))
    assert scribble.width == 7 / 256
    assert pad.scene.colorizer.predicted[-1] == (scribble,)
    assert min(shares(pad)) > 0
    assert torch.equal(pad.rgb, pad.scene.colorizer.predict(pad.hints))


def test_a_click_is_a_dot_that_can_be_drawn(pad):
    click(pad, 0.25, 0.75)
    (scribble,) = pad.scribbles
    assert set(scribble.path) == {(0.25, 0.75)}
    assert rasterize_scribbles([scribble], 64, 64).sum() > 0


def test_a_finger_draws_and_a_second_one_ends_it(pad):
    touch(pad, "touch_start", (10, 10))
    touch(pad, "touch_move", (50, 10))
    touch(pad, "touch_start", (50, 10), (60, 60))
    assert pad.scribbles == []
    touch(pad, "touch_start", (10, 10))
    touch(pad, "touch_move", (50, 10))
    touch(pad, "touch_end")
    assert len(pad.scribbles) == 1


def test_a_stroke_that_leaves_the_picture_ends_at_its_side(pad):
    drag(pad, (0.5, 0.5), (0.98, 0.5), release=False)
    mouse(pad, "mouse_out", 1.01, 0.5)
    (scribble,) = pad.scribbles
    assert scribble.path[-1][0] == pytest.approx(0.98)
    mouse(pad, "mouse_move", 0.5, 0.14)
    assert len(pad.scribbles) == 1


def test_paths_lose_the_points_that_tell_nothing_and_keep_their_ends():
    path = [(0.5 + i / 1000, 0.5) for i in range(101)]
    thin = simplify(path, 100, 100)
    assert len(thin) == pytest.approx(21, abs=1)
    assert (thin[0], thin[-1]) == ((0.5, 0.5), (0.6, 0.5))
    assert len(simplify(path, 100, 400)) > len(thin), "near is meant of the shorter side"
    assert simplify([(0.1, 0.2), (0.1001, 0.2)], 100, 100) == ((0.1, 0.2), (0.1, 0.2))


def test_a_click_means_the_nearest_scribble_within_reach():
    assert scribble_distance(LINE, 0.5, 0.6, 100, 100) == pytest.approx(10 - 2.5 * 100 / 256)
    assert find_scribble([LINE, EDGES[0]], 0.31, 0.2, 100, 100) == 1
    assert find_scribble([LINE, EDGES[0]], 0.95, 0.95, 100, 100) is None
    assert find_scribble([EdgeScribble(((0.5, 0.5),))], 0.5, 0.52, 100, 100) == 0


def test_the_width_goes_to_the_chosen_scribble_or_else_to_the_next(pad):
    pad.add(LINE.path)
    assert pad.scribbles[0].width == 3 / 256
    slider(pad, "width").value = 9
    assert pad.scribbles[0].width == 3 / 256
    pad.add(EDGES[0].path)
    button(pad, "1").click()
    assert (pad.chosen, slider(pad, "width").value) == (0, 3)
    slider(pad, "width").value = 11
    assert [scribble.width for scribble in pad.scribbles] == [11 / 256, 9 / 256]
    pad.undo()
    assert [scribble.width for scribble in pad.scribbles] == [3 / 256, 9 / 256]


def test_a_click_on_a_scribble_chooses_it_and_delete_takes_the_chosen_or_the_last(pad):
    for scribble in (LINE, *EDGES):
        pad.add(scribble.path)
    click(pad, 0.5, 0.52)
    assert (pad.chosen, len(pad.scribbles)) == (0, 3)
    key(pad, "Delete")
    assert [scribble.path for scribble in pad.scribbles] == [edge.path for edge in EDGES]
    key(pad, "Delete")
    assert [scribble.path for scribble in pad.scribbles] == [EDGES[0].path]
    key(pad, "z", ctrl=True, side="right")
    key(pad, "z", ctrl=True, side="right")
    assert len(pad.scribbles) == len(pad.log) == 3


def test_undo_and_redo_bring_picture_and_log_back(pad, clock):
    before = pad.right.pixels["picture"].copy()
    clock.wait(3)
    drag(pad, (0.2, 0.5), (0.8, 0.5))
    after, log = pad.right.pixels["picture"].copy(), pad.log
    button(pad, "Undo").click()
    assert np.array_equal(pad.right.pixels["picture"], before)
    assert pad.log == []
    button(pad, "Redo").click()
    assert np.array_equal(pad.right.pixels["picture"], after)
    assert pad.log == log == [StrokeTiming(3.0, 0.0, False)]
    button(pad, "Clear").click()
    assert (pad.scribbles, pad.log) == ([], [])
    button(pad, "Undo").click()
    assert pad.log == log


def test_buttons_that_would_do_nothing_are_off_and_each_says_what_it_is_for(pad):
    def off():
        return is_off(pad, "Undo", "Redo", "Delete", "Clear", "Find edges")

    assert off() == {"Undo", "Redo", "Delete", "Clear"}
    pad.add(LINE.path)
    assert off() == {"Redo"}
    pad.find()
    with pytest.raises(IndexError):  # a colorizer that suggests nothing has no such button
        button(EdgePad(FakeColorizer(KINDS), picture()), "Find edges")
    assert all(part.tooltip for part in parts(pad) if isinstance(part, Button | Text) and part.has_trait("tooltip"))


def test_the_share_shows_the_left_of_the_picture_without_scribbles(pad):
    pad.add(LINE.path, LINE.width)
    assert min(shares(pad)) > 0
    slider(pad, "share").value = 0.5
    left, right = shares(pad)
    assert left == 0 < right
    pad.compare(1)
    assert shares(pad) == (0, 0)
    pad.compare(0)
    assert min(shares(pad)) > 0
    assert not pad.right.pixels["marks"].any()
    with pytest.raises(ValueError, match="from 0 to 1"):
        pad.compare(2)


def test_found_edges_are_taken_by_one_click_and_come_back_with_undo(pad, clock):
    button(pad, "Find edges").click()
    assert pad.found == dict(enumerate(EDGES))
    assert "2 edges found" in status(pad)
    assert (pad.left.pixels["marks"][..., :3] == FOUND).all(-1).any()
    clock.wait(2.5)
    button(pad, "Scribble along the suggested edge 2").click()
    assert (pad.scribbles, pad.log) == ([EDGES[1]], [StrokeTiming(2.5, 0.0, True)])
    assert list(pad.found) == [0]
    assert button(pad, "Scribble along the suggested edge 2").disabled
    click(pad, 0.31, 0.4, "right")
    assert pad.scribbles == EDGES[::-1]
    pad.undo()
    assert list(pad.found) == [0]
    button(pad, "Hide").click()
    assert pad.found == {}
    with pytest.raises(ValueError, match="find some"):
        pad.take(0)


def test_the_log_tells_how_long_finding_and_drawing_took(pad, clock):
    clock.wait(60)
    pad._repr_mimebundle_()  # the time runs from the moment the picture is shown
    clock.wait(4)
    for wait in (2, 1):
        mouse(pad, "mouse_down", 0.1, 0.1)
        clock.wait(1)
        mouse(pad, "mouse_move", 0.5, 0.1 * wait)
        clock.wait(wait)
        mouse(pad, "mouse_up", 0.6, 0.1 * wait)
        clock.wait(0.5)
    assert pad.log == [StrokeTiming(4.0, 3.0), StrokeTiming(0.5, 2.0)]
    assert pad.state["log"][0] == {"find": 4.0, "draw": 3.0, "suggested": False}


def test_a_session_goes_through_json_to_the_same_picture(pad, clock):
    drag(pad, (0.2, 0.5), (0.8, 0.5))
    pad.select(0)
    other = EdgePad(FakeColorizer(KINDS), picture(), clock=clock)
    other.state = json.loads(json.dumps(pad.state))
    assert (other.state, other.chosen, other.log) == (pad.state, 0, pad.log)
    assert torch.equal(other.rgb, pad.rgb)
    assert from_json(json.dumps(pad.state)) == pad.hints
    other.undo()
    assert other.hints == []


def test_other_hints_are_kept_painted_and_saved(clock):
    pad = EdgePad(FakeColorizer(KINDS), picture(), [DOT, LINE], clock=clock)
    pad.add(EDGES[0].path)
    assert pad.scene.colorizer.predicted[-1] == (DOT, *pad.scribbles)
    assert pixel(pad, "left", "picture", 0.5, 0.5)[:3] == (0xD6, 0x2F, 0x3D), "with the point, without scribbles"
    pad.clear()
    assert pad.hints == [DOT]
    pad.load_state(json.loads(to_json([LINE])))
    assert (pad.hints, pad.log) == ([LINE], [StrokeTiming()])
    assert pixel(pad, "left", "picture", 0.5, 0.5)[:3] == (0xCC, 0xBF, 0xB2)
    pad.undo()
    assert from_json(json.dumps(pad.state)) == [DOT]


ROW = {"kind": "edge", "path": [[0.1, 0.1], [0.2, 0.2]]}
TIMES = {"find": 1.0, "draw": 1.0, "suggested": False}
BAD_ROWS = [{"path": [[2, 0]]}, {"width": 0}, {"kind": "region"}]
BAD_TIMES = [{"find": float("nan")}, {"draw": -1}, {"suggested": 1}]
BAD_REST = [{"colornb": 2}, {"chosen": 1}, {"chosen": "0"}, {"log": []}, {"log": "none"}]
BAD_STATES = [{}, *({"colornb": 1, "hints": [ROW | row]} for row in BAD_ROWS)]
BAD_STATES += [{"colornb": 1, "hints": [ROW]} | rest for rest in BAD_REST]
BAD_STATES += [{"colornb": 1, "hints": [ROW], "log": [TIMES | times]} for times in BAD_TIMES]
BAD_CALLS = [("add", [(1.1, 0)]), ("add", []), ("add", LINE.path, 0), ("resize", 2), ("select", 1), ("take", 0)]


@pytest.mark.parametrize("state", BAD_STATES)
def test_a_broken_session_gives_one_line_and_keeps_the_work(pad, state):
    pad.add(LINE.path)
    before = pad.state
    with pytest.raises(ValueError) as error:
        pad.state = state
    assert str(error.value)
    assert "\n" not in str(error.value)
    assert pad.state == before


@pytest.mark.parametrize(("name", "arguments"), [(name, rest) for name, *rest in BAD_CALLS])
def test_a_bad_call_gives_one_line_and_keeps_the_work(pad, name, arguments):
    pad.add(LINE.path)
    before = pad.state
    with pytest.raises(ValueError) as error:
        getattr(pad, name)(*arguments)
    assert "\n" not in str(error.value)
    assert pad.state == before


def test_painters_and_hints_that_do_not_fit_are_refused_with_the_mend():
    with pytest.raises(ValueError, match="edge_enhancing"):
        EdgePad(FakeColorizer(("point",)), picture())
    with pytest.raises(ValueError, match="yourself"):
        EdgePad(FakeColorizer(KINDS), picture()).find()
    with pytest.raises(ValueError, match="no region hints"):
        EdgePad(FakeColorizer(KINDS), picture(), [Region(0, "red")])


def test_scribbles_are_translucent_and_the_chosen_one_is_framed(pad):
    pad.add(LINE.path, 0.1)
    *color, alpha = pixel(pad, "left", "marks", 0.5, 0.5)
    assert tuple(color) == ACCENT[:3]
    assert 100 < alpha < 200
    assert pixel(pad, "left", "marks", 0.5, 0.2) == (0, 0, 0, 0)
    pad.select(0)
    assert pixel(pad, "left", "marks", 0.5, 0.5) == ACCENT


def test_the_static_twin_shows_before_scribbles_and_after(pad):
    pad.add(LINE.path, 0.1)
    figure = pad.figure()
    assert isinstance(figure, Figure)
    assert [axes.get_title() for axes in figure.axes] == ["without scribbles", "1 scribble", "with scribbles"]
    before, drawn, after = (np.asarray(axes.images[0].get_array()) for axes in figure.axes)
    assert tuple(before[36, 45]) != tuple(drawn[36, 45]) != tuple(after[36, 45])
    assert pad._repr_mimebundle_()["text/plain"] == "EdgePad(1 scribble)"


@pytest.mark.parametrize("size", [(1, 1), (1, 300), (700, 3)])
def test_pictures_of_odd_sizes_can_be_mended(size):
    pad = EdgePad(EdgeFinder(KINDS, size=64), picture(*size))
    pad.find()
    drag(pad, (0.0, 0.0), (1.0, 1.0))
    pad.compare(0.5)
    assert pad.rgb.shape[-2:] == size


def test_a_real_model_is_mended_and_a_widget_is_found_by_its_file():
    network = methods.build("edge_enhancing", "tiny")
    for enhancer in network.enhancers.values():
        nn.init.normal_(enhancer.last.weight, std=0.05)
    colorizer = Colorizer(network, 32)
    pad = widgets.EdgePad(colorizer, colornb.sample("flower"), [DOT])
    before = pad.rgb
    drag(pad, (0.2, 0.5), (0.8, 0.5))
    assert not torch.equal(pad.rgb, before)
    assert torch.equal(pad.rgb, colorizer.predict(pad.hints))
    pad.undo()
    assert torch.equal(pad.rgb, before)
