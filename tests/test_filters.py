"""Filters beside those of SciPy, and beside plain loops."""

import numpy as np
import pytest
import torch

from colornb.filters import box_mean, dilate, domain_transform, gaussian_blur, guided_filter, medial_axis, sobel


def test_near_is_within_half_a_kernel(generator):
    mask = (torch.rand(1, 1, 17, 23, generator=generator) < 0.03).float()
    rows, columns = mask[0, 0].nonzero().numpy().T
    y, x = np.mgrid[:17, :23]
    distance = np.maximum(abs(y[..., None] - rows), abs(x[..., None] - columns)).min(-1)
    assert np.array_equal(dilate(mask, 7)[0, 0].numpy(), distance <= 3)
    above, below = (rows - y[..., None], columns - x[..., None])
    even = ((above >= -1) & (above <= 2) & (below >= -1) & (below <= 2)).any(-1)
    assert np.array_equal(dilate(mask, 4)[0, 0].numpy(), even), "one pixel further up and to the left"
    with pytest.raises(ValueError, match="at least 1"):
        dilate(mask, 0)


def test_a_blur_is_that_of_scipy_with_nothing_beyond_the_picture(generator):
    from scipy.ndimage import gaussian_filter

    planes = torch.rand(2, 3, 17, 23, generator=generator, dtype=torch.float64)
    inside = gaussian_filter(np.ones((17, 23)), 1.7, mode="constant")
    for plane, found in zip(planes.flatten(0, 1), gaussian_blur(planes, 1.7).flatten(0, 1), strict=True):
        expected = gaussian_filter(plane.numpy(), 1.7, mode="constant") / inside
        assert np.allclose(found.numpy(), expected, atol=1e-6)  # the kernel is rounded to single precision


def test_derivatives_are_those_of_scipy_positive_downwards_and_to_the_right(generator):
    from scipy.ndimage import sobel as one

    planes = torch.rand(2, 3, 8, 11, generator=generator)
    down, right = sobel(planes)
    for axis, found in enumerate((down, right)):
        for plane, result in zip(planes.flatten(0, 1), found.flatten(0, 1), strict=True):
            assert np.allclose(result.numpy(), one(plane.numpy(), axis, mode="nearest"), atol=1e-5)
    slope = torch.arange(6.0).view(1, 1, 6, 1).expand(1, 1, 6, 6)
    assert sobel(slope)[0][0, 0, 3, 3] == 8
    assert not sobel(slope)[1].any()


def test_a_guided_filter_is_a_linear_function_of_the_guide_in_each_window(generator):
    guide, planes = torch.rand(2, 1, 7, 9, generator=generator), torch.rand(2, 2, 7, 9, generator=generator)
    radius, smoothing = 2, 0.01
    windows = [
        (slice(max(0, y - radius), y + radius + 1), slice(max(0, x - radius), x + radius + 1))
        for y in range(7)
        for x in range(9)
    ]
    for b in range(2):
        for c in range(2):
            i, p = guide[b, 0].double().numpy(), planes[b, c].double().numpy()
            slope, offset = np.zeros((2, 7, 9))
            for (y, x), window in zip(np.ndindex(7, 9), windows, strict=True):  # He et al. 2013, Eq. 5 and 6
                slope[y, x] = (i[window] * p[window]).mean() - i[window].mean() * p[window].mean()
                slope[y, x] /= i[window].var() + smoothing
                offset[y, x] = p[window].mean() - slope[y, x] * i[window].mean()
            means = np.array([(slope[window].mean(), offset[window].mean()) for window in windows])
            expected = means[:, 0] * i.ravel() + means[:, 1]
            found = guided_filter(guide, planes, radius, smoothing)[b, c].numpy().ravel()
            assert np.allclose(found, expected, atol=1e-4)


@pytest.mark.parametrize("reach", [1, 5, 40])
def test_windows_are_the_same_with_and_without_opencv_and_end_at_the_border(reach, generator):
    planes = torch.rand(2, 3, 37, 50, generator=generator)
    learning = planes.clone().requires_grad_()  # which OpenCV cannot follow
    assert torch.allclose(box_mean(planes, reach), box_mean(learning, reach), atol=1e-6)
    assert torch.allclose(gaussian_blur(planes, reach / 4), gaussian_blur(learning, reach / 4), atol=1e-6)
    inside = planes[..., max(0, 3 - reach) : 4 + reach, max(0, 7 - reach) : 8 + reach]
    assert torch.allclose(box_mean(planes, reach)[..., 3, 7], inside.mean((-2, -1)), atol=1e-6)


def test_a_guided_filter_leaves_constant_planes_alone(generator):
    guide = torch.rand(1, 1, 20, 30, generator=generator)
    planes = torch.tensor([-0.7, 0.4]).view(1, 2, 1, 1).expand(1, 2, 20, 30)
    assert torch.allclose(guided_filter(guide, planes, 4), planes, atol=1e-5)


def test_a_guided_filter_moves_a_blurred_edge_of_colour_to_the_edge_of_the_guide():
    guide = torch.zeros(1, 1, 32, 32)
    guide[..., 16:] = 1
    blurred = gaussian_blur(guide, 3.0)
    sharper = guided_filter(guide, blurred, 4)
    before, after = (x[0, 0, 10, 16] - x[0, 0, 10, 15] for x in (blurred, sharper))
    assert after > 3 * before


def by_hand(line, steps, sigma, rounds=3):
    """The recursive filter of Gastal and Oliveira along one line of numbers."""
    line = list(line)
    for number in range(rounds):
        width = sigma * 3**0.5 * 2 ** (rounds - number - 1) / (4**rounds - 1) ** 0.5
        kept = [np.exp(-(2**0.5) / width * step) for step in steps]
        for j in range(1, len(line)):
            line[j] += kept[j - 1] * (line[j - 1] - line[j])
        for j in range(len(line) - 2, -1, -1):
            line[j] += kept[j] * (line[j + 1] - line[j])
    return line


def test_the_domain_transform_is_the_recursion_along_each_line(generator):
    values, steps = torch.rand(9, generator=generator), 1 + 5 * torch.rand(9, generator=generator)
    row = values.view(1, 1, 1, 9)
    found = domain_transform(row, torch.ones_like(row), steps.view(1, 1, 1, 9), 4.0)
    assert np.allclose(found.flatten(), by_hand(values.tolist(), steps.tolist(), 4.0), atol=1e-5)
    column = domain_transform(row.mT, steps.view(1, 1, 9, 1), torch.ones_like(row.mT), 4.0)
    assert torch.allclose(column, found.mT, atol=1e-6)


def test_flowing_colour_spreads_evenly_and_stops_at_a_wall():
    picture, free = torch.zeros(1, 1, 15, 15), torch.ones(1, 1, 15, 15)
    picture[..., :7] = 1.0
    assert torch.allclose(domain_transform(torch.ones(1, 2, 15, 15), free, free, 6.0), torch.ones(1, 2, 15, 15))
    wall = free.clone()
    wall[..., 6] = 1000.0
    assert domain_transform(picture, free, free, 6.0)[..., 7].mean() > 0.2
    assert torch.allclose(domain_transform(picture, free, wall, 6.0), picture, atol=1e-5)


@pytest.mark.parametrize("width", [1, 3, 5, 7, 9, 11])
def test_the_middle_of_a_thick_line_is_the_line(width):
    line = torch.zeros(1, 1, 40, 60)
    line[..., 20, 10:50] = 1.0
    found = medial_axis(dilate(line, width))
    assert torch.equal(found[..., 15:45], line[..., 15:45])  # ends may spread


def test_the_middle_of_an_even_line_is_two_pixels_wide():
    line = torch.zeros(1, 1, 30, 40)
    line[..., 14:18, 5:35] = 1.0
    assert medial_axis(line)[0, 0, :, 20].nonzero().flatten().tolist() == [15, 16]


@pytest.mark.parametrize("side", [1, 3, 4, 7])
def test_masks_are_dilated_alike_by_opencv_and_by_pooling(side, generator):
    mask = (torch.rand(2, 2, 17, 23, generator=generator) > 0.9).float()
    assert torch.equal(dilate(mask, side), dilate(mask.double(), side).float())
    line = dilate(mask, 4)
    assert torch.equal(medial_axis(line), medial_axis(line.double()).float())


def test_the_domain_transform_takes_a_reach_for_each_picture(generator):
    planes, down, right = (torch.rand(2, c, 12, 15, generator=generator) for c in (3, 1, 1))
    both = domain_transform(planes, 1 + down, 1 + right, torch.tensor([2.0, 7.0]))
    for place, sigma in enumerate((2.0, 7.0)):
        one = slice(place, place + 1)
        assert torch.equal(both[one], domain_transform(planes[one], 1 + down[one], 1 + right[one], sigma))
