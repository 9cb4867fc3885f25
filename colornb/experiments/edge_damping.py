"""How far the network of the edge paper may go: the weight of L_reg against damping, on validation pictures."""

from colornb.experiments.edge_search import ExperimentConfig, Row, Trainer, for_each, show, try_each

__all__ = ["CONFIG", "run", "show"]

CONFIG = ExperimentConfig(method="edge_enhancing", preset="paper", draw=0, seeds=(0,))
VARIANTS = {f"reg {weight}": {"reg": float(weight)} for weight in (3, 10, 30, 100)}
SCALES = (0.25, 0.5, 1.0)  # of what E adds, once it is trained


@for_each
def run(trainer: Trainer, name: str, seed: int) -> list[Row]:
    """Rows of `edge_search`, for few weights, more scales and a longer training."""
    return try_each(trainer, name, seed, VARIANTS, SCALES)
