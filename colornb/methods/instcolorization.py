"""Su et al.: colour by instance (Su, Chu, Huang, CVPR 2020; "InstColorization").

Three copies of RTUG's network. One sees the whole picture; one sees each thing by itself, cut out of its box and as
large as a picture; the third sees the whole picture again and, after every block, mixes in what the second has found
in the boxes, pixel by pixel, in shares that small weight layers decide.

The published networks take no hints. With `hints` this is the conditional version that the edge paper measures
(Section 4.1): colours given at points go to the whole picture and, cut out like it, to the things in the boxes.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path

import torch
from torch import Tensor, nn

from colornb import checkpoints
from colornb.boxes import are_boxes, boxes_mask, crop_and_resize, extents, paste
from colornb.losses import huber_loss
from colornb.methods import base, rtug
from colornb.methods.base import Encoding, FeatureMaps, Hook, Progress, identity_hook
from colornb.types import AB, Batch, Bool, Boxes, Float, HintMaps, Mask, Planes

STAGES = ("full", "instance", "fusion")
CHANNELS = {  # of the feature maps that are fused, in widths of the first layer; where each weight layer is kept
    **{"conv1_2": (1, ""), "conv2_2": (2, "2"), "conv3_3": (4, "3"), "conv4_3": (8, "4"), "conv5_3": (8, "5")},
    **{"conv6_3": (8, "6"), "conv7_3": (8, "7"), "conv8_up": (4, "8_1"), "conv8_3": (4, "8_2")},
    **{"conv9_up": (2, "9_1"), "conv9_3": (2, "9_2"), "conv10_up": (2, "10_1"), "conv10_2": (2, "10_2")},
}
ASIDE = "{} of the instances"
OUTSIDE = 1e5  # what is added to the background's logit where no box is
SMALLEST = 10.0  # units of CIE Lab: pictures whose a or b vary less teach nothing
FILES = {"full": "latest_net_GComp.pth", "instance": "latest_net_G.pth", "fusion": "latest_net_GF.pth"}


@dataclass(frozen=True)
class Config:
    """Settings of Su et al.; the defaults are those of the released training script, in one run of three stages.

    `stage` is what a run trains: "full", "instance" or "fusion", each from the one before, or "all" in turn. Boxes
    count from "fusion" on.
    """

    width: int = 64  # channels of the first layer
    hidden: int = 16  # channels of the weight layers
    most: int = 8  # boxes that are looked at, the first ones
    hints: bool = False  # the conditional version of the edge paper
    stop: float = 0.125  # chance that the simulated user stops before each hint
    sides: tuple[int, int] = (1, 9)  # of the patches, in pixels
    stage: str = "all"
    shares: tuple[float, float, float] = (150 / 330, 150 / 330, 30 / 330)  # of the steps, by stage, in "all"
    lr: tuple[float, float, float] = (5e-4, 5e-4, 5e-5)  # by stage
    level: tuple[float, float, float] = (2 / 3, 2 / 3, 1 / 3)  # share of a stage until its rate begins to fall, to 0
    betas: tuple[float, float] = (0.9, 0.999)
    joins: str = "last"  # what learns at last: the weight layers and the "last" block, or "all" of the fusion network
    init: str = "normal"  # N(0, 0.02), or "he", for narrow networks

    def __post_init__(self) -> None:
        """Refuse words that mean nothing."""
        base.check_words(self, stage=(*STAGES, "all"), init=("normal", "he"), joins=("last", "all"))
        base.check_shares(self)

    @property
    def part(self) -> rtug.Config:
        """What each of the three networks is."""
        return rtug.Config(width=self.width, hints=self.hints, stop=self.stop, sides=self.sides, init=self.init)


_SHORT = {"init": "he", "shares": (0.6, 0.1, 0.3), "joins": "all"}  # ours, for runs of minutes or hours
PRESETS = {
    "paper": Config(),
    "hints": Config(hints=True),
    "small": Config(**_SHORT, hints=True, width=16, hidden=8, lr=(2e-3, 2e-3, 1e-3)),
    "tiny": Config(**_SHORT, hints=True, width=8, hidden=4, most=4, sides=(1, 5), lr=(5e-3, 5e-3, 3e-3)),
}
PUBLISHED = {  # folders of the released archive, each with three files
    "instcolorization": Config(stage="fusion"),  # coco_finetuned_mask_256_ffs
    "instcolorization-mask": Config(stage="fusion"),  # coco_finetuned_mask_256
}


class WeightLayer(nn.Module):
    """How much each instance counts at each pixel, and how much the background does. Key names as published."""

    def __init__(self, c_in: int, hidden: int) -> None:
        super().__init__()
        self.simple_instance_conv = _scores(c_in, hidden)
        self.simple_bg_conv = _scores(c_in, hidden)

    def of_instances(self, features: Float[Tensor, "m c h w"]) -> Float[Tensor, "m k h w"]:
        """Feature maps of cut-out instances with their logits before them, one channel more."""
        return torch.cat([self.simple_instance_conv(features), features], 1)

    def forward(
        self, feature: Planes, pasted: Float[Tensor, "b n k h w"], there: Bool[Tensor, "b n"], within: Mask
    ) -> Planes:
        """The mean of all feature maps, by softmax (Su et al., Eq. 3 and 4).

        An instance counts in other boxes, too, with a logit of 0 and no features, as in the released code.

        Args:
            feature: of the whole picture.
            pasted: logits and features of the instances, put where their boxes are, 0 elsewhere.
            there: which of them are instances at all.
            within: 1 in any box; elsewhere the background counts alone.
        """
        background = self.simple_bg_conv(feature).float() + OUTSIDE * (1 - within)
        logits = pasted[:, :, 0].float().masked_fill(~there[..., None, None], -torch.inf)
        shares = torch.cat([logits, background], 1).softmax(1).to(feature.dtype)
        return (shares[:, :-1, None] * pasted[:, :, 1:]).sum(1) + shares[:, -1:] * feature


def _scores(c_in: int, hidden: int) -> nn.Sequential:
    layers: list[nn.Module] = []
    for a, b in ((c_in, hidden), (hidden, hidden), (hidden, 1)):
        layers += [nn.Conv2d(a, b, 3, 1, 1), nn.ReLU()]
    return nn.Sequential(*layers)


class Fusion(rtug.Network):
    """RTUG with a weight layer after each block."""

    def __init__(self, config: Config, generator: torch.Generator) -> None:
        super().__init__(config.part, generator)
        for times, number in CHANNELS.values():
            self.add_module(f"weight_layer{number}", WeightLayer(times * config.width, config.hidden))
        self.weight_layerout = WeightLayer(2, config.hidden)  # in the released files, and used nowhere
        for name, layer in self.named_children():
            if name.startswith("weight_layer"):
                rtug.INITS[config.init](layer, generator)

    def weigh(self, name: str) -> WeightLayer:
        """The weight layer of a feature map."""
        return getattr(self, f"weight_layer{CHANNELS[name][1]}")


class _Either(rtug.Network):
    """Two networks as one: pictures of which `rows` is true go through the first, all others through the second."""

    def __init__(self, one: rtug.Network, other: rtug.Network, rows: Bool[Tensor, " b"]) -> None:
        nn.Module.__init__(self)
        self.config, self.condition, self.target = one.config, one.condition, one.target
        for name, layer in other.named_children():
            self.add_module(name, _Split(getattr(one, name), layer, rows))


class _Split(nn.Module):
    def __init__(self, one: nn.Module, other: nn.Module, rows: Bool[Tensor, " b"]) -> None:
        super().__init__()
        self.one, self.other, self.rows = one, other, rows

    def forward(self, x: Tensor) -> Tensor:
        one, other = self.one(x[self.rows]), self.other(x[~self.rows])
        return one.new_empty(len(x), *one.shape[1:]).index_put((self.rows,), one).index_put((~self.rows,), other)


class Network(base.BaseNetwork):
    """The three networks. Pictures without a box are painted by the first alone.

    Boxes come in `Encoding.boxes`; what is left of their shape is cut out of the picture as the network sees it.
    Deviation: the released script cuts from the picture in its own resolution.
    """

    condition, target, line_art, multiple, sees_boxes = "L", "ab", (), 8, True

    def __init__(self, config: Config, generator: torch.Generator) -> None:
        super().__init__(config)
        self.hint_kinds = ("point",) * config.hints
        self.full = rtug.Network(config.part, generator)
        self.instance = rtug.Network(config.part, generator)
        self.fusion = Fusion(config, generator)
        self.features, self.decoder = self.full.features, self.full.decoder
        self.cacheable = tuple(ASIDE.format(name) for name in CHANNELS)

    def forward(self, part: str, encoding: Encoding, color: Planes, mask: Mask) -> Planes:
        """What one of the three paints, in training: (b, 2, h, w), [-1, 1]."""
        if part != "fusion":
            return getattr(self, part).paint(encoding, color, mask)
        return self._fuse(self.fusion, encoding, color, mask, self._boxes(encoding), identity_hook)

    def paint(self, encoding: Encoding, color: Planes, mask: Mask, hook: Hook = identity_hook) -> Planes:
        """The painted picture, [-1, 1]."""
        boxes = self._boxes(encoding)
        some = are_boxes(boxes).any(1)
        if self.config.stage in ("full", "instance") or not some.any():
            return self.full.paint(encoding, color, mask, hook)
        trunk = self.fusion if some.all() else _Either(self.fusion, self.full, some)
        return self._fuse(trunk, encoding, color, mask, boxes, hook)

    def _boxes(self, encoding: Encoding) -> Boxes:
        if encoding.boxes is None:
            return encoding.condition.new_zeros(len(encoding.condition), 0, 4)
        return encoding.boxes[:, : self.config.most].to(encoding.condition)

    def _fuse(
        self, trunk: rtug.Network, encoding: Encoding, color: Planes, mask: Mask, boxes: Boxes, hook: Hook
    ) -> Planes:
        there = are_boxes(boxes)
        if not there.any():
            return trunk.paint(encoding, color, mask, hook)
        seen = cache(
            partial(self._see, torch.cat([encoding.condition, color.to(encoding.condition), mask], 1), boxes, there)
        )

        def fuse(name: str, feature: Callable[[], Tensor]) -> Tensor:
            def fused() -> Tensor:
                own, layer = feature(), self.fusion.weigh(name)
                size = tuple(own.shape[-2:])
                pasted = hook(ASIDE.format(name), lambda: _placed(layer.of_instances(seen()[name]), boxes, there, size))
                return layer(own, pasted, there, boxes_mask(boxes, *size).to(own.dtype))

            return hook(name, fused) if name in self.features else fused()

        return trunk.paint(encoding, color, mask, fuse, fuse)

    def _see(self, planes: Planes, boxes: Boxes, there: Bool[Tensor, "b n"]) -> dict[str, Tensor]:
        """All feature maps of the network that sees instances alone; instances in the order of `there`.

        Of the sums that blocks 8 to 10 begin with, what is left by the ReLU after them: in the released code it works
        in place, before the maps are handed on. Those of the whole picture are mixed as they are.
        """
        found, at = FeatureMaps(), extents(boxes[there], *planes.shape[-2:])
        planes = planes[there.nonzero()[:, 0]]
        light, told = crop_and_resize(planes[:, :1], at), crop_and_resize(planes[:, 1:], at, "nearest")

        def keep_sum(name: str, feature: Callable[[], Tensor]) -> Tensor:
            return found(name, lambda: feature().relu())

        self.instance.paint(Encoding(light), told[:, :-1], told[:, -1:], found, keep_sum)
        return found


def _placed(
    planes: Float[Tensor, "m k h w"], boxes: Boxes, there: Bool[Tensor, "b n"], size: tuple[int, int]
) -> Float[Tensor, "b n k h w"]:
    """Feature maps of instances where their boxes are."""
    pasted = paste(planes, extents(boxes[there], *size), *size)
    return pasted.new_zeros(*there.shape, *pasted.shape[1:]).index_put((there,), pasted)


class Recipe(base.Recipe):
    """Three stages: the whole picture, instances, and what joins them (the released training script).

    The second begins with the weights of the first, the third with those of both; it trains the weight layers and the
    last block of the fusion network, and all batch norms stay as they are.
    """

    def __init__(self, network: Network, generator: torch.Generator) -> None:
        c = self.config = network.config
        parts = (network.full, network.instance, network.fusion)
        groups = [{"params": list(part.parameters()), "lr": lr} for part, lr in zip(parts, c.lr, strict=True)]
        super().__init__(network=(network, torch.optim.Adam(groups, betas=c.betas, fused=True)))
        self._enter("full" if c.stage == "all" else c.stage)
        if c.stage != "all":
            self._inherit(c.stage)

    def setup(self, fabric: object) -> None:
        """Place everything; many devices must know beforehand which weights learn, so that stages go one by one."""
        if self.config.stage == "all" and fabric.world_size > 1:
            raise ValueError("several devices train one stage at a time: set stage=full, then instance, then fusion")
        super().setup(fabric)

    def step(self, batch: Batch, progress: Progress, generator: torch.Generator) -> dict[str, Tensor]:
        """One update; `rec` is ten times the Huber distance in ab."""
        stage, first, share = self._stage(progress)
        if first and self.config.stage == "all":
            self._inherit(stage)
        self._enter(stage)
        fall = 1 - self.config.level[STAGES.index(stage)]
        self.set_lr_scale(min(1.0, (1 - share) / fall) if fall else 1.0)
        target, encoding = base.encode(batch.rgb, "ab"), base.encode_batch(self.network, batch)
        told = self.draw_hints(encoding, target, generator)
        if stage == "instance":
            encoding, target, told = _one_each(encoding, target, told, generator)
        prediction = self.modules["network"](stage, encoding, *told).float()
        loss = 10 * _huber(prediction, target)
        return {"rec": self.optimizer_step("network", loss)}

    def _stage(self, progress: Progress) -> tuple[str, bool, float]:
        """Which stage a step belongs to, whether it is its first, and how much of the stage is over."""
        if self.config.stage != "all":
            return self.config.stage, progress.step == 0, progress.by_step
        ends = [round(progress.steps * sum(self.config.shares[: k + 1])) for k in range(2)] + [progress.steps]
        number = sum(progress.step >= end for end in ends[:2])
        start = ends[number - 1] if number else 0
        return STAGES[number], progress.step == start, (progress.step - start) / (ends[number] - start)

    def _inherit(self, stage: str) -> None:
        own = self.network
        if stage == "instance":
            own.instance.load_state_dict(own.full.state_dict())
        if stage == "fusion":
            own.fusion.load_state_dict(own.full.state_dict(), strict=False)  # it has weight layers besides

    def _enter(self, stage: str) -> None:
        """Let learn what belongs to a stage, and stand still what does not."""
        for part in STAGES:
            network = getattr(self.network, part)
            network.train(part == stage != "fusion")
            for name, weight in network.named_parameters():
                weight.requires_grad_(part == stage and self._learns(stage, name))

    def _learns(self, stage: str, name: str) -> bool:
        block = name.partition(".")[0]
        if block in ("model_class", "weight_layerout"):  # in the released files, and not in their loss
            return False
        last = block in ("model10", "model_out") or block.startswith("weight_layer")
        return stage != "fusion" or self.config.joins == "all" or last


def _huber(prediction: AB, target: AB) -> Tensor:
    """Over the pictures with some colour. Deviation: the released script skips the whole batch for a gray one."""
    spread = 110 * (target.amax((2, 3)) - target.amin((2, 3))).amin(1)
    colorful = (spread >= SMALLEST).view(-1, 1, 1, 1).to(target)
    share = colorful.mean().clamp(min=1 / len(target))
    return huber_loss(prediction * colorful, target * colorful) / share


def _one_each(
    encoding: Encoding, target: AB, told: HintMaps, generator: torch.Generator
) -> tuple[Encoding, AB, HintMaps]:
    """One instance of each picture at random, cut out with its hints; a picture without any as it is."""
    whole = target.new_tensor([0.0, 0.0, 1.0, 1.0]).expand(len(target), 1, 4)
    boxes = whole if encoding.boxes is None or not encoding.boxes.shape[1] else encoding.boxes.to(target)
    there = are_boxes(boxes).float()
    chances = there + (there.sum(1, keepdim=True) == 0)
    picked = torch.multinomial(chances, 1, generator=generator)[:, 0]
    rows = torch.arange(len(target), device=target.device)
    boxes = torch.where(there[rows, picked, None] > 0, boxes[rows, picked], whole[:, 0])
    at = extents(boxes, *target.shape[-2:])
    planes, given = (
        crop_and_resize(torch.cat([encoding.condition, target], 1), at),
        crop_and_resize(torch.cat(told, 1), at, "nearest"),
    )
    return Encoding(planes[:, :1]), planes[:, 1:], (given[:, :-1], given[:, -1:])


def read_official(folder: str | Path) -> dict[str, Tensor]:
    """The three released files of a folder as one state dict. Raises FileNotFoundError, in one line, for a lack."""
    states = {}
    for part, name in FILES.items():
        if not (path := Path(folder).expanduser() / name).is_file():
            raise FileNotFoundError(f"no {name} in {folder}: give a folder with {', '.join(FILES.values())}")
        states |= {f"{part}.{key}": value for key, value in checkpoints.read_published(path).items()}
    return states


def load_official(network: nn.Module, state: Mapping[str, Tensor]) -> None:
    """Load what `read_official` returns, strictly: a file that does not fit can never paint gray in silence."""
    checkpoints.load_strictly(network, dict(state), "the released files of InstColorization")
