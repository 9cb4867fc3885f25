"""Our edge-enhancing network without this or that, and in other places (edge paper, Table 3; see `edge_objective`)."""

from torch.nn import Module

from colornb.experiments._plan import Plan, Row, short
from colornb.experiments._scribbling import compare, show_gains
from colornb.experiments._trainer import Trainer
from colornb.figures import Figure

PLAN = Plan(method="edge_enhancing", preset="context", draw=0, seeds=(0,))
FULL = "full"
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
}


def run(plan: Plan, trainer: Trainer) -> list[Row]:
    """A row for each dataset, seed and variant, and one for the picture before; all see the same scribbles."""
    rows = []
    for name in plan.data:
        for seed in plan.seeds:
            found = compare(trainer, name, trained(trainer, name, seed, *VARIANTS))
            rows += [{"data": short(name), "seed": seed} | row for row in found]
    return rows


def trained(trainer: Trainer, name: str, seed: int, *variants: str) -> dict[str, Module]:
    """The networks of some variants, on the backbone that the plan names."""
    networks = {}
    for variant in variants:
        preset, changes = VARIANTS[variant]
        own = trainer.plan.changes | changes
        networks[variant] = trainer.of("edge_enhancing", preset).network(name, seed, **own)
    return networks


def show(rows: list[Row]) -> Figure:
    """What each variant gains along the scribbled edges."""
    return show_gains(rows, "data")
