"""Yumi's Cells: pages of a web cartoon."""

from pathlib import Path

from colornb.data._published import Locate, published

GET = (
    "cut pages that you may use (it is a commercial web cartoon, which nobody passes on) into "
    "{train,val,test}/color/*.jpg, and line art of the same names into ../sketch"
)


@published(GET, fit="stretch", keep_gray=True, sketches=True)
def load(locate: Locate, split: str) -> Path:
    """Yumi's Cells, 10 000 pictures from 509 episodes, in both papers (GuidingPainter Sec. 4.1; edge paper Sec. 5).

    A few characters in ever new scenes, with speech bubbles, letters and gradients. The web cartoon is a commercial
    work: the papers' pictures were never published, and have to be cut from episodes one has the right to use. The
    layout is that of GuidingPainter's code: {train,val,test}/{color,sketch}/<number>.<ext>.
    """
    return locate(split)[0]
