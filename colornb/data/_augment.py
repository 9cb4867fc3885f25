"""Augmentation on the device: whole batches at once, every picture with its own numbers.

All numbers come from the generator that is handed in, so equal generators give equal batches.
Geometry moves the picture and its line art alike; colour touches the picture alone.
"""

import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from colornb.types import RGB, Batch, Boxes, Float

CROP, RATIO = (0.6, 1.0), (3 / 4, 4 / 3)


@dataclass(frozen=True)
class Jitter:
    """How far `jitter` moves colours, at most, each way; the defaults are those of GuidingPainter's code.

    It varies the colour picture by RandomBrightnessContrast and HueSaturationValue of the library albumentations at
    their default ranges: +-0.2 for both, +-20 of 180, +-30 of 255 and +-20 of 255.
    """

    brightness: float = 0.2
    contrast: float = 0.2
    hue: float = 20 / 180  # of a full turn
    saturation: float = 30 / 255
    value: float = 20 / 255
    p: float = 0.5  # how often the first two are moved, and how often the other three

    def __post_init__(self) -> None:
        """Refuse what cannot be."""
        if not all(0 <= number <= 1 for number in vars(self).values()):
            raise ValueError(f"colours cannot move so far: give numbers from 0 to 1, not {tuple(vars(self).values())}")


def augment(
    batch: Batch,
    generator: torch.Generator,
    flip: bool = True,
    crop: tuple[float, float] | None = CROP,
    ratio: tuple[float, float] = RATIO,
    color: bool | Jitter = False,
) -> Batch:
    """Mirror and crop pictures and their line art together; optionally vary the pictures' colours.

    Args:
        batch: sRGB and line art in [0, 1].
        generator: The only source of randomness, on any device.
        flip: Mirror every second picture, left to right.
        crop: Smallest and largest share of the area that is kept and stretched back to the full
            size (None: all). GuidingPainter's code takes (0.08, 1).
        ratio: Range of width to height of what is kept.
        color: Also apply `jitter` to the pictures, at its default ranges or at these.

    Raises:
        ValueError: ranges of a crop that cannot be, see `check_ranges`.
    """
    check_ranges(crop, ratio)
    theta = _windows(len(batch.rgb), generator, flip, crop, ratio).to(batch.rgb)
    ranges = color if isinstance(color, Jitter) else Jitter()
    rgb = jitter(batch.rgb, generator, ranges) if color else batch.rgb
    planes = rgb if batch.sketch is None else torch.cat([rgb, batch.sketch], dim=1)
    grid = F.affine_grid(theta, list(planes.shape), align_corners=False)
    planes = F.grid_sample(planes, grid, "bicubic", "border", align_corners=False).clamp(0, 1)
    boxes = None if batch.boxes is None else _moved(batch.boxes, theta)
    return Batch(planes[:, :3], None if batch.sketch is None else planes[:, 3:], boxes)


def check_ranges(crop: tuple[float, float] | None, ratio: tuple[float, float]) -> None:
    """Refuse, in one line, shares of a picture and shapes that cannot be kept of it."""
    if crop is not None and not 0 < crop[0] <= crop[1] <= 1:
        raise ValueError(f"crop cannot be {crop}: give the smallest and largest share of the area, above 0, up to 1")
    if not 0 < ratio[0] <= ratio[1]:
        raise ValueError(f"ratio cannot be {ratio}: give the smallest and the largest width to height, above 0")


def _moved(boxes: Boxes, theta: Float[Tensor, "b 2 3"]) -> Boxes:
    """Where boxes of a picture lie in its window; one that has left it has no area."""
    scale, shift = theta[:, None, [0, 1], [0, 1]], theta[:, None, :, 2]
    corners = ((2 * boxes.unflatten(-1, (2, 2)) - 1 - shift[:, :, None]) / scale[:, :, None] + 1) / 2
    return torch.cat([corners.amin(2), corners.amax(2)], -1).clamp(0, 1)


def jitter(rgb: RGB, generator: torch.Generator, ranges: Jitter = Jitter()) -> RGB:  # noqa: B008 - it is frozen
    """Vary brightness and contrast, then hue, saturation and value, as far as `ranges` say. Values stay in [0, 1].

    The same count of numbers is drawn whatever the ranges.
    """
    n = len(rgb)
    tone = _uniform(2, n, generator).to(rgb) * _often(n, ranges.p, generator).to(rgb)
    shift = _uniform(3, n, generator).to(rgb) * _often(n, ranges.p, generator).to(rgb)
    brightness, contrast = (ranges.brightness * tone[0], 1 + ranges.contrast * tone[1])
    rgb = (rgb * contrast.view(-1, 1, 1, 1) + brightness.view(-1, 1, 1, 1)).clamp(0, 1)
    return _shift_hsv(rgb, ranges.hue * shift[0], ranges.saturation * shift[1], ranges.value * shift[2])


def _uniform(rows: int, n: int, generator: torch.Generator) -> Float[Tensor, "r n"]:
    """Uniform in [-1, 1]."""
    return 2 * torch.rand(rows, n, generator=generator, device=generator.device) - 1


def _often(n: int, p: float, generator: torch.Generator) -> Float[Tensor, " n"]:
    return (torch.rand(n, generator=generator, device=generator.device) < p).float()


def _windows(
    n: int, generator: torch.Generator, flip: bool, crop: tuple[float, float] | None, ratio: tuple[float, float]
) -> Float[Tensor, "n 2 3"]:
    """Affine maps from the output square to the window kept, in the [-1, 1] coordinates of `affine_grid`.

    The same count of numbers is drawn whatever the settings, so that switching one off leaves the
    others alone.
    """
    area, aspect, x, y, side = (_uniform(5, n, generator) + 1) / 2
    low, high = crop or (1.0, 1.0)
    area = low + (high - low) * area
    stretch = (aspect * math.log(ratio[1] / ratio[0]) + math.log(ratio[0])).exp().sqrt()
    stretch = torch.ones_like(stretch) if crop is None else stretch
    width, height = (area.sqrt() * stretch).clamp(max=1), (area.sqrt() / stretch).clamp(max=1)
    sign = 1 - 2 * ((side < 0.5) & flip).float()
    zero = torch.zeros_like(width)
    rows = [width * sign, zero, (1 - width) * (2 * x - 1), zero, height, (1 - height) * (2 * y - 1)]
    return torch.stack(rows, dim=1).view(n, 2, 3)


def _shift_hsv(rgb: RGB, hue: Float[Tensor, " b"], saturation: Float[Tensor, " b"], value: Float[Tensor, " b"]) -> RGB:
    """Turn hue and move saturation and value, in the hexcone model (A. R. Smith, 1978)."""
    v, low = rgb.amax(1), rgb.amin(1)
    r, g, b = rgb.unbind(1)
    span = torch.where(v > low, v - low, torch.ones_like(v))  # grays have no hue: any number but 0 will do
    h = torch.where(v == r, (g - b) / span, torch.where(v == g, 2 + (b - r) / span, 4 + (r - g) / span))
    s = (v - low) / torch.where(v > 0, v, torch.ones_like(v))
    h = h / 6 + hue.view(-1, 1, 1)
    s = torch.where(s > 0, (s + saturation.view(-1, 1, 1)).clamp(0, 1), s)  # a gray has no hue to become vivid in
    v = (v + value.view(-1, 1, 1)).clamp(0, 1)
    turn = torch.stack([(n + 6 * h) % 6 for n in (5, 3, 1)], dim=1)
    return v[:, None] * (1 - s[:, None] * torch.minimum(turn, 4 - turn).clamp(0, 1))
