"""Draw the failure pictures of the model cards.

python tools/cards.py    writes book/model-cards/*.png

For each shipped model that is there to be used, those three pictures out of what everybody has (the sample photographs,
or 48 storybook pages) that three hints by one who knows leave farthest from the truth; where a model mends edges, its
three first suggestions are taken, too.
"""

from pathlib import Path

from colornb import Colorizer, data, sample
from colornb.experiments.three_hints import three_hints
from colornb.figures import Figure, show_grid
from colornb.images import SAMPLES, resize
from colornb.metrics import psnr
from colornb.types import RGB

ROOT = Path(__file__).resolve().parents[1]
PHOTOGRAPHS = (
    *("edge_enhancing-photo3", "efficient_unet-photo3", "rtug-natural", "edge_enhancing-natural"),
    *("edge_enhancing-photo2", "efficient_unet-photo2"),
)
DRAWINGS = ("edge_enhancing-drawing", "guiding_painter-drawing", "guiding_painter-comic", "edge_enhancing-comic")
SIDE, PAGES, WORST = 128, 48, 3


def photographs() -> dict[str, RGB]:
    """The sample photographs by name."""
    return {name: resize(sample(name), SIDE) for name in SAMPLES}


def pages() -> dict[str, RGB]:
    """The first storybook pages of the test set by number."""
    rgb = data.open("storybook", "test", size=SIDE, n=PAGES).rgb.float() / 255
    return {f"page {number}": page[None] for number, page in enumerate(rgb)}


def paint(colorizer: Colorizer, truth: RGB) -> RGB:
    """With three hints, and three scribbles where the model accepts them."""
    hints = three_hints(colorizer, truth)
    if "edge" in colorizer.network.hint_kinds:
        hints += colorizer.suggest_edges(hints, 3)
    return colorizer.predict(hints)


def failures(name: str, pictures: dict[str, RGB]) -> Figure:
    """The worst pictures of a model: with three hints, and the truth."""
    colorizer = Colorizer.load(name)
    painted = {title: (paint(colorizer, truth), truth) for title, truth in pictures.items()}
    worst = sorted(painted, key=lambda title: psnr(*painted[title]).item())[:WORST]
    titles = [f"{title}, {psnr(*painted[title]).item():.1f} dB" for title in worst]
    return show_grid([[painted[title][k] for title in worst] for k in range(2)], titles, ["painted", "true"])


def main() -> None:
    """Write a picture beside each card."""
    for names, pictures in ((PHOTOGRAPHS, photographs()), (DRAWINGS, pages())):
        for name in names:
            figure = failures(name, pictures)
            (ROOT / "book" / "model-cards" / f"{name}.png").write_bytes(figure._repr_png_())


if __name__ == "__main__":
    main()
