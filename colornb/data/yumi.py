"""Yumi's Cells: pages of a web cartoon."""

from pathlib import Path

from colornb.data._base import Pictures, check_split
from colornb.data._files import locate
from colornb.data._folder import open_folder

GET = (
    "cut pages that you may use (it is a commercial web cartoon, which nobody passes on) into "
    "{train,val,test}/color/*.jpg, and line art of the same names into ../sketch"
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
    """Yumi's Cells, 10 000 pictures from 509 episodes, in both papers (GuidingPainter Sec. 4.1; edge paper Sec. 5).

    A few characters in ever new scenes, with speech bubbles, letters and gradients. The web cartoon
    is a commercial
    work: the papers' pictures were never published, and have to be cut from episodes one has the
    right to use. The layout is that of GuidingPainter's code:
    {train,val,test}/{color,sketch}/<number>.<ext>.

    Args:
        split: "train", "val" or "test", by sub-folder.
        size: Side of the squares, in pixels.
        seed: Without effect.
        root: Its folder; None is $COLORNB_DATA/yumi, else data/yumi.
        fit: "stretch" squashes, as the paper does; "crop" keeps the proportions.
        sketches: Another folder of line art; None takes the sub-folders sketch where they exist,
            False none.
        keep_gray: Keep pictures without colour, as the paper does.
        n: At most so many files, a fixed random choice.

    Raises:
        FileNotFoundError: It is not there, or line art is missing.
    """
    check_split("yumi", split)
    (folder,) = locate("yumi", root, [split], GET)
    found = open_folder("yumi", "all", size, folder, fit=fit, sketches=sketches, keep_gray=keep_gray, n=n)
    found.split = split
    return found
