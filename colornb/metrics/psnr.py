"""Peak signal-to-noise ratio."""

from colornb.metrics._pixels import checked
from colornb.types import RGB, Mask, Scores

HIGHER_IS_BETTER = True
UNIT = "dB"


def psnr(prediction: RGB, target: RGB, protocol: str = "float", where: Mask | None = None) -> Scores:
    """Peak signal-to-noise ratio of every picture, in dB; identical pictures give infinity.

    Args:
        prediction: sRGB in [0, 1].
        target: sRGB in [0, 1].
        protocol: "float" compares the pictures as they are, in double precision; "8bit" first scales to 255 and
            truncates to whole numbers, as the published GuidingPainter code does before it averages over pictures.
        where: 1 where pixels count, such as near edges; NaN comes out for a picture of which no pixel counts.

    Raises:
        ValueError: values outside [0, 1], or an unknown protocol.
    """
    prediction, target = checked(prediction), checked(target)
    if protocol == "8bit":
        prediction, target = (prediction * 255).trunc() / 255, (target * 255).trunc() / 255
    elif protocol != "float":
        raise ValueError(f"no PSNR protocol named {protocol!r}: choose 'float' or '8bit'")
    error = (prediction - target).square().mean(1, keepdim=True)
    error = error.mean((1, 2, 3)) if where is None else (error * where).sum((1, 2, 3)) / where.sum((1, 2, 3))
    return -10 * error.log10()
