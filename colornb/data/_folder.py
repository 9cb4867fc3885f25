"""From a folder on disk to the pictures of one split: which files, which line art, in which order."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from colornb.data._base import SPLITS, Pictures, check_split
from colornb.data._decode import Job, pictures
from colornb.data._files import content_keys, list_images, read_file_list, split_of, stat_keys

ALIASES = {"train": ("train", "training"), "val": ("val", "valid", "validation"), "test": ("test", "testing")}

Files = str | Path | Iterable[str | Path]


def open_folder(
    name: str,
    split: str,
    size: int,
    root: str | Path,
    *,
    files: Files | None = None,
    fit: str = "crop",
    sketches: str | Path | bool | None = None,
    keep_gray: bool = False,
    n: int | None = None,
) -> Pictures:
    """What `colornb.data.folder.load` describes, for any dataset that is a folder."""
    check_split(name, split, (*SPLITS, "all"))
    base = Path(root).expanduser()
    if not base.is_dir():
        raise FileNotFoundError(f"no folder {base}: give the path of a folder of pictures as root")
    parts = {} if files is not None else _parts(base)
    if parts and split not in (*parts, "all"):
        raise ValueError(f"{base} has the sub-folders {', '.join(parts)} and no {split}: make one, or take 'all'")
    places = ([*parts.values()] if split == "all" else [parts[split]]) if parts else [base]
    paths = [p for at in places for p in list_images(_color(at))] if files is None else read_file_list(files, base)
    if not paths:
        raise ValueError(f"no pictures in {', '.join(map(str, places))}: put .jpg, .png, .webp .. files there")
    keys = content_keys(paths, base)
    chosen = [i for i, key in enumerate(keys) if split == "all" or parts or split_of(key) == split]
    if not chosen:
        raise ValueError(f"none of the {len(paths)} pictures in {base} falls into {split!r}: add more, or take 'all'")
    chosen = _first(_once(chosen, keys), keys, n)
    paths, keys = [paths[i] for i in chosen], [keys[i] for i in chosen]
    lines = _line_art(paths, base, places, sketches)
    line_keys = content_keys(lines, base) if lines else []
    return pictures(name, split, base, Job(paths, keys, size, fit, keep_gray, lines, line_keys))


def open_files(
    name: str,
    split: str,
    size: int,
    root: Path,
    paths: Sequence[Path],
    *,
    fit: str = "crop",
    keep_gray: bool = False,
    n: int | None = None,
) -> Pictures:
    """The files of a published dataset, as they are: known by path, size and time, so that none is read to split.

    Raises:
        ValueError: No file at all; the folder is not what was expected.
    """
    if not paths:
        raise ValueError(f"{name} has no pictures for {split!r} in {root}: check that it was unpacked completely")
    keys = stat_keys(paths)
    chosen = _first(range(len(paths)), keys, n)
    job = Job([paths[i] for i in chosen], [keys[i] for i in chosen], size, fit, keep_gray)
    return pictures(name, split, root, job)


def _parts(base: Path) -> dict[str, Path]:
    """The folder of each split, where the folder is divided already: train, and val or test."""
    found = {s: base / a for s, names in ALIASES.items() for a in names if (base / a).is_dir()}
    return found if "train" in found and len(found) > 1 else {}


def _is_paired(place: Path) -> bool:
    return (place / "color").is_dir() and (place / "sketch").is_dir()


def _color(place: Path) -> Path:
    return place / "color" if _is_paired(place) else place


def _once(chosen: Iterable[int], keys: Sequence[str]) -> list[int]:
    """Leave out copies: the first of each content stays."""
    return list({keys[i]: i for i in reversed(list(chosen))}.values())[::-1]


def _first(chosen: Iterable[int], keys: Sequence[str], n: int | None) -> list[int]:
    """At most `n`, by their keys, so that files added later change few of them; in the order of the files."""
    chosen = list(chosen)
    return chosen if n is None else sorted(sorted(chosen, key=lambda i: keys[i])[:n])


def _line_art(
    paths: Sequence[Path], base: Path, places: Sequence[Path], sketches: str | Path | bool | None
) -> list[Path]:
    """The line art of each picture, found by its path inside the folder or by its stem alone."""
    if sketches is None and all(_is_paired(place) for place in places):
        folders = [place / "sketch" for place in places]
    elif isinstance(sketches, (str, Path)):
        folders = [Path(sketches).expanduser()]
    else:
        return []
    known = {place: {_stem(p, place): p for p in list_images(place)} for place in folders}
    found = [_partner(path, base, known) for path in paths]
    if lost := [path.name for path, line in zip(paths, found, strict=True) if line is None]:
        where = ", ".join(map(str, folders))
        raise FileNotFoundError(f"{len(lost)} pictures have no line art of that name in {where}: first {lost[0]}")
    return [line for line in found if line is not None]


def _partner(path: Path, base: Path, known: dict[Path, dict[str, Path]]) -> Path | None:
    for folder, stems in known.items():
        own = folder.parent / "color"
        inside = [_stem(path, b) for b in (own, base) if path.is_relative_to(b)]
        for stem in (*inside, path.stem):
            if stem in stems:
                return stems[stem]
    return None


def _stem(path: Path, base: Path) -> str:
    return path.relative_to(base).with_suffix("").as_posix()
