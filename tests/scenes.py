"""Scenes with a plan: line drawings of characters, rooms, houses and skies, and the colour that each area is to have.

What is drawn later hides what was drawn before; each thing is an area of the plan, filled with a colour of its own and
outlined with a pen. Pens leave gaps.
"""

from dataclasses import dataclass

import cv2
import numpy as np
import torch

from colornb.color import hex_color
from colornb.hints import Point

FOUR = 4  # times as large are scenes drawn that are shrunk, so that lines are smooth


@dataclass
class Scene:
    """A drawing and its plan."""

    ink: np.ndarray  # float32 (h, w): 1 where a line is
    plan: np.ndarray  # (h, w): the number of the area at each pixel, 0 on lines
    colors: np.ndarray  # (n, 3): the colour of each, sRGB in [0, 1]
    lines: np.ndarray  # (h, w): where lines are, or should be: in their gaps, too

    @property
    def page(self):
        """The drawing as a picture: black on white."""
        return torch.from_numpy(1 - self.ink)[None, None].expand(1, 3, -1, -1).clone()

    @property
    def truth(self):
        """The plan as a picture without lines, (1, 3, h, w)."""
        return torch.from_numpy(self.colors[self.plan].astype(np.float32)).permute(2, 0, 1)[None]

    @property
    def paper(self):
        """Where colours are judged: away from ink, and from its gaps."""
        return cv2.dilate(self.lines.astype(np.uint8), np.ones((5, 5), np.uint8)) == 0

    def clicks(self):
        """A point for each area that can be seen, in the middle of its widest part."""
        height, width = self.plan.shape
        for number, color in enumerate(self.colors):
            inside = cv2.copyMakeBorder(((self.plan == number) & self.paper).astype(np.uint8), 1, 1, 1, 1, 0)
            depth = cv2.distanceTransform(inside, cv2.DIST_L2, 5)[1:-1, 1:-1]
            if depth.max() >= 2:
                y, x = np.unravel_index(depth.argmax(), depth.shape)
                yield Point((x + 0.5) / width, (y + 0.5) / height, hex_color(color.tolist()))


class Pen:
    """Draws shapes on a plan, and their outlines with gaps."""

    def __init__(self, side, thickness, gaps, rng):
        self.ink, self.plan = np.zeros((side, side), np.uint8), np.zeros((side, side), np.int32)
        self.closed = self.ink.copy()  # without the gaps
        self.side, self.thickness, self.gaps, self.rng, self.number = side, thickness, gaps, rng, 0

    def shape(self, points):
        """A new area inside a polygon, in units of the side."""
        corners = np.round(np.asarray(points) * self.side).astype(np.int32)
        self.number += 1
        cv2.fillPoly(self.plan, [corners], self.number)
        for layer in (self.ink, self.closed):
            cv2.fillPoly(layer, [corners], 0)
        self._line(np.concatenate([corners, corners[:1]]))

    def blob(self, x, y, rx, ry, wobble=0.0):
        """A new area, round."""
        at = np.linspace(0, 2 * np.pi, 180, endpoint=False)
        r = 1 + wobble * sum(np.sin(k * at + self.rng.uniform(0, 6)) / k for k in (2, 3, 5))
        self.shape(np.stack([x + rx * r * np.cos(at), y + ry * r * np.sin(at)], 1))

    def box(self, x0, y0, x1, y1, lean=0.0):
        """A new area with four corners."""
        self.shape([(x0 + lean, y0), (x1 + lean, y0), (x1, y1), (x0, y1)])

    def _line(self, points):
        """One line, with gaps up to 1 % of the side."""
        for layer in (self.ink, self.closed):
            cv2.polylines(layer, [points], False, 1, self.thickness)
        if not self.gaps:
            return
        steps = np.linalg.norm(np.diff(points, axis=0), axis=1).cumsum()
        if steps[-1] < 0.2 * self.side:  # a button has none
            return
        for at in steps[-1] * (np.arange(3) + self.rng.uniform(0.2, 0.8, 3)) / 3:
            length = self.rng.uniform(0.003, 0.01) * self.side
            k = int(np.searchsorted(steps, at))
            middle, along = points[k], points[k + 1] - points[k]
            along = along / max(np.linalg.norm(along), 1e-6)
            across = np.array([-along[1], along[0]]) * (self.thickness + 1)
            middle = middle + along * (at - (steps[k - 1] if k else 0))
            hole = np.stack(
                [middle + s * along * length / 2 + t * across for s, t in ((1, 1), (1, -1), (-1, -1), (-1, 1))]
            )
            cv2.fillPoly(self.ink, [np.round(hole).astype(np.int32)], 0)


def sky(pen, horizon):
    """A background with a sun, clouds and hills."""
    u = pen.rng.uniform
    pen.box(-0.05, -0.05, 1.05, horizon)
    pen.blob(u(0.1, 0.9), u(0.08, 0.2), *[u(0.05, 0.09)] * 2)
    for _ in range(pen.rng.integers(2, 4)):
        pen.blob(u(0.1, 0.9), u(0.06, horizon - 0.1), u(0.08, 0.15), u(0.03, 0.06), 0.2)
    pen.blob(u(0.2, 0.8), horizon, u(0.3, 0.5), u(0.08, 0.15))
    pen.box(-0.05, horizon, 1.05, 1.05)


def house(pen, x, y, w):
    """Walls, a roof, a door, windows with panes."""
    pen.box(x, y, x + w, y + w)
    pen.shape([(x - 0.1 * w, y), (x + w / 2, y - 0.5 * w), (x + 1.1 * w, y)])
    pen.box(x + 0.4 * w, y + 0.5 * w, x + 0.65 * w, y + w)
    for k in (0.08, 0.7):
        for i in (0, 1):
            pen.box(x + (k + 0.11 * i) * w, y + 0.2 * w, x + (k + 0.11 * (i + 1)) * w, y + 0.4 * w)
    pen.box(x + 0.75 * w, y - 0.45 * w, x + 0.87 * w, y - 0.1 * w)


def tree(pen, x, y, h):
    """A trunk and a crown."""
    pen.box(x - 0.06 * h, y - 0.5 * h, x + 0.06 * h, y)
    pen.blob(x, y - 0.7 * h, 0.27 * h, 0.33 * h, 0.15)


def person(pen, x, y, h):
    """Legs, arms, a shirt, a face with hair and eyes."""
    for k in (-1, 1):
        pen.box(x + 0.07 * k * h - 0.045 * h, y - 0.42 * h, x + 0.07 * k * h + 0.045 * h, y, -0.01 * k * h)
        pen.blob(x + 0.09 * k * h, y, 0.07 * h, 0.03 * h)
        pen.box(x + 0.16 * k * h - 0.04 * h, y - 0.72 * h, x + 0.16 * k * h + 0.04 * h, y - 0.42 * h, -0.06 * k * h)
        pen.blob(x + 0.16 * k * h, y - 0.41 * h, 0.04 * h, 0.04 * h)
    pen.shape(
        [
            (x - 0.12 * h, y - 0.74 * h),
            (x + 0.12 * h, y - 0.74 * h),
            (x + 0.15 * h, y - 0.4 * h),
            (x - 0.15 * h, y - 0.4 * h),
        ]
    )
    pen.blob(x, y - 0.87 * h, 0.14 * h, 0.15 * h, 0.05)
    pen.blob(x, y - 0.84 * h, 0.1 * h, 0.11 * h)
    for k in (-1, 1):
        pen.blob(x + 0.04 * k * h, y - 0.85 * h, 0.018 * h, 0.024 * h)
    pen.blob(x, y - 0.57 * h, 0.02 * h, 0.02 * h)


def room(pen):
    """A wall, a floor, a window, a picture, a table with things on it, a lamp."""
    u, floor = pen.rng.uniform, pen.rng.uniform(0.6, 0.75)
    pen.box(-0.05, -0.05, 1.05, floor)
    pen.box(-0.05, floor, 1.05, 1.05)
    pen.box(-0.05, floor - 0.03, 1.05, floor)
    x = u(0.05, 0.3)
    pen.box(x - 0.02, 0.1, x + 0.32, 0.45)
    for i in (0, 1):
        for j in (0, 1):
            pen.box(x + 0.15 * i, 0.12 + 0.16 * j, x + 0.14 + 0.15 * i, 0.27 + 0.16 * j)
    pen.shape([(x + 0.32, 0.06), (x + 0.42, 0.06), (x + 0.38, 0.5), (x + 0.3, 0.5)])
    pen.box(0.75, 0.15, 0.93, 0.35)
    pen.box(0.775, 0.175, 0.905, 0.325)
    pen.blob(u(0.3, 0.7), 0.89, 0.25, 0.06)
    for leg in (0.55, 0.9):
        pen.box(leg, 0.66, leg + 0.03, 0.92)
    pen.box(0.5, 0.62, 0.98, 0.67)
    pen.box(0.56, 0.5, 0.64, 0.62, -0.01)
    pen.blob(0.8, 0.56, 0.07, 0.06)
    pen.blob(0.8, 0.49, 0.015, 0.02)


def scene(number, side=None, gaps=True):
    """A scene by its number: always the same one, with lines of 1 to 8 pixels and a side of 500 to 2,000."""
    rng = np.random.default_rng(number)
    drawn = int(rng.integers(500, 2001))
    thickness = int(rng.integers(1, 9))
    side = side or drawn
    thickness = max(1, min(thickness, side // 120))
    pen = Pen(side, thickness, gaps, rng)
    if number % 4 == 0:
        room(pen)
        person(pen, rng.uniform(0.3, 0.5), 0.9, rng.uniform(0.5, 0.7))
    else:
        horizon = rng.uniform(0.5, 0.7)
        sky(pen, horizon)
        if number % 4 in (1, 2):
            house(pen, rng.uniform(0.08, 0.5), horizon - 0.1, rng.uniform(0.25, 0.35))
        if number % 4 in (1, 3):
            tree(pen, rng.uniform(0.7, 0.9), horizon + 0.15, rng.uniform(0.3, 0.5))
        if number % 4 in (2, 3):
            for x in (rng.uniform(0.2, 0.35), rng.uniform(0.6, 0.75)):
                person(pen, x, rng.uniform(0.85, 0.95), rng.uniform(0.4, 0.6))
    return _finish(pen, rng)


def _finish(pen, rng):
    """A plan of what the lines close, without their gaps: a thing that is half hidden may be several areas."""
    plan, colors = np.zeros_like(pen.plan), [[1.0, 1, 1]]
    for number in range(1, pen.number + 1):
        hue = 360 * ((0.618 * number + rng.uniform()) % 1)
        own = cv2.cvtColor(np.float32([[[hue, rng.uniform(0.25, 0.7), rng.uniform(0.6, 0.98)]]]), cv2.COLOR_HSV2RGB)[
            0, 0
        ]
        count, pieces = cv2.connectedComponents(
            ((pen.plan == number) & (pen.closed == 0)).astype(np.uint8), connectivity=4
        )
        plan[pieces > 0] = (len(colors) - 1 + pieces)[pieces > 0]
        colors += [own.tolist()] * (count - 1)
    return Scene(pen.ink.astype(np.float32), plan, np.array(colors), pen.closed.astype(bool))
