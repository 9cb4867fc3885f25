"""Scenes under the sky."""

from colornb.data._storybook import things
from colornb.data._storybook.canvas import Canvas, Gradient, Pattern
from colornb.data._storybook.palette import LAMP, WHITE, Color, blend, darker, lighter
from colornb.data._storybook.shapes import box, ellipse, hill, smooth, star
from colornb.data._storybook.staging import crowd, put


def landscape(c: Canvas) -> None:
    """Hills, a house, trees, and somebody in front of them."""
    rng = c.palette.rng
    horizon = rng.uniform(0.42, 0.62)
    _, low = _sky(c, horizon)
    grass = _land(c, horizon, low)
    ground = horizon + 0.13
    _meadow(c, ground, grass)
    places = []
    if rng.random() < 0.75:
        places.append((ground + rng.uniform(0.02, 0.1), things.house, rng.uniform(0.3, 0.44)))
    for _ in range(rng.randint(1, 4)):
        places.append((ground + rng.uniform(-0.02, 0.2), things.tree, rng.uniform(0.3, 0.5)))
    for _ in range(rng.randint(0, 4)):
        draw, size = rng.choice(
            ((things.bush, 0.13), (things.rock, 0.09), (things.fence, 0.09), (things.mushroom, 0.09))
        )
        places.append((ground + rng.uniform(0.05, 0.3), draw, size * rng.uniform(0.8, 1.3)))
    for y, draw, size in sorted(places, key=lambda item: item[0]):
        near = 0.75 + 1.1 * (y - ground)
        put(c, draw, rng.uniform(0.06, 0.94) * c.width, y, size * near)
    if rng.random() < 0.35 and not c.palette.dark:
        put(c, things.balloon, rng.uniform(0.15, 0.85) * c.width, rng.uniform(0.3, horizon), rng.uniform(0.2, 0.34))
    for _ in range(rng.choice((0, 0, 1, 3))):
        put(c, things.bird, rng.uniform(0.1, 0.9) * c.width, rng.uniform(0.08, 0.4), rng.uniform(0.04, 0.07))
    crowd(c, rng.choice((0, 1, 1, 1, 2, 2)))
    for _ in range(rng.choice((0, 2, 4, 6))):
        put(c, things.flower, rng.uniform(0.02, 0.98) * c.width, rng.uniform(0.93, 1.06), rng.uniform(0.12, 0.2))


def street(c: Canvas) -> None:
    """A row of houses, a pavement, a car."""
    rng, p = c.palette.rng, c.palette
    base = rng.uniform(0.66, 0.76)
    _sky(c, base)
    x = rng.uniform(-0.15, 0.0)
    while x < c.width:
        w = rng.uniform(0.22, 0.36)
        _facade(c, x, base, w, rng.uniform(0.36, 0.58))
        x += w
    stone = (0.82 - 0.25 * p.dark, 0.012, 80.0)
    c.fill(box(-0.05, base, c.width + 0.05, base + 0.09), Pattern("boards", stone, darker(stone, 0.08), 0.05))
    road = (0.56 - 0.15 * p.dark, 0.015, rng.uniform(240, 300))
    c.fill(box(-0.05, base + 0.09, c.width + 0.05, 1.05), road)
    for k in range(round(5 * c.width)):
        c.fill(box(0.2 * k + 0.03, base + 0.19, 0.2 * k + 0.13, base + 0.205), WHITE, ink=False)
    put(c, things.lamppost, rng.uniform(0.08, 0.92) * c.width, base + 0.05, 0.42)
    if rng.random() < 0.5:
        put(c, things.tree, rng.uniform(0.1, 0.9) * c.width, base + 0.04, rng.uniform(0.3, 0.42))
    if rng.random() < 0.65:
        put(c, things.car, rng.uniform(0.2, 0.8) * c.width, base + 0.16, rng.uniform(0.17, 0.23))
    crowd(c, rng.choice((0, 1, 1, 2)))


def aloft(c: Canvas) -> None:
    """Balloons over a far country."""
    rng = c.palette.rng
    horizon = rng.uniform(0.74, 0.86)
    _, low = _sky(c, horizon)
    _land(c, horizon, low)
    for _ in range(rng.randint(2, 4)):
        put(c, things.tree, rng.uniform(0, c.width), rng.uniform(horizon + 0.12, 1), rng.uniform(0.08, 0.14))
    n = rng.randint(1, 3)
    spots = sorted(((i + rng.uniform(0.3, 0.7)) / n for i in range(n)), key=lambda _: rng.random())
    for k, spot in enumerate(spots):
        size = (0.62, 0.42, 0.3)[k] * rng.uniform(0.85, 1.1)
        put(c, things.balloon, spot * c.width, size + rng.uniform(0.05, 0.2), size, rng.uniform(-4, 4))
    for _ in range(rng.choice((0, 2, 4))):
        put(c, things.bird, rng.uniform(0.1, 0.9) * c.width, rng.uniform(0.08, 0.7), rng.uniform(0.04, 0.08))


def _sky(c: Canvas, horizon: float) -> tuple[Color, Color]:
    rng, p = c.palette.rng, c.palette
    top, low = p.sky()
    c.fill(box(0, 0, c.width, horizon + 0.1), Gradient(top, low), ink=False)
    if p.dark:
        for _ in range(rng.randint(10, 24)):
            x, y, r = rng.uniform(0, c.width), rng.uniform(0, horizon), rng.uniform(0.004, 0.011)
            c.fill(star(x, y, r * 1.8, 4, 0.4) if r > 0.008 else ellipse(x, y, r, n=8), (0.95, 0.05, 95.0), ink=False)
        with c.at(rng.uniform(0.15, 0.85) * c.width, rng.uniform(0.12, 0.25), rng.uniform(0.06, 0.1)):
            things.moon(c)
    elif rng.random() < 0.6:
        with c.at(rng.uniform(0.12, 0.88) * c.width, rng.uniform(0.1, 0.24), rng.uniform(0.06, 0.1)):
            things.sun(c)
    fluff = blend(lighter(low, 0.2), WHITE, 0.7) if not p.dark else blend(low, top, 0.4)
    for _ in range(rng.choice((0, 1, 2, 2, 3))):
        with c.at(rng.uniform(0, c.width), rng.uniform(0.08, max(0.12, horizon - 0.2)), rng.uniform(0.08, 0.17)):
            things.cloud(c, fluff)
    return top, low


def _land(c: Canvas, horizon: float, low: Color) -> Color:
    """Mountains and hills that fade into the air, then the ground that one stands on."""
    rng, p = c.palette.rng, c.palette
    grass = p.grass()
    if rng.random() < 0.55:
        things.mountains(c, horizon + 0.04, rng.uniform(0.14, 0.3), blend(p.soft(-0.05), low, 0.45))
    for k, share in enumerate((0.5, 0.25)[: rng.randint(1, 2)]):
        paint = blend(darker(grass, 0.04 * k), low, share)
        c.fill(hill(rng, horizon + 0.05 * k, 0.045, c.width), paint, ink=darker(paint, 0.16))
    c.fill(hill(rng, horizon + 0.12, 0.025, c.width, 1.0), Gradient(lighter(grass, 0.02), darker(grass, 0.07)))
    return grass


def _meadow(c: Canvas, top: float, grass: Color) -> None:
    """Tufts of grass, and a path now and then."""
    rng, p = c.palette.rng, c.palette
    if rng.random() < 0.4:
        x = rng.uniform(0.3, 0.7) * c.width
        sand = blend(p.wood(), (0.9, 0.05, 85.0), 0.6)
        bend = rng.uniform(-0.2, 0.2)
        c.fill(smooth([(x - 0.015, top + 0.03), (x + bend * 0.4 - 0.06, (top + 1) / 2), (x + bend - 0.19, 1.05),
                       (x + bend + 0.19, 1.05), (x + bend * 0.4 + 0.05, (top + 1) / 2), (x + 0.015, top + 0.03)], n=4),
               sand, ink=darker(sand, 0.2))  # fmt: skip
    tuft = darker(grass, 0.12)
    for _ in range(rng.randint(6, 14)):
        x, y = rng.uniform(0, c.width), rng.uniform(top + 0.06, 1)
        s = 0.012 + 0.03 * (y - top)
        c.line([(x - s, y - s * 1.2), (x - s * 0.2, y), (x, y - s * 1.8), (x + s * 0.2, y), (x + s, y - s * 1.2)], tuft)


def _facade(c: Canvas, x: float, base: float, w: float, h: float) -> None:
    rng, p = c.palette.rng, c.palette
    wall, roof, door = p.soft(0.0), p.accent(), p.accent()
    frame, top = lighter(wall, 0.16), base - h
    glass = LAMP if p.dark and rng.random() < 0.7 else (0.84 - 0.35 * p.dark, 0.05, 225.0)
    with c.thing("house"):
        style = rng.choice(("flat", "gable", "gable", "step"))
        if style == "gable":
            c.fill([(x - 0.012, top + 0.01), (x + w / 2, top - 0.16), (x + w + 0.012, top + 0.01)],
                   Pattern("scales", roof, darker(roof, 0.12), 0.045))  # fmt: skip
        elif style == "step":
            c.fill(box(x + w * 0.2, top - 0.08, x + w * 0.8, top + 0.02), wall)
        c.fill(
            box(x, top, x + w, base), Pattern("bricks", wall, darker(wall, 0.1), 0.035) if rng.random() < 0.4 else wall
        )
        if style != "gable":
            c.fill(box(x - 0.012, top - 0.02, x + w + 0.012, top + 0.025), roof)
        columns, rows = (2 if w < 0.28 else 3), max(1, round((h - 0.2) / 0.14))
        for i in range(columns):
            for j in range(rows):
                things.window(c, x + w * (i + 0.5) / columns, top + 0.1 + 0.13 * j, 0.03, 0.04, glass, frame)
        c.fill(box(x + w * 0.14, base - 0.14, x + w * 0.36, base), door)
        c.fill(box(x + w * 0.48, base - 0.13, x + w * 0.9, base - 0.04), glass)
        if rng.random() < 0.6:
            shop = Pattern("stripes", p.accent(), WHITE, 0.04)
            c.fill([(x + w * 0.46, base - 0.16), (x + w * 0.92, base - 0.16), (x + w * 0.96, base - 0.11),
                    (x + w * 0.42, base - 0.11)], shop)  # fmt: skip
