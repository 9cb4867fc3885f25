"""Colour a picture."""

import argparse
import re
from pathlib import Path

from colornb import checkpoints, methods
from colornb.boxes import detect
from colornb.color import parse_color
from colornb.colorizer import Colorizer
from colornb.commands._options import at_least, device_of, say
from colornb.hints import EdgeScribble, Point, Region, from_json
from colornb.images import MAX_SIDE, load_image, save_image, size_of
from colornb.openraster import save_painting
from colornb.types import RGB


def add_options(add: argparse.ArgumentParser) -> None:
    """What is painted, and with which hints."""
    add.add_argument("picture", help="a photograph or a line drawing, any format")
    add.add_argument(
        "--out",
        required=True,
        type=Path,
        help="PNG, JPEG or WebP at the picture's own size, or .ora (OpenRaster) with all layers",
    )
    add.add_argument("--weights", default=checkpoints.DEFAULT, help="a shipped name, a file or the folder of a run")
    add.add_argument(
        "--hint",
        action="append",
        default=[],
        metavar="K=COLOR",
        help="a colour for the K-th region that the model asks about in this picture, from 1: 1=skyblue; repeat",
    )
    add.add_argument(
        "--point",
        action="append",
        default=[],
        metavar="X,Y=COLOR",
        help="a colour at a place, both from 0 to 1, y down: 0.3,0.75=tomato; repeat",
    )
    add.add_argument(
        "--scribble",
        action="append",
        default=[],
        metavar="X,Y:X,Y..",
        help="a line along an edge to mend, from point to point, 0 to 1, y down: 0.3,0.2:0.4,0.25:0.5,0.2; repeat",
    )
    add.add_argument(
        "--box",
        action="append",
        default=[],
        metavar="X0,Y0,X1,Y1",
        help="where a thing is, from 0 to 1, y down, for models that colour by instance; repeat",
    )
    add.add_argument("--detect", action="store_true", help="let a detector find boxes (fetched once, 167 MB)")
    add.add_argument("--hints", type=Path, help="a hint file, as a widget saves it (regions by rank)")
    add.add_argument("--regions", type=Path, help="also write a PNG here: the regions, with their numbers K")
    add.add_argument("--kind", default="auto", help="auto, photo or drawing")
    add.add_argument("--size", type=int, help="the shorter side as the network sees it")
    add.add_argument("--sketch", type=Path, help="also write the line art here")
    add.add_argument("--max-side", type=int, default=MAX_SIDE, help="shrink pictures with a longer side, in pixels")
    add.add_argument("--device", default="auto", help="auto, cpu, cuda, or cuda:0, cuda:1 ..")


def run(options: argparse.Namespace) -> None:
    """Paint one picture."""
    at_least(options, size=1, max_side=1)
    device = device_of(options.device)
    by_hand = [_answer(text) for text in options.hint]
    places = [_point(text) for text in options.point] + [_scribble(text) for text in options.scribble]
    hints = from_json(options.hints.read_text(encoding="utf-8")) if options.hints else []
    colorizer = Colorizer(methods.load(options.weights).to(device), options.size)
    image = _read(options.picture, options.max_side)
    colorizer.set_image(image, options.kind)
    if options.box or options.detect:
        colorizer.set_boxes(
            [_box(text) for text in options.box] + (detect(image)[0].tolist() if options.detect else [])
        )
    if options.regions:
        _write_regions(colorizer, options.regions)
    hints += [_region(colorizer, number, color) for number, color in by_hand]
    save_painting(colorizer, hints + places, options.out)
    if options.sketch:
        save_image(colorizer.sketch, options.sketch)


def _read(picture: str, max_side: int) -> RGB:
    """The picture, and a line on stderr where it had to be shrunk."""
    image = load_image(picture, max_side)
    before, now = size_of(picture), tuple(image.shape[-2:])
    if max(before) > max(now):
        was, became = (f"{width} x {height}" for height, width in (before, now))
        say(f"{was} was read as {became}: give --max-side {max(before)} to keep its size")
    return image


def _write_regions(colorizer: Colorizer, path: Path) -> None:
    if path.suffix.lower() != ".png":
        raise ValueError(f"--regions {path}: end its name in .png")
    if not colorizer.region_order:
        raise ValueError("this model has no regions to show: leave out --regions")
    from colornb.figures import show_regions

    checkpoints.atomic_write(path, show_regions(colorizer)._repr_png_())


def _answer(text: str) -> tuple[int, str]:
    """The number of a question and the colour that answers it."""
    number, equals, color = text.partition("=")
    if not equals or not re.fullmatch("[0-9]+", number) or int(number) == 0:
        raise ValueError(f"--hint {text}: write K=COLOR with K from 1, such as 1=skyblue")
    parse_color(color)
    return int(number), color


def _point(text: str) -> Point:
    """A place and the colour there."""
    place, equals, color = text.partition("=")
    try:
        x, y = (float(number) for number in place.split(","))
    except ValueError:
        equals = ""
    if not equals:
        raise ValueError(f"--point {text}: write X,Y=COLOR with X and Y from 0 to 1, such as 0.3,0.75=tomato")
    return Point(x, y, color)


def _box(text: str) -> list[float]:
    """Two corners of a box."""
    try:
        corners = [float(number) for number in text.split(",")]
    except ValueError:
        raise ValueError(f"--box {text}: write X0,Y0,X1,Y1 from 0 to 1, such as 0.2,0.1,0.6,0.9") from None
    return corners


def _scribble(text: str) -> EdgeScribble:
    """A line from point to point."""
    try:
        path = [[float(number) for number in place.split(",")] for place in text.split(":")]
        return EdgeScribble(path)
    except ValueError as error:
        mend = "write X,Y:X,Y.. with X and Y from 0 to 1, such as 0.3,0.2:0.4,0.25"
        raise ValueError(f"--scribble {text}: {error if 'outside' in str(error) else mend}") from None


def _region(colorizer: Colorizer, number: int, color: str) -> Region:
    order = colorizer.region_order
    if not order:
        raise ValueError("this model asks about no regions: leave out --hint, and give --point")
    if number > len(order):
        raise ValueError(f"--hint {number}={color}: the model asks {len(order)} questions here, give 1 to {len(order)}")
    return Region(order[number - 1], color)
