import pytest
import torch
from torch.nn import functional as F

from colornb import winograd


def draw(n, c, k, h, w, generator):
    x = torch.randn(n, c, h, w, generator=generator, dtype=torch.float64)
    weight = torch.randn(k, c, 3, 3, generator=generator, dtype=torch.float64)
    return x, weight, torch.randn(k, generator=generator, dtype=torch.float64)


def gradients(x, weight, grad):
    x, weight = x.clone().requires_grad_(), weight.clone().requires_grad_()
    F.conv2d(x, weight, padding=1).backward(grad)
    return x.grad, weight.grad


def same(a, b):
    return (a - b).abs().max() <= 1e-10 * b.abs().max()


@pytest.mark.parametrize("small", [False, True], ids=["at once", "in many pieces"])
@pytest.mark.parametrize("size", [(4, 4), (16, 16), (17, 31), (2, 41), (1, 1)])
@pytest.mark.parametrize("n", [1, 3])
def test_it_is_the_convolution_and_its_gradients(n, size, small, generator, monkeypatch):
    if small:
        monkeypatch.setattr(winograd, "NUMBERS", 1)
        monkeypatch.setattr(winograd, "FEWEST_AT_ONCE", 3)
        monkeypatch.setattr(winograd, "KERNELS", 1)
    x, weight, bias = draw(n, 5, 70, *size, generator)
    y = F.conv2d(x, weight, bias, padding=1)
    grad = torch.randn(y.shape, generator=generator, dtype=torch.float64)
    grad_x, grad_weight = gradients(x, weight, grad)
    assert same(winograd.convolve(x, weight, bias), y)
    assert same(winograd.convolve(x, weight), y - bias[:, None, None])
    assert same(winograd.input_gradient(grad, weight), grad_x)
    assert same(winograd.weight_gradient(x, grad), grad_weight)


def test_maps_with_channels_last_and_views_give_the_same(generator):
    x, weight, _ = draw(2, 8, 4, 12, 20, generator)
    last = x.to(memory_format=torch.channels_last)
    part = F.pad(x, (3, 1, 2, 5))[..., 2:-5, 3:-1]
    y = winograd.convolve(x, weight)
    assert torch.equal(winograd.convolve(last, weight), y)
    assert torch.equal(winograd.convolve(part, weight), y)


def test_rounding_stays_small_at_32_bits(generator):
    x, weight, _ = draw(1, 128, 64, 16, 16, generator)
    grad = torch.randn(1, 64, 16, 16, generator=generator, dtype=torch.float64)
    exact = [winograd.convolve(x, weight), *gradients(x, weight, grad)]
    x, weight, grad = x.float(), weight.float(), grad.float()
    found = [
        winograd.convolve(x, weight),
        winograd.input_gradient(grad, weight),
        winograd.weight_gradient(x, grad),
    ]
    assert all(((a - b).norm() / b.norm()).item() < 1e-5 for a, b in zip(found, exact, strict=True))


def test_it_pays_for_many_channels_only():
    wide, narrow = torch.zeros(128, 64, 3, 3), torch.zeros(128, 8, 3, 3)
    assert winograd.pays(torch.zeros(1, 64, 16, 16), wide)
    assert not winograd.pays(torch.zeros(1, 8, 16, 16), narrow)
    assert not winograd.pays(torch.zeros(1, 64, 8, 8), wide)
    assert not winograd.pays(torch.zeros(1, 64, 16, 16), torch.zeros(128, 64, 1, 1))
    assert not winograd.pays(torch.zeros(1, 64, 16, 16, dtype=torch.bfloat16), wide.bfloat16())
    assert not winograd.pays(torch.zeros(1, 64, 16, 16, device="meta"), wide.to("meta"))
