"""A painter without a network, with the interface of `colornb.colorizer.Colorizer`, for tests of the widgets."""

import torch

from colornb.color import hex_color, parse_color
from colornb.images import resize

GUESS = (0.8, 0.75, 0.7)  # what it paints where nobody says otherwise


class FakePainter:
    """Four quarters and a disc in the middle, asked for in the order 2, 0, 3, 1, 4; rank 5 is empty.

    A region takes exactly the colour of its hint, on white paper with a black frame around the disc.
    """

    region_order = [2, 0, 3, 1, 4]
    n_regions = 6

    def __init__(self, size: int = 32):
        self.size, self.image, self.sketch, self.regions = size, None, None, None
        self.calls: list[tuple] = []

    def set_image(self, rgb, kind="auto"):
        """Keep the picture; its regions are the same whatever it shows."""
        self.image = rgb
        inner, outer = (_disc(*rgb.shape[-2:], radius) for radius in (0.28, 0.32))
        self.sketch = 1 - (outer & ~inner).float()[None, None]
        self.regions = _regions(self.size, self.size)

    def region_at(self, x, y):
        """The rank of the region at x, y in [0, 1]."""
        row, column = (min(self.size - 1, int(value * self.size)) for value in (y, x))
        return int(self.regions[:, row, column].float().argmax())

    def predict(self, hints, full_size=True):
        """Hinted regions in their colours, the rest in `GUESS`."""
        self.calls.append((tuple(hints), full_size))
        regions = self.regions[None].float()
        colors = {hint.rank: parse_color(hint.color) for hint in hints}
        table = torch.tensor([colors.get(rank, GUESS) for rank in range(self.n_regions)])
        height, width = self.image.shape[-2:] if full_size else (self.size, self.size)
        regions = torch.nn.functional.interpolate(regions, (height, width), mode="nearest")
        rgb = torch.einsum("bnhw,nc->bchw", regions, table)
        return (rgb * resize(self.sketch, (height, width))).clamp(0, 1)

    def suggest(self, rank, hints, n=6):
        """The present colour of the region, then lighter ones."""
        color = next((parse_color(hint.color) for hint in hints if hint.rank == rank), GUESS)
        return [hex_color([c + (1 - c) * i / n for c in color]) for i in range(n)]


def _disc(height, width, radius):
    y, x = torch.meshgrid(
        torch.linspace(-0.5, 0.5, height), torch.linspace(-0.5, 0.5, width), indexing="ij"
    )
    return (x**2 + y**2).sqrt() < radius


def _regions(height, width):
    disc = _disc(height, width, 0.3)
    left, top = (
        torch.arange(width)[None, :] < width // 2,
        torch.arange(height)[:, None] < height // 2,
    )
    quarters = [left & top, ~left & top, left & ~top, ~left & ~top]
    return torch.stack([*(quarter & ~disc for quarter in quarters), disc, torch.zeros_like(disc)])
