"""The benchmarks count what they say they count."""

import torch

from benchmarks.gpu import Counter


def test_operations_of_a_convolution_and_its_gradients_are_counted():
    conv, picture = torch.nn.Conv2d(3, 8, 3, padding=1), torch.rand(2, 3, 16, 16)
    forward = 2 * 2 * 16 * 16 * 8 * 3 * 9  # two for each product and its sum
    with Counter() as counter:
        loss = conv(picture).sum()
    assert counter.total == forward
    with Counter() as counter:
        loss.backward()
    assert counter.total == forward, "for the weights; the picture asks for no gradient"
