"""What the levels of a picture file mean: its colour space, and the way from there to sRGB.

A file says it by an ICC profile, by EXIF, or by the gAMA and cHRM of PNG, in this order. Curves and matrices are
applied here at the depth of the picture; what a profile says by tables, such as CMYK, littlecms applies at 8 bits.
"""

import io
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from PIL import Image, ImageCms

STEPS = 65536  # of a curve: one for each level of 16 bits
STRIP = 1 << 20  # pixels that are converted at once: huge pictures are never floats as a whole
GRID = np.stack(np.meshgrid(*[np.arange(0, 256, 17, dtype=np.uint8)] * 3), -1).reshape(1, -1, 3)
RAMP = np.arange(256, dtype=np.uint8).reshape(1, -1, 1)
SRGB_GAMMA = 0.45455  # what gAMA says of sRGB; the real curve has a foot
# x and y of white, red, green and blue
SRGB_PRIMARIES = (0.3127, 0.329, 0.64, 0.33, 0.3, 0.6, 0.15, 0.06)
ADOBE_PRIMARIES = (0.3127, 0.329, 0.64, 0.33, 0.21, 0.71, 0.15, 0.06)
ADOBE_GAMMA = 563 / 256
BRADFORD = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])
EXIF_IFD, INTEROP_IFD, COLOR_SPACE, INTEROP_INDEX = 0x8769, 0xA005, 0xA001, 1  # EXIF 2.3, 4.6.5 and 4.6.7

Convert = Callable[[np.ndarray], np.ndarray]  # levels (H, W, 1 or 3) to levels of sRGB, of the same type


@dataclass(frozen=True)
class ColorSpace:
    """Curves (1 or 3, 65536) from levels to light in [0, 1], and a matrix (3, 3) from that light to linear sRGB."""

    curves: np.ndarray
    matrix: np.ndarray

    def to_srgb(self, levels: np.ndarray) -> np.ndarray:
        """Levels (H, W, 1 or 3) of uint8, uint16 or floats in [0, 1] as those of sRGB: same shape, same type."""
        rows = max(1, STRIP // levels.shape[1])
        strips = [self._convert(levels[top : top + rows]) for top in range(0, len(levels), rows)]
        return np.concatenate(strips)

    def _convert(self, levels: np.ndarray) -> np.ndarray:
        index = _index(levels)
        if levels.shape[-1] == 1:  # gray stays gray: white is white in every space
            light = self.curves[len(self.curves) // 2][index]
        else:
            light = np.stack([self.curves[-1 if n >= len(self.curves) else n][index[..., n]] for n in range(3)], -1)
            light = light @ self.matrix.T.astype(np.float32)
        srgb = _srgb(light.clip(0, 1))
        if np.issubdtype(levels.dtype, np.integer):
            srgb = np.rint(srgb * np.iinfo(levels.dtype).max)
        return srgb.astype(levels.dtype)


def conversion(icc: bytes | None, exif: Image.Exif, info: Mapping[str, Any], gray: bool) -> Convert | None:
    """What turns the levels of a picture into sRGB, None where they are sRGB, or nothing else is known of them.

    `icc` is the profile in the file, `info` what PIL says of it, `gray` whether it has one channel. A conversion that
    moves no level by more than one of 255 is none, whatever the name of its profile, and every level stays exact.
    """
    convert = _of_icc(icc, gray) if icc else None
    if convert is None:
        space = _of_exif(exif) or _of_png(info)
        if space is None:
            return None
        convert = space.to_srgb
    known = RAMP if gray else GRID
    return convert if np.abs(convert(known).astype(int) - known).max() > 1 else None


def cmyk_to_rgb(picture: Image.Image, icc: bytes | None) -> Image.Image:
    """A picture of mode CMYK or LAB as one of sRGB; without a profile that fits, CMYK by the plain formula."""
    try:
        source = ImageCms.createProfile("LAB") if picture.mode == "LAB" else _opened(icc or b"")
        target = ImageCms.createProfile("sRGB")
        return ImageCms.profileToProfile(picture, source, target, outputMode="RGB") or picture
    except (ImageCms.PyCMSError, ImportError, OSError, ValueError, TypeError, AttributeError):
        return picture.convert("RGB")


def primaries_matrix(primaries: tuple[float, ...]) -> np.ndarray:
    """From light of these primaries to linear sRGB, (3, 3): x and y of white, red, green and blue."""
    white, xyz = _to_xyz(primaries)
    target_white, target = _to_xyz(SRGB_PRIMARIES)
    adapt = np.linalg.inv(BRADFORD) @ np.diag(BRADFORD @ target_white / (BRADFORD @ white)) @ BRADFORD
    return np.linalg.inv(target) @ adapt @ xyz


def _of_exif(exif: Image.Exif) -> ColorSpace | None:
    """Cameras write Adobe RGB as colour space 2, or as "uncalibrated" with R03 of the file system rules."""
    try:
        space = exif.get_ifd(EXIF_IFD).get(COLOR_SPACE)
        index = str(exif.get_ifd(INTEROP_IFD).get(INTEROP_INDEX, ""))
    except Exception:  # damage in the EXIF block is none in the picture
        return None
    if space == 2 or (space == 0xFFFF and index.startswith("R03")):
        return ColorSpace(_power(ADOBE_GAMMA), primaries_matrix(ADOBE_PRIMARIES))
    return None


def _of_png(info: Mapping[str, Any]) -> ColorSpace | None:
    """The sRGB chunk outweighs gAMA and cHRM, as the PNG specification wants it."""
    gamma, primaries = info.get("gamma"), info.get("chromaticity")
    if "srgb" in info or not (gamma or primaries):
        return None
    curves = _linear(np.linspace(0, 1, STEPS))[None].astype(np.float32)
    if gamma and abs(gamma / SRGB_GAMMA - 1) > 0.02:  # the chunk has few digits
        curves = _power(1 / gamma)
    try:
        return ColorSpace(curves, primaries_matrix(primaries) if primaries else np.eye(3))
    except (ValueError, ZeroDivisionError, np.linalg.LinAlgError):
        return ColorSpace(curves, np.eye(3))


def _of_icc(icc: bytes, gray: bool) -> Convert | None:
    """What a profile says, None for a broken one and one for another kind of picture."""
    try:
        profile = _opened(icc)
        kind, tags = profile.profile.xcolor_space.strip(), _tags(icc)
        if kind == "GRAY" and gray and profile.profile.connection_space.strip() == "XYZ":
            return ColorSpace(_curve(tags[b"kTRC"])[None], np.eye(3)).to_srgb
        if kind == "RGB" and b"A2B0" not in tags:
            curves = np.stack([_curve(tags[name]) for name in (b"rTRC", b"gTRC", b"bTRC")])
            matrix = np.linalg.inv(_colorants(ImageCms.createProfile("sRGB"))) @ _colorants(profile.profile)
            return ColorSpace(curves, matrix).to_srgb
        if (kind == "RGB") or (kind == "GRAY" and gray):
            return _by_littlecms(profile, kind)
    except (ImageCms.PyCMSError, ImportError, OSError, KeyError, ValueError, TypeError, AttributeError, struct.error):
        pass
    return None


def _by_littlecms(profile: ImageCms.ImageCmsProfile, kind: str) -> Convert:
    mode = "L" if kind == "GRAY" else "RGB"
    transform = ImageCms.buildTransform(profile, ImageCms.createProfile("sRGB"), mode, "RGB")

    def convert(levels: np.ndarray) -> np.ndarray:
        top = np.iinfo(levels.dtype).max if np.issubdtype(levels.dtype, np.integer) else 1
        coarse = np.rint(levels * (255 / top)).astype(np.uint8)
        picture = Image.fromarray(coarse[..., 0]) if levels.shape[-1] == 1 else Image.fromarray(coarse)
        done = ImageCms.applyTransform(picture.convert(mode), transform)
        return (np.asarray(done)[..., : levels.shape[-1]] * (top / 255)).astype(levels.dtype)

    return convert


def _opened(icc: bytes) -> ImageCms.ImageCmsProfile:
    return ImageCms.ImageCmsProfile(io.BytesIO(icc))


def _colorants(profile: Any) -> np.ndarray:
    names = ("red_colorant", "green_colorant", "blue_colorant")
    return np.stack([np.array(getattr(profile, name)[0]) for name in names], -1)


def _tags(icc: bytes) -> dict[bytes, bytes]:
    """The table of tags (ICC.1:2022, 7.3)."""
    (count,) = struct.unpack_from(">I", icc, 128)
    rows = [struct.unpack_from(">4sII", icc, 132 + 12 * n) for n in range(min(count, 100))]
    return {name: icc[start : start + length] for name, start, length in rows}


def _curve(tag: bytes) -> np.ndarray:
    """A tone curve (65536,): a table, a power, or a formula (ICC.1:2022, 10.6 and 10.18)."""
    x = np.linspace(0, 1, STEPS)
    if tag[:4] == b"para":
        return _formula(tag, x)
    (count,) = struct.unpack_from(">I", tag, 8)
    table = np.frombuffer(tag, ">u2", count, 12)
    if count == 0:
        return x.astype(np.float32)
    if count == 1:
        return (x ** (table[0] / 256)).astype(np.float32)
    return np.interp(x, np.linspace(0, 1, count), table / 65535).astype(np.float32)


def _formula(tag: bytes, x: np.ndarray) -> np.ndarray:
    (kind,) = struct.unpack_from(">H", tag, 8)
    count = (1, 3, 4, 5, 7)[kind] if kind < 5 else 0
    if not count:
        raise ValueError(f"no curve of kind {kind} is known")
    given = [number / 65536 for number in struct.unpack_from(f">{count}i", tag, 12)]
    g, a, b, c, d, e, f = given + [0.0] * (7 - count) if kind else [given[0], 1.0, *[0.0] * 5]
    if kind in (1, 2):  # the foot is flat, and as high as the offset
        c, d, e, f = 0.0, -b / a, c, c
    return np.where(x >= d, (a * x + b).clip(0) ** g + e, c * x + f).clip(0, 1).astype(np.float32)


def _power(gamma: float) -> np.ndarray:
    return (np.linspace(0, 1, STEPS) ** gamma)[None].astype(np.float32)


def _index(levels: np.ndarray) -> np.ndarray:
    """Where levels of any type are among the steps of a curve."""
    if levels.dtype == np.uint8:
        return levels.astype(np.uint16) * 257
    if levels.dtype == np.uint16:
        return levels
    return np.rint(levels * (STEPS - 1)).astype(np.uint16)


def _linear(srgb: np.ndarray) -> np.ndarray:
    return np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)


def _srgb(linear: np.ndarray) -> np.ndarray:
    return np.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055)


def _to_xyz(primaries: tuple[float, ...]) -> tuple[np.ndarray, np.ndarray]:
    """XYZ of the white, and the matrix to XYZ, of x and y of white, red, green and blue."""
    x, y = np.array(primaries[0::2]), np.array(primaries[1::2])
    if not (y > 0).all():
        raise ValueError("a primary without light")
    xyz = np.stack([x / y, np.ones(4), (1 - x - y) / y])
    return xyz[:, 0], xyz[:, 1:] * np.linalg.solve(xyz[:, 1:], xyz[:, 0])
