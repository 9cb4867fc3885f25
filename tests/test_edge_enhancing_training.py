"""How an edge-enhancing network is set, stored and trained (Section 3.5 of its paper), and the one that ships."""

import math
from statistics import fmean

import pytest
import torch
from pictures import Boxes
from shapes import checked_at_first
from test_edge_enhancing import BACKBONES, SIZE, awake, begin, build, enhance, same, upright

from colornb import methods
from colornb.color import encode
from colornb.images import resize, sample
from colornb.losses import color_loss
from colornb.methods import Progress, edge_enhancing
from colornb.methods.edge_enhancing import PRESETS
from colornb.training import load_fabric, train


@pytest.fixture(params=BACKBONES)
def network(request):
    return build(request.param)


# Files and settings.


@pytest.mark.parametrize("backbone", BACKBONES)
def test_a_checkpoint_needs_no_file_of_its_backbone(backbone, tmp_path):
    method, preset = backbone.split(":")
    own = methods.build(method, preset, seed=5)
    methods.save(own, tmp_path / "own.safetensors")
    network = awake(build(str(tmp_path / "own.safetensors")))
    assert same(network.backbone, own.state_dict())
    methods.save(network, tmp_path / "mends.safetensors")
    (tmp_path / "own.safetensors").unlink()
    loaded = methods.load(tmp_path / "mends.safetensors")
    assert same(loaded, network.state_dict())
    assert loaded.config == network.config
    assert loaded.backbone.config == own.config
    scribble = upright(16)
    pictures = [enhance(one, begin(one), scribble) for one in (network, loaded)]
    assert torch.equal(*pictures)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"widths": (0, 3)}, "widths"),
        ({"widths": (5, 3)}, "widths"),
        ({"no_scribble_prob": 1.0}, "no_scribble_prob"),
        ({"no_scribble_prob": -0.1}, "no_scribble_prob"),
        ({"strength": 0.0}, "strength"),
        ({"strength": math.inf}, "strength"),
        ({"patches": (9, 1)}, "patches"),
        ({"thresholds": (0.3, 0.1)}, "thresholds"),
        ({"stop": 2.0}, "stop"),
        ({"max_edges": 0}, "max_edges"),
        ({"reg": -1.0}, "reg"),
        ({"layers": ()}, "no layers"),
        ({"backbone": "rtug:huge"}, "choose one of"),
        ({"backbone": "no_such:tiny"}, "choose one of"),
    ],
)
def test_settings_that_cannot_be_are_refused_in_one_line(change, words):
    with pytest.raises(ValueError, match=words) as error:
        build(**change)
    assert "\n" not in str(error.value)


def test_the_paper_enhances_the_encoder_and_adds_nothing_of_ours_to_what_e_sees():
    paper = PRESETS["paper"]
    assert (paper.layers, paper.widths, paper.signed) == (("encoder",), (1, 11), False)
    assert not paper.context
    assert not paper.color


# Training.


def test_losses_are_those_of_equations_3_to_6(generator):
    """With a fresh E nothing is added and nothing has changed; the rest is the distance of the gradients' sizes."""
    network = build(hints=False, no_scribble_prob=0.0, edge=2.0, color=3.0)
    logs = methods.recipe(network).step(Boxes(4, SIZE).batch(torch.arange(4)), Progress(0, 10, 2), generator)
    assert logs["reg"] == 0
    assert logs["con"] == 0
    assert logs["edge"] > 0
    assert logs["color"].item() == pytest.approx(3 * logs["rec"].item())
    again = build(hints=False, no_scribble_prob=0.0, edge=1.0, color=0.0)
    half = methods.recipe(again).step(
        Boxes(4, SIZE).batch(torch.arange(4)), Progress(0, 10, 2), torch.Generator().manual_seed(0)
    )
    assert half["edge"].item() == pytest.approx(logs["edge"].item() / 2)
    assert half["color"] == 0


@pytest.mark.parametrize(("backbone", "channels"), [("rtug:tiny_sketch", 3), ("rtug:tiny", 2)])
def test_on_line_art_lightness_counts_among_the_colours_near_a_scribble(backbone, channels, monkeypatch, generator):
    compared = []

    def watched(painted, target, dilate):
        compared.append((painted, target))
        return color_loss(painted, target, dilate)

    monkeypatch.setattr("colornb.methods.edge_enhancing.color_loss", watched)
    network, batch = build(backbone, no_scribble_prob=0.0, color=1.0), Boxes(4, SIZE).batch(torch.arange(4))
    methods.recipe(network).step(batch, Progress(0, 10, 2), generator)
    painted, target = compared[0]
    assert painted.shape == target.shape == (4, channels, SIZE, SIZE)
    assert torch.equal(target, encode(batch.rgb, network.target))


def test_without_any_scribble_only_what_should_stay_is_learned(generator):
    network = build(no_scribble_prob=0.999999)
    logs = methods.recipe(network).step(Boxes(4, SIZE).batch(torch.arange(4)), Progress(0, 10, 2), generator)
    assert logs["edge"] == 0
    assert logs["rec"] == 0
    assert logs["find"] > 0, "the finder looks for all that was lost"


def test_what_e_adds_and_changes_elsewhere_costs(generator):
    network = awake(build(hints=False))
    logs = methods.recipe(network).step(Boxes(4, SIZE).batch(torch.arange(4)), Progress(0, 10, 2), generator)
    assert logs["reg"] > 0
    assert logs["con"] > 0


@pytest.mark.slow
@pytest.mark.parametrize("context", [False, True])
def test_a_little_training_on_the_same_scribbles_halves_the_edge_loss_and_finds_lost_edges(context):
    network = build(context=context, layers=("conv1_2", "conv2_2"), no_scribble_prob=0.0, lr=3e-3)
    recipe, batch = methods.recipe(network), Boxes(8, SIZE).batch(torch.arange(8))
    first, *_, last = (
        recipe.step(batch, Progress(step, 21, 1), torch.Generator().manual_seed(0)) for step in range(21)
    )
    assert last["edge"] < 0.6 * first["edge"]
    assert last["find"] < 0.5 * first["find"]


@pytest.mark.slow
@pytest.mark.sampled(0)
@pytest.mark.parametrize(("context", "steps"), [(False, 150), (True, 75)])
def test_a_little_training_lowers_the_edge_loss(context, steps):
    network = build(context=context, layers=("conv1_2", "conv2_2"), no_scribble_prob=0.0, lr=3e-3)
    ticks = train(methods.recipe(network), Boxes(8, SIZE), steps=steps, batch_size=8, every=1)
    ticks = list(checked_at_first(ticks))
    first, last = (fmean(tick.logs["edge"] for tick in part) for part in (ticks[:15], ticks[-15:]))
    assert last < 0.8 * first


@pytest.mark.slow
@pytest.mark.sampled(0)
def test_a_little_training_finds_lost_edges():
    network = build(layers=("conv1_2",), no_scribble_prob=0.0)
    ticks = train(methods.recipe(network), Boxes(8, SIZE), steps=45, batch_size=8, every=1)
    ticks = list(checked_at_first(ticks))
    first, last = (fmean(tick.logs["find"] for tick in part) for part in (ticks[:10], ticks[-10:]))
    assert last < 0.7 * first


@pytest.mark.parametrize("backbone", ["rtug:tiny", "guiding_painter:tiny"])
@pytest.mark.parametrize("context", [False, True])
def test_mixed_precision_trains(backbone, context):
    fabric = load_fabric()(accelerator="cpu", precision="bf16-mixed")
    recipe = methods.recipe(build(backbone, context=context))
    (tick,) = train(recipe, Boxes(4, SIZE), steps=2, batch_size=4, every=2, fabric=fabric)
    assert torch.tensor(list(tick.logs.values())).isfinite().all()


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_a_gpu_trains_the_same(generator):
    logs = {}
    for device in ("cpu", "cuda"):
        recipe = edge_enhancing.Recipe(build(hints=False, no_scribble_prob=0.0, widths=(3, 3)).to(device), generator)
        own = torch.Generator(device).manual_seed(0)
        logs[device] = recipe.step(Boxes(4, SIZE).batch(torch.arange(4)).to(device), Progress(0, 10, 2), own)
    assert logs["cuda"]["find"].item() == pytest.approx(logs["cpu"]["find"].item(), rel=1e-2)


# The network that comes with the package.


def test_the_shipped_network_leaves_pictures_alone_where_nobody_scribbles():
    network = methods.load("edge_enhancing-natural")
    with torch.no_grad():
        for name in ("astronaut", "flower"):
            rgb = resize(sample(name), (96, 96))
            target, encoding = encode(rgb, "ab"), network.encode(encode(rgb, "L"))
            told = network.simulate_hints(encoding, target, torch.tensor([40]), torch.Generator().manual_seed(0))
            start = network.encode_and_paint(encoding, *told)
            assert torch.equal(network.enhance(start, torch.zeros_like(encoding.condition)), start.prediction)
