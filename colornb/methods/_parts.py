"""Trained networks inside other networks: kept as they are, and built again from what a checkpoint says of them."""

from dataclasses import asdict
from typing import Any

from torch import nn


def frozen_part(name: str, built: dict[str, Any] | None) -> tuple[nn.Module, dict[str, Any]]:
    """A network that does not learn, and what it takes to build it again without its file.

    Args:
        name: a checkpoint, by shipped name, file or folder of a run; or "METHOD:PRESET", untrained.
        built: what was returned the last time, for a network whose weights a file is to fill.
    """
    from colornb import methods

    if built:
        network = methods.build(built["method"], methods.read_config(built["method"], built["config"]))
    elif ":" in name:
        network = methods.build(*name.split(":", 1))
    else:
        network = methods.load(name)
    description = {"method": methods.method_of(network), "config": asdict(network.config)}
    return network.eval().requires_grad_(False), description
