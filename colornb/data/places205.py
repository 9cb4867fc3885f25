"""Places205: photographs of scenes."""

from pathlib import Path

from colornb.data._files import read_file_list
from colornb.data._published import Locate, published, train_val_split

GET = (
    "get imagesPlaces205_resize.tar.gz and trainvalsplit_places205.tar.gz from places.csail.mit.edu/downloadData.html, "
    "and unpack both there"
)


@published(GET, fit="crop", keep_gray=None)
def load(locate: Locate, split: str) -> tuple[Path, list[Path]]:
    """Places205: 2.5 million photographs of 205 kinds of scenes, in the edge-enhancing paper (Sec. 4).

    train_places205.csv is train (91%) and val (9%, by the name of the file); val_places205.csv, with 20 500 pictures,
    is test, as in Su et al. (instance-aware colorization). images256/ is found at any of its usual depths. For
    non-commercial research and education.
    """
    table = f"{'val' if split == 'test' else 'train'}_places205.csv"
    images = "data/vision/torralba/deeplearning/images256|images256"
    csv, folder = locate(f"trainvalsplit_places205/{table}|{table}", images)
    return folder, train_val_split(read_file_list(csv, folder), folder, split)
