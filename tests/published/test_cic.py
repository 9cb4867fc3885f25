"""CIC: the released generator ("eccv16")."""

import pytest
import torch
from torch.nn import functional as F

from colornb.methods import Encoding
from published.plain import agree, conv, dense, filled, grow, norm, official, through_colorizer

NAMES = ("eccv16",)
LAYERS = [  # (blocks, index of the convolutions, stride of the last, dilation, index of the norm)
    ((1, 2), (0, 2), 2, 1, 4),
    ((3,), (0, 2, 4), 2, 1, 6),
    ((4,), (0, 2, 4), 1, 1, 6),
    ((5, 6), (0, 2, 4), 1, 2, 6),
    ((7,), (0, 2, 4), 1, 1, 6),
]


@pytest.fixture(scope="module")
def state():
    return filled("eccv16", model8_6_weight=4.0, model_out_weight=3.0)


@pytest.fixture
def network(state):
    return official("eccv16", state)


def plain(s, light):
    """The scores of the bins, and (a, b), both in the file's own scale; the lightness is in [0, 100]."""
    x = (light - 50) / 100
    for blocks, places, stride, dilation, last in LAYERS:
        for block in blocks:
            for place in places:
                step = stride if place == places[-1] else 1
                x = conv(x, s, f"model{block}.{place}", stride=step, padding=dilation, dilation=dilation).relu()
            x = norm(x, s, f"model{block}.{last}")
    x = grow(x, s, "model8.0").relu()
    for place in (2, 4):
        x = conv(x, s, f"model8.{place}", padding=1).relu()
    logits = conv(x, s, "model8.6")
    ab = F.interpolate(conv(logits.softmax(1), s, "model_out"), scale_factor=4, mode="bilinear", align_corners=False)
    return logits, 110 * ab


@torch.no_grad()
def test_scores_and_colours(network, state):
    light = 50 * (dense(2, 1, 24, 40) + 1)
    logits, ab = plain(state, light)
    encoding, nothing = Encoding(light / 50 - 1), (0 * dense(2, 2, 24, 40), 0 * light)
    assert agree(network.classify(encoding, *nothing) / 0.38, logits)
    assert agree(110 * network.paint(encoding, *nothing), ab)


@torch.no_grad()
def test_odd_sizes(network, state):
    assert agree(*through_colorizer(network, lambda light: plain(state, light)[1], 8), part=1e-5)
