"""Lines that no colour crosses, drawn in a studio while points are given."""

import pytest
from widgets.driver import button, click, drag, html, is_off, is_painted, key, pixels, status, toggle, touch, words
from widgets.fake_colorizer import FakeColorizer, picture

from colornb.hints import EdgeScribble, Point
from colornb.widgets import PointPad, Studio

pytestmark = pytest.mark.usefixtures("small_canvases")
START, END = (0.2, 0.2), (0.8, 0.7)


@pytest.fixture
def studio():
    """With the tool for points in hand, and lines to be drawn."""
    made = Studio(picture(), kind="drawing", models={"drawing": FakeColorizer()})
    made.tool = "point"
    made.pad.add(0.5, 0.5, "red")
    toggle(made, "Line").value = True
    return made


def lines(studio):
    return [hint for hint in studio.hints if isinstance(hint, EdgeScribble)]


@pytest.mark.parametrize("side", ["left", "right"])
def test_a_drag_draws_a_line_that_is_given_to_the_model_and_seen(studio, side):
    before = pixels(studio, "left")
    drag(studio, START, END, side)
    (line,) = lines(studio)
    assert line.path[0] == pytest.approx(START, abs=0.01)
    assert line.path[-1] == pytest.approx(END, abs=0.01)
    assert studio.tool == "point"
    assert is_painted(studio)
    assert (pixels(studio, "left") != before).any(), "the line shows on the left picture"
    assert "1 line that no colour crosses" in words(studio)
    drag(studio, (0.2, 0.6), (0.3, 0.9))
    assert len(lines(studio)) == 2


def test_lines_begin_on_points_too_and_clicks_give_points_as_always(studio):
    drag(studio, (0.5, 0.5), (0.9, 0.5))
    assert [hint for hint in studio.hints if isinstance(hint, Point)] == [Point(0.5, 0.5, "#ff0000")]
    click(studio, 0.1, 0.1)
    assert len(studio.document.points.hints) == 2
    toggle(studio, "Line").value = False
    drag(studio, (0.5, 0.5), (0.9, 0.5))
    assert len(lines(studio)) == 1
    assert studio.document.points.hints[0].x == pytest.approx(0.9, abs=0.02), "without it a drag moves a point"


def test_a_line_is_a_step_and_delete_and_clear_are_about_lines(studio):
    assert is_off(studio, "Delete", "Clear") == {"Delete", "Clear"}
    drag(studio, START, END)
    drag(studio, (0.2, 0.6), (0.3, 0.9))
    first, second = lines(studio)
    studio.undo()
    assert (lines(studio), studio.tool) == ([first], "point")
    studio.redo()
    assert (lines(studio), studio.tool) == ([first, second], "point")
    key(studio, "Delete")
    assert lines(studio) == [first]
    button(studio, "Clear").click()
    assert lines(studio) == []
    assert len(studio.document.points.hints) == 1, "points stay"
    studio.undo()
    assert lines(studio) == [first]
    toggle(studio, "Line").value = False
    key(studio, "Delete")
    assert studio.hints == [first], "a point again"


def test_a_key_begins_and_ends_it(studio):
    key(studio, "l")
    assert toggle(studio, "Line").value is False
    key(studio, "l")
    assert "What must no colour cross" in words(studio)
    assert "Draw lines that no colour crosses" in html(studio)


def test_two_fingers_zoom_and_draw_no_line(studio):
    touch(studio, "touch_start", (20, 20))
    touch(studio, "touch_move", (50, 40))
    touch(studio, "touch_start", (50, 40), (80, 60))
    touch(studio, "touch_end")
    assert lines(studio) == []


def test_the_tool_scribbles_goes_on_with_a_line_and_a_session_holds_it(studio, tmp_path):
    drag(studio, START, END)
    work = studio.save(tmp_path / "work.json")
    studio.tool = "edge"
    studio.pad.select(0)
    studio.pad.resize(5 / 256)
    assert lines(studio)[0].width == 5 / 256
    studio.undo()
    other = Studio(picture(), kind="drawing", models={"drawing": FakeColorizer()})
    other.load(work)
    assert other.hints == studio.hints


def test_where_a_model_takes_no_lines_none_are_offered():
    alone = PointPad(FakeColorizer(), picture())
    made = Studio(picture(), kind="photo", models={"photograph": FakeColorizer(("point",))})
    for widget, pad in ((alone, alone), (made, made.pad)):
        assert ">Line" not in words(widget)
        with pytest.raises(StopIteration):
            toggle(widget, "Line")
        key(widget, "l")
        drag(widget, START, END)
        with pytest.raises(ValueError, match="open a studio"):
            pad.add_line([START, END])
        assert list(widget.hints) == []
        assert "error" not in status(widget).lower()
