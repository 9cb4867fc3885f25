"""Orders of hints are what they are called: compared with loops over pictures and regions."""

import pytest
import torch

from colornb import methods
from colornb.experiments import experiment
from colornb.experiments._painting import Painting, places
from colornb.metrics import psnr
from colornb.types import Batch

N = 8


@pytest.fixture
def painting(generator):
    network = methods.build("guiding_painter", "tiny").eval().requires_grad_(False)
    rgb = torch.rand(3, 3, 32, 32, generator=generator)
    return Painting(network, Batch(rgb, torch.rand(3, 1, 32, 32, generator=generator)))


def with_regions(painting, generator, n=N):
    """Random regions of all sizes, so that none is empty and no two are alike."""
    label = (N * torch.rand(3, 32, 32, generator=generator) ** 2).long().clamp(max=n - 1)
    painting.regions = torch.nn.functional.one_hot(label, N).permute(0, 3, 1, 2).float()
    painting.used = painting.regions.flatten(2).any(2)
    return painting


def quality(painting, shown):
    return psnr(painting.paint(torch.tensor(shown).float()), painting.truth)


def test_largest_first_goes_by_pixels(painting, generator):
    painting = with_regions(painting, generator, 6)
    sizes = painting.regions.sum((2, 3))
    place = places(painting, "largest", generator)
    for size, row in zip(sizes.tolist(), place.tolist(), strict=True):
        assert sorted(size, reverse=True) == [size[row.index(n)] for n in range(N)]


def test_greedy_takes_what_helps_most_at_each_step(painting, generator):
    painting = with_regions(painting, generator)
    place = places(painting, "greedy", generator)
    for step in range(3):
        chosen = (place <= step).int().tolist()
        best = quality(painting, chosen)
        for other in range(N):
            instead = (place < step).int()
            is_new = instead[:, other] == 0
            instead[:, other] = 1
            assert (quality(painting, instead.tolist()) <= best + 1e-9)[is_new].all()


@pytest.mark.parametrize("order", ["gain", "active"])
def test_what_is_asked_first_is_what_the_painter_does_not_know(order, painting, generator):
    """A painter that knows all colours but one, which follows the hint of another region."""
    painting = with_regions(painting, generator)

    def paint(shown, colors=None):
        colors = torch.full_like(painting.colors, 0.2) if colors is None else colors.clone()
        known = torch.where(shown[..., None] > 0, colors, 0.2)
        known[:, 5] = torch.where(shown[:, 5, None] > 0, colors[:, 5], known[:, 2])
        return (torch.einsum("bnc,bnhw->bchw", known, painting.regions) + 1) / 2

    painting.paint = paint
    place = places(painting, order, generator)
    assert (place[:, 5] == 0).all()


def test_an_active_order_is_asked_anew_after_each_answer(painting, generator):
    """Once region 2 is answered, region 5, which follows it, is known: one that follows nobody comes before it."""
    painting = with_regions(painting, generator)
    painting.regions[:, [2, 5]] = painting.regions[:, [5, 2]]  # the larger one is followed
    unknown = iter(range(10_000))

    def paint(shown, colors=None):
        known = torch.where(shown[..., None] > 0, colors, 0.2)
        noise = torch.Generator().manual_seed(next(unknown))
        leader = 2 * torch.rand(3, generator=noise) - 1
        known[:, 2] = torch.where(shown[:, 2, None] > 0, colors[:, 2], leader)
        known[:, 5] = torch.where(shown[:, 5, None] > 0, colors[:, 5], known[:, 2])
        return (torch.einsum("bnc,bnhw->bchw", known, painting.regions) + 1) / 2

    painting.paint = paint
    painting.colors = torch.full_like(painting.colors, 0.1)
    first, then = (places(painting, order, torch.Generator().manual_seed(0)) for order in ("gain", "active"))
    assert ((first[:, [2, 5]]) < 2).all(), "both are unknown at first"
    assert ((then[:, [2, 5]]) < 2).any(1).all()


def test_rows_compare_each_picture_with_largest_first():
    module = experiment("order")
    largest = torch.tensor([[10.0, 12.0], [20.0, 21.0]], dtype=torch.double)
    rows = module._rows("asked", largest + torch.tensor([[0.0, 1.0], [0.0, 3.0]]), largest)
    assert [row["hints"] for row in rows] == [0, 1, "all"]
    assert [row["over_largest"] for row in rows] == pytest.approx([0, 2, 1])
    assert rows[1]["psnr"] == pytest.approx((13 + 24) / 2)
    assert rows[0]["interval"] == 0
    assert rows[1]["interval"] == pytest.approx(1), "two pictures: the mean is anywhere between them"
