"""Danbooru: a large collection of anime illustrations."""

from pathlib import Path

from colornb.data._published import Locate, list_images, published, split_by_path

GET = "get the 512px SFW part of Danbooru20xx (gwern.net/danbooru2021), and keep its folders 0000 .. 0999"


@published(GET, fit="crop", keep_gray=False)
def load(locate: Locate, split: str) -> tuple[Path, list[Path]]:
    """Danbooru, in the sketch experiments of the edge-enhancing paper (Sec. 5): anime illustrations of every kind.

    Split 81:9:10 by the name of the file; any arrangement of folders will do. The pictures belong to their artists, who
    mostly allow no copying, so they are for research on your own machine only. Many have no colour. For a cleaner
    choice of single characters see `tag2pix`.
    """
    (base,) = locate("512px|.")
    return base, split_by_path(list_images(base), base, split)
