"""The toy of an experiment: what the first three points are worth (RTUG, the left end of Fig. 6)."""

from colornb.evaluation import evaluate
from colornb.experiments._trainer import ExperimentConfig, Row, Trainer
from colornb.figures import Figure, show_spread

CONFIG = ExperimentConfig(method="rtug", draw=0)
COUNTS = (0, 1, 2, 3)


def run(trainer: Trainer) -> list[Row]:
    """A row for each dataset, seed and number of points."""

    def measure(name: str, seed: int) -> list[Row]:
        network = trainer.network(name, seed)
        return evaluate(network, trainer.pictures(name, "test", network), COUNTS)

    return trainer.for_each(measure)


def show(rows: list[Row]) -> Figure:
    """PSNR against the number of points."""
    return show_spread(rows, "data", "hints", "psnr", "points", "PSNR (dB)")
