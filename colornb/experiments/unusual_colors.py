"""How faithfully unusual colours are painted, and by whom (GuidingPainter, appendix E.2, Table 6 and Fig. 11).

All methods get as many hints, in the same colours, at the same places, which is how the paper's Fig. 3 and 13 compare
them, too: GuidingPainter in its regions, the others at a point of each.
"""

from typing import NamedTuple

import torch
from torch import nn

from colornb.experiments import baselines
from colornb.experiments._painting import (
    RGB,
    ExperimentConfig,
    Float,
    Painting,
    Regions,
    Row,
    Scores,
    Tensor,
    Trainer,
    for_each,
    lines,
    paintings,
    places,
    psnr,
    unpivot,
)

CONFIG = ExperimentConfig()
MOVES = (0, 32, 64, 96, 128)  # each channel moves by a random number between minus and plus this, of 255; the paper: 64
HINTS = 7  # at most, as in the paper
RIVALS = ("RTUG", "AlacGAN")
CELL = 4  # pixels: the side of a point's patch, which starts at multiples of it, as AlacGAN has them
PROTOCOL = {"hints": HINTS, "cell": CELL}


class Given(NamedTuple):
    """What everybody is told of a batch: in which regions, or at which points of them, and in which colours (sRGB)."""

    cells: Regions
    shown: Float[Tensor, "b n"]
    colors: Float[Tensor, "b n 3"]


@for_each
def run(trainer: Trainer, name: str, seed: int) -> list[Row]:
    """A row for each dataset, seed, size of the move and method: colour difference between hints and what was painted.

    "followed" is taken over the region that a hint is meant for, "at points" where the point lies. "ignored" is what
    the first would be of a model that painted the same for the true colours: the worst to be expected of one that knows
    the pictures but does not listen. "top_1" and "top_2" are the shares of pictures that a method is first in, or one
    of the first two, by "followed"; "top_1_points" is the same by "at points". "psnr" compares with the true picture,
    which says something where no colour was moved.

    Deviation: the paper lets people rank the pictures; a colour difference needs none.
    """
    guide, pictures = baselines.tested(trainer, name, baselines.OURS, seed)
    painters = {baselines.OURS: guide} | {
        rival: baselines.tested(trainer, name, rival, seed)[0].eval() for rival in RIVALS
    }
    rows = []
    for move in MOVES:
        generator = torch.Generator(pictures.device).manual_seed(seed)
        found: dict[str, list[Scores]] = {method: [] for method in painters}
        for painting in paintings(guide, pictures):
            given = told(painting, move / 255, generator)
            for method, network in painters.items():
                found[method].append(_measure(painting, network, given))
        rows += [{"move": move, "method": method} | row for method, row in ranked(found).items()]
    return rows


def told(painting: Painting, move: float, generator: torch.Generator) -> Given:
    """The first regions that are asked for, a point in each at random, and their colours, moved at random."""
    shown = ((places(painting, "asked", generator) < HINTS) & painting.used).float()
    true = painting.true_colors
    noise = torch.rand(true.shape, generator=generator, device=true.device)
    return Given(points(painting.regions, generator), shown, (true + move * (2 * noise - 1)).clamp(0, 1))


def points(regions: Regions, generator: torch.Generator) -> Regions:
    """The cell that a random pixel of each region lies in, as a mask; of two in one cell the earlier has it."""
    n, (height, width) = regions.shape[1], regions.shape[-2:]
    weights = regions.flatten(2).flatten(0, 1) + 1e-9  # some pixel is drawn of an empty region, too, and is not shown
    place = torch.multinomial(weights, 1, generator=generator).view(-1, n, 1, 1)
    rows, columns = (torch.arange(side, device=regions.device) // CELL for side in (height, width))
    row, column = (place // width) // CELL, (place % width) // CELL
    cells = ((rows[:, None] == row) & (columns == column)).to(regions) * regions.flatten(2).any(2)[..., None, None]
    return cells * (cells.cumsum(1) <= 1)


@torch.no_grad()
def _measure(painting: Painting, network: nn.Module, given: Given) -> Scores:
    """For each picture: hints followed in their regions, at their points, and ignored (ΔE); PSNR (dB)."""
    cells, shown, colors = given
    painted, true = (paint(painting, network, Given(cells, shown, each)) for each in (colors, painting.true_colors))
    followed, ignored = (painting.difference(rgb, colors, shown) for rgb in (painted, true))
    at_points = painting.difference(painted, colors, shown, cells)
    return torch.stack([followed, at_points, ignored, psnr(painted, painting.truth).double().cpu()])


def paint(painting: Painting, network: nn.Module, given: Given) -> RGB:
    """Pictures by the network that guides, told in its regions, or by a rival, told at points."""
    colors = painting.encode(given.colors)
    if network is painting.network:
        return painting.paint(given.shown, colors)
    return painting.paint_by(network, given.cells, given.shown, colors)


def ranked(found: dict[str, list[Scores]]) -> dict[str, Row]:
    """Means of what `_measure` finds for each method, and how often it is among the first."""
    scores = torch.stack([torch.cat(each, 1) for each in found.values()])
    scores = scores[..., scores.isfinite().all(1).all(0)]
    places = scores.argsort(0).argsort(0)  # of each method for each picture, from 0
    columns = ("followed", "at_points", "ignored", "psnr")
    rows = {}
    for method, means, place in zip(found, scores.mean(2).tolist(), places, strict=True):
        rows[method] = dict(zip(columns, means, strict=True))
        for title, of, k in (("top_1", 0, 1), ("top_2", 0, 2), ("top_1_points", 1, 1)):
            rows[method][title] = (place[of] < k).double().mean().item()
    return rows


def _shown(rows: list[Row]) -> list[Row]:
    return [row | {"line": f"{row['method']}, {row['line']}"} for row in unpivot(("followed", "ignored"), "ΔE", rows)]


LABELS = ("channels moved by up to (of 255)", "difference to hint (ΔE)")
show = lines("line", "move", "ΔE", *LABELS, panel="data", of=_shown)
