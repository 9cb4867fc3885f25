"""Pictures with line art of their own, or with boxes, and several collections as one."""

from collections.abc import Sequence

import torch

from colornb.boxes import are_boxes, propose_boxes
from colornb.data._base import Dataset, Pictures
from colornb.images import resize
from colornb.sketches import sketch
from colornb.types import Batch, Index

CHUNK = 64  # pictures drawn at once


def with_sketches(pictures: Dataset, size: int, presets: Sequence[str] = ("guiding_painter",)) -> Pictures:
    """The same pictures at `size`, with line art drawn at their present size and shrunk with them.

    So thin lines become thin and gray, as those of a large drawing do that a network sees small. Picture i is drawn
    by preset i modulo their number, in the same way every time.

    Raises:
        ValueError: The pictures are made anew for every batch, or own line art.
    """
    pictures = _check_fixed(pictures, "leave out --draw")
    if pictures.sketch is not None:
        raise ValueError(f"{pictures.name} has line art of its own: leave out --draw")
    rgb, lines = [], []
    for start in range(0, len(pictures), CHUNK):
        index = torch.arange(start, min(start + CHUNK, len(pictures)))
        large = pictures.batch(index).rgb
        drawings = torch.stack([sketch(large[i : i + 1], presets[n % len(presets)])[0] for i, n in enumerate(index)])
        rgb.append(_levels(resize(large, (size, size))))
        lines.append(_levels(resize(drawings, (size, size))))
    rgb, lines = torch.cat(rgb), torch.cat(lines)
    return Pictures(pictures.name, pictures.split, rgb, lines, pictures.names, pictures.boxes, pictures.labels)


def with_boxes(pictures: Dataset) -> Pictures:
    """The same pictures with boxes around regions of similar lightness (`colornb.boxes.propose_boxes`).

    Pictures that have boxes of their own keep them.

    Raises:
        ValueError: The pictures are made anew for every batch.
    """
    pictures = _check_fixed(pictures, "choose a folder of pictures")
    if pictures.boxes is not None:
        return pictures
    boxes = []
    for index in torch.arange(len(pictures)).split(CHUNK):
        found = propose_boxes(pictures.batch(index).rgb).cpu()
        boxes += [one[there] for one, there in zip(found, are_boxes(found), strict=True)]
    return Pictures(pictures.name, pictures.split, pictures.rgb, pictures.sketch, pictures.names, boxes)


def concat(parts: Sequence[Dataset]) -> Dataset:
    """Several collections of pictures of one size as one; a single one is returned as it is."""
    if len(parts) == 1:
        return parts[0]
    parts = [_check_fixed(part, "train on it alone") for part in parts]
    if len({part.size for part in parts}) > 1 or len({part.sketch is None for part in parts}) > 1:
        raise ValueError("only pictures of one size can be joined, and line art must come with all or none of them")
    rgb = torch.cat([torch.as_tensor(part.rgb) for part in parts])
    lines = None if parts[0].sketch is None else torch.cat([part.sketch for part in parts])
    names = [name for part in parts for name in part.names]
    boxes = [box for part in parts for box in (part.boxes or [torch.zeros(0, 4)] * len(part))]
    boxes = boxes if any(part.boxes is not None for part in parts) else None
    return Pictures("+".join(part.name for part in parts), parts[0].split, rgb, lines, names, boxes)


def mix(parts: Sequence[Dataset], weights: Sequence[float]) -> Dataset:
    """Several collections as one in which each has its share of the pictures, whatever its own number.

    The collection that is largest for its weight is there once; of the others, pictures come again and again until
    their shares are right.

    Raises:
        ValueError: what `concat` refuses; a weight that is not positive.
    """
    if not all(weight > 0 for weight in weights):
        raise ValueError(f"weights {', '.join(map(str, weights))}: give each collection a number above 0")
    whole = concat(parts)
    if len(set(weights)) == 1 and len(parts) == 1:
        return whole
    once = max(len(part) / weight for part, weight in zip(parts, weights, strict=True))
    places, start = [], 0
    for part, weight in zip(parts, weights, strict=True):
        places.append(start + torch.arange(round(once * weight)) % len(part))
        start += len(part)
    return Shares(whole, torch.cat(places))


class Shares(Dataset):
    """A dataset of which some pictures come more than once, or not at all: `places` are those of `whole`."""

    def __init__(self, whole: Dataset, places: Index) -> None:
        self.whole, self.places = whole, places
        self.name, self.split, self.size = whole.name, whole.split, whole.size
        self.names = [whole.names[place] for place in places.tolist()]

    @property
    def device(self) -> torch.device:
        """Where the pixels live."""
        return self.whole.device

    def to(self, device: torch.device | str) -> "Dataset":
        """Move the pixels to `device`, in place."""
        self.whole.to(device)
        self.places = self.places.to(device)
        return self

    def batch(self, index: Index, generator: torch.Generator | None = None) -> Batch:
        """Pictures number `index` of the mixture."""
        return self.whole.batch(self.places[index.to(self.places.device)], generator)


def _check_fixed(pictures: Dataset, mend: str) -> Pictures:
    if not isinstance(pictures, Pictures):
        raise ValueError(f"{pictures.name} draws its pictures anew for every batch: {mend}")
    return pictures


def _levels(values: torch.Tensor) -> torch.Tensor:
    return (values * 255).round().to(torch.uint8)
