"""The tensor vocabulary: one name, one shape and one value range for every kind of picture.

Pixel space holds what eyes see (sRGB in [0, 1]); network space holds what networks see ([-1, 1]). Only
`colornb.color.encode` and `colornb.color.decode` pass between the two. All tensors are NCHW.

The aliases carry shapes when jaxtyping is installed (the tests check every one of them at run time) and are plain
`torch.Tensor` otherwise.
"""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

try:
    from jaxtyping import Bool, Float, Int, UInt8
except ImportError:  # shapes are documentation then

    class _Plain:
        def __getitem__(self, item: Any) -> type[Tensor]:
            return Tensor

    Bool = Float = Int = UInt8 = _Plain()  # type: ignore[assignment]

RGB = Float[Tensor, "b 3 h w"]  # sRGB, gamma-encoded, [0, 1]
Lab = Float[Tensor, "b 3 h w"]  # CIE L*a*b*, D65: L in [0, 100], a and b about [-110, 110]
L = Float[Tensor, "b 1 h w"]  # CIE lightness, [0, 100]
AB = Float[Tensor, "b 2 h w"]  # CIE a and b, about [-110, 110]
Sketch = Float[Tensor, "b 1 h w"]  # line art, [0, 1]: 1 is white paper, 0 a line
Mask = Float[Tensor, "b 1 h w"]  # 1 inside, 0 outside
Regions = Float[Tensor, "b n h w"]  # a partition of the picture: one of the n planes is 1 at each pixel
Plane = Float[Tensor, "b 1 h w"]  # network space: a condition with one channel, [-1, 1]
Planes = Float[Tensor, "b c h w"]  # network space: any number of channels
Scores = Float[Tensor, " b"]  # one number per picture
Counts = Int[Tensor, " b"]  # one whole number per picture
Index = Int[Tensor, " b"]  # which pictures of a dataset
RowIndex = Int[Tensor, " k"]  # which pictures of a batch
Integers = Int[Tensor, " k"]  # one whole number for each of these
Boxes = Float[Tensor, "b boxes 4"]  # where things are: x0, y0, x1, y1 in [0, 1], y down; those without an area are none
HintMaps = tuple[Float[Tensor, "k c h w"], Float[Tensor, "k 1 h w"]]  # what their users say: colours, and where

__all__ = [
    "AB", "RGB", "Batch", "Bool", "Boxes", "Counts", "Float", "HintMaps", "Hints", "Index", "Int", "Integers", "L",
    "Lab", "Mask",
    "Plane", "Planes", "Regions", "RowIndex", "Scores", "Sketch", "UInt8",
]  # fmt: skip


@dataclass(frozen=True)
class Hints:
    """Dense hints, as networks take them: a colour and whether it was given, at every pixel.

    `color` is sRGB in [0, 1]; where `mask` is 0 its value means nothing.
    """

    color: RGB
    mask: Mask

    @classmethod
    def none(cls, like: Tensor) -> "Hints":
        """No hint at all, sized, typed and placed like `like`, `(B, *, H, W)`."""
        zeros = torch.zeros_like(like[:, :1])
        return cls(zeros.expand(-1, 3, -1, -1), zeros)


@dataclass(frozen=True)
class Batch:
    """What a dataset yields: pictures in pixel space, and their line art and boxes where the dataset owns some."""

    rgb: RGB
    sketch: Sketch | None = None
    boxes: Boxes | None = None

    def to(self, device: torch.device | str) -> "Batch":
        """The same on a device."""
        sketch, boxes = (None if part is None else part.to(device) for part in (self.sketch, self.boxes))
        return Batch(self.rgb.to(device), sketch, boxes)
