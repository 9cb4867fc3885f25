"""CIEDE2000, the colour difference that agrees best with eyes; about 1 is just seen, 10 is seen at a glance."""

import math

import torch
from torch import Tensor

from colornb.types import Float

HALF = 25.0**7  # chroma at which blues and grays are half corrected, to the power of 7


def ciede2000(one: Float[Tensor, "*b 3"], two: Float[Tensor, "*b 3"]) -> Float[Tensor, "*b"]:
    """Difference of colours in CIE L*a*b* (Sharma, Wu and Dalal 2005, Eq. 2 - 22, all k = 1), 0 to about 120."""
    L1, a1, b1 = one.unbind(-1)
    L2, a2, b2 = two.unbind(-1)
    stretch = 1.5 - 0.5 * _saturation((torch.hypot(a1, b1) + torch.hypot(a2, b2)) / 2)
    a1, a2 = a1 * stretch, a2 * stretch
    C1, C2 = torch.hypot(a1, b1), torch.hypot(a2, b2)
    turn, hue = _hues(torch.atan2(b1, a1), torch.atan2(b2, a2), C1 * C2 == 0)
    L, C = (L1 + L2) / 2, (C1 + C2) / 2
    lightness = (L2 - L1) / (1 + 0.015 * (L - 50) ** 2 / (20 + (L - 50) ** 2).sqrt())
    chroma = (C2 - C1) / (1 + 0.045 * C)
    hues = 2 * (C1 * C2).sqrt() * (turn / 2).sin() / (1 + 0.015 * C * _hue_weight(hue))
    around = 30 * math.pi / 180 * (-(((hue.rad2deg() - 275) / 25) ** 2)).exp()
    rotation = -2 * _saturation(C) * (2 * around).sin()
    return (lightness**2 + chroma**2 + hues**2 + rotation * chroma * hues).clamp(min=0).sqrt()


def _saturation(chroma: Tensor) -> Tensor:
    return (chroma**7 / (chroma**7 + HALF)).sqrt()


def _hues(h1: Tensor, h2: Tensor, gray: Tensor) -> tuple[Tensor, Tensor]:
    """The shorter turn from one hue to the other, and the hue in its middle, [0, 2 pi); a gray one has the other's."""
    h1, h2 = h1 % math.tau, h2 % math.tau
    turn = (h2 - h1 + math.pi) % math.tau - math.pi
    middle = torch.where(gray, h1 + h2, (h1 + turn / 2) % math.tau)
    return torch.where(gray, 0.0, turn), middle


def _hue_weight(hue: Tensor) -> Tensor:
    """T of Eq. 15."""
    terms = [(-0.17, 1, -30), (0.24, 2, 0), (0.32, 3, 6), (-0.20, 4, -63)]
    waves = (weight * (times * hue + math.radians(shift)).cos() for weight, times, shift in terms)
    return 1 + sum(waves, torch.zeros_like(hue))
