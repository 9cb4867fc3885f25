"""Picture files of every kind, written by hand where no library writes them: for the tests of the reader."""

import io
import struct
import zlib

import numpy as np
import pytest
import tifffile

from colornb.images import ImageError

PNG_KINDS = {
    "gray": (0, 1),
    "rgb": (2, 3),
    "palette": (3, 1),
    "la": (4, 2),
    "rgba": (6, 4),
}  # PNG: colour type, channels


def encoded(picture, kind="PNG", **options):
    buffer = io.BytesIO()
    picture.save(buffer, kind, **options)
    return buffer.getvalue()


def refused(call, mend):
    with pytest.raises(ImageError, match=mend) as caught:
        call()
    assert "\n" not in str(caught.value)
    assert isinstance(caught.value, ValueError)


def png(levels, kind, bits, chunks=()):
    """A PNG of any depth, as the specification says."""
    height, width = levels.shape[:2]
    rows = levels.reshape(height, -1)
    if bits < 8:
        spread = np.unpackbits(rows.astype(np.uint8)[..., None], axis=-1)[..., 8 - bits :].reshape(height, -1)
        rows = np.packbits(spread, axis=1)
    lines = b"".join(b"\0" + row.astype(">u2" if bits == 16 else "u1").tobytes() for row in rows)
    header = struct.pack(">IIBBBBB", width, height, bits, PNG_KINDS[kind][0], 0, 0, 0)
    parts = [(b"IHDR", header), *chunks, (b"IDAT", zlib.compress(lines)), (b"IEND", b"")]
    packed = (struct.pack(">I", len(body)) + name + body for name, body in parts)
    sums = (struct.pack(">I", zlib.crc32(name + body)) for name, body in parts)
    return b"\x89PNG\r\n\x1a\n" + b"".join(part + check for part, check in zip(packed, sums, strict=True))


def tiff(levels, **options):
    buffer = io.BytesIO()
    tifffile.imwrite(buffer, levels, **options)
    return buffer.getvalue()


def profile(
    space, curve, colorants=((0.43607, 0.22249, 0.01392), (0.38515, 0.71687, 0.09708), (0.14307, 0.06061, 0.7141))
):
    """An ICC profile, version 2: its curve is the gamma or a table, its colorants XYZ under D50."""
    name = b"sRGB, or so it says\0"
    text = b"desc" + bytes(4) + struct.pack(">I", len(name)) + name + bytes(78)
    table = np.atleast_1d(curve)
    body = struct.pack(">H", round(curve * 256)) if table.size == 1 else (table * 65535).round().astype(">u2").tobytes()
    trc = b"curv" + bytes(4) + struct.pack(">I", table.size) + body
    xyz = [
        b"XYZ " + bytes(4) + struct.pack(">3i", *(round(v * 65536) for v in c))
        for c in ((0.9642, 1, 0.8249), *colorants)
    ]
    tags = {b"desc": text, b"wtpt": xyz[0]}
    if space == "GRAY":
        tags[b"kTRC"] = trc
    else:
        tags |= {b"rXYZ": xyz[1], b"gXYZ": xyz[2], b"bXYZ": xyz[3], b"rTRC": trc, b"gTRC": trc, b"bTRC": trc}
    table, data = b"", b""
    for name, tag in tags.items():
        table += name + struct.pack(">II", 132 + 12 * len(tags) + len(data), len(tag))
        data += tag + bytes(-len(tag) % 4)
    body = struct.pack(">I", len(tags)) + table + data
    head = struct.pack(
        ">I4s4s4s4s4s", 128 + len(body), bytes(4), b"\2\x10\0\0", b"mntr", space.ljust(4).encode(), b"XYZ "
    )
    head += bytes(12) + b"acsp" + bytes(28) + struct.pack(">3i", 63190, 65536, 54061) + bytes(48)
    return head + body


def packed_tiff(data, width, height):
    tags = [
        (256, width),
        (257, height),
        (258, 12),
        (259, 1),
        (262, 1),
        (273, 8),
        (277, 1),
        (278, height),
        (279, len(data)),
    ]
    rows = b"".join(struct.pack("<HHII", tag, 4 if tag in (273, 279) else 3, 1, value) for tag, value in tags)
    return b"II*\0" + struct.pack("<I", 8 + len(data)) + data + struct.pack("<H", len(tags)) + rows + bytes(4)
