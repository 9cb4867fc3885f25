"""The contract that every method keeps, whichever it is."""

import importlib
import re
from dataclasses import asdict
from statistics import fmean

import pytest
import torch
from pictures import Boxes
from shapes import checked_at_first

from colornb import checkpoints, evaluation, methods
from colornb.color import decode, encode, rgb_to_lab
from colornb.methods import Network, Progress, make_condition
from colornb.training import train

METHODS = methods.list_methods()
# What is added to a painter paints nothing itself: without a scribble its picture is that of its backbone, which is
# frozen and in "tiny" has learned nothing. No training of the rest can make such pictures true or hints obeyed.
PAINTERS = [method for method in METHODS if method != "edge_enhancing"]
PRESETS = [(method, preset) for method in METHODS for preset in methods.presets(method)]


def hintable(method):
    """The tiny preset of a method that takes hints; for those that do so by choice alone, the one with points."""
    return "tiny_points" if "tiny_points" in methods.presets(method) else "tiny"


# Trainings that have shown what they can for long: they are part of the campaign only.
KNOWN = {"alacgan", "cic", "deoldify", "efficient_unet", "guided_unet", "instcolorization", "pix2pix"}
LISTENERS = [method for method in PAINTERS if methods.build(method, hintable(method)).hint_kinds]


def but_rarely(methods, known):
    """Methods as parameters, those that are known only in the campaign."""
    return [pytest.param(method, marks=[pytest.mark.sampled(0)] if method in known else []) for method in methods]


@pytest.fixture(params=METHODS)
def network(request):
    return methods.build(request.param, "tiny")


@pytest.fixture(params=LISTENERS)
def listener(request):
    """A network that takes hints."""
    return methods.build(request.param, hintable(request.param))


def test_the_methods_are_found_by_their_files():
    assert "guiding_painter" in METHODS
    assert set(LISTENERS) < set(PAINTERS), "DeOldify asks nobody"
    for method in METHODS:
        first = importlib.import_module(f"colornb.methods.{method}").__doc__.splitlines()[0]
        from_a_paper = re.search(r"\b(19|20)\d\d\b", first)
        assert ({"paper", "tiny"} if from_a_paper else {"tiny"}) <= methods.presets(method).keys()


@pytest.mark.sampled(16)
@pytest.mark.parametrize(("method", "preset"), PRESETS)
def test_every_preset_builds_and_keeps_the_contract(method, preset):
    config = methods.presets(method)[preset]
    with checkpoints.SkipInit():  # to draw the weights of large ones takes seconds
        network = methods.build(method, config)
    assert isinstance(network, Network)
    assert network.config == config
    assert type(config)(**asdict(config)) == config


def test_predictions_fit_their_space(network, generator):
    batch = Boxes(2).batch(torch.arange(2))
    with torch.no_grad():
        encoding = network.eval().encode(make_condition(network, batch))
        target = encode(batch.rgb, network.target)
        color, mask = network.simulate_hints(encoding, target, torch.tensor([0, 3]), generator)
        painted = network.paint(encoding, color, mask)
    assert painted.shape == target.shape
    assert painted.abs().max() <= 1.2
    assert not mask[0].any()
    assert mask[1].any() == bool(network.hint_kinds)
    assert not color[mask.expand_as(color) == 0].any()
    rgb = decode(painted, network.target, rgb_to_lab(batch.rgb)[:, :1] if network.target == "ab" else None)
    assert rgb.amin() >= 0
    assert rgb.amax() <= 1


def test_training_reaches_every_weight(network, generator):
    recipe = methods.recipe(network)
    recipe.step(Boxes(4).batch(torch.arange(4)), Progress(0, 10, 2), generator)
    for name, module in recipe.modules.items():
        known = recipe.optimizers[name].state  # of weights that have had a gradient; it is gone after the step
        still = [key for key, p in module.named_parameters() if p.requires_grad and p not in known]
        assert not still, f"{name}: no gradient reaches {still[:3]}"


def test_the_same_seed_gives_the_same_weights(network):
    method = methods.method_of(network)
    again, other = (methods.build(method, "tiny", seed) for seed in (0, 1))
    own = network.state_dict()
    assert all(torch.equal(own[key], value) for key, value in again.state_dict().items())
    assert any(not torch.equal(own[key], value) for key, value in other.state_dict().items())


def test_a_file_rebuilds_its_network(network, tmp_path):
    path = tmp_path / "a.safetensors"
    methods.save(network, path, note="so it came to be")
    loaded = methods.load(path)
    assert loaded.config == network.config
    assert loaded.about["note"] == "so it came to be"
    assert not loaded.training
    own = network.state_dict()
    assert all(torch.equal(own[key], value) for key, value in loaded.state_dict().items())


def test_half_precision_halves_the_file_and_keeps_three_digits(network, tmp_path):
    methods.save(network, tmp_path / "full.safetensors")
    methods.save(network, tmp_path / "half.safetensors", half=True)
    full, half = ((tmp_path / f"{name}.safetensors") for name in ("full", "half"))
    assert half.stat().st_size < 0.6 * full.stat().st_size
    for key, value in methods.load(half).state_dict().items():
        assert torch.allclose(value, network.state_dict()[key], rtol=2e-3, atol=1e-4)


def test_hints_of_a_simulated_user_are_nested_whichever_pictures_are_asked_for(listener):
    batch = Boxes(3).batch(torch.arange(3))
    target = encode(batch.rgb, listener.target)

    def said(counts, rows=None):
        user = torch.Generator().manual_seed(5)
        return torch.cat(listener.simulate_hints(encoding, target, torch.tensor(counts), user, rows), 1)

    with torch.no_grad():
        encoding = listener.eval().encode(make_condition(listener, batch))
        few, more = said([2, 2, 2]), said([5, 5, 5])
        assert torch.equal(said([5, 2], torch.tensor([2, 0])), torch.stack([more[2], few[0]]))
    assert more[:, -1].sum() > few[:, -1].sum() > 0
    assert ((more[:, -1] >= few[:, -1]).all()).item()


@pytest.mark.slow
@pytest.mark.parametrize("network", but_rarely(PAINTERS, {*KNOWN, "guiding_painter"}), indirect=True)
def test_a_little_training_overfits_eight_pictures(network):
    steps = {
        "cic": 100,
        "rtug": 150,
        "alacgan": 300,
        "instcolorization": 300,
        "guiding_painter": 400,
        "guided_unet": 500,
    }
    budget = {"steps": steps.get(methods.method_of(network), 200), "batch_size": 8, "every": 1}
    ticks = checked_at_first(train(methods.recipe(network), Boxes(8), **budget))
    losses = [tick.logs["rec"] for tick in ticks]
    assert fmean(losses[-50:]) < losses[0] / 5  # the mean, as every step plays other users


@pytest.mark.slow
@pytest.mark.parametrize("listener", but_rarely(LISTENERS, KNOWN), indirect=True)
def test_hints_help_and_their_colour_is_obeyed_where_they_are_given(listener, generator):
    method = methods.method_of(listener)
    data = Boxes(16, size=16 if method == "rtug" else 32, fresh=True)  # the others cannot halve 16 pixels often enough
    steps = {"cic": 100, "pix2pix": 100, "rtug": 200, "guiding_painter": 60}.get(method, 400)
    for _ in checked_at_first(train(methods.recipe(listener), data, steps=steps, batch_size=8)):
        pass
    none, some = evaluation.evaluate(listener, data, counts=(0, 10))
    assert some["psnr"] > none["psnr"] + 1
    batch = data.batch(torch.arange(16))
    listener.eval()
    with torch.no_grad():
        encoding = listener.encode(make_condition(listener, batch))
        color, mask = listener.simulate_hints(
            encoding, encode(batch.rgb, listener.target), torch.full((16,), 1), generator
        )
        lighter, darker = (listener.paint(encoding, (color + d) * mask, mask) for d in (0.3, -0.3))
    moved, inside = lighter - darker, mask.bool().expand_as(lighter)
    assert moved[inside].mean() > 0.05
    assert moved[inside].mean() > 1.5 * moved[~inside].abs().mean()


def test_unknown_names_are_refused_in_one_line():
    for call in (
        lambda: methods.build("no_such_method"),
        lambda: methods.build("guiding_painter", "huge"),
        lambda: methods.build("guiding_painter", "tiny", colour="red"),
        lambda: methods.build("guiding_painter", "tiny", target="cmyk"),
    ):
        with pytest.raises(ValueError, match="choose") as error:
            call()
        assert "\n" not in str(error.value)


def test_weights_that_do_not_fit_are_refused(network):
    state = network.state_dict()
    key = next(iter(state))
    with pytest.raises(ValueError, match="1 entries differ"):
        checkpoints.load_strictly(network, {k: v for k, v in state.items() if k != key}, "the file")
