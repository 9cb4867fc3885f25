"""Colour by instance against the same network without instances (Su et al., the peer of the edge paper's Table 1)."""

import torch
from torch import Tensor, nn

from colornb.boxes import boxes_mask
from colornb.evaluation import HintSimulator, bootstrap_ci
from colornb.experiments._trainer import Dataset, ExperimentConfig, Row, Trainer, dots, for_each
from colornb.metrics import psnr
from colornb.types import Float

CONFIG = ExperimentConfig(method="instcolorization", draw=0)
WAYS = {"whole picture": "full", "instances": "all"}  # what is trained, with the same number of steps
COUNTS = (0, 10)  # hints
PLACES = ("inside", "outside", "whole")
PROTOCOL = {"hints": list(COUNTS), "user": 0}


@for_each
def run(trainer: Trainer, name: str, seed: int) -> list[Row]:
    """A row for each dataset, seed, way and number of hints.

    PSNR inside of the boxes that the network is given, outside of them, and of the whole picture, in dB: means over the
    pictures that have such a place. For "instances" also what is gained over "whole picture" of the same seed, and half
    the 95 % interval of that, from a bootstrap over pictures.
    """
    rows, scores = [], {}
    for way, stage in WAYS.items():
        tested = trainer.tested(name, seed, stage=stage)
        for count in COUNTS:
            scores[way, count] = _measure(*tested, count)
            row = {"way": way, "hints": count} | dict(zip(PLACES, scores[way, count].nanmean(0).tolist(), strict=True))
            if way != "whole picture":
                row |= _gains(scores[way, count] - scores["whole picture", count])
            rows.append(row)
    return rows


def _gains(gains: Float[Tensor, "n 3"]) -> Row:
    row = {}
    for place, column in zip(PLACES, gains.T, strict=True):
        row[f"{place}_gain"], row[f"{place}_ci"] = column.nanmean().item(), bootstrap_ci(column)
    return row


@torch.no_grad()
def _measure(network: nn.Module, pictures: Dataset, count: int, batch_size: int = 16) -> Float[Tensor, "n 3"]:
    """PSNR of every picture, in each of `PLACES`; NaN where there is no such place."""
    found, user = [], torch.Generator(pictures.device).manual_seed(0)
    for index in torch.arange(len(pictures)).split(batch_size):
        batch = pictures.batch(index)
        prediction = HintSimulator(network, batch, user).paint_all(count)
        boxes = torch.zeros(len(index), 0, 4) if batch.boxes is None else batch.boxes[:, : network.config.most]
        within = boxes_mask(boxes.to(prediction.device), *prediction.shape[-2:])
        places = (within, 1 - within, None)
        found.append(torch.stack([psnr(prediction, batch.rgb, where=place) for place in places], 1).double().cpu())
    return torch.cat(found)


def _shown(rows: list[Row]) -> list[Row]:
    given = [row | {"given": "no hint" if row["hints"] == 0 else f"{row['hints']} hints"} for row in rows]
    gains = [row for row in given if "inside_gain" in row]
    return [
        row | {"place": place, "gain": row[f"{place}_gain"], "half": row[f"{place}_ci"]}
        for row in gains
        for place in PLACES
    ]


show = dots("given", "place", "gain", "PSNR gained by instances (dB)", of=_shown, half="half")
