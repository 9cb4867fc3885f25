"""The networks of DeOldify: two U-Nets on ResNets, and a discriminator. Key names are those of the published files.

Convolutions keep their largest gain at 1 (spectral norm, Miyato et al. 2018), a map at 1/8 of the size looks at all of
itself (self-attention, Zhang et al. 2019), and maps are enlarged by pixel shuffle with a blur (Sugawara et al. 2018).
"""

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from colornb.types import Float, Planes

SKIPS = (6, 5, 4, 2)  # layers of the encoder whose maps go to the decoder, the deepest first
ATTENTIVE = 1  # which step of the decoder ends with self-attention
EXPANSION = {"basic": 1, "bottleneck": 4}
OUTPUT_RANGE = 3.0  # the generator's output lies in +- this, in standard deviations of ImageNet
BIAS = 1e-3  # first biases of batch norms


class SpectralConv(nn.Module):
    """A convolution (1-D or 2-D) divided by its largest gain, which each step of training follows by one iteration.

    `torch.nn.utils.spectral_norm` computes the same with the same keys; networks with its hooks cannot be copied.
    """

    def __init__(
        self, c_in: int, c_out: int, kernel: int, stride: int = 1, padding: int = 0, bias: bool = False, dims: int = 2
    ) -> None:
        super().__init__()
        self.stride, self.padding = stride, padding
        self.weight_orig = nn.Parameter(torch.empty(c_out, c_in, *(kernel,) * dims))
        self.bias = nn.Parameter(torch.empty(c_out)) if bias else None
        self.register_buffer("weight_u", torch.empty(c_out))
        self.register_buffer("weight_v", torch.empty(c_in * kernel**dims))

    def forward(self, x: Tensor) -> Tensor:
        """(b, c_in, ..) -> (b, c_out, ..)."""
        flat = self.weight_orig.flatten(1)
        if self.training:
            self.iterate(flat.detach())
        gain = torch.dot(self.weight_u.clone(), torch.mv(flat, self.weight_v.clone()))
        convolve = F.conv1d if self.weight_orig.dim() == 3 else F.conv2d
        return convolve(x, self.weight_orig / gain, self.bias, self.stride, self.padding)

    @torch.no_grad()
    def iterate(self, flat: Float[Tensor, "o i"]) -> None:
        """One step of power iteration, in place."""
        self.weight_v.copy_(F.normalize(flat.T @ self.weight_u, dim=0, eps=1e-12))
        self.weight_u.copy_(F.normalize(flat @ self.weight_v, dim=0, eps=1e-12))


class WeightNormConv(nn.Module):
    """A 1x1 convolution whose size and direction are learned apart (Salimans and Kingma 2016)."""

    def __init__(self, c_in: int, c_out: int) -> None:
        super().__init__()
        self.weight_g = nn.Parameter(torch.empty(c_out, 1, 1, 1))
        self.weight_v = nn.Parameter(torch.empty(c_out, c_in, 1, 1))
        self.bias = nn.Parameter(torch.empty(c_out))

    def forward(self, x: Planes) -> Tensor:
        """(b, c_in, h, w) -> (b, c_out, h, w)."""
        size = self.weight_v.flatten(1).norm(dim=1).view_as(self.weight_g)
        return F.conv2d(x, self.weight_v * (self.weight_g / size), self.bias)


def _unit(c_in: int, c_out: int, attentive: bool = False) -> nn.Sequential:
    """Convolution, activation, norm, in this order."""
    layers = [SpectralConv(c_in, c_out, 3, padding=1), nn.ReLU(), nn.BatchNorm2d(c_out)]
    return nn.Sequential(*layers, *([SelfAttention(c_out)] if attentive else []))


class SelfAttention(nn.Module):
    """Every place of a map may take from every other.

    As published, query and key have changed places: the place that takes brings its key, and finds others by their
    query. What it takes is a mean: its shares add up to 1.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.query, self.key = (SpectralConv(channels, max(1, channels // 8), 1, dims=1) for _ in range(2))
        self.value = SpectralConv(channels, channels, 1, dims=1)
        self.gamma = nn.Parameter(torch.zeros(1))

    def forward(self, x: Planes) -> Planes:
        """The map, and `gamma` times what was taken; both (b, c, h, w)."""
        flat = x.flatten(2)
        shares = torch.bmm(self.query(flat).transpose(1, 2), self.key(flat)).softmax(1)
        return (self.gamma * torch.bmm(self.value(flat), shares) + flat).view_as(x)


class Enlarge(nn.Module):
    """Twice the size: a 1x1 convolution makes four pixels of one; a blur over 2x2 hides where they come from.

    The `last` one has another convolution: of weight norm, and without a batch norm. It is blurred like the others:
    the published class has a flag against it, and overwrites the flag with the blur itself.
    """

    def __init__(self, c_in: int, c_out: int, last: bool = False) -> None:
        super().__init__()
        layers = [SpectralConv(c_in, 4 * c_out, 1), nn.BatchNorm2d(4 * c_out)]
        self.conv = nn.Sequential(*([WeightNormConv(c_in, 4 * c_out)] if last else layers))

    def forward(self, x: Planes) -> Tensor:
        """(b, c_in, h, w) -> (b, c_out, 2 h, 2 w)."""
        x = F.pixel_shuffle(F.relu(self.conv(x)), 2)
        return F.avg_pool2d(F.pad(x, (1, 0, 1, 0), "replicate"), 2, 1)


class _Step(nn.Module):
    """One step of the decoder: enlarge, put the encoder's map beside it, convolve."""

    def join(self, x: Tensor, skip: Tensor) -> Tensor:
        x = self.shuf(x)
        if x.shape[-2:] != skip.shape[-2:]:
            x = F.interpolate(x, skip.shape[-2:])
        return F.relu(torch.cat([x, self.bn(skip)], 1))


class WideStep(_Step):
    """With one convolution: of the published networks "stable" and "video"."""

    def __init__(self, c_in: int, c_skip: int, c_out: int, attentive: bool) -> None:
        super().__init__()
        self.shuf, self.bn = Enlarge(c_in, c_out), nn.BatchNorm2d(c_skip)
        self.conv = _unit(c_out + c_skip, c_out, attentive)

    def forward(self, x: Tensor, skip: Tensor) -> Tensor:
        return self.conv(self.join(x, skip))


class DeepStep(_Step):
    """With two convolutions: of the published network "artistic"."""

    def __init__(self, c_in: int, c_skip: int, c_out: int, attentive: bool) -> None:
        super().__init__()
        self.shuf, self.bn = Enlarge(c_in, c_in // 2), nn.BatchNorm2d(c_skip)
        self.conv1, self.conv2 = _unit(c_in // 2 + c_skip, c_out), _unit(c_out, c_out, attentive)

    def forward(self, x: Tensor, skip: Tensor) -> Tensor:
        return self.conv2(self.conv1(self.join(x, skip)))


class _Residual(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        units = [nn.Sequential(SpectralConv(channels, channels, 3, padding=1, bias=True), nn.ReLU()) for _ in range(2)]
        self.layers = nn.Sequential(*units)

    def forward(self, x: Planes) -> Planes:
        return x + self.layers(x)


class Generator(nn.Module):
    """A gray picture as RGB in, the same in colours out; both normalised by the mean and deviation of ImageNet.

    Args:
        blocks: of the encoder's four parts: (3, 4, 23, 3) is ResNet-101, (3, 4, 6, 3) ResNet-34.
        block: "bottleneck" or "basic", torchvision's.
        width: channels after the first layer.
        decoder: "wide" or "deep".
        factor: how much wider than usual the decoder is (1.5 or 2 in the published files).
    """

    def __init__(self, blocks: tuple[int, ...], block: str, width: int, decoder: str, factor: float) -> None:
        super().__init__()
        skips = [EXPANSION[block] * width * k for k in (4, 2, 1)] + [width]
        deepest = 8 * EXPANSION[block] * width
        middle = nn.Sequential(_unit(deepest, 2 * deepest), _unit(2 * deepest, deepest))
        steps, last = _decoder(deepest, skips, decoder, round(4 * width * factor), factor)
        ends = [Enlarge(last, last, last=True), nn.Identity(), _Residual(last + 3)]
        final = nn.Sequential(SpectralConv(last + 3, 3, 1, bias=True))
        layers = [_encoder(blocks, block, width), nn.BatchNorm2d(deepest), nn.ReLU(), middle, *steps, *ends, final]
        self.layers = nn.ModuleList(layers)

    def forward(self, x: Planes) -> Planes:
        """(b, 3, h, w) -> (b, 3, h, w), within +-3; h and w are multiples of 16."""
        encoder, norm, activate, middle, *steps, enlarge, _, residual, final = self.layers
        deepest, maps = self.encode(encoder, x)
        y = middle(activate(norm(deepest)))
        for step, skip in zip(steps, maps, strict=True):
            y = step(y, skip)
        y = final(residual(torch.cat([enlarge(y), x], 1)))
        return 2 * OUTPUT_RANGE * y.sigmoid() - OUTPUT_RANGE

    @staticmethod
    def encode(encoder: nn.Sequential, x: Planes) -> tuple[Tensor, list[Tensor]]:
        """The deepest map, and those that the decoder sees again, in its order."""
        maps = {}
        for number, layer in enumerate(encoder):
            x = maps[number] = layer(x)
        return x, [maps[number] for number in SKIPS]


def _decoder(c_in: int, skips: list[int], decoder: str, wide: int, factor: float) -> tuple[list[nn.Module], int]:
    """The four steps, and how many channels the last has."""
    steps = []
    for number, c_skip in enumerate(skips):
        half = 1 + (number == len(skips) - 1)  # the last step has half the channels
        if decoder == "wide":
            c_out, kind = wide // half, WideStep
        else:
            c_out, kind = int((c_in // 2 + c_skip) // half * factor), DeepStep
        steps.append(kind(c_in, c_skip, c_out, number == ATTENTIVE))
        c_in = c_out
    return steps, c_in


def _encoder(blocks: tuple[int, ...], block: str, width: int) -> nn.Sequential:
    """A ResNet without its head, of torchvision's blocks; its layers are numbered as its children are."""
    from torchvision.models.resnet import BasicBlock, Bottleneck  # torchvision is slow to import

    kind: Any = {"basic": BasicBlock, "bottleneck": Bottleneck}[block]
    stem = [nn.Conv2d(3, width, 7, 2, 3, bias=False), nn.BatchNorm2d(width), nn.ReLU(), nn.MaxPool2d(3, 2, 1)]
    c_in, parts = width, []
    for number, count in enumerate(blocks):
        planes, layers = width * 2**number, []
        for k in range(count):
            stride = 2 if number and not k else 1
            layers.append(kind(c_in, planes, stride, _shortcut(c_in, planes * kind.expansion, stride)))
            c_in = planes * kind.expansion
        parts.append(nn.Sequential(*layers))
    return nn.Sequential(*stem, *parts)


def _shortcut(c_in: int, c_out: int, stride: int) -> nn.Module | None:
    if stride == 1 and c_in == c_out:
        return None
    return nn.Sequential(nn.Conv2d(c_in, c_out, 1, stride, bias=False), nn.BatchNorm2d(c_out))


class Discriminator(nn.Sequential):
    """True or painted? One score for each patch: 81 of a picture of 192 pixels, in logits (b, n).

    The published one has three `levels` after the first; with fewer it takes smaller pictures.
    """

    def __init__(self, width: int = 256, levels: int = 3) -> None:
        layers = [_judge(3, width, 4), nn.Dropout2d(0.075)]
        for number in range(levels):
            layers += [_judge(width, width, 3), nn.Dropout2d(0.15), _judge(width, 2 * width, 4, attentive=number == 0)]
            width *= 2
        super().__init__(*layers, _judge(width, width, 3), nn.Sequential(SpectralConv(width, 1, 4)), nn.Flatten())
        self.least = 8 << levels  # pixels: what the last layer sees at once

    def forward(self, x: Planes) -> Float[Tensor, "b n"]:
        """Scores of pictures of at least `least` x `least`."""
        if min(x.shape[-2:]) < self.least:
            width, height = x.shape[-1], x.shape[-2]
            raise ValueError(f"{width} x {height} is too small for the discriminator: give {self.least} or more")
        return super().forward(x)


def _judge(c_in: int, c_out: int, kernel: int, attentive: bool = False) -> nn.Sequential:
    stride = 2 if kernel == 4 else 1
    layers = [SpectralConv(c_in, c_out, kernel, stride, padding=1, bias=True), nn.LeakyReLU(0.2)]
    return nn.Sequential(*layers, *([SelfAttention(c_out)] if attentive else []))


def initialize(network: nn.Module, generator: torch.Generator) -> None:
    """First weights: He et al. 2015; where pixels are shuffled, the four that come from one are alike (ICNR)."""
    for layer in network.modules():
        if isinstance(layer, nn.BatchNorm2d):
            nn.init.ones_(layer.weight)
            nn.init.constant_(layer.bias, BIAS)
        elif isinstance(layer, nn.Conv2d):
            nn.init.kaiming_normal_(layer.weight, generator=generator)
        elif isinstance(layer, SpectralConv | WeightNormConv):
            weight = layer.weight_orig if isinstance(layer, SpectralConv) else layer.weight_v
            nn.init.kaiming_normal_(weight, generator=generator)
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)
    for layer in network.modules():
        if isinstance(layer, Enlarge):
            _make_alike(layer.conv[0])
    for layer in network.modules():
        if isinstance(layer, SpectralConv):
            _start(layer, generator)


@torch.no_grad()
def _make_alike(layer: SpectralConv | WeightNormConv) -> None:
    weight = layer.weight_orig if isinstance(layer, SpectralConv) else layer.weight_v
    weight.copy_(weight[::4].repeat_interleave(4, 0))
    if isinstance(layer, WeightNormConv):
        layer.weight_g.copy_(weight.flatten(1).norm(dim=1).view_as(layer.weight_g))


@torch.no_grad()
def _start(layer: SpectralConv, generator: torch.Generator) -> None:
    """A random direction, followed for some steps, so that first pictures do not depend on it."""
    for vector in (layer.weight_u, layer.weight_v):
        vector.normal_(generator=generator)
        vector.copy_(F.normalize(vector, dim=0))
    flat = layer.weight_orig.flatten(1)
    for _ in range(3):
        layer.iterate(flat)
