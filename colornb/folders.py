"""A folder of pictures, painted one after the other: what is done is not done again, and no bad file stops it."""

import json
import os
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, NamedTuple

from colornb.data._files import list_images
from colornb.files import atomic_write
from colornb.images import MAX_SIDE, load_with_metadata, size_of
from colornb.openraster import save_painting
from colornb.refusals import is_for_user, line
from colornb.toning import Toning
from colornb.types import RGB

FORMATS = ("png", "jpg", "webp", "tif", "ora")
RECORD = "colornb-batch.json"  # in the folder of results: how they are painted; as old as the first of them


@dataclass(frozen=True)
class Manner:
    """How all pictures of a folder are painted: whatever changes what comes out.

    `weights` None is the model for the kind of each picture; `size`, `max_side` and `detect` are those of `colorize`.
    """

    weights: str | None = None
    kind: str = "auto"
    size: int | None = None
    max_side: int = MAX_SIDE
    detect: bool = False
    format: str = FORMATS[0]
    toning: Toning = Toning()

    def to_dict(self) -> dict[str, Any]:
        """What differs from the default, and `max_side`, JSON-able."""
        own = {field.name: getattr(self, field.name) for field in fields(self) if field.name != "toning"}
        changed = {name: value for name, value in own.items() if name == "max_side" or value != PLAIN[name]}
        return changed | {name: _plain(value) for name, value in self.toning.to_dict().items()}


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


PLAIN = {field.name: field.default for field in fields(Manner) if field.name != "toning"}
PLAIN |= {field.name: _plain(field.default) for field in fields(Toning)}


class Job(NamedTuple):
    """A picture, and where it goes."""

    source: Path
    place: Path

    def run(self, color: Callable[[Path, Path], None]) -> str:
        """Paint it by `color(source, place)`, which writes it whole or not at all; why it could not be, or ""."""
        try:
            self.place.parent.mkdir(parents=True, exist_ok=True)
            color(self.source, self.place)
        except Exception as error:
            if not is_for_user(error):
                raise
            return line(error)
        return ""


class Models:
    """What paints the pictures of a folder: `load(name)` gives each `Colorizer` when the first picture needs it.

    `choose(image, kind)` names the model for a picture where the manner does not, and `look(colorizer, image)` is for
    what else is to be done with one before it is painted. `used` counts the pictures of each, and `shrunk` those that
    were read smaller than they are.
    """

    def __init__(
        self,
        manner: Manner,
        load: Callable[[str], Any],
        choose: Callable[[RGB, str], str],
        look: Callable[[Any, RGB], None] | None = None,
    ) -> None:
        self._manner, self._load, self._choose, self._look = manner, load, choose, look
        self._loaded: dict[str, Any] = {}
        self.used: Counter[str] = Counter()
        self.shrunk = 0
        if manner.weights:
            self._open(manner.weights)

    def color(self, source: Path, place: Path) -> None:
        """Paint one picture and write it. Raises ValueError or OSError, in one line."""
        image, metadata = load_with_metadata(source, self._manner.max_side)
        name = self._manner.weights or self._choose(image, self._manner.kind)
        colorizer = self._open(name)
        colorizer.set_image(image, self._manner.kind)
        if self._look is not None:
            self._look(colorizer, image)
        save_painting(colorizer, [], place, metadata)
        self.used[name] += 1
        self.shrunk += max(size_of(source)) > max(image.shape[-2:])

    def _open(self, name: str) -> Any:
        if name not in self._loaded:
            self._loaded[name] = self._load(name)
            self._loaded[name].toning = self._manner.toning
        return self._loaded[name]


def plan(folder: Path, out: Path, manner: Manner, force: bool = False, or_force: str = "") -> tuple[list[Job], int]:
    """The pictures of a folder that are still to be painted into another one, and how many are there already.

    `force` writes over what was painted otherwise, or is not ours, which is refused without it; `or_force` says how to
    ask for that, after the other way out. Raises ValueError, in one line, before anything is painted.
    """
    _check(folder, out)
    jobs = _all_jobs(folder, out, manner.format)
    since = _open_record(manner, _way(folder, out), out, jobs, force, or_force)
    left = [job for job in jobs if not _is_done(job, since)]
    return left, len(jobs) - len(left)


def _check(folder: Path, out: Path) -> None:
    """Refuse places that cannot be."""
    if not folder.is_dir():
        raise ValueError(f"{folder} is no folder: give one with pictures")
    if out.suffix[1:].lower() in (*FORMATS, "jpeg", "tiff") and not out.is_dir():
        raise ValueError(f"{out} is the name of one picture: give that of a folder for all of {folder}")
    inside, outside = folder.resolve(), out.resolve()
    if inside == outside or inside.is_relative_to(outside):
        raise ValueError(f"{out} holds the pictures themselves: give another folder")


def _all_jobs(folder: Path, out: Path, suffix: str) -> list[Job]:
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
    places = (out / stem.parent / f"{name}.{suffix}" for stem, name in zip(stems, names, strict=True))
    return list(map(Job, sources, places))


def _way(folder: Path, out: Path) -> str:
    """The way from the results to their pictures, which stays when both are moved together."""
    with suppress(ValueError):  # another drive
        return Path(os.path.relpath(folder.resolve(), out.resolve())).as_posix()
    return folder.resolve().as_posix()


def _open_record(manner: Manner, way: str, out: Path, jobs: Sequence[Job], force: bool, or_force: str) -> float:
    """Since when pictures are painted as they shall be; what was painted otherwise, or is not ours, is refused."""
    record = out / RECORD
    before = None if force else _read_record(record, or_force)
    there = [job.place for job in jobs if os.path.lexists(job.place)]
    if not force and before is None and there:
        raise ValueError(f"{there[0]} is there already: give an empty folder{or_force}")
    if before is not None and (other := before.pop("folder", way)) != way:  # whose pictures may have the same names
        raise ValueError(f"{out} holds pictures of {os.path.normpath(out / str(other))}: give another folder{or_force}")
    if before is not None and (others := _differing(before, manner.to_dict())):
        raise ValueError(f"{out} was painted with another {', '.join(others)}: give another folder{or_force}")
    if before is None:
        try:
            atomic_write(record, json.dumps({"folder": way} | manner.to_dict(), indent=1).encode())
        except OSError as error:
            raise ValueError(f"cannot write to {out}: {error.strerror or error}, give another folder") from None
    return record.stat().st_mtime  # by the clock of the disk, as the pictures are


def _differing(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """What two folders are painted otherwise by, as it is called in a sentence."""
    one, other = ({**PLAIN, **settings} for settings in (before, now))
    return ["model" if n == "weights" else n.replace("_", " ") for n in other | one if one.get(n) != other.get(n)]


def _read_record(record: Path, or_force: str) -> dict[str, Any] | None:
    """How the pictures that are there were painted, None without a record. Raises ValueError for a file of others."""
    try:
        settings = json.loads(record.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (ValueError, RecursionError):
        settings = None
    except OSError as error:
        raise ValueError(f"cannot read {record}: {error.strerror or error}, give another folder") from None
    if not isinstance(settings, dict) or "max_side" not in settings:  # which every record has
        raise ValueError(f"{record} is not of this command: give another folder{or_force}")
    return settings


def _is_done(job: Job, since: float) -> bool:
    """Whether it was painted in this batch, and has not changed since."""
    return job.place.is_file() and job.place.stat().st_mtime >= max(since, job.source.stat().st_mtime)
