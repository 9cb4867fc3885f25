"""Scribbles that the model offers, against offers at random and along the picture's own edges (edge paper, 4.4).

Trains nothing: the preset is the checkpoint of an edge-enhancing network, a shipped name or a folder of a run.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial

import numpy as np
import torch
from torch import nn

from colornb.edge_suggestions import Stroke, propose_candidates, rank_candidates, rank_strokes
from colornb.edges import canny
from colornb.evaluation import ScribbleBatch, bootstrap_ci, trials
from colornb.experiments._scribbling import ExperimentConfig, Row, Trainer, scribble_protocol
from colornb.figures import Figure, show_curve
from colornb.filters import dilate, sobel
from colornb.metrics import psnr
from colornb.pseudo_scribbles import dilate_each
from colornb.types import Mask

CONFIG = ExperimentConfig(
    method="edge_enhancing", preset="edge_enhancing-natural", size=128, draw=0, seeds=(0,), scribbles=1
)
OFFERED = (1, 2, 3, 5, 10)  # k
WIDTH, KERNEL = 3, 7  # pixels: of the scribbles; an edge is met by what lies within half a kernel
MIN_EDGE = 5  # pixels: shorter edges are specks
THRESHOLDS = (0.05, 0.15)  # of Canny on the lightness
PROTOCOL = {"width": WIDTH, "kernel": KERNEL, "shortest": MIN_EDGE, "thresholds_of_input": list(THRESHOLDS)}


@dataclass(frozen=True)
class Case:
    """One picture: what is lost, and what is offered."""

    lost: Mask
    edges: list[Mask]  # the connected ones of these, without specks
    offers: list[Stroke]

    def marks(self, k: int) -> Mask:
        """The first `k` offers that a user who knows the true picture would take, as one mask of lines."""
        return self._mask(stroke for stroke in self.offers[:k] if self.is_right(stroke))

    def is_right(self, stroke: Stroke) -> bool:
        """Whether at least half of a stroke runs along lost edges."""
        rows, columns = torch.tensor(stroke.path).T
        return bool(dilate(self.lost, KERNEL)[0, 0, rows, columns].mean() >= 0.5)

    def found(self, k: int) -> float:
        """The share of lost edges of which at least half is met by the first `k` offers."""
        met = dilate(self._mask(self.offers[:k]), KERNEL)
        return float(np.mean([bool((met * edge).sum() >= 0.5 * edge.sum()) for edge in self.edges]))

    def _mask(self, strokes: Iterable[Stroke]) -> Mask:
        size = self.lost.shape[-2:]
        return sum((stroke.mask(*size) for stroke in strokes), torch.zeros_like(self.lost)).clamp(max=1)


def run(trainer: Trainer) -> list[Row]:
    """A row for each dataset, seed, way of offering and number of offers k.

    "found" is the share of lost edges among the first k offers, "right" the share of offers that somebody who knows
    the true picture would take, "psnr_gain" what taking them brings (dB, whole picture), and "per_scribble" the same
    for one of those taken; ".._ci" is half the 95 % interval of a mean, from a bootstrap over pictures.
    """
    network = trainer.load()
    return trainer.for_each(lambda name, seed: _compare(network, trainer, name, seed))


def _compare(network: nn.Module, trainer: Trainer, name: str, seed: int) -> list[Row]:
    pictures = trainer.pictures(name, "test", network)
    protocol = scribble_protocol(trainer.config, pictures, batch_size=1)  # one trial at a time, with a picture each
    cases = [trial for _, trial in trials(network.backbone, pictures, protocol)]
    found = _measure(network, cases, np.random.default_rng(seed))
    return [{"scribbling": protocol.about()} | row for row in found]


@torch.no_grad()
def _measure(network: nn.Module, pictures: list[ScribbleBatch], draw: np.random.Generator) -> list[Row]:
    rows = []
    for way, offer in VARIANTS.items():
        cases = [_case(trial, offer(network, trial, draw)) for trial in pictures]
        known = [(trial, case) for trial, case in zip(pictures, cases, strict=True) if case.edges]
        rows += [{"way": way, "k": k} | _score(network, known, k) for k in OFFERED]
    return rows


def _case(trial: ScribbleBatch, offers: list[Stroke]) -> Case:
    from scipy.ndimage import label

    labels, count = label(trial.marks.lost[0, 0].cpu().numpy() > 0, np.ones((3, 3)))
    edges = [torch.from_numpy(labels == number).float()[None, None] for number in range(1, count + 1)]
    return Case(trial.marks.lost.cpu(), [edge for edge in edges if edge.sum() >= MIN_EDGE], offers)


def _score(network: nn.Module, known: list[tuple[ScribbleBatch, Case]], k: int) -> Row:
    found, right, gains, taken = [], [], [], 0
    for trial, case in known:
        offers = case.offers[:k]
        accepted = [stroke for stroke in offers if case.is_right(stroke)]
        taken += len(accepted)
        found.append(case.found(k))
        right.append(len(accepted) / k)
        gains.append(_gain(network, trial, case.marks(k)))
    return {
        "found": float(np.mean(found)),
        "found_ci": _interval(found),
        "right": float(np.mean(right)),
        "psnr_gain": float(np.mean(gains)),
        "psnr_gain_ci": _interval(gains),
        "per_scribble": float(np.sum(gains) / max(1, taken)),
        "pictures": len(known),
    }


def _interval(values: list[float]) -> float:
    return bootstrap_ci(torch.tensor(values))


def _gain(network: nn.Module, trial: ScribbleBatch, lines: Mask) -> float:
    """PSNR gained by scribbles along these lines, in dB."""
    if not lines.any():
        return 0.0
    scribble = dilate_each(lines, torch.tensor([WIDTH]), WIDTH).to(trial.truth.device)
    start = network.encode_and_paint(trial.encoding, *trial.hint_maps)
    after = trial.decode(network.enhance(start, scribble))
    return (psnr(after, trial.truth) - psnr(trial.before, trial.truth)).item()


Offer = Callable[[nn.Module, ScribbleBatch, np.random.Generator], list[Stroke]]


def _model(network: nn.Module, trial: ScribbleBatch, draw: np.random.Generator) -> list[Stroke]:
    """What `Colorizer.suggest_edges` offers: likely to be lost, and E would change much."""
    start = network.encode_and_paint(trial.encoding, *trial.hint_maps)
    return rank_candidates(network.find(start), start.prediction, partial(network.enhance, start))


def _finder(network: nn.Module, trial: ScribbleBatch, draw: np.random.Generator) -> list[Stroke]:
    """Likely to be lost, whatever E would make of it."""
    start = network.encode_and_paint(trial.encoding, *trial.hint_maps)
    return propose_candidates(network.find(start)[0, 0])


def _input(network: nn.Module, trial: ScribbleBatch, draw: np.random.Generator) -> list[Stroke]:
    """Strokes along the edges of the picture as it was given, the strongest first."""
    light = (trial.condition + 1) / 2
    down, right = sobel(light)
    strength, edges = down.hypot(right)[0, 0].double(), canny(light, *THRESHOLDS, 1.0)[0, 0]
    return rank_strokes(edges.cpu().numpy(), strength.cpu().numpy())


def _random(network: nn.Module, trial: ScribbleBatch, draw: np.random.Generator) -> list[Stroke]:
    """The same strokes in any order."""
    strokes = _input(network, trial, draw)
    return [strokes[place] for place in draw.permutation(len(strokes))]


VARIANTS: dict[str, Offer] = {"model": _model, "finder alone": _finder, "input edges": _input, "random": _random}


def show(rows: list[Row]) -> Figure:
    """The share of lost edges among the first k offers, a curve for each way."""
    ways = list(dict.fromkeys(row["way"] for row in rows))
    curves = {
        way: [float(np.mean([row["found"] for row in rows if row["way"] == way and row["k"] == k])) for k in OFFERED]
        for way in ways
    }
    return show_curve(OFFERED, curves, "offers", "share of lost edges found")
