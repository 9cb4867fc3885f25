"""A picture that undo may come back to: in memory while it is painted, in a temporary file while it is not."""

import tempfile
from typing import IO

import numpy as np
import torch

from colornb.types import RGB


class Picture:
    """One picture, (1, 3, H, W) sRGB in [0, 1], and what to call it. Two of them are equal only if they are one."""

    def __init__(self, image: RGB, name: str) -> None:
        self.name = name
        self._image: RGB | None = image
        self._file: IO[bytes] | None = None

    @property
    def image(self) -> RGB:
        """The pixels, the same tensor until `park` is called."""
        if self._image is None:
            self._file.seek(0)
            pixels = torch.from_numpy(np.load(self._file))
            self._image = pixels if pixels.is_floating_point() else pixels.float() / 255
        return self._image

    @property
    def parked_bytes(self) -> int:
        """How long the temporary file is; 0 where there is none."""
        return 0 if self._file is None else self._file.seek(0, 2)

    def park(self) -> None:
        """Put the pixels into a temporary file, from which they come back unchanged."""
        if self._file is None:
            self._file = tempfile.TemporaryFile()  # noqa: SIM115 (it lives as long as the picture)
            bytes_ = (255 * self._image).round().to(torch.uint8)
            whole = torch.equal(bytes_.float() / 255, self._image)  # read from a file of 8 bits: a quarter of the size
            np.save(self._file, (bytes_ if whole else self._image).cpu().numpy())
            self._file.flush()
        self._image = None
