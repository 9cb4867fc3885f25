"""Methods, measured on the same pictures with the same hints: rows of numbers."""

import copy
import math
from collections.abc import Iterator, Sequence

import torch

from colornb.color import decode, encode, rgb_to_lab
from colornb.hints import count_law, sample_counts
from colornb.methods import encode_batch
from colornb.methods.base import NetworkModule
from colornb.metrics import METRICS, FeatureNetwork, Gaussian, distance_key, frechet_distance
from colornb.metrics.nri import nri
from colornb.metrics.psnr import psnr
from colornb.training import Data
from colornb.types import RGB, Batch, Counts, Index, Mask, Planes

COUNTS = (0, 1, 2, 3, 5, 10, 20, 30)


class HintSimulator:
    """Plays the user who knows the true pictures of a batch and gives a network its first so many hints."""

    def __init__(self, network: NetworkModule, batch: Batch, generator: torch.Generator) -> None:
        self.network, self.truth, self.generator = network, batch.rgb, generator
        # every call plays the same user from the beginning
        self._user = int(torch.randint(2**62, (), generator=generator, device=generator.device))
        self.target: Planes = encode(batch.rgb, network.target)
        self.encoding = encode_batch(network, batch)
        self.lightness = rgb_to_lab(batch.rgb)[:, :1] if network.target == "ab" else None
        self.hints: Planes | None = None  # what each picture was painted with last, and what came of it
        self.prediction: RGB = torch.zeros_like(batch.rgb)

    def paint(self, rows: Index, counts: Counts) -> RGB:
        """Paint the pictures `rows` with so many hints each, in pixel space.

        A hint may change nothing (its region is empty, or there is none left): such a picture is not painted anew.
        """
        user = torch.Generator(self.truth.device).manual_seed(self._user)
        hints = torch.cat(self.network.simulate_hints(self.encoding, self.target, counts, user, rows), 1)
        if self.hints is None:
            self.hints = hints.new_full((len(self.truth), *hints.shape[1:]), torch.nan)
        new = (hints != self.hints[rows]).flatten(1).any(1)
        prediction = self.prediction[rows]
        if new.any():
            prediction[new] = self._paint(rows[new], hints[new, :-1], hints[new, -1:])
        last = list({row: place for place, row in enumerate(rows.tolist())}.values())  # a picture may come twice
        self.hints[rows[last]], self.prediction[rows[last]] = hints[last], prediction[last]
        return prediction

    def _paint(self, rows: Index, color: Planes, mask: Mask) -> RGB:
        lightness = None if self.lightness is None else self.lightness[rows]
        return decode(self.network.paint(self.encoding.pick(rows), color, mask), self.network.target, lightness)

    def paint_all(self, count: int) -> RGB:
        """Paint every picture with `count` hints."""
        rows = torch.arange(len(self.truth), device=self.truth.device)
        return self.paint(rows, torch.full_like(rows, count))


class MetricAccumulator:
    """Metrics of one set of painted pictures, gathered batch by batch; pictures without a score (NaN) do not count."""

    def __init__(self, metrics: Sequence[str], features: FeatureNetwork | None = None) -> None:
        self.totals, self.counts = dict.fromkeys(metrics, 0.0), dict.fromkeys(metrics, 0)
        self.features, self.gaussian = features, Gaussian(features.name) if features else None

    def add(self, prediction: RGB, truth: RGB) -> None:
        """Take in painted pictures and the true ones."""
        for metric in self.totals:
            scores = METRICS[metric](prediction, truth)
            self.totals[metric] += scores.nansum().item()
            self.counts[metric] += int((~scores.isnan()).sum())
        if self.features and self.gaussian:
            self.gaussian.add(self.features(prediction))

    def row(self, real: Gaussian | None = None) -> dict[str, float]:
        """Means over the pictures, NaN where none has a score, and the Fréchet distance to features of `real` ones."""
        means = {metric: total / (self.counts[metric] or math.nan) for metric, total in self.totals.items()}
        if real is None or self.gaussian is None:
            return means
        return means | {distance_key(real.name): frechet_distance(self.gaussian, real)}


@torch.no_grad()
def evaluate(
    network: NetworkModule,
    data: Data,
    counts: Sequence[int] = COUNTS,
    metrics: Sequence[str] = ("psnr",),
    batch_size: int = 16,
    seed: int = 0,
    features: FeatureNetwork | None = None,
) -> list[dict[str, float]]:
    """Mean metrics over a dataset for each number of hints, one row a number.

    Hints are given as the method's paper simulates them: its own regions in its own order, or its own points. With
    `features` (see `colornb.metrics.features`) each row also holds the Fréchet distance of all painted pictures to all
    true ones: "fid" over Inception, `fd_` and the network's name over any other.
    """
    accumulators = {count: MetricAccumulator(metrics, features) for count in counts}
    real = Gaussian(features.name) if features else None
    for simulator in _simulators(network, data, batch_size, seed):
        if features and real:
            real.add(features(simulator.truth))
        for count, scores in accumulators.items():
            scores.add(simulator.paint_all(count), simulator.truth)
    return [{"hints": count} | scores.row(real) for count, scores in accumulators.items()]


@torch.no_grad()
def evaluate_drawn(
    network: NetworkModule,
    data: Data,
    maximum: int = 30,
    stop: float = 0.125,
    metrics: Sequence[str] = ("psnr",),
    batch_size: int = 16,
    seed: int = 0,
    features: FeatureNetwork | None = None,
) -> dict[str, float]:
    """Metrics over a dataset with a number of hints of its own for each picture, drawn from G (Eq. 3).

    "Expected FID under G" can be read in two ways. `expected_over_hints` weighs the distances of as many sets of
    pictures as there are numbers of hints; this is the other: one distance, of one set in which all numbers occur. For
    means over pictures, such as PSNR, both have the same expected value.
    """
    scores = MetricAccumulator(metrics, features)
    real = Gaussian(features.name) if features else None
    for simulator in _simulators(network, data, batch_size, seed):
        counts = sample_counts(len(simulator.truth), maximum, simulator.generator, stop)
        scores.add(simulator.paint(torch.arange(len(counts), device=counts.device), counts), simulator.truth)
        if features and real:
            real.add(features(simulator.truth))
    return scores.row(real)


@torch.no_grad()
def required_interactions(
    network: NetworkModule, data: Data, benchmark: float, maximum: int = 30, batch_size: int = 16, seed: int = 0
) -> float:
    """Mean number of hints until PSNR reaches `benchmark` dB (GuidingPainter, Section 4.2)."""
    return needed_hints(network, data, benchmark, maximum, batch_size, seed).double().mean().item()


@torch.no_grad()
def needed_hints(
    network: NetworkModule, data: Data, benchmark: float, maximum: int = 30, batch_size: int = 16, seed: int = 0
) -> Counts:
    """How many hints each picture needs until its PSNR reaches `benchmark` dB; `maximum` + 1 for one that never does.

    Their mean is NRI, which such failures hide in; the share of them is to be said with it, as for the number of clicks
    (NoC) in interactive segmentation (Sofiiuk et al. 2022).
    """
    needed = [
        nri(simulator.paint, simulator.truth, psnr, benchmark, maximum)
        for simulator in _simulators(network, data, batch_size, seed)
    ]
    return torch.cat(needed)


def expected_over_hints(rows: Sequence[dict[str, float]], metric: str, stop: float = 0.125) -> float:
    """Expected value of a metric when the number of hints follows G (Eq. 3); needs a row for 0 .. maximum.

    Of a Fréchet distance, too: the mean of the distances, weighted by G. `evaluate_drawn` offers the other reading.
    """
    counts = [row["hints"] for row in rows]
    if counts != list(range(len(rows))):
        raise ValueError(f"an expected value needs every number of hints from 0, not {counts}: evaluate them all")
    return float(count_law(len(rows) - 1, stop) @ torch.tensor([row[metric] for row in rows], dtype=torch.float64))


def _simulators(network: NetworkModule, data: Data, batch_size: int, seed: int) -> Iterator[HintSimulator]:
    # A copy, so that the caller's stays as it is; this layout of memory halves the time on a CPU.
    network = copy.deepcopy(network).eval().to(memory_format=torch.channels_last)
    device = next(network.parameters()).device
    generator = torch.Generator(device).manual_seed(seed)
    for index in torch.arange(len(data)).split(batch_size):
        yield HintSimulator(network, data.batch(index, generator).to(device), generator)
