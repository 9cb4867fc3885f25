"""Things indoors: each stands with its foot at (0, 0) and is about one unit high."""

from colornb.data._storybook import things
from colornb.data._storybook.canvas import Canvas, Pattern
from colornb.data._storybook.palette import WHITE, darker, lighter
from colornb.data._storybook.shapes import arc, box, ellipse, heart, leaf, round_box, smooth


def sofa(c: Canvas) -> None:
    """A sofa with two cushions."""
    p = c.palette
    paint, cushion = p.accent(), p.accent()
    with c.thing("sofa"):
        for x in (-0.42, 0.42):
            c.fill(box(x - 0.03, -0.06, x + 0.03, 0.0), p.wood())
        c.fill(round_box(-0.5, -0.56, 0.5, -0.1, 0.12), paint)
        c.fill(round_box(-0.42, -0.3, 0.42, -0.08, 0.05), lighter(paint, 0.05))
        c.line([(0, -0.3), (0, -0.08)])
        for x in (-0.53, 0.53):
            c.fill(round_box(x - 0.09, -0.38, x + 0.09, -0.04, 0.08), darker(paint, 0.04))
        for x, turn in ((-0.27, 12), (0.27, -10)):
            with c.at(x, -0.37, 0.12, tilt=turn):
                c.fill(round_box(-1, -1, 1, 1, 0.3), Pattern("dots", cushion, WHITE, 0.5 * c.unit))


def bed(c: Canvas) -> None:
    """A bed with a patterned blanket."""
    rng, p = c.palette.rng, c.palette
    wood, blanket = p.wood(), p.accent()
    with c.thing("bed"):
        c.fill(round_box(-0.62, -0.6, -0.5, 0.0, 0.05), wood)
        c.fill(round_box(0.5, -0.38, 0.6, 0.0, 0.05), wood)
        c.fill(round_box(-0.5, -0.28, 0.52, -0.08, 0.04), WHITE)
        c.fill(round_box(-0.48, -0.42, -0.22, -0.25, 0.07), WHITE)
        cover = round_box(-0.2, -0.33, 0.53, -0.06, 0.06)
        c.fill(cover, Pattern(rng.choice(("plaid", "dots", "slant")), blanket, lighter(blanket), 0.1 * c.unit))
        c.fill(box(-0.22, -0.335, -0.12, -0.07), lighter(blanket, 0.14))


def shelf(c: Canvas) -> None:
    """A shelf of books in every colour."""
    rng, p = c.palette.rng, c.palette
    wood = p.wood()
    with c.thing("shelf"):
        c.fill(box(-0.4, -1.0, 0.4, 0.0), wood)
        for row in range(3):
            y = -0.04 - 0.31 * row
            c.fill(box(-0.36, y - 0.27, 0.36, y), darker(wood, 0.16))
            x = -0.34
            while x < 0.24:
                w, h = rng.uniform(0.05, 0.09), rng.uniform(0.17, 0.25)
                c.fill(box(x, y - h, x + w, y), p.accent())
                x += w + (0.0 if rng.random() < 0.8 else 0.06)


def table(c: Canvas) -> None:
    """A table with a vase."""
    p = c.palette
    wood, cloth = p.wood(), p.accent()
    with c.thing("table"):
        for x in (-0.4, 0.4):
            c.fill(box(x - 0.035, -0.42, x + 0.035, 0.0), wood)
        c.fill([(-0.52, -0.48), (0.52, -0.48), (0.5, -0.25), (0.3, -0.3), (0.1, -0.24), (-0.1, -0.3), (-0.3, -0.24),
                (-0.5, -0.3)], Pattern("plaid", cloth, lighter(cloth), 0.1 * c.unit))  # fmt: skip
        c.fill(round_box(-0.55, -0.5, 0.55, -0.43, 0.02), lighter(cloth, 0.06))
    with c.at(0.1, -0.5, 0.42):
        vase(c)


def plant(c: Canvas) -> None:
    """A plant in a pot."""
    rng, p = c.palette.rng, c.palette
    green, pot = p.leaf(), p.accent()
    with c.thing("plant"):
        for turn in (-150, -30, -125, -55, -90):
            c.fill(leaf(0, -0.3, rng.uniform(0.5, 0.68), 0.2, turn + rng.uniform(-8, 8)), green)
        c.fill([(-0.2, -0.34), (0.2, -0.34), (0.15, 0.0), (-0.15, 0.0)], pot)
        c.fill(box(-0.23, -0.38, 0.23, -0.29), lighter(pot, 0.05))


def vase(c: Canvas) -> None:
    """A vase of flowers."""
    rng, p = c.palette.rng, c.palette
    paint, band = p.accent(), p.accent()
    with c.thing("vase"):
        for x, y in ((-0.2, -0.36), (0.2, -0.38), (0.0, -0.42), (-0.1, -0.5)):
            with c.at(x * 0.4, y * 0.8, 0.52, tilt=x * 130):
                things.flower(c)
        shape = smooth([(-0.09, -0.42), (-0.07, -0.34), (-0.19, -0.18), (-0.11, 0), (0.11, 0), (0.19, -0.18),
                        (0.07, -0.34), (0.09, -0.42)], n=4)  # fmt: skip
        c.fill(shape, paint)
        if rng.random() < 0.6:
            ring = [(-0.175, -0.24), (0, -0.21), (0.175, -0.24), (0.19, -0.15), (0, -0.11), (-0.19, -0.15)]
            c.fill(smooth(ring, n=3), band)
        c.shade(shape, ellipse(0.17, -0.2, 0.12, 0.3), darker(paint), 0.4)


def pot(c: Canvas) -> None:
    """A tea pot."""
    paint, knob = c.palette.accent(), c.palette.accent()
    with c.thing("pot"):
        c.limb(arc(-0.5, -0.4, 0.24, 0.24, 90, 270, 10), paint, 0.08)
        c.fill(
            smooth([(0.4, -0.26), (0.62, -0.42), (0.7, -0.68), (0.8, -0.66), (0.72, -0.34), (0.42, -0.12)], n=3), paint
        )
        shape = ellipse(0, -0.38, 0.52, 0.4)
        c.fill(shape, paint)
        c.shade(shape, ellipse(0.35, -0.25, 0.35, 0.35), darker(paint), 0.35)
        c.fill(ellipse(0, -0.76, 0.26, 0.08), lighter(paint, 0.06))
        c.fill(ellipse(0, -0.88, 0.08, n=12), knob)
        for x in (-0.2, 0.02, 0.22):
            c.fill(ellipse(x, -0.36, 0.07, n=12), lighter(knob, 0.08))


def cup(c: Canvas) -> None:
    """A cup on its saucer."""
    rng, p = c.palette.rng, c.palette
    paint = rng.choice((p.accent(), WHITE))
    with c.thing("cup"):
        c.fill(ellipse(0, -0.05, 0.62, 0.11), lighter(p.soft(), 0.08))
        c.limb(arc(0.42, -0.38, 0.18, 0.16, -90, 90, 8), paint, 0.07)
        c.fill(
            smooth([(-0.44, -0.64), (0.44, -0.64), (0.36, -0.2), (0.18, -0.06), (-0.18, -0.06), (-0.36, -0.2)], n=3),
            paint,
        )
        c.fill(ellipse(0, -0.63, 0.42, 0.1, n=18), (0.5, 0.09, 55.0))
        c.fill(heart(0, -0.34, 0.12), p.accent())


def cake(c: Canvas) -> None:
    """A layer cake with a cherry."""
    p = c.palette
    icing, sponge = p.accent(0.06), (0.78, 0.09, 70.0)
    with c.thing("cake"):
        c.fill(ellipse(0, -0.03, 0.75, 0.12), WHITE)
        c.fill(round_box(-0.55, -0.5, 0.55, -0.06, 0.06), sponge)
        c.fill(box(-0.55, -0.32, 0.55, -0.24), lighter(icing, 0.05))
        drip = [(-0.58, -0.56), (0.58, -0.56), (0.56, -0.4), (0.4, -0.46), (0.28, -0.34), (0.1, -0.46), (-0.08, -0.36),
                (-0.26, -0.46), (-0.4, -0.36), (-0.56, -0.42)]  # fmt: skip
        c.fill(smooth(drip, n=3), icing)
        c.fill(ellipse(0, -0.66, 0.1, n=14), p.accent())


def apple(c: Canvas) -> None:
    """An apple of any colour."""
    _round_fruit(c, "apple", 0.72, 0.44)


def pear(c: Canvas) -> None:
    """A pear of any colour."""
    _round_fruit(c, "pear", 0.95, 0.26)


def _round_fruit(c: Canvas, label: str, tall: float, wide: float) -> None:
    paint = c.palette.accent()
    with c.thing(label):
        half = [(wide, 0.02 - tall), (0.48, -0.38), (0.26, 0.0)]
        shape = smooth([(0, -tall), *half, (0, -0.03), *((-x, y) for x, y in reversed(half))], n=4)
        c.fill(shape, paint)
        c.shade(shape, ellipse(0.4, -0.25, 0.36, 0.45), darker(paint), 0.4)
        c.line([(0, 0.02 - tall), (0.06, -0.2 - tall)], width=1.5)
        c.fill(leaf(0.04, -0.08 - tall, 0.34, 0.18, -25), (0.66, 0.15, 140.0))


def cherries(c: Canvas) -> None:
    """Two cherries on their stems."""
    paint = c.palette.accent()
    with c.thing("cherries"):
        for x in (-0.3, 0.3):
            stem = smooth([(x, -0.5), (x * 0.8, -0.8), (0.1, -1.1)], closed=False)
            c.line(stem, darker(paint, 0.3), 1.3)
            c.fill(ellipse(x, -0.3, 0.3, n=20), paint)
            c.fill(ellipse(x - 0.1, -0.4, 0.07, n=10), lighter(paint, 0.2), ink=False)
