import numpy as np
import pytest
import torch

from colornb.color import AB_MAX, lab_to_rgb, rgb_to_lab
from colornb.edges import ab_edges, canny, canny_batch, color_edges, hysteresis
from colornb.images import resize, sample
from colornb.metrics import psnr


def halves(*labs):
    """A picture of two colours of CIE Lab, side by side."""
    lab = torch.zeros(1, 3, 24, 24)
    for side, color in zip((slice(None, 12), slice(12, None)), labs, strict=True):
        lab[..., side] = torch.tensor(color).view(1, 3, 1, 1)
    return lab_to_rgb(lab)


@pytest.mark.parametrize("other", [(50.0, 30.0, 10.0), (50.0, -20.0, 40.0)])
def test_a_change_of_colour_alone_is_an_edge(other):
    edges = color_edges(halves((50.0, -20.0, 10.0), other))
    columns = edges[0, 0].nonzero()[:, 1]
    assert len(columns)
    assert columns.min() >= 10
    assert columns.max() <= 13


def test_a_change_of_lightness_alone_is_none():
    assert not color_edges(halves((30.0, 10.0, 10.0), (80.0, 10.0, 10.0))).any()


def test_local_psnr_counts_only_the_pixels_asked_for(generator):
    a, b = torch.rand(2, 2, 3, 9, 9, generator=generator)
    where = (torch.rand(2, 1, 9, 9, generator=generator) < 0.4).float()
    found = psnr(a, b, where=where)
    for i in range(2):
        inside = where[i, 0].bool()
        error = (a[i][:, inside] - b[i][:, inside]).double().square().mean()
        assert found[i].item() == pytest.approx(-10 * error.log10().item(), rel=1e-6)
    assert torch.allclose(psnr(a, b, where=torch.ones_like(where)), psnr(a, b))
    assert psnr(a, b, where=torch.zeros_like(where)).isnan().all()


# Canny's steps, each against somebody else's.

CANNY = [(0.05, 0.1, 1.0), (0.15, 0.3, 1.0), (0.02, 0.3, 2.0), (0.0, 0.1, 0.7)]  # low, high, sigma


@pytest.fixture(scope="module")
def photographs():
    """A and b of three photographs, from 0 to 1, with fewer pixels than they come with."""
    small = [resize(sample(name), (150, 181)) for name in ("coffee", "chelsea", "astronaut")]
    return (rgb_to_lab(torch.cat(small))[:, 1:] + AB_MAX) / (2 * AB_MAX)


def published_canny(planes, low, high, sigma):
    from skimage.feature import canny as one

    found = [one(plane, sigma, low, high) for plane in planes.flatten(0, 1).numpy()]
    return torch.from_numpy(np.stack(found)).view_as(planes)


def differ(a, b):
    return (a != b).float().mean().item()


@pytest.mark.parametrize(("low", "high", "sigma"), CANNY)
def test_edges_of_photographs_are_those_of_scikit_image(photographs, low, high, sigma):
    expected = published_canny(photographs, low, high, sigma)
    assert expected.any()
    assert torch.equal(canny(photographs, low, high, sigma), expected)
    # Sums in another order: where the gradient is that of a neighbour to the last digit, either may win.
    assert differ(canny_batch(photographs, low, high, sigma), expected) <= 1e-4


@pytest.mark.parametrize(("low", "high", "sigma"), CANNY)
@pytest.mark.parametrize("size", [(64, 90), (9, 33), (3, 3)])
def test_edges_of_noise_are_those_of_scikit_image(size, low, high, sigma, generator):
    noise = torch.rand(3, 2, *size, generator=generator)
    expected = published_canny(noise, low, high, sigma)
    assert torch.equal(canny(noise, low, high, sigma), expected)
    assert differ(canny_batch(noise, low, high, sigma), expected) <= 1e-4


def test_one_colour_has_no_edges_however_low_the_thresholds():
    for find in (canny, canny_batch):
        assert not find(torch.zeros(1, 2, 20, 20), 0.0, 0.0, 1.0).any()
        assert not find(torch.full((1, 2, 20, 20), 0.3), 1e-3, 1e-3, 1.0).any()


def test_edges_of_colour_are_those_of_a_and_of_b_together(photographs):
    both = published_canny(photographs, 0.05, 0.1, 1.0)
    found = ab_edges(2 * AB_MAX * photographs - AB_MAX)
    assert differ(found, both.any(1, keepdim=True).float()) <= 1e-4
    assert found.sum() > max(both[:, i].sum() for i in range(2))


@pytest.mark.parametrize("density", [0.2, 0.4, 0.6])
def test_edges_spread_over_all_that_is_connected(density, generator):
    from scipy.ndimage import label

    inside = torch.rand(2, 2, 20, 27, generator=generator) < density
    seeds = torch.rand(2, 2, 20, 27, generator=generator) < 0.02  # some of them outside
    found = hysteresis(seeds, inside)
    for one, seed, result in zip(*(x.flatten(0, 1).numpy() for x in (inside, seeds, found)), strict=True):
        labels, _ = label(one, np.ones((3, 3)))
        assert np.array_equal(result, np.isin(labels, labels[seed & one]) & one)
    assert found.any()


# The guided filter.


# Colour that flows until it meets something.
