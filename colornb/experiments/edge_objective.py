"""The edge paper's own objective, whole and without one of its parts (Table 3), beside what we change in it."""

from colornb.experiments._scribbling import Variants, compare, scaled, show_gains, train_variants
from colornb.experiments._trainer import ExperimentConfig, Row, Trainer, for_each

CONFIG = ExperimentConfig(method="edge_enhancing", preset="paper", draw=0)
VARIANTS = {  # preset, and what is changed
    "paper": ("paper", {}),
    "no L_reg": ("paper", {"reg": 0.0}),
    "no L_con": ("paper", {"con": 0.0}),
    "no widths": ("paper", {"widths": (1, 1)}),
    "paper + signed": ("signed", {}),
    "context": ("context", {}),
}
STRENGTHS = {"paper": (1.0,), "no L_reg": (0.25,)}  # other shares of what E adds that are measured, too
STOP = 0.125  # the simulated user's chance to stop before each colour, as in RTUG's paper


@for_each
def run(trainer: Trainer, name: str, seed: int) -> list[Row]:
    """A row for each dataset, seed and variant, one for the picture before, and some for an E that adds more or less.

    All see the same pictures, hints and scribbles, on one backbone.
    """
    return take_apart(trainer, name, seed, VARIANTS)


def take_apart(trainer: Trainer, name: str, seed: int, variants: Variants) -> list[Row]:
    """The rows of `run` for any variants."""
    networks = train_variants(trainer, name, seed, variants)
    for variant, strengths in STRENGTHS.items():
        networks |= {f"{variant}, × {x:g}": scaled(networks[variant], x) for x in strengths}
    return compare(trainer, name, networks, stop=STOP)


show = show_gains
