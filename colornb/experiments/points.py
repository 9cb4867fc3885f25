"""What each further point is worth: PSNR against the number of points (RTUG, Fig. 6)."""

from colornb.evaluation import evaluate
from colornb.experiments._trainer import ExperimentConfig, Row, Trainer, for_each, lines

CONFIG = ExperimentConfig(method="rtug", draw=0)
COUNTS = (0, 1, 2, 3, 5, 8, 10, 13, 20, 32, 50, 100)
# What the authors measured: 1,000 pictures of ImageNet at 256 pixels, patches of 6 x 6 pixels, in dB.
OFFICIAL = {
    0: 24.43, 1: 25.37, 2: 26.20, 3: 26.69, 4: 27.08, 5: 27.39, 6: 27.65, 8: 28.10, 10: 28.42, 13: 28.79, 16: 29.04,
    20: 29.34, 25: 29.60, 32: 29.91, 40: 30.17, 50: 30.42, 63: 30.68, 79: 30.90, 100: 31.13,
}  # fmt: skip


@for_each
def run(trainer: Trainer, name: str, seed: int) -> list[Row]:
    """A row for each dataset, seed and number of points, given at random places in the true colours."""
    return evaluate(*trainer.tested(name, seed), COUNTS)


def _shown(rows: list[Row]) -> list[Row]:
    """Beside what the authors measured."""
    return rows + [{"data": "as published, full size", "hints": n, "psnr": value} for n, value in OFFICIAL.items()]


show = lines("data", "hints", "psnr", "points", "PSNR (dB)", of=_shown)
