"""pix2pix: the published names, its training, and the extension to points; for its arithmetic see published."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from pictures import Boxes
from torch.nn import functional as F

from colornb.blocks import PatchDiscriminator
from colornb.color import encode
from colornb.losses import log_loss
from colornb.methods import Encoding, Progress, make_condition
from colornb.methods.pix2pix import PRESETS, Config, Network, Recipe, SkipBlock, load_official

MANIFESTS = Path(__file__).parent / "manifests"
TINY = PRESETS["tiny"]


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def network(config=TINY, seed=0):
    return Network(config, seeded(seed))


def filled(name, prefix=""):
    """A state dict with the names and shapes of a manifest, filled at random."""
    shapes, draw = json.loads((MANIFESTS / f"{name}.json").read_text()), seeded()
    return {
        prefix + key: torch.randint(9, (), generator=draw)
        if "num_batches" in key
        else torch.rand(shape, generator=draw)
        for key, shape in shapes.items()
    }


@pytest.mark.parametrize("prefix", ["", "module."])
def test_published_files_load_as_they_are(prefix):
    state = filled("pix2pix_unet256_1to3", prefix)
    painter = network(Config())
    load_official(painter, state)
    own = painter.state_dict()
    assert len(own) == 82
    assert sum(p.numel() for p in painter.parameters()) == 54_411_907
    assert all(torch.equal(own[key.removeprefix(prefix)], value) for key, value in state.items())
    discriminator = PatchDiscriminator(4)
    load_official(discriminator, filled("pix2pix_patchgan_1to3", prefix))
    assert sum(p.numel() for p in discriminator.parameters()) == 2_766_657


def test_three_channels_in_have_the_published_shapes_too():
    from colornb.methods.pix2pix import UNet

    with torch.device("meta"):
        unet, discriminator = UNet(3, 3, 64, 8, 0.5), PatchDiscriminator(6)
    for module, name, prefix in ((unet, "unet256", "model."), (discriminator, "patchgan", "")):
        shapes = json.loads((MANIFESTS / f"pix2pix_{name}_3to3.json").read_text())
        assert {prefix + key: list(value.shape) for key, value in module.state_dict().items()} == shapes


@pytest.mark.parametrize("change", ["missing", "extra", "misshaped"])
def test_other_files_are_refused_in_one_line(change):
    state = filled("pix2pix_patchgan_1to3")
    if change == "missing":
        del state["model.5.weight"]
    elif change == "extra":
        state["model.5.bias"] = torch.zeros(256)
    else:
        state["model.5.weight"] = torch.zeros(256, 128, 3, 3)
    with pytest.raises(ValueError, match=r"published pix2pix file does not fit.*1 entries.*model\.5") as error:
        load_official(PatchDiscriminator(4), state)
    assert "\n" not in str(error.value)


def test_a_shortcut_holds_the_activated_input(generator):
    x = torch.randn(1, 4, 8, 8, generator=generator)
    joined = SkipBlock(4, 6, None)(x.clone())
    assert torch.equal(joined[:, :4], F.leaky_relu(x, 0.2))
    assert joined.shape == (1, 8, 8, 8)


def test_dropout_lies_between_the_innermost_level_and_the_fourth():
    painter = network(replace(TINY, levels=8))
    places = [name.count("model") - 1 for name, m in painter.named_modules() if isinstance(m, torch.nn.Dropout)]
    assert sorted(places) == [5, 6, 7]


def test_evaluation_mode_has_no_chance_in_it(generator):
    painter = network(replace(TINY, levels=6))
    condition = torch.randn(2, 1, 64, 64, generator=generator)
    paint = lambda x: painter.paint(Encoding(x), x.expand(-1, 3, -1, -1), x)  # noqa: E731
    with torch.no_grad():
        assert not torch.equal(paint(condition), paint(condition))
        painter.eval()
        assert torch.equal(paint(condition), paint(condition))
        assert torch.allclose(paint(condition)[:1], paint(condition[:1]), atol=1e-6)


@pytest.mark.parametrize("size", [32, 64])
@pytest.mark.parametrize("preset", ["tiny", "tiny_points"])
def test_every_size_that_fits_trains_and_paints(preset, size, generator):
    recipe = Recipe(network(PRESETS[preset]), generator)
    logs = recipe.step(Boxes(2, size).batch(torch.arange(2)), Progress(0, 2, 1), generator)
    assert logs.keys() == {"discriminator", "rec", "adv"}
    assert all(value.isfinite() and not value.requires_grad for value in logs.values())


def test_a_size_that_does_not_fit_is_refused_in_one_line():
    nothing = torch.zeros(1, 1, 32, 40)
    with pytest.raises(ValueError, match="40 x 32 does not fit: give multiples of 32"):
        network()(nothing, nothing.expand(-1, 3, -1, -1), nothing)


def test_photographs_get_ab(generator):
    painter = network(replace(TINY, condition="L", target="ab"))
    recipe, batch = Recipe(painter, generator), Boxes(2).batch(torch.arange(2))
    assert recipe.step(batch, Progress(0, 2, 1), generator)["rec"].isfinite()
    encoding = painter.encode(make_condition(painter, batch))
    hints = painter.simulate_hints(encoding, encode(batch.rgb, "ab"), torch.ones(2).int(), generator)
    assert painter.paint(encoding, *hints).shape == (2, 2, 32, 32)


def test_words_that_mean_nothing_are_refused():
    for wrong in ({"target": "ab"}, {"adv": "hinge"}, {"condition": "depth"}, {"levels": 1}):
        with pytest.raises(ValueError, match="choose|give"):
            replace(TINY, **wrong)


def test_without_points_there_are_no_hints_and_they_change_nothing(generator):
    painter, target = network().eval(), torch.rand(4, 3, 32, 32, generator=generator)
    assert painter.hint_kinds == ()
    encoding = painter.encode(torch.ones(4, 1, 32, 32))
    color, mask = painter.simulate_hints(encoding, target, torch.full((4,), 5), generator, torch.tensor([0, 3, 3, 1]))
    assert color.shape == (4, 3, 32, 32)
    assert mask.shape == (4, 1, 32, 32)
    assert not color.any()
    assert not mask.any()
    with torch.no_grad():
        assert torch.equal(
            painter.paint(encoding, target, target[:, :1]), painter.paint(encoding, 0 * target, encoding.condition)
        )


def test_points_are_nested(generator):
    painter, target = network(PRESETS["tiny_points"]), torch.rand(2, 3, 32, 32, generator=generator)
    assert painter.hint_kinds == ("point",)
    few, many = (
        painter.simulate_hints(Encoding(target[:, :1]), target, torch.tensor([n, n]), seeded(3))[1] for n in (2, 6)
    )
    assert (many >= few).all()
    assert many.sum() > few.sum() > 0


def test_the_log_loss_is_the_cross_entropy_with_a_sigmoid(generator):
    scores = 3 * torch.randn(2, 1, 4, 4, generator=generator)
    p = scores.double().sigmoid()
    assert torch.allclose(log_loss(scores, real=True).double(), -p.log().mean(), atol=1e-6)
    assert torch.allclose(log_loss(scores, real=False).double(), -(1 - p).log().mean(), atol=1e-6)


class Spy(torch.optim.SGD):
    """An optimiser that writes down when it steps."""

    def __init__(self, name, calls, parameters):
        super().__init__(parameters, lr=0.1)
        self.name, self.calls = name, calls

    def step(self, closure=None):
        self.calls.append(self.name)
        return super().step(closure)


@pytest.mark.parametrize("adv", ["vanilla", "lsgan"])
def test_one_forward_pass_serves_the_critic_first_and_then_the_painter(adv):
    recipe = Recipe(network(replace(TINY, adv=adv)), seeded(1))
    calls, seen = [], []
    for name, module in recipe.modules.items():
        recipe.optimizers[name] = Spy(name, calls, module.parameters())
        module.register_forward_hook(lambda m, x, y, name=name: seen.append((name, x[-1].detach(), y.detach().clone())))
    batch = Boxes(4).batch(torch.arange(4))
    logs = recipe.step(batch, Progress(0, 10, 1), seeded())
    assert calls == ["discriminator", "network"]
    assert [name for name, *_ in seen] == ["network", "discriminator", "discriminator", "discriminator"]
    (_, _, painted), (_, fake, of_fake), (_, real, of_real), (_, again, of_again) = seen
    assert torch.equal(fake[:, 1:], painted)
    assert torch.equal(again[:, 1:], painted)
    assert torch.equal(real[:, 1:], batch.rgb * 2 - 1)
    assert not torch.equal(of_fake, of_again)  # the critic has moved in between
    score = F.binary_cross_entropy_with_logits if adv == "vanilla" else F.mse_loss
    zeros, ones = torch.zeros_like(of_fake), torch.ones_like(of_fake)
    assert torch.allclose(logs["discriminator"], 0.5 * (score(of_fake, zeros) + score(of_real, ones)), atol=1e-5)
    assert torch.allclose(logs["adv"], score(of_again, ones), atol=1e-5)
    assert torch.allclose(logs["rec"], 100 * (painted - (batch.rgb * 2 - 1)).abs().mean(), rtol=1e-5)


def test_the_critic_is_free_again_after_the_painter_stepped(generator):
    recipe = Recipe(network(), generator)
    recipe.step(Boxes(2).batch(torch.arange(2)), Progress(0, 10, 1), generator)
    assert all(p.requires_grad and p.grad is None for p in recipe.modules["discriminator"].parameters())


def test_the_learning_rate_stays_for_half_the_steps_and_falls_to_nothing(generator):
    recipe, rates = Recipe(network(), generator), []
    batch = Boxes(2).batch(torch.arange(2))
    for step in (0, 50, 75, 99):
        recipe.step(batch, Progress(step, 100, 10), generator)
        rates.append(recipe.optimizers["discriminator"].param_groups[0]["lr"] / TINY.lr)
    assert rates == pytest.approx([1, 1, 0.5, 0.02])
