"""Gray-scale pictures instead of line art: L in, ab out (GuidingPainter, appendix B, Table 4)."""

from colornb.evaluation import evaluate, expected
from colornb.experiments._plan import Plan, Row, short
from colornb.experiments._trainer import Trainer
from colornb.figures import Figure, show_bars
from colornb.metrics import distance_key, features

PLAN = Plan(changes={"condition": "L", "target": "ab"}, draw=0)


def run(plan: Plan, trainer: Trainer) -> list[Row]:
    """A row for each dataset, seed and kind of hinting: none at all, under G, and every region.

    Under G are the expected values of the paper's table.
    """
    return [
        {"data": short(name), "seed": seed} | row
        for name in plan.data
        for seed in plan.seeds
        for row in _measure(plan, trainer, name, seed)
    ]


def _measure(plan: Plan, trainer: Trainer, name: str, seed: int) -> list[Row]:
    network, see = trainer.network(name, seed), features(plan.features, trainer.device)
    pictures = trainer.pictures(name, "test", network)
    table = evaluate(network, pictures, range(network.n_regions + 1), features=see)
    keys = ("psnr", distance_key(see.name))
    return [
        {"hints": "none"} | {key: table[0][key] for key in keys},
        {"hints": "under G"} | {key: expected(table, key, network.config.stop) for key in keys},
        {"hints": "all"} | {key: table[-1][key] for key in keys},
    ]


def show(rows: list[Row]) -> Figure:
    """PSNR without hints, under G and with all of them, a group of bars for each dataset; a dot for each seed."""
    return show_bars(rows, "data", "hints", "psnr", "PSNR (dB)")
