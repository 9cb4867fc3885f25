"""pix2pix: one U-Net and one discriminator of patches for any translation of pictures (Isola et al., CVPR 2017).

The network halves a picture until nothing but one vector may be left and doubles it again, with a shortcut at every
size. It is the baseline that asks nobody: sketch in, colours out. What a person wants goes in with `points`, this
book's extension: the same network that also sees colours and where they were given.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from colornb.blocks import init_normal
from colornb.losses import log_loss, lsgan_loss, reconstruction_loss
from colornb.methods import base
from colornb.methods.base import Encoding, Hook, Progress, identity_hook, make_condition
from colornb.types import Batch, Mask, Plane, Planes

WIDEST = 8  # times the width: no layer has more channels


@dataclass(frozen=True)
class Config:
    """Settings of pix2pix; the defaults are those of the published PyTorch code.

    Deviation: the learning rate falls to 0 with the steps; the published code lowers it once an epoch, to 1 / 101.
    """

    condition: str = "sketch"  # what is seen: "sketch", or "L" for gray-scale pictures
    target: str = "rgb"  # what is painted: "rgb", or "ab", which L needs
    line_art: tuple[str, ...] = ("guiding_painter",)  # sketch presets for pictures that own no line art
    width: int = 64  # channels of the first layer
    levels: int = 8  # how often the picture is halved
    dropout: float = 0.5  # in the deep layers of the decoder, between the innermost and the fourth
    points: bool = False  # this book's extension: the network also sees colours and where they were given
    stop: float = 0.125  # with points: chance that the simulated user stops before each hint
    sides: tuple[int, int] = (1, 9)  # with points: of the patches, in pixels
    adv: str = "vanilla"  # the adversarial loss: "vanilla" (log loss) or "lsgan"
    rec: float = 100.0  # weight of the L1 distance (lambda of Eq. 4)
    discriminator_width: int = 64
    lr: float = 2e-4
    betas: tuple[float, float] = (0.5, 0.999)

    def __post_init__(self) -> None:
        """Refuse words that mean nothing."""
        base.check_spaces(self)
        base.check_words(self, adv=("vanilla", "lsgan"))
        base.check(self, "levels", self.levels >= 2, "give at least 2")


_TINY = {"width": 8, "levels": 5, "discriminator_width": 16, "lr": 4e-3}  # ours, for runs of minutes
PRESETS = {
    "paper": Config(),
    "photo": Config(condition="L", target="ab"),
    "points": Config(points=True),
    "small": Config(
        line_art=("clean", "guiding_painter", "classic"), width=16, levels=6, discriminator_width=32, lr=1e-3
    ),
    "tiny": Config(**_TINY),
    "tiny_photo": Config(**_TINY, condition="L", target="ab"),
    "tiny_points": Config(**_TINY, points=True, sides=(3, 7)),
}


class SkipBlock(nn.Module):
    """One level of the U-Net: halve, do what is inside, double, and put the activated input beside the result.

    Deviation: none in effect. The published activation works in place and so also changes the shortcut; here that is
    written out. The next layer starts with a ReLU, to which the activated input and the input are alike.
    """

    def __init__(self, outer: int, inner: int, inside: nn.Module | None, dropout: float = 0.0) -> None:
        super().__init__()
        down = [nn.LeakyReLU(0.2), _halve(outer, inner)]
        up = [nn.ReLU(), _double(inner if inside is None else 2 * inner, outer), nn.BatchNorm2d(outer)]
        middle = [] if inside is None else [nn.BatchNorm2d(inner), inside]
        self.model = nn.Sequential(*down, *middle, *up, *([nn.Dropout(dropout)] if dropout else []))
        self.innermost = inside is None

    def forward(self, x: Planes, hook: Hook = identity_hook, level: int = 2) -> Tensor:
        """(b, outer, h, w) -> (b, 2 outer, h, w); `hook` sees the maps "down" and "up" of every level."""
        activate, halve, *rest = self.model
        x = activate(x)
        if self.innermost:
            y = hook(f"down{level}", lambda: halve(x))
        else:
            norm, inside, *rest = rest
            y = inside(hook(f"down{level}", lambda: norm(halve(x))), hook, level + 1)
        up = nn.Sequential(*rest)
        return torch.cat([x, hook(f"up{level}", lambda: up(y))], 1)


class UNet(nn.Module):
    """The generator `unet_256` of the published code, which halves `levels` times; tanh at the end."""

    def __init__(self, c_in: int, c_out: int, width: int, levels: int, dropout: float) -> None:
        super().__init__()
        channels = [width * min(WIDEST, 2**level) for level in range(levels)]
        block = None
        for level in range(levels - 1, 0, -1):
            outer, inner = channels[level - 1 : level + 1]
            deep = block is not None and outer == inner  # between the innermost and the levels that widen
            block = SkipBlock(outer, inner, block, dropout if deep else 0.0)
        last = nn.ConvTranspose2d(2 * width, c_out, 4, 2, 1)
        self.model = nn.Sequential(nn.Conv2d(c_in, width, 4, 2, 1, bias=False), block, nn.ReLU(True), last, nn.Tanh())

    def forward(self, x: Planes, hook: Hook = identity_hook) -> Tensor:
        """(b, c_in, h, w) -> (b, c_out, h, w) in [-1, 1]; h and w are multiples of 2 ** levels."""
        first, block, *last = self.model
        return nn.Sequential(*last)(block(hook("down1", lambda: first(x)), hook))


def _halve(c_in: int, c_out: int) -> nn.Conv2d:
    return nn.Conv2d(c_in, c_out, 4, 2, 1, bias=False)


def _double(c_in: int, c_out: int) -> nn.ConvTranspose2d:
    return nn.ConvTranspose2d(c_in, c_out, 4, 2, 1, bias=False)


class Network(base.BaseNetwork):
    """The generator. Key names are those of the published `unet_256`.

    Deviation: in evaluation mode there is no dropout and batch norms use their running statistics; the published test
    script keeps both as in training, unless it is told otherwise: there a picture depends on chance and its batch.
    """

    def __init__(self, config: Config, generator: torch.Generator) -> None:
        super().__init__(config)
        self.hint_kinds = ("point",) * config.points
        self.multiple = 2**config.levels
        colors = base.CHANNELS[config.target]
        c_in = 1 + (colors + 1) * config.points
        self.model = UNet(c_in, colors, config.width, config.levels, config.dropout)
        down, up = ([f"{way}{level}" for level in range(1, config.levels + 1)] for way in ("down", "up"))
        self.features, self.decoder = (*down, *up[:0:-1]), up[-1]
        init_normal(self, generator)

    def forward(self, condition: Plane, color: Planes, mask: Mask, hook: Hook = identity_hook) -> Planes:
        """The painted picture in the target space, [-1, 1]; colours and mask are not looked at without `points`."""
        height, width = condition.shape[-2:]
        if height % self.multiple or width % self.multiple:
            raise ValueError(f"a picture of {width} x {height} does not fit: give multiples of {self.multiple}")
        given = [x.to(condition.dtype) for x in (color, mask)] if self.config.points else []
        return self.model(torch.cat([condition, *given], 1), hook)

    def paint(self, encoding: Encoding, color: Planes, mask: Mask, hook: Hook = identity_hook) -> Planes:
        """The painted picture in the target space, [-1, 1]."""
        return self(encoding.condition, color, mask, hook)


class Recipe(base.AdversarialRecipe):
    """Adversarial training (Section 3.1): a step of the discriminator, one of the generator on the same picture."""

    def __init__(self, network: Network, generator: torch.Generator) -> None:
        super().__init__(network, generator)
        self._adversarial = {"vanilla": log_loss, "lsgan": lsgan_loss}[self.config.adv]

    def step(self, batch: Batch, progress: Progress, generator: torch.Generator) -> dict[str, Tensor]:
        """One update of discriminator and generator; `rec` is the weighted L1 distance in the target space."""
        self.set_lr_scale(min(1.0, 2 - 2 * progress.by_step))
        condition, target = make_condition(self.network, batch, generator), base.encode(batch.rgb, self.config.target)
        prediction = self.modules["network"](condition, *self._hints(condition, target, generator))
        logs = {"discriminator": self._discriminator_step(condition, target, prediction.detach())}
        return logs | self._paint_step(condition, target, prediction)

    def _hints(self, condition: Plane, target: Planes, generator: torch.Generator) -> tuple[Planes, Mask]:
        if not self.config.points:
            return target, condition  # not looked at
        return self.draw_hints(Encoding(condition), target, generator)

    def _discriminator_step(self, condition: Plane, target: Planes, prediction: Planes) -> Tensor:
        """One step on 1/2 (fake + real); true and painted pictures pass apart, so that each has its own norms."""
        fake, real = (self._judge(condition, picture, real) for picture, real in ((prediction, False), (target, True)))
        return self.optimizer_step("discriminator", 0.5 * (fake + real))

    def _paint_step(self, condition: Plane, target: Planes, prediction: Planes) -> dict[str, Tensor]:
        with self.hold_still("discriminator"):
            adv = self._judge(condition, prediction, real=True)
        return self.minimize({"rec": self.config.rec * reconstruction_loss(prediction.float(), target), "adv": adv})

    def _judge(self, condition: Plane, picture: Planes, real: bool) -> Tensor:
        """The adversarial loss of a picture that the discriminator should take for `real`, or not."""
        return self._adversarial(self.modules["discriminator"](torch.cat([condition, picture], 1)).float(), real)


def load_official(module: nn.Module, state: Mapping[str, Tensor]) -> None:
    """Load a published state dict, strictly, into a `Network` without points or a `PatchDiscriminator`.

    Takes the dict of `unet_256` or of the basic discriminator; names may begin with "module.", as several GPUs leave
    them. Raises ValueError, in one line, for anything else.
    """
    own = {key.removeprefix("module."): value for key, value in state.items()}
    base.load_strictly(module, own, "the published pix2pix file")
