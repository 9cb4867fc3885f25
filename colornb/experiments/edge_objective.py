"""The edge paper's own objective, whole and without one of its parts (Table 3), beside what we change in it."""

from colornb.experiments._plan import Plan, Row, short
from colornb.experiments._scribbling import compare, show_gains
from colornb.experiments._trainer import Trainer
from colornb.figures import Figure

PLAN = Plan(method="edge_enhancing", preset="paper", draw=0)
VARIANTS = {  # preset, and what is changed
    "paper": ("paper", {}),
    "no L_con": ("paper", {"con": 0.0}),
    "no L_reg": ("paper", {"reg": 0.0}),
    "no widths": ("paper", {"widths": (1, 1)}),
    "paper + signed": ("signed", {}),
    "context": ("context", {}),
}
STOP = 0.125  # the simulated user's chance to stop before each colour, as in RTUG's paper
STRONG = (0.3, 0.6)  # Canny's thresholds for edges that nobody would overlook


def run(plan: Plan, trainer: Trainer) -> list[Row]:
    """A row for each dataset, seed, strength of edges and variant, and one for the picture before.

    All see the same pictures, hints and scribbles, on one backbone. The paper does not print Canny's thresholds, and
    they decide how much there is to mend: "all" edges are those of `mending.Scribbling`, "strong" ones of `STRONG`.
    """
    rows = []
    for name in plan.data:
        for seed in plan.seeds:
            networks = {
                variant: trainer.of("edge_enhancing", preset).network(name, seed, **plan.changes | changes)
                for variant, (preset, changes) in VARIANTS.items()
            }
            for edges, choice in {"all": {}, "strong": {"thresholds": STRONG}}.items():
                found = compare(trainer, name, networks, stop=STOP, **choice)
                rows += [{"data": short(name), "seed": seed, "edges": edges} | row for row in found]
    return rows


def show(rows: list[Row]) -> Figure:
    """What each variant gains along the scribbled edges, a group of bars for each strength; a dot for each seed."""
    return show_gains(rows, "edges")
