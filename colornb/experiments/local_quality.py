"""Quality near colour edges and over whole pictures, for colorizers of photographs (edge paper, Fig. 2)."""

import torch

from colornb.edges import color_edges
from colornb.evaluation import HintSimulator
from colornb.experiments._trainer import Dataset, ExperimentConfig, Row, Trainer, dots, for_each
from colornb.filters import dilate
from colornb.metrics import psnr

CONFIG = ExperimentConfig(method="rtug", draw=0)
KERNEL = 7  # pixels: what is nearer to an edge than half of it is local, as in the paper's tables
HINTS = 10
PROTOCOL = {"kernel": KERNEL, "hints": HINTS}
VARIANTS = {  # * takes hints, as in the paper
    "CIC": ("cic", "tiny", 0),
    "pix2pix": ("pix2pix", "tiny_photo", 0),
    "RTUG": ("rtug", "tiny", 0),
    "RTUG*": ("rtug", "tiny", HINTS),
}


@for_each
def run(trainer: Trainer, name: str, seed: int) -> list[Row]:
    """A row for each dataset, method, seed and place: mean PSNR "near edges" of the true colours and over "all".

    "gray" is the picture as it was given, with no colour at all: what is lost where nothing is painted.

    Deviation: the paper also shows LPIPS, whose weights are a download.
    """
    rows = []
    for method, (file, preset, hints) in VARIANTS.items():
        found = _measure(*trainer.of(file, preset).tested(name, seed), hints)
        rows += [{"method": method, "where": where, "psnr": value} for where, value in found.items()]
    return rows


@torch.no_grad()
def _measure(network: torch.nn.Module, pictures: Dataset, hints: int) -> dict[str, float]:
    local, whole = [], []
    generator = torch.Generator(pictures.device).manual_seed(0)
    network = network.eval()
    for index in torch.arange(len(pictures)).split(32):
        simulator = HintSimulator(network, pictures.batch(index), generator)
        prediction = simulator.paint_all(hints)
        edges = dilate(color_edges(simulator.truth), KERNEL)
        local.append(psnr(prediction, simulator.truth, where=edges))
        whole.append(psnr(prediction, simulator.truth))
    local = torch.cat(local)
    return {"near edges": local[local.isfinite()].mean().item(), "all": torch.cat(whole).mean().item()}


def _shown(rows: list[Row]) -> list[Row]:
    several = len({row["data"] for row in rows}) > 1
    return [row | {"place": f"{row['data']}, {row['where']}" if several else row["where"]} for row in rows]


show = dots("place", "method", "psnr", "PSNR (dB)", of=_shown)
