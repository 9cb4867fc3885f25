"""What a `Colorizer` suggests: colours for a region or a place, and edges that a scribble would mend."""

from collections.abc import Callable, Sequence
from typing import Any

import torch

from colornb.ab_bins import palette
from colornb.color import fit_gamut, harmonies, rgb_to_lab
from colornb.edge_suggestions import Stroke, rank_candidates
from colornb.filters import dilate
from colornb.hints import EdgeScribble, Hint, Region
from colornb.methods.base import NetworkModule
from colornb.toning import Toning
from colornb.types import Mask, Planes


class Suggestions:
    """To be mixed into `Colorizer`; all is painted as `predict` paints, but for the toning."""

    network: NetworkModule
    area: Callable[..., Any]
    lightness_at: Callable[[float, float], float]

    def suggest_region_colors(
        self, rank: int, hints: Sequence[Hint] = (), n: int = 6, part: int | None = None
    ) -> list[str]:
        """A palette for a region: what the model would paint there, then lighter, darker and other hues of it.

        With `part` for one piece of the region, see `hints.pieces`.
        """
        here = [hint for hint in hints if isinstance(hint, Region) and hint.rank == rank and part in (None, hint.part)]
        if not (inside := self.area(Region(rank, "black", part))).any():
            return []
        prediction = self._predict([hint for hint in hints if hint not in here], False, True, Toning())
        light, a, b = rgb_to_lab(prediction)[0][:, inside.to(prediction.device)].mean(1).tolist()
        return harmonies(light, a, b, n)

    @torch.no_grad()
    def suggest_colors_at(self, x: float, y: float, hints: Sequence[Hint] = (), n: int = 9) -> list[str]:
        """A palette for the point (x, y) in [0, 1], y down, as it would look there; likely colours first.

        From the model's own distribution over colours, where it has one that knows of all other `hints`; otherwise
        what it would paint there and harmonies of it.
        """
        light = self.lightness_at(x, y)
        if not hasattr(self.network, "classify") or self.network.target != "ab":
            prediction = self._at(self._predict(hints, False, True, Toning()), x, y)
            painted_light, a, b = rgb_to_lab(prediction.view(1, 3, 1, 1)).flatten().tolist()
            return harmonies(painted_light, a, b, n)
        self._use_margin(self._margin_for(hints))
        logits = self.network.classify(self._encoding, *self._dense(hints), *self._keep_map(hints))
        height, width = self._small_lines.shape[-2:]
        inside = ((y, height, self._crop[1]), (x, width, self._crop[2]))
        row, column = ((crop.start + min(side - 1, int(at * side))) // 4 for at, side, crop in inside)
        return list(dict.fromkeys(fit_gamut(light, a, b) for a, b in palette(logits[0, :, row, column], n).tolist()))

    @torch.no_grad()
    def suggest_edges(self, hints: Sequence[Hint] = (), n: int = 5) -> list[EdgeScribble]:
        """Scribbles that promise most, the best first: where colour has probably bled, and mending would change much.

        Both in what is painted for `hints`; what is scribbled on already is not suggested again.
        Raises ValueError for a model without an edge-enhancing network.
        """
        self._ready()
        if "edge" not in self.network.hint_kinds:
            raise ValueError("this model does not accept edge scribbles: choose one with an edge-enhancing network")
        return [stroke.scribble(*self._small_lines.shape[-2:]) for stroke in self._rank_candidates(hints)[:n]]

    def _rank_candidates(self, hints: Sequence[Hint]) -> list[Stroke]:
        prediction, start = self._paint(hints)[self._crop], self._before_scribbles(hints)
        done = self._mark(hints)
        chance = self.network.find(start)[self._crop] * (1 - dilate(done, 7))

        def mend(scribble: Mask) -> Planes:
            return self.network.enhance(start, self._pad(torch.maximum(scribble, done)))[self._crop]

        return rank_candidates(chance, prediction, mend)


def check_inside(x: float, y: float) -> None:
    """Refuse a place outside the picture. Raises ValueError."""
    if not (0 <= x <= 1 and 0 <= y <= 1):
        raise ValueError(f"({x}, {y}) is outside the picture: x and y go from 0 to 1")
