"""Fréchet distances: the formula against scipy and torchmetrics, the statistics against numpy."""

import numpy as np
import pytest
import scipy.linalg
import torch

from colornb.metrics import Gaussian, fid, frechet_distance


def gaussian(features, name="inception", batch=7):
    """Statistics of features that come in batches."""
    found = Gaussian(name)
    for part in features.split(batch):
        found.add(part)
    return found


def by_scipy(a, b):
    """The formula of Heusel et al. as it is written."""
    one, two = (np.cov(x.double().numpy(), rowvar=False) for x in (a, b))
    root = scipy.linalg.sqrtm(one @ two)
    shift = (a.double().mean(0) - b.double().mean(0)).square().sum().item()
    return shift + np.trace(one) + np.trace(two) - 2 * np.trace(root.real)


@pytest.fixture
def pair(generator):
    """Two sets of correlated features."""
    mix = torch.randn(2, 6, 6, generator=generator)
    return torch.randn(40, 6, generator=generator) @ mix[0] + 3, torch.randn(55, 6, generator=generator) @ mix[1]


def test_statistics_of_batches_are_those_of_the_whole(pair):
    found = gaussian(pair[0])
    assert found.count == 40
    np.testing.assert_allclose(found.mean, pair[0].double().mean(0), atol=1e-12)
    np.testing.assert_allclose(found.covariance, np.cov(pair[0].double().numpy(), rowvar=False), atol=1e-12)


def test_statistics_survive_a_mean_that_dwarfs_the_spread(generator):
    features = torch.randn(300, 3, generator=generator, dtype=torch.float64) + 1e7
    np.testing.assert_allclose(gaussian(features).covariance, np.cov(features.numpy(), rowvar=False), atol=1e-7)


def test_merged_statistics_are_those_of_everything(pair):
    left, right, whole = gaussian(pair[0][:9]), gaussian(pair[0][9:]), gaussian(pair[0])
    for other in (right, Gaussian("inception")):
        left.merge(other)
    assert left.count == whole.count
    torch.testing.assert_close(left.mean, whole.mean)
    torch.testing.assert_close(left.covariance, whole.covariance)


def test_what_was_merged_in_stays_as_it_was(pair):
    first, second = Gaussian("inception"), gaussian(pair[0])
    before = second.scatter.clone()
    first.merge(second)
    first.add(pair[1])
    assert second.count == 40
    assert torch.equal(second.scatter, before)


def test_the_distance_equals_scipy(pair):
    assert frechet_distance(*map(gaussian, pair)) == pytest.approx(by_scipy(*pair), rel=1e-9)


def test_the_distance_equals_torchmetrics(generator):
    torchmetrics = pytest.importorskip("torchmetrics.image.fid")

    class Flat(torch.nn.Module):
        num_features = 12

        def forward(self, x):
            return x.flatten(1).double()

    real, painted = torch.rand(2, 50, 3, 2, 2, generator=generator)
    painted = painted.square()
    oracle = torchmetrics.FrechetInceptionDistance(feature=Flat(), normalize=False).set_dtype(torch.float64)
    oracle.update(real, real=True)
    oracle.update(painted, real=False)
    found = fid(gaussian(painted.flatten(1)), gaussian(real.flatten(1)))
    assert found == pytest.approx(oracle.compute().item(), rel=1e-6)


def exact(mean, variances, name="any"):
    """A Gaussian whose covariance is diagonal and known."""
    variances = torch.tensor(variances, dtype=torch.float64)
    return Gaussian(name, 11, torch.tensor(mean, dtype=torch.float64), 10 * variances.diag())


def test_closed_forms():
    a, b = exact([0.0, 0.0, 0.0], [4.0, 1.0, 9.0]), exact([1.0, 2.0, 2.0], [1.0, 1.0, 25.0])
    assert frechet_distance(a, b) == pytest.approx(9 + (2 - 1) ** 2 + 0 + (3 - 5) ** 2)
    assert frechet_distance(a, a) == pytest.approx(0, abs=1e-12)


def test_covariances_without_full_rank():
    a, b = exact([0.0, 0.0], [4.0, 0.0]), exact([0.0, 0.0], [0.0, 9.0])
    assert frechet_distance(a, b) == pytest.approx(4 + 9)
    assert frechet_distance(a, exact([0.0, 3.0], [0.0, 0.0])) == pytest.approx(9 + 4)


def test_fewer_pictures_than_features(generator):
    few, shift = torch.randn(5, 64, generator=generator), torch.randn(64, generator=generator)
    assert frechet_distance(gaussian(few), gaussian(few)) == pytest.approx(0, abs=1e-5)
    moved = frechet_distance(gaussian(few), gaussian(few + shift))
    assert moved == pytest.approx(shift.double().square().sum().item(), abs=1e-5)
    twice = frechet_distance(gaussian(few), gaussian(2 * few))  # tr(C)(1 - 2)^2 + |m|^2
    spread = few.double().var(0).sum() + few.double().mean(0).square().sum()
    assert twice == pytest.approx(spread.item(), abs=1e-5)


def test_the_distance_is_the_same_both_ways(pair):
    a, b = map(gaussian, pair)
    assert frechet_distance(a, b) == pytest.approx(frechet_distance(b, a), rel=1e-10)


def test_a_distance_knows_what_was_added_since_the_last(pair):
    a, b = gaussian(pair[0]), gaussian(pair[1][:30])
    frechet_distance(a, b)
    b.add(pair[1][30:])
    assert frechet_distance(a, b) == pytest.approx(by_scipy(*pair), rel=1e-9)


def test_what_cannot_be_compared_is_refused_in_one_line(pair):
    a, b = gaussian(pair[0]), gaussian(pair[1], "crops")
    for pairing, word in [((a, b), "one network"), ((a, gaussian(pair[0][:1])), "at least 2")]:
        with pytest.raises(ValueError, match=word) as error:
            frechet_distance(*pairing)
        assert "\n" not in str(error.value)
    with pytest.raises(ValueError, match="6 and 3"):
        a.add(pair[0][:, :3])


def test_only_inception_gives_a_distance_that_is_called_fid(pair):
    a, b = map(gaussian, pair)
    assert fid(a, b) == frechet_distance(a, b)
    with pytest.raises(ValueError, match="no FID"):
        fid(gaussian(pair[0], "crops"), gaussian(pair[1], "crops"))
