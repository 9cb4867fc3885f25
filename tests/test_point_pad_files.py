"""What PointPad refuses, draws, keeps and gives away."""

import asyncio
import base64
import io
import json

import numpy as np
import pytest
import torch
from PIL import Image
from test_point_pad import MIDDLE, new_pad
from widgets.driver import (
    button,
    canvas_size,
    click,
    drag,
    entry,
    has_canvas,
    html,
    key,
    pixel,
    rest,
    send,
    status,
    swatches,
)
from widgets.fake_colorizer import FakeColorizer, picture

import colornb
from colornb import methods, widgets
from colornb.__main__ import main
from colornb.color import at_lightness
from colornb.colorizer import Colorizer
from colornb.figures import Figure
from colornb.hints import Point, Region, from_json, to_json
from colornb.images import load_image, resize_levels, save_image, to_uint8
from colornb.widgets import PointPad
from colornb.widgets._view.overlays import ACCENT, draw_points

pytestmark = pytest.mark.usefixtures("small_canvases")


@pytest.fixture
def pad():
    return new_pad()


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
        await rest(pad)

    asyncio.run(burst())
    assert len(pad.hints) == 20
    assert pad.scene.colorizer.predicted[painted:] == [tuple(pad.hints)]
    assert np.array_equal(pad.right.pixels["picture"][..., :3], resize_levels(to_uint8(pad.rgb), *canvas_size(pad)))
    assert "Painted in" in status(pad)


# What is drawn.


def sent_over(wire):
    """The pictures that went to the browser, RGBA."""
    return [np.array(Image.open(io.BytesIO(bytes(b))).convert("RGBA")) for _, buffers in wire for b in buffers]


def test_pixels_that_changed_go_to_the_browser_without_loss(pad, wire):
    layers = [(pad.right, "picture"), (pad.left, "marks"), (pad.right, "marks")]
    before = [canvas.pixels[layer].copy() for canvas, layer in layers]
    wire.clear()
    pad.add(0.3, 0.4, "#0a64c8")
    sent = sent_over(wire)
    for (canvas, layer), old in zip(layers, before, strict=True):
        rows, columns = (np.flatnonzero((old != canvas.pixels[layer]).any((axis, 2))) for axis in (1, 0))
        part = canvas.pixels[layer][rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
        assert any(np.array_equal(part, other) for other in sent)
    assert np.array_equal(pad.right.pixels["picture"][..., :3], resize_levels(to_uint8(pad.rgb), *canvas_size(pad)))


def test_a_browser_that_comes_later_is_sent_picture_and_points_again(pad, wire):
    pad.add(0.3, 0.4, "red")
    wire.clear()
    send(pad.left, "client_ready")
    sent = sent_over(wire)
    assert all(any(np.array_equal(p, other) for other in sent) for p in pad.left.pixels.values())


def test_a_drag_sends_no_picture_but_the_painted_one(pad, wire):
    pad.hints = [MIDDLE]
    wire.clear()
    drag(pad, (0.5, 0.5), (0.8, 0.5), release=False)
    pictures = sent_over(wire)
    assert all(shown[..., 3].min() == 255 for shown in pictures if shown.shape[:2] == canvas_size(pad)), "no marks"
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
