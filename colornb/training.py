"""One training loop for every method: a generator of ticks that the caller may plot, log or stop.

Lightning Fabric lies underneath, so the same recipe runs on a CPU, on one GPU, on many and on many nodes, in full or
in mixed precision. All randomness of a step is drawn from (seed, step, rank) alone and the order of the data from
(seed, epoch): a run that was killed needs to remember only weights, optimisers and its step to go on as if nothing
had happened. On a CPU this holds bit for bit; on a GPU as far as its kernels add up in a fixed order.
"""

import io
import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import numpy as np
import torch

from colornb import methods, weights
from colornb.methods import Progress, Recipe
from colornb.types import Batch, Index

FREE = {"commit", "command"}  # what may differ between a run and its continuation
Augment = Callable[[Batch, torch.Generator], Batch]


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
class Plan:
    """What a run is: two runs of the same plan on the same CPU end with the same weights."""

    steps: int
    batch_size: int  # pictures a step on each device
    seed: int
    pictures: int
    devices: int
    method: str
    config: str
    about: str = ""  # what the caller says of data and settings


def train(
    recipe: Recipe,
    data: Data,
    *,
    steps: int,
    batch_size: int = 16,
    seed: int = 0,
    out: str | Path | None = None,
    every: int = 20,
    save_every: int = 500,
    augment: Augment | None = None,
    fabric: Any = None,
    about: dict | None = None,
) -> Iterator[Tick]:
    """Train `recipe` on `data`, yielding a `Tick` each `every` steps and at the end.

    Args:
        recipe: what `colornb.methods.recipe` returns.
        data: a dataset; it is asked for batches on the device.
        steps: how many updates in all.
        batch_size: pictures a step, on each device.
        seed: what data order, augmentation, noise and hints are drawn from.
        out: a folder. The run saves itself there each `save_every` steps and goes on from there when it finds itself;
            `network.safetensors` is written at the end.
        every: steps from tick to tick.
        save_every: steps from checkpoint to checkpoint.
        augment: a function of (batch, generator), such as `colornb.data.augment`.
        fabric: a lightning Fabric that was launched; by default one for the device that the network is on.
        about: words to write beside the weights (data, command, ..).

    Raises:
        ValueError: no pictures, or `out` holds a run of another plan.
    """
    if steps < 1 or batch_size < 1 or not len(data):
        raise ValueError("nothing to train on: give at least one picture, one step and a batch of one")
    fabric = fabric or _fabric(recipe)
    recipe.setup(fabric)
    plan = _plan(recipe, data, steps, batch_size, seed, fabric.world_size, about or {})
    state_file = None if out is None else Path(out) / "state.pt"
    first = _resume(recipe, plan, state_file)
    if fabric.world_size > 1 and len(fabric.all_gather(torch.tensor(first)).unique()) > 1:
        raise ValueError(f"not every node sees {out}: give a folder that all of them share")
    yield from _run(recipe, data, plan, first, state_file, every, save_every, augment, fabric)
    path = None if out is None else Path(out) / "network.safetensors"
    if path and fabric.is_global_zero and not (first == steps and path.is_file()):
        methods.save(recipe.network, path, steps=steps, batch_size=batch_size, seed=seed, **(about or {}))


def _run(
    recipe: Recipe,
    data: Data,
    plan: Plan,
    first: int,
    state_file: Path | None,
    every: int,
    save_every: int,
    augment: Augment | None,
    fabric: Any,
) -> Iterator[Tick]:
    device, rank = fabric.device, fabric.global_rank
    per_epoch = max(1, plan.pictures // (plan.batch_size * plan.devices))
    logs, began, ticked = [], time.perf_counter(), first
    for step in range(first, plan.steps):
        for module in recipe.modules.values():
            module.train()  # the caller may have painted with it since the last tick
        generator = step_generator(plan.seed, step, rank, device)
        index = batch_index(plan, step, rank).to(device)
        with _seeded(plan.seed, step, rank, device):
            batch = data.batch(index, generator).to(device)
            batch = augment(batch, generator) if augment else batch
            logs.append(recipe.step(batch, Progress(step, plan.steps, per_epoch), generator))
        done = step + 1
        if done % every == 0 or done == plan.steps:
            names = dict.fromkeys(name for row in logs for name in row)  # not every stage logs the same
            means = {name: torch.stack([row[name] for row in logs if name in row]).mean().item() for name in names}
            now = time.perf_counter()
            pace = (now - began) / (done - ticked)
            speed = plan.batch_size * plan.devices / pace
            yield Tick(done, plan.steps, means, speed, pace * (plan.steps - done))
            logs, began, ticked = [], time.perf_counter(), done
        if state_file and (done % save_every == 0 or done == plan.steps):
            _save(recipe, plan, done, state_file, fabric)


def batch_index(plan: Plan, step: int, rank: int) -> Index:
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


def _fabric(recipe: Recipe) -> Any:
    try:
        from lightning_fabric import Fabric
    except ImportError:
        from lightning.fabric import Fabric
    device = next(recipe.network.parameters()).device
    return Fabric(accelerator=device.type, devices=1 if device.index is None else [device.index])


def _plan(recipe: Recipe, data: Data, steps: int, batch_size: int, seed: int, devices: int, about: dict) -> Plan:
    method, config = methods.method_of(recipe.network), repr(recipe.network.config)
    settings = {name: value for name, value in about.items() if name not in FREE}
    return Plan(steps, batch_size, seed, len(data), devices, method, config, json.dumps(settings, sort_keys=True))


def _resume(recipe: Recipe, plan: Plan, state_file: Path | None) -> int:
    if state_file is None or not state_file.is_file():
        return 0
    state = torch.load(state_file, map_location="cpu", weights_only=True)
    for name, value in state["plan"].items():
        if getattr(plan, name) != value:
            given = getattr(plan, name)
            which = "other settings" if isinstance(value, str) else f"{name} = {value}, not {given}"
            raise ValueError(
                f"{state_file.parent} holds a run with {which}: give the same to go on with it, or another folder"
            )
    recipe.load_state(state["recipe"])
    return state["step"]


def _save(recipe: Recipe, plan: Plan, step: int, state_file: Path, fabric: Any) -> None:
    state = {"plan": vars(plan), "step": step, "recipe": recipe.state()}
    if fabric.is_global_zero:
        buffer = io.BytesIO()
        torch.save(state, buffer)
        weights.write_bytes(state_file, buffer.getvalue())
    fabric.barrier()
