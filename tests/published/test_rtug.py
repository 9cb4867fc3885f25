"""RTUG: the released files, one network and two ways to tell it of the mask; narrower without --campaign.

Names and shapes at full width are compared in test_rtug.py.
"""

from dataclasses import replace

import pytest
import torch

from colornb.methods import Encoding, rtug
from published.plain import agree, dense, filled, official, shapes, through_colorizer
from published.siggraph import siggraph

CENTERS = {"siggraph17": 0.0, "siggraph17-caffe": 0.0, "siggraph17-retrained": 0.5}
NAMES = tuple(CENTERS)


@pytest.fixture(scope="module")
def state(request):
    with pytest.MonkeyPatch.context() as patch:
        if not request.config.option.campaign:
            for name in NAMES:
                patch.setitem(rtug.PUBLISHED, name, replace(rtug.PUBLISHED[name], width=16))
        alike = rtug.Network(rtug.PUBLISHED[NAMES[0]], torch.Generator())
        yield filled("siggraph17", alike, model_out_0_weight=0.2)


def plain(s, light, ab, mask, center):
    """(painted, class logits); lightness and colours in CIE units."""
    painted, logits = siggraph(s, torch.cat([(light - 50) / 100, ab / 110, mask - center], 1))
    return 110 * painted, logits


@torch.no_grad()
@pytest.mark.parametrize("name", NAMES)
def test_colours_and_palette(name, state):
    network = official(name, state)
    light, ab, mask = 50 * (dense(2, 1, 24, 32) + 1), 110 * dense(2, 2, 24, 32, seed=1), dense(2, 1, 24, 32, seed=2)
    painted, logits = plain(state, light, ab, mask, CENTERS[name])
    told = light / 50 - 1, ab / 110, mask
    assert agree(110 * network.paint(Encoding(told[0]), *told[1:]), painted)
    assert agree(network.classify(Encoding(told[0]), *told[1:]), logits)
    for found, expected in zip(network(*told), (painted / 110, logits), strict=True):
        assert agree(found, expected)


@torch.no_grad()
def test_odd_sizes(state):
    network = official("siggraph17-retrained", state)

    def automatic(light):
        return plain(state, light, torch.zeros_like(light).expand(-1, 2, -1, -1), torch.zeros_like(light), 0.5)[0]

    assert agree(*through_colorizer(network, automatic, 8), part=1e-5)


def test_both_releases_have_the_same_layout():
    assert shapes("siggraph17") == shapes("siggraph_pytorch")
