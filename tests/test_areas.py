"""What lines close is found through gaps, dashes, hatching, tone and dirt, and is painted by itself."""

import time

import cv2
import numpy as np
import pytest
import torch
from scenes import scene
from skimage.color import deltaE_ciede2000, rgb2lab

from colornb import Colorizer
from colornb.areas import Answer, fill_areas, find_areas, read_answers, resize_areas
from colornb.color import hex_color, luma, parse_color
from colornb.drawings import read_drawing
from colornb.hints import Point, Region, pieces

SIDES = [256, 600, 1500]


def areas_of(ink):
    return find_areas(torch.from_numpy(1 - ink.astype(np.float32))[None, None]).numpy()


def polar(side):
    y, x = np.mgrid[:side, :side] - side / 2
    return np.hypot(y, x) / side, np.arctan2(y, x)


def ring(side, thickness=3, gap=0.0, gaps=3):
    """A circle, and as many gaps in it, so long in units of the side."""
    r, angle = polar(side)
    phase = (angle / (2 * np.pi) * gaps + 0.1) % 1
    return ((abs(r - 0.3) * side <= thickness / 2) & (phase * 2 * np.pi * 0.3 / gaps >= gap)).astype(np.uint8)


def disk(side, radius=0.3):
    return polar(side)[0] < radius


def is_parted(labels, ink, inside, least=0.98):
    """Whether one area is inside, another outside, each nearly whole."""
    near = cv2.dilate(ink, np.ones((5, 5), np.uint8)) > 0
    within, without = labels[inside & ~near], labels[~inside & ~near]
    a, b = np.bincount(within).argmax(), np.bincount(without).argmax()
    return a != b and (within == a).mean() >= least and (without == b).mean() >= least


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("thickness", [1, 3, 8])
@pytest.mark.parametrize("gap", [0, 0.005, 0.01])
def test_a_line_closes_an_area_though_it_has_gaps(side, thickness, gap):
    ink = ring(side, thickness, gap)
    labels = areas_of(ink)
    assert labels.max() <= (3 if gap else 2), "in a gap between thick lines there may be a crumb"
    assert is_parted(labels, ink, disk(side))


@pytest.mark.parametrize("side", SIDES)
def test_an_open_shape_is_no_area(side):
    assert areas_of(ring(side, 3, 0.3)).max() == 1


@pytest.mark.parametrize("side", SIDES)
def test_a_dashed_line_closes_an_area(side):
    ink = ring(side, 3, 0.008, 60)
    assert is_parted(areas_of(ink), ink, disk(side))


def hatched(side, spacing, closed, crossed=False):
    """A disk whose left half is hatched."""
    ink, inside = ring(side), disk(side, 0.3 if closed else 0.28)
    lines = np.zeros_like(ink)
    lines[:: round(spacing * side)] = 1
    if crossed:
        lines[:, :: round(spacing * side)] = 1
    lines[:, side // 2 :] = 0
    return np.maximum(ink, lines & inside)


@pytest.mark.parametrize("side", SIDES[1:])
@pytest.mark.parametrize("spacing", [0.007, 0.011])
@pytest.mark.parametrize("kind", ["open", "closed", "crossed"])
def test_hatching_does_not_shatter_an_area(side, spacing, kind):
    ink = hatched(side, spacing, kind == "closed", kind == "crossed")
    labels = areas_of(ink)
    assert labels.max() <= 4
    if kind == "open":
        assert is_parted(labels, ink, disk(side), 0.95)


@pytest.mark.parametrize("dot", [1, 2])
def test_screentone_is_no_line(dot):
    side = 960
    ink, (y, x) = ring(side, 4), np.mgrid[:960, :960]
    toned = np.maximum(ink, ((x % 5 < dot) & (y % 5 < dot) & disk(side)).astype(np.uint8))
    page = torch.from_numpy(1 - toned.astype(np.float32)).expand(1, 3, -1, -1)
    labels = find_areas(read_drawing(page).lines).numpy()
    assert labels.max() <= 3
    assert is_parted(labels, ink, disk(side))


@pytest.mark.parametrize("side", SIDES)
def test_dirt_and_noise_make_no_areas(side):
    rng, ink = np.random.default_rng(0), ring(side)
    specks = ink.copy()
    for x, y in rng.integers(2, side - 2, (200, 2)):
        specks[y, x : x + 1 + side // 800] = 1
    page = np.clip(1 - specks + rng.normal(0, 0.04, ink.shape), 0, 1).astype(np.float32)
    labels = find_areas(torch.from_numpy(page)[None, None]).numpy()
    assert sorted(np.unique(labels)) == [1, 2]
    assert is_parted(labels, ink, disk(side))


@pytest.mark.parametrize("level", [0.0, 1.0])
@pytest.mark.parametrize("size", [(1, 1), (2, 7), (40, 1), (300, 200)])
def test_an_empty_page_is_one_area_whatever_its_size(size, level):
    assert torch.equal(find_areas(torch.full((1, 1, *size), level)), torch.ones(size, dtype=torch.int32))
