"""CelebA: faces of celebrities."""

from pathlib import Path

from colornb.data._published import Locate, check_choice, list_images, published, split_by_path

GET = "get it by torchvision.datasets.CelebA(root, download=True), or from mmlab.ie.cuhk.edu.hk/projects/CelebA.html"
PARTITIONS = ("paper", "official")
OPTIONS = """partition: "paper" shares at random 81:9:10 (here by the name of the file), so that one person's faces are
            in several splits; "official" keeps people apart."""


@published(GET, fit="stretch", keep_gray=True, options=OPTIONS)
def load(locate: Locate, split: str, *, partition: str = "paper") -> tuple[Path, list[Path]]:
    """CelebA, 203 000 aligned photographs of faces, in GuidingPainter (Sec. 4.1; gray-scale in the supplement).

    The photographs belong to their owners; the collection is for non-commercial research. The folder is the one
    torchvision makes: celeba/img_align_celeba/*.jpg beside list_eval_partition.txt (wanted by "official" only).
    """
    check_choice("celeba", "partition", partition, PARTITIONS)
    (folder,) = locate("celeba/img_align_celeba|img_align_celeba")
    paths = list_images(folder)
    if partition == "paper":
        return folder, split_by_path(paths, folder, split)
    (table,) = locate("celeba/list_eval_partition.txt|list_eval_partition.txt")
    rows = (line.split() for line in table.read_text(encoding="utf-8").splitlines() if line.strip())
    parts = {name: ("train", "val", "test")[int(number)] for name, number in rows}
    return folder, [path for path in paths if parts.get(path.name) == split]
