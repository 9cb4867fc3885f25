"""Colours that were given, led on from place to place as far as a network thinks them alike.

A convolutional spatial propagation network (Cheng, Wang and Yang, Depth Estimation via Affinity Learned with
Convolutional Spatial Propagation Network, ECCV 2018): each place takes, again and again, a mean of what its eight
neighbours and itself have. How much it takes of each is read off a feature map, and off the lightness, as Levin et al.
do (`propagation`): hardly anything flows across an edge. Places where a colour was given keep it. Unlike there, what
flows may fade, and it flows at four sizes, first far at the small ones and then along the edges of the picture.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable
from torch.nn import functional as F

from colornb.types import Float, Plane, Planes

STEPS = {8: 8, 4: 6, 2: 4, 1: 2}  # stride: how often each place asks its neighbours there
NEIGHBOURS = 9  # itself among them
FLAT = 1e-3  # variance of lightness, in network space, below which nothing is an edge
MIN_FLOW = 1e-3  # a place to which less came has none of the colour
KEPT = 4.0  # logit of what does not fade, at first

Ties = Float[Tensor, "b 9 h w"]


class Propagation(nn.Module):
    """The mean colour that is led to each place, and how much of all that it has in its steps came from there.

    Args:
        widths: channels of the maps at strides 1, 2, 4, 8.
    """

    def __init__(self, widths: Sequence[int]) -> None:
        super().__init__()
        self.like = nn.ModuleDict({str(s): nn.Conv2d(widths[s.bit_length() - 1], NEIGHBOURS + 1, 1) for s in STEPS})
        self.edges = nn.Parameter(torch.ones(len(STEPS)))

    def init(self, generator: torch.Generator) -> None:
        """At first only the lightness says what is alike, and little fades."""
        for conv in self.like.values():
            nn.init.normal_(conv.weight, 0.0, 0.005, generator=generator)
            nn.init.zeros_(conv.bias)
            nn.init.constant_(conv.bias[-1:], KEPT)

    def forward(self, told: Planes, light: Plane, maps: Mapping[int, Tensor]) -> tuple[Planes, Plane]:
        """Lead on the colours of `told`, (b, c + 1, h, w), whose last plane says where one was given.

        Returns:
            The mean colours, 0 where none came, and how much came of any, [0, 1]: 1 where a colour was given.
        """
        flow = torch.zeros_like(F.avg_pool2d(told, 2 * max(STEPS)))
        for (stride, steps), edges in zip(STEPS.items(), self.edges.float(), strict=True):
            given = pool_hints(told, stride)
            known = given[:, -1:]
            ties = self._ties(stride, maps[stride], F.avg_pool2d(light, stride), edges) * (1 - known)
            given = torch.cat([given[:, :-1] * known, known], 1)
            flow = F.interpolate(flow, scale_factor=2.0, mode="bilinear", align_corners=False)
            for _ in range(steps):
                flow = given + lead(flow, ties)
        return flow[:, :-1] / flow[:, -1:].clamp(min=MIN_FLOW), flow[:, -1:]

    def _ties(self, stride: int, x: Tensor, light: Plane, edges: Tensor) -> Ties:
        """How much each place takes of each of its neighbours: no more than 1 in all, nothing from outside."""
        padded = F.pad(light, (1, 1, 1, 1), mode="replicate")
        spread = F.avg_pool2d(padded * padded, 3, 1) - F.avg_pool2d(padded, 3, 1).square()
        apart = _neighbours(padded)[:, 0] - light
        across = apart * apart * (edges.abs() / (spread.clamp(min=0) + FLAT))
        inside = _neighbours(F.pad(torch.ones_like(light[:1]), (1, 1, 1, 1)))[:, 0]
        like = self.like[str(stride)]
        logits = like(x.to(like.weight.dtype)).float().contiguous()  # plane by plane, as they are used
        alike = (logits[:, :-1] - across).masked_fill(inside == 0, -1e4).softmax(1)
        return alike * logits[:, -1:].sigmoid()


def pool_hints(told: Planes, stride: int) -> Float[Tensor, "b c h2 w2"]:
    """Mean colour of what was told in each square, 0 where nothing was; and whether anything was."""
    small = F.avg_pool2d(told, stride)
    share = small[:, -1:]
    return torch.cat([small[:, :-1] / share.clamp(min=1e-4), (share > 0).to(small.dtype)], 1)


def lead(flow: Planes, ties: Ties) -> Planes:
    """One step: the sum of the neighbours' planes, each times its tie; from outside nothing comes."""
    if torch.is_grad_enabled() and (flow.requires_grad or ties.requires_grad):
        return _Lead.apply(flow, ties)
    return _lead(flow, ties)


def _lead(flow: Planes, ties: Ties) -> Planes:
    if torch.compiler.is_compiling():
        return (_neighbours(F.pad(flow, (1, 1, 1, 1))) * ties[:, None]).sum(2)
    total = torch.zeros_like(flow)
    for part, tie in zip(_shifted(F.pad(flow, (1, 1, 1, 1))), ties.split(1, 1), strict=True):
        total = torch.addcmul(total, part, tie)
    return total


def _neighbours(padded: Planes) -> Float[Tensor, "b c 9 h w"]:
    """What the nine neighbours of each place have."""
    if not torch.compiler.is_compiling():
        return torch.stack(_shifted(padded), 2)
    sees = torch.eye(NEIGHBOURS).view(NEIGHBOURS, 1, 3, 3)  # few nodes of a graph; it is slow elsewhere
    return F.conv2d(padded.flatten(0, 1)[:, None], sees).unflatten(0, padded.shape[:2])


def _shifted(padded: Planes) -> list[Planes]:
    """Views of a padded map, as its nine neighbours see it, row by row."""
    h, w = padded.shape[-2] - 2, padded.shape[-1] - 2
    return [padded[..., y : y + h, x : x + w] for y in range(3) for x in range(3)]


class _Lead(torch.autograd.Function):
    """`_lead` with a gradient written by hand: autograd takes five times as long on a processor."""

    @staticmethod
    def forward(ctx: Any, flow: Planes, ties: Ties) -> Planes:
        ctx.save_for_backward(flow, ties)
        return _lead(flow, ties)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Planes) -> tuple[Planes, Ties]:
        flow, ties = ctx.saved_tensors
        around = _shifted(F.pad(flow, (1, 1, 1, 1)))
        of_ties = torch.cat([(grad * part).sum(1, keepdim=True) for part in around], 1)
        of_flow = torch.zeros_like(F.pad(flow, (1, 1, 1, 1)))
        for part, tie in zip(_shifted(of_flow), ties.split(1, 1), strict=True):
            part.addcmul_(grad, tie)
        return of_flow[..., 1:-1, 1:-1], of_ties
