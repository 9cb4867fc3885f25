"""A checkpoint beside the one shipped before it, with the same points, as users see both (after RTUG, Fig. 6).

Trains nothing: the preset is a checkpoint that accepts points, a shipped name or the folder of a run. Ours, no paper's.
"""

import torch
from scipy import ndimage
from torch import Tensor

from colornb.color import hex_color, rgb_to_lab
from colornb.colorizer import Colorizer
from colornb.data import storybook
from colornb.evaluation import bootstrap_ci
from colornb.evaluation.hints import HintSimulator
from colornb.experiments._trainer import ExperimentConfig, Row, Trainer, dataset_name, lines
from colornb.hints import Point
from colornb.methods.base import NetworkModule
from colornb.metrics.hint_fidelity import delta_e
from colornb.metrics.psnr import psnr
from colornb.types import RGB, Bool, Float, Scores

CONFIG = ExperimentConfig(
    method="efficient_unet", preset="efficient_unet-photo", size=128, draw=0, tests=64, seeds=(0,)
)
BEFORE = "rtug-natural"
COUNTS = (0, 1, 2, 3, 5, 10, 20, 50)
PAGES, SIDE = 64, 128  # that one point is set on, each in its largest thing ..
MIN_SHARE, SEEN = 0.02, 5.0  # .. where this has such a share of the page; what is seen as a change, in Delta E
SPILL = f"storybook pages in gray, {SIDE} pixels"
PROTOCOL = {"points": "at random places, the same for both", "pages": PAGES, "spill": SPILL}


def run(trainer: Trainer) -> list[Row]:
    """A row for each checkpoint, dataset and number of points; then one for each checkpoint of what one point spills.

    Means over pictures and half of their 95 % intervals (`_ci`): PSNR (dB), CIEDE2000 (mean over the pixels; `worst`:
    that of the worst hundredth), `chroma`: of what was painted, `chroma_share`: that over the true pictures'; `gain`:
    PSNR above the checkpoint before, picture by picture. `spill`: the share of the pixels outside a thing that one
    point in it changes by more than 5 Delta E.
    """
    networks = {name: trainer.load(name) for name in (BEFORE, trainer.config.preset)}
    rows = [row for name in trainer.config.data for row in _compare(trainer, name, networks)]
    return rows + [
        {"checkpoint": dataset_name(name), "data": "storybook in gray"} | _spill(net) for name, net in networks.items()
    ]


def _compare(trainer: Trainer, name: str, networks: dict[str, NetworkModule]) -> list[Row]:
    scores = {checkpoint: _measure(trainer, name, network) for checkpoint, network in networks.items()}
    rows = []
    for checkpoint, found in scores.items():
        for count, own in found.items():
            own["gain"] = own["psnr"] - scores[BEFORE][count]["psnr"]
            share = (own["chroma"].mean() / own.pop("true_chroma").mean()).item()
            row = {"checkpoint": dataset_name(checkpoint), "data": dataset_name(name), "points": count}
            rows.append(row | _means(own) | {"chroma_share": share})
    return rows


def _measure(trainer: Trainer, name: str, network: NetworkModule) -> dict[int, dict[str, Scores]]:
    """Scores of every picture for each number of points."""
    pictures, generator = trainer.pictures(name, "test", network), torch.Generator(trainer.device).manual_seed(0)
    found: dict[int, list[dict[str, Scores]]] = {count: [] for count in COUNTS}
    for index in torch.arange(len(pictures)).split(16):
        simulator = HintSimulator(network, pictures.batch(index, generator), generator)
        for count, batches in found.items():
            batches.append(_score(simulator.paint_all(count), simulator.truth))
    return {
        count: {key: torch.cat([b[key] for b in batches]) for key in batches[0]} for count, batches in found.items()
    }


def _score(painted: RGB, truth: RGB) -> dict[str, Scores]:
    wrong = _difference(painted, truth).flatten(1)
    return {
        "psnr": psnr(painted, truth),
        "ciede2000": wrong.mean(1),
        "worst": wrong.quantile(0.99, dim=1),
        "chroma": _chroma(painted),
        "true_chroma": _chroma(truth),
    }


def _difference(one: RGB, two: RGB) -> Float[Tensor, "b h w"]:
    one, two = (rgb_to_lab(rgb).permute(0, 2, 3, 1) for rgb in (one, two))
    return delta_e(one, two, "ciede2000").float()


def _chroma(rgb: RGB) -> Scores:
    return rgb_to_lab(rgb)[:, 1:].norm(dim=1).mean((1, 2))


def _means(scores: dict[str, Scores]) -> Row:
    row = {}
    for name, values in scores.items():
        row |= {name: values.mean().item(), f"{name}_ci": bootstrap_ci(values)}
    return row


def _spill(network: NetworkModule) -> Row:
    """What one point changes where it should not, over pages on which some thing is large enough."""
    colorizer, found = Colorizer(network, SIDE), []
    pages = storybook.load("test", SIDE, n=PAGES).rgb.float() / 255
    for page, owners in zip(pages.split(1), storybook.things("test", SIDE, PAGES), strict=True):
        shares = torch.bincount(owners.flatten().long())[1:] / owners.numel()
        if shares.numel() and shares.max() >= MIN_SHARE:
            found.append(_changed(colorizer, page, owners == 1 + shares.argmax()))
    return _means({"spill": torch.tensor(found)})


def _changed(colorizer: Colorizer, page: RGB, thing: Bool[Tensor, "h w"]) -> float:
    """The share of what is not of this thing that changes when its middle is given its true colour."""
    colorizer.set_image(page, kind="photo")
    middle = int(torch.from_numpy(ndimage.distance_transform_edt(thing.numpy())).argmax())
    y, x = divmod(middle, thing.shape[1])
    point = Point((x + 0.5) / thing.shape[1], (y + 0.5) / thing.shape[0], hex_color(page[0, :, y, x].tolist()))
    return (_difference(colorizer.predict([point]), colorizer.predict())[0] > SEEN)[~thing].float().mean().item()


def _curves(rows: list[Row]) -> list[Row]:
    return [row | {"line": f"{row['checkpoint']}, {row['data']}"} for row in rows if "psnr" in row]


show = lines("line", "points", "psnr", "points", "PSNR (dB)", of=_curves)
