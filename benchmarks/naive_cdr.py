"""The cluster discrepancy ratio pixel by pixel, as Eq. 7 of the edge paper tells it: what `bench.py` compares with."""

import numpy as np


def discrepancy(prediction: np.ndarray, true: np.ndarray, edges: np.ndarray, radius: int) -> float:
    """The mean over edge pixels (h, w) of the share of neighbours cut off in both maps of clusters (h, w)."""
    shares = []
    for y, x in zip(*edges.nonzero(), strict=True):
        kept = cut = 0
        for row in range(max(0, y - radius), min(true.shape[0], y + radius + 1)):
            for column in range(max(0, x - radius), min(true.shape[1], x + radius + 1)):
                if true[row, column] != true[y, x]:
                    cut += 1
                    kept += prediction[row, column] != prediction[y, x]
        if cut:
            shares.append(kept / cut)
    return float(np.mean(shares))
