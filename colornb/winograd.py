"""3x3 convolutions with fewer multiplications, and their gradients, for processors without a library that does this.

Lavin and Gray (Fast Algorithms for Convolutional Neural Networks, 2016) cut the picture into 6 x 6 tiles d that overlap
by two, and make 4 x 4 pixels of each:

    y = A' [ (G w G') * (B' d B) ] A          ' transposes, * multiplies number by number

A, B and G are small fixed matrices. The product, summed over the input channels, is one matrix product for each of the
36 numbers of a tile: 36 multiplications for 16 pixels, where the plain sum needs 16 * 9 = 144. What A, B and G cost in
turn does not grow with the product of the channels, so it pays for wide layers only. Results differ from the plain sum
by rounding alone (about 3e-6 of their size at 32 bits).

The tiles are worked on some hundred at a time: they then fit the caches, and no big buffer is ever asked for.
"""

from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from colornb.types import Float

Input = Float[Tensor, "n c h w"]
Output = Float[Tensor, "n k h w"]
Kernel = Float[Tensor, "k c 3 3"]

B = [
    [4, 0, -5, 0, 1, 0],
    [0, -4, -4, 1, 1, 0],
    [0, 4, -4, -1, 1, 0],
    [0, -2, -1, 2, 1, 0],
    [0, 2, -1, -2, 1, 0],
    [0, 4, 0, -5, 0, 1],
]
G = [
    [1 / 4, 0, 0],
    [-1 / 6, -1 / 6, -1 / 6],
    [-1 / 6, 1 / 6, -1 / 6],
    [1 / 24, 1 / 12, 1 / 6],
    [1 / 24, -1 / 12, 1 / 6],
    [0, 0, 1],
]
A = [[1, 1, 1, 1, 1, 0], [0, 1, -1, 2, -2, 0], [0, 1, 1, 4, 4, 0], [0, 1, -1, 8, -8, 1]]
NUMBERS = 1 << 14  # tiles times channels that are worked on at once ..
FEWEST_AT_ONCE = 64  # .. but so many tiles at least
KERNELS = 1 << 16  # kernels times channels, likewise
FEWEST = 16  # tiles for which it pays


class Strip(NamedTuple):
    """Some rows of tiles of some pictures."""

    pictures: slice
    top: int  # first row of pixels
    rows: int  # of tiles
    columns: int  # of tiles


def pays(x: Input, weight: Tensor) -> bool:
    """Whether this is a 3x3 convolution that goes faster this way: of many channels, on a processor, at full bits."""
    k, c, *size = weight.shape
    tiles = x.shape[0] * -(-x.shape[2] // 4) * -(-x.shape[3] // 4)
    plain = x.device.type == "cpu" and x.dtype == weight.dtype and x.dtype in (torch.float32, torch.float64)
    return plain and size == [3, 3] and min(c, k) >= 64 and c * k >= 64 * 128 and tiles >= FEWEST


def convolve(x: Input, weight: Kernel, bias: Float[Tensor, " k"] | None = None) -> Output:
    """The 3x3 convolution of (n, c, h, w) with a border of zeros: (n, k, h, w), channels last."""
    return _products(x, len(weight), lambda some: _kernel(weight[some]).transpose(1, 2), bias)


def input_gradient(grad: Output, weight: Kernel) -> Input:
    """The gradient with respect to x: the convolution of `grad` with the kernels turned about."""
    return _products(grad, weight.shape[1], lambda some: _kernel(weight[:, some], turned=True), None)


def weight_gradient(x: Input, grad: Output) -> Kernel:
    """The gradient with respect to the weights: each tile asks for a G w G' of its own, and G brings the sum back."""
    n, c, h, w = x.shape
    k, g = grad.shape[1], _matrix("G", x)
    strips, blocks = list(_strips(n, h, w, max(c, k))), _blocks(k, c)
    tiles, parts = _all_tiles(x, strips, blocks), []
    for block in blocks:
        total = x.new_zeros(36, block.stop - block.start, c)
        for strip, tile in zip(strips, tiles, strict=True):
            total.baddbmm_(_wanted(grad[:, block], strip).transpose(1, 2), tile)
        parts.append((g.T @ total.flatten(1)).view(3, 3, -1, c))
    return torch.cat(parts, 2).permute(2, 3, 0, 1)


def _products(x: Tensor, channels: int, kernel: Callable[[slice], Tensor], bias: Tensor | None) -> Tensor:
    """The output that `channels` kernels make of x; `kernel` gives some of them, (36, in, out)."""
    n, c, h, w = x.shape
    y = x.new_empty(n, h, w, channels).permute(0, 3, 1, 2)
    strips, blocks = list(_strips(n, h, w, max(c, channels))), _blocks(channels, c)
    tiles = _all_tiles(x, strips, blocks)
    for block in blocks:
        some = kernel(block)
        for strip, tile in zip(strips, tiles, strict=True):
            _untile(torch.bmm(tile, some), None if bias is None else bias[block], y[:, block], strip)
    return y


def _all_tiles(x: Input, strips: list[Strip], blocks: list[slice]) -> Iterable[Float[Tensor, "36 _ c"]]:
    """The tiles of every strip: made one by one, but kept where every block of kernels needs them."""
    tiles = (_tiles(x, strip) for strip in strips)
    return list(tiles) if len(blocks) > 1 else tiles


def _blocks(k: int, c: int) -> list[slice]:
    step = max(32, KERNELS // c)
    return [slice(first, min(first + step, k)) for first in range(0, k, step)]


def _strips(n: int, h: int, w: int, channels: int) -> Iterator[Strip]:
    down, columns = -(-h // 4), -(-w // 4)
    tiles = max(FEWEST_AT_ONCE, NUMBERS // channels)
    rows, pictures = min(down, max(1, tiles // columns)), max(1, tiles // (down * columns))
    for first in range(0, n, pictures):
        for row in range(0, down, rows):
            yield Strip(slice(first, min(first + pictures, n)), 4 * row, min(rows, down - row), columns)


def _tiles(x: Input, strip: Strip) -> Float[Tensor, "36 t c"]:
    """B' d B for every tile d of a strip."""
    some = x[strip.pictures].permute(0, 2, 3, 1)
    n, h, w, c = some.shape
    padded = x.new_zeros(n, 4 * strip.rows + 2, 4 * strip.columns + 2, c)
    above = max(0, strip.top - 1)
    below = min(h, strip.top + 4 * strip.rows + 1)
    padded[:, above - strip.top + 1 : below - strip.top + 1, 1 : w + 1] = some[:, above:below]
    down = _forth(*(padded[:, i : i + 4 * strip.rows - 3 : 4] for i in range(6)), axis=0)
    across = _forth(*(down[..., i : i + 4 * strip.columns - 3 : 4, :] for i in range(6)), axis=1)
    return across.view(36, -1, c)


def _forth(a: Tensor, b: Tensor, c: Tensor, d: Tensor, e: Tensor, f: Tensor, axis: int) -> Tensor:
    """B' times six numbers (maps of them), with no more additions than it takes; stacked along `axis`."""
    made = a.new_empty(a.shape[:axis] + (6,) + a.shape[axis:])
    one, two, three, four, five, six = made.unbind(axis)
    torch.sub(e, c, alpha=5, out=one).add_(a, alpha=4)
    even, odd = torch.sub(e, c, alpha=4), torch.sub(d, b, alpha=4)
    torch.add(even, odd, out=two)
    torch.sub(even, odd, out=three)
    torch.sub(e, c, out=even)
    torch.sub(d, b, out=odd)
    torch.add(even, odd, alpha=2, out=four)
    torch.sub(even, odd, alpha=2, out=five)
    torch.sub(f, d, alpha=5, out=six).add_(b, alpha=4)
    return made


def _untile(tiles: Float[Tensor, "36 t k"], bias: Tensor | None, y: Output, strip: Strip) -> None:
    """A' m A for every tile m of a strip, written into `y`."""
    made = (_matrix("A", y) @ tiles.flatten(1)).view(4, 4, -1, strip.rows, strip.columns, tiles.shape[2])
    if bias is not None:
        made += bias
    place = y[strip.pictures, :, strip.top : strip.top + 4 * strip.rows].permute(0, 2, 3, 1)
    n, h, w, k = place.shape
    made = made.permute(2, 3, 0, 4, 1, 5)
    if (h, w) == (4 * strip.rows, 4 * strip.columns):
        place.unflatten(1, (-1, 4)).unflatten(3, (-1, 4)).copy_(made)
    else:
        place.copy_(made.reshape(n, 4 * strip.rows, 4 * strip.columns, k)[:, :h, :w])


def _wanted(grad: Output, strip: Strip) -> Float[Tensor, "36 t k"]:
    """A y A' for the 4 x 4 pixels y of every tile of a strip."""
    some = grad[strip.pictures, :, strip.top : strip.top + 4 * strip.rows].permute(0, 2, 3, 1)
    some = F.pad(some, (0, 0, 0, 4 * strip.columns - some.shape[2], 0, 4 * strip.rows - some.shape[1]))
    pixels = some.unflatten(1, (-1, 4)).unflatten(3, (-1, 4)).permute(2, 4, 0, 1, 3, 5)
    return (_matrix("A", grad).T @ pixels.reshape(16, -1)).view(36, -1, grad.shape[1])


def _kernel(weight: Kernel, turned: bool = False) -> Float[Tensor, "36 k c"]:
    """G w G' for some kernels, which may be turned about."""
    g = _matrix("G", weight)
    return ((g.flip(1) if turned else g) @ weight.permute(2, 3, 0, 1).reshape(9, -1)).view(36, *weight.shape[:2])


def _matrix(name: str, like: Tensor) -> Tensor:
    return _squared(name, like.dtype)


@lru_cache
def _squared(name: str, dtype: torch.dtype) -> Tensor:
    """The matrix that does to a tile, laid out as a column, what M does from both sides: M (x) M."""
    one = torch.tensor({"A": A, "B": B, "G": G}[name], dtype=torch.float64)
    return torch.kron(one, one).to(dtype)
