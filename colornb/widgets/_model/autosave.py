"""Work that outlives its page: a folder with the picture and all that was done to it."""

import json
from pathlib import Path
from typing import Any

from colornb.images import load_image, save_image
from colornb.openraster import save_text
from colornb.widgets._model.picture import Picture

PICTURE, WORK = "picture.png", "work.json"


class Autosave:
    """Keeps the last work of a studio in a folder, which is made when there is something to keep."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._picture: Picture | None = None  # that in the folder

    def save(self, picture: Picture, state: dict[str, Any]) -> None:
        """Keep this work. Raises ImageError or OSError where nothing can be written."""
        self._folder.mkdir(parents=True, exist_ok=True)
        if self._picture is not picture:
            save_image(picture.image, self._folder / PICTURE)
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
        self._picture = Picture(load_image(self._folder / PICTURE), str(state.get("name", "picture")))
        return self._picture, state
