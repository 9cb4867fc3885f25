import pytest
import torch
from torch import nn
from torch.nn import functional as F

from colornb import lean

CHUNKS = pytest.mark.parametrize("numbers", [1, 400, 1 << 20], ids=["by one", "by two", "at once"])


def draw(generator, *shape):
    return torch.randn(*shape, generator=generator, dtype=torch.float64, requires_grad=True)


def layers(generator, c, k):
    norm, conv = nn.BatchNorm2d(c).double(), nn.Conv2d(c, k, 3, padding=1).double()
    for p in (*norm.parameters(), *conv.parameters()):
        nn.init.normal_(p, generator=generator)
    nn.init.uniform_(norm.running_var, 0.5, 2, generator=generator)
    nn.init.normal_(norm.running_mean, generator=generator)
    return norm, conv


@CHUNKS
def test_a_made_convolution_has_the_gradients_of_small_differences(numbers, generator, monkeypatch):
    monkeypatch.setattr(lean, "NUMBERS", numbers)
    conv = nn.Conv2d(3, 2, 3, padding=1)
    inputs = draw(generator, 2, 3, 3, 3), draw(generator, 2), draw(generator, 3, 3, 8, 6), draw(generator, 3, 3, 4, 3)

    def forward(weight, bias, *maps):
        conv.weight, conv.bias = weight, bias
        return lean.made_conv(lambda a, b: F.avg_pool2d(a, 2) * b.sin(), (4, 3), conv, *maps)

    del conv.weight, conv.bias
    assert torch.autograd.gradcheck(forward, inputs)


@CHUNKS
@pytest.mark.parametrize("training", [True, False], ids=["training", "evaluation"])
@pytest.mark.parametrize("which", ["conv", "none", "wide conv"])
def test_norm_relu_and_convolution_are_those_of_torch(which, training, numbers, generator, monkeypatch):
    monkeypatch.setattr(lean, "NUMBERS", numbers)
    c, k = (64, 128) if which == "wide conv" else (3, 4)
    norm, conv = layers(generator, c, k)
    norm.train(training)
    y = draw(generator, 5, c, 9, 7).detach() + 3
    pull = draw(generator, 5, c if which == "none" else k, 9, 7).detach()
    mean, var = norm.running_mean.clone(), norm.running_var.clone()
    results = []
    for way in ("torch", "lean"):
        norm.running_mean.copy_(mean)
        norm.running_var.copy_(var)
        norm.num_batches_tracked.zero_()
        norm.zero_grad(), conv.zero_grad()
        x = y.clone().requires_grad_()
        if way == "torch":
            out = norm(x).relu() if which == "none" else conv(norm(x).relu())
        else:
            out = lean.norm_relu(norm, x) if which == "none" else lean.norm_relu_conv(norm, conv, x)
        (out * pull).sum().backward()
        parts = [out.detach(), x.grad, norm.weight.grad, norm.bias.grad, *norm.buffers()]
        results.append([p.clone() for p in parts] + ([] if which == "none" else [conv.weight.grad, conv.bias.grad]))
    for ours, theirs in zip(results[1], results[0], strict=True):
        assert torch.allclose(ours, theirs, rtol=1e-9, atol=1e-9 * max(1.0, theirs.abs().max().item()))


def test_nothing_is_kept_but_the_map_that_came(generator):
    norm, conv = layers(generator, 3, 4)
    y, kept = draw(generator, 2, 3, 8, 8), []
    with torch.autograd.graph.saved_tensors_hooks(lambda x: kept.append(x.numel()) or x, lambda x: x):
        lean.norm_relu_conv(norm, conv, y)
    assert [n for n in kept if n > conv.weight.numel()] == [y.numel()]


def test_one_pixel_has_no_spread(generator):
    norm, conv = layers(generator, 3, 4)
    with pytest.raises(ValueError, match="larger pictures") as error:
        lean.norm_relu_conv(norm, conv, draw(generator, 1, 3, 1, 1))
    assert "\n" not in str(error.value)


def test_it_cannot_be_differentiated_twice(generator):
    norm, conv = layers(generator, 3, 4)
    y = draw(generator, 2, 3, 4, 4)
    (grad,) = torch.autograd.grad(lean.norm_relu_conv(norm, conv, y).square().sum(), y, create_graph=True)
    with pytest.raises(RuntimeError, match="once_differentiable"):
        grad.sum().backward()
