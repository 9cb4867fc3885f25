"""Levels of pictures as numpy arrays: white paper below them, the ink in their transparency, and what they count from.

A colour is (H, W, 1 or 3), an alpha plane (H, W), both of uint8, uint16 or float32 in [0, 1].
"""

import numpy as np
from PIL import Image

from colornb.reading._sources import ImageError

LIGHT, LINES_SHARE = 240 / 255, 0.3  # light ink: its level at least, and the share that is left transparent


def top_of(levels: np.ndarray) -> int:
    """The level of white, by the type."""
    return np.iinfo(levels.dtype).max if np.issubdtype(levels.dtype, np.integer) else 1


def checked_unit(levels: np.ndarray, name: str, rounding: float = 1e-6) -> np.ndarray:
    """Floats as float32 in [0, 1]; those that are outside by more than `rounding` are an ImageError."""
    low, high = float(levels.min()), float(levels.max())
    if not (low >= -rounding and high <= 1 + rounding):  # NaN fails too
        raise ImageError(f"{name} runs from {low:g} to {high:g}: scale its floats to [0, 1]")
    return levels.clip(0, 1).astype(np.float32)


def on_white(color: np.ndarray, alpha: np.ndarray | None) -> np.ndarray:
    """The picture laid on white paper, (H, W, 1 or 3); white lines on nothing become black ones."""
    if alpha is None:
        return color
    if is_light_ink(color, alpha):
        return (top_of(alpha) - alpha)[..., None]
    if color.dtype == np.uint8:
        paper = Image.new(picture_of(color).mode, alpha.shape[::-1], "white")
        laid = Image.composite(picture_of(color), paper, Image.fromarray(alpha))
        return np.asarray(laid).reshape(color.shape)
    top = np.float32(top_of(alpha))
    cover = (alpha / top)[..., None].astype(np.float32)
    return color / top * cover + (1 - cover)


def is_light_ink(color: np.ndarray, alpha: np.ndarray) -> bool:
    """Whether a picture is white lines on nothing, made for dark paper: on white nobody would see them."""
    seen = color[alpha > top_of(alpha) / 2]
    return bool(seen.size and _clear_share(alpha) > LINES_SHARE and seen.min() >= LIGHT * top_of(alpha))


def is_ink(color: np.ndarray, alpha: np.ndarray) -> bool:
    """Whether the transparency is the drawing: lines of one colour on nothing, be they light or dark."""
    seen = color[alpha > top_of(alpha) / 2].reshape(-1, color.shape[-1]).astype(float)
    spread = np.ptp(seen, 0).max() if len(seen) else 0
    return bool(_clear_share(alpha) > LINES_SHARE and spread <= (1 - LIGHT) * top_of(alpha))


def picture_of(levels: np.ndarray) -> Image.Image:
    """Levels (H, W, 1 or 3) of uint8 as a PIL picture."""
    return Image.fromarray(levels[..., 0] if levels.shape[-1] == 1 else levels)


def divided(color: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    """Colours that were multiplied with their cover, without it."""
    top = top_of(color)
    plain = color / np.maximum(alpha, np.finfo(np.float32).tiny)[..., None].astype(np.float32) * top
    plain = plain.clip(0, top)
    return (np.rint(plain) if top > 1 else plain).astype(color.dtype)


def deep_colors(data: bytes, shape: tuple[int, ...]) -> np.ndarray:
    """Levels (H, W, 3 or 4) of 16 bits in a file that PIL read, without complaint, at 8."""
    import cv2

    levels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    if levels is None or levels.ndim != 3 or levels.shape[:2] != shape[:2] or levels.dtype != np.uint16:
        raise ImageError("its 16-bit colours cannot be read: save it again as PNG")
    return levels[..., [2, 1, 0, 3][: levels.shape[-1]]]  # OpenCV has blue first


def _clear_share(alpha: np.ndarray) -> float:
    return float((alpha < top_of(alpha) / 2).mean())
