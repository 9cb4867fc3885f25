"""What the methods share that are told colours at points."""

import torch

from colornb.hints import Patches, paint_patches, sample_patches
from colornb.types import Each, Planes, Rows, Told

MOST = 512  # hints that a simulated user can give


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


def no_hints(target: Planes, rows: Rows | None) -> Told:
    """What `simulate` gives for a network that listens to nothing."""
    color = torch.zeros_like(target if rows is None else target[rows])
    return color, torch.zeros_like(color[:, :1])
