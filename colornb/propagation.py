"""Colour without learning: it spreads from hints over what is alike in gray (Levin, Lischinski, Weiss, SIGGRAPH 2004).

No method of `colornb.methods`: there are no weights, and nothing is trained. It is what all that learns has to beat.
"""

from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from colornb.types import Float, Mask, Planes

if TYPE_CHECKING:
    from scipy.sparse import csr_array

SHARE = 0.6  # of the variance of gray around a pixel: how unlike a neighbour may be, as in the authors' code
FLAT = 2e-6  # .. and at least so much, where all is alike


def propagate(light: Float[Tensor, "b 1 h w"], color: Planes, mask: Mask) -> Planes:
    """Spread colours that are given at some pixels over whole pictures.

    The sum of (U(r) - sum over s of w_rs U(s))^2 is as small as can be (the paper's Eq. 1), with s the up to eight
    neighbours of r and `affinities` for w; U stays as it is where it is given, and each channel is on its own.

    Deviation: the sum is over the pixels where nothing is given, as in the authors' code. So its least value is 0, each
    such pixel has the weighted mean of its neighbours, and no value leaves the range of those that are given.

    Args:
        light: gray pictures, such as CIE lightness, in [0, 1].
        color: what is given, in any space, such as a and b; only looked at where `mask` is not 0.
        mask: where it is given; at one pixel of each picture at least, else ValueError, as for other shapes.
    """
    if not light.shape == mask.shape == (len(color), 1, *color.shape[2:]):
        shapes = " and ".join(str(tuple(planes.shape)) for planes in (light, color, mask))
        raise ValueError(
            f"light, color and mask of {shapes}: give pictures of one size, with one channel but for color"
        )
    given = (mask != 0).flatten(1).cpu().numpy()
    if not given.any(1).all():
        raise ValueError("without a hint nothing can be spread: give one colour at least")
    values = color.flatten(2).transpose(1, 2).double().cpu().numpy()
    planes = light[:, 0].double().cpu().numpy()
    found = [_solve(affinities(plane), *of) for plane, *of in zip(planes, given, values, strict=True)]
    return torch.from_numpy(np.stack(found)).transpose(1, 2).reshape(color.shape).to(color)


def affinities(light: Float[np.ndarray, "h w"]) -> "csr_array":
    """The sparse matrix of w_rs: how much each pixel takes after its neighbours, which sum up to 1 (Eq. 2).

    w_rs falls as a Gaussian of the difference in gray; how fast depends on the variance in the window of r. So twice
    the contrast changes nothing.
    """
    from scipy.sparse import csr_array

    padded = np.pad(light, 1, constant_values=np.nan)
    windows = np.lib.stride_tricks.sliding_window_view(padded, (3, 3)).reshape(light.size, 9)
    numbers = np.pad(np.arange(light.size).reshape(light.shape), 1)
    columns = np.lib.stride_tricks.sliding_window_view(numbers, (3, 3)).reshape(light.size, 9)
    unlike = (windows - windows[:, 4:5]) ** 2
    there = ~np.isnan(windows) & (np.arange(9) != 4)
    spread = np.maximum(SHARE * np.nanvar(windows, 1, keepdims=True), FLAT)
    weights = np.exp(-unlike / spread, where=there, out=np.zeros_like(unlike))
    weights /= weights.sum(1, keepdims=True)
    rows = np.repeat(np.arange(light.size), 9).reshape(-1, 9)
    return csr_array((weights[there], (rows[there], columns[there])), (light.size, light.size))


def _solve(near: "csr_array", given: np.ndarray, values: Float[np.ndarray, "n c"]) -> Float[np.ndarray, "n c"]:
    """Fill in what is not given: each of these pixels is the mean of its neighbours by these weights."""
    from scipy.sparse import eye_array
    from scipy.sparse.linalg import splu

    found, free = values.copy(), np.flatnonzero(~given)
    if len(free):
        rows = near[free]
        own = eye_array(len(free), format="csc") - rows[:, free].tocsc()
        found[free] = splu(own).solve(rows[:, np.flatnonzero(given)] @ values[given])
    return found
