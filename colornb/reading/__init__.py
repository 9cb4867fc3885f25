"""One reader for every picture file: upright levels of sRGB, with their transparency and what else is kept.

PIL opens the file. TIFF of more than 8 bits, or with signed or floating levels, is read by tifffile, and 16-bit colour
in PNG, or in a TIFF that tifffile cannot unpack, by OpenCV: PIL would cut their levels, or misread them.
"""

from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from PIL import Image

from colornb.reading import _profiles
from colornb.reading._levels import checked_unit, deep_colors, is_ink, is_light_ink, on_white, picture_of
from colornb.reading._openraster import LINES, MERGED, MULTIPLY, PAINTED, PAPER, Layer, opened, read_layers
from colornb.reading._png import plain, png_chunk, sound
from colornb.reading._sources import File, ImageError, Readable, Source, exif_of, first_line, one_line, readable
from colornb.reading._tiff import ORIENTATION, is_deep, read_tiff, silent, tiff_dpi, tiff_exif, tiff_page

__all__ = [
    "DATES", "LINES", "MERGED", "MULTIPLY", "PAINTED", "PAPER", "ImageError", "Layer", "Readable", "Reading", "Source",
    "checked_unit", "first_line", "is_ink", "is_light_ink", "on_white", "picture_of", "png_chunk", "read",
    "read_layers", "size_of",
]  # fmt: skip

DATES = (36867, 36881)  # when a picture was taken, and in which time zone: DateTimeOriginal, OffsetTimeOriginal
NOTES = (315, 33432, *DATES)  # Artist, Copyright
DIRECTORIES = (_profiles.EXIF_IFD, _profiles.INTEROP_IFD)
# EXIF: how the rows and columns of a file become upright ones (EXIF 2.3, 4.6.4)
UPRIGHT = {
    2: lambda a: a[:, ::-1],
    3: lambda a: a[::-1, ::-1],
    4: lambda a: a[::-1],
    5: lambda a: a.swapaxes(0, 1),
    6: lambda a: a[::-1].swapaxes(0, 1),
    7: lambda a: a[::-1, ::-1].swapaxes(0, 1),
    8: lambda a: a[:, ::-1].swapaxes(0, 1),
}


@dataclass(frozen=True)
class Reading:
    """A picture as its file has it, but upright and sRGB.

    `color` is (H, W, 1 or 3) of uint8, uint16 or float32 in [0, 1], `alpha` (H, W) of the same type or None, `dpi`
    across and down, `notes` the EXIF tags of `NOTES` that it has.
    """

    color: np.ndarray
    alpha: np.ndarray | None = None
    dpi: tuple[float, float] | None = None
    notes: dict[int, str] = field(default_factory=dict)


def read(source: Source, max_side: int | None = None) -> Reading:
    """Read a path, the bytes of a file, an open file, or a PIL picture; the first frame of an animation.

    A JPEG may be decoded at a half, a fourth or an eighth, as long as it stays larger than `max_side`. Of OpenRaster
    the lines are read, if they are a layer in multiply mode with the name "lines", and otherwise what all layers make.
    Raises ImageError.
    """
    if isinstance(source, Image.Image):
        with one_line("the PIL picture"):
            return _of_picture(source, None)
    file, name = readable(source)
    with one_line(name):
        work = opened(file)
        with silent(work.file):
            reading = _of_file(work.file, max_side)
        reading = replace(reading, dpi=reading.dpi or _dpi(work.dpi))
        return reading if work.drawing is None else replace(reading, color=work.drawing, alpha=work.alpha)


def _of_file(file: File, max_side: int | None) -> Reading:
    page = tiff_page(file)
    if page is not None and is_deep(page):
        return _finished(*read_tiff(file, page))
    file, profile = sound(file)
    with Image.open(file) as picture:
        if max_side is not None:
            picture.draft(None, (max_side, max_side))
        return _of_picture(picture, file, profile)


def size_of(source: Source) -> tuple[int, int]:
    """Height and width of a picture, upright, as it is before `load_image` shrinks it. Raises ImageError."""
    if isinstance(source, np.ndarray):
        return source.shape[0], source.shape[1]
    if isinstance(source, Image.Image):
        return source.height, source.width
    file, name = readable(source)
    with one_line(name):
        file = opened(file).file
        if page := tiff_page(file):
            turned = _orientation_of(tiff_exif(file, page)) >= 5
            return (page.imagewidth, page.imagelength) if turned else (page.imagelength, page.imagewidth)
        with silent(file), Image.open(sound(file)[0]) as picture:
            turned = picture.format != "TIFF" and _orientation_of(exif_of(picture)) >= 5  # PIL turns the size of those
            return (picture.width, picture.height) if turned else (picture.height, picture.width)


# Pictures that PIL reads


def _of_picture(picture: Image.Image, file: File | None, profile: bytes | None = None) -> Reading:
    if picture.width == 0 or picture.height == 0:
        raise ImageError("the picture has no pixels: give one with at least 1 x 1")
    raw, info = _raw_mode(picture), {str(key): value for key, value in picture.info.items()}
    info |= {"icc_profile": profile} if profile else {}
    for directory in DIRECTORIES if picture.format == "TIFF" else ():  # PIL closes the file when it has loaded it
        with suppress(Exception):
            exif_of(picture).get_ifd(directory)
    if picture.format == "JPEG" and info.get("jfif_unit") not in (1, 2):
        info.pop("dpi", None)  # a guess of PIL's
    picture.load()  # damage in the pixels is an error, damage in the EXIF block is not
    if picture.mode.startswith("I") or picture.mode == "F":
        color, alpha = _deep_gray(picture)
    elif file is not None and picture.format == "PNG" and "16" in raw:
        color, alpha = _by_opencv(file, picture.size)
    else:
        color, alpha = _shallow(picture, raw)
        if picture.mode in ("CMYK", "LAB"):
            info.pop("icc_profile", None)  # of these inks, not of what came out
    return _finished(color, alpha, exif_of(picture), info)


def _finished(color: np.ndarray, alpha: np.ndarray | None, exif: Image.Exif, info: dict[str, Any]) -> Reading:
    """The levels turned upright and made sRGB; the colours alone, not the transparency."""
    if np.issubdtype(color.dtype, np.floating):
        color = checked_unit(color, "the picture")
        alpha = alpha if alpha is None else checked_unit(alpha, "the transparency")
    convert = _profiles.conversion(info.get("icc_profile"), exif, info, color.shape[-1] == 1)
    color = convert(color) if convert else color
    if turn := UPRIGHT.get(_orientation_of(exif)):
        color, alpha = np.ascontiguousarray(turn(color)), alpha if alpha is None else np.ascontiguousarray(turn(alpha))
    return Reading(color, alpha, _dpi(info.get("dpi")) or _dpi(tiff_dpi(exif)), _notes(exif))


def _dpi(dpi: Any) -> tuple[float, float] | None:
    """PIL says 1 where a file says nothing."""
    try:
        across, down = (float(number) for number in dpi)
    except (TypeError, ValueError, ZeroDivisionError):
        return None
    return (across, down) if min(across, down) > 1 and max(across, down) < 1e5 else None


def _notes(exif: Image.Exif) -> dict[int, str]:
    notes = {}
    for tag in NOTES:
        try:
            value = exif.get(tag) or exif.get_ifd(_profiles.EXIF_IFD).get(tag)  # some write all into one directory
        except Exception:  # damage in the EXIF block is none in the picture
            continue
        if isinstance(value, str) and value.strip("\0 "):
            notes[tag] = value.strip("\0 ")
    return notes


def _shallow(picture: Image.Image, raw: str) -> tuple[np.ndarray, np.ndarray | None]:
    """Levels of 8 bits, and the alpha plane of all the ways in which a file can be transparent."""
    if picture.mode in ("CMYK", "LAB"):
        return np.asarray(_profiles.cmyk_to_rgb(picture, picture.info.get("icc_profile"))), None
    if picture.has_transparency_data:
        picture = _with_key(picture, raw)
        gray = picture.mode in ("1", "L", "LA", "La")
        picture = picture.convert("RGBA")
        color = picture.getchannel("R") if gray else picture.convert("RGB")
        return np.atleast_3d(np.asarray(color)), np.asarray(picture.getchannel("A"))
    if picture.mode != "L":
        picture = picture.convert("L" if picture.mode == "1" else "RGB")
    return np.atleast_3d(np.asarray(picture)), None


def _with_key(picture: Image.Image, raw: str) -> Image.Image:
    """PIL spreads gray levels of 2 and 4 bits to 8, but not the one that is transparent."""
    key = picture.info.get("transparency")
    if raw in ("L;2", "L;4") and isinstance(key, int):
        picture = picture.copy()
        picture.info["transparency"] = key * {"L;2": 85, "L;4": 17}[raw]
    return picture


def _deep_gray(picture: Image.Image) -> tuple[np.ndarray, np.ndarray | None]:
    levels = np.asarray(picture)
    if picture.mode == "F":
        return levels[..., None], None
    if levels.min() < 0 or levels.max() > 65535:
        raise ImageError("the picture has 32-bit levels: save it with 8 or 16 bits per channel")
    levels, key = levels.astype(np.uint16), picture.info.get("transparency")
    alpha = np.where(levels == key, 0, 65535).astype(np.uint16) if isinstance(key, int) else None
    return levels[..., None], alpha


def _by_opencv(file: File, size: tuple[int, int]) -> tuple[np.ndarray, np.ndarray | None]:
    levels = deep_colors(plain(file), (size[1], size[0]))
    color, alpha = levels[..., :3], levels[..., 3] if levels.shape[-1] == 4 else None
    gray = bool((color == color[..., :1]).all())
    return np.ascontiguousarray(color[..., :1] if gray else color), alpha


def _raw_mode(picture: Image.Image) -> str:
    """How PIL calls the levels as they lie in the file, before they are loaded."""
    tile = getattr(picture, "tile", None)
    arguments = tile[0][3] if tile else ""
    return str(arguments[0] if isinstance(arguments, tuple) and arguments else arguments)


def _orientation_of(exif: Image.Exif) -> int:
    turned = exif.get(ORIENTATION, 1)
    return turned if isinstance(turned, int) and turned in UPRIGHT else 1
