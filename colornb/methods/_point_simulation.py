"""What the methods share that are told colours at points."""

import torch

from colornb.hints import Patches, paint_patches, sample_patches
from colornb.methods.base import Encoding, NetworkModule
from colornb.types import HintMaps, Integers, Planes, RowIndex

MAX_HINTS = 512  # hints that a simulated user can give
REFERENCE_SIDE = (
    256  # pixels a side: the pictures of the papers, and those that sides of patches are for when they scale
)


def point_hints(
    target: Planes,
    counts: Integers,
    generator: torch.Generator,
    rows: RowIndex | None,
    sides: tuple[int, int],
    odd_sizes: bool,
    scale: float = 1.0,
) -> HintMaps:
    """Nested point hints for `simulate`: all that the user might say is drawn, and the first `counts` are said.

    `sides`, `odd_sizes` and `scale` are those of `hints.sample_patches`.
    """
    patches = sample_patches(len(target), MAX_HINTS, tuple(target.shape[-2:]), generator, sides, odd_sizes, scale)
    if rows is not None:
        target = target[rows]
        patches = Patches(patches.top[rows], patches.left[rows], patches.side[rows], patches.largest)
    needed = int(counts.max()) if counts.device.type == "cpu" else MAX_HINTS  # a GPU need not wait for a number
    return paint_patches(patches.first(needed), target, counts)


def scaled_hints(
    network: NetworkModule,
    encoding: Encoding,
    target: Planes,
    counts: Integers,
    generator: torch.Generator,
    patches: tuple[int, int] | None,
) -> HintMaps:
    """The hints of a network's simulated user, with patches that cover the same share of a picture of any size.

    `patches` are the smallest and the largest side, in pixels of a picture of `REFERENCE_SIDE` pixels a side. None
    leaves them as large as the network's own `Config.sides` says, and so does a network that is not told colours in
    patches.
    """
    if patches is None or "point" not in network.hint_kinds or not hasattr(network.config, "sides"):
        return network.simulate_hints(encoding, target, counts, generator)
    scale = min(target.shape[-2:]) / REFERENCE_SIDE
    return point_hints(target, counts, generator, None, patches, getattr(network.config, "odd_sizes", False), scale)


def no_hints(target: Planes, rows: RowIndex | None) -> HintMaps:
    """What `simulate` gives for a network that listens to nothing."""
    color = torch.zeros_like(target if rows is None else target[rows])
    return color, torch.zeros_like(color[:, :1])
