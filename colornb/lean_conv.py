"""Convolutions that need less memory to train on a processor, where there is no library that saves it for us."""

from collections.abc import Callable
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable
from torch.nn import functional as F

Make = Callable[..., Tensor]
SMALL = 2**20  # numbers of a map; to make smaller ones anew costs a third of the time of training, and saves little


def run_lean(layers: nn.Sequential, *sources: Tensor, prepare: Make = lambda x: x) -> Tensor:
    """`layers(prepare(*sources))`, with about half of the memory on a processor; exact but for rounding.

    `layers` are twice a 3x3 convolution padded by 1, batch norm and ReLU; the sources are maps (b, c, h, w), such as
    one of half the size and a shortcut. The backward pass makes anew what `prepare` made, and the map between the
    convolutions: see `LeanConv`. On other devices, in mixed precision, and for small maps, PyTorch's own way is taken.
    """
    if not _is_lean(sources[0]):
        return layers(prepare(*sources))
    first, norm, _, second, last, _ = layers
    y = LeanConv.apply(prepare, prepare, first.weight, first.bias, *sources)
    y = LeanConv.apply(*_activations(norm), second.weight, second.bias, y, norm.weight, norm.bias)
    return F.relu(last(y), inplace=True)


class LeanConv(torch.autograd.Function):
    """A 3x3 convolution, padded by 1, that remembers what its input was made of instead of the input.

    `apply(make, again, weight, bias, *sources)` is conv(make(*sources)). What is quick to make (a batch norm, a
    doubled or a halved map) takes as much memory as what was slow, so the backward pass makes it once more, with
    `again`: the chain rule then runs through the convolution by hand and through `again` by autograd,

        d sources = (d again / d sources)' conv'(grad)    d weight = sum of grad and again(*sources), shifted

    `again` is `make` without side effects. It cannot be differentiated twice.
    """

    @staticmethod
    def forward(ctx: Any, make: Make, again: Make, weight: Tensor, bias: Tensor, *sources: Tensor) -> Tensor:
        """(b, c, h, w), made -> (b, k, h, w)."""
        ctx.again = again
        ctx.save_for_backward(weight, *sources)
        return F.conv2d(make(*sources), weight, bias, padding=1)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        """Gradients of weight, bias and sources."""
        weight, *sources = ctx.saved_tensors
        _, _, *wanted = ctx.needs_input_grad
        leaves = [x.detach().requires_grad_(need) for x, need in zip(sources, wanted[2:], strict=True)]
        with torch.enable_grad():
            x = ctx.again(*leaves)
        grad_x, *grads = _conv_gradients(grad, x.detach(), weight, [any(wanted[2:]), *wanted[:2]])
        roots = [leaf for leaf in leaves if leaf.requires_grad]
        found = iter(torch.autograd.grad(x, roots, grad_x) if roots else ())
        return None, None, *grads, *(next(found) if leaf.requires_grad else None for leaf in leaves)


def _is_lean(x: Tensor) -> bool:
    return x.numel() >= SMALL and x.device.type == "cpu" and not torch.is_autocast_enabled("cpu")


def _activations(norm: nn.BatchNorm2d) -> tuple[Make, Make]:
    """ReLU of a batch norm, as functions of (y, weight, bias): the first time, and again."""
    statistics = (None, None) if norm.training else (norm.running_mean, norm.running_var)  # they move only once
    again = partial(_activate, *statistics, norm.training, norm.eps)
    return lambda y, weight, bias: F.relu(norm(y), inplace=True), again


def _activate(
    mean: Tensor | None, var: Tensor | None, training: bool, eps: float, y: Tensor, weight: Tensor, bias: Tensor
) -> Tensor:
    return F.relu(F.batch_norm(y, mean, var, weight, bias, training, 0.0, eps), inplace=True)


def _conv_gradients(grad: Tensor, x: Tensor, weight: Tensor, wanted: list[bool]) -> tuple[Tensor | None, ...]:
    """Gradients of a 3x3 convolution padded by 1 for x, weight and bias, where wanted."""
    size = [len(weight)]
    return torch.ops.aten.convolution_backward(grad, x, weight, size, [1, 1], [1, 1], [1, 1], False, [0, 0], 1, wanted)
