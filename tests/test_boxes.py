"""Boxes against the released code's rules written as loops, and against interpolation by torch."""

import pytest
import torch
from torch.nn import functional as F

from colornb import boxes, checkpoints
from colornb.boxes import (
    are_boxes,
    box_masks,
    boxes_mask,
    crop_and_resize,
    detect,
    extents,
    largest_first,
    pack_boxes,
    paste,
    propose_boxes,
)


def by_the_script(box, height, width):
    """What `extents` does, in plain arithmetic."""
    (left, right), (top, bottom) = (
        (int(a * side), int(b * side)) for a, b, side in ((box[0], box[2], width), (box[1], box[3], height))
    )
    if right - left < 1:
        left, right = (left, right + 1) if width - right > 1 else (left - 1, right)
    if bottom - top < 1:
        top, bottom = (top, bottom + 1) if height - bottom > 1 else (top - 1, bottom)
    return left, top, right - left, bottom - top


def test_extents_are_those_of_the_released_code(generator):
    corners = torch.rand(300, 2, 2, generator=generator, dtype=torch.float64)
    some = torch.cat([corners.amin(1), corners.amax(1)], 1)
    some[::3, 2:] = some[::3, :2] + 1e-3  # thinner than a pixel
    some = some.clamp(max=1)
    for size in ((48, 64), (6, 8), (3, 5)):
        found = torch.stack(extents(some, *size), 1)
        assert [tuple(row) for row in found.tolist()] == [by_the_script(box, *size) for box in some.tolist()]


@pytest.mark.parametrize(
    ("box", "extent"),
    [
        ((0.0, 0.0, 1.0, 1.0), (0, 0, 8, 6)),
        ((-0.5, -1.0, 0.5, 0.5), (0, 0, 4, 3)),  # cut off
        ((0.5, 0.5, 2.0, 9.0), (4, 3, 4, 3)),
        ((0.5, 0.5, 0.5001, 0.5001), (4, 3, 1, 1)),  # one pixel
        ((0.999, 0.999, 1.0, 1.0), (7, 5, 1, 1)),
        ((0.0, 0.0, 1e-9, 1e-9), (0, 0, 1, 1)),
    ],
)
def test_boxes_outside_and_tiny_ones_have_pixels_inside(box, extent):
    assert tuple(int(number) for number in extents(torch.tensor([box]), 6, 8)) == extent


def test_on_a_map_of_one_pixel_every_box_is_that_pixel():
    found = extents(torch.tensor([[0.2, 0.2, 0.3, 0.3], [0.9, 0.0, 1.0, 1.0]]), 1, 1)
    assert torch.equal(torch.stack(found, 1), torch.tensor([[0, 0, 1, 1]] * 2))


def test_only_areas_inside_the_picture_are_boxes():
    rows = [
        *([0.0, 0.0, 0.0, 0.0], [0.5, 0.5, 0.5, 0.9], [0.6, 0.1, 0.4, 0.2], [1.0, 0.0, 1.5, 1.0]),
        *([float("nan")] * 4, [-1.0, 0.0, 0.0, 1.0], [0.4, 0.4, 0.5, 0.5], [-1.0, -1.0, 2.0, 2.0]),
    ]
    assert are_boxes(torch.tensor([rows]))[0].tolist() == [False] * 6 + [True] * 2


def test_what_is_cut_out_is_the_box_stretched(generator):
    planes = torch.rand(2, 3, 12, 16, generator=generator)
    at = extents(torch.tensor([[0.25, 0.5, 0.75, 1.0], [0.0, 0.0, 0.5, 0.25]]), 12, 16)
    found = crop_and_resize(planes, at)
    for k, (left, top, width, height) in enumerate(torch.stack(at, 1).tolist()):
        part = planes[k : k + 1, :, top : top + height, left : left + width]
        assert torch.allclose(found[k : k + 1], F.interpolate(part, (12, 16), mode="bilinear"), atol=1e-5)
        assert set(crop_and_resize(planes, at, "nearest")[k].unique().tolist()) <= set(part.unique().tolist())


def test_what_is_pasted_is_the_picture_shrunk_into_its_box(generator):
    planes = torch.rand(3, 2, 8, 8, generator=generator)
    at = extents(torch.tensor([[0.1, 0.2, 0.7, 0.9], [0.0, 0.0, 1.0, 1.0], [0.5, 0.5, 0.501, 0.501]]), 20, 30)
    found = paste(planes, at, 20, 30)
    for k, (left, top, width, height) in enumerate(torch.stack(at, 1).tolist()):
        shrunk = F.interpolate(planes[k : k + 1], (height, width), mode="bilinear")
        padded = F.pad(shrunk, (left, 30 - left - width, top, 20 - top - height))
        assert torch.allclose(found[k : k + 1], padded, atol=1e-5)


def test_cut_out_and_pasted_a_box_is_as_it_was(generator):
    planes = torch.rand(1, 1, 4, 4, generator=generator).repeat_interleave(8, 2).repeat_interleave(8, 3)
    at = extents(torch.tensor([[0.25, 0.25, 0.75, 0.5]]), 32, 32)
    mask = box_masks(at, 32, 32)
    back = paste(crop_and_resize(planes, at, "nearest"), at, 32, 32)
    assert not back[~mask].any()
    assert (back - planes)[mask].abs().max() < 0.6
    assert (back - planes)[mask].abs().mean() < 0.05


def test_inside_is_the_union_of_boxes_alone():
    some = pack_boxes([[[0, 0, 0.5, 0.5], [0.25, 0.25, 0.75, 0.75]], [], [[0.5, 0, 1, 1]]])
    assert some.shape == (3, 2, 4)
    mask = boxes_mask(some, 8, 8)
    assert mask[0, 0].sum() == 16 + 16 - 4
    assert not mask[1].any()
    assert torch.equal(mask[2, 0, 0], torch.tensor([0.0] * 4 + [1.0] * 4))
    assert boxes_mask(torch.zeros(2, 0, 4), 8, 8).shape == (2, 1, 8, 8)


def test_the_largest_come_first():
    some = pack_boxes([[[0, 0, 0.1, 0.1], [0, 0, 0.9, 0.9], [0, 0, 0.5, 0.5]], [[0, 0, 0.2, 0.2]]])
    assert largest_first(some)[0, :, 2].tolist() == pytest.approx([0.9, 0.5, 0.1])
    assert largest_first(some)[1, :, 2].tolist() == pytest.approx([0.2, 0, 0])


@pytest.mark.parametrize("box", [(0, 0, 1), (0.5, 0, 0.5, 1), (0, 0.9, 1, 0.1), (2, 0, 3, 1), (0, 0, float("nan"), 1)])
def test_what_is_no_box_is_refused_in_one_line(box):
    with pytest.raises(ValueError, match=r"box.*(give|go from)") as error:
        pack_boxes([[box]])
    assert "\n" not in str(error.value)


# A detector


@pytest.fixture
def file(tmp_path):
    """A detector's weights, at random."""
    from torchvision.models.detection import fasterrcnn_resnet50_fpn_v2

    with torch.random.fork_rng([]):
        torch.manual_seed(0)
        network = fasterrcnn_resnet50_fpn_v2(weights=None, weights_backbone=None)
    torch.save(network.state_dict(), tmp_path / "detector.pth")
    return tmp_path / "detector.pth"


@pytest.mark.slow
def test_a_detector_gives_the_surest_boxes_of_each_picture(file, generator):
    detector = boxes._detector(str(file), torch.device("cpu"))
    detector.transform.min_size = (64,)  # not 800, and few proposals: both take long
    detector.rpn._post_nms_top_n["testing"] = 40
    rgb = torch.rand(1, 3, 64, 96, generator=generator)
    found = detect(rgb, file, least=0.0, most=5)
    assert found.shape == (1, 5, 4)
    assert are_boxes(found).all()
    assert found.amax() <= 1
    assert detect(rgb, file, least=1.1).shape == (1, 0, 4)
    gray = rgb.mean(1, keepdim=True).expand(-1, 3, -1, -1)
    assert torch.equal(detect(gray, file, 0.0), detect(gray.clone(), file, 0.0))


def test_without_its_weights_one_line_says_what_to_do(monkeypatch, tmp_path):
    def offline(url, part):
        raise OSError("no network")

    monkeypatch.setenv("COLORNB_CACHE", str(tmp_path))
    monkeypatch.setattr(checkpoints, "_download", offline)
    with pytest.raises(OSError, match="try again, or put the file at") as error:
        detect(torch.rand(1, 3, 32, 32))
    assert "\n" not in str(error.value)
    with pytest.raises(FileNotFoundError, match="give a path"):
        detect(torch.rand(1, 3, 32, 32), "nowhere.pth")
    assert boxes.DETECTOR in checkpoints.OFFICIAL


def test_regions_of_one_lightness_become_boxes_the_largest_first():
    rgb = torch.full((1, 3, 40, 80), 0.1)
    rgb[..., 5:25, 10:50] = 0.9
    rgb[..., 28:38, 60:76] = 0.5
    found = propose_boxes(rgb)
    true = torch.tensor([[[10 / 80, 5 / 40, 50 / 80, 25 / 40], [60 / 80, 28 / 40, 76 / 80, 38 / 40]]])
    assert found.shape == (1, 2, 4)  # the surroundings fill the picture, and are left out
    assert torch.allclose(found, true, atol=2 / 40)


def test_proposed_boxes_are_few_and_a_flat_picture_has_none(generator):
    busy = torch.rand(2, 3, 8, 8, generator=generator).repeat_interleave(8, 2).repeat_interleave(8, 3)
    found = propose_boxes(busy, most=3)
    assert found.shape == (2, 3, 4)
    assert are_boxes(found).all()
    assert propose_boxes(torch.full((1, 3, 16, 16), 0.4)).shape == (1, 0, 4)
