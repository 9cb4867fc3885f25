"""What RegionPad would draw, and when: in the browser, in a burst of wishes, on a page without a kernel."""

import asyncio
import base64
import io

import numpy as np
import pytest
import torch
from ipycanvas.canvas import COMMANDS
from PIL import Image
from test_region_pad import new_pad, region_color
from widgets.driver import (
    button,
    is_painted,
    rest,
    send,
    status,
)
from widgets.fake_colorizer import GUESS, MIDDLES, partition

from colornb.hints import Region
from colornb.images import resize_levels, to_uint8
from colornb.openraster import label
from colornb.widgets._renderer import Debouncer, fit
from colornb.widgets._view.canvas import LAYERS, LayerCanvas
from colornb.widgets._view.overlays import ACCENT, HATCH, alpha_composite, draw_region_colors, draw_spotlight

pytestmark = pytest.mark.usefixtures("small_canvases")


@pytest.fixture
def pad():
    return new_pad()


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
    assert np.array_equal(pixels[..., :3], resize_levels(to_uint8(pad.rgb), *pixels.shape[:2]))
    assert (pixels[..., 3] == 255).all()


def test_the_left_canvas_shows_hints_under_lines_and_lights_the_region_asked_for(pad):
    pad.paint("#0a64c8")
    height, width = pad.left.height, pad.left.width
    row, column = int(0.9 * height), int(0.1 * width)
    assert tuple(pad.left.pixels["picture"][row, column]) == (0x0A, 0x64, 0xC8, 255)
    assert tuple(pad.left.pixels["picture"][0, 5, :3]) < (60, 60, 60), "the frame is a line"
    assert not (pad.left.pixels["marks"] == HATCH).all(-1).any(), "a colour that was given is seen as it is"
    assert tuple(pad.left.pixels["marks"][row // 4, column]) == (0, 0, 0, 0), "and so is all that is not asked about"
    assert not pad.right.pixels["marks"].any(), "nothing lies over the painted picture"
    pad.next()
    hatched = (pad.left.pixels["marks"] == HATCH).all(-1)
    inside = pad.scene.number_groups(pad.regions.groups) == pad.regions.position
    assert hatched.any()
    assert not hatched[~inside].any(), "a region without a colour is hatched, and no other"
    pad.finish()
    assert not pad.left.pixels["marks"].any()


def test_a_tiny_region_gets_a_ring_and_a_big_one_none():
    labels = np.zeros((200, 200), int)
    labels[100:104, 100:104] = 1
    ring = draw_spotlight(labels, 1)
    assert (ring[85:117, 85:117] == ACCENT).all(-1).sum() > (ring[97:107, 97:107] == ACCENT).all(-1).sum()
    assert tuple(draw_spotlight(labels, 0, is_hatched=False)[100 - 14, 100]) == (0, 0, 0, 0)


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
    assert (marks[70:73, 70:73] == HATCH).all(-1).any()
    assert tuple(marks[69, 71]) == (0, 0, 0, 0)


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
        await rest(pad)

    asyncio.run(burst())
    assert pad.scene.colorizer.predicted[painted:] == [(Region(2, color),) for color in ("#000000", "#ff0000")]
    assert tuple(pad.right.pixels["picture"][-20, 20, :3]) == (255, 0, 0)
    assert "Painted in" in status(pad)
    assert len(pad.store.history) == 256, "every event was taken in"


def test_what_is_said_while_it_paints_is_not_wiped_away(pad):
    async def save():
        pad.paint("red")
        pad.status.show("Saved out.png.")
        await rest(pad)

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
