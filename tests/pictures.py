"""A dataset small enough for tests: coloured rectangles that no network can guess without hints."""

import torch

from colornb.types import Batch


class Boxes:
    """`n` pictures of `size` pixels: a left and a right half and a square between, each in a random colour.

    With `fresh` the colours are drawn anew for every batch that comes with a generator.
    """

    def __init__(self, n=8, size=32, seed=0, fresh=False):
        self.n, self.size, self.fresh = n, size, fresh
        self.rgb = self._draw(n, torch.Generator().manual_seed(seed))

    def _draw(self, n, generator):
        left, right, square = torch.rand(3, n, 3, 1, 1, generator=generator)
        rgb = left.expand(n, 3, self.size, self.size).clone()
        rgb[..., self.size // 2 :] = right
        quarter = self.size // 4
        rgb[..., quarter : 2 * quarter, quarter : 3 * quarter] = square
        return rgb

    def __len__(self):
        return self.n

    def batch(self, index, generator=None):
        return Batch(self._draw(len(index), generator) if self.fresh and generator else self.rgb[index])


def drawn_weights(shape, generator):
    """Random weights of a layer, those of each of its kernels alike: as a file they are small, whatever the layer."""
    few = torch.rand(shape[:2], generator=generator)
    return few.view(*few.shape, *[1] * (len(shape) - len(few.shape))).expand(*shape)
