"""COCO-Stuff: photographs of everyday scenes."""

from pathlib import Path

from colornb.data._published import Locate, list_images, published, train_val_split

GET = "get train2017.zip and val2017.zip from cocodataset.org (Download), and unpack them there"


@published(GET, fit="crop", keep_gray=None)
def load(locate: Locate, split: str) -> tuple[Path, list[Path]]:
    """COCO-Stuff: the photographs of COCO 2017, in the edge-enhancing paper (Sec. 4).

    train2017 is train (91%) and val (9%, by the name of the file); val2017, with 5 000 pictures, is test, as in Su et
    al. (instance-aware colorization). They lie in the folder itself or in images/. Flickr photographs under various
    Creative Commons licences.
    """
    part = "val2017" if split == "test" else "train2017"
    (folder,) = locate(f"{part}|images/{part}")
    return folder, train_val_split(list_images(folder), folder, split)
