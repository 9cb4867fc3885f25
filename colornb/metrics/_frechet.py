"""The Fréchet distance between two sets of features, each taken as a Gaussian that is gathered batch by batch."""

from dataclasses import dataclass, field

import torch
from torch import Tensor

from colornb.types import Float

Features = Float[Tensor, "b d"]
Mean = Float[Tensor, " d"]
Matrix = Float[Tensor, "d d"]


@dataclass
class Gaussian:
    """Mean and covariance of features seen so far, in double precision: d^2 numbers, however many pictures.

    `name` is that of the feature network: features of different networks do not compare.
    """

    name: str
    count: int = 0
    mean: Mean | None = None
    scatter: Matrix | None = None  # sum of the outer products of (feature - mean)
    _root: Matrix | None = field(default=None, init=False, repr=False)

    def add(self, features: Features) -> None:
        """Take in the features of a batch."""
        if not len(features):
            return
        features = features.detach()
        features = features.cpu().double() if features.device.type == "mps" else features.double()
        mean = features.mean(0)
        self.merge(Gaussian(self.name, len(features), mean, (features - mean).T @ (features - mean)))

    def merge(self, other: "Gaussian") -> None:
        """Take in all that another one has seen (Chan, Golub and LeVeque 1979), such as that of another process."""
        _check_alike(self, other)
        self._root = None
        if not self.count or not other.count:
            source = self if self.count else other
            self.count, self.mean, self.scatter = source.count, source.mean, source.scatter
            return
        (mean, scatter), (mean_2, scatter_2) = self._moments(), other._moments()
        count, shift = self.count + other.count, mean_2 - mean
        weight = self.count * other.count / count
        self.scatter = scatter + scatter_2 + weight * torch.outer(shift, shift)
        self.mean = mean + shift * (other.count / count)
        self.count = count

    @property
    def covariance(self) -> Matrix:
        """The unbiased covariance (divided by count - 1); ValueError with fewer than two pictures."""
        if self.count < 2:
            raise ValueError(f"{self.count} pictures have no covariance: give at least 2, better thousands")
        return self._moments()[1] / (self.count - 1)

    def _moments(self) -> tuple[Mean, Matrix]:
        if self.mean is None or self.scatter is None:
            raise ValueError("no features have been seen yet: add some first")
        return self.mean, self.scatter

    @property
    def root(self) -> Matrix:
        """The symmetric square root of the covariance; kept, for it takes longest, until more is taken in."""
        if self._root is None:
            values, vectors = torch.linalg.eigh(self.covariance)
            self._root = (vectors * _nonnegative(values).sqrt()) @ vectors.T
        return self._root


def frechet_distance(a: Gaussian, b: Gaussian) -> float:
    """Squared Fréchet distance of two Gaussians (Heusel et al. 2017).

    It is `|m_a - m_b|^2 + tr(C_a + C_b - 2 (C_a C_b)^1/2)`.

    Covariances may lack rank, as those of few pictures do. Fewer pictures give larger distances: only those over
    equally many compare. Of many distances to one `b`, the first takes longest.

    Raises:
        ValueError: features of different networks, or fewer than two pictures.
    """
    _check_alike(a, b)
    # C_a C_b and the symmetric R C_a R with R = C_b^1/2 have the same eigenvalues: no complex number ever arises.
    cross = _nonnegative(torch.linalg.eigvalsh(b.root @ a.covariance @ b.root)).sqrt().sum()
    (mean_a, _), (mean_b, _) = a._moments(), b._moments()
    distance = (mean_a - mean_b).square().sum() + a.covariance.trace() + b.covariance.trace() - 2 * cross
    return max(0.0, distance.item())


def _nonnegative(eigenvalues: Mean) -> Mean:
    """Eigenvalues that rounding has pushed off zero, below it or above, set to zero."""
    noise = eigenvalues.abs().amax() * len(eigenvalues) * torch.finfo(eigenvalues.dtype).eps
    return torch.where(eigenvalues > noise, eigenvalues, 0.0)


def _check_alike(a: Gaussian, b: Gaussian) -> None:
    if a.name != b.name:
        raise ValueError(f"features of {a.name!r} and of {b.name!r} do not compare: take both from one network")
    if a.mean is not None and b.mean is not None and len(a.mean) != len(b.mean):
        raise ValueError(f"features of {len(a.mean)} and {len(b.mean)} numbers do not compare: use one network")
