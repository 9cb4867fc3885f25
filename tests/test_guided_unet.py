"""The drawing network: whose regions it asks about, what is computed when, and how it is trained."""

import pytest
import torch
from pictures import Boxes
from torch import nn

from colornb import methods
from colornb.color import encode
from colornb.methods import Progress
from colornb.methods.base import HookableNetwork


@pytest.fixture
def network():
    network = methods.build("guided_unet", "tiny").eval()
    nn.init.normal_(network.unet.out.weight, 0.0, 0.3, generator=torch.Generator().manual_seed(1))
    return network


@pytest.fixture
def page(generator):
    """Line art, its true picture in network space."""
    batch = Boxes(4, size=64).batch(torch.arange(4))
    return 2 * (torch.rand(4, 1, 64, 64, generator=generator) > 0.2) - 1.0, encode(batch.rgb, "rgb")


def test_regions_and_the_user_who_answers_are_those_of_the_guide(network, page):
    condition, target = page
    with torch.no_grad():
        encoding = network.encode(condition)
        assert torch.equal(encoding.regions, network.guide.encode(condition).regions)
        for counts in (torch.zeros(4, dtype=torch.long), torch.arange(4)):
            own, guided = (n.simulate_hints(encoding, target, counts) for n in (network, network.guide))
            assert all(map(torch.equal, own, guided))
    assert network.n_regions == network.guide.n_regions and network.line_art == network.guide.line_art


def test_all_that_hints_do_not_change_is_computed_once(network, page):
    condition, target = page
    seen = []
    for part in (network.unet.encoder, network.guide.segmentator):
        part.register_forward_hook(lambda *_: seen.append(1))
    with torch.no_grad():
        encoding = network.encode(condition)
        painted = [network.paint(encoding, *network.simulate_hints(encoding, target, n)) for n in torch.eye(4).long()]
    assert len(seen) == 2
    assert not torch.equal(painted[0], painted[1]), "hints are heard"


def test_regions_are_seen_where_nothing_is_told(network, page):
    condition, _ = page
    with torch.no_grad():
        encoding = network.encode(condition)
        nothing = torch.zeros(4, 3, 64, 64), torch.zeros(4, 1, 64, 64)
        before = network.paint(encoding, *nothing)
        encoding.regions = encoding.regions.roll(1, 1)
        assert not torch.equal(before, network.paint(encoding, *nothing))


def test_the_guide_stays_and_the_encoder_learns_late(page):
    network = methods.build("guided_unet", "tiny", tune=0.5, tune_from=0.5, warmup=0).train()
    recipe, draw = methods.recipe(network), torch.Generator().manual_seed(0)
    assert not network.guide.training
    batch = Boxes(4, size=64).batch(torch.arange(4))
    before = {name: value.clone() for name, value in network.state_dict().items()}

    def changed(part):
        return any(
            not torch.equal(value, before[name]) for name, value in network.named_parameters() if name.startswith(part)
        )

    for step, encoder_too in ((0, False), (1, True)):
        recipe.step(batch, Progress(step, 2, 1), draw)
        assert changed("unet.out") and changed("unet.down")
        assert changed("unet.encoder") == encoder_too
    assert all(torch.equal(v, before[k]) for k, v in network.state_dict().items() if k.startswith("guide."))


def test_a_picture_is_painted_alike_whoever_else_got_hints_where_norms_are_frozen(page):
    seen = {}
    for frozen in (False, True):
        network = methods.build("guided_unet", "tiny", frozen_norms=frozen).train()
        recipe, draw = methods.recipe(network), torch.Generator().manual_seed(0)
        before = {name: value.clone() for name, value in network.named_buffers()}
        recipe.step(Boxes(4, size=64).batch(torch.arange(4)), Progress(0, 2, 1), draw)
        assert all(torch.equal(value, before[name]) for name, value in network.named_buffers()) == frozen
        two = page[0][:2]
        color, mask = torch.zeros(2, 3, 64, 64), torch.zeros(2, 1, 64, 64)
        with torch.no_grad():
            encoding = network.encode(two)
            alone = network.paint(encoding, color, mask)[0]
            color[1], mask[1] = 1.0, 1.0
            seen[frozen] = torch.equal(alone, network.paint(encoding, color, mask)[0])
    assert seen == {False: False, True: True}


def test_users_say_nothing_answer_or_color_areas_as_the_settings_say(generator):
    recipe = methods.recipe(methods.build("guided_unet", "tiny", none=0.2, areas=0.5, stop=0.125))
    counts, of_areas, _ = recipe._users(100_000, generator)
    assert of_areas.float().mean().item() == pytest.approx(0.5, abs=0.005)
    silent = (counts == 0) & ~of_areas
    assert silent.float().mean().item() == pytest.approx(0.2 + 0.3 * 0.125, abs=0.005)
    assert counts.max() == 8


def test_a_file_needs_no_other_file(network, page, tmp_path):
    methods.save(network, tmp_path / "a.safetensors")
    again = methods.load(tmp_path / "a.safetensors")
    condition, target = page
    with torch.no_grad():
        for one in (network, again):
            encoding = one.encode(condition)
            one.painted = one.paint(encoding, *one.simulate_hints(encoding, target, torch.arange(4)))
    assert torch.equal(network.painted, again.painted)


def test_what_divides_no_line_art_is_no_guide():
    for guide in ("rtug:tiny", "guiding_painter:gray_scale"):
        with pytest.raises(ValueError, match="divides no line art into regions: choose a guiding_painter"):
            methods.build("guided_unet", "tiny", guide=guide)


def test_an_edge_enhancing_network_stands_on_it(network, page):
    assert isinstance(network, HookableNetwork)
    edges = methods.build("edge_enhancing", "tiny", backbone="guided_unet:tiny").eval()
    condition, target = page
    scribble = torch.zeros(4, 1, 64, 64)
    scribble[..., 16, 4:28] = 1
    for enhancer in edges.enhancers.values():
        nn.init.normal_(enhancer.last.weight)
    nn.init.normal_(edges.backbone.unet.out.weight)
    with torch.no_grad():
        encoding = edges.encode(condition)
        hints = edges.simulate_hints(encoding, target, torch.arange(4))
        start = edges.encode_and_paint(encoding, *hints)
        assert torch.equal(start.prediction, edges.paint(encoding, *hints))
        assert not torch.equal(edges.enhance(start, scribble), start.prediction)
