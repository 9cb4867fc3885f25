"""CelebA: faces of celebrities."""

from pathlib import Path

from colornb.data._base import Pictures, check_split
from colornb.data._files import locate, shared, under
from colornb.data._folder import open_files

GET = "get it by torchvision.datasets.CelebA(root, download=True), or from mmlab.ie.cuhk.edu.hk/projects/CelebA.html"
PARTITIONS = ("paper", "official")


def load(
    split: str = "train",
    size: int = 64,
    seed: int = 0,
    *,
    root: str | Path | None = None,
    partition: str = "paper",
    fit: str = "stretch",
    keep_gray: bool = True,
    n: int | None = None,
) -> Pictures:
    """CelebA, 203 000 aligned photographs of faces, in GuidingPainter (Sec. 4.1; gray-scale in the supplement).

    The photographs belong to their owners; the collection is for non-commercial research. The
    folder is the one torchvision makes: celeba/img_align_celeba/*.jpg beside
    list_eval_partition.txt (wanted by "official" only).

    Args:
        split: "train", "val" or "test".
        size: Side of the squares, in pixels.
        seed: Without effect.
        root: The folder that holds celeba/ or img_align_celeba/; None is $COLORNB_DATA/celeba, else
            data/celeba.
        partition: "paper" shares at random 81:9:10 (here by the name of the file), so that one
            person's faces lie in several splits; "official" keeps people apart.
        fit: "stretch" squashes, as the paper does; "crop" keeps the proportions.
        keep_gray: Keep pictures without colour, as the paper does.
        n: At most so many files, a fixed random choice.

    Raises:
        FileNotFoundError: It is not there.
        ValueError: Unknown split, partition or fit.
    """
    check_split("celeba", split)
    if partition not in PARTITIONS:
        raise ValueError(f"celeba has no partition {partition!r}: choose one of {', '.join(PARTITIONS)}")
    (folder,) = locate("celeba", root, ["celeba/img_align_celeba|img_align_celeba"], GET)
    paths = under(folder)
    if partition == "official":
        parts = _official(folder.parent)
        paths = [p for p in paths if parts.get(p.name) == split]
    else:
        paths = shared(paths, folder, split)
    return open_files("celeba", split, size, folder, paths, fit=fit, keep_gray=keep_gray, n=n)


def _official(base: Path) -> dict[str, str]:
    (table,) = locate("celeba", base, ["list_eval_partition.txt"], GET)
    rows = (line.split() for line in table.read_text(encoding="utf-8").splitlines() if line.strip())
    return {name: ("train", "val", "test")[int(number)] for name, number in rows}
