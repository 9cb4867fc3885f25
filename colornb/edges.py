"""Edges of colour, and what lies near them."""

import numpy as np
import torch
from torch.nn import functional as F

from colornb.color import AB_MAX, rgb_to_lab
from colornb.types import AB, RGB, Mask

# Canny's thresholds on the gradient of a or b, whose range is 0 to 1 here, and the width of its Gaussian, in pixels.
LOW, HIGH, SIGMA = 0.05, 0.1, 1.0


def color_edges(rgb: RGB) -> Mask:
    """Where colour changes abruptly, whether or not lightness does: Canny's edges of a and of b, together.

    The edge paper (Section 3.2) looks for edges in the ab channels; its thresholds are not printed, these are ours.
    """
    return ab_edges(rgb_to_lab(rgb)[:, 1:])


def ab_edges(ab: AB, low: float = LOW, high: float = HIGH, sigma: float = SIGMA) -> Mask:
    """Canny's edges of the channels a and b, joined; thresholds are for a gradient of a / 220 and b / 220."""
    from skimage.feature import canny

    scaled = (ab.detach().float().cpu().numpy() + AB_MAX) / (2 * AB_MAX)
    how = {"sigma": sigma, "low_threshold": low, "high_threshold": high}
    found = [np.logical_or(*(canny(channel, **how) for channel in picture)) for picture in scaled]
    return torch.from_numpy(np.stack(found))[:, None].to(ab.device, torch.float32)


def near(mask: Mask, kernel: int) -> Mask:
    """1 within a square of `kernel` x `kernel` pixels (an odd number) around any pixel of a mask."""
    if kernel < 1 or kernel % 2 == 0:
        raise ValueError(f"a kernel of {kernel} pixels has no middle: give an odd number")
    return F.max_pool2d(mask, kernel, 1, kernel // 2)
