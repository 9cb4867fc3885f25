"""Danbooru: a large collection of anime illustrations."""

from pathlib import Path

from colornb.data._base import Pictures, check_split
from colornb.data._files import locate, shared, under
from colornb.data._folder import open_files

GET = "get the 512px SFW part of Danbooru20xx (gwern.net/danbooru2021), and keep its folders 0000 .. 0999"


def load(
    split: str = "train",
    size: int = 64,
    seed: int = 0,
    *,
    root: str | Path | None = None,
    fit: str = "crop",
    keep_gray: bool = False,
    n: int | None = None,
) -> Pictures:
    """Danbooru, in the sketch experiments of the edge-enhancing paper (Sec. 5): anime illustrations of every kind.

    Any arrangement of folders will do. The pictures belong to their artists, who mostly allow no
    copying, so they are for research on your own machine only. For a cleaner choice of single
    characters see `tag2pix`.

    Args:
        split: "train", "val" or "test", 81:9:10 by the name of the file.
        size: Side of the squares, in pixels.
        seed: Without effect.
        root: Its folder; None is $COLORNB_DATA/danbooru, else data/danbooru.
        fit: "crop" keeps the proportions; "stretch" squashes.
        keep_gray: Keep pictures without colour, of which there are many.
        n: At most so many files, a fixed random choice.

    Raises:
        FileNotFoundError: It is not there.
    """
    check_split("danbooru", split)
    (base,) = locate("danbooru", root, ["512px|."], GET)
    paths = under(base)
    paths = shared(paths, base, split)
    return open_files("danbooru", split, size, base, paths, fit=fit, keep_gray=keep_gray, n=n)
