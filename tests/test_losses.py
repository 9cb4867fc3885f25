import math

import pytest
import torch

from colornb.hints import mean_colors, paint_regions
from colornb.losses import (
    color_loss,
    edge_loss,
    gradient_size,
    log_color_loss,
    lsgan_loss,
    reconstruction_loss,
    smoothness_loss,
    total_variance_loss,
)
from colornb.metrics.psnr import psnr


@pytest.fixture
def pictures(generator):
    return torch.rand(2, 2, 3, 5, 4, generator=generator)


def test_reconstruction_is_the_l1_distance(pictures):
    a, b = pictures
    naive = sum(abs(x - y) for x, y in zip(a.flatten().tolist(), b.flatten().tolist(), strict=True))
    assert reconstruction_loss(a, b, "sum").item() == pytest.approx(naive / 2, rel=1e-5)
    assert reconstruction_loss(a, b, "mean").item() == pytest.approx(naive / a.numel(), rel=1e-5)


def test_total_variance_is_the_sum_over_regions_of_equation_11(generator, pictures):
    image = pictures[0]
    labels = torch.randint(0, 3, (2, 5, 4), generator=generator)
    regions = torch.nn.functional.one_hot(labels, 4).permute(0, 3, 1, 2).float()
    colors = mean_colors(regions, image)
    painted, _ = paint_regions(regions, colors, torch.ones(2, 4))
    naive = 0.0
    for b in range(2):
        for i in range(4):
            for c in range(3):
                naive += (((image[b, c] - colors[b, i, c]) * regions[b, i]) ** 2).sum().item()
    assert total_variance_loss(painted, image, "sum").item() == pytest.approx(naive / 2, rel=1e-5)
    assert total_variance_loss(painted, image).item() == pytest.approx(naive / image.numel(), rel=1e-5)


def test_smoothness_counts_all_eight_neighbours(generator):
    logits = torch.randn(2, 3, 4, 5, generator=generator)
    naive = 0.0
    for y in range(4):
        for x in range(5):
            for dy in (-1, 0, 1):
                for dx in (-1, 0, 1):
                    if (dy or dx) and 0 <= y + dy < 4 and 0 <= x + dx < 5:
                        naive += (logits[:, :, y, x] - logits[:, :, y + dy, x + dx]).abs().sum().item()
    assert smoothness_loss(logits, "sum").item() == pytest.approx(naive / 2, rel=1e-5)


def test_smoothness_mean_is_a_quarter_of_the_four_directions(generator):
    s = torch.randn(1, 2, 4, 5, generator=generator)
    directions = []
    for dy, dx in [(1, 0), (0, 1), (1, 1), (1, -1)]:
        pairs = [
            abs(s[0, n, y, x] - s[0, n, y + dy, x + dx])
            for n in range(2)
            for y in range(4)
            for x in range(5)
            if 0 <= y + dy < 4 and 0 <= x + dx < 5
        ]
        directions.append(sum(pairs) / len(pairs))
    assert smoothness_loss(s).item() == pytest.approx(0.25 * sum(directions).item(), rel=1e-5)


def test_the_discriminator_wants_one_for_real_and_zero_for_painted():
    scores = torch.tensor([[0.0, 1.0, 3.0]])
    assert lsgan_loss(scores, real=True).item() == pytest.approx((1 + 0 + 4) / 3)
    assert lsgan_loss(scores, real=False).item() == pytest.approx((0 + 1 + 9) / 3)


def test_an_unknown_reduction_is_refused(pictures):
    with pytest.raises(ValueError, match="'mean' or 'sum'"):
        reconstruction_loss(*pictures, reduction="median")


@pytest.mark.parametrize("reduction", ["sum", "mean"])
def test_the_gradient_of_smoothness_is_that_of_its_sum_written_out(reduction, generator):
    def written_out(s):
        total = 0.0
        for y in range(4):
            for x in range(5):
                for dy, dx in [(1, 0), (0, 1), (1, 1), (1, -1)]:
                    if y + dy < 4 and 0 <= x + dx < 5:
                        weight = 2 / len(s) if reduction == "sum" else 1 / (4 * 2 * 3 * (4 - dy) * (5 - abs(dx)))
                        total += weight * (s[:, :, y, x] - s[:, :, y + dy, x + dx]).abs().sum()
        return total

    logits = torch.randn(2, 3, 4, 5, generator=generator, dtype=torch.float64)
    logits[0, :, 1:3, 1:3] = 0.5  # neighbours that are alike pull nowhere
    grads = []
    for loss in (lambda s: smoothness_loss(s, reduction), written_out):
        s = logits.clone().requires_grad_()
        (3 * loss(s)).backward()
        grads.append(s.grad)
    assert torch.allclose(*grads, atol=1e-12)


def test_smoothness_refuses_an_unknown_reduction(generator):
    with pytest.raises(ValueError, match="'mean' or 'sum'"):
        smoothness_loss(torch.zeros(1, 2, 4, 4), "median")


# Edges.


def equation_2(plane):
    """The root of the squares of two convolutions, with the kernels as they are printed."""
    from scipy.ndimage import convolve

    gx = convolve(plane, [[1, 0, -1], [2, 0, -2], [1, 0, -1]], mode="nearest")
    gy = convolve(plane, [[1, 2, 1], [0, 0, 0], [-1, -2, -1]], mode="nearest")
    return torch.from_numpy((gx**2 + gy**2) ** 0.5)


def test_the_size_of_a_gradient_is_that_of_equation_2(generator):
    planes = torch.randn(2, 2, 6, 9, generator=generator, dtype=torch.float64)
    for plane, size in zip(planes.flatten(0, 1), gradient_size(planes).flatten(0, 1), strict=True):
        assert torch.allclose(size, equation_2(plane.numpy()))


def test_the_size_of_a_gradient_can_be_learned_from(generator):
    planes = torch.randn(1, 2, 4, 5, generator=generator, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(gradient_size, planes)


def test_a_flat_picture_pulls_nowhere():
    flat = torch.full((1, 2, 5, 5), 0.3, requires_grad=True)
    size = gradient_size(flat)
    size.sum().backward()
    assert not size.any()
    assert torch.equal(flat.grad, torch.zeros_like(flat))


@pytest.mark.parametrize(("loss", "seen"), [(edge_loss, gradient_size), (color_loss, lambda x: x)])
def test_losses_near_a_scribble_are_means_over_its_pixels(loss, seen, generator):
    painted, true = torch.rand(2, 3, 2, 6, 7, generator=generator)
    close = (torch.rand(3, 1, 6, 7, generator=generator) < 0.3).float()
    close[1] = 0  # a picture without a scribble
    a, b = seen(painted), seen(true)
    total, count = 0.0, 0
    for i in range(3):
        for y in range(6):
            for x in range(7):
                if close[i, 0, y, x]:
                    total += sum((a[i, c, y, x] - b[i, c, y, x]).item() ** 2 for c in range(2))
                    count += 1
    assert loss(painted, true, close).item() == pytest.approx(total / count, rel=1e-5)
    assert loss(painted, painted, close) == 0


def test_derivatives_with_signs_are_compared_as_they_are_printed(generator):
    from scipy.ndimage import convolve

    painted, true = torch.rand(2, 1, 2, 6, 7, generator=generator)
    down, right = [[1, 2, 1], [0, 0, 0], [-1, -2, -1]], [[1, 0, -1], [2, 0, -2], [1, 0, -1]]
    expected = 0.0
    for a, b in zip(painted[0], true[0], strict=True):
        for kernel in (down, right):
            expected += ((convolve((a - b).double().numpy(), kernel, mode="nearest")) ** 2).sum() / 42
    assert edge_loss(painted, true, torch.ones(1, 1, 6, 7), signed=True).item() == pytest.approx(expected, rel=1e-5)


def test_only_with_signs_a_step_up_differs_from_a_step_down():
    step = torch.zeros(1, 2, 6, 8)
    step[..., 4:] = 1
    everywhere = torch.ones(1, 1, 6, 8)
    assert edge_loss(step, -step, everywhere) == 0
    assert edge_loss(step, -step, everywhere, signed=True) > 1


def test_the_log_color_loss_falls_as_the_mean_psnr_rises(generator):
    true, one, other = torch.rand(3, 3, 3, 6, 7, generator=generator)
    close = (torch.rand(3, 1, 6, 7, generator=generator) < 0.3).float()
    losses = [log_color_loss(painted, true, close, floor=0) for painted in (one, other)]
    gains = psnr(one, true, where=close) - psnr(other, true, where=close)
    assert (losses[1] - losses[0]).item() == pytest.approx(gains.mean().item() * math.log(10) / 10, rel=1e-4)
    assert log_color_loss(true, true, close).item() == pytest.approx(math.log(1e-3))


def test_a_picture_without_a_scribble_does_not_count_in_the_log_color_loss(generator):
    true, painted = torch.rand(2, 2, 2, 6, 7, generator=generator)
    close = torch.ones(2, 1, 6, 7)
    close[1] = 0
    assert log_color_loss(painted, true, close) == log_color_loss(painted[:1], true[:1], close[:1])


@pytest.mark.parametrize("loss", [edge_loss, color_loss, log_color_loss])
def test_without_a_scribble_there_is_no_loss_and_no_pull(loss, generator):
    painted, true = torch.rand(2, 1, 2, 6, 7, generator=generator)
    value = loss(painted.requires_grad_(), true, torch.zeros(1, 1, 6, 7))
    value.backward()
    assert value == 0
    assert not painted.grad.any()
