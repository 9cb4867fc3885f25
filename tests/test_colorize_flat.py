"""One session on three ways, and flat colours: `predict`, the widgets and the command `colorize` write the same."""

import base64
import json
import re

import cv2
import numpy as np
import pytest
from ipywidgets import HTML
from picture_files import encoded
from PIL import Image, ImageDraw
from widgets.driver import button, choose, entry, is_error, parts, status
from widgets.fake_colorizer import FakeColorizer, picture

from colornb import Colorizer, methods
from colornb.__main__ import main
from colornb.hints import Point, Region
from colornb.images import Metadata, load_image, load_with_metadata, save_image, to_uint8
from colornb.openraster import read_layers, save_painting
from colornb.reading import read
from colornb.widgets import PointPad, RegionPad, Studio

pytestmark = pytest.mark.usefixtures("small_canvases")
SUFFIXES = [".png", ".tif", ".jpg", ".webp"]


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """The folder of a finished run of the smallest network that asks about regions."""
    folder = tmp_path_factory.mktemp("run")
    methods.save(methods.build("guiding_painter", "tiny", 3), folder / "network.safetensors", size=48)
    return folder


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    """A cut-out of 16 bits and 600 dots an inch, by somebody, some day: no drawing, if nobody says that it is one."""
    levels = np.random.default_rng(0).integers(20000, 65536, (60, 90, 4), dtype=np.uint16)
    levels[..., 3] = np.linspace(40000, 65535, 90)
    levels[:9, :9, 3] = 0
    exif = Image.Exif()
    exif[315] = "A. Painter"
    exif.get_ifd(0x8769)[36867] = "2020:02:29 12:34:56"
    path = tmp_path_factory.mktemp("in") / "cutout.tif"
    png = cv2.imencode(".png", levels)[1].tobytes()
    about = encoded(Image.new("RGB", (90, 60)), "JPEG", exif=exif, dpi=(600, 600))
    image, metadata = load_with_metadata(png)
    noted = load_with_metadata(about)[1]
    return save_image(image, path, Metadata(metadata.alpha, 16, noted.dpi, noted.notes))


def studio(source, run):
    studio = Studio(source, kind="drawing", model="mine", models={"mine": run})
    studio.pad.paint("#d03050")
    return studio


def region_pad(source, run):
    pad = RegionPad(Colorizer.load(run), source, kind="drawing")
    pad.paint("#d03050")
    return pad


@pytest.mark.parametrize(("make", "suffixes"), [(studio, SUFFIXES), (region_pad, [".png"])])
def test_the_widgets_and_the_command_write_the_same_file(source, run, tmp_path, make, suffixes):
    editor, work = make(source, run), tmp_path / "work.json"
    assert [type(hint) for hint in editor.hints] == [Region]
    editor.save(work)
    colorizer = Colorizer.load(run)
    colorizer.set_image(load_image(source), "drawing")
    for suffix in suffixes:
        first, second, third = (tmp_path / f"{name}{suffix}" for name in "abc")
        editor.save(first)
        assert main(["colorize", str(source), "--weights", str(run), "--hints", str(work), "--out", str(second)]) == 0
        save_image(colorizer.predict(editor.hints), third, like=source)
        assert first.read_bytes() == second.read_bytes() == third.read_bytes()
        found = read(first)
        assert found.notes == {315: "A. Painter", 36867: "2020:02:29 12:34:56"}
        assert np.allclose(found.dpi, 600, atol=0.1)
        assert (found.color.dtype == np.uint16) == (suffix in (".png", ".tif"))
        assert (found.alpha is None) == (suffix == ".jpg")


def test_layers_are_the_same_on_each_way(source, run, tmp_path):
    editor = studio(source, run)
    editor.save(tmp_path / "a.ora")
    editor.save(tmp_path / "work.json")
    call = ["colorize", str(source), "--weights", str(run), "--hints", str(tmp_path / "work.json")]
    assert main([*call, "--out", str(tmp_path / "b.ora")]) == 0
    one, other = (read_layers(tmp_path / name) for name in ("a.ora", "b.ora"))
    assert [(a.name, a.x, a.y, a.visible, a.mode) for a in one] == [
        (a.name, a.x, a.y, a.visible, a.mode) for a in other
    ]
    assert all(np.array_equal(a.pixels, b.pixels) for a, b in zip(one, other, strict=True))
    assert one[-1].mode == "svg:multiply"


def test_a_pad_of_points_keeps_what_its_file_held(source, run, tmp_path):
    colorizer = Colorizer.load(run)
    pad = PointPad(colorizer, source)
    pad.add(0.5, 0.5, "red")
    pad.save(tmp_path / "a.png")
    save_image(colorizer.predict([*pad.hints]), tmp_path / "b.png", like=source)
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()
    assert [type(hint) for hint in pad.hints] == [Point]


def test_the_download_is_the_file_that_is_saved(source, run, tmp_path):
    editor = studio(source, run)
    button(editor, "Export").click()
    link = next(part.value for part in parts(editor) if isinstance(part, HTML) and "base64," in part.value)
    data = base64.b64decode(re.search('base64,([^"]+)"', link).group(1))
    one, other = read(data), read(editor.save(tmp_path / "a.png"))
    assert np.array_equal(one.color, other.color) and np.array_equal(one.alpha, other.alpha)
    assert (one.dpi, one.notes) == (other.dpi, other.notes)


def test_work_that_is_kept_keeps_what_the_file_held(source, run, tmp_path):
    first = Studio(source, kind="drawing", model="mine", models={"mine": run}, keep=tmp_path / "keep")
    first.pad.paint("#d03050")
    second = Studio(models={"mine": run}, keep=tmp_path / "keep")
    kept, given = second.document.picture.metadata, first.document.picture.metadata
    assert (kept.depth, kept.notes) == (16, given.notes) and np.allclose(kept.dpi, 600, atol=0.1)
    assert np.abs(kept.alpha - given.alpha).max() < 1e-4


def test_an_uploaded_drawing_in_layers_opens_as_the_drawing(run, tmp_path):
    colorizer = Colorizer.load(run)
    drawing = Image.new("L", (200, 150), 255)
    ImageDraw.Draw(drawing).ellipse((20, 20, 140, 120), outline=0, width=1)
    colorizer.set_image(load_image(drawing), "drawing")
    path = save_painting(colorizer, [Region(colorizer.region_order[0], "red")], tmp_path / "page.ora")
    editor = Studio(picture(), models={"photograph": points(), "drawing": run})
    editor.open_picture(path.read_bytes(), name="page.ora")
    assert editor.model == "drawing" and editor.document.picture.name == "page"
    assert np.array_equal(to_uint8(editor.document.picture.image)[..., 0], np.asarray(drawing))
    assert main(["colorize", str(path), "--out", str(tmp_path / "a.png"), "--weights", str(run)]) == 0
    broken = tmp_path / "broken.ora"
    broken.write_bytes(path.read_bytes()[:2000])
    entry(editor, "open-path").value = str(broken)
    assert is_error(editor) and "\n" not in status(editor)
    assert editor.document.picture.name == "page"


def points():
    return FakeColorizer(("point", "edge"))


# Flat colours.


@pytest.fixture
def flat(source, run, tmp_path, capsys):
    """Run the command with --flat: its exit status, what it says, and where it writes."""

    def call(name, *more, weights=run):
        out = tmp_path / name
        words = ["colorize", str(source), "--out", str(out), "--weights", str(weights), "--kind", "drawing"]
        return main([*words, *more]), capsys.readouterr().err, out

    return call


def test_flat_colours_of_the_command_are_those_of_the_studio(source, run, flat, tmp_path):
    editor = Studio(source, kind="drawing", model="mine", models={"mine": run})
    first = editor.scene.region_order[0]
    editor.pad.select(first)
    editor.pad.paint("#d03050")
    for name, how, shown in (("over.png", "over", True), ("apart.png", "apart", False)):
        done, _, out = flat(name, "--flat", how, "--hint", "1=#d03050")
        assert done == 0
        editor.show_layer("lines", shown)
        choose(editor, ".png")
        entry(editor, "path").value = str(tmp_path / "mine.png")
        choose(editor, "_flat.png")
        button(editor, "Save").click()
        assert "mine_flat.png" in status(editor)
        assert (tmp_path / "mine_flat.png").read_bytes() == out.read_bytes()
        with Image.open(out) as found:
            assert found.mode == "RGBA" and found.size == (90, 60)
            assert np.allclose(found.info["dpi"], 600, atol=0.1)
    apart = np.array(Image.open(out))
    assert {tuple(color) for color in apart[apart[..., 3] > 0][:, :3]} == {(0xD0, 0x30, 0x50)}
    choose(editor, "_flat.ora")
    button(editor, "Save").click()
    assert [layer.name for layer in read_layers(tmp_path / "mine_flat.ora")][1:] == [
        f"region {first + 1} #d03050",
        "lines",
    ]


def test_what_cannot_be_flat_is_said_in_one_line_and_writes_nothing(flat, tmp_path):
    methods.save(methods.build("rtug", "tiny_sketch"), tmp_path / "points" / "network.safetensors", size=48)
    for said, answer in (
        (
            "--flat: this model does not accept region hints",
            flat("a.png", "--flat", "over", "--point", "0.5,0.5=red", weights=tmp_path / "points"),
        ),
        ("nothing is to be filled", flat("a.png", "--flat", "apart")),
        ("end its name in .png, .ora", flat("a.jpg", "--flat", "over", "--hint", "1=red")),
    ):
        done, error, out = answer
        assert done == 2 and said in error and error.count("\n") == 1
        assert not out.exists()


def test_a_studio_without_regions_has_no_flat_colours(tmp_path):
    editor = Studio(picture(), models={"photograph": points()})
    entry(editor, "path").value = str(tmp_path / "mine.png")
    choose(editor, "_flat.png")
    button(editor, "Save").click()
    assert is_error(editor) and "no regions to fill" in status(editor)
    assert not list(tmp_path.iterdir())


def test_a_picture_that_is_said_to_be_a_drawing_stays_one(source, run, tmp_path):
    """What the session saw it as is what the command sees it as, unless it is told otherwise."""
    editor = studio(source, run)
    editor.save(tmp_path / "work.json")
    assert json.loads((tmp_path / "work.json").read_text())["kind"] == "drawing"
    call = ["colorize", str(source), "--weights", str(run), "--hints", str(tmp_path / "work.json"), "--out"]
    assert main([*call, str(tmp_path / "a.png")]) == 0
    state = json.loads((tmp_path / "work.json").read_text())
    (tmp_path / "work.json").write_text(json.dumps(state | {"kind": ["cloud"]}))
    assert main([*call, str(tmp_path / "b.png")]) == 2
    assert main([*call, str(tmp_path / "b.png"), "--kind", "drawing"]) == 0
    assert (tmp_path / "b.png").read_bytes() == (tmp_path / "a.png").read_bytes()
