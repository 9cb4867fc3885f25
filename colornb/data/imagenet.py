"""ImageNet: a million photographs, and the list ctest10k of colorization papers."""

from pathlib import Path

from colornb.data._published import Locate, list_images, published, train_val_split

GET = "get ILSVRC2012 after signing in at image-net.org, and unpack it into train/ and val/"
GET_LIST = "get ctest10k.txt (lists/ of github.com/AruniRC/colorizer-fcn; G. Larsson, 2016) and give its path as files"
OPTIONS = 'files: The list for "test", one name per line; None is ctest10k.txt in the folder.'


@published(GET, fit="crop", keep_gray=None, options=OPTIONS)
def load(locate: Locate, split: str, *, files: str | Path | None = None) -> tuple[Path, list[Path]]:
    """ImageNet (ILSVRC2012), in the edge-enhancing paper (Sec. 4), which measures on 1 000 pictures of ctest10k.

    ctest10k is the list of 10 000 validation pictures, gray ones taken out, on which colorization papers since 2016
    report. Here train/ is train (91%) and val (9%, by the name of the file); test is the list, whose pictures are in
    val/. The photographs belong to their owners; the collection is for non-commercial research.
    """
    (folder,) = locate("val" if split == "test" else "train")
    if split != "test":
        return folder, train_val_split(list_images(folder), folder, split)
    table = Path(files) if files is not None else locate("ctest10k.txt", get=GET_LIST)[0]
    return folder, _read_list(folder, table)


def _read_list(folder: Path, table: Path) -> list[Path]:
    """Files of a list by their names alone: copies of it differ in folders and in labels after the name."""
    if not table.is_file():
        raise FileNotFoundError(f"imagenet: no list {table}: {GET_LIST}")
    lines = [line.split()[0] for line in table.read_text(encoding="utf-8").splitlines() if line.strip()]
    known = {path.name: path for path in list_images(folder)}
    paths = [known.get(Path(line).name) for line in lines]
    if lost := paths.count(None):
        raise FileNotFoundError(f"imagenet: {lost} of {len(lines)} pictures of {table.name} are not in {folder}: {GET}")
    return [path for path in paths if path is not None]
