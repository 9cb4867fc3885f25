"""Colour differences against scikit-image, and the fidelity to hints against a plain loop."""

import numpy as np
import pytest
import torch
from skimage.color import deltaE_cie76, deltaE_ciede2000, rgb2lab

from colornb.metrics import PAIRWISE, hint_fidelity
from colornb.metrics.hint_fidelity import delta_e

# Lab pairs and their difference, from the table of Sharma, Wu and Dalal (2005): those that are easy to get wrong.
SHARMA = [
    ((50.0, 2.6772, -79.7751), (50.0, 0.0, -82.7485), 2.0425),
    ((50.0, -1.3802, -84.2814), (50.0, 0.0, -82.7485), 1.0000),
    ((50.0, 0.0, 0.0), (50.0, -1.0, 2.0), 2.3669),
    ((50.0, 2.4900, -0.0010), (50.0, -2.4900, 0.0009), 7.1792),
    ((50.0, 2.4900, -0.0010), (50.0, -2.4900, 0.0011), 7.2195),
    ((50.0, -0.0010, 2.4900), (50.0, 0.0009, -2.4900), 4.8045),
    ((50.0, 2.5, 0.0), (50.0, 0.0, -2.5), 4.3065),
    ((50.0, 2.5, 0.0), (73.0, 25.0, -18.0), 27.1492),
    ((60.2574, -34.0099, 36.2677), (60.4626, -34.1751, 39.4387), 1.2644),
    ((22.7233, 20.0904, -46.6940), (23.0331, 14.9730, -42.5619), 2.0373),
    ((90.9257, -0.5406, -0.9208), (88.6381, -0.8985, -0.7239), 1.5381),
    ((2.0776, 0.0795, -1.1350), (0.9033, -0.0636, -0.5514), 0.9082),
]


@pytest.mark.parametrize(("one", "two", "difference"), SHARMA)
def test_ciede2000_gives_the_published_numbers(one, two, difference):
    one, two = torch.tensor([one, two], dtype=torch.float64)
    assert delta_e(one, two, "ciede2000").item() == pytest.approx(difference, abs=1e-4)
    assert delta_e(two, one, "ciede2000").item() == pytest.approx(difference, abs=1e-4)


@pytest.fixture
def given(generator):
    """Two pictures, three regions of them that overlap, and a colour for each."""
    painted = torch.rand(2, 3, 6, 8, generator=generator)
    regions = (torch.rand(2, 3, 6, 8, generator=generator) < 0.4).float()
    return painted, regions, torch.rand(2, 3, 3, generator=generator)


@pytest.mark.parametrize("weigh", ["region", "pixel"])
@pytest.mark.parametrize(("formula", "oracle"), [("ciede2000", deltaE_ciede2000), ("cie76", deltaE_cie76)])
def test_fidelity_equals_a_loop_over_regions(given, formula, oracle, weigh):
    painted, regions, colors = given
    shown = torch.tensor([[1.0, 0.0, 1.0], [0.0, 1.0, 0.0]])
    found = hint_fidelity(painted, regions, colors, shown, formula, weigh)
    for i in range(2):
        rows = []
        for k in range(3):
            if shown[i, k]:
                inside = regions[i, k].bool()
                mean = painted[i][:, inside].mean(1).double().numpy()
                rows.append((oracle(rgb2lab(mean), rgb2lab(colors[i, k].double().numpy())), inside.sum().item()))
        sizes = [size if weigh == "pixel" else 1 for _, size in rows]
        assert found[i].item() == pytest.approx(np.average([row[0] for row in rows], weights=sizes), rel=1e-3)


def test_a_painting_that_keeps_to_its_hints_has_no_difference(given):
    _, _, colors = given
    regions = torch.zeros(2, 3, 6, 8)
    regions[:, 0, :, :4] = regions[:, 1, :, 4:] = 1  # the third is empty
    painted = torch.einsum("bnhw,bnc->bchw", regions, colors)
    shown = torch.ones(2, 3)
    assert hint_fidelity(painted, regions, colors, shown).max() < 1e-3
    worse = hint_fidelity(1 - painted, regions, colors, shown)
    assert worse.min() > 5


def test_what_was_not_shown_or_is_empty_does_not_count(given):
    painted, regions, colors = given
    regions[:, 2] = 0
    first = hint_fidelity(painted, regions[:, :1], colors[:, :1], torch.ones(2, 1))
    found = hint_fidelity(painted, regions, colors, torch.tensor([[1.0, 0.0, 1.0]] * 2))
    torch.testing.assert_close(found, first, rtol=1e-5, atol=0)
    assert hint_fidelity(painted, regions, colors, torch.tensor([[0.0, 0.0, 1.0]] * 2)).isnan().all()


def test_unknown_words_are_answered_with_the_known_ones(given):
    painted, regions, colors = given
    for words, known in [({"formula": "cmc"}, "cie76"), ({"weigh": "hint"}, "pixel")]:
        with pytest.raises(ValueError, match=known) as error:
            hint_fidelity(painted, regions, colors, torch.ones(2, 3), **words)
        assert "\n" not in str(error.value)


def test_it_is_no_metric_that_needs_the_true_picture():
    assert "hint_fidelity" not in PAIRWISE
