"""The factory of loaders: a published data set only says how to find the files of a split, and this does the rest."""

import inspect
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from colornb.data._base import Pictures, check_choice, check_split
from colornb.data._files import list_images, locate, split_by_path, train_val_split
from colornb.data._folder import open_files, open_folder

__all__ = ["Locate", "check_choice", "list_images", "published", "split_by_path", "train_val_split"]

SHARED = """

    Args:
        split: "train", "val" or "test".
        size: Side of the squares, in pixels.
        seed: Without effect.
        root: The folder of the data set; None is $COLORNB_DATA/{name}, else data/{name}.{own}
        fit: "stretch" squashes, as GuidingPainter does; "crop" keeps the proportions.
        keep_gray: Keep pictures without colour; None keeps those of test, where the published list counts.
        n: At most so many files, a fixed random choice.

    Raises:
        FileNotFoundError: It is not there; the line says how to get it.
        ValueError: Unknown split or choice.
    """
SKETCHES = "sketches: Another folder of line art; None takes the sub-folders sketch where they exist, False none."

Found = tuple[Path, Sequence[Path]] | Path
Locate = Callable[..., list[Path]]  # `locate` of `_files`, with name, root and the way to get the data filled in


def published(
    get: str, *, fit: str, keep_gray: bool | None, options: str = "", sketches: bool = False
) -> Callable[[Callable[..., Found]], Callable[..., Pictures]]:
    """Make the `load` of a published data set out of a function that finds the files of one split.

    The function gets a `Locate`, the split, and options of its own as keywords; it returns the folder of the data set
    and its files, or a folder alone, whose pictures (and line art, in GuidingPainter's layout) are all of the split.
    Its docstring says what the data set is; what all loaders have in common is written below it.

    Args:
        get: How to get the data, for the error where they are missing.
        fit: How pictures become squares by default, "crop" or "stretch".
        keep_gray: Whether pictures without colour stay by default; None: those of test alone.
        options: What they are, a line each, for the documentation.
        sketches: Whether it may own line art.
    """
    shared = {"fit": fit, "keep_gray": keep_gray, "n": None}
    if sketches:
        shared, options = {"sketches": None} | shared, SKETCHES

    def make(find: Callable[..., Found]) -> Callable[..., Pictures]:
        name = find.__module__.rpartition(".")[2]
        extra = [p for p in inspect.signature(find).parameters.values() if p.kind is p.KEYWORD_ONLY]
        extra += [inspect.Parameter(key, inspect.Parameter.KEYWORD_ONLY, default=shared[key]) for key in shared]

        def load(
            split: str = "train", size: int = 64, seed: int = 0, *, root: str | Path | None = None, **choices: Any
        ) -> Pictures:
            check_split(name, split)
            how = shared | {key: choices.pop(key) for key in shared if key in choices}
            if how["keep_gray"] is None:
                how["keep_gray"] = split == "test"
            found = find(partial(locate, name, root, get=get), split, **choices)
            if isinstance(found, Path):
                pictures = open_folder(name, "all", size, found, **how)
                pictures.split = split
                return pictures
            return open_files(name, split, size, *found, **how)

        load.__module__, load.__qualname__ = find.__module__, "load"
        own = options and f"\n        {options}"
        load.__doc__ = (find.__doc__ or name).rstrip() + SHARED.format(name=name, own=own)
        signature = inspect.signature(load)
        *known, _ = signature.parameters.values()
        load.__signature__ = signature.replace(parameters=[*known, *extra])  # what `colornb.data.options` reads
        return load

    return make
