"""The toy of a dataset: flags of two colours."""

import torch

from colornb.data._base import SPLITS, Pictures, check_split


def load(split: str = "train", size: int = 64, seed: int = 0, *, n: int = 16) -> Pictures:
    """Flags, the upper half in one colour and the lower half in another: drawn here, free to use for anything.

    No flag has a meaning, and none is wanted. Each colour is drawn evenly from all of sRGB, so that
    nothing of it can be known from the lines: a hint is worth all there is to know. Every split has
    flags of its own.

    Args:
        split: "train", "val" or "test": different flags.
        size: Side of the pictures, in pixels.
        seed: Another seed gives other flags.
        n: How many.
    """
    check_split("toy_dataset", split)
    generator = torch.Generator().manual_seed(3 * seed + SPLITS.index(split))
    upper, lower = torch.randint(256, (2, n, 3, 1, 1), dtype=torch.uint8, generator=generator)
    rows = [half.expand(n, 3, rows, size) for half, rows in ((upper, size // 2), (lower, size - size // 2))]
    return Pictures("toy_dataset", split, torch.cat(rows, 2))
