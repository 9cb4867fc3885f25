"""RTUG against the facts of its paper and of its released code."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from pictures import Boxes

from colornb import checkpoints, methods
from colornb.methods import Encoding, Progress, rtug
from colornb.methods.rtug import FEATURES, PRESETS, Config, Network

MANIFESTS = Path(__file__).parent / "manifests"
TINY = PRESETS["tiny"]


@pytest.fixture
def painter(generator):
    painter = Network(TINY, generator)
    for layer in painter.modules():  # statistics and scales that a mistake would not survive
        if isinstance(layer, torch.nn.BatchNorm2d):
            for value in (layer.running_mean, layer.running_var, layer.weight, layer.bias):
                value.data.uniform_(0.3, 1.5, generator=generator)
    return painter.eval()


@pytest.fixture
def seen(generator):
    """Lightness, colours and mask of two pictures, in network space."""
    condition, color = (2 * torch.rand(2, c, 32, 40, generator=generator) - 1 for c in (1, 2))
    mask = (torch.rand(2, 1, 32, 40, generator=generator) < 0.1).float()
    return condition, color * mask, mask


def published(name, generator):
    shapes = json.loads((MANIFESTS / f"{name}.json").read_text())
    return {
        key: torch.randint(9, (), generator=generator)
        if "num_batches" in key
        else torch.rand(shape, generator=generator)
        for key, shape in shapes.items()
    }


@pytest.mark.parametrize("name", ["siggraph17", "siggraph_pytorch"])
def test_released_weights_load_as_they_are(name, generator):
    state = published(name, generator)
    painter = Network(PRESETS["paper"], generator)
    rtug.load_official(painter, state)
    own = painter.state_dict()
    assert own.keys() == state.keys()
    assert all(torch.equal(own[key], state[key]) for key in state)
    assert sum(p.numel() for p in painter.parameters()) + sum(
        b.numel() for name, b in painter.named_buffers() if "num_batches" not in name
    ) == sum(value.numel() for key, value in state.items() if "num_batches" not in key)


def test_a_released_file_brings_its_own_mask(generator, tmp_path, monkeypatch):
    """The same weights under two names: each is fed as it was trained."""
    torch.save({f"module.{k}": v for k, v in published("siggraph17", generator).items()}, tmp_path / "a.pth")
    centers = {}
    for name in ("siggraph17", "siggraph17-caffe", "siggraph17-retrained"):
        network = methods.load(f"{name}={tmp_path / 'a.pth'}")
        centers[name] = network.config.mask_center
        assert not network.training
    assert centers == {"siggraph17": 0.0, "siggraph17-caffe": 0.0, "siggraph17-retrained": 0.5}
    given = []
    network.model1.register_forward_pre_hook(lambda _, planes: given.append(planes[0]))
    with torch.no_grad():
        network.paint(Encoding(torch.ones(1, 1, 8, 8)), torch.full((1, 2, 8, 8), 0.25), torch.ones(1, 1, 8, 8))
    assert given[0][0, :, 0, 0].tolist() == [0.5, 0.25, 0.25, 0.5]


@pytest.mark.parametrize("change", ["missing", "extra"])
def test_other_files_are_refused_in_one_line(change, generator, tmp_path):
    state = published("siggraph17", generator)
    if change == "missing":
        del state["model5.2.bias"]
    else:
        state["model11.0.bias"] = torch.zeros(1)
    torch.save(state, tmp_path / "a.pth")
    with pytest.raises(ValueError, match=r"does not fit.*(model5\.2|model11\.0)\.bias") as error:
        methods.load_official("siggraph17", tmp_path / "a.pth")
    assert "\n" not in str(error.value)
    (tmp_path / "a.pth").write_bytes(b"nothing")
    with pytest.raises(ValueError, match="no plain state dict"):
        methods.load_official("siggraph17", tmp_path / "a.pth")


def test_unknown_names_and_files_without_an_address_are_one_line(tmp_path):
    with pytest.raises(ValueError, match="choose one of .*siggraph17"):
        methods.load_official("siggraph18")
    with pytest.raises(ValueError, match="give its path"):
        methods.load_official("siggraph17-retrained")
    with pytest.raises(FileNotFoundError, match="give a path"):
        methods.load_official("siggraph17", tmp_path / "none.pth")
    assert checkpoints.OFFICIAL["siggraph17"].sha256.startswith("df00044c")


def test_features_are_reached_by_name_in_order_and_can_be_changed(painter, seen):
    names = []

    def note(name, feature):
        x = feature()
        names.append((name, tuple(x.shape[1:])))
        return x

    def blank(name, feature):
        return 0 * feature() if name == "conv1_2" else feature()

    with torch.no_grad():
        before = painter.paint(Encoding(seen[0]), *seen[1:], hook=note)
        after = painter.paint(Encoding(seen[0]), *seen[1:], hook=blank)
        again = painter.paint(Encoding(seen[0]), *seen[1:])
    assert [name for name, _ in names] == list(FEATURES)
    assert dict(names)["conv1_2"] == (8, 32, 40)
    assert dict(names)["conv7_3"] == (64, 4, 5)
    assert dict(names)["conv8_3"] == (32, 8, 10)
    assert torch.equal(before, again)
    assert (before - after).abs().max() > 1e-3


# Training.


def gradients(config, generator, weight):
    """Which parts get a gradient from one of the two losses alone."""
    painter = Network(config, generator)
    target = torch.rand(2, 2, 16, 16, generator=generator)
    painted, logits = painter(torch.zeros(2, 1, 16, 16), 0 * target, torch.zeros(2, 1, 16, 16))
    (painted.sum() if weight == "rec" else logits.square().sum()).backward()
    return {name.split(".")[0] for name, p in painter.named_parameters() if p.grad is not None and p.grad.any()}


def test_one_head_learns_from_features_that_it_leaves_alone(generator):
    trunk = {"model1", "model4", "model8up", "model8", "model3short8"}
    decoder = {"model9up", "model2short9", "model9", "model10up", "model1short10", "model10", "model_out"}
    regression, classification = TINY, replace(TINY, trains="classification", hints=False)
    assert trunk | decoder <= gradients(regression, generator, "rec")
    assert gradients(regression, generator, "class") == {"model_class"}
    assert gradients(classification, generator, "rec") == decoder
    assert trunk | {"model_class"} <= gradients(classification, generator, "class")


def test_losses_are_those_of_the_released_code(generator):
    batch = Boxes(3, 16).batch(torch.arange(3))
    painter = Network(TINY, generator)
    recipe = rtug.Recipe(painter, generator)
    seen = []
    painter.register_forward_hook(lambda _, given, made: seen.append((given, made)))
    logs = recipe.step(batch, Progress(0, 10, 1), generator)
    _, (painted, logits) = seen[0]
    from skimage.color import rgb2lab

    ab = torch.stack([torch.from_numpy(rgb2lab(x.permute(1, 2, 0).double().numpy())) for x in batch.rgb])[..., 1:]
    target = ab.permute(0, 3, 1, 2) / 110
    assert logs["rec"].item() == pytest.approx(10 * (painted - target).abs().sum(1).mean().item(), rel=1e-4)
    a, b = (((110 * target + 110) / 10).round().long()[:, i, ::4, ::4] for i in (0, 1))
    chosen = logits.log_softmax(1).gather(1, (23 * a + b)[:, None])
    assert logs["class"].item() == pytest.approx(-chosen.mean().item(), rel=1e-4)


def test_the_huber_distance_is_that_of_the_released_code(generator):
    from colornb.losses import huber_loss

    d = 0.05 * torch.randn(2, 2, 7, 7, generator=generator)
    delta = 1 / 110
    each = torch.where(d.abs() < delta, 0.5 * d**2 / delta, d.abs() - 0.5 * delta)
    assert torch.allclose(huber_loss(d, torch.zeros_like(d)), each.sum(1).mean())


def hinted(config, generator, batch=400):
    painter = Network(config, generator)
    recipe = rtug.Recipe(painter, generator)
    target = torch.rand(batch, 2, 32, 32, generator=generator)
    return recipe._hints(torch.zeros(batch, 1, 32, 32), target, generator)[1].flatten(1).mean(1)


def test_simulated_users_say_as_much_as_in_the_released_code(generator):
    """Measured on the released sampler at 176 pixels: 0.69 % of the picture on average, none at all for 13 %."""
    painter = replace(TINY, sides=(1, 9))
    recipe = rtug.Recipe(Network(painter, generator), generator)
    target = torch.zeros(600, 2, 176, 176)
    share = recipe._hints(target[:, :1], target, generator)[1].flatten(1).mean(1)
    assert share.mean().item() == pytest.approx(0.0069, rel=0.15)
    assert (share == 0).float().mean().item() == pytest.approx(0.125, abs=0.045)


def test_the_first_release_gives_one_hint_at_least_and_sometimes_everything(generator):
    config = replace(TINY, min_hints=1, odd_sizes=True, reveal_all_prob=0.05)
    share = hinted(config, generator)
    assert share.min() > 0
    assert 0.02 < (share == 1).float().mean() < 0.09
    assert not hinted(replace(TINY, hints=False), generator).any()


@pytest.mark.parametrize(
    "change", [{"trains": "both"}, {"condition": "sketch"}, {"target": "rgb"}, {"loss": "l2"}, {"init": "zero"}]
)
def test_settings_that_mean_nothing_are_refused(change):
    with pytest.raises(ValueError, match="choose"):
        Config(**change)


def test_a_sketch_has_no_palette(generator):
    painter = Network(PRESETS["tiny_sketch"], generator)
    assert "model_class.0.weight" not in painter.state_dict()
    with pytest.raises(ValueError, match="no palette"):
        painter.classify(Encoding(torch.zeros(1, 1, 16, 16)), torch.zeros(1, 3, 16, 16), torch.zeros(1, 1, 16, 16))


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_a_gpu_trains_the_same(generator):
    losses = {}
    for device in ("cpu", "cuda"):
        painter = Network(TINY, torch.Generator().manual_seed(0)).to(device)
        recipe = rtug.Recipe(painter, generator)
        user = torch.Generator(device).manual_seed(0)
        batch = Boxes(4).batch(torch.arange(4)).to(device)
        losses[device] = [recipe.step(batch, Progress(0, 10, 1), user)["rec"].item() for _ in range(3)]
    assert losses["cuda"] == pytest.approx(losses["cpu"], rel=0.2)
