"""What each further hint is worth: PSNR and Fréchet distance against the number of hints (GuidingPainter, Fig. 12)."""

from colornb.experiments._painting import measure_order
from colornb.experiments._trainer import ExperimentConfig, Row, Trainer
from colornb.figures import Figure, show_spread

CONFIG = ExperimentConfig()
ORDERS = ("asked", "random", "reversed")  # "asked" is the network's own


def run(trainer: Trainer) -> list[Row]:
    """A row for each dataset, seed, order and number of hints; regions without a pixel get none.

    The hints of one order are the same regions as those of the others: only when each is given differs.
    """
    return trainer.for_each(lambda name, seed: _measure(trainer, name, seed))


def _measure(trainer: Trainer, name: str, seed: int) -> list[Row]:
    tested, features = trainer.tested(name, seed), trainer.features()
    return [{"order": order} | row for order in ORDERS for row in measure_order(*tested, order, seed, features)]


def show(rows: list[Row]) -> Figure:
    """PSNR against the number of hints, a line for each order; the band spans the seeds."""
    return show_spread(rows, "order", "hints", "psnr", "hints", "PSNR (dB)", panel="data")
