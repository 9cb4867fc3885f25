"""What each further hint is worth: PSNR and Fréchet distance against the number of hints (GuidingPainter, Fig. 12)."""

import torch

from colornb.experiments._painting import paintings, places
from colornb.experiments._trainer import ExperimentConfig, Row, Trainer
from colornb.figures import Figure, show_spread
from colornb.metrics import Gaussian, distance_key, features, frechet_distance, psnr

CONFIG = ExperimentConfig()
ORDERS = ("asked", "random", "reversed")  # "asked" is the network's own


def run(trainer: Trainer) -> list[Row]:
    """A row for each dataset, seed, order and number of hints; regions without a pixel get none.

    The hints of one order are the same regions as those of the others: only when each is given differs.
    """
    return trainer.for_each(
        lambda name, seed: [{"order": order} | row for order in ORDERS for row in _measure(trainer, name, seed, order)]
    )


@torch.no_grad()
def _measure(trainer: Trainer, name: str, seed: int, order: str) -> list[Row]:
    network, see = trainer.network(name, seed), features(trainer.config.features, trainer.device)
    pictures = trainer.pictures(name, "test", network)
    n = network.n_regions
    quality = torch.zeros(n + 1, dtype=torch.float64)
    real, prediction = Gaussian(see.name), [Gaussian(see.name) for _ in range(n + 1)]
    generator = torch.Generator(pictures.device).manual_seed(seed)
    for painting in paintings(network, pictures):
        place = places(painting, order, generator)
        real.add(see(painting.truth))
        for count in range(n + 1):
            rgb = painting.paint(((place < count) & painting.used).float())
            quality[count] += psnr(rgb, painting.truth).sum().cpu()
            prediction[count].add(see(rgb))
    means, key = (quality / len(pictures)).tolist(), distance_key(see.name)
    return [
        {"hints": count, "psnr": means[count], key: frechet_distance(gaussian, real)}
        for count, gaussian in enumerate(prediction)
    ]


def show(rows: list[Row]) -> Figure:
    """PSNR against the number of hints, a line for each order; the band spans the seeds."""
    return show_spread(rows, "order", "hints", "psnr", "hints", "PSNR (dB)", panel="data")
