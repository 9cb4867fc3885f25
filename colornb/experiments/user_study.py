"""Simulated people at the real pads: seconds per interaction, scores, PSNR (GuidingPainter, Table 2; edge paper, 4.4).

Trains nothing: the shipped checkpoints are used as they are. Every seed is one simulated participant.
"""

from dataclasses import replace
from pathlib import Path

import torch
from torch import nn

from colornb import methods
from colornb.colorizer import Colorizer
from colornb.experiments._plan import Plan, Row, short
from colornb.experiments._trainer import Trainer
from colornb.figures import Figure, show_bars
from colornb.study import Method, Protocol, Trial, analyze, compare
from colornb.study.users import SimulatedUser, simulate
from colornb.types import RGB

PLAN = Plan(preset="shipped", tests=3, seeds=tuple(range(13)))  # as many people as in the papers
SECONDS = 60.0  # GuidingPainter asked its users for roughly a minute a picture
STOP = 0.125  # GuidingPainter's p: the chance to be satisfied after each hint
# The first two are what Table 2 compares, trained alike on pages like those; the third mends what 20 true colours make.
METHODS = (
    Method("GuidingPainter", "guiding_painter-storybook", "regions"),
    Method("RTUG", "rtug-storybook", "points"),
    Method("edge scribbles", "edge_enhancing-comic", "edges", 20),
)
RIVAL = "RTUG"
# What people needed and said, for Yumi's Cells, Tag2pix and CelebA (Table 2).
PUBLISHED = {
    "RTUG": {"tpi": (11.87, 8.02, 7.82), "quality": (3.93, 3.15, 3.85), "convenience": 3.14},
    "GuidingPainter": {"tpi": (7.80, 7.22, 7.13), "quality": (4.07, 4.00, 3.81), "convenience": 4.07},
}


def run(plan: Plan, trainer: Trainer) -> list[Row]:
    """A row for each dataset and method, as `colornb.study.analyze` gives it; all of them say `simulated`.

    "tpi_difference" and "seconds_difference" are those to RTUG, paired as in `colornb.study.compare`.

    Intervals are over simulated participants, so they say how sure the model of people is of itself, and how many
    participants a study of this kind needs; not how people would do.
    """
    from colornb.widgets._trying import open_unseen  # widgets are not needed to list experiments

    def load(checkpoint: str) -> Colorizer:
        return Colorizer(_network(checkpoint, trainer))

    rows = []
    for name in plan.data:
        pictures = _pages(plan, name)
        protocol = Protocol(tuple(pictures), METHODS, "photo", SECONDS)
        user = SimulatedUser(stop=STOP)
        trials = list(simulate(protocol, plan.seeds, open_unseen, user, pictures.__getitem__, load))
        rows += [{"data": short(name)} | row | _saved(trials, row["method"]) for row in analyze(trials)]
    return rows


def _saved(trials: list[Trial], method: str) -> Row:
    """Seconds that a method takes beyond those of RTUG, for the same people and pictures; below 0 if it saves some."""
    if method == RIVAL:
        return {}
    found = {row["measure"]: row for row in compare(trials, method, RIVAL)}
    return {
        f"{name}_{column}": found[name][column]
        for name in ("tpi", "seconds")
        if name in found
        for column in ("difference", "difference_low", "difference_high")
    }


def _network(checkpoint: str, trainer: Trainer) -> nn.Module:
    return methods.load(checkpoint).to(trainer.device)


def _pages(plan: Plan, name: str) -> dict[str, RGB]:
    """The pictures by name, as large as line art is drawn."""
    found = replace(plan, size=plan.size * max(1, plan.draw)).open(name, "test", None)
    generator = torch.Generator().manual_seed(0)
    return {f"{Path(name).name}/{n}": found.batch(torch.tensor([n]), generator).rgb for n in range(len(found))}


def show(rows: list[Row]) -> Figure:
    """Seconds per interaction for each method, on each dataset."""
    return show_bars(
        [row for row in rows if row["tpi"]], "data", "method", "tpi", "seconds per interaction (simulated)"
    )
