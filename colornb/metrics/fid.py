"""Fréchet Inception distance: how far the predicted pictures, all together, are from the true ones."""

from colornb.metrics._features import INCEPTION
from colornb.metrics._frechet import Gaussian, frechet_distance

HIGHER_IS_BETTER = False
UNIT = ""  # a squared distance between features


def fid(prediction: Gaussian, real: Gaussian) -> float:
    """Fréchet Inception distance (Heusel et al. 2017, Eq. 6).

    Args:
        prediction: Inception features of all predicted pictures.
        real: those of all true pictures.

    Raises:
        ValueError: features of another network, whose distance must not be called FID; fewer than two pictures.
    """
    for gaussian in (prediction, real):
        if gaussian.name != INCEPTION:
            raise ValueError(f"features of {gaussian.name!r} give no FID: call frechet_distance and name the network")
    return frechet_distance(prediction, real)
