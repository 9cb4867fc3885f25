"""What the experiments on scribbles are written with, and share."""

import copy
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from torch import nn

from colornb.evaluation import BEFORE, ScribbleProtocol, evaluate_users
from colornb.experiments._trainer import Dataset, ExperimentConfig, Row, Trainer, dots, for_each  # noqa: F401 (passed on)
from colornb.figures import Figure, show_dots

Variants = Mapping[str, tuple[str, dict[str, Any]]]  # a preset, and what is changed in it


def scribble_protocol(config: ExperimentConfig, pictures: Dataset, **changes: Any) -> ScribbleProtocol:
    """The protocol for so many pictures."""
    return ScribbleProtocol(n=config.scribbles * len(pictures), lpips=config.lpips, **changes)


def compare(
    trainer: Trainer, name: str, networks: dict[str, nn.Module], split: str = "test", **changes: Any
) -> list[Row]:
    """Rows of `evaluate_users` for networks on the same backbone, on the pictures of a split of a dataset.

    The simulated user is that of the protocol; `changes` are fields of it.
    """
    backbone = next(iter(networks.values())).backbone
    pictures = trainer.pictures(name, split, backbone)
    protocol = scribble_protocol(trainer.config, pictures, **changes)
    return evaluate_users(backbone, networks, pictures, protocol, ({},))


def train_variants(trainer: Trainer, name: str, seed: int, variants: Variants) -> dict[str, nn.Module]:
    """Edge-enhancing networks by name, each of a preset and changes of it, on the backbone of the settings."""
    return {
        variant: trainer.of("edge_enhancing", preset).network(name, seed, **trainer.config.changes | changes)
        for variant, (preset, changes) in variants.items()
    }


def scaled(network: nn.Module, strength: float) -> nn.Module:
    """The same edge-enhancing network, on the same weights, with every E adding that share of what it has learned."""
    network = copy.copy(network)
    network.config = replace(network.config, strength=strength)
    return network


def show_gains(rows: list[Row], group: str = "data", dot: str = "painted", apart: bool = False) -> Figure:
    """What each network gains along the scribbled edges, and the interval of it; small dots are seeds."""
    gains = [row for row in rows if row["painted"] != BEFORE]
    return show_dots(gains, group, dot, "psnr_near_gain", "PSNR gained near the edge (dB)", "psnr_near_ci", apart)
