"""How much a scribble mends: pictures painted before and after, measured along the edge that was marked.

The protocol of the edge paper (Section 4.3): pseudo-scribbles at random on pictures never seen, scores within a kernel
along each edge and over the whole picture.
"""

import copy
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from colornb.color import AB_MAX, decode, encode, rgb_to_lab
from colornb.edges import near
from colornb.hints import sample_counts
from colornb.methods import Look, look_at
from colornb.metrics import cdr, lpips, psnr
from colornb.scribbles import Scribbles, pseudo_scribbles
from colornb.training import Data
from colornb.types import RGB, Batch, Float, Mask, Plane, Planes, Scores

METRICS = ("psnr_near", "lpips_near", "cdr", "psnr", "lpips")
BEFORE = "before"


@dataclass(frozen=True)
class Scribbling:
    """What is scribbled and how it is measured; the defaults are the paper's, but for what it does not print."""

    n: int = 1000  # scribbles in all, on the pictures in turn
    widths: tuple[int, int] = (1, 5)  # of the scribbles, in pixels
    several: int = 1  # edges marked at once, at most
    thresholds: tuple[float, float] = (0.15, 0.3)  # Canny's
    slack: int = 1
    hints: bool = True  # whether the simulated user also gives colours: the paper's *
    stop: float = 0.02  # chance that this user stops before each of them
    most: int = 128
    kernel: int = 7  # K: what is local
    lpips: str = "random"  # the trunk of LPIPS, see `metrics.lpips`
    seed: int = 0
    batch_size: int = 16


@torch.no_grad()
def evaluate_scribbles(
    backbone: nn.Module, enhanced: Mapping[str, nn.Module], data: Data, how: Scribbling | None = None
) -> list[dict[str, Any]]:
    """A row for the backbone's own pictures ("before") and one for each network that mends them.

    All see the same pictures, hints and scribbles: edges that `backbone` has lost. Rows hold means over the scribbles:
    PSNR (dB), LPIPS and CDR within `kernel` along the edge, PSNR and LPIPS of the whole picture; for what mends, also
    the `.._gain` over before and the half width of its 95 % interval, `.._ci`, from a bootstrap over pictures.

    Args:
        backbone: any network that paints; it decides which edges are lost.
        enhanced: networks of `methods.edge_enhancing` on this backbone, by name; none to measure the backbone alone.
        data: true pictures.
        how: the protocol.
    """
    how = how or Scribbling()
    backbone, *others = (_ready(network) for network in (backbone, *enhanced.values()))
    scores: dict[str, list[Tensor]] = {name: [] for name in (BEFORE, *enhanced)}
    pictures = []
    for index, trial in trials(backbone, data, how):
        pictures.append(index)
        scores[BEFORE].append(trial.score(trial.before, how))
        for name, network in zip(enhanced, others, strict=True):
            scores[name].append(trial.score(trial.mend(network), how))
    if not pictures:
        raise ValueError("no edge is lost in any picture: lower the thresholds, or give other pictures")
    return _rows({name: torch.cat(found) for name, found in scores.items()}, torch.cat(pictures))


def _ready(network: nn.Module) -> nn.Module:
    return copy.deepcopy(network).eval().to(memory_format=torch.channels_last)


@dataclass(frozen=True)
class Trial:
    """Pictures, each with a lost edge and a scribble on it."""

    truth: RGB
    target: str
    look: Look  # of the backbone
    told: tuple[Planes, Mask]
    painted: Planes  # by the backbone, in the target space
    marks: Scribbles

    @property
    def condition(self) -> Plane:
        """What the backbone sees."""
        return self.look.condition

    @property
    def before(self) -> RGB:
        """What the backbone has painted, in pixel space."""
        return self.decode(self.painted)

    def decode(self, painted: Planes) -> RGB:
        """In pixel space, with the true lightness where the network paints none."""
        return decode(painted, self.target, rgb_to_lab(self.truth)[:, :1] if self.target == "ab" else None)

    def mend(self, network: nn.Module) -> RGB:
        """The same after the scribbles."""
        start = network.begin(self.look, *self.told)
        return self.decode(network.enhance(start, self.marks.scribble))

    def score(self, painted: RGB, how: Scribbling) -> Float[Tensor, "b m"]:
        """One row of `METRICS` for each picture."""
        local, edge = near(self.marks.edge, how.kernel), self.marks.edge
        found = [
            psnr(painted, self.truth, where=local),
            lpips(painted, self.truth, how.lpips, local),
            cdr(painted, self.truth, how.kernel, edge),
            psnr(painted, self.truth),
            lpips(painted, self.truth, how.lpips),
        ]
        return torch.stack([scores.double().cpu() for scores in found], 1)


def trials(backbone: nn.Module, data: Data, how: Scribbling) -> Iterator[tuple[Tensor, Trial]]:
    """Batches of trials until there are enough; pictures in which nothing is lost drop out."""
    device = next(backbone.parameters()).device
    generator, done, missed = torch.Generator(device).manual_seed(how.seed), 0, 0
    while done < how.n and missed < 2:  # twice through the data without any lost edge
        before = done
        for index in torch.arange(len(data)).split(how.batch_size):
            trial = _trial(backbone, data.batch(index, generator).to(device), generator, how)
            chosen = trial.marks.found.nonzero().flatten()[: how.n - done]
            if len(chosen):
                done += len(chosen)
                yield index[chosen.cpu()], _pick(trial, chosen)
            if done == how.n:
                return
        missed = missed + 1 if done == before else 0


def _trial(backbone: nn.Module, batch: Batch, generator: torch.Generator, how: Scribbling) -> Trial:
    target = encode(batch.rgb, backbone.target)
    look, most = look_at(backbone, batch), backbone.n_regions or how.most
    counts = sample_counts(len(target), most, generator, how.stop) * how.hints
    told = backbone.simulate(look, target, counts, generator)
    painted = backbone.paint(look, *told)
    seen = painted if backbone.target == "ab" else encode(decode(painted, "rgb"), "ab")
    marks = pseudo_scribbles(
        encode(batch.rgb, "ab") * AB_MAX,
        seen * AB_MAX,
        generator,
        how.widths,
        how.slack,
        how.thresholds,
        several=how.several,
    )
    return Trial(batch.rgb, backbone.target, look, told, painted, marks)


def _pick(trial: Trial, rows: Tensor) -> Trial:
    return Trial(
        trial.truth[rows],
        trial.target,
        trial.look.pick(rows),
        tuple(x[rows] for x in trial.told),
        trial.painted[rows],
        Scribbles(*(x[rows] for x in trial.marks)),
    )


def _rows(scores: dict[str, Tensor], pictures: Tensor) -> list[dict[str, Any]]:
    rows = []
    for name, found in scores.items():
        row = {"painted": name, "scribbles": len(found)}
        row |= dict(zip(METRICS, found.nanmean(0).tolist(), strict=True))
        if name != BEFORE:
            gain = found - scores[BEFORE]
            for metric, column in zip(METRICS, gain.T, strict=True):
                row[f"{metric}_gain"] = column.nanmean().item()
                row[f"{metric}_ci"] = interval(column, pictures)
        rows.append(row)
    return rows


def interval(values: Scores, groups: Tensor, draws: int = 1000) -> float:
    """Half the width of the 95 % interval of a mean, when values of one group (a picture) are alike.

    A bootstrap over whole groups: some pictures have more to mend than others. NaN values do not count.
    """
    known = ~values.isnan()
    _, place = groups[known].unique(return_inverse=True)
    if not len(place):
        return math.nan
    total = torch.zeros(int(place.max()) + 1, dtype=torch.double).index_add(0, place, values[known].double())
    count = torch.bincount(place).double()
    chosen = torch.randint(len(total), (draws, len(total)), generator=torch.Generator().manual_seed(0))
    means = total[chosen].sum(1) / count[chosen].sum(1)
    low, high = means.quantile(torch.tensor([0.025, 0.975], dtype=torch.double)).tolist()
    return (high - low) / 2
