"""The ab plane cut into bins, so that choosing a colour becomes choosing a class.

All bins are 10 wide. The whole plane has 23 x 23 of them; on any screen only 313 are in use (Zhang et al., Colorful
Image Colorization, ECCV 2016, Section 2.1). Everywhere here `a` changes slowly and `b` fast.
"""

from functools import lru_cache

import numpy as np
import torch
from torch import Tensor

from colornb.types import AB, Float, Int

STEP = 10
LIMIT = 110
SIDE = 2 * LIMIT // STEP + 1  # bins along a, and along b
# The 313 bins: for every a the first and the last b.
_IN_USE = {
    -90: (50, 90), -80: (20, 90), -70: (0, 90), -60: (-20, 90), -50: (-30, 100), -40: (-40, 100), -30: (-50, 100),
    -20: (-50, 100), -10: (-60, 100), 0: (-70, 100), 10: (-80, 90), 20: (-80, 90), 30: (-90, 90), 40: (-100, 90),
    50: (-100, 80), 60: (-110, 80), 70: (-110, 80), 80: (-110, 70), 90: (-110, 70), 100: (-90, 0),
}  # fmt: skip


def all_bins() -> Float[Tensor, "529 2"]:
    """The middles (a, b) of the bins of the whole plane, -110 to 110."""
    line = torch.arange(-LIMIT, LIMIT + 1, STEP, dtype=torch.float32)
    return torch.cartesian_prod(line, line)


def used_bins() -> Float[Tensor, "313 2"]:
    """The middles (a, b) of the bins that colours of a screen fall into."""
    rows = [(a, b) for a, (low, high) in _IN_USE.items() for b in range(low, high + 1, STEP)]
    return torch.tensor(rows, dtype=torch.float32)


def bin_index(ab: AB) -> Int[Tensor, "b h w"]:
    """The bin of each pixel among `all_bins`, 0 to 528; colours beyond the plane fall into the bins at its border."""
    a, b = ((ab + LIMIT) / STEP).round().long().clamp(0, SIDE - 1).unbind(1)
    return SIDE * a + b


def soft_encode_sparse(
    ab: AB, neighbours: int = 10, sigma: float = 5.0
) -> tuple[Int[Tensor, "b h w k"], Float[Tensor, "b h w k"]]:
    """Each pixel's nearest `used_bins`, the nearest first, and its share in each of them: they sum to 1.

    Shares follow a Gaussian of the distance in ab (Zhang et al. 2016, Section 2.1); published code takes 10 neighbours
    where the paper says 5. This is `soft_encode` without its zeros.
    """
    centers, pixels = _like(ab), ab.permute(0, 2, 3, 1)
    pixels = pixels.to(centers.dtype)
    # Differences, not the matrix product that is the default: squares of 110 leave no digits for what is near.
    apart = torch.cdist(pixels.flatten(0, 2), centers, compute_mode="donot_use_mm_for_euclid_dist")
    near, index = apart.topk(neighbours, largest=False)
    share = (-near.square() / (2 * sigma**2)).softmax(1)  # e^x over its sum: the Gaussian, normalised
    return index.unflatten(0, pixels.shape[:3]), share.unflatten(0, pixels.shape[:3])


def soft_encode(ab: AB, neighbours: int = 10, sigma: float = 5.0) -> Float[Tensor, "b 313 h w"]:
    """Each pixel as a distribution over all `used_bins`: the shares of `soft_encode_sparse`, 0 in the others."""
    index, share = soft_encode_sparse(ab, neighbours, sigma)
    soft = share.new_zeros(*share.shape[:3], len(_like(ab))).scatter_(3, index, share)
    return soft.permute(0, 3, 1, 2)


def gaussian_affinity(ab: AB, spread: float) -> Float[Tensor, "b 313 h w"]:
    """How close each pixel is to each of `used_bins`: 1 at its middle, and falling as a Gaussian of width `spread`."""
    a, b = _like(ab).T[..., None, None]
    return (((ab[:, :1] - a).square() + (ab[:, 1:] - b).square()) / (-2 * spread**2)).exp()


def annealed_mean(logits: Float[Tensor, "b 313 h w"], temperature: float) -> AB:
    """The mean colour of a distribution that is sharpened first (Zhang et al. 2016, Eq. 5).

    At temperature 1 it is the plain mean, which averages to gray; towards 0 it is the likeliest bin, which flickers.
    Raises ValueError for temperatures that are not positive.
    """
    return torch.einsum("bqhw,qc->bchw", temperature_softmax(logits, temperature), _like(logits))


def temperature_softmax(logits: Float[Tensor, "b 313 h w"], temperature: float) -> Float[Tensor, "b 313 h w"]:
    """A distribution over the bins, made steeper by a temperature below 1; in 32 bits at least.

    Raises ValueError for temperatures that are not positive.
    """
    if not temperature > 0:
        raise ValueError(f"temperature {temperature}: give a number above 0, such as 0.38")
    return (logits.to(torch.promote_types(logits.dtype, torch.float32)) / temperature).softmax(1)


def palette(logits: Float[Tensor, " q"], n: int, flatten: float = 5.0) -> Float[Tensor, "n 2"]:
    """The `n` colours (a, b) that stand best for a distribution over `all_bins` or `used_bins`, the commonest first.

    Weighted k-means; the logits are divided by `flatten` first, so that rarer colours are offered, too. The authors'
    user interface clusters 25,000 samples instead, at the same temperature (Zhang, Zhu et al., SIGGRAPH 2017, Section
    3.3). There may be fewer colours than `n`.
    """
    from sklearn.cluster import KMeans

    chances = (logits.double() / flatten).softmax(0).cpu().numpy()
    kept = chances > 1e-3 * chances.max()
    found = KMeans(min(n, int(kept.sum())), n_init=4, random_state=0)
    middles = (all_bins() if len(chances) == SIDE**2 else used_bins()).numpy()
    label = found.fit_predict(middles[kept], sample_weight=chances[kept])
    weight = np.bincount(label, chances[kept])
    return torch.from_numpy(found.cluster_centers_[np.argsort(-weight)]).float()


def _like(x: Tensor) -> Float[Tensor, "313 2"]:
    return _used_on(x.device).to(torch.promote_types(x.dtype, torch.float32))


@lru_cache
def _used_on(device: torch.device) -> Tensor:
    return used_bins().to(device)
