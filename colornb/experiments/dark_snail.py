"""Why regions come in order: Dark Snail with and without the active guidance (GuidingPainter, Section 4.5, Fig. 4)."""

from typing import Any

import torch
from torch import Tensor

from colornb.color import encode
from colornb.data.dark_snail import DarkSnail
from colornb.experiments._trainer import ExperimentConfig, Row, Trainer
from colornb.figures import Figure
from colornb.types import Bool, Float

CONFIG = ExperimentConfig(
    data=("dark_snail",),
    # Ours: fewer regions than the paper's 30, so that the user stops earlier, too; no discriminator, for here nothing
    # can look real; regions that start nearly alike, and a temperature that falls by half only, so that they keep on
    # splitting.
    changes={
        "n_regions": 10,
        "stop": 0.25,
        "width": 16,
        "adv": 0.0,
        "tv": 0.6,
        "smooth": 0.05,
        "lr": 3e-3,
        "region_std": 0.2,
        "tau_end": 0.5,
    },
    size=32,
    draw=0,
    pictures=1024,
    tests=64,
    steps=600,
    batch_size=16,
    seeds=(0, 1, 2, 3, 4),
)
VARIANTS: dict[str, dict[str, Any]] = {"guided": {}, "all hints (Nh = Nc)": {"counts": "all"}}


def run(trainer: Trainer) -> list[Row]:
    """A row for each training and seed: what `score` finds, and the regions' areas in the order asked for."""
    return [
        {"training": training, "seed": seed} | score(regions_of(network, snail), snail.objects)
        for training, changes in VARIANTS.items()
        for seed in trainer.config.seeds
        for network in [trainer.network("dark_snail", seed, **changes)]
        for snail in [trainer.pictures("dark_snail", "test", network)]
    ]


@torch.no_grad()
def regions_of(network: torch.nn.Module, snail: DarkSnail) -> Bool[Tensor, "n s s"]:
    """The regions that a network sees in the snail's lines, the first to be asked for first."""
    lines = encode(snail.lines.float() / 255, "sketch")
    return network.eval().encode(lines).regions[0] > 0.5


def score(regions: Bool[Tensor, "n s s"], objects: Bool[Tensor, "k s s"]) -> Row:
    """How well a division of Dark Snail does what it should.

    Regions without a pixel do not count: they are never asked for. The heart of the snail counts as an object.

    Returns:
        rank_correlation: Spearman's, of places in the order and areas, 1 where areas only decrease.
        purity: share of a region's pixels that lie in the object it covers most of, averaged over regions.
        revealed: the area inside one object that the first k regions ask for, as a share of the k largest objects;
            the least over all k, 1 for the best possible order.
        areas: pixels of each region, in order.
    """
    objects = torch.cat([objects, ~objects.any(0, keepdim=True)]).float()
    regions = regions[regions.any(-1).any(-1)].float()
    areas = regions.sum((1, 2))
    inside = torch.einsum("nhw,khw->nk", regions, objects).amax(1)
    best = objects.sum((1, 2)).sort(descending=True).values.cumsum(0)
    k = min(len(areas), len(best))
    return {
        "rank_correlation": -_spearman(areas),
        "purity": (inside / areas).mean().item(),
        "revealed": (inside.cumsum(0)[:k] / best[:k]).min().item(),
        "areas": areas.int().tolist(),
    }


def _spearman(areas: Float[Tensor, " n"]) -> float:
    """Spearman's rank correlation of places in the order and areas; 0 where all areas are alike."""
    from scipy.stats import spearmanr

    if len(areas.unique()) < 2:
        return 0.0
    return float(spearmanr(range(len(areas)), areas.cpu()).statistic)


def show(rows: list[Row]) -> Figure:
    """Area of the regions in the order that they are asked for, a line for each seed, a panel for each training."""
    trainings = list(dict.fromkeys(row["training"] for row in rows))
    figure = Figure(figsize=(3.6 * len(trainings), 2.8), layout="constrained")
    for axis, training in zip(figure.panels(len(trainings)), trainings, strict=True):
        for row in rows:
            if row["training"] == training:
                axis.plot(range(1, len(row["areas"]) + 1), row["areas"], marker="o", markersize=3, alpha=0.7)
        axis.set(title=training, xlabel="place in the order", yscale="log")
    figure.axes[0].set_ylabel("area (pixels)")
    return figure
