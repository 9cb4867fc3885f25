"""The feature network of FID: Inception-v3 as FID was published with, from the library torch-fidelity."""

import pickle
from pathlib import Path

import torch
from torch import Tensor, nn

from colornb import checkpoints
from colornb.types import RGB, Float

NAME = "inception"


class Inception(nn.Module):
    """The 2048 numbers of the last pooling layer (pool3) of the Inception network of 2015-12-05.

    `path` is the file of weights; without it the published one is fetched (`colornb.checkpoints.fetch`).
    """

    name = NAME

    def __init__(self, path: str | Path | None = None) -> None:
        super().__init__()
        self.network = _network(_published() if path is None else checkpoints.fetch(path))
        self.eval().requires_grad_(False)

    def forward(self, rgb: RGB) -> Float[Tensor, "b 2048"]:
        """SRGB in [0, 1], any size, rounded to 8 bits as in a picture file; resized to 299 x 299 inside."""
        return self.network((rgb.clamp(0, 1) * 255).round().to(torch.uint8))[0]


def _published() -> Path:
    try:
        return checkpoints.fetch(NAME)
    except OSError as error:
        raise OSError(f"{error}, or take other features, such as those of 'crops'") from None


def _network(path: Path) -> nn.Module:
    try:
        from torch_fidelity.feature_extractor_inceptionv3 import FeatureExtractorInceptionV3
    except ImportError:
        raise ValueError("FID needs the library torch-fidelity: pip install 'colornb[fid]'") from None
    try:
        torch.load(path, map_location="cpu", weights_only=True)  # the library would run whatever a pickle says
        return FeatureExtractorInceptionV3("inception-v3-compat", ["2048"], str(path))
    except (RuntimeError, EOFError, pickle.UnpicklingError):
        raise ValueError(f"{path} does not hold Inception's weights: get {checkpoints.OFFICIAL[NAME].url}") from None
