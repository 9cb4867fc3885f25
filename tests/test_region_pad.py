"""RegionPad without a browser: its events are sent by hand, and what it asks and hears is looked at."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ipywidgets import Button, Text
from widgets.driver import (
    button,
    click,
    color_at,
    entry,
    parts,
    picker,
    send,
    status,
    swatches,
)
from widgets.fake_colorizer import GUESS, MIDDLES, ORDER, FakeColorizer, picture

from colornb import widgets
from colornb.hints import Region
from colornb.widgets import RegionPad
from colornb.widgets._view.canvas import GHOST_SECONDS, LayerCanvas
from colornb.widgets._view.controls import PALETTE

pytestmark = pytest.mark.usefixtures("small_canvases")


@pytest.fixture
def pad():
    return new_pad()


def new_pad(height=48, width=60):
    return RegionPad(FakeColorizer(("region",), frame=True), picture(height, width))


def region_color(rgb, rank):
    return color_at(rgb, *MIDDLES[rank])


# The folder of widgets.


def test_a_widget_is_found_by_its_file():
    assert widgets.list_widgets() == ["EdgePad", "LivePicture", "PointPad", "RegionPad", "Studio", "UserStudy"]
    assert "RegionPad" in dir(widgets)


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
    pad.prepare_render()(lambda show: show())()
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
