"""How far the network of the edge paper may go: the weight of L_reg against damping, on validation pictures."""

from colornb.experiments import edge_search
from colornb.experiments._plan import Plan, Row
from colornb.experiments._trainer import Trainer
from colornb.figures import Figure

PLAN = Plan(method="edge_enhancing", preset="paper", draw=0, seeds=(0,))
VARIANTS = {f"reg {weight}": {"reg": float(weight)} for weight in (3, 10, 30, 100)}
SCALES = (0.25, 0.5, 1.0)  # of what E adds, once it is trained


def run(plan: Plan, trainer: Trainer) -> list[Row]:
    """Rows of `edge_search`, for few weights, more scales and a longer training."""
    return edge_search.try_each(plan, trainer, VARIANTS, SCALES)


def show(rows: list[Row]) -> Figure:
    """What each weight gains at each scale."""
    return edge_search.show(rows)
