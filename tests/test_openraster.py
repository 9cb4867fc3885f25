"""A painting in layers, opened again as another program would: a zip of PNG files and a list of them."""

import io
import zipfile
from xml.etree import ElementTree

import numpy as np
import pytest
import torch
from PIL import Image

from colornb import Colorizer, Point, Region, methods
from colornb.hints import EdgeScribble
from colornb.images import ImageError, load_image, resize, sample, to_uint8
from colornb.openraster import Layer, flatten, label, layers_of, save_layers, save_painting


@pytest.fixture(scope="module")
def colorizer():
    colorizer = Colorizer(methods.build("guiding_painter", "tiny").eval(), 64)
    colorizer.set_image(resize(sample("coffee"), (70, 100)))
    return colorizer


def opened(path):
    """The layers in an OpenRaster file, the highest first, each with its pixels; and the other entries."""
    with zipfile.ZipFile(path) as file:
        entries = file.infolist()
        assert entries[0].filename == "mimetype"
        assert entries[0].compress_type == zipfile.ZIP_STORED
        assert file.read("mimetype") == b"image/openraster"
        pictures = {e.filename: np.array(Image.open(io.BytesIO(file.read(e)))) for e in entries if ".png" in e.filename}
        image = ElementTree.fromstring(file.read("stack.xml"))
    rows = [dict(layer.attrib, pixels=pictures[layer.get("src")]) for layer in image.iter("layer")]
    return image, rows, pictures


def test_a_file_looks_like_the_result_and_holds_all_it_was_made_of(colorizer, tmp_path):
    first, second = colorizer.region_order[:2]
    hints = [Region(first, "#ff0000"), Region(second, "#0000ff"), Point(0.5, 0.5, "#00ff00", 0.2)]
    path = save_painting(colorizer, hints, tmp_path / "mine.ora")
    image, rows, pictures = opened(path)
    assert (image.get("w"), image.get("h")) == ("100", "70")
    assert [row["name"] for row in rows] == [
        "lines",
        "points",
        f"region {second + 1}",
        f"region {first + 1}",
        "painted",
    ]
    assert [row["visibility"] for row in rows] == ["hidden"] * 4 + ["visible"]
    result = to_uint8(colorizer.predict(hints))
    assert np.array_equal(pictures["mergedimage.png"][..., :3], result)
    assert np.array_equal(rows[-1]["pixels"][..., :3], result)
    assert np.array_equal(rows[0]["pixels"][..., :3], to_uint8(colorizer.sketch))
    assert max(pictures["Thumbnails/thumbnail.png"].shape) <= 256


def test_a_region_lies_where_it_is_in_its_colour_alone(colorizer, tmp_path):
    rank = colorizer.region_order[1]
    _, rows, _ = opened(save_painting(colorizer, [Region(rank, "#ff8000")], tmp_path / "mine.ora"))
    (row,) = (row for row in rows if row["name"] == f"region {rank + 1}")
    x, y, pixels = int(row["x"]), int(row["y"]), row["pixels"]
    whole = np.zeros((70, 100), bool)
    whole[y : y + pixels.shape[0], x : x + pixels.shape[1]] = pixels[..., 3] == 255
    assert np.array_equal(whole, label(colorizer.regions, 70, 100) == rank)
    assert np.array_equal(np.unique(pixels[pixels[..., 3] == 255], axis=0), [[255, 128, 0, 255]])
    assert pixels[[0, -1]][..., 3].any(1).all(), "no empty rows around it"


def test_scribbles_are_kept_too():
    colorizer = Colorizer(methods.build("edge_enhancing", "tiny").eval(), 64)
    colorizer.set_image(resize(sample("coffee"), (70, 100)))
    names = [layer.name for layer in layers_of(colorizer, [EdgeScribble(((0.2, 0.2), (0.8, 0.6)), 0.05)])]
    assert names == ["painted", "scribbles", "lines"]


def test_hidden_layers_are_not_in_the_merged_picture():
    below, above = np.full((4, 4, 4), 255, np.uint8), np.zeros((2, 2, 4), np.uint8)
    above[..., 3] = 255
    seen = flatten([Layer("below", below), Layer("above", above, 1, 1), Layer("hidden", above, visible=False)])
    assert (seen[1:3, 1:3, :3] == 0).all()
    assert (seen[0, 0] == 255).all()


def test_other_endings_write_one_flat_picture(colorizer, tmp_path):
    save_painting(colorizer, [], tmp_path / "flat.png")
    assert np.array_equal(to_uint8(load_image(tmp_path / "flat.png")), to_uint8(colorizer.predict([])))
    with pytest.raises(ImageError, match="end its name in"):
        save_painting(colorizer, [], tmp_path / "flat.psd")


def test_a_place_that_is_not_there_is_refused_in_one_line(colorizer, tmp_path):
    layer = Layer("all", np.zeros((2, 2, 4), np.uint8))
    with pytest.raises(ImageError, match="create its folder") as error:
        save_layers([layer], tmp_path / "nowhere" / "mine.ora")
    assert "\n" not in str(error.value)
    (tmp_path / "taken.ora").mkdir()
    with pytest.raises(ImageError, match="cannot write"):
        save_layers([layer], tmp_path / "taken.ora")
    assert [path.name for path in tmp_path.iterdir()] == ["taken.ora"], "nothing is left behind"


def test_every_region_keeps_a_pixel():
    regions = torch.zeros(3, 4, 4)
    regions[0], regions[2, 1, 1] = 1, 1
    regions[0, 1, 1] = 0
    assert set(np.unique(label(regions, 2, 2))) == {0, 2}


def test_a_pixel_belongs_to_the_region_that_is_most_there_and_of_equals_to_the_first():
    ranks = torch.randint(0, 5, (6, 8), generator=torch.Generator().manual_seed(0))
    regions = torch.stack([ranks == rank for rank in range(5)])
    for size in ((12, 16), (31, 17), (6, 8)):
        planes = torch.nn.functional.interpolate(regions[None].float(), size, mode="bilinear", align_corners=False)
        assert np.array_equal(label(regions, *size), planes[0].argmax(0).numpy())
