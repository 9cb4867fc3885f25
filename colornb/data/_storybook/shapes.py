"""Outlines as (n, 2) arrays of points."""

import math
import random
from functools import cache

import numpy as np

Shape = np.ndarray


@cache
def _circle(n: int) -> Shape:
    angle = np.linspace(0, 2 * math.pi, n, endpoint=False)
    return np.stack([np.cos(angle), np.sin(angle)], axis=1)


def ellipse(x: float, y: float, rx: float, ry: float | None = None, n: int = 28) -> Shape:
    """An ellipse, or a circle where `ry` is not given."""
    return _circle(n) * (rx, rx if ry is None else ry) + (x, y)


def arc(x: float, y: float, rx: float, ry: float, start: float, end: float, n: int = 12) -> Shape:
    """A piece of an ellipse, from `start` to `end` degrees, clockwise on the page from the right."""
    angle = np.radians(np.linspace(start, end, n))
    return np.stack([x + rx * np.cos(angle), y + ry * np.sin(angle)], axis=1)


def box(x0: float, y0: float, x1: float, y1: float) -> Shape:
    """A rectangle."""
    return np.array([(x0, y0), (x1, y0), (x1, y1), (x0, y1)])


def round_box(x0: float, y0: float, x1: float, y1: float, r: float) -> Shape:
    """A rectangle with round corners."""
    r = min(r, abs(x1 - x0) / 2, abs(y1 - y0) / 2)
    corners = ((x1 - r, y1 - r, 0), (x0 + r, y1 - r, 90), (x0 + r, y0 + r, 180), (x1 - r, y0 + r, 270))
    return np.concatenate([arc(x, y, r, r, a, a + 90, 5) for x, y, a in corners])


def smooth(points: list[tuple[float, float]], closed: bool = True, n: int = 5) -> Shape:
    """A soft curve through the points (Catmull-Rom), `n` steps between neighbours."""
    p = np.asarray(points, np.float64)
    if closed:
        before, after, beyond = np.roll(p, 1, 0), np.roll(p, -1, 0), np.roll(p, -2, 0)
    else:
        q = np.concatenate([p[:1], p, p[-1:]])
        before, p, after, beyond = q[:-3], q[1:-2], q[2:-1], q[3:]
    t = (np.arange(n) / n)[None, :, None]
    b, s, e, f = (v[:, None] for v in (before, p, after, beyond))
    curve = s + 0.5 * t * (e - b + t * (2 * b - 5 * s + 4 * e - f + t * (3 * (s - e) + f - b)))
    curve = curve.reshape(-1, 2)
    return curve if closed else np.concatenate([curve, after[-1:]])


def hill(rng: random.Random, y: float, height: float, width: float, waves: float = 1.5) -> Shape:
    """Everything below a rolling line around `y`, over the whole page."""
    x = np.linspace(-0.05, width + 0.05, 32)
    line = np.full_like(x, y)
    for k in (1.0, 1.7, 2.9):
        line += height / k * np.sin(x * waves * k * 2.2 + rng.uniform(0, 6.3)) * rng.uniform(0.4, 1)
    return np.concatenate([np.stack([x, line], 1), [(width + 0.05, 1.05), (-0.05, 1.05)]])


def peaks(rng: random.Random, y: float, height: float, width: float) -> Shape:
    """Everything below a mountain ridge."""
    n = max(3, round(rng.uniform(3, 6) * width))
    points = [(-0.06, 1.05), (-0.06, y)]
    for i in range(n):
        x = width * (i + rng.uniform(0.3, 0.7)) / n
        points += [(x, y - height * rng.uniform(0.5, 1)), (width * (i + 1) / n, y - height * rng.uniform(0, 0.25))]
    return np.array([*points, (width + 0.06, y), (width + 0.06, 1.05)])


def puffs(rng: random.Random, rx: float, ry: float, n: int = 7, flat: bool = False) -> Shape:
    """A cloud or a tree's crown around (0, 0): a ring of round bulges; `flat` levels the bottom."""
    turn, pieces = rng.uniform(0, 6.3), []
    for i in range(n):
        angle = turn + 2 * math.pi * i / n
        r = rng.uniform(0.42, 0.55) * 6.5 / n
        x, y = 0.68 * math.cos(angle), 0.66 * math.sin(angle)
        pieces.append(arc(x, y, r, r, math.degrees(angle) - 76, math.degrees(angle) + 76, 8))
    outline = np.concatenate(pieces)
    if flat:
        outline[:, 1] = np.minimum(outline[:, 1], 0.45)
    return outline * (rx, ry)


def star(x: float, y: float, r: float, n: int = 5, inner: float = 0.45, turn: float = -90.0) -> Shape:
    """A star with `n` points."""
    radius = np.where(np.arange(2 * n) % 2 == 0, r, r * inner)
    angle = np.radians(turn) + np.arange(2 * n) * math.pi / n
    return np.stack([x + radius * np.cos(angle), y + radius * np.sin(angle)], 1)


def leaf(x: float, y: float, length: float, wide: float, turn: float) -> Shape:
    """A pointed leaf or petal that grows from (x, y) in the direction `turn` (degrees, 0 is to the right)."""
    t = np.linspace(0, math.pi, 8)
    along, across = length * (1 - np.cos(t)) / 2, wide / 2 * np.sin(t)
    outline = np.concatenate([np.stack([along, across], 1), np.stack([along, -across], 1)[::-1]])
    cos, sin = math.cos(math.radians(turn)), math.sin(math.radians(turn))
    return outline @ np.array([[cos, sin], [-sin, cos]]) + (x, y)


def heart(x: float, y: float, r: float) -> Shape:
    """A heart."""
    t = np.linspace(0, 2 * math.pi, 24, endpoint=False)
    across = 16 * np.sin(t) ** 3
    down = -(13 * np.cos(t) - 5 * np.cos(2 * t) - 2 * np.cos(3 * t) - np.cos(4 * t))
    return np.stack([x + r * across / 17, y + r * down / 17], 1)
