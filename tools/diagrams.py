"""The diagrams of the book, as SVG, with the shapes that the code really has.

python tools/diagrams.py    writes book/images/*.svg

A diagram has a paper of its own, so that it looks the same on a light and on a dark page; it suits a phone.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple
from xml.sax.saxutils import escape

import torch
from torch import Tensor

from colornb import build
from colornb.blocks import PatchDiscriminator
from colornb.hints import mean_colors, paint_regions

OUT = Path(__file__).resolve().parents[1] / "book" / "images"
WIDTH, MIDDLE = 400, 160
INK, PAPER, SOFT = "#1f2a2e", "#fbfaf6", "#5b676c"
FILLS = {"net": "#cfe5dc", "rule": "#f3e1c0", "data": "#ffffff"}  # learns, computes, is handed on
STYLE = f"""\
text {{ font: 13px system-ui, sans-serif; fill: {INK}; text-anchor: middle }}
.name {{ font-size: 15px; font-style: italic; font-weight: 600 }}
.small {{ font-size: 12px; fill: {SOFT} }}
rect {{ stroke: {INK}; stroke-width: 1.2 }}
path {{ fill: none; stroke: {INK}; stroke-width: 1.4; marker-end: url(#tip) }}"""


class Box(NamedTuple):
    """A box of a diagram: where its middle is, and what stands in it."""

    x: int
    y: int
    kind: str  # of FILLS
    name: str
    says: str
    width: int = 256
    height: int = 46

    def draw(self) -> str:
        """The box as SVG; what is handed on has round corners."""
        left, top, round_by = self.x - self.width / 2, self.y - self.height / 2, 12 if self.kind == "data" else 3
        return (
            f'<rect x="{left:g}" y="{top:g}" width="{self.width}" height="{self.height}" rx="{round_by}" '
            f'fill="{FILLS[self.kind]}"/>\n'
            f'<text class="name" x="{self.x}" y="{self.y - 3}">{escape(self.name)}</text>\n'
            f'<text class="small" x="{self.x}" y="{self.y + 14}">{escape(self.says)}</text>'
        )


def size(planes: Tensor) -> str:
    """Channels, height and width."""
    return " × ".join(map(str, planes.shape[1:]))


def svg(title: str, height: int, boxes: Sequence[Box], arrows: Sequence[str], notes: Sequence[str] = ()) -> str:
    """A whole diagram; arrows are the paths that lead from box to box."""
    drawn = [f'<path d="{arrow}"/>' for arrow in arrows] + [box.draw() for box in boxes] + list(notes)
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}">',
        f"<title>{escape(title)}</title>",
        f"<style>{STYLE}</style>",
        '<marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
        f'<polygon points="0 0, 8 4, 0 8" fill="{INK}"/></marker>',
        f'<rect width="{WIDTH}" height="{height}" rx="8" fill="{PAPER}" style="stroke: none"/>',
        *drawn,
        "</svg>\n",
    ])  # fmt: skip


@torch.no_grad()
def guiding_painter() -> str:
    """GuidingPainter as Section 3 has it: f, h, g and D, and what each hands to the next."""
    network = build("guiding_painter", "paper").to("meta").eval()  # shapes, and no numbers
    sketch, target = (torch.empty(1, channels, 256, 256, device="meta") for channels in (1, 3))
    regions = network.segmentator(sketch)
    color, mask = paint_regions(regions, mean_colors(regions, target), torch.ones(1, network.n_regions, device="meta"))
    seen = torch.cat([sketch, color, mask, regions], 1)
    painted = network.colorizer(seen)
    discriminator = PatchDiscriminator(sketch.shape[1] + painted.shape[1]).to("meta")
    scores = discriminator(torch.cat([sketch, painted], 1))
    x, y = MIDDLE, [34 + 66 * i for i in range(9)]
    boxes = [
        Box(x, y[0], "data", "X, the sketch", size(sketch)),
        Box(x, y[1], "net", "f, a U-Net", "scores, then a choice (Eq. 1)"),
        Box(x, y[2], "data", "S, the regions in order", f"{size(regions)}, one-hot"),
        Box(x, y[3], "rule", "h, the user", "answers for the first regions (Eq. 2)"),
        Box(x, y[4], "data", "C and M, the hints", f"{size(color)} and {size(mask)}"),
        Box(x, y[5], "net", "g, a U-Net", f"X, C, M, S: {seen.shape[1]} channels (Eq. 9)"),
        Box(x, y[6], "data", "Ŷ, the painting", size(painted)),
        Box(x, y[7], "net", "D, in training", "sees X and Ŷ, or X and the true Y"),
        Box(x, y[8], "data", "true or painted?", f"{size(scores)}, a score a patch"),
    ]
    down = [f"M {x} {a + 23} V {b - 24}" for a, b in zip(y, y[1:], strict=False)]
    right, far, farther = x + 128, 318, 352
    skips = [
        f"M {right} {y[2]} H {far} V {y[5] - 8} H {right + 1}",
        f"M {right} {y[0]} H {farther} V {y[5] + 8} H {right + 1}",
        f"M {farther} {y[5] + 8} V {y[7]} H {right + 1}",
    ]
    notes = [
        f'<text class="small" x="{far + 10}" y="{y[2] + 4}">S</text>',
        f'<text class="small" x="{farther + 10}" y="{y[0] + 4}">X</text>',
    ]
    title = "GuidingPainter: the networks f, g and D, and h, which plays the user"
    return svg(title, y[-1] + 34, boxes, [*down, *skips], notes)


DIAGRAMS = {"guiding_painter": guiding_painter}


def main() -> None:
    """Write all diagrams."""
    for name, draw in DIAGRAMS.items():
        (OUT / f"{name}.svg").write_text(draw(), encoding="utf-8")


if __name__ == "__main__":
    main()
