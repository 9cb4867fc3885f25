"""The networks of AlacGAN: the published names, and the forward passes computed by hand."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch.nn import functional as F

from colornb import weights
from colornb.methods import Look
from colornb.methods._alacgan_nets import NetD, NetF, NetG, NetI, spread
from colornb.methods.alacgan import PRESETS, Config, Network, Recipe, content_network, load_official

MANIFESTS = Path(__file__).parent / "manifests"
TINY = PRESETS["tiny"]
PARTS = {"netG": NetG, "netD": NetD, "netI": NetI, "netF": NetF}


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def network(config=TINY, seed=0):
    return Network(config, seeded(seed))


def filled(name, prefix=""):
    """A state dict with the names and shapes of a manifest, filled at random."""
    shapes, draw = json.loads((MANIFESTS / f"alacgan_{name}.json").read_text()), seeded()
    return {prefix + key: torch.rand(shape, generator=draw) for key, shape in shapes.items()}


def at_random(module, scale=0.5):
    """Parameters that leave nothing at 0, so that no term can hide."""
    draw = seeded(7)
    with torch.no_grad():
        for p in module.parameters():
            fan = max(1, p[0].numel())
            p.copy_(scale * torch.randn(p.shape, generator=draw) * (2 / fan) ** 0.5)
    return module.requires_grad_(False)


# Published files


@pytest.mark.parametrize("name", PARTS)
@pytest.mark.parametrize("prefix", ["", "module."])
def test_published_files_load_as_they_are(name, prefix):
    state, module = filled(name, prefix), PARTS[name]()
    load_official(module, state)
    own = module.state_dict()
    assert own.keys() == {key.removeprefix(prefix) for key in state}
    assert all(torch.equal(own[key.removeprefix(prefix)], value) for key, value in state.items())


def test_the_parts_have_the_published_numbers_of_weights():
    with torch.device("meta"):
        counts = {name: sum(p.numel() for p in part().parameters()) for name, part in PARTS.items() if name != "netF"}
    assert counts == {"netG": 21_936_003, "netD": 10_612_033, "netI": 4_500_864}


def test_a_network_takes_painter_and_tagger():
    painter = network(Config())
    load_official(painter, filled("netG", "module."))
    load_official(painter, filled("netI"))
    assert torch.equal(painter.generator.exit.bias, filled("netG")["exit.bias"])
    assert torch.equal(painter.features.mean, filled("netI")["mean"])
    with pytest.raises(ValueError, match="published AlacGAN file does not fit"):
        load_official(painter, filled("netD"))


def test_whole_networks_are_cut_to_what_is_used():
    tagger = {key.removeprefix("model."): value for key, value in filled("netI").items() if key != "mean"}
    vgg = {f"features.{key.removeprefix('model.')}": value for key, value in filled("netF").items() if "model" in key}
    more = {"features.10.weight": torch.zeros(256, 128, 3, 3), "classifier.0.bias": torch.zeros(4096)}
    feature, content = NetI(), NetF()
    mean, std = content.mean.clone(), content.std.clone()
    load_official(feature, tagger | {"16.weight": torch.zeros(512, 512, 3, 3), "31.bias": torch.zeros(1539)})
    load_official(content, vgg | more)
    assert torch.equal(feature.model[13].weight, tagger["13.weight"])
    assert feature.mean.flatten().tolist() == pytest.approx([164.761, 167.479, 181.138], abs=1e-3)
    assert torch.equal(content.model[7].bias, vgg["features.7.bias"])
    assert torch.equal(content.mean, mean)
    assert torch.equal(content.std, std)
    del vgg["features.5.weight"]
    with pytest.raises(ValueError, match=r"1 entries differ.*model\.5\.weight"):
        load_official(content, vgg)


@pytest.mark.parametrize("name", PARTS)
@pytest.mark.parametrize("change", ["missing", "extra", "misshaped"])
def test_anything_else_is_refused_in_one_line(name, change):
    with torch.device("meta"):
        module, state = PARTS[name](), filled(name)
    key = list(state)[-1]
    if change == "missing":
        del state[key]
    elif change == "extra":
        state["layer.bias"] = torch.zeros(1)
    else:
        state[key] = torch.zeros(2, 2)
    with pytest.raises(ValueError, match="published AlacGAN file does not fit.*1 entries") as error:
        load_official(module, state)
    assert "\n" not in str(error.value)


def test_the_content_network_is_the_published_file(tmp_path, monkeypatch):
    state = {f"features.{key.removeprefix('model.')}": v for key, v in filled("netF").items() if "model" in key}
    path = tmp_path / "vgg16.pth"
    torch.save(state | {"classifier.6.bias": torch.zeros(1000)}, path)
    monkeypatch.setattr("colornb.methods.alacgan.fetch", {"vgg16": path}.__getitem__)
    content = content_network(replace(TINY, content="vgg16"), seeded())
    assert torch.equal(content.model[2].weight, state["features.2.weight"])
    assert not any(p.requires_grad for p in content.parameters())


def test_a_content_network_out_of_reach_is_one_line(tmp_path, monkeypatch):
    monkeypatch.setenv("COLORNB_CACHE", str(tmp_path))
    monkeypatch.setitem(weights.OFFICIAL, "vgg16", weights.Official("http://127.0.0.1:9/vgg16.pth", "397923af"))
    with pytest.raises(OSError, match="cannot download") as error:
        Recipe(network(replace(TINY, content="vgg16")), seeded())
    assert "\n" not in str(error.value)


# Forward passes, from state dicts alone


def conv(x, s, key, **shape):
    return F.conv2d(x, s[f"{key}.weight"], s.get(f"{key}.bias"), **shape)


def leaky(x):
    return torch.where(x > 0, x, 0.2 * x)


def block(x, s, key, groups, dilation=1, stride=1):
    y = leaky(conv(x, s, f"{key}.conv_reduce"))
    groups = min(groups, y.shape[1])
    y = leaky(conv(y, s, f"{key}.conv_conv", stride=stride, padding=dilation, dilation=dilation, groups=groups))
    return (F.avg_pool2d(x, 2) if stride == 2 else x) + conv(y, s, f"{key}.conv_expand")


def tunnel(x, s, key, groups, dilations):
    x = leaky(conv(x, s, f"{key}.0", padding=1))
    for number, dilation in enumerate(dilations):
        x = block(x, s, f"{key}.2.{number}", groups, dilation)
    return leaky(F.pixel_shuffle(conv(x, s, f"{key}.3", padding=1), 2))


def painter_by_hand(s, sketch, hint, features):
    hint = leaky(conv(hint, s, "toH.0", padding=3))
    x0 = leaky(conv(sketch, s, "to0.0", padding=1))
    x1 = leaky(conv(x0, s, "to1.0", stride=2, padding=1))
    x2 = leaky(conv(x1, s, "to2.0", stride=2, padding=1))
    x3 = leaky(conv(torch.cat([x2, hint], 1), s, "to3.0", stride=2, padding=1))
    x4 = leaky(conv(x3, s, "to4.0", stride=2, padding=1))
    x = tunnel(torch.cat([x4, features], 1), s, "tunnel4", 32, [1] * 20)
    x = tunnel(torch.cat([x, x3], 1), s, "tunnel3", 32, [1, 1, 2, 2, 4, 4, 2, 1])
    x = tunnel(torch.cat([x, x2], 1), s, "tunnel2", 32, [1, 1, 2, 2, 4, 4, 2, 1])
    x = tunnel(torch.cat([x, x1], 1), s, "tunnel1", 16, [1, 2, 4, 2, 1])
    return torch.tanh(conv(torch.cat([x, x0], 1), s, "exit", padding=1))


def test_the_painter_is_the_published_one(generator):
    painter = at_random(NetG(8, 64), 1.0)
    sketch, hint, features = (
        torch.randn(2, *shape, generator=generator) for shape in ((1, 64, 32), (4, 16, 8), (64, 4, 2))
    )
    painted = painter(sketch, hint, features)
    assert painted.std() > 0.01
    assert torch.allclose(painted, painter_by_hand(painter.state_dict(), sketch, hint, features), atol=1e-5)


@pytest.mark.parametrize(("size", "halvings"), [(512, 3), (256, 2), (128, 1), (64, 0), (32, 0)])
def test_the_critic_halves_as_often_as_its_size_asks(size, halvings, generator):
    critic = at_random(NetD(8, 64, size))
    picture, features = (torch.randn(2, c, n, n, generator=generator) for c, n in ((3, size), (64, size // 16)))
    s = critic.state_dict()
    x = leaky(conv(picture, s, "feed.0", padding=3))
    x = leaky(conv(x, s, "feed.2", stride=2, padding=1))
    for place in (4, 8, 12):
        x = block(block(x, s, f"feed.{place}", 8), s, f"feed.{place + 1}", 8, stride=2)
        x = x if place == 12 else leaky(conv(x, s, f"feed.{place + 2}"))
    x = leaky(conv(torch.cat([x, features], 1), s, "feed2.0", padding=1))
    for place in range(2, 2 + 2 * halvings, 2):
        x = block(block(x, s, f"feed2.{place}", 8), s, f"feed2.{place + 1}", 8, stride=2)
    x = block(x, s, f"feed2.{2 + 2 * halvings}", 8)
    if size == 32:
        x = x.repeat_interleave(2, -1).repeat_interleave(2, -2)
    assert x.shape[-2:] == (4, 4)
    x = leaky(conv(x, s, f"feed2.{3 + 2 * halvings}")).flatten(1)
    assert torch.allclose(critic(picture, features), (x @ s["out.weight"].T + s["out.bias"])[:, 0], atol=1e-4)


def test_the_tagger_sees_half_the_size_in_its_own_range(generator):
    tagger, sketch = at_random(NetI(8), 0.3), torch.rand(2, 1, 64, 32, generator=generator) * 2 - 1
    s, seen = tagger.state_dict(), F.interpolate(sketch, scale_factor=0.5, mode="area")
    x = (seen + 1) / 2 * 255 - torch.tensor([164.76139251, 167.47864617, 181.13838569]).view(1, 3, 1, 1)
    for place in (0, "pool", 3, "pool", 6, 8, "pool", 11, 13):
        x = F.max_pool2d(x, 2) if place == "pool" else conv(x, s, f"model.{place}", padding=1).relu()
    assert tagger(sketch).shape == (2, 64, 4, 2)
    assert torch.allclose(tagger(sketch), x, rtol=1e-4, atol=1e-4)


def test_the_content_network_is_vgg16_to_relu2_2_on_normalised_colours(generator):
    content, picture = at_random(NetF()), torch.rand(2, 3, 16, 16, generator=generator) * 2 - 1
    mean, std = (torch.tensor(x).view(1, 3, 1, 1) for x in ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)))
    s, x = content.state_dict(), ((picture + 1) / 2 - mean) / std
    for place in (0, 2, "pool", 5, 7):
        x = F.max_pool2d(x, 2) if place == "pool" else conv(x, s, f"model.{place}", padding=1).relu()
    assert torch.allclose(content(picture), x, atol=1e-4)


def test_tunnels_with_fewer_blocks_keep_a_spread_of_dilations():
    full = (1, 1, 2, 2, 4, 4, 2, 1)
    assert spread(full, 8) == list(full)
    assert spread(full, 4) == [1, 2, 4, 2]
    assert spread(full, 2) == [1, 4]


@pytest.mark.parametrize("features", ["random", "zeros"])
@pytest.mark.parametrize("size", [(32, 32), (64, 64), (48, 80), (256, 256)])
def test_every_size_is_painted_and_the_look_holds_the_features(features, size, generator):
    painter = network(replace(TINY, features=features)).eval()
    condition, target = torch.rand(2, 1, *size, generator=generator), torch.rand(2, 3, *size, generator=generator)
    with torch.no_grad():
        look = painter.look(condition)
        hints = painter.simulate(look, target, torch.tensor([3, 1]), generator)
        painted = painter.paint(look, *hints)
        assert look.features.shape == (2, 8 * TINY.feature_width, size[0] // 16, size[1] // 16)
        assert look.features.any() == (features == "random")
        assert painted.shape == (2, 3, *size)
        assert torch.equal(painter.paint(Look(condition), *hints), painted)
        second = painter.paint(look.pick(torch.tensor([1])), *(x[1:] for x in hints))
        assert torch.allclose(second, painted[1:], atol=1e-5)
