"""CPU ms of single strokes with whichever `colornb` is imported: `python benchmarks/strokes.py CHECKPOINT SIZE TURNS`.

It uses only what earlier commits have as well, and is run as a file, so that these come first on the path. Each line
that it prints is a turn, as JSON.
"""

import json
import sys
import time
from collections.abc import Callable

import torch

from colornb import Colorizer, EdgeScribble, Point, sample
from colornb.images import resize

POINTS, COLORS = 5, ("red", "green", "blue", "orange", "purple")


def main(checkpoint: str, size: int, turns: int) -> None:
    """Open a photograph, and take the time of each stroke on it."""
    torch.set_num_threads(1)
    colorizer = Colorizer.load(checkpoint, size=size)
    colorizer.set_image(resize(sample("coffee"), size))
    paint = getattr(colorizer, "preview", colorizer.predict)  # what a widget shows after a stroke
    takes_edges = "edge" in colorizer.network.hint_kinds
    for turn in range(-1, turns):  # the first one warms up
        took = strokes(paint, 0.02 * turn, takes_edges)
        if turn >= 0:
            print(json.dumps(took))


def strokes(paint: Callable, shift: float, takes_edges: bool) -> dict[str, float]:
    """Points that are new; where scribbles are taken, others with a scribble, and with one more."""
    others = [Point(0.2 + 0.1 * n, 0.3 + shift, color) for n, color in enumerate(COLORS)]
    more = [Point(0.2 + 0.1 * n, 0.7 - shift, color) for n, color in enumerate(COLORS)]
    first, second = (EdgeScribble([(0.3, y), (0.5, y + 0.1), (0.6, y)], 0.02) for y in (0.4, 0.5))
    found = {"points": milliseconds(paint, others)}
    if takes_edges:
        found["points with a scribble"] = milliseconds(paint, [*more, first])
        found["one more scribble"] = milliseconds(paint, [*more, first, second])
    return found


def milliseconds(paint: Callable, hints: list) -> float:
    """CPU time of one picture."""
    began = time.thread_time()
    paint(hints)
    return 1000 * (time.thread_time() - began)


if __name__ == "__main__":
    main(sys.argv[1], *map(int, sys.argv[2:]))
