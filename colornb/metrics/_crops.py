"""A small feature network for Fréchet distances, learned without labels from pictures of one's own.

Two random crops of a picture shall have like features, crops of other pictures unlike ones (SimCLR, Chen et al. 2020).
Colours are left as they are, so that features tell colours as well as shapes; every fourth picture is seen in gray,
so that shapes have to do where colours say nothing.
"""

import math
from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from colornb import checkpoints
from colornb.color import encode, luma
from colornb.types import RGB, Float, Index

NAME = "crops"
FILE = checkpoints.SHIPPED / "features" / "crops.safetensors"
FEATURES = 128
MIN_SIDE = 32  # pixels
AREA = (0.2, 1.0)  # share of a picture that a crop keeps
GRAY_PROB = 0.25  # share of pictures that are seen in gray
TEMPERATURE = 0.2
LR, WEIGHT_DECAY = 2e-3, 1e-4

Features = Float[Tensor, "b d"]


class Encoder(nn.Module):
    """Six 3x3 convolutions down to an eighth of the size, then the mean over the picture: 0.43 M weights."""

    name = NAME
    about: dict[str, Any]  # how it came to be

    def __init__(self) -> None:
        super().__init__()
        shape = [(3, 32, 2), (32, 64, 2), (64, 64, 1), (64, 128, 2), (128, 128, 1), (128, FEATURES, 1)]
        self.layers = nn.Sequential(*(_layer(*layer) for layer in shape))

    def forward(self, rgb: RGB) -> Features:
        """SRGB in [0, 1], at least 32 x 32, to (b, 128) features; only those of one size compare."""
        if min(rgb.shape[-2:]) < MIN_SIDE:
            raise ValueError(f"a picture of {rgb.shape[-1]} x {rgb.shape[-2]} is too small: give at least 32 x 32")
        return self.layers(encode(rgb, "rgb")).mean((2, 3))


def _layer(c_in: int, c_out: int, stride: int) -> nn.Module:
    convolution = nn.Conv2d(c_in, c_out, 3, stride, 1, bias=False)
    return nn.Sequential(convolution, nn.BatchNorm2d(c_out), nn.ReLU(inplace=True))


def load() -> Encoder:
    """The encoder that comes with the package, ready to use, on the CPU."""
    encoder = Encoder()
    state, encoder.about = checkpoints.read(FILE)
    checkpoints.load_strictly(encoder, state, str(FILE))
    return encoder.eval().requires_grad_(False)


def contrastive_loss(one: Features, two: Features, temperature: float = TEMPERATURE) -> Float[Tensor, ""]:
    """NT-Xent (SimCLR, Eq. 1): each row finds its partner among all other rows, by the cosine of their angle."""
    rows = F.normalize(torch.cat([one, two]), dim=1)
    logits = (rows @ rows.T / temperature).fill_diagonal_(-math.inf)
    partner = torch.arange(len(rows), device=rows.device).roll(len(one))
    return F.cross_entropy(logits, partner)


def views(rgb: RGB, generator: torch.Generator) -> tuple[RGB, RGB]:
    """Two random crops of each picture, mirrored at random, at the size of the picture; some pictures in gray."""
    gray = torch.rand(len(rgb), 1, 1, 1, generator=generator, device=rgb.device) < GRAY_PROB
    rgb = torch.where(gray, luma(rgb), rgb)
    return _crop(rgb, generator), _crop(rgb, generator)


def _crop(rgb: RGB, generator: torch.Generator) -> RGB:
    area, x, y, side = torch.rand(4, len(rgb), generator=generator, device=rgb.device)
    scale = (AREA[0] + (AREA[1] - AREA[0]) * area).sqrt()
    sign, zero = torch.where(side < 0.5, -1.0, 1.0), torch.zeros_like(scale)
    rows = [scale * sign, zero, (1 - scale) * (2 * x - 1), zero, scale, (1 - scale) * (2 * y - 1)]
    grid = F.affine_grid(torch.stack(rows, 1).view(-1, 2, 3), list(rgb.shape), align_corners=False)
    return F.grid_sample(rgb, grid, "bilinear", "border", align_corners=False)


def build(seed: int = 0) -> Encoder:
    """An encoder that has learned nothing yet; its weights are drawn from `seed`."""
    with torch.random.fork_rng([]):
        torch.manual_seed(seed)
        return Encoder()


def fit(encoder: Encoder, data: Any, steps: int, batch_size: int = 96, seed: int = 0) -> Iterator[float]:
    """Train an encoder where it lies, yielding the loss of every step; at the end it is ready to use.

    Args:
        encoder: what `build` returns.
        data: a dataset of at least two pictures: `len(data)` and `data.batch(index, generator)`.
        steps: how many updates; the learning rate falls along a cosine to 0.
        batch_size: pictures a step, each of them twice.
        seed: what order, crops and the layers that are left out at the end are drawn from.

    Raises:
        ValueError: fewer than two pictures, which leave nothing to tell apart.
    """
    if min(len(data), batch_size) < 2:
        raise ValueError("one picture cannot be told from others: give at least two, and a batch of two")
    generator = torch.Generator().manual_seed(seed)
    head = _head(generator)
    encoder.train().to(memory_format=torch.channels_last)
    optimizer = torch.optim.AdamW([*encoder.parameters(), *head.parameters()], LR, weight_decay=WEIGHT_DECAY)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
    for index in _order(len(data), batch_size, steps, generator):
        yield train_step(encoder, head, optimizer, data.batch(index, generator).rgb, generator)
        schedule.step()
    encoder.eval()


def _head(generator: torch.Generator) -> nn.Module:
    """The projection that the loss sees the features through (SimCLR, Section 2.1)."""
    layers = [nn.Linear(FEATURES, FEATURES) for _ in range(2)]
    for layer in layers:
        nn.init.kaiming_uniform_(layer.weight, math.sqrt(5), generator=generator)
        nn.init.zeros_(layer.bias)
    return nn.Sequential(layers[0], nn.ReLU(), layers[1])


def train_step(
    encoder: nn.Module, head: nn.Module, optimizer: torch.optim.Optimizer, rgb: RGB, generator: torch.Generator
) -> float:
    """One update on a batch of pictures; returns the loss."""
    pair = torch.cat(views(rgb, generator)).contiguous(memory_format=torch.channels_last)
    loss = contrastive_loss(*head(encoder(pair)).chunk(2))
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    optimizer.step()
    return loss.item()


def _order(pictures: int, batch_size: int, steps: int, generator: torch.Generator) -> Iterator[Index]:
    """Batches without a picture twice, epoch after epoch; what is left over at the end of one is dropped."""
    done = 0
    while done < steps:
        batches = torch.randperm(pictures, generator=generator).split(min(batch_size, pictures))
        for index in [batch for batch in batches if len(batch) == min(batch_size, pictures)][: steps - done]:
            yield index
            done += 1
