"""RTUG: colour spreads from points that the user clicks (Zhang, Zhu et al., SIGGRAPH 2017; "siggraph17").

One network sees the lightness, the colours given so far and where they were given. It learns from simulated users, who
click at random places of pictures whose colours are known. A second head says which of 529 colours each place might
have: the palette that is offered to the user.

Without hints it is the automatic colorizer that the edge paper builds on; its features can be read and changed by name.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor, nn

from colornb.ab_bins import bin_index
from colornb.blocks import conv_block, init_he, init_normal, trunk
from colornb.color import AB_MAX, CHANNELS, encode
from colornb.losses import class_loss, huber_loss, pixel_loss
from colornb.methods import base
from colornb.methods.base import Encoding, Hook, Progress, check_spaces, check_words, identity_hook, make_condition
from colornb.types import Batch, Float, Mask, Plane, Planes

BINS = 529
INITS = {"normal": init_normal, "he": init_he}
FEATURES = (
    *("conv1_2", "conv2_2", "conv3_3", "conv4_3", "conv5_3", "conv6_3", "conv7_3"),
    *("conv8_3", "conv9_3", "conv10_2"),
)


@dataclass(frozen=True)
class Config:
    """Settings of RTUG; the defaults are those of the released training code with hints (its stages 2 and 3).

    `trains` is "regression" (everything learns from the painted colours, the palette beside it) or "classification"
    (everything learns from the palette, the painter beside it: the stage before, without hints).
    """

    condition: str = "L"  # or "sketch", this book's adaptation: no lightness, so no bins of ab, and no palette
    target: str = "ab"  # or "rgb", which a sketch needs
    line_art: tuple[str, ...] = ("guiding_painter",)  # sketch presets for pictures that own no line art
    width: int = 64  # channels of the first layer
    mask_center: float = 0.5  # what is subtracted from the mask; the released files differ, and 0 is the other choice
    trains: str = "regression"
    loss: str = "l1"  # what is released; the paper says "huber"
    hints: bool = True  # whether users are simulated in training
    stop: float = 0.125  # chance that the simulated user stops before each hint
    min_hints: int = 0  # hints that the simulated user gives at least; the authors' first code: 1
    sides: tuple[int, int] = (1, 9)  # of the patches, in pixels
    odd_sizes: bool = False  # only odd sides
    reveal_all_prob: float = 0.0  # chance that the user gives all colours; the authors' first code: 0.01
    init: str = "normal"  # N(0, 0.02), or "he", for narrow networks
    lr: float = 1e-5
    betas: tuple[float, float] = (0.9, 0.999)
    decay: bool = False  # whether the learning rate falls to 0 over the second half

    def __post_init__(self) -> None:
        """Refuse words that mean nothing."""
        check_spaces(self)
        check_words(self, trains=("regression", "classification"), loss=("l1", "huber"), init=("normal", "he"))
        if self.trains == "classification" and self.target == "rgb":
            raise ValueError("a sketch has no bins to classify: choose trains=regression")


_SHORT = {"init": "he", "lr": 2e-3, "decay": True}  # ours, for runs of minutes or hours
_TINY = _SHORT | {"width": 8, "sides": (1, 5), "lr": 5e-3}
_SKETCH = {"condition": "sketch", "target": "rgb"}
PRESETS = {
    "paper": Config(),
    "classification": Config(trains="classification", hints=False, lr=1e-4),
    "caffe": Config(mask_center=0.0, min_hints=1, odd_sizes=True, reveal_all_prob=0.01, loss="huber"),
    "sketch": Config(**_SKETCH),
    "small": Config(**_SHORT, width=16),
    "small_sketch": Config(**_SHORT, **_SKETCH, width=16, line_art=("clean", "guiding_painter", "classic")),
    "tiny": Config(**_TINY),
    "tiny_sketch": Config(**_TINY, **_SKETCH),
}
PUBLISHED = {  # released files and the convention each was trained with; it cannot be seen from the weights
    "siggraph17": PRESETS["caffe"],
    "siggraph17-caffe": PRESETS["caffe"],
    "siggraph17-retrained": PRESETS["paper"],
}


class Network(base.BaseNetwork):
    """The main and both heads. Key names are those of the three released files."""

    def __init__(self, config: Config, generator: torch.Generator) -> None:
        super().__init__(config)
        self.hint_kinds, self.multiple = ("point",), 8
        self.features, self.decoder, self.palette_layer = FEATURES, "conv8_3", "conv8_3"
        w, colors = config.width, CHANNELS[config.target]
        for name, block in trunk(2 + colors, w).items():
            self.add_module(name, block)
        self.model8up, self.model3short8 = _double(8 * w, 4 * w), _shortcut(4 * w, 4 * w)
        self.model8 = nn.Sequential(nn.ReLU(), *conv_block(4 * w, 4 * w, 2))
        self.model9up, self.model2short9 = _double(4 * w, 2 * w), _shortcut(2 * w, 2 * w)
        self.model9 = nn.Sequential(nn.ReLU(), *conv_block(2 * w, 2 * w, 1))
        self.model10up, self.model1short10 = _double(2 * w, 2 * w), _shortcut(w, 2 * w)
        self.model10 = nn.Sequential(nn.ReLU(), nn.Conv2d(2 * w, 2 * w, 3, 1, 1), nn.LeakyReLU(0.2))
        if config.target == "ab":
            self.model_class = nn.Sequential(nn.Conv2d(4 * w, BINS, 1))
        self.model_out = nn.Sequential(nn.Conv2d(2 * w, colors, 1), nn.Tanh())
        INITS[config.init](self, generator)

    def forward(
        self, condition: Plane, color: Planes, mask: Mask, hook: Hook = identity_hook
    ) -> tuple[Planes, Tensor | None]:
        """The painted picture in the target space, and the logits of the palette at a quarter of the size.

        `hook` is called with the name (see `features`) of every feature map on the way and with what makes it; what
        it returns is used in that map's place, in the shortcuts too. One head learns from features that it cannot
        change (`Config.trains`).
        """
        shallow = self._shallow(condition, color, mask, hook)
        deep = self._deep(shallow[-1], hook)
        if self.config.target == "rgb":
            return self._paint(deep, shallow, hook), None
        if self.config.trains == "classification":
            prediction = self._paint(deep.detach(), [x.detach() for x in shallow], hook)
            return prediction, self.model_class(deep)
        return self._paint(deep, shallow, hook), self.model_class(deep.detach())

    def paint(
        self, encoding: Encoding, color: Planes, mask: Mask, hook: Hook = identity_hook, sums: Hook = identity_hook
    ) -> Planes:
        """The painted picture alone, [-1, 1]; `sums` sees what blocks 8 to 10 begin with, as `hook` their results."""
        shallow = self._shallow(encoding.condition, color, mask, hook)
        return self._paint(self._deep(shallow[-1], hook, sums), shallow, hook, sums)

    def classify(
        self, encoding: Encoding, color: Planes, mask: Mask, hook: Hook = identity_hook
    ) -> Float[Tensor, "b 529 h4 w4"]:
        """How likely each colour of `bins.all_bins` is at each place, as logits at a quarter of the size.

        `hook` is called with `palette_layer` and with all that makes this map: who knows it need not have it made.
        Raises ValueError for the adaptation to sketches, which has no palette.
        """
        if self.config.target == "rgb":
            raise ValueError("this model paints sketches and has no palette: choose one for photographs")

        def deep() -> Tensor:
            return self._deep(self._shallow(encoding.condition, color, mask, identity_hook)[-1], identity_hook)

        return self.model_class(hook(self.palette_layer, deep))

    def _shallow(self, condition: Plane, color: Planes, mask: Mask, hook: Hook) -> list[Tensor]:
        """The three feature maps that shortcuts start from; every step down drops three pixels of four."""
        light = condition / 2 if self.condition == "L" else condition  # L - 50 over 100, where ours is over 50
        color, mask = color.to(light.dtype), mask.to(light.dtype)
        seen = torch.cat([light, color, mask - self.config.mask_center], 1)
        x1 = hook("conv1_2", lambda: self.model1(seen))
        x2 = hook("conv2_2", lambda: self.model2(x1[..., ::2, ::2]))
        return [x1, x2, hook("conv3_3", lambda: self.model3(x2[..., ::2, ::2]))]

    def _deep(self, x3: Tensor, hook: Hook, sums: Hook = identity_hook) -> Tensor:
        x = hook("conv4_3", lambda: self.model4(x3[..., ::2, ::2]))
        for level in (5, 6, 7):
            x = hook(f"conv{level}_3", partial(self.get_submodule(f"model{level}"), x))
        up = partial(sums, "conv8_up", lambda: self.model8up(x) + self.model3short8(x3))
        return hook("conv8_3", lambda: self.model8(up()))

    def _paint(self, x8: Tensor, shallow: list[Tensor], hook: Hook, sums: Hook = identity_hook) -> Planes:
        x1, x2, _ = shallow
        up9 = partial(sums, "conv9_up", lambda: self.model9up(x8) + self.model2short9(x2))
        x9 = hook("conv9_3", lambda: self.model9(up9()))
        up10 = partial(sums, "conv10_up", lambda: self.model10up(x9) + self.model1short10(x1))
        return self.model_out(hook("conv10_2", lambda: self.model10(up10())))


def _double(c_in: int, c_out: int) -> nn.Sequential:
    return nn.Sequential(nn.ConvTranspose2d(c_in, c_out, 4, 2, 1))


def _shortcut(c_in: int, c_out: int) -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(c_in, c_out, 3, 1, 1))


class Recipe(base.Recipe):
    """Training with simulated users (Section 3.1), as far as one stage goes: `Config` says which."""

    def __init__(self, network: Network, generator: torch.Generator) -> None:
        c = self.config = network.config
        super().__init__(network=(network, torch.optim.Adam(network.parameters(), lr=c.lr, betas=c.betas, fused=True)))

    def step(self, batch: Batch, progress: Progress, generator: torch.Generator) -> dict[str, Tensor]:
        """One update; `rec` is ten times the distance in the target space, `class` the cross entropy of the palette."""
        c = self.config
        if c.decay:
            self.set_lr_scale(min(1.0, 2 - 2 * progress.by_step))
        condition, target = make_condition(self.network, batch, generator), encode(batch.rgb, c.target)
        prediction, logits = self.modules["network"](condition, *self._hints(condition, target, generator))
        distance = pixel_loss if c.loss == "l1" else huber_loss
        terms = {"rec": 10 * distance(prediction.float(), target)}
        if logits is not None:
            terms["class"] = class_loss(logits.float(), bin_index(AB_MAX * target[..., ::4, ::4]))
        return self.minimize(terms)

    def _hints(self, condition: Plane, target: Planes, generator: torch.Generator) -> tuple[Planes, Mask]:
        """What the simulated users of a batch say."""
        c, draw = self.config, {"generator": generator, "device": generator.device}
        if not c.hints:
            return torch.zeros_like(target), torch.zeros_like(condition)
        color, mask = self.draw_hints(Encoding(condition), target, generator, c.min_hints)
        if c.reveal_all_prob:
            all_of_it = torch.rand(len(target), 1, 1, 1, **draw) < c.reveal_all_prob
            color, mask = torch.where(all_of_it, target, color), mask.masked_fill(all_of_it, 1.0)
        return color, mask


def load_official(network: nn.Module, state: Mapping[str, Tensor]) -> None:
    """Load a released state dict, strictly, into a `Network` for L and ab at width 64.

    `colornb.methods.load_official` knows which mask each file was trained with; here the network's `Config` has it.
    """
    base.load_strictly(network, dict(state), "the released siggraph17 file")
