"""A picture that undo may come back to."""

import hashlib
import os
import tempfile
import threading
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

import numpy as np
import torch

from colornb.images import Metadata, load_with_metadata
from colornb.types import RGB


class Pixels:
    """Pixels (1, C, H, W) in [0, 1], in memory while they are looked at, and in a temporary file while they are not."""

    def __init__(self, image: torch.Tensor) -> None:
        self._image: torch.Tensor | None = image
        self._file: IO[bytes] | None = None
        self._reading = threading.Lock()  # by whatever thread, one at a time
        self.size: tuple[int, int] = (image.shape[-2], image.shape[-1])  # height and width

    @property
    def image(self) -> torch.Tensor:
        """The pixels, the same tensor until `park` is called."""
        with self._reading:
            if self._image is None:
                self._file.seek(0)
                pixels = torch.from_numpy(np.load(self._file))
                self._image = pixels if pixels.is_floating_point() else pixels.float() / 255
            return self._image

    def park(self) -> None:
        """Put the pixels into a temporary file, from which they come back unchanged; without room for it they stay."""
        with suppress(OSError):
            if self._file is None:
                file = tempfile.TemporaryFile()  # noqa: SIM115 (it lives as long as the picture)
                np.save(file, self._levels())
                file.flush()
                self._file = file
            with self._reading:
                self._image = None

    def _levels(self) -> np.ndarray:
        """The pixels; as bytes, a quarter of the size, where they were read from a file of 8 bits."""
        bytes_ = (255 * self.image).round().to(torch.uint8)
        whole = torch.equal(bytes_.float() / 255, self.image)
        return (bytes_ if whole else self.image).cpu().numpy()


class Picture(Pixels):
    """One picture, (1, 3, H, W) sRGB in [0, 1], what to call it, what its file held beside, and where that lies.

    Two of them are equal only if they are one.
    """

    def __init__(
        self,
        image: RGB,
        name: str,
        metadata: Metadata | None = None,
        path: str | None = None,
        digest: str | None = None,
    ) -> None:
        super().__init__(image)
        self.name, self.metadata, self.path = name, metadata or Metadata(), path
        self._digest = digest

    @property
    def digest(self) -> str:
        """What is on it, in 16 digits: the same for the same pixels, whatever the file is called."""
        if self._digest is None:
            levels = self._levels()
            about = f"{levels.shape} {levels.dtype}".encode()
            self._digest = hashlib.sha256(about + levels.tobytes()).hexdigest()[:16]
        return self._digest

    def lies_at(self, path: str | os.PathLike) -> bool:
        """Whether a path leads to the file that it was read from."""
        path = Path(path).expanduser()
        return self.path is not None and path.exists() and Path(self.path).exists() and path.samefile(self.path)


def read_picture(picture: Any, named: Any) -> Picture:
    """A picture of anything `load_image` takes, or a tensor, called as the file `named`, if that is one.

    A `Picture` is taken as it is. Raises ValueError for what is none.
    """
    if isinstance(picture, Picture):
        return picture
    image, metadata = (picture, None) if isinstance(picture, torch.Tensor) else load_with_metadata(picture)
    path = os.path.abspath(Path(picture).expanduser()) if isinstance(picture, str | os.PathLike) else None
    return Picture(image, Path(named).stem if isinstance(named, str | os.PathLike) else "picture", metadata, path)
