"""The cast of the storybook: ten characters whose shapes never change and whose colours always do.

`figure` stands with its feet at (0, 0) and is one unit high; `head` is centred on (0, 0) with a
face of radius one.
"""

import random
from dataclasses import dataclass

import numpy as np

from colornb.data._storybook.canvas import Canvas, Pattern
from colornb.data._storybook.palette import BLACK, WHITE, Color, Palette, darker, lighter
from colornb.data._storybook.shapes import arc, box, ellipse, leaf, puffs, round_box, smooth


@dataclass(frozen=True)
class Person:
    """What never changes about a character."""

    kind: str
    hair: str = ""
    extra: str = ""
    dress: str = "shirt"
    cloth: str = "plain"


CAST = {
    "Mimi": Person("child", "bob", "bow", "dress", "dots"),
    "Rosa": Person("child", "long", "hat", "dress"),
    "Nia": Person("child", "buns", "", "overall"),
    "Leo": Person("child", "spikes", "", "shirt", "bands"),
    "Theo": Person("child", "curls", "glasses", "shirt"),
    "Bruno": Person("bear", dress="overall"),
    "Fen": Person("fox", extra="scarf"),
    "Hops": Person("rabbit", dress="shirt", cloth="bands"),
    "Momo": Person("cat", dress="dress", extra="bow"),
    "Bolt": Person("robot"),
}


@dataclass(frozen=True)
class Look:
    """What changes from page to page: the colours, all free."""

    skin: Color
    hair: Color
    top: Color
    bottom: Color
    extra: Color
    shoes: Color


def dress_up(person: Person, p: Palette) -> Look:
    """Choose the colours of a character."""
    if person.kind == "child":
        skin, hair = p.skin(), p.hair()
    elif person.kind == "robot":
        skin, hair = p.soft(0.02), p.accent()
    else:
        skin = p.fur()
        hair = skin
    return Look(skin, hair, p.accent(), p.accent(-0.05), p.accent(), p.neutral())


def cast(rng: random.Random, n: int) -> list[str]:
    """The names of `n` different characters."""
    return rng.sample(sorted(CAST), n)


# the whole figure


def figure(c: Canvas, name: str) -> None:
    """A character from head to foot; where the head is, so that it can be spoken for, see `HEAD`."""
    person, rng = CAST[name], c.palette.rng
    look = dress_up(person, c.palette)
    with c.thing(name):
        if person.kind in ("fox", "cat"):
            _tail(c, person, look)
        _legs(c, person, look)
        pose = rng.choice(("down", "wave", "hips", "cheer"))
        if person.hair == "long":
            c.fill(round_box(-0.23, -0.78, 0.23, -0.36, 0.12), darker(look.hair, 0.05))
        _body(c, person, look)
        _arms(c, person, look, pose)
        with c.at(*HEAD, HEAD_SIZE, tilt=rng.uniform(-7, 7)):
            head(c, name, look)


HEAD = (0.0, -0.70)
HEAD_SIZE = 0.215


def _legs(c: Canvas, person: Person, look: Look) -> None:
    bare = person.dress == "dress" or person.kind not in ("child", "robot")
    paint = look.skin if bare else look.bottom
    for x in (-0.075, 0.075):
        c.limb([(x, -0.26), (x, -0.05)], paint, 0.085)
        if person.kind in ("child", "robot"):
            c.fill(round_box(x - 0.075, -0.065, x + 0.075, 0.0, 0.035), look.shoes)
        else:
            c.fill(ellipse(x, -0.03, 0.07, 0.04, n=14), look.skin)


def _cloth(c: Canvas, person: Person, paint: Color) -> Color | Pattern:
    if person.cloth == "plain":
        return paint
    other = WHITE if c.palette.rng.random() < 0.6 else darker(paint, 0.16)
    return Pattern(person.cloth, paint, other, (0.11 if person.cloth == "bands" else 0.1) * c.unit)


def _body(c: Canvas, person: Person, look: Look) -> None:
    if person.kind == "robot":
        c.fill(round_box(-0.17, -0.5, 0.17, -0.2, 0.04), look.skin)
        c.fill(round_box(-0.1, -0.43, 0.1, -0.29, 0.02), look.top)
        for x, paint in ((-0.05, look.extra), (0.0, look.bottom), (0.05, look.hair)):
            c.fill(ellipse(x, -0.25, 0.017, n=10), paint)
        return
    if person.kind == "fox":
        c.fill(smooth([(-0.1, -0.5), (-0.16, -0.34), (-0.13, -0.2), (0.13, -0.2), (0.16, -0.34), (0.1, -0.5)], n=4),
               look.skin)  # fmt: skip
        c.fill(ellipse(0, -0.31, 0.075, 0.12, n=16), lighter(look.skin, 0.2), ink=False)
        return
    if person.dress == "dress":
        shape = smooth([(-0.1, -0.52), (-0.14, -0.38), (-0.24, -0.18), (0, -0.15), (0.24, -0.18), (0.14, -0.38),
                        (0.1, -0.52)], n=4)  # fmt: skip
        c.fill(shape, _cloth(c, person, look.top))
        c.shade(shape, [(0.05, -0.6), (0.4, -0.6), (0.4, 0), (0.12, 0)], darker(look.top), 0.35)
        return
    shape = smooth([(-0.11, -0.52), (-0.16, -0.36), (-0.15, -0.2), (0.15, -0.2), (0.16, -0.36), (0.11, -0.52)], n=4)
    c.fill(shape, _cloth(c, person, look.top))
    if person.dress == "overall":
        c.fill([(-0.15, -0.2), (-0.16, -0.34), (-0.09, -0.34), (-0.09, -0.44), (0.09, -0.44), (0.09, -0.34),
                (0.16, -0.34), (0.15, -0.2)], look.bottom)  # fmt: skip
    elif person.kind == "child":
        c.fill(box(-0.155, -0.27, 0.155, -0.19), look.bottom)
    c.shade(shape, [(0.06, -0.6), (0.4, -0.6), (0.4, 0), (0.1, 0)], darker(look.top), 0.3)


def _arms(c: Canvas, person: Person, look: Look, pose: str) -> None:
    sleeve = look.skin if person.kind in ("fox", "robot") else look.top
    hands = {
        "down": ((-0.23, -0.28), (0.23, -0.28)),
        "wave": ((-0.22, -0.27), (0.31, -0.62)),
        "hips": ((-0.2, -0.26), (0.28, -0.42)),
        "cheer": ((-0.31, -0.62), (0.31, -0.62)),
    }[pose]
    for sign, (x, y) in zip((-1, 1), hands, strict=True):
        elbow = (0.19 * sign if abs(x) < 0.25 else 0.25 * sign, (y - 0.46) / 2)
        c.limb(smooth([(0.12 * sign, -0.46), elbow, (x, y)], closed=False), sleeve, 0.07)
        c.fill(ellipse(x, y, 0.045, n=12), look.skin)


def _tail(c: Canvas, person: Person, look: Look) -> None:
    if person.kind == "cat":
        c.limb(smooth([(0.08, -0.24), (0.26, -0.2), (0.3, -0.36), (0.26, -0.48)], closed=False), look.skin, 0.055)
        return
    c.fill(smooth([(0.06, -0.22), (0.22, -0.14), (0.36, -0.28), (0.36, -0.48), (0.26, -0.36), (0.14, -0.32)], n=4),
           look.skin)  # fmt: skip
    c.fill(smooth([(0.36, -0.48), (0.39, -0.34), (0.33, -0.3), (0.29, -0.39)], n=3), WHITE)


# the head


def head(c: Canvas, name: str, look: Look) -> None:
    """A head with a face of radius one around (0, 0); it belongs to whatever thing is being drawn."""
    person = CAST[name]
    {"child": _child, "robot": _robot}.get(person.kind, _animal)(c, person, look)
    if person.extra == "bow":
        with c.at(0.62, -0.86, 0.42, tilt=20):
            bow(c, look.extra)
    if person.extra == "scarf":
        c.fill(
            smooth([(-0.72, 0.78), (0, 1.02), (0.72, 0.78), (0.76, 1.08), (0, 1.34), (-0.76, 1.08)], n=4), look.extra
        )
        c.fill([(0.2, 1.18), (0.55, 1.1), (0.66, 1.9), (0.28, 1.94)], look.extra)


def bow(c: Canvas, paint: Color) -> None:
    """A ribbon bow, two units wide."""
    for k in (-1, 1):
        c.fill(smooth([(0, 0), (0.7 * k, -0.62), (1.0 * k, 0), (0.7 * k, 0.62)], n=4), paint)
    c.fill(ellipse(0, 0, 0.26, n=14), darker(paint, 0.07))


def _child(c: Canvas, person: Person, look: Look) -> None:
    hair = look.hair
    deep = darker(hair, 0.05)
    if person.hair == "bob":
        c.fill(smooth([(-1.0, -0.5), (-0.7, -1.05), (0, -1.22), (0.7, -1.05), (1.0, -0.5), (1.16, 0.45), (0.75, 0.8),
                       (-0.75, 0.8), (-1.16, 0.45)], n=4), deep)  # fmt: skip
    elif person.hair == "long":
        c.fill(smooth([(-0.95, -0.6), (0, -1.2), (0.95, -0.6), (1.2, 0.6), (1.05, 1.5), (0.5, 1.0), (-0.5, 1.0),
                       (-1.05, 1.5), (-1.2, 0.6)], n=4), deep)  # fmt: skip
    elif person.hair == "buns":
        for k in (-1, 1):
            c.fill(ellipse(0.85 * k, -0.85, 0.42, n=18), hair)
            c.fill(ellipse(0.66 * k, -0.62, 0.16, n=12), look.extra)
    elif person.hair == "curls":
        c.fill(puffs(c.palette.rng, 1.25, 1.1, 9) + (0, -0.35), deep)
    for k in (-1, 1):
        c.fill(ellipse(0.98 * k, 0.1, 0.17, 0.22, n=14), look.skin)
    face = smooth([(0, 0.95), (-0.62, 0.74), (-0.95, 0.15), (-0.9, -0.45), (-0.5, -0.88), (0.5, -0.88), (0.9, -0.45),
                   (0.95, 0.15), (0.62, 0.74)], n=4)  # fmt: skip
    c.fill(face, look.skin)
    c.shade(face, [(-2, 0.62), (2, 0.62), (2, 2), (-2, 2)], darker(look.skin), 0.35)
    features(c, look.skin, glasses=person.extra == "glasses")
    _fringe(c, person, hair)
    if person.extra == "hat":
        c.fill(ellipse(0, -0.62, 1.55, 0.34), look.extra)
        dome = np.concatenate([arc(0, -0.66, 0.86, 0.85, 180, 360, 14), [(0.86, -0.55), (-0.86, -0.55)]])
        c.fill(dome, look.extra)
        c.fill(smooth([(-0.87, -0.84), (0, -0.74), (0.87, -0.84), (0.86, -0.58), (0, -0.48), (-0.86, -0.58)], n=3),
               look.top)  # fmt: skip


def _fringe(c: Canvas, person: Person, hair: Color) -> None:
    shapes = {
        "bob": [(-0.98, 0.1), (-1.0, -0.6), (-0.5, -1.1), (0.5, -1.1), (1.0, -0.6), (0.98, 0.1), (0.8, -0.3),
                (0.35, -0.38), (0.1, -0.32), (-0.35, -0.38), (-0.8, -0.3)],
        "long": [(-0.95, 0.5), (-1.05, -0.4), (-0.6, -1.05), (0.5, -1.08), (1.05, -0.4), (0.95, 0.5), (0.8, -0.2),
                 (0.2, -0.72), (-0.7, -0.2)],
        "buns": [(-0.96, 0.0), (-0.95, -0.55), (-0.5, -1.02), (0.5, -1.02), (0.95, -0.55), (0.96, 0.0), (0.7, -0.45),
                 (0.0, -0.7), (-0.7, -0.45)],
        "curls": [(-0.95, -0.1), (-0.9, -0.7), (-0.3, -0.95), (0.4, -0.95), (0.9, -0.7), (0.95, -0.1), (0.6, -0.5),
                  (0.2, -0.42), (-0.15, -0.55), (-0.55, -0.4)],
    }  # fmt: skip
    if person.hair == "spikes":
        spikes = [(-0.98, 0.0), (-1.18, -0.5), (-0.92, -0.6), (-0.98, -1.12), (-0.5, -0.98), (-0.28, -1.42),
                  (0.1, -1.02), (0.5, -1.36), (0.62, -0.96), (1.08, -1.02), (0.96, -0.55), (1.2, -0.42), (0.98, 0.0),
                  (0.72, -0.42), (0.45, -0.25), (0.2, -0.5), (-0.15, -0.28), (-0.45, -0.5), (-0.75, -0.3)]  # fmt: skip
        c.fill(spikes, hair)
        return
    shape = smooth(shapes[person.hair], n=4)
    c.fill(shape, hair)
    c.shade(shape, ellipse(-0.3, -0.85, 0.42, 0.14), lighter(hair, 0.16), 0.7)


def _animal(c: Canvas, person: Person, look: Look) -> None:
    fur, inner = look.skin, lighter(look.extra, 0.05)
    pale = lighter(fur, 0.16)
    if person.kind == "bear":
        for k in (-1, 1):
            c.fill(ellipse(0.75 * k, -0.78, 0.36, n=18), fur)
            c.fill(ellipse(0.75 * k, -0.76, 0.19, n=14), inner)
    elif person.kind == "rabbit":
        for k in (-1, 1):
            c.fill(leaf(0.4 * k, -0.6, 1.35, 0.58, -90 + 14 * k), fur)
            c.fill(leaf(0.42 * k, -0.75, 1.0, 0.3, -90 + 14 * k), inner)
    else:
        for k in (-1, 1):
            tip = (0.88 * k, -1.38) if person.kind == "fox" else (0.82 * k, -1.2)
            c.fill([(0.22 * k, -0.78), tip, (0.98 * k, -0.3)], fur)
            c.fill([(0.42 * k, -0.82), (tip[0] * 0.97, tip[1] + 0.25), (0.86 * k, -0.5)], inner, ink=False)
    round_face = smooth([(0, 0.9), (-0.72, 0.68), (-1.05, 0.1), (-0.85, -0.6), (0, -0.92), (0.85, -0.6), (1.05, 0.1),
                         (0.72, 0.68)], n=4)  # fmt: skip
    c.fill(round_face, fur)
    c.shade(round_face, [(-2, 0.66), (2, 0.66), (2, 2), (-2, 2)], darker(fur), 0.3)
    if person.kind == "fox":
        for k in (-1, 1):
            c.fill(smooth([(0, 0.86), (0.55 * k, 0.72), (0.98 * k, 0.18), (0.45 * k, 0.14), (0, 0.35)], n=4), WHITE,
                   ink=False)  # fmt: skip
        c.line([*round_face, round_face[0]])
    else:
        c.fill(ellipse(0, 0.42, 0.46, 0.34), pale, ink=darker(fur, 0.1))
    features(c, fur, nose=True)
    if person.kind == "cat":
        for k in (-1, 1):
            for y in (0.3, 0.48):
                c.line([(0.6 * k, y), (1.2 * k, y - 0.06 + (y - 0.4))], width=0.7)


def _robot(c: Canvas, person: Person, look: Look) -> None:
    c.line([(0, -0.8), (0, -1.2)], width=1.6)
    c.fill(ellipse(0, -1.28, 0.17, n=14), look.extra)
    for k in (-1, 1):
        c.fill(round_box(0.9 * k - 0.16, -0.3, 0.9 * k + 0.16, 0.3, 0.1), look.hair)
    c.fill(round_box(-0.95, -0.85, 0.95, 0.8, 0.25), look.skin)
    c.fill(round_box(-0.74, -0.55, 0.74, 0.52, 0.18), (0.32, 0.03, 250.0))
    glow = lighter(look.top, 0.12)
    for k in (-1, 1):
        c.fill(ellipse(0.33 * k, -0.1, 0.2, n=16), glow, ink=False)
    mouth = arc(0, 0.12, 0.3, 0.2, 20, 160, 8)
    c.line(mouth, glow, 1.6)


def features(c: Canvas, skin: Color, nose: bool = False, glasses: bool = False) -> None:
    """Eyes, cheeks, nose and mouth: one of a few expressions."""
    rng = c.palette.rng
    mood = rng.choice(("smile", "smile", "laugh", "oh", "calm", "sleepy"))
    blush = (min(0.82, skin[0]), 0.11, 18.0)
    for k in (-1, 1):
        c.fill(ellipse(0.6 * k, 0.3, 0.19, 0.13, n=14), blush, ink=False)
        _eye(c, 0.4 * k, 0.02, mood)
        if mood != "sleepy":
            c.line(arc(0.4 * k, -0.3, 0.2, 0.1, 205, 335, 6), width=0.8)
        if glasses:
            ring = ellipse(0.4 * k, 0.03, 0.31, n=18)
            c.line([*ring, ring[0]], width=1.1)
    if glasses:
        c.line([(-0.1, 0.0), (0.1, 0.0)], width=1.1)
    if nose:
        c.fill(smooth([(-0.14, 0.22), (0.14, 0.22), (0, 0.38)], n=3), BLACK, ink=False)
        c.line([(0, 0.36), (0, 0.46)], width=0.8)
    else:
        c.line(arc(0, 0.24, 0.06, 0.06, 0, 140, 5), darker(skin, 0.22), 0.9)
    _mouth(c, mood, 0.46)


def _eye(c: Canvas, x: float, y: float, mood: str) -> None:
    if mood == "sleepy":
        c.line(arc(x, y, 0.17, 0.1, 15, 165, 8), width=1.3)
    elif mood == "laugh":
        c.line(arc(x, y + 0.08, 0.17, 0.16, 195, 345, 8), width=1.4)
    else:
        c.fill(ellipse(x, y, 0.135, 0.2, n=16), BLACK, ink=False)
        c.fill(ellipse(x - 0.045, y - 0.07, 0.055, 0.07, n=10), WHITE, ink=False)


def _mouth(c: Canvas, mood: str, y: float) -> None:
    if mood == "laugh":
        shape = np.concatenate([arc(0, y, 0.26, 0.3, 0, 180, 10)])
        c.fill(shape, (0.5, 0.13, 20.0))
        c.shade(shape, ellipse(0, y + 0.28, 0.18, 0.12), (0.72, 0.13, 15.0), 0.9)
    elif mood == "oh":
        c.fill(ellipse(0, y + 0.1, 0.1, 0.13, n=12), (0.5, 0.13, 20.0))
    elif mood == "calm":
        c.line([(-0.12, y + 0.08), (0.12, y + 0.08)], width=1.1)
    else:
        c.line(arc(0, y - 0.06, 0.22, 0.2, 25, 155, 8), width=1.2)
