"""The networks of AlacGAN: the published names, and pictures of any size; for their arithmetic see published."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from colornb import checkpoints
from colornb.methods import Encoding
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
    monkeypatch.setitem(checkpoints.OFFICIAL, "vgg16", checkpoints.Official("http://127.0.0.1:9/vgg16.pth", "397923af"))
    with pytest.raises(OSError, match="cannot download") as error:
        Recipe(network(replace(TINY, content="vgg16")), seeded())
    assert "\n" not in str(error.value)


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
        encoding = painter.encode(condition)
        hints = painter.simulate_hints(encoding, target, torch.tensor([3, 1]), generator)
        painted = painter.paint(encoding, *hints)
        assert encoding.features.shape == (2, 8 * TINY.feature_width, size[0] // 16, size[1] // 16)
        assert encoding.features.any() == (features == "random")
        assert painted.shape == (2, 3, *size)
        assert torch.equal(painter.paint(Encoding(condition), *hints), painted)
        second = painter.paint(encoding.pick(torch.tensor([1])), *(x[1:] for x in hints))
        assert torch.allclose(second, painted[1:], atol=1e-5)
