"""colornb.writing: what came in goes out, as PIL, OpenCV and tifffile read it."""

import errno
import io
import os

import cv2
import numpy as np
import pytest
import tifffile
import torch
from picture_files import encoded, png, tiff
from PIL import Image, ImageCms

from colornb.images import ImageError, Metadata, load_image, load_with_metadata, save_image
from colornb.reading import read
from colornb.writing import SUFFIXES, check_place, quick_png

ARTIST, COPYRIGHT, TAKEN = 315, 33432, 36867
NOTES = {ARTIST: "A. Painter", COPYRIGHT: "(c) 2020 A. Painter", TAKEN: "2020:02:29 12:34:56"}
LOSSLESS = [".png", ".tif", ".tiff"]


@pytest.fixture
def rgb(generator):
    return torch.rand(1, 3, 12, 18, generator=generator)


@pytest.fixture
def alpha():
    return np.tile(np.linspace(0, 255, 18).round().astype(np.uint8), (12, 1))


def noted(kind="JPEG", orientation=6, **options):
    """A photograph of a camera that was turned, by somebody, some day."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[ARTIST], exif[COPYRIGHT] = NOTES[ARTIST], NOTES[COPYRIGHT]
    exif.get_ifd(0x8769)[TAKEN] = NOTES[TAKEN]
    return encoded(Image.new("RGB", (18, 12), (90, 120, 60)), kind, exif=exif.tobytes(), dpi=(300, 300), **options)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_every_file_says_that_it_is_srgb(rgb, tmp_path, suffix):
    path = save_image(rgb, tmp_path / f"a{suffix}")
    with Image.open(path) as picture:
        picture.load()
        if suffix == ".png":
            assert picture.info["srgb"] == 0 and "icc_profile" not in picture.info
        else:
            name = ImageCms.getProfileDescription(ImageCms.ImageCmsProfile(io.BytesIO(picture.info["icc_profile"])))
            assert "sRGB" in name
    away = (load_image(path) - rgb).abs()
    assert away.max() < 0.51 / 255 if suffix in LOSSLESS else away.mean() < 0.2
    assert save_image(rgb, tmp_path / f"b{suffix}").read_bytes() == path.read_bytes(), "the same bytes on every day"


@pytest.mark.parametrize("suffix", [".png", ".webp", ".tif"])
@pytest.mark.parametrize("mode", ["RGBA", "LA", "P"])
def test_transparency_goes_out_as_it_came_in(tmp_path, suffix, mode, alpha):
    source = Image.fromarray(np.random.default_rng(0).integers(0, 255, (12, 18, 3), dtype=np.uint8))
    source.putalpha(Image.fromarray(alpha))
    if mode == "P":
        palette = np.arange(216, dtype=np.uint8).reshape(12, 18)
        alpha = palette
        source = Image.fromarray(palette, "P")
        source.putpalette(np.random.default_rng(1).integers(0, 256, 768, dtype=np.uint8).tobytes())
        data = encoded(source, transparency=bytes(range(256)))
    else:
        data = encoded(source.convert(mode))
    image = load_image(data)
    path = save_image(image, tmp_path / f"a{suffix}", like=data)
    with Image.open(path) as out:
        assert out.mode == "RGBA"
        assert np.array_equal(np.asarray(out)[..., 3], alpha)
    away = (load_image(path) - image).abs()
    assert away.max() < 1.01 / 255 if suffix != ".webp" else away.mean() < 0.2


def test_jpeg_has_no_transparency_but_looks_the_same(rgb, tmp_path, alpha):
    path = save_image(rgb, tmp_path / "a.jpg", Metadata(alpha=alpha / np.float32(255)))
    assert torch.equal(load_image(path), load_image(save_image(rgb, tmp_path / "b.jpg")))


def test_transparency_follows_a_picture_that_was_shrunk(tmp_path):
    source = Image.new("RGBA", (64, 32), (200, 30, 30, 255))
    source.paste((200, 30, 30, 0), (0, 0, 32, 32))
    source.putpixel((63, 31), (10, 10, 200, 255))
    image, metadata = load_with_metadata(encoded(source), max_side=16)
    with Image.open(save_image(image, tmp_path / "a.png", metadata)) as out:
        assert out.size == (16, 8)
        assert out.getpixel((1, 4)) == (255, 255, 255, 0) and out.getpixel((14, 4)) == (200, 30, 30, 255)


def test_lines_that_are_nothing_but_transparency_are_painted_on_paper(rgb, tmp_path):
    ink = np.zeros((12, 18, 2), np.uint8)
    ink[5, :, 1] = 255
    for tone in (0, 255):
        ink[..., 0] = tone
        with Image.open(save_image(rgb, tmp_path / "a.png", like=png(ink, "la", 8))) as out:
            assert out.mode == "RGB"


@pytest.mark.parametrize("suffix", LOSSLESS)
def test_16_bits_go_out_as_they_came_in(tmp_path, suffix):
    levels = np.random.default_rng(2).integers(0, 65536, (9, 7, 4), dtype=np.uint16)
    levels[..., 3] |= 1 << 15  # where little is seen, little is known of the colour
    for source in (png(levels, "rgba", 16), tiff(levels, photometric="rgb", extrasamples=["unassalpha"])):
        path = save_image(load_image(source), tmp_path / f"a{suffix}", like=source)
        if suffix == ".png":
            written = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)[..., [2, 1, 0, 3]]
        else:
            written = tifffile.imread(path)
        assert written.dtype == np.uint16
        assert np.abs(written.astype(int) - levels).max() <= 2
    gray = tiff(levels[..., 0], photometric="miniswhite")
    written = read(save_image(load_image(gray), tmp_path / f"b{suffix}", like=gray))
    assert np.abs(written.color[..., 0] - (65535 - levels[..., 0].astype(int))).max() <= 1
    assert read(save_image(load_image(gray), tmp_path / "c.webp", like=gray)).color.dtype == np.uint8


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF", "deep"])
def test_resolution_date_and_author_are_kept_and_the_orientation_is_not(tmp_path, suffix, kind):
    if kind == "deep":
        metadata = Metadata(depth=16, dpi=(300, 300), notes=NOTES)
        image = torch.full((1, 3, 18, 12), 0.4)
    else:
        image, metadata = load_with_metadata(noted(kind))
        assert metadata.notes == NOTES and metadata.alpha is None and metadata.depth == 8
    assert image.shape[-2:] == (18, 12)
    path = save_image(image, tmp_path / f"a{suffix}", metadata)
    with Image.open(path) as out:
        out.load()
        exif = out.getexif()
        assert out.size == (12, 18)
        assert 0x0112 not in exif
        assert {tag: exif[tag] for tag in (ARTIST, COPYRIGHT)} == {tag: NOTES[tag] for tag in (ARTIST, COPYRIGHT)}
        assert exif.get_ifd(0x8769)[TAKEN] == NOTES[TAKEN]
        dpi = out.info["dpi"] if suffix != ".webp" else (exif[282], exif[283])
        assert np.allclose([float(number) for number in dpi], 300, atol=0.01)
    again = load_with_metadata(path)[1]
    assert again.notes == NOTES and np.allclose(again.dpi, 300, atol=0.01)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_names_of_all_countries_break_no_file(rgb, tmp_path, suffix):
    path = save_image(rgb, tmp_path / f"a{suffix}", Metadata(notes={ARTIST: "Zoë 山田", TAKEN: "x"}))
    assert load_image(path).shape == rgb.shape


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_notes_without_end_keep_no_picture_from_being_written(rgb, tmp_path, suffix):
    notes = {ARTIST: "山" * 70_000, COPYRIGHT: "x" * 70_000, TAKEN: "é" * 70_000}
    path = save_image(rgb, tmp_path / f"a{suffix}", Metadata(notes=notes))
    assert load_image(path).shape == rgb.shape
    assert load_with_metadata(path)[1].notes[COPYRIGHT].startswith("x" * 3_000)


def test_a_date_in_the_wrong_directory_is_found_and_no_resolution_is_made_up(rgb, tmp_path):
    exif = Image.Exif()
    exif[TAKEN] = NOTES[TAKEN]
    source = encoded(Image.new("RGB", (18, 12)), "JPEG", exif=exif.tobytes())
    metadata = load_with_metadata(source)[1]
    assert metadata.notes == {TAKEN: NOTES[TAKEN]} and metadata.dpi is None
    with Image.open(save_image(rgb, tmp_path / "a.png", like=source)) as out:
        assert "dpi" not in out.info and out.getexif().get_ifd(0x8769)[TAKEN] == NOTES[TAKEN]


def test_a_source_without_anything_beside_gives_nothing(rgb, tmp_path):
    array = np.zeros((12, 18, 3), np.uint8)
    plain = save_image(rgb, tmp_path / "a.png").read_bytes()
    for like in (array, Image.fromarray(array), encoded(Image.fromarray(array))):
        assert save_image(rgb, tmp_path / "b.png", like=like).read_bytes() == plain


# Places


def test_places_are_refused_before_the_work(tmp_path, monkeypatch):
    (tmp_path / "folder.png").mkdir()
    cases = {"a.gif": "end its name in .png", "no/a.png": "create its folder", "folder.png": "is a folder"}
    for name, words in cases.items():
        with pytest.raises(ImageError, match=words):
            check_place(tmp_path / name)
    assert check_place(tmp_path / "A.TIF") == tmp_path / "A.TIF"
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(ImageError, match="not yours to write to"):
        check_place(tmp_path / "a.png")


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_full_disk_names_the_file_and_leaves_nothing(rgb, tmp_path, monkeypatch, suffix):
    def full(_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(
        ImageError, match=rf"cannot write '.*a\{suffix}': No space left on device, give another place or make room"
    ):
        save_image(rgb, tmp_path / f"a{suffix}")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("height", [1, 2, 17, 400])
@pytest.mark.parametrize("channels", [3, 4])
def test_what_is_only_to_be_seen_is_written_quickly_to_the_same_pixels(channels, height):
    levels = np.random.default_rng(0).integers(256, size=(height, 23, channels), dtype=np.uint8)
    with Image.open(io.BytesIO(quick_png(levels))) as found:
        assert (found.size, len(found.getbands())) == ((23, height), channels)
        assert np.array_equal(np.asarray(found), levels)
    levels[..., 3:] = 255
    with Image.open(io.BytesIO(quick_png(levels))) as found:
        assert found.mode == "RGB", "what is opaque needs no alpha"
        assert np.array_equal(np.asarray(found.convert("RGBA"))[..., :channels], levels)
