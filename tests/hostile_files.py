"""Picture files of any format, mode, depth and size, damaged or not: for whatever reads pictures that people bring."""

import io
import struct
import warnings
import zlib

import numpy as np
from picture_files import PNG_KINDS, encoded, packed_tiff, png, profile, tiff
from PIL import Image, ImageOps

SIDES = [1, 2, 3, 7, 16, 33, 64]
STRIPS = [(1, 40), (40, 1), (2, 90), (130, 24)]
MODES = {
    "JPEG": ["L", "RGB", "CMYK"],
    "GIF": ["P", "L", "1"],
    "WEBP": ["RGB", "RGBA"],
    "BMP": ["1", "L", "P", "RGB"],
    "TIFF": ["1", "L", "LA", "P", "RGBA", "CMYK", "LAB", "YCbCr"],
    "PNG": ["1", "P", "LA", "I;16"],
    "PPM": ["1", "L", "RGB", "I;16"],
    "ICO": ["RGBA"],
    "TGA": ["L", "RGBA", "P"],
    "JPEG2000": ["L", "LA", "RGB", "RGBA"],
    "AVIF": ["RGB", "RGBA"],
    "QOI": ["RGB", "RGBA"],
    "PCX": ["1", "L", "P", "RGB"],
    "SGI": ["L", "RGB", "RGBA"],
    "DDS": ["L", "RGB", "RGBA"],
    "XBM": ["1"],
    "MPO": ["RGB"],
    "SPIDER": ["F"],
}
HUGE = [0, 1, 255, 65535, 100_000, 2**31 - 1, 2**32 - 1]
NOTES = [b"A. Painter", b"\xff\xfe\x80", b"x" * 70_000, b"", b"two\nlines\0three"]


def hostile(random):
    """The bytes of a picture of any kind, or of what claims to be one."""
    kinds = [
        _png,
        _png,
        _tiff,
        _tiff,
        _float_tiff,
        _by_pil,
        _by_pil,
        _by_pil,
        _tagged,
        _animated,
        _claim,
        _netpbm,
        _odd,
    ]
    return _damaged(kinds[random.integers(len(kinds))](random), random)


def _pick(random, choices):
    return choices[int(random.integers(len(choices)))]


def _size(random):
    """Height and width: of a small picture, or of a strip."""
    if random.random() < 0.15:
        return _pick(random, STRIPS)
    return _pick(random, SIDES), _pick(random, SIDES)


def _photograph(random, size):
    """Noise, a gradient, or lines on paper, (h, w, 3) uint8."""
    height, width = size
    kind = random.integers(3)
    if kind == 0:
        return random.integers(0, 256, (height, width, 3), dtype=np.uint8)
    if kind == 1:
        slope = np.add.outer(np.linspace(20, 120, height), np.linspace(0, 110, width))
        return (slope[..., None] + random.integers(0, 25, 3)).astype(np.uint8)
    page = np.full((height, width, 3), 250, np.uint8)
    page[::9, :], page[:, ::11] = 20, 20
    return page


def _png(random):
    bits, kind = _pick(random, [8, 16]), _pick(random, ["gray", "rgb", "la", "rgba", "palette"])
    bits = _pick(random, [1, 2, 4, 8]) if kind == "palette" else bits
    levels = random.integers(0, 2**bits, (*_size(random), PNG_KINDS[kind][1]))
    names = [b"gAMA", b"cHRM", b"tRNS", b"sRGB", b"eXIf", b"pHYs", b"acTL", b"zTXt"]
    chunks = [(_pick(random, names), random.bytes(_pick(random, [1, 2, 4, 6, 9, 32]))) for _ in range(2)]
    chunks = chunks[: random.integers(3)]
    if random.random() < 0.3:
        chunks.append((b"iCCP", b"x\0\0" + zlib.compress(_icc(random))))
    if kind == "palette":
        entries = random.integers(0, 2**bits + 1)  # fewer than are used, too
        chunks = [(b"PLTE", random.bytes(3 * int(entries))), (b"tRNS", random.bytes(int(entries) // 2 + 1)), *chunks]
    return png(levels, kind, bits, chunks)


def _tiff(random):
    bits, kind = _pick(random, [8, 16]), _pick(random, ["gray", "rgb", "rgba"])
    levels = random.integers(0, 2**bits, (*_size(random), PNG_KINDS[kind][1]), dtype=f"u{bits // 8}")
    options = {"photometric": _pick(random, ["miniswhite", "minisblack"]) if kind == "gray" else "rgb"}
    if kind == "rgba":
        options["extrasamples"] = [_pick(random, ["unassalpha", "assocalpha", "unspecified"])]
    levels = levels[..., 0] if kind == "gray" else levels
    ways = [levels, levels >> 1, (levels >> 1).astype(f"i{bits // 8}"), levels.astype(np.uint32), levels.astype("i4")]
    if kind != "gray" and random.random() < 0.3:
        ways, options["planarconfig"] = [np.moveaxis(levels, -1, 0)], "separate"
    extra = [(_pick(random, [274, 281, 339]), 3, 1, int(random.integers(0, 9)), True)]
    if random.random() < 0.3:
        options["iccprofile"] = _icc(random)
    if random.random() < 0.2:
        options |= {"tile": (16, 16)}
    options |= {"bigtiff": bool(random.random() < 0.2), "byteorder": _pick(random, "<>"), "extratags": extra}
    if random.random() < 0.1:
        return packed_tiff(random.bytes(3 * 8 * 4), 16, 4)
    return tiff(_pick(random, ways), compression=_pick(random, [None, "zlib"]), **options)


def _float_tiff(random):
    levels = random.random((*_size(random), _pick(random, [1, 3]))).astype(_pick(random, ["f2", "f4", "f8"]))
    if random.random() < 0.5:
        levels.flat[random.integers(levels.size)] = _pick(random, [np.nan, np.inf, -np.inf, -1, 2, 1e4, 1e-30])
    gray = levels.shape[-1] == 1
    return tiff(levels[..., 0] if gray else levels, photometric="minisblack" if gray else "rgb")


def _by_pil(random):
    form = _pick(random, list(MODES))
    mode, array = _pick(random, MODES[form]), _photograph(random, _size(random))
    picture = Image.fromarray(array)
    if mode == "LAB":
        picture = Image.frombytes("LAB", picture.size, picture.tobytes())
    elif mode == "I;16":
        picture = Image.fromarray(array[..., 0] * np.uint16(257))
    else:
        picture = picture.convert(mode)
    if mode.endswith("A"):
        picture.putalpha(Image.fromarray(random.integers(0, 256, array.shape[:2], dtype=np.uint8)))
    options = {"transparency": int(random.integers(256))} if mode == "P" and form == "GIF" else {}
    return encoded(picture, form, **options)


def _tagged(random):
    """A camera's picture with EXIF that says whatever it likes, resolutions, and a profile that may be none."""
    picture, form = Image.fromarray(_photograph(random, _size(random))), _pick(random, ["JPEG", "PNG", "WEBP"])
    options = {"icc_profile": _icc(random)} if random.random() < 0.5 else {}
    return encoded(picture, form, exif=_exif(random, 60_000 if form == "JPEG" else 70_000), **options)


def _exif(random, most):
    """One directory: an orientation of any type and value, notes, a resolution that may be 0/0, pointers to nowhere."""
    rows, behind, start = [], b"", 8 + 2 + 12 * 5 + 4
    kind = _pick(random, [1, 2, 3, 3, 3, 3, 4, 5, 9, 12, 99])
    rows.append((274, kind, _pick(random, [1, 1, 1, 2, 0]), struct.pack("<HH", _pick(random, [*range(12), 65535]), 0)))
    note = _pick(random, NOTES[:2] if random.random() < 0.7 else NOTES)[:most] + b"\0"
    rows.append((315, 2, len(note), struct.pack("<I", start) if len(note) > 4 else note.ljust(4, b"\0")))
    behind += note if len(note) > 4 else b""
    for tag in (282, 283):
        rows.append((tag, 5, 1, struct.pack("<I", start + len(behind))))
        behind += struct.pack("<II", _pick(random, [0, 1, 72, 300, 2**32 - 1]), _pick(random, [0, 1, 1, 1]))
    rows.append((0x8769, 4, 1, struct.pack("<I", _pick(random, [0, 8, 2**31, start]))))
    packed = b"".join(struct.pack("<HHI", tag, kind, count) + value for tag, kind, count, value in rows)
    return b"Exif\0\0II*\0\x08\0\0\0" + struct.pack("<H", len(rows)) + packed + bytes(4) + behind


def _icc(random):
    """A profile that is whole, cut, of another kind than the picture, of nothing, or of curves that end in nothing."""
    curves = [0, 1.0, 2.2, 255.0, np.zeros(5), np.linspace(1, 0, 4), random.random(9)]
    whole = profile(_pick(random, ["RGB", "GRAY"]), _pick(random, curves))
    flat = profile("RGB", 2.2, ((0, 0, 0),) * 3)
    return _pick(random, [whole, whole, whole[: random.integers(1, len(whole))], random.bytes(200), flat, b"\0"])


def _animated(random):
    form, size = _pick(random, ["GIF", "WEBP", "PNG", "TIFF", "AVIF"]), _size(random)
    mode = _pick(random, ["RGB", "RGBA"])
    frames = [Image.fromarray(_photograph(random, size)).convert(mode) for _ in range(3)]
    return encoded(frames[0], form, save_all=True, append_images=frames[1:])


def _claim(random):
    """A header that promises a size, and little behind it."""
    height, width = (_pick(random, HUGE) for _ in range(2))
    word = [struct.pack("<H", n & 65535) for n in (width, height)]
    rest = random.bytes(40)
    heads = [
        png(np.zeros((1, 1, 1), np.uint8), "gray", 8).replace(
            struct.pack(">II", 1, 1), struct.pack(">II", width, height)
        ),
        b"BM"
        + struct.pack("<IHHI", 54, 0, 0, 54)
        + struct.pack("<IIiHHIIiiII", 40, width, height & 0x7FFFFFFF, 1, 24, *[0] * 6),
        b"GIF89a" + word[0] + word[1] + b"\xf7\0\0" + bytes(768) + b",\0\0\0\0" + word[0] + word[1] + b"\0\x08",
        b"\xff\xd8\xff\xc0\0\x0b\x08" + word[1] + word[0] + b"\x01\x01\x11\0",
        b"P6 %d %d 255\n" % (width, height),
        b"qoif" + struct.pack(">II", width, height) + b"\3\0",
        packed_tiff(rest, min(width, 65535), min(height, 65535)),
        b"RIFF\xff\xff\xff\xffWEBPVP8X\x0a\0\0\0\0\0\0\0"
        + struct.pack("<I", width)[:3]
        + struct.pack("<I", height)[:3],
    ]
    return _pick(random, heads) + rest


def _netpbm(random):
    """Levels in text or bytes, up to any maximum."""
    height, width = _size(random)
    kind, top = _pick(random, ["P2", "P3", "P5", "P6", "Pf", "PF"]), _pick(random, [1, 7, 255, 256, 1000, 65535])
    channels = 3 if kind in ("P3", "P6", "PF") else 1
    if kind in ("Pf", "PF"):
        levels = random.random(height * width * channels).astype("<f4")
        levels[0] = _pick(random, [0, np.nan, np.inf, 5])
        return f"{kind}\n{width} {height}\n{_pick(random, ['-1.0', '1.0', '0'])}\n".encode() + levels.tobytes()
    levels, head = random.integers(0, top + 1, height * width * channels), f"{kind}\n{width} {height}\n{top}\n".encode()
    if kind in ("P2", "P3"):
        return head + " ".join(map(str, levels)).encode()
    return head + levels.astype(">u2" if top > 255 else "u1").tobytes()


def _odd(random):
    """What is no picture at all, or one in a wrapping."""
    whole = encoded(Image.fromarray(_photograph(random, (16, 16))), "JPEG")
    others = [
        b"", b"\n", b"Dear painter,", b"<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'/>", b"%PDF-1.7\n",
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", b"PK\3\4" + random.bytes(60), random.bytes(500),
        whole + whole, whole + random.bytes(50), whole[2:], b"\xff\xd8\xff\xd9", b"\0" * 300, whole[:2] + whole,
        b"#define a_width 9\n#define a_height 9\nstatic char a_bits[] = {\n0x01",
        *(encoded(Image.new("RGB", (9, 9)), kind) for kind in ("PDF", "EPS")),
    ]  # fmt: skip
    return _pick(random, others)


def _damaged(data, random):
    """Two of five are left as they are; others get wrong bits, a wrong number, an early end, or a piece twice."""
    damaged, way = bytearray(data), random.random()
    if way < 0.4 or not data:
        return data
    if way < 0.65:
        for place in random.integers(0, len(data), _pick(random, [1, 3, 9])):
            damaged[place] ^= 1 << int(random.integers(8))
    elif way < 0.8:
        place = int(random.integers(min(len(data), 64)))
        damaged[place : place + 4] = struct.pack(_pick(random, "<>") + "I", _pick(random, HUGE))
    elif way < 0.92:
        del damaged[random.integers(1, len(data) + 1) :]
    else:
        start, end = sorted(int(n) for n in random.integers(0, len(data) + 1, 2))
        damaged[end:end] = damaged[start:end] if random.random() < 0.5 else bytes(len(data[start:end]))
    return bytes(damaged)


def opened_size(data):
    """Width and height, upright, of a file as PIL alone has it; None where PIL opens none."""
    try:
        with warnings.catch_warnings(action="ignore"), Image.open(io.BytesIO(data)) as picture:
            return ImageOps.exif_transpose(picture).size
    except Exception:
        return None
