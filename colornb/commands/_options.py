"""What several commands ask for, and how they refuse what cannot be."""

import argparse
import math
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import torch

from colornb import data
from colornb.refusals import check_size

MIN_SIDE = 32  # pixels: on smaller pictures discriminators, LPIPS and feature networks have nothing left to look at


class Help(argparse.RawDescriptionHelpFormatter):
    """Says of each option what it is where it is left out, unless its own words do, or it is nothing then."""

    def _get_help_string(self, action: argparse.Action) -> str:
        text, default = action.help or "", action.default
        if (
            any(default is nothing for nothing in (None, False, argparse.SUPPRESS))
            or default == []
            or "default" in text
        ):
            return text
        shown = " ".join(map(str, default)) if isinstance(default, list | tuple) else str(default)
        return f"{text} (default: {shown.replace('%', '%%')})"


def parsed(kind: Callable[[str], Any], fits: Callable[[Any], bool], wanted: str) -> Callable[[str], Any]:
    """The type of an option that `kind` reads, or refuses with a ValueError; `wanted` says which values fit."""

    def read(text: str) -> Any:
        with suppress(ValueError):
            if fits(value := kind(text)):
                return value
        raise argparse.ArgumentTypeError(f"{text} cannot be: give {wanted}")

    return read


def whole(least: int, most: int = 2**31 - 1) -> Callable[[str], int]:
    """The type of an option that is a whole number, from `least` to `most`."""
    limits = f"{least} up" if most == 2**31 - 1 else f"{least} to {most}"
    return parsed(int, lambda n: least <= n <= most, f"a whole number from {limits}")


CHANCE = parsed(float, lambda x: 0 < x < 1, "a chance between 0 and 1")
POSITIVE = parsed(float, lambda x: 0 < x < math.inf, "a number above 0")
FINITE = parsed(float, math.isfinite, "a number")
SHARED: dict[str, dict[str, Any]] = {  # options that several commands have
    "device": {"default": "auto", "help": "auto, cpu, cuda, or cuda:0, cuda:1 .."},
    "draw": {"type": whole(0), "help": "draw line art at so many times the size, and shrink it"},
    "seed": {"type": whole(0), "default": 0, "help": "of all that is drawn by chance"},
    "threads": {"type": whole(1, 1024), "help": "CPU threads (default: as PyTorch chooses)"},
}


def add_shared(add: argparse.ArgumentParser, *names: str) -> None:
    """Options of these names, as all commands have them."""
    for name in names:
        add.add_argument(f"--{name}", **SHARED[name])


def add_repeated(add: argparse.ArgumentParser, option: str, form: str, what: str, read: Callable = str) -> None:
    """An option that may be given several times; its values are a list, empty without any."""
    add.add_argument(option, action="append", default=[], metavar=form, help=f"{what}; repeat", type=read)


def say(text: str) -> None:
    print(f"colornb: {text}", file=sys.stderr)  # noqa: T201


def tell(text: object) -> None:
    """What was written, on the standard output."""
    print(f"-> {text}")  # noqa: T201


def show_progress() -> Callable[[str, Any], None]:
    """A function of a title and a tick of a training: each title has a bar of its own."""
    from tqdm import tqdm

    bars: dict[str, tqdm] = {}
    shape = "{desc} {percentage:3.0f}%|{bar}| {n_fmt}/{total_fmt} [{elapsed}{postfix}]"  # tqdm's pace counts from 0

    def watch(title: str, tick: Any) -> None:
        if title not in bars:
            bars[title] = tqdm(desc=title, bar_format=shape)
        bar = bars[title]
        bar.n, bar.total = tick.step, tick.steps
        bar.set_postfix_str(tick.summary())
        if tick.step == tick.steps:
            bar.close()

    return watch


def print_rows(rows: Sequence[dict[str, Any]]) -> None:
    """A line for each row of results, without its protocol."""
    for row in rows:
        print("  ".join(f"{name} {_short(value)}" for name, value in row.items() if name != "scribbling"))  # noqa: T201


def _short(value: Any) -> str:
    if isinstance(value, bool) or value is None:
        return {True: "yes", False: "no", None: "-"}[value]
    if isinstance(value, list) and len(value) > 8:
        return f"[{len(value)} numbers]"
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def check_place(out: Path, folder: bool, option: str = "out") -> None:
    """Refuse, before the work, a place that could not be written to after it."""
    if out.exists() and out.is_dir() != folder:
        raise ValueError(f"--{option} {out} is a {'file: give a folder' if folder else 'folder: give a file in it'}")
    nearest = next(place for place in out.absolute().parents if place.exists())
    if not nearest.is_dir():
        raise ValueError(f"--{option} {out} lies inside a file, {nearest}: give another place")
    if not os.access(out if out.exists() else nearest, os.W_OK):
        raise ValueError(f"--{option} {out} must not be written to: give another place")


def check_results(out: Path) -> None:
    """Refuse, before the work, results that could not be written, or in whose place lies something else."""
    check_place(out, folder=False)
    if out.is_file() and out.stat().st_size and out.read_bytes()[:1] not in b"{[":
        raise ValueError(f"--out {out} is a file of another kind: give a name for the results, such as results.json")


def device_of(name: str) -> torch.device:
    """The device of a name; "auto" is a GPU where there is one."""
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    known, n = ["cpu"] + ["mps"] * torch.backends.mps.is_available(), torch.cuda.device_count()
    known += ["cuda", *(f"cuda:{number}" for number in range(n))] * torch.cuda.is_available()
    if name not in known:
        raise ValueError(f"--device {name} is not here: choose one of auto, {', '.join(known)}")
    return torch.device(name)


def device_name(device: torch.device) -> str:
    """What a device is called in results."""
    return torch.cuda.get_device_name(device) if device.type == "cuda" else device.type


def open_pictures(
    options: argparse.Namespace, network: torch.nn.Module, split: str, size: int, draw: int, keep: bool = False
) -> data.Dataset:
    """The pictures that a command names; with `draw`, with line art drawn at so many times the size.

    With `keep`, pictures that own line art keep it; otherwise they are refused. A network that sees boxes is shown
    regions of similar lightness where pictures have none.
    """
    check_size(network, size)
    check_data(options.data if len(options.data) > 1 else (), split)
    limit = {} if options.pictures is None else {"n": options.pictures}
    parts, shares = [], []
    for name, share in map(share_of, options.data):
        shares.append(share)
        part = data.open(name, split, size * max(1, draw), options.seed, **limit)
        if draw and keep and not (isinstance(part, data.Pictures) and part.sketch is None):
            part = data.open(name, split, size, options.seed, **limit)
        elif draw:
            part = data.with_sketches(part, size, network.line_art)
        parts.append(part)
    if None in shares and set(shares) != {None}:
        raise ValueError(f"--data {' '.join(options.data)}: give all of them a share, or none")
    pictures = data.concat(parts) if None in shares else data.mix(parts, shares)
    return data.with_boxes(pictures) if getattr(network, "sees_boxes", False) else pictures


def check_data(names: Iterable[str], *splits: str) -> None:
    """Refuse, before the first is opened, collections that are not there, by a picture of each."""
    for name, _ in map(share_of, names):
        for split in splits:
            data.open(name, split, MIN_SIDE, n=1)


def share_of(text: str) -> tuple[str, float | None]:
    """A collection and its share of a mixture: "NAME=2" is twice as much as "OTHER=1"; "NAME" has no share."""
    name, equals, share = text.rpartition("=")
    if not equals or Path(text).exists():
        return text, None
    try:
        return name, float(share)
    except ValueError:
        raise ValueError(f"--data {text}: give NAME, or NAME=SHARE with a number") from None


def names_of(options: argparse.Namespace) -> str:
    return "+".join(Path(name).name for name in options.data)
