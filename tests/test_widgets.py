"""The widgets without a browser: their events are sent by hand, and what they would draw is looked at."""

import asyncio
import base64
import io
import json
import re
import subprocess
import sys
import zipfile

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from ipycanvas.canvas import COMMANDS
from ipywidgets import Button, Text
from PIL import Image
from widgets.driver import (
    button,
    click,
    color_at,
    entry,
    is_painted,
    parts,
    picker,
    send,
    status,
    swatches,
)
from widgets.fake_colorizer import GUESS, MIDDLES, ORDER, FakeColorizer, partition, picture

from colornb import widgets
from colornb.hints import Point, Region, from_json, to_json
from colornb.images import load_image, resize, to_uint8
from colornb.openraster import label
from colornb.types import RGB, Sketch
from colornb.widgets import RegionPad
from colornb.widgets._model.regions import RegionState
from colornb.widgets._renderer import Debouncer, fit
from colornb.widgets._view.canvas import GHOST_SECONDS, LAYERS, LayerCanvas
from colornb.widgets._view.controls import PALETTE
from colornb.widgets._view.overlays import ACCENT, DIM_OVERLAY, alpha_composite, draw_region_colors, draw_spotlight

pytestmark = pytest.mark.usefixtures("small_canvases")


@pytest.fixture
def pad():
    return new_pad()


def new_pad(height=48, width=60):
    return RegionPad(FakeColorizer(("region",), frame=True), picture(height, width))


def region_color(rgb, rank):
    return color_at(rgb, *MIDDLES[rank])


# The folder of widgets.


def test_a_widget_is_found_by_its_file_and_loaded_when_asked_for():
    assert widgets.list_widgets() == ["EdgePad", "PointPad", "RegionPad", "Studio", "UserStudy"]
    assert "RegionPad" in dir(widgets)
    code = "import sys, colornb.widgets as w; before = 'ipycanvas' in sys.modules; w.RegionPad; print(before)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "False\n"


@pytest.mark.parametrize("name", ["NoPad", "region_pad_", "Regionpad", "_Private"])
def test_an_unknown_widget_is_refused_in_one_line_that_names_the_known_ones(name):
    with pytest.raises(AttributeError, match="RegionPad") as error:
        getattr(widgets, name)
    assert "\n" not in str(error.value)


# Asking and answering.


def test_the_pad_asks_in_the_order_of_the_model_and_ends_by_itself(pad):
    asked = []
    while not pad.finished:
        asked.append(pad.rank)
        pad.paint("red")
        pad.next()
    assert asked == ORDER
    assert [hint.rank for hint in pad.hints] == ORDER


def test_a_colour_paints_its_region_at_once_and_no_other(pad):
    pad.paint("#0a64c8")
    assert pad.hints == [Region(2, "#0a64c8")]
    assert region_color(pad.rgb, 2) == "#0a64c8"
    assert {region_color(pad.rgb, rank) for rank in (0, 1, 3, 4)} == {GUESS}


@pytest.mark.parametrize("color", ["tomato", "#ff6347", "#FF6347", (1.0, 99 / 255, 71 / 255)])
def test_a_colour_may_be_written_in_any_way(pad, color):
    pad.paint(color)
    assert pad.hints == [Region(2, "#ff6347")]


def test_next_keeps_the_colour_on_show_where_none_was_chosen(pad):
    pad.next()
    assert pad.hints == [Region(2, GUESS)]
    assert pad.rank == 0


def test_next_after_a_visit_to_an_earlier_region_returns_to_what_is_still_open(pad):
    pad.next()
    pad.next()
    pad.select(2)
    pad.paint("blue")
    pad.next()
    assert pad.rank == 3
    assert pad.hints == [Region(0, GUESS), Region(2, "#0000ff")]


def test_skip_leaves_a_region_to_the_model_even_after_it_was_coloured(pad):
    pad.paint("red")
    pad.skip()
    assert (pad.hints, pad.rank) == ([], 0)
    assert region_color(pad.rgb, 2) == GUESS


def test_back_goes_to_the_region_asked_before_and_stops_at_the_first(pad):
    pad.next()
    pad.skip()
    pad.back()
    assert pad.rank == 0
    pad.back()
    pad.back()
    assert pad.rank == 2


def test_back_reopens_a_finished_pad_where_it_was(pad):
    pad.next()
    pad.finish()
    assert pad.finished
    pad.back()
    assert (pad.finished, pad.rank) == (False, 0)


def test_a_finished_pad_paints_no_region_that_nobody_sees(pad):
    pad.finish()
    with pytest.raises(ValueError, match="click one"):
        pad.paint("red")
    pad.select(4)
    pad.paint("red")
    assert pad.hints == [Region(4, "#ff0000")]


def test_clear_begins_again_and_undo_brings_all_back(pad):
    pad.paint("red")
    pad.next()
    pad.clear()
    assert (pad.hints, pad.rank) == ([], 2)
    pad.undo()
    assert (pad.hints, pad.rank) == ([Region(2, "#ff0000")], 0)


def test_undo_returns_to_the_region_that_changed_and_redo_repeats_it(pad):
    for color in ("red", "lime"):
        pad.paint(color)
    pad.next()
    pad.undo()
    assert (pad.hints, pad.rank) == ([Region(2, "#ff0000")], 2)
    pad.redo()
    assert pad.hints == [Region(2, "#00ff00")]
    assert region_color(pad.rgb, 2) == "#00ff00"


def test_a_new_colour_after_undo_ends_what_could_be_redone(pad):
    pad.paint("red")
    pad.undo()
    pad.paint("blue")
    pad.redo()
    assert pad.hints == [Region(2, "#0000ff")]


ACTIONS = st.one_of(
    st.sampled_from(["next", "back", "skip", "finish", "clear", "undo", "redo"]).map(lambda name: (name,)),
    st.tuples(st.just("select"), st.sampled_from(ORDER)),
    st.tuples(st.just("paint"), st.sampled_from(["red", "#0f0", "#123456"])),
)


@settings(max_examples=25, deadline=None)
@given(st.lists(ACTIONS, max_size=25))
def test_whatever_is_pressed_the_pad_stays_whole_and_can_be_taken_back(actions):
    pad = new_pad(24, 24)
    for name, *arguments in actions:
        if not (name == "paint" and pad.finished):
            getattr(pad, name)(*arguments)
        ranks = [hint.rank for hint in pad.hints]
        assert len(set(ranks)) == len(ranks)
        assert pad.rank in ORDER
    end = pad.state
    steps = 0
    while pad.store.history.can_undo:
        pad.undo()
        steps += 1
    assert pad.hints == []
    for _ in range(steps):
        pad.redo()
    assert pad.hints == [Region(h["rank"], h["color"]) for h in end["hints"]]
    assert [region_color(pad.rgb, hint.rank) for hint in pad.hints] == [hint.color for hint in pad.hints]


def test_everything_can_be_done_with_buttons_alone(pad):
    button(pad, "red #").click()
    button(pad, "Next").click()
    button(pad, "Skip").click()
    button(pad, "Region 5").click()
    button(pad, "sky #").click()
    button(pad, "Back").click()
    assert pad.hints == [Region(2, PALETTE["red"]), Region(4, PALETTE["sky"])]
    assert pad.rank == 1
    button(pad, "Undo").click()
    button(pad, "Undo").click()
    button(pad, "Redo").click()
    button(pad, "Clear").click()
    assert pad.hints == []
    button(pad, "Finish").click()
    assert pad.finished


def test_every_button_and_entry_says_what_it_is_for(pad):
    pad.paint("red")
    for part in parts(pad):
        if isinstance(part, Button | Text):
            assert not part.has_trait("tooltip") or part.tooltip


def test_buttons_that_would_do_nothing_are_off(pad):
    off = {name for name in ("Back", "Skip", "Next", "Undo", "Redo", "Clear", "Finish") if button(pad, name).disabled}
    assert off == {"Back", "Undo", "Redo", "Clear"}
    pad.finish()
    off = {name for name in ("Back", "Skip", "Next", "Undo", "Redo", "Clear", "Finish") if button(pad, name).disabled}
    assert off == {"Skip", "Next", "Undo", "Redo", "Clear", "Finish"}


def test_the_same_colour_twice_is_one_step(pad):
    pad.paint("red")
    pad.paint("#ff0000")
    pad.undo()
    assert pad.hints == []


@pytest.mark.parametrize("name", ["next", "skip", "finish"])
def test_a_finished_pad_goes_nowhere(pad, name):
    pad.next()
    pad.finish()
    before = pad.state
    getattr(pad, name)()
    assert pad.state == before


# Choosing colours.


def test_a_colour_may_be_typed_picked_or_taken_from_a_swatch(pad):
    entry(pad, "hex").value = "teal"
    assert pad.hints == [Region(2, "#008080")]
    picker(pad).value = "#102030"
    assert pad.hints == [Region(2, "#102030")]
    button(pad, f"suggested {GUESS}").click()
    assert pad.hints == [Region(2, GUESS)]
    assert entry(pad, "hex").value == picker(pad).value == GUESS


def test_an_answer_of_the_model_leaves_alone_what_the_user_is_writing(pad):
    pad.paint("teal")
    pad.next()
    assert entry(pad, "hex").value == "", "a new question begins with an empty field, at once"
    sent = []
    entry(pad, "hex").observe(sent.append, "value")
    pad.prepare_render()()()
    assert sent == [], "suggestions come later, when the user may be writing already"


def test_a_bad_colour_gives_one_line_and_keeps_the_work(pad):
    pad.paint("red")
    before = pad.state
    entry(pad, "hex").value = "#12"
    assert "#12" in status(pad)
    assert "#rrggbb" in status(pad)
    assert "\n" not in status(pad)
    assert pad.state == before
    button(pad, "Next").click()
    assert "#12" not in status(pad)


def test_listeners_hear_of_every_change_of_the_hints_and_of_nothing_else(pad):
    heard = []
    pad.on_change(lambda: heard.append(len(pad.hints)))
    pad.paint("red")
    pad.paint("red")
    pad.select(4)
    pad.paint("blue")
    pad.undo()
    assert heard == [1, 2, 1]


def test_what_a_user_writes_reaches_the_page_as_text_only(pad):
    entry(pad, "hex").value = "<script>alert(1)</script>"
    assert "<script>" not in pad.status.widget.value
    assert "&lt;script&gt;" in pad.status.widget.value


def test_recent_colours_come_newest_first_and_once(pad):
    for color in ("red", "lime", "blue", "red"):
        pad.paint(color)
    assert swatches(pad, "recent") == ("#ff0000", "#0000ff", "#00ff00")


def test_suggestions_stay_while_a_region_is_tried_in_several_colours(pad):
    before = len(pad.scene.colorizer.asked)
    for color in ("red", "lime", "blue"):
        pad.paint(color)
    assert len(pad.scene.colorizer.asked) == before
    pad.next()
    assert len(pad.scene.colorizer.asked) == before + 1


# Clicks and touches.


@pytest.mark.parametrize("side", ["left", "right"])
@pytest.mark.parametrize("rank", MIDDLES)
def test_a_click_on_either_picture_goes_to_the_region_under_it(pad, side, rank):
    click(pad, *MIDDLES[rank], side)
    assert pad.rank == rank


def test_a_tap_is_a_click_and_the_ghost_click_after_it_is_none(monkeypatch):
    now = [100.0]
    monkeypatch.setattr("colornb.widgets._view.canvas.time.monotonic", lambda: now[0])
    canvas, seen = LayerCanvas(100, 200), []
    canvas.on_click(lambda x, y: seen.append((x, y)))
    send(canvas, "touch_start", touches=[{"x": 50, "y": 25}])
    send(canvas, "touch_end", touches=[])
    for event in ("mouse_down", "mouse_up"):
        send(canvas, event, x=50, y=25)
    assert seen == [(0.25, 0.25)]
    now[0] += 2 * GHOST_SECONDS
    for event in ("mouse_down", "mouse_up"):
        send(canvas, event, x=100, y=75)
    assert seen == [(0.25, 0.25), (0.5, 0.75)]


@pytest.mark.parametrize(
    "events",
    [
        [("mouse_down", (10, 10)), ("mouse_up", (40, 10))],
        [("mouse_up", (10, 10))],
        [("touch_start", [(10, 10)]), ("touch_move", [(60, 10)]), ("touch_end", [])],
        [("touch_start", [(10, 10)]), ("touch_start", [(10, 10), (50, 50)]), ("touch_end", [])],
        [("touch_start", [(10, 10)]), ("touch_cancel", []), ("touch_end", [])],
    ],
)
def test_a_drag_a_pinch_or_half_a_click_is_no_click(events):
    canvas, seen = LayerCanvas(100, 200), []
    canvas.on_click(lambda x, y: seen.append((x, y)))
    for event, where in events:
        touches = [{"x": x, "y": y} for x, y in where] if event.startswith("touch") else None
        send(canvas, event, **({"touches": touches} if touches is not None else dict(zip("xy", where, strict=True))))
    assert seen == []


def test_a_click_on_the_very_edge_is_inside_the_picture(pad):
    click(pad, 1.0, 1.0)
    assert pad.rank == 3
    assert "outside" not in status(pad)


# What is drawn.


def test_pixels_go_to_the_browser_without_loss(wire, generator):
    canvas = LayerCanvas(30, 40)
    pixels = torch.randint(0, 256, (30, 40, 4), generator=generator, dtype=torch.uint8).numpy()
    canvas.show("picture", pixels)
    (data,) = [bytes(buffer) for _, buffers in wire for buffer in buffers]
    assert data.startswith(b"\x89PNG")
    assert np.array_equal(np.array(Image.open(io.BytesIO(data))), pixels)


@pytest.mark.parametrize("shape", [(30, 40, 3), (30, 40), (40, 30, 4)])
def test_a_canvas_refuses_what_would_be_sent_as_jpeg_or_scaled(shape):
    with pytest.raises(ValueError, match="RGBA"):
        LayerCanvas(30, 40).show("picture", np.zeros(shape, np.uint8))


def test_a_browser_that_comes_later_is_sent_everything_again(pad, wire):
    pad.paint("red")
    wire.clear()
    send(pad.left, "client_ready")
    commands = [command for batch, _ in wire for command in batch]
    names = [command[0] for command in commands]
    assert names[0] == COMMANDS["switchCanvas"], "the new browser has no current canvas yet"
    assert names.count(COMMANDS["putImageData"]) == 2


def test_unchanged_layers_are_not_sent_again(pad, wire):
    pad.select(pad.rank)
    assert wire == []


def test_canvases_have_their_own_size_in_css(pad):
    for canvas in (pad.left, pad.right):
        layout = canvas.widget.layout
        assert (layout.width, layout.height) == (f"{canvas.width}px", f"{canvas.height}px")
        assert not getattr(canvas.widget, "tooltip", None), "ipycanvas cannot draw a canvas that has one"


def test_the_right_canvas_shows_exactly_the_painted_picture(pad):
    pad.paint("#0a64c8")
    pixels = pad.right.pixels["picture"]
    assert np.array_equal(pixels[..., :3], to_uint8(resize(pad.rgb, pixels.shape[:2])))
    assert (pixels[..., 3] == 255).all()


def test_the_left_canvas_shows_hints_under_lines_and_lights_the_region_asked_for(pad):
    pad.paint("#0a64c8")
    height, width = pad.left.height, pad.left.width
    row, column = int(0.9 * height), int(0.1 * width)
    assert tuple(pad.left.pixels["picture"][row, column]) == (0x0A, 0x64, 0xC8, 255)
    assert tuple(pad.left.pixels["picture"][0, 5, :3]) < (60, 60, 60), "the frame is a line"
    assert tuple(pad.left.pixels["marks"][row, column]) == (0, 0, 0, 0)
    assert tuple(pad.left.pixels["marks"][row // 4, column]) == DIM_OVERLAY
    pad.finish()
    assert not pad.left.pixels["marks"].any()


def test_a_tiny_region_gets_a_ring_and_a_big_one_none():
    labels = np.zeros((200, 200), int)
    labels[100:104, 100:104] = 1
    ring = draw_spotlight(labels, 1)
    assert (ring[85:117, 85:117] == ACCENT).all(-1).sum() > (ring[97:107, 97:107] == ACCENT).all(-1).sum()
    assert tuple(draw_spotlight(labels, 0)[100 - 14, 100]) == (0, 0, 0, 0)


def test_labels_follow_the_partition_at_any_size():
    labels = label(partition(24), 240, 120)
    for rank, (x, y) in MIDDLES.items():
        assert labels[int(y * 240), int(x * 120)] == rank


def test_every_region_that_has_a_pixel_can_be_seen_on_a_smaller_canvas():
    regions = torch.zeros(3, 64, 64, dtype=torch.bool)
    regions[1, 31, 17] = True
    regions[0] = ~regions[1]
    labels = label(regions, 20, 20)
    assert set(np.unique(labels)) == {0, 1}
    assert labels[31 * 20 // 64, 17 * 20 // 64] == 1


def test_crumbs_of_a_region_are_lit_but_not_outlined():
    labels = np.zeros((100, 100), int)
    labels[10:40, 10:40] = labels[70:73, 70:73] = 1
    marks = draw_spotlight(labels, 1)
    assert tuple(marks[9, 20]) == ACCENT
    assert tuple(marks[71, 71]) == (0, 0, 0, 0)
    assert tuple(marks[69, 71]) == DIM_OVERLAY


def test_marks_laid_over_a_picture_look_as_in_the_browser():
    below = Image.new("RGBA", (2, 1), (200, 100, 50, 255))
    marks = np.array([[[28, 32, 48, 115], [0, 0, 0, 0]]], np.uint8)
    expected = np.array(Image.alpha_composite(below, Image.fromarray(marks)), int)
    assert np.abs(alpha_composite(np.array(below), marks).astype(int) - expected).max() <= 1


def test_hint_colours_show_through_paper_only():
    sketch = np.array([[1.0, 0.5, 0.0]], np.float32)
    pixels = draw_region_colors(sketch, np.zeros((1, 3), int), ["#c86432"])
    assert pixels[0, :, :3].tolist() == [[200, 100, 50], [100, 50, 25], [0, 0, 0]]


@pytest.mark.parametrize(
    ("size", "box", "expected"),
    [((300, 451), (400, 360), (239, 360)), ((4000, 10), (400, 360), (400, 1)), ((1, 1), (400, 360), (360, 360))],
)
def test_pictures_fit_their_box(size, box, expected):
    assert fit(*size, *box) == expected


# The latest wish wins.


def test_of_a_burst_of_colours_only_the_first_and_the_last_are_painted(pad):
    painted = len(pad.scene.colorizer.predicted)

    async def burst():
        for level in range(256):
            pad.paint((level / 255, 0.0, 0.0))
        assert "Painting" in status(pad), "the page says that it is busy"
        await asyncio.sleep(0.1)

    asyncio.run(burst())
    assert pad.scene.colorizer.predicted[painted:] == [(Region(2, color),) for color in ("#000000", "#ff0000")]
    assert tuple(pad.right.pixels["picture"][-20, 20, :3]) == (255, 0, 0)
    assert "Painted in" in status(pad)
    assert len(pad.store.history) == 256, "every event was taken in"


def test_what_is_said_while_it_paints_is_not_wiped_away(pad):
    async def save():
        pad.paint("red")
        pad.status.show("Saved out.png.")
        await asyncio.sleep(0.1)

    asyncio.run(save())
    assert status(pad) == "Saved out.png."
    assert is_painted(pad)


def test_next_in_a_burst_keeps_the_colour_of_its_own_region(pad):
    async def burst():
        pad.paint("red")
        pad.next()
        pad.next()

    asyncio.run(burst())
    assert pad.hints == [Region(2, "#ff0000"), Region(0, GUESS)]


def test_a_request_that_waits_is_merged_and_can_be_flushed_or_cancelled():
    done = []

    async def scene():
        later = Debouncer(10.0, lambda: done.append(1))
        later.schedule()
        later.schedule()
        assert (later.is_waiting, done) == (True, [])
        later.flush()
        later.flush()
        assert (later.is_waiting, done) == (False, [1])
        later.schedule()
        later.cancel()
        assert not later.is_waiting

    asyncio.run(scene())
    assert done == [1]


def test_a_painter_that_fails_says_so_in_one_line_and_the_pad_lives_on(pad, monkeypatch, caplog):
    def fail(*_, **__):
        raise RuntimeError("out of memory: close something\nand a long trace")

    monkeypatch.setattr(pad.scene.colorizer, "predict", fail)
    button(pad, "red #").click()
    assert status(pad) == "out of memory: close something"
    assert "long trace" in caplog.text, "the developer finds all of it in the log"
    monkeypatch.undo()
    pad.paint("blue")
    assert region_color(pad.rgb, 2) == "#0000ff"


# Pages without a kernel.


def test_the_pad_is_shown_as_a_widget_and_as_a_picture(pad):
    pad.paint("red")
    bundle = pad._repr_mimebundle_()
    assert bundle["application/vnd.jupyter.widget-view+json"]["model_id"] == pad.model_id
    assert bundle["text/plain"] == "RegionPad(1 of 5 regions coloured)"
    image = np.array(Image.open(io.BytesIO(base64.b64decode(bundle["image/png"]))).convert("RGB"))
    assert (image == (255, 0, 0)).all(-1).sum() > 2000, "the colour given can be seen"


def test_every_layer_is_stored_for_a_page_without_a_kernel(pad):
    pad.paint("red")
    pad._repr_mimebundle_()
    for canvas in (pad.left, pad.right):
        for layer, pixels in canvas.pixels.items():
            stored = canvas.widget[LAYERS.index(layer)].image_data
            assert np.array_equal(np.array(Image.open(io.BytesIO(stored)).convert("RGBA")), pixels)


def test_the_static_twin_shows_sketch_hints_and_result_and_leaves_pyplot_alone(pad):
    from matplotlib import pyplot

    pad.paint("#0a64c8")
    figure = pad.figure()
    titles = [axes.get_title() for axes in figure.axes]
    assert titles == ["asks for region 1 of 5", "1 colour given", "painted"]
    assert np.array_equal(figure.axes[2].images[0].get_array(), pad.right.pixels["picture"])
    assert pyplot.get_fignums() == []
    pad.finish()
    assert pad.figure().axes[0].get_title() == "sketch"


def test_the_twin_is_up_to_date_even_while_a_colour_waits(pad):
    async def scene():
        pad.paint("red")
        return pad.figure()

    pixels = asyncio.run(scene()).axes[2].images[0].get_array()
    assert tuple(pixels[-20, 20, :3]) == (255, 0, 0)


# Sessions.


def test_a_session_goes_through_json_to_the_same_picture(pad):
    pad.paint("red")
    pad.next()
    pad.skip()
    pad.paint("#123")
    other = new_pad()
    other.load_state(json.loads(json.dumps(pad.state)))
    assert other.state == pad.state
    assert torch.equal(other.rgb, pad.rgb)
    other.undo()
    assert other.hints == []


def test_a_session_is_a_hint_file_and_a_hint_file_a_session(pad):
    pad.paint("red")
    assert from_json(json.dumps(pad.state)) == pad.hints
    other = new_pad()
    other.load_state(json.loads(to_json([Region(4, "lime")])))
    assert other.hints == [Region(4, "#00ff00")]


@pytest.mark.parametrize(
    "state",
    [
        {},
        {"colornb": 99, "hints": []},
        {"colornb": 1, "hints": [{"kind": "region", "rank": 5, "color": "red"}]},
        {"colornb": 1, "hints": [{"kind": "region", "rank": -1, "color": "red"}]},
        {"colornb": 1, "hints": [{"kind": "region", "rank": 2, "color": "#12"}]},
        {"colornb": 1, "hints": [{"kind": "point", "x": 0.5, "y": 0.5, "color": "red"}]},
        {"colornb": 1, "hints": [], "rank": 17},
        {"colornb": 1, "hints": [], "rank": float("nan")},
        {"colornb": 1, "hints": [], "rank": [0]},
        {"colornb": 1, "hints": [], "skipped": 3},
        {"colornb": 1, "hints": [], "skipped": ["x"]},
        {"colornb": 1, "hints": [Point(0.5, 0.5, "red")]},
    ],
)
def test_a_broken_session_gives_one_line_and_keeps_the_work(pad, state):
    pad.paint("red")
    before = pad.state
    with pytest.raises(ValueError) as error:
        pad.load_state(state)
    assert str(error.value)
    assert "\n" not in str(error.value)
    assert pad.state == before


def test_states_are_values():
    state = RegionState((2, 0), 2)
    assert state.paint("red") == state.paint("#ff0000") != state


# Taking the picture home.


def test_export_writes_the_picture_at_its_own_size(pad, tmp_path):
    pad.paint("#0a64c8")
    button(pad, "Export").click()
    entry(pad, "path").value = str(tmp_path / "mine.png")
    button(pad, "Save").click()
    assert np.array_equal(to_uint8(load_image(tmp_path / "mine.png")), to_uint8(pad.rgb))
    assert pad.rgb.shape == (1, 3, 48, 60)
    assert "60 × 48" in status(pad)


def test_the_download_link_holds_the_picture_itself(pad):
    pad.paint("#0a64c8")
    button(pad, "Export").click()
    name, data = re.search(r'download="([^"]+)" href="data:image/png;base64,([^"]+)"', pad.export.link.value).groups()
    assert name == "painted.png"
    assert np.array_equal(np.array(Image.open(io.BytesIO(base64.b64decode(data)))), to_uint8(pad.rgb))
    pad.paint("red")
    assert pad.export.link.value == "", "the old picture must not be downloaded as the new one"
    assert not pad.export.is_open


@pytest.mark.parametrize("name", ["mine.gif.txt", "no_such_folder/mine.png", ""])
def test_a_bad_file_name_gives_one_line_and_keeps_the_work(pad, tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    pad.paint("red")
    entry(pad, "path").value = name
    button(pad, "Save").click()
    assert "cannot write" in status(pad)
    assert pad.hints == [Region(2, "#ff0000")]
    assert not list(tmp_path.iterdir())


def test_export_writes_all_layers_too(pad, tmp_path):
    pad.paint("#0a64c8")
    entry(pad, "path").value = str(tmp_path / "mine.ora")
    button(pad, "Save").click()
    with zipfile.ZipFile(tmp_path / "mine.ora") as file:
        merged = np.array(Image.open(io.BytesIO(file.read("mergedimage.png"))))
        assert b"region 3" in file.read("stack.xml")
    assert np.array_equal(merged[..., :3], to_uint8(pad.rgb))
    assert "60 × 48" in status(pad)


def test_work_is_saved_and_gone_on_from_in_another_pad(pad, tmp_path):
    pad.paint("#0a64c8")
    pad.next()
    pad.skip()
    entry(pad, "path").value = str(tmp_path / "mine.json")
    button(pad, "Save").click()
    assert "Saved your work" in status(pad)
    assert from_json((tmp_path / "mine.json").read_text()) == pad.hints
    other = new_pad()
    other.paint("red")
    entry(other, "path").value = str(tmp_path / "mine.json")
    button(other, "Load").click()
    assert other.state == pad.state
    assert np.array_equal(to_uint8(other.rgb), to_uint8(pad.rgb))
    other.undo()
    assert other.hints == [Region(2, "#ff0000")]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (b'{"colornb": 1, "hi', "holds no saved work"),
        (b"\xff\xfe\x00", "holds no saved work"),
        (b"[1, 2]", "holds no saved work"),
        (b'{"colornb": 2, "hints": []}', "version 2"),
        (b'{"colornb": 1, "hints": [{"kind": "region", "rank": NaN, "color": "#ff0000"}]}', "hint 0"),
        (b'{"colornb": 1, "hints": [{"kind": "region", "rank": 99, "color": "#ff0000"}]}', "no region 99"),
        (b'{"colornb": 1, "hints": [{"kind": "region", "rank": 1, "color": "#12"}]}', "not a colour"),
        (b'{"colornb": 1, "hints": [{"kind": "point", "x": 5, "y": 0, "color": "red", "size": 0.1}]}', "hint 0"),
        (None, "cannot read"),
    ],
)
def test_a_file_that_is_no_work_gives_one_line_and_keeps_what_is_there(pad, tmp_path, text, words):
    pad.paint("red")
    before = pad.state
    if text is not None:
        (tmp_path / "mine.json").write_bytes(text)
    entry(pad, "path").value = str(tmp_path / "mine.json")
    button(pad, "Load").click()
    assert words in status(pad)
    assert "\n" not in status(pad)
    assert pad.state == before


def test_save_is_there_for_scripts_too(pad, tmp_path):
    assert pad.save(tmp_path / "a.png") == tmp_path / "a.png"
    assert load_image(tmp_path / "a.png").shape == (1, 3, 48, 60)


# Pictures and painters of every kind.


def test_a_picture_may_be_a_path_an_array_a_tensor_or_the_painters_own(tmp_path):
    rgb = picture()
    path = tmp_path / "holiday.png"
    Image.fromarray(to_uint8(rgb)).save(path)
    colorizer = FakeColorizer(("region",))
    for given_picture in (path, str(path), to_uint8(rgb), rgb):
        RegionPad(colorizer, given_picture)
        assert np.array_equal(to_uint8(colorizer.image), to_uint8(rgb))
    assert RegionPad(colorizer).scene.image is colorizer.image
    assert entry(RegionPad(colorizer, path), "path").value == "holiday_painted.png"


@pytest.mark.parametrize("size", [(1, 1), (1, 300), (700, 3)])
def test_pictures_of_odd_sizes_can_be_painted(size):
    pad = new_pad(*size)
    pad.paint("red")
    assert pad.rgb.shape[-2:] == size
    assert pad._repr_mimebundle_()["image/png"]


def test_a_large_picture_is_shown_small_and_solved_in_full_only_for_export(monkeypatch):
    monkeypatch.setattr("colornb.widgets._pad.MAX_DIRECT", 1000)
    pad = new_pad()
    pad.paint("red")
    assert set(pad.scene.colorizer.sizes) == {False}
    assert tuple(pad.right.pixels["picture"][-20, 20, :3]) == (255, 0, 0)
    assert pad.rgb.shape == (1, 3, 48, 60)
    assert (pad.scene.colorizer.predicted[-1], pad.scene.colorizer.sizes[-1]) == ((Region(2, "#ff0000"),), True)


def test_the_same_hints_are_not_painted_twice(pad):
    pad.paint("red")
    before = len(pad.scene.colorizer.predicted)
    assert pad.rgb is pad.rgb
    pad.figure()
    pad.select(0)
    assert len(pad.scene.colorizer.predicted) == before


def test_two_pads_share_a_painter_and_keep_their_pictures():
    colorizer = FakeColorizer(("region",))
    first, second = RegionPad(colorizer, picture(48, 60)), RegionPad(colorizer, picture(30, 20))
    first.paint("red")
    second.paint("blue")
    assert first.rgb.shape[-2:] == (48, 60)
    assert second.rgb.shape[-2:] == (30, 20)
    first.next()
    assert colorizer.looked == 5, "it looks again only when another pad had it"


def test_a_painter_without_regions_is_refused_with_the_mend():
    with pytest.raises(ValueError, match="guiding_painter") as error:
        RegionPad(FakeColorizer(("point",)), picture())
    assert "\n" not in str(error.value)


def test_the_real_colorizer_can_be_painted_with():
    from colornb import methods
    from colornb.colorizer import Colorizer

    colorizer = Colorizer(methods.build("guiding_painter", "tiny"), 32)
    pad = RegionPad(colorizer, picture(40, 56))
    image: RGB = pad.rgb
    sketch: Sketch = colorizer.sketch
    assert image.shape[-2:] == sketch.shape[-2:] == (40, 56)
    before = pad.rgb
    pad.paint("red")
    assert not torch.equal(pad.rgb, before)
    assert torch.equal(pad.rgb, colorizer.predict(pad.hints))
    click(pad, 0.5, 0.5)
    assert tuple(pad.left.pixels["marks"][pad.left.height // 2, pad.left.width // 2]) == (0, 0, 0, 0)


def test_a_painter_without_a_picture_is_refused_with_the_mend():
    from colornb import methods
    from colornb.colorizer import Colorizer

    with pytest.raises(ValueError, match="set_image"):
        RegionPad(Colorizer(methods.build("guiding_painter", "tiny"), 32))
