"""How the network of the edge paper was set: one setting changed at a time, measured on validation pictures."""

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

from colornb.experiments._scribbling import ExperimentConfig, Row, Trainer, compare, for_each, scaled, show_gains

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


@for_each
def run(trainer: Trainer, name: str, seed: int) -> list[Row]:
    """A row for each dataset, seed, variant and scale, and one for the picture before.

    Nothing here sees a test picture.
    """
    return try_each(trainer, name, seed, VARIANTS, SCALES)


def try_each(
    trainer: Trainer, name: str, seed: int, variants: Mapping[str, dict[str, Any]], scales: Iterable[float]
) -> list[Row]:
    """The rows of `run` for any variants and scales."""
    rows = []
    for variant, changes in variants.items():
        network = trainer.network(name, seed, **changes)
        networks = {str(scale): scaled(network, scale) for scale in scales}
        rows += [{"variant": variant} | row for row in compare(trainer, name, networks, split="val", stop=STOP)]
    return rows


show = partial(show_gains, group="variant")  # a bar for each scale of what E adds
