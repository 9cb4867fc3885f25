"""AlacGAN: the four published networks, and what this package makes of them at other sizes.

The largest are narrower than published without --campaign; test_alacgan_nets.py compares names and shapes.
"""

import pytest
import torch
from torch.nn import functional as F

from colornb.methods._alacgan_nets import NetD, NetF, NetI
from colornb.methods.alacgan import Config, Network, load_official
from published.plain import agree, conv, dense, filled, leaky

BLOCKS = {"conv_expand_weight": 0.3}  # what is added to a shortcut
TUNNELS = {  # groups and dilations
    4: (32, [1] * 20),
    3: (32, [1, 1, 2, 2, 4, 4, 2, 1]),
    2: (32, [1, 1, 2, 2, 4, 4, 2, 1]),
    1: (16, [1, 2, 4, 2, 1]),
}


def block(x, s, key, groups, dilation=1, stride=1):
    how = {"stride": stride, "padding": dilation, "dilation": dilation, "groups": groups}
    y = leaky(conv(x, s, f"{key}.conv_reduce"))
    y = conv(leaky(conv(y, s, f"{key}.conv_conv", **how)), s, f"{key}.conv_expand")
    return (F.avg_pool2d(x, 2) if stride == 2 else x) + y


def painted(s, sketch, hint, features):
    """The generator: line art, hints at a quarter of its size, features at a sixteenth."""
    maps = [leaky(conv(sketch, s, "to0.0", padding=1))]
    for level in (1, 2, 3, 4):
        x = torch.cat([maps[-1], leaky(conv(hint, s, "toH.0", padding=3))], 1) if level == 3 else maps[-1]
        maps.append(leaky(conv(x, s, f"to{level}.0", stride=2, padding=1)))
    x = torch.cat([maps.pop(), features], 1)
    for level, (groups, dilations) in TUNNELS.items():
        x = leaky(conv(x, s, f"tunnel{level}.0", padding=1))
        for number, dilation in enumerate(dilations):
            x = block(x, s, f"tunnel{level}.2.{number}", groups, dilation)
        x = leaky(F.pixel_shuffle(conv(x, s, f"tunnel{level}.3", padding=1), 2))
        x = torch.cat([x, maps.pop()], 1)
    return conv(x, s, "exit", padding=1).tanh()


def judged(s, picture, features, halvings=3):
    """The discriminator, one score for each picture; as published it halves three times after the features."""
    x = leaky(conv(picture, s, "feed.0", padding=3))
    x = leaky(conv(x, s, "feed.2", stride=2, padding=1))
    for place in (4, 8, 12):
        x = block(block(x, s, f"feed.{place}", 8), s, f"feed.{place + 1}", 8, stride=2)
        x = x if place == 12 else leaky(conv(x, s, f"feed.{place + 2}"))
    x = leaky(conv(torch.cat([x, features], 1), s, "feed2.0", padding=1))
    for place in range(2, 2 + 2 * halvings, 2):
        x = block(block(x, s, f"feed2.{place}", 8), s, f"feed2.{place + 1}", 8, stride=2)
    x = block(x, s, f"feed2.{2 + 2 * halvings}", 8)
    x = x.repeat_interleave(4 // x.shape[2], 2).repeat_interleave(4 // x.shape[3], 3)
    x = leaky(conv(x, s, f"feed2.{3 + 2 * halvings}")).flatten(1)
    return (x @ s["out.weight"].T + s["out.bias"])[:, 0]


def vgg(x, s, places):
    """3x3 convolutions of these numbers, each with a ReLU, and poolings where a number is missing."""
    for place in places:
        x = conv(x, s, f"model.{place}", padding=1).relu() if place is not None else F.max_pool2d(x, 2)
    return x


def tagged(s, sketch):
    """The first layers of the tagger, at half the size, in its own range of numbers."""
    x = 255 * (F.avg_pool2d(sketch, 2) / 2 + 0.5) - s["mean"]
    return vgg(x, s, (0, None, 3, None, 6, 8, None, 11, 13))


@torch.no_grad()
@pytest.mark.slow
def test_the_generator_hears_the_tagger(generator, campaign):
    network = Network(Config() if campaign else Config(width=32, feature_width=32), generator)
    s = filled("alacgan_netG", network.generator, **BLOCKS, exit_weight=0.1)
    tagger = filled("alacgan_netI", network.features, model_13_weight=0.01)
    sketch, hint = dense(2, 1, 32, 48), dense(2, 4, 8, 12, seed=1)
    load_official(network, s)
    load_official(network, tagger)
    picture, features = network.double()(sketch, hint)
    assert agree(features, tagged(tagger, sketch))
    assert agree(picture, painted(s, sketch, hint, tagged(tagger, sketch)))
    color, mask = hint[:, :3].repeat_interleave(4, 2).repeat_interleave(4, 3), torch.ones_like(sketch)
    told = torch.cat([hint[:, :3], torch.ones_like(hint[:, :1])], 1)
    assert agree(network.paint(network.encode(sketch), color, mask), painted(s, sketch, told, features))


@torch.no_grad()
@pytest.mark.slow
def test_the_discriminator(campaign):
    features = 512 if campaign else 128
    discriminator = NetD(features // 8, features)
    s = filled("alacgan_netD", discriminator, **BLOCKS)
    load_official(discriminator, s)
    s = {key: value.float() for key, value in s.items()}  # half the time
    picture, features = dense(2, 3, 512, 512).float(), dense(2, features, 32, 32, seed=1).float()
    assert agree(discriminator(picture, features), judged(s, picture, features), part=1e-5)


@torch.no_grad()
@pytest.mark.parametrize(("size", "halvings"), [(256, 2), (128, 1), (64, 0), (32, 0)])
def test_the_discriminator_halves_as_often_as_its_size_asks(size, halvings):
    discriminator = NetD(16, 128, size).double()
    s = discriminator.state_dict()
    for seed, value in enumerate(s.values()):
        value.copy_(dense(*value.shape, seed=seed) * (6 / max(1, value[0].numel())) ** 0.5)
    picture, features = dense(3, 3, size, size), dense(3, 128, size // 16, size // 16, seed=1)
    picture[1:] *= torch.tensor([0.1, 2.0]).double().view(2, 1, 1, 1)
    assert agree(discriminator(picture, features), judged(s, picture, features, halvings))


@torch.no_grad()
def test_the_content_network_is_vgg16_to_relu2_2_on_normalised_colours():
    s, content, picture = filled("alacgan_netF"), NetF(), dense(2, 3, 19, 26)
    load_official(content, s)
    expected = vgg((picture / 2 - s["mean"]) / s["std"], s, (0, 2, None, 5, 7))
    assert agree(content.double()(picture), expected)


def test_the_numbers_that_the_published_files_normalise_with():
    tagger, content = NetI(8), NetF(8)
    assert tagger.mean.flatten().tolist() == pytest.approx([164.76139251, 167.47864617, 181.13838569])
    assert (content.mean + 0.5).flatten().tolist() == pytest.approx([0.485, 0.456, 0.406])
    assert content.std.flatten().tolist() == pytest.approx([0.229, 0.224, 0.225])
