"""Quality near colour edges and over whole pictures, for colorizers of photographs (edge paper, Fig. 2)."""

from collections import defaultdict

import torch

from colornb.edges import color_edges
from colornb.evaluation import HintSimulator
from colornb.experiments._trainer import Dataset, ExperimentConfig, Row, Trainer, dots, for_each
from colornb.filters import dilate
from colornb.metrics import lpips, psnr

CONFIG = ExperimentConfig(method="rtug", draw=0)
KERNEL = 7  # pixels: what is nearer to an edge than half of it is local, as in the paper's tables
HINTS = 10
PROTOCOL = {"kernel": KERNEL, "hints": HINTS}
VARIANTS = {  # * takes hints, as in the paper
    "CIC": ("cic", "tiny", 0),
    "pix2pix": ("pix2pix", "tiny_photo", 0),
    "DeOldify": ("deoldify", "tiny", 0),
    "RTUG": ("rtug", "tiny", 0),
    "RTUG*": ("rtug", "tiny", HINTS),
    "Su et al.": ("instcolorization", "tiny", 0),
    "Su et al.*": ("instcolorization", "tiny", HINTS),
}


@for_each
def run(trainer: Trainer, name: str, seed: int) -> list[Row]:
    """A row for each dataset, method, seed and place: "near edges" of the true colours, or "all"; mean PSNR and LPIPS.

    Su et al. see the boxes of a dataset, or regions of similar lightness where it has none.

    Deviation: LPIPS is on the backbone that the settings name, by default one of random weights; the paper's is a
    download.
    """
    rows = []
    for method, (file, preset, hints) in VARIANTS.items():
        found = _measure(*trainer.of(file, preset).tested(name, seed), hints, trainer.config.lpips)
        rows += [{"method": method, "where": where} | values for where, values in found.items()]
    return rows


@torch.no_grad()
def _measure(network: torch.nn.Module, pictures: Dataset, hints: int, lpips_net: str) -> dict[str, dict[str, float]]:
    found = defaultdict(list)
    generator = torch.Generator(pictures.device).manual_seed(0)
    network = network.eval()
    for index in torch.arange(len(pictures)).split(32):
        simulator = HintSimulator(network, pictures.batch(index), generator)
        prediction = simulator.paint_all(hints)
        edges = dilate(color_edges(simulator.truth), KERNEL)
        for where, mask in {"near edges": edges, "all": None}.items():
            found[where, "psnr"].append(psnr(prediction, simulator.truth, where=mask))
            found[where, "lpips"].append(lpips(prediction, simulator.truth, lpips_net, mask))
    rows = defaultdict(dict)
    for (where, name), values in found.items():
        each = torch.cat(values)
        rows[where][name] = each[each.isfinite()].mean().item()  # a picture may have no edges
    return rows


def _shown(rows: list[Row]) -> list[Row]:
    several = len({row["data"] for row in rows}) > 1
    return [row | {"place": f"{row['data']}, {row['where']}" if several else row["where"]} for row in rows]


show = dots("place", "method", "psnr", "PSNR (dB)", of=_shown)
