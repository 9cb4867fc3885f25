"""A folder of pictures, painted as the picture of a studio is, while its page goes on."""

import copy
import os
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

from colornb.files import check_inside
from colornb.folders import FORMATS, Job, Manner, Models, plan
from colornb.progress import listened_to_by, tell
from colornb.widgets._long_task import LongTask
from colornb.widgets._scenes import Scenes
from colornb.widgets._view.folder_row import FolderRow

WORKER = ThreadPoolExecutor(1, "colornb-folder")  # of its own: pictures are opened and saved meanwhile
NAMES = {"png": "PNG", "jpg": "JPG", "webp": "WebP", "tif": "TIFF", "ora": "OpenRaster"}
ENDING = "_painted"  # of the folder that is proposed for the results


@dataclass
class Count:
    """How many pictures there are, how many of them are there painted, and why others could not be."""

    total: int = 0
    done: int = 0
    failed: dict[Path, str] = field(default_factory=dict)

    def __str__(self) -> str:
        more = f", {len(self.failed)} could not be (listed)" if self.failed else ""
        return f"{self.done} of {self.total} painted{more}"


class FolderTask:
    """Paints the pictures of a folder with the models of a studio, and with the palette and the tones of its document.

    `root` is as that of `Studio`, and `row` what is on the page.
    """

    def __init__(self, models: Mapping[str, Any], root: str | os.PathLike | None, document: Callable[[], Any]) -> None:
        self._models, self._root, self._document, self._count = models, root, document, Count()
        formats = {NAMES[suffix]: suffix for suffix in FORMATS}
        self.row = FolderRow(formats, self._propose, self.paint)
        self._task = LongTask(self.row.status, "Stop", self._say_stopped, WORKER)
        self.row.add(self._task.button)

    def open(self, folder: str) -> None:
        """Ask for what is to be known before a folder is painted."""
        self.row.open(folder)

    def paint(self) -> None:
        """Paint what is not painted yet. Raises ValueError for places that cannot be."""
        folder, out = self._place(self.row.source.value), self._place(self.row.out.value)
        count = self._count = Count()
        self.row.show_failed({})
        work = partial(self._work, folder, out, self._manner(), count)
        self._task.run(f"Painting {folder.name}", work, lambda shrunk: self._say_done(out, shrunk))

    def _place(self, text: str) -> Path:
        if not text.strip():
            raise ValueError("a folder has no name: write the one with your pictures, and one for what is painted")
        return check_inside(text.strip(), self._root).absolute()

    def _propose(self, folder: str) -> str:
        """Where to paint a folder: beside it, or inside, where nothing beside it may be written."""
        text = folder.strip().rstrip("/\\")
        if not text:
            return ""
        beside = text + ENDING
        try:
            check_inside(beside, self._root)
        except ValueError:
            return f"{text}/painted"
        return beside if Path(text).name else f"{text}/painted"

    def _manner(self) -> Manner:
        document, shown = self._document(), self.row.format.value
        palette = document.palette.colors if document.palette else ()
        toning = replace(document.toning, palette=palette or document.toning.palette)
        if not self.row.has_model.value:
            return Manner(format=shown, toning=toning)
        source = self._models.get(document.model, document.model)
        name = str(source) if isinstance(source, str | os.PathLike) else document.model
        return Manner(name, document.kind, format=shown, toning=toning)

    def _work(self, folder: Path, out: Path, manner: Manner, count: Count) -> int:
        """Paint them one after the other, in a thread of its own; how many were read smaller than they are."""
        tell("looking for pictures")
        left, count.done = plan(folder, out, manner)
        count.total = count.done + len(left)
        scenes = Scenes(self._models)
        models = Models(manner, partial(self._load, scenes), scenes.choose_model)
        for job in left:
            tell(f"{count}, now {job.source.name}")
            if reason := self._color(job, models):
                count.failed[job.source] = reason
            else:
                count.done += 1
        return models.shrunk

    def _load(self, scenes: Scenes, name: str) -> Any:
        """A model for no one else: the page asks its own at the same time."""
        colorizer = scenes.load(name)
        if colorizer is self._models.get(name):
            network, colorizer = colorizer.network, copy.copy(colorizer)
            colorizer.network = copy.deepcopy(network)
        return colorizer

    def _color(self, job: Job, models: Models) -> str:
        """Paint one; why it could not be, or ""."""
        try:
            for path in job:  # links may lead anywhere
                check_inside(path, self._root)
        except ValueError as error:
            return str(error)
        with listened_to_by(lambda _: None):  # a picture is painted to its end
            return job.run(models.color)

    def _say_done(self, out: Path, shrunk: int) -> None:
        smaller = f" {shrunk} had to be read smaller: `colorize --max-side` keeps their size." if shrunk else ""
        self.row.show_failed(self._count.failed)
        self.row.status.show(f"{self._count}: see {out}.{smaller}")

    def _say_stopped(self, words: str) -> str:
        self.row.show_failed(self._count.failed)
        return f"{words} was stopped: {self._count}. Paint all goes on with the others."
