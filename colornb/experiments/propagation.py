"""What learning brings: networks beside colour that spreads without any, from the same points (Levin et al. 2004).

Trains nothing: the preset is a checkpoint that accepts points, and `OTHER` is another. Ours, no paper's.
"""

from collections.abc import Iterator

import torch

from colornb.color import decode, encode, gray, rgb_to_lab
from colornb.experiments._trainer import ExperimentConfig, Row, Trainer, dots, for_each, interval
from colornb.methods import encode_batch
from colornb.methods.base import NetworkModule
from colornb.metrics.psnr import psnr
from colornb.propagation import propagate
from colornb.types import RGB, Batch, Scores

CONFIG = ExperimentConfig(
    method="efficient_unet", preset="efficient_unet-photo3", size=128, draw=0, tests=113, seeds=(0,)
)
OTHER = "rtug-natural"
COUNTS = (0, 1, 3, 10, 20, 50, 200)
GRAY, SPREAD = "gray", "without learning"
PROTOCOL = {"hints": "points at random places in the true colours, the same for all, as the preset's user gives them"}
Found = Iterator[tuple[str, int, RGB]]  # who painted, with how many points, what


@for_each
def run(trainer: Trainer, name: str, seed: int) -> list[Row]:
    """A row for each method and number of points: PSNR (dB), a mean over pictures, and half of its 95 % interval.

    `gain` is PSNR above what spreads without learning, picture by picture, with the interval of its own. Without a
    point nothing spreads: there the row `gray` has its place, the picture as it is given.
    """
    networks = {checkpoint: trainer.load(checkpoint) for checkpoint in (OTHER, trainer.config.preset)}
    if refused := [checkpoint for checkpoint, network in networks.items() if network.target != "ab"]:
        raise ValueError(f"{refused[0]} paints no photographs, and nothing else compares: give a preset that does")
    pictures = trainer.pictures(name, "test", networks[trainer.config.preset])
    generator = torch.Generator(trainer.device).manual_seed(seed)
    found: dict[tuple[str, int], list[Scores]] = {}
    for index in torch.arange(len(pictures)).split(16):
        batch = pictures.batch(index, generator)
        for method, count, painted in _paint_all(networks, batch, generator):
            found.setdefault((method, count), []).append(psnr(painted, batch.rgb))
    return _rows({key: torch.cat(scores) for key, scores in found.items()})


@torch.no_grad()
def _paint_all(networks: dict[str, NetworkModule], batch: Batch, generator: torch.Generator) -> Found:
    """A batch as every method paints it, with each number of points; fewer are the first of more."""
    user, target = list(networks.values())[-1], encode(batch.rgb, "ab")
    encodings = {name: encode_batch(network, batch) for name, network in networks.items()}
    light, places = rgb_to_lab(batch.rgb)[:, :1], generator.get_state()
    for count in COUNTS:
        generator.set_state(places)
        counts = torch.full((len(target),), count, device=target.device)
        color, mask = user.simulate_hints(encodings[list(networks)[-1]], target, counts, generator)
        for name, network in networks.items():
            yield name, count, decode(network.paint(encodings[name], color, mask), "ab", light)
        if count:
            yield SPREAD, count, decode(propagate(light / 100, color, mask), "ab", light)
        else:
            yield GRAY, count, gray(light).expand(-1, 3, -1, -1)


def _rows(found: dict[tuple[str, int], Scores]) -> list[Row]:
    rows = []
    for (method, count), scores in sorted(found.items(), key=lambda item: item[0][1]):
        gain = scores - found[SPREAD if count else GRAY, count]
        more = {f"gain_{key}": value for key, value in interval(gain).items()} | {"gain": gain.mean().item()}
        rows.append({"method": method, "hints": count, "psnr": scores.mean().item()} | interval(scores) | more)
    return rows


show = dots("hints", "method", "psnr", "PSNR (dB)", half="interval")
