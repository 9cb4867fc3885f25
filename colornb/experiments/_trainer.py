"""Networks for experiments: each is trained once, kept in a folder, and taken from there the next time."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import torch

from colornb import methods
from colornb.data import Dataset, with_boxes
from colornb.evaluation import commit
from colornb.experiments._plan import Plan, short
from colornb.training import Tick, train


class Trainer:
    """Trains what a plan asks for.

    `runs` is the folder that finished and unfinished trainings are kept in, so that an experiment that was cut short
    goes on where it was, and experiments on the same networks share them; None keeps nothing. `watch(title, tick)` is
    called as training goes. `opened` holds pictures that are open already.
    """

    def __init__(
        self,
        plan: Plan,
        runs: Path | None = None,
        device: torch.device | str = "cpu",
        watch: Callable[[str, Tick], None] | None = None,
        opened: dict[tuple, Dataset] | None = None,
    ) -> None:
        self.plan, self.runs, self.device, self.watch = plan, runs, torch.device(device), watch
        self._opened = {} if opened is None else opened
        self._trained: dict[str, torch.nn.Module] = {}

    def of(self, method: str, preset: str) -> "Trainer":
        """One that trains another method on the same pictures with the same budget, and keeps it in the same place."""
        plan = replace(self.plan, method=method, preset=preset, changes={})
        return Trainer(plan, self.runs, self.device, self.watch, self._opened)

    def pictures(self, name: str, split: str, network: torch.nn.Module) -> Dataset:
        """The pictures of a dataset of the plan, as `network` wants them, on the device.

        One that sees boxes is shown regions of similar lightness where a dataset has no boxes of its own.
        """
        line_art = network.line_art if network.condition == "sketch" else None
        sees_boxes = getattr(network, "sees_boxes", False)
        key = (name, split, line_art, sees_boxes)
        if key not in self._opened:
            pictures = self.plan.open(name, split, line_art)
            self._opened[key] = (with_boxes(pictures) if sees_boxes else pictures).to(self.device)
        return self._opened[key]

    def network(
        self, name: str, seed: int = 0, start: torch.nn.Module | None = None, **changes: Any
    ) -> torch.nn.Module:
        """A network trained on dataset `name` with the plan's budget, ready to paint.

        Args:
            name: one of the plan's datasets.
            seed: of the weights and of the training.
            start: a network of this trainer to take first weights from, or those of the backbone.
            **changes: fields of the plan's preset to change.
        """
        key = self._key(name, seed, start, changes)
        if key not in self._trained:
            self._trained[key] = self._find(key) or self._train(key, name, seed, start, changes)
        return self._trained[key]

    def _find(self, key: str) -> torch.nn.Module | None:
        if self.runs is None or not (self.runs / key / "network.safetensors").is_file():
            return None
        return methods.load(self.runs / key).to(self.device)

    @torch.enable_grad()  # experiments measure without gradients, and ask for networks while they do
    def _train(
        self, key: str, name: str, seed: int, start: torch.nn.Module | None, changes: dict[str, Any]
    ) -> torch.nn.Module:
        plan, out = self.plan, self.runs and self.runs / key
        network = methods.build(plan.method, plan.preset, seed, **plan.changes | changes)
        if start is not None:
            getattr(network, "backbone", network).load_state_dict(start.state_dict())
        recipe = methods.recipe(network.to(self.device), seed)
        about = self._about(key, name, network)
        title = f"{plan.method}, {short(name)}, seed {seed}" + "".join(
            f", {key} {value}" for key, value in changes.items()
        )
        budget = {"steps": plan.steps, "batch_size": plan.batch_size, "seed": seed}
        for tick in train(recipe, self.pictures(name, "train", network), **budget, out=out, about=about):
            if self.watch:
                self.watch(title, tick)
        network.about = about
        return network.eval().requires_grad_(False)

    def _key(self, name: str, seed: int, start: torch.nn.Module | None, changes: dict[str, Any]) -> str:
        plan = self.plan
        config = asdict(methods.presets(plan.method)[plan.preset]) | plan.changes | changes
        budget = [plan.method, plan.size, plan.draw, plan.pictures, plan.steps, plan.batch_size]
        told = json.dumps([config, budget, start and start.about["key"]])
        return f"{short(name)}-{hashlib.sha256(told.encode()).hexdigest()[:10]}-{seed}"

    def _about(self, key: str, name: str, network: torch.nn.Module) -> dict[str, Any]:
        plan = self.plan
        return {
            "key": key,
            "data": short(name),
            "preset": plan.preset,
            "size": plan.size,
            "draw": plan.draw,
            "pictures": len(self.pictures(name, "train", network)),
            "commit": commit(),
        }
