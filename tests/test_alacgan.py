"""AlacGAN: its hints, its losses and its training; its networks have test_alacgan_nets.py."""

from dataclasses import replace

import pytest
import torch
from pictures import Boxes
from torch.nn import functional as F

from colornb.losses import gradient_penalty, wasserstein_loss
from colornb.methods import Encoding, Progress
from colornb.methods._alacgan_nets import shrink_hints
from colornb.methods.alacgan import PRESETS, Config, Network, Recipe, move, sample_hints
from colornb.types import Batch

TINY = PRESETS["tiny"]


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def network(config=TINY, seed=0):
    return Network(config, seeded(seed))


# Hints


def test_hints_are_brought_to_a_quarter_of_the_size(generator):
    color, mask = torch.rand(1, 3, 16, 16, generator=generator), torch.zeros(1, 1, 16, 16)
    mask[..., 0:3, 1] = 1
    mask[..., 9, 14] = 1
    hint = shrink_hints(color * mask, mask)
    assert hint[0, 3].nonzero().tolist() == [[0, 0], [2, 3]]
    assert torch.allclose(hint[0, :3, 0, 0], color[0, :, 0:3, 1].mean(1), atol=1e-6)
    assert torch.allclose(hint[0, :3, 2, 3], color[0, :, 9, 14], atol=1e-6)
    assert not hint[0, :3][:, hint[0, 3] == 0].any()


def test_simulated_hints_are_distinct_nested_cells_in_their_mean_colour(generator):
    painter, target = network(), torch.rand(2, 3, 32, 32, generator=generator)
    encoding = Encoding(torch.zeros(2, 1, 32, 32))
    before = torch.zeros(2, 1, 32, 32)
    for n in (0, 1, 2, 5, 63, 64):
        color, mask = painter.simulate_hints(encoding, target, torch.full((2,), n), seeded(3))
        assert mask.sum((1, 2, 3)).tolist() == [16 * n] * 2  # no cell twice
        assert (mask >= before).all()
        cells = F.max_pool2d(mask, 4)
        assert torch.equal(cells, F.avg_pool2d(mask, 4))
        means = F.interpolate(F.avg_pool2d(target, 4), scale_factor=4)
        assert torch.allclose(color, means * mask, atol=1e-6)
        before = mask
    assert mask.all()
    one = painter.simulate_hints(encoding, target, torch.ones(2).int(), seeded(3))[1]
    assert not torch.equal(one[0], one[1])
    swapped = painter.simulate_hints(encoding, target, torch.ones(2).int(), seeded(3), torch.tensor([1, 0]))[1]
    assert torch.equal(swapped, one.flip(0))


def test_simulated_users_point_everywhere_alike():
    target = torch.zeros(4000, 3, 16, 16)
    mask = network().simulate_hints(Encoding(target[:, :1]), target, torch.full((4000,), 4), seeded())[1]
    assert torch.allclose(mask.mean(0), torch.full((1, 16, 16), 0.25), atol=0.035)


def test_training_hints_have_the_published_density_and_half_the_batch_has_none():
    hint = sample_hints(torch.rand(64, 3, 256, 256, generator=seeded(1)), Config(), seeded())
    told, untold = hint[:32], hint[32:]
    assert not untold.any()
    share = told[:, 3].mean((1, 2))
    assert share.mean() == pytest.approx(0.005 * (2 / torch.pi) ** 0.5, rel=0.35)  # half-normal
    assert share.std() > 0.001  # one threshold for each picture
    assert not told[:, :3][(told[:, 3:] == 0).expand(-1, 3, -1, -1)].any()
    assert len(sample_hints(torch.zeros(1, 3, 16, 16), replace(TINY, density=9.0), seeded())[:, 3].nonzero()) > 0


def test_without_jitter_training_hints_are_means_of_cells(generator):
    target = torch.rand(4, 3, 32, 32, generator=generator)
    hint = sample_hints(target, replace(TINY, jitter=False, density=0.5, bare=0.0), generator)
    assert torch.allclose(hint[:, :3], F.avg_pool2d(target, 4) * hint[:, 3:], atol=1e-6)
    assert hint[:, 3].any()


def test_a_moved_copy_is_a_slightly_smaller_piece_of_the_same_picture():
    ramp = torch.linspace(-1, 1, 65).diff().cumsum(0) - 1 - 1 / 64  # x of the centres of 64 pixels
    grid = torch.stack(torch.meshgrid(ramp, ramp, indexing="ij")).expand(500, 2, 64, 64)
    moved = move(grid, seeded())
    assert moved.abs().max() <= 1
    step_y, step_x = moved[:, 0].diff(dim=1)[:, 8:56], moved[:, 1].diff(dim=2)[..., 8:56]
    height, width = step_y.mean((1, 2)) * 32, step_x.mean((1, 2)) * 32  # of the crop, as shares of the picture
    assert height.max() <= 1 + 1e-4
    assert width.max() <= 1 + 1e-4
    assert (height * width).min() > 0.8
    assert (height * width).max() <= 1 + 1e-4
    assert ((width / height) < 8 / 7 + 0.01).all()
    assert ((width / height) > 7 / 8 - 0.01).all()
    assert (moved - grid).abs().mean() < 0.08


# Losses and steps


@pytest.mark.parametrize("norm", ["channels", "picture"])
def test_the_gradient_penalty_is_the_explicit_loop(norm, generator):
    gradients = torch.randn(3, 2, 4, 5, generator=generator)
    terms = []
    for picture in gradients:
        places = [picture] if norm == "picture" else [picture[:, y, x] for y in range(4) for x in range(5)]
        terms += [(sum(v.item() ** 2 for v in place.flatten()) ** 0.5 - 1) ** 2 for place in places]
    assert gradient_penalty(gradients, norm).item() == pytest.approx(sum(terms) / len(terms), rel=1e-5)


def test_an_unknown_norm_is_refused():
    with pytest.raises(ValueError, match="choose 'picture' or 'channels'"):
        gradient_penalty(torch.zeros(1, 1, 1, 1), "rows")
    with pytest.raises(ValueError, match="norm cannot be 'rows'"):
        replace(TINY, norm="rows")


def test_the_wasserstein_loss_is_the_difference_with_drift():
    fake, real = torch.tensor([1.0, 2.0]), torch.tensor([-3.0, 7.0])
    assert wasserstein_loss(fake, real, 0.5).item() == pytest.approx(1.5 - 2 + 0.5 * 4)


def test_critic_gradients_are_those_of_the_mixtures(generator):
    recipe = Recipe(network(replace(TINY, init="uniform")), generator)
    target, painted, features = (
        torch.randn(2, *s, generator=generator) for s in ((3, 64, 64), (3, 64, 64), (8 * TINY.feature_width, 4, 4))
    )
    found = recipe._gradients(target, painted, features, seeded(5))
    share = torch.rand(2, 1, 1, 1, generator=seeded(5))
    for i in range(2):
        between = (share * target + (1 - share) * painted)[i : i + 1].requires_grad_()
        (own,) = torch.autograd.grad(recipe.modules["discriminator"](between, features[i : i + 1])[0], between)
        assert torch.allclose(found[i], own[0], atol=1e-6)
    gradient_penalty(found, "channels").backward()
    assert recipe.modules["discriminator"].feed[0].weight.grad.any()


class Spy(torch.optim.SGD):
    """An optimiser that writes down when it steps."""

    def __init__(self, name, calls, parameters):
        super().__init__(parameters, lr=1e-3)
        self.name, self.calls = name, calls

    def step(self, closure=None):
        self.calls.append(self.name)
        return super().step(closure)


def test_one_painted_picture_serves_the_critic_first_and_then_the_painter():
    recipe = Recipe(network(replace(TINY, pixel=0.0, init="uniform")), seeded(1))
    calls, seen = [], []
    for name, module in {"network": recipe.network.generator, "discriminator": recipe.discriminator}.items():
        recipe.optimizers[name] = Spy(name, calls, module.parameters())
    recipe.network.generator.register_forward_hook(lambda m, x, y: seen.append(("network", y, y)))
    recipe.discriminator.register_forward_hook(lambda m, x, y: seen.append(("discriminator", x[0], y.clone())))
    batch = Boxes(4, 64).batch(torch.arange(4))
    logs = recipe.step(batch, Progress(0, 10, 1), seeded())
    assert calls == ["discriminator", "network"]
    assert [name for name, *_ in seen] == [
        "network",
        "discriminator",
        "discriminator",
        "discriminator",
        "discriminator",
    ]
    painted, fake, real, _, again = (x.detach() for _, x, _ in seen)
    target = batch.rgb * 2 - 1
    assert torch.equal(fake, painted)
    assert torch.equal(again, painted)
    assert torch.equal(real, target)
    of_fake, of_real, of_again = seen[1][2], seen[2][2], seen[4][2]
    assert not torch.equal(of_fake, of_again)  # the critic has moved in between
    expected = of_fake.mean() - of_real.mean() + 0.001 * of_real.mean() ** 2
    assert torch.allclose(logs["discriminator"], expected, atol=1e-6)
    assert torch.allclose(logs["adv"], -1e-4 * of_again.mean(), atol=1e-8)
    content = (recipe.content(painted) - recipe.content(target)).square().mean()
    assert torch.allclose(logs["rec"], content, rtol=1e-4)
    assert logs.keys() == {"discriminator", "rec", "adv"}


def test_frozen_networks_stay_and_are_not_kept(generator):
    recipe = Recipe(network(), generator)
    frozen = [p.clone() for m in (recipe.content, recipe.network.features) for p in m.parameters()]
    for step in range(2):
        recipe.step(Boxes(2).batch(torch.arange(2)), Progress(step, 10, 1), generator)
    now = [p for m in (recipe.content, recipe.network.features) for p in m.parameters()]
    assert all(torch.equal(a, b) for a, b in zip(frozen, now, strict=True))
    assert recipe.state()["modules"].keys() == {"network", "discriminator"}
    assert not any("content" in key for key in recipe.network.state_dict())


def test_the_same_seed_gives_the_same_content_network():
    one, two = (Recipe(network(), seeded(1)).content.state_dict() for _ in range(2))
    assert all(torch.equal(one[key], two[key]) for key in one)


def test_lines_are_lightened_in_training_only(generator):
    recipe, seen = Recipe(network(), generator), []
    recipe.network.register_forward_hook(lambda m, x, y: seen.append(x[0]))
    rgb, sketch = (torch.rand(16, c, 32, 32, generator=generator) for c in (3, 1))
    batch = Batch(rgb, sketch)
    recipe.step(batch, Progress(0, 10, 1), generator)
    lines = 2 * sketch - 1
    share = ((1 - seen[0]) / (1 - lines))[lines < 0.9]
    assert share.min() >= 0.7 - 1e-5
    assert share.max() <= 1 + 1e-5
    assert share.std() > 0.02
    assert torch.equal(recipe.network.encode(lines).condition, lines)


@pytest.mark.parametrize("size", [32, 64, 96])
def test_every_size_trains(size, generator):
    logs = Recipe(network(), generator).step(Boxes(3, size).batch(torch.arange(3)), Progress(0, 2, 1), generator)
    assert all(value.isfinite() and not value.requires_grad for value in logs.values())


def test_the_learning_rate_drops_halfway(generator):
    recipe, rates = Recipe(network(), generator), []
    for step in (0, 49, 50, 99):
        recipe.step(Boxes(2).batch(torch.arange(2)), Progress(step, 100, 10), generator)
        rates.append(recipe.optimizers["discriminator"].param_groups[0]["lr"] / TINY.lr)
    assert rates == pytest.approx([1, 1, TINY.drop, TINY.drop])


def test_words_that_mean_nothing_are_refused():
    for wrong in ({"features": "i2v"}, {"content": "alexnet"}, {"width": 24}, {"blocks": (1, 2, 3)}, {"init": "zero"}):
        with pytest.raises(ValueError, match="choose|give"):
            replace(TINY, **wrong)
