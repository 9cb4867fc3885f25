"""Colours that are led on from hints: how far, along what, and what a network makes of it."""

import pytest
import torch
from torch import nn

from colornb import methods
from colornb.methods import _hint_propagation as hint_propagation
from colornb.methods._hint_propagation import STEPS, Propagation, lead, pool_hints

WIDTHS = (4, 5, 6, 7)


@pytest.fixture
def propagation(generator):
    """It only knows what lightness says, and nothing fades."""
    made = Propagation(WIDTHS)
    made.init(generator)
    for conv in made.like.values():
        nn.init.zeros_(conv.weight)
        nn.init.constant_(conv.bias[-1:], 20.0)
    return made


def maps_of(height, width, generator):
    sides = zip(WIDTHS, (1, 2, 4, 8), strict=True)
    return {s: torch.randn(1, c, height // s, width // s, generator=generator) for c, s in sides}


def told_at(height, width, top, left, color=(0.5, -0.25), side=4):
    told = torch.zeros(1, 3, height, width)
    told[0, :, top : top + side, left : left + side] = torch.tensor([*color, 1.0]).view(3, 1, 1)
    return told


def test_one_step_is_the_mean_that_the_ties_say(generator):
    flow, ties = torch.rand(1, 2, 4, 5, generator=generator), torch.rand(1, 9, 4, 5, generator=generator)
    found = lead(flow, ties)
    for row, column in ((0, 0), (2, 3), (3, 4)):
        total = torch.zeros(2)
        for number in range(9):
            y, x = row + number // 3 - 1, column + number % 3 - 1
            if 0 <= y < 4 and 0 <= x < 5:
                total += ties[0, number, row, column] * flow[0, :, y, x]
        torch.testing.assert_close(found[0, :, row, column], total)


def test_the_gradient_written_by_hand_is_that_of_the_step(generator):
    flow = torch.rand(2, 3, 5, 4, dtype=torch.float64, generator=generator, requires_grad=True)
    ties = torch.rand(2, 9, 5, 4, dtype=torch.float64, generator=generator, requires_grad=True)
    assert torch.autograd.gradcheck(lead, (flow, ties))
    wanted = torch.autograd.grad(hint_propagation._lead(flow, ties).square().sum(), (flow, ties))
    found = torch.autograd.grad(lead(flow, ties).square().sum(), (flow, ties))
    torch.testing.assert_close(found, wanted)


def test_where_nothing_was_told_nothing_flows(propagation, generator):
    led, much = propagation(torch.zeros(1, 3, 32, 64), torch.zeros(1, 1, 32, 64), maps_of(32, 64, generator))
    assert (led.shape, much.shape) == ((1, 2, 32, 64), (1, 1, 32, 64))
    assert not led.any()
    assert not much.any()


def test_on_a_flat_picture_one_colour_comes_everywhere_and_stays_itself(propagation, generator):
    led, much = propagation(told_at(32, 64, 12, 40), torch.zeros(1, 1, 32, 64), maps_of(32, 64, generator))
    assert much.min() > 0.01
    assert much.max() <= 1 + 1e-5
    assert much[0, 0, 12:16, 40:44].allclose(torch.ones(4, 4))
    torch.testing.assert_close(led, torch.tensor([0.5, -0.25]).view(1, 2, 1, 1).expand_as(led))
    assert much[0, 0, 14, 44] > much[0, 0, 14, 50] > much[0, 0, 14, 60]


def test_between_two_colours_the_nearer_one_counts_more(propagation, generator):
    told = told_at(32, 64, 12, 4, (0.6, 0.0)) + told_at(32, 64, 12, 56, (-0.6, 0.0))
    led, _ = propagation(told, torch.zeros(1, 1, 32, 64), maps_of(32, 64, generator))
    row = led[0, 0, 14, 8:56:8]
    assert (row[:-1] > row[1:]).all()
    assert row[0] > 0.4
    assert row[-1] < -0.2


def test_hardly_anything_flows_across_an_edge_of_lightness(propagation, generator):
    light = torch.full((1, 1, 32, 64), -0.4)
    light[..., 32:] = 0.4
    nn.init.constant_(propagation.edges, 6.0)
    _, much = propagation(told_at(32, 64, 12, 10), light, maps_of(32, 64, generator))
    assert much[..., 8:24, 20:28].min() > 5 * much[..., 8:24, 36:44].max()


def test_what_a_feature_map_says_may_stop_it_too(propagation, generator):
    for conv in propagation.like.values():
        nn.init.constant_(conv.bias[-1:], -20.0)
    told = told_at(32, 64, 16, 32, side=8)
    led, much = propagation(told, torch.zeros(1, 1, 32, 64), maps_of(32, 64, generator))
    torch.testing.assert_close(torch.cat([led * much, much], 1), told, atol=1e-5, rtol=0)


def test_colours_are_pooled_over_what_was_told_of_each_square():
    told = told_at(16, 16, 0, 6, side=4)
    told[0, :2, 0, 6] = 0.9
    pooled = pool_hints(told, 8)
    assert pooled[0, 2].tolist() == [[1, 1], [0, 0]]
    torch.testing.assert_close(pooled[0, 0, 0, 0].item(), (7 * 0.5 + 0.9) / 8, atol=1e-3, rtol=0)
    torch.testing.assert_close(pooled[0, 0, 0, 1].item(), 0.5, atol=1e-3, rtol=0)


def build(**changes):
    return methods.build("efficient_unet", "tiny", 3, **changes).eval()


def test_a_network_with_it_paints_the_same_without_hints_and_more_around_them(generator):
    plain, leading = build(), build(propagate=True)
    missing = leading.load_state_dict(plain.state_dict(), strict=False).missing_keys
    assert {name.partition(".")[0] for name in missing} == {"propagation", "trust"}
    condition = torch.rand(1, 1, 32, 64, generator=generator)
    color, mask = torch.zeros(1, 2, 32, 64), torch.zeros(1, 1, 32, 64)
    with torch.no_grad():
        assert torch.equal(*(n.paint(n.encode(condition), color, mask) for n in (plain, leading)))
        color[..., 8:16, 8:16], mask[..., 8:16, 8:16] = 0.6, 1
        without, with_it = (n.paint(n.encode(condition), color, mask) for n in (plain, leading))
    gap = (color - without)[..., 8:16, 8:16]
    assert ((color - with_it)[..., 8:16, 8:16].abs() < gap.abs()).all(), "nearer to what was told"
    moved = (with_it - without)[..., 18:24, 8:16] * gap.mean((2, 3), keepdim=True)
    assert (moved > 0).float().mean() > 0.9, "and so is what is near"


def test_sixteen_bits_lead_on_nearly_the_same(generator):
    network, condition = build(propagate=True), torch.rand(1, 1, 32, 32, generator=generator)
    color, mask = torch.zeros(1, 2, 32, 32), torch.zeros(1, 1, 32, 32)
    color[..., 8:16, 8:16], mask[..., 8:16, 8:16] = 0.6, 1
    with torch.no_grad():
        full = network.paint(network.encode(condition), color, mask)
        with torch.autocast("cpu", torch.bfloat16):
            mixed = network.paint(network.encode(condition), color, mask)
        half = network.to(torch.bfloat16)
        all_half = half.paint(half.encode(condition.bfloat16()), color.bfloat16(), mask.bfloat16())
    for other in (mixed, all_half):
        assert (other.float() - full).abs().mean() < 0.1 * full.std()


def test_all_of_it_learns(generator):
    network = build(propagate=True).train()
    condition, told = torch.rand(2, 1, 32, 32, generator=generator), told_at(32, 32, 8, 8).expand(2, -1, -1, -1)
    nn.init.normal_(network.propagation.like["1"].weight, generator=generator)
    network(condition, told[:, :2], told[:, 2:])[0].square().sum().backward()
    own = [p for name, p in network.named_parameters() if name.startswith(("propagation", "trust"))]
    assert len(own) == 2 * len(STEPS) + 3
    assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in own)
