"""The models of a studio, loaded when they are first asked for, and the pictures that they look at."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from torch import Tensor

from colornb.colorizer import Colorizer
from colornb.drawings import is_drawing
from colornb.images import load_image
from colornb.types import RGB
from colornb.widgets._model.picture import Picture
from colornb.widgets._model.store import TOOLS
from colornb.widgets._renderer import Scene

PHOTOGRAPH, DRAWING = "photograph", "drawing"
MODELS = {PHOTOGRAPH: "edge_enhancing-natural", DRAWING: "edge_enhancing-comic"}
PICTURE_KINDS = ("auto", "photo", "drawing")  # what a picture may be taken for, see `Colorizer.set_image`
MIN_SIDE = 8  # pixels; a smaller picture has nothing to be coloured
Key = tuple[Picture, str, str]  # the picture, its kind, the model


class Scenes:
    """Pictures as the models see them; `models` has a shipped name, a file or a `Colorizer` by each name."""

    def __init__(self, models: Mapping[str, Any]) -> None:
        self.models = dict(models)
        self._opened: dict[Key, Scene] = {}

    def open(self, picture: Picture, kind: str, model: str) -> Scene:
        """The picture as a model sees it. Raises ValueError, in one line, where there is no such thing."""
        if kind not in PICTURE_KINDS:
            raise ValueError(f"no kind of picture named {kind!r}: choose one of {', '.join(PICTURE_KINDS)}")
        if model not in self.models:
            raise ValueError(f"no model named {model!r}: choose one of {', '.join(self.models)}")
        if isinstance(self.models[model], str | os.PathLike):
            self.models[model] = Colorizer.load(self.models[model])
        key = picture, kind, model
        if key not in self._opened:
            scene = Scene(self.models[model], picture, kind)
            if not tools_of(scene):
                raise ValueError("this model takes no hints: load a method that does, such as edge_enhancing")
            self._opened[key] = scene
        return self._opened[key]

    def keep_only(self, key: Key) -> None:
        """Let go of all others, which `open` looks at anew."""
        self._opened = {key: self._opened[key]}

    def choose_model(self, image: RGB, kind: str) -> str:
        """The name of the model that suits a picture, "" where there is none at all."""
        drawn = kind == "drawing" or (kind == "auto" and is_drawing(image))
        model = DRAWING if drawn else PHOTOGRAPH
        return model if model in self.models else next(iter(self.models), "")


def tools_of(scene: Scene) -> tuple[str, ...]:
    """The tools whose hints the model accepts for this picture."""
    return tuple(tool for tool in TOOLS if tool in scene.hint_kinds and (tool != "region" or scene.region_order))


def read_picture(picture: Any, named: Any) -> Picture:
    """A picture of anything `load_image` takes, or a tensor. Raises ValueError for one with too few pixels."""
    image = picture if isinstance(picture, Tensor) else load_image(picture)
    height, width = image.shape[-2:]
    if min(height, width) < MIN_SIDE:
        raise ValueError(f"{width} × {height} pixels are too few to be coloured: give at least {MIN_SIDE} a side")
    return Picture(image, Path(named).stem if isinstance(named, str | os.PathLike) else "picture")
