"""How the network of the edge paper was set: one setting changed at a time, measured on validation pictures."""

from collections.abc import Iterable, Mapping
from typing import Any

from torch.nn import Module

from colornb.evaluation import BEFORE
from colornb.experiments._scribbling import compare, scaled, show_gains
from colornb.experiments._trainer import ExperimentConfig, Row, Trainer
from colornb.figures import Figure

CHANGES = {"reg": 100.0}  # where the search began; the preset `paper` is what came of it
CONFIG = ExperimentConfig(method="edge_enhancing", preset="paper", changes=CHANGES, draw=0, steps=240, seeds=(0,))
VARIANTS = {  # what is changed beside
    "paper": {},
    "reg 0.01": {"reg": 0.01},
    "reg 3": {"reg": 3.0},
    "reg 30": {"reg": 30.0},
    "reg 300": {"reg": 300.0},
    "lr 1e-3": {"lr": 1e-3},
    "one edge": {"max_edges": 1},
    "shallow": {"layers": ("conv1_2", "conv2_2", "conv3_3")},
    "decoder": {"layers": ("decoder",)},
    "signed": {"signed": True},
    "signed, reg 1": {"signed": True, "reg": 1.0},
    "signed, reg 0.1": {"signed": True, "reg": 0.1},
    "strong edges": {"thresholds": (0.3, 0.6)},
}
STOP = 0.125  # the simulated user's chance to stop before each colour, as in RTUG's paper
SCALES = (0.25, 1.0)  # of what E adds: whether it goes the right way, and too far


def run(trainer: Trainer) -> list[Row]:
    """A row for each dataset, seed, variant and scale, and one for the picture before.

    Nothing here sees a test picture.
    """
    return try_each(trainer, VARIANTS, SCALES)


def try_each(trainer: Trainer, variants: Mapping[str, dict[str, Any]], scales: Iterable[float]) -> list[Row]:
    """The rows of `run` for any variants and scales."""
    return trainer.for_each(
        lambda name, seed: [
            {"variant": variant} | row
            for variant, changes in variants.items()
            for row in _compare(trainer, name, trainer.network(name, seed, **changes), scales)
        ]
    )


def _compare(trainer: Trainer, name: str, network: Module, scales: Iterable[float]) -> list[Row]:
    networks = {str(scale): scaled(network, scale) for scale in scales}
    return compare(trainer, name, networks, split="val", stop=STOP)


def show(rows: list[Row]) -> Figure:
    """What each variant gains at each scale of what E adds."""
    named = [row for row in rows if row["painted"] != BEFORE]
    return show_gains(named, "variant")
