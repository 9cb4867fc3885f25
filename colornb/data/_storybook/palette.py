"""Colours of a storybook page: chosen in a perceptual space, held together by one mood.

A colour is (lightness, chroma, hue): OKLCh of Bjoern Ottosson's OKLab (2020), hue in degrees. It
becomes sRGB only when it is painted, and then the whole page is tinted a little by the same light.
"""

import math
import random
from collections.abc import Callable
from copy import copy
from dataclasses import dataclass
from functools import partial
from typing import Any

Color = tuple[float, float, float]

WHITE: Color = (0.99, 0.004, 95.0)
BLACK: Color = (0.20, 0.01, 280.0)
LAMP: Color = (0.90, 0.13, 88.0)

# hues of the things that may have any colour, as distances from the page's own hue
SCHEMES = (
    (0, 30, 60, -30, 180),
    (0, 25, 180, 205),
    (0, 150, 210, 20),
    (0, 120, 240),
    (0, 90, 180, 270),
    (0, 60, 200, 260),
)


@dataclass(frozen=True)
class Mood:
    """Ranges that all free colours of a page are drawn from, and the light that lies over it."""

    lightness: tuple[float, float]
    chroma: tuple[float, float]
    light: Color
    amount: float


MOODS = {
    "bright": Mood((0.60, 0.84), (0.13, 0.20), (0.97, 0.03, 95.0), 0.03),
    "pastel": Mood((0.78, 0.90), (0.07, 0.12), (0.97, 0.02, 60.0), 0.08),
    "golden": Mood((0.62, 0.84), (0.12, 0.18), (0.90, 0.12, 75.0), 0.12),
    "misty": Mood((0.66, 0.86), (0.07, 0.13), (0.92, 0.03, 230.0), 0.14),
    "dusk": Mood((0.58, 0.80), (0.11, 0.18), (0.70, 0.13, 345.0), 0.12),
    "night": Mood((0.48, 0.72), (0.10, 0.16), (0.40, 0.11, 275.0), 0.20),
}
DAY = ("bright", "bright", "bright", "pastel", "pastel", "golden", "misty", "dusk")


class Palette:
    """The colours of one page; every call draws a new one from `rng`."""

    def __init__(self, rng: random.Random, mood: str | None = None) -> None:
        self.rng = rng
        self.mood = mood or rng.choice(DAY)
        self.spec = MOODS[self.mood]
        hue = rng.uniform(0, 360)
        self.hues = [hue + step for step in rng.choice(SCHEMES)]
        self.ink: Color = (rng.uniform(0.20, 0.28), rng.uniform(0.01, 0.05), rng.choice((30, 280, 330)))
        self._last = -1
        self._known: dict[Color, tuple[int, int, int]] = {}
        self._light = _lab(*self.spec.light)

    @property
    def dark(self) -> bool:
        """Whether it is night."""
        return self.mood == "night"

    def rgb(self, color: Color) -> tuple[int, int, int]:
        """The sRGB levels of a colour in the light of the page, in [0, 255]."""
        if color not in self._known:
            # paper and print have no part in the scene's light
            mix = 0.0 if color in (WHITE, BLACK) else self.spec.amount
            own = _lab(*color)
            lit = ((1 - mix) * c + mix * t for c, t in zip(own, self._light, strict=True))
            self._known[color] = _levels(*lit)
        return self._known[color]

    def accent(self, light: float = 0.0) -> Color:
        """A free colour: any hue of the scheme, but never that of the accent before."""
        choices = [i for i in range(len(self.hues)) if i != self._last]
        self._last = self.rng.choice(choices)
        return self._free(self.hues[self._last] + self.rng.uniform(-12, 12), light)

    def soft(self, light: float = 0.06) -> Color:
        """A quiet free colour, for large things in the background."""
        lightness, chroma, hue = self.accent(light)
        return (min(0.92, lightness + 0.04), chroma * 0.55, hue)

    def neutral(self) -> Color:
        """White, grey, beige or dark: what stands between strong colours."""
        lightness = self.rng.choice((0.95, 0.9, 0.75, 0.5, 0.38)) - (0.12 if self.dark else 0)
        return (lightness, self.rng.uniform(0.005, 0.035), self.rng.uniform(0, 360))

    def leaf(self) -> Color:
        """Foliage: green more often than not, else autumn, blossom or fancy."""
        hue = self.rng.choice((120, 130, 140, 150, 160, 110, 50, 75, 350, self.hues[0]))
        return self._free(hue + self.rng.uniform(-8, 8), -0.04)

    def grass(self) -> Color:
        """Ground: mostly green, else sand, snow, heather or fancy."""
        kind = self.rng.random()
        if kind < 0.62:
            return self._free(self.rng.uniform(112, 150), 0.02)
        if kind < 0.74:
            return (0.86 - 0.3 * self.dark, 0.07, self.rng.uniform(70, 95))
        if kind < 0.84:
            return (0.94 - 0.3 * self.dark, 0.02, 240)
        lightness, chroma, hue = self.accent()
        return (lightness, chroma * 0.7, hue)

    def sky(self) -> tuple[Color, Color]:
        """Top and horizon of the sky: mostly blue, else sunset, lilac, mint or fancy."""
        if self.dark:
            hue = self.rng.uniform(255, 310)
            low = (self.rng.uniform(0.42, 0.58), 0.11, hue + self.rng.choice((-30, 20, 50)))
            return (self.rng.uniform(0.20, 0.30), 0.09, hue), low
        if self.mood in ("bright", "pastel", "misty") and self.rng.random() < 0.6:
            hue = self.rng.uniform(215, 255)
            return (self.rng.uniform(0.66, 0.82), 0.12, hue), (0.95, 0.035, hue - 15)
        top = self.rng.choice((self.rng.uniform(250, 350), 200, 170, 60, self.hues[0]))
        low = self.rng.choice((20, 50, 75, 90, 340))
        return (self.rng.uniform(0.68, 0.82), 0.12, top), (0.93, 0.08, low)

    def skin(self) -> Color:
        """A face: the tones people have, now and then one from a fairy tale."""
        if self.rng.random() < 0.78:
            tone = self.rng.random()
            return (0.90 - 0.42 * tone, 0.045 + 0.035 * math.sin(math.pi * tone), 48 + 16 * tone)
        lightness, chroma, hue = self.accent(0.08)
        return (max(lightness, 0.62), chroma * 0.6, hue)

    def fur(self) -> Color:
        """An animal: earth colours or fancy ones, half and half."""
        if self.rng.random() < 0.5:
            return (self.rng.uniform(0.48, 0.88), self.rng.uniform(0.02, 0.11), self.rng.uniform(40, 80))
        return self.accent()

    def hair(self) -> Color:
        """Hair: natural, or as bright as in a comic."""
        if self.rng.random() < 0.4:
            return (self.rng.uniform(0.28, 0.8), self.rng.uniform(0.02, 0.10), self.rng.uniform(35, 85))
        return self.accent(-0.04)

    def wood(self) -> Color:
        """Trunks, floors, tables."""
        drop = 0.14 if self.dark else 0
        return (self.rng.uniform(0.46, 0.74) - drop, self.rng.uniform(0.04, 0.09), self.rng.uniform(40, 75))

    def _free(self, hue: float, light: float) -> Color:
        low, high = self.spec.lightness
        lightness = self.rng.uniform(low, high) + light
        # yellow is only yellow when it is light, blue and violet are at their richest when darker
        lightness += 0.09 * math.cos(math.radians(hue - 100))
        return (min(0.95, lightness), self.rng.uniform(*self.spec.chroma), hue)


class Recolored(Palette):
    """A palette that gives the things of a page other colours, drawn from `colors`, and leaves all else as it is.

    Each colour is drawn from `rng`, too, and forgotten, so that whatever else comes from there stays the same. A night
    stays a night, for by day such a page would show other things.
    """

    def __init__(self, rng: random.Random, mood: str | None, colors: random.Random) -> None:
        super().__init__(rng, mood)
        own, other = copy(self), Palette(colors, mood)
        self.ink, self.spec, self._light = other.ink, other.spec, other._light
        for kind in ("accent", "soft", "neutral", "leaf", "grass", "sky", "skin", "fur", "hair", "wood"):
            setattr(self, kind, partial(_draw_both, getattr(own, kind), getattr(other, kind)))


def _draw_both(forget: Callable[..., Any], keep: Callable[..., Any], *args: float) -> Any:
    forget(*args)
    return keep(*args)


def darker(color: Color, amount: float = 0.13) -> Color:
    """The same thing in shade: darker, and a step towards blue, as shadows are."""
    lightness, chroma, hue = color
    turn = math.copysign(10.0, math.sin(math.radians(270 - hue)))  # towards blue by the shorter way
    return (max(0.08, lightness - amount), chroma * 1.02, hue + turn * (chroma > 0.02))


def lighter(color: Color, amount: float = 0.10) -> Color:
    """The same thing in the light."""
    lightness, chroma, hue = color
    return (min(0.985, lightness + amount), chroma * 0.85, hue)


def blend(a: Color, b: Color, share: float) -> Color:
    """Between two colours, `share` of the way to `b`, on a straight line in OKLab."""
    p, q = _lab(*a), _lab(*b)
    lightness, x, y = ((1 - share) * i + share * j for i, j in zip(p, q, strict=True))
    return (lightness, math.hypot(x, y), math.degrees(math.atan2(y, x)))


def _lab(lightness: float, chroma: float, hue: float) -> tuple[float, float, float]:
    angle = math.radians(hue)
    return lightness, chroma * math.cos(angle), chroma * math.sin(angle)


def _levels(lightness: float, a: float, b: float) -> tuple[int, int, int]:
    """Levels of sRGB; a colour no screen can show loses chroma until one can."""
    for keep in (1.0, 0.92, 0.84, 0.76, 0.68, 0.6, 0.5, 0.4, 0.2, 0.0):
        linear = _linear(lightness, keep * a, keep * b)
        if all(-0.002 <= c <= 1.002 for c in linear):
            break
    red, green, blue = (_gamma(min(1.0, max(0.0, c))) for c in linear)
    return red, green, blue


def _linear(lightness: float, a: float, b: float) -> tuple[float, float, float]:
    """OKLab to linear sRGB (Ottosson's matrices)."""
    x = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    y = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    z = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    return (
        4.0767416621 * x - 3.3077115913 * y + 0.2309699292 * z,
        -1.2684380046 * x + 2.6097574011 * y - 0.3413193965 * z,
        -0.0041960863 * x - 0.7034186147 * y + 1.7076147010 * z,
    )


def _gamma(c: float) -> int:
    return round(255 * (12.92 * c if c <= 0.0031308 else 1.055 * c ** (1 / 2.4) - 0.055))
