"""Tag2Pix: anime illustrations of one character each."""

from pathlib import Path

from colornb.data._base import Pictures, check_split
from colornb.data._files import locate
from colornb.data._folder import open_folder

GET = (
    "choose and cut Danbooru pictures as github.com/blandocs/Tag2Pix tells, into {train,val,test}/color/*.png "
    "(and line art into ../sketch, same names)"
)


def load(
    split: str = "train",
    size: int = 64,
    seed: int = 0,
    *,
    root: str | Path | None = None,
    fit: str = "stretch",
    sketches: str | Path | bool | None = None,
    keep_gray: bool = True,
    n: int | None = None,
) -> Pictures:
    """Tag2pix, over 60 000 anime illustrations, in GuidingPainter (Sec. 4.1).

    One character on a simple background each, chosen from Danbooru by tags, in every pose and
    scale. The repository of Tag2Pix tells how to choose and prepare them; the pictures belong to
    their artists, who mostly allow no copying, so they are for research on your own machine only.
    The layout is that of GuidingPainter's code: {train,val,test}/{color,sketch}/<number>.<ext>.

    Args:
        split: "train", "val" or "test", by sub-folder.
        size: Side of the squares, in pixels.
        seed: Without effect.
        root: Its folder; None is $COLORNB_DATA/tag2pix, else data/tag2pix.
        fit: "stretch" squashes, as the paper does; "crop" keeps the proportions.
        sketches: Another folder of line art; None takes the sub-folders sketch where they exist,
            False none.
        keep_gray: Keep pictures without colour, as the paper does.
        n: At most so many files, a fixed random choice.

    Raises:
        FileNotFoundError: It is not there, or line art is missing.
    """
    check_split("tag2pix", split)
    (folder,) = locate("tag2pix", root, [split], GET)
    found = open_folder("tag2pix", "all", size, folder, fit=fit, sketches=sketches, keep_gray=keep_gray, n=n)
    found.split = split
    return found
