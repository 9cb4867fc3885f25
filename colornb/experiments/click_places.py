"""How much it matters where a click falls, of points and of GuidingPainter's answers: mean and worst over places.

Trains nothing: the preset is a checkpoint that guides. The user knows the true page, clicks on each of its largest
areas of like colour (`evaluation.hint_auc`), and gives its mean colour. They do so at the middle of each area, and
again at places anywhere in it, the same for all ways.
"""

from collections.abc import Callable, Sequence

import cv2
import numpy as np
import torch

from colornb.color import hex_color
from colornb.experiments._trainer import ExperimentConfig, Row, Trainer, dots, interval, unpivot
from colornb.experiments.hint_auc import Page, colorizer_of
from colornb.hints import Hint, Point, Region

CONFIG = ExperimentConfig(
    method="guiding_painter", preset="guiding_painter-drawing", size=256, draw=0, tests=32, seeds=(0,)
)
AREAS, TRIES = 12, 8  # so many areas are clicked on, so many times at other places
PROTOCOL = {"areas": AREAS, "tries": TRIES}
Click = tuple[float, float, str]  # x, y in [0, 1], y down, and a colour


def points(page: Page, clicks: Sequence[Click]) -> list[Hint]:
    """Each click is a point."""
    return [Point(*click) for click in clicks]


def answers(page: Page, clicks: Sequence[Click]) -> list[Hint]:
    """Each click answers for the piece of a region that it falls on; the first one there counts."""
    given: dict[tuple[int, int], str] = {}
    for x, y, color in clicks:
        rank = page.colorizer.region_at(x, y)
        pieces = page.colorizer.pieces(rank)
        height, width = pieces.shape[-2:]
        part = pieces[:, min(height - 1, int(y * height)), min(width - 1, int(x * width))].int().argmax()
        given.setdefault((rank, int(part)), color)
    return [Region(rank, color, part) for (rank, part), color in given.items()]


# How hints are made of clicks, and whether they are about areas: else the page is painted as the network has it, alone.
VARIANTS: dict[str, tuple[Callable[[Page, Sequence[Click]], list[Hint]], bool]] = {
    "points, network alone": (points, False),
    "points fill areas": (points, True),
    "answers, network alone": (answers, False),
    "answers by area": (answers, True),
}


def run(trainer: Trainer) -> list[Row]:
    """A row for each dataset, seed of the places, and way: PSNR in dB, means over pages.

    "middle" is with clicks at the middle of each area, "mean" and "worst" over all tries at other places; "lost" is by
    how much the worst is below the middle, "interval" half its 95 % interval over pages.
    """
    return trainer.for_each(lambda name, seed: _measure(trainer, name, seed))


def _measure(trainer: Trainer, name: str, seed: int) -> list[Row]:
    colorizer, generator = colorizer_of(trainer), torch.Generator().manual_seed(seed)
    found: dict[str, list[list[float]]] = {way: [] for way in VARIANTS}
    for truth in trainer.config.large_pictures(name):
        page = Page(colorizer, truth.to(trainer.device))
        tries = draw_clicks(page, generator)
        for way in VARIANTS:
            found[way].append(_scores(page, way, tries))
    return [{"way": way} | _summary(torch.tensor(scores)) for way, scores in found.items()]


def draw_clicks(page: Page, generator: torch.Generator, tries: int = TRIES) -> list[list[Click]]:
    """A click for each of the largest areas, the largest first: first at their middles, then so many times anywhere."""
    areas, side = page.hints.areas.numpy(), len(page.hints.areas)
    own = [areas == number for number in range(min(AREAS, len(page.hints.colors)))]
    places = [[_middle(inside) for inside in own]]
    for _ in range(tries):
        luck = torch.rand(len(own), 3, generator=generator).tolist()
        cells = [np.argwhere(inside)[int(one * inside.sum())] for inside, (one, _, _) in zip(own, luck, strict=True)]
        places.append([cell + within for cell, (_, *within) in zip(cells, luck, strict=True)])
    colors = [hex_color(color) for color in page.hints.colors[: len(own)].tolist()]
    return [[(float(x / side), float(y / side), c) for (y, x), c in zip(row, colors, strict=True)] for row in places]


def _middle(inside: np.ndarray) -> np.ndarray:
    """The place that is farthest from all that is outside, as (row, column) of its middle."""
    depth = cv2.distanceTransform(np.pad(inside.astype(np.uint8), 1), cv2.DIST_L2, 5)[1:-1, 1:-1]
    return np.array(np.unravel_index(depth.argmax(), depth.shape)) + 0.5


@torch.no_grad()
def _scores(page: Page, way: str, tries: Sequence[Sequence[Click]]) -> list[float]:
    """PSNR of a page at the middles, and at all other places."""
    make, by_area = VARIANTS[way]
    page.colorizer.refine = by_area
    page.colorizer.set_image(page.lines.expand(-1, 3, -1, -1), "drawing", keep_lines=by_area)
    return [page.psnr(page.colorizer.predict(make(page, clicks))) for clicks in tries]


def _summary(scores: torch.Tensor) -> Row:
    middle, others = scores[:, 0], scores[:, 1:]
    found = {"middle": middle, "mean": others.mean(1), "worst": others.amin(1), "lost": middle - others.amin(1)}
    row: Row = {name: values.mean().item() for name, values in found.items()}
    return row | interval(found["lost"])


show = dots("line", "way", "psnr", "PSNR (dB)", of=lambda rows: unpivot(("middle", "mean", "worst"), "psnr", rows))
