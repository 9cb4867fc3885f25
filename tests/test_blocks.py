import pytest
import torch
from torch import nn

from colornb.blocks import PatchDiscriminator, UNet, init_normal


def n_weights(module):
    return sum(p.numel() for p in module.parameters())


@pytest.mark.parametrize(
    ("c_in", "c_out", "half", "weights"),
    [(1, 30, True, 17_268_126), (35, 3, True, 17_285_955), (1, 30, False, 13_397_726)],
)
def test_unet_has_the_published_number_of_weights(c_in, c_out, half, weights):
    with torch.device("meta"):
        found = n_weights(UNet(c_in, c_out, 64, half))
    assert found == pytest.approx(weights, rel=2e-3 if not half else 0)


def test_discriminator_has_the_published_number_of_weights_and_scores():
    discriminator = PatchDiscriminator(4).eval()
    assert n_weights(discriminator) == 2_766_657
    assert discriminator(torch.zeros(1, 4, 256, 256)).shape == (1, 1, 30, 30)


def test_each_score_of_the_critic_sees_a_patch_of_70_pixels():
    discriminator = PatchDiscriminator(1, 8).eval()
    picture = torch.randn(1, 1, 128, 128, requires_grad=True)
    discriminator(picture)[0, 0, 7, 7].backward()
    rows, columns = picture.grad[0, 0].nonzero().T
    assert rows.max() - rows.min() + 1 == columns.max() - columns.min() + 1 == 70


@pytest.mark.parametrize("size", [(16, 16), (17, 31), (40, 50)])
def test_unet_keeps_any_size(size):
    assert UNet(1, 2, 4)(torch.rand(2, 1, *size)).shape == (2, 2, *size)


def test_unet_refuses_a_picture_too_small_to_halve_four_times():
    with pytest.raises(ValueError, match="16 x 16"):
        UNet(1, 2, 4)(torch.rand(1, 1, 8, 64))


def test_initialisation_has_the_stated_spread(generator):
    network = nn.Sequential(nn.Conv2d(64, 64, 3), nn.BatchNorm2d(4096))
    init_normal(network, generator)
    assert network[0].weight.std().item() == pytest.approx(0.02, rel=0.02)
    assert network[1].weight.mean().item() == pytest.approx(1, abs=2e-3)
    assert not network[0].bias.any()
