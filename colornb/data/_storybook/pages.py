"""Whole pages: one scene, or a strip of panels."""

import random
from collections.abc import Callable, Sequence
from functools import partial

import numpy as np

from colornb.data._storybook.canvas import Canvas, pen_for
from colornb.data._storybook.indoors import room, tea
from colornb.data._storybook.outdoors import aloft, landscape, street
from colornb.data._storybook.palette import BLACK, WHITE, Palette, Recolored
from colornb.data._storybook.portrait import portrait
from colornb.data._storybook.sea import sea
from colornb.data._storybook.shapes import box

Scene = Callable[[Canvas], None]
Mix = Callable[[random.Random, str | None], Palette]  # a page's colours, by its dice and its mood

SCENES: dict[Scene, int] = {landscape: 6, street: 3, aloft: 2, room: 4, tea: 2, portrait: 5, sea: 4}
SCENE_NAMES = tuple(scene.__name__ for scene in SCENES)
AT_NIGHT = {landscape: 0.2, street: 0.25, aloft: 0.15, room: 0.1}

GUTTER = 0.025
PANELS = (  # x0, y0, x1, y1 of each panel
    ((0, 0, 1, 0.5), (0, 0.5, 1, 1)),
    ((0, 0, 0.5, 1), (0.5, 0, 1, 1)),
    ((0, 0, 1, 0.52), (0, 0.52, 0.5, 1), (0.5, 0.52, 1, 1)),
    ((0, 0, 0.55, 0.5), (0.55, 0, 1, 0.5), (0, 0.5, 1, 1)),
    ((0, 0, 0.6, 1), (0.6, 0, 1, 0.5), (0.6, 0.5, 1, 1)),
)


def draw(
    size: int, key: str, kinds: Sequence[str] = SCENE_NAMES, colors: int = 0
) -> tuple[np.ndarray, np.ndarray, list[str]]:
    """The page that belongs to `key`: (size, size, 3) uint8 sRGB, boxes (k, 4) in [0, 1], and what is in them.

    The same key gives the same page at every size, drawn finer or coarser. `kinds` are the scenes that a page may
    show; only books of all kinds have pages with panels. `colors` above 0 paint the same things differently.
    """
    canvas = draw_canvas(size, key, kinds, colors)
    return canvas.pixels(), *canvas.boxes()


def draw_canvas(size: int, key: str, kinds: Sequence[str] = SCENE_NAMES, colors: int = 0) -> Canvas:
    """The same page with all that is known of it."""
    rng = random.Random(key)
    mix = partial(Recolored, colors=random.Random(f"{key}/colors/{colors}")) if colors else Palette
    panels = rng.random() < 0.1 and set(kinds) == set(SCENE_NAMES)
    return _strip(rng, size, mix) if panels else _scene(rng, size, mix, kinds)


def _scene(
    rng: random.Random, height: int, mix: Mix, kinds: Sequence[str], width: float = 1.0, pen: float | None = None
) -> Canvas:
    chances = {scene: weight for scene, weight in SCENES.items() if scene.__name__ in kinds}
    scene = rng.choices(list(chances), list(chances.values()))[0]
    mood = "night" if rng.random() < AT_NIGHT.get(scene, 0.0) else None
    canvas = Canvas(height, mix(rng, mood), width, pen)
    scene(canvas)
    return canvas


def _strip(rng: random.Random, size: int, mix: Mix) -> Canvas:
    """Several scenes with white gutters between them."""
    page = Canvas(size, mix(rng, None))
    page.fill(box(-0.1, -0.1, 1.1, 1.1), WHITE, ink=False)
    for panel in rng.choice(PANELS):
        x0, y0, x1, y1 = _inset(*panel)
        height = round((y1 - y0) * size)
        page.paste(_scene(rng, height, mix, SCENE_NAMES, (x1 - x0) / (y1 - y0), 0.8 * pen_for(size)), x0, y0)
        page.line(box(x0, y0, x1, y1)[[0, 1, 2, 3, 0]], BLACK, 1.3)
    return page


def _inset(x0: float, y0: float, x1: float, y1: float) -> tuple[float, ...]:
    """A panel with its margins: a whole gutter to the page's edge, half of one to a neighbour."""
    low = [v + GUTTER * (0.5 if v > 0 else 1) for v in (x0, y0)]
    return *low, *(v - GUTTER * (0.5 if v < 1 else 1) for v in (x1, y1))
