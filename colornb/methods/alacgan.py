"""AlacGAN: line art in colours by a few points of colour, learned without a pixel loss (Ci et al., ACM MM 2018).

A network that has learned to tag illustrations says what the line art shows; generator and discriminator see it. The
generator has to satisfy the discriminator (a Wasserstein GAN) and to look alike to a network that knows photographs
(VGG16).

Deviation: nobody can download the tagger's weights, so `Config.features` takes a frozen network of the same shape with
random weights (or none at all). Whoever has the real ones loads them with `load_official`.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Generator, Tensor, nn
from torch.nn import functional as F

from colornb.blocks import init_he, init_uniform
from colornb.checkpoints import fetch, load_strictly
from colornb.losses import gradient_penalty, reconstruction_loss, wasserstein_loss
from colornb.methods import base
from colornb.methods._alacgan_nets import FEATURES, Block, NetD, NetF, NetG, NetI, shrink_hints
from colornb.methods.base import Encoding, Progress, check, check_words, make_condition
from colornb.types import Batch, Float, HintMaps, Integers, Mask, Plane, Planes, RowIndex

INPUT = 100.0  # about what the feature network takes in; its random weights bring that to the size of everything else
CELL = 4  # pixels: the side of a hint, and of what the generator sees of hints as one


@dataclass(frozen=True)
class Config:
    """Settings of AlacGAN; the defaults are those of the published code.

    With a random content network alone short runs learn next to nothing (in 300 steps on eight pictures its distance
    falls by an eighth, and hints go unheard), so presets `small` and `tiny` add an L1 distance (`pixel`), which the
    paper does without.
    """

    line_art: tuple[str, ...] = ("guiding_painter",)  # the authors' three widths of lines
    size: int = 512  # of the pictures that the discriminator is built for, in pixels
    width: int = 64  # channels of the generator's first layers; this and the next: powers of two
    discriminator_width: int = 64
    feature_width: int = 64
    blocks: tuple[int, ...] = (20, 8, 8, 5)  # of each tunnel, from the deepest
    features: str = "random"  # weights of the feature network: "random", or "zeros" for no such network
    content: str = "vgg16"  # weights of the content network: "vgg16" (downloads half a gigabyte), or "random"
    content_width: int = 64  # of a random one
    adv: float = 1e-4  # weight of the discriminator in the generator's loss
    pixel: float = 0.0  # weight of an L1 distance, ours
    drift: float = 0.001  # keeps the discriminator's scores near 0
    penalty: float = 10.0  # weight of the gradient penalty
    norm: str = "channels"  # of the gradients at each pixel, or of those of a whole "picture", as is usual
    density: float = 0.005  # of hints in training: the standard deviation of their threshold
    bare: float = 0.5  # share of a batch that gets no hints
    jitter: bool = True  # whether hints take their colours from a copy that is slightly moved and scaled
    lightest: float = 0.7  # lines are lightened to this share of their darkness at most
    init: str = "uniform"  # as PyTorch does by itself, or "he", for narrow networks
    lr: float = 1e-4
    drop: float = 0.1  # what the learning rate is multiplied with halfway
    betas: tuple[float, float] = (0.5, 0.9)

    def __post_init__(self) -> None:
        """Refuse words that mean nothing."""
        check_words(self, features=("random", "zeros"), content=("vgg16", "random"))
        check_words(self, norm=("channels", "picture"), init=("uniform", "he"))
        for field in ("width", "discriminator_width"):
            is_power = (value := getattr(self, field)) >= 2 and not value & (value - 1)
            check(self, field, is_power, "give a power of two, so that groups divide it")
        check(self, "blocks", len(self.blocks) == 4 and min(self.blocks) >= 1, "give four numbers, at least 1 each")


_SHORT = {"content": "random", "bare": 0.25, "init": "he"}  # ours, for runs of minutes or hours
PRESETS = {
    "paper": Config(),
    "at_256": Config(size=256),
    "small": Config(
        **_SHORT, line_art=("clean", "guiding_painter", "classic"), size=256, blocks=(8, 4, 4, 3), width=16,
        discriminator_width=16, feature_width=16, content_width=32, pixel=10.0, density=0.05, lr=1e-3,
    ),
    "tiny": Config(
        **_SHORT, size=64, blocks=(2, 2, 2, 1), width=8, discriminator_width=8, feature_width=4, content_width=16,
        pixel=10.0, density=0.4, jitter=False, lr=3e-3, betas=(0.9, 0.99),
    ),
}  # fmt: skip


@dataclass
class FeatureEncoding(Encoding):
    """A picture and what the feature network says of it."""

    features: Float[Tensor, "b n q p"] | None = None


class Network(base.BaseNetwork):
    """Generator (`generator`) and feature network (`features`). Key names are those of the published netG and netI."""

    condition, target, hint_kinds, multiple = "sketch", "rgb", ("point",), 16

    def __init__(self, config: Config, generator: Generator) -> None:
        super().__init__(config)
        self.generator = NetG(config.width, FEATURES * config.feature_width, config.blocks)
        initialize(self.generator, config, generator)
        if config.init == "he":  # where a hint is alone, one place of the 7 x 7 speaks for all
            self.generator.toH[0].weight.data.mul_(7)
        self.features = None
        if config.features == "random":
            self.features = NetI(config.feature_width)
            init_he(self.features, generator)
            self.features.model[0].weight.div_(INPUT)

    def forward(self, condition: Plane, hint: Float[Tensor, "b 4 y x"]) -> tuple[Planes, Float[Tensor, "b n q p"]]:
        """The painted picture in [-1, 1], and the features; `hint` is colour and mask at a quarter of the size."""
        features = self.encode(condition).features
        return self.generator(condition, hint.to(condition.dtype), features), features

    def encode(self, condition: Plane, generator: Generator | None = None) -> FeatureEncoding:
        """What the feature network says of the line art."""
        if self.features is not None:
            return FeatureEncoding(condition, features=self.features(condition))
        b, _, h, w = condition.shape
        return FeatureEncoding(
            condition, features=condition.new_zeros(b, FEATURES * self.config.feature_width, h // 16, w // 16)
        )

    def paint(self, encoding: Encoding, color: Planes, mask: Mask) -> Planes:
        """The painted picture, [-1, 1]; hints are brought to a quarter of the size here."""
        encoding = encoding if isinstance(encoding, FeatureEncoding) else self.encode(encoding.condition)
        return self.generator(encoding.condition, shrink_hints(color, mask).to(encoding.condition), encoding.features)

    def simulate_hints(
        self, encoding: Encoding, target: Planes, counts: Integers, generator: Generator, rows: RowIndex | None = None
    ) -> HintMaps:
        """The first `counts` hints of a user who points at random cells of 4 x 4 pixels, never twice at one."""
        height, width = (side // CELL for side in target.shape[-2:])
        draw = torch.rand(len(target), height * width, generator=generator, device=generator.device)
        place = draw.argsort(1).argsort(1)  # of each cell in the order in which they are pointed at
        if rows is not None:
            target, place = target[rows], place[rows]
        mask = (place < counts[:, None]).to(target.dtype).view(-1, 1, height, width)
        return _enlarge(F.avg_pool2d(target, CELL) * mask), _enlarge(mask)


def initialize(network: nn.Module, config: Config, generator: Generator) -> None:
    """First weights of generator or discriminator; "he" starts with blocks that change nothing, as Fixup does."""
    if config.init == "uniform":
        return init_uniform(network, generator)
    init_he(network, generator, 0.2)
    for block in network.modules():
        if isinstance(block, Block):
            nn.init.zeros_(block.conv_expand.weight)
    return None


def _enlarge(x: Tensor) -> Tensor:
    return x.repeat_interleave(CELL, -2).repeat_interleave(CELL, -1)


def move(picture: Planes, generator: Generator) -> Planes:
    """A crop of 90 to 100 % of each picture, of aspect 7 / 8 to 8 / 7, scaled to the picture's size.

    Deviation: bilinear, and a crop that would not fit is cut to the picture; the published code draws it again.
    """
    b, device = len(picture), generator.device
    area, aspect, x, y = torch.rand(4, b, generator=generator, device=device)
    area, aspect = 0.9 + 0.1 * area, 7 / 8 + (8 / 7 - 7 / 8) * aspect
    sides = torch.stack([(area * aspect).sqrt(), (area / aspect).sqrt()], 1).clamp(max=1)  # width, height
    shift = (1 - sides) * (2 * torch.stack([x, y], 1) - 1)  # of the centre, so that the crop stays inside
    theta = torch.cat([torch.diag_embed(sides), shift[..., None]], 2)
    grid = F.affine_grid(theta, list(picture.shape), align_corners=False)
    return F.grid_sample(picture, grid, padding_mode="border", align_corners=False)


def sample_hints(target: Planes, config: Config, generator: Generator) -> Float[Tensor, "b 4 q p"]:
    """What training tells of the true picture: colour and mask at a quarter of the size.

    A cell is told with a chance of 1 - t, t ~ N(1, `density`) cut off above 1, one t for each picture; the last
    pictures of the batch (a share of `bare`) are told nothing.
    """
    b, draw = len(target), {"generator": generator, "device": generator.device}
    colors = F.avg_pool2d(move(target, generator) if config.jitter else target, CELL)
    chance = (config.density * torch.randn(b, 1, 1, 1, **draw)).abs()
    mask = (torch.rand(b, 1, *colors.shape[-2:], **draw) < chance).to(target.dtype)
    mask[math.ceil(b * (1 - config.bare)) :] = 0
    return torch.cat([colors * mask, mask], 1)


class Recipe(base.Recipe):
    """Adversarial training: a step of the discriminator, then one of the generator.

    Deviation: both see the same batch and the same painted pictures; the published code draws another batch for each
    and paints twice.
    """

    def __init__(self, network: Network, generator: Generator) -> None:
        c = self.config = network.config
        discriminator = NetD(c.discriminator_width, FEATURES * c.feature_width, c.size)
        initialize(discriminator, c, generator)
        adam = {"lr": c.lr, "betas": c.betas, "fused": True}
        super().__init__(
            network=(network, torch.optim.Adam(network.generator.parameters(), **adam)),
            discriminator=(discriminator, torch.optim.Adam(discriminator.parameters(), **adam)),
        )
        self.discriminator = discriminator  # the bare one: Fabric's must not be differentiated twice
        self.content = content_network(c, generator)

    def setup(self, fabric: Any) -> None:
        """Place everything where `fabric` says, the content network too, which no checkpoint keeps."""
        super().setup(fabric)
        self.content.to(fabric.device, memory_format=torch.channels_last)

    def step(self, batch: Batch, progress: Progress, generator: Generator) -> dict[str, Tensor]:
        """One update of discriminator and generator; `rec` is the squared distance of the content features."""
        c = self.config
        self.set_lr_scale(1.0 if progress.by_step < 0.5 else c.drop)
        target = base.encode(batch.rgb, self.network.target)
        draw = {"generator": generator, "device": generator.device}
        share = c.lightest + (1 - c.lightest) * torch.rand(len(target), 1, 1, 1, **draw)
        condition = share * make_condition(self.network, batch, generator) + 1 - share  # 1 is paper
        prediction, features = self.modules["network"](condition, sample_hints(target, c, generator))
        logs = {"discriminator": self._discriminator_step(target, prediction.detach(), features, generator)}
        return logs | self._paint_step(target, prediction, features)

    def _discriminator_step(self, target: Planes, prediction: Planes, features: Tensor, generator: Generator) -> Tensor:
        c, discriminator = self.config, self.modules["discriminator"]
        fake, real = (discriminator(picture, features).float() for picture in (prediction, target))
        loss = wasserstein_loss(fake, real, c.drift)
        gradients = self._gradients(target, prediction, features, generator)
        self.optimizer_step("discriminator", loss + c.penalty * gradient_penalty(gradients, c.norm))
        return loss.detach()

    def _gradients(self, target: Planes, prediction: Planes, features: Tensor, generator: Generator) -> Planes:
        """Gradients of the discriminator for random mixtures of the true pictures and the painted ones."""
        share = torch.rand(len(target), 1, 1, 1, generator=generator, device=generator.device)
        between = (share * target + (1 - share) * prediction.float()).requires_grad_()
        weight = self.discriminator.out.weight
        scores = self.discriminator(between.to(weight.dtype), features.to(weight.dtype))
        return torch.autograd.grad(scores.sum(), between, create_graph=True)[0]

    def _paint_step(self, target: Planes, prediction: Planes, features: Tensor) -> dict[str, Tensor]:
        c, prediction = self.config, prediction.float()
        with torch.no_grad():
            content = self.content(target)
        with self.hold_still("discriminator") as discriminator:
            adv = -c.adv * discriminator(prediction, features).float().mean()
        terms = {"rec": F.mse_loss(self.content(prediction), content), "adv": adv}
        if c.pixel:
            terms["pixel"] = c.pixel * reconstruction_loss(prediction, target)
        return self.minimize(terms)


def content_network(config: Config, generator: Generator) -> NetF:
    """The content network with published weights ("vgg16") or with random ones.

    Raises OSError, in one line, where the published file is not at hand and cannot be downloaded.
    """
    if config.content == "random":
        network = NetF(config.content_width)
        init_he(network, generator)
        return network
    network = NetF()
    load_official(network, torch.load(fetch(config.content), map_location="cpu", weights_only=True))
    return network


def load_official(module: nn.Module, state: Mapping[str, Tensor]) -> None:
    """Load a published state dict, strictly, into a `Network` or into one of its four parts.

    A `NetG`, `NetD`, `NetI` or `NetF` takes the dict of that name; a `Network` that of netG or of netI, whichever it is
    given. Names may begin with "module.", as several GPUs leave them. The whole tagger (its layers are numbered) fits a
    `NetI`, and torchvision's VGG16 a `NetF`. Raises ValueError, in one line, for anything else.
    """
    state = {key.removeprefix("module."): value for key, value in state.items()}
    if isinstance(module, Network):
        is_generator = module.features is None or any(key.startswith("to") for key in state)
        module = module.generator if is_generator else module.features
    for prefix, layers in (("features.", 9), ("", 15)):
        state = _first(state, prefix, layers, module)
    load_strictly(module, state, "the published AlacGAN file")


def _first(state: dict[str, Tensor], prefix: str, layers: int, module: nn.Module) -> dict[str, Tensor]:
    """The first layers of a network that was published whole, under the names that `module` has for them."""
    if f"{prefix}0.weight" not in state:
        return state
    numbered = [
        (*key.removeprefix(prefix).split(".", 1), value) for key, value in state.items() if key.startswith(prefix)
    ]
    first = {f"model.{n}.{name}": value for n, name, value in numbered if n.isdigit() and int(n) < layers}
    return first | dict(module.named_buffers())
