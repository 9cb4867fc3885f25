"""Train the small feature network that Fréchet distances are measured with where Inception cannot be had.

python tools/features.py --data FOLDER storybook --steps 1800 --out colornb/checkpoints/features/crops.safetensors

Two random crops of a picture shall have like features, crops of other pictures unlike ones (SimCLR, Chen et al. 2020).
Colours are left as they are, so that features tell colours as well as shapes; every fourth picture is seen in gray,
so that shapes have to do where colours say nothing.
"""

import argparse
import math
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from colornb import checkpoints, data
from colornb.color import luma
from colornb.commands._options import Help
from colornb.metrics._features import FEATURES, FILE, Encoder
from colornb.types import RGB, Float, Index

AREA = (0.2, 1.0)  # share of a picture that a crop keeps
GRAY_PROB = 0.25  # share of pictures that are seen in gray
TEMPERATURE = 0.2
LR, WEIGHT_DECAY = 2e-3, 1e-4

Features = Float[Tensor, "b d"]


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


def main() -> None:
    """Train, and write the weights."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0], formatter_class=Help)
    parser.add_argument("--data", required=True, nargs="+", help="folders of pictures, or names of datasets")
    parser.add_argument("--pictures", type=int, help="at most so many of each")
    parser.add_argument("--size", type=int, default=64, help="side of the pictures in pixels")
    parser.add_argument("--steps", type=int, default=1800, help="updates in all")
    parser.add_argument("--batch-size", type=int, default=96, help="pictures a step")
    parser.add_argument("--seed", type=int, default=0, help="of the first weights, and of all that is drawn by chance")
    parser.add_argument("--threads", type=int, default=1, help="CPU threads")
    parser.add_argument("--out", type=Path, default=FILE, help="file to write")
    options = parser.parse_args()

    torch.set_num_threads(options.threads)
    limit = {} if options.pictures is None else {"n": options.pictures}
    pictures = data.concat([data.open(name, "train", options.size, options.seed, **limit) for name in options.data])
    encoder, began, losses = build(options.seed), time.perf_counter(), []
    for step, loss in enumerate(fit(encoder, pictures, options.steps, options.batch_size, options.seed), 1):
        losses.append(loss)
        if step % 50 == 0 or step == options.steps:
            left = (time.perf_counter() - began) / step * (options.steps - step)
            print(
                f"step {step} of {options.steps}, loss {sum(losses) / len(losses):.3f}, {left:.0f} s left", flush=True
            )
            losses = []
    names = "+".join(Path(name).name for name in options.data)
    about = {"data": names, "pictures": len(pictures), "size": options.size, "steps": options.steps}
    about |= {"batch_size": options.batch_size, "seed": options.seed}
    checkpoints.write(options.out, encoder.state_dict(), about, half=True)


if __name__ == "__main__":
    main()
