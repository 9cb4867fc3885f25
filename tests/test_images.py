"""colornb.images: every kind of picture people have, and one line for what is none."""

import io
import os
import struct
import tempfile
import warnings
import zlib
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
import torch
from picture_files import encoded, refused
from PIL import Image

from colornb import images
from colornb.images import ImageError, load_image

RED, GREEN, BLUE = (255, 0, 0), (0, 255, 0), (0, 0, 255)


def pixel(rgb, x=0, y=0):
    return [round(value * 255) for value in rgb[0, :, y, x].tolist()]


@pytest.fixture
def photo():
    """A colourful picture whose corners all differ."""
    ramp = np.linspace(0, 255, 24)
    array = np.stack([*np.meshgrid(ramp, ramp[:16]), np.full((16, 24), 80.0)], -1)
    return Image.fromarray(array.astype(np.uint8))


# What load_image takes


def test_one_picture_from_every_source(photo, tmp_path):
    path = tmp_path / "photo.png"
    photo.save(path)
    data = path.read_bytes()
    expected = torch.from_numpy(np.asarray(photo) / 255).permute(2, 0, 1)[None].float()
    with path.open("rb") as file:
        sources = [path, str(path), data, bytearray(data), memoryview(data), file]
        loaded = [load_image(source) for source in sources]
        assert not file.closed
    with tempfile.NamedTemporaryFile() as file:
        file.write(data)
        file.seek(0)
        loaded.append(load_image(file))
    loaded += [load_image(io.BytesIO(data)), load_image(photo), load_image(np.asarray(photo))]
    for rgb in loaded:
        assert rgb.shape == (1, 3, 16, 24) and rgb.dtype == torch.float32
        assert torch.allclose(rgb, expected, atol=1e-6)


@pytest.mark.parametrize("kind", ["JPEG", "WEBP", "GIF", "BMP", "TIFF"])
def test_formats(photo, kind):
    rgb = load_image(encoded(photo, kind))
    assert torch.allclose(rgb, load_image(photo), atol=0.2)


@pytest.mark.parametrize("mode", ["1", "L", "P", "LA", "RGBA", "CMYK", "YCbCr", "I;16", "I"])
def test_modes_show_white_as_white_and_black_as_black(mode):
    white_and_black = Image.fromarray(np.array([[255, 0]], np.uint8))
    if mode.startswith("I"):
        deep = np.array([[65535, 0]], np.uint16 if mode == "I;16" else np.int32)
        picture = Image.fromarray(deep)
    else:
        picture = white_and_black.convert("RGB").convert(mode)
    assert picture.mode == mode
    rgb = load_image(picture)
    assert pixel(rgb, 0) == [255, 255, 255] and pixel(rgb, 1) == [0, 0, 0]


def test_16_bit_grey_keeps_its_levels():
    levels = np.array([[0, 1, 257, 30000, 65535]], np.uint16)
    rgb = load_image(encoded(Image.fromarray(levels)))
    assert torch.allclose(rgb[0, 0], torch.from_numpy(levels / 65535).float(), atol=1e-7)
    assert torch.equal(rgb, load_image(levels))


def test_16_bit_rgb_png():
    def chunk(name, body):
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    header = struct.pack(">IIBBBBB", 1, 1, 16, 2, 0, 0, 0)
    row = zlib.compress(b"\0" + struct.pack(">HHH", 65535, 32896, 0))
    body = chunk(b"IHDR", header) + chunk(b"IDAT", row) + chunk(b"IEND", b"")
    assert pixel(load_image(b"\x89PNG\r\n\x1a\n" + body)) == [255, 128, 0]


@pytest.mark.parametrize("mode", ["RGBA", "LA"])
def test_transparency_lies_on_white(mode):
    picture = Image.new("RGBA", (3, 1), (0, 0, 0, 255))
    picture.putpixel((1, 0), (0, 0, 0, 0))
    picture.putpixel((2, 0), (0, 0, 0, 51))
    rgb = load_image(encoded(picture.convert(mode)))
    assert [pixel(rgb, x)[0] for x in range(3)] == [0, 255, 204]


def test_transparent_palette_and_colour_key_lie_on_white():
    palette = Image.new("P", (2, 1))
    palette.putpalette([*RED, *BLUE])
    palette.putpixel((1, 0), 1)
    for kind in ("GIF", "PNG"):
        rgb = load_image(encoded(palette, kind, transparency=1))
        assert [pixel(rgb, 0), pixel(rgb, 1)] == [list(RED), [255] * 3]
    key = Image.new("RGB", (2, 1), RED)
    key.putpixel((1, 0), BLUE)
    rgb = load_image(encoded(key, transparency=BLUE))
    assert [pixel(rgb, 0), pixel(rgb, 1)] == [list(RED), [255] * 3]


@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation_is_applied(orientation):
    corners = Image.new("RGB", (2, 3))
    corners.putpixel((0, 0), RED)
    corners.putpixel((1, 0), GREEN)
    exif = Image.Exif()
    exif[0x0112] = orientation
    rgb = load_image(encoded(corners, exif=exif))
    # EXIF 2.3, 4.6.4: which corner the first row and the first column of the file are.
    row_first = orientation < 5
    top = orientation in (1, 2, 5, 6)
    left = orientation in (1, 4, 5, 8)
    assert rgb.shape[-2:] == ((3, 2) if row_first else (2, 3))
    assert pixel(rgb, 0 if left else -1, 0 if top else -1) == list(RED)


def test_broken_exif_is_ignored(photo):
    rgb = load_image(encoded(photo, "JPEG", exif=b"Exif\0\0II*\0\xff\xff\xff\xff", quality=95))
    assert rgb.shape == (1, 3, 16, 24)


def test_animations_show_their_first_frame():
    frames = [Image.new("RGB", (4, 4), color) for color in (GREEN, RED)]
    for kind in ("GIF", "WEBP", "PNG"):
        data = encoded(frames[0], kind, save_all=True, append_images=frames[1:])
        assert np.allclose(pixel(load_image(data)), GREEN, atol=3), kind


def test_colour_profile_is_converted():
    package = Path(find_spec("skimage").submodule_search_locations[0])
    with Image.open(package / "data" / "rocket.jpg") as rocket:
        adobe_rgb = rocket.info["icc_profile"]
    value = (100, 150, 120)
    rgb = load_image(encoded(Image.new("RGB", (2, 2), value), icc_profile=adobe_rgb))
    # Adobe RGB (1998): gamma 563/256, its primaries to those of sRGB.
    linear = (np.array(value) / 255) ** (563 / 256)
    linear = linear @ np.array([[1.39836, 0, 0], [-0.39836, 1, -0.04293], [0, 0, 1.04293]])
    expected = 1.055 * linear ** (1 / 2.4) - 0.055
    assert np.abs(rgb[0, :, 0, 0].numpy() - expected).max() < 2 / 255
    assert abs(pixel(rgb)[0] - value[0]) > 10  # ignoring the profile would show


@pytest.mark.parametrize("mode", ["RGB", "L", "CMYK", "RGBA"])
def test_broken_colour_profile_is_ignored(mode):
    picture = Image.new("RGB", (2, 2), (90, 90, 90)).convert(mode)
    kind = "TIFF" if mode == "CMYK" else "PNG"
    rgb = load_image(encoded(picture, kind, icc_profile=b"no profile at all" * 20))
    assert np.abs(np.array(pixel(rgb)) - 90).max() <= 1


def test_grey_profile_on_colour_is_ignored():
    from PIL import ImageCms

    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    rgb = load_image(encoded(Image.new("RGB", (2, 2), RED), icc_profile=lab))
    assert pixel(rgb) == list(RED)


def test_one_pixel():
    assert pixel(load_image(encoded(Image.new("RGB", (1, 1), BLUE)))) == list(BLUE)


@pytest.mark.parametrize("shape", [(2, 3), (2, 3, 1), (2, 3, 3)])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32, np.float64, np.float16, bool])
def test_arrays(shape, dtype):
    top = np.iinfo(dtype).max if np.issubdtype(dtype, np.integer) else 1
    array = np.zeros(shape, dtype)
    array[0, 1] = top
    rgb = load_image(array)
    assert rgb.shape == (1, 3, 2, 3) and rgb.dtype == torch.float32
    assert pixel(rgb, 1, 0) == [255] * 3 and pixel(rgb, 0, 1) == [0] * 3


def test_rounding_beyond_the_range_is_clipped():
    rgb = load_image(np.array([[-5e-7, 1 + 5e-7]]))
    assert rgb.min() == 0 and rgb.max() == 1


def test_arrays_with_transparency_and_strides():
    array = np.zeros((1, 2, 4))
    array[0, :, 0], array[0, 0, 3] = 1, 1
    rgb = load_image(array)
    assert [pixel(rgb, 0), pixel(rgb, 1)] == [list(RED), [255] * 3]
    bgr = np.array([[RED]], np.uint8)[..., ::-1]
    bgr.flags.writeable = False
    assert pixel(load_image(bgr)) == list(BLUE)


# What load_image refuses


def test_sources_that_are_no_picture(tmp_path, photo, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("notes.txt").write_text("not a picture")
    Path("empty.png").touch()
    Path("cut.png").write_bytes(encoded(photo)[:-40])
    Path("cut.jpg").write_bytes(encoded(photo, "JPEG")[:-40])
    refused(lambda: load_image("nowhere.png"), "does not exist: check the path")
    refused(lambda: load_image(tmp_path), "is a folder: give one picture")
    refused(lambda: load_image("empty.png"), "is empty: fetch")
    refused(lambda: load_image("notes.txt"), "'notes.txt' is no picture known here: save it as")
    refused(lambda: load_image("cut.png"), "'cut.png' is damaged")
    refused(lambda: load_image("cut.jpg"), "'cut.jpg' is damaged")
    refused(lambda: load_image("https://example.org/a.png"), "web address: download it")
    refused(lambda: load_image(b""), "the data is empty")
    refused(lambda: load_image(b"GIF89a"), "the data is")
    refused(lambda: load_image(io.BytesIO()), "the file is empty")
    refused(lambda: load_image(io.StringIO("text")), "open it in binary mode")


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF"])
def test_damage_is_always_an_image_error(photo, kind, campaign):
    data = encoded(photo, kind)
    random = np.random.default_rng(0)
    for _ in range(60 if campaign else 15):
        damaged = bytearray(data)
        for position in random.integers(0, len(data), 6):
            damaged[position] = random.integers(256)
        try:
            rgb = load_image(bytes(damaged[: random.integers(1, len(data))]))
        except ImageError as error:
            assert "\n" not in str(error)
        else:
            assert 0 <= rgb.min() <= rgb.max() <= 1


@pytest.mark.parametrize(
    ("array", "mend"),
    [
        (np.full((2, 2), 255.0), "runs from 255 to 255: scale"),
        (np.full((2, 2), -0.1), "scale its floats"),
        (np.full((2, 2), np.nan), "scale its floats"),
        (np.zeros((2, 2), np.int64), "holds int64: give uint8"),
        (np.zeros((3, 5, 5)), r"shape \(3, 5, 5\) is no picture: give \(H, W\)"),
        (np.zeros(4), "is no picture"),
        (np.zeros((0, 5, 3)), "has no pixels"),
    ],
)
def test_arrays_that_are_no_picture(array, mend):
    refused(lambda: load_image(array), mend)


def test_32_bit_levels_are_refused():
    refused(lambda: load_image(Image.fromarray(np.full((2, 2), 1 << 20, np.int32))), "32-bit")


# Large pictures


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_large_pictures_shrink_while_they_are_read(kind):
    picture = Image.new("RGB", (3000, 1500), (30, 90, 200))
    rgb = load_image(encoded(picture, kind), max_side=500)
    assert rgb.shape == (1, 3, 250, 500)
    assert np.abs(np.array(pixel(rgb, 100, 100)) - (30, 90, 200)).max() <= 2
    assert load_image(picture, max_side=None).shape == (1, 3, 1500, 3000)
    assert picture.size == (3000, 1500)  # the caller's picture is left alone


def test_large_pictures_are_never_floats_at_full_size(monkeypatch):
    sizes, original = [], images.from_uint8
    monkeypatch.setattr(images, "from_uint8", lambda array: sizes.append(array.shape) or original(array))
    load_image(encoded(Image.new("RGB", (900, 300))), max_side=90)
    assert sizes == [(30, 90, 3)]


def test_thin_pictures_keep_a_pixel():
    assert load_image(Image.new("L", (5000, 2)), max_side=20).shape == (1, 3, 1, 1000)
    assert load_image(np.zeros((5000, 2)), max_side=20).shape == (1, 3, 1000, 1)


def test_strips_are_shrunk_by_the_pixels_they_have():
    assert load_image(np.zeros((5000, 2), np.uint16)).shape == (1, 3, 5000, 2)
    assert load_image(Image.new("L", (80, 1600)), max_side=400).shape == (1, 3, 1600, 80)
    assert load_image(Image.new("L", (80, 1600)), max_side=200).shape == (1, 3, 894, 45)
    assert load_image(Image.new("L", (400, 1600)), max_side=400).shape == (1, 3, 400, 100)


def test_decompression_bombs(monkeypatch):
    data = encoded(Image.new("L", (40, 40)))
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 1000)  # 1600 pixels: PIL warns
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert load_image(data).shape == (1, 3, 40, 40)
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 500)  # PIL refuses
    refused(lambda: load_image(data), "too large to open: shrink it")


# Writing


@pytest.mark.parametrize("suffix", [".png", ".PNG", ".jpg", ".jpeg", ".webp"])
def test_saved_pictures_load_again(photo, tmp_path, suffix):
    rgb = load_image(photo)
    path = images.save_image(rgb, tmp_path / f"out{suffix}")
    assert [entry.name for entry in tmp_path.iterdir()] == [f"out{suffix}"]  # nothing left beside
    again = load_image(path)
    tolerance = 0.5 / 255 if suffix.lower() == ".png" else 0.1
    assert torch.allclose(again, rgb, atol=tolerance)


def test_saved_files_have_ordinary_permissions(tmp_path):
    path = images.save_image(torch.zeros(1, 3, 2, 2), tmp_path / "a.png")
    (tmp_path / "b").touch()
    assert path.stat().st_mode == (tmp_path / "b").stat().st_mode


def test_saving_replaces_whole_files_or_nothing(tmp_path, monkeypatch):
    path = images.save_image(torch.zeros(1, 3, 2, 2), tmp_path / "a.png")
    images.save_image(torch.ones(1, 3, 2, 2), path)
    assert load_image(path).min() == 1

    def full_disk(*_):
        raise OSError("No space left on device")

    monkeypatch.setattr(os, "replace", full_disk)
    refused(lambda: images.save_image(torch.zeros(1, 3, 2, 2), path), "No space left")
    assert load_image(path).min() == 1
    assert len(list(tmp_path.iterdir())) == 1


def test_save_refuses_in_one_line(tmp_path):
    rgb = torch.zeros(1, 3, 2, 2)
    for name in ("a.gif", "a", "a.png.txt"):
        refused(lambda name=name: images.save_image(rgb, tmp_path / name), "end its name in .png")
    refused(lambda: images.save_image(rgb, tmp_path / "no" / "a.png"), "create its folder")
    with pytest.raises(ValueError, match="is not one picture"):
        images.save_image(torch.zeros(2, 3, 2, 2), tmp_path / "a.png")
    wide = torch.zeros(1, 3, 1, 20000)
    refused(lambda: images.save_image(wide, tmp_path / "a.webp"), "cannot write")
    assert not list(tmp_path.iterdir())


# Sizes


# Grey, and the samples


@pytest.mark.parametrize("channels", [3, 4])
@pytest.mark.parametrize("size", [(97, 61), (20, 31), (40, 60)])
def test_levels_are_resized_as_pillow_does(channels, size):
    levels = np.random.default_rng(0).integers(256, size=(40, 60, channels), dtype=np.uint8)
    found = images.resize_levels(levels, *size)
    for channel in range(channels):
        plane = Image.fromarray(np.ascontiguousarray(levels[..., channel]))
        wanted = np.asarray(plane.resize(size[::-1], Image.Resampling.BICUBIC)).astype(int)
        wanted = wanted.clip(levels[..., channel].min(), levels[..., channel].max())
        assert np.abs(found[..., channel] - wanted).max() <= 1
