"""The pictures of README.md: what the model asks about, and what comes out of the box, the worst beside the first.

python tools/hero.py    writes book/images/hero.png and book/images/out_of_the_box.png
"""

from pathlib import Path

import torch

from colornb import Colorizer, Region, data, hex_color, sample, sketch
from colornb.checkpoints import FOR_DRAWINGS, FOR_PHOTOGRAPHS
from colornb.color import gray, rgb_to_lab
from colornb.experiments.three_hints import three_hints
from colornb.figures import Figure, show_grid, show_steps
from colornb.images import SAMPLES, resize
from colornb.metrics import psnr
from colornb.types import RGB

PAGE, HINTS = 0, 8
SPECK = 0.01  # of the picture: a smaller region tells little in a small picture
POINTS, PAGES, SIDE, FIRST = 10, 16, 256, 4
IMAGES = Path(__file__).resolve().parents[1] / "book" / "images"
Column = tuple[str, RGB, RGB, RGB]  # its title, what was given, what was painted, and the truth


def answer(colorizer: Colorizer, page: RGB, least: float = 0.0, most: int | None = None) -> list[Region]:
    """The true median colours of the regions that a drawing's model asks about, in its order."""
    regions = colorizer.regions
    small = resize(page, tuple(regions.shape[-2:]))[0].clamp(0, 1)
    asked = [rank for rank in colorizer.region_order if regions[rank].float().mean() > least]
    return [Region(rank, hex_color(small[:, regions[rank]].median(1).values.tolist())) for rank in asked[:most]]


def steps() -> Figure:
    """A drawing, its regions, and the picture after each answer."""
    page = data.open("storybook", "test", size=512, n=PAGE + 1, scenes=["portrait"]).rgb[PAGE:].float() / 255
    colorizer = Colorizer.load("guiding_painter-comic")
    colorizer.set_image(sketch(page, "clean").expand(-1, 3, -1, -1), kind="drawing")
    return show_steps(colorizer, answer(colorizer, page, SPECK, HINTS))


def photographs() -> list[Column]:
    """All sample photographs, each with points where it was most wrong."""
    colorizer, columns = Colorizer.load(FOR_PHOTOGRAPHS), []
    for name in SAMPLES:
        truth = resize(sample(name), SIDE)
        painted = colorizer.predict(three_hints(colorizer, truth, POINTS))
        columns.append((name, gray(rgb_to_lab(truth)[:, :1]).expand(-1, 3, -1, -1), painted, truth))
    return columns


def drawings() -> list[Column]:
    """The first pages of the test set, as drawings with all questions answered."""
    colorizer, columns = Colorizer.load(FOR_DRAWINGS), []
    for number, page in enumerate(data.open("storybook", "test", size=SIDE, n=PAGES).rgb.float() / 255):
        drawn = sketch(page[None], "clean").expand(-1, 3, -1, -1)
        colorizer.set_image(drawn, kind="drawing")
        columns.append((f"page {number}", drawn, colorizer.predict(answer(colorizer, page[None])), page[None]))
    return columns


def first_and_worst(columns: list[Column]) -> list[Column]:
    """The first few, and after them that whose painting is farthest from the truth, unless it is one of them."""
    worst = min(range(len(columns)), key=lambda n: psnr(*columns[n][2:]).item())
    shown = sorted({*range(FIRST), worst})
    return [(columns[n][0] + ": worst" * (n == worst), *columns[n][1:]) for n in shown]


def square(rgb: RGB) -> RGB:
    """The middle of a picture, as wide as high."""
    top, left = ((side - SIDE) // 2 for side in rgb.shape[-2:])
    return rgb[..., top : top + SIDE, left : left + SIDE]


@torch.no_grad()
def main() -> None:
    """Write both pictures."""
    IMAGES.mkdir(exist_ok=True)
    (IMAGES / "hero.png").write_bytes(steps()._repr_png_())
    columns = [*first_and_worst(photographs()), *first_and_worst(drawings())]
    titles, *rows = zip(*columns, strict=True)
    grid = show_grid([list(map(square, row)) for row in rows], list(titles), ["given", "painted", "true"])
    (IMAGES / "out_of_the_box.png").write_bytes(grid._repr_png_())


if __name__ == "__main__":
    main()
