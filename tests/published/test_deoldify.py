"""DeOldify: both published generators, and the critic; at a quarter of their width, and at all of it in the campaign.

Their names and shapes at full width are compared in test_deoldify.py.
"""

from dataclasses import replace

import numpy as np
import pytest
import torch
from skimage.color import lab2rgb, rgb2lab
from torch.nn import functional as F

from colornb.methods import deoldify
from published.plain import agree, conv, dense, filled, leaky, norm, official, through_colorizer

NAMES = ("deoldify-stable", "deoldify-artistic", "deoldify-video")
SMALL = {"query_weight_v": 8.0}  # gains: what is divided by them stays small, so that a softmax has no one winner
MEAN, DEVIATION = (torch.tensor(x).double().view(1, 3, 1, 1) for x in ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)))


@pytest.fixture(params=["artistic", "stable"])
def generator(request, campaign, monkeypatch):
    """A published network, and its state dict."""
    name, scales = request.param, {"artistic": {"bn2_weight": 0.2}, "stable": {"bn3_weight": 0.2}}
    c = deoldify.PUBLISHED[f"deoldify-{name}"]
    c = c if campaign else replace(c, width=c.width // 4, encoder="fresh")
    monkeypatch.setitem(deoldify.PUBLISHED, f"deoldify-{name}", c)
    alike = None if campaign else deoldify.Generator(c.blocks, c.block, c.width, c.decoder, c.factor)
    state = filled(f"deoldify_{name}", alike, **scales[name], **SMALL, layers_11_0_weight_v=4.0 if campaign else 8.0)
    return official(f"deoldify-{name}", state), state


def spectral(x, s, key, **how):
    """A convolution (1-D or 2-D) divided by its gain in the directions u and v that are kept."""
    weight = s[f"{key}.weight_orig"]
    gain = s[f"{key}.weight_u"] @ weight.flatten(1) @ s[f"{key}.weight_v"]
    convolve = torch.conv1d if weight.dim() == 3 else torch.conv2d
    return convolve(x, weight / gain, s.get(f"{key}.bias"), **how)


def attention(x, s, key):
    """Self-attention; the place that takes brings its key."""
    flat = x.flatten(2)
    query, k, value = (spectral(flat, s, f"{key}.{part}") for part in ("query", "key", "value"))
    beta = (query.transpose(1, 2) @ k).softmax(1)
    return (s[f"{key}.gamma"] * (value @ beta) + flat).view_as(x)


def block(x, s, key):
    """A block of a ResNet: two 3x3 convolutions, or one between two 1x1; x has no negative number."""
    bottleneck, shortcut = f"{key}.conv3.weight" in s, f"{key}.downsample.0.weight" in s
    stride = 2 if shortcut and not key.startswith("layers.0.4.") else 1
    y = x
    for number in (1, 2, 3) if bottleneck else (1, 2):
        step = stride if number == 1 + bottleneck else 1
        padding = s[f"{key}.conv{number}.weight"].shape[-1] // 2
        y = norm(conv(y.relu(), s, f"{key}.conv{number}", stride=step, padding=padding), s, f"{key}.bn{number}")
    if shortcut:
        x = norm(conv(x, s, f"{key}.downsample.0", stride=stride), s, f"{key}.downsample.1")
    return (x + y).relu()


def encoder(x, s):
    """The deepest map, and those after the stem and after the first three parts."""
    x = norm(conv(x, s, "layers.0.0", stride=2, padding=3), s, "layers.0.1").relu()
    maps = [x]
    x = F.max_pool2d(x, 3, 2, 1)
    for part in (4, 5, 6, 7):
        number = 0
        while f"layers.0.{part}.{number}.conv1.weight" in s:
            x = block(x, s, f"layers.0.{part}.{number}")
            number += 1
        maps.append(x)
    return maps.pop(), maps


def enlarge(x):
    """What a convolution has made, as four times the pixels, each the mean of itself and those left and above."""
    x = F.pad(F.pixel_shuffle(x.relu(), 2), (1, 0, 1, 0), "replicate")
    return (x[..., 1:, 1:] + x[..., 1:, :-1] + x[..., :-1, 1:] + x[..., :-1, :-1]) / 4


def unit(x, s, key):
    return norm(spectral(x, s, f"{key}.0", padding=1).relu(), s, f"{key}.2")


def plain(s, picture):
    """The generator: a picture and a painted one, both normalised."""
    x, maps = encoder(picture, s)
    x = norm(x, s, "layers.1").relu()
    x = unit(unit(x, s, "layers.3.0"), s, "layers.3.1")
    for number in (4, 5, 6, 7):
        key, skip = f"layers.{number}", maps.pop()
        x = enlarge(norm(spectral(x, s, f"{key}.shuf.conv.0"), s, f"{key}.shuf.conv.1"))
        x = F.interpolate(x, skip.shape[2:], mode="nearest")
        x = torch.cat([x, norm(skip, s, f"{key}.bn")], 1).relu()
        for last in [name for name in ("conv", "conv1", "conv2") if f"{key}.{name}.0.weight_orig" in s]:
            x = unit(x, s, f"{key}.{last}")
        x = attention(x, s, f"{key}.{last}.3") if number == 5 else x
    direction = s["layers.8.conv.0.weight_v"]
    weight = s["layers.8.conv.0.weight_g"] * direction / direction.square().sum((1, 2, 3), keepdim=True).sqrt()
    x = torch.cat([enlarge(torch.conv2d(x, weight, s["layers.8.conv.0.bias"])), picture], 1)
    y = spectral(x, s, "layers.10.layers.0.0", padding=1).relu()
    x = x + spectral(y, s, "layers.10.layers.1.0", padding=1).relu()
    return 6 * torch.sigmoid(spectral(x, s, "layers.11.0")) - 3


def colors(s, light):
    """(a, b) of what is painted for a gray picture, in CIE units; the lightness is in [0, 100]."""
    lab = np.concatenate([light[0].numpy(), 0 * light[0].numpy(), 0 * light[0].numpy()]).transpose(1, 2, 0)
    gray = torch.from_numpy(lab2rgb(lab.astype(float))).permute(2, 0, 1)[None]
    painted = plain(s, (gray - MEAN) / DEVIATION) * DEVIATION + MEAN
    lab = rgb2lab(painted[0].clamp(0, 1).permute(1, 2, 0).numpy())
    return torch.from_numpy(lab).permute(2, 0, 1)[None, 1:]


@torch.no_grad()
@pytest.mark.slow
def test_painted_pictures(generator):
    """Of a size at which enlarged maps and those of the encoder do not meet, but for the last."""
    (network, state), picture = generator, 2 * dense(2, 3, 34, 46)
    assert agree(network.generator(picture), plain(state, picture))
    if network.config.block == "basic":
        assert agree(*through_colorizer(network, lambda light: colors(state, light), 16), part=1e-5)


def test_the_video_generator_is_the_stable_one_at_another_size():
    stable, _, video = (deoldify.PUBLISHED[name] for name in NAMES)
    assert replace(video, size=stable.size) == stable


@torch.no_grad()
@pytest.mark.slow
def test_the_critic(campaign):
    discriminator = deoldify.Discriminator() if campaign else deoldify.Discriminator(64)
    s = filled("deoldify_critic", discriminator, **SMALL)
    deoldify.load_official(discriminator, s)
    x = picture = dense(2, 3, 67, 80)
    for number in (0, 2, 4, 5, 7, 8, 10, 11):
        stride = 2 if s[f"{number}.0.weight_orig"].shape[-1] == 4 else 1
        x = leaky(spectral(x, s, f"{number}.0", stride=stride, padding=1))
        x = attention(x, s, "4.2") if number == 4 else x
    scores = spectral(x, s, "12.0").flatten(1)
    assert agree(discriminator.double().eval()(picture), scores)
