"""Hints in another order than the model's: one stage of training, and two (GuidingPainter, appendix D.2, Fig. 8)."""

from typing import Any

from torch.nn import Module

from colornb.experiments._painting import ExperimentConfig, Row, Trainer, for_each, lines, measure_order

CONFIG = ExperimentConfig()
SECOND: dict[str, Any] = {"counts": "any", "hint_prob": 0.4, "frozen_regions": True}
ORDERS = ("asked", "random", "reversed")


@for_each
def run(trainer: Trainer, name: str, seed: int) -> list[Row]:
    """A row for each dataset, seed, number of stages, order and number of hints: mean PSNR.

    The second stage trains g for as many steps again, f frozen; to be fair, so is "one stage, trained on", which
    keeps the first stage's hints.

    Deviation: a hint is kept with a chance of 0.4 instead of 0.125, as there are fewer regions than the paper's 30.
    """
    return [
        {"training": training, "order": order} | row
        for training, network in networks(trainer, name, seed).items()
        for order in ORDERS
        for row in measure_order(network, trainer.pictures(name, "test", network), order, seed)
    ]


def networks(trainer: Trainer, name: str, seed: int) -> dict[str, Module]:
    """The same regions with a colorizer of one stage, and of two."""
    first = trainer.network(name, seed)
    return {
        "one stage, trained on": trainer.network(name, seed, first, frozen_regions=True),
        "two stages": trainer.network(name, seed, first, **SECOND),
    }


def _shown(rows: list[Row]) -> list[Row]:
    return [row | {"line": f"{row['training']}, {row['order']}"} for row in rows]


show = lines("line", "hints", "psnr", "hints", "PSNR (dB)", panel="data", of=_shown)
