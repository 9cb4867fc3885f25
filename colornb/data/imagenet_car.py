"""ImageNet Car: the cars among ImageNet's photographs."""

from collections.abc import Sequence
from pathlib import Path

from colornb.data._published import Locate, list_images, published, split_by_path

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


@published(GET, fit="stretch", keep_gray=True, options="synsets: Folders to take.")
def load(locate: Locate, split: str, *, synsets: Sequence[str] = tuple(SYNSETS)) -> tuple[Path, list[Path]]:
    """ImageNet Car, in GuidingPainter's gray-scale experiments (supplement, Fig. 7): 81:9:10 by the name of the file.

    Deviation: the paper does not name the synsets it took; here they are the nine kinds of car among the thousand
    classes of ILSVRC2012. The photographs belong to their owners; the collection is for non-commercial research.
    """
    folders = locate(*(f"train/{synset}|{synset}" for synset in synsets))
    base = folders[0].parent
    return base, split_by_path([path for folder in folders for path in list_images(folder)], base, split)
