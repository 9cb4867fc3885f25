"""Simulated people at the real pads: seconds per interaction, scores, PSNR (GuidingPainter, Table 2; edge paper, 4.4).

Trains nothing: the shipped checkpoints are used as they are. Every seed is one simulated participant. A preset that is
a checkpoint for points, such as efficient_unet-photo3, is given points in place of the two methods of Table 2, and
edges are scribbled on with the edge-enhancing network beside it.
"""

from statistics import fmean

import torch

from colornb.colorizer import Colorizer
from colornb.experiments._trainer import ExperimentConfig, Row, Trainer, dataset_name, interval
from colornb.figures import Figure, show_dots
from colornb.studies import Method, Protocol, Trial, analyze, compare
from colornb.studies.users import SimulatedUser, simulate

CONFIG = ExperimentConfig(preset="shipped", tests=20, seeds=tuple(range(13)))  # as many people as in the papers
SECONDS = 60.0  # GuidingPainter asked its users for roughly a minute a picture
STOP = 0.125  # GuidingPainter's p: the chance to be satisfied after each hint
GIVEN = 20  # true colours that a picture has before its edges are scribbled on
# The first two are what Table 2 compares, trained alike on pages like those; the third mends what true colours make.
METHODS: tuple[tuple, ...] = (  # as `Method` takes them: to check them is too slow for a mere list of experiments
    ("GuidingPainter", "guiding_painter-storybook", "regions"),
    ("RTUG", "rtug-storybook", "points"),
    ("edge scribbles", "edge_enhancing-drawing", "edges", GIVEN),
)
RIVAL = "RTUG"
# Seconds per interaction of people: Table 2 of GuidingPainter, and what the edge paper's users took to find and to draw
# 2.9 scribbles (Section 4.4). GuidingPainter scored 4.07 for convenience over all data sets, RTUG 3.14.
PUBLISHED = {
    "Yumi's Cells": {"GuidingPainter": 7.80, "RTUG": 11.87},
    "Tag2pix": {"GuidingPainter": 7.22, "RTUG": 8.02},
    "CelebA": {"GuidingPainter": 7.13, "RTUG": 7.82},
    "edge paper": {"edge scribbles": (13.20 + 4.41) / 2.9},
}


def run(trainer: Trainer) -> list[Row]:
    """A row for each dataset and method, as `colornb.studies.analyze` gives it; all of them say `simulated`.

    "tpi_difference" and "seconds_difference" are those to RTUG, paired as in `colornb.studies.compare`. "psnr_gain" is
    what PSNR gains from before the first action to after the last.

    Intervals `.._low` to `.._high` are over simulated participants, so they say how sure the model of people is of
    itself, and how many participants a study of this kind needs; not how people would do. `.._pictures` is half of one
    over pictures: what other pictures would change.
    """
    from colornb.widgets.user_study import open_unseen  # widgets are not needed to list experiments

    def load(checkpoint: str) -> Colorizer:
        return Colorizer(trainer.load(checkpoint))

    config, rows = trainer.config, []
    for name in config.data:
        pictures = {f"{dataset_name(name)}/{number}": rgb for number, rgb in enumerate(config.large_pictures(name))}
        chosen = tuple(Method(*each) for each in _methods(config))
        protocol = Protocol(tuple(pictures), chosen, "photo", SECONDS)
        user = SimulatedUser(stop=STOP)
        trials = list(simulate(protocol, config.seeds, open_unseen, user, pictures.__getitem__, load))
        for row in analyze(trials):
            own = [trial for trial in trials if trial.method == row["method"]]
            rows.append({"data": dataset_name(name)} | row | _saved(trials, row["method"]) | _of_pictures(own))
    return rows


def _methods(config: ExperimentConfig) -> tuple[tuple, ...]:
    if not config.is_shipped:
        return METHODS
    kind = config.preset.split("-")[1]
    return ("points", config.preset, "points"), ("edge scribbles", f"edge_enhancing-{kind}", "edges", GIVEN)


def _of_pictures(trials: list[Trial]) -> Row:
    """What PSNR gains, and half of the intervals of means over pictures."""
    found: dict[str, dict[str, list[float]]] = {name: {} for name in ("tpi", "psnr_before", "psnr", "psnr_gain")}
    for trial in trials:
        columns = trial.columns()
        columns["psnr_gain"] = columns["psnr"] - columns["psnr_before"]
        for name, of_picture in found.items():
            of_picture.setdefault(trial.picture, []).append(columns[name])
    means = {name: torch.tensor([fmean(each) for each in of.values()]).double() for name, of in found.items()}
    halves = {f"{name}_pictures": interval(each[each.isfinite()]).get("interval") for name, each in means.items()}
    known = {name: half for name, half in halves.items() if half is not None}
    return {"pictures": len(found["psnr"]), "psnr_gain": means["psnr_gain"].mean().item()} | known


def _saved(trials: list[Trial], method: str) -> Row:
    """Seconds that a method takes beyond those of RTUG, for the same people and pictures; below 0 if it saves some."""
    if method == RIVAL or RIVAL not in {trial.method for trial in trials}:
        return {}
    found = {row["measure"]: row for row in compare(trials, method, RIVAL)}
    return {
        f"{name}_{column}": found[name][column]
        for name in ("tpi", "seconds")
        if name in found
        for column in ("difference", "difference_low", "difference_high")
    }


def show(rows: list[Row]) -> Figure:
    """Seconds per interaction for each method: of simulated people, and beside them those of people, as published."""
    simulated = [row | {"data": f"{row['data']}, simulated"} for row in rows if row["tpi"]]
    people = [
        {"data": f"{name}, people", "method": method, "tpi": seconds}
        for name, found in PUBLISHED.items()
        for method, seconds in found.items()
    ]
    return show_dots([*simulated, *people], "data", "method", "tpi", "seconds per interaction", "tpi_pictures")
