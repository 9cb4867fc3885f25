"""Structural similarity."""

import torch

from colornb.filters import mirrored_gaussian_blur
from colornb.metrics._pixels import checked
from colornb.types import RGB, Mask, Scores

HIGHER_IS_BETTER = True
UNIT = ""
RADIUS, SIGMA = 5, 1.5  # of the window, in pixels


def ssim(prediction: RGB, target: RGB, where: Mask | None = None) -> Scores:
    """SSIM of every picture (Wang et al. 2004, Eq. 13), 1 for identical ones: Gaussian windows of 11 x 11 pixels.

    Args:
        prediction: sRGB in [0, 1], any size; the channels are averaged, and pictures mirrored at their borders.
        target: sRGB in [0, 1].
        where: 1 where windows count, by their middles; NaN comes out for a picture of which none counts.

    Raises:
        ValueError: values outside [0, 1].
    """
    x, y = checked(prediction), checked(target)
    moments = torch.cat([x, y, x * x, y * y, x * y], 1)
    mx, my, xx, yy, xy = mirrored_gaussian_blur(moments, SIGMA, RADIUS).chunk(5, 1)
    likeness = (2 * mx * my + 1e-4) * (2 * (xy - mx * my) + 9e-4)
    similar = likeness / ((mx**2 + my**2 + 1e-4) * ((xx - mx**2).relu() + (yy - my**2).relu() + 9e-4))
    similar = similar.mean(1, keepdim=True)
    return similar.mean((1, 2, 3)) if where is None else (similar * where).sum((1, 2, 3)) / where.sum((1, 2, 3))
