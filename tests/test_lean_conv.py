"""Lean convolutions beside those of torch."""

import pytest
import torch
from torch.nn import functional as F

from colornb.blocks import DoubleConv, Down, UNet, Up, init_normal
from colornb.lean_conv import LeanConv


@pytest.fixture(autouse=True)
def lean(monkeypatch):
    """The maps of these tests are small; lean convolutions are for large ones."""
    monkeypatch.setattr("colornb.lean_conv.SMALL", 0)


def plain(block, *maps):
    """What a block does, by the modules of torch alone."""
    if isinstance(block, Down):
        return block.maxpool_conv[1].double_conv(F.max_pool2d(maps[0], 2))
    if isinstance(block, Up):
        x, skip = F.interpolate(maps[0], scale_factor=2, mode="bilinear", align_corners=True), maps[1]
        dy, dx = skip.shape[2] - x.shape[2], skip.shape[3] - x.shape[3]
        x = F.pad(x, (dx // 2, dx - dx // 2, dy // 2, dy - dy // 2))
        return block.conv.double_conv(torch.cat([skip, x], 1))
    return block.double_conv(*maps)


def trained(block, forward, maps):
    """Everything that one pass forth and back leaves behind: outputs, gradients, running statistics."""
    block.load_state_dict(BEGIN[id(block)])
    block.zero_grad()
    maps = [x.clone().requires_grad_() for x in maps]
    y = forward(*maps)
    (y * torch.linspace(-1, 1, y.numel(), dtype=y.dtype).view_as(y)).sum().backward()
    grads = {name: p.grad for name, p in block.named_parameters()}
    return {"y": y.detach(), **{i: x.grad for i, x in enumerate(maps)}, **grads, **block.state_dict()}


BEGIN = {}
BLOCKS = {
    "double": (lambda: DoubleConv(3, 6, 4), [(2, 3, 9, 7)]),
    "down": (lambda: Down(3, 4), [(2, 3, 9, 12)]),
    "up": (lambda: Up(8, 4, 3), [(2, 5, 4, 5), (2, 3, 9, 10)]),
}


@pytest.mark.parametrize("training", [True, False], ids=["training", "evaluation"])
@pytest.mark.parametrize("name", BLOCKS)
def test_what_is_made_anew_leaves_everything_as_torch_has_it(name, training, generator):
    make, shapes = BLOCKS[name]
    block = make().double().train(training)
    init_normal(block, generator, std=0.3)
    maps = [torch.randn(shape, generator=generator, dtype=torch.float64) for shape in shapes]
    plain(block.train(), *maps)  # so that there are running statistics
    block.train(training)
    BEGIN[id(block)] = {key: value.clone() for key, value in block.state_dict().items()}
    expected, found = trained(block, lambda *x: plain(block, *x), maps), trained(block, block, maps)
    assert expected.keys() == found.keys()
    for key, value in expected.items():
        assert torch.allclose(found[key], value, rtol=1e-9, atol=1e-9 * max(1, value.abs().max())), key
    assert not training or torch.equal(found[next(k for k in found if "num_batches" in str(k))], torch.tensor(2))


def test_the_gradients_of_a_lean_convolution_are_those_of_small_differences(generator):
    def draw(*shape):
        return torch.randn(*shape, generator=generator, dtype=torch.float64, requires_grad=True)

    def make(a, b):
        return F.avg_pool2d(a, 2) * b.sin()

    inputs = draw(2, 3, 3, 3), draw(2), draw(1, 3, 8, 6), draw(1, 3, 4, 3)
    assert torch.autograd.gradcheck(lambda *x: LeanConv.apply(make, make, *x), inputs)


def test_frozen_parts_get_no_gradients(generator):
    block = DoubleConv(2, 4, 3)
    block.double_conv[0].requires_grad_(False)
    x = torch.rand(1, 2, 8, 8, generator=generator)
    block(x).sum().backward()
    assert block.double_conv[0].weight.grad is None
    assert block.double_conv[1].weight.grad is not None
    x.requires_grad_()
    block.requires_grad_(False)(x).square().sum().backward()
    assert x.grad.abs().sum() > 0


def kept(forward):
    """Bytes that autograd keeps for the backward pass."""
    storages = {}

    def note(x):
        storages[x.untyped_storage().data_ptr()] = x.untyped_storage()
        return x

    with torch.autograd.graph.saved_tensors_hooks(note, lambda x: x):
        y = forward()
    return sum(storage.nbytes() for storage in storages.values()), y


def test_a_unet_keeps_little_more_than_half_of_what_torch_would(generator, monkeypatch):
    network, x = UNet(1, 30, 16, half_decoder=True), torch.rand(1, 1, 128, 128, generator=generator)
    weights = 4 * sum(p.numel() for p in network.parameters())
    lean, _ = kept(lambda: network(x))
    monkeypatch.setattr("colornb.lean_conv._is_lean", lambda x: False)
    whole, _ = kept(lambda: network(x))
    assert lean - weights < 0.6 * (whole - weights)


def test_maps_that_are_small_are_not_made_anew(generator, monkeypatch):
    monkeypatch.setattr("colornb.lean_conv.SMALL", 2 * 3 * 16 * 16)
    made, apply = [], LeanConv.apply
    monkeypatch.setattr(LeanConv, "apply", lambda *given: made.append(given) or apply(*given))
    block = DoubleConv(3, 3, 3)
    block(torch.rand(2, 3, 16, 15, generator=generator))
    assert not made
    block(torch.rand(2, 3, 16, 16, generator=generator))
    assert len(made) == 2


def test_bfloat16_goes_the_way_of_torch(generator, monkeypatch):
    monkeypatch.setattr(LeanConv, "apply", None)
    network, x = UNet(1, 4, 64), torch.rand(1, 1, 32, 32, generator=generator)
    with torch.autocast("cpu", torch.bfloat16):
        y = network(x)
    assert y.dtype == torch.bfloat16
    y.float().sum().backward()
    assert all(p.grad.isfinite().all() for p in network.parameters())
