"""Summer2Winter Yosemite: one valley in two seasons."""

from pathlib import Path

from colornb.data._base import Pictures, check_split
from colornb.data._files import held_out, locate, under
from colornb.data._folder import open_files

GET = (
    "run `bash ./datasets/download_cyclegan_dataset.sh summer2winter_yosemite` of junyanz/pytorch-CycleGAN-and-pix2pix"
)
SEASONS = {"summer": ("A",), "winter": ("B",), "both": ("A", "B")}


def load(
    split: str = "train",
    size: int = 64,
    seed: int = 0,
    *,
    root: str | Path | None = None,
    season: str = "both",
    fit: str = "stretch",
    keep_gray: bool = True,
    n: int | None = None,
) -> Pictures:
    """Summer2Winter Yosemite of CycleGAN, in GuidingPainter's gray-scale experiments (supplement, Fig. 7).

    trainA (summer) and trainB (winter) are train (91%) and val (9%, by the name of the file); testA
    and testB are test. Flickr photographs whose licences are not stated: for research.

    Args:
        split: "train", "val" or "test".
        size: Side of the squares, in pixels.
        seed: Without effect.
        root: The folder that holds trainA/ ..; None is $COLORNB_DATA/yosemite, else data/yosemite.
        season: "summer", "winter" or "both".
        fit: "stretch" squashes, as the paper does; "crop" keeps the proportions.
        keep_gray: Keep pictures without colour, as the paper does.
        n: At most so many files, a fixed random choice.

    Raises:
        FileNotFoundError: It is not there.
        ValueError: Unknown split, season or fit.
    """
    check_split("yosemite", split)
    if season not in SEASONS:
        raise ValueError(f"yosemite has no season {season!r}: choose one of {', '.join(SEASONS)}")
    part = "test" if split == "test" else "train"
    folders = locate("yosemite", root, [part + letter for letter in SEASONS[season]], GET)
    base = folders[0].parent
    paths = [p for folder in folders for p in under(folder)]
    paths = held_out(paths, base, split)
    return open_files("yosemite", split, size, base, paths, fit=fit, keep_gray=keep_gray, n=n)
