"""Filters of maps (b, c, h, w): blurs that know edges and blurs that do not, derivatives, and what masks need."""

import math
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from colornb.color import at_least_float32
from colornb.images import mirror_pad
from colornb.types import Float, Mask, Plane, Planes

Scale = float | Float[Tensor, " b"]  # one number for all pictures, or one each


def mirrored_gaussian_blur(image: Planes, sigma: Scale, radius: int | None = None) -> Planes:
    """Blur with Gaussians of `sigma` pixels, one for all pictures or one each; edges are mirrored.

    The kernel ends `radius` pixels from its centre; by default at `kernel_radius` of the largest
    sigma, for which a tensor of sigmas must be read from its device.

    Written as sums of shifted pictures, not as a convolution, which TF32 and autocast would round:
    with phi = 1e9 a rounding error is a speck of ink.
    """
    image = at_least_float32(image)
    sigma = torch.as_tensor(sigma, dtype=image.dtype, device=image.device)
    if radius is None:
        radius = kernel_radius(float(sigma.max()))
    steps = torch.arange(radius + 1, dtype=image.dtype, device=image.device).view(-1, 1, 1, 1, 1)
    weights = torch.exp(-0.5 * (steps / sigma.view(-1, 1, 1, 1)) ** 2)
    weights = weights / (2 * weights.sum(0) - weights[0])  # all but the centre count twice
    across = mirror_pad(image, radius, radius, 0, 0)
    image = _weighted(across, weights, -1)
    return _weighted(mirror_pad(image, 0, 0, radius, radius), weights, -2)


def kernel_radius(sigma: float) -> int:
    """Where the kernel of `mirrored_gaussian_blur` ends, about 4 sigma: the rule of OpenCV for float pictures."""
    return (round(8 * sigma + 1) | 1) // 2


def _weighted(padded: Planes, weights: Tensor, axis: int) -> Float[Tensor, "b c H W"]:
    """The sum of the shifted copies inside `padded`, each side of the centre weighted alike."""
    radius = len(weights) - 1
    length = padded.shape[axis] - 2 * radius
    total = weights[0] * padded.narrow(axis, radius, length)
    for step in range(1, radius + 1):
        total.addcmul_(weights[step], padded.narrow(axis, radius - step, length))
        total.addcmul_(weights[step], padded.narrow(axis, radius + step, length))
    return total


def gaussian_blur(planes: Planes, sigma: float) -> Planes:
    """Blur with a Gaussian cut at four times `sigma` pixels; nothing outside the picture counts."""
    reach = int(4 * sigma + 0.5)
    kernel = torch.exp(-0.5 * (torch.arange(-reach, reach + 1, device=planes.device) / sigma) ** 2)
    kernel = (kernel / kernel.sum()).to(planes.dtype)
    return _filter(planes, kernel, reach) / _filter(torch.ones_like(planes[:1, :1]), kernel, reach)


def _filter(planes: Planes, kernel: Float[Tensor, " k"], reach: int) -> Planes:
    if _suits_opencv(planes):
        return _each_by_opencv("sepFilter2D", planes, ddepth=-1, kernelX=kernel.numpy(), kernelY=kernel.numpy())
    flat = planes.flatten(0, 1)[:, None]
    flat = F.conv2d(flat, kernel.view(1, 1, -1, 1), padding=(reach, 0))
    return F.conv2d(flat, kernel.view(1, 1, 1, -1), padding=(0, reach)).view_as(planes)


def _suits_opencv(planes: Planes) -> bool:
    return planes.device.type == "cpu" and planes.dtype == torch.float32 and not planes.requires_grad


def _each_by_opencv(name: str, planes: Planes, **how: Any) -> Planes:
    """A filter of OpenCV for each plane, zeros around it: many times as quick as pooling or convolution."""
    import cv2

    found = torch.empty_like(planes, memory_format=torch.contiguous_format)
    for plane, into in zip(planes.flatten(0, 1).numpy(), found.flatten(0, 1).numpy(), strict=True):
        getattr(cv2, name)(plane, dst=into, borderType=cv2.BORDER_CONSTANT, **how)
    return found


def sobel(planes: Planes) -> tuple[Planes, Planes]:
    """Sobel's derivatives downwards and to the right (edge paper, Eq. 2, but for the sign), border pixels repeated."""
    x = F.pad(planes, (1, 1, 1, 1), mode="replicate")
    rows = x[..., :-2] + 2 * x[..., 1:-1] + x[..., 2:]
    columns = x[..., :-2, :] + 2 * x[..., 1:-1, :] + x[..., 2:, :]
    return rows[..., 2:, :] - rows[..., :-2, :], columns[..., 2:] - columns[..., :-2]


def guided_filter(guide: Float[Tensor, "b 1 h w"], planes: Planes, radius: int, smoothing: float = 4e-3) -> Planes:
    """Planes whose edges lie where those of the guide do (He et al. 2013): in each window a linear function of it.

    `radius` is in pixels; a change of the guide well below the root of `smoothing` does not count as an edge.
    """
    slope, offset = _linear_fit(guide, planes, radius, smoothing)
    return box_mean(slope, radius) * guide + box_mean(offset, radius)


def _linear_fit(
    guide: Float[Tensor, "b 1 h w"], planes: Planes, radius: int, smoothing: float
) -> tuple[Planes, Planes]:
    """Slope and offset of the function of the guide that is nearest to the planes in the window around each pixel."""
    mean_guide, mean_planes = box_mean(guide, radius), box_mean(planes, radius)
    covariance = box_mean(guide * planes, radius) - mean_guide * mean_planes
    slope = covariance / (box_mean(guide.square(), radius) - mean_guide.square() + smoothing)
    return slope, mean_planes - slope * mean_guide


def box_mean(planes: Planes, radius: int) -> Planes:
    """The mean of the square of `radius` pixels to each side around each pixel; nothing outside the picture counts."""
    side = 2 * radius + 1
    if _suits_opencv(planes):
        sums = _each_by_opencv("boxFilter", planes, ddepth=-1, ksize=(side, side), normalize=False)
        return sums / _box_counts(planes, radius)
    rows = F.avg_pool2d(planes, (side, 1), 1, (radius, 0), count_include_pad=False)
    return F.avg_pool2d(rows, (1, side), 1, (0, radius), count_include_pad=False)


def _box_counts(planes: Planes, radius: int) -> Float[Tensor, "h w"]:
    """How many pixels of the square lie in the picture."""
    down, right = (
        (torch.arange(n) + radius).clamp(max=n - 1) - (torch.arange(n) - radius).clamp(min=0) + 1.0
        for n in planes.shape[-2:]
    )
    return down[:, None] * right


def guided_upsample(
    small: Float[Tensor, "1 3 h w"],
    small_lines: Float[Tensor, "1 1 h w"],
    lines: Float[Tensor, "1 1 h2 w2"],
    radius: int = 2,
    smoothing: float = 1e-3,
) -> Float[Tensor, "1 3 h2 w2"]:
    """Enlarge a painted picture to the size of `lines`, with edges as sharp as theirs.

    The fast guided filter (He and Sun 2015, arXiv:1505.00996): around each pixel colour is a linear function of the
    line art; the function is found at the small size, enlarged, and applied to the large lines. `radius` is in small
    pixels; a larger `smoothing` gives softer lines.
    """
    if small.shape[-2:] == lines.shape[-2:]:
        return small
    slope, offset = (
        F.interpolate(box_mean(x, radius), lines.shape[-2:], mode="bilinear", align_corners=False)
        for x in _linear_fit(small_lines, small, radius, smoothing)
    )
    return (slope * lines + offset).clamp(0, 1)


def domain_transform(
    planes: Planes, down: Plane, right: Plane, sigma: float | Float[Tensor, " b"], rounds: int = 3
) -> Planes:
    """Blur that stops at edges, `sigma` pixels far (Gastal and Oliveira 2011, the recursive filter).

    `sigma` may be another one for each picture. `down` and `right` say how far it is from each pixel to the next one
    below and to the right: 1 where nothing is in the way, more across an edge. Their last row and column mean nothing.
    """
    last_first = planes.permute(2, 3, 0, 1).clone(memory_format=torch.contiguous_format)  # what follows is in place
    far = torch.as_tensor(sigma, dtype=planes.dtype, device=planes.device).reshape(-1, 1)
    ways = [step.permute(2, 3, 0, 1).contiguous() for step in (down, right)]
    for number in range(rounds):
        width = far * math.sqrt(3) * 2 ** (rounds - number - 1) / math.sqrt(4**rounds - 1)
        kept_down, kept_right = (torch.exp(-math.sqrt(2) / width * step) for step in ways)
        turned = _blur_along(last_first.transpose(0, 1).contiguous(), kept_right.transpose(0, 1))
        last_first = _blur_along(turned.transpose(0, 1).contiguous(), kept_down)
    return last_first.permute(2, 3, 0, 1)


def _blur_along(lines: Tensor, kept: Tensor) -> Tensor:
    """Mix each line into the next one, forth and back; changes `lines`."""
    kept = kept.expand_as(lines)
    learns = lines.requires_grad or kept.requires_grad
    if lines.device.type == "cpu" and lines.dtype == torch.float32 and not learns:
        _mix(list(lines.numpy()), list(np.ascontiguousarray(kept.numpy())))
        return lines
    rows, steps = lines.unbind(0), kept.unbind(0)  # once: a view takes as long as its mixing
    for j in range(1, len(rows)):
        rows[j].lerp_(rows[j - 1], steps[j - 1])
    for j in range(len(rows) - 2, -1, -1):
        rows[j].lerp_(rows[j + 1], steps[j])
    return lines


def _mix(rows: list[np.ndarray], steps: list[np.ndarray]) -> None:
    """The same in NumPy, which is quicker for lines as short as a picture's on a processor."""
    change = np.empty_like(rows[0])
    there = range(1, len(rows)), range(len(rows) - 2, -1, -1)
    for way, back in zip(there, (1, 0), strict=True):
        for j in way:
            np.subtract(rows[j - 1 if back else j + 1], rows[j], change)
            np.multiply(change, steps[j - back], change)
            np.add(rows[j], change, rows[j])


def medial_axis(scribble: Mask, most: int = 6) -> Mask:
    """The middle line of a scribble up to twice `most` pixels wide: the pixels that are no nearer to its border."""
    depth, inside = scribble, scribble
    for _ in range(most):
        inside = _erode(inside)
        depth = depth + inside
    return scribble * (depth >= dilate(depth, 3))


def _erode(mask: Mask) -> Mask:
    """Take a pixel off all around; what lies beyond the picture is outside."""
    if _suits_opencv(mask):
        return _each_by_opencv("erode", mask, kernel=np.ones((3, 3), np.uint8), borderValue=0)
    return -F.max_pool2d(F.pad(-mask, (1, 1, 1, 1)), 3, 1)


def dilate(mask: Mask, side: int) -> Mask:
    """1 within a square of `side` x `side` pixels around any pixel of a mask.

    A square of an even side reaches one pixel further up and to the left. Raises ValueError for sides below 1.
    """
    if side < 1:
        raise ValueError(f"a square of {side} pixels holds nothing: give a side of at least 1")
    before = (side - 1) // 2
    if _suits_opencv(mask):
        square = np.ones((side, side), np.uint8)
        return _each_by_opencv("dilate", mask, kernel=square, anchor=(before, before), borderValue=0)
    padded = F.pad(mask, (before, side - 1 - before) * 2)
    return F.max_pool2d(F.max_pool2d(padded, (side, 1), 1), (1, side), 1)
