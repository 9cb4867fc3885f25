"""A drawing network that has seen ImageNet: the regions of a guiding network, and a U-Net over an encoder to paint.

Ours, no paper's. Which regions are asked about, and in which order, a trained GuidingPainter says (`guide`), which
stays as it is. The picture is painted by the body of the photograph network (`_encoder_unet`), which here sees line
art and the regions, and paints lightness, too: with attention, and with colours that are copied to places alike.
"""

from dataclasses import dataclass, field, replace
from typing import Any

import torch
from torch import Generator, Tensor, nn

from colornb.area_user import answer_areas
from colornb.color import encode
from colornb.methods import base
from colornb.methods._encoder_unet import DECODER, FEATURES, HEADS, STRIDES, EncoderUNet, Seen, optimizer_of
from colornb.methods._parts import frozen_part
from colornb.methods.base import Encoding, Hook, Progress, check, check_words, identity_hook
from colornb.types import Batch, Bool, Counts, HintMaps, Integers, Mask, Plane, Planes, RowIndex

GAIN = 2.5  # of the colours given: they are small beside the encoder's maps


@dataclass(frozen=True)
class Config:
    """Settings of the network and its training.

    In training, a share `none` of the pictures gets no hint; of a share `areas` some of those that the lines close are
    coloured (`area_user`); of the others the first regions, and the user stops before each with the chance `stop`.
    """

    guide: str = "guiding_painter-drawing"  # a checkpoint: shipped name, file, run; or "METHOD:PRESET", untrained
    encoder: str = "imagenet"  # what it knows before training, or "fresh": nothing
    widths: tuple[int, ...] = (16, 32, 64, 96, 160, 192)  # channels at strides 1, 2, 4, 8, 16, 32
    attention: int = 2  # blocks of attention, at stride 16
    none: float = 0.15
    areas: float = 0.4
    stop: float = 0.125
    square: float = 2.0  # weight of the squared distance beside the distance: its best guess is a mean, no middle
    lr: float = 2e-3
    decay: float = 0.02  # of the weights
    warmup: int = 200  # steps; then the learning rate falls as a cosine
    tune: float = 0.1  # the encoder's learning rate, over that of the rest; 0: it stays as it is
    tune_from: float = 0.5  # share of the training that is over when the encoder begins to learn
    frozen_norms: bool = False  # batch norms keep the statistics they began with, whoever got hints in the batch
    average: float = 0.999  # of the weights over the steps (EMA): what is kept of those before; 0: none
    built: dict[str, Any] | None = field(default=None, compare=False, repr=False)  # of what the guide was rebuilt

    def __post_init__(self) -> None:
        """Refuse what cannot be."""
        check_words(self, encoder=("imagenet", "fresh"))
        fits = len(self.widths) == 1 + len(STRIDES) and self.widths[4] % HEADS == 0
        check(self, "widths", fits, f"give six, the fifth a multiple of {HEADS}")
        check(self, "stop", 0 < self.stop < 1, "give a chance between 0 and 1")
        if self.none < 0 or self.areas < 0 or self.none + self.areas > 1:
            raise ValueError(f"none {self.none} and areas {self.areas}: give shares that sum to 1 at most")


PRESETS = {
    "drawing": Config(),
    "tiny": Config(
        guide="guiding_painter:tiny", encoder="fresh", widths=(8, 8, 8, 16, 16, 16), attention=1, none=0.1, lr=1e-2,
        warmup=10, tune=0.0, average=0.0,
    ),
}  # fmt: skip


class Network(base.BaseNetwork):
    """The guide, and what paints."""

    condition, target, multiple, fills_areas = "sketch", "rgb", STRIDES[-1], True
    features, decoder = FEATURES, DECODER

    def __init__(self, config: Config, generator: Generator) -> None:
        guide, built = frozen_part(config.guide, config.built)
        if not guide.n_regions or guide.condition != "sketch":
            raise ValueError(f"{config.guide} divides no line art into regions: choose a guiding_painter for drawings")
        super().__init__(replace(config, built=built))
        self.guide = guide
        self.n_regions, self.line_art, self.hint_kinds = guide.n_regions, guide.line_art, ("region", "point")
        self.unet = EncoderUNet(config.widths, config.attention, 0.0, 3, GAIN, more=guide.n_regions)
        self.unet.init(generator)
        self.unet.encoder.requires_grad_(config.tune > 0)

    @property
    def notice(self) -> str:
        """What must be said of the weights inside."""
        return self.unet.notice

    def train(self, mode: bool = True) -> "Network":
        """Set training mode, or evaluation mode; the guide stays in the latter, and so do frozen norms."""
        super().train(mode)
        self.guide.eval()
        if self.config.frozen_norms:
            for norm in filter(lambda part: isinstance(part, nn.BatchNorm2d), self.unet.modules()):
                norm.eval()
        return self

    def forward(
        self, condition: Plane, target: Planes, counts: Counts, of_areas: Bool[Tensor, " b"], generator: Generator
    ) -> Planes:
        """One training pass: divide, tell the true colours of the first `counts` regions, or of some areas; paint."""
        with torch.no_grad():
            regions = self.guide.encode(condition).regions
        with torch.autocast(target.device.type, enabled=False):  # sums over a whole picture want all their bits
            condition, target = condition.float(), target.float()  # Fabric hands everything in at half precision
            color, mask = self.simulate_hints(Encoding(condition, regions.float()), target, counts, generator)
            if of_areas.any():
                color[of_areas], mask[of_areas] = answer_areas(condition[of_areas], target[of_areas], generator)
        return self.paint(Seen(condition, regions, **self.unet.see(condition)), color, mask)

    def encode(self, condition: Plane, generator: Generator | None = None) -> Seen:
        """The guide's regions and the encoder's maps: all that does not depend on hints."""
        regions = self.guide.encode(condition, generator).regions
        return Seen(condition, regions, **self.unet.see(condition))

    def paint(self, encoding: Seen, color: Planes, mask: Mask, hook: Hook = identity_hook) -> Planes:
        """The painted picture in sRGB, [-1, 1]."""
        return self.unet.color(encoding, color, mask, hook, encoding.regions)

    def simulate_hints(
        self,
        encoding: Encoding,
        target: Planes,
        counts: Integers,
        generator: Generator | None = None,
        rows: RowIndex | None = None,
    ) -> HintMaps:
        """Hint maps (C, M) for the first `counts` regions, as the guide's own user gives them."""
        return self.guide.simulate_hints(encoding, target, counts, generator, rows)


class Recipe(base.Recipe):
    """Training of what paints with simulated users: distance and squared distance, AdamW, a cosine."""

    def __init__(self, network: Network, generator: Generator) -> None:
        c = self.config = network.config
        super().__init__(network=(network, optimizer_of(network.unet, c)))
        self.keep_average(c.average)

    def step(self, batch: Batch, progress: Progress, generator: Generator) -> dict[str, Tensor]:
        """One update; `rec` is ten times the distance in sRGB, [-1, 1], `square` that of the squares, weighted."""
        c = self.config
        self.anneal(progress, c.warmup)
        if c.tune:
            self.network.unet.encoder.requires_grad_(progress.by_step >= c.tune_from)
        condition, target = base.make_condition(self.network, batch, generator), encode(batch.rgb, "rgb")
        gap = (self.modules["network"](condition, target, *self._users(len(target), generator)) - target).float()
        terms = {"rec": 10 * gap.abs().mean(), "square": 10 * c.square * gap.square().mean()}
        return self.minimize(terms)

    def _users(self, n: int, generator: Generator) -> tuple[Counts, Bool[Tensor, " n"], Generator]:
        """How many regions the users of a batch answer about, and who answers about areas instead."""
        c = self.config
        counts = base.sample_counts(n, self.network.n_regions, generator, c.stop)
        kind = torch.rand(n, generator=generator, device=generator.device)
        return counts * (kind >= c.none), (kind >= c.none) & (kind < c.none + c.areas), generator
