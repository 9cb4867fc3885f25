"""DeOldify: old photographs in colour by a large pretrained encoder and a short adversarial training (J. Antic, 2018).

There is no paper; what is known is the released code. A ResNet that has learned to tell a thousand things apart reads
the picture, a decoder with self-attention paints it, and hardly any of the training is adversarial ("NoGAN"): generator
and discriminator learn apart for long, then together for a short time. Nobody is asked: there are no hints.

The networks are in `_deoldify_nets.py`.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from colornb import checkpoints
from colornb.color import AB_MAX, L_HALF, lab_to_rgb, luma, rgb_to_lab
from colornb.losses import log_loss, reconstruction_loss
from colornb.methods import base
from colornb.methods._deoldify_nets import Discriminator, Generator, initialize
from colornb.methods.base import Encoding, Progress, check, check_shares, check_words
from colornb.types import RGB, Batch, Mask, Plane, Planes

MEAN, DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)  # of ImageNet's pictures
STAGES = ("generator", "discriminator", "both")
SEEN = (22, 32, 42)  # layers of VGG16 with batch norms: before its third, fourth and fifth pooling
WEIGHTS = (20.0, 70.0, 10.0)  # of their distances
ENCODERS = {(3, 4, 23, 3): "resnet101", (3, 4, 6, 3): "resnet34"}
BETAS = {"generator": (0.9, 0.99), "discriminator": (0.9, 0.99), "both": (0.0, 0.9)}  # of Adam


@dataclass(frozen=True)
class Config:
    """Settings of DeOldify; the defaults are those of the published "stable" network.

    `stage` is what a run trains: "generator", "discriminator" or "both", each from the one before, or "all" in turn. As
    published, the generator learns in runs of their own at 64, 128 and 192 pixels, with rates that fall from 1e-3 to
    5e-5; then discriminator and both take turns, three times ("artistic": five), until just before glitches appear.

    Deviation: a step here shows discriminator and generator the same pictures; the released code draws others for each.
    """

    blocks: tuple[int, ...] = (3, 4, 23, 3)  # of the encoder: ResNet-101
    block: str = "bottleneck"  # or "basic"
    width: int = 64  # channels of the encoder's first layer
    decoder: str = "wide"  # one convolution a step, or "deep": two
    factor: float = 2.0  # how much wider the decoder is than usual
    discriminator_width: int = 256
    discriminator_levels: int = 3  # how often the discriminator halves a picture after the first time
    size: int = 560  # pixels: side of the square that pictures are stretched to, 16 times the "render factor"
    encoder: str = "imagenet"  # first weights of the encoder in training (a download), or "fresh"
    features: str = "vgg16_bn"  # what looks at painted pictures beside the L1 distance (a download), or "none"
    stage: str = "all"
    shares: tuple[float, float, float] = (0.7, 0.25, 0.05)  # of the steps, by stage, in "all"
    freeze_fraction: float = 0.25  # share of the generator's stage in which the encoder stands still
    lr: tuple[float, float, float] = (1e-3, 1e-3, 2e-5)  # by stage
    encoder_rate: float = 1 / 30  # times lr, for the encoder once it moves
    discriminator_rate: float = 5.0  # times lr, for the discriminator beside the generator
    warmup_fraction: float = 0.3  # share of the generator's stage until its rate is highest
    content: float = 1.5  # weight of all that is not adversarial, beside the discriminator
    discriminator_threshold: float = 0.65  # the generator learns where the discriminator's loss is below this
    decay: float = 1e-3  # of weights

    def __post_init__(self) -> None:
        """Refuse words that mean nothing."""
        check_words(self, block=("basic", "bottleneck"), decoder=("wide", "deep"), encoder=("imagenet", "fresh"))
        check_words(self, features=("vgg16_bn", "none"), stage=(*STAGES, "all"))
        check(self, "blocks", len(self.blocks) == 4 and min(self.blocks) >= 1, "give four numbers, at least 1 each")
        if self.encoder == "imagenet" and (self.width != 64 or self.blocks not in ENCODERS):
            raise ValueError("no weights are published for an encoder of this size: set encoder=fresh")
        check_shares(self)


_DEEP = {"blocks": (3, 4, 6, 3), "block": "basic", "decoder": "deep", "factor": 1.5}
_SMALL = {"block": "basic", "decoder": "deep", "factor": 1.5, "encoder": "fresh", "features": "none"}
# Ours, for runs of minutes or hours, without any download.
_SHORT = _SMALL | {"freeze_fraction": 0.0, "encoder_rate": 1.0, "warmup_fraction": 0.1}
PRESETS = {
    "paper": Config(),
    "artistic": Config(**_DEEP, lr=(1e-3, 1e-3, 1e-5), content=2.0),
    "small": Config(**_SHORT, blocks=(2, 2, 2, 2), width=16, discriminator_width=32, size=128, lr=(2e-3, 1e-3, 1e-4)),
    "tiny": Config(
        **_SHORT, blocks=(1, 1, 1, 1), width=8, discriminator_width=8, discriminator_levels=2, size=64,
        lr=(5e-3, 2e-3, 2e-4),
    ),
}  # fmt: skip
PUBLISHED = {
    "deoldify-stable": PRESETS["paper"],
    "deoldify-artistic": PRESETS["artistic"],
    "deoldify-video": Config(size=336),
}


class Network(base.BaseNetwork):
    """The generator, which paints all of a picture in RGB; of that the colours count.

    Everywhere in this package a picture keeps its CIE lightness. `render` is the released protocol, which keeps its
    luma instead: the two differ where colours are strong.
    """

    condition, target, line_art, multiple, takes_any_side = "L", "ab", (), 16, True

    def __init__(self, config: Config, generator: torch.Generator) -> None:
        super().__init__(config)
        c = config
        self.generator = Generator(c.blocks, c.block, c.width, c.decoder, c.factor)
        initialize(self.generator, generator)

    def forward(self, condition: Plane) -> RGB:
        """The whole picture as painted, sRGB, not cut to [0, 1]; `condition` is L / 50 - 1."""
        light = (condition.float() + 1) * L_HALF
        gray = lab_to_rgb(torch.cat([light, torch.zeros_like(light).expand(-1, 2, -1, -1)], 1))
        return self.color(gray)

    def color(self, gray: RGB) -> RGB:
        """A gray picture, sRGB in [0, 1], in colours: sRGB, not cut to [0, 1]."""
        return denormalize(self.generator(normalize(gray)).float())

    def paint(self, encoding: Encoding, color: Planes, mask: Mask) -> Planes:
        """A and b of the painted picture, about [-1, 1]; colours and mask are not looked at."""
        return rgb_to_lab(self(encoding.condition).clamp(0, 1))[:, 1:] / AB_MAX


def normalize(rgb: RGB) -> Planes:
    """SRGB in [0, 1] in standard deviations of ImageNet's pictures."""
    return torch.cat([(plane - m) / d for plane, m, d in zip(rgb.split(1, 1), MEAN, DEVIATION, strict=True)], 1)


def denormalize(planes: Planes) -> RGB:
    """The reverse of `normalize`."""
    return torch.cat([plane * d + m for plane, m, d in zip(planes.split(1, 1), MEAN, DEVIATION, strict=True)], 1)


@torch.no_grad()
def render(network: Network, rgb: RGB, factor: int | None = None) -> RGB:
    """Paint a picture as the released program does.

    Its luma is stretched to a square of 16 `factor` pixels, painted, stretched back, and the luma of the picture
    itself put in the place of the painted one.

    Args:
        network: in evaluation mode.
        rgb: sRGB in [0, 1], any size; its colours are not looked at.
        factor: the "render factor"; None: that of the network's `size`. A larger one shows more detail and, beyond
            what the network was trained on, paler colours.
    """
    light, side = luma(rgb), 16 * factor if factor else network.config.size
    square = F.interpolate(light, (side, side), mode="bilinear", antialias=True)
    prediction = network.color(square.expand(-1, 3, -1, -1)).clamp(0, 1)
    prediction = F.interpolate(prediction, light.shape[-2:], mode="bilinear", antialias=True)
    return (prediction + light - luma(prediction)).clamp(0, 1)


class Recipe(base.Recipe):
    """Training without much of a fight ("NoGAN"): first the generator, then the discriminator, then a little of both.

    While both learn, the encoder stands still but for its batch norms, and each step of the discriminator is followed
    by one of the generator where the discriminator's loss has come below `discriminator_threshold`.
    """

    def __init__(self, network: Network, generator: torch.Generator) -> None:
        c = self.config = network.config
        discriminator = Discriminator(c.discriminator_width, c.discriminator_levels)
        initialize(discriminator, generator)
        adam: dict[str, Any] = {"lr": 1.0, "weight_decay": c.decay, "fused": True}  # rates are set at every step
        encoder = network.generator.layers[0]
        own = {id(p) for p in encoder.parameters()}
        rest = [p for p in network.parameters() if id(p) not in own]
        groups = [{"params": list(encoder.parameters())}, {"params": rest}]
        super().__init__(
            network=(network, torch.optim.AdamW(groups, **adam)),
            discriminator=(discriminator, torch.optim.AdamW(discriminator.parameters(), **adam)),
        )
        self.encoder = encoder
        self.features = features_network() if c.features == "vgg16_bn" else None
        if c.encoder == "imagenet" and c.stage in ("generator", "all"):
            load_encoder(network)
        self._enter(STAGES[0] if c.stage == "all" else c.stage, 0.0)

    def setup(self, fabric: Any) -> None:
        """Place everything where `fabric` says, what looks at pictures too, which no checkpoint keeps."""
        if self.config.stage != "generator" and fabric.world_size > 1:
            raise ValueError("several devices can train the generator alone: set stage=generator, then go on with one")
        super().setup(fabric)
        if self.features is not None:
            self.features.to(fabric.device, memory_format=torch.channels_last)

    def step(self, batch: Batch, progress: Progress, generator: torch.Generator) -> dict[str, Tensor]:
        """One update of what the stage trains; `rec` is the L1 distance of the normalised pictures."""
        stage, share = self._stage(progress)
        self._enter(stage, share)
        condition, target = rgb_to_lab(batch.rgb)[:, :1] / L_HALF - 1, normalize(batch.rgb)
        with torch.set_grad_enabled(stage != "discriminator"):
            prediction = normalize(self.modules["network"](condition).float())
        logs = {"rec": reconstruction_loss(prediction.detach(), target)}
        if stage != "generator":
            logs["discriminator"] = self._discriminator_step(prediction.detach(), target)
        if stage == "generator" or (
            stage == "both" and logs["discriminator"].item() < self.config.discriminator_threshold
        ):  # waits for a GPU
            logs |= self._paint_step(prediction, target, stage == "both")
        return logs

    def _stage(self, progress: Progress) -> tuple[str, float]:
        """Which stage a step belongs to, and how much of it is over."""
        if self.config.stage != "all":
            return self.config.stage, progress.by_step
        ends = [sum(self.config.shares[:k]) for k in range(3)] + [1.0]
        number = max(k for k in range(3) if progress.by_step >= ends[k] - 1e-9)
        return STAGES[number], (progress.by_step - ends[number]) / max(1e-9, ends[number + 1] - ends[number])

    def _enter(self, stage: str, share: float) -> None:
        """Let learn what belongs to a stage, at its rate."""
        c = self.config
        still = stage == "both" or (stage == "generator" and share < c.freeze_fraction)
        self.network.train(stage != "discriminator").requires_grad_(stage != "discriminator")
        if still:
            for layer in self.encoder.modules():
                if isinstance(layer, nn.Conv2d):
                    layer.requires_grad_(False)
        self.modules["discriminator"].train(stage != "generator").requires_grad_(stage != "generator")
        lr = c.lr[STAGES.index(stage)] * (_cycle(share, c.warmup_fraction) if stage != "both" else 1.0)
        encoder, rest = self.optimizers["network"].param_groups
        encoder["lr"], rest["lr"] = lr if still else lr * c.encoder_rate, lr
        (discriminator,) = self.optimizers["discriminator"].param_groups
        discriminator["lr"] = lr * (c.discriminator_rate if stage == "both" else 1.0)
        for group in (encoder, rest, discriminator):
            group["betas"] = BETAS[stage]

    def _discriminator_step(self, prediction: Planes, target: Planes) -> Tensor:
        """One step on the mean of the two cross entropies."""
        discriminator = self.modules["discriminator"]
        loss = (log_loss(discriminator(target).float(), True) + log_loss(discriminator(prediction).float(), False)) / 2
        return self.optimizer_step("discriminator", loss)

    def _paint_step(self, prediction: Planes, target: Planes, fight: bool) -> dict[str, Tensor]:
        content = reconstruction_loss(prediction, target)
        if self.features is not None:
            content = content + self._distance(prediction, target)
        terms = {"content": content}
        if fight:
            with self.hold_still("discriminator") as discriminator:
                adv = log_loss(discriminator(prediction).float(), True)
            terms = {"content": self.config.content * content, "adv": adv}
        return self.minimize(terms)

    def _distance(self, prediction: Planes, target: Planes) -> Tensor:
        """The weighted L1 distances of what a network sees that knows photographs."""
        with torch.no_grad():
            true = seen(self.features, target)
        return sum(
            w * (a - b).abs().mean() for w, a, b in zip(WEIGHTS, seen(self.features, prediction), true, strict=True)
        )


def _cycle(share: float, warmup_fraction: float) -> float:
    """One cycle: up to 1 and down to nearly 0, both along a cosine (Smith 2018)."""
    if share < warmup_fraction:
        return 0.04 + 0.96 * (1 - math.cos(math.pi * share / warmup_fraction)) / 2
    return 1e-4 + (1 - 1e-4) * (1 + math.cos(math.pi * (share - warmup_fraction) / (1 - warmup_fraction))) / 2


def seen(network: nn.Sequential, planes: Planes) -> list[Tensor]:
    """The maps that count in the content loss."""
    maps = []
    for number, layer in enumerate(network):
        planes = layer(planes)
        if number in SEEN:
            maps.append(planes)
    return maps


def features_network() -> nn.Sequential:
    """VGG16 with batch norms up to the last map that counts. Raises OSError, in one line, without its weights."""
    from torchvision.models import vgg16_bn

    state = checkpoints.read_published(checkpoints.fetch("vgg16_bn"))
    with checkpoints.SkipInit():
        network = vgg16_bn(weights=None)
    checkpoints.load_strictly(network, state, "the file of vgg16_bn")
    return network.features[: SEEN[-1] + 1].eval().requires_grad_(False)


def load_encoder(network: Network) -> None:
    """Give the encoder the weights that it has learned on ImageNet. Raises OSError, in one line, without them."""
    name = ENCODERS[network.config.blocks]
    numbers = {"conv1": "0", "bn1": "1"} | {f"layer{k}": f"{3 + k}" for k in range(1, 5)}
    state = {}
    for key, value in checkpoints.read_published(checkpoints.fetch(name)).items():
        part, _, rest = key.partition(".")
        if part in numbers:  # not the last layer, which names a thousand things
            state[f"{numbers[part]}.{rest}"] = value
    checkpoints.load_strictly(network.generator.layers[0], state, f"the file of {name}")


def load_official(module: nn.Module, state: Mapping[str, Any]) -> None:
    """Load a published state dict, strictly, into a `Network` or a `Discriminator`; raises ValueError, in one line."""
    own = {key.removeprefix("module."): value for key, value in state.items()}
    target = module.generator if isinstance(module, Network) else module
    checkpoints.load_strictly(target, own, "the published DeOldify file")
