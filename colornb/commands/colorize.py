"""Colour a picture, or all pictures of a folder."""

import argparse
import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import torch

from colornb import checkpoints, methods, palettes
from colornb.boxes import detect
from colornb.colorizer import Colorizer
from colornb.commands._options import add_repeated, add_shared, device_of, parsed, say, tell, whole
from colornb.commands._options import check_place as check_folder
from colornb.drawings import choose_kind
from colornb.files import atomic_write
from colornb.folders import FORMATS, Job, Manner, Models, plan
from colornb.hints import EdgeScribble, Hint, Point, Region
from colornb.images import MAX_SIDE, Metadata, load_with_metadata, save_image, size_of
from colornb.openraster import FLAT_SUFFIXES, SUFFIX, save_flat, save_painting
from colornb.palettes import Palette
from colornb.toning import Toning, read_toning
from colornb.types import RGB
from colornb.widgets._model.session_file import (
    WHAT,
    check_origin,
    made_on,
    means_areas,
    name_colors,
    origin_of,
    read_hints,
    read_palette,
    read_session,
    read_shading,
    seen_as,
)
from colornb.writing import SUFFIXES, check_place


def _answer(text: str) -> tuple[int, str]:
    """The number of a question, from 1, and the colour that answers it."""
    number, color = text.split("=", 1)
    return whole(1)(number), color


def _place_and_color(text: str) -> tuple[float, float, str]:
    place, color = text.split("=", 1)
    return *_place(place), color


def _path(text: str) -> list[tuple[float, float]]:
    return [_place(place) for place in text.split(":")]


def _place(text: str) -> tuple[float, float]:
    x, y = _numbers(text)
    return x, y


def _palette(text: str) -> Palette:
    try:
        return palettes.load(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _numbers(text: str) -> list[float]:
    return [float(number) for number in text.split(",")]


# Options that are written in a form of their own: the form, an example, and what they ask for.
HINTS = {
    "hint": ("K=COLOR", "1=skyblue", "a colour for the K-th region that the model asks about in this picture, from 1"),
    "point": ("X,Y=COLOR", "0.3,0.75=tomato", "a colour at a place, both from 0 to 1, y down"),
    "scribble": (
        "X,Y:X,Y..",
        "0.3,0.2:0.4,0.25",
        "a line along an edge that colour has crossed, or must not cross, in [0, 1], y down",
    ),
    "box": ("X0,Y0,X1,Y1", "0.2,0.1,0.6,0.9", "where a thing is, 0 to 1, y down, for models that colour by instance"),
}
TONES = {
    "vividness": "how vivid the colours are: 0 is gray, 1 as painted",
    "strength": "how much of all colour is kept at the end: 0 is gray",
    "warmth": "warmer, above 0, or cooler",
}
# What a model has to accept for an option to mean something, and how that is called.
ACCEPTED_AS = {
    "hint": ("region", "region hints"),
    "regions": ("region", "region hints"),
    "flat": ("region", "region hints"),
    "point": ("point", "point hints"),
    "scribble": ("edge", "edge scribbles"),
    "box": ("box", "boxes"),
    "detect": ("box", "boxes"),
}
OF_ONE = ("hint", "point", "scribble", "box", "hints", "regions", "sketch", "flat")  # options about one picture
READERS: dict[str, Callable] = {"hint": _answer, "point": _place_and_color, "scribble": _path, "box": _numbers}


def add_options(add: argparse.ArgumentParser) -> None:
    """What is painted, and with which hints."""
    add.add_argument("picture", help="a photograph or a line drawing, any format; or a folder with both")
    ways = "PNG, JPEG, WebP or TIFF at the picture's own size, or .ora (OpenRaster) with all layers; "
    ways += "of a folder another one, in which a command that was stopped goes on"
    add.add_argument("--out", required=True, type=Path, help=ways)
    add.add_argument("--format", choices=FORMATS, help="of the pictures of a folder: png by default")
    add.add_argument("--force", action="store_true", help="write over the picture itself, or what is in the folder")
    add.add_argument(
        "--weights",
        help="a shipped name, a file or the folder of a run; by default what the hint file names, or suits the picture",
    )
    for option, (form, example, what) in HINTS.items():
        fits = (lambda path: len(path) > 1) if option == "scribble" else (lambda _: True)
        own = parsed(READERS[option], fits, f"{form}, such as {example}")
        add_repeated(add, f"--{option}", form, f"{what}: {example}", own)
    add.add_argument("--detect", action="store_true", help="let a detector find boxes (fetched once, 167 MB)")
    add.add_argument("--hints", type=Path, help="a hint file, as a widget saves it (regions by rank)")
    names = "a .gpl, .ase or .json file: hints may use its names, and without any the colours are drawn to its hues"
    add.add_argument("--palette", type=_palette, metavar="FILE", help=names)
    for name, what in TONES.items():
        least, most = Toning.RANGES[name]
        between = parsed(float, lambda x, a=least, b=most: a <= x <= b, f"a number from {least} to {most}")
        usual = f"default: as the hint file says, or {getattr(Toning(), name):g}"
        add.add_argument(f"--{name}", type=between, help=f"{what}; from {least} to {most} ({usual})")
    add.add_argument("--regions", type=Path, help="also write a PNG here: the regions, with their numbers K")
    flat = "write only the colours of --hint and --point, flat, with the lines over them, or apart (see --sketch)"
    add.add_argument("--flat", choices=("over", "apart"), help=flat)
    seen = "what the picture is; by default what the hint file says, or auto"
    add.add_argument("--kind", choices=["auto", "photo", "drawing"], help=seen)
    add.add_argument("--size", type=whole(1), help="the shorter side as the network sees it")
    add.add_argument("--sketch", type=Path, help="also write the line art here")
    large = "shrink pictures with a longer side, in pixels; strips by the number of their pixels"
    add.add_argument("--max-side", type=whole(1), default=MAX_SIDE, help=large)
    add_shared(add, "device")


def run(options: argparse.Namespace) -> int:
    """Paint one picture, or all of a folder; the exit status, 1 where some of these could not be painted."""
    if not options.picture:
        raise ValueError("the picture has no name: give a picture, or a folder of pictures (. is this one)")
    if Path(options.picture).expanduser().is_dir():
        return _color_folder(options)
    if not options.out.suffix and not Path(options.picture).expanduser().exists():
        raise ValueError(f"there is no '{options.picture}': give a picture, or a folder of pictures")
    if options.format:
        raise ValueError("--format is for folders: end the name of --out in it")
    _color_picture(options)
    for place in filter(None, (options.out, options.sketch, options.regions)):
        tell(place)
    return 0


def _color_folder(options: argparse.Namespace) -> int:
    """Paint all pictures of a folder that are not yet painted; the exit status, 1 where some could not be."""
    folder, out = Path(options.picture).expanduser(), options.out.expanduser()
    if given := [option for option in OF_ONE if getattr(options, option)]:
        raise ValueError(f"--{given[0]} is about one picture: leave it out for a folder")
    if options.detect and not options.weights:
        raise ValueError("--detect needs a model that colours by instance: choose it by --weights")
    check_folder(out, folder=True)
    manner = _manner(options)
    load = partial(_load, options, device_of(options.device))
    models = Models(manner, load, _choose, _find_boxes if options.detect else None)
    left, n_done = plan(folder, out, manner, options.force, ", or --force to write over it")
    if n_done:
        say(f"{n_done} of {n_done + len(left)} pictures are there already: going on with the others")
    failed = _color_all(left, models.color)
    for source, reason in failed.items():
        say(f"not painted: {source}: {reason}")
    tell(f"{out} ({n_done + len(left) - len(failed)} of {n_done + len(left)} pictures)")
    for name, n in models.used.items():
        say(f"{n} painted with {name}")
    if models.shrunk:
        say(f"{models.shrunk} were shrunk: give a larger --max-side to keep their size")
    return 1 if failed else 0


def _manner(options: argparse.Namespace) -> Manner:
    return Manner(
        options.weights, options.kind or "auto", options.size, options.max_side, options.detect,
        options.format or FORMATS[0], _toning(options, {}, ()),
    )  # fmt: skip


def _load(options: argparse.Namespace, device: torch.device, name: str) -> Colorizer:
    network = methods.load(name).to(device)
    _check_kinds(options, network)
    return Colorizer(network, options.size)


def _choose(image: RGB, kind: str) -> str:
    return checkpoints.FOR_DRAWINGS if choose_kind(image, kind) == "drawing" else checkpoints.FOR_PHOTOGRAPHS


def _find_boxes(colorizer: Colorizer, image: RGB) -> None:
    colorizer.set_boxes(detect(image)[0].tolist())


def _color_all(jobs: Sequence[Job], color: Callable[[Path, Path], None]) -> dict[Path, str]:
    """Paint them one after the other; those that could not be, and why."""
    from tqdm import tqdm

    failed: dict[Path, str] = {}
    shape = "{desc}{percentage:3.0f}%|{bar}| {n_fmt}/{total_fmt} [{elapsed}<{remaining}{postfix}]"
    with tqdm(jobs, bar_format=shape, mininterval=0.5) as bar:
        for job in bar:
            bar.set_postfix_str(job.source.name)
            if reason := job.run(color):
                failed[job.source] = reason
    return failed


def _color_picture(options: argparse.Namespace) -> None:
    _check_places(options)
    device = device_of(options.device)
    session = read_session(options.hints) if options.hints else {}
    palette = options.palette or read_palette(session) or Palette(())
    options.hint = [(number, palette.find(color)) for number, color in options.hint]
    points = [Point(x, y, palette.find(color)) for x, y, color in options.point]
    places = [*points, *map(EdgeScribble, options.scribble)]
    hints = read_hints(name_colors(session, palette)) if options.hints else []
    is_told, options.kind = not options.kind, options.kind or session.get("kind", "auto")
    named = methods.load(options.weights) if options.weights else None
    image, metadata = _read(options.picture, options.max_side)
    network = (named or _load_chosen(options, image, session, hints)).to(device)
    _check_kinds(options, network)
    colorizer = Colorizer(network, options.size)
    colorizer.set_image(image, options.kind)
    colorizer.refine, colorizer.shading = means_areas(session, hints), read_shading(session, colorizer.shading)
    colorizer.toning = _toning(options, session, [*hints, *points, *options.hint])
    seen = seen_as(image, options.kind)
    if is_told and seen != seen_as(image, "auto"):
        say(f"'{options.picture}' is painted as {WHAT[seen]}, as the hint file says (--kind chooses otherwise)")
    if note := check_origin(session, origin_of(network, colorizer.regions, colorizer.refine, seen), hints):
        say(note)
    if options.detect:
        options.box += detect(image)[0].tolist()
    if options.box or options.detect:
        colorizer.set_boxes(options.box)
    if options.regions:
        _write_regions(colorizer, options.regions)
    hints += [_region(colorizer, number, color) for number, color in options.hint]
    if options.flat:
        save_flat(colorizer, hints + places, options.out, metadata, lines=options.flat == "over")
    else:
        save_painting(colorizer, hints + places, options.out, metadata)
    if options.sketch:
        save_image(colorizer.sketch, options.sketch)


def _toning(options: argparse.Namespace, session: dict, given: Sequence[Any]) -> Toning:
    """That of the session but for what options say; a palette draws the colours where nobody has given any."""
    asked = {name: value for name in TONES if (value := getattr(options, name)) is not None}
    if options.palette and not any(not isinstance(hint, EdgeScribble) for hint in given):
        asked["palette"] = options.palette.colors
    return replace(read_toning(session), **asked)


def _load_chosen(options: argparse.Namespace, image: RGB, session: dict, hints: Sequence[Hint]) -> torch.nn.Module:
    name, words = _choose_weights(options, image, session, hints)
    network = methods.load(name)
    say(words)
    return network


def _choose_weights(options: argparse.Namespace, image: RGB, session: dict, hints: Sequence[Hint]) -> tuple[str, str]:
    """The model that a session was made with, else the one that suits the picture and the hints; and what to say."""
    made_with, suits = session.get("checkpoint"), made_on(session) in ("", seen_as(image, options.kind))
    if suits and isinstance(made_with, dict) and made_with.get("name"):
        name = made_with["name"]
        return name, f"painted with {name}, as the hint file says (--weights chooses another)"
    kind = choose_kind(image, options.kind, f"'{options.picture}'")
    answers = any(isinstance(hint, Region) for hint in hints)  # only the model for drawings asks about regions
    asks = [*(option for option in ("hint", "regions", "flat") if getattr(options, option)), *["hints"] * answers]
    if kind == "photo" and options.kind == "auto" and asks:
        other = "--kind drawing paints it as line art, --weights chooses a model that asks"
        raise ValueError(f"--{asks[0]}: of photographs no regions are asked about: give --point X,Y=COLOR; {other}")
    name = checkpoints.FOR_DRAWINGS if kind == "drawing" or asks else checkpoints.FOR_PHOTOGRAPHS
    return name, f"picture type: {kind}, painted with {name} (--kind and --weights choose otherwise)"


def _check_kinds(options: argparse.Namespace, network: torch.nn.Module) -> None:
    """Refuse, before the picture is looked at, what the model does not accept."""
    accepted = {*network.hint_kinds, *(["box"] * getattr(network, "sees_boxes", False))}
    if accepted and network.condition == "sketch":  # of a drawing every model lets lines part areas
        accepted.add("edge")
    for option, (kind, words) in ACCEPTED_AS.items():
        if getattr(options, option) and kind not in accepted:
            raise ValueError(f"--{option}: this model does not accept {words}: leave it out, or choose other --weights")


def _check_places(options: argparse.Namespace) -> None:
    """Refuse, before anything is painted, places that cannot be written to, or that hold the picture itself."""
    kinds = {"out": FLAT_SUFFIXES if options.flat else (*SUFFIXES, SUFFIX), "sketch": SUFFIXES, "regions": (".png",)}
    taken: dict[Path, str] = {}
    picture = Path(options.picture).expanduser()
    for option, suffixes in kinds.items():
        place = getattr(options, option)
        if place is None:
            continue
        place = check_place(place, suffixes)
        if (other := taken.setdefault(Path(os.path.realpath(place)), option)) != option:
            raise ValueError(f"--{option} {place} is where --{other} goes: give another name")
        if not options.force and place.exists() and picture.exists() and place.samefile(picture):
            raise ValueError(f"--{option} {place} is the picture itself: give another name, or --force")


def _read(picture: str, max_side: int) -> tuple[RGB, Metadata]:
    """The picture and what its file holds beside, and a line on stderr where it had to be shrunk."""
    image, metadata = load_with_metadata(picture, max_side)
    before, now = size_of(picture), tuple(image.shape[-2:])
    if max(before) > max(now):
        was, became = (f"{width} x {height}" for height, width in (before, now))
        say(f"{was} was read as {became}: give --max-side {max(before)} to keep its size")
    return image, metadata


def _write_regions(colorizer: Colorizer, path: Path) -> None:
    from colornb.figures import show_regions

    atomic_write(path, show_regions(colorizer)._repr_png_())


def _region(colorizer: Colorizer, number: int, color: str) -> Region:
    order = colorizer.region_order
    if number > len(order):
        raise ValueError(f"--hint {number}={color}: the model asks {len(order)} questions here, give 1 to {len(order)}")
    return Region(order[number - 1], color)
