"""ImageNet: a million photographs, and the list ctest10k of colorization papers."""

from pathlib import Path

from colornb.data._base import Pictures, check_split
from colornb.data._files import held_out, locate, under
from colornb.data._folder import open_files

GET = "get ILSVRC2012 after signing in at image-net.org, and unpack it into train/ and val/"
GET_LIST = (
    "get ctest10k.txt (lists/ of github.com/AruniRC/colorizer-fcn; by G. Larsson, 2016) and give its path as files"
)


def load(
    split: str = "train",
    size: int = 64,
    seed: int = 0,
    *,
    root: str | Path | None = None,
    files: str | Path | None = None,
    fit: str = "crop",
    keep_gray: bool | None = None,
    n: int | None = None,
) -> Pictures:
    """ImageNet (ILSVRC2012), in the edge-enhancing paper (Sec. 4), which measures on 1 000 pictures of ctest10k.

    ctest10k is the list of 10 000 validation pictures, gray ones taken out, on which colorization
    papers since 2016 report. Here train/ is train (91%) and val (9%, by the name of the file); test
    is the list. The photographs belong to their owners; the collection is for non-commercial
    research.

    Args:
        split: "train", "val" or "test".
        size: Side of the squares, in pixels.
        seed: Without effect.
        root: The folder that holds train/ and val/; None is $COLORNB_DATA/imagenet, else
            data/imagenet.
        files: The list for "test", one name per line; None is ctest10k.txt in the folder.
        fit: "crop" keeps the proportions; "stretch" squashes.
        keep_gray: Keep pictures without colour; None keeps those of test, where the published list counts.
        n: At most so many files, a fixed random choice.

    Raises:
        FileNotFoundError: The photographs, or the list, are not there.
    """
    check_split("imagenet", split)
    if split == "test":
        (folder,) = locate("imagenet", root, ["val"], GET)
        if files is None:
            (files,) = locate("imagenet", root, ["ctest10k.txt"], GET_LIST)
        paths = _on_list(folder, Path(files))
    else:
        (folder,) = locate("imagenet", root, ["train"], GET)
        paths = held_out(under(folder), folder, split)
    keep = split == "test" if keep_gray is None else keep_gray
    return open_files("imagenet", split, size, folder, paths, fit=fit, keep_gray=keep, n=n)


def _on_list(folder: Path, table: Path) -> list[Path]:
    """Files of a list by their names alone: copies of it differ in folders and in labels after the name."""
    if not table.is_file():
        raise FileNotFoundError(f"imagenet: no list {table}: {GET_LIST}")
    lines = [line.split()[0] for line in table.read_text(encoding="utf-8").splitlines() if line.strip()]
    known = {path.name: path for path in under(folder)}
    paths = [known.get(Path(line).name) for line in lines]
    if lost := paths.count(None):
        raise FileNotFoundError(f"imagenet: {lost} of {len(lines)} pictures of {table.name} are not in {folder}: {GET}")
    return [path for path in paths if path is not None]
