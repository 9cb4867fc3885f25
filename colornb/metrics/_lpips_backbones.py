"""The networks of LPIPS: the authors' package, on backbones that are fetched, checked and read as all weights here."""

import warnings
from functools import lru_cache
from pathlib import Path
from typing import Any

import torch
from torch import nn

from colornb import checkpoints

# Names of the networks and of their backbones.
NETS = {"alex": "alexnet", "vgg": "vgg16", "squeeze": "squeezenet1_1", "random": None}


@lru_cache(maxsize=8)
def network(net: str, backbone: str | Path | None, device: torch.device, spatial: bool) -> nn.Module:
    """The LPIPS network `net`, ready to use; `spatial` makes it give a map of distances instead of their mean."""
    if net == "random" and backbone is not None:
        raise ValueError("the random network has no backbone to read: leave out `backbone`, or choose 'alex'")
    source = backbone or NETS[net]
    path = None if source is None else checkpoints.fetch(source)
    module = _untrained("alex" if net == "random" else net, spatial)
    if path is None:
        _randomize(module.net)
    else:
        checkpoints.load_strictly(module.net, _to_slices(checkpoints.read_published(path), module.net), str(path))
    return module.eval().requires_grad_(False).to(device)


def _untrained(net: str, spatial: bool) -> Any:
    """The package's network: trained linear layers on an untrained backbone, and nothing downloaded or printed."""
    from lpips import LPIPS

    with torch.random.fork_rng([]), warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # the package calls torchvision as older ones were called
        return LPIPS(net=net, spatial=spatial, pnet_rand=True, verbose=False)


def _to_slices(state: dict[str, torch.Tensor], backbone: nn.Module) -> dict[str, torch.Tensor]:
    """Features of a torchvision network under the names they have in the package's slices; the rest is left out."""
    names = {name.partition(".")[2]: name for name in backbone.state_dict()}
    features = {key.removeprefix("features."): value for key, value in state.items() if key.startswith("features.")}
    return {names.get(key, key): value for key, value in features.items()}


def _randomize(backbone: nn.Module, seed: int = 0) -> None:
    """He's initialisation (He et al. 2015, Eq. 10), drawn alike every time."""
    generator = torch.Generator().manual_seed(seed)
    for layer in backbone.modules():
        if isinstance(layer, nn.Conv2d):
            nn.init.kaiming_normal_(layer.weight, nonlinearity="relu", generator=generator)
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)
