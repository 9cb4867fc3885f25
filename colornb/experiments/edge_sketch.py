"""Edges that sketch colorizers have lost, mended (edge paper, Section 5)."""

from functools import partial

from torch.nn import Module

from colornb.experiments._scribbling import ExperimentConfig, Row, Trainer, compare, for_each, show_gains

METHOD = "edge_enhancing"
CONFIG = ExperimentConfig(method=METHOD, preset="context", seeds=(0,))
VARIANTS = {"RTUG": "rtug-storybook", "pix2pix": "pix2pix-storybook", "GuidingPainter": "guiding_painter-storybook"}

ENHANCERS = ("context", "paper")


@for_each
def run(trainer: Trainer, name: str, seed: int) -> list[Row]:
    """A row for each dataset, seed, shipped sketch colorizer and preset of E, and one for the picture before.

    Each is measured along edges that its colorizer has lost. RTUG gets colours at points, GuidingPainter in its
    regions, pix2pix none.
    """
    return [
        {"method": method} | row
        for method, backbone in VARIANTS.items()
        for row in compare(trainer, name, _enhanced(trainer, name, seed, backbone))
    ]


def _enhanced(trainer: Trainer, name: str, seed: int, backbone: str) -> dict[str, Module]:
    return {preset: trainer.of(METHOD, preset).network(name, seed, backbone=backbone) for preset in ENHANCERS}


show = partial(show_gains, group="method", apart=True)  # each along edges of its own
