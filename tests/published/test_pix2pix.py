"""pix2pix: the published U-Net of 256 pixels, narrower without --campaign, and the discriminator of patches.

Names and shapes at full width are compared in test_pix2pix.py.
"""

from dataclasses import replace

import pytest
import torch
from torch import nn

from colornb.blocks import PatchDiscriminator
from colornb.methods import Encoding
from colornb.methods.pix2pix import PRESETS, Config, Network, UNet, load_official
from published.plain import agree, conv, dense, filled, grow, leaky, norm

WIDTHS = {False: 16, True: 64}  # without and with --campaign
SMALL = {"model_model_3_weight": 0.3}  # what lies before the tanh


def plain(s, x, levels=8):
    """The generator in evaluation mode, level by level down and up again; (b, c, h, w) in multiples of 2 ** levels."""
    skips, keys = [conv(x, s, "model.model.0", stride=2, padding=1)], ["model.model"]
    for level in range(1, levels):
        keys.append(f"{keys[-1]}.{1 if level == 1 else 3}.model")
        x = conv(leaky(skips[-1]), s, f"{keys[-1]}.1", stride=2, padding=1)
        skips.append(x if level == levels - 1 else norm(x, s, f"{keys[-1]}.2"))
    x = skips.pop()
    for level in range(levels - 1, 0, -1):
        place = 3 if level == levels - 1 else 5
        x = norm(grow(x.relu(), s, f"{keys[level]}.{place}"), s, f"{keys[level]}.{place + 1}")
        x = torch.cat([leaky(skips.pop()), x], 1)
    return grow(x.relu(), s, "model.model.3").tanh()


def judged(s, x):
    """The discriminator's map of scores."""
    x = leaky(conv(x, s, "model.0", stride=2, padding=1))
    for place, stride in ((2, 2), (5, 2), (8, 1)):
        x = leaky(norm(conv(x, s, f"model.{place}", stride=stride, padding=1), s, f"model.{place + 1}"))
    return conv(x, s, "model.11", padding=1)


@torch.no_grad()
@pytest.mark.slow
def test_one_channel_in(generator, campaign):
    network, x = Network(Config(width=WIDTHS[campaign]), generator), dense(1, 1, 256, 256)
    state = filled("pix2pix_unet256_1to3", network, **SMALL)
    load_official(network, state)
    painted = network.double().eval().paint(Encoding(x), x.expand(-1, 3, -1, -1), x)
    assert agree(painted, plain(state, x))


@torch.no_grad()
@pytest.mark.slow
def test_three_channels_in(campaign):
    network, x = nn.Module(), dense(1, 3, 256, 256)
    network.model = UNet(3, 3, WIDTHS[campaign], 8, 0.5)
    state = filled("pix2pix_unet256_3to3", network, **SMALL)
    load_official(network, state)
    assert agree(network.double().eval().model(x), plain(state, x))


@torch.no_grad()
@pytest.mark.parametrize("levels", [2, 5])
@pytest.mark.parametrize("points", [False, True])
def test_fewer_levels_and_hints_in_the_same_layout(levels, points, generator):
    network = Network(replace(PRESETS["tiny"], levels=levels, points=points), generator).double().eval()
    for key, value in network.state_dict().items():  # statistics that leave no norm out
        if value.dim() == 1:
            value.copy_(0.5 + torch.rand(value.shape, generator=generator) if "var" in key else dense(len(value)))
    told = dense(2, 1, 32, 64), dense(2, 3, 32, 64, seed=1), dense(2, 1, 32, 64, seed=2)
    x = torch.cat(told, 1) if points else told[0]
    assert agree(network.paint(Encoding(told[0]), *told[1:]), plain(network.state_dict(), x, levels))


@torch.no_grad()
@pytest.mark.parametrize("channels", [1, 3])
def test_the_discriminator_of_patches(channels):
    state, x = filled(f"pix2pix_patchgan_{channels}to3"), dense(2, channels + 3, 41, 67)
    discriminator = PatchDiscriminator(channels + 3)
    load_official(discriminator, state)
    assert agree(discriminator.double().eval()(x), judged(state, x))
