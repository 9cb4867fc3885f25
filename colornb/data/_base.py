"""What every dataset is: pictures held ready on a device, taken out in batches by index."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence

import torch
from torch import Tensor

from colornb.boxes import largest_first, pack_boxes
from colornb.types import Batch, Index, UInt8

SPLITS = ("train", "val", "test")
ROOM = 0.6  # of a card's free memory that pixels may take: a million squares take more than some have


def check_choice(name: str, what: str, choice: str, known: Iterable[str]) -> None:
    """Refuse a choice that the dataset `name` does not have (ValueError, one line with what there is)."""
    if choice not in known:
        raise ValueError(f"{name} has no {what} {choice!r}: choose one of {', '.join(known)}")


def check_split(name: str, split: str, splits: Sequence[str] = SPLITS) -> None:
    """Refuse a split the dataset `name` does not have (ValueError, one line with the choices)."""
    check_choice(name, "split", split, splits)


class Dataset(ABC):
    """A list of square pictures, `size` x `size`; `names` says what each one is.

    Nothing is decoded, drawn or moved between devices while training: a subclass prepares its
    pixels once, and `batch` only picks and scales them, on `device`.
    """

    name: str
    split: str
    size: int
    names: Sequence[str]

    def __len__(self) -> int:
        """How many pictures there are."""
        return len(self.names)

    @property
    @abstractmethod
    def device(self) -> torch.device:
        """Where the pixels live, and where batches come out."""

    @abstractmethod
    def to(self, device: torch.device | str) -> "Dataset":
        """Move the pixels to `device`, in place; the dataset itself is returned."""

    @abstractmethod
    def batch(self, index: Index, generator: torch.Generator | None = None) -> Batch:
        """Pictures number `index`: sRGB in [0, 1], with line art where the dataset owns it.

        `generator` serves datasets that draw something anew in every batch; the others ignore it.
        """

    def __repr__(self) -> str:
        """One line: what, which part, how many, how large, where."""
        return f"{self.name}/{self.split}: {len(self)} pictures, {self.size}x{self.size}, on {self.device}"


class Pictures(Dataset):
    """Ready-made pictures: uint8 in memory, on a device, or mapped from a file.

    Args:
        name: Name of the dataset.
        split: The part that these pictures are.
        rgb: (N, 3, S, S) uint8 sRGB in [0, 255].
        sketch: (N, 1, S, S) uint8 line art, 255 is paper, where the dataset owns it.
        names: One per picture; numbers where none are given.
        boxes: Where the objects are, (k, 4) per picture: x0, y0, x1, y1 in [0, 1], y down. Batches have them by size,
            the largest first.
        labels: What is in each box, k words per picture.
    """

    def __init__(
        self,
        name: str,
        split: str,
        rgb: UInt8[Tensor, "n 3 s s"],
        sketch: UInt8[Tensor, "n 1 s s"] | None = None,
        names: Sequence[str] | None = None,
        boxes: Sequence[Tensor] | None = None,
        labels: Sequence[Sequence[str]] | None = None,
    ) -> None:
        self.name, self.split, self.size = name, split, rgb.shape[-1]
        self.rgb, self.sketch, self._device = rgb, sketch, rgb.device
        self.boxes, self.labels = boxes, labels
        self._packed = None if boxes is None else largest_first(pack_boxes(boxes))
        self.names = [f"{i:06d}" for i in range(len(rgb))] if names is None else names

    @property
    def device(self) -> torch.device:
        """Where batches come out."""
        return self._device

    def to(self, device: torch.device | str) -> "Dataset":
        """Move the pixels to `device`, in place, and the boxes that batches have; `boxes` stays where it is.

        Pixels that a card has no room for stay where they are: of them only batches go there.
        """
        self._device = torch.device(device)
        planes = [self.rgb] if self.sketch is None else [self.rgb, self.sketch]
        if sum(plane.nbytes for plane in planes) <= ROOM * free_memory(self._device):
            self.rgb, self.sketch = self.rgb.to(device), None if self.sketch is None else self.sketch.to(device)
            self._device = self.rgb.device
        self._packed = None if self._packed is None else self._packed.to(device)
        return self

    def batch(self, index: Index, generator: torch.Generator | None = None) -> Batch:
        """Pictures number `index`, as floats in [0, 1]; `generator` is not needed."""
        rgb = self._pick(self.rgb, index)
        sketch = None if self.sketch is None else self._pick(self.sketch, index)
        return Batch(rgb, sketch, None if self._packed is None else self._packed[index.to(self._packed.device)])

    def _pick(self, pixels: UInt8[Tensor, "n c s s"], index: Index) -> Tensor:
        return pixels[index.to(pixels.device)].to(self.device).float() / 255


def free_memory(device: torch.device) -> float:
    """Bytes that a card has left; without bound elsewhere."""
    return torch.cuda.mem_get_info(device)[0] if device.type == "cuda" else float("inf")
