"""Any folder of pictures."""

from pathlib import Path

from colornb.data._base import Pictures
from colornb.data._folder import Files, open_folder


def load(
    split: str = "train",
    size: int = 64,
    seed: int = 0,
    *,
    root: str | Path,
    files: Files | None = None,
    fit: str = "crop",
    sketches: str | Path | bool | None = None,
    keep_gray: bool = False,
    n: int | None = None,
) -> Pictures:
    """Any folder of pictures, searched to any depth: your own, or a collection that has no loader here.

    A folder with sub-folders train, val and test keeps that division. Otherwise 81% of the pictures
    are train, 9% val and 10% test, as in GuidingPainter (Sec. 4.1), told apart by their content:
    renaming, moving or adding files never moves a picture to another split. Copies of a picture
    count once. Files that do not decode and gray pictures are left out, each group with one
    warning. Squares are decoded once and kept in a cache ($COLORNB_CACHE, else
    $XDG_CACHE_HOME/colornb, else ~/.cache/colornb), which may be deleted at any time. The pictures
    are yours: their licences, too.

    Args:
        split: "train", "val", "test", or "all" of them.
        size: Side of the squares, in pixels.
        seed: Without effect: what is test data never depends on a seed.
        root: The folder.
        files: Only these files: a text file with one path per line, or the paths; absolute, or
            inside `root`.
        fit: "crop" scales the short side to `size` and keeps the centre; "stretch" squashes, as the
            papers do.
        sketches: A folder of line art, paired with the pictures by path or by stem. None pairs the
            sub-folders color and sketch of GuidingPainter's layout where they exist; False ignores
            line art.
        keep_gray: Keep pictures without colour.
        n: At most so many files, a fixed random choice.

    Raises:
        FileNotFoundError: No such folder, list or line art.
        ValueError: Unknown split or fit; no picture in the folder, or in this split.
    """
    return open_folder(
        "folder", split, size, root,
        files=files, fit=fit, sketches=sketches, keep_gray=keep_gray, n=n,
    )  # fmt: skip
