"""Hints in another order than the model's: one stage of training, and two (GuidingPainter, appendix D.2, Fig. 8)."""

from typing import Any

import torch
from torch.nn import Module

from colornb.experiments._painting import (
    Dataset,
    ExperimentConfig,
    Row,
    Trainer,
    for_each,
    interval,
    lines,
    paintings,
    places,
)
from colornb.metrics import psnr
from colornb.types import Float

CONFIG = ExperimentConfig()
SECOND: dict[str, Any] = {"counts": "any", "hint_prob": 0.4, "frozen_regions": True}
ORDERS = ("asked", "largest", "random", "reversed", "gain", "active", "greedy")  # "asked" is the paper's


@for_each
def run(trainer: Trainer, name: str, seed: int) -> list[Row]:
    """A row for each dataset, seed, number of stages, order and number of hints: mean PSNR.

    "over_largest" is by how much that is more than with the largest regions first, "interval" half its 95 % interval
    over pictures; the row of "all" hints is about the mean over all numbers of them. The second stage trains g for as
    many steps again, f frozen; to be fair, so is "one stage, trained on", which keeps the first stage's hints.

    Deviation: a hint is kept with a chance of 0.4 instead of 0.125, as there are fewer regions than the paper's 30.
    """
    return [
        {"training": training} | row
        for training, network in networks(trainer, name, seed).items()
        for row in _compare(network, trainer.pictures(name, "test", network), seed)
    ]


def _compare(network: Module, pictures: Dataset, seed: int) -> list[Row]:
    found = {order: curves(network, pictures, order, seed) for order in dict.fromkeys(("largest", *ORDERS))}
    return [row for order in ORDERS for row in _rows(order, found[order], found["largest"])]


def _rows(order: str, found: torch.Tensor, largest: torch.Tensor) -> list[Row]:
    numbers = [*range(found.shape[1]), "all"]
    scores, more = (torch.cat([table, table.mean(1, keepdim=True)], 1) for table in (found, found - largest))
    return [
        {"order": order, "hints": number, "psnr": score.mean().item(), "over_largest": gain.mean().item()}
        | interval(gain)
        for number, score, gain in zip(numbers, scores.T, more.T, strict=True)
    ]


@torch.no_grad()
def curves(network: Module, pictures: Dataset, order: str, seed: int) -> Float[torch.Tensor, "pictures n"]:
    """The PSNR of each picture with 0, 1, 2 .. hints in an order of `places`."""
    generator, found = torch.Generator(pictures.device).manual_seed(seed), []
    for painting in paintings(network, pictures):
        place = places(painting, order, generator)
        given = (((place < count) & painting.used).float() for count in range(network.n_regions + 1))
        found.append(torch.stack([psnr(painting.paint(shown), painting.truth) for shown in given], 1).cpu())
    return torch.cat(found)


def networks(trainer: Trainer, name: str, seed: int) -> dict[str, Module]:
    """The same regions with a colorizer of one stage, and of two."""
    first = trainer.network(name, seed)
    return {
        "one stage, trained on": trainer.network(name, seed, first, frozen_regions=True),
        "two stages": trainer.network(name, seed, first, **SECOND),
    }


def _shown(rows: list[Row]) -> list[Row]:
    return [row | {"line": f"{row['training']}, {row['order']}"} for row in rows if row["hints"] != "all"]


show = lines("line", "hints", "psnr", "hints", "PSNR (dB)", panel="data", of=_shown)
