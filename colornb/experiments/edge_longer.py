"""The edge paper's objective without one of its parts (Table 3), after a longer training."""

from dataclasses import replace

from colornb.experiments import edge_objective
from colornb.experiments._plan import Plan, Row
from colornb.experiments._trainer import Trainer
from colornb.figures import Figure

PLAN = replace(edge_objective.PLAN, steps=700)
VARIANTS = {name: edge_objective.VARIANTS[name] for name in ("paper", "no L_reg", "no L_con")}


def run(plan: Plan, trainer: Trainer) -> list[Row]:
    """Rows of `edge_objective`, for the paper's own variants alone."""
    return edge_objective.take_apart(plan, trainer, VARIANTS)


def show(rows: list[Row]) -> Figure:
    """What each variant gains along the scribbled edges; a dot for each seed."""
    return edge_objective.show(rows)
