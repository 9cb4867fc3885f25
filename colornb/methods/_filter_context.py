"""What an edge-enhancing network sees beside feature maps: the picture, and what filters would make of it.

Ours, not the edge paper's. Nothing here is learned.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from colornb.filters import domain_transform, gaussian_blur, guided_filter, medial_axis
from colornb.methods.base import Encoding
from colornb.types import Float, Mask, Plane, Planes

RADII, SIGMAS = (4, 8, 16), (1.5, 3.0, 6.0)  # of the filters in its context, in pixels
FILLS = ((20.0, 12.0), (5.0, 8.0))  # how high an edge of the picture is, and how far colour goes, in pixels
WALL, PRIOR = 100.0, 0.02  # of a scribble, in pixels; weight of what was painted beside what was given
CONTRAST = 8.0  # the differences that filters make are small


@dataclass
class BaseRender:
    """A picture painted without scribbles, and what is needed to paint it again with some."""

    encoding: Encoding
    color: Planes
    mask: Mask
    features: dict[str, Tensor]  # of the backbone, up to the first that is enhanced
    prediction: Planes

    def expand(self, n: int) -> "BaseRender":
        """The same picture `n` times, for as many scribbles; takes no memory."""

        def times(x: Tensor) -> Tensor:
            return x.expand(n, *x.shape[1:])

        features = {name: times(x) for name, x in self.features.items()}
        return BaseRender(
            self.encoding.each(times), times(self.color), times(self.mask), features, times(self.prediction)
        )

    @cached_property
    def context(self) -> Float[Tensor, "b k h w"]:
        """The part of E's context that no scribble changes; it takes as long as the picture, and waits for one."""
        return context_of(self.encoding.condition, self.prediction.float(), self.color, self.mask)


def planes_of(colors: int) -> int:
    """How many planes the whole context has, for a picture of so many."""
    return 2 + colors * (2 + len(RADII) + len(SIGMAS) + len(FILLS))


def propagate_hints(start: BaseRender, scribble: Mask, fills: Sequence[tuple[float, float]] = FILLS) -> list[Planes]:
    """The colours given, spread over the picture until they meet a scribble; what was painted fills the rest.

    The scribble's middle line is a wall; an edge of the picture is a fence, the higher the larger the first number of
    a fill is, its contrast; the second one is how far colour goes. All fills are made at once.
    """
    guide, wall, n = start.encoding.condition, WALL * medial_axis(scribble), len(scribble)
    ways = []
    for axis in (-2, -1):
        step, blocked = (guide.roll(-1, axis) - guide).abs(), torch.maximum(wall, wall.roll(-1, axis))
        ways.append(torch.cat([1 + contrast * step + blocked for contrast, _ in fills]))
    given = torch.cat([start.color + PRIOR * start.prediction, start.mask + PRIOR], 1)
    sigmas = torch.tensor([sigma for _, sigma in fills], device=given.device).repeat_interleave(n)
    filled = domain_transform(torch.cat([given] * len(fills)), *ways, sigmas)
    return list((filled[:, :-1] / filled[:, -1:]).split(n))


@torch.no_grad()
def filter_predictions(start: BaseRender, scribble: Mask) -> Float[Tensor, "b k h w"]:
    """What each of `FILLS` would change for a scribble: the part of E's context that the scribble decides."""
    return CONTRAST * torch.cat([filled - start.prediction for filled in propagate_hints(start, scribble)], 1)


def context_of(condition: Plane, prediction: Planes, color: Planes, mask: Mask) -> Float[Tensor, "b k h w"]:
    """What helps to see where colour should have stopped: the picture, its colours, and three ways to sharpen them.

    A guided filter (He et al. 2013) moves colour to the edges of the picture, at three sizes; what blurring takes away
    is what a stronger contrast would add.
    """
    sharper = [guided_filter(condition, prediction, radius) - prediction for radius in RADII]
    stronger = [prediction - gaussian_blur(prediction, sigma) for sigma in SIGMAS]
    planes = [condition, prediction, color, mask, CONTRAST * torch.cat(sharper + stronger, 1)]
    return torch.cat(planes, 1)
