import numpy as np
import pytest
import torch
from pictures import Boxes
from skimage.metrics import peak_signal_noise_ratio

from colornb.metrics import HIGHER_IS_BETTER, METRICS, PAIRWISE, UNITS, nri, psnr

OPTIONS = {"lpips": {"net": "random"}}  # what a metric needs to work without a download


@pytest.fixture
def pair(generator):
    truth = torch.rand(3, 3, 8, 9, generator=generator)
    return (truth + 0.1 * torch.randn(truth.shape, generator=generator)).clamp(0, 1), truth


def test_every_metric_says_what_it_is():
    assert {"psnr", "nri", "cdr", "lpips"} <= METRICS.keys() == UNITS.keys() == HIGHER_IS_BETTER.keys()


def test_metrics_of_pairs_are_known_by_their_arguments():
    assert {"cdr", "lpips", "psnr"} <= set(PAIRWISE) <= METRICS.keys() - {"fid", "hint_fidelity", "nri"}


@pytest.mark.parametrize("name", PAIRWISE)
def test_more_damage_is_a_worse_score_in_the_direction_that_is_told(name):
    truth, metric = Boxes(4, size=48).rgb, METRICS[name]
    scores = []
    for share in (0.0, 0.5, 0.9):
        painted = truth.lerp(truth.mean((2, 3), keepdim=True), share)
        scores.append(metric(painted, truth, **OPTIONS.get(name, {})).mean())
    assert scores == sorted(scores, reverse=HIGHER_IS_BETTER[name])
    assert scores[0] != scores[-1]


@pytest.mark.parametrize("name", PAIRWISE)
def test_each_picture_has_a_score_of_its_own_everywhere_and_in_a_region(name):
    truth, options = Boxes(3, size=48).rgb, OPTIONS.get(name, {})
    painted = truth.roll(5, 3)
    region = torch.zeros(3, 1, 48, 48)
    region[..., 10:40] = 1
    for where in (None, region):
        found = METRICS[name](painted, truth, where=where, **options)
        assert found.shape == (3,)
        assert found.isfinite().all()
        for i in range(3):
            one = None if where is None else where[i : i + 1]
            alone = METRICS[name](painted[i : i + 1], truth[i : i + 1], where=one, **options)
            torch.testing.assert_close(alone, found[i : i + 1])
    assert METRICS[name](painted, truth, where=0 * region, **options).isnan().all()


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
