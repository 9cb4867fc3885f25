"""Edges of colour, and what lies near them."""

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from colornb.color import AB_MAX, rgb_to_lab
from colornb.filters import gaussian_blur, sobel
from colornb.types import AB, RGB, Bool, Mask, Planes

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
    down, right = sobel(gaussian_blur(planes, sigma))
    size = (down.square() + right.square()).sqrt()
    ridge = _non_max_suppression(down, right, size) & (size >= max(low, torch.finfo(size.dtype).tiny))
    ridge[..., [0, -1], :] = ridge[..., [0, -1]] = False  # nobody knows what lies beyond the picture
    return hysteresis(ridge & (size >= high), ridge)


def _non_max_suppression(down: Planes, right: Planes, size: Planes) -> Bool[Tensor, "b c h w"]:
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


def hysteresis(seeds: Bool[Tensor, "b c h w"], inside: Bool[Tensor, "b c h w"]) -> Bool[Tensor, "b c h w"]:
    """All pixels `inside` that are connected with a seed, over sides and corners."""
    if seeds.device.type == "cpu":
        pairs = zip(seeds.flatten(0, 1).numpy(), inside.flatten(0, 1).numpy(), strict=True)
        return torch.from_numpy(np.stack([_hysteresis_plane(*pair) for pair in pairs])).view_as(seeds)
    found, limits = (seeds & inside).float(), inside.float()
    for _ in range(sum(inside.shape[-2:])):  # enough for all but labyrinths; asking whether it is would cost more
        found = F.max_pool2d(found, 3, 1, 1) * limits
    return found > 0


def _hysteresis_plane(seeds: np.ndarray, inside: np.ndarray) -> np.ndarray:
    from scipy.ndimage import label

    labels, count = label(inside, np.ones((3, 3)))
    chosen = np.zeros(count + 1, bool)
    chosen[labels[seeds]] = True
    chosen[0] = False
    return chosen[labels]
