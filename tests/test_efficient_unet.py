"""The photograph network: what its encoder sees, what is computed when, and how it is trained."""

import pytest
import torch
from pictures import Boxes
from torch import nn

from colornb import checkpoints, methods
from colornb.color import encode
from colornb.methods import Progress, efficient_unet
from colornb.methods.base import HookableNetwork
from colornb.training import train


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
    assert mask[0].sum() > 18, "and a third of them three times"


def test_one_thing_may_have_any_colour(generator):
    target = torch.zeros(400, 2, 32, 32)
    target[..., 4:12, 4:12], target[..., 20:28, 20:28] = 0.4, 0.4  # two things alike, and what is around them
    made = efficient_unet._recolored(target, generator)
    changed = (made - target).square().sum(1).sqrt() > 0.05
    first, second = changed[:, 6:10, 6:10].flatten(1).all(1), changed[:, 22:26, 22:26].flatten(1).all(1)
    around = changed[:, 13:19].flatten(1).all(1)
    assert not (first & second).any(), "one of them"
    assert not ((first | second) & around).any(), "nor what is around it"
    assert (first.sum(), second.sum()) > (5, 5)
    assert around.sum() > 200
    hues = torch.atan2(*made[around][:, :, 16, 16].T)
    assert hues.std() > 1.5, "any"
    assert made.abs().max() <= 1


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
