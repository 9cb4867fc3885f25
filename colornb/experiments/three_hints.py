"""Shipped checkpoints out of the box: what three colours of the true picture bring (GuidingPainter; RTUG; edge paper).

Trains nothing: the preset is a checkpoint, a shipped name or the folder of a run. Pictures are painted as a user
gets them, through a `Colorizer`.
"""

from collections.abc import Sequence
from dataclasses import replace

import torch

from colornb.color import hex_color, rgb_to_lab
from colornb.colorizer import Colorizer
from colornb.experiments._trainer import ExperimentConfig, Row, Trainer, dataset_name
from colornb.figures import Figure, show_curve
from colornb.filters import gaussian_blur
from colornb.hints import Hint, Point, Region, rasterize
from colornb.metrics import psnr
from colornb.types import RGB

CONFIG = ExperimentConfig(method="edge_enhancing", preset="efficient_unet-photo3", size=128, tests=None, seeds=(0,))
COUNT = 3
SIZE = 9 / 256  # of a point's patch, as a fraction of the picture's shorter side
SURROUNDINGS = 0.04  # of the shorter side: how far somebody looks around a place to judge its colour


def run(trainer: Trainer) -> list[Row]:
    """A row for each picture, by its index: PSNR (dB) without a hint, and after each of three."""
    config = trainer.config
    colorizer, rows = Colorizer(trainer.load(), config.size), []
    for name in config.data:
        for index, truth in enumerate(config.large_pictures(name)):
            rows.append({"data": dataset_name(name), "index": index} | _quality(colorizer, truth))
    return rows


def three_hints(colorizer: Colorizer, truth: RGB, count: int = COUNT) -> list[Hint]:
    """What a user who knows the true picture gives the colorizer, which looks at it from here on.

    A colorizer that guides is answered: the first regions that it asks for get the mean of their true colours. For any
    other one the user points where the prediction is most wrong, one place after the other.
    """
    colorizer.set_image(truth, kind="photo")
    hints: list[Hint] = []
    for _ in range(count):
        ask = _answer if colorizer.n_regions else _point
        hints += ask(colorizer, truth, hints)
    return hints


def show(rows: list[Row]) -> Figure:
    """Mean PSNR against the number of hints, a curve for each dataset."""
    names = list(dict.fromkeys(row["data"] for row in rows))
    found = {name: [row for row in rows if row["data"] == name] for name in names}
    curves = {
        name: [sum(row[f"psnr_{n}"] for row in mine) / len(mine) for n in range(COUNT + 1)]
        for name, mine in found.items()
    }
    return show_curve(list(range(COUNT + 1)), curves, "hints", "PSNR (dB)")


def _quality(colorizer: Colorizer, truth: RGB) -> Row:
    hints = three_hints(colorizer, truth)
    return {f"psnr_{n}": psnr(colorizer.predict(hints[:n]), truth).item() for n in range(COUNT + 1)}


def _answer(colorizer: Colorizer, truth: RGB, hints: Sequence[Hint]) -> list[Hint]:
    """The true mean colour of the next region; nothing where there is none left."""
    left = colorizer.region_order[len(hints) : len(hints) + 1]
    small = torch.nn.functional.adaptive_avg_pool2d(truth, tuple(colorizer.regions.shape[-2:]))
    return [Region(rank, hex_color(small[0][:, colorizer.regions[rank]].mean(1).tolist())) for rank in left]


def _point(colorizer: Colorizer, truth: RGB, hints: Sequence[Hint]) -> list[Hint]:
    """A point where the painted picture is most wrong, apart from those before, in its surroundings' true colour."""
    height, width = truth.shape[-2:]
    far = SURROUNDINGS * min(height, width)
    wrong = (rgb_to_lab(colorizer.predict(hints)) - rgb_to_lab(truth)).square().sum(1, keepdim=True)
    pointed_at = rasterize([replace(hint, size=2 * SURROUNDINGS) for hint in hints], height, width).mask
    place = int((gaussian_blur(wrong, far) * (1 - pointed_at)).argmax())
    row, column = divmod(place, width)
    color = gaussian_blur(truth, far / 2)[0, :, row, column].clamp(0, 1)
    return [Point((column + 0.5) / width, (row + 0.5) / height, hex_color(color.tolist()), SIZE)]
