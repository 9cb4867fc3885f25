"""Putting things and people on a page, and words into their mouths."""

import math
from collections.abc import Callable

import numpy as np

from colornb.data._storybook import people
from colornb.data._storybook.canvas import Canvas
from colornb.data._storybook.palette import WHITE
from colornb.data._storybook.shapes import ellipse, puffs, round_box, star

WORDS = (
    ["Hello!"], ["Oh!"], ["Look", "there!"], ["Wait", "for me!"], ["Tea?"], ["Hmm .."], ["La la la"],
    ["What a", "day!"], ["Zzz"], ["So blue!"], ["Shall", "we?"], ["Yes!"], ["Again!"],
    ["Which", "colour?"],
    ["Red?", "Green?"], ["Ha ha!"],
    ["Come", "home!"], ["I made", "this."], ["?!"], ["..."],
)  # fmt: skip


def put(c: Canvas, draw: Callable[[Canvas], None], x: float, y: float, scale: float, tilt: float = 0.0) -> None:
    """Draw a thing at a place, to the left or to the right."""
    with c.at(x, y, scale, flip=c.palette.rng.random() < 0.5, tilt=tilt):
        draw(c)


def person(c: Canvas, name: str, x: float, y: float, scale: float, speaks: bool = False) -> None:
    """A character with its feet at (x, y), a shadow under it and perhaps something to say."""
    with c.behind():
        ground = ellipse(x, y, 0.24 * scale, 0.035 * scale, n=16)
        c.shade(ground, ground, (0.2, 0.03, 280.0), 0.25)
    flip = c.palette.rng.random() < 0.5
    with c.at(x, y, scale, flip=flip):
        people.figure(c, name)
    if speaks:
        say(c, x, y + people.HEAD[1] * scale, people.HEAD_SIZE * scale)


def crowd(c: Canvas, n: int) -> None:
    """Up to three characters in the foreground, one of whom may speak."""
    rng = c.palette.rng
    size = rng.uniform(0.42, 0.68) * min(1.0, 0.3 + 0.7 * c.width)
    spots = {0: (), 1: (rng.choice((0.3, 0.36, 0.64, 0.7)),), 2: (0.27, 0.72), 3: (0.2, 0.5, 0.8)}[n]
    speaker = rng.randrange(2 * n) if n else 0
    for i, (name, spot) in enumerate(zip(people.cast(rng, n), spots, strict=True)):
        scale = size * rng.uniform(0.88, 1.12)
        person(c, name, (spot + rng.uniform(-0.05, 0.05)) * c.width, rng.uniform(0.92, 0.98), scale, i == speaker)


def say(c: Canvas, x: float, y: float, head: float) -> None:
    """A bubble above a head at (x, y) with radius `head`, where there is room for one."""
    rng = c.palette.rng
    w, h = rng.uniform(0.15, 0.21), rng.uniform(0.09, 0.12)
    side = 1 if x < c.width / 2 else -1
    bx = min(max(x + side * rng.uniform(0.12, 0.24), w * 1.2), c.width - w * 1.2)
    by = max(y - head - h * rng.uniform(1.0, 1.7), h * 1.3)
    if by + h < y - head * 0.4:
        bubble(c, bx, by, w, h, (x + side * head * 0.5, y - head * 0.7), rng.choice(WORDS))


def bubble(c: Canvas, x: float, y: float, w: float, h: float, to: tuple[float, float], words: list[str]) -> None:
    """A speech bubble around (x, y), its tail towards `to`: white with black letters, as in a comic."""
    rng = c.palette.rng
    kind = rng.choice(("round", "round", "round", "box", "thought", "shout"))
    dx, dy = to[0] - x, to[1] - y
    far = math.hypot(dx, dy) or 1.0
    ux, uy = dx / far, dy / far
    tip = (x + dx * 0.85, y + dy * 0.85)
    reach = 0.8 * math.hypot(w * ux, h * uy)
    side = (-uy * 0.28 * min(w, h), ux * 0.28 * min(w, h))
    tail = [(x + ux * reach * 0.6 + side[0], y + uy * reach * 0.6 + side[1]), tip,
            (x + ux * reach * 0.6 - side[0], y + uy * reach * 0.6 - side[1])]  # fmt: skip
    shape = {
        "round": lambda: ellipse(x, y, w, h),
        "box": lambda: round_box(x - w * 0.92, y - h * 0.85, x + w * 0.92, y + h * 0.85, 0.3 * h),
        "thought": lambda: puffs(rng, w * 1.05, h * 1.1, 9) + (x, y),
        "shout": lambda: star(0, 0, 1.0, 14, 0.78) * (w * 1.15, h * 1.2) + (x, y),
    }[kind]()
    with c.thing("bubble"):
        if kind == "thought":
            for t, r in ((0.62, 0.16), (0.78, 0.1)):
                c.fill(ellipse(x + dx * t, y + dy * t, r * h * 1.6, n=14), WHITE)
        else:
            c.fill(tail, WHITE)
        c.fill(shape, WHITE)
        if kind != "thought":
            c.fill([tail[0], tip, tail[2], (x, y)], WHITE, ink=False)
            c.line(tail)
            c.fill(shape * 0.93 + np.array((x, y)) * 0.07, WHITE, ink=False)
        letters = min(0.34 * h, 2.5 * w / max(6.0, 1.35 * max(map(len, words))))
        for i, line in enumerate(words):
            c.text(x, y + (i - (len(words) - 1) / 2) * letters * 1.75, letters, line)
