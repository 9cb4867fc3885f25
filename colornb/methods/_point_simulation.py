"""What the methods share that are told colours at points."""

import torch
from torch import nn

from colornb.hints import Patches, paint_patches, sample_patches
from colornb.methods.base import Look
from colornb.types import Each, Planes, Rows, Told

MOST = 512  # hints that a simulated user can give
SIDE = 256  # pixels a side: the pictures of the papers, and those that sides of patches are for when they scale


def point_hints(
    target: Planes,
    counts: Each,
    generator: torch.Generator,
    rows: Rows | None,
    sides: tuple[int, int],
    odd: bool,
    scale: float = 1.0,
) -> Told:
    """Nested point hints for `simulate`: all that the user might say is drawn, and the first `counts` are said.

    `sides`, `odd` and `scale` are those of `hints.sample_patches`.
    """
    patches = sample_patches(len(target), MOST, tuple(target.shape[-2:]), generator, sides, odd, scale)
    if rows is not None:
        target = target[rows]
        patches = Patches(patches.top[rows], patches.left[rows], patches.side[rows], patches.largest)
    needed = int(counts.max()) if counts.device.type == "cpu" else MOST  # a GPU need not wait for a number
    return paint_patches(patches.first(needed), target, counts)


def scaled_hints(
    network: nn.Module,
    look: Look,
    target: Planes,
    counts: Each,
    generator: torch.Generator,
    patches: tuple[int, int] | None,
) -> Told:
    """The hints of a network's simulated user, with patches that cover the same share of a picture of any size.

    `patches` are the smallest and the largest side, in pixels of a picture of `SIDE` pixels a side. None leaves them
    as large as the network's own `Config.sides` says, and so does a network that is not told colours in patches.
    """
    if patches is None or "point" not in network.hint_kinds or not hasattr(network.config, "sides"):
        return network.simulate(look, target, counts, generator)
    scale = min(target.shape[-2:]) / SIDE
    return point_hints(target, counts, generator, None, patches, getattr(network.config, "odd", False), scale)


def no_hints(target: Planes, rows: Rows | None) -> Told:
    """What `simulate` gives for a network that listens to nothing."""
    color = torch.zeros_like(target if rows is None else target[rows])
    return color, torch.zeros_like(color[:, :1])
