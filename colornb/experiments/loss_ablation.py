"""What each loss adds: PSNR, Fréchet distance and NRI of four sums of losses (GuidingPainter, Table 3 and Fig. 6)."""

from statistics import fmean
from typing import Any

import torch

from colornb.evaluation import evaluate, expected_over_hints, required_interactions
from colornb.experiments._trainer import ExperimentConfig, Row, Trainer, dataset_name, dots
from colornb.methods import encode_batch

CONFIG = ExperimentConfig()
VARIANTS: dict[str, dict[str, Any]] = {  # one more from row to row
    "rec": {"adv": 0.0, "tv": 0.0, "smooth": 0.0},
    "rec + adv": {"tv": 0.0, "smooth": 0.0},
    "rec + adv + tv": {"smooth": 0.0},
    "rec + adv + tv + smooth": {},
}


def run(trainer: Trainer) -> list[Row]:
    """A row for each dataset, sum of losses and seed: expected PSNR and Fréchet distance under G, and NRI.

    The benchmark of NRI is what the full sum reaches in expectation, rounded down to half a decibel: the paper's
    lie there on two of three data sets.
    """
    rows = []
    for name in trainer.config.data:
        found = [_measure(trainer, name, losses, seed) for losses in VARIANTS for seed in trainer.config.seeds]
        full = fmean(row["psnr"] for row in found if row["losses"] == list(VARIANTS)[-1])
        benchmark = int(2 * full) / 2
        rows += [row | {"benchmark": benchmark, "nri": _nri(trainer, name, row, benchmark)} for row in found]
    return rows


def _measure(trainer: Trainer, name: str, losses: str, seed: int) -> Row:
    network, pictures = trainer.tested(name, seed, **VARIANTS[losses])
    table = evaluate(network, pictures, range(network.n_regions + 1), features=trainer.features())
    names = [key for key in table[0] if key != "hints"]
    means = {key: expected_over_hints(table, key, network.config.stop) for key in names}
    return {"data": dataset_name(name), "losses": losses, "seed": seed} | means | _regions(network, pictures)


def _nri(trainer: Trainer, name: str, row: Row, benchmark: float) -> float:
    network, pictures = trainer.tested(name, row["seed"], **VARIANTS[row["losses"]])
    return required_interactions(network, pictures, benchmark, network.n_regions)


@torch.no_grad()
def _regions(network: torch.nn.Module, pictures: Any) -> Row:
    """How many regions a picture has on average, and how ragged they are: the share of pixels at their borders."""
    used, ragged = [], []
    for index in torch.arange(len(pictures)).split(32):
        regions = encode_batch(network, pictures.batch(index)).regions
        label = regions.argmax(1)
        used.append((regions.sum((-2, -1)) > 0).sum(1).double())
        ragged.append((label[:, :, 1:] != label[:, :, :-1]).double().mean((1, 2)))
    return {"regions": torch.cat(used).mean().item(), "ragged": torch.cat(ragged).mean().item()}


show = dots("data", "losses", "psnr", "expected PSNR (dB)")
