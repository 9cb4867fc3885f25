"""Storybook: comic pages drawn by a program, as many as one likes."""

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import torch
from torch import Tensor

from colornb.data._base import Pictures, check_split
from colornb.types import UInt8


def load(
    split: str = "train", size: int = 64, seed: int = 0, *, n: int = 512, colors: int = 0,
    scenes: Sequence[str] | None = None,
) -> Pictures:  # fmt: skip
    """Comic pages in the manner of GuidingPainter's Yumi's Cells (Sec. 4.1), drawn here: free to use for anything.

    A cast of ten recurs with fixed shapes and ever new colours, in landscapes, streets, rooms,
    close up, in the air and under the sea, with speech bubbles and letters, gradients, textures,
    and things that hide one another behind dark outlines; now and then a page has panels. What a
    thing is can be read from its lines; its colour mostly cannot (bubbles are white, letters black,
    grass is often green, faces mostly like faces), so that a hint is worth a lot. Colours of a page
    are one harmony, chosen in OKLCh. The line art has to be extracted, as from any picture.

    Pages depend on seed, split and number alone: page 7 is the same whatever `n`, and the same
    scene at every size. `boxes` hold what is visible of each thing, `labels` say what it is.

    Args:
        split: "train", "val" or "test": different pages.
        size: Side of the pages, in pixels.
        seed: Another seed is another book.
        n: How many pages.
        scenes: Only these kinds of page: landscape, street, aloft, room, tea, portrait, sea (None: all, and panels).
        colors: Another number, from 1, draws the same pages in other colours.
    """
    check_split("storybook", split)
    rgb, boxes, labels = _book(split, size, seed, n, scenes and tuple(scenes), colors)
    return Pictures("storybook", split, rgb, boxes=boxes, labels=labels)


def things(split: str, size: int, n: int, seed: int = 0) -> UInt8[Tensor, "n s s"]:
    """Whose each pixel of the first `n` pages of a book is: a number for each thing, 0 for what is behind them."""
    from colornb.data._storybook.pages import draw_canvas

    check_split("storybook", split)
    return torch.from_numpy(np.stack([draw_canvas(size, f"{seed}/{split}/{i}").owners for i in range(n)]))


@lru_cache(maxsize=4)
def _book(
    split: str, size: int, seed: int, n: int, scenes: tuple[str, ...] | None = None, colors: int = 0
) -> tuple[Tensor, list[Tensor], list[list[str]]]:
    # cv2 comes in with the drawing, not with the package
    from colornb.data._storybook.pages import SCENE_NAMES, draw

    if unknown := set(scenes or ()) - set(SCENE_NAMES):
        raise ValueError(f"storybook has no scene {min(unknown)!r}: choose from {', '.join(SCENE_NAMES)}")
    pages = [draw(size, f"{seed}/{split}/{i}", scenes or SCENE_NAMES, colors) for i in range(n)]
    rgb = np.stack([pixels.transpose(2, 0, 1) for pixels, _, _ in pages])
    boxes = [torch.from_numpy(found) for _, found, _ in pages]
    return torch.from_numpy(rgb), boxes, [labels for _, _, labels in pages]
