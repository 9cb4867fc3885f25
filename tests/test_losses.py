import pytest
import torch

from colornb.hints import mean_colors, paint_regions
from colornb.losses import lsgan_loss, reconstruction_loss, smoothness_loss, total_variance_loss


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


def test_the_critic_wants_one_for_real_and_zero_for_painted():
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
