"""Cluster discrepancy ratio: whether colours that differ across an edge still differ after painting."""

import math
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import torch

from colornb.color import rgb_to_lab
from colornb.edges import ab_edges
from colornb.metrics._pixels import checked
from colornb.types import RGB, Bool, Float, Int, Mask, Scores

HIGHER_IS_BETTER = True
UNIT = ""  # a share

SIDE, COMPACTNESS, SIGMA = 16, 10.0, 1.0  # of superpixels: pixels, CIE Lab units, pixels
SCRIPT_SEGMENTS, SCRIPT_SIGMA, SCRIPT_QUANTILES = 250, 1.2, (0.2, 0.7)

PROTOCOLS = ("paper", "released", "published")

Channels = Float[np.ndarray, "2 h w"]
Clusters = Int[np.ndarray, "h w"]
Pixels = Bool[np.ndarray, "h w"]
Counts = Int[np.ndarray, " e"]
Radius = tuple[int, int]  # how many pixels a window goes up and left, and how many down and right


@dataclass(frozen=True)
class Divided:
    """Pictures and their superpixels, one entry of each list a picture: what `divide` returns."""

    ab: Float[np.ndarray, "b 2 h w"]  # in units of CIE Lab
    clusters: list[Clusters | list[Clusters]]  # as the script does it, those of a and those of b
    settings: tuple[float, float] | None  # side and compactness; None: as the script does it

    def split(self, n: int) -> tuple["Divided", "Divided"]:
        """The first `n` pictures, and the others."""
        first, others = (
            Divided(self.ab[part], self.clusters[part], self.settings) for part in (slice(n), slice(n, None))
        )
        return first, others


def cdr(
    prediction: RGB,
    target: RGB | Divided,
    kernel: int = 7,
    where: Mask | None = None,
    side: float = SIDE,
    compactness: float = COMPACTNESS,
    protocol: str = "paper",
) -> Scores:
    """Cluster discrepancy ratio of every picture (edge paper, Eq. 7 and 8), 0 to 1; 1 where no colour bleeds.

    Both pictures are cut into superpixels (SLIC) by their a and b. Of the neighbours of an edge pixel that lie in
    another superpixel of the true picture, it is the share that also lies in another one of the prediction,
    averaged over the edge pixels (Canny) of the true picture. Edge pixels without such a neighbour do not count; a
    picture in which none counts (no edge, one superpixel, no edge inside `where`) has no score: NaN.

    SLIC divides even areas too, by place alone, so that a picture of one colour does not score 0 but a chance level:
    about 0.25 on photographs of 96 or 256 pixels a side. The score of a gray painting says how high it is elsewhere.

    Args:
        prediction: sRGB in [0, 1].
        target: sRGB in [0, 1]; or what `divide` returned for it, where several predictions have the same target.
        kernel: K, an odd number of pixels: neighbours are those at most K // 2 away, each way, inside the picture.
        where: 1 where edges count; all of them by default.
        side: of a superpixel, about, in pixels. The paper prints no setting of SLIC; the authors' script cuts 256 x 256
            pixels into 250.
        compactness: what difference of colour, in CIE Lab, weighs as much as a distance of one `side`; the higher, the
            squarer superpixels are.
        protocol: "paper"; or, for comparison with numbers of the authors' script (github.com/niceDuckgu/CDR, cdr.py),
            "released" or "published". The script does a and b apart, and this returns the mean of both; it cuts any
            picture into 250 superpixels, each channel stretched to its whole range; finds edges by quantiles of the
            gradient (of a for both channels when there is a `where`, which is meant to be the scribble); takes those
            outside the picture as cut off in both; and counts an edge pixel without a neighbour in another superpixel
            as 1. Its window has changed: at the commits dc33c3d and 1abbe79 neighbours are at most K - 1 away
            ("released"); later K up and left and K - 1 down and right ("published"), which is read off two public
            copies, as that commit itself could not be had. Both are for pictures of 256 pixels a side: on smaller ones
            the window holds more of the 250 superpixels, and scores rise, at 64 pixels and K = 7 to 0.95 whatever was
            painted. `side` and `compactness` mean nothing to them.

    Deviation: at the older commits a window is lost where it begins outside of the padding of K // 2 + 1 pixels, which
    from K = 7 on happens near the upper and left border, and cut where it ends outside; here every window counts as
    a whole. The copies give 1 to a picture without edges; here it has no score.

    Raises:
        ValueError: values outside [0, 1], a kernel without a middle, superpixels of no size, an unknown protocol, or a
            target that was divided in another way.
    """
    _check(kernel, side, compactness, protocol)
    how = (side, compactness, protocol)
    if isinstance(target, Divided):
        own, true = divide(prediction, *how), target
    else:  # all at once, so that no core waits
        own, true = divide(torch.cat([prediction.detach().cpu(), target.cpu()]), *how).split(len(prediction))
    if own.settings != true.settings:
        raise ValueError("the target was divided with other settings: divide it with those of this call")
    inside = np.ones(true.ab[:, 0].shape, bool) if where is None else where[:, 0].cpu().numpy() > 0
    pictures: Iterable[Any] = zip(own.clusters, true.clusters, true.ab, inside, strict=True)
    if protocol == "paper":
        scores = [discrepancy(a, b, _edges(ab, where), kernel // 2) for a, b, ab, where in pictures]
    else:
        radius = (kernel - (protocol == "released"), kernel - 1)
        local = where is not None
        scores = [_by_channel(a, b, ab, within, radius, local) for a, b, ab, within in pictures]
    return torch.tensor(scores, dtype=torch.float32, device=prediction.device)


def divide(pictures: RGB, side: float = SIDE, compactness: float = COMPACTNESS, protocol: str = "paper") -> Divided:
    """The superpixels of sRGB pictures in [0, 1], which take nearly all of the time of `cdr`; arguments as there."""
    ab = rgb_to_lab(checked(pictures.detach().cpu()))[:, 1:].numpy()
    settings = (side, compactness) if protocol == "paper" else None
    cut = partial(superpixels, side=side, compactness=compactness) if settings else _channel_superpixels
    with ThreadPoolExecutor(torch.get_num_threads()) as pool:
        return Divided(ab, list(pool.map(cut, ab)), settings)


def _check(kernel: int, side: float, compactness: float, protocol: str) -> None:
    if kernel < 1 or kernel % 2 == 0:
        raise ValueError(f"a kernel of {kernel} pixels has no middle: give an odd number")
    if not (side >= 1 and compactness > 0):
        raise ValueError(f"no superpixels of side {side} and compactness {compactness}: give at least 1, and above 0")
    if protocol not in PROTOCOLS:
        raise ValueError(f"no CDR protocol named {protocol!r}: choose {', '.join(map(repr, PROTOCOLS))}")


def _edges(ab: Channels, inside: Pixels) -> Pixels:
    return (ab_edges(torch.from_numpy(ab)[None])[0, 0] > 0).numpy() & inside


def superpixels(ab: Channels, side: float = SIDE, compactness: float = COMPACTNESS) -> Clusters:
    """SLIC's superpixels (Achanta et al. 2012) of one picture by its a and b in units of CIE Lab."""
    # skimage stretches the colours of every picture to [0, 1] and knows no way to ask it not to: where even the palest
    # change counts fully in one picture and hardly in another, compactness would mean nothing.
    stretch = float(np.ptp(ab)) or 1.0
    return _slic(ab, max(1, round(ab[0].size / side**2)), compactness / stretch, convert2lab=False)


def _slic(planes: Float[np.ndarray, "c h w"], segments: int, compactness: float, **how: bool) -> Clusters:
    from skimage.segmentation import slic

    pixels = np.ascontiguousarray(planes.transpose(1, 2, 0), np.float64)
    labels = slic(pixels, segments, compactness, sigma=SIGMA, channel_axis=-1, **how)
    return labels.astype(np.int16 if labels.max() < 2**15 else np.int32)  # small numbers are compared faster


def discrepancy(prediction: Clusters, true: Clusters, edges: Pixels, radius: int) -> float:
    """Eq. 7 of two maps of clusters and the pixels on edges, with neighbours up to `radius` pixels away each way."""
    kept, omega, outside = _neighbours(prediction, true, edges, (radius, radius))
    kept, omega = kept - outside, omega - outside
    counts = omega > 0
    return float((kept[counts] / omega[counts]).mean()) if counts.any() else math.nan


def _neighbours(prediction: Clusters, true: Clusters, edges: Pixels, radius: Radius) -> tuple[Counts, Counts, Counts]:
    """For each edge pixel: how many neighbours are cut off in both pictures, in the true one, and by the border.

    Those outside the picture are counted in all three.
    """
    (height, width), (y, x), (back, ahead) = true.shape, edges.nonzero(), radius
    wide = width + back + ahead
    place = (y + back) * wide + x + back
    flat = [np.pad(clusters, radius, constant_values=-1).ravel() for clusters in (true, prediction)]
    own = [clusters[place] for clusters in flat]
    kept, omega = np.zeros((2, len(place)), np.int32)
    window = np.arange(-back, ahead + 1)
    for shift in (window[:, None] * wide + window).ravel():  # all edge pixels at once
        there = place + shift
        differs = flat[0].take(there) != own[0]
        omega += differs
        differs &= flat[1].take(there) != own[1]
        kept += differs
    return kept, omega, len(window) ** 2 - _within(y, height, radius) * _within(x, width, radius)


def _within(place: Counts, length: int, radius: Radius) -> Counts:
    """How much of a window around each place, along one axis, lies in the picture."""
    back, ahead = radius
    return np.minimum(place, back) + 1 + np.minimum(length - 1 - place, ahead)


def _channel_superpixels(ab: Channels) -> list[Clusters]:
    """Those of a alone and of b alone, as the script cuts them."""
    return [_slic(np.stack([plane] * 3), SCRIPT_SEGMENTS, COMPACTNESS) for plane in ab]


def _by_channel(
    prediction: list[Clusters], true: list[Clusters], ab: Channels, inside: Pixels, radius: Radius, local: bool
) -> float:
    """What the authors' script computes: the mean of a alone and b alone."""
    from skimage.feature import canny

    low, high = SCRIPT_QUANTILES
    scores = []
    for channel, clusters in enumerate(zip(prediction, true, strict=True)):
        source = ab[0 if local else channel]
        edges = canny(source, SCRIPT_SIGMA, low, high, use_quantiles=True) & inside
        scores.append(_script_discrepancy(*clusters, edges, radius))
    return sum(scores) / 2


def _script_discrepancy(prediction: Clusters, true: Clusters, edges: Pixels, radius: Radius) -> float:
    kept, omega, _ = _neighbours(prediction, true, edges, radius)
    share = np.where(omega > 0, kept / np.maximum(omega, 1), 1.0)
    return float(share.mean()) if len(share) else math.nan
