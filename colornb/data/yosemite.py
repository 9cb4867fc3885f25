"""Summer2Winter Yosemite: one valley in two seasons."""

from pathlib import Path

from colornb.data._published import Locate, check_choice, list_images, published, train_val_split

GET = "run `bash datasets/download_cyclegan_dataset.sh summer2winter_yosemite` of junyanz/pytorch-CycleGAN-and-pix2pix"
SEASONS = {"summer": "A", "winter": "B", "both": "AB"}  # letters of the folders


@published(GET, fit="stretch", keep_gray=True, options='season: "summer", "winter" or "both".')
def load(locate: Locate, split: str, *, season: str = "both") -> tuple[Path, list[Path]]:
    """Summer2Winter Yosemite of CycleGAN, in GuidingPainter's gray-scale experiments (supplement, Fig. 7).

    trainA (summer) and trainB (winter) are train (91%) and val (9%, by the name of the file); testA and testB are test.
    Flickr photographs whose licences are not stated: for research.
    """
    check_choice("yosemite", "season", season, SEASONS)
    part = "test" if split == "test" else "train"
    folders = locate(*(part + letter for letter in SEASONS[season]))
    base = folders[0].parent
    return base, train_val_split([path for folder in folders for path in list_images(folder)], base, split)
