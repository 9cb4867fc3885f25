"""Decode picture files once: squares of uint8 in a cache file that later runs map into memory."""

import hashlib
import json
import mmap
import os
import sys
import warnings
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch

from colornb.checkpoints import cache_dir
from colornb.color import luma
from colornb.data._base import Pictures
from colornb.data._files import write_cache
from colornb.images import ImageError, is_gray, load_image, resize
from colornb.types import RGB

FITS = ("crop", "stretch")
AHEAD = 256  # files
NAMED = 20  # files that were left out are named, at most
NO_RESERVE = 0x4000  # Linux's MAP_NORESERVE, which Python has no name for before 3.13
VERSION = 3  # raise it when decoding changes: caches written before are then left alone


@dataclass(frozen=True)
class Job:
    """What to decode, and how: one cache file.

    `keys` name the contents of `paths`; `sketches` (and `sketch_keys`) are the paired line art, or
    empty.
    """

    paths: Sequence[Path]
    keys: Sequence[str]
    size: int
    fit: str = "crop"
    keep_gray: bool = False
    sketches: Sequence[Path] = ()
    sketch_keys: Sequence[str] = ()

    def key(self) -> str:
        """Changes whenever what would be decoded changes; names and places of files do not matter."""
        how = f"{VERSION}|{self.size}|{self.fit}|{self.keep_gray}"
        text = "|".join([how, *self.keys, "sketches", *self.sketch_keys])
        return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


@dataclass
class DecodeReport:
    """What became of each file: numbers of those kept, gray, not decodable, and with line art of another shape."""

    kept: list[int] = field(default_factory=list)
    gray: list[int] = field(default_factory=list)
    broken: list[int] = field(default_factory=list)
    misfit: list[int] = field(default_factory=list)


def pictures(name: str, split: str, root: Path, job: Job) -> Pictures:
    """The pictures of a job, from the cache or decoded now; what was left out is told in one warning each.

    Raises:
        ValueError: Nothing is left.
    """
    if job.fit not in FITS:
        raise ValueError(f"{name} cannot fit by {job.fit!r}: choose one of {', '.join(FITS)}")
    report, planes = _cached(job) or _decoded(job, name)
    if not report.kept:
        raise ValueError(f"{name}: none of the {len(job.paths)} pictures of {root} is usable in {split!r}")
    names = [_name(job.paths[i], root) for i in report.kept]
    pixels = torch.from_numpy(planes)
    return Pictures(name, split, pixels[:, :3], pixels[:, 3:] if job.sketches else None, names)


def _name(path: Path, root: Path) -> str:
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else path.as_posix()


def _cached(job: Job) -> tuple[DecodeReport, np.ndarray] | None:
    base = cache_dir() / "pictures" / job.key()
    try:
        report = DecodeReport(**json.loads(base.with_suffix(".json").read_text(encoding="utf-8")))
        if not report.kept:
            return report, np.empty(0, np.uint8)
        flat = _mapped(base.with_suffix(".rgb.raw"))
        return report, flat.reshape(len(report.kept), 4 if job.sketches else 3, job.size, job.size)
    except (OSError, ValueError, TypeError):
        return None


def _mapped(file: Path) -> np.ndarray:
    """The bytes of a file: whoever writes to them has a copy, as torch wants it, and the file stays as it is.

    Linux is told to set no memory aside for such copies: it has none for those of a million pictures.
    """
    with file.open("rb") as stream:
        if sys.platform == "linux":
            prot = mmap.PROT_READ | mmap.PROT_WRITE
            return np.frombuffer(mmap.mmap(stream.fileno(), 0, mmap.MAP_PRIVATE | NO_RESERVE, prot), np.uint8)
        return np.frombuffer(mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_COPY), np.uint8)


def _decoded(job: Job, name: str) -> tuple[DecodeReport, np.ndarray]:
    base = cache_dir() / "pictures" / job.key()
    try:
        base.parent.mkdir(parents=True, exist_ok=True)
        with warnings.catch_warnings():  # PIL's are kept in by load_image, but not safely so among threads
            report = _write(job, base.with_suffix(".rgb.raw"))
        write_cache(base.with_suffix(".json"), json.dumps(vars(report)).encode())
        if cached := _cached(job):
            _warn_left_out(report, job, name)
            return cached
    except OSError as error:
        warnings.warn(
            f"cannot write to {base.parent} ({error.strerror}): pictures are decoded into memory, every time anew; "
            "set COLORNB_CACHE to a folder with room",
            stacklevel=2,
        )
    report = DecodeReport()
    with warnings.catch_warnings():
        rows = list(_squares(job, report))
    _warn_left_out(report, job, name)
    return report, np.array(rows)


def _write(job: Job, file: Path) -> DecodeReport:
    """Decode into a file of bytes, picture after picture, so that a full disk is an error and not a crash."""
    report, draft = DecodeReport(), file.with_name(f".{file.name}.{os.getpid()}")
    try:
        with draft.open("wb") as stream:
            for row in _squares(job, report):
                stream.write(row.tobytes())
        draft.replace(file)
    finally:
        draft.unlink(missing_ok=True)
    return report


def _warn_left_out(report: DecodeReport, job: Job, name: str) -> None:
    for numbers, what in (
        (report.broken, "left out that could not be decoded"),
        (report.gray, "left out that have no colour (keep_gray=True keeps them)"),
        (report.misfit, "left out whose line art has another shape (crop both alike)"),
    ):
        if numbers:
            first = ", ".join(job.paths[i].name for i in numbers[:NAMED]) + (" .." if len(numbers) > NAMED else "")
            warnings.warn(f"{name}: {len(numbers)} of {len(job.paths)} pictures {what}: {first}", stacklevel=2)


def _squares(job: Job, report: DecodeReport) -> Iterator[np.ndarray]:
    """Decode in a small pool of threads, a few hundred files ahead at most, in order."""
    total = len(job.paths)
    with ThreadPoolExecutor(min(8, os.cpu_count() or 1)) as pool:
        for start in range(0, total, AHEAD):
            numbers = range(start, min(start + AHEAD, total))
            for i, found in zip(numbers, pool.map(lambda i: _attempt(job, i), numbers), strict=True):
                if isinstance(found, str):
                    getattr(report, found).append(i)
                else:
                    report.kept.append(i)
                    yield found


def _attempt(job: Job, i: int) -> np.ndarray | str:
    """The square of picture `i`, with its line art as a fourth plane, or the word for why it is left out."""
    try:
        whole = _read(job.paths[i], job)
        rgb = _square(whole, job)
        if not job.keep_gray and is_gray(rgb):
            return "gray"
        planes = [rgb]
        if job.sketches:
            lines = _read(job.sketches[i], job)
            if not _fits(whole, lines, job):
                return "misfit"
            planes.append(luma(_square(lines, job)))
        return (torch.cat(planes, 1)[0] * 255).round().to(torch.uint8).numpy()
    except ImageError:
        return "broken"


def _read(path: Path, job: Job) -> RGB:
    """A picture with a shorter side as long as the square's, where it is so large."""
    rgb = load_image(path, max_side=2 * job.size)
    if min(rgb.shape[-2:]) < job.size:  # a small picture, or a long strip that was shrunk too far
        rgb = load_image(path, max_side=None)
    return rgb


def _fits(rgb: RGB, lines: RGB, job: Job) -> bool:
    """Whether a picture and its line art, each cut to a square, show the same: their shapes differ by rounding only."""
    if job.fit == "stretch":
        return True
    long, own = (max(planes.shape[-2:]) * job.size / min(planes.shape[-2:]) for planes in (rgb, lines))
    upright = [planes.shape[-2] > planes.shape[-1] for planes in (rgb, lines)]
    return abs(long - own) <= max(2, job.size / 64) and (upright[0] == upright[1] or long - job.size < 2)


def _square(rgb: RGB, job: Job) -> RGB:
    if job.fit == "stretch":
        return resize(rgb, (job.size, job.size))
    rgb = resize(rgb, job.size)
    top, left = ((side - job.size) // 2 for side in rgb.shape[-2:])
    return rgb[..., top : top + job.size, left : left + job.size]
