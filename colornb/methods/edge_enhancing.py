"""The edge-enhancing network: a scribble on an edge mends the colour that has bled across it (Kim et al., ICCV 2021).

A trained colorizer, the backbone, stays as it is. Beside some of its feature maps, in the paper those of the encoder,
sits a small network E that sees the map and the scribble and adds what is missing (Eq. 1); what follows in the backbone
then paints sharper edges there. E learns from edges that the backbone has lost, found with the true picture in hand
(`pseudo_scribbles.py`).

Any backbone that names its feature maps will do (`methods.base.HookableNetwork`): rtug with and without hints, the
colorizer of guiding_painter, pix2pix. The paper leaves open what E looks like, where it sits and how its losses are
weighed; what is here was found by trying (see the chapters), and stands in `Config`.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from colornb.blocks import init_he
from colornb.color import AB_MAX, CHANNELS, decode, encode, rgb_to_lab
from colornb.filters import dilate
from colornb.losses import color_loss, edge_loss, gradient_size, log_color_loss
from colornb.methods import base
from colornb.methods._filter_context import BaseRender, filter_predictions, planes_of
from colornb.methods._filter_context import propagate_hints as propagate_hints  # for those who look inside
from colornb.methods._parts import frozen_part
from colornb.methods.base import (
    Encoding,
    FeatureMaps,
    Hook,
    HookableNetwork,
    Progress,
    check,
    encode_batch,
    identity_hook,
    scaled_hints,
)
from colornb.pseudo_scribbles import Scribbles, pseudo_scribbles
from colornb.types import AB, Batch, Float, Mask, Plane, Planes

MAX_HINTS = 128  # hints in training
DILATIONS = (1, 2, 4)  # of the convolutions inside E
LOOK = sum(DILATIONS) + 1  # how far E looks, in pixels of the feature map
INHERITED = (
    *("condition", "target", "line_art", "n_regions", "multiple", "sees_boxes", "fills_areas", "notice"),
    *("encode", "paint", "simulate_hints", "classify", "palette_layer"),
)
CONTEXT_WINDOW = 7  # with context: within this square around the scribble E sees and adds, in pixels of the feature map


@dataclass(frozen=True)
class Config:
    """Settings of the edge-enhancing network; the defaults are the paper's, where it says.

    Deviation: L_reg (Eq. 4) is a mean over the feature map where the paper prints a sum, so that one weight holds at
    any size; L_edge and L_con (Eq. 3 and 5) are means, as they are there.
    """

    backbone: str = "rtug-natural"  # a checkpoint: shipped name, file or folder of a run; or "METHOD:PRESET", untrained
    layers: tuple[str, ...] = ("encoder",)  # the feature maps that are enhanced: a part of the backbone, or by name
    width: int = 0  # channels inside E; 0: half of those of the feature map
    widths: tuple[int, int] = (1, 11)  # of the scribbles in training, in pixels
    max_edges: int = 1  # edges that are scribbled on in one picture in training, at most
    thresholds: tuple[float, float] = (0.15, 0.3)  # Canny's, in the search for lost edges
    tolerance: int = 1  # an edge that is painted up to so many pixels beside the true one is not lost
    radius: int = 3  # M of Eq. 3 and 5: so many pixels around the scribble are near
    no_scribble_prob: float = 0.1  # share of pictures without a scribble in training: E learns to leave them alone
    hints: bool = True  # whether the backbone is told colours in training
    stop: float = 0.02  # chance that its simulated user stops before each hint: whoever mends edges has given many
    patches: tuple[int, int] | None = None  # sides of its points, see `methods.scaled_hints`
    context: bool = False  # whether E also sees the painted picture and what filters would make of it: ours
    strength: float = 1.0  # the share of what E has learned to add that is added, once it is trained: ours
    signed: bool = False  # whether L_edge and L_con compare derivatives with their signs, not magnitudes: ours
    edge: float = 1.0  # lambda_edge
    reg: float = 0.01  # lambda_reg, the same for every layer
    con: float = 1.0  # lambda_con
    color: float = 0.0  # weight of the squared distance of the colours near the scribble: ours
    log_color: float = 0.0  # weight of the logarithm of that distance, picture by picture: ours
    find: float = 1.0  # weight of the finder's cross entropy; it shares nothing with E
    finder_width: int = 16  # channels inside the finder
    lr: float = 3e-4
    built: dict[str, Any] | None = field(default=None, compare=False, repr=False)  # of what the backbone was rebuilt

    def __post_init__(self) -> None:
        """Refuse what cannot be."""
        for name, what in (("widths", "the thinnest and the thickest"), ("patches", "the smallest and the largest")):
            if (sides := getattr(self, name)) is not None:
                check(self, name, 1 <= sides[0] <= sides[1], f"give {what}, from 1 pixel")
        low, high = self.thresholds
        check(self, "thresholds", 0 < low <= high, "give Canny's lower and higher one, above 0")
        check(self, "stop", 0 < self.stop < 1, "give a chance between 0 and 1, or hints=false for no hints")
        for name in ("max_edges", "tolerance", "radius", "edge", "reg", "con", "color", "log_color"):
            least = 1 if name == "max_edges" else 0
            check(self, name, least <= getattr(self, name) < math.inf, f"give at least {least}")
        if not self.layers:
            raise ValueError("no layers to enhance: name some, or give encoder, decoder or both")
        check(self, "no_scribble_prob", 0 <= self.no_scribble_prob < 1, "give a share below 1")
        check(self, "strength", 0 < self.strength < math.inf, "give a share above 0, 1 for all that E adds")


# The paper's objective with what it does not print: reg and strength are chosen on validation pictures (experiments
# `edge_search` and `edge_damping`), the user is RTUG's, and the thresholds are a guess.
_PAPER = {"max_edges": 16, "thresholds": (0.1, 0.2), "stop": 0.125, "patches": (1, 9), "reg": 30.0, "strength": 0.5}
# Ours, for runs of minutes: colours near the scribble count, too, and E sees what filters would make of the picture.
_CONTEXT = {
    "context": True, "layers": ("decoder",), "width": 32, "max_edges": 16, "thresholds": (0.1, 0.2), "edge": 0.1,
    "reg": 1e-3, "color": 20.0, "lr": 1e-3,
}  # fmt: skip
PRESETS = {
    "paper": Config(**_PAPER),
    "signed": Config(**_PAPER | {"reg": 0.1, "strength": 1.0}, signed=True),
    "context": Config(**_CONTEXT),
    "sketch": Config(**_CONTEXT, backbone="guiding_painter-comic"),
    "tiny": Config(backbone="rtug:tiny", widths=(1, 5)),
}


class Enhancer(nn.Module):
    """E: what is to be added to one feature map, given the map and the scribble. Nothing, before it has learned.

    Deviation: with a context nothing is added far from the scribble either, which the paper leaves to L_con.
    """

    def __init__(self, channels: int, width: int, context: int, generator: torch.Generator) -> None:
        super().__init__()
        inside = width or max(1, channels // 2)
        layers: list[nn.Module] = []
        for c_in, dilation in zip((1 + channels + context, inside, inside), DILATIONS, strict=True):
            layers += [nn.Conv2d(c_in, inside, 3, padding=dilation, dilation=dilation), nn.ReLU(inplace=True)]
        self.layers = nn.Sequential(*layers)
        self.last = nn.Conv2d(inside + context, channels, 3, padding=1)
        init_he(self, generator)
        nn.init.zeros_(self.last.weight)

    def forward(
        self, feature: Float[Tensor, "b c h2 w2"], scribble: Mask, context: Float[Tensor, "b k h w"] | None
    ) -> Float[Tensor, "b c h2 w2"]:
        """E([S, A]) of Eq. 1; the scribble is shrunk so that it stays as connected as it was."""
        size = feature.shape[-2:]
        small = F.adaptive_max_pool2d(scribble.to(feature.dtype), size)
        if context is None:
            return self.last(self.layers(torch.cat([small, feature], 1)))
        reached = dilate(small, CONTEXT_WINDOW)
        if torch.is_grad_enabled() or feature.device.type != "cpu":  # where to find the scribble takes longer
            return reached * self._add(small, feature, _shrunk(context.to(feature.dtype), size) * reached)
        added, around = torch.zeros_like(feature), _box_around(reached, LOOK)
        box = (..., *around)
        close = _shrunk_within(context, size, *around).to(feature.dtype) * reached[box]
        added[box] = reached[box] * self._add(small[box], feature[box], close)
        return added

    def _add(self, small: Mask, feature: Tensor, close: Tensor) -> Tensor:
        return self.last(torch.cat([self.layers(torch.cat([small, feature, close], 1)), close], 1))


def _shrunk(context: Tensor, size: torch.Size) -> Tensor:
    return context if context.shape[-2:] == size else F.adaptive_avg_pool2d(context, size)


def _shrunk_within(context: Tensor, size: torch.Size, rows: slice, columns: slice) -> Tensor:
    """What these rows and columns of the shrunk context hold; where squares shrink to pixels, the others wait."""
    step = context.shape[-1] // size[-1]
    if context.shape[-2:] != (step * size[0], step * size[1]):
        return _shrunk(context, size)[..., rows, columns]
    part = context[..., slice(step * rows.start, step * rows.stop), slice(step * columns.start, step * columns.stop)]
    return _shrunk(part, torch.Size(side // step for side in part.shape[-2:]))


def _box_around(mask: Mask, margin: int) -> list[slice]:
    """The rows and columns of a mask that hold what is in it, in any picture of the batch, and some more around."""
    box = []
    for axes, side in (((0, 1, 3), mask.shape[-2]), ((0, 1, 2), mask.shape[-1])):
        (there,) = mask.amax(axes).nonzero(as_tuple=True)
        low, high = (int(there[0]), int(there[-1]) + 1) if len(there) else (0, 0)
        box.append(slice(max(0, low - margin), min(side, high + margin)))
    return box


class LostEdgeHead(nn.Module):
    """How likely it is, at each pixel, that an edge of colour was lost there: beyond the paper.

    It sees what a person would look at, the picture before and after painting and how fast each of them changes, and
    what colours were given.
    """

    def __init__(self, colors: int, width: int, generator: torch.Generator) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for c_in, dilation in ((2 + 3 * colors + 1, 1), (width, 2), (width, 4), (width, 8), (width, 1)):
            layers += [nn.Conv2d(c_in, width, 3, padding=dilation, dilation=dilation), nn.ReLU(inplace=True)]
        self.layers = nn.Sequential(*layers, nn.Conv2d(width, 1, 1))
        init_he(self, generator)

    def forward(self, condition: Plane, prediction: Planes, color: Planes, mask: Mask) -> Plane:
        """Logits of an edge having been lost within a pixel."""
        seen = [condition, gradient_size(condition), prediction, gradient_size(prediction), color, mask]
        return self.layers(torch.cat(seen, 1))


class Network(nn.Module):
    """A frozen backbone and an `Enhancer` for each of the chosen feature maps.

    Without a scribble it is the backbone, bit for bit: what `INHERITED` names, its simulated user (who scribbles
    nothing) and its palette among it, is the backbone's own. `encode_and_paint` and `enhance` are for those who have a
    scribble.
    """

    def __init__(self, config: Config, generator: torch.Generator) -> None:
        super().__init__()
        self.backbone, built = _backbone(config)
        self.config = replace(config, built=built)
        own = self.backbone
        for name in INHERITED:
            if hasattr(own, name):
                setattr(self, name, getattr(own, name))
        self.hint_kinds = (*own.hint_kinds, "edge")
        self.layers = _chosen(own, config.layers)
        channels, colors = _channels(own), CHANNELS[own.target]
        context = planes_of(colors) * config.context
        self.enhancers = nn.ModuleDict(
            {name: Enhancer(channels[name], config.width, context, generator) for name in self.layers}
        )
        self.finder = LostEdgeHead(CHANNELS[self.target], config.finder_width, generator)

    def train(self, mode: bool = True) -> "Network":
        """Set training mode, or evaluation mode; the backbone stays in the latter."""
        super().train(mode)
        self.backbone.eval()
        return self

    @torch.no_grad()
    def encode_and_paint(self, encoding: Encoding, color: Planes, mask: Mask, hook: Hook = identity_hook) -> BaseRender:
        """Paint the picture once, and keep the feature maps up to the first that is enhanced; `hook` sees them all."""
        kept, names = {}, self.backbone.features
        before = {*names[: names.index(self.layers[0]) + 1], *getattr(self.backbone, "cacheable", ())}

        def keep(name: str, feature: Callable[[], Tensor]) -> Tensor:
            value = hook(name, feature)
            if name in before:
                kept[name] = value
            return value

        return BaseRender(encoding, color, mask, kept, self.backbone.paint(encoding, color, mask, keep))

    def forward(
        self, start: BaseRender, scribble: Mask, find: bool = False
    ) -> tuple[Planes, list[Tensor], Plane | None]:
        """The picture for a scribble, or several at once in one mask; what each E has added; the finder's logits.

        Nothing that lies before the first enhanced feature map is computed again. A `BaseRender` of one picture takes
        any number of scribbles, for as many pictures.
        """
        n, context, added = len(scribble), start.context if self.config.context else None, list[Tensor]()
        if len(start.prediction) != n:
            start, context = start.expand(n), context if context is None else context.expand(n, -1, -1, -1)
        if context is not None:
            context = torch.cat([context, filter_predictions(start, scribble)], 1)
        strength = 1.0 if self.training else self.config.strength

        def enhance(name: str, feature: Callable[[], Tensor]) -> Tensor:
            value = start.features[name] if name in start.features else feature()
            if name not in self.enhancers:
                return value
            added.append(self.enhancers[name](value, scribble, context) * strength)
            return value + added[-1]

        prediction = self.backbone.paint(start.encoding, start.color, start.mask, enhance)
        return prediction, added, self._find(start) if find else None

    def enhance(self, start: BaseRender, scribble: Mask) -> Planes:
        """The picture in the target space for a scribble: 1 where it lies, 0 elsewhere."""
        return self(start, scribble)[0]

    def find(self, start: BaseRender) -> Mask:
        """Where colour is likely to have bled, as a probability at each pixel."""
        return self._find(start).sigmoid()

    def _find(self, start: BaseRender) -> Plane:
        return self.finder(start.encoding.condition, start.prediction, start.color, start.mask)


def _backbone(config: Config) -> tuple[nn.Module, dict[str, Any]]:
    """The colorizer that is enhanced, and what it takes to build it again without its file."""
    network, built = frozen_part(config.backbone, config.built)
    if not isinstance(network, HookableNetwork):
        raise ValueError(f"{built['method']} names no feature maps: choose rtug or another backbone")
    return network, built


def _chosen(backbone: HookableNetwork, layers: tuple[str, ...]) -> tuple[str, ...]:
    """Names of feature maps in the order of computing; "encoder" and "decoder" mean all of that part."""
    names, first = backbone.features, backbone.features.index(backbone.decoder)
    parts = {"encoder": names[:first], "decoder": names[first:]}
    wanted = {name for layer in layers for name in parts.get(layer, (layer,))}
    if unknown := wanted - set(names):
        known = ", ".join((*parts, *names))
        raise ValueError(f"the backbone has no feature map {min(unknown)!r}: choose of {known}")
    return tuple(name for name in names if name in wanted)


@torch.no_grad()
def _channels(backbone: HookableNetwork) -> dict[str, int]:
    """How many channels each feature map of a backbone has."""
    found, side = FeatureMaps(), max(32, backbone.multiple)
    blank = torch.zeros(1, 1, side, side)
    backbone.paint(backbone.encode(blank), blank.expand(1, CHANNELS[backbone.target], side, side), blank, found)
    return {name: feature.shape[1] for name, feature in found.items()}


def ab_of(picture: Planes, target: str) -> AB:
    """A and b of a picture in a target space, about [-1, 1]."""
    return picture if target == "ab" else rgb_to_lab(decode(picture, "rgb"))[:, 1:] / AB_MAX


class Recipe(base.Recipe):
    """Training E alone (Eq. 6)."""

    def __init__(self, network: Network, generator: torch.Generator) -> None:
        c = self.config = network.config
        learning = [p for p in network.parameters() if p.requires_grad]
        super().__init__(network=(network, torch.optim.Adam(learning, lr=c.lr, fused=True)))

    def step(self, batch: Batch, progress: Progress, generator: torch.Generator) -> dict[str, Tensor]:
        """One update; `rec` is the squared distance of the colours near the scribbles, which the paper leaves out.

        It is taken in the network's own space: where lightness is painted too, as on line art, it counts as well.
        """
        c, target = self.config, self.network.target
        self.set_lr_scale(min(1.0, 2 - 2 * progress.by_step))
        true = encode(batch.rgb, target)
        start = self._begin(batch, true, generator)
        marks = self._scribble(ab_of(true, target), ab_of(start.prediction, target), generator)
        close = dilate(marks.scribble, 2 * c.radius + 1)
        prediction, added, logits = self.modules["network"](start, marks.scribble, find=True)
        distance = color_loss(prediction.float(), true, close)
        log_distance = log_color_loss(prediction.float(), true, close)
        prediction, true, before = (ab_of(x.float(), target) for x in (prediction, true, start.prediction))
        terms = {
            "edge": c.edge * edge_loss(prediction, true, close, c.signed),
            "con": c.con * edge_loss(prediction, before, 1 - close, c.signed),
            "reg": c.reg * sum(x.float().square().mean() for x in added),
            "color": c.color * distance + c.log_color * log_distance,
            "find": c.find * F.binary_cross_entropy_with_logits(logits.float(), dilate(marks.lost, 3)),
        }
        return self.minimize(terms) | {"rec": distance.detach()}

    def _begin(self, batch: Batch, true: Planes, generator: torch.Generator) -> BaseRender:
        """The backbone's own picture, with the hints of its simulated user."""
        own = self.network
        encoding = encode_batch(own, batch, generator)
        most = own.n_regions or MAX_HINTS
        counts = base.sample_counts(len(true), most, generator, self.config.stop) * self.config.hints
        return own.encode_and_paint(
            encoding, *scaled_hints(own.backbone, encoding, true, counts, generator, self.config.patches)
        )

    def _scribble(self, true: Planes, before: Planes, generator: torch.Generator) -> Scribbles:
        c = self.config
        how = {"widths": c.widths, "tolerance": c.tolerance, "thresholds": c.thresholds, "max_edges": c.max_edges}
        found = pseudo_scribbles(true * AB_MAX, before * AB_MAX, generator, **how)
        kept = torch.rand(len(true), 1, 1, 1, generator=generator, device=generator.device) >= c.no_scribble_prob
        return found._replace(edge=found.edge * kept, scribble=found.scribble * kept)
