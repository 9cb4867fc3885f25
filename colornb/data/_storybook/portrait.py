"""One face, large, before a pattern."""

import numpy as np

from colornb.data._storybook import people, things
from colornb.data._storybook.canvas import Canvas, Gradient, Pattern
from colornb.data._storybook.palette import WHITE, blend, darker, lighter
from colornb.data._storybook.shapes import box, smooth
from colornb.data._storybook.staging import put, say


def portrait(c: Canvas) -> None:
    """One face, large, before a pattern."""
    rng, p = c.palette.rng, c.palette
    _backdrop(c)
    name = people.cast(rng, 1)[0]
    who, size = people.CAST[name], rng.uniform(0.24, 0.32) * min(1.0, 0.3 + 0.7 * c.width)
    x, y = rng.uniform(0.38, 0.62) * c.width, rng.uniform(0.5, 0.6)
    look = people.dress_up(who, p)
    if rng.random() < 0.15:
        side = rng.choice((0.13, 0.87)) * c.width
        put(c, things.toy_balloons, side, rng.uniform(0.75, 0.95), rng.uniform(0.5, 0.6))
    with c.thing(name), c.at(x, y, size, flip=rng.random() < 0.5, tilt=rng.uniform(-8, 8)):
        if who.hair == "long":
            c.fill(
                smooth([(-1.1, 0), (1.1, 0), (1.35, 1.6), (0.9, 2.6), (-0.9, 2.6), (-1.35, 1.6)]),
                darker(look.hair, 0.05),
            )
        shirt = look.skin if who.kind in ("fox", "robot") else look.top
        c.fill(box(-0.3, 0.6, 0.3, 1.3), darker(look.skin, 0.05))
        body = smooth([(-0.42, 0.98), (-1.15, 1.3), (-1.5, 2.6), (1.5, 2.6), (1.15, 1.3), (0.42, 0.98), (0, 1.12)])
        c.fill(body, Pattern(who.cloth, shirt, WHITE, 0.09) if who.cloth != "plain" else shirt)
        c.shade(body, smooth([(-0.9, 0.6), (0.9, 0.6), (0.6, 1.35), (-0.6, 1.35)]), darker(shirt), 0.4)
        people.head(c, name, look)
    if rng.random() < 0.75:
        say(c, x, y, size * 1.1)
    if rng.random() < 0.3:
        put(c, things.butterfly, rng.choice((0.12, 0.88)) * c.width, rng.uniform(0.5, 0.8), rng.uniform(0.08, 0.12))


def _backdrop(c: Canvas) -> None:
    rng, p = c.palette.rng, c.palette
    one, page = p.soft(0.08), box(0, 0, c.width, 1)
    kind = rng.choice(("gradient", "rays", "dots", "slant", "checks", "sky"))
    if kind == "gradient":
        c.fill(page, Gradient(one, lighter(p.soft(), 0.1), rng.choice((0, 45))), ink=False)
    elif kind == "sky":
        top, low = p.sky()
        c.fill(page, Gradient(top, low), ink=False)
        for _ in range(3):
            with c.at(rng.uniform(0, c.width), rng.uniform(0.1, 0.9), rng.uniform(0.12, 0.2)):
                things.cloud(c, blend(low, WHITE, 0.8) if not p.dark else low)
    elif kind == "rays":
        c.fill(page, one, ink=False)
        middle, n = (c.width / 2, 0.55), rng.choice((10, 12, 16))
        for k in range(n):
            a, b = np.radians(360 * k / n), np.radians(360 * (k + 0.5) / n)
            far = [(middle[0] + 1.6 * np.cos(t), middle[1] + 1.6 * np.sin(t)) for t in (a, b)]
            c.fill([middle, *far], lighter(one, 0.06), ink=False)
    else:
        c.fill(page, Pattern(kind, one, lighter(one, 0.05), rng.uniform(0.1, 0.2)), ink=False)
