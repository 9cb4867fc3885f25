"""Datasets, one per file: the file's name is the dataset's name.

Every public module here has a function `load(split, size, seed, **options) -> Dataset`; `open`
finds it by name. A new dataset is one new file.
"""

import inspect
from numbers import Integral
from pathlib import Path
from typing import Any

from colornb._discover import module, modules
from colornb.data._augment import CROP, RATIO, Jitter, augment, check_ranges, jitter
from colornb.data._base import Dataset, Pictures
from colornb.data._derived import concat, mix, with_boxes, with_sketches

__all__ = [
    "CROP", "RATIO", "Dataset", "Jitter", "Pictures", "augment", "concat", "check_ranges", "jitter", "list_datasets",
    "mix", "open", "options", "with_boxes", "with_sketches",
]  # fmt: skip


def list_datasets() -> list[str]:
    """Names that `open` knows, sorted."""
    return modules(__name__)


def options(name: str) -> dict[str, Any]:
    """Options of the dataset `name` beyond split, size and seed, and their defaults."""
    parameters = inspect.signature(module(__name__, name, "dataset").load).parameters
    return {k: p.default for k, p in parameters.items() if k not in ("split", "size", "seed")}


def open(name: str | Path, split: str = "train", size: int = 64, seed: int = 0, **kw: Any) -> Dataset:
    """Open a dataset by name, or any folder of pictures by its path.

    Args:
        name: One of `list_datasets()`, or a directory (which opens `folder`).
        split: "train", "val" or "test" (81:9:10 unless the dataset says otherwise).
        size: Side of the square pictures, in pixels.
        seed: Seeds what is drawn at random; it never moves a picture from one split to another.
        **kw: Options of that dataset, see `options(name)`.

    Raises:
        ValueError: Unknown name, split or option, and the line lists the choices; a size, or an `n`, below 1.
        FileNotFoundError: The pictures are not there; the line says how to get them.
    """
    if str(name) not in list_datasets() and (Path(name).is_dir() or "/" in str(name)):
        name, kw = "folder", {"root": name, **kw}
    if str(name) == "folder" and "root" not in kw:
        raise ValueError("'folder' is no collection: give the path of a folder of pictures")
    source, known = module(__name__, str(name), "dataset or folder"), options(str(name))
    if unknown := sorted(kw.keys() - known.keys()):
        choices = ", ".join(known) or "none"
        raise ValueError(f"{name} has no option {unknown[0]!r}: choose from {choices}")
    for what, number in {"size": size, "n": kw.get("n")}.items():
        if number is not None and (not isinstance(number, Integral) or number < 1):
            raise ValueError(f"{name} cannot have {what}={number!r}: give a whole number from 1")
    return source.load(split, size, seed, **kw)
