"""What RegionPad keeps and gives away: sessions, pictures, layers, and what it takes."""

import base64
import io
import json
import re
import zipfile

import numpy as np
import pytest
import torch
from PIL import Image
from test_region_pad import new_pad
from widgets.driver import (
    button,
    click,
    entry,
    status,
)
from widgets.fake_colorizer import FakeColorizer, picture

from colornb.hints import Point, Region, from_json, to_json
from colornb.images import load_image, to_uint8
from colornb.types import RGB, Sketch
from colornb.widgets import RegionPad
from colornb.widgets._model.regions import RegionState

pytestmark = pytest.mark.usefixtures("small_canvases")


@pytest.fixture
def pad():
    return new_pad()


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
        (b'{"colornb": 1, "hints": [{"kind": "region", "rank": 99, "color": "#ff0000"}]}', "region 99 does not exist"),
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
    monkeypatch.setattr("colornb.widgets._renderer.MAX_DIRECT", 1000)
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
