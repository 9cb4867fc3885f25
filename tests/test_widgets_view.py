"""Zoom, pan and solving beside the event loop, without a browser: events are sent by hand."""

import asyncio
import io
import threading
import time

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from ipycanvas import Canvas
from ipycanvas.canvas import COMMANDS
from ipywidgets import ToggleButton
from PIL import Image
from widgets.driver import find, key, send, touch, until, words
from widgets.fake_colorizer import EdgeFinder, FakeColorizer, picture

from colornb.hints import EdgeScribble
from colornb.widgets import EdgePad, RegionPad
from colornb.widgets._renderer import BackgroundRenderer
from colornb.widgets._view.canvas import MAX_ZOOM, WHOLE, Viewport
from colornb.widgets._view.pictures import share_room

UNIT = st.floats(0, 1)


def drag(canvas, *places):
    send(canvas, "mouse_down", x=places[0][0], y=places[0][1])
    for x, y in places[1:]:
        send(canvas, "mouse_move", x=x, y=y)
    send(canvas, "mouse_up", x=places[-1][0], y=places[-1][1])


@pytest.fixture
def pad():
    return RegionPad(FakeColorizer(("region",), frame=True), picture(300, 400))


@given(st.lists(st.tuples(st.floats(0.1, 10), UNIT, UNIT), max_size=5), UNIT, UNIT)
def test_a_view_stays_within_the_picture_and_places_go_there_and_back(zooms, x, y):
    view = WHOLE
    for factor, at_x, at_y in zooms:
        view = view.zoom(factor, at_x, at_y).move(at_x - 0.5, at_y - 0.5)
    assert 1 <= view.scale <= MAX_ZOOM
    assert 0 <= view.x <= view.x + 1 / view.scale <= 1 + 1e-9
    assert 0 <= view.y <= view.y + 1 / view.scale <= 1 + 1e-9
    assert view.outside(*view.inside(x, y)) == pytest.approx((x, y), abs=1e-6)


@given(UNIT, UNIT)
def test_the_place_under_the_pointer_stays_where_it_is(x, y):
    assert WHOLE.zoom(3, x, y).inside(x, y) == pytest.approx((x, y), abs=1e-9)


def test_a_closer_look_shows_the_pixels_of_the_large_picture(generator):
    large = np.random.default_rng(0).integers(0, 256, (80, 120, 4), np.uint8)
    assert np.array_equal(Viewport(2, 0.5, 0).crop(large, 40, 60), large[:40, 60:])
    assert np.array_equal(WHOLE.crop(large, 80, 120), large)
    assert np.array_equal(Viewport(4, 0, 0).crop(large, 40, 60)[::2, ::2], large[:20, :30])


def test_both_pictures_show_the_same_part_and_clicks_go_where_they_point(pad):
    send(pad.right, "mouse_move", x=0, y=0)
    send(pad.right, "mouse_wheel", x=0, y=-480)
    view = pad.left.viewport
    assert view == pad.right.viewport == Viewport(4.0, 0.0, 0.0)
    assert "400 %" in words(pad)
    pad.select(4)
    drag(pad.left, (pad.left.width - 1, pad.left.height - 1))  # the upper left quarter of the quarter
    assert pad.rank == 0
    pad.look(WHOLE)
    drag(pad.left, (pad.left.width - 1, pad.left.height - 1))
    assert pad.rank == 3


VIEW = Viewport(16, 0.47, 0.47)


def longest_step(marks):
    """By how many pixels the left side of what is marked moves, at most, from one row to the next that has any."""
    seen = marks[..., 3] > 0
    return int(np.abs(np.diff(seen.argmax(1)[seen.any(1)])).max())


def test_both_pictures_follow_in_one_message_which_says_what_it_is_drawn_on(pad, wire):
    pad.look(WHOLE.zoom(2))
    (batch,) = [batch for batch, _ in wire]
    switch, put = COMMANDS["switchCanvas"], COMMANDS["putImageData"]
    assert batch[0][0] == switch, "a page that has come since knows of no canvas"
    drawn = [command[1][0] for command in batch if command[0] == switch]
    assert {f"IPY_MODEL_{shown.widget[0].model_id}" for shown in (pad.left, pad.right)} <= set(drawn)
    assert sum(command[0] == put for command in batch) >= 2
    wire.clear()
    pad.left.wipe()
    assert wire[0][0][0][0] == switch


def test_a_pad_shares_its_queue_with_no_other(pad):
    def queues(one):
        return {id(shown.widget[n]._canvas_manager) for shown in (one.left, one.right) for n in range(3)}

    assert len(queues(pad)) == 1
    assert not queues(pad) & queues(RegionPad(FakeColorizer(("region",)), picture()))
    assert queues(pad) != {id(Canvas()._canvas_manager)}


def test_what_fails_while_it_is_drawn_keeps_nothing_back_that_comes_later(pad, wire):
    with pytest.raises(ZeroDivisionError), pad.left.queue.together():
        raise ZeroDivisionError
    pad.paint("red")
    assert wire


def test_a_wheel_that_goes_on_and_on_is_followed_meanwhile(pad, wire):
    async def scenario():
        wire.clear()
        for _ in range(40):
            send(pad.left, "mouse_wheel", x=0, y=-10)
            await asyncio.sleep(0.004)
        return len(wire)

    assert asyncio.run(scenario()) > 1


@pytest.mark.parametrize("fine", [1, 2])
def test_scribbles_have_no_steps_however_far_they_are_enlarged(fine):
    pad = EdgePad(EdgeFinder(("point", "edge")), picture(300, 400), [EdgeScribble([(0.4, 0.4), (0.6, 0.6)], 2 / 256)])
    height, width = pad.left.height, pad.left.width
    whole, marks = pad.left.pixels["marks"], pad.left.sources["marks"](VIEW, fine * height, fine * width)
    assert marks.shape == (fine * height, fine * width, 4)
    thick = (marks[..., 3] > 0).sum(1).max() / (whole[..., 3] > 0).sum(1).max()
    assert 4 * fine < thick < 16 * fine, "the light beside it is as thin as ever"
    assert longest_step(marks) <= 3, "it would be 16, were what is on the whole canvas enlarged"


def test_numbers_of_suggestions_stay_small_and_leave_with_what_they_are_about():
    pad = EdgePad(EdgeFinder(("point", "edge")), picture(300, 400))
    pad.find()
    size = pad.left.height, pad.left.width
    for view, seen in ((Viewport(16, 0.28, 0.4), True), (Viewport(16, 0.4, 0.4), False)):
        marks = pad.left.sources["marks"](view, *size)
        assert marks.any() == seen
        blue = (marks[..., 2] > 200) & (marks[..., 3] == 255)
        assert blue.sum() < 20 * 20


def test_regions_have_no_steps_however_far_they_are_enlarged():
    class Slanted(FakeColorizer):
        def set_image(self, image, kind="auto"):
            super().set_image(image, kind)
            upper = torch.ones(self.size, self.size).triu() > 0
            empty = torch.zeros_like(upper)
            self.regions = torch.stack([~upper, empty, upper, empty, empty, empty])

    pad = RegionPad(Slanted(("region",)), picture(300, 400))
    size = pad.left.height, pad.left.width
    numbers = pad.scene.number_seen(pad.regions.groups, VIEW, size)
    assert len(np.unique(numbers)) == 2
    assert np.abs(np.diff((numbers == numbers[0, 0]).sum(1))).max() <= 3
    assert pad.left.sources["picture"](VIEW, *size).shape[:2] == size
    assert pad.left.sources["marks"](VIEW, *size).any()


def test_a_room_is_used_by_two_pictures_beside_or_above_each_other():
    size, ratio = share_room((400, 600), 600, 1208, 1)
    assert (size, ratio) == ((400, 600), 1)
    (height, width), _ = share_room((400, 600), 900, 500, 1)
    assert width > 250 and 2 * height <= 900, "one above the other each is larger"
    size, ratio = share_room((800, 1200), 600, 1208, 2)
    assert (size, ratio) == ((400, 600), 2), "a fine screen shows twice as many pixels"
    assert share_room((400, 600), 600, 1208, 2)[1] == 1, "of those that the picture has"


def test_a_fine_screen_shows_the_pixels_of_the_picture_and_clicks_go_where_they_point(pad, wire):
    pad.paint("red")
    pad.fit(400, 288, 2.0)
    assert (pad.left.height, pad.left.width) == (168, 224)
    large = [Image.open(io.BytesIO(bytes(buffer))).size for _, buffers in wire for buffer in buffers]
    assert large and set(large[-3:]) == {(400, 300)}
    assert pad.right.pixels["picture"].shape == (168, 224, 4)
    drag(pad.left, (398, 298))
    assert pad.rank == 3
    before = pad.right.pixels["picture"]
    pad.compare(1.0)
    assert not np.array_equal(pad.right.pixels["marks"], np.zeros_like(before))
    pad.compare(0.0)
    assert not pad.right.pixels["marks"].any()


def test_keys_are_listed_and_one_that_is_held_ends_when_it_is_released(pad):
    assert "Hold to compare" in words(pad) and "Skip this region" in words(pad)
    pad.look(WHOLE.zoom(4))
    key(pad, "-")
    assert pad.viewport.scale < 4
    key(pad, "0")
    assert pad.viewport == WHOLE
    key(pad, "c")
    assert pad.pictures.share.value == 1
    key(pad, "c released")
    assert pad.pictures.share.value == 0


def test_two_fingers_zoom_and_give_no_click(pad):
    touch(pad, "touch_start", (100, 100))
    touch(pad, "touch_start", (100, 100), (200, 100))
    touch(pad, "touch_move", (50, 100), (250, 100))
    touch(pad, "touch_end")
    assert pad.left.viewport.scale == pytest.approx(2)
    assert pad.rank == 2, "nothing else was chosen"


def test_the_hand_pushes_the_picture_and_nobody_else_is_told(pad):
    told = []
    pad.left.on_drag(lambda *drag: told.append(drag))
    pad.look(WHOLE.zoom(2))
    hand = find(pad, "hand", ToggleButton)
    hand.value = True
    before, width = pad.left.viewport, pad.left.width
    drag(pad.left, (200, 150), (200 - width // 4, 150), (200 - width // 4, 150))
    assert pad.left.viewport.x == pytest.approx(before.x + 0.125, abs=0.01)
    assert told == []
    pad.look(WHOLE)
    assert not hand.value, "with the whole picture on show there is nothing to push"
    assert not pad.left.pans


def renderer(log, gate=None):
    """What notes all that it does, and whether in the thread of the loop; its work waits for `gate`, if any."""
    request = {"value": 0}

    def prepare():
        value = request["value"]

        def work(hand_over):
            log.append(("work", value, threading.current_thread() is threading.main_thread()))
            hand_over(lambda: log.append(("early", value, threading.current_thread() is threading.main_thread())))
            time.sleep(0.02) if gate is None else gate.wait(60)
            return lambda: log.append(("show", value, threading.current_thread() is threading.main_thread()))

        return work

    return request, BackgroundRenderer(0.0, prepare, lambda action: action)


def test_work_is_done_beside_the_loop_and_the_latest_request_comes_last():
    log, ticks = [], []

    async def scene():
        request, work = renderer(log, gate := threading.Event())
        for value in range(50):
            request["value"] = value
            work.schedule()
            if value == 0:
                await until(lambda: log)  # the work has begun
            await asyncio.sleep(0)
            ticks.append(value)
        gate.set()
        await until(lambda: not work.is_busy)

    asyncio.run(scene())
    assert len(ticks) == 50, "the loop goes on meanwhile"
    works, shows = ([entry for entry in log if entry[0] == kind] for kind in ("work", "show"))
    assert not any(main for _, _, main in works)
    assert all(main for _, _, main in shows)
    assert shows[-1][1] == 49
    assert [value for _, value, _ in works] == [0, 49], "requests are merged"
    expected = [(kind, value) for _, value, _ in works for kind in ("work", "early", "show")]
    assert [entry[:2] for entry in log] == expected, "what is handed over is shown before the work is done"
    assert all(main for kind, _, main in log if kind == "early")


def test_flush_waits_for_the_work_and_shows_it_once():
    log = []

    async def scene():
        _, work = renderer(log)
        work.schedule()
        await asyncio.sleep(0.01)
        work.schedule()
        work.flush()
        assert not work.is_busy
        assert [kind for kind, *_ in log] == 2 * ["work", "early", "show"]
        await asyncio.sleep(0.05)

    asyncio.run(scene())
    assert len(log) == 6


def test_without_a_loop_all_happens_at_once():
    log = []
    renderer(log)[1].schedule()
    assert log == [("work", 0, True), ("early", 0, True), ("show", 0, True)]


def test_the_kernel_answers_while_a_slow_model_paints(pad, monkeypatch):
    quick, answered, freed = pad.scene.colorizer.predict, threading.Event(), []

    def slow(*args, **kwargs):
        freed.append(answered.wait(60))  # in vain, if the loop stands still as long as this paints
        return quick(*args, **kwargs)

    monkeypatch.setattr(pad.scene.colorizer, "predict", slow)

    async def scene():
        pad.paint("red")
        for _ in range(20):
            await asyncio.sleep(0.01)
        answered.set()
        pad.flush()

    asyncio.run(scene())
    assert freed and all(freed)
    assert tuple(pad.right.pixels["picture"][-20, 20, :3]) == (255, 0, 0)
