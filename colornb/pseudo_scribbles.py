"""Scribbles that nobody drew: edges of colour that a painted picture has lost, each marked as a user might mark it.

An edge scribble has no colour. It says "here is a boundary"; the edge-enhancing network (`methods/edge_enhancing.py`)
learns from such marks, found with the true picture in hand (edge paper, Section 3.2, Fig. 3).
"""

from typing import NamedTuple

import torch
from torch import Tensor

from colornb.edges import HIGH, LOW, SIGMA, ab_edges, hysteresis
from colornb.filters import dilate
from colornb.types import AB, Bool, Int, Mask


class Scribbles(NamedTuple):
    """Pseudo-scribbles and the steps that lead to them, all maps of 0 and 1."""

    true: Mask  # C(I_gt): Canny's edges of the true colours
    prediction: Mask  # C(I_init): those of the painted colours
    lost: Mask  # in the first and not in the second: where colour bleeds
    edge: Mask  # one connected edge of these (or several), a pixel wide; empty where nothing bleeds
    scribble: Mask  # the same, as thick as somebody might draw it: S_pseudo

    @property
    def found(self) -> Bool[Tensor, " b"]:
        """Which pictures have a scribble at all."""
        return self.edge.flatten(1).any(1)


def pseudo_scribbles(
    true: AB,
    prediction: AB,
    generator: torch.Generator,
    widths: tuple[int, int] = (1, 11),
    tolerance: int = 1,
    thresholds: tuple[float, float] = (LOW, HIGH),
    sigma: float = SIGMA,
    max_edges: int = 1,
) -> Scribbles:
    """Mark one edge in each picture that is in the true colours and not in the painted ones (Section 3.2).

    Each edge is as likely as it is long: a pixel is drawn from all that are lost, and everything that it is connected
    with is the scribble. On a GPU nothing waits for the host.

    Args:
        true: a and b of the true pictures, about [-110, 110].
        prediction: a and b of the painted ones.
        generator: what edges and widths are drawn from, on the device of the pictures.
        widths: the thinnest and the thickest scribble in pixels; the paper trains with 1 to 11, measures with 1 to 5.
        tolerance: an edge that the painted picture has up to so many pixels beside the true one is not lost.
            Deviation: the paper compares pixel with pixel; an edge that has moved by one is no bleeding.
        thresholds: Canny's, for a gradient of a / 220 and b / 220; the paper does not print them.
        sigma: of Canny's Gaussian, in pixels.
        max_edges: mark up to so many edges of a picture at once, any number from 1 as likely as the other.
    """
    edges, had = (ab_edges(ab, *thresholds, sigma) for ab in (true, prediction))
    lost = edges * (1 - dilate(had, 2 * tolerance + 1))
    how_many, width = (
        torch.randint(least, most + 1, (len(true),), generator=generator, device=generator.device)
        for least, most in ((1, max_edges), widths)
    )
    edge = choose_edges(lost, how_many, max_edges, generator)
    return Scribbles(edges, had, lost, edge, dilate_each(edge, width, widths[1]))


def choose_edges(lost: Mask, counts: Int[Tensor, " b"], most: int, generator: torch.Generator) -> Mask:
    """Up to `counts` (at most `most`) connected edges of every map, drawn with chances in proportion to their length.

    The same edge may be drawn twice: then there are fewer.
    """
    noise = torch.rand(lost.shape, generator=generator, device=generator.device) * lost
    most = min(most, noise[0].numel())
    drawn = noise.flatten(1).topk(most).values.gather(1, counts[:, None].clamp(max=most) - 1)
    seeds = (noise >= drawn.view(-1, 1, 1, 1)) & (lost > 0)
    return hysteresis(seeds, lost > 0).to(lost.dtype)


def dilate_each(edge: Mask, widths: Int[Tensor, " b"], largest: int) -> Mask:
    """Make every edge as many pixels wide as `widths` says, which is at most `largest` (Section 3.2, w)."""
    result = edge
    for width in range(2, largest + 1):
        result = torch.where(widths.view(-1, 1, 1, 1) == width, dilate(edge, width), result)
    return result
