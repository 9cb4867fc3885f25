"""The steps of a U-Net, keeping little for the backward pass and asking for no big buffers on the way.

A convolution needs its input again when its weights are to be corrected. In a U-Net most inputs are quick to make from
maps that are kept anyway: halved, doubled and joined, or normalised. `made_conv` and `norm_relu_conv` keep those maps
and make the input once more, a few pictures at a time. Time gains too: a buffer larger than what a processor's memory
manager holds back (32 MB with the C library of Linux) is fetched from the system and cleared whenever it is used.

None of this can be differentiated twice.
"""

from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable
from torch.nn import functional as F

from colornb import winograd
from colornb.types import Float, Planes

NUMBERS = 1 << 20  # of one map that are worked on at once, a picture at least


def made_conv(make: Callable[..., Tensor], size: tuple[int, int], conv: nn.Conv2d, *maps: Tensor) -> Tensor:
    """`conv` (3x3, padded by 1) of what `make` makes of the maps: of this size, and each picture by itself."""
    return _MadeConv.apply(make, size, conv.weight, conv.bias, *maps)


def norm_relu_conv(norm: nn.BatchNorm2d, conv: nn.Conv2d, y: Planes) -> Float[Tensor, "b k h w"]:
    """`conv` (3x3, padded by 1) of the ReLU of `norm`."""
    return _NormReluConv.apply(y, norm.weight, norm.bias, *_statistics(norm, y), norm.training, conv.weight, conv.bias)


def norm_relu(norm: nn.BatchNorm2d, y: Planes) -> Planes:
    """The ReLU of `norm`."""
    return _NormReluConv.apply(y, norm.weight, norm.bias, *_statistics(norm, y), norm.training, None, None)


class _MadeConv(torch.autograd.Function):
    """conv(make(*maps)), keeping the maps: d maps = (d make / d maps)' conv'(grad), with autograd for `make`."""

    @staticmethod
    def forward(
        ctx: Any, make: Callable[..., Tensor], size: tuple[int, int], weight: Tensor, bias: Tensor, *maps: Tensor
    ) -> Tensor:
        ctx.make = make
        ctx.save_for_backward(weight, *maps)
        return _conv(make, size, weight, bias, *maps)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        weight, *maps = ctx.saved_tensors
        _, _, *wanted = ctx.needs_input_grad
        needs = wanted[2:]
        back = [torch.empty_like(x) if need else None for x, need in zip(maps, needs, strict=True)]
        total = _Sum()
        for some in _pictures(maps):
            leaves = [x[some].detach().requires_grad_(need) for x, need in zip(maps, needs, strict=True)]
            with torch.enable_grad():
                x = ctx.make(*leaves)
            grad_x, *grads = _conv_gradients(grad[some], x.detach(), weight, [any(needs), *wanted[:2]])
            total.add(*grads)
            if any(needs):
                found = torch.autograd.grad(x, [leaf for leaf in leaves if leaf.requires_grad], grad_x)
                for place, part in zip([place for place in back if place is not None], found, strict=True):
                    place[some] = part
        return None, None, *total.values, *back


class _NormReluConv(torch.autograd.Function):
    """conv(relu(norm(y))), or relu(norm(y)) where weight is None, keeping y.

    With x = (y - mean) r, r = 1 / sqrt(var + eps) and g the gradient behind the ReLU, a batch norm x w + b has

        d b = sum g,   d w = sum g x,   d y = w r (g - (d b + x d w) / N)

    where the sums go over the N pixels of all pictures; with fixed statistics the bracket is g alone.
    """

    @staticmethod
    def forward(
        ctx: Any, y: Tensor, w: Tensor, b: Tensor, mean: Tensor, r: Tensor, training: bool, weight: Any, bias: Any
    ) -> Tensor:
        ctx.training = training
        ctx.save_for_backward(y, w, b, mean, r, weight)
        scale, shift = _line(w, b, mean, r)
        if weight is None:
            return torch.addcmul(shift, y, scale).relu_()
        return _conv(lambda y: torch.addcmul(shift, y, scale).relu_(), y.shape[2:], weight, bias, y)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        y, w, b, mean, r, weight = ctx.saved_tensors
        scale, shift = _line(w, b, mean, r)
        back, total, sums = torch.empty_like(y), _Sum(), _Sum()
        for some in _pictures([y]):
            a, g = torch.addcmul(shift, y[some], scale).relu_(), grad[some]
            if weight is not None:
                g, *grads = _conv_gradients(g, a, weight, [True, *ctx.needs_input_grad[-2:]])
                total.add(*grads)
            g = torch.ops.aten.threshold_backward(g, a, 0)
            sums.add(g.sum((0, 2, 3)), torch.sub(y[some], _tall(mean), out=a).mul_(g).sum((0, 2, 3)))
            back[some] = g
        grad_b, grad_w = sums.values[0], sums.values[1] * r
        n = y.numel() / y.shape[1]
        slope = w * r * r * grad_w / n if ctx.training else torch.zeros_like(r)
        level = slope * mean - w * r * grad_b / n if ctx.training else torch.zeros_like(r)
        for some in _pictures([y]):
            back[some].mul_(scale).addcmul_(y[some], _tall(-slope)).add_(_tall(level))
        return back, grad_w, grad_b, None, None, None, *(total.values or (None, None))


class _Sum:
    """Adds up gradients as they come; what is not wanted stays None."""

    def __init__(self) -> None:
        self.values: list[Tensor | None] = []

    def add(self, *parts: Tensor | None) -> None:
        if not self.values:
            self.values = list(parts)
            return
        for value, part in zip(self.values, parts, strict=True):
            if value is not None:
                value.add_(part)


def _statistics(norm: nn.BatchNorm2d, y: Planes) -> tuple[Tensor, Tensor]:
    """Mean and 1 / standard deviation of each channel; in training those of the batch, and the running ones move."""
    mean, var = norm.running_mean, norm.running_var
    if norm.training:
        if y.numel() == y.shape[1]:
            raise ValueError(f"one pixel alone has no spread ({tuple(y.shape)}): give larger pictures, or more at once")
        norm.num_batches_tracked.add_(1)
        mean, var = torch.batch_norm_update_stats(y.detach(), mean, var, norm.momentum)
    return mean, (var + norm.eps).rsqrt()


def _line(w: Tensor, b: Tensor, mean: Tensor, r: Tensor) -> tuple[Tensor, Tensor]:
    """Scale and shift of a batch norm, for maps."""
    scale = w * r
    return _tall(scale), _tall(b - mean * scale)


def _tall(x: Tensor) -> Tensor:
    return x[:, None, None]


def _pictures(maps: list[Tensor] | tuple[Tensor, ...]) -> Iterator[slice]:
    """Some pictures at a time."""
    n = len(maps[0])
    step = max(1, NUMBERS * n // max(1, *(x.numel() for x in maps)))
    for first in range(0, n, step):
        yield slice(first, min(first + step, n))


def _conv(make: Callable[..., Tensor], size: tuple[int, int], weight: Tensor, bias: Tensor, *maps: Tensor) -> Tensor:
    """The convolution of what is made of the maps, which is of this size, some pictures at a time.

    Its place is asked for first: what is asked for later is given back sooner, and leaves no gaps between what stays.
    """
    like, parts = maps[0], list(_pictures(maps))
    y = like.new_empty(len(like), *size, len(weight)).permute(0, 3, 1, 2)
    if len(parts) == 1 and not winograd.pays(y, weight):
        return F.conv2d(make(*maps), weight, bias, padding=1)
    for some in parts:
        x = make(*(x[some] for x in maps))
        if winograd.pays(x, weight):
            winograd.convolve(x, weight, bias, y[some])
        else:
            y[some] = F.conv2d(x, weight, bias, padding=1)
    return y


def _conv_gradients(grad: Tensor, x: Tensor, weight: Tensor, wanted: list[bool]) -> tuple[Tensor | None, ...]:
    """Gradients for x, weight and bias, where wanted."""
    if winograd.pays(x, weight):
        return (
            winograd.input_gradient(grad, weight) if wanted[0] else None,
            winograd.weight_gradient(x, grad) if wanted[1] else None,
            grad.sum((0, 2, 3)) if wanted[2] else None,
        )
    ones, size = [1, 1], [len(weight)]
    return torch.ops.aten.convolution_backward(grad, x, weight, size, ones, ones, ones, False, [0, 0], 1, wanted)
