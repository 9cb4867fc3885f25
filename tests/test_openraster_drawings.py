"""Drawings in layers: lines multiplied with one layer a region, flat colours alone, and the drawing read again."""

import io
import zipfile
from pathlib import Path

import numpy as np
import pytest
import scipy.ndimage
import torch
from fake_drawing import FakeDrawing
from picture_files import encoded
from PIL import Image, ImageDraw

from colornb import Colorizer, Point, Region, methods
from colornb.hints import EdgeScribble
from colornb.images import ImageError, load_image, load_with_metadata, size_of, to_uint8
from colornb.openraster import (
    Layer,
    flat_layers,
    flatten,
    label,
    layers_of,
    read_layers,
    save_flat,
    save_layers,
    save_painting,
)
from colornb.reading import read

WIDTH, HEIGHT = 240, 180
NOTES = {315: "A. Painter", 36867: "2020:02:29 12:34:56"}


def page(ink=(30, 20, 90), mode="RGB"):
    """Lines of blue ink on white, smooth at their edges."""
    large = Image.new("RGB", (4 * WIDTH, 4 * HEIGHT), "white")
    draw = ImageDraw.Draw(large)
    draw.ellipse((130, 90, 600, 620), outline=ink, width=8)
    draw.rectangle((520, 210, 860, 640), outline=ink, width=7)
    draw.line((20, 690, 940, 650), fill=ink, width=6)
    return large.resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS).convert(mode)


@pytest.fixture(scope="module")
def colorizer():
    colorizer = Colorizer.load("guiding_painter-comic", 64)
    colorizer.set_image(load_image(page()), "drawing")
    assert len(colorizer.region_order) >= 3
    return colorizer


@pytest.fixture
def hints(colorizer):
    return [Region(rank, color) for rank, color in zip(colorizer.region_order, ("#ff0000", "#3050ff"), strict=False)]


def merged_in(path):
    with zipfile.ZipFile(path) as file:
        return np.array(Image.open(io.BytesIO(file.read("mergedimage.png"))).convert("RGBA"))


def composite(layers):
    """All visible layers, as SVG Compositing has its modes: colours multiplied with their alpha, in doubles."""
    height, width = layers[0].pixels.shape[:2]
    below = np.zeros((height, width, 4))
    for layer in layers:
        if not layer.visible:
            continue
        source = np.zeros((height, width, 4))
        h, w = layer.pixels.shape[:2]
        source[layer.y : layer.y + h, layer.x : layer.x + w] = layer.pixels / 255
        source[..., :3] *= source[..., 3:]
        sca, sa, dca, da = source[..., :3], source[..., 3:], below[..., :3], below[..., 3:]
        mixed = sca * dca + sca * (1 - da) if layer.mode == "svg:multiply" else sca
        color = mixed + dca * (1 - sa)
        below = np.dstack([color, sa + da - sa * da])
    return below


def on_white(rgba):
    rgba = rgba / 255
    return rgba[..., :3] * rgba[..., 3:] + 1 - rgba[..., 3:]


def same(one, other):
    """Whether two layers are one in all that a file holds."""
    about = [(layer.name, layer.x, layer.y, layer.visible, layer.mode) for layer in (one, other)]
    return about[0] == about[1] and np.array_equal(one.pixels, other.pixels)


def test_the_file_holds_the_layers_that_were_written(colorizer, hints, tmp_path):
    hints = [*hints, Point(0.4, 0.5, "#00ff00", 0.2)]
    written = list(layers_of(colorizer, hints))
    found = read_layers(save_painting(colorizer, hints, tmp_path / "a.ora"))
    assert len(found) == len(written) == len(colorizer.region_order) + 3
    assert all(same(*pair) for pair in zip(found, written, strict=True))
    assert [layer.mode for layer in found] == ["svg:src-over"] * (len(found) - 1) + ["svg:multiply"]
    assert [layer.name for layer in found if not layer.visible] == ["painted", "points"]
    assert found[-1].name == "lines" and (found[-1].pixels[..., 3] == 0).mean() > 0.5, "nothing where no ink is"


def inside_of(layer):
    """Where a layer has something, at the size of the picture."""
    (h, w), inside = layer.pixels.shape[:2], np.zeros((HEIGHT, WIDTH), bool)
    inside[layer.y : layer.y + h, layer.x : layer.x + w] = layer.pixels[..., 3] == 255
    return inside


def region_layers(colorizer, hints):
    return [layer for layer in layers_of(colorizer, hints) if layer.name.startswith("region")]


@pytest.mark.parametrize("whole", [True, False])
def test_the_layers_of_the_regions_are_each_region_and_together_all(colorizer, hints, whole):
    colorizer.refine, covered = whole, np.zeros((HEIGHT, WIDTH), int)
    labels, order, layers = label(colorizer.regions, HEIGHT, WIDTH), colorizer.region_order, []
    hints = [hint for hint in hints if hint.rank in order]
    layers = region_layers(colorizer, hints)
    colorizer.refine = True
    for rank, layer in zip(order, layers, strict=True):
        inside = inside_of(layer)
        assert (inside == (labels == rank)).mean() > (0.97 if whole else 0.9999)
        covered += inside
        color = next((hint.color for hint in hints if hint.rank == rank), None)
        assert layer.name.startswith(f"region {rank + 1} #{color[1:] if color else ''}")
    assert (covered == 1).all()


def test_the_layers_of_a_drawing_end_along_its_lines_at_full_size(colorizer, hints, tmp_path):
    """Paper that the lines close has one colour to its rim, where the network's pixels are three times as wide."""
    given = [Region(rank, "#102030", part) for rank in colorizer.region_order for part in (0,)]
    rooms, n = scipy.ndimage.label(colorizer.sketch[0, 0].numpy() > 0.99)
    sizes = np.bincount(rooms.ravel())[1:]
    large = [number for number in range(1, n + 1) if sizes[number - 1] > 500]
    assert len(large) >= 4
    saved = read_layers(save_painting(colorizer, given, tmp_path / "a.ora"))
    for layers in (region_layers(colorizer, hints), [layer for layer in saved if layer.name.startswith("region")]):
        for number in large:
            room = rooms == number
            shares = [(inside_of(layer) & room).sum() / room.sum() for layer in layers]
            assert max(shares) == 1, "whole"
            assert sum(share > 0 for share in shares) == 1


def test_the_merged_picture_is_that_of_the_layers_and_looks_like_the_painting(colorizer, hints, tmp_path):
    path = save_painting(colorizer, hints, tmp_path / "a.ora")
    merged, ours = merged_in(path), composite(read_layers(path))
    assert np.abs(merged[..., 3] / 255 - ours[..., 3]).max() < 1e-6
    assert np.abs(merged[..., :3] / 255 - ours[..., :3]).max() <= 1 / 255
    assert np.abs(merged[..., :3].astype(int) - to_uint8(colorizer.predict(hints))).max() <= 2
    assert np.ptp(merged[..., :3].astype(int), axis=2).max() > 20, "there is colour"


def test_a_drawing_on_nothing_stays_on_nothing(hints, tmp_path):
    """A figure that was cut out: of two colours, so that its transparency is not the drawing."""
    source = page().convert("RGBA")
    alpha = Image.linear_gradient("L").resize((WIDTH, HEIGHT)).point(lambda level: min(255, 4 * level))
    source.putalpha(alpha)
    image, metadata = load_with_metadata(source)
    colorizer = Colorizer(methods.build("guiding_painter", "tiny", 3).eval(), 64)
    colorizer.set_image(image, "drawing")
    merged = merged_in(save_painting(colorizer, hints, tmp_path / "a.ora", metadata))
    under = colorizer.predict(hints, with_ink=False)[0].amin(0).numpy()
    seen = under >= 1 - np.asarray(alpha) / 255  # what is dark cannot be shown by little of it
    assert seen.any() and not seen.all()
    assert np.abs(on_white(merged) - to_uint8(colorizer.predict(hints)) / 255)[seen].max() <= 2 / 255
    bare = colorizer.ink[0].min(0).values.numpy() > 0.999
    assert np.abs(merged[..., 3].astype(int) - alpha)[bare].max() <= 1


def test_ink_of_every_level_and_colour_lies_on_white_as_it_was(tmp_path):
    rng = np.random.default_rng(0)
    ink = rng.integers(0, 256, (256, 256, 3), dtype=np.uint8)
    ink[..., 0], ink[..., 1] = np.meshgrid(np.arange(256), np.arange(256))
    fake = FakeDrawing(torch.from_numpy(ink).permute(2, 0, 1)[None] / 255)
    (_, *flats, lines) = flat_layers(fake, [Region(0, "#123456")])
    white = Image.new("RGBA", (256, 256), "white")
    white.alpha_composite(Image.fromarray(lines.pixels))
    assert np.array_equal(np.array(white)[..., :3], ink)
    assert np.array_equal(read(save_flat(fake, [Region(0, "#123456")], tmp_path / "a.ora")).color, ink)
    assert [flat.name for flat in flats] == ["region 1 #123456"]


def test_a_painted_drawing_opens_as_the_drawing(colorizer, hints, tmp_path):
    path = save_painting(colorizer, hints, tmp_path / "a.ora")
    again = load_image(path)
    assert np.array_equal(to_uint8(again), to_uint8(colorizer.ink))
    other = Colorizer(colorizer.network, 64)
    other.set_image(again)
    assert other.ink is not None, "lines on paper"
    assert (other.sketch - colorizer.sketch).abs().max() < 0.02
    change = (other.predict(hints) - colorizer.predict(hints)).abs().amax(1)
    assert (change > 0.05).float().mean() < 0.005, "areas meet under the lines, a pixel aside here and there"
    assert size_of(path) == (HEIGHT, WIDTH)
    assert np.array_equal(to_uint8(load_image(path.read_bytes())), to_uint8(again))


def test_a_photograph_opens_as_it_looks(tmp_path):
    colorizer = Colorizer(methods.build("guiding_painter", "tiny").eval(), 64)
    photo = torch.rand(1, 3, 70, 100, generator=torch.Generator().manual_seed(0))
    colorizer.set_image(photo, "photo")
    path = save_painting(colorizer, [], tmp_path / "a.ora")
    assert np.array_equal(to_uint8(load_image(path)), to_uint8(colorizer.predict([])))
    assert [layer.mode for layer in read_layers(path)] == ["svg:src-over"] * 2


def test_a_region_in_pieces_has_a_layer_for_each(colorizer):
    rank = max(colorizer.region_order, key=lambda rank: len(colorizer.pieces(rank)))
    given = [Region(rank, "#102030"), Region(rank, "#ffffff", 1)]
    names = [layer.name for layer in layers_of(colorizer, given) if layer.name.startswith(f"region {rank + 1},")]
    assert names[:2] == [f"region {rank + 1}, piece 1 #102030", f"region {rank + 1}, piece 2 #ffffff"]
    flats = list(flat_layers(colorizer, given))[1:-1]
    assert [flat.name for flat in flats] == names, "a colour for the region is one for all its pieces"


def test_a_model_without_regions_has_one_layer_of_colour(tmp_path):
    colorizer = Colorizer(methods.build("rtug", "tiny_sketch").eval(), 64)
    colorizer.set_image(load_image(page()), "drawing")
    hints = [Point(0.4, 0.5, "#ff0000", 0.2)]
    path = save_painting(colorizer, hints, tmp_path / "a.ora")
    found = read_layers(path)
    shown = [(layer.name, layer.visible) for layer in found]
    assert shown == [("painted", False), ("colours", True), ("points", False), ("lines", True)]
    assert np.abs(merged_in(path)[..., :3].astype(int) - to_uint8(colorizer.predict(hints))).max() <= 2
    with pytest.raises(ValueError, match="no regions to fill") as error:
        save_flat(colorizer, hints, tmp_path / "flat.png")
    assert "\n" not in str(error.value) and not (tmp_path / "flat.png").exists()


# Flat colours.


def test_flat_colours_are_those_that_were_given_and_nothing_else(colorizer, hints, tmp_path):
    flat = np.array(Image.open(save_flat(colorizer, hints, tmp_path / "a.png", lines=False)))
    labels = label(colorizer.regions, HEIGHT, WIDTH)
    found = {tuple(color) for color in flat.reshape(-1, 4)}
    assert {(255, 0, 0, 255), (0, 0, 0, 0)} <= found <= {(255, 0, 0, 255), (0x30, 0x50, 255, 255), (0, 0, 0, 0)}
    rooms, n = scipy.ndimage.label(to_uint8(colorizer.ink).min(2) > 190)
    for room in (rooms == k for k in range(1, n + 1)):
        if room.sum() > 100:
            given = np.isin(labels, [hint.rank for hint in hints])[room].mean()
            filled = (flat[room][:, 3] > 0).mean()
            assert given > 0.15 if filled > 0.9 else abs(filled - given) < 0.15, "filled whole, or by its regions"


def test_lines_lie_over_the_flat_colours_and_over_nothing(colorizer, hints, tmp_path):
    bare = np.array(Image.open(save_flat(colorizer, hints, tmp_path / "a.png", lines=False)))
    flat = np.array(Image.open(save_flat(colorizer, hints, tmp_path / "b.png")))
    ink = to_uint8(colorizer.ink) / 255
    assert np.abs(on_white(flat) - on_white(bare) * ink).max() <= 1.5 / 255
    line = flat[(bare[..., 3] == 0) & (ink.max(2) < 0.5)]
    assert len(line) and (line[:, 3] > 120).all()


@pytest.mark.parametrize("lines", [True, False])
def test_flat_colours_in_layers_have_the_lines_apart_and_open_as_the_drawing(colorizer, hints, tmp_path, lines):
    path = save_flat(colorizer, hints, tmp_path / "a.ora", lines=lines)
    found = read_layers(path)
    flats = [f"region {hint.rank + 1} {hint.color}" for hint in hints]
    assert [layer.name for layer in found] == ["paper", *flats, "lines"]
    assert [layer.visible for layer in found] == [True] * 3 + [lines]
    assert np.array_equal(
        merged_in(path), np.array(Image.open(save_flat(colorizer, hints, path.with_suffix(".png"), lines=lines)))
    )
    assert np.array_equal(to_uint8(load_image(path)), to_uint8(colorizer.ink))
    assert load_with_metadata(path)[1].alpha is None, "the colours that are missing are not missing in the drawing"


@pytest.mark.parametrize(
    ("given", "name", "said"),
    [
        ([], "a.png", "nothing is to be filled"),
        ([EdgeScribble([(0.1, 0.1), (0.5, 0.5)])], "a.png", "nothing is to be filled"),
        ([Region(99, "red")], "a.png", "region 99 does not exist"),
        ([Region(0, "red")], "a.jpg", "end its name in .png, .ora"),
        ([Region(0, "red")], "nowhere/a.png", "create its folder"),
    ],
)
def test_flat_colours_that_cannot_be_are_refused_in_one_line(colorizer, tmp_path, given, name, said):
    with pytest.raises(ValueError, match=said) as error:
        save_flat(colorizer, given, tmp_path / name)
    assert "\n" not in str(error.value)
    assert not list(tmp_path.iterdir())


# What else a file holds, and files of other programs.


def test_resolution_day_and_author_go_into_the_file_and_come_out(colorizer, hints, tmp_path):
    exif = Image.Exif()
    exif[315] = NOTES[315]
    exif.get_ifd(0x8769)[36867] = NOTES[36867]
    metadata = load_with_metadata(encoded(page(), "PNG", dpi=(600, 300), exif=exif))[1]
    for path in (
        save_painting(colorizer, hints, tmp_path / "a.ora", metadata),
        save_flat(colorizer, hints, tmp_path / "b.ora", metadata),
    ):
        with zipfile.ZipFile(path) as file:
            assert b'xres="600" yres="300"' in file.read("stack.xml")
        found = load_with_metadata(path)[1]
        assert found.notes == NOTES and np.allclose(found.dpi, (600, 300), atol=0.1)


def openraster(layers, merged, mode="svg:multiply"):
    """What another program may write: layers cut to what is in them, within a stack of their own."""
    rows = ""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        file.writestr("mimetype", "image/openraster")
        for number, (name, picture, x, y) in enumerate(layers):
            file.writestr(f"data/l{number}.png", encoded(picture, "PNG"))
            rows += f'<layer name="{name}" src="data/l{number}.png" x="{x}" y="{y}" composite-op="{mode}"/>'
        file.writestr("stack.xml", f'<image w="9" h="8"><stack><stack name="all">{rows}</stack></stack></image>')
        if merged is not None:
            file.writestr("mergedimage.png", encoded(merged, "PNG"))
    return buffer.getvalue()


def test_lines_that_another_program_has_cut_out_lie_where_they_were():
    red, cut = Image.new("RGB", (9, 8), "red"), Image.new("RGBA", (3, 2), (0, 0, 0, 255))
    found = np.array(read(openraster([("lines", cut, 4, 5)], red)).color)
    expected = np.full((8, 9, 3), 255, np.uint8)
    expected[5:7, 4:7] = 0
    assert np.array_equal(found, expected)
    outside = np.array(read(openraster([("lines", cut, -2, 7)], red)).color)
    assert (outside[7, 0] == 0).all() and (outside == 0).sum() == 3, "what lies outside is not seen"


@pytest.mark.parametrize("layers", [[("sky", "", 0, 0)], [("lines", "svg:src-over", 0, 0)]])
def test_without_a_layer_of_lines_the_whole_picture_is_read(layers):
    red = Image.new("RGB", (9, 8), "red")
    rows = [(name, Image.new("RGBA", (9, 8)), x, y) for name, _, x, y in layers]
    assert (read(openraster(rows, red, layers[0][1] or "svg:multiply")).color == (255, 0, 0)).all()


def broken_files():
    whole = openraster([("lines", Image.new("RGBA", (3, 2)), 0, 0)], Image.new("RGB", (9, 8)))
    yield whole[: len(whole) // 2]
    yield whole.replace(b"stack.xml", b"stuck.xml")
    yield whole.replace(b"<stack>", b"<stick>")
    yield openraster([], None)
    yield whole.replace(b'src="data/l0.png"', b'src="data/l9.png"')


@pytest.mark.parametrize("data", list(broken_files()), ids=["half", "no list", "bad list", "no picture", "no layer"])
def test_a_broken_file_is_an_error_of_one_line(data, tmp_path):
    path = tmp_path / "a.ora"
    path.write_bytes(data)
    with pytest.raises(ImageError, match="a.ora") as error:
        load_image(path)
    assert "\n" not in str(error.value)


def test_what_has_no_layers_is_said(tmp_path):
    page().save(tmp_path / "a.png")
    with pytest.raises(ImageError, match="has no layers: give an OpenRaster file"):
        read_layers(tmp_path / "a.png")
    with pytest.raises(ImageError, match="does not exist"):
        read_layers(tmp_path / "b.ora")


def test_layers_are_written_as_they_are_made(tmp_path):
    """A large page leaves no room for all of them: when one is made, the one before has been let go of."""
    alive = []

    class Watched(Layer):
        def __del__(self):
            alive.remove(self.name)

    def made():
        for number in range(4):
            assert len(alive) <= 1
            alive.append(str(number))
            yield Watched(str(number), np.full((6, 6, 4), 255, np.uint8))

    save_layers(made(), Path(tmp_path / "a.ora"))
    assert flatten(read_layers(tmp_path / "a.ora")).min() == 255


def test_scribbles_on_a_drawing_are_a_hidden_layer():
    colorizer = Colorizer(methods.build("edge_enhancing", "tiny").eval(), 64)
    colorizer.set_image(load_image(page()), "drawing")
    layers = list(layers_of(colorizer, [EdgeScribble(((0.2, 0.2), (0.8, 0.6)), 0.05)]))
    assert ("scribbles", False) in [(layer.name, layer.visible) for layer in layers]
