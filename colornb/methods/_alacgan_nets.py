"""The networks of AlacGAN, with published names: generator, discriminator, feature and content network."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from colornb.types import Float, Mask, Plane, Planes, Scores

FEATURES = 8  # times the width of a feature network: its channels
TUNNELS = (  # of the generator, from the deepest: dilations of the blocks, and how many groups their convolutions have
    ((1,) * 20, 32),
    ((1, 1, 2, 2, 4, 4, 2, 1), 32),
    ((1, 1, 2, 2, 4, 4, 2, 1), 32),
    ((1, 2, 4, 2, 1), 16),
)
DISCRIMINATOR_GROUPS = 8
LAST = 4  # side of the map that the discriminator's last convolution takes in whole
VGG_MEAN, VGG_STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)  # of ImageNet, RGB in [0, 1]
TAGGER_MEAN = (164.76139251, 167.47864617, 181.13838569)  # of the pictures of Illustration2Vec, in [0, 255]
VGG, TAGGER = (1, 1, "pool", 2, 2), (1, "pool", 2, "pool", 4, 4, "pool", 8, 8)  # 3x3 convolutions: times the width


class Block(nn.Module):
    """A ResNeXt bottleneck without norms and biases; nothing follows the sum.

    The channels are cut into `groups`, or into single channels where there are fewer.
    """

    def __init__(self, channels: int, groups: int, dilation: int = 1, stride: int = 1) -> None:
        super().__init__()
        half = channels // 2
        shape = {"stride": stride, "padding": dilation, "dilation": dilation, "groups": min(groups, half)}
        self.conv_reduce = nn.Conv2d(channels, half, 1, bias=False)
        self.conv_conv = nn.Conv2d(half, half, 2 + stride, **shape, bias=False)
        self.conv_expand = nn.Conv2d(half, channels, 1, bias=False)
        self.shortcut = nn.Identity() if stride == 1 else nn.AvgPool2d(2)

    def forward(self, x: Tensor) -> Tensor:
        """(b, c, h, w) -> (b, c, h / stride, w / stride)."""
        y = F.leaky_relu(self.conv_reduce(x), 0.2, inplace=True)
        y = F.leaky_relu(self.conv_conv(y), 0.2, inplace=True)
        return self.shortcut(x) + self.conv_expand(y)


def _layer(c_in: int, c_out: int, kernel: int, stride: int = 1, padding: int = 1, bias: bool = True) -> list[nn.Module]:
    return [nn.Conv2d(c_in, c_out, kernel, stride, padding, bias=bias), nn.LeakyReLU(0.2, inplace=True)]


def _tunnel(c_in: int, c: int, c_out: int, dilations: Sequence[int], groups: int) -> nn.Sequential:
    """Join what comes in, pass it through the blocks, and double the size."""
    blocks = nn.Sequential(*[Block(c, groups, dilation) for dilation in dilations])
    double = [nn.Conv2d(c, 4 * c_out, 3, 1, 1), nn.PixelShuffle(2), nn.LeakyReLU(0.2, inplace=True)]
    return nn.Sequential(*_layer(c_in, c, 3), blocks, *double)


def spread(values: Sequence[int], n: int) -> list[int]:
    """`n` of the values, evenly, from the first on: the dilations of a tunnel that has fewer blocks."""
    return [values[i * len(values) // n] for i in range(n)]


class NetG(nn.Module):
    """The generator: a U-Net of four tunnels of ResNeXt blocks, which takes the hints in at a quarter of the size."""

    def __init__(self, width: int = 64, features: int = 512, blocks: Sequence[int] = (20, 8, 8, 5)) -> None:
        super().__init__()
        w = width
        self.toH = nn.Sequential(*_layer(4, w, 7, padding=3))
        self.to0 = nn.Sequential(*_layer(1, w // 2, 3))
        self.to1 = nn.Sequential(*_layer(w // 2, w, 4, 2))
        self.to2 = nn.Sequential(*_layer(w, 2 * w, 4, 2))
        self.to3 = nn.Sequential(*_layer(3 * w, 4 * w, 4, 2))
        self.to4 = nn.Sequential(*_layer(4 * w, 8 * w, 4, 2))
        shapes = [(8 * w + features, 8 * w, 4 * w), (8 * w, 4 * w, 2 * w), (4 * w, 2 * w, w), (2 * w, w, w // 2)]
        for level, shape, (dilations, groups), n in zip((4, 3, 2, 1), shapes, TUNNELS, blocks, strict=True):
            self.add_module(f"tunnel{level}", _tunnel(*shape, spread(dilations, n), groups))
        self.exit = nn.Conv2d(w, 3, 3, 1, 1)

    def forward(self, condition: Plane, hint: Float[Tensor, "b 4 y x"], features: Float[Tensor, "b n q p"]) -> Planes:
        """The picture (b, 3, h, w) in [-1, 1].

        `hint` is colour and mask at h / 4, `features` what a `NetI` says of the line art at h / 16.
        """
        x0 = self.to0(condition)
        x1 = self.to1(x0)
        x2 = self.to2(x1)
        x3 = self.to3(torch.cat([x2, self.toH(hint)], 1))
        x = self.tunnel4(torch.cat([self.to4(x3), features], 1))
        x = self.tunnel3(torch.cat([x, x3], 1))
        x = self.tunnel2(torch.cat([x, x2], 1))
        x = self.tunnel1(torch.cat([x, x1], 1))
        return self.exit(torch.cat([x, x0], 1)).tanh()


class NetD(nn.Module):
    """The discriminator: it judges a picture by what a `NetI` says of its line art, not by the line art or the hints.

    Deviation: the published discriminator is for pictures of 512 x 512. This one halves as often as `size` asks, so
    that the last convolution meets a map of 4 x 4 (512: published; 256: one pair of blocks fewer; 64 or less: none),
    and averages, or repeats, a map of another size to 4 x 4.
    """

    def __init__(self, width: int = 64, features: int = 512, size: int = 512) -> None:
        super().__init__()
        w = width
        feed = [*_layer(3, w, 7, padding=3, bias=False), *_layer(w, w, 4, 2, bias=False), *_halve(w)]
        for c in (w, 2 * w):
            feed += [*_layer(c, 2 * c, 1, padding=0, bias=False), *_halve(2 * c)]
        self.feed = nn.Sequential(*feed)
        halvings = max(0, (size // (16 * LAST)).bit_length() - 1)
        self.feed2 = nn.Sequential(
            *_layer(4 * w + features, 8 * w, 3, bias=False),
            *[block for _ in range(halvings) for block in _halve(8 * w)],
            Block(8 * w, DISCRIMINATOR_GROUPS),
            *_layer(8 * w, 8 * w, LAST, padding=0, bias=False),
        )
        self.out = nn.Linear(8 * w, 1)

    def forward(self, picture: Planes, features: Float[Tensor, "b n q p"]) -> Scores:
        """How true each picture looks, without bounds; `features` are at a sixteenth of its size."""
        *blocks, last, activation = self.feed2
        x = torch.cat([self.feed(picture), features], 1)
        for block in blocks:
            x = block(x)
        if x.shape[-2:] != (LAST, LAST):
            x = F.adaptive_avg_pool2d(x, LAST)
        return self.out(activation(last(x)).flatten(1)).flatten()


def _halve(channels: int) -> list[nn.Module]:
    return [Block(channels, DISCRIMINATOR_GROUPS), Block(channels, DISCRIMINATOR_GROUPS, stride=2)]


def _vgg(plan: Sequence[int | str], width: int) -> nn.Sequential:
    """3x3 convolutions of so many times `width` channels, each with a ReLU, and poolings between."""
    from torchvision.models.vgg import make_layers  # torchvision is slow to import

    return make_layers(["M" if step == "pool" else step * width for step in plan])


def _colors(values: Sequence[float]) -> Float[Tensor, "1 3 1 1"]:
    return torch.tensor(values).view(1, 3, 1, 1)


class NetI(nn.Module):
    """The feature network: the first 15 layers of the Illustration2Vec tagger; frozen."""

    def __init__(self, width: int = 64) -> None:
        super().__init__()
        self.model = _vgg(TAGGER, width)
        self.register_buffer("mean", _colors(TAGGER_MEAN))
        self.requires_grad_(False)

    @torch.no_grad()
    def forward(self, condition: Plane) -> Float[Tensor, "b n q p"]:
        """Features (b, 8 width, h / 16, w / 16) of line art in [-1, 1]; the tagger sees it at half the size."""
        gray = 255 * (F.avg_pool2d(condition, 2) / 2 + 0.5)
        return self.model(gray.expand(-1, 3, -1, -1) - self.mean.to(gray.dtype))


class NetF(nn.Module):
    """The content network: VGG16 up to relu2_2, or a narrower one; frozen, though gradients pass through."""

    def __init__(self, width: int = 64) -> None:
        super().__init__()
        self.model = _vgg(VGG, width)
        self.register_buffer("mean", _colors(VGG_MEAN) - 0.5)  # of RGB in [-1, 1] divided by 2
        self.register_buffer("std", _colors(VGG_STD))
        self.requires_grad_(False)

    def forward(self, picture: Planes) -> Float[Tensor, "b n q p"]:
        """Features at half the size of a picture in [-1, 1]."""
        return self.model((picture / 2 - self.mean) / self.std)


def shrink_hints(color: Planes, mask: Mask) -> Float[Tensor, "b 4 q p"]:
    """Dense hints at a quarter of the size: the mean of the pixels that have a colour, and whether there are any."""
    share = F.avg_pool2d(mask, 4)
    mean = F.avg_pool2d(color * mask, 4) / share.clamp(min=1 / 16)  # one pixel of the sixteen is the least there is
    return torch.cat([mean, (share > 0).to(mask.dtype)], 1)
