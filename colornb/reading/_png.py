"""PNG without what is broken beside its pixels: a damaged note is no reason to refuse a picture.

A PNG is a row of chunks (PNG 1.2, 3.2): the length of what it says, its name, what it says, and a sum over both. PIL
gives up, and libpng speaks on stderr, where a chunk is wrong that says nothing of the pixels.
"""

import io
import struct
import zlib
from collections.abc import Iterator

from PIL import Image

from colornb.reading._sources import File, bytes_of, head_of

MAGIC = b"\x89PNG\r\n\x1a\n"
HEAD, DATA, CLEAR, END = b"IHDR", b"IDAT", b"tRNS", b"IEND"
PIXELS = (HEAD, b"PLTE", DATA, END)
EARLY = (CLEAR, b"sRGB", b"gAMA", b"cHRM", b"pHYs")  # say nothing behind the pixels
TEXTS = (b"Raw profile type exif\0", b"XML:com.adobe.xmp\0")  # in which an orientation may stand
LARGEST_PROFILE = 2**24  # bytes
CHANNELS = {2: 3, 4: 2, 6: 4}  # by the kind of colour: RGB, gray and alpha, RGB and alpha
ADAM7 = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))


def sound(file: File) -> tuple[File, bytes | None]:
    """A PNG with its pixels and what is whole of all that says something of them; and its ICC profile, if it has one.

    Animation is left out: the first picture stays. Any other file comes back as it is.
    """
    if head_of(file, len(MAGIC)) != MAGIC:
        return file, None
    kept: dict[bytes, list[bytes]] = {}
    profile = None
    for name, body, whole in _chunks(memoryview(bytes_of(file))):
        if name == b"iCCP" and DATA not in kept:
            profile = profile or _profile(body)
        elif name in PIXELS or (name not in kept and _says(name, body, DATA in kept) and _is_read(whole, kept)):
            kept.setdefault(name, []).append(whole)
    return io.BytesIO(MAGIC + b"".join(chunk for chunks in kept.values() for chunk in chunks)), profile


def plain(file: File) -> bytes:
    """A PNG of 16-bit colours that PIL has read, with nothing in it that libpng would speak of: pixels alone."""
    chunks = [(name, body) for name, body, _ in _chunks(memoryview(bytes_of(file)))]
    head, data = dict(chunks)[HEAD], b"".join(body for name, body in chunks if name == DATA)
    levels = zlib.decompressobj().decompress(data, _unpacked(head))  # the sum, and what is behind, are not asked
    clear = [(name, body) for name, body in chunks if name == CLEAR and (head[9], len(body)) == (2, 6)]  # one colour
    whole = [(HEAD, head), *clear, (DATA, zlib.compress(levels, 0)), (END, b"")]
    return MAGIC + b"".join(png_chunk(name, body) for name, body in whole)


def _chunks(data: memoryview) -> Iterator[tuple[bytes, bytes, bytes]]:
    """The name of each chunk, what it says, and all of it; not those beside the pixels whose sum is wrong."""
    place = len(MAGIC)
    while place + 8 <= len(data):
        start, end = place, place + 12 + int.from_bytes(data[place : place + 4])
        name, whole, place = bytes(data[start + 4 : start + 8]), bytes(data[start:end]), end
        if name in PIXELS or (end <= len(data) and zlib.crc32(whole[4:-4]) == int.from_bytes(whole[-4:])):
            yield name, whole[8 : end - start - 4], whole


def _says(name: bytes, body: bytes, is_late: bool) -> bool:
    """Whether a chunk says something of the pixels: their colours, their size, how to turn them, and whose they are."""
    if name in (b"tEXt", b"zTXt", b"iTXt"):
        return body.startswith(TEXTS)
    return name == b"eXIf" or (name in EARLY and not is_late)


def _is_read(chunk: bytes, kept: dict[bytes, list[bytes]]) -> bool:
    """Whether PIL makes something of it: a picture of one pixel is tried."""
    try:
        head = struct.pack(">II", 1, 1) + kept[HEAD][0][16:21]
        data = png_chunk(DATA, zlib.compress(bytes(16)))
        trial = MAGIC + b"".join([png_chunk(HEAD, head), *kept.get(b"PLTE", []), chunk, data, png_chunk(END, b"")])
        with Image.open(io.BytesIO(trial)) as picture:
            picture.convert("RGBA")
    except Exception:  # whatever the damage leads to
        return False
    return True


def _profile(body: bytes) -> bytes | None:
    """What is packed behind the name of a profile; None where it is damaged, or too large to be one."""
    unpack = zlib.decompressobj()
    try:
        profile = unpack.decompress(body.partition(b"\0")[2][1:], LARGEST_PROFILE)
    except zlib.error:
        return None
    return profile if unpack.eof else None


def png_chunk(name: bytes, body: bytes) -> bytes:
    """What is said under a name, as it lies in the file."""
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def _unpacked(head: bytes) -> int:
    """How many bytes the levels of 16 bits are, each row behind the number of its filter (PNG 1.2, 2.6)."""
    width, height, _, kind, _, _, is_interlaced = struct.unpack(">IIBBBBB", head)
    passes = ADAM7 if is_interlaced else ((0, 0, 1, 1),)
    sizes = ((-((x - width) // across), -((y - height) // down)) for x, y, across, down in passes)
    return sum(rows * (1 + 2 * CHANNELS[kind] * columns) for columns, rows in sizes if columns > 0)
