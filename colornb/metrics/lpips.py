"""Learned perceptual image patch similarity: how different two pictures look, by the features of a network."""

from pathlib import Path

import torch

from colornb.metrics._lpips_backbones import NETS, network
from colornb.metrics._pixels import checked
from colornb.types import RGB, Mask, Scores

HIGHER_IS_BETTER = False
UNIT = ""  # a weighed distance between features

MIN_SIDE = 32  # pixels; below, little or nothing is left of a picture in the last layers


@torch.no_grad()
def lpips(
    prediction: RGB, target: RGB, net: str = "alex", where: Mask | None = None, backbone: str | Path | None = None
) -> Scores:
    """LPIPS of every picture (Zhang et al. 2018, Eq. 1), version 0.1 of the authors' package; 0 for identical ones.

    The networks' backbones are torchvision's; one that is asked for by name is downloaded once (alex 233 MiB, vgg
    528 MiB, squeeze 5 MiB). The linear layers on top come with the package `lpips`.

    Args:
        prediction: sRGB in [0, 1], at least 32 x 32.
        target: sRGB in [0, 1].
        net: "alex", which LPIPS without further words means, "vgg" or "squeeze"; values of different ones do not
            compare. "random" is alex with a backbone of random weights, the same ones every time, and needs no
            download: weak evidence, which may order pictures but is not to be called LPIPS.
        where: 1 where pixels count, such as near edges: the mean of the map of distances there. Each of its pixels
            still sees some of its surroundings. NaN comes out for a picture of which no pixel counts.
        backbone: the file of torchvision's weights, if you have it; read anew only by a new process.

    Raises:
        ValueError: values outside [0, 1], pictures that are too small, an unknown network, or a file of another one.
        OSError: the backbone cannot be had; the line says where to put it.
    """
    if net not in NETS:
        raise ValueError(f"no LPIPS network named {net!r}: choose one of {', '.join(NETS)}")
    if min(target.shape[-2:]) < MIN_SIDE:
        raise ValueError(f"pictures of {target.shape[-1]} x {target.shape[-2]} are too small: give at least 32 x 32")
    prediction, target = (checked(rgb).float() for rgb in (prediction, target))
    distance = network(net, backbone, target.device, where is not None)(prediction, target, normalize=True)
    return distance.flatten() if where is None else (distance * where).sum((1, 2, 3)) / where.sum((1, 2, 3))
