"""Which part of a picture is on show, and how its pixels become those of a canvas."""

from dataclasses import dataclass

import numpy as np
from PIL import Image

Place = tuple[float, float]  # x, y
MAX_ZOOM = 16.0  # times: a pixel of a small picture is then as large as a finger


def clip(x: float, most: float = 1.0) -> float:
    """The nearest number in [0, `most`]."""
    return min(max(x, 0.0), most)


@dataclass(frozen=True)
class Viewport:
    """The square of the unit picture on show: its upper left corner and its side, 1 / `scale`."""

    scale: float = 1.0
    x: float = 0.0
    y: float = 0.0

    @property
    def is_whole(self) -> bool:
        """Whether all of the picture is on show."""
        return self.scale == 1

    def inside(self, x: float, y: float) -> Place:
        """The place in the picture, in [0, 1], of a place on the canvas, in [0, 1]."""
        return clip(self.x + x / self.scale), clip(self.y + y / self.scale)

    def outside(self, x: float, y: float) -> Place:
        """The place on the canvas of a place in the picture; outside of [0, 1] where it is not on show."""
        return (x - self.x) * self.scale, (y - self.y) * self.scale

    def zoom(self, factor: float, x: float = 0.5, y: float = 0.5) -> "Viewport":
        """Show so many times more detail; the picture under (x, y) on the canvas stays where it is."""
        scale = min(max(self.scale * factor, 1.0), MAX_ZOOM)
        return _bounded(scale, self.x + x / self.scale - x / scale, self.y + y / self.scale - y / scale)

    def move(self, right: float, down: float) -> "Viewport":
        """Push the picture so far, in canvases."""
        return _bounded(self.scale, self.x - right / self.scale, self.y - down / self.scale)

    def crop(self, pixels: np.ndarray, height: int, width: int) -> np.ndarray:
        """What this view shows of pixels of any size, at the size of the canvas."""
        rows, columns = pixels.shape[:2]
        box = self.box(rows, columns)
        if pixels.shape[:2] == (height, width) and self.is_whole:
            return pixels
        # Enlarged pixels stay squares, so that what is on show is what is in the picture; shrunk ones are averaged.
        larger = min(height * self.scale / rows, width * self.scale / columns)
        method = Image.Resampling.NEAREST if larger >= 2 or larger == 1 else Image.Resampling.BILINEAR
        method = Image.Resampling.BOX if larger < 1 else method
        return np.asarray(Image.fromarray(pixels).resize((width, height), method, box))

    def smooth(self, plane: np.ndarray, height: int, width: int) -> np.ndarray:
        """The same of one plane of float32, without steps however much it is enlarged."""
        box = self.box(*plane.shape)
        return np.asarray(Image.fromarray(plane).resize((width, height), Image.Resampling.BILINEAR, box))

    def pick(self, labels: np.ndarray, height: int, width: int) -> np.ndarray:
        """The same of labels, of which no mean is one: the nearest of each."""
        rows, columns = labels.shape
        left, top, right, bottom = self.box(rows, columns)
        down = top + (np.arange(height) + 0.5) / height * (bottom - top)
        across = left + (np.arange(width) + 0.5) / width * (right - left)
        return labels[down.astype(int).clip(0, rows - 1)[:, None], across.astype(int).clip(0, columns - 1)]

    def box(self, rows: int, columns: int) -> tuple[float, float, float, float]:
        """Left, top, right and bottom of what this view shows of a picture of this size, in its pixels."""
        side = 1 / self.scale
        return self.x * columns, self.y * rows, (self.x + side) * columns, (self.y + side) * rows


WHOLE = Viewport()


def _bounded(scale: float, x: float, y: float) -> Viewport:
    room = 1 - 1 / scale
    return Viewport(scale, clip(x, room), clip(y, room))


def scale_to(pixels: np.ndarray, height: int, width: int) -> np.ndarray:
    """RGBA pixels at another size, smoothly."""
    if pixels.shape[:2] == (height, width):
        return pixels
    return np.asarray(Image.fromarray(pixels).resize((width, height), Image.Resampling.BILINEAR))
