"""Where things are: boxes from a person, a dataset or a detector, and what is cut out and put back there.

Boxes are (x0, y0, x1, y1) in [0, 1] of the picture, y down, and so free of any resolution; pixels come in only here.
"""

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from colornb import checkpoints
from colornb.color import rgb_to_lab
from colornb.types import RGB, Bool, Boxes, Float, Integers, Mask

Box = Sequence[float]  # x0, y0, x1, y1
DETECTOR = "fasterrcnn_resnet50_fpn_v2"
ALIKE = 0.5  # of two boxes that have more in common (intersection over union), the larger is proposed
MIN_SCORE, MAX_BOXES = 0.7, 8  # a score, and how many boxes are kept: as in Su et al. 2020


class Extent(NamedTuple):
    """Boxes in pixels, one number of each kind for every box."""

    left: Integers
    top: Integers
    width: Integers
    height: Integers


def pack_boxes(pictures: Sequence[Sequence[Box] | Tensor]) -> Boxes:
    """Boxes of several pictures as one tensor; those that a picture has fewer than another are zeros.

    Raises ValueError, in one line, for a box that is no box.
    """
    lists = [boxes.tolist() if isinstance(boxes, Tensor) else boxes for boxes in pictures]
    rows = [[_checked(box) for box in boxes] for boxes in lists]
    most = max((len(boxes) for boxes in rows), default=0)
    return torch.tensor([boxes + [[0.0] * 4] * (most - len(boxes)) for boxes in rows]).view(len(rows), most, 4)


def _checked(box: Box) -> list[float]:
    values = [float(value) for value in box]
    if len(values) != 4 or not (values[0] < values[2] and values[1] < values[3]):
        raise ValueError(f"{tuple(values)} is no box: give x0, y0, x1, y1 with x0 < x1 and y0 < y1")
    if not (values[0] < 1 and values[1] < 1 and values[2] > 0 and values[3] > 0):
        raise ValueError(f"the box {tuple(values)} lies outside the picture: x and y go from 0 to 1")
    return values


def are_boxes(boxes: Boxes) -> Bool[Tensor, "b n"]:
    """Which rows are boxes: those of which some area lies inside the picture."""
    x0, y0, x1, y1 = boxes.clamp(0, 1).unbind(-1)
    return (x1 > x0) & (y1 > y0)


def largest_first(boxes: Boxes) -> Boxes:
    """The same boxes of every picture, by area."""
    x0, y0, x1, y1 = boxes.clamp(0, 1).unbind(-1)
    order = ((x1 - x0) * (y1 - y0)).argsort(dim=1, descending=True, stable=True)
    return boxes.gather(1, order[..., None].expand_as(boxes))


def extents(boxes: Float[Tensor, "m 4"], height: int, width: int) -> Extent:
    """Boxes in the pixels of a picture or of a feature map; what lies outside is cut off (Su et al., released code).

    Both ends are rounded down. What would be thinner than a pixel is made one pixel wide: to the right or downwards,
    or, where no more than a pixel is left there, to the left or upwards.
    """
    x0, y0, x1, y1 = boxes.clamp(0, 1).unbind(-1)
    left, wide = _span(x0, x1, width)
    top, high = _span(y0, y1, height)
    return Extent(left, top, wide, high)


def _span(first: Float[Tensor, " m"], last: Float[Tensor, " m"], length: int) -> tuple[Integers, Integers]:
    start, end = (first.double() * length).long(), (last.double() * length).long()
    thin = end - start < 1
    back = thin & (length - end <= 1)
    return (start - back.long()).clamp(min=0), (end - start).clamp(min=1)


def crop_and_resize(planes: Float[Tensor, "m c h w"], at: Extent, mode: str = "bilinear") -> Float[Tensor, "m c h w"]:
    """What lies in each box, stretched to the size of the whole picture; one box for each picture.

    `mode` is "bilinear" or "nearest"; nothing of the surroundings is mixed in at the border.
    """
    height, width = planes.shape[-2:]
    x = _from(at.left, at.width, width, planes)
    y = _from(at.top, at.height, height, planes)
    return F.grid_sample(planes, _grid(x, y), mode, "border", align_corners=False)


def _from(start: Integers, extent: Integers, length: int, like: Tensor) -> Float[Tensor, "m s"]:
    """Where each of `length` pixels comes from, in the [-1, 1] of the whole side."""
    start, extent = (number.to(like.dtype)[:, None] for number in (start, extent))
    place = start + (torch.arange(length, device=like.device) + 0.5) * extent / length - 0.5
    place = torch.minimum(torch.maximum(place, start), start + extent - 1)
    return (2 * place + 1) / length - 1


def paste(planes: Float[Tensor, "m c h w"], at: Extent, height: int, width: int) -> Float[Tensor, "m c h2 w2"]:
    """The reverse of `crop_and_resize`: each picture shrunk into its box (bilinear), with zeros around."""
    x, y = _to(at.left, at.width, width, planes), _to(at.top, at.height, height, planes)
    pasted = F.grid_sample(planes, _grid(x, y), "bilinear", "border", align_corners=False)
    return pasted * box_masks(at, height, width).to(planes.dtype)


def _to(start: Integers, extent: Integers, length: int, like: Tensor) -> Float[Tensor, "m s"]:
    place = torch.arange(length, device=like.device) - start[:, None]
    return (2 * place + 1).to(like.dtype) / extent[:, None] - 1


def _grid(x: Float[Tensor, "m w"], y: Float[Tensor, "m h"]) -> Float[Tensor, "m h w 2"]:
    return torch.stack([x[:, None].expand(-1, y.shape[1], -1), y[:, :, None].expand(-1, -1, x.shape[1])], -1)


def box_masks(at: Extent, height: int, width: int) -> Bool[Tensor, "m 1 h w"]:
    """The pixels of each box."""
    sides = ((at.left, at.width, width), (at.top, at.height, height))
    across, down = (
        (place >= start[:, None]) & (place < (start + extent)[:, None])
        for start, extent, length in sides
        for place in [torch.arange(length, device=start.device)]
    )
    return (down[:, :, None] & across[:, None])[:, None]


def boxes_mask(boxes: Boxes, height: int, width: int) -> Mask:
    """1 in any of the boxes of a picture."""
    flat = box_masks(extents(boxes.flatten(0, 1), height, width), height, width)
    each = flat.view(*boxes.shape[:2], 1, height, width) & are_boxes(boxes)[..., None, None, None]
    return each.any(1).float()


def propose_boxes(rgb: RGB, most: int = MAX_BOXES, least: float = 0.02, largest: float = 0.8) -> Boxes:
    """Boxes around regions of similar lightness, the largest first: for those who have no detector.

    The regions are those of Felzenszwalb and Huttenlocher 2004. A region is often a part of a thing, or some of its
    surroundings, and nothing says what it is; `detect` knows things, and needs a download.

    Args:
        rgb: sRGB in [0, 1], any size.
        most: so many boxes are kept.
        least: smaller regions are joined with others, in shares of the picture.
        largest: boxes that cover more of the picture are left out.
    """
    from scipy.ndimage import find_objects  # these are slow to import
    from skimage.segmentation import felzenszwalb
    from torchvision.ops import nms

    height, width = rgb.shape[-2:]
    side, found = torch.tensor([width, height] * 2), []
    for light in (rgb_to_lab(rgb)[:, 0] / 100).cpu().numpy():
        regions = felzenszwalb(light, scale=100, sigma=0.8, min_size=round(least * light.size)) + 1
        spans = [(x.start, y.start, x.stop, y.stop) for y, x in find_objects(regions)]
        boxes = torch.tensor(spans).view(-1, 4) / side
        area = (boxes[:, 2:] - boxes[:, :2]).prod(1)
        boxes, area = boxes[area <= largest], area[area <= largest]
        found.append(boxes[nms(boxes, area, ALIKE)][:most])
    return pack_boxes(found).to(rgb.device)


@torch.no_grad()
def detect(rgb: RGB, path: str | Path = DETECTOR, least: float = MIN_SCORE, most: int = MAX_BOXES) -> Boxes:
    """Boxes around things in gray pictures, the surest first: a Faster R-CNN of torchvision, trained on COCO.

    Deviation: Su et al. take a larger network (Mask R-CNN, ResNeXt-101) of another library; the score that a box needs,
    how many are kept and that only lightness is seen are theirs.

    Args:
        rgb: sRGB in [0, 1], any size.
        path: its weights: a name that is fetched once, 167 MB, or the file.
        least: boxes with a lower score are left out.
        most: so many boxes are kept.

    Raises:
        OSError: the weights cannot be fetched; the line says what to do.
    """
    light = (rgb_to_lab(rgb)[:, :1] / 100).clamp(0, 1).expand(-1, 3, -1, -1)
    found = _detector(str(checkpoints.fetch(path)), rgb.device)(list(light))
    side = torch.tensor([rgb.shape[-1], rgb.shape[-2]] * 2, device=rgb.device)
    return pack_boxes([(one["boxes"] / side)[one["scores"] >= least][:most].tolist() for one in found]).to(rgb.device)


@lru_cache(maxsize=1)
def _detector(path: str, device: torch.device) -> nn.Module:
    from torchvision.models import detection

    with checkpoints.SkipInit():
        network = getattr(detection, DETECTOR)(weights=None, weights_backbone=None)
    checkpoints.load_strictly(network, checkpoints.read_published(path), path)
    return network.eval().requires_grad_(False).to(device)
