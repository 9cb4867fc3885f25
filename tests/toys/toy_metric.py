"""The toy of a metric: the mean absolute error."""

from colornb.types import RGB, Mask, Scores

HIGHER_IS_BETTER = False
UNIT = ""


def toy_metric(prediction: RGB, target: RGB, where: Mask | None = None) -> Scores:
    """Mean absolute error of every picture, in [0, 1]; with `where` only of the pixels that are 1 there."""
    error = (prediction - target).abs().mean(1, keepdim=True)
    return error.mean((1, 2, 3)) if where is None else (error * where).sum((1, 2, 3)) / where.sum((1, 2, 3))
