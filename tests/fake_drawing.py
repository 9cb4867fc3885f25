"""A colorizer of a drawing without a network: its ink and its regions are said."""

import torch

from colornb import hints


class FakeDrawing:
    """Any ink, and regions of which by default one is everywhere."""

    def __init__(self, ink, regions=None):
        self.ink, self.sketch = ink, ink.mean(1, keepdim=True)
        self.regions = torch.ones(1, 4, 4, dtype=torch.bool) if regions is None else regions
        self.region_order = [*range(len(self.regions))]

    def pieces(self, rank):
        """As the paper's regions are cut."""
        return hints.pieces(self.regions[rank])

    def area(self, region):
        """As the paper's regions are cut."""
        return hints.area(region, self.regions)
