"""GuidingPainter: the model shows, in order, the regions where a colour hint helps most (Cho et al., WACV 2023).

A segmentation network f splits a sketch into ordered regions, a parameter-free function h fills the first few of them
with colour, and a colorization network g paints the picture. f learns the order from one trick alone: in training the
first regions get their colour more often than the last.

Paper and published code differ in many small ways; both are presets, `paper` and `code`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import torch
from torch import Generator, Tensor, nn

from colornb.area_user import answer_areas
from colornb.blocks import UNet, init_normal
from colornb.hints import mean_colors, paint_regions, prefix, sample_counts
from colornb.losses import lsgan_loss, reconstruction_loss, smoothness_loss, total_variance_loss
from colornb.methods import base
from colornb.methods.base import Encoding, Hook, Progress, identity_hook, make_condition
from colornb.types import Batch, Float, HintMaps, Integers, Mask, Plane, Planes, Regions, RowIndex


@dataclass(frozen=True)
class Config:
    """Settings of GuidingPainter; the defaults are those of preset `paper`.

    The paper names its loss weights but gives no numbers. Those of preset `paper` are the published code's, divided
    by what a sum has more than a mean at 256 x 256, so that both presets weigh the terms alike at that size.
    """

    condition: str = "sketch"  # what is seen: "sketch", or "L" for gray-scale pictures (appendix B)
    target: str = "rgb"  # what is painted: "rgb", or "ab"
    line_art: tuple[str, ...] = ("guiding_painter",)  # sketch presets for pictures that own no line art
    n_regions: int = 30  # N_c
    stop: float = 0.125  # p, the chance that the user stops before each hint
    width: int = 64  # channels of the first layer of f and g
    discriminator_width: int = 64
    half_decoder: bool = False  # hidden width of decoder blocks, see blocks.UNet
    region_std: float = 0.02  # spread of the first weights of f's last layer; at 0.02 all regions start alike
    reduction: str = "sum"  # of the losses over a picture
    rec: float = 30 / (3 * 256**2)  # lambda_rec
    adv: float = 0.2  # lambda_adv; 0 trains without a discriminator
    tv: float = 5 / (3 * 256**2)  # lambda_tv
    smooth: float = 1 / (8 * 30 * 256**2)  # lambda_smth
    lr: float = 2e-4
    betas: tuple[float, float] = (0.5, 0.999)
    lr_end: float | None = 0.0  # share of the learning rate left after the decay; None: 1 / (epochs / 2 + 1)
    counts: str = "batch"  # one N_h for a "batch", one for each "picture", "all" hints (Fig. 4 b), or "any" of them
    hint_prob: float = 0.125  # where counts is "any": the chance of each hint to be given (appendix D.2)
    areas: float = 0.0  # share of the pictures whose user answers about the areas that the lines close; ours
    frozen_regions: bool = False  # train g alone, the second stage of appendix D.2; start from a trained network
    tau_end: float = 0.1  # temperature at the end: tau = tau_end ** progress
    schedule: str = "epoch"  # progress moves once an "epoch", or every "step"
    second_forward: bool = False  # paint afresh for the discriminator's step, as the published code does

    def __post_init__(self) -> None:
        """Refuse words that mean nothing."""
        base.check_words(self, condition=("sketch", "L"), target=("rgb", "ab"), reduction=("sum", "mean"))
        base.check_words(self, counts=("batch", "picture", "all", "any"), schedule=("epoch", "step"))
        base.check_positive(self, "n_regions", "width", "discriminator_width", "lr", "tau_end", "region_std")
        for field in ("stop", "hint_prob"):
            base.check(self, field, 0 < getattr(self, field) < 1, "give a chance between 0 and 1")
        base.check(self, "areas", 0 <= self.areas <= 1, "give a share from 0 to 1")
        base.check(self, "areas", not self.areas or self.condition == "sketch", "photographs have no lines: give 0")


_MEAN = {"reduction": "mean", "rec": 30.0, "tv": 5.0, "smooth": 1.0}
# Ours, for runs of minutes or hours instead of days. Regions that start apart need not first find their differences,
# and a heavier total variance keeps more of them in use (tried one by one on storybook pages).
_SHORT = _MEAN | {"region_std": 0.5, "tv": 20.0, "counts": "picture", "schedule": "step"}
PRESETS = {
    "paper": Config(),
    "code": Config(**_MEAN, half_decoder=True, betas=(0.9, 0.999), lr_end=None, counts="picture", second_forward=True),
    "gray_scale": Config(condition="L", target="ab"),
    "small": Config(
        **_SHORT, line_art=("clean", "guiding_painter", "classic"), n_regions=16, width=16, discriminator_width=32,
        lr=1e-3,
    ),
    "tiny": Config(
        **_SHORT | {"region_std": 1.0, "smooth": 0.05}, n_regions=8, width=8, discriminator_width=16, lr=4e-3
    ),
}  # fmt: skip


class ForwardOutput(NamedTuple):
    """All that one pass through f, h and g makes, for the losses."""

    prediction: Planes  # the painted picture, [-1, 1]
    logits: Regions  # scores of the regions, before any noise
    regions: Regions  # S
    filled: Planes  # every region filled with its own mean colour


class Network(base.BaseNetwork):
    """f, h and g. Key names are those of the published generator."""

    takes_any_side = True

    def __init__(self, config: Config, generator: Generator) -> None:
        super().__init__(config)
        self.n_regions, self.hint_kinds = config.n_regions, ("region", "point")
        self.fills_areas = config.areas > 0
        self.multiple = 16  # the U-Nets halve four times
        self.features, self.decoder = UNet.FEATURES, "up1"
        colors = base.CHANNELS[config.target]
        self.segmentator = UNet(1, config.n_regions, config.width, config.half_decoder)
        self.colorizer = UNet(2 + colors + config.n_regions, colors, config.width, config.half_decoder)
        init_normal(self, generator)
        nn.init.normal_(self.segmentator.outc.conv.weight, 0.0, config.region_std, generator=generator)
        self.segmentator.requires_grad_(not config.frozen_regions)

    def train(self, mode: bool = True) -> "Network":
        """Set training mode, or evaluation mode; frozen regions stay as they are in either."""
        super().train(mode)
        if self.config.frozen_regions:
            self.segmentator.eval()
        return self

    def forward(
        self, condition: Plane, target: Planes, shown: Float[Tensor, "b n"], tau: float, generator: Generator
    ) -> ForwardOutput:
        """One training pass: split, reveal the true mean colours of the `shown` regions (m of Eq. 4), paint.

        For `config.areas` of the pictures, colours of areas are revealed instead.
        """
        logits = self.segmentator(condition)
        with torch.autocast(logits.device.type, enabled=False):  # sums over a whole picture want all their bits
            shown = shown.float()  # Fabric hands everything in at half precision
            regions = gumbel_regions(logits.float(), tau, generator)
            colors = mean_colors(regions, target.float())
            color, mask = paint_regions(regions, colors, shown)
            filled, _ = paint_regions(regions, colors, torch.ones_like(shown))
            if self.config.areas:
                asked = torch.rand(len(condition), generator=generator, device=generator.device) < self.config.areas
                color[asked], mask[asked] = answer_areas(condition[asked], target[asked].float(), generator)
        prediction = self.paint(Encoding(condition, regions), color, mask)
        return ForwardOutput(prediction, logits, regions, filled)

    def encode(self, condition: Plane, generator: Generator | None = None) -> Encoding:
        """Split a picture into regions (Eq. 1): the likeliest at each pixel, or drawn at random as in training.

        With a generator there is Gumbel noise, as in the paper's Figures 14 to 16 and in the published test script;
        the temperature makes no difference to what is drawn.
        """
        logits = self.segmentator(condition)
        return Encoding(condition, hard_regions(logits) if generator is None else gumbel_regions(logits, 1, generator))

    def paint(self, encoding: Encoding, color: Planes, mask: Mask, hook: Hook = identity_hook) -> Planes:
        """Colorize (Eq. 9): tanh of g on condition, C, M and all regions S, also those without a hint."""
        planes = [encoding.condition, *(x.to(encoding.condition.dtype) for x in (color, mask, encoding.regions))]
        return self.colorizer(torch.cat(planes, 1), hook).tanh()

    def simulate_hints(
        self,
        encoding: Encoding,
        target: Planes,
        counts: Integers,
        generator: Generator | None = None,
        rows: RowIndex | None = None,
    ) -> HintMaps:
        """Hint maps (C, M) for the first `counts` regions, coloured as the true picture is (Eq. 2)."""
        if rows is not None:
            encoding, target = encoding.pick(rows), target[rows]
        return paint_regions(encoding.regions, mean_colors(encoding.regions, target), prefix(counts, self.n_regions))


def hard_regions(logits: Regions) -> Regions:
    """The likeliest region at each pixel, one-hot."""
    # the indices of max are those of argmax, in a tenth of its time on a processor
    return torch.zeros_like(logits).scatter_(1, logits.max(1, keepdim=True).indices, 1.0)


def gumbel_regions(logits: Regions, tau: float, generator: Generator) -> Regions:
    """Straight-through Gumbel regions: one-hot on the way forward, a softmax at temperature `tau` on the way back."""
    exponential = torch.empty_like(logits).exponential_(generator=generator)
    noise = exponential.clamp_(min=torch.finfo(logits.dtype).tiny).log_().neg_()  # 0 is drawn, rarely, and has no log
    return _StraightThrough.apply(((logits + noise) / tau).softmax(1))


class _StraightThrough(torch.autograd.Function):
    """The likeliest region at each pixel; its gradient is handed on to the probabilities as it is."""

    @staticmethod
    def forward(ctx: Any, soft: Regions) -> Regions:
        return hard_regions(soft)

    @staticmethod
    def backward(ctx: Any, grad: Regions) -> Regions:
        return grad


class Recipe(base.AdversarialRecipe):
    """Adversarial training (Section 3.5, appendix C): a step of f and g, then one of the discriminator."""

    def step(self, batch: Batch, progress: Progress, generator: Generator) -> dict[str, Tensor]:
        """One update of f and g and one of the discriminator."""
        c = self.config
        done = progress.by_epoch if c.schedule == "epoch" else progress.by_step
        end = 1 / (progress.epochs / 2 + 1) if c.lr_end is None else c.lr_end
        self.set_lr_scale(1 - (1 - end) * max(0.0, 2 * done - 1))
        tau = c.tau_end**done
        condition, target = make_condition(self.network, batch, generator), base.encode(batch.rgb, c.target)
        made, logs = self._paint_step(condition, target, tau, generator)
        if c.adv:
            if c.second_forward:
                with torch.no_grad():
                    made = self._pass(condition, target, tau, generator)
            logs["discriminator"] = self._discriminator_step(condition, target, made.prediction.detach())
        return logs

    def _pass(self, condition: Plane, target: Planes, tau: float, generator: Generator) -> ForwardOutput:
        shown = self._shown(len(condition), generator)
        return self.modules["network"](condition, target, shown, tau, generator)

    def _shown(self, batch: int, generator: Generator) -> Float[Tensor, "b n"]:
        """Which regions get their hint (m of Eq. 4)."""
        c, device = self.config, generator.device
        if c.counts == "all":
            return torch.ones(batch, c.n_regions, device=device)
        if c.counts == "any":
            return (torch.rand(batch, c.n_regions, generator=generator, device=device) < c.hint_prob).float()
        drawn = sample_counts(1 if c.counts == "batch" else batch, c.n_regions, generator, c.stop)
        return prefix(drawn.expand(batch), c.n_regions)

    def _paint_step(
        self, condition: Plane, target: Planes, tau: float, generator: Generator
    ) -> tuple[ForwardOutput, dict[str, Tensor]]:
        c = self.config
        made = self._pass(condition, target, tau, generator)
        terms = {
            "rec": c.rec * reconstruction_loss(made.prediction.float(), target, c.reduction),
            "tv": c.tv * total_variance_loss(made.filled, target, c.reduction),
            "smooth": c.smooth * smoothness_loss(made.logits.float(), c.reduction),
        }
        if c.adv:
            with self.hold_still("discriminator") as discriminator:
                scores = discriminator(torch.cat([condition, made.prediction], 1))
            terms["adv"] = c.adv * lsgan_loss(scores.float(), real=True)
        return made, self.minimize(terms)

    def _discriminator_step(self, condition: Plane, target: Planes, prediction: Planes) -> Tensor:
        discriminator = self.modules["discriminator"]
        fake = lsgan_loss(discriminator(torch.cat([condition, prediction], 1)).float(), real=False)
        real = lsgan_loss(discriminator(torch.cat([condition, target], 1)).float(), real=True)
        return self.optimizer_step("discriminator", self.config.adv * 0.5 * (fake + real))


def load_official(module: nn.Module, state: Mapping[str, Tensor]) -> None:
    """Load a published state dict, strictly, into a `Network` of preset `code` or a `PatchDiscriminator`.

    Takes the generator's or the discriminator's own dict, or that of the whole published training module.
    """
    part = "generator." if isinstance(module, Network) else "discriminator."
    whole = {key.removeprefix(part): value for key, value in state.items() if key.startswith(part)}
    base.load_strictly(module, whole or dict(state), "the published GuidingPainter file")
