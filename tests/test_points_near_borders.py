"""A point of colour comes out in its colour, in the middle of a photograph as at its border and in its corners."""

import math

import numpy as np
import pytest
import torch
from skimage.color import deltaE_ciede2000

from colornb.color import fit_gamut, parse_color, rgb_to_lab
from colornb.colorizer import Colorizer
from colornb.hints import Point, rasterize
from colornb.images import SAMPLES, resize, sample

CHROMA = 40  # of the colours that are given, where the gamut of sRGB has it at the lightness of the place


@pytest.mark.parametrize("x", [0.0, 0.001, 0.5, 0.99, 1.0])
@pytest.mark.parametrize("y", [0.0, 0.02, 0.5, 1.0])
def test_a_patch_is_whole_wherever_it_lies(x, y):
    mask = rasterize([Point(x, y, "red", 0.1)], 60, 80).mask[0, 0]
    assert mask.sum() == 36
    rows, columns = mask.nonzero().unbind(1)
    assert rows.min() <= min(59, int(60 * y)) <= rows.max()
    assert columns.min() <= min(79, int(80 * x)) <= columns.max()


def test_a_patch_larger_than_the_picture_covers_it():
    assert rasterize([Point(0.9, 0.1, "red", 1.0)], 5, 9).mask.sum() == 25
    assert rasterize([Point(0.9, 0.1, "red", 1.0)], 1, 1).mask.sum() == 1


PLACES = {
    "inside": [(0.3, 0.4), (0.62, 0.55), (0.45, 0.7)],
    "border": [(0.0, 0.35), (0.6, 0.004), (0.992, 0.5), (0.4, 0.985)],
    "corner": [(0.0, 0.0), (0.99, 0.008), (0.01, 0.99), (0.985, 0.985)],
}


@pytest.fixture(scope="module")
def differences():
    """ΔE00 between the colour of a point and what is painted in its patch, by the kind of place."""
    colorizer, found = Colorizer.load("rtug-natural"), {kind: [] for kind in PLACES}
    turn = iter(range(10_000))
    for name in SAMPLES:
        photo = resize(sample(name), 256)
        colorizer.set_image(photo)
        light = rgb_to_lab(photo)[0, 0]
        for kind, places in PLACES.items():
            for x, y in places:
                patch = rasterize([Point(x, y, "red")], *light.shape).mask[0, 0] > 0
                level, angle = light[patch].mean().item(), 2.4 * next(turn)
                if 20 < level < 90:  # in black and white no colour can be seen
                    color = fit_gamut(level, CHROMA * math.cos(angle), CHROMA * math.sin(angle))
                    painted = rgb_to_lab(colorizer.predict([Point(x, y, color)]))[0][:, patch].mean(1)
                    given = rgb_to_lab(torch.tensor(parse_color(color)).view(1, 3, 1, 1)).flatten()
                    given[0] = painted[0]  # compared at the picture's own lightness
                    found[kind].append(deltaE_ciede2000(painted.numpy(), given.numpy()))
    return found


@pytest.mark.slow
@pytest.mark.parametrize("kind", PLACES)
def test_a_point_on_a_photograph_comes_out_in_its_colour(kind, differences):
    assert len(differences[kind]) >= 15
    assert np.median(differences[kind]) <= 4, f"median {np.median(differences[kind]):.1f}"
