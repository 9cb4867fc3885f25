"""Edges that sketch colorizers have lost, mended (edge paper, Section 5)."""

from functools import partial

from colornb.experiments._scribbling import ExperimentConfig, Row, Trainer, compare, for_each, show_gains

CONFIG = ExperimentConfig(method="edge_enhancing", preset="context", seeds=(0,))
VARIANTS = {"RTUG": "rtug-storybook", "pix2pix": "pix2pix-storybook", "GuidingPainter": "guiding_painter-storybook"}


@for_each
def run(trainer: Trainer, name: str, seed: int) -> list[Row]:
    """A row for each dataset, seed and shipped sketch colorizer, before and after scribbles on edges of its own.

    RTUG gets colours at points, GuidingPainter in its regions, pix2pix none.
    """
    return [
        {"method": method} | row
        for method, backbone in VARIANTS.items()
        for row in compare(trainer, name, {"after": trainer.network(name, seed, backbone=backbone)})
    ]


show = partial(show_gains, group="method", dot="data", apart=True)  # each along edges of its own
