"""Studio: one picture and every kind of hint on it: regions, points and scribbles, with one history for all."""

import json
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
from ipywidgets import HTML, Box, HBox, Layout, ToggleButtons, VBox
from torch import Tensor

from colornb.colorizer import Colorizer, is_drawing
from colornb.figures import Figure
from colornb.hints import Hint
from colornb.images import load_image, sample, to_uint8
from colornb.layers import save_text
from colornb.types import RGB
from colornb.widgets._controls import Quiet, action, describe, toggle
from colornb.widgets._desk import LAYERS, Desk, Work
from colornb.widgets._export import Export
from colornb.widgets._keeping import Keeper
from colornb.widgets._later import Later
from colornb.widgets._opening import KINDS, Opening, sizes
from colornb.widgets._pad import FIGURE_WIDTH, WORK, Pad, panels
from colornb.widgets._regions import lay_over, opaque
from colornb.widgets._session import History
from colornb.widgets._shown import Shown
from colornb.widgets._work import read_work

PHOTOGRAPH, DRAWING = "photograph", "drawing"
MODELS = {PHOTOGRAPH: "edge_enhancing-natural", DRAWING: "edge_enhancing-comic"}
TOOLS = {"Regions": "region", "Points": "point", "Scribbles": "edge"}
LEAST = 8  # pixels a side; a smaller picture has nothing to be coloured
QUIET = 1.0  # seconds without a change after which the work is kept
BESIDE = "_side_by_side"


class Studio(Shown):
    """Colour one picture with all kinds of hints together, and take it home.

    A tool for each kind of hint that the model hears: regions that it asks about (`RegionPad`), points of colour
    (`PointPad`), scribbles on edges that colour has bled across (`EdgePad`). Undo and redo walk through everything:
    hints, colours used, pictures opened. Layers can be hidden. Pictures are opened by upload, by dropping them, or by
    path; the work is saved as .json, which `EdgePad` and `python -m colornb colorize --hints` go on from, too.

    Args:
        picture: anything that `colornb.images.load_image` takes, or an RGB tensor (1, 3, H, W) in [0, 1]; a sample
            without it.
        kind: as in `Colorizer.set_image`.
        model: which of `models` paints; by default "drawing" for line art, and otherwise "photograph".
        models: a shipped name, a file, or a `Colorizer`, by the name it is offered under.
        keep: a folder where the work is kept after each change; the next studio with this folder goes on from there,
            and `picture` is what to begin with where it is empty.
        clock: tells the seconds.

    Raises ValueError for what is no picture, or no model.
    """

    def __init__(
        self,
        picture: Any = None,
        *,
        kind: str = "auto",
        model: str | None = None,
        models: Mapping[str, Any] | None = None,
        keep: str | os.PathLike | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._status, self._quiet = HTML(), Quiet()
        self.clock, self.layers = clock, frozenset(LAYERS)
        self._models, self._desks = dict(MODELS if models is None else models), {}
        self._listeners: list[Callable[[], None]] = []
        self._keeper: Keeper | None = None
        self._storer = Later(QUIET, self._on(self._put_away))
        desk = self._desk(*self._read_picture(sample("coffee") if picture is None else picture, picture), kind, model)
        self.history: History = History(desk.begin())
        self._told = self.work.hints
        super().__init__(self._parts())
        self.add_class("colornb-studio")
        self._arrange()
        if keep is not None:
            keeper = Keeper(Path(keep).expanduser())
            self._on(lambda: self._take_up(keeper))()
            self._keeper = keeper  # from now on

    # What the studio holds.

    @property
    def work(self) -> Work:
        """The present state, immutable."""
        return self.history.state

    @property
    def pad(self) -> Pad:
        """The pad of the tool in hand."""
        return self.work.desk.pad(self.work.tool)

    @property
    def painter(self) -> Any:
        """What paints; the picture it looks at may be another one by now."""
        return self.work.desk.painter

    @property
    def tool(self) -> str:
        """The kind of hint being given: "region", "point" or "edge"; may be set. Raises ValueError for others."""
        return self.work.tool

    @tool.setter
    def tool(self, tool: str) -> None:
        self.work.desk.pad(tool)
        self.history.move(replace(self.work, tool=tool))
        self._arrange()

    @property
    def model(self) -> str:
        """Which model paints; may be set, and `undo` takes that back. Raises ValueError for an unknown one."""
        return self.work.desk.model

    @model.setter
    def model(self, model: str) -> None:
        self._seat(model, self.work.desk.kind)

    @property
    def hints(self) -> list[Hint]:
        """All hints: what `Colorizer.predict` takes."""
        return list(self.work.hints)

    @property
    def rgb(self) -> RGB:
        """The painted picture at its own size, (1, 3, H, W) sRGB in [0, 1]."""
        return self.pad.rgb

    @property
    def state(self) -> dict:
        """The work so far, JSON-able: a hint file (`colornb.hints.to_json`) that also tells all the rest."""
        work = self.work
        place = {} if work.regions is None else work.regions.to_dict()
        known = {"log": [asdict(entry) for entry in work.strokes.log], "tool": work.tool, "model": work.desk.model}
        hints = [row for session in (work.points, work.strokes) for row in session.to_dict()["hints"]]
        rows = {"colornb": 1} | place | {"hints": [*place.get("hints", []), *hints]}
        return rows | known | {"kind": work.desk.kind, "recent": list(work.recent)}

    def on_change(self, callback: Callable[[], None]) -> None:
        """Call `callback()` whenever the hints have changed, before the picture is painted for them."""
        self._listeners.append(callback)

    # What can be done with it.

    def open_picture(self, picture: Any, kind: str = "auto", model: str | None = None, name: str | None = None) -> None:
        """Lay another picture on the desk; `undo` brings the one before back, with its hints.

        Arguments as those of the studio; `name` is what to call the file. Raises ValueError, and keeps the work then.
        """
        image, name = self._read_picture(picture, name or picture)
        work = self._desk(image, name, kind, model).begin(recent=self.work.recent)
        self.history.step(work)
        self._arrange()
        self._tell(f"Opened {name} ({sizes(picture, image)}). Undo brings the picture before it back.")

    def load_state(self, state: dict) -> None:
        """Go on from a `state` for this picture; `undo` takes it back. Raises ValueError, and keeps the work then."""
        desk = self.work.desk
        model = state.get("model") if isinstance(state, dict) else None
        if model in self._models and model != desk.model:
            desk = self._desk(desk.image, desk.name, desk.kind, model)
        self.history.step(read_work(state, desk))
        self._arrange()

    def save(self, path: str | os.PathLike) -> Path:
        """Write the picture at its own size, .png, .jpg, .webp, or .ora with all layers; or the work, .json.

        Raises ImageError where nothing can be written.
        """
        if Path(path).suffix.lower() == WORK:
            return save_text(json.dumps(self.state, indent=1), path)
        return self.pad.save(path)

    def save_figure(self, path: str | os.PathLike) -> Path:
        """Write what waited for colour, the hints, and the painted picture side by side: .png, .pdf or .svg.

        Raises ValueError where nothing can be written.
        """
        path, desk = Path(path).expanduser(), self.work.desk
        shown = self._pictures() | {"painted": to_uint8(self.rgb)}
        dots = 3 * max(desk.image.shape[-1], desk.size[1]) / FIGURE_WIDTH  # as many as the picture has, up to A3
        try:
            panels(shown, desk.size).savefig(path, dpi=min(max(dots, 150), 600))
        except (OSError, ValueError) as error:
            raise ValueError(f"cannot write '{path}': {str(error).splitlines()[0]}") from None
        return path

    def undo(self) -> None:
        """Take back the last change of anything."""
        self.pad.undo()

    def redo(self) -> None:
        """Do again what was taken back last."""
        self.pad.redo()

    def show_layer(self, layer: str, on: bool = True) -> None:
        """Show or hide a layer: "lines", "region", "point" or "edge". Raises ValueError for others."""
        if layer not in LAYERS:
            raise ValueError(f"no layer {layer!r}: choose one of {', '.join(LAYERS)}")
        self.layers = self.layers | {layer} if on else self.layers - {layer}
        with self._quiet:
            self._shows[layer].value = on
        self.pad._changed()

    def figure(self) -> Figure:
        """The studio as a picture."""
        self._settle()
        return panels(self._pictures(), self.work.desk.size)

    # What its pads tell it.

    def step_back(self, caller: Pad | None = None) -> None:
        """Go one state back, and show what has changed."""
        self._walk(self.history.undo, caller)

    def step_forth(self, caller: Pad | None = None) -> None:
        """Go one state forth, and show what has changed."""
        self._walk(self.history.redo, caller)

    def _walk(self, go: Callable[[], None], caller: Pad | None) -> None:
        before = self.work
        before.desk.left = before.regions
        go()
        if self.work.desk is before.desk:
            tool = self.work.differs(before) or before.tool
            self.history.move(replace(self.work, tool=tool))
        self._arrange(caller)

    def heard(self) -> None:
        """Tell the listeners where the hints have changed, and keep the work."""
        if self._told != self.work.hints:
            self._told = self.work.hints
            for callback in self._listeners:
                callback()
        if self._keeper is not None:
            self._storer.ask()

    # Pictures and painters.

    def _read_picture(self, picture: Any, named: Any) -> tuple[RGB, str]:
        image = picture if isinstance(picture, Tensor) else load_image(picture)
        height, width = image.shape[-2:]
        if min(height, width) < LEAST:
            raise ValueError(f"{width} × {height} pixels are too few to be coloured: give at least {LEAST} a side")
        return image, Path(named).stem if isinstance(named, str | os.PathLike) else "picture"

    def _desk(self, image: RGB, name: str, kind: str, model: str | None) -> Desk:
        """The desk for a picture, kept while the studio lives: undo may come back to it."""
        if kind not in KINDS:
            raise ValueError(f"no kind of picture named {kind!r}: choose one of {', '.join(KINDS)}")
        model = self._choose(image, kind) if model is None else model
        if model not in self._models:
            raise ValueError(f"no model named {model!r}: choose one of {', '.join(self._models)}")
        key = id(image), kind, model  # the desk keeps its picture: no other gets this number
        if key not in self._desks:
            self._desks[key] = Desk(self, self._painter(model), model, image, kind, name)
        return self._desks[key]

    def _choose(self, image: RGB, kind: str) -> str:
        drawn = kind == "drawing" or (kind == "auto" and is_drawing(image))
        model = DRAWING if drawn else PHOTOGRAPH
        return model if model in self._models else next(iter(self._models), "")

    def _painter(self, model: str) -> Any:
        if isinstance(self._models[model], str | os.PathLike):
            self._models[model] = Colorizer.load(self._models[model])
        return self._models[model]

    def _seat(self, model: str, kind: str) -> None:
        """The same picture and hints with another painter."""
        work = self.work
        desk = self._desk(work.desk.image, work.desk.name, kind, model)
        work.desk.left = work.regions
        kept = desk.begin(points=work.points, strokes=work.strokes, recent=work.recent)
        self.history.step(replace(kept, tool=work.tool if work.tool in desk.tools else kept.tool))
        self._arrange()

    # How it is laid out.

    def _parts(self) -> list[Any]:
        on = self._on
        self._opening = Opening(
            list(self._models),
            lambda source, name: self.open_picture(source, name=name),
            lambda model: self._seat(model, self.work.desk.kind),
            lambda kind: self._seat(self.model, kind),
            on,
        )
        self._tools = ToggleButtons(options=[""])
        self._tools.style.button_width = "auto"
        describe(self._tools, "tools")
        self._tools.observe(on(lambda change: None if self._quiet.is_on else self._pick(change["new"])), "value")
        self._shows = {layer: self._layer(layer) for layer in LAYERS}
        self._layers = HBox(layout=Layout(align_items="center"))
        layout = Layout(flex_flow="row wrap", justify_content="space-between", align_items="center")
        self._place = VBox()
        self._export = Export("painted.png", lambda: self.rgb, self.save, self.load, on, self._tell)
        beside = action("Side by side", "columns", "Write lines, hints and result in one file", on(self._save_figure))
        *entries, link = self._export.widget.children
        self._export.widget.children = (*entries, beside, link)
        take = action("Export", "download", "Save or download the picture, or your work", on(self._export.turn))
        top = Box((self._tools, self._layers, take), layout=layout)
        return [self._opening.widget, top, self._export.widget, self._place]

    def _layer(self, layer: str) -> Any:
        text = {"lines": "Lines", **{tool: text for text, tool in TOOLS.items()}}[layer]
        show = self._on(lambda on: None if self._quiet.is_on else self.show_layer(layer, on))
        button = toggle(text, "eye", f"Show the layer of {text.lower()}", show)
        with self._quiet:
            button.value = True
        return button

    def _pick(self, text: str) -> None:
        self.tool = TOOLS[text]

    def _save_figure(self) -> None:
        path = Path(self._export.path.value.strip() or "painted.png")
        beside = path.with_name(f"{path.stem.removesuffix(BESIDE)}{BESIDE}.png")
        self._tell(f"Saved {self.save_figure(beside)}.")

    # How it is shown.

    def _arrange(self, caller: Pad | None = None) -> None:
        """Put the pad of the tool in hand on the page, as the work is now."""
        work = self.work
        view = self._place.children[0]._left.view if self._place.children else None
        pad = self.pad
        if hasattr(pad, "_chooser"):
            pad._chooser.recall(work.recent)
        with self._quiet:
            texts = [text for text, tool in TOOLS.items() if tool in work.desk.tools]
            self._tools.options = texts
            self._tools.value = next(text for text, tool in TOOLS.items() if tool == work.tool)
        shows = [self._shows[layer] for layer in LAYERS if layer in ("lines", *work.desk.tools)]
        self._layers.children = (HTML('<span class="colornb-caption">Layers</span>'), *shows)
        pad.is_on_page = self.is_on_page
        if self._place.children != (pad,):
            self._export.path.value = f"{work.desk.name}_painted.png"
            self._place.children = (pad,)
        self._opening.show(work.desk.model, work.desk.kind)
        self._export.close()
        if view is not None:
            pad._look(view)
        if pad is not caller:
            pad._changed()
        self.heard()

    def _pictures(self) -> dict[str, np.ndarray]:
        """What waited for colour, all hints, the painted picture: on the canvas of the pads."""
        desk, work, layers = self.work.desk, self.work, self.layers
        self.layers = frozenset(LAYERS)
        try:
            bare = desk.colors(replace(work, regions=desk.blank))
            hints = lay_over(desk.colors(work), desk.marks_of(work, desk.tools, desk.size))
        finally:
            self.layers = layers
        number = len(self.hints)
        return {
            "lines" if desk.painter.network.condition == "sketch" else "gray": bare,
            f"{number} hint" + ("" if number == 1 else "s"): hints,
            "painted": opaque(self.pad._right.pixels["picture"][..., :3]),
        }

    # How it is kept.

    def _put_away(self) -> None:
        desk = self.work.desk
        self._keeper.put(desk.image, self.state | {"name": desk.name})

    def _take_up(self, keeper: Keeper) -> None:
        """Go on from what was kept, if anything."""
        if kept := keeper.take():
            image, state = kept
            kind, name, model = state.get("kind", "auto"), str(state.get("name", "picture")), state.get("model")
            desk = self._desk(image, name, kind, model if model in self._models else None)
            self.history = History(read_work(state, desk))
            self._arrange()
            self._tell(f"Went on with {name} where you left it.")

    def _settle(self) -> None:
        self.pad._settle()

    def _store(self) -> None:
        self.pad.is_on_page = True
        self.pad._store()

    def __repr__(self) -> str:
        number = len(self.hints)
        return f"Studio({self.work.desk.name}, {number} hint{'' if number == 1 else 's'})"
