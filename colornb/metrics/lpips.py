"""Learned perceptual image patch similarity: how different two pictures look, by the features of a network."""

import warnings
from functools import lru_cache
from pathlib import Path
from typing import Any

import torch
from torch import nn

from colornb import checkpoints
from colornb.blocks import init_he
from colornb.metrics._pixels import checked
from colornb.types import RGB, Mask, Scores

HIGHER_IS_BETTER = False
UNIT = ""  # a weighed distance between features

# Names of the networks and of their backbones.
NETS = {"alex": "alexnet", "vgg": "vgg16", "squeeze": "squeezenet1_1", "random": None}
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
    if min(target.shape[-2:]) < MIN_SIDE:
        raise ValueError(f"pictures of {target.shape[-1]} x {target.shape[-2]} are too small: give at least 32 x 32")
    prediction, target = (checked(rgb).float() for rgb in (prediction, target))
    distance = _network(net, backbone, target.device, where is not None)(prediction, target, normalize=True)
    return distance.flatten() if where is None else (distance * where).sum((1, 2, 3)) / where.sum((1, 2, 3))


def prepare(net: str, device: torch.device) -> None:
    """Have the network `net` ready before what it shall measure is made. Raises what `lpips` would raise after it."""
    _network(net, None, device, True)


@lru_cache(maxsize=8)
def _network(net: str, backbone: str | Path | None, device: torch.device, spatial: bool) -> nn.Module:
    """The LPIPS network `net`, ready to use; `spatial` makes it give a map of distances instead of their mean."""
    if net not in NETS:
        raise ValueError(f"no LPIPS network named {net!r}: choose one of {', '.join(NETS)}")
    if net == "random" and backbone is not None:
        raise ValueError("the random network has no backbone to read: leave out `backbone`, or choose 'alex'")
    file = backbone or NETS[net]
    path = None if net == "random" or file is None else checkpoints.fetch(file)
    module = _untrained("alex" if net == "random" else net, spatial)
    if path is None:
        init_he(module.net, torch.Generator().manual_seed(0))  # drawn alike every time
    else:
        checkpoints.load_strictly(module.net, _to_slices(checkpoints.read_published(path), module.net), str(path))
    return module.eval().requires_grad_(False).to(device)


def _untrained(net: str, spatial: bool) -> Any:
    """The package's network: trained linear layers on a backbone without weights, and nothing downloaded or printed."""
    from lpips import LPIPS

    with checkpoints.SkipInit(), warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # the package calls torchvision as older ones were called
        return LPIPS(net=net, spatial=spatial, pnet_rand=True, verbose=False)


def _to_slices(state: dict[str, torch.Tensor], backbone: nn.Module) -> dict[str, torch.Tensor]:
    """Features of a torchvision network under the names they have in the package's slices; the rest is left out."""
    names = {name.partition(".")[2]: name for name in backbone.state_dict()}
    features = {key.removeprefix("features."): value for key, value in state.items() if key.startswith("features.")}
    return {names.get(key, key): value for key, value in features.items()}
