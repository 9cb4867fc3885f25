"""CIC: choosing a colour for each place is a question of classes (Zhang, Isola, Efros, ECCV 2016; "eccv16").

The network sees the lightness alone and says how likely each of 313 bins of the ab plane is at each place. A mean of
all colours that a place might have is gray; a distribution keeps them apart, and rare colours weigh more in training
than common ones. Only then is one colour made of it: the mean of the distribution, sharpened first.

It asks nobody: it is the automatic start that the methods with hints are held against. With `Config.points`, this
book's extension, it also listens to colours given at points.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from colornb.ab_bins import LIMIT, gaussian_affinity, soft_encode_sparse, temperature_softmax, used_bins
from colornb.blocks import init_he, trunk
from colornb.color import AB_MAX, CHANNELS, L_HALF, encode, lab_to_rgb, rgb_to_lab
from colornb.losses import Loss, reconstruction_loss
from colornb.methods import base
from colornb.methods.base import Encoding, Progress, make_condition
from colornb.types import AB, Batch, Float, Int, Mask, Plane, Planes

BINS = 313
DOWN = 4  # the bins are known at a quarter of the size
GRAY_LIMIT = 5.0  # a picture with no a and no b beyond this teaches no colour
FALL, EVERY = 10**-0.5, 215_000  # the published schedule: the learning rate falls by FALL each EVERY updates
VOTE, SPREAD = 5.0, 10.0  # what a hint adds at first to the logit of its bin, and how far in ab
Logits = Float[Tensor, "b 313 y x"]  # at a quarter of the size
Codes = Int[Tensor, "b h w k"]  # the bins of a soft code
Shares = Float[Tensor, "b h w k"]  # and what it gives to each
Prior = Float[Tensor, "313"]


@dataclass(frozen=True)
class Config:
    """Settings of CIC; the defaults are those of the published training files.

    Deviation: the first weights are drawn at random (`blocks.init_he`), where the authors fit them to the activations
    of pictures (k-means initialisation, Krähenbühl et al. 2016).
    """

    condition: str = "L"  # or "sketch", this book's adaptation: with a head for the lightness
    target: str = "ab"  # or "rgb", which a sketch needs
    line_art: tuple[str, ...] = ("guiding_painter",)  # sketch presets for pictures that own no line art
    width: int = 64  # channels of the first layer
    points: bool = False  # this book's extension: colours given at points are seen, and vote (`Network.forward`)
    temperature: float = 0.38  # T of the annealed mean (Eq. 5)
    logit_scale: float = 1.0  # what the logits of the file are multiplied with already
    neighbours: int = 10  # bins in a soft code; the paper says 5
    sigma: float = 5.0  # of the Gaussian of the soft code, in units of ab
    rebalance: float = 0.5  # lambda of Eq. 4, the share of the uniform law; 1 weighs all colours alike
    reduction: str = "sum"  # of the loss over a picture
    light: float = 0.625  # weight of the L1 loss of the lightness, for sketches; its sum has 16 times the terms
    stop: float = 0.125  # with points: chance that the simulated user stops before each hint
    sides: tuple[int, int] = (1, 9)  # with points: of the patches, in pixels
    lr: float = 3.16e-5
    betas: tuple[float, float] = (0.9, 0.99)
    weight_decay: float = 1e-3
    decay: str = "steps"  # as published, or "linear": to 0 over the second half

    def __post_init__(self) -> None:
        """Refuse what means nothing."""
        base.check_spaces(self)
        base.check_words(self, reduction=("sum", "mean"), decay=("steps", "linear"))
        base.check_positive(self, "width", "temperature", "logit_scale", "sigma", "lr")
        base.check(self, "stop", 0 < self.stop < 1, "give a chance between 0 and 1")
        base.check(self, "rebalance", 0 <= self.rebalance <= 1, "give a share from 0 to 1")
        base.check(self, "neighbours", 1 <= self.neighbours <= BINS, f"give a number of bins from 1 to {BINS}")


# Ours, for runs of minutes or hours instead of days.
_SHORT = {"reduction": "mean", "light": 10.0, "lr": 2e-3, "weight_decay": 0.0, "decay": "linear"}
_TINY = _SHORT | {"width": 8, "lr": 4e-3}
_SKETCH = {"condition": "sketch", "target": "rgb"}
PRESETS = {
    "paper": Config(),
    "sketch": Config(**_SKETCH),
    "small": Config(**_SHORT, width=16),
    "small_sketch": Config(**_SHORT, **_SKETCH, width=16, line_art=("clean", "guiding_painter", "classic")),
    "tiny": Config(**_TINY),
    "tiny_sketch": Config(**_TINY, **_SKETCH),
    "tiny_points": Config(**_TINY, points=True, sides=(1, 5)),
}
# The released file holds logits over 0.38 already: at that temperature its colours are those of a plain softmax.
PUBLISHED = {"eccv16": Config(logit_scale=1 / 0.38)}


class Network(base.BaseNetwork):
    """An encoder that sees far, and 313 scores at a quarter of the size. Key names are those of the released file."""

    def __init__(self, config: Config, generator: torch.Generator) -> None:
        super().__init__(config)
        self.hint_kinds, self.multiple = ("point",) * config.points, 8
        w = config.width
        for name, block in trunk(2 + CHANNELS[config.target] if config.points else 1, w, stride=2).items():
            self.add_module(name, block)
        self.model8 = nn.Sequential(
            *(nn.ConvTranspose2d(8 * w, 4 * w, 4, 2, 1), nn.ReLU()),
            *(nn.Conv2d(4 * w, 4 * w, 3, 1, 1), nn.ReLU()),
            *(nn.Conv2d(4 * w, 4 * w, 3, 1, 1), nn.ReLU()),
            nn.Conv2d(4 * w, BINS, 1),
        )
        self.model_out = nn.Conv2d(BINS, 2, 1, bias=False)
        if config.condition == "sketch":
            self.light = nn.Conv2d(4 * w, 2, 1)
        if config.points:
            self.vote = nn.Parameter(torch.tensor(VOTE))
        init_he(self, generator)
        self.model_out.weight.requires_grad_(False).copy_(used_bins().T[..., None, None] / LIMIT)

    def forward(self, condition: Plane, color: Planes, mask: Mask) -> tuple[Logits, Plane | None]:
        """The scores of the bins at a quarter of the size, and for sketches the lightness, [-1, 1].

        `color` and `mask` are looked at with `Config.points` only. Then the first layer sees them, and each colour
        adds to the scores of its bin and those around it, where it was given: how much is learned.
        """
        x = condition / 2 if self.condition == "L" else condition  # L - 50 over 100, where ours is over 50
        if self.config.points:
            x = torch.cat([x, color.to(x.dtype), mask.to(x.dtype)], 1)
        for level in range(1, 8):
            x = self.get_submodule(f"model{level}")(x)
        x = self.model8[:-1](x)
        lightness = self._lightness(x, condition) if self.condition == "sketch" else None
        logits = self.model8[-1](x) / self.config.logit_scale
        return logits + self.vote * self._votes(color, mask) if self.config.points else logits, lightness

    def classify(self, encoding: Encoding, color: Planes, mask: Mask) -> Logits:
        """How likely each colour of `bins.used_bins` is at each place, as logits at a quarter of the size.

        Their softmax is the distribution that is learned; `Config.logit_scale` is taken off.
        """
        return self(encoding.condition, color, mask)[0]

    def paint(self, encoding: Encoding, color: Planes, mask: Mask, temperature: float | None = None) -> Planes:
        """The painted picture in the target space, [-1, 1], with the annealed mean at `temperature`.

        Raises ValueError for temperatures that are not positive.
        """
        logits, lightness = self(encoding.condition, color, mask)
        ab = self.decode(logits, self.config.temperature if temperature is None else temperature)
        if lightness is None:
            return ab
        return 2 * lab_to_rgb(torch.cat([L_HALF * (lightness.float() + 1), AB_MAX * ab.float()], 1)) - 1

    def decode(self, logits: Logits, temperature: float) -> Planes:
        """The colours (a, b) of a distribution, over 110, at the size of the picture (Eq. 5).

        At temperature 1 they are its mean, which is dull; towards 0 its likeliest bin, which flickers from place to
        place. Raises ValueError for temperatures that are not positive.
        """
        return _enlarge(self.model_out(temperature_softmax(logits, temperature)))

    def _votes(self, color: Planes, mask: Mask) -> Logits:
        """How much the hints speak for each bin, [0, 1], at a quarter of the size."""
        share = F.avg_pool2d(mask.float(), DOWN)
        mean = F.avg_pool2d(color.float(), DOWN) / share.clamp(min=DOWN**-2)  # the share of one pixel
        ab = AB_MAX * mean if self.target == "ab" else rgb_to_lab((mean + 1) / 2)[:, 1:]
        return (share > 0) * gaussian_affinity(ab, SPREAD)

    def _lightness(self, features: Tensor, sketch: Plane) -> Plane:
        """This book's choice for sketches: the paper's lightness, and how far the lines stand out from it."""
        paper, lines = _enlarge(self.light(features)).split(1, 1)
        return (paper + lines * sketch).tanh()


def _enlarge(x: Float[Tensor, "b c y x"]) -> Planes:
    return F.interpolate(x, scale_factor=DOWN, mode="bilinear", align_corners=False)


def prior(data: Any, neighbours: int = 10, sigma: float = 5.0, batch_size: int = 32) -> Prior:
    """How often each bin occurs in a dataset (anything with `__len__` and `batch(index)`); sums to 1.

    Counting soft codes smooths it as a Gaussian would, which the paper asks for (Section 2.2).
    """
    total: Any = 0
    for index in torch.arange(len(data)).split(batch_size):
        total = total + len(index) * _frequencies(*soft_encode_sparse(_colors(data.batch(index)), neighbours, sigma))
    return total / len(data)


def rebalancing_weights(prior: Prior, uniform: float = 0.5) -> Prior:
    """What each bin counts in training: 1 over (prior mixed with the uniform law), its mean under the prior 1 (Eq. 4).

    `uniform` is the share of the uniform law, lambda. With none of it a colour that never occurs weighs 0.
    """
    mixed = (1 - uniform) * prior + uniform / len(prior)
    weights = torch.where(mixed > 0, 1 / mixed, 0.0)
    return weights / (prior * weights).sum()


def code_loss(logits: Logits, index: Codes, share: Shares, ab: AB, weights: Prior, reduction: str = "mean") -> Loss:
    """KL divergence of the predicted distributions from soft codes, at the places of `ab` (Eq. 2 less a constant).

    `weights` (Eq. 3) of the likeliest bin multiply the gradient alone, and the value is left as it is: so does the
    published code. Pictures that are gray all over count as 0. "sum" adds up the places of a picture, as published;
    "mean" averages them. Batches are always averaged.
    """
    rows = logits.permute(0, 2, 3, 1)  # the classes last, where they lie side by side
    if rows.requires_grad:
        rows.register_hook(lambda gradient: gradient * weights[index[..., :1]])
    divergence = (share.xlogy(share) - share * rows.log_softmax(3).gather(3, index)).sum(3)
    colorful = (ab.abs() > GRAY_LIMIT).flatten(1).any(1)
    total = (divergence * colorful[:, None, None]).sum() / len(logits)
    return total if reduction == "sum" else total / divergence[0].numel()


def _colors(batch: Batch) -> AB:
    """The true (a, b) where the bins are known: every fourth pixel, picked and not averaged."""
    return rgb_to_lab(batch.rgb[..., ::DOWN, ::DOWN])[:, 1:]


def _frequencies(index: Codes, share: Shares) -> Prior:
    return share.new_zeros(BINS).index_add_(0, index.flatten(), share.flatten()) / share[..., 0].numel()


class Recipe(base.Recipe):
    """Training to classify colours (Section 2), rare ones with more weight.

    `prior` says how rare, see the function of that name.

    Deviation: without one, the colours of all batches so far are counted; the authors count ImageNet beforehand.
    """

    def __init__(self, network: Network, generator: torch.Generator, prior: Prior | None = None) -> None:
        c = self.config = network.config
        adam = {"lr": c.lr, "betas": c.betas, "weight_decay": c.weight_decay, "fused": True}
        super().__init__(network=(network, torch.optim.Adam(network.parameters(), **adam)))
        self.given = prior is not None
        self.prior = torch.zeros(BINS) if prior is None else prior
        self.counted = 0  # batches
        self._over_devices = torch.Tensor.clone

    def setup(self, fabric: Any) -> None:
        """Place everything; several devices count colours together."""
        super().setup(fabric)
        self._over_devices = fabric.all_reduce

    def step(self, batch: Batch, progress: Progress, generator: torch.Generator) -> dict[str, Tensor]:
        """One update; `rec` is the KL divergence, `light` the weighted distance of the lightness, [-1, 1]."""
        c = self.config
        self.set_lr_scale(min(1, 2 - 2 * progress.by_step) if c.decay == "linear" else FALL ** (progress.step // EVERY))
        condition, ab = make_condition(self.network, batch, generator), _colors(batch)
        index, share = soft_encode_sparse(ab, c.neighbours, c.sigma)
        weights = rebalancing_weights(self._count(index, share), c.rebalance)
        logits, lightness = self.modules["network"](condition, *self._hints(condition, batch, generator))
        terms = {"rec": code_loss(logits.float(), index, share, ab, weights, c.reduction)}
        if lightness is not None:
            terms["light"] = c.light * reconstruction_loss(lightness.float(), encode(batch.rgb, "L"), c.reduction)
        return self.minimize(terms)

    def _hints(self, condition: Plane, batch: Batch, generator: torch.Generator) -> tuple[Planes, Mask]:
        """What the simulated users of a batch say."""
        if not self.config.points:
            return condition, condition  # nobody looks at them
        target = encode(batch.rgb, self.config.target)
        return self.draw_hints(Encoding(condition), target, generator)

    def _count(self, index: Codes, share: Shares) -> Prior:
        """The prior, after the colours of one more batch."""
        self.prior = self.prior.to(share.device)
        if not self.given:
            self.counted += 1
            self.prior = self.prior.lerp(self._over_devices(_frequencies(index, share)), 1 / self.counted)
        return self.prior

    def state(self) -> dict:
        """All that a resumed run needs, the colours counted so far among it."""
        return super().state() | {"prior": self.prior, "counted": self.counted}

    def load_state(self, state: dict) -> None:
        """Continue from what `state` returned."""
        super().load_state(state)
        self.prior, self.counted = state["prior"], state["counted"]


def load_official(network: nn.Module, state: Mapping[str, Tensor]) -> None:
    """Load the released state dict, strictly, into a `Network` of `PUBLISHED["eccv16"]`."""
    base.load_strictly(network, dict(state), "the released eccv16 file")
