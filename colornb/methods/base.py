"""What every method offers, so that painting, training and measuring need not know which one they hold."""

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

import torch
from torch import Generator, Tensor, nn
from torch.optim.swa_utils import AveragedModel

from colornb._old_names import current_parts
from colornb.blocks import Hook as Hook
from colornb.blocks import PatchDiscriminator, init_normal
from colornb.checkpoints import load_strictly as load_strictly
from colornb.color import CHANNELS, encode
from colornb.hints import Patches, paint_patches, sample_counts, sample_patches
from colornb.methods._config_overrides import check, check_positive, check_shares, check_spaces, check_words  # noqa: F401
from colornb.types import Batch, Boxes, HintMaps, Integers, Mask, Plane, Planes, Regions, RowIndex

MAX_HINTS = 512  # hints that a simulated user can give
REFERENCE_SIDE = 256  # pixels: of the pictures of the papers, and those that sides of patches are for when they scale


@dataclass  # not frozen: Lightning casts what is inside, and puts it back
class Encoding:
    """What a network knows of a picture before any hint: computed once, used for every prediction."""

    condition: Plane
    regions: Regions | None = None
    boxes: Boxes | None = None  # where things are, for networks that ask

    def pick(self, rows: Tensor) -> "Encoding":
        """The same for some of the pictures; a row may be picked more than once."""
        return self.each(lambda part: part[rows])

    def each(self, change: Callable[[Tensor], Tensor]) -> "Encoding":
        """The same with every part changed in one way."""
        return type(self)(**{name: None if part is None else change(part) for name, part in vars(self).items()})


def identity_hook(name: str, feature: Callable[[], Tensor]) -> Tensor:
    """The hook that leaves everything as it is."""
    return feature()


class FeatureMaps(dict[str, Tensor]):
    """A hook that leaves everything as it is, and keeps each feature map by its name."""

    def __call__(self, name: str, feature: Callable[[], Tensor]) -> Tensor:
        """Make a map."""
        self[name] = feature()
        return self[name]


@runtime_checkable
class Network(Protocol):
    """The contract of a colorization network.

    `condition` ("sketch" or "L") and `target` ("rgb" or "ab") name the spaces of `colornb.color.encode`; `n_regions`
    is how many regions the model guides through, 0 where the user alone decides; `hint_kinds` are the kinds of hints
    that it listens to ("point", "region", none at all); `line_art` are the sketch presets that it is trained with, the
    one to use first; the sides of what it sees are multiples of `multiple`. One that makes something of
    `Encoding.boxes` says so by `sees_boxes`, one whose hints shall fill the areas of a drawing by `fills_areas`, one
    that can learn from squares of other sides, too, by `takes_any_side`.
    """

    config: Any
    condition: str
    target: str
    n_regions: int
    hint_kinds: tuple[str, ...]
    line_art: tuple[str, ...]
    multiple: int

    def encode(self, condition: Plane, generator: Generator | None = None) -> Encoding:
        """Everything that does not depend on hints; with a generator, regions are drawn with the noise of training."""

    def paint(self, encoding: Encoding, color: Planes, mask: Mask) -> Planes:
        """The picture in the target space for dense hints: `color` in the target space, 0 where `mask` is 0."""

    def simulate_hints(
        self, encoding: Encoding, target: Planes, counts: Integers, generator: Generator, rows: RowIndex | None = None
    ) -> HintMaps:
        """The first `counts` hints of a user who knows the true picture: what the paper's evaluation gives.

        With `rows` only for these pictures, one of `counts` for each. Hints are nested: with a generator in the same
        state, more hints for a picture are the same ones and some further. A network that listens to none gets none.
        """


if TYPE_CHECKING:

    class NetworkModule(nn.Module, Network):
        """A module that keeps the contract: annotations have no other word for both."""

        def __getattr__(self, name: str) -> Any:
            """What only some methods have, such as `enhance`."""
else:
    NetworkModule = nn.Module


@runtime_checkable
class HookableNetwork(Network, Protocol):
    """A network whose feature maps have names: others can read them, change them, and go on from them.

    `features` are the names, in the order of computing; those before `decoder` belong to the encoder. `paint` hands
    each map to `hook` before it is made; what comes back takes its place everywhere, in the shortcuts too. A hook
    that keeps what was made and hands it out the next time saves all that lies before.

    Where a network has `cacheable`, a hook meets their names, too: they depend on no feature map, so that they may
    be kept whatever is changed.
    """

    features: tuple[str, ...]
    decoder: str

    def paint(self, encoding: Encoding, color: Planes, mask: Mask, hook: Hook = identity_hook) -> Planes:
        """The picture in the target space for dense hints."""


class BaseNetwork(nn.Module):
    """A `Network` that knows nothing before the first hint, and whose hints, if it accepts any, are points.

    What `config` says of `condition`, `target` and `line_art` becomes the network's own. `Config.sides` and, where
    there is one, `Config.odd_sizes` are those of `hints.sample_patches`.
    """

    n_regions: int = 0
    hint_kinds: tuple[str, ...] = ()
    sees_boxes, fills_areas, notice = False, False, ""  # `notice`: what a licence of weights inside wants to be said

    def __init__(self, config: Any) -> None:
        super().__init__()
        self.config = config
        for name in ("condition", "target", "line_art"):
            if hasattr(config, name):
                setattr(self, name, getattr(config, name))

    def encode(self, condition: Plane, generator: Generator | None = None) -> Encoding:
        """There is nothing to know before the first hint."""
        return Encoding(condition)

    def simulate_hints(
        self, encoding: Encoding, target: Planes, counts: Integers, generator: Generator, rows: RowIndex | None = None
    ) -> HintMaps:
        """The first `counts` patches of a user who clicks at random places; none where no points are accepted."""
        if "point" in self.hint_kinds:
            odd_sizes = getattr(self.config, "odd_sizes", False)
            return point_hints(target, counts, generator, rows, self.config.sides, odd_sizes)
        color = torch.zeros_like(target if rows is None else target[rows])
        return color, torch.zeros_like(color[:, :1])


@dataclass(frozen=True)
class Progress:
    """Where training stands: `step` of `steps`, `per_epoch` steps for one pass over the data."""

    step: int
    steps: int
    per_epoch: int
    by_time: float | None = None  # share of the time that is over, where time and not steps are the budget

    @property
    def epochs(self) -> int:
        """Passes over the data in the whole training, the last of them perhaps cut short."""
        return -(-self.steps // self.per_epoch)

    @property
    def by_step(self) -> float:
        """Share of the training that is done, [0, 1)."""
        return self.step / self.steps if self.by_time is None else self.by_time

    @property
    def by_epoch(self) -> float:
        """The same in whole epochs, as papers schedule; how many there will be, nobody knows where time decides."""
        return self.step // self.per_epoch / self.epochs if self.by_time is None else self.by_time


class Recipe(ABC):
    """How a method is trained: modules, an optimiser for each, and one step on a batch.

    Every step logs `rec`, how far the painted pictures are from the true ones, in the method's own measure.

    The first module is the network that is kept. `setup` hands everything to Lightning Fabric, which places it on
    any device, any number of them, in any precision; without it the recipe runs where its tensors are.
    """

    modules: dict[str, nn.Module]
    optimizers: dict[str, torch.optim.Optimizer]

    def __init__(self, **parts: tuple[nn.Module, torch.optim.Optimizer]) -> None:
        self.modules = {name: module for name, (module, _) in parts.items()}
        self.optimizers = {name: optimizer for name, (_, optimizer) in parts.items()}
        self.network = next(iter(self.modules.values()))  # the bare one, whatever Fabric wraps around it
        self.averaged: AveragedModel | None = None
        self.backward: Callable[[Tensor], None] = torch.Tensor.backward

    def setup(self, fabric: Any) -> None:
        """Place modules and optimisers where `fabric` (lightning.fabric.Fabric) says."""
        for name, module in self.modules.items():
            module.to(memory_format=torch.channels_last)
            self.modules[name], self.optimizers[name] = fabric.setup(module, self.optimizers[name])
            self.modules[name].train()
        if self.averaged is not None:
            self.averaged.to(fabric.device, memory_format=torch.channels_last)
            self.averaged.n_averaged = self.averaged.n_averaged.cpu()  # so that no step waits for a number
        self.backward = fabric.backward

    def keep_average(self, decay: float) -> None:
        """From now on average the network's weights over the steps: an EMA that keeps `decay` of those before.

        At first it keeps less, (1 + n) / (10 + n) after n steps, so that the first weights are soon forgotten. Where
        `decay` is 0 nothing is averaged.
        """
        if decay:
            # with what batch norms gather: that of other weights would not fit the averaged ones
            self.averaged = AveragedModel(self.network, multi_avg_fn=self._average, use_buffers=True)
            self.averaged.requires_grad_(False)
            self.decay = decay

    def _average(self, kept: list[Tensor], new: list[Tensor], _: Tensor) -> None:
        if not kept[0].is_floating_point():  # all that come together are of one kind
            torch._foreach_copy_(kept, new)
            return
        n = int(self.averaged.n_averaged)
        torch._foreach_lerp_(kept, new, 1 - min(self.decay, (1 + n) / (10 + n)))

    @property
    def kept(self) -> nn.Module:
        """The network that training is for: the averaged one, where weights are averaged."""
        return self.network if self.averaged is None else self.averaged.module

    def finish(self) -> None:
        """Give the network the weights that are kept of it."""
        if self.averaged is not None:
            self.network.load_state_dict(self.kept.state_dict())

    @abstractmethod
    def step(self, batch: Batch, progress: Progress, generator: Generator) -> dict[str, Tensor]:
        """One update of everything; returns the losses as detached numbers, left on the device."""

    def optimizer_step(self, name: str, loss: Tensor) -> Tensor:
        """One optimiser step of the part `name`; returns the loss detached."""
        self.backward(loss)
        self.optimizers[name].step()
        self.optimizers[name].zero_grad(set_to_none=True)  # now, so that the next pass has their memory
        if self.averaged is not None and self.optimizers[name] is next(iter(self.optimizers.values())):
            self.averaged.update_parameters(self.network)
        return loss.detach()

    def minimize(self, terms: dict[str, Tensor]) -> dict[str, Tensor]:
        """One optimiser step of the network on the sum of these losses; returns them detached."""
        self.optimizer_step("network", sum(terms.values()))
        return {name: term.detach() for name, term in terms.items()}

    def draw_hints(self, encoding: Encoding, target: Planes, generator: Generator, least: int = 0) -> HintMaps:
        """Hints of simulated users: `least`, and up to 64 more; before each they stop with the chance `Config.stop`."""
        counts = least + sample_counts(len(target), 64, generator, self.network.config.stop)
        return self.network.simulate_hints(encoding, target, counts, generator)

    @contextmanager
    def hold_still(self, name: str) -> Iterator[nn.Module]:
        """The part `name`, whose weights get no gradients meanwhile."""
        part = self.modules[name].requires_grad_(False)
        yield part
        part.requires_grad_(True)

    def set_lr_scale(self, factor: float) -> None:
        """Set every learning rate to `factor` times what it was at the beginning."""
        for optimizer in self.optimizers.values():
            for group in optimizer.param_groups:
                group["lr"] = factor * group.setdefault("initial_lr", group["lr"])

    def anneal(self, progress: Progress, warmup: int = 0, end: float = 0.0) -> None:
        """Raise every learning rate in a line over the first `warmup` steps; let it fall as half a cosine, to `end`."""
        fall = end + (1 - end) * (1 + math.cos(math.pi * min(1.0, progress.by_step))) / 2
        self.set_lr_scale(fall * min(1.0, (progress.step + 1) / max(1, warmup)))

    def state(self) -> dict:
        """All that a resumed run needs, as tensors and plain numbers."""
        averaged = {} if self.averaged is None else {"averaged": self.averaged.state_dict()}
        return averaged | {
            "modules": {name: module.state_dict() for name, module in self.modules.items()},
            "optimizers": {name: optimizer.state_dict() for name, optimizer in self.optimizers.items()},
        }

    def load_state(self, state: dict) -> None:
        """Continue from what `state` returned, today or before parts got other names."""
        state = state | {part: current_parts(state[part]) for part in ("modules", "optimizers")}
        for name, module in self.modules.items():
            module.load_state_dict(state["modules"][name])
            self.optimizers[name].load_state_dict(state["optimizers"][name])
        if self.averaged is not None:
            self.averaged.load_state_dict(state["averaged"])


class AdversarialRecipe(Recipe):
    """A network and a discriminator of patches, drawn from `generator`, each with Adam as its configuration says."""

    def __init__(self, network: Any, generator: Generator) -> None:
        c = self.config = network.config
        discriminator = PatchDiscriminator(1 + CHANNELS[c.target], c.discriminator_width)
        init_normal(discriminator, generator)
        adam = {"lr": c.lr, "betas": c.betas, "fused": True}
        super().__init__(
            network=(network, torch.optim.Adam(network.parameters(), **adam)),
            discriminator=(discriminator, torch.optim.Adam(discriminator.parameters(), **adam)),
        )


def encode_batch(network: Network, batch: Batch, generator: Generator | None = None) -> Encoding:
    """What `network` knows of a batch before any hint, the boxes of the data with it; see `make_condition`."""
    encoding = network.encode(make_condition(network, batch, generator))
    encoding.boxes = batch.boxes
    return encoding


def make_condition(network: Network, batch: Batch, generator: Generator | None = None) -> Plane:
    """What `network` sees of a batch, in network space: its lightness or its line art.

    Line art that the data does not own is drawn as the network is trained: with `generator`, by one of its presets at
    random; without, always alike by the first.
    """
    if network.condition != "sketch":
        return encode(batch.rgb, network.condition)
    if batch.sketch is not None:
        return encode(batch.sketch, "sketch")
    from colornb.sketches import sketch

    preset = network.line_art[0]
    if generator is not None and len(network.line_art) > 1:
        which = torch.randint(len(network.line_art), (), generator=generator, device=generator.device)
        preset = network.line_art[which]
    return encode(sketch(batch.rgb, preset, generator), "sketch")


def point_hints(
    target: Planes,
    counts: Integers,
    generator: Generator,
    rows: RowIndex | None,
    sides: tuple[int, int],
    odd_sizes: bool,
    scale: float = 1.0,
) -> HintMaps:
    """Nested point hints for `simulate_hints`: all that the user might say is drawn, and the first `counts` are said.

    `sides`, `odd_sizes` and `scale` are those of `hints.sample_patches`.
    """
    patches = sample_patches(len(target), MAX_HINTS, tuple(target.shape[-2:]), generator, sides, odd_sizes, scale)
    if rows is not None:
        target = target[rows]
        patches = Patches(patches.top[rows], patches.left[rows], patches.side[rows], patches.largest)
    needed = int(counts.max()) if counts.device.type == "cpu" else MAX_HINTS  # a GPU need not wait for a number
    return paint_patches(patches.first(needed), target, counts)


def scaled_hints(
    network: nn.Module,
    encoding: Encoding,
    target: Planes,
    counts: Integers,
    generator: Generator,
    patches: tuple[int, int] | None,
) -> HintMaps:
    """The hints of a network's simulated user, with patches that cover the same share of a picture of any size.

    `patches` are the smallest and the largest side, in pixels of a picture of `REFERENCE_SIDE` pixels a side. None
    leaves them as large as the network's own `Config.sides` says, and so does a network that is not told colours in
    patches.
    """
    if patches is None or "point" not in network.hint_kinds or not hasattr(network.config, "sides"):
        return network.simulate_hints(encoding, target, counts, generator)
    scale = min(target.shape[-2:]) / REFERENCE_SIDE
    return point_hints(target, counts, generator, None, patches, getattr(network.config, "odd_sizes", False), scale)
