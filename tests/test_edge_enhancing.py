"""The edge-enhancing network against Sections 3.3 and 3.4 of its paper, on untrained backbones."""

from dataclasses import replace
from functools import partial

import pytest
import torch
from pictures import Boxes

from colornb import methods
from colornb.color import encode
from colornb.filters import dilate
from colornb.methods import Progress, make_condition
from colornb.methods.base import HookableNetwork

BACKBONES = ("rtug:tiny", "rtug:tiny_sketch", "pix2pix:tiny", "pix2pix:tiny_photo", "guiding_painter:tiny")
SIZE = 32


def build(backbone="rtug:tiny", **changes):
    return methods.build("edge_enhancing", "tiny", backbone=backbone, **changes).eval()


def awake(network, seed=1, scale=0.05):
    """Let every E add something, as if it had learned."""
    generator = torch.Generator().manual_seed(seed)
    for name, value in network.enhancers.named_parameters():
        if "last.weight" in name:
            value.data.normal_(0, scale, generator=generator)
    return network


def begin(network, n=1, size=SIZE):
    """Pictures with a few colours given, painted without scribbles."""
    generator = torch.Generator().manual_seed(7)
    batch = Boxes(n, size).batch(torch.arange(n))
    with torch.no_grad():
        encoding = network.encode(make_condition(network, batch))
        told = network.simulate_hints(encoding, encode(batch.rgb, network.target), torch.full((n,), 3), generator)
        return network.encode_and_paint(encoding, *told)


def enhance(network, start, scribble):
    with torch.no_grad():
        return network.enhance(start, scribble)


def upright(column, size=SIZE, n=1):
    """A scribble from top to bottom, three pixels wide."""
    mask = torch.zeros(n, 1, size, size)
    mask[..., column - 1 : column + 2] = 1
    return mask


def copies(module):
    return {key: value.clone() for key, value in module.state_dict().items()}


def same(module, before):
    return all(torch.equal(value, before[key]) for key, value in module.state_dict().items())


@pytest.fixture(params=BACKBONES)
def network(request):
    return build(request.param)


# The backbone.


def test_before_it_has_learned_the_picture_is_that_of_the_backbone(network, generator):
    start = begin(network, 2)
    with torch.no_grad():
        expected = network.backbone.paint(start.encoding, start.color, start.mask)
    assert torch.equal(start.prediction, expected)
    assert torch.equal(network.paint(start.encoding, start.color, start.mask), expected)
    scribbles = [torch.zeros(2, 1, SIZE, SIZE), upright(16, n=2), torch.ones(2, 1, SIZE, SIZE)]
    scribbles.append((torch.rand(2, 1, SIZE, SIZE, generator=generator) < 0.2).float())
    assert all(torch.equal(enhance(network, start, scribble), expected) for scribble in scribbles)


def test_training_moves_nothing_of_the_backbone(network, generator):
    recipe = methods.recipe(network.train())
    before, own, finder = copies(network.backbone), copies(network.enhancers), copies(network.finder)
    assert any("running_mean" in key for key in before)
    for step in range(3):
        recipe.step(Boxes(4, SIZE).batch(torch.arange(4)), Progress(step, 10, 2), generator)
    assert same(network.backbone, before)
    assert not any(p.requires_grad for p in network.backbone.parameters())
    for module, start in ((network.enhancers, own), (network.finder, finder)):
        still = [key for key, value in module.state_dict().items() if torch.equal(value, start[key])]
        assert not still


def test_gradients_reach_every_e_and_the_finder_alone(network):
    start = begin(awake(network.train()), 2)
    painted, added, logits = network(start, upright(16, n=2), find=True)
    (painted.square().sum() + sum(x.square().sum() for x in added) + logits.square().sum()).backward()
    for key, value in network.named_parameters():
        reached = value.grad is not None and bool(value.grad.any())
        assert reached == key.startswith(("enhancers.", "finder.")), key


def test_what_the_losses_of_the_picture_and_of_the_finder_pull_at_is_not_shared():
    network = awake(build())
    for part, loss in (("finder", lambda out: out[2].sum()), ("enhancers", lambda out: out[0].sum())):
        network.zero_grad(set_to_none=True)
        loss(network(begin(network), upright(16), find=True)).backward()
        assert {key.split(".")[0] for key, p in network.named_parameters() if p.grad is not None} == {part}


def test_training_mode_stops_at_the_backbone():
    network = build()
    assert network.train() is network
    assert network.training
    assert network.enhancers.training
    assert not any(module.training for module in network.backbone.modules())
    assert not network.eval().training


def test_a_backbone_needs_names_for_its_feature_maps():
    with pytest.raises(ValueError, match="feature maps: choose rtug") as error:
        build("cic:tiny")
    assert "\n" not in str(error.value)


def test_it_listens_to_what_its_backbone_listens_to_and_to_scribbles(network):
    own = network.backbone
    assert network.hint_kinds == (*own.hint_kinds, "edge")
    assert (network.condition, network.target, network.multiple) == (own.condition, own.target, own.multiple)
    assert hasattr(network, "classify") == hasattr(own, "classify")


# Feature maps.


def test_backbones_name_their_feature_maps_in_the_order_of_computing(network):
    own, names = network.backbone, []
    assert isinstance(own, HookableNetwork)

    def note(name, feature):
        names.append(name)
        return feature()

    start = begin(network)
    with torch.no_grad():
        noted = own.paint(start.encoding, start.color, start.mask, note)
    assert tuple(names) == own.features
    assert own.decoder in own.features[1:]
    assert torch.equal(noted, start.prediction)


def test_every_feature_map_matters_and_can_be_replaced(network):
    own, start = network.backbone, begin(network)
    for changed in own.features:

        def shift(name, feature, changed=changed):
            return feature() + 0.5 * (name == changed)

        with torch.no_grad():
            painted = own.paint(start.encoding, start.color, start.mask, shift)
        assert not torch.equal(painted, start.prediction), changed


def test_maps_that_were_kept_stand_for_all_that_lies_before(network):
    own, start, kept = network.backbone, begin(network), {}

    def keep(name, feature):
        kept[name] = feature()
        return kept[name]

    def hand_out(known, name, feature):
        return known[name] if name in known else feature()

    with torch.no_grad():
        own.paint(start.encoding, start.color, start.mask, keep)
        for count in range(1, len(own.features) + 1):
            some = {name: kept[name] for name in own.features[:count]}
            painted = own.paint(start.encoding, start.color, start.mask, partial(hand_out, some))
            assert torch.equal(painted, start.prediction)
        changed = {name: value + 1.0 for name, value in kept.items()}
        other = own.paint(start.encoding, start.color, start.mask, partial(hand_out, changed))
    assert not torch.equal(other, start.prediction)


def test_encoder_and_decoder_are_the_feature_maps_before_and_after(network):
    own = network.backbone
    middle = own.features.index(own.decoder)
    assert network.layers == own.features[:middle] == tuple(network.enhancers)
    name = f"{methods.method_of(own)}:{'tiny' if own.target == 'rgb' else 'tiny_photo'}"
    if name in BACKBONES:
        assert build(name, layers=("decoder",)).layers == own.features[middle:]
        assert build(name, layers=("encoder", "decoder")).layers == own.features
        assert build(name, layers=("decoder", own.features[0])).layers == (own.features[0], *own.features[middle:])


@pytest.mark.parametrize("layers", [("conv1_2",), ("conv9_3", "conv4_3"), ("conv8_3", "conv9_3", "conv10_2")])
def test_chosen_feature_maps_are_enhanced_in_encoder_or_decoder(layers):
    network = build(layers=layers)
    assert set(network.enhancers) == set(layers)
    _, added, _ = network(begin(network), upright(16))
    assert len(added) == len(layers)
    assert not any(x.any() for x in added)
    start = begin(awake(network))
    assert not torch.equal(enhance(network, start, upright(16)), start.prediction)


def test_an_unknown_feature_map_is_refused_in_one_line():
    with pytest.raises(ValueError, match="'conv99': choose of .*conv1_2") as error:
        build(layers=("conv1_2", "conv99"))
    assert "\n" not in str(error.value)


def computed(network, start, scribble):
    """Names of the modules of the backbone that run for a scribble."""
    names, hooks = [], []
    for name, module in network.backbone.named_modules():
        hooks.append(module.register_forward_hook(lambda *_, name=name: names.append(name)))
    enhance(network, start, scribble)
    for hook in hooks:
        hook.remove()
    return names


@pytest.mark.parametrize(
    ("first", "again"),
    [
        ("conv1_2", range(2, 11)),
        ("conv4_3", range(5, 11)),
        ("conv7_3", range(8, 11)),
        ("conv10_2", ()),
    ],
)
def test_nothing_before_the_first_enhanced_map_is_computed_again(first, again):
    network = build(layers=(first, "conv10_2"))
    names = computed(network, begin(network), upright(16))
    blocks = [name for name in names if name in [f"model{i}" for i in range(1, 11)]]
    assert blocks == [f"model{i}" for i in again]
    assert names.count("model_out") == 1


@pytest.mark.parametrize(
    ("backbone", "layer", "kept", "again"),
    [
        ("pix2pix:tiny", "down2", {"model.model.0", "model.model.1.model.1"}, {"model.model.3"}),
        ("guiding_painter:tiny", "down1", {"colorizer.inc", "colorizer.down1", "segmentator"}, {"colorizer.down2"}),
        ("guiding_painter:tiny", "up4", {"colorizer.down2", "colorizer.up1", "colorizer.up4"}, {"colorizer.outc"}),
    ],
)
def test_nor_is_it_in_other_backbones(backbone, layer, kept, again):
    network = build(backbone, layers=(layer,))
    start = begin(network)
    names = computed(network, start, upright(16))
    assert not kept & set(names)
    assert again <= set(names)
    everything = computed(network, replace(start, features={}), upright(16))
    assert kept - {"segmentator"} <= set(everything), "these are their names"


# Scribbles.


def test_one_start_and_many_scribbles_are_as_one_by_one(network):
    start = begin(awake(network))
    scribbles = torch.cat([upright(8), upright(24), torch.zeros(1, 1, SIZE, SIZE), upright(12).mT])
    together = enhance(network, start, scribbles)
    for one, picture in zip(scribbles.split(1), together.split(1), strict=True):
        assert torch.allclose(enhance(network, start, one), picture, atol=1e-5)
    assert (together[0] - together[1]).abs().max() > 1e-4


def test_one_start_for_many_pictures_is_as_one_by_one(network):
    awake(network)
    start, scribbles = begin(network, 2), torch.cat([upright(8), upright(24)])
    together = enhance(network, start, scribbles)
    with torch.no_grad():
        for i in range(2):
            row = torch.tensor([i])
            alone = network.encode_and_paint(start.encoding.pick(row), start.color[row], start.mask[row])
            assert torch.allclose(network.enhance(alone, scribbles[row]), together[row], atol=1e-5)


def test_two_scribbles_in_one_mask_differ_from_either_alone():
    network = awake(build())
    start, (left, right) = begin(network), (upright(4), upright(28))
    both = enhance(network, start, torch.maximum(left, right))
    for alone in (left, right):
        assert (enhance(network, start, alone) - both).abs().max() > 1e-4


def test_the_same_scribble_gives_the_same_picture_whatever_was_asked_between():
    network = awake(build())
    start = begin(network)
    first = enhance(network, start, upright(8))
    enhance(network, start, upright(24))
    assert torch.equal(enhance(network, start, upright(8)), first)
    assert torch.equal(begin(network).prediction, start.prediction)


@pytest.mark.parametrize("backbone", BACKBONES)
@pytest.mark.parametrize("width", [0, 6])
def test_with_context_too_it_begins_as_the_backbone_and_learns(backbone, width, generator):
    network = build(backbone, context=True, width=width)
    start = begin(network, 2)
    assert start.context is not None
    assert torch.equal(enhance(network, start, upright(16, n=2)), start.prediction)
    recipe = methods.recipe(network.train())
    before = copies(network.enhancers)
    for step in range(2):
        recipe.step(Boxes(4, SIZE).batch(torch.arange(4)), Progress(step, 10, 2), generator)
    assert not same(network.enhancers, before)
    one = begin(network.eval())
    scribbles = torch.cat([upright(8), upright(24)])
    assert torch.allclose(enhance(network, one, scribbles)[1:], enhance(network, one, upright(24)), atol=1e-5)


@pytest.mark.parametrize("context", [False, True])
def test_a_trained_e_adds_the_share_of_its_strength_and_a_learning_one_all(context):
    whole = awake(build(context=context))
    half = build(context=context, strength=0.5)
    half.load_state_dict(whole.state_dict())
    start, scribble = begin(whole), upright(16)
    with torch.no_grad():
        added, less = (network(start, scribble)[1][0] for network in (whole, half))
        learning = half.train()(start, scribble)[1][0]
    assert added.abs().max() > 0
    assert torch.equal(less, added / 2)
    assert torch.equal(learning, added)


def test_with_context_the_picture_changes_mostly_near_the_scribble():
    network = awake(build("rtug:tiny", context=True, layers=("conv1_2",)), scale=0.2)
    start = begin(network, size=96)
    scribble = upright(20, 96)
    without = enhance(network, start, torch.zeros_like(scribble))
    moved = (enhance(network, start, scribble) - without).abs()
    close = dilate(scribble, 31).expand_as(moved) > 0
    assert moved[close].mean() > 10 * moved[~close].mean()


def test_the_finder_gives_a_chance_at_each_pixel(network):
    chance = network.find(begin(network, 2))
    assert chance.shape == (2, 1, SIZE, SIZE)
    assert chance.min() >= 0
    assert chance.max() <= 1
    assert chance.std() > 0
