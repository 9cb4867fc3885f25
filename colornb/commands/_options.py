"""What several commands ask for, and how they refuse what cannot be."""

import argparse
import os
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch

from colornb import data

MIN_SIDE = 32  # pixels: on smaller pictures the discriminator has nothing left to look at
SHARED: dict[str, dict[str, Any]] = {  # options that several commands have
    "device": {"default": "auto", "help": "auto, cpu, cuda, or cuda:0, cuda:1 .."},
    "draw": {"type": int, "help": "draw line art at so many times the size, and shrink it"},
    "seed": {"type": int, "default": 0},
    "threads": {"type": int, "help": "CPU threads"},
}


def add_shared(add: argparse.ArgumentParser, *names: str) -> None:
    """Options of these names, as all commands have them."""
    for name in names:
        add.add_argument(f"--{name}", **SHARED[name])


def add_repeated(add: argparse.ArgumentParser, option: str, form: str, what: str) -> None:
    """An option that may be given several times; its values are a list, empty without any."""
    add.add_argument(option, action="append", default=[], metavar=form, help=f"{what}; repeat")


def say(text: str) -> None:
    print(f"colornb: {text}", file=sys.stderr)  # noqa: T201


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


def line(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror and error.filename:
        return f"{error.strerror}: {error.filename}"
    return " ".join(str(error).splitlines()) or type(error).__name__


def at_least(options: argparse.Namespace, **least: int) -> None:
    """Refuse numbers that are too small; those that were not given are None."""
    for name, number in least.items():
        value = getattr(options, name)
        if value is not None and value < number:
            raise ValueError(f"--{name.replace('_', '-')} {value}: give at least {number}")


def check_place(out: Path, folder: bool) -> None:
    """Refuse, before the work, a place that could not be written to after it."""
    if out.exists() and out.is_dir() != folder:
        raise ValueError(f"--out {out} is a {'file: give a folder' if folder else 'folder: give a file in it'}")
    nearest = next(place for place in out.absolute().parents if place.exists())
    if not nearest.is_dir():
        raise ValueError(f"--out {out} lies inside a file, {nearest}: give another place")
    if not os.access(out if out.exists() else nearest, os.W_OK):
        raise ValueError(f"--out {out} must not be written to: give another place")


def device_of(name: str) -> torch.device:
    """The device of a name; "auto" is a GPU where there is one."""
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    if not re.fullmatch(r"(cpu|mps|cuda(:\d+)?)", name):
        raise ValueError(f"--device {name}: give auto, cpu, mps, cuda, or cuda:0, cuda:1 ..")
    if name.startswith("cuda") and not torch.cuda.is_available():
        raise ValueError("no CUDA device here: use --device cpu")
    if name == "mps" and not torch.backends.mps.is_available():
        raise ValueError("no MPS device here: use --device cpu")
    device = torch.device(name)
    if device.type == "cuda" and (device.index or 0) >= torch.cuda.device_count():
        raise ValueError(f"no device {name} here: use cuda:0 to cuda:{torch.cuda.device_count() - 1}")
    return device


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
