"""Picture files: find them, know them by their content, share them out into train, val and test."""

import hashlib
import json
import os
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

from colornb.checkpoints import cache_dir
from colornb.files import atomic_write

# Formats that PIL knows by name, but opens only with programs that are not here, or not at all.
NO_PICTURES = {"BUFR", "EPS", "FITS", "GRIB", "HDF5", "MPEG", "PDF", "WMF"}
SPLIT_ENDS = {"train": 0.81, "val": 0.90, "test": 1.0}  # upper ends: 81:9:10, as in GuidingPainter (Sec. 4.1)


def locate(name: str, root: str | Path | None, *places: str, get: str) -> list[Path]:
    """Folders of a published dataset: the first of `places` inside `root`, of each group of alternatives.

    Args:
        name: Name of the dataset.
        root: Its folder; None looks for one named `name` in $COLORNB_DATA, or in ./data.
        *places: Wanted sub-folders; "a|b" takes the first that exists, "." is the folder itself.
        get: How to get the data, for the error.

    Raises:
        FileNotFoundError: Something is missing; the line says what, and how to get it.
    """
    base = Path(root or Path(os.environ.get("COLORNB_DATA", "data")) / name).expanduser()
    found = []
    for place in places:
        there = [base / p for p in place.split("|") if (base / p).exists()]
        if not there:
            missing = base if place == "." else base / place.split("|")[0]
            raise FileNotFoundError(
                f"{name} is not here ({missing} is missing): "
                f"give its folder as root, or put it at $COLORNB_DATA/{name}, or {get}"
            )
        found.append(there[0])
    return found


def list_images(folder: Path, also: Iterable[str] = ()) -> list[Path]:
    """Every picture file inside a folder, at any depth, sorted; names that begin with a dot are left out.

    Pictures are known by their endings: those of all formats that PIL can read, and those that are named.
    """
    found, suffixes = [], known_suffixes().union(also)
    above: dict[str, set[str]] = {}  # the folders on the way to each, whatever links led there
    for here, folders, files in os.walk(folder, followlinks=True):
        way = above[here] = above.get(os.path.dirname(here), set()) | {os.path.realpath(here)}
        folders[:] = [f for f in folders if not f.startswith(".") and not _leads_up(os.path.join(here, f), way)]
        found += [Path(here, f) for f in files if not f.startswith(".") and os.path.splitext(f)[1].lower() in suffixes]
    return sorted(found, key=lambda path: path.parts)  # as paths are, which take far longer to compare


def _leads_up(folder: str, way: set[str]) -> bool:
    """Whether a link leads to a folder that holds one of these: nobody would come to an end there."""
    place = os.path.realpath(folder)
    return any(os.path.commonpath([place, other]) == place for other in way)


@cache
def known_suffixes() -> frozenset[str]:
    """The endings, in small letters, of the formats that can be read."""
    from PIL import Image

    known = Image.registered_extensions().items()
    return frozenset(suffix for suffix, name in known if name in Image.OPEN and name not in NO_PICTURES)


def read_file_list(files: str | Path | Iterable[str | Path], root: Path) -> list[Path]:
    """The files of a list, in its order: paths (absolute or inside `root`), or a text file with one path per line.

    What follows the first blank of a line (often a label) is dropped where the whole line is no
    file.

    Raises:
        FileNotFoundError: The list, or a file it names, does not exist.
    """
    if isinstance(files, (str, Path)):
        if not Path(files).is_file():
            raise FileNotFoundError(f"no list of files at {files}: give a text file with one path per line")
        lines = Path(files).read_text(encoding="utf-8").splitlines()
        files = [line.strip() for line in lines if line.strip() and not line.startswith("#")]
    paths = [_existing(str(f), root) for f in files]
    if lost := [str(f) for f, path in zip(files, paths, strict=True) if path is None]:
        more = f" (and {len(lost) - 1} more)" if len(lost) > 1 else ""
        raise FileNotFoundError(f"{lost[0]}{more} is in the list but not in {root}: mend the list")
    return [path for path in paths if path is not None]


def _existing(line: str, root: Path) -> Path | None:
    return next((p for p in (root / line, root / line.split()[0]) if p.is_file()), None)


def split_of(key: str) -> str:
    """The split that a hexadecimal key falls into: 81% train, 9% val, 10% test; it depends on nothing else."""
    share = int(key[:8], 16) / 2**32
    return next(split for split, end in SPLIT_ENDS.items() if share < end)


def name_keys(paths: Sequence[Path], root: Path) -> list[str]:
    """A key per file from its path inside `root` alone: quick, for datasets whose file names never change."""
    return [_hash(os.fsencode(path.relative_to(root).as_posix())) for path in paths]


def split_by_path(paths: Sequence[Path], root: Path, split: str) -> list[Path]:
    """The files of a split, 81:9:10, by their paths inside `root`."""
    return [p for p, key in zip(paths, name_keys(paths, root), strict=True) if split_of(key) == split]


def train_val_split(paths: Sequence[Path], root: Path, split: str) -> list[Path]:
    """Of published training files, 9% for "val" and the others for "train", by path; all of them for "test"."""
    return [
        path
        for path, key in zip(paths, name_keys(paths, root), strict=True)
        if split == "test" or (split_of(key) == "val") == (split == "val")
    ]


def stat_keys(paths: Sequence[Path]) -> list[str]:
    """A key per file from its path, size and time: quick, to know again what was decoded before."""
    return [_hash(b"%b|%b" % (os.fsencode(path.absolute()), _stamp(path).encode())) for path in paths]


def _stamp(path: Path) -> str:
    """Size and time of a file; nothing for one that is gone, or a link to nowhere: decoding fails, and names it."""
    try:
        known = path.stat()
    except OSError:
        return ""
    return f"{known.st_size}|{known.st_mtime_ns}"


def content_keys(paths: Sequence[Path], root: Path) -> list[str]:
    """A key per file from its content. A file that cannot be read gets the key of its name, and fails at decoding.

    Keys are remembered in the cache by path, size and time, so that a large folder is read through
    only once.
    """
    memory = cache_dir() / "keys" / f"{_hash(os.fsencode(root.absolute()))}.json"
    try:
        known = json.loads(memory.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        known = {}
    stamps = stat_keys(paths)
    fresh = [(p, s) for p, s in zip(paths, stamps, strict=True) if s not in known]
    if fresh:
        with ThreadPoolExecutor(8) as pool:
            known |= dict(zip((s for _, s in fresh), pool.map(_read, (p for p, _ in fresh)), strict=True))
        write_cache(memory, json.dumps(known).encode())
    return [known[s] for s in stamps]


def write_cache(path: Path, data: bytes) -> None:
    """Write a file of the cache; a cache that cannot be written is no error, only slower."""
    try:
        atomic_write(path, data)
    except OSError:
        return


def _read(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=16)).hexdigest()
    except OSError:
        return _hash(os.fsencode(path))


def _hash(data: bytes) -> str:
    return hashlib.blake2b(data, digest_size=16).hexdigest()
