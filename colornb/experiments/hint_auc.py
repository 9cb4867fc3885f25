"""Scribbles in the areas of the true picture, from none to all: Hint-AUC, and PSNR with so many (Madono et al., 2026).

Trains nothing: the preset is a checkpoint that guides, a shipped name or the folder of a run. Pages are line art, as
the network's first style draws it, and everybody is given the same scribbles.
"""

from collections.abc import Callable
from functools import cache, partial
from statistics import fmean

import numpy as np
import torch
from scipy import ndimage
from torch import Tensor

from colornb.areas import Answer, find_areas
from colornb.color import decode, encode
from colornb.colorizer import Colorizer
from colornb.drawn_page import read_answers
from colornb.evaluation.hint_auc import ALPHAS, find_area_hints, hint_auc, score
from colornb.experiments._trainer import ExperimentConfig, Row, Trainer, interval
from colornb.figures import Figure, show_curve
from colornb.filters import guided_upsample
from colornb.hints import DenseHint
from colornb.images import resize
from colornb.metrics.lpips import lpips
from colornb.sketches import sketch
from colornb.types import RGB, Hints, Int

CONFIG = ExperimentConfig(
    method="guiding_painter", preset="guiding_painter-drawing", size=256, draw=0, tests=64, seeds=(0,)
)
COUNTS = (1, 2, 5, 10, 20, 50)
PROTOCOL = {"alphas": list(ALPHAS), "map": 64, "path": "geodesic", "scribbles": True}
PAPER = 235 / 255  # what the oracle leaves without a hint is light gray


class Page:
    """A page of line art as a network and a user see it, and its scribbles."""

    def __init__(self, colorizer: Colorizer, truth: RGB) -> None:
        self.network, self.colorizer, self.hints = colorizer.network, colorizer, find_area_hints(truth)
        self.truth = truth
        self.lines = (sketch(truth, self.network.line_art[0]) * 255).round() / 255
        colorizer.set_image(self.lines.expand(-1, 3, -1, -1), kind="drawing")
        self.size, self.areas = tuple(truth.shape[-2:]), find_areas(self.lines)
        multiple = self.network.multiple
        self.small_lines = resize(self.lines, [max(1, colorizer.size // multiple) * multiple] * 2)
        self.encoding = self.network.encode(encode(self.small_lines, "sketch"))
        self.answers = cache(self._answers)

    def psnr(self, painted: RGB) -> float:
        """How near to the true page it is, in dB."""
        return score(painted, self.truth, ["psnr"])["psnr"]

    def given(self, count: int) -> DenseHint:
        """The first scribbles at the size of the page."""
        hints = self.hints.first(count, self.size)
        return DenseHint(hints.color, hints.mask)

    def _answers(self, count: int) -> tuple[Int[Tensor, "h w"], list[Answer]]:
        """The areas that they fill, parted where they have several colours, and with what."""
        return read_answers([self.given(count)], self.areas, self.lines, None)

    def paint(self, hint: DenseHint) -> RGB:
        """What the network alone makes of a dense hint, at its size: neither areas nor ink."""
        hints = hint.at(*self.small_lines.shape[-2:])
        color = encode(hints.color, self.network.target) * hints.mask
        return decode(self.network.paint(self.encoding, color, hints.mask), self.network.target)

    def enlarge(self, small: RGB) -> RGB:
        """At the size of the page, guided by its lines."""
        return guided_upsample(small, self.small_lines, self.lines)


def scribbles(page: Page, count: int) -> RGB:
    """The network takes the scribbles as they are, and paints alone."""
    return page.enlarge(page.paint(page.given(count)))


def own_pieces(page: Page, count: int) -> RGB:
    """Each connected piece of the model's own regions is filled with the mean of what is scribbled on it."""
    regions = page.encoding.regions[0].cpu().numpy() > 0.5
    found = np.cumsum([0, *(ndimage.label(region)[1] for region in regions)])
    labels = sum(np.where(region, ndimage.label(region)[0] + n, 0) for region, n in zip(regions, found, strict=False))
    given = page.given(count).at(*regions.shape[-2:])
    return page.enlarge(page.paint(_filled(given, torch.from_numpy(labels).long())))


def areas(page: Page, count: int) -> RGB:
    """What a user gets who opens the line art: scribbles fill areas, and the ink lies above them."""
    hint = page.given(count)
    return page.colorizer.predict(dense=(hint.color, hint.mask))


def areas_fed(page: Page, count: int) -> RGB:
    """The areas that scribbles fill are the network's hints, and it paints alone."""
    return page.enlarge(page.paint(_fill_answers(*page.answers(count))))


def true_areas(page: Page, count: int) -> RGB:
    """The oracle of the authors' package: the true areas, flat, under the line art, and gray where none is given."""
    known = page.hints.filled(count, page.size)
    return ((known.color * known.mask + PAPER * (1 - known.mask)) * page.lines * 255 + 1e-3).floor() / 255


def true_areas_fed(page: Page, count: int) -> RGB:
    """The true areas as the network's hints: what it paints where nothing but it is in the way."""
    known = page.hints.filled(count, page.size)
    return page.enlarge(page.paint(DenseHint(known.color, known.mask)))


VARIANTS: dict[str, Callable[[Page, int], RGB]] = {
    "scribbles as they are": scribbles,
    "areas under ink": areas,
    "own pieces filled": own_pieces,
    "areas as hints": areas_fed,
    "oracle: true areas under ink": true_areas,
    "oracle: true areas as hints": true_areas_fed,
}


def run(trainer: Trainer) -> list[Row]:
    """A row for each dataset and way to use scribbles.

    "psnr_auc", "ssim_auc" and "ciede2000_auc" (and "lpips_auc", unless its backbone is random) are Hint-AUC; "curve" is
    the mean PSNR at each alpha, "psnr_at_k" with the scribbles of the k largest areas; "interval" is half the 95 %
    interval of the PSNR-AUC over pictures.
    """
    return trainer.for_each(lambda name, seed: _measure(trainer, name))


def colorizer_of(trainer: Trainer) -> Colorizer:
    """The checkpoint that an experiment is about, as it sees the pictures."""
    network = trainer.load()
    return Colorizer(network, min(trainer.config.size, getattr(network, "about", {}).get("size", 256)))


@torch.no_grad()
def _measure(trainer: Trainer, name: str) -> list[Row]:
    config, colorizer = trainer.config, colorizer_of(trainer)
    found: dict[str, list[dict[str, list[float]]]] = {way: [] for way in VARIANTS}
    for truth in config.large_pictures(name):
        truth = truth.to(trainer.device)
        page = Page(colorizer, truth)
        for way, rows in found.items():
            rows.append(_curves(partial(VARIANTS[way], page), page, config.lpips))
    return [{"way": way} | _summary(rows) for way, rows in found.items()]


def _curves(paint: Callable[[int], RGB], page: Page, net: str) -> dict[str, list[float]]:
    """The metrics of one picture at each alpha, and its PSNR with so many scribbles."""
    counts = [page.hints.share(alpha) for alpha in ALPHAS]
    known = {count: _scores(paint(count), page.truth, net) for count in dict.fromkeys(counts)}
    found = {metric: [known[count][metric] for count in counts] for metric in known[0]}
    at = [min(count, len(page.hints.colors)) for count in COUNTS]
    return found | {"at": [known[n]["psnr"] if n in known else page.psnr(paint(n)) for n in at]}


def _scores(prediction: RGB, truth: RGB, net: str) -> dict[str, float]:
    found = score(prediction, truth)
    return found if net == "random" else found | {"lpips": lpips(prediction, truth, net).item()}


def _summary(rows: list[dict[str, list[float]]]) -> Row:
    means = {key: [fmean(values) for values in zip(*(row[key] for row in rows), strict=True)] for key in rows[0]}
    row: Row = {
        f"{key}_auc": hint_auc(dict(zip(ALPHAS, values, strict=True))) for key, values in means.items() if key != "at"
    }
    each = torch.tensor([hint_auc(dict(zip(ALPHAS, row["psnr"], strict=True))) for row in rows])
    row |= interval(each) | {f"psnr_at_{count}": value for count, value in zip(COUNTS, means["at"], strict=True)}
    return row | {"curve": means["psnr"], "pictures": len(rows)}


def _fill_answers(labels: Int[Tensor, "h w"], answers: list[Answer]) -> DenseHint:
    palette = torch.zeros(int(labels.max()) + 1, 4)
    for answer in answers:
        palette[list(answer.where)] = torch.tensor([*answer.color, 1.0])
    dense = palette[labels.long()].permute(2, 0, 1)[None]
    return DenseHint(dense[:, :3], dense[:, 3:])


def _filled(given: Hints, labels: Int[Tensor, "h w"]) -> DenseHint:
    """Each label filled with the mean of the hints in it, if there are any."""
    labels, mask = labels.flatten(), given.mask.flatten()
    n = int(labels.max()) + 1
    weight = torch.zeros(n).index_add(0, labels, mask)
    total = torch.zeros(n, 3).index_add(0, labels, (given.color * given.mask)[0].flatten(1).T)
    color = (total / weight.clamp(min=1)[:, None])[labels].T.view_as(given.color)
    return DenseHint(color, (weight > 0).float()[labels].view_as(given.mask))


def show(rows: list[Row]) -> Figure:
    """PSNR against alpha, a curve for each way."""
    curves = {row["way"]: row["curve"] for row in rows}
    return show_curve([*ALPHAS], curves, "share of the areas with a scribble", "PSNR (dB)")
