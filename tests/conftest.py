"""Shared fixtures; every annotated shape of the package is checked while the tests run."""

import pytest
import torch
from jaxtyping import install_import_hook

install_import_hook("colornb", "shapes.check")


@pytest.fixture(autouse=True)
def two_threads():
    """Keep the tests to the two cores that everybody has."""
    torch.set_num_threads(min(2, torch.get_num_threads()))


@pytest.fixture
def generator():
    """A random generator seeded alike in every test."""
    return torch.Generator().manual_seed(0)
