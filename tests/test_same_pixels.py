"""One session, one picture: the studio, a pad, the command line and `predict` paint the same pixels of all kinds."""

import numpy as np
import pytest
import torch
from PIL import Image, ImageDraw

from colornb import Colorizer, methods
from colornb.__main__ import main
from colornb.hints import EdgeScribble, Point, Region
from colornb.images import load_image, sample, save_image, to_uint8
from colornb.widgets import PointPad, RegionPad, Studio

pytestmark = pytest.mark.usefixtures("small_canvases")


def panels(width, height, step):
    """Boxes one below the other, each with a face of closed lines."""
    page = Image.new("L", (width, height), 255)
    draw = ImageDraw.Draw(page)
    for top in range(0, height - step + 1, step):
        draw.rectangle((5, top + 5, width - 5, top + step - 5), outline=0, width=3)
        draw.ellipse((width // 4, top + step // 4, width * 3 // 4, top + step * 3 // 4), outline=0, width=3)
    return page


def photograph():
    return Image.fromarray(to_uint8(sample("chelsea")))


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """Folders of the smallest networks: one that asks about regions, one for points on photographs."""
    folder = tmp_path_factory.mktemp("runs")
    methods.save(methods.build("guiding_painter", "tiny", 3), folder / "drawings" / "network.safetensors", size=48)
    methods.save(methods.build("rtug", "tiny"), folder / "photographs" / "network.safetensors", size=48)
    return folder


LINE = EdgeScribble([(0.02, 0.8), (0.98, 0.8)])  # which no colour crosses, through the areas of a drawing

SCENES = {  # the picture, what it is, the network, and where points are given
    "a drawing": (lambda: panels(160, 200, 100), "drawing", "drawings", [(0.5, 0.25), (0.08, 0.75)]),
    "a strip": (lambda: panels(80, 1600, 100), "drawing", "drawings", [(0.5, 0.03), (0.5, 0.97)]),
    "a photograph": (
        lambda: Image.fromarray(to_uint8(sample("chelsea"))),
        "photo",
        "photographs",
        [(0.5, 0.5), (0, 1)],
    ),
}


def pad_alone(path, kind, run, hints):
    if not any(isinstance(hint, Region) for hint in hints):
        pad = PointPad(Colorizer.load(run), path, kind=kind)
        pad.hints = hints
        return pad
    pad = RegionPad(Colorizer.load(run), path, kind=kind)
    for hint in hints:
        pad.select(hint.rank)
        pad.paint(hint.color)
    return pad


def in_the_studio(path, kind, run, hints):
    studio = Studio(path, kind=kind, model="mine", models={"mine": run})
    for hint in hints:
        if isinstance(hint, Region):
            studio.tool = "region"
            studio.pad.select(hint.rank)
            studio.pad.paint(hint.color)
            continue
        studio.tool = "point"
        if isinstance(hint, EdgeScribble):
            studio.pad.add_line(hint.path)
        else:
            studio.pad.add(hint.x, hint.y, hint.color)
    return studio


@pytest.mark.parametrize("scene", SCENES)
def test_a_session_paints_the_same_on_each_way(scene, runs, tmp_path):
    make, kind, name, places = SCENES[scene]
    path, run, work = tmp_path / "in.png", runs / name, tmp_path / "work.json"
    make().save(path)
    colorizer = Colorizer.load(run)
    colorizer.set_image(load_image(path), kind)
    hints = [Point(x, y, color) for (x, y), color in zip(places, ("#d03050", "#3050d0"), strict=True)]
    hints = [Region(colorizer.region_order[0], "#40a060"), *hints, LINE] if colorizer.n_regions else hints
    studio = in_the_studio(path, kind, run, hints)
    assert {type(hint) for hint in studio.hints} == {type(hint) for hint in hints}
    expected = to_uint8(colorizer.predict(studio.hints))
    assert (expected != to_uint8(colorizer.predict())).any(), "hints are heard"
    assert torch.equal(colorizer.predict(studio.hints), colorizer.predict(studio.hints))

    studio.save(work)
    studio.save(tmp_path / "studio.png")
    pad = pad_alone(path, kind, run, [hint for hint in studio.hints if isinstance(hint, Region)] or studio.hints)
    pad.save(tmp_path / "pad.png")
    save_image(colorizer.predict(pad.hints), tmp_path / "same.png", like=path)
    call = ["colorize", str(path), "--weights", str(run), "--device", "cpu", "--out", str(tmp_path / "command.png")]
    assert main([*call, "--hints", str(work)]) == 0
    found = {name: np.asarray(Image.open(tmp_path / f"{name}.png")) for name in ("studio", "command", "pad", "same")}
    assert np.array_equal(found["studio"], expected) and np.array_equal(found["command"], expected)
    assert np.array_equal(found["pad"], found["same"])


@pytest.mark.parametrize("scene", ["a drawing", "a strip"])
def test_flat_colours_are_the_same_on_each_way(scene, runs, tmp_path):
    make, kind, name, places = SCENES[scene]
    path = tmp_path / "in.png"
    make().save(path)
    studio = in_the_studio(path, kind, runs / name, [Point(*places[0], "#d03050"), LINE])
    studio.save(tmp_path / "work.json")
    one = studio.save_flat(tmp_path / "a.png", lines=False)
    call = [
        "colorize",
        str(path),
        "--weights",
        str(runs / name),
        "--device",
        "cpu",
        "--hints",
        str(tmp_path / "work.json"),
    ]
    assert main([*call, "--flat", "apart", "--out", str(tmp_path / "b.png")]) == 0
    assert one.read_bytes() == (tmp_path / "b.png").read_bytes()
    colors = np.asarray(Image.open(one))
    assert {tuple(color) for color in colors[colors[..., 3] > 0]} == {(0xD0, 0x30, 0x50, 255)}
