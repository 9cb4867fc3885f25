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
from colornb.methods import Encoding, presets
from colornb.methods.base import FeatureMaps

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


@torch.no_grad()
def edge_enhancing() -> str:
    """RTUG as a backbone: its feature maps, and which of them E edits in the two presets."""
    network = build("rtug", "paper").to("meta").eval()
    light, ab, mask = (torch.empty(1, channels, 256, 256, device="meta") for channels in (1, 2, 1))
    maps = FeatureMaps()
    painted = network.paint(Encoding(light), ab, mask, maps)
    first = network.features.index(network.decoder)
    parts = {"encoder": network.features[:first], "decoder": network.features[first:]}
    rows = ["seen", *network.features, "painted"]
    x, far, y = 138, 372, {name: 64 + 54 * i for i, name in enumerate(rows)}
    boxes = [
        Box(x, y["seen"], "data", "L, a, b, mask", size(torch.cat([light, ab, mask], 1)), 156, 40),
        *(Box(x, y[name], "rule", name, size(maps[name]), 156, 40) for name in network.features),
        Box(x, y["painted"], "data", "a, b", size(painted), 156, 40),
    ]
    arrows = [f"M {x} {y[a] + 20} V {y[b] - 21}" for a, b in zip(rows, rows[1:], strict=False)]
    for i, (start, end) in enumerate((("conv3_3", "conv8_3"), ("conv2_2", "conv9_3"), ("conv1_2", "conv10_2"))):
        arrows.append(f"M {x - 78} {y[start]} H {44 - 14 * i} V {y[end]} H {x - 79}")
    edited = [(name, preset) for preset in ("paper", "context") for part in presets("edge_enhancing")[preset].layers
              for name in parts[part]]  # fmt: skip
    for name, preset in edited:
        boxes.append(Box(296, y[name], "net", "E", preset, 72, 40))
        arrows += [f"M {x + 78} {y[name] - 8} H 259", f"M 260 {y[name] + 8} H {x + 79}", f"M {far} {y[name]} H 333"]
    notes = [
        f'<text x="{far - 40}" y="24">S, the scribble</text>',
        f'<path d="M {far} 32 V {y[edited[-1][0]]}" style="marker-end: none"/>',
        *(f'<text class="small" x="238" y="{y[name] - 12}">A</text>' for name, _ in edited),
        *(f'<text class="small" x="238" y="{y[name] + 22}">+</text>' for name, _ in edited),
    ]
    title = "RTUG, whose feature maps stay as they are but for what E adds: in the encoder, or in the decoder"
    return svg(title, y["painted"] + 34, boxes, arrows, notes)


@torch.no_grad()
def u_net() -> str:
    """The U-Net of Table 5, as g uses it: maps that are halved four times, and what goes round each."""
    network = build("guiding_painter", "paper").to("meta").eval().colorizer
    seen, maps = torch.empty(1, network.inc.double_conv[0].in_channels, 256, 256, device="meta"), FeatureMaps()
    painted = network(seen, maps)
    left, right, y = 98, 302, [92 + 62 * i for i in range(5)]
    down, up = network.FEATURES[:5], network.FEATURES[5:]
    boxes = [
        Box(left, 34, "data", "planes in", size(seen), 164, 40),
        Box(right, 34, "data", "planes out", size(painted), 164, 40),
        *(Box(left, y[i], "net", name, size(maps[name]), 164, 40) for i, name in enumerate(down)),
        *(Box(right, y[3 - i], "net", name, size(maps[name]), 164, 40) for i, name in enumerate(up)),
    ]
    rows = [34, *y]
    arrows = [f"M {left} {a + 20} V {b - 21}" for a, b in zip(rows, rows[1:], strict=False)]
    arrows += [f"M {right} {b - 20} V {a + 21}" for a, b in zip(rows[:4], rows[1:5], strict=True)]
    arrows += [f"M {left + 82} {level} H {right - 83}" for level in y[:4]]
    arrows.append(f"M {left + 82} {y[4]} H {right} V {y[3] + 21}")
    title = "The U-Net of f and g: what is halved is doubled again, and laid beside what went round"
    return svg(title, y[4] + 34, boxes, arrows)


def pseudo_scribble() -> str:
    """How a scribble is made that nobody drew (edge paper, Fig. 3), with the settings of the preset `paper`."""
    config = presets("edge_enhancing")["paper"]
    (low, high), (thin, thick) = config.thresholds, config.widths
    left, right, middle, y = 104, 296, 200, [34 + 70 * i for i in range(6)]
    boxes = [
        Box(left, y[0], "data", "a and b, true", "what the user has in mind", 176),
        Box(right, y[0], "data", "a and b, painted", "before any scribble", 176),
        Box(left, y[1], "rule", "Canny", f"from {low} to {high}", 176),
        Box(right, y[1], "rule", "Canny", f"from {low} to {high}", 176),
        Box(middle, y[2], "rule", "lost", f"true edges, none within {config.tolerance} px"),
        Box(middle, y[3], "rule", "one connected piece", f"or up to {config.max_edges} of them, by chance"),
        Box(middle, y[4], "rule", "made thick", f"{thin} to {thick} px, by chance"),
        Box(middle, y[5], "data", "S, the scribble", "1 where it lies, without a colour"),
    ]
    arrows = [f"M {x} {y[0] + 23} V {y[1] - 24}" for x in (left, right)]
    arrows += [f"M {x} {y[1] + 23} V {y[2] - 24}" for x in (left, right)]
    arrows += [f"M {middle} {a + 23} V {b - 24}" for a, b in zip(y[2:], y[3:], strict=False)]
    return svg("From two pictures to a scribble that nobody drew", y[5] + 34, boxes, arrows)


DIAGRAMS = {
    "guiding_painter": guiding_painter,
    "edge_enhancing": edge_enhancing,
    "u_net": u_net,
    "pseudo_scribble": pseudo_scribble,
}


def main() -> None:
    """Write all diagrams."""
    for name, draw in DIAGRAMS.items():
        (OUT / f"{name}.svg").write_text(draw(), encoding="utf-8")


if __name__ == "__main__":
    main()
