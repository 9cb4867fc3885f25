"""A picture that undo may come back to, and the folder in which it outlives its page with all that was done to it."""

import json
import tempfile
from pathlib import Path
from typing import IO, Any

import numpy as np
import torch

from colornb.images import Metadata, load_with_metadata, save_image
from colornb.openraster import save_text
from colornb.types import RGB

PICTURE, WORK = "picture.png", "work.json"


class Picture:
    """One picture, (1, 3, H, W) sRGB in [0, 1], what to call it, and what its file held beside.

    Two of them are equal only if they are one.

    It is in memory while it is painted, and in a temporary file while it is not.
    """

    def __init__(self, image: RGB, name: str, metadata: Metadata | None = None) -> None:
        self.name, self.metadata = name, metadata or Metadata()
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

    def park(self) -> None:
        """Put the pixels into a temporary file, from which they come back unchanged."""
        if self._file is None:
            self._file = tempfile.TemporaryFile()  # noqa: SIM115 (it lives as long as the picture)
            bytes_ = (255 * self._image).round().to(torch.uint8)
            whole = torch.equal(bytes_.float() / 255, self._image)  # read from a file of 8 bits: a quarter of the size
            np.save(self._file, (bytes_ if whole else self._image).cpu().numpy())
            self._file.flush()
        self._image = None


class Autosave:
    """Keeps the last work of a studio in a folder, which is made when there is something to keep."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._picture: Picture | None = None  # that in the folder

    def save(self, picture: Picture, state: dict[str, Any]) -> None:
        """Keep this work. Raises ImageError or OSError where nothing can be written."""
        self._folder.mkdir(parents=True, exist_ok=True)
        if self._picture is not picture:
            save_image(picture.image, self._folder / PICTURE, picture.metadata)
            self._picture = picture
        save_text(json.dumps(state | {"name": picture.name}, indent=1), self._folder / WORK)

    def restore(self) -> tuple[Picture, dict[str, Any]] | None:
        """The picture and the work in the folder, None where there is none. Raises ValueError for a broken one."""
        if not (self._folder / PICTURE).exists():
            return None
        try:
            state = json.loads((self._folder / WORK).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            state = None
        if not isinstance(state, dict):
            raise ValueError(f"the work kept in '{self._folder}' is broken: begin anew, or load a file you saved")
        image, metadata = load_with_metadata(self._folder / PICTURE)
        self._picture = Picture(image, str(state.get("name", "picture")), metadata)
        return self._picture, state
