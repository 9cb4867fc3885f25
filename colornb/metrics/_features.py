"""Feature networks by name, and what a Fréchet distance over each of them is called."""

from collections.abc import Callable
from typing import Any, Protocol, runtime_checkable

import torch
from torch import Tensor

from colornb.metrics import _crops, _inception
from colornb.types import RGB, Float

NETWORKS: dict[str, Callable[[], Any]] = {"crops": _crops.load, "inception": _inception.Inception}


@runtime_checkable
class FeatureNetwork(Protocol):
    """Anything that turns pictures into rows of numbers, and has a name to label distances with."""

    name: str

    def __call__(self, rgb: RGB) -> Float[Tensor, "b d"]:
        """Features of sRGB pictures in [0, 1]."""


def features(name: str, device: torch.device | str = "cpu") -> FeatureNetwork:
    """A feature network by name, ready to use.

    "inception" is what FID is defined with: its weights are downloaded once (91 MiB), or lie in the cache already.
    "crops" comes with the package (see checkpoints/README.md); its distances compare with one another only.

    Raises:
        ValueError: no such network.
        OSError: Inception's weights cannot be had; the line says where to put them.
    """
    if name not in NETWORKS:
        raise ValueError(f"no feature network named {name!r}: choose one of {', '.join(NETWORKS)}")
    return NETWORKS[name]().to(device)


def distance_key(name: str) -> str:
    """The key of a Fréchet distance in rows of results: "fid" for Inception alone, otherwise `fd_` and the name."""
    return "fid" if name == _inception.NAME else f"fd_{name}"


def distance_label(name: str) -> str:
    """The same in words, for figures and tables."""
    return "FID" if name == _inception.NAME else f"Fréchet distance ({name})"
