"""COCO-Stuff: photographs of everyday scenes."""

from pathlib import Path

from colornb.data._base import Pictures, check_split
from colornb.data._files import held_out, locate, under
from colornb.data._folder import open_files

GET = "get train2017.zip and val2017.zip from cocodataset.org (Download), and unpack them there"


def load(
    split: str = "train",
    size: int = 64,
    seed: int = 0,
    *,
    root: str | Path | None = None,
    fit: str = "crop",
    keep_gray: bool | None = None,
    n: int | None = None,
) -> Pictures:
    """COCO-Stuff: the photographs of COCO 2017, in the edge-enhancing paper (Sec. 4).

    train2017 is train (91%) and val (9%, by the name of the file); val2017, with 5 000 pictures, is
    test, as in Su et al. (instance-aware colorization). Flickr photographs under various Creative
    Commons licences.

    Args:
        split: "train", "val" or "test".
        size: Side of the squares, in pixels.
        seed: Without effect.
        root: The folder that holds train2017/ and val2017/, or images/ with both; None is
            $COLORNB_DATA/coco_stuff, else data/coco_stuff.
        fit: "crop" keeps the proportions; "stretch" squashes.
        keep_gray: Keep pictures without colour; None keeps those of test, where the published list counts.
        n: At most so many files, a fixed random choice.

    Raises:
        FileNotFoundError: It is not there.
    """
    check_split("coco_stuff", split)
    part = "val2017" if split == "test" else "train2017"
    (folder,) = locate("coco_stuff", root, [f"{part}|images/{part}"], GET)
    paths = under(folder)
    paths = held_out(paths, folder, split)
    keep = split == "test" if keep_gray is None else keep_gray
    return open_files("coco_stuff", split, size, folder, paths, fit=fit, keep_gray=keep, n=n)
