"""CIEDE2000: how different the colours of two pictures look."""

from colornb.color import rgb_to_lab
from colornb.metrics._pixels import checked
from colornb.metrics.hint_fidelity import delta_e
from colornb.types import RGB, Mask, Scores

HIGHER_IS_BETTER = False
UNIT = "ΔE"


def ciede2000(prediction: RGB, target: RGB, where: Mask | None = None) -> Scores:
    """Mean colour difference of every picture over its pixels (Sharma et al. 2005), 0 for identical ones.

    Args:
        prediction: sRGB in [0, 1].
        target: sRGB in [0, 1].
        where: 1 where pixels count; NaN comes out for a picture of which no pixel counts.

    Raises:
        ValueError: values outside [0, 1].
    """
    one, two = (rgb_to_lab(checked(rgb)).permute(0, 2, 3, 1) for rgb in (prediction, target))
    difference = delta_e(one, two, "ciede2000")[:, None].to(target.device)
    if where is None:
        return difference.mean((1, 2, 3))
    return (difference * where).sum((1, 2, 3)) / where.sum((1, 2, 3))
