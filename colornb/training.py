"""One training loop for every method: a generator of ticks that the caller may plot, log or stop.

Lightning Fabric lies underneath, so the same recipe runs on a CPU, on one GPU, on many and on many nodes, in full or
in mixed precision. All randomness of a step is drawn from (seed, step, rank) alone and the order of the data from
(seed, epoch): a run that was killed needs to remember only weights, optimisers and its step to go on as if nothing
had happened. On a CPU this holds bit for bit; on a GPU as far as its kernels add up in a fixed order. Where minutes and
not steps are the budget, the speed of the machine decides, too.
"""

import io
import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import numpy as np
import torch

from colornb import methods
from colornb._old_names import current_repr
from colornb.files import atomic_write
from colornb.methods import Progress, Recipe
from colornb.types import Batch, Index

FREE = {"commit", "command"}  # what may differ between a run and its continuation
LONGER = {"steps", "minutes"}  # what may grow once a run has ended
HISTORY = "history.jsonl"
ENDLESS = 10**9  # steps: more than any number of minutes allows
Augment = Callable[[Batch, torch.Generator], Batch]
Measure = Callable[[torch.nn.Module], dict[str, float]]


@runtime_checkable
class Data(Protocol):
    """What training needs of a dataset."""

    def __len__(self) -> int:
        """Number of pictures."""

    def batch(self, index: Index, generator: torch.Generator | None = None) -> Batch:
        """The pictures of an index, in pixel space."""


@dataclass(frozen=True)
class Tick:
    """Where a run stands after `step` of `steps`."""

    step: int
    steps: int
    logs: dict[str, float]  # losses, averaged since the tick before
    images_per_second: float
    seconds_left: float

    def summary(self) -> str:
        """The pace, the time left and the losses in one line."""
        losses = [f"{name} {value:.3g}" for name, value in self.logs.items()]
        return ", ".join([f"{self.images_per_second:.3g} images/s", f"{duration(self.seconds_left)} left", *losses])


def duration(seconds: float) -> str:
    """A time to wait, in the unit that a person would say."""
    for unit, length in (("h", 3600), ("min", 60)):
        if seconds >= 2 * length:
            return f"{seconds / length:.0f} {unit}"
    return f"{seconds:.0f} s"


@dataclass(frozen=True)
class RunConfig:
    """What a run is: two runs of the same plan on the same CPU end with the same weights."""

    steps: int
    batch_size: int  # pictures a step on each device
    seed: int
    pictures: int
    devices: int
    method: str
    config: str
    about: str = ""  # what the caller says of data and settings
    minutes: float | None = None  # the budget, where it is not steps


@dataclass(frozen=True)
class Stand:
    """What a run has used up: updates, and seconds in all its parts."""

    step: int = 0
    spent: float = 0.0

    def ends(self, plan: RunConfig) -> bool:
        """Whether nothing is left of the budget."""
        return self.step >= plan.steps or self.share(plan) == 1

    def share(self, plan: RunConfig) -> float | None:
        """The share of the minutes that is over, in [0, 1]; None where steps are the budget."""
        return None if plan.minutes is None else min(1.0, self.spent / (60 * plan.minutes))


def train(
    recipe: Recipe,
    data: Data,
    *,
    steps: int | None = None,
    minutes: float | None = None,
    batch_size: int = 16,
    seed: int = 0,
    out: str | Path | None = None,
    every: int = 20,
    save_every: int = 500,
    save_minutes: float | None = None,
    augment: Augment | None = None,
    measure: Measure | None = None,
    fabric: Any = None,
    about: dict | None = None,
) -> Iterator[Tick]:
    """Train `recipe` on `data`, yielding a `Tick` each `every` steps and at the end.

    Args:
        recipe: what `colornb.methods.recipe` returns.
        data: a dataset; it is asked for batches on the device.
        steps: how many updates in all. A run that has ended goes on when it is given more.
        minutes: how long to train in all, instead; what depends on progress then goes by the clock.
        batch_size: pictures a step, on each device.
        seed: what data order, augmentation, noise and hints are drawn from.
        out: a folder. The run saves itself there each `save_every` steps and goes on from there when it finds itself;
            each time `history.jsonl` gets a row; `network.safetensors` is written at the end.
        every: steps from tick to tick.
        save_every: steps from checkpoint to checkpoint.
        save_minutes: save also when so much time has passed since the checkpoint before.
        augment: a function of (batch, generator), such as `colornb.data.augment`.
        measure: a function of the network, for numbers that the history shall hold beside the losses.
        fabric: a lightning Fabric that was launched; by default one for the device that the network is on.
        about: words to write beside the weights (data, command, ..).

    Raises:
        ValueError: no pictures, no budget, or `out` holds a run of another plan.
    """
    if (steps is None) == (minutes is None):
        raise ValueError("training needs a budget: give either steps or minutes")
    steps = ENDLESS if steps is None else steps
    if steps < 1 or batch_size < 1 or not len(data) or (minutes is not None and not minutes > 0):
        raise ValueError("nothing to train on: give at least one picture, one step (or some time) and a batch of one")
    fabric = fabric or _fabric(recipe)
    recipe.setup(fabric)
    told = json.dumps({name: value for name, value in (about or {}).items() if name not in FREE}, sort_keys=True)
    method, config = methods.method_of(recipe.network), repr(recipe.network.config)
    plan = RunConfig(steps, batch_size, seed, len(data), fabric.world_size, method, config, told, minutes)
    keeper = _Keeper(None if out is None else Path(out), save_every, save_minutes, measure, fabric)
    first = last = keeper.resume(recipe, plan)
    if fabric.world_size > 1 and len(fabric.all_gather(torch.tensor(first.step)).unique()) > 1:
        raise ValueError(f"not every node sees {out}: give a folder that all of them share")
    for last, tick in _run(recipe, data, plan, first, keeper, every, augment):  # noqa: B007 (used after it)
        if tick:
            yield tick
    recipe.finish()
    path = None if out is None else Path(out) / "network.safetensors"
    if path and fabric.is_global_zero and not (first == last and path.is_file()):
        methods.save(recipe.network, path, steps=last.step, batch_size=batch_size, seed=seed, **(about or {}))


def _run(
    recipe: Recipe, data: Data, plan: RunConfig, stand: Stand, keeper: "_Keeper", every: int, augment: Augment | None
) -> Iterator[tuple[Stand, Tick | None]]:
    device, rank = keeper.fabric.device, keeper.fabric.global_rank
    per_epoch = max(1, plan.pictures // (plan.batch_size * plan.devices))
    start, logs, ticked = time.perf_counter() - stand.spent, [], stand
    while not stand.ends(plan):
        step = stand.step
        for module in recipe.modules.values():
            module.train()  # the caller may have painted with it since the last tick
        generator = step_generator(plan.seed, step, rank, device)
        index = batch_index(plan, step, rank).to(device)
        with _seeded(plan.seed, step, rank, device):
            batch = data.batch(index, generator).to(device)
            batch = augment(batch, generator) if augment else batch
            logs.append(recipe.step(batch, Progress(step, plan.steps, per_epoch, stand.share(plan)), generator))
        keeper.logs.append(logs[-1])
        stand = Stand(step + 1, keeper.fabric.broadcast(time.perf_counter() - start))  # all stop at the same step
        tick = None
        if stand.step % every == 0 or stand.ends(plan):
            tick = _tick(plan, ticked, stand, means(logs))
        yield stand, tick
        if tick:
            logs, ticked = [], Stand(stand.step, time.perf_counter() - start)
        keeper.save(recipe, plan, stand)


def _tick(plan: RunConfig, ticked: Stand, stand: Stand, logs: dict[str, float]) -> Tick:
    pace = (stand.spent - ticked.spent) / (stand.step - ticked.step)
    speed = plan.batch_size * plan.devices / pace
    if plan.minutes is None:
        return Tick(stand.step, plan.steps, logs, speed, pace * (plan.steps - stand.step))
    left = max(0.0, 60 * plan.minutes - stand.spent)
    return Tick(stand.step, stand.step + round(left / pace), logs, speed, left)


def means(logs: list[dict[str, torch.Tensor]]) -> dict[str, float]:
    """The mean of each loss over the steps that have it: not every stage logs the same."""
    names = dict.fromkeys(name for row in logs for name in row)
    return {name: torch.stack([row[name] for row in logs if name in row]).mean().item() for name in names}


def batch_index(plan: RunConfig, step: int, rank: int) -> Index:
    """Which pictures `rank` sees at `step`: every epoch is a fresh permutation, cut into batches without a gap."""
    start = (step * plan.devices + rank) * plan.batch_size
    places = range(start, start + plan.batch_size)
    chosen = []
    for place in places:
        epoch, position = divmod(place, plan.pictures)
        chosen.append(_order(plan.seed, epoch, plan.pictures)[position])
    return torch.from_numpy(np.array(chosen))


@lru_cache(maxsize=2)
def _order(seed: int, epoch: int, pictures: int) -> np.ndarray:
    return np.random.default_rng([seed, epoch]).permutation(pictures)


def step_generator(seed: int, step: int, rank: int, device: torch.device) -> torch.Generator:
    """The source of all randomness of one step."""
    return torch.Generator(device).manual_seed(_mix(seed, step, rank))


def _mix(*numbers: int) -> int:
    return int(np.random.SeedSequence(numbers).generate_state(1, np.uint64)[0] >> 1)


@contextmanager
def _seeded(seed: int, step: int, rank: int, device: torch.device) -> Iterator[None]:
    """Seed torch's own generators, which dropout draws from, for one step; the caller's are left as they were."""
    with torch.random.fork_rng([device] if device.type == "cuda" else []):
        torch.manual_seed(_mix(seed, step, rank, 1))
        yield


def load_fabric() -> Any:
    """The class `Fabric`. It would import torchmetrics to ask for its version alone, and that takes seconds."""
    metrics = sys.modules.setdefault("torchmetrics", None)  # None is a module that cannot be imported
    try:
        from lightning_fabric import Fabric
    except ImportError:
        from lightning.fabric import Fabric
    finally:
        if metrics is None:
            del sys.modules["torchmetrics"]
    return Fabric


def _fabric(recipe: Recipe) -> Any:
    device = next(recipe.network.parameters()).device
    return load_fabric()(accelerator=device.type, devices=1 if device.index is None else [device.index])


class _Keeper:
    """Keeps a run in its folder: state.pt to go on from, history.jsonl to look at."""

    def __init__(
        self, folder: Path | None, every: int, minutes: float | None, measure: Measure | None, fabric: Any
    ) -> None:
        self.folder, self.every, self.minutes, self.measure, self.fabric = folder, every, minutes, measure, fabric
        self.saved = Stand()
        self.logs: list[dict[str, torch.Tensor]] = []  # since the last checkpoint
        self.rows: list[dict[str, Any]] = []

    def resume(self, recipe: Recipe, plan: RunConfig) -> Stand:
        """Where to go on; 0 steps and 0 seconds for a run that is new."""
        if self.folder is None or not (self.folder / "state.pt").is_file():
            return Stand()
        state = _load_state(self.folder / "state.pt")
        stand = Stand(state["step"], state.get("spent", 0.0))
        longer = stand.ends(RunConfig(**state["plan"])) and not stand.ends(plan)
        for name, value in state["plan"].items():
            given = getattr(plan, name)
            if name == "config":
                value = current_repr(plan.method, value)
            if given != value and not (longer and name in LONGER):
                which = "other settings" if isinstance(value, str) else f"{name} = {value}, not {given}"
                raise ValueError(
                    f"{self.folder} holds a run with {which}: give the same to go on with it, or another folder"
                )
        recipe.load_state(state["recipe"])
        self.saved = stand
        self.rows = [row for row in read_history(self.folder) if row["step"] <= stand.step]
        return stand

    def save(self, recipe: Recipe, plan: RunConfig, stand: Stand) -> None:
        """Save the run where it is time to."""
        late = self.minutes is not None and stand.spent - self.saved.spent >= 60 * self.minutes
        if self.folder is None or not (stand.step % self.every == 0 or late or stand.ends(plan)):
            return
        self.saved = stand
        state = {"plan": vars(plan), "step": stand.step, "spent": stand.spent, "recipe": recipe.state()}
        if self.fabric.is_global_zero:
            self._note(recipe, stand)
            buffer = io.BytesIO()
            torch.save(state, buffer)
            atomic_write(self.folder / "state.pt", buffer.getvalue())
        self.fabric.barrier()

    def _note(self, recipe: Recipe, stand: Stand) -> None:
        row = {"step": stand.step, "minutes": round(stand.spent / 60, 2)} | means(self.logs)
        self.rows.append(row | (self.measure(recipe.kept) if self.measure else {}))
        text = "".join(json.dumps(row) + "\n" for row in self.rows)
        atomic_write(self.folder / HISTORY, text.encode())
        self.logs = []


def _load_state(path: Path) -> dict[str, Any]:
    try:
        return torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # unpicklers raise whatever the damage leads them to
        reason = (str(error) or type(error).__name__).splitlines()[0][:80]
        raise ValueError(f"{path} is damaged ({reason}): delete it to begin anew, or take another folder") from None


def read_history(folder: str | Path) -> list[dict[str, Any]]:
    """The rows that a run has kept of itself: step, minutes, mean losses since the row before, what was measured."""
    path = Path(folder) / HISTORY
    return [json.loads(line) for line in path.read_text().splitlines()] if path.is_file() else []
