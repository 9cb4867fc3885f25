"""A folder of pictures, one after the other: what is done already is not done again, and no bad file stops it."""

import argparse
import json
import os
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from colornb.commands._options import check_place, is_for_user, line, say, tell
from colornb.data._files import list_images
from colornb.files import atomic_write
from colornb.openraster import SUFFIX
from colornb.writing import SUFFIXES

FORMATS = ("png", "jpg", "webp", "tif", "ora")
OF_ONE = ("hint", "point", "scribble", "box", "hints", "regions", "sketch", "flat")  # options about one picture
# What changes the pictures that come out.
SETTINGS = ("weights", "kind", "size", "max_side", "detect", "format", "palette", "vividness", "strength", "warmth")
RECORD = "colornb-batch.json"  # in the folder of results: how they are painted; as old as the first of them


class Job(NamedTuple):
    """A picture, and where it goes."""

    source: Path
    place: Path


def color_folder(options: argparse.Namespace, color: Callable[[Path, Path], None]) -> int:
    """Paint all pictures of a folder that are not yet painted; the exit status, 1 where some could not be.

    `color(source, place)` paints one and writes it, whole or not at all.
    """
    folder, out = Path(options.picture).expanduser(), options.out.expanduser()
    _check(options, folder, out)
    jobs = _plan(folder, out, options.format or FORMATS[0])
    since = _open_record(options, out, jobs)
    left = [job for job in jobs if not _is_done(job, since)]
    if len(left) < len(jobs):
        say(f"{len(jobs) - len(left)} of {len(jobs)} pictures are there already: going on with the others")
    failed = _color_all(left, color)
    for source, reason in failed.items():
        say(f"not painted: {source}: {reason}")
    tell(f"{out} ({len(jobs) - len(failed)} of {len(jobs)} pictures)")
    return 1 if failed else 0


def _color_all(jobs: Sequence[Job], color: Callable[[Path, Path], None]) -> dict[Path, str]:
    """Paint them one after the other; those that could not be, and why."""
    from tqdm import tqdm

    failed: dict[Path, str] = {}
    shape = "{desc}{percentage:3.0f}%|{bar}| {n_fmt}/{total_fmt} [{elapsed}<{remaining}{postfix}]"
    with tqdm(jobs, bar_format=shape, mininterval=0.5) as bar:
        for job in bar:
            bar.set_postfix_str(job.source.name)
            try:
                job.place.parent.mkdir(parents=True, exist_ok=True)
                color(*job)
            except Exception as error:
                if not is_for_user(error):
                    raise
                failed[job.source] = line(error)
    return failed


def _check(options: argparse.Namespace, folder: Path, out: Path) -> None:
    """Refuse, before anything is painted, what means nothing for a folder, and places that cannot be."""
    if given := [option for option in OF_ONE if getattr(options, option)]:
        raise ValueError(f"--{given[0]} is about one picture: leave it out for a folder")
    if options.detect and not options.weights:
        raise ValueError("--detect needs a model that colours by instance: choose it by --weights")
    if out.suffix.lower() in (*SUFFIXES, SUFFIX) and not out.is_dir():
        raise ValueError(f"--out {options.out} is the name of one picture: give that of a folder for all of {folder}")
    check_place(out, folder=True)
    inside, outside = folder.resolve(), out.resolve()
    if inside == outside or inside.is_relative_to(outside):
        raise ValueError(f"--out {out} holds the pictures themselves: give another folder")


def _plan(folder: Path, out: Path, kind: str) -> list[Job]:
    """Where each picture goes: by its path inside the folder; two that differ by their endings alone keep these."""
    there = out.resolve()
    sources = [path for path in list_images(folder, also=(".ora",)) if not path.resolve().is_relative_to(there)]
    if not sources:
        raise ValueError(f"no pictures in {folder}: give a folder with some, or one picture")
    stems = [path.relative_to(folder).with_suffix("") for path in sources]
    shared = Counter(str(stem).lower() for stem in stems)
    names = [
        stem.name if shared[str(stem).lower()] == 1 else path.name for stem, path in zip(stems, sources, strict=True)
    ]
    places = (out / stem.parent / f"{name}.{kind}" for stem, name in zip(stems, names, strict=True))
    return list(map(Job, sources, places))


def _open_record(options: argparse.Namespace, out: Path, jobs: Sequence[Job]) -> float:
    """Since when pictures are painted as they shall be; what was painted otherwise, or is not ours, is refused."""
    record, now = out / RECORD, {name: value for name in SETTINGS if (value := getattr(options, name)) is not None}
    if options.palette:
        now["palette"] = list(options.palette.colors)
    before = None if options.force else _read_record(record)
    there = [job.place for job in jobs if os.path.lexists(job.place)]
    if not options.force and before is None and there:
        raise ValueError(f"{there[0]} is there already: give an empty folder, or --force to write over it")
    if before not in (None, now):
        others = ", ".join(f"--{name.replace('_', '-')}" for name in now | before if before.get(name) != now.get(name))
        raise ValueError(f"{out} was painted with another {others}: give another --out, or --force")
    if before is None:
        atomic_write(record, json.dumps(now, indent=1).encode())
    return record.stat().st_mtime  # by the clock of the disk, as the pictures are


def _read_record(record: Path) -> dict[str, Any] | None:
    """How the pictures that are there were painted, None without a record. Raises ValueError for a file of others."""
    try:
        settings = json.loads(record.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (ValueError, RecursionError):
        settings = None
    if not isinstance(settings, dict) or "max_side" not in settings:  # which every record has
        raise ValueError(f"{record} is not of this command: give another --out, or --force to write over it")
    return settings


def _is_done(job: Job, since: float) -> bool:
    """Whether it was painted in this batch, and has not changed since."""
    return job.place.is_file() and job.place.stat().st_mtime >= max(since, job.source.stat().st_mtime)
