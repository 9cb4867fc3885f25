"""Train a small network to paint photographs as a large one does, for pages that are read on a slow line.

    python tools/distil.py --data FOLDER .. --minutes 25 --out small.safetensors
    python -m benchmarks.page --small small.safetensors

The small one is RTUG with few channels. It sees the same pictures and the same points as its teacher, and learns what
the teacher paints (Hinton et al., Distilling the Knowledge in a Neural Network, 2015). Both compute in 16 bits.
"""

import argparse
import sys
import time
from pathlib import Path
from typing import Any

import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from colornb import data, methods
from colornb.color import encode
from colornb.commands._options import MIN_SIDE, POSITIVE, Help, check_place, whole
from colornb.evaluation import git_revision
from colornb.methods.base import Encoding, sample_counts
from colornb.refusals import check_size, line
from colornb.types import Planes

MOST = 100  # points at most
STOP = 0.125  # chance that the user stops before each point
NONE = 0.25  # share of the pictures without any
RATE, WARMUP = 3e-3, 100
TELL = 50  # steps between two words of how it stands


def main() -> None:
    """Train, and write the weights in half precision."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0], formatter_class=Help)
    parser.add_argument("--teacher", default="efficient_unet-photo3", help="the network to learn from")
    parser.add_argument(
        "--width", type=whole(1), default=8, help="channels of the first layer of the small one, an RTUG"
    )
    parser.add_argument("--data", nargs="+", required=True, help="folders of photographs")
    parser.add_argument("--size", type=whole(MIN_SIDE), default=96, help="side of the pictures in pixels")
    parser.add_argument("--batch-size", type=whole(1), default=16, help="pictures a step")
    parser.add_argument("--minutes", type=POSITIVE, required=True, help="how long it may take")
    parser.add_argument("--seed", type=whole(0), default=0, help="seed of all that is drawn")
    parser.add_argument("--out", required=True, type=Path, help="the file to write, NAME.safetensors")
    given = parser.parse_args()
    try:
        pictures, teacher = opened(given)
    except (ValueError, OSError) as error:
        parser.error(line(error))
    network = methods.build("rtug", "small", given.seed, width=given.width)
    steps = train(network.to(memory_format=torch.channels_last), teacher, pictures, given)
    about = {name: getattr(given, name) for name in ("teacher", "size", "batch_size", "minutes", "seed")}
    about["data"] = "+".join(Path(name).name for name in given.data)
    methods.save(network.eval(), given.out, half=True, **about, steps=steps, commit=git_revision())
    print(f"{steps} steps -> {given.out}")


def opened(given: argparse.Namespace) -> tuple[data.Dataset, Any]:
    """The pictures and the teacher, after what would fail only at the end."""
    check_place(given.out, folder=False)
    if given.out.suffix != ".safetensors":
        raise ValueError(f"--out {given.out}: give a name that ends in .safetensors")
    teacher = methods.load(given.teacher).eval().to(memory_format=torch.channels_last)
    if teacher.condition != "L" or "point" not in teacher.hint_kinds:
        raise ValueError(f"{given.teacher} paints no photographs from points: give another --teacher")
    check_size(teacher, given.size)
    return data.concat([data.open(folder, "train", given.size) for folder in given.data]), teacher


def train(network: Any, teacher: Any, pictures: data.Dataset, given: argparse.Namespace) -> int:
    """Let a network learn for so many minutes; how many steps these were."""
    generator = torch.Generator().manual_seed(given.seed)
    optimizer = torch.optim.AdamW(network.parameters(), RATE, weight_decay=0.01, fused=True)
    began, step, past, sum_of_losses = time.monotonic(), 0, 0.0, 0.0
    while (past := (time.monotonic() - began) / (60 * given.minutes)) < 1:
        optimizer.param_groups[0]["lr"] = RATE * min(1.0, (step + 1) / WARMUP) * (1 - past)
        index = torch.randint(len(pictures), (given.batch_size,), generator=generator)
        rgb = data.augment(pictures.batch(index), generator).rgb
        with torch.autocast("cpu", torch.bfloat16):
            loss = loss_of(network, teacher, rgb, generator)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        step, sum_of_losses = step + 1, sum_of_losses + loss.item()
        if step % TELL == 0:
            print(f"{100 * past:3.0f} %, step {step}: {sum_of_losses / TELL:.3f}", flush=True)
            sum_of_losses = 0.0
    return step


def loss_of(network: Any, teacher: Any, rgb: Planes, generator: torch.Generator) -> torch.Tensor:
    """Ten times the distance of two paintings in a and b over 110, for the same points."""
    condition, target = encode(rgb, "L"), encode(rgb, "ab")
    counts = 1 + sample_counts(len(rgb), MOST, generator, STOP)
    counts = counts.masked_fill(torch.rand(len(rgb), generator=generator) < NONE, 0)
    color, mask = network.simulate_hints(Encoding(condition), target, counts, generator)
    with torch.no_grad():
        wanted = teacher.paint(teacher.encode(condition), color, mask)
    painted = network.paint(network.encode(condition), color, mask)
    return 10 * (painted - wanted).float().abs().sum(1).mean()


if __name__ == "__main__":
    main()
