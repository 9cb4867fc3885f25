"""Losses as pure functions, one for each equation; all of them return one number to be minimised.

`reduction` says how a loss adds up over a picture: "sum" as the equations are printed, "mean" as published code does.
Batches are always averaged.
"""

import torch

from colornb.types import Float, Planes, Regions, Tensor

Loss = Float[Tensor, ""]


def reconstruction_loss(prediction: Planes, target: Planes, reduction: str = "mean") -> Loss:
    """L1 distance between the painted and the true picture, network space (GuidingPainter, Eq. 12)."""
    return _reduce((prediction - target).abs(), reduction)


def total_variance_loss(painted: Planes, target: Planes, reduction: str = "mean") -> Loss:
    """Colour variance inside the regions (GuidingPainter, Eq. 11).

    `painted` is the picture with every region filled with its own mean colour: as each pixel lies in exactly one
    region, the sum over regions in Eq. 11 equals the squared distance between `painted` and the true picture.
    """
    return _reduce((painted - target).square(), reduction)


def smoothness_loss(logits: Regions, reduction: str = "mean") -> Loss:
    """L1 difference between the region scores of neighbouring pixels, eight neighbours each (GuidingPainter, Eq. 10).

    "sum" counts every pair twice, once from either side, as the equation does; "mean" averages each of the four
    directions over its pairs and then over the directions, as the published code does.
    """
    s = logits
    pairs = [
        s[..., 1:, :] - s[..., :-1, :],
        s[..., :, 1:] - s[..., :, :-1],
        s[..., 1:, 1:] - s[..., :-1, :-1],
        s[..., 1:, :-1] - s[..., :-1, 1:],
    ]
    terms = torch.stack([_reduce(pair.abs(), reduction) for pair in pairs])
    return 2 * terms.sum() if reduction == "sum" else terms.mean()


def lsgan_loss(scores: Tensor, real: bool) -> Loss:
    """Least-squares adversarial loss: squared distance of the critic's scores from 1 (`real`) or 0.

    Deviation: GuidingPainter prints the log loss (Eq. 13) and trains with this one (its appendix C).
    """
    return (scores - float(real)).square().mean()


def _reduce(values: Tensor, reduction: str) -> Loss:
    if reduction == "mean":
        return values.mean()
    if reduction == "sum":
        return values.sum() / values.shape[0]
    raise ValueError(f"no reduction named {reduction!r}: choose 'mean' or 'sum'")
