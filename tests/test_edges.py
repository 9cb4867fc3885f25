import numpy as np
import pytest
import torch

from colornb.color import lab_to_rgb
from colornb.edges import color_edges, near
from colornb.metrics import psnr


def halves(*labs):
    """A picture of two colours of CIE Lab, side by side."""
    lab = torch.zeros(1, 3, 24, 24)
    for side, color in zip((slice(None, 12), slice(12, None)), labs, strict=True):
        lab[..., side] = torch.tensor(color).view(1, 3, 1, 1)
    return lab_to_rgb(lab)


@pytest.mark.parametrize("other", [(50.0, 30.0, 10.0), (50.0, -20.0, 40.0)])
def test_a_change_of_colour_alone_is_an_edge(other):
    edges = color_edges(halves((50.0, -20.0, 10.0), other))
    columns = edges[0, 0].nonzero()[:, 1]
    assert len(columns)
    assert columns.min() >= 10
    assert columns.max() <= 13


def test_a_change_of_lightness_alone_is_none():
    assert not color_edges(halves((30.0, 10.0, 10.0), (80.0, 10.0, 10.0))).any()


def test_near_is_within_half_a_kernel(generator):
    mask = (torch.rand(1, 1, 17, 23, generator=generator) < 0.03).float()
    rows, columns = mask[0, 0].nonzero().numpy().T
    y, x = np.mgrid[:17, :23]
    distance = np.maximum(abs(y[..., None] - rows), abs(x[..., None] - columns)).min(-1)
    assert np.array_equal(near(mask, 7)[0, 0].numpy(), distance <= 3)
    with pytest.raises(ValueError, match="odd"):
        near(mask, 4)


def test_local_psnr_counts_only_the_pixels_asked_for(generator):
    a, b = torch.rand(2, 2, 3, 9, 9, generator=generator)
    where = (torch.rand(2, 1, 9, 9, generator=generator) < 0.4).float()
    found = psnr(a, b, where=where)
    for i in range(2):
        inside = where[i, 0].bool()
        error = (a[i][:, inside] - b[i][:, inside]).double().square().mean()
        assert found[i].item() == pytest.approx(-10 * error.log10().item(), rel=1e-6)
    assert torch.allclose(psnr(a, b, where=torch.ones_like(where)), psnr(a, b))
    assert psnr(a, b, where=torch.zeros_like(where)).isnan().all()
