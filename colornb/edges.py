"""Edges of colour, and what lies near them."""

import math

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from colornb.color import AB_MAX, rgb_to_lab
from colornb.types import AB, RGB, Bool, Float, Mask, Plane, Planes

# Canny's thresholds on the gradient of a or b, whose range is 0 to 1 here, and the width of its Gaussian, in pixels.
LOW, HIGH, SIGMA = 0.05, 0.1, 1.0


def color_edges(rgb: RGB) -> Mask:
    """Where colour changes abruptly, whether or not lightness does: Canny's edges of a and of b, together.

    The edge paper (Section 3.2) looks for edges in the ab channels; its thresholds are not printed, these are ours.
    """
    return ab_edges(rgb_to_lab(rgb)[:, 1:])


def ab_edges(ab: AB, low: float = LOW, high: float = HIGH, sigma: float = SIGMA) -> Mask:
    """Canny's edges of the channels a and b, joined; thresholds are for a gradient of a / 220 and b / 220."""
    return canny((ab.detach().float() + AB_MAX) / (2 * AB_MAX), low, high, sigma).any(1, keepdim=True).float()


def canny(planes: Planes, low: float, high: float, sigma: float) -> Bool[Tensor, "b c h w"]:
    """Canny's edges (1986) of every plane by itself, one pixel wide, on the device that the planes are on.

    On a processor scikit-image finds them, one plane after the other; elsewhere `canny_batch` finds the same ones.
    """
    if planes.device.type != "cpu":
        return canny_batch(planes, low, high, sigma)
    from skimage.feature import canny as one

    found = [one(plane, sigma, low, high) for plane in planes.flatten(0, 1).numpy()]
    return torch.from_numpy(np.stack(found)).view_as(planes)


def canny_batch(planes: Planes, low: float, high: float, sigma: float) -> Bool[Tensor, "b c h w"]:
    """Canny's edges of all planes at once, without a word to the host: what a GPU wants.

    Smooth with a Gaussian, keep the pixels whose gradient is a maximum across the edge and at least `low`, and of
    these the connected ones of which some reach `high`.
    """
    down, right = sobel(smooth(planes, sigma))
    size = (down.square() + right.square()).sqrt()
    ridge = _is_ridge(down, right, size) & (size >= max(low, torch.finfo(size.dtype).tiny))
    ridge[..., [0, -1], :] = ridge[..., [0, -1]] = False  # nobody knows what lies beyond the picture
    return spread(ridge & (size >= high), ridge)


def smooth(planes: Planes, sigma: float) -> Planes:
    """Blur with a Gaussian cut at four times `sigma` pixels; nothing outside the picture counts."""
    reach = int(4 * sigma + 0.5)
    kernel = torch.exp(-0.5 * (torch.arange(-reach, reach + 1, device=planes.device) / sigma) ** 2)
    kernel = (kernel / kernel.sum()).to(planes.dtype)
    return _filter(planes, kernel, reach) / _filter(torch.ones_like(planes[:1, :1]), kernel, reach)


def _filter(planes: Planes, kernel: Float[Tensor, " k"], reach: int) -> Planes:
    flat = planes.flatten(0, 1)[:, None]
    flat = F.conv2d(flat, kernel.view(1, 1, -1, 1), padding=(reach, 0))
    return F.conv2d(flat, kernel.view(1, 1, 1, -1), padding=(0, reach)).view_as(planes)


def sobel(planes: Planes) -> tuple[Planes, Planes]:
    """Sobel's derivatives downwards and to the right (edge paper, Eq. 2, but for the sign), border pixels repeated."""
    x = F.pad(planes, (1, 1, 1, 1), mode="replicate")
    rows = x[..., :-2] + 2 * x[..., 1:-1] + x[..., 2:]
    columns = x[..., :-2, :] + 2 * x[..., 1:-1, :] + x[..., 2:, :]
    return rows[..., 2:, :] - rows[..., :-2, :], columns[..., 2:] - columns[..., :-2]


def _is_ridge(down: Planes, right: Planes, size: Planes) -> Bool[Tensor, "b c h w"]:
    """Where the gradient is no smaller than a pixel ahead and a pixel behind, in its own direction.

    What lies there is interpolated between a neighbour along the larger derivative and the diagonal one.
    """
    h, w = size.shape[-2:]
    steep = down.abs() > right.abs()
    small, large = (f(down.abs(), right.abs()) for f in (torch.minimum, torch.maximum))
    share = small / large.clamp(min=torch.finfo(size.dtype).tiny)
    rows, columns = (torch.where(step > 0, 1, -1) for step in (down, right))
    place = torch.arange(h * w, device=size.device).view(h, w)
    diagonal, straight = rows * w + columns, torch.where(steep, rows * w, columns)
    known = size.flatten(2)

    def at(step: Tensor) -> Tensor:
        return known.gather(2, (place + step).clamp(0, h * w - 1).flatten(2)).view_as(size)

    ahead, behind = (at(s * diagonal) * share + at(s * straight) * (1 - share) for s in (1, -1))
    return (ahead <= size) & (behind <= size)


def spread(seeds: Bool[Tensor, "b c h w"], inside: Bool[Tensor, "b c h w"]) -> Bool[Tensor, "b c h w"]:
    """All pixels `inside` that are connected with a seed, over sides and corners."""
    if seeds.device.type == "cpu":
        pairs = zip(seeds.flatten(0, 1).numpy(), inside.flatten(0, 1).numpy(), strict=True)
        return torch.from_numpy(np.stack([_spread_plane(*pair) for pair in pairs])).view_as(seeds)
    found, limits = (seeds & inside).float(), inside.float()
    for _ in range(sum(inside.shape[-2:])):  # enough for all but labyrinths; asking whether it is would cost more
        found = F.max_pool2d(found, 3, 1, 1) * limits
    return found > 0


def _spread_plane(seeds: np.ndarray, inside: np.ndarray) -> np.ndarray:
    from scipy.ndimage import label

    labels, count = label(inside, np.ones((3, 3)))
    chosen = np.zeros(count + 1, bool)
    chosen[labels[seeds]] = True
    chosen[0] = False
    return chosen[labels]


def guided_filter(guide: Float[Tensor, "b 1 h w"], planes: Planes, radius: int, smoothing: float = 4e-3) -> Planes:
    """Planes whose edges lie where those of the guide do (He et al. 2013): in each window a linear function of it.

    `radius` is in pixels; a change of the guide well below the root of `smoothing` does not count as an edge.
    """
    side = 2 * radius + 1

    def mean(x: Tensor) -> Tensor:
        rows = F.avg_pool2d(x, (side, 1), 1, (radius, 0), count_include_pad=False)
        return F.avg_pool2d(rows, (1, side), 1, (0, radius), count_include_pad=False)

    mean_guide, mean_planes = mean(guide), mean(planes)
    covariance = mean(guide * planes) - mean_guide * mean_planes
    slope = covariance / (mean(guide.square()) - mean_guide.square() + smoothing)
    return mean(slope) * guide + mean(mean_planes - slope * mean_guide)


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


def middle(scribble: Mask, most: int = 6) -> Mask:
    """The middle line of a scribble up to twice `most` pixels wide: the pixels that are no nearer to its border."""
    depth, inside = scribble, scribble
    for _ in range(most):
        inside = -F.max_pool2d(F.pad(-inside, (1, 1, 1, 1)), 3, 1)  # what lies beyond the picture is outside
        depth = depth + inside
    return scribble * (depth >= F.max_pool2d(depth, 3, 1, 1))


def near(mask: Mask, kernel: int) -> Mask:
    """1 within a square of `kernel` x `kernel` pixels (an odd number) around any pixel of a mask."""
    if kernel < 1 or kernel % 2 == 0:
        raise ValueError(f"a kernel of {kernel} pixels has no middle: give an odd number")
    return F.max_pool2d(mask, kernel, 1, kernel // 2)
