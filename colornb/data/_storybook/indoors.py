"""Scenes in a room and at a table."""

from collections.abc import Callable

from colornb.data._storybook import furniture
from colornb.data._storybook.canvas import Canvas, Gradient, Pattern
from colornb.data._storybook.palette import LAMP, WHITE, darker, lighter
from colornb.data._storybook.shapes import box, ellipse, heart, puffs, smooth, star
from colornb.data._storybook.staging import crowd, put

DISHES: dict[Callable[[Canvas], None], tuple[float, float]] = {  # size, and half the width of the shadow in it
    furniture.vase: (0.58, 0.24),
    furniture.pot: (0.3, 0.62),
    furniture.cup: (0.19, 0.65),
    furniture.cake: (0.28, 0.78),
    furniture.apple: (0.17, 0.5),
    furniture.pear: (0.18, 0.5),
    furniture.cherries: (0.17, 0.6),
}


def room(c: Canvas) -> None:
    """A room with a papered wall, furniture and somebody at home."""
    rng = c.palette.rng
    floor = rng.uniform(0.66, 0.76)
    _wall(c, floor)
    _floor(c, floor)
    left = rng.random() < 0.5
    x = (0.25 if left else 0.75) * c.width
    _view(c, x + rng.uniform(-0.05, 0.05), rng.uniform(0.28, 0.34))
    other = c.width - x
    for _ in range(rng.choice((0, 1, 1, 2))):
        picture(c, other + rng.uniform(-0.16, 0.16), rng.uniform(0.14, 0.36))
    draw = rng.choice((furniture.sofa, furniture.bed, furniture.shelf, furniture.table))
    put(c, draw, other, floor + rng.uniform(0.06, 0.12), rng.uniform(0.42, 0.52))
    if rng.random() < 0.5:
        _ceiling_lamp(c, rng.uniform(0.3, 0.7) * c.width)
    if rng.random() < 0.6:
        put(c, furniture.plant, x + rng.uniform(-0.1, 0.1), floor + rng.uniform(0.08, 0.16), rng.uniform(0.26, 0.36))
    if rng.random() < 0.6:
        rug(c, rng.uniform(0.4, 0.6) * c.width, rng.uniform(0.9, 0.94))
    crowd(c, rng.choice((0, 1, 1, 2)))


def tea(c: Canvas) -> None:
    """A still life: a vase, fruit, cups and a cake on a patterned cloth."""
    rng, p = c.palette.rng, c.palette
    edge, cloth = rng.uniform(0.56, 0.66), p.accent(0.04)
    _wall(c, edge)
    if rng.random() < 0.5:
        _view(c, rng.choice((0.22, 0.78)) * c.width, 0.27)
    kind = rng.choice(("plaid", "dots", "slant", "checks"))
    c.fill(box(-0.05, edge, c.width + 0.05, 1.05), Pattern(kind, cloth, lighter(cloth, 0.08), rng.uniform(0.09, 0.16)))
    draws = rng.sample(list(DISHES), k=rng.randint(4, len(DISHES)))
    spots = [((i + 0.5) / len(draws) * 0.9 + 0.05 + rng.uniform(-0.04, 0.04)) * c.width for i in range(len(draws))]
    placed = [(edge + rng.uniform(0.1, 0.34), spot, draw) for spot, draw in zip(spots, draws, strict=True)]
    for y, x, draw in sorted(placed, key=lambda item: item[0]):
        size, wide = DISHES[draw]
        scale = size * rng.uniform(0.9, 1.15) * (0.9 + 0.8 * (y - edge))
        ground = ellipse(x, y, wide * scale, 0.06 * scale, n=16)
        c.shade(ground, ground, (0.2, 0.03, 280.0), 0.25)
        put(c, draw, x, y, scale)


def _wall(c: Canvas, floor: float) -> None:
    rng, p = c.palette.rng, c.palette
    wall = p.soft(0.04)
    kind, page = rng.choice(("plain", "stripes", "dots", "gradient", "plaid")), box(-0.05, -0.05, c.width + 0.05, floor)
    if kind == "plain":
        c.fill(page, wall)
    elif kind == "gradient":
        c.fill(page, Gradient(wall, lighter(wall, 0.06)))
    else:
        c.fill(page, Pattern(kind, wall, lighter(wall, 0.045), rng.uniform(0.08, 0.16)))
    c.fill(box(-0.05, floor - 0.035, c.width + 0.05, floor), lighter(wall, 0.12))


def _floor(c: Canvas, floor: float) -> None:
    rng, p = c.palette.rng, c.palette
    wood, page = p.wood(), box(-0.05, floor, c.width + 0.05, 1.05)
    kind = rng.choice(("boards", "boards", "checks", "plain"))
    if kind == "plain":
        c.fill(page, Gradient(lighter(wood, 0.06), darker(wood, 0.04)))
    elif kind == "checks":
        tile = p.soft(0.04)
        c.fill(page, Pattern(kind, tile, lighter(tile, 0.08), 0.14))
    else:
        c.fill(page, Pattern(kind, wood, darker(wood, 0.09), 0.085))


def _view(c: Canvas, x: float, y: float) -> None:
    """A window with curtains, and what is outside."""
    rng, p = c.palette.rng, c.palette
    w, h, curtain = rng.uniform(0.13, 0.17), rng.uniform(0.14, 0.18), p.accent()
    top, low = p.sky()
    with c.thing("window"):
        frame = box(x - w, y - h, x + w, y + h)
        c.fill(frame, Gradient(top, low))
        if not p.dark:
            green = p.grass()
            skyline = smooth([(x - w, y + h * 0.5), (x, y + h * 0.3), (x + w, y + h * 0.6)], closed=False)
            c.fill([*skyline, (x + w, y + h), (x - w, y + h)], green, ink=darker(green, 0.15))
        else:
            for _ in range(5):
                c.fill(ellipse(x + rng.uniform(-w, w) * 0.8, y + rng.uniform(-h, h) * 0.8, 0.006, n=8),
                       (0.95, 0.05, 95.0), ink=False)  # fmt: skip
        for line in (frame[[0, 1, 2, 3, 0]], [(x, y - h), (x, y + h)], [(x - w, y), (x + w, y)]):
            c.line(line, width=2.6)
            c.line(line, WHITE, 1.4)
        for k in (-1, 1):
            hem, rod = y + h + 0.04, y - h - 0.03
            cloth = [(0.04, rod), (w + 0.05, rod), (w + 0.06, hem), (w - 0.025, hem), (w - 0.05, y)]
            c.fill(smooth([(x + k * dx, dy) for dx, dy in cloth], n=3), curtain)
        c.limb([(x - w - 0.07, y - h - 0.03), (x + w + 0.07, y - h - 0.03)], p.wood(), 0.018)


def picture(c: Canvas, x: float, y: float) -> None:
    """A framed picture on the wall."""
    rng, p = c.palette.rng, c.palette
    w, h = rng.uniform(0.05, 0.08), rng.uniform(0.05, 0.08)
    with c.thing("picture"):
        c.fill(box(x - w - 0.014, y - h - 0.014, x + w + 0.014, y + h + 0.014), p.wood())
        c.fill(box(x - w, y - h, x + w, y + h), p.soft(0.1))
        draw = rng.choice((heart, star, lambda a, b, r: ellipse(a, b, r), lambda a, b, r: puffs(rng, r, r) + (a, b)))
        c.fill(draw(x, y, 0.6 * min(w, h)), p.accent())


def rug(c: Canvas, x: float, y: float) -> None:
    """An oval rug with rings."""
    p, w = c.palette, c.palette.rng.uniform(0.26, 0.36)
    with c.thing("rug"):
        for share, paint in ((1.0, p.accent()), (0.74, p.accent()), (0.45, p.accent())):
            c.fill(ellipse(x, y, w * share, 0.2 * w * share), paint)


def _ceiling_lamp(c: Canvas, x: float) -> None:
    paint, y = c.palette.accent(), c.palette.rng.uniform(0.1, 0.2)
    c.glow(x, y + 0.05, 0.35, LAMP, 0.45)
    with c.thing("lamp"):
        c.line([(x, 0), (x, y)], width=1.2)
        c.fill(ellipse(x, y + 0.05, 0.025, n=12), LAMP)
        c.fill([(x - 0.03, y - 0.02), (x + 0.03, y - 0.02), (x + 0.085, y + 0.05), (x - 0.085, y + 0.05)], paint)
