"""The bins of the ab plane, against slow and plain ways of saying the same."""

import math

import pytest
import torch

from colornb.ab_bins import (
    all_bins,
    annealed_mean,
    bin_index,
    gaussian_affinity,
    soft_encode,
    soft_encode_sparse,
    used_bins,
)
from colornb.color import rgb_to_lab

# What no sRGB colour comes near, and the published list has all the same.
EXTRA = {(40, 90), (100, -90), (100, -10), (100, 0)}


@pytest.fixture
def ab(generator):
    """Colours all over the plane, (2, 2, 3, 5)."""
    return 200 * torch.rand(2, 2, 3, 5, generator=generator) - 100


def soft_code(a, b, neighbours, sigma):
    """The soft code of one colour as {bin: share}, in double precision, from the definition."""
    centers = [tuple(map(int, center)) for center in used_bins().tolist()]
    near = sorted(((a - x) ** 2 + (b - y) ** 2, i) for i, (x, y) in enumerate(centers))[:neighbours]
    shares = {i: math.exp(-d / (2 * sigma**2)) for d, i in near}
    return {i: share / sum(shares.values()) for i, share in shares.items()}


def test_all_bins_are_the_23_by_23_grid_with_b_running_fast():
    rows = [[a, b] for a in range(-110, 111, 10) for b in range(-110, 111, 10)]
    assert all_bins().tolist() == rows


def test_the_313_bins_are_those_that_stand_around_some_colour_of_a_screen():
    coarse, line = torch.arange(0, 256, 5) / 255, torch.arange(256) / 255
    inner, face = torch.cartesian_prod(coarse, coarse, coarse), torch.cartesian_prod(line, line, line[[0, -1]])
    rgb = torch.cat([inner, *(face.roll(i, 1) for i in range(3))]).T[None, :, :, None]  # every colour of the faces
    cells = (rgb_to_lab(rgb)[0, 1:, :, 0] / 10).floor().long().unique(dim=1)
    around = {(10 * (a + i), 10 * (b + j)) for a, b in cells.T.tolist() for i in (0, 1) for j in (0, 1)}
    used = [tuple(map(int, row)) for row in used_bins().tolist()]
    assert len(used) == 313
    assert used == sorted(used)
    assert around == set(used) - EXTRA


def test_the_bin_of_a_pixel_is_the_nearest_of_all(ab):
    centers, index = all_bins().tolist(), bin_index(ab)
    for n in range(2):
        for y in range(3):
            for x in range(5):
                a, b = ab[n, :, y, x].tolist()
                nearest = min(range(529), key=lambda i: (centers[i][0] - a) ** 2 + (centers[i][1] - b) ** 2)
                assert index[n, y, x] == nearest


def test_bins_are_numbered_a_first_and_colours_beyond_the_plane_fall_to_its_border():
    ab = torch.tensor([[-110.0, -110], [-110, -100], [-100, -110], [0, 0], [110, 110], [300, -300]])
    index = bin_index(ab.T[None, :, :, None])
    assert index.flatten().tolist() == [0, 1, 23, 23 * 11 + 11, 528, 23 * 22]


@pytest.mark.parametrize(("neighbours", "sigma"), [(10, 5.0), (5, 5.0), (1, 5.0), (10, 20.0)])
def test_soft_codes_are_those_of_a_loop_over_pixels(ab, neighbours, sigma):
    soft = soft_encode(ab, neighbours, sigma)
    assert soft.shape == (2, 313, 3, 5)
    for n in range(2):
        for y in range(3):
            for x in range(5):
                wanted = torch.zeros(313, dtype=torch.float64)
                for i, share in soft_code(*ab[n, :, y, x].tolist(), neighbours, sigma).items():
                    wanted[i] = share
                assert torch.allclose(soft[n, :, y, x].double(), wanted, atol=1e-5)


def test_the_nearest_bin_comes_first_and_has_the_largest_share(ab):
    index, share = soft_encode_sparse(ab)
    assert index.shape == share.shape == (2, 3, 5, 10)
    assert torch.equal(index[..., 0], soft_encode(ab).argmax(1))
    assert (share.diff(dim=3) <= 0).all()
    assert torch.allclose(share.sum(3), torch.ones(2, 3, 5))
    assert torch.allclose(soft_encode(ab).gather(1, index.permute(0, 3, 1, 2)), share.permute(0, 3, 1, 2))


def test_distances_keep_their_digits_far_from_grey():
    ab = torch.tensor([98.25, -60.5]).view(1, 2, 1, 1)
    many = soft_encode(ab.expand(1, 2, 40, 40))  # enough pixels for a matrix product to be tempting
    exact = soft_encode(ab.double())
    assert (many.double() - exact).abs().max() < 1e-6


def test_closeness_is_a_gaussian_of_the_distance(ab):
    near = gaussian_affinity(ab, 7.0)
    assert near.shape == (2, 313, 3, 5)
    for q, (a, b) in enumerate(used_bins().tolist()):
        distance = torch.linalg.vector_norm(ab - torch.tensor([a, b]).view(1, 2, 1, 1), dim=1)
        assert torch.allclose(near[:, q], torch.exp(-0.5 * (distance / 7) ** 2), atol=1e-6)


def test_half_precision_is_computed_in_full(ab):
    assert soft_encode(ab.half()).dtype == torch.float32
    assert annealed_mean(soft_encode(ab).half(), 1.0).dtype == torch.float32


def test_at_temperature_one_the_annealed_mean_is_the_plain_mean(generator):
    logits = 3 * torch.randn(2, 313, 2, 3, generator=generator)
    mean = annealed_mean(logits, 1.0)
    weights = logits.double().exp()
    for c in (0, 1):
        centers = used_bins()[:, c].double().view(1, -1, 1, 1)
        assert torch.allclose(mean[:, c].double(), (weights * centers).sum(1) / weights.sum(1), atol=1e-3)


def test_a_cold_annealed_mean_is_the_likeliest_bin(generator):
    logits = 3 * torch.randn(2, 313, 2, 3, generator=generator)
    likeliest = used_bins()[logits.argmax(1)].permute(0, 3, 1, 2)
    assert torch.allclose(annealed_mean(logits, 1e-4), likeliest, atol=1e-3)


def test_annealing_raises_probabilities_to_a_power(generator):
    logits = torch.randn(313, generator=generator)
    power = logits.double().softmax(0) ** (1 / 0.38)
    wanted = (power / power.sum()) @ used_bins().double()
    assert torch.allclose(annealed_mean(logits.view(1, 313, 1, 1), 0.38).flatten().double(), wanted, atol=1e-3)


@pytest.mark.parametrize("temperature", [0.0, -1.0, float("nan")])
def test_temperatures_that_are_not_positive_are_refused(temperature):
    with pytest.raises(ValueError, match="give a number above 0"):
        annealed_mean(torch.zeros(1, 313, 1, 1), temperature)
