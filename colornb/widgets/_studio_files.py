"""How pictures, models and files come into a studio, and go out of it: long work, which can be cancelled."""

from functools import partial
from pathlib import Path
from typing import Any

from colornb.files import check_inside
from colornb.openraster import SUFFIX
from colornb.progress import tell
from colornb.widgets._editor import FORMATS, WORK, Editor
from colornb.widgets._model.picture import Picture
from colornb.widgets._renderer import Scene
from colornb.widgets._view.files import sizes

SIDE_BY_SIDE, FLAT = "_side_by_side", "_flat"  # what is made from a painting, as the names of its files end


class StudioFiles(Editor):
    """What the rows of buttons of a studio do; its document changes when its `_task` is done."""

    formats = FORMATS | {
        "Flat colours": f"{FLAT}.png",
        "Flat colours (layers)": f"{FLAT}{SUFFIX}",
        "Side by side": f"{SIDE_BY_SIDE}.png",
    }

    # What comes in: it is looked at beside the event loop, and then taken as if it were known.

    def _open(self, source: Any, name: str) -> None:
        if isinstance(source, str):
            place = check_inside(source, self._root)
            if place.is_dir():
                self._folder.open(source)
                return
            source = source if self._root is None else str(place)  # a name is seen from there
        if Path(name).suffix.lower() == WORK:
            self._load_from(source, name)
            return

        def work() -> Picture:
            tell("step 1 of 3, reading")
            return self._look_ahead(self._read_picture(source, name))

        def show(opened: Picture) -> None:
            self._show_picture(opened, sizes(source, opened.image))

        self._task.run(f"Opening {Path(name).name}", work, show)

    def _open_recent(self, digest: str) -> None:
        def work() -> Picture:
            tell("step 1 of 3, reading")
            opened, last = self._autosave.works.open(digest), self._autosave.works.last(digest)
            return self._look_ahead(opened, last.get("kind", "auto"), last.get("model"))

        def show(opened: Picture) -> None:
            self._show_picture(opened, sizes(opened.image, opened.image))

        self._task.run("Opening the picture", work, show)

    def _choose(self, model: str, kind: str) -> None:
        document = self.document

        def work() -> None:
            tell("step 1 of 3, reading it")
            self._scenes.load(model)
            tell("step 2 of 3, looking at the picture")
            self._paint_ahead(self._scenes.open(document.picture, kind, model, document.refine))

        self._task.run(f"Loading the model “{model}”", work, lambda _: self.switch_model(model, kind))

    def _look_ahead(self, picture: Picture, kind: str = "auto", model: str | None = None) -> Picture:
        """The picture, as models see it by then; a page on which nothing is drawn may have work that is kept."""
        tell("step 2 of 3, looking at it")
        try:
            model = model if model in self._scenes.models else self._scenes.choose_model(picture.image, kind)
            scene = self._scenes.open(picture, kind, model)
        except ValueError:
            return picture
        self._paint_ahead(scene)
        return picture

    def _paint_ahead(self, scene: Scene) -> None:
        tell("step 3 of 3, painting")
        if not scene.is_large:
            scene.predict(())

    # What goes out.

    def _save_to(self, path: str) -> None:
        place = check_inside(path, self._root)
        what = "the picture that you opened" if self.document.picture.lies_at(place) else "there already"
        if place.is_file() and place not in self._saved and self._asked != path:
            self._asked = path
            raise ValueError(f"'{path}' is {what}: press Save once more to write over it")
        self._asked = ""
        self._task.run(f"Saving {path}", partial(self._write, place), self._say_saved)

    def _say_saved(self, saved: Path) -> None:
        if not self.document.picture.lies_at(saved):  # over that one it asks every time
            self._saved.add(saved)
        super()._say_saved(saved)

    def _load_from(self, source: str | bytes, name: str = "") -> None:
        place = source if isinstance(source, bytes) else str(check_inside(source, self._root))
        super()._load_from(place, name)

    def _write(self, path: Path) -> Path:
        write = {FLAT: self._write_flat, SIDE_BY_SIDE: self.save_figure}
        return write.get(self.export.format.value.rpartition(".")[0], self.save)(path)

    def _write_flat(self, path: Path) -> Path:
        return self.save_flat(path, "lines" in self.layers)

    def _prepare(self) -> None:
        now = self.document, self.layers, self.export.format.value

        def work() -> bytes:
            tell("step 1 of 2, painting at full size")
            self.scene.predict(self.document.hints)
            tell("step 2 of 2, packing")
            return self._pack()

        def show(data: bytes) -> None:
            if not self.export.is_open:
                return
            if now == (self.document, self.layers, self.export.format.value):
                self._show_link(data)
            else:  # the link would lead to an old picture
                self._prepare()

        self._packing.run("Preparing the download", work, show)
