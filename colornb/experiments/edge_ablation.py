"""Our edge-enhancing network without this or that, and in other places (edge paper, Table 3; see `edge_objective`)."""

from colornb.experiments._scribbling import (
    ExperimentConfig,
    Row,
    Trainer,
    compare,
    for_each,
    show_gains,
    train_variants,
)

CONFIG = ExperimentConfig(method="edge_enhancing", preset="context", draw=0, seeds=(0,))
FULL = "full"
LIGHT = {"reg": 0.01, "strength": 1.0}  # E may do nearly as it likes, so that what a part prevents can be seen
VARIANTS = {  # preset, and what is changed
    FULL: ("context", {}),
    "no L_con": ("context", {"con": 0.0}),
    "no L_reg": ("context", {"reg": 0.0}),
    "no widths": ("context", {"widths": (1, 1)}),
    "no colour term": ("context", {"color": 0.0}),
    "no L_edge": ("context", {"edge": 0.0}),
    "no context": ("context", {"context": False}),
    "encoder": ("context", {"layers": ("encoder",)}),
    "paper": ("paper", {}),
    "paper, light L_reg": ("paper", LIGHT),
    "paper, light L_reg, no widths": ("paper", LIGHT | {"widths": (1, 1)}),
}


@for_each
def run(trainer: Trainer, name: str, seed: int) -> list[Row]:
    """A row for each dataset, seed and variant, and one for the picture before; all see the same scribbles."""
    return compare(trainer, name, train_variants(trainer, name, seed, VARIANTS))


show = show_gains
