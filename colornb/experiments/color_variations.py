"""One hint in many colours, everything else fixed (GuidingPainter, Fig. 17): is it followed, and does it stay home?"""

import colorsys
from functools import partial

import torch

from colornb.experiments._painting import ExperimentConfig, Painting, Row, Trainer, for_each, lines, paintings, unpivot
from colornb.types import RGB, Float, Tensor

CONFIG = ExperimentConfig()
HUES = 6
TRIED_COLORS = [colorsys.hls_to_rgb(i / HUES, 0.55, 0.7) for i in range(HUES)]
REGIONS = 5  # the first so many that the model asks for


@for_each
@torch.no_grad()
def run(trainer: Trainer, name: str, seed: int) -> list[Row]:
    """A row for each dataset, seed and region: what happens when its hint, one of five, takes six hues.

    "followed" is the colour difference (ΔE) between the hint and what was painted in its region; "inside" and
    "outside" are how far pixels of the region and of the rest move from their mean over the hues (RGB, of 255).
    """
    found: list[list[Tensor]] = [[] for _ in range(REGIONS)]
    for painting in paintings(*trainer.tested(name, seed)):
        for place in range(REGIONS):
            have, rank = ranks_at(painting, place)
            if have.any():
                found[place].append(_reaction(painting, rank)[have])
    keys = ("followed", "inside", "outside")
    return [
        {"region": place + 1, "pictures": sum(map(len, rows))}
        | dict(zip(keys, torch.cat(rows).mean(0).tolist(), strict=True))
        for place, rows in enumerate(found)
        if rows
    ]


def ranks_at(painting: Painting, place: int) -> tuple[Tensor, Tensor]:
    """Which pictures have a region at this place among those with pixels, from 0, and its rank, (b,) each."""
    count = painting.used.cumsum(1)
    at = (count == place + 1) & painting.used
    return at.any(1), at.int().argmax(1)


def varied(painting: Painting, rank: Tensor) -> list[RGB]:
    """The pictures painted with their first hints, that of region `rank` (b,) in each of `TRIED_COLORS`."""
    shown = ((painting.used.cumsum(1) <= REGIONS) & painting.used).float()
    return [painting.paint(shown, painting.encode(recolored(painting, rank, color))) for color in TRIED_COLORS]


def recolored(painting: Painting, rank: Tensor, color: tuple[float, ...]) -> Float[Tensor, "b n 3"]:
    """The true colours of the regions as sRGB, but `color` for region `rank` of each picture."""
    colors = painting.true_colors
    colors[torch.arange(len(rank)), rank] = torch.tensor(color, device=colors.device)
    return colors


def _reaction(painting: Painting, rank: Tensor) -> Float[Tensor, "b 3"]:
    one = torch.nn.functional.one_hot(rank, painting.used.shape[1]).float()
    tries = varied(painting, rank)
    followed = [
        painting.difference(rgb, recolored(painting, rank, color), one)
        for rgb, color in zip(tries, TRIED_COLORS, strict=True)
    ]
    moves = torch.stack(tries).std(0, unbiased=False).mean(1) * 255  # (b, h, w)
    where = torch.einsum("bn,bnhw->bhw", one, painting.regions)
    inside = (moves * where).sum((1, 2)) / where.sum((1, 2)).clamp(min=1)
    outside = (moves * (1 - where)).sum((1, 2)) / (1 - where).sum((1, 2)).clamp(min=1)
    return torch.stack([torch.stack(followed).mean(0).to(inside), inside, outside], 1)


LABELS = ("region that changes colour", "pixels move by (of 255)")
show = lines("line", "region", "move", *LABELS, panel="data", of=partial(unpivot, ("inside", "outside"), "move"))
