"""What came in goes out: each kind of file in, each kind out, each thing that a file can hold beside its colours.

Files are made, and looked into, by Pillow, tifffile and OpenCV alone.
"""

import io
import zipfile

import cv2
import numpy as np
import pytest
import tifffile
import torch
from fake_drawing import FakeDrawing
from picture_files import encoded
from PIL import Image, ImageCms

from colornb.hints import Region
from colornb.images import load_with_metadata, to_uint8
from colornb.openraster import Layer, save_flat, save_layers, save_painting

HEIGHT, WIDTH, DPI = 24, 36, (600.0, 300.0)
AUTHOR, RIGHTS, DAY, ZONE = "Ä. Painter", "free to use", "2020:02:29 12:34:56", "+05:30"
PLAIN, INNER = {315: AUTHOR, 33432: RIGHTS}, {36867: DAY, 36881: ZONE}
SOURCES = {"png": 8, "deep png": 16, "tiff": 8, "deep tiff": 16, "webp": 8, "jpeg": 8}
OUT = {".png": 16, ".tif": 16, ".jpg": 8, ".webp": 8, ".ora": 8}
LOSS = {".jpg": 0.04, ".webp": 0.04}  # of the levels, on average


def exif():
    exif = Image.Exif()
    for tag, text in PLAIN.items():
        exif[tag] = text.encode("latin-1")
    for tag, text in INNER.items():
        exif.get_ifd(0x8769)[tag] = text
    exif[282], exif[283], exif[296] = *DPI, 2
    return exif


def levels(bits, generator):
    """A ramp, RGBA, with a corner that is cut out and an edge that is half transparent."""
    ramp = np.linspace(0.2, 0.9, WIDTH)[None, :, None] + np.linspace(0, 0.1, HEIGHT)[:, None, None]
    color = ramp * np.array([1, 0.9, 0.8]) + 0.001 * generator.random((HEIGHT, WIDTH, 3))
    alpha = np.ones((HEIGHT, WIDTH, 1))
    alpha[:8, :8], alpha[8:12, :8] = 0, 0.5
    return np.rint(np.dstack([color, alpha]) * (2**bits - 1)).astype(f"u{bits // 8}")


def source(kind, rgba):
    """A file that holds all that its kind can."""
    if kind == "deep png":
        data = cv2.imencode(".png", rgba[..., [2, 1, 0, 3]])[1].tobytes()
        noted = encoded(Image.new("RGB", (WIDTH, HEIGHT)), "PNG", exif=exif(), dpi=DPI)
        start, end = 33, noted.index(b"IDAT") - 4
        return data[:33] + noted[start:end] + data[33:]
    if kind.endswith("tiff"):  # Pillow writes the place of the inner directory wrong
        buffer = io.BytesIO()
        texts = [(tag, 2, 0, text.encode("latin-1"), True) for tag, text in (PLAIN | INNER).items()]
        tifffile.imwrite(
            buffer, rgba, photometric="rgb", extrasamples=["unassalpha"], resolution=DPI, resolutionunit=2,
            extratags=texts, compression="zlib", metadata=None,
        )  # fmt: skip
        return buffer.getvalue()
    picture = Image.fromarray(rgba).convert("RGB" if kind == "jpeg" else "RGBA")
    options = {"lossless": True, "exact": True} if kind == "webp" else {}
    return encoded(picture, kind.upper(), exif=exif(), dpi=DPI, **options)


class Photograph:
    """A colorizer that leaves the picture as it is."""

    ink = regions = None

    def __init__(self, rgb):
        self.rgb, self.sketch = rgb, rgb.mean(1, keepdim=True)

    def predict(self, hints, with_ink=True):
        return self.rgb


def opened(path):
    """Levels (h, w, 3 or 4) as other libraries read them, and the file as Pillow knows it."""
    data = path.read_bytes()
    if path.suffix == ".ora":
        with zipfile.ZipFile(path) as file:
            data = file.read("mergedimage.png")
    picture = Image.open(io.BytesIO(data))
    if path.suffix == ".tif":
        return tifffile.imread(io.BytesIO(data)), picture
    if path.suffix in (".png", ".ora"):
        found = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
        return found[..., [2, 1, 0, 3][: found.shape[2]]], picture
    return np.asarray(picture), picture


@pytest.mark.parametrize("suffix", OUT)
@pytest.mark.parametrize("kind", SOURCES)
def test_all_that_a_file_holds_goes_out_as_far_as_the_other_kind_can(kind, suffix, tmp_path):
    given = levels(SOURCES[kind], np.random.default_rng(0))
    image, metadata = load_with_metadata(source(kind, given))
    path = save_painting(Photograph(image), [], tmp_path / f"a{suffix}", metadata)
    found, picture = opened(path)

    bits = min(SOURCES[kind], OUT[suffix])
    assert found.dtype == f"u{bits // 8}", "depth"
    was, now = given / np.iinfo(given.dtype).max, found / np.iinfo(found.dtype).max
    has_alpha = kind != "jpeg" and suffix != ".jpg"
    assert (now.shape[2] == 4 and now[..., 3].min() == 0) == has_alpha, "transparency"
    if has_alpha:
        assert np.abs(was[..., 3] - now[..., 3]).max() <= 0.5 / 255, "alpha"
    seen = was[..., 3] == 1
    differs = np.abs(was - now)[seen][:, :3] if now.shape[2] == 4 else np.abs(was[..., :3] - now)[seen]
    if suffix in LOSS or kind == "jpeg":
        assert differs.mean() < 0.04
    else:
        assert differs.max() <= 0.51 / (2**bits - 1), "colours"

    notes = picture.getexif()
    inner = notes.get_ifd(0x8769)
    assert notes[315] == AUTHOR and notes[33432] == RIGHTS and inner[36867] == DAY and inner[36881] == ZONE
    across, down = picture.info.get("dpi") or (notes[282], notes[283])
    assert np.allclose((float(across), float(down)), DPI, atol=0.1), "resolution"
    assert 274 not in notes or notes[274] == 1
    if icc := picture.info.get("icc_profile"):
        assert "sRGB" in ImageCms.getProfileDescription(ImageCms.ImageCmsProfile(io.BytesIO(icc)))
    else:
        assert "srgb" in picture.info, "the colours are said to be sRGB"


def drawing(mode):
    """Blue and red lines on paper that is cut out, and at one edge fades."""
    page = np.full((60, 80, 4), 255, np.uint8)
    page[::12, :, :3], page[:, ::16, :3] = (20, 20, 120), (150, 30, 10)
    page[:20, :20, 3] = 0
    page[40:, :, 3] = np.linspace(255, 20, 20)[:, None] if mode == "fades" else 255
    page[:12, 60:, 3] = 0
    return page


@pytest.mark.parametrize("mode", ["cut out", "fades"])
@pytest.mark.parametrize("flat", [False, True])
def test_a_drawing_that_was_cut_out_opens_again_as_one(mode, flat, tmp_path):
    given = drawing(mode)
    data = encoded(Image.fromarray(given), exif=exif(), dpi=DPI)
    image, metadata = load_with_metadata(data)
    fake = FakeDrawing(image)
    fake.predict = lambda hints, with_ink=True: torch.full_like(image, 0.8)
    hints = [Region(0, "#ff8000")]
    path = tmp_path / "a.ora"
    save_flat(fake, hints, path, metadata) if flat else save_painting(fake, hints, path, metadata)
    again, found = load_with_metadata(path)
    assert np.array_equal(np.rint(255 * found.alpha), given[..., 3])
    assert np.abs(to_uint8(again).astype(int) - to_uint8(image)).max() <= 1, "the lines, on white"
    assert found.notes == metadata.notes == PLAIN | INNER and np.allclose(found.dpi, DPI, atol=0.1)
    twice = save_painting(fake, hints, tmp_path / "b.ora", found)
    assert np.array_equal(load_with_metadata(twice)[1].alpha, found.alpha)


def test_the_resolution_of_layers_is_read_where_the_picture_has_none(tmp_path):
    path = save_layers([Layer("sky", np.full((4, 5, 4), 255, np.uint8))], tmp_path / "a.ora")
    bare = tmp_path / "b.ora"
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(bare, "w") as new:
        for name in old.namelist():
            data = old.read(name)
            new.writestr(name, data.replace(b'w="5"', b'w="5" xres="300" yres="150"'))
    assert load_with_metadata(path)[1].dpi is None
    assert load_with_metadata(bare)[1].dpi == (300, 150)
