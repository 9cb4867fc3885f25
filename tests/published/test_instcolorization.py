"""Su et al.: the three released networks, and how what one has seen in boxes is mixed into another.

They are narrower than released without --campaign; test_instcolorization.py compares names and shapes.
"""

from dataclasses import replace

import pytest
import torch
from torch.nn import functional as F

from colornb import checkpoints, methods
from colornb.methods import Encoding, instcolorization
from published.plain import agree, conv, dense, filled, through_colorizer
from published.siggraph import siggraph

NAMES = ("instcolorization", "instcolorization-mask")
FILES = {"full": "latest_net_GComp.pth", "instance": "latest_net_G.pth", "fusion": "latest_net_GF.pth"}
LAYERS = {  # which weight layer mixes which feature map
    **{"conv1_2": "", "conv2_2": "2", "conv3_3": "3", "conv4_3": "4", "conv5_3": "5", "conv6_3": "6", "conv7_3": "7"},
    **{"conv8_up": "8_1", "conv8_3": "8_2", "conv9_up": "9_1", "conv9_3": "9_2"},
    **{"conv10_up": "10_1", "conv10_2": "10_2"},
}
OVERLAPPING = [[0.1, 0.2, 0.6, 0.7], [0.4, 0.3, 1.0, 0.9]]
THIN = [[0.3, 0.1, 0.31, 0.9], [0.99, 0.985, 1.0, 1.0], [0.2, 0.5, 0.9, 0.5001]]  # less than a pixel, here or there
ASTRAY = [[-0.5, -0.5, 0.4, 0.4], [0.7, 0.6, 1.5, 1.2]]  # partly beyond the picture
WHOLE = [[0.0, 0.0, 1.0, 1.0]] * 2
NONE = [[0.0, 0.0, 0.0, 0.0], [0.5, 0.2, 0.5, 0.8], [0.3, 0.3, 0.3, 0.3]]  # without any area: no boxes
PICTURES = {
    "overlapping": OVERLAPPING,
    "thin": THIN,
    "partly outside": ASTRAY,
    "whole, twice": WHOLE,
    "some of them empty": [NONE[0], OVERLAPPING[1], *NONE[1:]],
    "all of them empty": NONE,
}


@pytest.fixture(scope="module")
def config(request):
    released = instcolorization.PUBLISHED["instcolorization"]
    return released if request.config.option.campaign else replace(released, width=16, hidden=released.hidden // 4)


@pytest.fixture(scope="module")
def states(config):
    """Of the three files."""
    alike = instcolorization.Network(config, torch.Generator())
    states = {part: filled(f"instcolorization_{part}", getattr(alike, part), model_out_0_weight=0.2) for part in FILES}
    for key, value in states["fusion"].items():
        if key.endswith("_conv.4.bias"):  # before the last ReLU of the scores: none of them is 0 everywhere
            value.copy_(1 + value.abs())
    return states


@pytest.fixture(scope="module")
def network(config, states, tmp_path_factory):
    """What `methods.load_official` makes of a folder with the three files."""
    folder = tmp_path_factory.mktemp("released")
    for file in FILES.values():
        (folder / file).touch()
    held = {folder / file: states[part] for part, file in FILES.items()}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(checkpoints, "read_published", held.__getitem__)
        patch.setitem(instcolorization.PUBLISHED, "instcolorization", config)
        return methods.load_official("instcolorization", folder).double()


def place(first, last, length):
    """Where a box begins and how long it is, in whole pixels: both ends rounded down, one pixel at least."""
    first, last = (int(min(1.0, max(0.0, end)) * length) for end in (first, last))
    if last - first < 1:
        first, last = (first, last + 1) if length - last > 1 else (first - 1, last)
    return max(0, first), max(1, last - first)


def placed(x, box, size):
    """A map of a whole box shrunk to where the box is in a map of `size`; 0 elsewhere."""
    (left, wide), (top, high) = place(box[0], box[2], size[1]), place(box[1], box[3], size[0])
    x = F.interpolate(x, (high, wide), mode="bilinear", align_corners=False)
    return F.pad(x, (left, size[1] - left - wide, top, size[0] - top - high))


def scores(x, s, key):
    for number in (0, 2, 4):
        x = conv(x, s, f"{key}.{number}", padding=1).relu()
    return x


def mixed(s, key, feature, crops, boxes):
    """One map of one picture, (1, c, h, w), and those of its boxes by the softmax of all their scores."""
    size, logits, maps = feature.shape[2:], [], []
    outside = torch.ones(1, 1, *size).double()
    for crop, box in zip(crops, boxes, strict=True):
        logits.append(placed(scores(crop[None], s, f"{key}.simple_instance_conv"), box, size))
        maps.append(placed(crop[None], box, size))
        outside = outside * (placed(torch.ones(1, 1, *size).double(), box, size) == 0)
    logits.append(scores(feature, s, f"{key}.simple_bg_conv") + 100000 * outside)
    shares = torch.cat(logits, 1).softmax(1)
    return sum(shares[:, k : k + 1] * x for k, x in enumerate([*maps, feature]))


def cut_out(light, box):
    """What lies in a box, as large as the picture."""
    (left, wide), (top, high) = place(box[0], box[2], light.shape[3]), place(box[1], box[3], light.shape[2])
    part = light[..., top : top + high, left : left + wide]
    return F.interpolate(part, light.shape[2:], mode="bilinear", align_corners=False)


def plain(s, light, boxes):
    """The colours of one picture in CIE units, of its lightness in [0, 100]; nothing is told, and the mask is -1/2."""

    def seen(x):
        return torch.cat([(x - 50) / 100, torch.zeros_like(x).expand(-1, 2, -1, -1), torch.full_like(x, -0.5)], 1)

    boxes = [box for box in torch.tensor(boxes).view(-1, 4).tolist() if box[0] < box[2] and box[1] < box[3]]
    if not boxes:
        return 110 * siggraph(s["full"], seen(light))[0]
    maps = {}
    siggraph(s["instance"], seen(torch.cat([cut_out(light, box) for box in boxes])), maps.setdefault)

    def mix(name, x):
        return mixed(s["fusion"], f"weight_layer{LAYERS[name]}", x, maps[name], boxes)

    return 110 * siggraph(s["fusion"], seen(light), mix)[0]


@torch.no_grad()
@pytest.mark.slow
def test_boxes_of_all_kinds_in_one_batch(network, states):
    light = 50 * (dense(len(PICTURES), 1, 16, 24) + 1)
    most = max(map(len, PICTURES.values()))
    rows = torch.tensor([boxes + [[0.0] * 4] * (most - len(boxes)) for boxes in PICTURES.values()])
    nothing = 0 * light.expand(-1, 2, -1, -1), 0 * light
    painted = 110 * network.paint(Encoding(light / 50 - 1, boxes=rows), *nothing)
    for number, (name, boxes) in enumerate(PICTURES.items()):
        one = slice(number, number + 1)
        assert agree(painted[one], plain(states, light[one], boxes), part=1e-6), name


@torch.no_grad()
def test_pictures_without_boxes_go_through_the_first_network_with_their_hints(network, states):
    light, ab, mask = dense(2, 1, 24, 32), dense(2, 2, 24, 32, seed=1), dense(2, 1, 24, 32, seed=2)
    painted, _ = siggraph(states["full"], torch.cat([light / 2, ab, mask - 0.5], 1))
    for boxes in (None, torch.zeros(2, 0, 4), torch.tensor([NONE, NONE])):
        assert agree(network.paint(Encoding(light, boxes=boxes), ab, mask), painted)


@torch.no_grad()
@pytest.mark.slow
def test_odd_sizes(network, states):
    """Boxes are shares of the picture, and smaller ones of what it is mirrored to."""
    wide = [[x0 * 29 / 32, y0 * 21 / 24, x1 * 29 / 32, y1 * 21 / 24] for x0, y0, x1, y1 in OVERLAPPING]
    found = through_colorizer(network, lambda light: plain(states, light, wide), 8, OVERLAPPING)
    network.double()
    assert agree(*found, part=1e-5)


def test_both_folders_hold_the_same_networks():
    one, other = (instcolorization.PUBLISHED[name] for name in NAMES)
    assert one == other
