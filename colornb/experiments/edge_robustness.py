"""Scribbles of any width, and several at once (edge paper, Section 4.3 and Fig. 1)."""

from colornb.experiments._plan import Plan, Row, short
from colornb.experiments._scribbling import compare, show_gains
from colornb.experiments._trainer import Trainer
from colornb.experiments.edge_ablation import FULL, trained
from colornb.figures import Figure

PLAN = Plan(method="edge_enhancing", preset="context", draw=0, seeds=(0,))
WIDTHS = (1, 3, 5, 8, 11)
SEVERAL = (1, 2, 4, 8)
VARIANTS = (FULL, "no widths")


def run(plan: Plan, trainer: Trainer) -> list[Row]:
    """Rows for each width of a single scribble, and for up to so many scribbles of 1 to 5 pixels in one pass.

    With and without scribbles of many widths in training. Several edges are measured along all of them.
    """
    rows = []
    for name in plan.data:
        for seed in plan.seeds:
            about, networks = {"data": short(name), "seed": seed}, trained(trainer, name, seed, *VARIANTS)
            for width in WIDTHS:
                found = compare(trainer, name, networks, widths=(width, width))
                rows += [about | {"scribble": f"{width} px", "width": width} | row for row in found]
            for several in SEVERAL:
                found = compare(trainer, name, networks, several=several)
                rows += [about | {"scribble": f"up to {several}", "several": several} | row for row in found]
    return rows


def show(rows: list[Row]) -> Figure:
    """What is gained along the scribbled edges, a group of bars for each width and number of scribbles."""
    return show_gains(rows, "scribble")
