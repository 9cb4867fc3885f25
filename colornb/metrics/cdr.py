"""Cluster discrepancy ratio: whether colours that differ across an edge still differ after painting."""

import math
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import numpy as np
import torch

from colornb.color import rgb_to_lab
from colornb.edges import ab_edges
from colornb.metrics._pixels import checked
from colornb.types import RGB, Bool, Float, Int, Mask, Scores

HIGHER_IS_BETTER = True
UNIT = ""  # a share

SIDE, COMPACTNESS, SIGMA = 16, 10.0, 1.0  # of superpixels: pixels, CIE Lab units, pixels
RELEASED_SEGMENTS, RELEASED_SIGMA, RELEASED_QUANTILES = 250, 1.2, (0.2, 0.7)

Channels = Float[np.ndarray, "2 h w"]
Clusters = Int[np.ndarray, "h w"]
Pixels = Bool[np.ndarray, "h w"]
Each = Int[np.ndarray, " e"]


def cdr(
    prediction: RGB,
    target: RGB,
    kernel: int = 7,
    where: Mask | None = None,
    side: float = SIDE,
    compactness: float = COMPACTNESS,
    protocol: str = "paper",
) -> Scores:
    """Cluster discrepancy ratio of every picture (edge paper, Eq. 7 and 8), 0 to 1; 1 where no colour bleeds.

    Both pictures are cut into superpixels (SLIC) by their a and b. Of the neighbours of an edge pixel that lie in
    another superpixel of the true picture, it is the share that also lies in another one of the painted picture,
    averaged over the edge pixels (Canny) of the true picture. Edge pixels without such a neighbour do not count; a
    picture in which none counts (no edge, one superpixel, no edge inside `where`) has no score: NaN.

    SLIC divides even areas too, by place alone, so that a picture of one colour does not score 0 but a chance level:
    about 0.25 on photographs of 96 or 256 pixels a side. The score of a grey painting says how high it is elsewhere.

    Args:
        prediction: sRGB in [0, 1].
        target: sRGB in [0, 1].
        kernel: K, an odd number of pixels: neighbours are those at most K // 2 away, each way, inside the picture.
        where: 1 where edges count; all of them by default.
        side: of a superpixel, about, in pixels. The paper prints no setting of SLIC; the authors' script cuts 256 x 256
            pixels into 250.
        compactness: what difference of colour, in CIE Lab, weighs as much as a distance of one `side`; the higher, the
            squarer superpixels are.
        protocol: "paper"; or "released", for comparison with numbers of the authors' script. That one does a and b
            apart and returns the mean of both; cuts any picture into 250 superpixels, each channel stretched to its
            whole range; finds edges by quantiles of the gradient (of a for both channels when there is a `where`);
            takes neighbours at most K - 1 away, those outside the picture as cut off in both; and counts an edge pixel
            without a neighbour in another superpixel as 1. `side` and `compactness` mean nothing to it.

    Deviation: in the script the windows of edge pixels near the upper and left border vanish, for its indices turn
    negative there; here every window counts.

    Raises:
        ValueError: values outside [0, 1], a kernel without a middle, superpixels of no size, or an unknown protocol.
    """
    _check(kernel, side, compactness, protocol)
    painted, true = (rgb_to_lab(checked(rgb.detach().cpu()))[:, 1:].numpy() for rgb in (prediction, target))
    inside = np.ones(true[:, 0].shape, bool) if where is None else where[:, 0].cpu().numpy() > 0
    cut = _released_superpixels if protocol == "released" else partial(superpixels, side=side, compactness=compactness)
    with ThreadPoolExecutor(torch.get_num_threads()) as pool:  # SLIC takes nearly all of the time
        clusters = list(pool.map(cut, (*painted, *true)))
    pictures = zip(clusters[: len(true)], clusters[len(true) :], true, inside, strict=True)
    if protocol == "paper":
        scores = [discrepancy(*both, _edges(ab, where), kernel // 2) for *both, ab, where in pictures]
    else:
        scores = [_released(*picture, kernel - 1, where is not None) for picture in pictures]
    return torch.tensor(scores, dtype=torch.float32, device=prediction.device)


def _check(kernel: int, side: float, compactness: float, protocol: str) -> None:
    if kernel < 1 or kernel % 2 == 0:
        raise ValueError(f"a kernel of {kernel} pixels has no middle: give an odd number")
    if not (side >= 1 and compactness > 0):
        raise ValueError(f"no superpixels of side {side} and compactness {compactness}: give at least 1, and above 0")
    if protocol not in ("paper", "released"):
        raise ValueError(f"no CDR protocol named {protocol!r}: choose 'paper' or 'released'")


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


def discrepancy(painted: Clusters, true: Clusters, edges: Pixels, reach: int) -> float:
    """Eq. 7 of two maps of clusters and the pixels on edges, with neighbours up to `reach` pixels away each way."""
    kept, omega, outside = _neighbours(painted, true, edges, reach)
    kept, omega = kept - outside, omega - outside
    counts = omega > 0
    return float((kept[counts] / omega[counts]).mean()) if counts.any() else math.nan


def _neighbours(painted: Clusters, true: Clusters, edges: Pixels, reach: int) -> tuple[Each, Each, Each]:
    """For each edge pixel: how many neighbours are cut off in both pictures, in the true one, and by the border.

    Those outside the picture are counted in all three.
    """
    (height, width), (y, x) = true.shape, edges.nonzero()
    wide = width + 2 * reach
    place = (y + reach) * wide + x + reach
    flat = [np.pad(clusters, reach, constant_values=-1).ravel() for clusters in (true, painted)]
    own = [clusters[place] for clusters in flat]
    kept, omega = np.zeros((2, len(place)), np.int32)
    window = np.arange(-reach, reach + 1)
    for shift in (window[:, None] * wide + window).ravel():  # all edge pixels at once
        there = place + shift
        differs = flat[0].take(there) != own[0]
        omega += differs
        differs &= flat[1].take(there) != own[1]
        kept += differs
    return kept, omega, len(window) ** 2 - _within(y, height, reach) * _within(x, width, reach)


def _within(place: Each, length: int, reach: int) -> Each:
    """How much of a window around each place, along one axis, lies in the picture."""
    return np.minimum(place, reach) + 1 + np.minimum(length - 1 - place, reach)


def _released_superpixels(ab: Channels) -> list[Clusters]:
    """Those of a alone and of b alone."""
    return [_slic(np.stack([plane] * 3), RELEASED_SEGMENTS, COMPACTNESS) for plane in ab]


def _released(
    painted: list[Clusters], true: list[Clusters], ab: Channels, inside: Pixels, reach: int, local: bool
) -> float:
    """What the authors' script computes: the mean of a alone and b alone."""
    from skimage.feature import canny

    low, high = RELEASED_QUANTILES
    scores = []
    for channel, clusters in enumerate(zip(painted, true, strict=True)):
        source = ab[0 if local else channel]
        edges = canny(source, RELEASED_SIGMA, low, high, use_quantiles=True) & inside
        scores.append(_released_discrepancy(*clusters, edges, reach))
    return sum(scores) / 2


def _released_discrepancy(painted: Clusters, true: Clusters, edges: Pixels, reach: int) -> float:
    kept, omega, _ = _neighbours(painted, true, edges, reach)
    share = np.where(omega > 0, kept / np.maximum(omega, 1), 1.0)
    return float(share.mean()) if len(share) else math.nan
