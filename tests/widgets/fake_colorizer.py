"""The one model that the tests of widgets paint with: no network, and every pixel it paints is known beforehand."""

from types import SimpleNamespace

import torch

from colornb.color import hex_color, lab_to_rgb, parse_color, rgb_to_lab
from colornb.hints import EdgeScribble, Point, area, pieces, rasterize, rasterize_scribbles
from colornb.toning import Toning

GUESS = "#ccbfb2"  # what is painted where nobody says otherwise
GREEN = "#00ff00"  # what is painted under scribbles
ORDER = [2, 0, 3, 1, 4]  # in which the regions are asked about; rank 5 is empty
MIDDLES = {0: (0.1, 0.2), 1: (0.9, 0.1), 2: (0.1, 0.9), 3: (0.9, 0.9), 4: (0.5, 0.5)}  # a place in each region
ALL_KINDS = ("region", "point", "edge")


def picture(height=48, width=60):
    """A picture of noise, always the same."""
    return torch.rand(1, 3, height, width, generator=torch.Generator().manual_seed(0))


def partition(size):
    """Four quarters and a square in the middle, (6, size, size); the last region is empty."""
    y, x = torch.meshgrid(torch.arange(size), torch.arange(size), indexing="ij")
    middle = ((y - size / 2).abs() < size / 6) & ((x - size / 2).abs() < size / 6)
    left, top = x < size / 2, y < size / 2
    quarters = [left & top, ~left & top, left & ~top, ~left & ~top]
    return torch.stack([*(quarter & ~middle for quarter in quarters), middle, torch.zeros_like(middle)])


class FakeColorizer:
    """Paints with the interface of `colornb.colorizer.Colorizer`.

    `kinds` are the hints it accepts. With `target` "rgb" each hint gives exactly its colour where it lies, and the rest
    is `GUESS`; with "ab" every pixel takes the chroma of the nearest point, at a lightness that grows from left to
    right. Scribbles are green. With `frame` there is a black line along the upper side. `predicted` has the hints of
    each picture that was painted, `sizes` whether it was at full size, `asked` what was suggested for, and `looked`
    counts the pictures that were set.
    """

    def __init__(self, kinds=ALL_KINDS, target="rgb", size=24, frame=False):
        self.hint_kinds = tuple(kinds)
        self.network = SimpleNamespace(hint_kinds=self.hint_kinds, target=target, condition="sketch")
        self.size, self.frame, self.image = size, frame, None
        self.ink = self.regions = None
        self.refine, self.shading, self.toning = True, 0.5, Toning()
        self.region_order = ORDER if "region" in kinds else []
        self.predicted, self.sizes, self.asked, self.looked = [], [], [], 0

    def set_image(self, image, kind="auto"):
        self.image, self.looked = image, self.looked + 1
        self.sketch = torch.ones_like(image[:, :1])
        if self.network.target == "ab":
            self.sketch = torch.linspace(0.2, 0.9, image.shape[-1]).expand(1, 1, *image.shape[-2:]).clone()
        if self.frame:
            self.sketch[..., :1, :] = 0
        self.regions = partition(self.size) if self.region_order else None

    def pieces(self, rank):
        return pieces(self.regions[rank])

    def area(self, region):
        return area(region, self.regions)

    def predict(self, hints=(), full_size=True):
        hints = tuple(hints)
        self.predicted.append(hints)
        self.sizes.append(full_size)
        height, width = self.image.shape[-2:] if full_size else (self.size, self.size)
        rgb = (
            self._at_lightness(hints, height, width)
            if self.network.target == "ab"
            else self._flat(hints, height, width)
        )
        rgb = torch.where(rasterize_scribbles(hints, height, width) > 0, _plane(GREEN), rgb)
        rgb = self.toning.apply(rgb)
        return rgb * self.sketch if full_size and self.frame else rgb

    def _flat(self, hints, height, width):
        regions = None if self.regions is None else self.regions[None].float()
        dense = rasterize(hints, height, width, regions)
        return dense.color * dense.mask + _plane(GUESS) * (1 - dense.mask)

    def _at_lightness(self, hints, height, width):
        y, x = torch.meshgrid(torch.linspace(0, 1, height), torch.linspace(0, 1, width), indexing="ij")
        lab, points = torch.zeros(1, 3, height, width), [hint for hint in hints if isinstance(hint, Point)]
        if points:
            distance = torch.stack([(x - hint.x) ** 2 + (y - hint.y) ** 2 for hint in points])
            colors = rgb_to_lab(torch.cat([_plane(hint.color) for hint in points]))[..., 0, 0]
            lab = colors[distance.argmin(0)].permute(2, 0, 1)[None].contiguous()
        lab[:, 0] = 20 + 70 * x
        return lab_to_rgb(lab)

    def suggest_region_colors(self, rank, hints=(), n=6, part=None):
        self.asked.append((rank, part, tuple(hints)))
        return [GUESS, *(hex_color([i / n] * 3) for i in range(1, n))]

    def suggest_colors_at(self, x, y, hints=(), n=9):
        self.asked.append((x, y, tuple(hints)))
        return [hex_color([i / n, x, y]) for i in range(n)]

    def lightness_at(self, x, y):
        return 20 + 70 * x


class EdgeFinder(FakeColorizer):
    """The same, which also suggests two edges from top to bottom, always the same."""

    def suggest_edges(self, hints, n):
        return [EdgeScribble(((x, 0.1), (x, 0.9)), 2 / 256) for x in (0.3, 0.7)][:n]


def _plane(color):
    return torch.tensor(parse_color(color)).view(1, 3, 1, 1)
