"""colornb.reading: every kind of picture file, against littlecms, tifffile or values written down by hand."""

import io
import struct
import zlib
from importlib.util import find_spec
from pathlib import Path

import cv2
import numpy as np
import pytest
import tifffile
import torch
from hostile_files import hostile
from picture_files import PNG_KINDS, encoded, packed_tiff, png, profile, tiff
from PIL import Image, ImageCms

from colornb.images import ImageError, load_image, size_of, to_uint8
from colornb.reading import is_ink, read

RAMP = np.linspace(0, 65535, 64).round().astype(np.uint16).reshape(4, 16)
COLORS = np.random.default_rng(0).integers(0, 65536, (6, 8, 3), dtype=np.uint16)
LEVEL, FINE = 1 / 255, 2 / 65535


def srgb(light):
    """IEC 61966-2-1."""
    return np.where(light <= 0.0031308, light * 12.92, 1.055 * light.clip(1e-9) ** (1 / 2.4) - 0.055)


def gray(data):
    rgb = load_image(data)
    assert torch.equal(rgb[:, 0], rgb[:, 1]) and torch.equal(rgb[:, 0], rgb[:, 2])
    return rgb[0, 0].numpy()


def colors(data):
    return load_image(data)[0].permute(1, 2, 0).numpy()


# Colour spaces


@pytest.mark.parametrize("gamma", [1.0, 1.8, 2.2])
def test_gray_profiles_are_applied_at_every_depth(gamma):
    icc = profile("GRAY", gamma)
    expected = srgb((RAMP / 65535) ** gamma)
    coarse = srgb((np.arange(256) / 255) ** gamma)[RAMP >> 8]
    assert np.abs(gray(encoded(Image.fromarray(RAMP), icc_profile=icc)) - expected).max() < 2e-4
    assert np.abs(gray(encoded(Image.fromarray(RAMP), "TIFF", icc_profile=icc)) - expected).max() < 2e-4
    small = Image.fromarray((RAMP >> 8).astype(np.uint8))
    clear = Image.merge("LA", [small, Image.new("L", small.size, 255)])
    for picture in (small, clear):
        for kind in ("PNG", "TIFF"):
            assert np.abs(gray(encoded(picture, kind, icc_profile=icc)) - coarse).max() <= LEVEL


def test_a_gray_profile_is_what_littlecms_says():
    icc, levels = profile("GRAY", 1.8), np.arange(256, dtype=np.uint8).reshape(16, 16)
    target = ImageCms.createProfile("sRGB")
    source = ImageCms.ImageCmsProfile(io.BytesIO(icc))
    expected = ImageCms.profileToProfile(Image.fromarray(levels), source, target, outputMode="RGB")
    rgb = to_uint8(load_image(encoded(Image.fromarray(levels), icc_profile=icc)))
    assert np.abs(rgb.astype(int) - np.asarray(expected)).max() <= 1


@pytest.mark.parametrize("curve", [1.0, 1.8, np.linspace(0, 1, 33) ** 2.6])
def test_colour_profiles_are_what_littlecms_says_and_keep_16_bits(curve):
    icc = profile("RGB", curve)
    levels = (COLORS >> 8).astype(np.uint8)
    source = ImageCms.ImageCmsProfile(io.BytesIO(icc))
    target = ImageCms.createProfile("sRGB")
    expected = np.asarray(ImageCms.profileToProfile(Image.fromarray(levels), source, target)).astype(int)
    for kind in ("PNG", "TIFF", "WEBP"):
        options = {"lossless": True} if kind == "WEBP" else {}
        rgb = to_uint8(load_image(encoded(Image.fromarray(levels), kind, icc_profile=icc, **options)))
        assert np.abs(rgb - expected).max() <= 1
    chunk = (b"iCCP", b"x\0\0" + zlib.compress(icc))
    for deep in (levels * np.uint16(257), COLORS):
        light = curve if np.ndim(curve) else None
        for data in (tiff(deep, photometric="rgb", iccprofile=icc), png(deep, "rgb", 16, [chunk])):
            if deep is not COLORS:
                assert np.abs(colors(data) * 255 - expected).max() <= 1.1
            elif light is None:
                assert np.abs(colors(data) - srgb((COLORS / 65535) ** (round(curve * 256) / 256))).max() < 1e-3


def test_the_formulas_of_version_4_profiles_are_those_of_littlecms():
    icc = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()  # a formula with a foot
    levels = np.arange(256 * 3, dtype=np.uint32).reshape(16, 16, 3) % 256
    picture = Image.fromarray(levels.astype(np.uint8))
    assert np.array_equal(to_uint8(load_image(encoded(picture, icc_profile=icc))), levels)
    assert torch.equal(
        load_image(png(COLORS, "rgb", 16, [(b"iCCP", b"x\0\0" + zlib.compress(icc))])),
        load_image(png(COLORS, "rgb", 16)),
    )


def test_a_gray_picture_may_have_a_colour_profile():
    levels = np.arange(256, dtype=np.uint8).reshape(16, 16)
    rgb = gray(encoded(Image.fromarray(levels), "JPEG", icc_profile=profile("RGB", 1.0), quality=100))
    assert np.abs(rgb - srgb(levels / 255)).max() < 0.1  # JPEG moves the darkest by two levels
    assert rgb.mean() > levels.mean() / 255 + 0.1


def test_cmyk_goes_through_its_profile_or_the_plain_formula():
    picture = Image.new("CMYK", (2, 2), (255, 0, 0, 0))
    assert to_uint8(load_image(encoded(picture, "TIFF")))[0, 0].tolist() == [0, 255, 255]
    assert to_uint8(load_image(encoded(picture, "JPEG")))[0, 0, 0] < 5
    wrong = encoded(picture, "TIFF", icc_profile=profile("RGB", 1.8))
    assert to_uint8(load_image(wrong))[0, 0].tolist() == [0, 255, 255]


# Adobe RGB (1998) (200, 100, 50): by its primaries and its gamma of 563/256, in sRGB
ADOBE, AS_SRGB = (200, 100, 50), (227, 99, 44)


def exif_of(space, index=None, orientation=1):
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif.get_ifd(0x8769)[0xA001] = space
    if index:
        exif.get_ifd(0x8769)[0xA005] = {1: index}
    return exif


@pytest.mark.parametrize(
    ("space", "index", "wide"), [(2, None, True), (0xFFFF, "R03", True), (0xFFFF, "R98", False), (1, "R98", False)]
)
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_the_colour_space_of_cameras(kind, space, index, wide):
    if (kind, index) == ("TIFF", "R03"):
        pytest.skip("PIL writes the place of that directory wrong")
    options = {"JPEG": {"quality": 100, "subsampling": 0}, "WEBP": {"lossless": True}}.get(kind, {})
    picture = Image.new("RGB", (16, 16), ADOBE)
    rgb = to_uint8(load_image(encoded(picture, kind, exif=exif_of(space, index).tobytes(), **options)))
    assert np.abs(rgb[4, 4].astype(int) - (AS_SRGB if wide else ADOBE)).max() <= 2
    icc = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()  # outweighs it
    rgb = to_uint8(load_image(encoded(picture, kind, exif=exif_of(space, index).tobytes(), icc_profile=icc, **options)))
    assert np.abs(rgb[4, 4].astype(int) - ADOBE).max() <= 2


@pytest.mark.parametrize("bits", [8, 16])
@pytest.mark.parametrize("kind", ["gray", "rgb", "la", "rgba"])
def test_the_gamma_of_png(kind, bits):
    top, channels = 2**bits - 1, PNG_KINDS[kind][1]
    levels = np.full((2, 3, channels), top)
    levels[..., : channels - (channels % 2 == 0)] = round(0.25 * top)
    value = round(0.25 * top) / top
    for gamma, exponent in ((1.0, 1.0), (0.55556, 1.8), (0.5, 2.0)):
        data = png(levels, kind, bits, [(b"gAMA", struct.pack(">I", round(gamma * 1e5)))])
        assert np.abs(gray(data) - srgb(np.array(value**exponent))).max() < (LEVEL if bits == 8 else 2e-4)
    for chunks in ([(b"gAMA", struct.pack(">I", 45455))], [(b"gAMA", struct.pack(">I", 100000)), (b"sRGB", b"\0")]):
        assert np.abs(gray(png(levels, kind, bits, chunks)) - value).max() < 1e-6


def test_the_primaries_of_png():
    adobe = (31270, 32900, 64000, 33000, 21000, 71000, 15000, 6000)
    chunks = [(b"gAMA", struct.pack(">I", round(1e5 * 256 / 563))), (b"cHRM", struct.pack(">8I", *adobe))]
    assert (
        np.abs(to_uint8(load_image(png(np.full((1, 1, 3), ADOBE), "rgb", 8, chunks)))[0, 0] - np.array(AS_SRGB)).max()
        <= 2
    )
    broken = [(b"cHRM", bytes(32))]
    assert to_uint8(load_image(png(np.full((1, 1, 3), ADOBE), "rgb", 8, broken)))[0, 0].tolist() == list(ADOBE)


# Polarity and range


@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize("dtype", [bool, np.uint8, np.uint16, np.int16, np.int8, np.float32, np.float16])
@pytest.mark.parametrize("white", [False, True])
@pytest.mark.parametrize("compression", [None, "zlib"])
def test_gray_tiff_of_every_depth_sign_and_polarity(order, dtype, white, compression):
    kind = np.dtype(dtype)
    top = np.iinfo(kind).max if kind.kind in "iu" else 1
    levels = (RAMP / 65535 * top).astype(kind) if kind.kind != "b" else RAMP > 30000
    photometric = "miniswhite" if white else "minisblack"
    data = tiff(levels, photometric=photometric, byteorder=order, compression=compression)
    assert np.array_equal(tifffile.imread(io.BytesIO(data)), levels)
    unit = levels.astype(np.float64) / top
    assert np.abs(gray(data) - (1 - unit if white else unit)).max() < FINE


@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize("white", [False, True])
def test_12_bits_packed_or_in_words_of_16(order, white):
    levels = (RAMP >> 4).astype(np.uint16)
    expected = levels / 4095
    expected = 1 - expected if white else expected
    photometric = "miniswhite" if white else "minisblack"
    word = tiff(levels, photometric=photometric, byteorder=order, extratags=[(281, 3, 1, 4095, True)])
    assert np.abs(gray(word) - expected).max() < FINE
    if order == "<" and not white:  # the one kind of them that PIL opens
        bits = np.unpackbits(levels.astype(">u2").view(np.uint8).reshape(4, 16, 2), axis=-1)[..., 4:]
        packed = np.packbits(bits.reshape(4, -1), axis=1).tobytes()
        assert np.abs(gray(packed_tiff(packed, 16, 4)) - expected).max() < FINE


def test_a_largest_value_that_is_no_depth_says_nothing_of_white():
    data = tiff(RAMP // 4, photometric="minisblack", extratags=[(281, 3, 1, 30000, True)])
    assert np.abs(gray(data) - RAMP // 4 / 65535).max() < FINE


@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize("planar", ["contig", "separate"])
@pytest.mark.parametrize("compression", [None, "zlib"])
def test_16_bit_colour_tiff(order, planar, compression):
    levels = COLORS if planar == "contig" else np.moveaxis(COLORS, -1, 0)
    data = tiff(levels, photometric="rgb", planarconfig=planar, byteorder=order, compression=compression)
    assert np.abs(colors(data) - COLORS / 65535).max() < FINE


def test_16_bits_under_a_compression_that_tifffile_does_not_know():
    assert np.abs(colors(cv2.imencode(".tif", COLORS[..., ::-1])[1].tobytes()) - COLORS / 65535).max() < FINE  # LZW
    assert np.abs(gray(cv2.imencode(".tif", RAMP)[1].tobytes()) - RAMP / 65535).max() < FINE
    white = encoded(Image.fromarray(RAMP), "TIFF", compression="tiff_lzw", tiffinfo={262: 0})
    assert tifffile.TiffFile(io.BytesIO(white)).pages[0].photometric == 0
    assert np.abs(gray(white) - (1 - RAMP / 65535)).max() < FINE


def test_ranges_that_nobody_can_know_are_refused_in_one_line():
    cases = {
        "below zero": tiff(np.array([[-5, 100]], np.int16), photometric="minisblack"),
        "32-bit levels": tiff(np.array([[5, 1 << 20]], np.uint32), photometric="minisblack"),
        "scale its floats": tiff(np.array([[0, 255]], np.float32), photometric="minisblack"),
        "ends too early": tiff(RAMP, photometric="minisblack")[:-20],
    }
    for words, data in cases.items():
        with pytest.raises(ImageError, match=words) as caught:
            load_image(data)
        assert "\n" not in str(caught.value)


# Transparency


@pytest.mark.parametrize("bits", [1, 2, 4, 8, 16])
def test_the_transparent_gray_of_png(bits):
    top = 2**bits - 1
    levels, key = np.array([[0, top, top // 2, 0]]), max(1, top // 2)
    data = png(levels, "gray", bits, [(b"tRNS", struct.pack(">H", key))])
    assert np.abs(gray(data) - np.where(levels == key, 1, levels / top)).max() < 1e-6


def test_the_transparent_colour_of_16_bit_png_is_compared_whole():
    levels = np.array([[[1000, 2000, 3000], [1001, 2000, 3000], [65535, 0, 0]]])
    data = png(levels, "rgb", 16, [(b"tRNS", struct.pack(">3H", 1000, 2000, 3000))])
    assert np.abs(colors(data) - np.array([[[1, 1, 1], levels[0, 1] / 65535, [1, 0, 0]]])).max() < FINE


@pytest.mark.parametrize("kind", ["la", "rgba"])
@pytest.mark.parametrize("form", ["png", "tiff", "premultiplied"])
def test_16_bits_of_colour_and_alpha_lie_on_white(kind, form):
    levels = np.random.default_rng(1).integers(0, 65536, (5, 7, PNG_KINDS[kind][1]), dtype=np.uint16)
    unit = levels / 65535
    expected = unit[..., :-1] * unit[..., -1:] + 1 - unit[..., -1:]
    if form == "png":
        data = png(levels, kind, 16)
    else:
        extra = "unassalpha" if form == "tiff" else "assocalpha"
        stored = (
            levels if form == "tiff" else (np.dstack([unit[..., :-1] * unit[..., -1:], unit[..., -1:]]) * 65535).round()
        )
        options = {"photometric": "rgb" if kind == "rgba" else "minisblack", "planarconfig": "contig"}
        data = tiff(stored.astype(np.uint16), extrasamples=[extra], **options)
    assert np.abs(colors(data) - expected).max() < 2 * FINE
    assert np.abs(read(data).alpha - levels[..., -1].astype(int)).max() == 0


def test_palettes_have_transparent_entries():
    chunks = [(b"PLTE", bytes([200, 0, 0, 0, 0, 200, 9, 9, 9])), (b"tRNS", bytes([255, 0, 51]))]
    rgb = to_uint8(load_image(png(np.array([[0, 1, 2]]), "palette", 8, chunks)))
    assert rgb[0].tolist() == [[200, 0, 0], [255, 255, 255], [206, 206, 206]]


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_white_lines_on_nothing_are_black_ones_at_every_depth(dtype):
    top = np.iinfo(dtype).max
    levels = np.full((9, 9, 2), top, dtype)
    levels[..., 1] = 0
    levels[4, :, 1] = top
    lines = gray(png(levels, "la", 8 * levels.itemsize))
    assert lines[4].max() == 0 and lines[:4].min() == 1
    assert is_ink(levels[..., :1], levels[..., 1]) and not is_ink(levels[..., :1], np.full((9, 9), top, dtype))


# Orientation


@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_kind_is_turned_upright(orientation):
    corner = np.full((4, 6), 255, np.uint8)
    corner[0, 0] = 0
    deep = corner.astype(np.uint16) * 257
    turned, size = (orientation >= 5), ((6, 4) if orientation >= 5 else (4, 6))
    top, left = orientation in (1, 2, 5, 6), orientation in (1, 4, 5, 8)
    tag = [(274, 3, 1, orientation, True)]
    exif = exif_of(1, orientation=orientation)
    files = {
        "tiff 8": encoded(Image.fromarray(corner), "TIFF", tiffinfo={274: orientation}),
        "tiff lzw 16": encoded(Image.fromarray(deep), "TIFF", tiffinfo={274: orientation}, compression="tiff_lzw"),
        "tiff 16": tiff(deep, photometric="minisblack", extratags=tag),
        "tiff rgb 16": tiff(np.dstack([deep] * 3), photometric="rgb", extratags=tag),
        **{
            f"bigtiff {levels.dtype} {order}": tiff(
                levels, photometric="minisblack", extratags=tag, bigtiff=True, byteorder=order
            )
            for levels in (corner, deep)
            for order in "<>"
        },
        "png": encoded(Image.fromarray(corner), exif=exif),
        "png 16": encoded(Image.fromarray(deep), exif=exif),
        "png rgb 16": png(np.dstack([deep] * 3), "rgb", 16, [(b"eXIf", exif.tobytes()[6:])]),
        "webp": encoded(Image.fromarray(corner).convert("RGB"), "WEBP", exif=exif, lossless=True),
    }
    for name, data in files.items():
        rgb = load_image(data)
        assert tuple(rgb.shape[-2:]) == size == size_of(data), (name, turned)
        assert rgb[0, 0, 0 if top else -1, 0 if left else -1] == 0, name
        assert rgb.mean() > 0.9


@pytest.mark.parametrize("order", "<>")
def test_a_bigtiff_keeps_its_profile_its_resolution_and_its_author(order):
    icc, artist = profile("GRAY", 1.8), [(315, 2, 0, b"A. Painter", True)]
    options = {"photometric": "minisblack", "byteorder": order, "iccprofile": icc, "extratags": artist}
    small, big = (
        read(tiff(RAMP, resolution=(300, 200), resolutionunit=2, bigtiff=big, **options)) for big in (False, True)
    )
    assert np.array_equal(small.color, big.color) and small.dpi == big.dpi == (300, 200)
    assert small.notes == big.notes == {315: "A. Painter"}


# Damage


def test_the_size_of_a_turned_tiff_is_upright_where_tifffile_does_not_know_it():
    data = encoded(Image.new("L", (6, 4)), "TIFF", tiffinfo={274: 6})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("colornb.reading.tiff_page", lambda _: None)
        assert size_of(data) == tuple(load_image(data).shape[-2:]) == (6, 4)


def test_what_is_wrong_in_a_file_is_said_with_its_name(tmp_path):
    path = tmp_path / "deep.tif"
    path.write_bytes(tiff(np.array([[-5, 100]], np.int16), photometric="minisblack"))
    for source, name in ((path, f"'{path}': "), (path.read_bytes(), "the data: ")):
        with pytest.raises(ImageError, match="below zero") as caught:
            load_image(source)
        assert str(caught.value).startswith(name)


@pytest.mark.sampled(60)
@pytest.mark.parametrize("seed", range(1000))
def test_any_file_is_a_picture_or_one_line(seed):
    data = hostile(np.random.default_rng(seed))
    try:
        rgb = load_image(data, max_side=64)
    except ImageError as error:
        assert "\n" not in str(error) and ":" in str(error)
    else:
        assert rgb.shape[:2] == (1, 3) and rgb.dtype == torch.float32 and 0 <= rgb.min() <= rgb.max() <= 1


def test_photographs_come_as_they_did():
    """The profiles of cameras and of the samples: littlecms again."""
    file = Path(find_spec("skimage").submodule_search_locations[0]) / "data" / "rocket.jpg"
    with Image.open(file) as picture:
        source = ImageCms.ImageCmsProfile(io.BytesIO(picture.info["icc_profile"]))
        expected = np.asarray(ImageCms.profileToProfile(picture, source, ImageCms.createProfile("sRGB"))).astype(int)
    assert np.abs(to_uint8(load_image(file)) - expected).max() <= 1
