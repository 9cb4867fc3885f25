"""What each further hint is worth: PSNR and Fréchet distance against the number of hints (GuidingPainter, Fig. 12)."""

from colornb.experiments._painting import ExperimentConfig, Row, Trainer, for_each, lines, measure_order

CONFIG = ExperimentConfig()
ORDERS = ("asked", "random", "reversed")  # "asked" is the network's own


@for_each
def run(trainer: Trainer, name: str, seed: int) -> list[Row]:
    """A row for each dataset, seed, order and number of hints; regions without a pixel get none.

    The hints of one order are the same regions as those of the others: only when each is given differs.
    """
    tested, features = trainer.tested(name, seed), trainer.features()
    return [{"order": order} | row for order in ORDERS for row in measure_order(*tested, order, seed, features)]


show = lines("order", "hints", "psnr", "hints", "PSNR (dB)", panel="data")
