import numpy as np
import pytest
import torch
from skimage.metrics import peak_signal_noise_ratio

from colornb.metrics import HIGHER_IS_BETTER, METRICS, UNITS, nri, psnr


@pytest.fixture
def pair(generator):
    truth = torch.rand(3, 3, 8, 9, generator=generator)
    return (truth + 0.1 * torch.randn(truth.shape, generator=generator)).clamp(0, 1), truth


def test_every_metric_says_what_it_is():
    assert {"psnr", "nri"} <= METRICS.keys() == UNITS.keys() == HIGHER_IS_BETTER.keys()


def test_psnr_equals_skimage(pair):
    painted, truth = pair
    for row in range(3):
        oracle = peak_signal_noise_ratio(truth[row].double().numpy(), painted[row].double().numpy(), data_range=1)
        assert psnr(painted, truth)[row].item() == pytest.approx(oracle, abs=1e-9)


def test_psnr_8bit_truncates_as_the_published_code_does(pair):
    painted, truth = ((x * 255).numpy().astype(np.uint8) for x in pair)
    for row in range(3):
        error = np.mean((painted[row].astype(float) - truth[row].astype(float)) ** 2)
        assert psnr(*pair, protocol="8bit")[row].item() == pytest.approx(20 * np.log10(255 / np.sqrt(error)))


def test_identical_pictures_have_no_noise(pair):
    assert psnr(pair[0], pair[0]).isposinf().all()


def test_psnr_refuses_network_space(pair):
    with pytest.raises(ValueError, match="decode"):
        psnr(pair[0] * 2 - 1, pair[1])


class Painter:
    """Picture i is perfect from `needs[i]` hints on; counts what it is asked for."""

    def __init__(self, truth, needs):
        self.truth, self.needs, self.asked = truth, torch.tensor(needs), 0

    def __call__(self, rows, counts):
        self.asked += len(rows)
        good = (counts >= self.needs[rows]).view(-1, 1, 1, 1)
        return torch.where(good, self.truth[rows], 1 - self.truth[rows])


@pytest.mark.parametrize("chunk", [1, 2, 5, 31])
def test_nri_counts_hints_and_gives_up_after_the_last(generator, chunk):
    truth = torch.rand(4, 3, 2, 2, generator=generator)
    painter = Painter(truth, [0, 3, 30, 99])
    assert nri(painter, truth, psnr, 20.0, 30, chunk).tolist() == [0, 3, 30, 31]


def test_nri_leaves_finished_pictures_alone(generator):
    truth = torch.rand(4, 3, 2, 2, generator=generator)
    painter = Painter(truth, [0, 0, 1, 2])
    nri(painter, truth, psnr, 20.0, 30)
    assert painter.asked == 4 + 2 + 1
