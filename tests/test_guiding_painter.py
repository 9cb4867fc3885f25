from dataclasses import replace

import pytest
import torch
from pictures import Boxes
from torch.nn import functional as F

from colornb import methods
from colornb.blocks import PatchDiscriminator
from colornb.color import CHANNELS
from colornb.hints import prefix
from colornb.methods import Progress
from colornb.methods.guiding_painter import (
    PRESETS,
    Config,
    Network,
    Recipe,
    gumbel_regions,
    hard_regions,
    load_official,
)

TINY = PRESETS["tiny"]


def network(config=TINY, seed=0):
    return Network(config, torch.Generator().manual_seed(seed))


def test_gumbel_regions_are_exactly_one_hot(generator):
    regions = gumbel_regions(torch.randn(2, 5, 8, 8, generator=generator), 0.5, generator)
    assert set(regions.unique().tolist()) == {0.0, 1.0}
    assert torch.equal(regions.sum(1), torch.ones(2, 8, 8))


def test_gumbel_regions_are_drawn_with_the_softmax_probabilities(generator):
    logits = torch.tensor([0.0, 1.0, -1.0, 2.0]).view(1, 4, 1, 1).expand(1, 4, 200, 200)
    seen = gumbel_regions(logits, 0.7, generator).mean((0, 2, 3))
    assert torch.allclose(seen, logits[0, :, 0, 0].softmax(0), atol=0.01)


def test_gumbel_gradients_are_those_of_torch(generator):
    logits = torch.randn(1, 4, 3, 3, generator=generator, requires_grad=True)
    weight = torch.randn(1, 4, 3, 3, generator=generator)
    state = torch.random.get_rng_state()
    (gumbel_regions(logits, 0.3, torch.Generator().manual_seed(5)) * weight).sum().backward()
    mine, logits.grad = logits.grad.clone(), None
    torch.manual_seed(5)
    (F.gumbel_softmax(logits, 0.3, hard=True, dim=1) * weight).sum().backward()
    torch.random.set_rng_state(state)
    assert torch.allclose(mine, logits.grad, atol=1e-6)


def test_all_regions_reach_the_colorizer_but_only_shown_ones_their_colour(generator):
    seen = {}
    painter = network().eval()
    painter.colorizer.register_forward_pre_hook(lambda _, inputs: seen.update(x=inputs[0]))
    target = torch.rand(1, 3, 32, 32, generator=generator)
    with torch.no_grad():
        painter(torch.ones(1, 1, 32, 32), target, prefix(torch.tensor([2]), TINY.n_regions), 1.0, generator)
    x = seen["x"]
    assert x.shape[1] == 1 + 3 + 1 + TINY.n_regions
    regions, mask = x[:, 5:], x[:, 4:5]
    assert torch.equal(regions.sum(1, keepdim=True), torch.ones(1, 1, 32, 32))
    assert torch.equal(mask, regions[:, :2].sum(1, keepdim=True))
    assert not x[:, 1:4][mask.expand(1, 3, -1, -1) == 0].any()


@pytest.mark.parametrize("size", [(16, 16), (33, 47)])
def test_any_size_and_a_batch_of_one(size, generator):
    painter = network().eval()
    encoding = painter.encode(torch.ones(1, 1, *size))
    color, mask = painter.simulate_hints(encoding, torch.zeros(1, 3, *size), torch.tensor([30]), generator)
    assert mask.all()
    assert painter.paint(encoding, color, mask).shape == (1, 3, *size)


def test_gray_scale_pictures_get_ab(generator):
    config = replace(TINY, condition="L", target="ab")
    recipe = Recipe(network(config), generator)
    logs = recipe.step(Boxes(2).batch(torch.arange(2)), Progress(0, 2, 1), generator)
    assert all(value.isfinite() for value in logs.values())


def steps(config, n=2):
    recipe = Recipe(network(config), torch.Generator().manual_seed(1))
    batch, generator = Boxes(4).batch(torch.arange(4)), torch.Generator().manual_seed(2)
    rows = [recipe.step(batch, Progress(i, n, 1), generator) for i in range(n)]
    return recipe, rows


def test_without_a_critic_the_critic_stays_as_it_was():
    recipe, rows = steps(replace(TINY, adv=0.0), 1)
    assert rows[0].keys() == {"rec", "tv", "smooth"}
    assert not recipe.optimizers["discriminator"].state


def test_a_second_forward_changes_only_what_the_critic_sees():
    (one, logs_one), (two, logs_two) = (steps(replace(TINY, second_forward=b), 1) for b in (False, True))
    assert logs_one[0]["rec"] == logs_two[0]["rec"]
    assert logs_one[0]["discriminator"] != logs_two[0]["discriminator"]
    trained = [dict(r.network.named_parameters()) for r in (one, two)]
    assert all(torch.equal(p, trained[1][key]) for key, p in trained[0].items())


def test_the_critic_step_leaves_the_painter_alone_and_the_other_way_round():
    recipe, _ = steps(TINY, 1)
    discriminator = recipe.modules["discriminator"]
    assert all(p.requires_grad for p in discriminator.parameters())
    before = [p.clone() for p in discriminator.parameters()]
    batch = Boxes(4).batch(torch.arange(4))
    recipe._paint_step(torch.ones(4, 1, 32, 32), batch.rgb * 2 - 1, 1.0, torch.Generator().manual_seed(0))
    assert all(torch.equal(a, b) for a, b in zip(before, discriminator.parameters(), strict=True))


def test_schedules_end_where_the_paper_says():
    config = replace(TINY, schedule="step", lr_end=0.0)
    recipe = Recipe(network(config), torch.Generator())
    batch, rates = Boxes(2).batch(torch.arange(2)), []
    for step in (0, 49, 75, 99):
        recipe.step(batch, Progress(step, 100, 10), torch.Generator().manual_seed(0))
        rates.append(recipe.optimizers["network"].param_groups[0]["lr"] / config.lr)
    assert rates == pytest.approx([1, 1, 0.5, 0.02])


def test_the_published_schedule_keeps_two_shares_for_its_last_epoch():
    config = replace(TINY, schedule="epoch", lr_end=None)
    recipe = Recipe(network(config), torch.Generator())
    batch = Boxes(2).batch(torch.arange(2))
    recipe.step(batch, Progress(199, 200, 10), torch.Generator().manual_seed(0))
    assert recipe.optimizers["network"].param_groups[0]["lr"] / config.lr == pytest.approx(2 / (0.5 * 20 + 1))


@pytest.mark.parametrize("change", [{"stop": 0.0}, {"n_regions": 0}, {"lr": -1.0}, {"counts": "some"}])
def test_settings_that_mean_nothing_are_refused(change):
    with pytest.raises(ValueError, match="cannot be"):
        replace(TINY, **change)


def test_epochs_move_in_whole_steps():
    assert Progress(19, 40, 10).by_epoch == 0.25
    assert Progress(19, 40, 10).by_step == 0.475


def test_one_count_for_a_batch_or_one_for_each_picture(monkeypatch):
    import colornb.methods.guiding_painter as module

    asked = []
    real = module.sample_counts
    monkeypatch.setattr(module, "sample_counts", lambda n, *rest: asked.append(n) or real(n, *rest))
    for counts in ("batch", "picture", "all"):
        steps(replace(TINY, counts=counts), 1)
    assert asked == [1, 4]


def test_presets_paper_and_code_weigh_losses_alike_at_256():
    paper, code = PRESETS["paper"], PRESETS["code"]
    pixels = 256**2
    assert paper.rec * 3 * pixels == pytest.approx(code.rec)
    assert paper.tv * 3 * pixels == pytest.approx(code.tv)
    assert paper.smooth * 8 * 30 * pixels == pytest.approx(code.smooth)


def test_published_state_dicts_fit_exactly():
    """Key names and sizes as the published training module has them, here from a network of our own."""
    wide = network(replace(PRESETS["code"], width=2))
    judge = PatchDiscriminator(4, 2)
    generator = {f"generator.{key}": value + 1 for key, value in wide.state_dict().items()}
    discriminator = {f"discriminator.{key}": value + 1 for key, value in judge.state_dict().items()}
    whole = generator | discriminator | {"gan_loss.real_label": torch.tensor(1.0)}
    fresh, fresh_discriminator = network(replace(PRESETS["code"], width=2), seed=9), PatchDiscriminator(4, 2)
    load_official(fresh, whole)
    load_official(fresh_discriminator, whole)
    assert all(torch.equal(value, wide.state_dict()[key] + 1) for key, value in fresh.state_dict().items())
    load_official(fresh, wide.state_dict())
    with pytest.raises(ValueError, match="does not fit"):
        load_official(fresh, judge.state_dict())


def test_the_full_network_has_the_published_keys():
    with torch.device("meta"):
        keys = Network(PRESETS["code"], torch.Generator()).state_dict()
    assert len(keys) == 256
    assert tuple(keys["segmentator.up1.conv.double_conv.0.weight"].shape) == (512, 1024, 3, 3)
    assert tuple(keys["colorizer.inc.double_conv.0.weight"].shape) == (64, 35, 3, 3)
    assert (
        sum(value.numel() for key, value in keys.items() if "running" not in key and "num_b" not in key) == 34_554_081
    )


def test_one_hot_of_the_likeliest():
    logits = torch.tensor([[0.0, 2.0], [1.0, 1.0]]).view(1, 2, 1, 2)
    assert hard_regions(logits).argmax(1).flatten().tolist() == [1, 0]


# The second stage: hints in any order (appendix D.2).


def test_frozen_regions_stay_as_they_are_while_the_colorizer_learns():
    network = methods.build("guiding_painter", "tiny", counts="any", frozen_regions=True)
    before = {name: value.clone() for name, value in network.state_dict().items()}
    recipe = methods.recipe(network)
    generator = torch.Generator().manual_seed(0)
    network.train()
    for step in range(2):
        recipe.step(Boxes(4, 32).batch(torch.arange(4)), Progress(step, 2, 2), generator)
    moved = {name for name, value in network.state_dict().items() if not torch.equal(value, before[name])}
    assert moved
    assert all(name.startswith("colorizer.") for name in moved)


def test_each_hint_is_kept_with_its_own_chance():
    network = methods.build("guiding_painter", "tiny", counts="any", hint_prob=0.25)
    shown = methods.recipe(network)._shown(4000, torch.Generator().manual_seed(0))
    assert torch.allclose(shown.mean(0), torch.full((8,), 0.25), atol=0.04)
    assert (shown[:, 0] - shown[:, 1]).min() < 0, "not a prefix"


@pytest.mark.parametrize("hint_prob", [0.0, 1.0])
def test_a_chance_that_is_none_is_refused(hint_prob):
    with pytest.raises(ValueError, match="between 0 and 1"):
        Config(counts="any", hint_prob=hint_prob)


def test_noise_at_inference_draws_the_regions_of_training(generator):
    network = methods.build("guiding_painter", "tiny").eval()
    condition = torch.rand(1, 1, 32, 32, generator=generator) * 2 - 1
    with torch.no_grad():
        logits = network.segmentator(condition)
        drawn = network.encode(condition, torch.Generator().manual_seed(3)).regions
        alike = gumbel_regions(logits, 0.1, torch.Generator().manual_seed(3))
    assert torch.equal(drawn, alike), "whatever the temperature"
    assert not torch.equal(drawn, network.encode(condition).regions)


def terms_of(made, target, b, reduction):
    """Eq. 10 to 12 for picture `b` of a batch, as loops over its 25 x 26 pixels and 3 regions."""
    painted, s, owner = made.prediction[b].tolist(), made.logits[b].detach().numpy(), made.regions[b].argmax(0)
    image, mean = target[b].tolist(), 3 * 25 * 26 if reduction == "mean" else 1
    places = [(y, x) for y in range(25) for x in range(26)]
    rec = sum(abs(painted[c][y][x] - image[c][y][x]) for c in range(3) for y, x in places)
    tv = smooth = 0.0
    for i in range(3):
        inside = target[b, :, owner == i].double()
        tv += ((inside - inside.mean(1, keepdim=True)) ** 2).sum().item() if inside.numel() else 0
    for dy, dx in [(1, 0), (0, 1), (1, 1), (1, -1)]:
        pairs = [(y, x) for y, x in places if y + dy < 25 and 0 <= x + dx < 26]
        total = sum(abs(s[:, y, x] - s[:, y + dy, x + dx]).sum() for y, x in pairs)
        smooth += total / (4 * 3 * len(pairs)) if reduction == "mean" else 2 * total
    return rec / mean, tv / mean, smooth


@pytest.mark.parametrize("reduction", ["sum", "mean"])
def test_the_objective_is_equations_10_to_14_pixel_by_pixel(reduction):
    weights = {"rec": 0.3, "tv": 0.7, "smooth": 0.2, "adv": 0.4}
    config = replace(TINY, n_regions=3, width=4, discriminator_width=4, reduction=reduction, **weights)
    recipe, generator = Recipe(network(config), torch.Generator()), torch.Generator().manual_seed(3)
    draw = torch.Generator().manual_seed(4)
    sketch, target = (torch.rand(2, c, 25, 26, generator=draw) * 2 - 1 for c in (1, 3))
    discriminator = recipe.modules["discriminator"]
    made, logs = recipe._paint_step(sketch, target, 0.5, generator)
    rec, tv, smooth = (sum(x) for x in zip(*(terms_of(made, target, b, reduction) for b in range(2)), strict=True))
    scores = discriminator(torch.cat([sketch, made.prediction.detach()], 1))
    assert logs["rec"].item() == pytest.approx(weights["rec"] * rec / 2, rel=1e-4)
    assert logs["tv"].item() == pytest.approx(weights["tv"] * tv / 2, rel=1e-4)
    assert logs["smooth"].item() == pytest.approx(weights["smooth"] * smooth / 2, rel=1e-4)
    assert logs["adv"].item() == pytest.approx(weights["adv"] * ((scores - 1) ** 2).mean().item(), rel=1e-4)
    real = discriminator(torch.cat([sketch, target], 1))
    judged = weights["adv"] * 0.5 * ((scores**2).mean() + ((real - 1) ** 2).mean()).item()
    assert recipe._discriminator_step(sketch, target, made.prediction.detach()).item() == pytest.approx(
        judged, rel=1e-4
    )


@pytest.mark.parametrize("preset", PRESETS)
def test_every_preset_trains_and_paints(preset, generator):
    recipe = Recipe(network(PRESETS[preset]), generator)
    logs = recipe.step(Boxes(2).batch(torch.arange(2)), Progress(0, 2, 1), generator)
    assert all(value.isfinite() for value in logs.values())
    painter = recipe.network.eval()
    with torch.no_grad():
        encoding = painter.encode(torch.ones(1, 1, 19, 33))
        target = torch.zeros(1, CHANNELS[painter.target], 19, 33)
        color, mask = painter.simulate_hints(encoding, target, torch.tensor([9]))
        assert painter.paint(encoding, color, mask).abs().max() <= 1
