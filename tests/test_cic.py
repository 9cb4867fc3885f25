"""CIC: the released layout, the classes, their rebalancing, and this book's adaptations."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from pictures import Boxes
from shapes import checked_at_first
from torch.nn import functional as F

from colornb import methods
from colornb.ab_bins import annealed_mean, soft_encode, used_bins
from colornb.color import encode, rgb_to_lab
from colornb.methods import Encoding, Progress, make_condition
from colornb.methods.cic import (
    PRESETS,
    PUBLISHED,
    Network,
    Recipe,
    code_loss,
    load_official,
    prior,
    rebalancing_weights,
)
from colornb.training import train
from colornb.types import Batch

SHAPES = json.loads((Path(__file__).parent / "manifests" / "eccv16.json").read_text())


@pytest.fixture
def network():
    return methods.build("cic", "tiny").eval()


@pytest.fixture
def ab(generator):
    """Colours, (3, 2, 4, 5): the first two pictures colorful, the last grey."""
    return torch.cat([160 * torch.rand(2, 2, 4, 5, generator=generator) - 80, torch.zeros(1, 2, 4, 5)])


def nothing(condition, colors=2):
    return condition.new_zeros(len(condition), colors, *condition.shape[2:]), torch.zeros_like(condition)


# The released file


def test_released_weights_load_as_they_are_and_there_is_nothing_else(generator):
    state = {
        key: torch.randint(9, (), generator=generator) if "num_batches" in key else torch.rand(s, generator=generator)
        for key, s in SHAPES.items()
    }
    network = Network(PUBLISHED["eccv16"], generator)
    load_official(network, state)
    own = network.state_dict()
    assert len(SHAPES) == 82
    assert own.keys() == SHAPES.keys()
    assert all(torch.equal(own[key], value) for key, value in state.items())
    assert {key for key, _ in network.named_parameters()} <= SHAPES.keys()
    assert sum(p.numel() for p in network.parameters()) == 32_236_011
    del state["model8.6.bias"]
    with pytest.raises(ValueError, match=r"released eccv16 file does not fit.*model8\.6\.bias") as error:
        load_official(network, state)
    assert "\n" not in str(error.value)


# Colours from classes


@torch.no_grad()
def test_the_colours_of_fresh_networks_are_the_middles_of_the_bins(network):
    assert torch.allclose(110 * network.model_out.weight[:, :, 0, 0].T, used_bins())
    assert not network.model_out.weight.requires_grad


@torch.no_grad()
@pytest.mark.parametrize("temperature", [0.1, 0.38, 1.0])
def test_colours_are_annealed_means_then_enlarged(network, generator, temperature):
    condition = 2 * torch.rand(2, 1, 16, 24, generator=generator) - 1
    encoding = network.encode(condition)
    logits = network.classify(encoding, *nothing(condition))
    assert logits.shape == (2, 313, 4, 6)
    small = annealed_mean(logits, temperature) / 110
    wanted = F.interpolate(small, (16, 24), mode="bilinear", align_corners=False)
    painted = network.paint(encoding, *nothing(condition), temperature=temperature)
    assert torch.allclose(painted, wanted, atol=1e-5)
    if temperature == network.config.temperature:
        assert torch.equal(network.paint(encoding, *nothing(condition)), painted)


def test_temperatures_that_are_not_positive_are_refused(network):
    with pytest.raises(ValueError, match="give a number above 0"):
        network.decode(torch.zeros(1, 313, 2, 2), 0.0)


@pytest.mark.parametrize(
    ("change", "line"),
    [
        ({"target": "rgb"}, "choose L and ab, or sketch and rgb"),
        ({"condition": "colour"}, "choose one of L, sketch"),
        ({"rebalance": 1.5}, "share from 0 to 1"),
        ({"temperature": 0.0}, "positive number"),
        ({"neighbours": 0}, "from 1 to 313"),
        ({"stop": 1.0}, "chance between 0 and 1"),
    ],
)
def test_settings_that_mean_nothing_are_refused_in_one_line(change, line):
    with pytest.raises(ValueError, match=line) as error:
        replace(PRESETS["tiny"], **change)
    assert "\n" not in str(error.value)


# The loss


def codes(ab):
    """The ten nearest bins in order, and a soft code of them, from the dense one."""
    share, index = soft_encode(ab).permute(0, 2, 3, 1).topk(10)
    return index, share


@pytest.mark.parametrize("reduction", ["sum", "mean"])
def test_the_loss_is_the_divergence_from_the_soft_codes(ab, generator, reduction):
    logits = torch.randn(3, 313, 4, 5, generator=generator)
    weights = torch.rand(313, generator=generator)
    found = code_loss(logits, *codes(ab), ab, weights, reduction)
    law = torch.distributions.Categorical
    for_each = torch.distributions.kl_divergence(
        law(probs=soft_encode(ab).permute(0, 2, 3, 1)), law(logits=logits.permute(0, 2, 3, 1))
    )[:2]  # the last picture is grey
    wanted = for_each.sum() / 3 if reduction == "sum" else for_each.sum() / (3 * 20)
    assert torch.allclose(found, wanted, rtol=1e-4)


def test_rare_colours_weigh_more_in_the_gradient_and_nowhere_else(ab, generator):
    start = torch.randn(3, 313, 4, 5, generator=generator)
    weights = 0.1 + 5 * torch.rand(313, generator=generator)

    def loss_and_gradient(weights):
        logits = start.clone().requires_grad_()
        loss = code_loss(logits, *codes(ab), ab, weights, "sum")
        loss.backward()
        return loss.detach(), logits.grad

    plain, gradient = loss_and_gradient(torch.ones(313))
    weighted, rebalanced = loss_and_gradient(weights)
    assert torch.equal(plain, weighted)
    target = soft_encode(ab)
    assert torch.allclose(gradient[:2], (start.softmax(1) - target)[:2] / 3, atol=1e-6)
    assert torch.allclose(rebalanced, gradient * weights[target.argmax(1)][:, None], atol=1e-6)
    assert not torch.equal(rebalanced, gradient)
    assert not gradient[2].any()  # grey


def test_a_picture_counts_as_soon_as_one_place_has_colour(generator):
    ab = torch.zeros(2, 2, 4, 4)
    ab[0, 1, 2, 3], ab[1, 0, 1, 1] = -5.5, 4.5
    logits = torch.randn(2, 313, 4, 4, generator=generator).requires_grad_()
    code_loss(logits, *codes(ab), ab, torch.ones(313)).backward()
    assert logits.grad[0].any()
    assert not logits.grad[1].any()


@pytest.mark.parametrize("uniform", [0.0, 0.5, 1.0])
def test_rebalancing_follows_the_formula_and_has_mean_one(generator, uniform):
    law = torch.rand(313, generator=generator) ** 8
    law = law / law.sum()
    raw = [1 / ((1 - uniform) * p + uniform / 313) for p in law.double().tolist()]
    mean = sum(p * w for p, w in zip(law.double().tolist(), raw, strict=True))
    weights = rebalancing_weights(law, uniform)
    assert torch.allclose(weights.double(), torch.tensor(raw, dtype=torch.float64) / mean, rtol=1e-4)
    assert torch.allclose((law * weights).sum(), torch.tensor(1.0))


def test_without_a_uniform_share_colours_that_never_occur_weigh_nothing():
    law = torch.zeros(313)
    law[:2] = torch.tensor([0.25, 0.75])
    weights = rebalancing_weights(law, 0.0)
    assert torch.allclose(weights[:2], torch.tensor([2.0, 2 / 3]))
    assert not weights[2:].any()


# How often colours occur


def slow_prior(pictures):
    picked = [p[:, y, x] for p in pictures for y in range(0, p.shape[1], 4) for x in range(0, p.shape[2], 4)]
    lab = rgb_to_lab(torch.stack(picked)[:, :, None, None].double())
    return soft_encode(lab[:, 1:]).mean(0).flatten()


def test_the_prior_of_a_dataset_counts_every_fourth_pixel(generator):
    data = Boxes(5, 16)
    data.rgb = torch.rand(5, 3, 16, 16, generator=generator)
    found = prior(data, batch_size=2)
    assert torch.allclose(found.double(), slow_prior(data.rgb), atol=1e-6)
    assert torch.allclose(found.sum(), torch.tensor(1.0))


def test_without_a_prior_all_batches_so_far_are_counted(generator):
    recipe = methods.recipe(methods.build("cic", "tiny"))
    for step in range(3):
        recipe.step(Boxes(2, seed=step).batch(torch.arange(2)), Progress(step, 10, 1), generator)
    seen = torch.cat([Boxes(2, seed=step).rgb for step in range(3)])
    assert torch.allclose(recipe.prior.double(), slow_prior(seen), atol=1e-6)


def test_a_given_prior_stays_as_it_is(generator):
    law = torch.full((313,), 1 / 313)
    recipe = Recipe(methods.build("cic", "tiny"), generator, prior=law)
    recipe.step(Boxes(2).batch(torch.arange(2)), Progress(0, 10, 1), generator)
    assert torch.equal(recipe.prior, law)


def test_a_resumed_run_goes_on_with_what_it_counted(tmp_path):
    def run(folder, until):
        network = methods.build("cic", "tiny")
        recipe = methods.recipe(network)
        for tick in train(recipe, Boxes(8), steps=6, batch_size=2, every=1, save_every=3, out=tmp_path / folder):
            if tick.step > until:
                break
        return network.state_dict(), recipe.prior

    whole, law = run("whole", 6)
    run("cut", 3)
    resumed, again = run("cut", 6)
    assert torch.equal(law, again)
    assert all(torch.equal(whole[key], value) for key, value in resumed.items())


# Sketches: a head for the lightness


@torch.no_grad()
def test_a_sketch_gets_its_lightness_from_paper_and_lines(generator):
    network = methods.build("cic", "tiny_sketch").eval()
    assert {key for key in network.state_dict() if key not in SHAPES} == {"light.weight", "light.bias"}
    network.light.weight.zero_()
    network.light.bias.copy_(torch.tensor([0.5, 0.25]))
    network.model8[-1].weight.zero_()
    network.model8[-1].bias.copy_(torch.where((used_bins() == 0).all(1), 50.0, 0.0))  # grey, surely
    sketch = torch.ones(1, 1, 16, 16)
    sketch[..., 8:] = -1
    painted = network.paint(network.encode(sketch), *nothing(sketch, 3))
    light = rgb_to_lab((painted + 1) / 2)
    for side, value in ((slice(0, 8), 0.75), (slice(8, 16), 0.25)):
        wanted = 50 * (torch.tensor(value).tanh() + 1)
        assert torch.allclose(light[:, 0, :, side], wanted.expand(1, 16, 8), atol=0.05)
    assert light[:, 1:].abs().max() < 0.1


def test_sketches_train_both_heads_and_grey_pictures_only_the_lightness(generator):
    network = methods.build("cic", "tiny_sketch")
    recipe = methods.recipe(network)
    grey = Batch(torch.rand(2, 1, 16, 16, generator=generator).expand(2, 3, 16, 16).contiguous())
    before = {key: value.clone() for key, value in network.state_dict().items()}
    logs = recipe.step(grey, Progress(0, 10, 1), generator)
    assert logs["rec"] == 0
    assert logs["light"] > 0
    assert not torch.equal(network.light.weight, before["light.weight"])
    assert torch.equal(network.model8[-1].weight, before["model8.6.weight"])


# Users who point


def test_without_points_nobody_is_heard(network, generator):
    target = 2 * torch.rand(2, 2, 16, 16, generator=generator) - 1
    encoding = Encoding(target[:, :1])
    assert network.hint_kinds == ()
    color, mask = network.simulate_hints(encoding, target, torch.tensor([3, 4]), generator)
    assert not color.any()
    assert not mask.any()
    with torch.no_grad():
        silent, loud = network.paint(encoding, color, mask), network.paint(encoding, target, torch.ones_like(mask))
    assert torch.equal(silent, loud)


@pytest.mark.parametrize("space", ["ab", "rgb"])
@torch.no_grad()
def test_a_colour_given_at_a_point_is_painted_there_even_before_training(space, generator):
    network = methods.build("cic", "tiny_points" if space == "ab" else "tiny_sketch", points=True).eval()
    assert network.hint_kinds == ("point",)
    network.model8[-1].weight.zero_()  # leaves what the colours vote for
    rgb = torch.tensor([0.9, 0.2, 0.1]).view(1, 3, 1, 1).expand(1, 3, 32, 32)
    mask = torch.zeros(1, 1, 32, 32)
    mask[..., 9:11, 18] = 1  # two pixels in one place of a quarter of the size
    condition = torch.zeros(1, 1, 32, 32)
    logits = network.classify(network.encode(condition), encode(rgb, space) * mask, mask)
    center = used_bins()[logits[0, :, 2, 4].argmax()]
    assert (center - rgb_to_lab(rgb)[0, 1:, 0, 0]).abs().max() <= 5
    logits[0, :, 2, 4] = 0
    assert not logits.any()


@pytest.mark.slow
def test_a_hint_is_obeyed_where_it_is_given(generator):
    network = methods.build("cic", "tiny_points")
    data = Boxes(16, fresh=True)
    for _ in checked_at_first(train(methods.recipe(network), data, steps=50, batch_size=8)):
        pass
    batch = data.batch(torch.arange(16))
    network.eval()
    with torch.no_grad():
        encoding = network.encode(make_condition(network, batch))
        color, mask = network.simulate_hints(encoding, encode(batch.rgb, "ab"), torch.full((16,), 1), generator)
        for axis in (0, 1):
            change = torch.zeros(2, 1, 1)
            change[axis] = 0.3
            more, less = (network.paint(encoding, (color + d) * mask, mask) for d in (change, -change))
            moved, inside = (more - less)[:, axis : axis + 1], mask.bool()
            assert moved[inside].mean() > 0.1
            assert moved[inside].mean() > 4 * moved[~inside].abs().mean()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("preset", "steps", "times"),
    [("tiny", 100, 5), pytest.param("tiny_sketch", 200, 2, marks=pytest.mark.sampled(0))],
)
def test_eight_pictures_can_be_learned_by_heart(preset, steps, times):
    ticks = train(methods.recipe(methods.build("cic", preset)), Boxes(8), steps=steps, batch_size=8, every=10)
    ticks = list(checked_at_first(ticks))
    assert ticks[-1].logs["rec"] < ticks[0].logs["rec"] / times
    if preset == "tiny_sketch":
        assert ticks[-1].logs["light"] < ticks[0].logs["light"] / 1.5
