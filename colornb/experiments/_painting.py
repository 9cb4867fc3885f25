"""Pictures as GuidingPainter sees them, painted with any hints in any order; what experiments on them begin with."""

from collections.abc import Iterator

import torch
from torch import Tensor, nn

from colornb.color import decode, encode, rgb_to_lab
from colornb.evaluation.hints import MetricAccumulator
from colornb.experiments._trainer import Dataset, ExperimentConfig, Row, Trainer, for_each, interval, lines, unpivot  # noqa: F401 (passed on)
from colornb.hints import mean_colors, paint_regions
from colornb.methods import Encoding, encode_batch
from colornb.metrics import FeatureNetwork, Gaussian, hint_fidelity, psnr
from colornb.types import RGB, Batch, Float, Int, Regions, Scores

BATCH = 32


class Painting:
    """A batch of pictures and a network that guides.

    Attributes:
        truth: the true pictures, (b, 3, h, w) sRGB in [0, 1].
        regions: (b, n, h, w), one-hot, in the network's order.
        colors: the true mean colour of each region, (b, n, c) in the network's target space.
        used: (b, n) bool, regions that have a pixel.
    """

    def __init__(self, network: nn.Module, batch: Batch) -> None:
        self.network, self.truth = network, batch.rgb
        self.encoding = encode_batch(network, batch)
        self.regions = self.encoding.regions
        self.colors = mean_colors(self.regions, encode(batch.rgb, network.target))
        self.used = self.regions.flatten(2).any(2)
        self.lightness = rgb_to_lab(batch.rgb)[:, :1] if network.target == "ab" else None

    def paint(
        self,
        shown: Float[Tensor, "b n"],
        colors: Float[Tensor, "b n c"] | None = None,
        order: Int[Tensor, " n"] | None = None,
    ) -> RGB:
        """Paint with a colour for each region where `shown` is 1, the true colours if `colors` is None.

        `order` puts the channels of the regions into another order first; `shown` and `colors` speak of that order.
        """
        regions = self.regions if order is None else self.regions[:, order]
        if colors is None:
            colors = self.colors if order is None else self.colors[:, order]
        prediction = self.network.paint(
            Encoding(self.encoding.condition, regions), *paint_regions(regions, colors, shown)
        )
        return decode(prediction, self.network.target, self.lightness)

    @property
    def true_colors(self) -> Float[Tensor, "b n 3"]:
        """The true mean colour of each region, as sRGB in [0, 1]."""
        return mean_colors(self.regions, self.truth)

    def encode(self, colors: Float[Tensor, "b n 3"]) -> Float[Tensor, "b n c"]:
        """Colours in sRGB as `paint` takes them, in network space."""
        return encode(colors.transpose(1, 2)[..., None], self.network.target)[..., 0].transpose(1, 2)

    def paint_by(
        self, rival: nn.Module, places: Regions, shown: Float[Tensor, "b n"], colors: Float[Tensor, "b n c"]
    ) -> RGB:
        """The same by another network for line art, told at these places."""
        encoding = rival.encode(self.encoding.condition)
        return decode(rival.paint(encoding, *paint_regions(places, colors, shown)), rival.target)

    def difference(
        self,
        painted: RGB,
        colors: Float[Tensor, "b n 3"],
        shown: Float[Tensor, "b n"],
        places: Regions | None = None,
    ) -> Scores:
        """Colour difference between hints in these colours and what was painted there: `metrics.hint_fidelity`."""
        return hint_fidelity(painted, self.regions if places is None else places, colors, shown)

    def none(self) -> Float[Tensor, "b n"]:
        """No hint at all, for `paint`."""
        return torch.zeros_like(self.colors[..., 0])


@torch.no_grad()
def paintings(network: nn.Module, pictures: Dataset) -> Iterator[Painting]:
    """All pictures of a dataset, a batch at a time."""
    network.eval()
    for index in torch.arange(len(pictures)).split(BATCH):
        yield Painting(network, pictures.batch(index))


@torch.no_grad()
def measure_order(
    network: nn.Module, pictures: Dataset, order: str, seed: int, features: FeatureNetwork | None = None
) -> list[Row]:
    """A row for each number of hints in an order of `places`: mean PSNR and, with `features`, a Fréchet distance.

    Regions without a pixel get none. The hints of one order are the same regions as those of the others: only when
    each is given differs.
    """
    scores = [MetricAccumulator(["psnr"], features) for _ in range(network.n_regions + 1)]
    real = Gaussian(features.name) if features else None
    generator = torch.Generator(pictures.device).manual_seed(seed)
    for painting in paintings(network, pictures):
        place = places(painting, order, generator)
        if features:
            real.add(features(painting.truth))
        for count, score in enumerate(scores):
            score.add(painting.paint(((place < count) & painting.used).float()), painting.truth)
    return [{"hints": count} | score.row(real) for count, score in enumerate(scores)]


def places(painting: Painting, order: str, generator: torch.Generator) -> Tensor:
    """The place of each region when its hint is given, (b, n) from 0: hints in one of the orders.

    "asked" is the network's order, "reversed" the other way round, "random" any, "largest" by pixels. "gain" goes by
    pixels times the variance of what g paints there when others get random hints; "active" asks that anew after each
    true answer. "greedy" knows the true picture, and takes what helps most at each step. Regions without a pixel come
    last: nobody is asked about them.
    """
    n = painting.used.shape[1]
    rank = torch.arange(n, device=painting.used.device).expand_as(painting.used).double()
    if order == "reversed":
        rank = -rank
    elif order == "random":
        rank = torch.rand(rank.shape, generator=generator, dtype=rank.dtype, device=rank.device)
    elif order == "largest":
        rank = -_pixels(painting).double()
    elif order == "gain":
        rank = -_expected_gain(painting, painting.none(), generator).double()
    elif order in ("active", "greedy"):
        return _one_by_one(painting, order, generator)
    elif order != "asked":
        known = "'asked', 'reversed', 'random', 'largest', 'gain', 'active' or 'greedy'"
        raise ValueError(f"no order named {order!r}: choose {known}")
    return rank.masked_fill(~painting.used, torch.inf).argsort(dim=1, stable=True).argsort(dim=1)


def _pixels(painting: Painting) -> Float[Tensor, "b n"]:
    return painting.regions.sum((2, 3))


def _one_by_one(painting: Painting, order: str, generator: torch.Generator) -> Tensor:
    """Places of regions that are chosen one after the other, each when the answers before it are known."""
    shown, place = painting.none(), torch.zeros_like(painting.used, dtype=torch.long)
    rows = torch.arange(len(shown), device=shown.device)
    for step in range(shown.shape[1]):
        worth = _gain(painting, shown) if order == "greedy" else _expected_gain(painting, shown, generator)
        worth = worth.masked_fill(~painting.used, -1e8).masked_fill(shown > 0, -1e9)
        best = worth.argmax(1)
        place[rows, best] = step
        shown[rows, best] = 1
    return place


def _gain(painting: Painting, shown: Float[Tensor, "b n"]) -> Float[Tensor, "b n"]:
    """PSNR with one more true hint, for each region."""
    more = (shown.index_fill(1, i, 1) for i in torch.arange(shown.shape[1], device=shown.device))
    return torch.stack([psnr(painting.paint(given), painting.truth) for given in more], 1)


def _expected_gain(
    painting: Painting, shown: Float[Tensor, "b n"], generator: torch.Generator, draws: int = 8
) -> Float[Tensor, "b n"]:
    """Pixels times the variance of a region's colour over pictures with random colours in some regions beside it.

    What is `shown` has its true colour. That is the squared error that an answer would take away, were g's own
    disagreement how little is known.
    """
    count, total, squares = painting.none(), torch.zeros_like(painting.colors), painting.none()
    for _ in range(draws):
        random = torch.rand(painting.colors.shape, generator=generator, device=shown.device)
        given = ((random[..., 0] < 0.5) | (shown > 0)).float()
        random = 2 * torch.rand(painting.colors.shape, generator=generator, device=shown.device) - 1
        colors = torch.where(shown[..., None] > 0, painting.colors, random)
        painted = encode(painting.paint(given, colors), painting.network.target)
        free, means = 1 - given, mean_colors(painting.regions, painted)
        count, total = count + free, total + free[..., None] * means
        squares = squares + free * means.square().sum(2)
    mean = total / count.clamp(min=1)[..., None]
    return _pixels(painting) * (squares / count.clamp(min=1) - mean.square().sum(2)).clamp(min=0)
