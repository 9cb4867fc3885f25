"""How much a scribble mends: pictures painted before and after, measured along the edge that was marked.

The protocol of the edge paper (Section 4.3): pseudo-scribbles at random on pictures never seen, scores within a kernel
along each edge and over the whole picture.
"""

import copy
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from typing import Any

import torch
from torch import Tensor

from colornb.color import AB_MAX, decode, encode, rgb_to_lab
from colornb.evaluation.statistics import bootstrap_ci
from colornb.filters import dilate
from colornb.hints import sample_counts
from colornb.methods import Encoding, encode_batch, method_of, scaled_hints
from colornb.methods.base import NetworkModule
from colornb.metrics.cdr import Divided, cdr, divide
from colornb.metrics.lpips import lpips
from colornb.metrics.psnr import psnr
from colornb.pseudo_scribbles import Scribbles, pseudo_scribbles
from colornb.training import Data
from colornb.types import AB, RGB, Batch, Float, HintMaps, Mask, Plane, Planes

METRICS = ("psnr_near", "lpips_near", "cdr", "cdr_published", "psnr", "lpips")
BEFORE = "before"
# Who sits at the screen decides what is left to mend: one who has given many colours, few of them, or none.
USERS: tuple[dict[str, Any], ...] = ({"stop": 0.02}, {"stop": 0.125}, {"hints": False})


@dataclass(frozen=True)
class ScribbleProtocol:
    """What is scribbled and how it is measured; the defaults are the paper's, but for what it does not print.

    Deviation: patches of colour scale with the picture, so that a hint covers the same share of it at any size, where
    RTUG's simulated user gives patches of 1 to 9 pixels whatever the size. With `patches=None` they are as large as the
    network's own `Config.sides` says, in pixels.
    """

    n: int = 1000  # scribbles in all, on the pictures in turn
    widths: tuple[int, int] = (1, 5)  # of the scribbles, in pixels
    max_edges: int = 1  # edges marked at once, at most
    thresholds: tuple[float, float] = (0.15, 0.3)  # Canny's
    tolerance: int = 1
    hints: bool = True  # whether the simulated user also gives colours: the paper's *
    stop: float = 0.02  # chance that this user stops before each of them
    most: int = 128  # hints that the user gives, at most; a network that guides has its own number of regions
    patches: tuple[int, int] | None = (1, 9)  # sides of point hints, in pixels of a picture of 256 pixels a side
    kernel: int = 7  # K: what is local
    lpips: str = "random"  # the trunk of LPIPS, see `metrics.lpips`
    seed: int = 0
    batch_size: int = 16

    def __post_init__(self) -> None:
        """Refuse what cannot be."""
        for field, what in (("widths", "the thinnest and the thickest"), ("patches", "the smallest and the largest")):
            if (sides := getattr(self, field)) is not None and not 1 <= sides[0] <= sides[1]:
                raise ValueError(f"{field} cannot be {sides}: give {what}, from 1 pixel")
        if not 0 < self.thresholds[0] <= self.thresholds[1]:
            raise ValueError(f"thresholds cannot be {self.thresholds}: give Canny's lower and higher one, above 0")
        if not 0 < self.stop < 1:
            raise ValueError(f"stop cannot be {self.stop}: give a chance between 0 and 1, or hints=False for no hints")
        if self.kernel < 1 or self.kernel % 2 == 0:
            raise ValueError(f"a kernel of {self.kernel} pixels has no middle: give an odd number")
        if self.patches is not None and self.patches[1] > 256:
            raise ValueError(f"patches cannot be {self.patches}: a picture of 256 pixels has no room for them")
        for field, least in {"n": 1, "max_edges": 1, "tolerance": 0, "most": 1, "batch_size": 1}.items():
            if getattr(self, field) < least:
                raise ValueError(f"{field} cannot be {getattr(self, field)}: give at least {least}")

    def about(self, reference: NetworkModule | None = None) -> dict[str, Any]:
        """All of the protocol in words and numbers, for a results file."""
        fields = {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(self).items()}
        fields["stop"] = self.stop if self.hints else None  # nobody, so nobody who stops
        return fields | {"reference": None if reference is None else method_of(reference)}


@torch.no_grad()
def evaluate_scribbles(
    backbone: NetworkModule,
    enhanced: Mapping[str, NetworkModule],
    data: Data,
    how: ScribbleProtocol | None = None,
    reference: NetworkModule | None = None,
) -> list[dict[str, Any]]:
    """A row for the backbone's own pictures ("before") and one for each network that mends them.

    All see the same pictures, hints and scribbles: edges that `backbone` has lost. Rows hold means over the scribbles:
    PSNR (dB), LPIPS and CDR within `kernel` along the edge (as the paper says, and as `metrics.cdr` has it "published",
    within the scribble), PSNR and LPIPS of the whole picture. "near_gap" is how far PSNR near the edge lies above that
    of the whole picture. What mends also has the `.._gain` over before. Half the width of the 95 % interval of each,
    from a bootstrap over pictures, is the `.._interval` of a mean and the `.._ci` of a gain (None where one picture
    alone has a lost edge). "scribbling" is the whole protocol, see `share_protocol`.

    Args:
        backbone: any network that paints; it decides which edges are lost.
        enhanced: networks of `methods.edge_enhancing` on this backbone, by name; none to measure the backbone alone.
        data: true pictures.
        how: the protocol.
        reference: a network that decides in the backbone's place, painting without hints: with the same one, any
            backbones are measured on the same edges of the same pictures, whatever they have lost themselves. Those
            that are told colours at points are told the same ones.
    """
    how = how or ScribbleProtocol()
    backbone, *others = (_ready(network) for network in (backbone, *enhanced.values()))
    reference = reference and _ready(reference).to(next(backbone.parameters()).device)
    scores: dict[str, list[Tensor]] = {name: [] for name in (BEFORE, *enhanced)}
    pictures = []
    for index, trial in trials(backbone, data, how, reference):
        if how.kernel > min(trial.truth.shape[-2:]):
            raise ValueError(f"a kernel of {how.kernel} pixels does not fit into the pictures: give a smaller one")
        pictures.append(index)
        scores[BEFORE].append(trial.score(trial.before, how))
        for name, network in zip(enhanced, others, strict=True):
            scores[name].append(trial.score(trial.mend(network), how))
    if not pictures:
        raise ValueError("no edge is lost in any picture: lower the thresholds, or give other pictures")
    rows = _rows({name: torch.cat(found) for name, found in scores.items()}, torch.cat(pictures))
    return [row | {"scribbling": how.about(reference)} for row in rows]


def evaluate_users(
    backbone: NetworkModule,
    enhanced: Mapping[str, NetworkModule],
    data: Data,
    how: ScribbleProtocol | None = None,
    users: Iterable[Mapping[str, Any]] = USERS,
    reference: NetworkModule | None = None,
) -> list[dict[str, Any]]:
    """Rows of `evaluate_scribbles` for each simulated user: what each of them changes of the protocol.

    "hints" says whether colours were given, and "stop" with which chance to stop before each (None without hints).
    """
    how, rows = how or ScribbleProtocol(), []
    for user in users:
        own = replace(how, **user)
        about = {"hints": own.hints, "stop": own.stop if own.hints else None}
        rows += [about | row for row in evaluate_scribbles(backbone, enhanced, data, own, reference)]
    return rows


def share_protocol(rows: Sequence[dict[str, Any]]) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """What the protocols of all rows have in common, taken out of them: the rows, and that.

    A row whose protocol differs keeps its own part of it as "scribbling"; rows that have none stay as they are.
    """
    protocols = [row["scribbling"] for row in rows if "scribbling" in row]
    first = protocols[0] if protocols else {}
    common = {name: value for name, value in first.items() if all(other[name] == value for other in protocols)}
    result = []
    for row in rows:
        own = {name: value for name, value in row.get("scribbling", {}).items() if name not in common}
        plain = {name: value for name, value in row.items() if name != "scribbling"}
        result.append(plain | ({"scribbling": own} if own else {}))
    return result, common


def _ready(network: NetworkModule) -> NetworkModule:
    return copy.deepcopy(network).eval().to(memory_format=torch.channels_last)


@dataclass(frozen=True)
class ScribbleBatch:
    """Pictures, each with a lost edge and a scribble on it."""

    truth: RGB
    target: str
    encoding: Encoding  # of the backbone
    hint_maps: tuple[Planes, Mask]
    prediction: Planes  # by the backbone, in the target space
    marks: Scribbles

    @property
    def condition(self) -> Plane:
        """What the backbone sees."""
        return self.encoding.condition

    @property
    def before(self) -> RGB:
        """What the backbone has painted, in pixel space."""
        return self.decode(self.prediction)

    @cached_property
    def divided(self) -> dict[str, Divided]:
        """Superpixels of the true pictures, for both protocols of CDR: whatever is painted, they stay the same."""
        return {protocol: divide(self.truth, protocol=protocol) for protocol in ("paper", "published")}

    def decode(self, prediction: Planes) -> RGB:
        """In pixel space, with the true lightness where the network paints none."""
        return decode(prediction, self.target, rgb_to_lab(self.truth)[:, :1] if self.target == "ab" else None)

    @cached_property
    def starts(self) -> dict[Any, Any]:
        """Where networks on the same backbone begin: what comes before the scribble is computed once for all alike."""
        return {}

    def mend(self, network: NetworkModule) -> RGB:
        """The same after the scribbles."""
        layers = getattr(network, "layers", None)  # others that mend may begin in ways of their own
        alike = (layers[0], network.config.context) if layers else id(network)
        if alike not in self.starts:
            self.starts[alike] = network.encode_and_paint(self.encoding, *self.hint_maps)
        return self.decode(network.enhance(self.starts[alike], self.marks.scribble))

    def score(self, prediction: RGB, how: ScribbleProtocol) -> Float[Tensor, "b m"]:
        """One row of `METRICS` for each picture."""
        local, (paper, published) = dilate(self.marks.edge, how.kernel), self.divided.values()
        found = [
            psnr(prediction, self.truth, where=local),
            lpips(prediction, self.truth, how.lpips, local),
            cdr(prediction, paper, how.kernel, self.marks.edge),
            cdr(prediction, published, how.kernel, self.marks.scribble, protocol="published"),
            psnr(prediction, self.truth),
            lpips(prediction, self.truth, how.lpips),
        ]
        return torch.stack([scores.double().cpu() for scores in found], 1)


def trials(
    backbone: NetworkModule, data: Data, how: ScribbleProtocol, reference: NetworkModule | None = None
) -> Iterator[tuple[Tensor, ScribbleBatch]]:
    """Batches of trials until there are enough; pictures in which nothing is lost drop out.

    With a `reference`, edges are those that it has lost, see `evaluate_scribbles`.
    """
    device = next(backbone.parameters()).device
    generator = user = torch.Generator(device).manual_seed(how.seed)
    if reference is not None:  # networks differ in how much they draw for hints: what all share must not come after it
        user = torch.Generator(device).manual_seed(how.seed + 2**31)
    done, missed = 0, 0
    while done < how.n and missed < 2:  # twice through the data without any lost edge
        before = done
        for index in torch.arange(len(data)).split(how.batch_size):
            batch = data.batch(index, generator).to(device)
            hint_maps, encoding, prediction = _painted(backbone, batch, user, how)
            lost_by = _ab(prediction, backbone.target) if reference is None else _alone(reference, batch)
            marks = _marks(encode(batch.rgb, "ab"), lost_by, generator, how)
            trial = ScribbleBatch(batch.rgb, backbone.target, encoding, hint_maps, prediction, marks)
            chosen = trial.marks.found.nonzero().flatten()[: how.n - done]
            if len(chosen):
                done += len(chosen)
                yield index[chosen.cpu()], _pick(trial, chosen)
            if done == how.n:
                return
        missed = missed + 1 if done == before else 0


def _painted(
    backbone: NetworkModule, batch: Batch, user: torch.Generator, how: ScribbleProtocol
) -> tuple[HintMaps, Encoding, Planes]:
    """What the simulated user says of a batch, and what comes of it."""
    target, encoding = encode(batch.rgb, backbone.target), encode_batch(backbone, batch)
    counts = sample_counts(len(target), backbone.n_regions or how.most, user, how.stop) * how.hints
    hint_maps = scaled_hints(backbone, encoding, target, counts, user, how.patches)
    return hint_maps, encoding, backbone.paint(encoding, *hint_maps)


def _alone(network: NetworkModule, batch: Batch) -> AB:
    """What a network paints of a batch without hints, a and b about in [-1, 1]."""
    nothing = torch.zeros_like(encode(batch.rgb, network.target))
    return _ab(network.paint(encode_batch(network, batch), nothing, nothing[:, :1]), network.target)


def _ab(prediction: Planes, target: str) -> AB:
    return prediction if target == "ab" else encode(decode(prediction, "rgb"), "ab")


def _marks(true: AB, prediction: AB, generator: torch.Generator, how: ScribbleProtocol) -> Scribbles:
    settings = (how.widths, how.tolerance, how.thresholds)
    return pseudo_scribbles(true * AB_MAX, prediction * AB_MAX, generator, *settings, max_edges=how.max_edges)


def _pick(trial: ScribbleBatch, rows: Tensor) -> ScribbleBatch:
    color, mask = trial.hint_maps
    return ScribbleBatch(
        trial.truth[rows],
        trial.target,
        trial.encoding.pick(rows),
        (color[rows], mask[rows]),
        trial.prediction[rows],
        Scribbles(*(x[rows] for x in trial.marks)),
    )


def _rows(scores: dict[str, Tensor], pictures: Tensor) -> list[dict[str, Any]]:
    rows = []
    for name, found in scores.items():
        row = {"painted": name, "scribbles": len(found), "pictures": len(pictures.unique())}
        for metric, column in zip(METRICS, found.T, strict=True):
            row[metric], row[f"{metric}_interval"] = _mean(column, pictures)
        near, whole = (found[:, METRICS.index(metric)] for metric in ("psnr_near", "psnr"))
        row["near_gap"], row["near_gap_interval"] = _mean(near - whole, pictures)
        if name != BEFORE:
            gain = found - scores[BEFORE]
            for metric, column in zip(METRICS, gain.T, strict=True):
                row[f"{metric}_gain"], row[f"{metric}_ci"] = _mean(column, pictures)
        rows.append(row)
    return rows


def _mean(scores: Tensor, pictures: Tensor) -> tuple[float, float | None]:
    """The mean over scribbles, and half of its 95 % interval over pictures, None where there is one picture alone."""
    half = bootstrap_ci(scores, pictures)
    return scores.nanmean().item(), None if math.isnan(half) else half
