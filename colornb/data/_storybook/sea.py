"""The sea floor, and who lives there."""

import math

import numpy as np

from colornb.data._storybook.canvas import Canvas, Gradient, Pattern
from colornb.data._storybook.palette import BLACK, WHITE, blend, darker, lighter
from colornb.data._storybook.shapes import arc, box, ellipse, hill, leaf, smooth, star
from colornb.data._storybook.staging import put


def sea(c: Canvas) -> None:
    """Fish over a sandy floor."""
    rng = c.palette.rng
    hue = rng.choice((rng.uniform(195, 265), rng.uniform(195, 265), rng.uniform(150, 320)))
    top, deep = (0.86, 0.09, hue - 10), (rng.uniform(0.42, 0.6), 0.12, hue + 15)
    c.fill(box(-0.05, -0.05, c.width + 0.05, 1.05), Gradient(top, deep), ink=False)
    for _ in range(rng.randint(2, 4)):
        x, w = rng.uniform(0, c.width), rng.uniform(0.04, 0.1)
        ray = np.array([(x, -0.05), (x + w, -0.05), (x - 0.1 + 2 * w, 1), (x - 0.25, 1)])
        c.shade(ray, ray, WHITE, 0.10)
    sand = (0.84, 0.06, rng.uniform(65, 95))
    far = blend(deep, sand, 0.3)
    c.fill(hill(rng, 0.78, 0.05, c.width), far, ink=darker(far, 0.12))
    c.fill(hill(rng, 0.87, 0.025, c.width), Gradient(sand, darker(sand, 0.08)))
    for _ in range(rng.randint(2, 5)):
        put(
            c,
            rng.choice((weed, coral, weed)),
            rng.uniform(0.03, 0.97) * c.width,
            rng.uniform(0.88, 1.02),
            rng.uniform(0.24, 0.5),
        )
    for _ in range(rng.randint(0, 2)):
        put(
            c,
            starfish,
            rng.uniform(0.1, 0.9) * c.width,
            rng.uniform(0.92, 0.97),
            rng.uniform(0.05, 0.08),
            rng.uniform(0, 60),
        )
    kinds = [fish, fish, fish, jelly, turtle, octopus]
    n = rng.randint(2, 5)
    for i in range(n):
        draw = rng.choice(kinds)
        x = (i + rng.uniform(0.2, 0.8)) / n * c.width
        put(
            c, draw, x, rng.uniform(0.16, 0.72), rng.uniform(0.11, 0.2) * (1.25 if n < 4 else 0.9), rng.uniform(-10, 10)
        )
    for _ in range(rng.randint(3, 10)):
        x, y, r = rng.uniform(0, c.width), rng.uniform(0, 0.9), rng.uniform(0.008, 0.022)
        c.fill(ellipse(x, y, r, n=14), lighter(top, 0.06), ink=darker(top, 0.2))


def fish(c: Canvas) -> None:
    """A fish about two units long, round its middle."""
    rng, p = c.palette.rng, c.palette
    paint, fin = p.accent(), p.accent()
    kind = rng.choice(("round", "long", "tall"))
    rx, ry = {"round": (0.75, 0.55), "long": (1.0, 0.38), "tall": (0.62, 0.66)}[kind]
    with c.thing("fish"):
        c.fill(smooth([(-rx * 0.7, 0), (-rx - 0.5, -0.42), (-rx - 0.3, 0), (-rx - 0.5, 0.42)], n=3), fin)
        c.fill(smooth([(-0.35, -ry * 0.7), (-0.1, -ry - 0.34), (0.35, -ry - 0.1), (0.3, -ry * 0.7)], n=3), fin)
        c.fill(smooth([(-0.15, ry * 0.7), (0.0, ry + 0.25), (0.3, ry * 0.75)], n=3), fin)
        body = ellipse(0, 0, rx, ry)
        style = rng.choice(("plain", "stripes", "scales"))
        c.fill(body, paint)
        if style == "stripes":
            for x in (-0.35, 0.05):
                half = ry * math.sqrt(1 - (x / rx) ** 2)
                c.fill(smooth([(x, -half), (x + 0.18, -half * 0.9), (x + 0.22, 0), (x + 0.18, half * 0.9), (x, half),
                               (x + 0.05, 0)], n=3), fin)  # fmt: skip
        elif style == "scales":
            c.fill(
                ellipse(-0.08, 0, rx * 0.75, ry * 0.8),
                Pattern("scales", paint, darker(paint, 0.1), 0.3 * c.unit),
                ink=False,
            )
        c.shade(body, ellipse(0, ry * 1.1, rx * 1.1, ry * 0.8), lighter(paint, 0.16), 0.6)
        c.fill(ellipse(rx * 0.55, -ry * 0.2, 0.17, n=14), WHITE)
        c.fill(ellipse(rx * 0.6, -ry * 0.2, 0.085, n=10), BLACK, ink=False)
        c.line(arc(rx * 0.78, ry * 0.12, 0.16, 0.12, 40, 150, 6), width=1.0)


def jelly(c: Canvas) -> None:
    """A jellyfish."""
    paint = c.palette.accent(0.06)
    with c.thing("jellyfish"):
        for k, x in enumerate((-0.45, -0.15, 0.15, 0.45)):
            bend = 0.14 if k % 2 else -0.14
            c.limb(
                smooth([(x, 0.1), (x + bend, 0.5), (x - bend, 0.85), (x + bend, 1.2)], closed=False),
                darker(paint, 0.05),
                0.1,
            )
        frill = [(0.75, 0.1), (0.5, 0.26), (0.25, 0.1), (0, 0.26), (-0.25, 0.1), (-0.5, 0.26), (-0.75, 0.1)]
        dome = np.concatenate([arc(0, 0.1, 0.75, 0.8, 180, 360, 16), smooth(frill, closed=False, n=3)])
        c.fill(dome, paint)
        c.shade(dome, ellipse(-0.25, -0.4, 0.22, 0.16), lighter(paint, 0.2), 0.8)
        _face(c, 0.0, -0.12)


def turtle(c: Canvas) -> None:
    """A turtle with a patterned shell."""
    shell, skin = c.palette.accent(), c.palette.leaf()
    with c.thing("turtle"):
        for x, y, turn in ((-0.5, 0.3, 140), (0.45, 0.3, 50)):
            c.fill(leaf(x, y, 0.62, 0.3, turn), skin)
        c.fill(ellipse(0.98, -0.05, 0.3, 0.26), skin)
        c.fill(ellipse(1.06, -0.1, 0.06, n=10), BLACK, ink=False)
        dome = np.concatenate([arc(0, 0.28, 0.85, 0.85, 180, 360, 16), arc(0, 0.28, 0.85, 0.16, 0, 180, 8)])
        c.fill(dome, Pattern("scales", shell, darker(shell, 0.12), 0.42 * c.unit))


def octopus(c: Canvas) -> None:
    """An octopus."""
    paint = c.palette.accent()
    with c.thing("octopus"):
        for k, x in enumerate((-0.75, -0.45, -0.15, 0.15, 0.45, 0.75)):
            lift = 0.12 * (k % 2)
            c.limb(smooth([(x * 0.6, 0.1), (x, 0.55 - lift), (x * 1.35, 0.75 - 2 * lift)], closed=False), paint, 0.19)
        shape = smooth(
            [(0, -0.95), (0.62, -0.62), (0.6, -0.1), (0.5, 0.25), (-0.5, 0.25), (-0.6, -0.1), (-0.62, -0.62)], n=4
        )
        c.fill(shape, paint)
        c.shade(shape, ellipse(0.5, -0.2, 0.3, 0.7), darker(paint), 0.35)
        _face(c, 0.0, -0.2)


def _face(c: Canvas, x: float, y: float) -> None:
    for k in (-1, 1):
        c.fill(ellipse(x + 0.24 * k, y, 0.1, 0.13, n=12), BLACK, ink=False)
        c.fill(ellipse(x + 0.24 * k - 0.03, y - 0.05, 0.04, n=8), WHITE, ink=False)
    c.line(arc(x, y + 0.1, 0.13, 0.11, 20, 160, 6), width=1.1)


def weed(c: Canvas) -> None:
    """Sea weed."""
    green = c.palette.leaf()
    with c.thing("weed"):
        for x, tall in ((-0.14, 0.7), (0.12, 0.85), (0.0, 1.0)):
            c.limb(
                smooth([(x, 0), (x + 0.08, -tall * 0.3), (x - 0.08, -tall * 0.65), (x + 0.04, -tall)], closed=False),
                green,
                0.085,
            )


def coral(c: Canvas) -> None:
    """Coral."""
    paint = c.palette.accent()
    branches = [
        [(0, 0), (0, -0.8)],
        [(0, -0.25), (-0.28, -0.42), (-0.3, -0.72)],
        [(0, -0.35), (0.27, -0.5), (0.3, -0.85)],
        [(-0.28, -0.45), (-0.44, -0.58)],
        [(0.28, -0.55), (0.44, -0.66)],
    ]
    with c.thing("coral"):
        c.limbs(branches, paint, 0.11)


def starfish(c: Canvas) -> None:
    """A starfish around (0, 0)."""
    paint = c.palette.accent()
    with c.thing("starfish"):
        c.fill(smooth([tuple(v) for v in star(0, 0, 1.0, 5, 0.5)], n=3), paint)
        for x, y in star(0, 0, 0.55, 5)[::2]:
            c.fill(ellipse(x, y, 0.09, n=8), lighter(paint, 0.15), ink=False)
