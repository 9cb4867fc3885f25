"""DeOldify against the published files' names and shapes, and its parts against torch's and OpenCV's own."""

import json
import warnings
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from pictures import Boxes, drawn_weights
from shapes import checked_at_first
from torch import nn
from torch.nn import functional as F
from torch.nn.utils import spectral_norm

from colornb import checkpoints, methods
from colornb.color import luma
from colornb.methods import Progress, deoldify
from colornb.methods._deoldify_nets import DeepStep, Discriminator, Enlarge, SelfAttention, SpectralConv, initialize
from colornb.methods.deoldify import PRESETS, Recipe, render
from colornb.training import train

MANIFESTS = Path(__file__).parent / "manifests"
PARAMETERS = {"stable": 218_222_197, "artistic": 63_646_881, "critic": 94_555_649}


def shapes(name):
    return {key: tuple(s) for key, s in json.loads((MANIFESTS / f"deoldify_{name}.json").read_text()).items()}


def empty(name):
    """One of the published networks without memory for its weights."""
    with torch.device("meta"):
        if name == "critic":
            return Discriminator()
        c = PRESETS["paper" if name == "stable" else name]
        return deoldify.Generator(c.blocks, c.block, c.width, c.decoder, c.factor)


def build(**changes):
    return methods.build("deoldify", "tiny", **changes).eval()


def started(module, seed=0):
    initialize(module, torch.Generator().manual_seed(seed))
    return module


# The published files


@pytest.mark.parametrize("name", PARAMETERS)
def test_names_and_shapes_are_those_of_the_published_files(name):
    network = empty(name)
    assert {key: tuple(value.shape) for key, value in network.state_dict().items()} == shapes(name)
    assert sum(p.numel() for p in network.parameters()) == PARAMETERS[name]


@pytest.mark.slow
def test_a_published_file_loads_with_and_without_its_optimizer(tmp_path, generator):
    state = {
        key: torch.zeros((), dtype=torch.long) if "num_batches" in key else drawn_weights(shape, generator)
        for key, shape in shapes("artistic").items()
    }
    torch.save({"model": state, "opt": {"state": {}, "param_groups": [{"lr": 1.0}]}}, tmp_path / "both.pth")
    network = methods.load_official("deoldify-artistic", tmp_path / "both.pth")
    own = network.generator.state_dict()
    assert all(torch.equal(own[key], value) for key, value in state.items())
    assert network.about["size"] == 560
    state.popitem()
    torch.save(state, tmp_path / "short.pth")
    with pytest.raises(ValueError, match="1 entries differ") as error:
        methods.load_official("deoldify-artistic", tmp_path / "short.pth")
    assert "\n" not in str(error.value)


def test_what_is_published_is_known_and_asks_for_its_file():
    for name in ("deoldify-stable", "deoldify-artistic", "deoldify-video"):
        assert methods.published()[name] == "deoldify"
        with pytest.raises(ValueError, match="give its path"):
            methods.load_official(name)


def test_weights_of_imagenet_fit_the_encoder(monkeypatch, generator):
    from torchvision.models import resnet34

    theirs = resnet34(weights=None).eval()
    monkeypatch.setattr(checkpoints, "fetch", lambda name: Path(name))
    monkeypatch.setattr(checkpoints, "read_published", lambda path: theirs.state_dict())
    network = methods.build("deoldify", "artistic", width=64, decoder="wide", factor=0.25).eval()
    deoldify.load_encoder(network)
    x = torch.rand(1, 3, 64, 64, generator=generator)
    with torch.no_grad():
        own = network.generator.layers[0](x)
        for layer in list(theirs.children())[:-2]:
            x = layer(x)
    assert torch.allclose(own, x, atol=1e-5)


# Parts


@pytest.mark.parametrize("dims", [1, 2])
def test_spectral_norm_is_that_of_torch(dims, generator):
    kind = nn.Conv2d if dims == 2 else nn.Conv1d
    own = started(SpectralConv(4, 6, 3, padding=1, bias=True, dims=dims))
    theirs = spectral_norm(kind(4, 6, 3, padding=1))
    theirs.load_state_dict(own.state_dict())
    for mode in (True, True, False):
        own.train(mode)
        theirs.train(mode)
        x = torch.rand(2, 4, *(5,) * dims, generator=generator, requires_grad=True)
        (a,), (b,) = (torch.autograd.grad(layer(x).square().sum(), x, retain_graph=True) for layer in (own, theirs))
        assert torch.allclose(own(x), theirs(x), atol=1e-5)
        assert torch.allclose(a, b, atol=1e-4)
    gradients = [torch.autograd.grad(layer(x).square().sum(), layer.weight_orig)[0] for layer in (own, theirs)]
    assert torch.allclose(*gradients, atol=1e-3)


def test_after_the_norm_no_convolution_has_a_gain_above_one():
    layer = started(SpectralConv(8, 5, 3))
    for _ in range(50):
        layer.iterate(layer.weight_orig.detach().flatten(1))
    flat = layer.weight_orig.detach().flatten(1)
    gain = torch.dot(layer.weight_u, flat @ layer.weight_v)
    assert gain.item() == pytest.approx(torch.linalg.matrix_norm(flat, 2).item(), rel=1e-3)


def test_weight_norm_is_that_of_torch(generator):
    own = started(Enlarge(3, 2, last=True)).conv[0]
    with torch.no_grad():
        own.weight_g.mul_(torch.rand(own.weight_g.shape, generator=generator) + 0.5)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # torch has a newer one, with other keys
        theirs = nn.utils.weight_norm(nn.Conv2d(3, 8, 1))
    theirs.load_state_dict(own.state_dict())
    x = torch.rand(1, 3, 4, 4, generator=generator)
    assert torch.allclose(own(x), theirs(x), atol=1e-6)


def test_what_a_place_takes_by_attention_is_a_mean_of_all(generator):
    layer = started(SelfAttention(16)).eval()
    nn.init.constant_(layer.gamma, 0.7)
    x = torch.randn(1, 16, 2, 3, generator=generator)
    with torch.no_grad():
        query, key, value = (part(x.flatten(2))[0] for part in (layer.query, layer.key, layer.value))
        taken = torch.zeros(16, 6)
        for j in range(6):  # what each place gets
            for i in range(6):  # from each other
                rivals = sum(torch.exp(query[:, k] @ key[:, j]) for k in range(6))
                taken[:, j] += torch.exp(query[:, i] @ key[:, j]) / rivals * value[:, i]
        found = layer(x)
    assert torch.allclose(found, x + 0.7 * taken.view(1, 16, 2, 3), atol=1e-5)


def test_at_first_attention_changes_nothing(generator):
    x = torch.randn(1, 16, 4, 4, generator=generator)
    assert torch.equal(started(SelfAttention(16))(x), x)


@pytest.mark.parametrize("last", [False, True])
def test_enlarged_maps_are_smooth_from_the_first(last, generator):
    """The four pixels that come from one are alike (ICNR); the blur is the mean with those left and above."""
    layer = started(Enlarge(4, 3, last)).eval()
    x = torch.rand(1, 4, 5, 5, generator=generator)
    with torch.no_grad():
        four = F.pixel_shuffle(F.relu(layer.conv(x)), 2)
        found = layer(x)
    assert torch.allclose(four[..., ::2, ::2], four[..., 1::2, 1::2], atol=1e-6)
    assert torch.allclose(found[..., 3, 4], four[..., 2:4, 3:5].mean((2, 3)), atol=1e-6)
    assert torch.allclose(found[..., 0, 0], four[..., 0, 0], atol=1e-6)


def test_maps_of_odd_sizes_meet_by_repetition(generator):
    step = started(DeepStep(8, 4, 6, False)).eval()
    skip = torch.rand(1, 4, 5, 7, generator=generator)
    with torch.no_grad():
        joined = step.join(torch.rand(1, 8, 3, 4, generator=generator), skip)
    assert joined.shape == (1, 8, 5, 7)
    assert build()(torch.zeros(1, 1, 48, 80)).shape == (1, 3, 48, 80)


def test_the_critic_looks_at_81_patches_of_192_pixels():
    with torch.device("meta"):
        assert Discriminator()(torch.empty(2, 3, 192, 192)).shape == (2, 81)
    with pytest.raises(ValueError, match="too small"):
        Discriminator(4)(torch.zeros(1, 3, 63, 64))


# Painting


def test_the_released_protocol_keeps_luma_whatever_is_painted(generator):
    network, rgb = build(), 0.3 + 0.4 * torch.rand(1, 3, 50, 90, generator=generator)
    found = render(network, rgb, 4)
    assert found.shape == rgb.shape
    inside = ((found > 0) & (found < 1)).all(1, keepdim=True)
    assert inside.float().mean() > 0.2
    assert torch.allclose(luma(found)[inside], luma(rgb)[inside], atol=1e-5)
    assert torch.allclose(found, render(network, luma(rgb).expand(-1, 3, -1, -1), 4), atol=1e-5), "colours not seen"
    assert torch.equal(render(network, rgb), render(network, rgb, network.config.size // 16))


def test_the_luma_of_the_picture_comes_in_as_in_opencv(generator, monkeypatch):
    network, rgb = build(), torch.rand(1, 3, 64, 64, generator=generator)
    painted = torch.rand(1, 3, 64, 64, generator=generator)
    monkeypatch.setattr(network, "color", lambda gray: painted)
    found = render(network, rgb, 4)[0].permute(1, 2, 0).numpy()
    yuv, own = (cv2.cvtColor(p[0].permute(1, 2, 0).numpy(), cv2.COLOR_RGB2YUV) for p in (painted, rgb))
    yuv[..., 0] = own[..., 0]
    true = np.clip(cv2.cvtColor(yuv, cv2.COLOR_YUV2RGB), 0, 1)
    assert np.abs(found - true).max() < 4 / 255  # its matrices have three digits


def test_hints_are_not_looked_at(generator):
    network, encoding = build(), methods.Encoding(2 * torch.rand(1, 1, 64, 64, generator=generator) - 1)
    color, mask = torch.rand(1, 2, 64, 64, generator=generator), torch.ones(1, 1, 64, 64)
    with torch.no_grad():
        assert torch.equal(network.paint(encoding, color, mask), network.paint(encoding, 0 * color, 0 * mask))


# Training


def learning(module):
    return {name for name, p in module.named_parameters() if p.requires_grad}


def test_who_learns_in_which_stage(generator):
    recipe = methods.recipe(build(shares=(0.5, 0.3, 0.2), freeze_fraction=0.2))
    network, discriminator, batch = (
        recipe.network,
        recipe.modules["discriminator"],
        Boxes(2, size=64).batch(torch.arange(2)),
    )
    every, encoder = set(dict(network.named_parameters())), "generator.layers.0."
    for step, expected in (
        (0, "still"),
        (3, "generator"),
        (5, "discriminator"),
        (7, "discriminator"),
        (8, "both"),
        (9, "both"),
    ):
        recipe.step(batch, Progress(step, 10, 1), generator)
        moving = learning(network)
        if expected in ("still", "both"):
            stands = {name for name in every - moving if name.startswith(encoder)}
            assert stands == every - moving
            assert all(value.dim() == 4 for name, value in network.named_parameters() if name in stands)
            assert f"{encoder}1.weight" in moving, "batch norms go on learning"
        else:
            assert moving == (every if expected == "generator" else set())
        assert bool(learning(discriminator)) == (expected in ("discriminator", "both"))


def test_beside_the_painter_the_critic_learns_five_times_as_fast_and_without_momentum(generator):
    recipe = methods.recipe(build(stage="both"))
    recipe.step(Boxes(2, size=64).batch(torch.arange(2)), Progress(0, 10, 1), generator)
    (discriminator,), (_, rest) = (recipe.optimizers[name].param_groups for name in ("discriminator", "network"))
    assert discriminator["lr"] == pytest.approx(5 * rest["lr"])
    assert discriminator["betas"] == rest["betas"] == (0.0, 0.9)


@pytest.mark.parametrize(("discriminator_threshold", "learns"), [(10.0, True), (0.0, False)])
def test_the_painter_learns_where_the_critic_is_good_enough(discriminator_threshold, learns, generator):
    recipe = methods.recipe(build(stage="both", discriminator_threshold=discriminator_threshold))
    before = recipe.network.generator.layers[-1][0].weight_orig.detach().clone()
    logs = recipe.step(Boxes(2, size=64).batch(torch.arange(2)), Progress(0, 10, 1), generator)
    assert ("adv" in logs) == learns
    assert (recipe.network.generator.layers[-1][0].weight_orig != before).any() == learns


def test_the_critic_alone_learns_to_tell_true_from_painted():
    recipe = methods.recipe(build(stage="discriminator", discriminator_width=8))
    ticks = train(recipe, Boxes(8), steps=24, batch_size=8, every=1)
    losses = [tick.logs["discriminator"] for tick in checked_at_first(ticks)]
    assert losses[-1] < 0.5 < losses[0]


def test_the_content_loss_is_that_of_the_equation(monkeypatch, generator):
    layers = [nn.Conv2d(3, 3, 1) if n in (0, 22, 32, 42) else nn.Identity() for n in range(43)]
    network = nn.Sequential(*layers).requires_grad_(False)
    monkeypatch.setattr(deoldify, "features_network", lambda: network)
    recipe = methods.recipe(build(features="vgg16_bn"))
    a, b = (torch.rand(1, 3, 8, 8, generator=generator) for _ in range(2))
    total, x, y = 0.0, network[0](a), network[0](b)
    for number, weight in ((22, 20), (32, 70), (42, 10)):
        x, y = network[number](x), network[number](y)
        total += weight * (x - y).abs().mean()
    assert recipe._distance(a, b).item() == pytest.approx(total.item(), rel=1e-4)


def test_without_the_weights_it_needs_one_line_says_so(monkeypatch, tmp_path):
    monkeypatch.setenv("COLORNB_CACHE", str(tmp_path))

    def offline(*_):
        raise OSError("no network")

    monkeypatch.setattr(checkpoints, "_download", offline)
    with pytest.raises(OSError, match="vgg16_bn") as error:
        methods.recipe(build(features="vgg16_bn"))
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"encoder": "imagenet"}, "encoder=fresh"),
        ({"decoder": "tall"}, "choose one of"),
        ({"blocks": (1, 1, 1)}, "four numbers"),
        ({"shares": (1.0, 1.0, -1.0)}, "add up to 1"),
    ],
)
def test_settings_that_cannot_be_are_refused_in_one_line(changes, words):
    with pytest.raises(ValueError, match=words) as error:
        build(**changes)
    assert "\n" not in str(error.value)


def test_several_devices_train_the_generator_alone():
    class Two:
        world_size = 2

    with pytest.raises(ValueError, match="set stage=generator"):
        Recipe(build(), torch.Generator()).setup(Two())
