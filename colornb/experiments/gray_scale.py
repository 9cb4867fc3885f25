"""Gray-scale pictures instead of line art: L in, ab out (GuidingPainter, appendix B, Table 4)."""

from colornb.evaluation import evaluate, expected_over_hints
from colornb.experiments._trainer import ExperimentConfig, Row, Trainer, dots, for_each
from colornb.metrics import distance_key

CONFIG = ExperimentConfig(changes={"condition": "L", "target": "ab"}, draw=0)
OURS, RIVALS = "GuidingPainter", {"RTUG": "rtug"}


@for_each
def run(trainer: Trainer, name: str, seed: int) -> list[Row]:
    """A row for each dataset, seed, method and kind of hinting: none at all, under G, and all.

    Under G are the expected values of the paper's table; all are as many hints as GuidingPainter has regions. RTUG
    paints photographs as they are meant to be, with the preset of that name; its simulated user clicks.
    """
    max_hints = trainer.network(name, seed).n_regions
    rivals = {rival: trainer.of(method, trainer.config.preset) for rival, method in RIVALS.items()}
    return [
        {"method": method} | row
        for method, own in ({OURS: trainer} | rivals).items()
        for row in _measure(own, name, seed, max_hints)
    ]


def _measure(trainer: Trainer, name: str, seed: int, max_hints: int) -> list[Row]:
    see = trainer.features()
    table = evaluate(*trainer.tested(name, seed), range(max_hints + 1), features=see)
    keys = ("psnr", distance_key(see.name))
    return [
        {"hints": "none"} | {key: table[0][key] for key in keys},
        {"hints": "under G"} | {key: expected_over_hints(table, key) for key in keys},
        {"hints": "all"} | {key: table[-1][key] for key in keys},
    ]


def _shown(rows: list[Row]) -> list[Row]:
    return [row | {"bar": f"{row['method']}, {row['hints']}"} for row in rows if row["hints"] != "all"]


show = dots("data", "bar", "psnr", "PSNR (dB)", of=_shown)
