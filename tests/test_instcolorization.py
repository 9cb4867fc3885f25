"""Su et al.: the released files, boxes and stages; for the arithmetic see published."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from pictures import Boxes as Rectangles
from pictures import drawn_weights
from torch.nn import functional as F

from colornb import data, methods
from colornb.boxes import pack_boxes
from colornb.color import encode
from colornb.methods import Encoding, Progress, encode_batch
from colornb.methods import instcolorization as su
from colornb.methods.instcolorization import CHANNELS, FILES, PRESETS, PUBLISHED, Recipe
from colornb.training import train
from colornb.types import Batch

SIZE = 32
SHAPES = {
    part: json.loads((Path(__file__).parent / "manifests" / f"instcolorization_{part}.json").read_text())
    for part in FILES
}
TWO = [[0.1, 0.2, 0.6, 0.7], [0.4, 0.3, 1.0, 0.9]]  # they overlap


def build(seed=0, **changes):
    return methods.build("instcolorization", "tiny", seed, **changes).eval()


@pytest.fixture
def network():
    return build()


@pytest.fixture
def told(generator):
    """A condition and some colours given, of two pictures."""
    condition = 2 * torch.rand(2, 1, SIZE, SIZE, generator=generator) - 1
    mask = (torch.rand(2, 1, SIZE, SIZE, generator=generator) < 0.05).float()
    return condition, (2 * torch.rand(2, 2, SIZE, SIZE, generator=generator) - 1) * mask, mask


def paint(network, told, boxes=None, hook=None):
    condition, color, mask = told
    encoding = Encoding(condition, boxes=boxes)
    with torch.no_grad():
        return network.paint(encoding, color, mask) if hook is None else network.paint(encoding, color, mask, hook)


# The released files


def released(part, generator):
    return {
        key: torch.randint(9, (), generator=generator) if "num_batches" in key else drawn_weights(shape, generator)
        for key, shape in SHAPES[part].items()
    }


@pytest.mark.slow
def test_released_files_load_as_they_are_with_and_without_the_prefix_of_parallel_training(tmp_path, generator):
    states = {part: released(part, generator) for part in FILES}
    for part, state in states.items():
        prefix = "module." if part == "fusion" else ""
        torch.save({prefix + key: value for key, value in state.items()}, tmp_path / FILES[part])
    network = methods.load_official("instcolorization", tmp_path)
    for part, state in states.items():
        own = getattr(network, part).state_dict()
        assert own.keys() == state.keys()
        assert all(torch.equal(own[key], value) for key, value in state.items())
    assert [len(SHAPES[part]) for part in FILES] == [107, 107, 275]
    assert sum(p.numel() for p in network.full.parameters()) == 34_187_027
    assert sum(p.numel() for p in network.fusion.parameters()) == 35_270_831
    torch.save({}, tmp_path / FILES["fusion"])
    with pytest.raises(ValueError, match=r"does not fit.*275 entries differ") as error:
        methods.load_official("instcolorization", tmp_path)
    assert "\n" not in str(error.value)


def test_a_folder_that_lacks_a_file_is_one_line(tmp_path):
    for call in (lambda: methods.load_official("instcolorization", tmp_path), lambda: su.read_official(tmp_path)):
        with pytest.raises(FileNotFoundError, match=r"no latest_net_GComp\.pth .* give a folder") as error:
            call()
        assert "\n" not in str(error.value)
    with pytest.raises(ValueError, match="get its file"):
        methods.load_official("instcolorization")


def test_thirteen_weight_layers_are_used_and_the_last_one_waits(network):
    layers = {name for name, _ in network.fusion.named_children() if name.startswith("weight_layer")}
    assert layers == {f"weight_layer{number}" for _, number in CHANNELS.values()} | {"weight_layerout"}
    assert len(CHANNELS) == 13


# Fusion


def test_without_boxes_the_fusion_network_is_the_full_one(network, told):
    network.fusion.load_state_dict(network.full.state_dict(), strict=False)
    condition, color, mask = told
    for boxes in (None, torch.zeros(2, 0, 4), torch.zeros(2, 3, 4)):
        encoding = Encoding(condition, boxes=boxes)
        with torch.no_grad():
            alone = network.full.paint(encoding, color, mask)
            assert torch.equal(network("fusion", encoding, color, mask), alone)
        assert torch.equal(paint(network, told, boxes), alone)


def test_without_boxes_the_full_network_paints_whatever_the_fusion_network_has_learned(network, told):
    encoding = Encoding(told[0])
    with torch.no_grad():
        assert torch.equal(paint(network, told), network.full.paint(encoding, *told[1:]))
        assert not torch.equal(paint(network, told), network.fusion.paint(encoding, *told[1:]))


def test_boxes_change_the_picture_and_only_at_last_those_of_the_fusion_stage(told):
    boxes = pack_boxes([TWO, TWO[:1]])
    for stage, changes in (("full", False), ("instance", False), ("fusion", True), ("all", True)):
        network = build(stage=stage)
        assert (not torch.equal(paint(network, told), paint(network, told, boxes))) == changes


def test_outside_of_boxes_the_background_counts_alone(network, generator):
    layer, boxes = network.fusion.weigh("conv1_2"), pack_boxes([TWO])
    feature, crops = torch.randn(1, 8, 16, 16, generator=generator), torch.randn(2, 8, 16, 16, generator=generator)
    there, within = torch.ones(1, 2, dtype=torch.bool), su.boxes_mask(boxes, 16, 16)
    with torch.no_grad():
        mixed = layer(feature, su._placed(layer.of_instances(crops), boxes, there, (16, 16)), there, within)
    assert torch.equal((mixed * (1 - within)), feature * (1 - within))
    assert ((mixed - feature) * within).abs().max() > 0.1


def test_each_picture_is_painted_as_if_it_were_alone(network, told):
    """With more boxes, fewer and none in one batch."""
    condition, color, mask = (torch.cat([x, x.flip(3)]) for x in told)
    boxes = pack_boxes([TWO, [], TWO[1:], []])
    together = paint(network, (condition, color, mask), boxes)
    for k in range(4):
        alone = paint(network, (condition[k : k + 1], color[k : k + 1], mask[k : k + 1]), boxes[k : k + 1])
        assert torch.allclose(together[k : k + 1], alone, atol=1e-5)


def test_the_order_of_boxes_does_not_matter_and_those_beyond_the_most_are_left_out(network, told):
    one, other = (paint(network, told, pack_boxes([order] * 2)) for order in (TWO, TWO[::-1]))
    assert torch.allclose(one, other, atol=1e-5)
    many = pack_boxes([[*TWO, [0.0, 0.0, 0.2, 0.2]]] * 2)
    assert not torch.allclose(paint(network, told, many), one, atol=1e-5)
    network.config = replace(network.config, most=2)
    assert torch.allclose(paint(network, told, many), one, atol=1e-5)


def test_instances_see_what_lies_in_their_boxes_and_the_hints_there(network, told):
    seen = []
    network.instance.paint = lambda encoding, color, mask, hook, sums: seen.append((encoding.condition, color, mask))
    condition, color, mask = told
    boxes = pack_boxes([[[0.0, 0.0, 0.5, 0.5]], [[0.5, 0.25, 1.0, 0.75]]])
    network._see(torch.cat([condition, color, mask], 1), boxes, torch.ones(2, 1, dtype=torch.bool))
    light, colors, where = seen[0]
    parts = [slice(0, 16), slice(0, 16)], [slice(8, 24), slice(16, 32)]
    for k, (rows, columns) in enumerate(parts):
        part = condition[k : k + 1, :, rows, columns]
        assert torch.allclose(light[k : k + 1], F.interpolate(part, SIZE, mode="bilinear"), atol=1e-5)
        assert torch.equal(where[k], mask[k][:, rows, columns].repeat_interleave(2, 1).repeat_interleave(2, 2))
        assert torch.equal(colors[k], color[k][:, rows, columns].repeat_interleave(2, 1).repeat_interleave(2, 2))


def test_half_precision_does_not_overflow(network, told):
    with torch.autocast("cpu", torch.bfloat16):
        half = paint(network, told, pack_boxes([TWO, TWO]))
    assert half.isfinite().all()
    assert (half.float() - paint(network, told, pack_boxes([TWO, TWO]))).abs().mean() < 0.02


# Training


def rectangles(boxes):
    """Pictures with a square in the middle, and the box around it."""
    return [Rectangles(8, SIZE).rgb, boxes.expand(8, -1, -1)]


def stages(network, steps, seen):
    """Weights before each step of a short training, by part."""
    recipe = Recipe(network, torch.Generator().manual_seed(0))
    rgb, boxes = rectangles(pack_boxes([[[0.25, 0.25, 0.75, 0.5]]]))
    for step in range(steps):
        seen.append({part: {k: v.clone() for k, v in getattr(network, part).state_dict().items()} for part in FILES})
        recipe.step(Batch(rgb, boxes=boxes), Progress(step, steps, 4), torch.Generator().manual_seed(step))
    seen.append({part: {k: v.clone() for k, v in getattr(network, part).state_dict().items()} for part in FILES})
    return recipe


def moved(before, after):
    return {part: {k for k in before[part] if not torch.equal(before[part][k], after[part][k])} for part in FILES}


def test_stages_follow_each_other_and_train_what_belongs_to_them():
    network, seen = build(shares=(0.5, 0.25, 0.25), joins="last"), []
    stages(network, 8, seen)
    for step in range(4):
        changes = moved(seen[step], seen[step + 1])
        assert changes["full"]
        assert not changes["instance"] | changes["fusion"]
    assert moved(seen[5], seen[6])["instance"]
    assert not moved(seen[4], seen[8])["full"], "the first network is finished"
    last = moved(seen[7], seen[8])
    assert not last["instance"]
    blocks = {key.split(".")[0] for key in last["fusion"]}
    assert blocks == {f"weight_layer{number}" for _, number in CHANNELS.values()} | {"model10", "model_out"}
    for key, value in network.full.state_dict().items():
        if not key.startswith(("model10.", "model_out")):
            assert torch.equal(network.fusion.state_dict()[key], value), "taken from the first network"


def test_at_last_all_of_the_fusion_network_may_learn():
    network, seen = build(shares=(0.5, 0.25, 0.25), joins="all"), []
    stages(network, 8, seen)
    blocks = {key.split(".")[0] for key in moved(seen[7], seen[8])["fusion"]}
    assert {"model1", "model10", "weight_layer"} <= blocks
    assert "model_class" not in blocks


def test_rates_fall_at_the_end_of_each_stage():
    network, rates = build(shares=(0.5, 0.25, 0.25), lr=(1e-3, 2e-3, 3e-3)), []
    recipe = Recipe(network, torch.Generator().manual_seed(0))
    batch = Batch(Rectangles(2, SIZE).rgb)
    for step in (0, 35, 55, 60, 75, 99):
        recipe.step(batch, Progress(step, 120, 4), torch.Generator().manual_seed(step))
        stage = recipe._stage(Progress(step, 120, 4))[0]
        rates.append((stage, recipe.optimizers["network"].param_groups[su.STAGES.index(stage)]["lr"]))
    assert [stage for stage, _ in rates] == ["full", "full", "full", "instance", "instance", "fusion"]
    assert [rate for _, rate in rates] == pytest.approx(
        [1e-3, 1e-3, 2.5e-4, 2e-3, 2e-3, 3e-3 * 21 / 30 / (2 / 3)], rel=0.1
    )


@pytest.mark.parametrize("stage", ["full", "instance", "fusion"])
def test_stages_can_be_trained_one_by_one(stage):
    network = build(stage=stage)
    recipe = Recipe(network, torch.Generator().manual_seed(0))
    learning = {name.split(".")[0] for name, p in network.named_parameters() if p.requires_grad}
    assert learning == {stage}
    if stage == "instance":
        own = network.full.state_dict()
        assert all(torch.equal(value, own[key]) for key, value in network.instance.state_dict().items())
    recipe.step(Batch(Rectangles(2, SIZE).rgb), Progress(0, 4, 2), torch.Generator().manual_seed(0))


def test_several_devices_need_one_stage_at_a_time():
    class Two:
        world_size = 2

    with pytest.raises(ValueError, match="set stage=full") as error:
        methods.recipe(build()).setup(Two())
    assert "\n" not in str(error.value)


def test_one_instance_of_each_picture_is_cut_out_and_whole_pictures_where_there_is_none(generator):
    target = torch.rand(3, 2, 16, 16, generator=generator)
    encoding = Encoding(torch.rand(3, 1, 16, 16, generator=generator), boxes=pack_boxes([TWO, [], TWO]))
    told = (target, torch.ones(3, 1, 16, 16))
    small, ab, (color, mask) = su._one_each(encoding, target, told, generator)
    assert torch.equal(mask, told[1])
    assert torch.equal(color[1], target[1])
    assert torch.allclose(color, ab, atol=0.6), "hints are cut out as the picture is"
    assert torch.allclose(ab[1], target[1], atol=1e-6)
    assert torch.allclose(small.condition[1], encoding.condition[1], atol=1e-6)
    assert not torch.allclose(ab[0], target[0], atol=1e-2)
    drawn = {tuple(su._one_each(encoding, target, told, generator)[1][0, 0, 0].tolist()) for _ in range(20)}
    assert len(drawn) == 2, "either of two boxes"


def test_gray_pictures_teach_nothing(generator):
    painted, target = torch.rand(2, 2, 8, 8, generator=generator), torch.rand(2, 2, 8, 8, generator=generator)
    alone = su._huber(painted[:1], target[:1])
    target[1] = 0.01 * target[1]
    assert su._huber(painted, target) == pytest.approx(alone.item(), rel=1e-5)
    assert su._huber(painted[1:], target[1:]) == 0


def test_a_run_that_was_cut_ends_with_the_same_weights(tmp_path):
    pictures = data.open("storybook", "train", SIZE, n=8)

    def run(network, out, most=None):
        for tick in train(methods.recipe(network), pictures, steps=4, batch_size=2, out=out, every=1, save_every=1):
            if tick.step == most:
                break

    whole, cut = build(), build()
    run(whole, tmp_path / "whole")
    run(cut, tmp_path / "cut", 3)
    again = build()
    run(again, tmp_path / "cut")
    own = whole.state_dict()
    assert all(torch.equal(value, own[key]) for key, value in again.state_dict().items())


def test_the_storybook_knows_its_boxes():
    batch = data.open("storybook", "train", SIZE, n=4).batch(torch.arange(4))
    network = build()
    encoding = encode_batch(network, batch)
    assert torch.equal(encoding.boxes, batch.boxes)
    areas = (batch.boxes[..., 2] - batch.boxes[..., 0]) * (batch.boxes[..., 3] - batch.boxes[..., 1])
    assert (areas.diff() <= 1e-6).all(), "the largest first"
    target = encode(batch.rgb, "ab")
    with torch.no_grad():
        color, mask = network.simulate_hints(encoding, target, torch.full((4,), 3), torch.Generator().manual_seed(0))
        assert not torch.equal(
            network.paint(encoding, color, mask), network.paint(Encoding(encoding.condition), color, mask)
        )


def test_published_settings_are_without_hints():
    assert PUBLISHED.keys() == {"instcolorization", "instcolorization-mask"}
    assert not any(config.hints for config in PUBLISHED.values())
    assert build(hints=False).hint_kinds == ()
    assert PRESETS["hints"].hints


# With an edge-enhancing network on top


def test_scribbles_need_no_second_look_at_the_instances(told):
    network = methods.build("edge_enhancing", "tiny", backbone="instcolorization:tiny", layers=("decoder",)).eval()
    for name, value in network.enhancers.named_parameters():
        if "last.weight" in name:
            value.data.normal_(0, 0.05, generator=torch.Generator().manual_seed(1))
    condition, color, mask = told
    encoding = Encoding(condition, boxes=pack_boxes([TWO, []]))
    with torch.no_grad():
        start = network.encode_and_paint(encoding, color, mask)
        assert torch.equal(start.prediction, paint(network.backbone, told, encoding.boxes))
        calls = []
        network.backbone.instance.register_forward_pre_hook(lambda *_: calls.append(1))
        network.backbone.instance.model1.register_forward_pre_hook(lambda *_: calls.append(1))
        mended = network.enhance(start, torch.ones_like(mask))
    assert not calls
    assert not torch.equal(mended, start.prediction)
    one = replace(start, encoding=encoding.pick(torch.tensor([0])))
    with torch.no_grad():
        first = network.encode_and_paint(one.encoding, color[:1], mask[:1])
        both = network.enhance(first, torch.cat([torch.ones_like(mask[:1]), torch.zeros_like(mask[:1])]))
        alone = network.enhance(first, torch.ones_like(mask[:1]))
    assert torch.allclose(both[:1], alone, atol=1e-5)
    assert both.shape == (2, 2, SIZE, SIZE)
