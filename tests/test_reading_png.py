"""A PNG whose notes are broken is the picture that it would be without them, and nobody hears of it."""

import struct
import zlib

import numpy as np
import pytest
from hostile_files import hostile
from picture_files import PNG_KINDS, encoded, png, profile
from PIL import Image, PngImagePlugin

from colornb.images import size_of
from colornb.reading import ImageError, png_chunk, read

ADAM7 = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]
FORMS = [("gray", 1), ("gray", 4), ("gray", 8), ("gray", 16), ("palette", 8)] + [
    (kind, bits) for kind in ("rgb", "la", "rgba") for bits in (8, 16)
]
BESIDE = [
    b"zTXt", b"iTXt", b"tEXt", b"iCCP", b"eXIf", b"tIME", b"pHYs", b"bKGD", b"hIST", b"sPLT", b"sBIT", b"acTL",
    b"fcTL", b"fdAT", b"oFFs", b"cHRM", b"gAMA", b"sRGB", b"cICP", b"mDCv", b"caNv", b"ab1d", b"\0\1\2\3",
]  # fmt: skip
SAID = [
    b"", b"?", b"x" * 100, b"key\0\0" + zlib.compress(b"note")[:5], b"key\0\0" + zlib.compress(bytes(3_000_000)),
    b"key\0\7" + zlib.compress(b"note"), b"Raw profile type exif\0\0" + zlib.compress(b"\nexif\n 9\nzz"),
    b"Raw profile type exif\0\0" + zlib.compress(bytes(3_000_000)), b"XML:com.adobe.xmp\0\1\0\0\0" + b"x" * 20,
    b"XML:com.adobe.xmp\0\1\0\0\0" + zlib.compress(bytes(3_000_000)), b"\0\0\0\1\0\0\0\2",
]  # fmt: skip


def whole(kind, bits, generator):
    """The file of a small picture, and where its pixels begin and end."""
    levels = generator.integers(0, 2**bits, (9, 11, PNG_KINDS[kind][1]))
    data = png(levels, kind, bits, [(b"PLTE", generator.bytes(768))] if kind == "palette" else [])
    return data, (33, data.index(b"IDAT") - 4, data.index(b"IEND") - 4)


def with_wrong_sum(chunk):
    return chunk[:-1] + bytes([chunk[-1] ^ 1])


def same(one, other):
    return (
        np.array_equal(one.color, other.color)
        and (one.alpha is None) == (other.alpha is None)
        and (one.alpha is None or np.array_equal(one.alpha, other.alpha))
    )


@pytest.mark.sampled(40)
@pytest.mark.parametrize("name", BESIDE, ids=lambda name: name.decode())
@pytest.mark.parametrize("form", FORMS, ids=lambda form: f"{form[0]}{form[1]}")
def test_what_is_broken_beside_the_pixels_is_left_out(name, form, capfd):
    data, places = whole(*form, np.random.default_rng(0))
    clean = read(data)
    for place in places:
        for body in SAID:
            sound = png_chunk(name, body)
            for chunk in (with_wrong_sum(sound), sound):
                found = data[:place] + chunk + data[place:]
                assert size_of(found) == (9, 11)
                if not (chunk == sound and name in (b"gAMA", b"cHRM")):  # which may say what colours are
                    assert same(read(found), clean), (place, body[:30])
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("form", [form for form in FORMS if form[0] != "palette"], ids=str)
def test_a_broken_transparency_is_none(form):
    data, (_, place, _) = whole(*form, np.random.default_rng(1))
    for chunk in (png_chunk(b"tRNS", b"\0"), png_chunk(b"tRNS", b""), with_wrong_sum(png_chunk(b"tRNS", bytes(6)))):
        assert same(read(data[:place] + chunk + data[place:]), read(data))


@pytest.mark.parametrize("kind", ["gray", "rgb", "la", "rgba"])
def test_interlaced_levels_of_16_bits_are_all_there(kind):
    for size in ((9, 11), (1, 1), (3, 2), (8, 16), (5, 1)):
        levels = np.random.default_rng(2).integers(0, 65536, (*size, PNG_KINDS[kind][1]))
        parts = [levels[y::down, x::across] for x, y, across, down in ADAM7]
        rows = b"".join(b"\0" + row.astype(">u2").tobytes() for part in parts if part.size for row in part)
        head = struct.pack(">IIBBBBB", *size[::-1], 16, PNG_KINDS[kind][0], 0, 0, 1)
        chunks = [(b"IHDR", head), (b"IDAT", zlib.compress(rows)), (b"IEND", b"")]
        assert same(
            read(b"\x89PNG\r\n\x1a\n" + b"".join(png_chunk(*chunk) for chunk in chunks)), read(png(levels, kind, 16))
        )


@pytest.mark.parametrize("form", FORMS, ids=str)
def test_the_end_may_be_missing_or_be_followed_by_anything(form, capfd):
    data, (_, _, end) = whole(*form, np.random.default_rng(3))
    clean = read(data)
    for tail in (b"", b"\0\0", b"\0\0\xff\xfftEXtcut", data[end:] + b"junk" * 9, data[end:] + data):
        assert same(read(data[:end] + tail), clean)
    for start in (20, 60):
        with pytest.raises(ImageError):
            read(data[: len(data[:end]) - start])
    assert capfd.readouterr() == ("", "")


def test_the_profile_is_applied_however_large_it_is():
    levels = np.arange(256).repeat(3).reshape(1, 256, 3)
    small = profile("RGB", 1.0)
    large = small + np.random.default_rng(0).bytes(2_000_000)  # more than PIL takes
    data = [png(levels, "rgb", 8, [(b"iCCP", b"linear\0\0" + zlib.compress(icc))]) for icc in (small, large)]
    light = levels / 255
    srgb = np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)
    for found in map(read, data):
        assert np.abs(found.color.astype(float) - 255 * srgb).max() <= 1
    cut = png(levels, "rgb", 8, [(b"iCCP", b"linear\0\0" + zlib.compress(small)[:60])])
    assert np.array_equal(read(cut).color, levels)


def test_what_is_said_of_the_picture_is_still_heard():
    exif = Image.Exif()
    exif[274], exif[315] = 6, "A. Painter"
    picture = Image.fromarray(np.random.default_rng(4).integers(0, 256, (4, 7, 3), dtype=np.uint8))
    data, upright = encoded(picture, exif=exif, dpi=(600, 300)), np.asarray(picture)[::-1].swapaxes(0, 1)
    place, body = data.index(b"eXIf") - 4, exif.tobytes().removeprefix(b"Exif\0\0")
    late = data.replace(png_chunk(b"eXIf", body), b"")
    late = late[:-12] + png_chunk(b"eXIf", body) + late[-12:]
    assert b"eXIf" in late and late.index(b"eXIf") > late.index(b"IDAT") > place
    for found in map(read, (data, late)):
        assert np.array_equal(found.color, upright) and found.notes == {315: "A. Painter"}
        assert np.allclose(found.dpi, (600, 300), atol=0.1)
    texts = PngImagePlugin.PngInfo()
    texts.add_itxt("XML:com.adobe.xmp", '<x tiff:Orientation="6"/>', zip=True)
    assert np.array_equal(read(encoded(picture, pnginfo=texts)).color, upright)


def test_an_animation_with_broken_frames_shows_the_first():
    frames = [Image.new("RGB", (6, 4), color) for color in ("red", "blue", "green")]
    data = encoded(frames[0], save_all=True, append_images=frames[1:])
    for name in (b"acTL", b"fcTL", b"fdAT"):
        damaged = bytearray(data)
        damaged[data.index(name) + 9] ^= 255
        assert (read(bytes(damaged)).color == [255, 0, 0]).all()


@pytest.mark.sampled(40)
@pytest.mark.parametrize("seed", range(400))
def test_no_decoder_speaks_on_stderr(seed, capfd):
    random = np.random.default_rng(seed)
    for _ in range(10):
        try:
            read(hostile(random))
        except ImageError as error:
            assert "\n" not in str(error)
    assert capfd.readouterr() == ("", "")
