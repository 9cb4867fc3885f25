"""Pictures in and out: any picture as sRGB floats in [0, 1], or one line that says why not.

Nothing here needs a network: `sample` reads the photographs that come inside the wheels of
scikit-image, scikit-learn and matplotlib.
"""

import os
from collections.abc import Callable
from importlib.util import find_spec
from itertools import chain
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from colornb.reading import ImageError as ImageError
from colornb.reading import Source, checked_unit, first_line, on_white, picture_of, read
from colornb.reading import size_of as size_of
from colornb.types import RGB, Float, Int, Planes
from colornb.writing import Metadata as Metadata
from colornb.writing import check_place, encoded, write_file

MAX_SIDE = 4096  # pixels: a square of it is 200 MB of floats, which a laptop can still colour
STRIP = 4  # times as long as wide, or less: what is longer is a strip, such as a comic for scrolling
AT_ONCE = 2**21  # pixels of a large picture are converted at once
OVERSHOOT = 0.01  # out of [0, 1] is what interpolation and rounding leave
MAX_ASPECT = 4  # a longer picture is seen smaller by networks, so that memory stays within bounds ..
SEEN = 2**18  # .. unless so many pixels are enough for it: a long strip is seen whole, as wide as a page
GRAY_SPREAD = 8 / 255  # channels that differ by less are gray to the eye (scans, and JPEG noise)
GRAY_SHARE = 0.001  # of the pixels may differ by more

SAMPLES: dict[str, tuple[str, str, str]] = {
    # name: package, distribution, file inside the package
    "astronaut": ("skimage", "scikit-image", "data/astronaut.png"),
    "chelsea": ("skimage", "scikit-image", "data/chelsea.png"),
    "coffee": ("skimage", "scikit-image", "data/coffee.png"),
    "rocket": ("skimage", "scikit-image", "data/rocket.jpg"),
    "china": ("sklearn", "scikit-learn", "datasets/images/china.jpg"),
    "flower": ("sklearn", "scikit-learn", "datasets/images/flower.jpg"),
    "hopper": ("matplotlib", "matplotlib", "mpl-data/sample_data/grace_hopper.jpg"),
}


def load_image(source: Source, max_side: int | None = MAX_SIDE) -> Float[Tensor, "1 3 h w"]:
    """Any picture as sRGB in [0, 1], upright, on white paper.

    `source` is a path, the bytes of a file, a file open for reading in binary mode, a PIL picture,
    or a numpy array (H, W) or (H, W, 1 to 4) of uint8, uint16, bool or floats in [0, 1]. The EXIF
    orientation is applied, the colour space converted by what the file says of it: its profile, else EXIF, else
    the gAMA and cHRM of PNG (a broken profile is ignored). Transparency is laid on white (white lines become black
    ones), and of an animation the first frame is taken. A picture with a side longer than `max_side` pixels is shrunk,
    a strip (over 4 times as long as wide) where it has more pixels than a square of that side; None keeps all.

    16 bits a channel are kept. Raises ImageError.
    """
    return load_with_metadata(source, max_side)[0]


def load_with_metadata(source: Source, max_side: int | None = MAX_SIDE) -> tuple[Float[Tensor, "1 3 h w"], Metadata]:
    """What `load_image` gives, and what else the file holds, for `save_image`. Raises ImageError."""
    if isinstance(source, np.ndarray):
        return _limit(_from_array(source, "the array"), max_side), Metadata()
    reading = read(source, max_side)
    levels = on_white(reading.color, reading.alpha)
    size = _shrunk((levels.shape[1], levels.shape[0]), max_side)
    if size and levels.dtype == np.uint8:  # a huge picture is never floats
        levels = np.asarray(picture_of(levels).resize(size, Image.Resampling.LANCZOS, reducing_gap=2.0))
    if levels.dtype == np.uint8:
        return from_uint8(levels), Metadata.of(reading)
    return _limit(_from_array(levels, "the picture"), max_side), Metadata.of(reading)


def save_image(rgb: Planes, path: str | os.PathLike, like: Metadata | Source | None = None) -> Path:
    """Write one picture in [0, 1] as PNG, JPEG, WebP or TIFF, by the suffix of `path`; a sketch as gray.

    `like` is the picture that it was made from, or its `Metadata`: its transparency (not in JPEG), its 16 bits (in PNG
    and TIFF), its resolution, and who made it when are kept. Every file says that it is sRGB, and appears whole or not
    at all. Raises ImageError.
    """
    path, levels = check_place(path), _checked(rgb)
    metadata = like if isinstance(like, Metadata) else Metadata() if like is None else load_with_metadata(like)[1]
    try:
        data = encoded(levels.permute(1, 2, 0).cpu().numpy(), path.suffix.lower(), metadata)
    except (OSError, ValueError) as error:  # such as too large for the format
        raise ImageError(f"cannot write '{path}': {first_line(error)}") from None
    return write_file(path, data)


def to_uint8(rgb: Planes) -> np.ndarray:
    """One picture (1, 3, H, W) in [0, 1] as a numpy array (H, W, 3) of uint8, rounded and clamped.

    One channel, such as a sketch, is repeated to three. Raises ValueError for a batch or other
    channels.
    """
    levels = (_checked(rgb).clamp(0, 1) * 255).round().to(torch.uint8)
    return levels.permute(1, 2, 0).contiguous().cpu().numpy()


def from_uint8(array: np.ndarray) -> Float[Tensor, "1 3 h w"]:
    """A uint8 numpy array (H, W) or (H, W, 1 to 4) as sRGB in [0, 1].

    Transparency is laid on white. Raises ImageError for other types or shapes.
    """
    if array.dtype != np.uint8:
        raise ImageError(f"the array holds {array.dtype}, not uint8: use load_image")
    return _from_array(array, "the array")


def check_picture(image: object) -> None:
    """Refuse what is no single picture (1, 3, h, w). Raises ValueError, in one line."""
    if not isinstance(image, Tensor):
        raise ValueError(f"{type(image).__name__} is no picture: give what colornb.load_image makes of it")
    if image.ndim != 4 or image.shape[1] != 3:
        raise ValueError(f"a picture of shape {tuple(image.shape)}: give (1, 3, height, width), as load_image does")
    if image.shape[0] != 1:
        raise ValueError(f"{image.shape[0]} pictures at once: give one, image[i : i + 1]")
    if not image.is_floating_point():
        raise ValueError(f"a picture of {image.dtype}: give floats in [0, 1], as load_image does (uint8 / 255)")
    if not image.numel():
        raise ValueError(f"a picture of {image.shape[3]} x {image.shape[2]} pixels: give one that has some")
    if not (image.min() >= -OVERSHOOT and image.max() <= 1 + OVERSHOOT):
        low, high = image.min().item(), image.max().item()
        raise ValueError(f"a picture with values from {low:.4g} to {high:.4g}: give sRGB in [0, 1], as load_image does")


def resize(
    image: Planes, size: int | tuple[int, int], antialias: bool = True, mode: str = "bicubic"
) -> Float[Tensor, "b c H W"]:
    """Resize to `size`: (height, width), or the length of the shorter side, proportions kept.

    Works for any value range: each channel is clamped to the range it had, as "bicubic" would
    overshoot at edges. `mode` is "bicubic" or "bilinear". Raises ValueError for an empty size.
    """
    height, width = image.shape[-2:]
    if min((size,) if isinstance(size, int) else size) < 1:
        raise ValueError(f"size {size} has no pixels: give at least 1")
    if isinstance(size, int):
        short = min(height, width)
        size = (round(height * size / short), round(width * size / short))
    if tuple(size) == (height, width):
        return image
    resized = torch.nn.functional.interpolate(image, size, mode=mode, antialias=antialias)
    return resized.clamp(image.amin((-2, -1), keepdim=True), image.amax((-2, -1), keepdim=True))


def resize_levels(levels: np.ndarray, height: int, width: int) -> np.ndarray:
    """The same of uint8 (H, W, C), with their rounding but several times as fast: for what is only to be seen."""
    return resize(torch.from_numpy(levels).permute(2, 0, 1)[None], (height, width))[0].permute(1, 2, 0).numpy()


def scale_to(pixels: np.ndarray, height: int, width: int) -> np.ndarray:
    """RGBA pixels at another size, smoothly."""
    if pixels.shape[:2] == (height, width):
        return pixels
    return np.asarray(Image.fromarray(pixels).resize((width, height), Image.Resampling.BILINEAR))


def changed_box(before: np.ndarray | None, levels: np.ndarray) -> tuple[slice, slice]:
    """The rows and columns around all pixels (H, W, 4), uint8, that are no longer what they were."""
    if before is None or before.shape != levels.shape:
        return slice(0, levels.shape[0]), slice(0, levels.shape[1])
    one, other = (np.ascontiguousarray(x).view(np.uint32)[..., 0] for x in (before, levels))  # whole pixels: quicker
    rows = _range_of((one != other).any(1))
    return rows, _range_of((one[rows] != other[rows]).any(0))


def _range_of(holds: np.ndarray) -> slice:
    place = np.flatnonzero(holds)
    return slice(int(place[0]), int(place[-1]) + 1) if len(place) else slice(0, 0)


def mirror_pad(image: Planes, left: int, right: int, top: int, bottom: int) -> Float[Tensor, "b c H W"]:
    """Mirror the picture at its edges (the edge itself not repeated), as far as asked.

    Like torch's "reflect", but the margin may be wider than the picture: it is mirrored again and
    again.
    """
    if left or right:
        image = image.index_select(-1, _mirrored(image.shape[-1], left, right, image.device))
    if top or bottom:
        image = image.index_select(-2, _mirrored(image.shape[-2], top, bottom, image.device))
    return image


def by_rows(convert: Callable[..., Planes], *planes: Planes) -> Planes:
    """What is done pixel by pixel, some rows at a time: a large picture leaves no room for copies of itself."""
    rows = max(1, AT_ONCE // planes[0].shape[-1])
    parts = map(convert, *(plane.split(rows, -2) for plane in planes))
    first = next(parts)
    converted = first.new_empty((*first.shape[:-2], *planes[0].shape[-2:]))
    for place, part in zip(converted.split(rows, -2), chain([first], parts), strict=True):
        place.copy_(part)
    return converted


def working_size(height: int, width: int, size: int) -> tuple[int, int]:
    """Height and width that a network sees of a picture, whose shorter side shall be `size`; no side is 0."""
    most = max(MAX_ASPECT * size**2, SEEN)
    scale = min(size / min(height, width), (most / (height * width)) ** 0.5)
    return max(1, round(height * scale)), max(1, round(width * scale))


def is_gray(rgb: RGB) -> bool:
    """Whether all pictures are gray: channels differ by over 8/255 in at most 0.1% of the pixels.

    A sepia print is not gray: its tint is colour.
    """
    spread = rgb.amax(1) - rgb.amin(1)
    return bool((spread > GRAY_SPREAD).float().mean((-2, -1)).max() <= GRAY_SHARE)


def sample(name: str) -> Float[Tensor, "1 3 h w"]:
    """One of the photographs named in `SAMPLES`. Raises ImageError for other names."""
    if name not in SAMPLES:
        raise ImageError(f"no sample named {name!r}: choose one of {', '.join(SAMPLES)}")
    package, distribution, file = SAMPLES[name]
    spec = find_spec(package)  # finds the folder without paying for the import
    if spec is None or not spec.submodule_search_locations:
        raise ImageError(f"sample {name!r} lies inside {distribution}: pip install {distribution}")
    return load_image(Path(spec.submodule_search_locations[0]) / file)


def _checked(rgb: Planes) -> Float[Tensor, "3 h w"]:
    """One picture of three channels; a ValueError for anything else."""
    if rgb.shape[0] != 1 or rgb.shape[1] not in (1, 3):
        raise ValueError(f"shape {tuple(rgb.shape)} is not one picture: give rgb[i : i + 1] of a batch")
    return rgb[0].detach().float().expand(3, -1, -1)


def _from_array(array: np.ndarray, name: str) -> RGB:
    if array.ndim == 2:
        array = array[..., None]
    if array.ndim != 3 or array.shape[-1] not in (1, 2, 3, 4):
        raise ImageError(f"{name} of shape {array.shape} is no picture: give (H, W) or (H, W, 1 to 4)")
    if array.size == 0:
        raise ImageError(f"{name} of shape {array.shape} has no pixels: give at least 1 x 1")
    planes = torch.from_numpy(_unit(np.ascontiguousarray(array.transpose(2, 0, 1)), name))[None]
    if planes.shape[1] in (2, 4):
        color, alpha = planes[:, :-1], planes[:, -1:]
        planes = color * alpha + (1 - alpha)
    return planes.expand(-1, 3, -1, -1).contiguous()


def _unit(array: np.ndarray, name: str) -> np.ndarray:
    """Scale levels to float32 in [0, 1], by the type of the array."""
    if array.dtype in (np.uint8, np.uint16):
        levels = array.astype(np.float32)
        levels /= np.iinfo(array.dtype).max  # in place: a large picture leaves no room for copies of itself
        return levels
    if array.dtype == np.bool_:
        return array.astype(np.float32)
    if not np.issubdtype(array.dtype, np.floating):
        raise ImageError(f"{name} holds {array.dtype}: give uint8, uint16 or floats in [0, 1]")
    return checked_unit(array, name)


def _limit(rgb: RGB, max_side: int | None) -> Float[Tensor, "b 3 H W"]:
    size = _shrunk((rgb.shape[-2], rgb.shape[-1]), max_side)
    return resize(rgb, size) if size else rgb


def _shrunk(sides: tuple[int, int], max_side: int | None) -> tuple[int, int] | None:
    """Both sides with the longer one at its limit; None if it is not longer."""
    short, long = sorted(sides)
    if max_side is None or long <= max_side:
        return None
    scale = max_side / (long if long <= STRIP * short else (short * long) ** 0.5)
    first, second = (max(1, round(side * scale)) for side in sides)
    return (first, second) if scale < 1 else None


def _mirrored(length: int, before: int, after: int, device: torch.device) -> Int[Tensor, " n"]:
    index = torch.arange(-before, length + after, device=device)
    if length == 1:
        return torch.zeros_like(index)
    period = 2 * (length - 1)
    index = index.remainder(period)
    return torch.minimum(index, period - index)
