"""Things under the sky: each stands with its foot at (0, 0) and is about one unit high, unless it says otherwise.

Shapes are the same on every page, up to small variations; colours are free.
"""

import math

import numpy as np

from colornb.data._storybook.canvas import Canvas, Pattern
from colornb.data._storybook.palette import BLACK, LAMP, WHITE, Color, darker, lighter
from colornb.data._storybook.shapes import arc, box, ellipse, heart, leaf, peaks, puffs, round_box, smooth, star


def tree(c: Canvas) -> None:
    """A tree with a round crown, a fir, or a poplar."""
    rng, p = c.palette.rng, c.palette
    kind, wood, green = rng.choice(("round", "round", "fir", "poplar", "apple")), p.wood(), p.leaf()
    with c.thing("tree"):
        c.fill([(-0.07, 0), (-0.045, -0.5), (0.045, -0.5), (0.07, 0)], wood)
        if kind == "fir":
            for i in range(3):
                y, w = -0.16 - 0.25 * i, 0.34 - 0.075 * i
                tier = [(-w, y), (-w * 0.45, y - 0.02), (0, y - 0.37), (w, y)]
                c.fill(tier, green)
                c.shade(tier, [(0.0, y - 0.4), (0.5, y), (0.5, y + 0.1), (w * 0.1, y)], darker(green), 0.5)
            return
        crown = ellipse(0, -0.62, 0.2, 0.38) if kind == "poplar" else puffs(rng, 0.36, 0.34) + (0, -0.66)
        c.fill(crown, green)
        c.shade(crown, ellipse(0.32, -0.45, 0.42, 0.36), darker(green), 0.45)
        if kind == "apple":
            fruit = p.accent()
            for x, y in ((-0.18, -0.62), (0.02, -0.8), (0.14, -0.58), (-0.05, -0.5), (0.2, -0.76)):
                c.fill(ellipse(x, y, 0.045, n=14), fruit)


def bush(c: Canvas) -> None:
    """A low bush, with or without berries."""
    rng, green = c.palette.rng, c.palette.leaf()
    with c.thing("bush"):
        crown = puffs(rng, 0.75, 0.5, 8, flat=True) + (0, -0.22)
        c.fill(crown, green)
        c.shade(crown, ellipse(0.35, 0.05, 0.7, 0.35), darker(green), 0.4)
        if rng.random() < 0.5:
            berry = c.palette.accent()
            for _ in range(6):
                c.fill(ellipse(rng.uniform(-0.45, 0.45), rng.uniform(-0.5, -0.1), 0.07, n=12), berry)


def house(c: Canvas) -> None:
    """A cottage with a door, windows, a roof of tiles and often a chimney."""
    rng, p = c.palette.rng, c.palette
    wall, roof, door = p.soft(), p.accent(), p.accent()
    glass = LAMP if p.dark or rng.random() < 0.15 else (0.86, 0.05, 225.0)
    frame, w = lighter(wall, 0.14), rng.uniform(0.36, 0.5)
    with c.thing("house"):
        if rng.random() < 0.7:
            x = rng.choice((-1, 1)) * w * 0.55
            c.fill(box(x - 0.06, -0.98, x + 0.06, -0.6), Pattern("bricks", darker(wall), wall, 0.05 * c.unit))
        paint = rng.choice((wall, wall, Pattern("bricks", wall, darker(wall, 0.1), 0.09 * c.unit),
                            Pattern("bands", wall, lighter(wall, 0.05), 0.08 * c.unit)))  # fmt: skip
        c.fill(box(-w, -0.58, w, 0), paint)
        c.shade(box(-w, -0.58, w, 0), box(-w, -0.58, w, -0.5), darker(wall), 0.55)
        gable = [(-w - 0.09, -0.54), (-w * 0.25, -1.0), (w * 0.25, -1.0), (w + 0.09, -0.54)]
        if rng.random() < 0.5:
            gable = [(-w - 0.09, -0.54), (0, -1.02), (w + 0.09, -0.54)]
        tiled = Pattern("scales", roof, darker(roof, 0.11), 0.11 * c.unit)
        c.fill(gable, tiled if rng.random() < 0.6 else roof)
        c.fill(round_box(-0.1, -0.33, 0.1, 0, 0.08), door)
        c.fill(ellipse(0.055, -0.15, 0.018, n=8), LAMP, ink=False)
        for x in (-w * 0.62, w * 0.62):
            window(c, x, -0.33, 0.085, 0.11, glass, frame)
        if p.dark:
            c.glow(0, -0.3, 0.7, LAMP, 0.25)


def window(c: Canvas, x: float, y: float, w: float, h: float, glass: Color, frame: Color) -> None:
    """A window with a cross, its centre at (x, y)."""
    c.fill(box(x - w, y - h, x + w, y + h), glass, ink=frame, line=2.2)
    c.line([(x, y - h), (x, y + h)], frame, 1.2)
    c.line([(x - w, y), (x + w, y)], frame, 1.2)


def flower(c: Canvas) -> None:
    """A flower on its stem."""
    rng, p = c.palette.rng, c.palette
    petal, heart_of_it, green = p.accent(), LAMP, p.leaf()
    bend = rng.uniform(-0.15, 0.15)
    with c.thing("flower"):
        c.limb(smooth([(0, 0), (bend, -0.35), (0, -0.75)], closed=False), green, 0.06)
        c.fill(leaf(bend * 0.7, -0.3, 0.32, 0.16, rng.choice((-30, -150))), green)
        kind = rng.choice(("daisy", "tulip", "round"))
        if kind == "tulip":
            c.fill(smooth([(-0.2, -0.98), (-0.1, -0.86), (0, -1.02), (0.1, -0.86), (0.2, -0.98), (0.17, -0.68),
                           (0, -0.6), (-0.17, -0.68)], n=3), petal)  # fmt: skip
            return
        for i in range(n := 6 if kind == "daisy" else 5):
            angle = 360 * i / n + 20
            x, y = 0.15 * math.cos(math.radians(angle)), 0.15 * math.sin(math.radians(angle))
            c.fill(ellipse(x, y - 0.78, 0.115, n=12), petal)
        c.fill(ellipse(0, -0.78, 0.09, n=12), heart_of_it)


def mushroom(c: Canvas) -> None:
    """A mushroom with spots."""
    cap = c.palette.accent()
    with c.thing("mushroom"):
        c.fill(round_box(-0.17, -0.6, 0.17, 0, 0.14), (0.93, 0.03, 80.0))
        dome = np.concatenate([arc(0, -0.5, 0.5, 0.48, 180, 360, 16), arc(0, -0.5, 0.5, 0.1, 0, 180, 8)])
        c.fill(dome, cap)
        c.shade(dome, ellipse(0.4, -0.4, 0.4, 0.4), darker(cap), 0.4)
        for x, y, r in ((-0.24, -0.66, 0.08), (0.05, -0.82, 0.09), (0.27, -0.6, 0.07)):
            c.fill(ellipse(x, y, r, n=12), WHITE)


def rock(c: Canvas) -> None:
    """A boulder."""
    rng = c.palette.rng
    gray = (rng.uniform(0.5, 0.72), 0.02, rng.uniform(0, 360))
    with c.thing("rock"):
        shape = smooth([(-0.7, 0), (-0.6, -0.5), (-0.1, -0.85), (0.45, -0.6), (0.7, 0)], n=3)
        c.fill(shape, gray)
        c.shade(shape, box(0.1, -1, 1, 0.2), darker(gray), 0.5)


def fence(c: Canvas) -> None:
    """Four pickets and two rails, three units wide."""
    paint = c.palette.rng.choice((WHITE, c.palette.wood()))
    with c.thing("fence"):
        for y in (-0.3, -0.65):
            c.fill(box(-1.5, y - 0.09, 1.5, y + 0.09), paint)
        for x in np.linspace(-1.3, 1.3, 7):
            c.fill([(x - 0.13, 0), (x - 0.13, -0.85), (x, -1), (x + 0.13, -0.85), (x + 0.13, 0)], paint)


def cloud(c: Canvas, paint: Color) -> None:
    """A cloud around (0, 0), about two units wide."""
    rng = c.palette.rng
    with c.thing("cloud"):
        shape = puffs(rng, 1.0, 0.55, rng.choice((6, 7, 8)), flat=True)
        c.fill(shape, paint, ink=darker(paint, 0.22))
        c.shade(shape, box(-2, 0.1, 2, 1), darker(paint, 0.08), 0.7)


def sun(c: Canvas) -> None:
    """The sun around (0, 0), radius one."""
    rng = c.palette.rng
    paint = (0.90, 0.16, rng.uniform(70, 100)) if rng.random() < 0.75 else (0.74, 0.17, rng.uniform(30, 55))
    c.glow(0, 0, 3.2, paint, 0.7)
    with c.thing("sun"):
        if rng.random() < 0.4:
            c.fill(star(0, 0, 1.45, rng.choice((10, 12, 14)), 0.7), lighter(paint, 0.04), darker(paint, 0.25))
        c.fill(ellipse(0, 0, 1), paint, ink=darker(paint, 0.25))


def moon(c: Canvas) -> None:
    """A full or crescent moon around (0, 0), radius one."""
    rng = c.palette.rng
    paint = (0.94, rng.uniform(0.04, 0.1), rng.uniform(75, 105))
    c.glow(0, 0, 4, paint, 0.5)
    with c.thing("moon"):
        if rng.random() < 0.5:
            c.fill(np.concatenate([arc(0, 0, 1, 1, 40, 290, 24), arc(0.42, -0.2, 0.78, 0.78, 268, 62, 16)]), paint)
        else:
            c.fill(ellipse(0, 0, 1), paint)
            for x, y, r in ((-0.35, -0.25, 0.2), (0.3, 0.2, 0.26), (0.1, -0.55, 0.12)):
                c.fill(ellipse(x, y, r, n=14), darker(paint, 0.06), ink=darker(paint, 0.16))


def balloon(c: Canvas) -> None:
    """A hot-air balloon in free colours, its basket at (0, 0)."""
    rng, p = c.palette.rng, c.palette
    one, two = p.accent(), rng.choice((p.accent(), WHITE, p.accent()))
    with c.thing("balloon"):
        for x in (-0.07, 0.07):
            c.line([(x, -0.08), (x * 2.2, -0.34)], width=0.8)
        c.fill(round_box(-0.085, -0.12, 0.085, 0.02, 0.03), p.wood())
        shape = smooth([(-0.1, -0.3), (-0.34, -0.58), (-0.33, -0.82), (0, -1.02), (0.33, -0.82), (0.34, -0.58),
                        (0.1, -0.3)], n=5)  # fmt: skip
        style = rng.choice(("gores", "band", "gores", "plain"))
        c.fill(shape, one)
        if style == "gores":
            for k, paint in ((0.62, two), (0.24, one)):
                side = [(0.1 * k, -0.3), (0.345 * k, -0.58), (0.33 * k, -0.84)]
                c.fill(smooth([*side, (0, -1.015), *((-x, y) for x, y in reversed(side))], n=4), paint)
        elif style == "band":
            c.fill(smooth([(-0.345, -0.62), (0, -0.56), (0.345, -0.62), (0.345, -0.76), (0, -0.7), (-0.345, -0.76)],
                          n=4), two)  # fmt: skip
        c.shade(shape, ellipse(0.32, -0.55, 0.2, 0.5), darker(one), 0.3)


def toy_balloons(c: Canvas) -> None:
    """Three toy balloons on strings, held at (0, 0)."""
    rng, p = c.palette.rng, c.palette
    with c.thing("balloons"):
        for x, y in ((-0.28, -0.72), (0.28, -0.74), (0.0, -0.88)):
            paint = p.accent()
            c.line(smooth([(0, 0), (x * 0.4, y * 0.5), (x, y + 0.15)], closed=False), width=0.7)
            shape = heart(x, y, 0.2) if rng.random() < 0.2 else ellipse(x, y, 0.16, 0.19)
            c.fill(shape, paint)
            c.fill(ellipse(x - 0.06, y - 0.08, 0.035, 0.05, n=10), lighter(paint, 0.16), ink=False)


def bird(c: Canvas) -> None:
    """A bird on the wing around (0, 0)."""
    paint = c.palette.accent()
    with c.thing("bird"):
        c.fill(smooth([(-0.5, 0.05), (-0.1, -0.2), (0.35, -0.15), (0.5, 0), (0.2, 0.22), (-0.2, 0.2)], n=4), paint)
        c.fill([(0.46, -0.06), (0.72, 0.02), (0.46, 0.08)], LAMP)
        c.fill(smooth([(-0.1, 0.0), (-0.35, -0.55), (0.12, -0.45), (0.2, 0.02)], n=4), lighter(paint))
        c.fill(ellipse(0.33, -0.03, 0.05, n=8), BLACK, ink=False)


def butterfly(c: Canvas) -> None:
    """A butterfly around (0, 0)."""
    paint, spot = c.palette.accent(), c.palette.accent()
    with c.thing("butterfly"):
        for k in (-1, 1):
            c.fill(ellipse(0.28 * k, -0.2, 0.28, 0.26, n=16), paint)
            c.fill(ellipse(0.22 * k, 0.2, 0.2, 0.18, n=16), paint)
            c.fill(ellipse(0.3 * k, -0.2, 0.11, n=10), spot, ink=False)
        c.fill(ellipse(0, 0, 0.06, 0.36, n=12), BLACK, ink=False)


def car(c: Canvas) -> None:
    """A small car, two units long."""
    rng, p = c.palette.rng, c.palette
    paint, glass = p.accent(), (0.88, 0.04, 220.0)
    roof = rng.choice((paint, WHITE, p.accent()))
    with c.thing("car"):
        c.fill(smooth([(-0.62, -0.45), (-0.42, -0.86), (0.0, -0.95), (0.38, -0.84), (0.62, -0.45)], n=4), roof)
        c.fill([(-0.46, -0.48), (-0.32, -0.76), (-0.05, -0.81), (-0.05, -0.48)], glass)
        c.fill([(0.06, -0.48), (0.06, -0.81), (0.3, -0.74), (0.46, -0.48)], glass)
        body = round_box(-1.0, -0.52, 1.0, -0.14, 0.17)
        c.fill(body, paint)
        c.shade(body, box(-1.1, -0.28, 1.1, 0), darker(paint), 0.45)
        c.fill(ellipse(0.92, -0.36, 0.07, n=12), LAMP)
        for x in (-0.55, 0.55):
            c.fill(ellipse(x, -0.15, 0.2, n=18), (0.3, 0.01, 280.0))
            c.fill(ellipse(x, -0.15, 0.09, n=12), (0.85, 0.01, 280.0))


def lamppost(c: Canvas) -> None:
    """A street lamp."""
    p = c.palette
    with c.thing("lamp"):
        c.limb([(0, 0), (0, -0.8)], (0.36, 0.02, 260.0), 0.035)
        c.fill([(-0.07, -0.98), (0.07, -0.98), (0.05, -0.8), (-0.05, -0.8)], LAMP)
        c.fill([(-0.09, -0.97), (0, -1.05), (0.09, -0.97)], (0.36, 0.02, 260.0))
    if p.dark:
        c.glow(0, -0.88, 0.45, LAMP, 0.6)


def mountains(c: Canvas, y: float, height: float, paint: Color) -> None:
    """A ridge with snow, far away."""
    ridge = peaks(c.palette.rng, y, height, c.width)
    c.fill(ridge, paint, ink=darker(paint, 0.13))
    if c.palette.rng.random() < 0.6:
        for x, top in ridge[2:-2:2]:
            drop = (y - top) * 0.35
            zig = [(x, top), (x + drop * 0.7, top + drop), (x + drop * 0.2, top + drop * 0.7),
                   (x - drop * 0.15, top + drop * 1.05), (x - drop * 0.7, top + drop)]  # fmt: skip
            c.fill(zig, lighter(paint, 0.2), ink=darker(paint, 0.13))
