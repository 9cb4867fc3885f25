"""The studio without a browser: its tools, one history for all, pictures opened, work kept, saved and refused."""

import asyncio
import io
import json
import zipfile

import numpy as np
import pytest
import torch
from ipywidgets import ToggleButton, ToggleButtons
from PIL import Image
from widgets.driver import click, html, parts, pixels, rest, swatches
from widgets.fake_colorizer import ALL_KINDS, FakeColorizer, picture

from colornb.color import parse_color
from colornb.hints import EdgeScribble, Point, Region, to_json
from colornb.images import load_image, to_uint8
from colornb.widgets import EdgePad, Studio
from colornb.widgets._view.canvas import WHOLE

LINE = [(0.2, 0.5), (0.8, 0.5)]


pytestmark = pytest.mark.usefixtures("small_canvases")


def models():
    return {"drawing": FakeColorizer(), "photograph": FakeColorizer(("point", "edge"))}


@pytest.fixture
def studio():
    return Studio(picture(), kind="drawing", models=models())


def all_three(studio):
    """One hint of each kind."""
    studio.tool = "region"
    studio.pad.paint("#0a64c8")
    studio.tool = "point"
    studio.pad.add(0.3, 0.3, "red")
    studio.tool = "edge"
    studio.pad.add(LINE)
    return studio


def kinds(studio):
    return [type(hint) for hint in studio.hints]


def test_all_kinds_of_hints_go_to_the_painter_together_regions_below_and_scribbles_last(studio):
    all_three(studio)
    assert kinds(studio) == [Region, Point, EdgeScribble]
    assert studio.colorizer.predicted[-2:][0] == tuple(studio.hints) or studio.colorizer.predicted[-1] == tuple(
        studio.hints
    )
    for tool in ALL_KINDS:
        studio.tool = tool
        assert torch.equal(studio.rgb, studio.colorizer.predict(studio.hints))
    studio.tool = "region"
    studio.pad.next()
    studio.pad.paint("yellow")
    assert kinds(studio) == [Region, Region, Point, EdgeScribble]


def test_a_tool_is_a_button_and_the_pad_of_that_tool_is_on_the_page(studio):
    tools = next(part for part in parts(studio) if isinstance(part, ToggleButtons))
    assert list(tools.options) == ["Regions", "Points", "Scribbles"]
    tools.value = "Scribbles"
    assert studio.tool == "edge"
    assert studio.pad in parts(studio)
    assert isinstance(studio.pad, EdgePad)
    with pytest.raises(ValueError, match="no brush hints"):
        studio.tool = "brush"
    assert studio.tool == "edge"


def test_undo_walks_back_through_all_tools_and_shows_each(studio):
    all_three(studio)
    pictures = [studio.rgb]
    for tool, left in (("edge", [Region, Point]), ("point", [Region]), ("region", [])):
        studio.undo()
        assert (studio.tool, kinds(studio)) == (tool, left)
        assert studio.pad in parts(studio)
        pictures.append(studio.rgb)
    studio.undo()
    for tool, before in zip(("region", "point", "edge"), pictures[-2::-1], strict=True):
        studio.redo()
        assert studio.tool == tool
        assert torch.equal(studio.rgb, before)
    shown = pixels(studio, "right")
    assert ((shown[..., 1] > 200) & (shown[..., 0] < 90)).any(), "the scribble"


def test_undo_takes_back_the_colours_used_too(studio):
    studio.tool = "point"
    studio.pad.paint("red")  # for the next point: no hint yet
    studio.pad.add(0.5, 0.5, "blue")
    studio.tool = "region"
    assert studio.document.recent == ("#0000ff", "#ff0000")
    assert swatches(studio, "recent") == studio.document.recent, "tools share the colours used"
    studio.undo()
    assert swatches(studio, "recent") == ("#ff0000",)
    studio.undo()
    assert studio.document.recent == ()
    assert studio.hints == []
    studio.redo()
    studio.redo()
    assert studio.document.recent == ("#0000ff", "#ff0000")


def test_another_picture_is_a_step_that_undo_takes_back(studio):
    all_three(studio)
    before, shown, hints = studio.state, studio.rgb, studio.hints
    studio.open_picture(picture(40, 40), "drawing", name="second.png")
    assert studio.hints == []
    assert studio.rgb.shape == (1, 3, 40, 40)
    assert "second" in html(studio)
    studio.tool = "point"
    studio.pad.add(0.5, 0.5, "red")
    studio.undo()
    studio.undo()
    assert studio.hints == hints
    assert torch.equal(studio.rgb, shown)
    assert studio.state == before
    studio.redo()
    studio.redo()
    assert kinds(studio) == [Point]
    assert torch.equal(studio.rgb, studio.colorizer.predict(studio.hints))


def test_another_picture_is_seen_whole_and_another_tool_or_model_as_large_as_before(studio):
    studio.pad.look(WHOLE.zoom(3))
    studio.tool = "point"
    studio.model = "photograph"
    assert studio.pad.viewport == WHOLE.zoom(3)
    studio.open_picture(picture(40, 40), "drawing", name="second.png")
    assert studio.pad.viewport == WHOLE
    studio.pad.look(WHOLE.zoom(2))
    studio.undo()
    assert studio.pad.viewport == WHOLE


def test_a_zoom_that_is_still_to_be_seen_disturbs_no_other_picture(studio):
    async def scenario():
        failed = []
        asyncio.get_running_loop().set_exception_handler(lambda _, about: failed.append(about))
        studio.pad.look(WHOLE.zoom(3))
        studio.open_picture(picture(40, 40), "drawing", name="second.png")
        await asyncio.sleep(0.1)
        return failed

    assert asyncio.run(scenario()) == []


def test_another_model_keeps_the_hints_it_hears_and_the_rest_for_later(studio):
    all_three(studio)
    drawn = studio.rgb
    studio.model = "photograph"
    assert kinds(studio) == [Point, EdgeScribble]
    assert torch.equal(studio.rgb, studio.colorizer.predict(studio.hints))
    studio.model = "drawing"
    assert kinds(studio) == [Region, Point, EdgeScribble], "nothing is lost"
    assert torch.equal(studio.rgb, drawn)
    studio.undo()
    assert studio.model == "photograph"
    with pytest.raises(ValueError, match="no model named 'oil'"):
        studio.model = "oil"


def test_the_model_follows_the_picture():
    photo = picture()
    paper = torch.ones(1, 3, 48, 60)
    paper[..., 20:22, :] = 0
    assert Studio(photo, models=models()).model == "photograph"
    assert Studio(paper, models=models()).model == "drawing"
    assert Studio(photo, models={"mine": FakeColorizer()}).model == "mine"


def test_layers_are_hidden_and_shown(studio):
    all_three(studio)
    studio.tool = "point"
    left = studio.pad.left
    full, marks = left.pixels["picture"], left.pixels["marks"]
    studio.show_layer("point", False)
    assert not left.pixels["marks"].any()
    studio.show_layer("edge", False)
    studio.show_layer("region", False)
    assert (left.pixels["picture"][..., :3] == 255).all(), "bare paper: the sketch has no lines"
    for layer in ("point", "edge", "region"):
        studio.show_layer(layer)
    assert np.array_equal(left.pixels["picture"], full)
    assert np.array_equal(left.pixels["marks"], marks)
    assert tuple(parse_color("#0a64c8")) in {tuple(c / 255) for c in full[..., :3].reshape(-1, 3)}
    with pytest.raises(ValueError, match="no layer 'fog'"):
        studio.show_layer("fog")


def test_layer_buttons_do_the_same(studio):
    button = next(p for p in parts(studio) if isinstance(p, ToggleButton) and p.description == "Points")
    button.value = False
    assert "point" not in studio.layers
    button.value = True
    assert "point" in studio.layers


def test_saved_work_goes_on_to_the_same_pixels(studio, tmp_path):
    all_three(studio)
    studio.tool = "region"
    studio.pad.split()
    studio.pad.next()
    path = studio.save(tmp_path / "work.json")
    other = Studio(picture(), kind="drawing", models=models())
    other.load(path)
    assert torch.equal(other.rgb, studio.rgb)
    assert other.state == studio.state
    assert (other.tool, other.document.recent) == ("region", studio.document.recent)
    other.undo()
    assert other.hints == []


def test_other_pads_go_on_from_it_too(studio, tmp_path):
    path = all_three(studio).save(tmp_path / "work.json")
    pad = EdgePad(FakeColorizer(), picture(), kind="drawing")
    pad.load(path)
    assert pad.hints == studio.hints
    assert torch.equal(pad.rgb, studio.rgb)


def test_a_plain_hint_file_is_work_enough(studio):
    studio.load_state(json.loads(to_json([Point(0.5, 0.5, "red")])))
    assert (studio.tool, kinds(studio)) == ("point", [Point])


def test_every_file_is_the_picture_on_show(studio, tmp_path):
    all_three(studio)
    for name in ("a.png", "a.webp", "a.jpg"):
        assert load_image(studio.save(tmp_path / name)).shape == studio.rgb.shape
    assert np.array_equal(to_uint8(load_image(tmp_path / "a.png")), to_uint8(studio.rgb))
    with zipfile.ZipFile(studio.save(tmp_path / "a.ora")) as file:
        merged = np.array(Image.open(io.BytesIO(file.read("mergedimage.png"))))
        names = file.read("stack.xml").decode()
    assert np.array_equal(merged[..., :3], to_uint8(studio.rgb))
    assert all(name in names for name in ("region", "points", "scribbles", "lines", "painted"))


@pytest.mark.parametrize("name", ["side.png", "side.pdf", "side.svg"])
def test_a_side_by_side_figure(studio, tmp_path, name):
    all_three(studio)
    path = studio.save_figure(tmp_path / name)
    assert path.stat().st_size > 1000
    if name.endswith("png"):
        width, height = Image.open(path).size
        assert width > 2 * height
    with pytest.raises(ValueError, match="cannot write"):
        studio.save_figure(tmp_path / "nowhere" / name)
    for other in ("", "side.gif", "side.json"):
        with pytest.raises(ValueError, match=r"end its name in \.png, \.pdf, \.svg"):
            studio.save_figure(other)


def test_the_static_picture_shows_hints_of_all_layers(studio):
    all_three(studio)
    studio.show_layer("region", False)
    titles = [axes.get_title() for axes in studio.figure().axes]
    assert titles == ["lines", "3 hints", "painted"]
    assert "region" not in studio.layers
    bundle = studio._repr_mimebundle_()
    assert {"image/png", "application/vnd.jupyter.widget-view+json"} <= set(bundle)
    assert repr(studio) == "Studio(picture, 3 hints)"


def test_listeners_hear_of_each_change_of_the_hints_once(studio):
    heard = []
    studio.on_change(lambda: heard.append(len(studio.hints)))
    all_three(studio)
    studio.tool = "region"
    studio.tool = "edge"
    assert heard == [1, 2, 3]
    studio.undo()
    assert heard == [1, 2, 3, 2]


# Bursts.


def test_nothing_of_a_burst_is_lost_and_the_last_state_is_what_is_shown(campaign):
    async def scene():
        studio = Studio(picture(), kind="drawing", models=models())
        studio.tool = "point"
        for n in range(300 if campaign else 75):  # a press and a release each
            click(studio, (n % 25 + 0.5) / 25, (n // 25 + 0.5) / 12)
        await rest(studio)
        return studio

    studio = asyncio.run(scene())
    assert studio.store.history.can_undo
    shown = pixels(studio, "right")[..., :3]
    other = Studio(picture(), kind="drawing", models=models())
    other.load_state(studio.state)
    assert np.array_equal(pixels(other, "right")[..., :3], shown)
    assert studio.colorizer.predicted[-1] == tuple(studio.hints)
