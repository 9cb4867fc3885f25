"""The edge paper's own objective, whole and without one of its parts (Table 3), beside what we change in it."""

from collections.abc import Mapping
from typing import Any

from colornb.experiments._plan import Plan, Row, short
from colornb.experiments._scribbling import compare, scaled, show_gains
from colornb.experiments._trainer import Trainer
from colornb.figures import Figure

PLAN = Plan(method="edge_enhancing", preset="paper", draw=0)
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


def run(plan: Plan, trainer: Trainer) -> list[Row]:
    """A row for each dataset, seed and variant, one for the picture before, and some for an E that adds more or less.

    All see the same pictures, hints and scribbles, on one backbone.
    """
    return take_apart(plan, trainer, VARIANTS)


def take_apart(plan: Plan, trainer: Trainer, variants: Mapping[str, tuple[str, dict[str, Any]]]) -> list[Row]:
    """The rows of `run` for any variants."""
    rows = []
    for name in plan.data:
        for seed in plan.seeds:
            networks = {
                variant: trainer.of("edge_enhancing", preset).network(name, seed, **plan.changes | changes)
                for variant, (preset, changes) in variants.items()
            }
            for variant, strengths in STRENGTHS.items():
                networks |= {f"{variant}, × {x:g}": scaled(networks[variant], x) for x in strengths}
            found = compare(trainer, name, networks, stop=STOP)
            rows += [{"data": short(name), "seed": seed} | row for row in found]
    return rows


def show(rows: list[Row]) -> Figure:
    """What each variant gains along the scribbled edges; a dot for each seed."""
    return show_gains(rows, "data")
