"""A photograph network that has seen ImageNet: a U-Net over a pretrained EfficientNet-Lite0, told colours at points.

Ours, no paper's. Its body is a U-Net over the encoder (`_encoder_unet`). A second head says which of 529 colours each
place might have, as in RTUG.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from colornb.ab_bins import bin_index
from colornb.color import AB_MAX, L_HALF, rgb_to_lab
from colornb.filters import gaussian_blur
from colornb.methods import base
from colornb.methods._encoder_unet import DECODER, FEATURES, HEADS, STRIDES, EncoderUNet, Seen, optimizer_of
from colornb.methods.base import Encoding, FeatureMaps, Hook, Progress, check, check_words, identity_hook
from colornb.types import Batch, Counts, Float, Mask, Plane, Planes

BINS = 529
GAIN = 5.0  # of the colours given: a and b over 110 are small beside the encoder's maps
AREAS = 4  # squares that a user colours in training, at most
ALIKE, COARSE = 0.08, 4  # how far colours of one thing differ, over 110; in how large squares one looks for its piece
LOOK = 0.04  # of the shorter side: how far a user looks around a place to judge how wrong its colour is


@dataclass(frozen=True)
class Config:
    """Settings of the network and its training.

    In training, a share `none` of the pictures gets no hint; a share `many` any number up to `most`, all alike; the
    others at least one, and the user stops after each with the chance `stop`. A share `wrong` gets few, and then what
    a user adds who sees the painting: clicks are simulated like this to train interactive segmentation (Mahadevan et
    al., Iteratively Trained Interactive Segmentation, BMVC 2018).
    """

    encoder: str = "imagenet"  # what it knows before training, or "fresh": nothing
    widths: tuple[int, ...] = (16, 32, 64, 96, 160, 192)  # channels at strides 1, 2, 4, 8, 16, 32
    attention: int = 2  # blocks of attention, at stride 16
    propagate: bool = False  # whether what the painting lacks of the colours given is led on to what is around them
    none: float = 0.3
    many: float = 0.25
    most: int = 100
    stop: float = 0.125
    wrong: float = 0.0  # share of the pictures whose user points up to three times where the painting is most wrong
    recolored: float = 0.0  # share of these in which one thing has a colour that is as good as any other
    sides: tuple[int, int] = (1, 9)  # of the patches, in pixels
    areas: float = 0.0  # share of the pictures whose user also colours some larger squares, as a lasso would
    tone: float = 0.0  # how far brightness and contrast of what is seen may be off; the colours stay
    drop: float = 0.0  # share of the encoder's channels that are left out in training (Dropout2d)
    loss: str = "l1"  # or "l2": the mean of what is likely, where l1 takes its middle
    vivid: float = 0.0  # how much more a saturated pixel counts: 1 + vivid * its chroma over 110
    palette: float = 0.2  # weight of the palette's cross entropy
    lr: float = 2e-3
    decay: float = 0.01  # of the weights
    warmup: int = 200  # steps; then the learning rate falls as a cosine
    tune: float = 0.0  # the encoder's learning rate, over that of the rest; 0: it stays as it is
    tune_from: float = 0.5  # share of the training that is over when the encoder begins to learn
    average: float = 0.999  # of the weights over the steps (EMA): what is kept of those before; 0: none

    def __post_init__(self) -> None:
        """Refuse what cannot be."""
        check_words(self, encoder=("imagenet", "fresh"), loss=("l1", "l2"))
        fits = len(self.widths) == 1 + len(STRIDES) and self.widths[4] % HEADS == 0
        check(self, "widths", fits, f"give six, the fifth a multiple of {HEADS}")
        if self.none < 0 or self.many < 0 or self.none + self.many > 1:
            raise ValueError(f"none {self.none} and many {self.many}: give shares that sum to 1 at most")


PRESETS = {
    "photo": Config(vivid=2.0, wrong=0.3),
    "large": Config(
        vivid=2.0, wrong=0.3, widths=(16, 48, 96, 128, 224, 256), attention=3, areas=0.1, tone=0.2, drop=0.1,
        decay=0.05, tune=0.1, tune_from=0.3,
    ),
    "tiny": Config(
        encoder="fresh", widths=(8, 8, 8, 16, 16, 16), attention=1, sides=(1, 5), none=0.1, lr=1e-2, warmup=10,
        average=0.0,
    ),
}  # fmt: skip


class Network(base.BaseNetwork, EncoderUNet):
    """The U-Net over its encoder, and the palette."""

    condition, target, line_art, hint_kinds, multiple = "L", "ab", (), ("point",), STRIDES[-1]
    features, decoder, palette_layer = FEATURES, DECODER, "up4"

    def __init__(self, config: Config, generator: torch.Generator) -> None:
        EncoderUNet.__init__(self, config.widths, config.attention, config.drop, 2, GAIN, propagate=config.propagate)
        self.config = config
        self.palette = nn.Conv2d(config.widths[2], BINS, 1)
        self.init(generator)
        nn.init.normal_(self.palette.weight, 0.0, 0.01, generator=generator)
        self.encoder.requires_grad_(config.tune > 0)

    notice = EncoderUNet.notice

    def forward(self, condition: Plane, color: Planes, mask: Mask) -> tuple[Planes, Float[Tensor, "b 529 h8 w8"]]:
        """The painted picture, and the logits of the palette at every eighth pixel, which is enough to learn from."""
        kept = FeatureMaps()
        prediction = self.paint(self.encode(condition), color, mask, kept)
        return prediction, self.palette(kept["up4"][..., ::2, ::2])

    def encode(self, condition: Plane, generator: torch.Generator | None = None) -> Seen:
        """The encoder's maps: all that does not depend on hints."""
        return Seen(condition, **self.see(condition))

    def paint(self, encoding: Seen, color: Planes, mask: Mask, hook: Hook = identity_hook) -> Planes:
        """The painted picture in a and b over 110, [-1, 1]."""
        return self.color(encoding, color, mask, hook)

    def classify(
        self, encoding: Seen, color: Planes, mask: Mask, hook: Hook = identity_hook
    ) -> Float[Tensor, "b 529 h4 w4"]:
        """How likely each colour of `bins.all_bins` is at each place, as logits at a quarter of the size.

        `hook` is called with `palette_layer` and with all that makes this map: who knows it need not have it made.
        """
        last = self.palette_layer
        return self.palette(hook(last, lambda: self.run(encoding, color, mask, identity_hook, last)))


class Recipe(base.Recipe):
    """Training with simulated users: distance of the colours and cross entropy of the palette, AdamW, a cosine."""

    def __init__(self, network: Network, generator: torch.Generator) -> None:
        c = self.config = network.config
        super().__init__(network=(network, optimizer_of(network, c)))
        self.keep_average(c.average)

    def step(self, batch: Batch, progress: Progress, generator: torch.Generator) -> dict[str, Tensor]:
        """One update; `rec` is ten times the distance in ab over 110, `class` the palette's cross entropy."""
        c = self.config
        self.anneal(progress, c.warmup)
        if c.tune:
            self.network.encoder.requires_grad_(progress.by_step >= c.tune_from)
        lab = rgb_to_lab(batch.rgb)  # once, where `encode` would take it twice
        condition, target = lab[:, :1] / L_HALF - 1, lab[:, 1:] / AB_MAX
        if c.recolored:
            some = torch.arange(len(target), device=target.device) < round(c.recolored * c.wrong * len(target))
            target = torch.where(some.view(-1, 1, 1, 1), _recolored(target, generator), target)
        color, mask = self._told(condition, target, generator)
        condition = _toned(condition, c.tone, generator)
        prediction, logits = self.modules["network"](condition, color, mask)
        weight = 1 + c.vivid * target.square().sum(1).sqrt()
        weight = weight / weight.mean()
        entropy = F.cross_entropy(logits.float(), bin_index(AB_MAX * target[..., ::8, ::8]), reduction="none")
        terms = {
            "rec": 10 * (weight * self._distance(prediction.float(), target)).mean(),
            "class": c.palette * (weight[..., ::8, ::8] * entropy).mean(),
        }
        return self.minimize(terms)

    def _distance(self, prediction: Planes, target: Planes) -> Float[Tensor, "b h w"]:
        gap = prediction - target
        return gap.abs().sum(1) if self.config.loss == "l1" else 10 * gap.square().sum(1)

    def _told(self, condition: Plane, target: Planes, generator: torch.Generator) -> tuple[Planes, Mask]:
        """What the simulated users of a batch say: points, and below them areas, where they give any."""
        c, n, size = self.config, len(target), tuple(target.shape[-2:])
        counts = self._counts(n, generator)
        color, mask = self.network.simulate_hints(Encoding(condition), target, counts, generator)
        if c.wrong:
            color, mask = self._corrected(condition, target, color, mask, generator)
        if not c.areas:
            return color, mask
        some = torch.rand(n, generator=generator, device=generator.device) < c.areas
        number = torch.randint(1, AREAS + 1, (n,), generator=generator, device=generator.device)
        squares = base.sample_patches(n, AREAS, size, generator, (min(size) // 16, min(size) // 3))
        below, there = base.paint_patches(squares, target, number * some * (counts > 0))
        return torch.where(mask > 0, color, below), torch.maximum(mask, there)

    def _counts(self, n: int, generator: torch.Generator) -> Counts:
        """How many hints each picture gets: none, any number, or a few."""
        c, draw = self.config, {"generator": generator, "device": generator.device}
        kind, share = torch.rand(2, n, **draw)
        few = 1 + base.sample_counts(n, c.most, generator, c.stop)
        counts = torch.where(kind < c.none + c.many, (share * (c.most + 1)).long(), few)
        counts = counts.masked_fill(kind < c.none, 0)
        first = round(c.wrong * n)  # these say little more than what is wrong
        return torch.cat([base.sample_counts(first, c.most, generator, 0.5), counts[first:]])

    def _corrected(
        self, condition: Plane, target: Planes, color: Planes, mask: Mask, generator: torch.Generator
    ) -> tuple[Planes, Mask]:
        """The hints, and one more for the first pictures, where they are most wrong; then for half, then a third."""
        first = round(self.config.wrong * len(target))
        network, rows = self.network.eval(), torch.arange(first, device=target.device)  # as it is used: see batch norm
        with torch.no_grad():
            encoding = network.encode(condition[:first])
            for n in filter(None, (first, first // 2, first // 3)):
                painted = network.paint(encoding.pick(rows[:n]), color[:n], mask[:n]).float()
                patches = _where_most_wrong(painted, target[:n], mask[:n], self.config.sides, generator)
                new, there = base.paint_patches(patches, target[:n], torch.ones_like(patches.side[:, 0]))
                color = torch.cat([torch.where(there > 0, new, color[:n]), color[n:]])
                mask = torch.cat([torch.maximum(there, mask[:n]), mask[n:]])
        network.train()
        return color, mask


def _where_most_wrong(
    painted: Planes, target: Planes, mask: Mask, sides: tuple[int, int], generator: torch.Generator
) -> base.Patches:
    """A patch around the place, apart from the hints before, in whose surroundings the colours are farthest off."""
    height, width = target.shape[-2:]
    wrong = gaussian_blur((painted - target).square().sum(1, keepdim=True), LOOK * min(height, width)) * (1 - mask)
    place = wrong.flatten(1).argmax(1, keepdim=True)
    side = torch.randint(sides[0], sides[1] + 1, place.shape, generator=generator, device=generator.device)
    top, left = place // width - side // 2, place % width - side // 2
    zero = torch.zeros_like(side)
    top, left = torch.minimum(top.maximum(zero), height - side), torch.minimum(left.maximum(zero), width - side)
    return base.Patches(top, left, side, sides[1])


def _recolored(target: Planes, generator: torch.Generator) -> Planes:
    """The same pictures, in which one thing, all of about one colour and in one piece, has another colour."""
    n, _, height, width = target.shape
    draw = torch.rand(4, n, generator=generator, device=generator.device)
    row, column = (draw[0] * height).long(), (draw[1] * width).long()
    index = torch.arange(n, device=target.device)
    old = target[index, :, row, column].view(n, 2, 1, 1)
    alike = (-(target - old).square().sum(1, keepdim=True) / (2 * ALIKE**2)).exp()
    small = F.avg_pool2d(alike, COARSE)
    piece = torch.zeros_like(small)
    piece[index, :, row // COARSE, column // COARSE] = 1
    for _ in range(sum(small.shape[2:])):
        piece = F.max_pool2d(piece, 3, 1, 1) * (small > 0.5)
    angle, chroma = 2 * torch.pi * draw[2], 0.1 + 0.5 * draw[3]
    new = (chroma * torch.stack([angle.cos(), angle.sin()])).T.view(n, 2, 1, 1)
    piece = F.interpolate(F.max_pool2d(piece, 3, 1, 1), size=(height, width))
    return (target + piece * alike * (new - old)).clamp(-1, 1)


def _toned(condition: Plane, strength: float, generator: torch.Generator) -> Plane:
    """The same pictures a little darker or brighter, flatter or harder, each in its own way."""
    if not strength:
        return condition
    draw = torch.rand(2, len(condition), 1, 1, 1, generator=generator, device=generator.device)
    shift, contrast = strength * (2 * draw - 1)
    return ((1 + contrast) * condition + shift).clamp(-1, 1)
