"""What a studio opens: pictures as its models see them, which are loaded when they are first asked for."""

import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from colornb.colorizer import Colorizer
from colornb.drawings import choose_kind
from colornb.types import RGB
from colornb.widgets._model.document import Document, read_manner, scene_of
from colornb.widgets._model.model_list import DRAWING, PHOTOGRAPH
from colornb.widgets._model.picture import Picture
from colornb.widgets._model.session_file import means_areas, read_hints
from colornb.widgets._renderer import Scene

Key = tuple[Picture, str, str, bool]  # the picture, its kind, the model, whether regions are made of whole areas
KEPT = 5  # scenes that undo and redo come back to soon, of which all but the one on show have parked what is large
PICTURE_KINDS = ("auto", "photo", "drawing")  # what a picture may be taken for, see `Colorizer.set_image`


class Scenes:
    """Pictures as the models see them, and the documents that belong to these.

    `models` has what `Colorizer.load` takes, or a `Colorizer`, by each name.
    """

    def __init__(self, models: Mapping[str, Any]) -> None:
        self.models = dict(models)  # as they are offered
        self._loaded: dict[str, Any] = {}  # colorizers by what they were loaded from
        self._opened: dict[Key, Scene] = {}
        self._shown: list[Key] = []  # those that were on show last

    def open(self, picture: Picture, kind: str, model: str, refine: bool = True) -> Scene:
        """The picture as a model sees it. Raises ValueError, in one line, where there is no such thing."""
        if kind not in PICTURE_KINDS:
            raise ValueError(f"no kind of picture named {kind!r}: choose one of {', '.join(PICTURE_KINDS)}")
        key = picture, kind, model, refine
        if key not in self._opened:
            scene = Scene(self.load(model), picture, kind, refine=refine)
            if not scene.tools:
                one = "choose one that does, such as edge_enhancing-photo3"
                raise ValueError(f"this model does not accept hints: {one}")
            self._opened[key] = scene
            self.models.setdefault(model, model)
        return self._opened[key]

    def keep(self, key: Key) -> None:
        """Show this one; of all others only those that were on show last are kept, and `open` looks at others anew."""
        self._shown = [*(other for other in self._shown if other != key), key][-KEPT:]
        self._opened = {key: self._opened[key] for key in self._shown}

    def choose_model(self, image: RGB, kind: str) -> str:
        """The name of the model that suits a picture, "" where there is none at all.

        Raises ValueError for a blank page that nobody says is a photo.
        """
        model = DRAWING if choose_kind(image, kind) == "drawing" else PHOTOGRAPH
        return model if model in self.models else next(iter(self.models), "")

    # Documents.

    def begin(self, picture: Picture, kind: str, model: str | None) -> Document:
        """The document of a picture before anything was decided. Raises ValueError, as `open` and `choose_model` do."""
        model = self.choose_model(picture.image, kind) if model is None else model
        scene = self.open(picture, kind, model)
        return Document(picture, kind, model, scene.tools, scene.tools[0], scene.blank_regions, shading=scene.shading)

    def switch(self, document: Document, model: str, kind: str) -> Document:
        """The same for another model, or as another kind of picture. Raises ValueError, as `open` does."""
        scene = self.open(document.picture, kind, model, document.refine)
        return document.switch_model(model, kind, scene.tools, scene.blank_regions)

    def read(self, state: dict, document: Document) -> tuple[Document, str]:
        """The document of a session, and what to know of it. Raises ValueError, in one line."""
        document = replace(document, refine=means_areas(state, read_hints(state)))
        scene = self.open(*scene_of(document))
        _, note = scene.read_session(state)
        if note:  # which region was asked about there means nothing here
            state = {key: value for key, value in state.items() if key not in ("rank", "part", "finished")}
        document = replace(document, **read_manner(state, document))
        return document.from_dict(state, scene.blank_regions, scene.count_pieces), note

    def read_step(self, picture: Picture, session: dict, before: Document | None) -> tuple[Document, str]:
        """The document of a kept session, and what to know of it; regions of other models stay from `before`."""
        model, kind = session.get("model"), session.get("kind", "auto")
        known = model if model in self.models else None
        document = self.begin(picture, kind, known) if before is None else before
        if (document.model, document.kind) != (known or document.model, kind):
            document = self.switch(document, known or document.model, kind)
        return self.read(session, document)

    def load(self, model: str) -> Any:
        """The colorizer of a model in the list, or of any name that `Colorizer.load` takes. Raises ValueError."""
        source = self.models.get(model, model)
        if not isinstance(source, str | os.PathLike):
            return source
        name = str(source)
        if name not in self._loaded:
            try:
                self._loaded[name] = Colorizer.load(name)
            except FileNotFoundError as error:
                if model in self.models or "=" in name or Path(name).exists():
                    raise ValueError(str(error)) from None
                known = ", ".join(self.models)
                raise ValueError(f"no model named {model!r}: choose one of {known}, a file or a run") from None
            except OSError as error:  # such as no connection
                raise ValueError(str(error)) from None
        return self._loaded[name]
