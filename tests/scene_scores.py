"""How much of the scenes with a plan comes out as the plan says: by a watershed, and by answers to a network.

    python tests/scene_scores.py                        # all 48: 24 scenes, with and without gaps in their lines
    python tests/scene_scores.py --scenes 5 --side 400  # the first 5, small

A pixel is right whose colour is within a CIEDE2000 of 10 of that in the plan; ink and its gaps are left out. Everybody
is given the colours of the plan: a watershed and points one click an area, the others an answer about each region, each
piece of a region as the network cuts it, or each area.
"""

import argparse
import sys
from statistics import fmean, median

import cv2
import numpy as np
import torch
from scenes import Scene, scene
from skimage.color import deltaE_ciede2000, rgb2lab
from skimage.segmentation import watershed

from colornb import Colorizer
from colornb.areas import resize_areas
from colornb.color import hex_color, parse_color
from colornb.commands._options import whole
from colornb.drawn_page import read_answers
from colornb.evaluation import write_results
from colornb.hints import Region

RIGHT = 10  # CIEDE2000
SEEN = 300  # pixels on each side are judged, at least
WAYS = ("watershed", "regions", "pieces", "areas", "points")


class Judge:
    """Compares pictures with a scene, on a grid of its paper."""

    def __init__(self, drawn: Scene) -> None:
        self.step = np.s_[:: max(1, len(drawn.plan) // SEEN), :: max(1, len(drawn.plan) // SEEN)]
        self.paper, self.drawn = drawn.paper[self.step], drawn
        self.truth = self._lab(drawn.truth)

    def _lab(self, rgb):
        return rgb2lab(rgb[0].permute(1, 2, 0).numpy()[self.step][self.paper])

    def share_right(self, painted):
        """How much of it has the colour of the plan."""
        return float((deltaE_ciede2000(self._lab(painted), self.truth) <= RIGHT).mean())

    def off(self, painted, colors):
        """The median CIEDE2000 of what is painted from the colours that were given, where some were."""
        return float(np.nanmedian(deltaE_ciede2000(self._lab(painted), self._lab(colors))))


def given(colorizer, hints):
    """A picture of the colours that were given, and where: NaN elsewhere."""
    areas, answers = read_answers(hints, colorizer._page.areas, colorizer.sketch, colorizer.partition)
    colors = torch.full((int(areas.max()) + 1, 3), torch.nan)
    for color, where in answers:
        colors[list(where)] = torch.tensor(color)
    return colors[areas.long()].permute(2, 0, 1)[None]


def watershed_of(drawn):
    """Ten lines of scikit-image: what is nearest to each click along the distance to the ink, in its colour."""
    height, width = drawn.plan.shape
    depth = cv2.distanceTransform((drawn.ink < 0.5).astype(np.uint8), cv2.DIST_L2, 5)
    markers, colors = np.zeros((height, width), np.int32), [(1, 1, 1)]
    for click in drawn.clicks():
        markers[int(click.y * height), int(click.x * width)] = len(colors)
        colors.append(parse_color(click.color))
    filled = np.array(colors, np.float32)[watershed(-depth, markers)]
    return torch.from_numpy(filled).permute(2, 0, 1)[None]


def answered(colorizer, drawn, whole=False):
    """Each piece of each region, or each region, in the colour that most of it has in the plan."""
    plan = resize_areas(torch.from_numpy(drawn.plan), tuple(colorizer.regions.shape[-2:]))
    for rank in colorizer.region_order:
        for part, piece in enumerate(colorizer.regions[rank][None] if whole else colorizer.pieces(rank)):
            found = plan[piece & (plan > 0)].bincount()
            if len(found):
                color = hex_color(drawn.colors[int(found.argmax())].tolist())
                yield Region(rank, color, None if whole else part)


def score(colorizer, drawn):
    """A row of one scene: the share that is right by each way, how many answers, how far from them what is painted is.

    "off" is that distance at the colorizer's own shading, "off_flat" without shades, "points_off" that of points.
    """
    judge, clicks = Judge(drawn), list(drawn.clicks())
    colorizer.set_image(drawn.page, "drawing")
    painted = colorizer.predict(clicks)
    row = {"watershed": judge.share_right(watershed_of(drawn)), "watershed_asked": len(clicks)}
    row |= {"points": judge.share_right(painted), "points_asked": len(clicks)}
    row["points_off"] = judge.off(painted, given(colorizer, clicks))
    for refine, is_whole, name in ((False, True, "regions"), (False, False, "pieces"), (True, False, "areas")):
        colorizer.refine = refine
        hints = list(answered(colorizer, drawn, is_whole))
        painted = colorizer.predict(hints)
        row |= {name: judge.share_right(painted), f"{name}_asked": len(hints)}
    colors, own, colorizer.shading = given(colorizer, hints), colorizer.shading, 0
    row |= {"off": judge.off(painted, colors), "off_flat": judge.off(colorizer.predict(hints), colors)}
    colorizer.shading = own
    return row


def table(rows):
    """The rows as text: means over scenes, and the worst of them."""
    lines = [f"{'':10}  no gaps: mean worst   gaps: mean worst   asked"]
    for way in WAYS:
        told = ""
        for gaps in (False, True):
            found = [row[way] for row in rows if row["gaps"] == gaps] or [np.nan]
            told += f"{fmean(found):15.4f}{min(found):7.4f}"
        lines.append(f"{way:10}{told}{fmean(row[f'{way}_asked'] for row in rows):8.1f}")
    for key in ("off", "off_flat", "points_off"):
        found = [row[key] for row in rows]
        lines.append(f"{key:16} median {median(found):5.2f}, at most {max(found):5.2f}")
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scenes", type=whole(1), default=24, help="so many of them, each with gaps and without")
    parser.add_argument("--side", type=whole(100), help="of all, in pixels, instead of 500 to 2,000")
    parser.add_argument("--preset", default="guiding_painter-drawing", help="a checkpoint that guides")
    parser.add_argument("--out", help="write the rows here as JSON")
    options = parser.parse_args()
    try:
        rows, colorizer = [], Colorizer.load(options.preset)
    except (OSError, ValueError) as error:
        parser.error(str(error))
    for number in range(options.scenes):
        for gaps in (False, True):
            drawn = scene(number, options.side, gaps)
            rows.append({"scene": number, "gaps": gaps, "side": len(drawn.plan)} | score(colorizer, drawn))
            print(f"scene {number:2}: " + "  ".join(f"{way} {rows[-1][way]:.4f}" for way in WAYS), file=sys.stderr)
    print(table(rows))
    if options.out:
        command = " ".join(["python", "tests/scene_scores.py", *sys.argv[1:]])
        about = {"preset": options.preset, "shading": colorizer.shading, "side": options.side, "device": "cpu"}
        write_results(options.out, rows, **about, command=command)


if __name__ == "__main__":
    main()
