"""Building blocks that several methods share: the U-Net, the PatchGAN discriminator, the initialisation.

Attribute names follow the published implementations, so that their state dicts load without renaming.
"""

from collections.abc import Callable
from functools import partial

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from colornb.lean_conv import run_lean
from colornb.types import Planes

TRUNK = ((1, 2, 1), (2, 2, 1), (4, 3, 1), (8, 3, 1), (8, 3, 2), (8, 3, 2), (8, 3, 1))  # widths, convolutions, dilation
Hook = Callable[[str, Callable[[], Tensor]], Tensor]  # the name of a feature map and how to make it -> the map


class DoubleConv(nn.Module):
    """Twice (3x3 convolution with bias, batch norm, ReLU): c_in -> c_mid -> c_out channels."""

    def __init__(self, c_in: int, c_mid: int, c_out: int) -> None:
        super().__init__()
        self.double_conv = nn.Sequential(
            nn.Conv2d(c_in, c_mid, 3, padding=1),
            nn.BatchNorm2d(c_mid),
            nn.ReLU(inplace=True),
            nn.Conv2d(c_mid, c_out, 3, padding=1),
            nn.BatchNorm2d(c_out),
            nn.ReLU(inplace=True),
        )

    def forward(self, x: Tensor) -> Tensor:
        """(b, c_in, h, w) -> (b, c_out, h, w)."""
        return run_lean(self.double_conv, x)


class Down(nn.Module):
    """Halve the size, then `DoubleConv`."""

    def __init__(self, c_in: int, c_out: int) -> None:
        super().__init__()
        self.maxpool_conv = nn.Sequential(nn.MaxPool2d(2), DoubleConv(c_in, c_out, c_out))

    def forward(self, x: Tensor) -> Tensor:
        """(b, c_in, h, w) -> (b, c_out, h // 2, w // 2)."""
        halve, conv = self.maxpool_conv
        return run_lean(conv.double_conv, x, prepare=halve)


class Up(nn.Module):
    """Double the size, join with the skip connection, then `DoubleConv`."""

    def __init__(self, c_in: int, c_mid: int, c_out: int) -> None:
        super().__init__()
        self.conv = DoubleConv(c_in, c_mid, c_out)

    def forward(self, x: Tensor, skip: Tensor) -> Tensor:
        """Return a map of the size of `skip`; odd sizes are zero-padded, as the published code does."""
        return run_lean(self.conv.double_conv, x, skip, prepare=_double_and_join)


def _double_and_join(x: Tensor, skip: Tensor) -> Tensor:
    x = F.interpolate(x, scale_factor=2, mode="bilinear", align_corners=True)
    dy, dx = skip.shape[-2] - x.shape[-2], skip.shape[-1] - x.shape[-1]
    if dy or dx:
        x = F.pad(x, (dx // 2, dx - dx // 2, dy // 2, dy - dy // 2))
    return torch.cat([skip, x], 1)


def conv_block(c_in: int, c_out: int, n: int, stride: int = 1, dilation: int = 1) -> nn.Sequential:
    """`n` times (3x3 convolution, ReLU), the last with the stride, then a batch norm: a block of CIC and of RTUG."""
    layers: list[nn.Module] = []
    for i in range(n):
        step = stride if i == n - 1 else 1
        layers += [nn.Conv2d(c_out if i else c_in, c_out, 3, step, dilation, dilation), nn.ReLU()]
    return nn.Sequential(*layers, nn.BatchNorm2d(c_out))


def trunk(c_in: int, width: int, stride: int = 1) -> dict[str, nn.Sequential]:
    """The seven blocks that CIC and RTUG begin with, by their published names; the first three end with the stride."""
    blocks = {}
    for level, (times, n, dilation) in enumerate(TRUNK, 1):
        blocks[f"model{level}"] = conv_block(c_in, times * width, n, stride if level < 4 else 1, dilation)
        c_in = times * width
    return blocks


class Head(nn.Module):
    """A 1x1 convolution to the output channels."""

    def __init__(self, c_in: int, c_out: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(c_in, c_out, 1)

    def forward(self, x: Tensor) -> Tensor:
        """(b, c_in, h, w) -> (b, c_out, h, w)."""
        return self.conv(x)


class UNet(nn.Module):
    """The U-Net of GuidingPainter (Table 5), four times down and up, for pictures of at least 16 x 16.

    `width` is the channel count of the first layer (64 in the paper). Table 5 states only what goes into and comes
    out of each decoder block; `half_decoder` chooses the hidden width between: half of the input (published code,
    17.3 M weights at width 64) or that of the output (the table read literally, 13.4 M).
    """

    FEATURES = ("inc", "down1", "down2", "down3", "down4", "up1", "up2", "up3", "up4")

    def __init__(self, c_in: int, c_out: int, width: int = 64, half_decoder: bool = False) -> None:
        super().__init__()
        w = width
        self.inc = DoubleConv(c_in, w, w)
        for level, (a, b) in enumerate([(w, 2 * w), (2 * w, 4 * w), (4 * w, 8 * w), (8 * w, 8 * w)], 1):
            self.add_module(f"down{level}", Down(a, b))
        for level, (a, b) in enumerate([(16 * w, 4 * w), (8 * w, 2 * w), (4 * w, w), (2 * w, w)], 1):
            self.add_module(f"up{level}", Up(a, a // 2 if half_decoder else b, b))
        self.outc = Head(w, c_out)

    def forward(self, x: Planes, hook: Hook = lambda name, feature: feature()) -> Tensor:
        """(b, c_in, h, w) -> (b, c_out, h, w), no activation at the end; `hook` sees the maps named in `FEATURES`."""
        if min(x.shape[-2:]) < 16:
            raise ValueError(f"a picture of {x.shape[-1]} x {x.shape[-2]} is too small: give at least 16 x 16")
        skips = [hook("inc", lambda: self.inc(x))]
        for level, down in enumerate((self.down1, self.down2, self.down3, self.down4), 1):
            skips.append(hook(f"down{level}", partial(down, skips[-1])))
        y = skips.pop()
        for level, up in enumerate((self.up1, self.up2, self.up3, self.up4), 1):
            y = hook(f"up{level}", partial(up, y, skips.pop()))
        return self.outc(y)


class PatchDiscriminator(nn.Module):
    """The PatchGAN discriminator of pix2pix with three strided layers: 256 x 256 in, a 30 x 30 map of scores out.

    Each score judges a 70 x 70 patch; no sigmoid. Bias only in the first and the last convolution.
    """

    def __init__(self, c_in: int, width: int = 64) -> None:
        super().__init__()
        layers: list[nn.Module] = [nn.Conv2d(c_in, width, 4, 2, 1), nn.LeakyReLU(0.2, inplace=True)]
        for a, b, stride in [(1, 2, 2), (2, 4, 2), (4, 8, 1)]:
            layers += [
                nn.Conv2d(a * width, b * width, 4, stride, 1, bias=False),
                nn.BatchNorm2d(b * width),
                nn.LeakyReLU(0.2, inplace=True),
            ]
        self.model = nn.Sequential(*layers, nn.Conv2d(8 * width, 1, 4, 1, 1))

    def forward(self, x: Planes) -> Tensor:
        """(b, c_in, h, w) -> (b, 1, about h / 8 - 2, about w / 8 - 2); needs at least 24 x 24."""
        return self.model(x)


def init_normal(network: nn.Module, generator: torch.Generator, std: float = 0.02) -> None:
    """Initialise as pix2pix and GuidingPainter do: convolutions N(0, std), batch norms N(1, std), biases 0."""
    for layer in network.modules():
        if isinstance(layer, nn.Conv2d | nn.ConvTranspose2d | nn.Linear):
            nn.init.normal_(layer.weight, 0.0, std, generator=generator)
        elif isinstance(layer, nn.BatchNorm2d):
            nn.init.normal_(layer.weight, 1.0, std, generator=generator)
        if getattr(layer, "bias", None) is not None:
            nn.init.zeros_(layer.bias)


def init_he(network: nn.Module, generator: torch.Generator, slope: float = 0.0) -> None:
    """Initialise so that signals keep their size without norms (He et al. 2015): what narrow networks need.

    Convolutions N(0, 2 / fan-in) for rectifiers of negative `slope`; batch norms 1, biases 0.
    """
    for layer in network.modules():
        if isinstance(layer, nn.Conv2d | nn.ConvTranspose2d | nn.Linear):
            nn.init.kaiming_normal_(layer.weight, slope, generator=generator)
        elif isinstance(layer, nn.BatchNorm2d):
            nn.init.ones_(layer.weight)
        if getattr(layer, "bias", None) is not None:
            nn.init.zeros_(layer.bias)


def init_uniform(network: nn.Module, generator: torch.Generator) -> None:
    """Initialise as PyTorch does by itself, but from `generator`: weights and biases U(-k, k), k = 1 / sqrt(fan-in)."""
    for layer in network.modules():
        if isinstance(layer, nn.Conv2d | nn.Linear):
            bound = layer.weight[0].numel() ** -0.5
            for values in filter(lambda p: p is not None, (layer.weight, layer.bias)):
                nn.init.uniform_(values, -bound, bound, generator=generator)
