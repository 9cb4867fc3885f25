"""Edges that sketch colorizers have lost, mended (edge paper, Section 5)."""

from colornb.evaluation import BEFORE
from colornb.experiments._plan import Plan, Row, short
from colornb.experiments._scribbling import compare, show_gains
from colornb.experiments._trainer import Trainer
from colornb.figures import Figure

PLAN = Plan(method="edge_enhancing", preset="context", seeds=(0,))
BACKBONES = {
    "RTUG": "rtug-storybook",
    "pix2pix": "pix2pix-storybook",
    "GuidingPainter": "guiding_painter-storybook",
}


def run(plan: Plan, trainer: Trainer) -> list[Row]:
    """A row for each dataset, seed and shipped sketch colorizer, before and after scribbles on edges of its own.

    RTUG is told colours at points, GuidingPainter in its regions, pix2pix none.
    """
    rows = []
    for name in plan.data:
        for seed in plan.seeds:
            for method, backbone in BACKBONES.items():
                network = trainer.network(name, seed, backbone=backbone)
                about = {"data": short(name), "seed": seed, "method": method}
                rows += [about | row for row in compare(trainer, name, {"after": network})]
    return rows


def show(rows: list[Row]) -> Figure:
    """What scribbles gain along the lost edges of each colorizer."""
    named = [row | {"painted": row["method"]} for row in rows if row["painted"] != BEFORE]
    return show_gains(named, "data")
