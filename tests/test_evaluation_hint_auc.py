"""Hint-AUC gives the hints and the scores of the package `hintauc` 0.3.3, for outputs that are made here.

The package's numbers were made by the code below, in an environment with `pip install hintauc==0.3.3 torchmetrics`:

    python tests/test_evaluation_hint_auc.py
"""

import hashlib
import math

import numpy as np
import pytest
import torch
from skimage.color import deltaE_ciede2000, rgb2lab

from colornb.evaluation.hint_auc import ALPHAS, find_area_hints, hint_auc, score
from colornb.metrics import ciede2000, ssim

SIDES = (256, 200)
# For each side: how many areas, a hash of the scribbles, and the Hint-AUC of the fixed outputs.
PACKAGE = {
    256: {
        "hints": [
            92,
            "f3cc103136423a57",
            "f3cc103136423a57",
            "d8c04f184243a8f9",
            "1eb9ddcf28749652",
            "4cd51debd2d508bb",
            "d4098662840c10fa",
            "a57579ad96487447",
            "6e1914a047426525",
        ],
        "auc": {"psnr": 20.690996729845963, "ssim": 0.8461612862348556, "ciede2000": 8.45931180715561},
    },
    200: {
        "hints": [
            93,
            "f3cc103136423a57",
            "f3cc103136423a57",
            "2c32174a34b1e180",
            "6fd1823707d989b1",
            "ce499710da5c3599",
            "53627af4bcb47077",
            "bafffe25b3308d80",
            "324a714cbfa020bc",
        ],
        "auc": {"psnr": 20.704526348365235, "ssim": 0.8471088096499443, "ciede2000": 8.651124465465546},
    },
}


def page(side):
    """Disks and stripes in flat colours and in a gradient, (1, 3, side, side) in whole levels."""
    y, x = np.mgrid[:side, :side] / side
    rgb = np.stack([0.2 + 0.5 * x, 0.8 - 0.3 * y, 0.5 + 0 * x])
    for n in range(12):
        angle = 2.4 * n
        r = 0.08 * math.sqrt(n)
        inside = np.hypot(x - 0.5 - r * math.cos(angle), y - 0.5 - r * math.sin(angle)) < 0.03 + 0.006 * n
        rgb[:, inside] = np.array([(0.37 * n) % 1, (0.61 * n) % 1, (0.83 * n) % 1])[:, None]
    rgb[:, (y > 0.85) & (np.floor(12 * x) % 2 == 0)] = np.array([0.9, 0.85, 0.2])[:, None]
    return torch.from_numpy(np.round(255 * rgb) / 255)[None].float()


def output(truth, alpha):
    """What some painter makes of a share of the hints: nearer to the truth, and shifted."""
    gray = truth.mean(1, keepdim=True).expand_as(truth)
    return ((255 * gray.lerp(truth, 0.9 * alpha**0.5).roll(2, 3)).round() / 255).clamp(0, 1)


def told(hints):
    """A hash of scribbles in their colours, (64, 64, 3) levels, 0 where there are none."""
    return hashlib.sha256(np.ascontiguousarray(hints, np.uint8).tobytes()).hexdigest()[:16]


@pytest.mark.parametrize("side", SIDES)
def test_areas_and_scribbles_are_those_of_the_package(side):
    hints = find_area_hints(page(side))
    found = [hints.first(hints.share(alpha), (64, 64)).color[0].permute(1, 2, 0) for alpha in ALPHAS]
    assert [len(hints.colors), *(told((255 * color).round().numpy()) for color in found)] == PACKAGE[side]["hints"]


@pytest.mark.parametrize("side", SIDES)
def test_scores_of_fixed_outputs_are_those_of_the_package(side):
    truth = page(side)
    by_alpha = {alpha: score(output(truth, alpha), truth) for alpha in ALPHAS}
    for metric, theirs in PACKAGE[side]["auc"].items():
        ours = hint_auc({alpha: scores[metric] for alpha, scores in by_alpha.items()})
        assert ours == pytest.approx(theirs, abs=1e-3), metric


def test_the_largest_areas_are_given_first_and_each_has_one_scribble_inside():
    hints = find_area_hints(page(256))
    sizes = hints.areas.flatten().bincount()
    assert (sizes.diff() <= 0).all()
    assert len(sizes) == len(hints.colors)
    given = hints.areas[hints.scribbles].bincount(minlength=len(sizes))
    assert (given > 0).all()
    for count in (0, 1, 5, len(sizes)):
        mask = hints.first(count, (64, 64)).mask[0, 0] > 0
        assert set(hints.areas[mask].tolist()) == set(range(count))


def test_dense_hints_have_the_colours_of_their_areas_at_any_size():
    truth = page(256)
    hints = find_area_hints(truth)
    dense = hints.filled(len(hints.colors), (256, 256))
    assert dense.mask.all()
    assert (dense.color - truth).abs().median() < 0.05
    nothing = hints.first(0, (100, 30))
    assert nothing.mask.shape == (1, 1, 100, 30)
    assert not nothing.mask.any()


def test_a_perfect_picture_scores_100_db():
    truth = page(256)
    assert score(truth, truth) == pytest.approx({"psnr": 100, "ssim": 1, "ciede2000": 0}, abs=1e-4)


def test_the_area_under_a_line_is_its_middle_and_both_ends_are_needed():
    assert hint_auc({alpha: 10 + 4 * alpha for alpha in ALPHAS}) == pytest.approx(12)
    with pytest.raises(ValueError, match="alpha 0 and 1"):
        hint_auc({0.0: 1.0, 0.5: 2.0})


def test_ssim_and_ciede2000_equal_other_libraries(generator):
    from torchmetrics.functional.image import structural_similarity_index_measure

    truth = torch.rand(3, 3, 40, 31, generator=generator)
    painted = (truth + 0.2 * torch.randn(truth.shape, generator=generator)).clamp(0, 1)
    for row in range(3):
        pair = painted[row : row + 1], truth[row : row + 1]
        theirs = structural_similarity_index_measure(*pair, data_range=1.0).item()
        assert ssim(painted, truth)[row].item() == pytest.approx(theirs, abs=2e-3)
        labs = [rgb2lab(rgb[0].permute(1, 2, 0).numpy()) for rgb in pair]
        assert ciede2000(painted, truth)[row].item() == pytest.approx(deltaE_ciede2000(*labs).mean(), abs=1e-3)


def _ask_the_package():
    import hintauc

    evaluator = hintauc.Evaluator(metrics=("psnr", "ssim", "deltae"))
    for side in SIDES:
        truth = page(side)
        levels = (255 * truth[0].permute(1, 2, 0)).round().byte().numpy()
        result = hintauc.generate_hints(levels[..., ::-1].copy(), path_method="geodesic")
        colors = [result.at_ratio(alpha, tie_break="stable")[0][..., ::-1] for alpha in ALPHAS]
        scores = {}
        for alpha in ALPHAS:
            painted = (255 * output(truth, alpha)[0].permute(1, 2, 0)).round().byte().numpy()
            scores[alpha] = evaluator(painted, levels)
        auc = hintauc.hint_auc_table(scores)
        auc = {"psnr": auc["psnr"], "ssim": auc["ssim"], "ciede2000": auc["deltae"]}
        print(f"    {side}: {{'hints': {[result.n_regions(), *map(told, colors)]}, 'auc': {auc}}},")  # noqa: T201


if __name__ == "__main__":
    _ask_the_package()
