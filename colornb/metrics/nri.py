"""Number of required interactions: how many hints until a picture is good enough."""

from collections.abc import Callable

import torch

from colornb.types import RGB, Counts, Index, Scores

HIGHER_IS_BETTER = False
UNIT = "hints"

Colorize = Callable[[Index, Counts], RGB]
Quality = Callable[[RGB, RGB], Scores]


def nri(colorize: Colorize, target: RGB, quality: Quality, benchmark: float, maximum: int, chunk: int = 1) -> Counts:
    """Smallest number of hints with which each picture reaches the benchmark (GuidingPainter, Section 4.2).

    Pictures that are done drop out, so a good model is also measured fast.

    Args:
        colorize: paints the pictures of an index with so many hints each: (rows, counts) -> sRGB in [0, 1].
        target: the true pictures, sRGB in [0, 1].
        quality: a metric where more is better, such as `colornb.metrics.psnr`.
        benchmark: the value to reach (the paper: PSNR 20.5 dB for Yumi's Cells, 17.5 for Tag2pix, 19.5 for CelebA).
        maximum: most hints a model takes; a picture that never gets there counts as `maximum` + 1.
        chunk: how many hint counts are tried in one call of `colorize`.

    Returns:
        One whole number a picture, 0 (no hint needed) to `maximum` + 1.
    """
    needed = torch.full((len(target),), maximum + 1, device=target.device)
    rows = torch.arange(len(target), device=target.device)
    for start in range(0, maximum + 1, chunk):
        tried = torch.arange(start, min(start + chunk, maximum + 1), device=target.device)
        each, counts = rows.repeat_interleave(len(tried)), tried.repeat(len(rows))
        reached = (quality(colorize(each, counts), target[each]) >= benchmark).view(len(rows), len(tried))
        done = reached.any(1)
        needed[rows[done]] = tried[reached[done].int().argmax(1)]
        rows = rows[~done]
        if not len(rows):
            break
    return needed
