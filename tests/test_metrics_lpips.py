"""LPIPS against the package it goes through, with backbones of random weights from files: nothing is downloaded."""

import warnings
from pathlib import Path

import lpips as package
import pytest
import torch
import torchvision
from torch.nn import functional as F

from colornb import checkpoints
from colornb.blocks import init_he
from colornb.color import luma
from colornb.images import resize, sample
from colornb.metrics import lpips
from colornb.metrics.lpips import _network

TRUNKS = {"alex": "alexnet", "squeeze": "squeezenet1_1", "vgg": "vgg16"}
SLICES = {"alex": 5, "squeeze": 7, "vgg": 5}


@pytest.fixture(
    scope="module", params=[net if net != "vgg" else pytest.param(net, marks=pytest.mark.slow) for net in TRUNKS]
)
def net(request):
    return request.param


@pytest.fixture(scope="module")
def backbone(net, tmp_path_factory):
    """A torchvision network of random weights, and the file it is saved in."""
    return saved(net, tmp_path_factory.mktemp("backbones"))


def saved(net, folder):
    with checkpoints.SkipInit():
        network = getattr(torchvision.models, TRUNKS[net])(weights=None)
    generator = torch.Generator().manual_seed(1)
    init_he(network.features, generator)
    for name, value in network.features.named_parameters():
        if name.endswith("bias"):
            value.data.normal_(0, 0.1, generator=generator)
    path = folder / f"{net}.pth"
    # what nobody reads need not fill a file: one zero for all weights of the layers on top
    zero = torch.zeros(1)
    state = network.state_dict()
    torch.save({k: v if k.startswith("features.") else zero.expand(v.shape) for k, v in state.items()}, path)
    return network, path


def oracle(net, network, spatial=False):
    """The package's own network on the same features: those of torchvision, put where the package keeps its own."""
    with checkpoints.SkipInit(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = package.LPIPS(net=net, pnet_rand=True, spatial=spatial, verbose=False)
    for i in range(1, SLICES[net] + 1):
        for name in getattr(found.net, f"slice{i}")._modules:
            getattr(found.net, f"slice{i}")._modules[name] = network.features[int(name)]
    return found.eval()


@pytest.fixture
def forget():
    """Forgets the networks that were built; called once more at the end of the test."""
    yield _network.cache_clear
    _network.cache_clear()


@pytest.fixture
def pair():
    photos = torch.cat([resize(sample(name), 64)[..., :48, :64] for name in ("astronaut", "chelsea")])
    noise = torch.randn(photos.shape, generator=torch.Generator().manual_seed(0))
    return (photos + 0.1 * noise).clamp(0, 1), photos


@torch.no_grad()
def test_values_are_those_of_the_package(net, backbone, pair):
    network, path = backbone
    found = lpips(*pair, net, backbone=str(path))
    assert found.shape == (2,)
    torch.testing.assert_close(found, oracle(net, network)(pair[0] * 2 - 1, pair[1] * 2 - 1).flatten())
    assert (found > 0).all()
    assert not found.requires_grad


@torch.no_grad()
def test_local_values_are_means_of_the_packages_map(net, backbone, pair):
    network, path = backbone
    distances = oracle(net, network, spatial=True)(pair[0] * 2 - 1, pair[1] * 2 - 1)
    everywhere = lpips(*pair, net, torch.ones(2, 1, 48, 64), path)
    torch.testing.assert_close(everywhere, distances.mean((1, 2, 3)))
    where = torch.zeros(2, 1, 48, 64)
    where[0, :, :16, 8:] = 1
    found = lpips(*pair, net, where, path)
    assert found[0].item() == pytest.approx(distances[0, 0, :16, 8:].mean().item(), rel=1e-5)
    assert found[1].isnan()
    # The map is the layers' own maps, enlarged: its mean is nearly the value of the whole.
    torch.testing.assert_close(everywhere, lpips(*pair, net, backbone=path), rtol=0.1, atol=0)


def test_identical_pictures_do_not_differ(net, backbone, pair):
    assert lpips(pair[1], pair[1], net, backbone=backbone[1]).tolist() == [0, 0]


def test_a_file_by_name_comes_from_the_cache(tmp_path, monkeypatch, forget, pair):
    _, path = saved("squeeze", tmp_path)
    monkeypatch.setenv("COLORNB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setitem(checkpoints.OFFICIAL, "squeezenet1_1", checkpoints.Official(path.as_uri(), ""))
    forget()
    torch.testing.assert_close(lpips(*pair, "squeeze"), lpips(*pair, "squeeze", backbone=path))
    assert (tmp_path / "cache" / "weights" / path.name).is_file()


@pytest.mark.parametrize("net", TRUNKS)
def test_offline_one_line_says_where_to_put_the_file(net, tmp_path, monkeypatch, forget, pair):
    published = checkpoints.OFFICIAL[TRUNKS[net]]
    assert published.sha256 in published.url
    monkeypatch.setenv("COLORNB_CACHE", str(tmp_path))
    monkeypatch.setitem(checkpoints.OFFICIAL, TRUNKS[net], checkpoints.Official((tmp_path / "none.pth").as_uri(), ""))
    forget()
    with pytest.raises(OSError, match="put the file at .*none.pth") as error:
        lpips(*pair, net)
    assert "\n" not in str(error.value)


def test_a_file_of_another_network_is_refused_in_one_line(tmp_path, pair):
    _, path = saved("squeeze", tmp_path)
    torch.save({"w": torch.zeros(2)}, tmp_path / "other.pth")
    (tmp_path / "text.pth").write_text("no weights at all")
    for file, mend in [
        (path, "does not fit"),
        (tmp_path / "other.pth", "does not fit"),
        (tmp_path / "text.pth", "again"),
    ]:
        with pytest.raises(ValueError, match=mend) as error:
            lpips(*pair, "alex", backbone=file)
        assert "\n" not in str(error.value)
    with pytest.raises(FileNotFoundError, match="give a path"):
        lpips(*pair, "alex", backbone=tmp_path / "nothing.pth")


def test_what_cannot_be_is_refused_in_one_line(pair):
    wrong = [
        (lambda: lpips(*pair, "resnet"), "choose one of alex, vgg, squeeze, random"),
        (lambda: lpips(*pair, "random", backbone=Path("alex.pth")), "no backbone"),
        (lambda: lpips(*(rgb[..., :31] for rgb in pair), "random"), "31 x 48 are too small: give at least 32"),
        (lambda: lpips(pair[0] * 2 - 1, pair[1], "random"), "decode"),
    ]
    for call, mend in wrong:
        with pytest.raises(ValueError, match=mend) as error:
            call()
        assert "\n" not in str(error.value)


def test_the_smallest_picture_passes_through_every_network(net, backbone, pair):
    painted, true = (rgb[..., :32, :32] for rgb in pair)
    assert (lpips(painted, true, net, backbone=backbone[1]) > 0).all()


def test_random_weights_are_the_same_every_time(forget, pair):
    forget()
    state = torch.get_rng_state()
    first = lpips(*pair, "random")
    forget()
    assert torch.equal(lpips(*pair, "random"), first)
    assert torch.equal(torch.get_rng_state(), state)  # nobody else's draws are touched
    torch.rand(3)
    forget()
    assert torch.equal(lpips(*pair, "random"), first)


@pytest.mark.parametrize("damage", ["noise", "blur", "gray"])
def test_random_weights_order_pictures_by_damage(damage, pair):
    true = pair[1]
    noise = torch.randn(true.shape, generator=torch.Generator().manual_seed(0))
    damages = {
        "noise": lambda strength: (true + 0.3 * strength * noise).clamp(0, 1),
        "blur": lambda strength: true.lerp(F.avg_pool2d(true, 5, 1, 2), strength),
        "gray": lambda strength: true.lerp(luma(true).expand_as(true), strength),
    }
    scores = torch.stack([lpips(damages[damage](strength), true, "random") for strength in (0, 0.1, 0.3, 1)])
    assert (scores.diff(dim=0) > 0).all(), scores


def test_nothing_is_printed_and_networks_are_built_once(capfd, forget, pair):
    forget()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for _ in range(3):
            lpips(*pair, "random")
    assert _network.cache_info().misses == 1
    assert capfd.readouterr() == ("", "")
