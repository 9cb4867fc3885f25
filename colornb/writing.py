"""Flat picture files: sRGB, and tagged so, with what the picture that was read held beside its colours."""

import io
import os
import struct
import zlib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageCms

from colornb.files import atomic_write
from colornb.reading import DATES, ImageError, Reading, first_line, is_ink, png_chunk

EXIF_IFD, COLOR_SPACE, SRGB = 0x8769, 0xA001, 1
PLACEHOLDER = EXIF_IFD + 1  # the number of no tag: tifffile leaves out a directory of EXIF
RESOLUTION, INCH = (282, 283, 296), 2  # EXIF: across, down, and per what
# Colour is the subject: full-resolution chroma in JPEG, and sharp WebP.
JPEG: tuple[str, dict[str, Any]] = "JPEG", {"quality": 95, "subsampling": 0}
LOSSY = {".jpg": JPEG, ".jpeg": JPEG, ".webp": ("WEBP", {"quality": 95})}
TIFF = (".tif", ".tiff")
LONGEST_NOTE = 3_800  # characters: all notes together fit into the 64 kB that a JPEG has for them
ROWS = 512  # of a picture are converted at once
SUFFIXES = (".png", *LOSSY, *TIFF)
HELPER = ThreadPoolExecutor(1, "colornb-png")


@dataclass(frozen=True)
class Metadata:
    """What a picture file holds beside its colours, upright, and what is written again.

    `alpha` is (H, W) in [0, 1] or None, `depth` 8 or 16 bits a channel, `dpi` across and down, `notes` EXIF tags: when
    the picture was taken, and who made and owns it. The orientation is none of them: it was applied.
    """

    alpha: np.ndarray | None = None
    depth: int = 8
    dpi: tuple[float, float] | None = None
    notes: dict[int, str] = field(default_factory=dict)

    @classmethod
    def of(cls, reading: Reading) -> "Metadata":
        """That of a picture which was read; transparency that is the drawing itself is not kept, but read as lines."""
        color, alpha = reading.color, reading.alpha
        depth = 8 if color.dtype == np.uint8 else 16
        if alpha is not None:
            top = np.iinfo(alpha.dtype).max if alpha.dtype.kind == "u" else 1
            alpha = None if is_ink(color, alpha) else (alpha / top).astype(np.float32)
        return cls(alpha, depth, reading.dpi, reading.notes)


def encoded(rgb: np.ndarray, suffix: str, metadata: Metadata, effort: int = 3) -> bytes:
    """The file of a picture (H, W, 3) of floats in [0, 1], of the kind that `suffix` says: one of `SUFFIXES`.

    16 bits are kept in PNG and TIFF, alpha in all but JPEG; `effort` is that of `png`. Raises OSError or ValueError
    where the format cannot hold the picture, such as for its size.
    """
    deep = metadata.depth > 8 and suffix not in LOSSY
    levels = to_levels(rgb, None if suffix in (".jpg", ".jpeg") else metadata.alpha, 65535 if deep else 255)
    if suffix in TIFF:
        return _tiff(levels, metadata)
    if suffix == ".png":
        return png(levels, metadata, effort)
    kind, options = LOSSY[suffix]
    dpi = {"dpi": metadata.dpi} if metadata.dpi else {}
    return _by_pil(levels, kind, **options, **dpi, icc_profile=srgb_profile(), exif=_exif(metadata))


def png(levels: np.ndarray, metadata: Metadata | None = None, effort: int = 6) -> bytes:
    """The file of levels (H, W, 3 or 4), uint8 or uint16; `effort` of 8 bits, from 0 (quick) to 9 (small)."""
    data = _deep_png(levels) if levels.dtype == np.uint16 else _by_pil(levels, "PNG", compress_level=effort)
    return _with_chunks(data, _chunks(metadata or Metadata()))


def quick_png(levels: np.ndarray) -> bytes:
    """The same of uint8, quicker than `png` with the least effort: for what is only to be seen."""
    if levels.shape[-1] == 4 and (levels[..., 3] == 255).all():
        levels = levels[..., :3]
    height, width, channels = levels.shape
    flat = levels.reshape(height, -1)
    rows = np.full((height, 1 + width * channels), 2, np.uint8)  # a row begins with the number of its filter, 2: "up"
    rows[0, 1:] = flat[0]
    np.subtract(flat[1:], flat[:-1], out=rows[1:, 1:])
    head = struct.pack(">IIBBBBB", width, height, 8, 2 if channels == 3 else 6, 0, 0, 0)
    chunks = [(b"IHDR", head), *_chunks(Metadata()), (b"IDAT", _deflated(rows)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(png_chunk(*chunk) for chunk in chunks)


def _deflated(rows: np.ndarray) -> bytes:
    """Rows in the format of zlib (RFC 1950), both halves packed at once: parts may follow each other."""

    def pack(part: np.ndarray, end: int) -> bytes:
        packer = zlib.compressobj(1, wbits=-zlib.MAX_WBITS, strategy=zlib.Z_RLE)
        return packer.compress(part) + packer.flush(end)

    upper, lower = np.array_split(rows, 2)
    first = HELPER.submit(pack, upper, zlib.Z_FULL_FLUSH)  # which ends with a whole byte
    last = pack(lower, zlib.Z_FINISH)
    return b"\x78\x01" + first.result() + last + struct.pack(">I", zlib.adler32(rows))


def check_place(path: str | os.PathLike, suffixes: Sequence[str] = SUFFIXES) -> Path:
    """Refuse a place that nothing could be written to, before the work for it is done. Raises ImageError."""
    path = Path(path).expanduser()
    if path.suffix.lower() not in suffixes:
        raise ImageError(f"cannot write '{path.name}': end its name in {', '.join(suffixes)}")
    if not path.parent.is_dir():
        raise ImageError(f"cannot write '{path.name}': create its folder '{path.parent}' first")
    if path.is_dir():
        raise ImageError(f"cannot write '{path}': it is a folder, give a file in it")
    if not os.access(path.parent, os.W_OK):
        raise ImageError(f"cannot write '{path}': its folder is not yours to write to, give another place")
    return path


def write_file(path: str | os.PathLike, data: bytes) -> Path:
    """Write a file into a folder that is there, whole or not at all. Raises ImageError."""
    path = check_place(path, (Path(path).suffix.lower(),))
    try:
        atomic_write(path, data)
    except OSError as error:
        why = error.strerror or first_line(error)
        raise ImageError(f"cannot write '{path}': {why}, give another place or make room") from None
    return path


@cache
def srgb_profile() -> bytes:
    """The ICC profile of sRGB, the same bytes on every day."""
    icc = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    return icc[:24] + struct.pack(">6H", 2000, 1, 1, 0, 0, 0) + icc[36:]  # the date of its making


def to_levels(rgb: np.ndarray, alpha: np.ndarray | None, top: int = 255) -> np.ndarray:
    """Whole levels (H, W, 3 or 4) up to `top`, of floats in [0, 1] that laid on white look like `rgb`."""
    if alpha is not None:
        alpha = _resized(alpha, rgb.shape[:2])
        rgb = np.dstack([_off_white(rgb, alpha), alpha])
    levels = np.empty(rgb.shape, np.uint16 if top > 255 else np.uint8)
    for start in range(0, len(rgb), ROWS):  # a large picture leaves no room for copies of itself
        levels[start : start + ROWS] = np.rint(rgb[start : start + ROWS].clip(0, 1) * top)
    return levels


def _off_white(rgb: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    """The colours that, laid on white with this alpha, look like `rgb`; white where nothing is seen."""
    cover = alpha[..., None]
    return np.where(cover > 0, (rgb - 1 + cover) / np.maximum(cover, 1e-6), 1).clip(0, 1)


def _resized(alpha: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    if alpha.shape == size:
        return alpha
    small = Image.fromarray(alpha).resize(size[::-1], Image.Resampling.BICUBIC)
    return np.asarray(small).clip(0, 1)


def _by_pil(levels: np.ndarray, kind: str, **options: Any) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(levels).save(buffer, kind, **options)
    return buffer.getvalue()


def _deep_png(levels: np.ndarray) -> bytes:
    import cv2

    done, data = cv2.imencode(".png", levels[..., [2, 1, 0, 3][: levels.shape[-1]]])  # OpenCV has blue first
    if not done:
        raise ValueError("16 bits cannot be written")
    return data.tobytes()


def _chunks(metadata: Metadata) -> list[tuple[bytes, bytes]]:
    """What PNG says beside the pixels: perceptual intent, dots per metre, EXIF."""
    chunks = [(b"sRGB", b"\0")]
    if metadata.dpi:
        chunks.append((b"pHYs", struct.pack(">IIB", *(round(dpi / 0.0254) for dpi in metadata.dpi), 1)))
    if metadata.notes:
        chunks.append((b"eXIf", _exif(metadata).removeprefix(b"Exif\0\0")))
    return chunks


def _with_chunks(png: bytes, chunks: Sequence[tuple[bytes, bytes]]) -> bytes:
    """Chunks put in behind the header, which is always as long."""
    head = 8 + 25
    return b"".join([png[:head], *(png_chunk(kind, body) for kind, body in chunks), png[head:]])


def _exif(metadata: Metadata) -> bytes:
    exif = Image.Exif()
    inner = exif.get_ifd(EXIF_IFD)
    inner[COLOR_SPACE] = SRGB
    for tag, text in metadata.notes.items():
        if tag in DATES:
            inner[tag] = text[:LONGEST_NOTE]
        else:
            exif[tag] = _bytes(text[:LONGEST_NOTE])
    for tag, value in zip(RESOLUTION, (*metadata.dpi, INCH) if metadata.dpi else (), strict=False):
        exif[tag] = value
    return exif.tobytes()


def _bytes(text: str) -> bytes:
    """PIL reads the bytes of a file as Latin-1, whatever they are: so the same ones go out."""
    try:
        return text.encode("latin-1")
    except UnicodeEncodeError:
        return text.encode()


def _tiff(levels: np.ndarray, metadata: Metadata) -> bytes:
    """Deflated; what EXIF keeps in a directory of its own is put behind the picture."""
    import tifffile

    options: dict[str, Any] = {"extrasamples": ["unassalpha"]} if levels.shape[-1] == 4 else {}
    if metadata.dpi:
        options |= {"resolution": metadata.dpi, "resolutionunit": INCH}
    texts = [(tag, 2, 0, _bytes(text), True) for tag, text in metadata.notes.items() if tag not in DATES]
    tags = [*texts, (PLACEHOLDER, 4, 1, 0, True)]
    buffer = io.BytesIO()
    tifffile.imwrite(
        buffer, levels, photometric="rgb", planarconfig="contig", compression="zlib", iccprofile=srgb_profile(),
        metadata=None, software=False, byteorder="<", extratags=tags, **options,
    )  # fmt: skip
    data = bytearray(buffer.getvalue())
    buffer.seek(0)
    with tifffile.TiffFile(buffer) as file:
        row = file.pages.first.tags[PLACEHOLDER].offset
    data += bytes(len(data) % 2)
    struct.pack_into("<HHII", data, row, EXIF_IFD, 4, 1, len(data))
    return bytes(data) + _directory(metadata, len(data))


def _directory(metadata: Metadata, offset: int) -> bytes:
    """An EXIF directory that begins at `offset`: its rows by number, and behind them the texts."""
    texts = {tag: _bytes(text) + b"\0" for tag, text in sorted(metadata.notes.items()) if tag in DATES}
    rows, behind = b"", b""
    place = offset + 2 + 12 * (len(texts) + 1) + 4
    for tag, text in texts.items():
        rows += struct.pack("<HHI", tag, 2, len(text))
        rows += text.ljust(4, b"\0") if len(text) <= 4 else struct.pack("<I", place + len(behind))
        behind += text + bytes(len(text) % 2) if len(text) > 4 else b""
    rows += struct.pack("<HHIHH", COLOR_SPACE, 3, 1, SRGB, 0)
    return struct.pack("<H", len(texts) + 1) + rows + bytes(4) + behind
