"""Augmentation: the same for picture and line art, from the generator alone."""

import colorsys

import pytest
import torch

from colornb.boxes import are_boxes, boxes_mask
from colornb.data import Jitter, augment, jitter
from colornb.data._augment import _shift_hsv
from colornb.types import Batch


@pytest.fixture
def batch(generator):
    base = torch.rand(8, 1, 6, 6, generator=generator)
    lines = torch.nn.functional.interpolate(base, (48, 48), mode="bicubic").clamp(0, 1)
    return Batch(lines.expand(-1, 3, -1, -1).contiguous(), lines)


def test_picture_and_line_art_move_together(batch, generator):
    moved = augment(batch, generator)
    assert torch.allclose(moved.rgb, moved.sketch.expand(-1, 3, -1, -1), atol=1e-6)
    assert all((a - b).abs().mean() > 1e-3 for a, b in zip(moved.sketch, batch.sketch, strict=True))
    assert moved.rgb.shape == batch.rgb.shape and moved.rgb.min() >= 0 and moved.rgb.max() <= 1


def test_equal_generators_give_equal_batches(batch):
    one, two, three = (augment(batch, torch.Generator().manual_seed(s), color=True).rgb for s in (5, 5, 6))
    assert torch.equal(one, two) and not torch.equal(one, three)


def test_global_random_state_is_left_alone(batch, generator):
    before = torch.random.get_rng_state()
    augment(batch, generator, color=True)
    assert torch.equal(before, torch.random.get_rng_state())


def test_flip_alone_mirrors_some_and_leaves_the_others(batch, generator):
    moved = augment(batch, generator, crop=None).rgb
    same = torch.tensor([torch.allclose(a, b, atol=1e-4) for a, b in zip(moved, batch.rgb, strict=True)])
    flipped = torch.tensor([torch.allclose(a, b.flip(-1), atol=1e-4) for a, b in zip(moved, batch.rgb, strict=True)])
    assert (same ^ flipped).all() and same.any() and flipped.any()


def test_without_flip_and_crop_nothing_changes(batch, generator):
    still = augment(batch, generator, flip=False, crop=None)
    assert torch.allclose(still.rgb, batch.rgb, atol=1e-4)


def test_crop_keeps_the_share_it_was_told(generator):
    """On a ramp, the range of values that is left tells the width and height of the window."""
    ramp = torch.linspace(0, 1, 64)
    rgb = torch.stack([ramp.expand(64, 64), ramp.expand(64, 64).T, torch.zeros(64, 64)])[None].repeat(200, 1, 1, 1)
    moved = augment(Batch(rgb), generator, flip=False, crop=(0.4, 0.8)).rgb
    width = moved[:, 0].amax((1, 2)) - moved[:, 0].amin((1, 2))
    height = moved[:, 1].amax((1, 2)) - moved[:, 1].amin((1, 2))
    area = width * height
    assert 0.35 < area.min() < 0.5 and 0.7 < area.max() < 0.82
    ratio = width / height
    assert 0.7 < ratio.min() < 0.85 and 1.2 < ratio.max() < 1.4


def test_colour_leaves_line_art_alone(batch, generator):
    moved = augment(batch, generator, flip=False, crop=None, color=True)
    assert torch.allclose(moved.sketch, batch.sketch, atol=1e-4)
    assert not torch.allclose(moved.rgb, batch.rgb, atol=0.02)


def test_jitter_stays_in_range_and_spares_about_a_quarter(generator):
    rgb = torch.rand(400, 3, 2, 2, generator=generator)
    moved = jitter(rgb, generator)
    assert moved.min() >= 0 and moved.max() <= 1
    still = (moved - rgb).abs().amax((1, 2, 3)) < 1e-5
    assert 0.15 < still.float().mean() < 0.35  # half times half


def test_ranges_say_how_far_colours_move(generator):
    rgb = 0.3 + 0.4 * torch.rand(500, 3, 1, 1, generator=generator)
    still = {"brightness": 0, "contrast": 0, "hue": 0, "saturation": 0, "value": 0}
    assert torch.allclose(jitter(rgb, generator, Jitter(**still)), rgb, atol=1e-5)
    brighter = jitter(rgb, generator, Jitter(**still | {"brightness": 0.1}, p=1.0)) - rgb
    assert torch.allclose(brighter, brighter[:, :1].expand(-1, 3, -1, -1), atol=1e-5), "all channels alike"
    assert 0.09 < brighter.abs().max() <= 0.1 + 1e-5
    assert brighter.min() < -0.09
    contrast = jitter(rgb, generator, Jitter(**still | {"contrast": 0.2}, p=1.0)) / rgb
    assert 0.8 - 1e-4 <= contrast.min() < 0.82
    assert 1.18 < contrast.max() <= 1.2 + 1e-4
    for name, place, turn in (("hue", 0, 1), ("saturation", 1, 0), ("value", 2, 0)):
        moved = jitter(rgb, generator, Jitter(**still | {name: 0.05}, p=1.0))
        before, after = (torch.tensor([colorsys.rgb_to_hsv(*p.flatten().tolist()) for p in x]) for x in (rgb, moved))
        change = after - before
        change[:, 0] = (change[:, 0] + 0.5) % 1 - 0.5 if turn else 0
        others = [other for other in range(3) if other != place]
        assert change[:, others].abs().max() < 1e-4
        assert 0.045 < change[:, place].abs().max() <= 0.05 + 1e-4


def test_augmentation_takes_the_ranges_of_jitter(batch):
    one, two, three = (
        augment(batch, torch.Generator().manual_seed(5), crop=None, color=color).rgb
        for color in (True, Jitter(), Jitter(brightness=0.5))
    )
    assert torch.equal(one, two)
    assert not torch.allclose(one, three, atol=0.01)


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ({"crop": (0.9, 0.5)}, "crop cannot be"),
        ({"crop": (0.0, 1.0)}, "crop cannot be"),
        ({"crop": (0.5, 1.5)}, "crop cannot be"),
        ({"ratio": (2.0, 1.0)}, "ratio cannot be"),
        ({"ratio": (0.0, 1.0)}, "ratio cannot be"),
    ],
)
def test_windows_that_cannot_be_are_refused(batch, generator, how, words):
    with pytest.raises(ValueError, match=words):
        augment(batch, generator, **how)


@pytest.mark.parametrize("value", [-0.1, 1.5])
def test_colours_that_cannot_move_so_far_are_refused(value):
    with pytest.raises(ValueError, match="from 0 to 1"):
        Jitter(hue=value)


def test_shift_agrees_with_the_standard_library(generator):
    rgb = torch.rand(64, 3, 1, 1, generator=generator)
    hue, saturation, value = (0.4 * torch.rand(3, 64, generator=generator) - 0.2).unbind()
    ours = _shift_hsv(rgb, hue, saturation, value)[:, :, 0, 0]
    for i in range(64):
        h, s, v = colorsys.rgb_to_hsv(*rgb[i, :, 0, 0].tolist())
        s, v = (min(1.0, max(0.0, x + d[i].item())) for x, d in ((s, saturation), (v, value)))
        theirs = torch.tensor(colorsys.hsv_to_rgb((h + hue[i].item()) % 1, s, v))
        assert torch.allclose(ours[i], theirs, atol=1e-5)


def test_greys_stay_grey(generator):
    gray = torch.rand(50, 1, 2, 2, generator=generator).expand(-1, 3, -1, -1)
    moved = jitter(gray, generator)
    assert torch.allclose(moved.amax(1), moved.amin(1), atol=1e-6)


def test_boxes_move_with_what_is_in_them(generator):
    """A white box on black is where its corners say, before and after."""
    rgb, boxes = torch.zeros(16, 3, 64, 64), torch.tensor([[[0.25, 0.375, 0.625, 0.75], [0.0, 0.0, 0.0, 0.0]]])
    rgb[..., 24:48, 16:40] = 1.0
    moved = augment(Batch(rgb, boxes=boxes.expand(16, -1, -1)), generator, crop=(0.5, 1.0))
    assert moved.boxes.shape == (16, 2, 4)
    assert not are_boxes(moved.boxes)[:, 1].any()
    seen = boxes_mask(moved.boxes, 64, 64)
    assert (seen - moved.rgb[:, :1]).abs().mean() < 0.04
    assert len({tuple(row) for row in moved.boxes[:, 0].tolist()}) == 16


def test_a_box_that_has_left_the_window_is_none(generator):
    boxes = torch.tensor([[[0.0, 0.0, 0.3, 0.3]]]).expand(32, -1, -1)
    moved = augment(Batch(torch.rand(32, 3, 8, 8, generator=generator), boxes=boxes), generator, crop=(0.1, 0.2))
    assert 0 < are_boxes(moved.boxes).sum() < 32
    assert moved.boxes.amin() >= 0
    assert moved.boxes.amax() <= 1
