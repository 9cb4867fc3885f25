"""How well a prediction keeps to the hints: the difference of the colour asked for and the colour predicted there."""

import torch
from torch import Tensor

from colornb.color import rgb_to_lab
from colornb.hints import mean_colors
from colornb.types import RGB, Float, Scores

HIGHER_IS_BETTER = False
UNIT = "ΔE"
FORMULAS = ("ciede2000", "cie76")


def hint_fidelity(
    prediction: RGB,
    regions: Float[Tensor, "b n h w"],
    colors: Float[Tensor, "b n 3"],
    shown: Float[Tensor, "b n"],
    formula: str = "ciede2000",
    weigh: str = "region",
) -> Scores:
    """Colour difference between each hint and the mean colour predicted in its region, averaged over a picture.

    Regions that were not shown, or are empty, do not count; a picture without any hint has no value (NaN).

    Args:
        prediction: sRGB in [0, 1].
        regions: where each hint was given: 1 inside, 0 outside; they may overlap.
        colors: the hints, sRGB in [0, 1].
        shown: 1 where a hint was given, 0 where not.
        formula: "ciede2000" (Sharma et al. 2005), or "cie76": the distance in CIE L*a*b*.
        weigh: "region" counts every hint alike, "pixel" by the size of its region.

    Raises:
        ValueError: unknown formula or weighing.
    """
    for name, value, known in (("formula", formula, FORMULAS), ("weighing", weigh, ("region", "pixel"))):
        if value not in known:
            raise ValueError(f"no {name} named {value!r}: choose one of {', '.join(known)}")
    area = regions.sum((2, 3)) * (shown > 0)
    weights = area if weigh == "pixel" else (area > 0).to(area)
    difference = delta_e(_lab(mean_colors(regions, prediction)), _lab(colors), formula).to(area.device)
    return (weights * difference).sum(1) / weights.sum(1)


def delta_e(one: Float[Tensor, "*b 3"], two: Float[Tensor, "*b 3"], formula: str) -> Float[Tensor, "*b"]:
    """Difference of colours in CIE L*a*b*, on the CPU: about 1 is just seen, 10 is seen at a glance."""
    import skimage.color

    difference = getattr(skimage.color, f"deltaE_{formula}")
    return torch.as_tensor(difference(one.cpu().numpy(), two.cpu().numpy()))


def _lab(colors: Float[Tensor, "b n 3"]) -> Float[Tensor, "b n 3"]:
    return rgb_to_lab(colors.double().mT[..., None])[..., 0].mT
