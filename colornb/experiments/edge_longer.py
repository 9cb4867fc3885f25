"""The edge paper's objective without one of its parts (Table 3), after a longer training."""

from dataclasses import replace

from colornb.experiments import edge_objective
from colornb.experiments.edge_objective import Row, Trainer, for_each, show

__all__ = ["CONFIG", "run", "show"]

CONFIG = replace(edge_objective.CONFIG, steps=700)
VARIANTS = {name: edge_objective.VARIANTS[name] for name in ("paper", "no L_reg", "no L_con")}


@for_each
def run(trainer: Trainer, name: str, seed: int) -> list[Row]:
    """Rows of `edge_objective`, for the paper's own variants alone."""
    return edge_objective.take_apart(trainer, name, seed, VARIANTS)
