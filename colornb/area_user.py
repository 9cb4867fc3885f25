"""The user of a drawing, simulated: one colour for each of some areas that its lines close, in one of three ways.

For training a network with what `Colorizer` gives it on drawings, where an answer fills an area; strokes and points are
what other tools give. The colours are those of the true picture, mean over the paper of an area.
"""

import numpy as np
import torch
from torch import Generator

from colornb.areas import INK, find_areas
from colornb.types import HintMaps, Plane, Planes

WAYS, CHANCES = ("fill", "stroke", "point"), (0.7, 0.2, 0.1)  # how a user answers, and how often so
DISORDER = 1.5  # spread of the logarithm by which the order of areas strays from that by size
POINT = 5 / 256  # of the shorter side: the patch of a point, at most


def answer_areas(condition: Plane, target: Planes, generator: Generator) -> HintMaps:
    """Hint maps (C, M) about areas of line art: any share of them, rather the larger ones.

    `condition` is line art (b, 1, h, w) in [-1, 1], `target` the true pictures in [-1, 1].
    """
    color, mask = torch.zeros_like(target), torch.zeros_like(condition)
    seeds = torch.randint(2**31, (len(condition),), generator=generator, device=generator.device).tolist()
    for number, seed in enumerate(seeds):
        lines = (condition[number, None].float().cpu() + 1) / 2
        areas = find_areas(lines).numpy() - 1
        told = _where(areas, np.random.default_rng(seed))
        colors = _mean_colors(target[number].float().cpu().numpy(), areas, lines[0, 0].numpy() >= INK)
        color[number] = torch.from_numpy(colors * told).to(color)
        mask[number, 0] = torch.from_numpy(told).to(mask)
    return color, mask


def _mean_colors(target: np.ndarray, areas: np.ndarray, paper: np.ndarray) -> np.ndarray:
    """The mean colour of the paper of each pixel's area, (c, h, w); of its ink, if there is no paper in it."""
    weight = paper.ravel() + 1e-4
    sizes = np.bincount(areas.ravel(), weight)
    return np.stack([(np.bincount(areas.ravel(), plane.ravel() * weight) / sizes)[areas] for plane in target])


def _where(areas: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Where the user says something of the areas, numbered from 0."""
    sizes = np.bincount(areas.ravel())
    order = np.argsort(-np.log(np.maximum(sizes, 1)) + DISORDER * rng.standard_normal(len(sizes)))
    shown = np.zeros(len(sizes), bool)
    shown[order[: round(rng.random() * len(sizes))]] = True
    way = rng.choice(WAYS, p=CHANCES)
    return shown[areas] if way == "fill" else _draw(areas, np.flatnonzero(shown), way, rng)


def _draw(areas: np.ndarray, shown: np.ndarray, way: str, rng: np.random.Generator) -> np.ndarray:
    """A stroke from one place in each area to another, or a patch at one place, where it stays inside."""
    import cv2

    marks, inked = np.full(areas.shape, -1, np.int32), np.zeros(areas.shape, np.uint8)
    order = np.argsort(areas, axis=None, kind="stable")
    starts = np.searchsorted(areas.ravel()[order], np.arange(areas.max() + 2))
    largest = max(1, round(POINT * min(areas.shape)))
    for number in shown:
        inside = order[starts[number] : starts[number + 1]]
        (y1, y2), (x1, x2) = np.unravel_index(rng.choice(inside, 2), areas.shape)
        inked[:] = 0
        if way == "stroke":
            cv2.line(inked, (int(x1), int(y1)), (int(x2), int(y2)), 1, int(rng.integers(1, 3)))
        else:
            side = int(rng.integers(1, largest + 1))
            inked[y1 : y1 + side, x1 : x1 + side] = 1
        marks[inked > 0] = number
    return marks == areas
