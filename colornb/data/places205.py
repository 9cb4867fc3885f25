"""Places205: photographs of scenes."""

from pathlib import Path

from colornb.data._base import Pictures, check_split
from colornb.data._files import held_out, listed, locate
from colornb.data._folder import open_files

GET = (
    "get imagesPlaces205_resize.tar.gz and trainvalsplit_places205.tar.gz from places.csail.mit.edu/downloadData.html, "
    "and unpack both there"
)


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
    """Places205: 2.5 million photographs of 205 kinds of scenes, in the edge-enhancing paper (Sec. 4).

    train_places205.csv is train (91%) and val (9%, by the name of the file); val_places205.csv,
    with 20 500 pictures, is test, as in Su et al. (instance-aware colorization). For non-commercial
    research and education.

    Args:
        split: "train", "val" or "test".
        size: Side of the squares, in pixels.
        seed: Without effect.
        root: The folder with the two lists and images256/ (at any of their usual depths); None is
            $COLORNB_DATA/places205, else data/places205.
        fit: "crop" keeps the proportions; "stretch" squashes.
        keep_gray: Keep pictures without colour; None keeps those of test, where the published list counts.
        n: At most so many files, a fixed random choice.

    Raises:
        FileNotFoundError: It is not there, or a listed picture is missing.
    """
    check_split("places205", split)
    table = f"{'val' if split == 'test' else 'train'}_places205.csv"
    places = [
        f"trainvalsplit_places205/{table}|{table}",
        "data/vision/torralba/deeplearning/images256|images256",
    ]
    csv, folder = locate("places205", root, places, GET)
    paths = listed(csv, folder)
    paths = held_out(paths, folder, split)
    keep = split == "test" if keep_gray is None else keep_gray
    return open_files("places205", split, size, folder, paths, fit=fit, keep_gray=keep, n=n)
