"""Losses as pure functions, one for each equation; all of them return one number to be minimised.

`reduction` says how a loss adds up over a picture: "sum" as the equations are printed, "mean" as published code does.
Batches are always averaged.
"""

from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable
from torch.nn import functional as F

from colornb.filters import sobel
from colornb.types import Float, Mask, Planes, Regions

Loss = Float[Tensor, ""]


def reconstruction_loss(prediction: Planes, target: Planes, reduction: str = "mean") -> Loss:
    """L1 distance between the painted and the true picture, network space (GuidingPainter, Eq. 12)."""
    return _reduce((prediction - target).abs(), reduction)


def total_variance_loss(prediction: Planes, target: Planes, reduction: str = "mean") -> Loss:
    """Colour variance inside the regions (GuidingPainter, Eq. 11).

    `prediction` is the picture with every region filled with its own mean colour: as each pixel lies in exactly one
    region, the sum over regions in Eq. 11 equals the squared distance between `prediction` and the true picture.
    """
    return _reduce((prediction - target).square(), reduction)


def smoothness_loss(logits: Regions, reduction: str = "mean") -> Loss:
    """L1 difference between the region scores of neighbouring pixels, eight neighbours each (GuidingPainter, Eq. 10).

    "sum" counts every pair twice, once from either side, as the equation does; "mean" averages each of the four
    directions over its pairs and then over the directions, as the published code does.
    """
    if reduction == "mean":
        weights = [1 / (4 * a.numel()) for a, _ in _neighbours(logits)]
    elif reduction == "sum":
        weights = [2 / len(logits)] * 4
    else:
        raise _unknown(reduction)
    return _Differences.apply(logits, weights)


class _Differences(torch.autograd.Function):
    """The weighted sum of |a - b| over neighbouring pixels, one weight for each direction.

    Its gradient is the weight times the sign of a - b for a, and the opposite for b. Autograd would keep the four
    differences, each of the size of the scores, until it needs their signs; here they are made anew.
    """

    @staticmethod
    def forward(ctx: Any, s: Regions, weights: list[float]) -> Loss:
        ctx.save_for_backward(s)
        ctx.weights = weights
        parts = (weight * (a - b).abs_().sum() for weight, (a, b) in zip(weights, _neighbours(s), strict=True))
        return sum(parts, s.new_zeros(()))

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None]:
        (s,) = ctx.saved_tensors
        total = torch.zeros_like(s)
        for weight, (a, b), (to_a, to_b) in zip(ctx.weights, _neighbours(s), _neighbours(total), strict=True):
            sign = (a - b).sign_().mul_(weight * grad)
            to_a.add_(sign)
            to_b.sub_(sign)
        return total, None


def _neighbours(s: Regions) -> list[tuple[Tensor, Tensor]]:
    """Views of each pixel and its neighbour below, to the right, and on both diagonals."""
    return [
        (s[..., 1:, :], s[..., :-1, :]),
        (s[..., :, 1:], s[..., :, :-1]),
        (s[..., 1:, 1:], s[..., :-1, :-1]),
        (s[..., 1:, :-1], s[..., :-1, 1:]),
    ]


def lsgan_loss(scores: Tensor, real: bool) -> Loss:
    """Least-squares adversarial loss: squared distance of the discriminator's scores from 1 (`real`) or 0.

    Deviation: GuidingPainter prints the log loss (Eq. 13) and trains with this one (its appendix C).
    """
    return (scores - float(real)).square().mean()


def pixel_loss(prediction: Planes, target: Planes) -> Loss:
    """Mean over the pixels of the L1 distance of two colours (released training code of RTUG)."""
    return (prediction - target).abs().sum(1).mean()


def huber_loss(prediction: Planes, target: Planes, delta: float = 1 / 110) -> Loss:
    """Mean over the pixels of a distance (RTUG, Eq. 2) that is L1 for all but tiny differences.

    Each channel adds d^2 / (2 delta) for d up to `delta`, which is one unit of a or b, and d - delta / 2 beyond.
    """
    return F.huber_loss(prediction, target, delta=delta, reduction="none").sum(1).mean() / delta


def class_loss(logits: Tensor, index: Tensor) -> Loss:
    """Cross entropy of classes (b, n, h, w) for the true index (b, h, w), averaged over pixels."""
    return F.cross_entropy(logits, index)


def log_loss(scores: Tensor, real: bool) -> Loss:
    """Adversarial log loss: cross entropy of a discriminator's scores, as logits, for 1 (`real`) or 0 (pix2pix, Eq. 1).

    With `real` for painted pictures it is what the generator minimises: it stays steep where the discriminator wins.
    """
    return F.softplus(-scores if real else scores).mean()


def wasserstein_loss(fake: Tensor, real: Tensor, drift: float = 0.0) -> Loss:
    """How far a discriminator tells true from painted pictures apart, negated (Wasserstein GAN; AlacGAN).

    `drift` keeps the mean score of true pictures near 0 (Karras et al. 2018): `drift` times its square is added.
    """
    return fake.mean() - real.mean() + drift * real.mean().square()


def gradient_penalty(gradients: Planes, norm: str = "picture") -> Loss:
    """Squared distance from 1 of the norm of a discriminator's gradients (WGAN-GP, Gulrajani et al. 2017, Eq. 3).

    `norm` is taken over the whole "picture", as the equation says, or over the "channels" of each pixel, as AlacGAN's
    published code does.
    """
    if norm not in ("picture", "channels"):
        raise ValueError(f"no norm named {norm!r}: choose 'picture' or 'channels'")
    length = gradients.norm(dim=1) if norm == "channels" else gradients.flatten(1).norm(dim=1)
    return (length - 1).square().mean()


def gradient_size(planes: Planes) -> Planes:
    """How fast each channel changes at each pixel: the Sobel magnitude (edge paper, Eq. 2).

    Its own gradient is 0 where nothing changes; the root has none there.
    """
    down, right = sobel(planes)
    square = down.square() + right.square()
    flat = square == 0
    return square.masked_fill(flat, 1.0).sqrt().masked_fill(flat, 0.0)


def edge_loss(prediction: Planes, target: Planes, near: Mask, signed: bool = False) -> Loss:
    """Squared distance of the Sobel magnitudes of two pictures where `near` is 1 (edge paper, Eq. 3).

    The mean over those pixels of all pictures; channels add up. With the true picture, near a scribble, it is L_edge;
    with the one painted before and everywhere else it is L_con (Eq. 5). 0 where no pixel counts.

    Args:
        prediction: the picture that learns.
        target: the one that it should change as fast as.
        near: 1 where pixels count.
        signed: compare the derivatives themselves. Deviation: magnitudes cannot tell a step up from a step down.
    """
    if signed:
        (x, y), (true_x, true_y) = sobel(prediction), sobel(target)
        gap = (x - true_x).square() + (y - true_y).square()
    else:
        gap = (gradient_size(prediction) - gradient_size(target)).square()
    return _mean_where(gap.sum(1, keepdim=True), near)


def color_loss(prediction: Planes, target: Planes, near: Mask) -> Loss:
    """Squared distance of the colours of two pictures where `near` is 1, a mean like `edge_loss`: not in the paper."""
    return _mean_where((prediction - target).square().sum(1, keepdim=True), near)


def log_color_loss(prediction: Planes, target: Planes, near: Mask, floor: float = 1e-3) -> Loss:
    """The logarithm of that distance in each picture, where `near` is 1 anywhere: as in PSNR, all count alike.

    Not in the paper. `floor`, in the same units, keeps pictures that are right from outweighing the others.
    """
    near = near.flatten(1)
    distance = ((prediction - target).square().sum(1).flatten(1) * near).sum(1) / near.sum(1).clamp(min=1)
    return _mean_where((distance + floor).log(), near.amax(1))


def _mean_where(values: Tensor, where: Tensor) -> Loss:
    return (values * where).sum() / where.sum().clamp(min=1)


def _reduce(values: Tensor, reduction: str) -> Loss:
    if reduction == "mean":
        return values.mean()
    if reduction == "sum":
        return values.sum() / values.shape[0]
    raise _unknown(reduction)


def _unknown(reduction: str) -> ValueError:
    return ValueError(f"no reduction named {reduction!r}: choose 'mean' or 'sum'")
