"""Studio: one picture and every kind of hint on it: regions, points and scribbles, with one history for all."""

import gc
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from operator import attrgetter
from pathlib import Path
from typing import Any

import numpy as np
from ipywidgets import HBox, ToggleButtons, VBox

from colornb.files import check_inside
from colornb.hints import Hint
from colornb.images import sample, to_uint8
from colornb.openraster import save_flat
from colornb.widgets._autosave import Autosave, Restored
from colornb.widgets._folder_task import FolderTask
from colornb.widgets._long_task import LongTask
from colornb.widgets._model.document import Document, scene_of
from colornb.widgets._model.model_list import caption, list_models
from colornb.widgets._model.picture import Picture, read_picture
from colornb.widgets._model.session_file import made_on
from colornb.widgets._model.store import LAYERS, Store
from colornb.widgets._pad import Pad
from colornb.widgets._scenes import PICTURE_KINDS, Scenes
from colornb.widgets._studio_files import StudioFiles
from colornb.widgets._view.controls import SuppressEvents, plural, set_css_class, spread
from colornb.widgets._view.files import OpenBar, RecentPictures, sizes
from colornb.widgets._view.help_page import HelpPage
from colornb.widgets._view.keys import Key
from colornb.widgets._view.layer_bar import LayerBar
from colornb.widgets._view.overlays import WHOLE, add_marks, draw_backdrop
from colornb.widgets._view.static_display import close_all, save_panels
from colornb.widgets._view.toning_sliders import ToningSliders
from colornb.widgets.edge_pad import EdgePad
from colornb.widgets.point_pad import PointPad
from colornb.widgets.region_pad import RegionPad

PADS: dict[str, type[Pad]] = {"region": RegionPad, "point": PointPad, "edge": EdgePad}  # by the tool in hand
TOOLS = {"Regions": "region", "Points": "point", "Scribbles": "edge"}
LAYER_NAMES = {"lines": "Lines"} | {tool: text for text, tool in TOOLS.items()}
TOOL_KEYS = {"Regions": "r", "Points": "p", "Scribbles": "b"}


class Studio(StudioFiles):
    """Colour one picture with all kinds of hints together, and take it home.

    A tool for each kind of hint that the model accepts: regions that it asks about (`RegionPad`), points of colour
    (`PointPad`), scribbles on edges that colour has bled across (`EdgePad`). Undo and redo walk through everything:
    hints, colours used, pictures opened. Layers can be hidden. Pictures are opened by upload, by dropping them, or by
    path; the work is saved as .json, which `EdgePad` and `python -m colornb colorize --hints` go on from, too. A folder
    of pictures is painted with the palette and the tones of the work.

    Args:
        picture: anything that `colornb.images.load_image` takes, or an RGB tensor (1, 3, H, W) in [0, 1]; a sample
            without it.
        kind: as in `Colorizer.set_image`.
        model: which of `models` paints; by default "drawing" for line art, and otherwise "photograph".
        models: what `Colorizer.load` takes, or a `Colorizer`, by the name it is offered under; by default those that
            come with the package, and published ones that can be fetched; or `Scenes`, with what they have loaded.
        keep: a folder where the work on each picture is kept after each change, with all steps: the next studio with
            this folder and `picture` goes on from there, and one without a picture opens the last one.
        root: files are read and written by their path in this folder only; None allows all.
        clock: tells the seconds.

    Raises ValueError for what is no picture, or no model.
    """

    def __init__(
        self,
        picture: Any = None,
        *,
        kind: str = "auto",
        model: str | None = None,
        models: Mapping[str, Any] | Scenes | None = None,
        keep: str | os.PathLike | None = None,
        root: str | os.PathLike | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._quiet, self._clock, self._root = SuppressEvents(), clock, root
        self._scenes = models if isinstance(models, Scenes) else Scenes(list_models() if models is None else models)
        self._pads: dict[str, Pad] = {}  # of the scene on the page, by tool
        self._saved: set[Path] = set()  # files that it has written, over which it writes unasked
        self._asked = ""  # the file that is written over if it is asked for once more
        self._autosave = None
        if keep is not None:
            self._autosave = Autosave(keep, self._scenes.read_step, lambda: self.scene.origin)
        opened = self._autosave.latest() if self._autosave and picture is None else None
        opened = opened or self._read_picture(sample("coffee") if picture is None else picture, picture)
        restored = self._restore(opened, kind, model)
        self.scene = self._scenes.open(*scene_of(restored.steps[restored.at]))
        super().__init__(Store(*restored.steps, at=restored.at), "painted")
        self.add_class("colornb-studio")
        # What a pad changes is its own to show; another pad is put on the page before any pad is told of the change.
        self.store.subscribe(self.refresh, of=attrgetter("picture", "kind", "model", "refine", "tool"))
        self.store.subscribe(lambda: self._toning.show(self.document.toning), of=attrgetter("toning"))
        self._toning.show(self.document.toning)
        self.refresh()
        if restored.note:
            self.status.show(restored.note, restored.is_bad)
        if self._autosave is not None:
            self._autosave.attach(self.store, self.status)

    # What the studio holds.

    @property
    def document(self) -> Document:
        """All that has been decided, immutable."""
        return self.store.document

    @property
    def pad(self) -> Pad:
        """The pad of the tool in hand."""
        return self._pad_of(self.document.tool)

    @property
    def colorizer(self) -> Any:
        """What paints; the picture it looks at may be another one by now."""
        return self.scene.colorizer

    @property
    def tool(self) -> str:
        """The kind of hint being given: "region", "point" or "edge"; may be set. Raises ValueError for others."""
        return self.document.tool

    @tool.setter
    def tool(self, tool: str) -> None:
        if tool not in self.document.tools:
            raise ValueError(f"this model accepts no {tool} hints: choose one of {', '.join(self.document.tools)}")
        self.store.replace(replace(self.document, tool=tool))

    @property
    def model(self) -> str:
        """Which model paints: one of the list, or any name that `Colorizer.load` takes.

        May be set, and `undo` takes that back. Raises ValueError for an unknown one, and for one that takes no hints.
        """
        return self.document.model

    @model.setter
    def model(self, model: str) -> None:
        self.switch_model(model, self.document.kind)

    @property
    def hints(self) -> list[Hint]:
        """All hints: what `Colorizer.predict` takes."""
        return list(self.document.hints)

    def _to_dict(self) -> dict:
        return self.document.to_dict()

    # What can be done with it.

    def open_picture(self, picture: Any, kind: str = "auto", model: str | None = None, name: str | None = None) -> None:
        """Open another picture, with the work that is kept on it; where none is, `undo` brings the one before back.

        Arguments as those of the studio; `name` is what to call the file. Raises ValueError, and keeps the work then.
        """
        opened = self._read_picture(picture, name or picture)
        self._show_picture(opened, sizes(picture, opened.image), kind, model)

    def switch_model(self, model: str, kind: str) -> None:
        """The same picture and hints for another model, or seen as another kind; `undo` takes it back.

        Raises ValueError for an unknown one.
        """
        self.store.commit(self._scenes.switch(self.document, model, kind))

    def tone(self, **values: float) -> None:
        """Make all that is painted more vivid, warmer or weaker: fields of `Toning`; `undo` takes it back.

        Raises ValueError for values that cannot be.
        """
        self.store.commit(replace(self.document, toning=replace(self.document.toning, **values)))

    def save_figure(self, path: str | os.PathLike) -> Path:
        """Write what waited for colour, the hints, and the painted picture side by side: .png, .pdf or .svg.

        Raises ValueError where nothing can be written.
        """
        shown = self._panels() | {"painted": to_uint8(self.rgb)}
        return save_panels(shown, path, max(self.scene.picture.size[1], self.scene.size[1]))

    def save_flat(self, path: str | os.PathLike, lines: bool = True) -> Path:
        """Write only the colours given to regions, and the lines: .png or .ora, see `openraster.save_flat`.

        Raises ValueError where there are none, and where nothing can be written.
        """
        return self.scene.ask(lambda c: save_flat(c, self.hints, path, self.scene.picture.metadata, lines))

    @property
    def layers(self) -> frozenset[str]:
        """The layers on show."""
        return self.store.layers

    def show_layer(self, layer: str, on: bool = True) -> None:
        """Show or hide a layer: "lines", "region", "point" or "edge". Raises ValueError for others."""
        self.store.show_layer(layer, on)
        self._layers.show(layer, on)

    def show_help(self, on: bool = True) -> None:
        """Show how to colour a picture, in five steps, or put that away."""
        self._help.show(on)

    def flush(self) -> None:
        """Return when all that was asked for is painted and shown."""
        self.pad.flush()

    def keep_pixels(self) -> None:
        """Keep the pixels on show for a page without a kernel."""
        self.pad.is_on_page = True
        self.pad.keep_pixels()

    # Pictures and models.

    def _read_picture(self, picture: Any, named: Any) -> Picture:
        if isinstance(picture, str | os.PathLike):
            picture = check_inside(picture, self._root)
        return read_picture(picture, named)

    def _show_picture(self, opened: Picture, size: str, kind: str = "auto", model: str | None = None) -> None:
        restored = self._restore(opened, kind, model)
        if restored.note and not restored.is_bad:
            palette = self.document.palette  # goes with the user from picture to picture
            steps = [replace(step, palette=step.palette or palette) for step in restored.steps]
            self.store.restart(*steps, at=restored.at)
            self.status.show(restored.note)
            return
        self.store.commit(replace(restored.steps[0], recent=self.document.recent, palette=self.document.palette))
        seen = f"Opened {opened.name} ({size}) for the model “{self.model}”"
        self.status.show(restored.note or f"{seen}. Undo brings the picture before it back.", restored.is_bad)

    def _take_state(self, state: dict) -> str:
        told, document = state if isinstance(state, dict) else {}, self.document
        # The model of work on a photograph is none for a drawing.
        model, suits = told.get("model"), made_on(told) in ("", self.scene.origin["seen_as"])
        if suits and model in self._scenes.models and model != document.model:
            document = self._scenes.switch(document, model, document.kind)
        document, note = self._scenes.read(state, document)
        self.store.commit(document)
        return note

    # How it is laid out.

    def _parts(self) -> list[Any]:
        on = self.status.catch_errors
        known = [(caption(name, source), name) for name, source in self._scenes.models.items()]
        models = known, lambda model: self._choose(model, self.document.kind)
        kinds = PICTURE_KINDS, lambda kind: self._choose(self.model, kind)
        self._open_bar = OpenBar(self._open, {"Model": models, "Picture type": kinds}, on)
        self._tool_buttons = ToggleButtons(options=[""])
        self._tool_buttons.style.button_width = "auto"
        set_css_class(self._tool_buttons, "tools")
        self._quiet.observe(self._tool_buttons, on(self._pick))
        self._layers = LayerBar(LAYER_NAMES, on(self.show_layer), self._quiet)
        self._place = VBox()
        set_css_class(self._place, "place")
        self._toning = ToningSliders(on(lambda name, value: self.tone(**{name: value})))
        ends = HBox((self._toning.button, self._export_button("Save or download the picture, or your work")))
        top = spread(self._tool_buttons, self._layers.widget, ends, align_items="center")
        self._task, self._help = LongTask(self.status), HelpPage(on)
        self._packing = LongTask(self.status, word="Stop")
        self.export.widget.children += (self._packing.button,)
        self._folder = FolderTask(self._scenes.models, self._root, lambda: self.document)
        ways = [self._folder.row.button, self._help.button]
        parts = [
            self._open_bar.widget,
            self._help.widget,
            self._folder.row.widget,
            top,
            self._toning.widget,
            self.export.widget,
            self._place,
            self._task.button,
        ]
        if self._autosave is not None:
            recent = RecentPictures(self._autosave.rows, self._open_recent, on)
            ways.insert(0, recent.button)
            parts.insert(1, recent.widget)
        self._open_bar.widget.children += tuple(ways)
        return parts

    def _pick(self, text: str) -> None:
        self.tool = TOOLS[text]

    # How it is shown.

    def refresh(self) -> None:
        """Put the pad of the tool in hand on the page, for the picture and the model of the document."""
        document, before = self.document, next(iter(self._place.children), None)
        closed = self._change_scene()
        with self._quiet:
            self._tool_buttons.options = [text for text, tool in TOOLS.items() if tool in document.tools]
            self._tool_buttons.value = next(text for text, tool in TOOLS.items() if tool == document.tool)
        self._layers.set_layers([layer for layer in LAYERS if layer in ("lines", *document.tools)])
        self._open_bar.show(document.model, document.kind)
        pad = self.pad
        if before is None or before.scene.picture is not document.picture:
            self.export.rename(f"{document.picture.name}_painted")
        if pad is not before:
            self._change_pad(before, pad)
        for old in closed:
            old.stop()
            close_all(old)
        if closed:
            gc.collect()  # widgets and their callbacks are circles, which hold pictures

    def _change_scene(self) -> list[Pad]:
        """Take the scene of the document; of another one before it the pads are to be closed."""
        key, before = scene_of(self.document), self.scene
        self.scene = self._scenes.open(*key)
        self._scenes.keep(key)
        if self.scene is before:
            return []
        before.park()
        if self.scene.picture is not before.picture:
            before.picture.park()
        closed, self._pads = list(self._pads.values()), {}
        return closed

    def _change_pad(self, before: Pad | None, pad: Pad) -> None:
        pad.is_on_page = self.is_on_page
        if before is not None:
            before.detach()
            if before.scene.picture is pad.scene.picture:  # another one is to be seen whole first
                pad.look(before.viewport)
        self._place.children = (pad,)
        pad.attach()

    def _pad_of(self, tool: str) -> Pad:
        """The pad of a tool, made when it is first asked for."""
        if tool not in self._pads:
            options = {"clock": self._clock} if tool == "edge" else {}
            pad = self._pads[tool] = PADS[tool](self.scene, store=self.store, **options)
            pad.share_status(self.status)
            tools, on = self._tool_buttons.options, self.status.catch_errors
            pad.key_map.add(Key(TOOL_KEYS[text], text, on(partial(self._pick, text))) for text in tools)
        return self._pads[tool]

    def _panels(self) -> dict[str, np.ndarray]:
        """What waited for colour, all hints, the painted picture: on the canvas of the pads."""
        scene, document = self.scene, self.document
        bare = draw_backdrop(scene, replace(document, regions=scene.blank_regions), LAYERS)
        given = add_marks(draw_backdrop(scene, document, LAYERS), document, LAYERS)
        return {
            "lines" if scene.colorizer.network.condition == "sketch" else "gray": bare(WHOLE, *scene.size),
            plural(len(self.hints), "hint"): given(WHOLE, *scene.size),
            "painted": self.pad.painted_pixels,
        }

    # How it is kept.

    def _restore(self, picture: Picture, kind: str, model: str | None) -> Restored:
        """The work that is kept on a picture, else its first document."""
        if self._autosave is None:
            return Restored([self._scenes.begin(picture, kind, model)])
        return self._autosave.restore(picture, lambda: self._scenes.begin(picture, kind, model))

    def __repr__(self) -> str:
        return f"Studio({self.document.picture.name}, {plural(len(self.hints), 'hint')})"
