"""How sure a number is."""

import math

import torch
from torch import Tensor

from colornb.types import Scores


def bootstrap_ci(values: Scores, groups: Tensor | None = None, draws: int = 1000) -> float:
    """Half the width of the 95 % interval of a mean, when values of one group (a picture) are alike; None: each is one.

    A bootstrap over whole groups: some pictures have more to mend than others. NaN values do not count. Fewer than two
    groups say nothing of how groups differ: NaN.
    """
    groups, known = torch.arange(len(values)) if groups is None else groups, ~values.isnan()
    _, place = groups[known].unique(return_inverse=True)
    if place.unique().numel() < 2:
        return math.nan
    total = torch.zeros(int(place.max()) + 1, dtype=torch.double).index_add(0, place, values[known].double())
    count = torch.bincount(place).double()
    chosen = torch.randint(len(total), (draws, len(total)), generator=torch.Generator().manual_seed(0))
    means = total[chosen].sum(1) / count[chosen].sum(1)
    low, high = means.quantile(torch.tensor([0.025, 0.975], dtype=torch.double)).tolist()
    return (high - low) / 2
