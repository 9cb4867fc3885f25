"""ImageNet Car: the cars among ImageNet's photographs."""

from collections.abc import Sequence
from pathlib import Path

from colornb.data._base import Pictures, check_split
from colornb.data._files import locate, shared, under
from colornb.data._folder import open_files

GET = "get ILSVRC2012 after signing in at image-net.org, and unpack its training part into train/<synset>/"
SYNSETS = {
    "n02814533": "beach wagon",
    "n02930766": "cab",
    "n03100240": "convertible",
    "n03594945": "jeep",
    "n03670208": "limousine",
    "n03770679": "minivan",
    "n03777568": "Model T",
    "n04037443": "racer",
    "n04285008": "sports car",
}


def load(
    split: str = "train",
    size: int = 64,
    seed: int = 0,
    *,
    root: str | Path | None = None,
    synsets: Sequence[str] = tuple(SYNSETS),
    fit: str = "stretch",
    keep_gray: bool = True,
    n: int | None = None,
) -> Pictures:
    """ImageNet Car, in GuidingPainter's gray-scale experiments (supplement, Fig. 7).

    Deviation: the paper does not name the synsets it took; here they are the nine kinds of car
    among the thousand classes of ILSVRC2012. The photographs belong to their owners; the collection
    is for non-commercial research.

    Args:
        split: "train", "val" or "test", 81:9:10 by the name of the file.
        size: Side of the squares, in pixels.
        seed: Without effect.
        root: The folder that holds train/<synset>/; None is $COLORNB_DATA/imagenet_car, else
            data/imagenet_car.
        synsets: Folders to take.
        fit: "stretch" squashes, as the paper does; "crop" keeps the proportions.
        keep_gray: Keep pictures without colour, as the paper does.
        n: At most so many files, a fixed random choice.

    Raises:
        FileNotFoundError: A synset is not there.
    """
    check_split("imagenet_car", split)
    folders = locate("imagenet_car", root, [f"train/{s}|{s}" for s in synsets], GET)
    base = folders[0].parent
    paths = [p for folder in folders for p in under(folder)]
    paths = shared(paths, base, split)
    return open_files("imagenet_car", split, size, base, paths, fit=fit, keep_gray=keep_gray, n=n)
