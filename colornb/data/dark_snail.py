"""Dark snail: rectangles that wind into the picture, each half as large as the one before."""

import torch
from torch import Tensor

from colornb.data._base import SPLITS, Dataset, check_split
from colornb.types import Batch, Bool, Index, Int, UInt8

PRIMARIES = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))  # red, green, blue


class DarkSnail(Dataset):
    """The toy world of GuidingPainter: fixed outlines, unknowable colours.

    Attributes:
        objects: (n, S, S) bool, the pixels of each object, largest first.
        areas: (n,) share of the picture that each object covers: 1/2, 1/4, 1/8 ..
        lines: (1, 1, S, S) uint8 line art, 255 is paper; the same for every picture.
        colors: (N, n) number of each object's colour (0 red, 1 green, 2 blue) when no generator is
            given.
    """

    name = "dark_snail"

    def __init__(self, split: str, objects: Bool[Tensor, "k s s"], colors: Int[Tensor, "n k"]) -> None:
        self.split, self.size = split, objects.shape[-1]
        self.objects, self.colors = objects, colors
        self.areas = objects.float().mean(dim=(1, 2))
        self.lines = _outline(objects)
        self.names = [f"{i:06d}" for i in range(len(colors))]

    @property
    def device(self) -> torch.device:
        """Where the objects' masks live."""
        return self.objects.device

    def to(self, device: torch.device | str) -> "DarkSnail":
        """Move masks, lines and colours to `device`, in place."""
        for key in ("objects", "colors", "areas", "lines"):
            setattr(self, key, getattr(self, key).to(device))
        return self

    def batch(self, index: Index, generator: torch.Generator | None = None) -> Batch:
        """Pictures with colours drawn anew from `generator`; without one, the fixed colours of number `index`."""
        if generator is None:
            colors = self.colors[index.to(self.device)]
        else:
            colors = _draw(len(index), len(self.objects), generator).to(self.device)
        palette = torch.tensor(PRIMARIES, device=self.device)[colors]  # (B, n, 3)
        rgb = torch.einsum("bnc,nhw->bchw", palette, self.objects.float())
        return Batch(rgb, (self.lines.float() / 255).expand(len(index), -1, -1, -1))


def _draw(pictures: int, objects: int, generator: torch.Generator) -> Int[Tensor, "n k"]:
    shape = (pictures, objects)
    return torch.randint(len(PRIMARIES), shape, generator=generator, device=generator.device)


def _place(size: int, n: int) -> Bool[Tensor, "k s s"]:
    """Halve what is left again and again: the left of it, the top, the right, the bottom."""
    objects = torch.zeros(n, size, size, dtype=torch.bool)
    x0, y0, x1, y1 = 0, 0, size, size
    for i in range(n):
        x, y = (x0 + x1) // 2, (y0 + y1) // 2
        taken, left = [
            ((x0, y0, x, y1), (x, y0, x1, y1)),
            ((x0, y0, x1, y), (x0, y, x1, y1)),
            ((x, y0, x1, y1), (x0, y0, x, y1)),
            ((x0, y, x1, y1), (x0, y0, x1, y)),
        ][i % 4]
        objects[i, taken[1] : taken[3], taken[0] : taken[2]] = True
        x0, y0, x1, y1 = left
    return objects


def _outline(objects: Bool[Tensor, "k s s"]) -> UInt8[Tensor, "1 1 s s"]:
    """Lines one pixel wide, on the first pixel of whatever begins to the right or below."""
    label = (objects * torch.arange(1, len(objects) + 1)[:, None, None]).sum(0)
    line = torch.zeros_like(label, dtype=torch.bool)
    line[1:] |= label[1:] != label[:-1]
    line[:, 1:] |= label[:, 1:] != label[:, :-1]
    return (~line).to(torch.uint8)[None, None] * 255


def load(split: str = "train", size: int = 64, seed: int = 0, *, n: int = 1024, n_objects: int = 8) -> DarkSnail:
    """The Dark Snail of GuidingPainter (Sec. 4.5, Fig. 4): a test of what a model asks for, and in which order.

    Squares and rectangles follow each other clockwise, each half as large as the one before; each
    is red, green or blue at random, anew in every batch that gets a generator. Nothing tells the
    colours, so the best question is always about the largest object still unknown. The heart of the
    snail, which no object covers, stays black. Drawn here: nothing to get, no licence to mind. It
    owns its line art.

    Args:
        split: "train", "val" or "test"; they differ in the colours drawn when no generator is
            given.
        size: Side of the pictures, a multiple of 2 ** ceil(n_objects / 2), so that each half is
            exact.
        seed: Seeds the colours drawn when no generator is given.
        n: How many pictures make an epoch.
        n_objects: How many objects, largest first.

    Raises:
        ValueError: A size that cannot be halved that often.
    """
    check_split("dark_snail", split)
    step = 2 ** -(-n_objects // 2)
    if n_objects < 1 or size < step or size % step:
        raise ValueError(f"dark_snail halves {n_objects} times: take a size that {step} divides, not {size}")
    generator = torch.Generator().manual_seed(3 * seed + SPLITS.index(split))  # another one for each seed and split
    return DarkSnail(split, _place(size, n_objects), _draw(n, n_objects, generator))
