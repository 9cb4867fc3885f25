"""GuidingPainter: the published training module, its generator and its discriminator."""

import pytest
import torch
from torch.nn import functional as F

from colornb.blocks import PatchDiscriminator
from colornb.methods import Encoding, guiding_painter
from colornb.methods.guiding_painter import PRESETS, Network, load_official
from published.plain import agree, conv, dense, filled, norm
from published.test_pix2pix import judged

N = 30  # regions
SIZE = 37, 51  # maps of odd size at all levels but the last


@pytest.fixture(scope="module")
def state():
    """That of the whole module. Regions differ, and what is before the tanh is small."""
    return filled("guiding_painter", segmentator_outc_conv_weight=2.0, colorizer_outc_conv_weight=0.3)


@pytest.fixture(scope="module")
def network(state):
    network = Network(PRESETS["code"], torch.Generator())
    load_official(network, state)
    return network.double().eval()


def twice(x, s, key):
    for place in (0, 3):
        x = norm(conv(x, s, f"{key}.double_conv.{place}", padding=1), s, f"{key}.double_conv.{place + 1}").relu()
    return x


def unet(x, s, key):
    """Four times down and up; enlarged maps are padded by zeros, the odd row below and the odd column to the right."""
    maps = [twice(x, s, f"{key}.inc")]
    for level in (1, 2, 3, 4):
        maps.append(twice(F.max_pool2d(maps[-1], 2), s, f"{key}.down{level}.maxpool_conv.1"))
    x = maps.pop()
    for level in (1, 2, 3, 4):
        skip, x = maps.pop(), F.interpolate(x, scale_factor=2, mode="bilinear", align_corners=True)
        down, right = (skip.shape[d] - x.shape[d] for d in (2, 3))
        x = F.pad(x, (right // 2, right - right // 2, down // 2, down - down // 2))
        x = twice(torch.cat([skip, x], 1), s, f"{key}.up{level}.conv")
    return conv(x, s, f"{key}.outc.conv")


def filled_regions(regions, true):
    """Every region in its mean colour, one picture of each, (b, n, 3, h, w); an empty one is 0."""
    each = true[:, None] * regions[:, :, None]
    mean = each.sum((3, 4), keepdim=True) / (1e-20 + regions[:, :, None].sum((3, 4), keepdim=True))
    return mean * regions[:, :, None]


def colorized(s, sketch, regions, colors, shown):
    """The painted picture; all regions are seen, and the colours of those that are shown."""
    color = (colors * shown[:, :, None, None, None]).sum(1)
    mask = (regions * shown[:, :, None, None]).sum(1, keepdim=True)
    return unet(torch.cat([sketch, color, mask, regions], 1), s, "generator.colorizer").tanh()


def true_picture():
    """Noise around one colour for each picture, so that no mean is nearly 0."""
    return (dense(2, 3, *SIZE, seed=1) + dense(2, 3, 1, 1, seed=6)) / 2


def one_hot(scores):
    return F.one_hot(scores.argmax(1), N).permute(0, 3, 1, 2).double()


@torch.no_grad()
def test_regions_hints_and_pictures(network, state):
    sketch, true, counts = dense(2, 1, *SIZE), true_picture(), torch.tensor([3, 17])
    logits = unet(sketch, state, "generator.segmentator")
    regions = one_hot(logits)
    assert 8 < (regions.sum((0, 2, 3)) > 0).sum() < N, "some regions are empty"
    assert agree(network.segmentator(sketch), logits)
    encoding = network.encode(sketch)
    assert torch.equal(encoding.regions, regions)
    color, mask = (x.double() for x in network.simulate_hints(encoding.each(torch.Tensor.float), true.float(), counts))
    shown = (torch.arange(N) < counts[:, None]).double()
    colors = filled_regions(regions, true)
    assert agree(color, (colors * shown[:, :, None, None, None]).sum(1), part=1e-6)
    assert torch.equal(mask, (regions * shown[:, :, None, None]).sum(1, keepdim=True))
    assert agree(network.paint(encoding, color, mask), colorized(state, sketch, regions, colors, shown), part=1e-6)
    shares, color, mask = dense(2, N, *SIZE, seed=2), dense(2, 3, *SIZE, seed=3), dense(2, 1, *SIZE, seed=4)
    expected = unet(torch.cat([sketch, color, mask, shares], 1), state, "generator.colorizer").tanh()
    assert agree(network.paint(Encoding(sketch, shares), color, mask), expected)


@torch.no_grad()
def test_the_pass_of_training_with_its_noise(network, state):
    sketch, true = dense(2, 1, *SIZE), true_picture()
    shown = (torch.arange(N) < torch.tensor([[0], [9]])).double()
    made = network(sketch, true, shown, 0.4, torch.Generator().manual_seed(5))
    drawn = torch.empty_like(made.logits.float())  # in the order of its memory
    noise = drawn.exponential_(generator=torch.Generator().manual_seed(5)).log().neg()
    logits = unet(sketch, state, "generator.segmentator")
    regions = one_hot((logits.float() + noise) / 0.4)
    colors = filled_regions(regions, true)
    assert agree(made.logits, logits)
    assert torch.equal(made.regions.double(), regions)
    assert agree(made.filled.double(), colors.sum(1), part=1e-5)
    assert agree(made.prediction, colorized(state, sketch, regions, colors, shown), part=1e-5)


@torch.no_grad()
def test_the_discriminator(state):
    part = {key.removeprefix("discriminator."): value for key, value in state.items() if "discriminator" in key}
    discriminator, x = PatchDiscriminator(4), dense(2, 4, 43, 61)
    guiding_painter.load_official(discriminator, state)
    assert agree(discriminator.double().eval()(x), judged(part, x))
