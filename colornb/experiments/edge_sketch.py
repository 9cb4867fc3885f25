"""Edges that sketch colorizers have lost, mended (edge paper, Section 5)."""

from colornb.evaluation import BEFORE
from colornb.experiments._scribbling import compare, show_gains
from colornb.experiments._trainer import ExperimentConfig, Row, Trainer
from colornb.figures import Figure

CONFIG = ExperimentConfig(method="edge_enhancing", preset="context", seeds=(0,))
VARIANTS = {"RTUG": "rtug-storybook", "pix2pix": "pix2pix-storybook", "GuidingPainter": "guiding_painter-storybook"}


def run(trainer: Trainer) -> list[Row]:
    """A row for each dataset, seed and shipped sketch colorizer, before and after scribbles on edges of its own.

    RTUG gets colours at points, GuidingPainter in its regions, pix2pix none.
    """
    return trainer.for_each(
        lambda name, seed: [
            {"method": method} | row
            for method, backbone in VARIANTS.items()
            for row in compare(trainer, name, {"after": trainer.network(name, seed, backbone=backbone)})
        ]
    )


def show(rows: list[Row]) -> Figure:
    """What scribbles gain along the lost edges of each colorizer."""
    named = [row | {"painted": row["method"]} for row in rows if row["painted"] != BEFORE]
    return show_gains(named, "data")
