"""TIFF of more than 8 bits, or with signed or floating levels: what PIL cuts to 8 bits, or misreads."""

import io
import logging
import math
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Lock
from typing import Any

import numpy as np
from PIL import Image

from colornb.reading._levels import deep_colors, divided, top_of
from colornb.reading._sources import File, ImageError, bytes_of, exif_of, head_of

ORIENTATION, ICC_TAG, MAX_SAMPLE_VALUE = 0x0112, 34675, 281
PLAIN = (ORIENTATION, ICC_TAG, 282, 283, 296, 315, 33432)  # tags that lie in the first directory: how large, whose ..
TIFF_MAGIC = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
MIN_IS_WHITE, MIN_IS_BLACK, RGB_KIND = 0, 1, 2  # PhotometricInterpretation
UNSIGNED, SIGNED = 1, 2  # SampleFormat
ASSOCIATED, UNASSOCIATED = 1, 2  # ExtraSamples: colours multiplied with their alpha, or not
STDERR, ALONE = 2, Lock()
KNOWN_DEPTHS = (1023, 4095, 16383)  # the largest levels of 10, 12 and 14 bits, which lie in words of 16


@contextmanager
def silent(file: File) -> Iterator[None]:
    """Keep libtiff from writing to stderr by itself, past Python; what matters of it is in the errors of PIL."""
    if head_of(file, 4) not in TIFF_MAGIC:
        yield
        return
    with ALONE:
        try:
            kept = os.dup(STDERR)
        except OSError:  # there is no stderr
            yield
            return
        with open(os.devnull, "wb") as nothing:
            os.dup2(nothing.fileno(), STDERR)
        try:
            yield
        finally:
            os.dup2(kept, STDERR)
            os.close(kept)


def tiff_page(file: File) -> Any:
    """What tifffile says of the first page; None where it is no TIFF, or tifffile does not know its like."""
    if head_of(file, 4) not in TIFF_MAGIC:
        return None
    import tifffile

    logging.getLogger("tifffile").addHandler(logging.NullHandler())  # PIL says it, too, if it matters
    try:
        with tifffile.TiffFile(_rewound(file)) as tiff:
            return tiff.pages[0]
    except Exception:
        return None


def _rewound(file: File) -> File:
    """Tifffile takes a file to begin where it was read to."""
    if isinstance(file, io.BytesIO):
        file.seek(0)
    return file


def is_deep(page: Any) -> bool:
    """Whether PIL would cut the levels, or misread them, or does not know the like."""
    kinds, unknown = (MIN_IS_WHITE, MIN_IS_BLACK, RGB_KIND), page.parent.is_bigtiff and page.parent.byteorder == ">"
    return page.photometric in kinds and (page.bitspersample > 8 or page.sampleformat != UNSIGNED or unknown)


def read_tiff(file: File, page: Any) -> tuple[np.ndarray, np.ndarray | None, Image.Exif, dict[str, Any]]:
    """Colour, alpha, EXIF and the rest that is known: by tifffile if it can unpack the levels, else PIL or OpenCV."""
    if page.imagewidth * page.imagelength > 2 * (Image.MAX_IMAGE_PIXELS or math.inf):
        raise Image.DecompressionBombError(f"{page.imagewidth} x {page.imagelength} pixels")
    exif, levels = tiff_exif(file, page), _by_tifffile(file)
    if levels is None:
        with Image.open(file) as picture:
            picture.load()
            exif = exif_of(picture)  # without the orientation, where PIL applied it
            levels = np.atleast_3d(np.asarray(picture))
        if page.photometric == RGB_KIND and page.planarconfig == 1 and page.bitspersample == 16:
            levels, exif[ORIENTATION] = deep_colors(bytes_of(file), levels.shape), 1  # OpenCV applies it
    color, alpha = _with_meaning(levels, page)
    return color, alpha, exif, {"icc_profile": exif.get(ICC_TAG)}


def _by_tifffile(file: File) -> np.ndarray | None:
    """The levels (H, W, C) as they lie in the file, None for a compression that tifffile does not unpack."""
    import tifffile

    with tifffile.TiffFile(_rewound(file)) as tiff:
        page = tiff.pages[0]
        if max(map(sum, zip(page.dataoffsets, page.databytecounts, strict=True)), default=0) > tiff.filehandle.size:
            raise ImageError("the picture ends too early: fetch or save it again")
        try:
            levels = page.asarray()
        except (ValueError, NotImplementedError, ImportError) as error:
            if "imagecodecs" not in str(error):
                raise
            return None
        if page.axes == "SYX":
            levels = np.moveaxis(levels, 0, -1)
        if page.axes not in ("YX", "YXS", "SYX"):
            raise ImageError("the picture has a third dimension: save one layer of it")
        return np.atleast_3d(levels)


def _with_meaning(levels: np.ndarray, page: Any) -> tuple[np.ndarray, np.ndarray | None]:
    """Colour and alpha, of the levels in a file and what its tags say of them."""
    if levels.dtype.kind == "f":
        levels = levels.astype(np.float32)
    elif levels.dtype != np.uint8:
        levels = _full_range(levels, page)
    count = 3 if page.photometric == RGB_KIND else 1
    color, alpha = levels[..., :count], None
    if page.photometric == MIN_IS_WHITE:
        color = top_of(color) - color
    kinds = [int(kind) for kind in page.extrasamples]
    if ASSOCIATED in kinds or UNASSOCIATED in kinds:
        own = next(n for n, kind in enumerate(kinds) if kind in (ASSOCIATED, UNASSOCIATED))
        alpha = levels[..., count + own]
        color = divided(color, alpha) if kinds[own] == ASSOCIATED else color
    return np.ascontiguousarray(color), alpha


def _full_range(levels: np.ndarray, page: Any) -> np.ndarray:
    """Whole numbers of 8 to 16 bits, signed or not, as uint16 from black to white."""
    if page.bitspersample > 16:
        raise ImageError("the picture has 32-bit levels: save it with 8 or 16 bits per channel")
    if levels.min() < 0:
        raise ImageError("the picture has levels below zero: save it with unsigned levels, of 8 or 16 bits per channel")
    top = 2 ** (page.bitspersample - (page.sampleformat == SIGNED)) - 1
    said = page.tags.valueof(MAX_SAMPLE_VALUE, default=top)
    said = max(said) if isinstance(said, tuple) else said
    if said in KNOWN_DEPTHS and levels.max() <= said:  # others tell what is used, not what is white
        top = said
    if top == 65535:
        return levels.astype(np.uint16)
    return np.rint(levels.astype(np.float32) * (65535 / top)).astype(np.uint16)


def tiff_exif(file: File, page: Any) -> Image.Exif:
    """All tags of a TIFF, as those of a camera; of a BigTIFF, which PIL takes for no EXIF, the plain ones."""
    exif = Image.Exif()
    with suppress(Exception):  # damage there is none in the picture
        if not page.parent.is_bigtiff:
            exif.load(b"Exif\0\0" + bytes_of(file))
        for tag in page.tags if page.parent.is_bigtiff else ():
            if tag.code in PLAIN:
                exif[tag.code] = tag.value if tag.code not in (282, 283) else tag.value[0] / max(1, tag.value[1])
    return exif


def tiff_dpi(exif: Image.Exif) -> tuple[float, float] | None:
    """Dots an inch, across and down, by the tags of TIFF and EXIF."""
    across, down, unit = (exif.get(tag) for tag in (282, 283, 296))
    if not across or not down or unit not in (2, 3):
        return None
    scale = 2.54 if unit == 3 else 1.0
    with suppress(TypeError, ValueError, ZeroDivisionError):
        return float(across) * scale, float(down) * scale
    return None
