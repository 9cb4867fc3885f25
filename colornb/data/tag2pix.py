"""Tag2Pix: anime illustrations of one character each."""

from pathlib import Path

from colornb.data._published import Locate, published

GET = (
    "choose and cut Danbooru pictures as github.com/blandocs/Tag2Pix tells, into {train,val,test}/color/*.png "
    "(and line art into ../sketch, same names)"
)


@published(GET, fit="stretch", keep_gray=True, sketches=True)
def load(locate: Locate, split: str) -> Path:
    """Tag2pix, over 60 000 anime illustrations, in GuidingPainter (Sec. 4.1).

    One character on a simple background each, chosen from Danbooru by tags, in every pose and scale. The repository of
    Tag2Pix tells how to choose and prepare them; the pictures belong to their artists, who mostly allow no copying, so
    they are for research on your own machine only. The layout is that of GuidingPainter's code:
    {train,val,test}/{color,sketch}/<number>.<ext>.
    """
    return locate(split)[0]
