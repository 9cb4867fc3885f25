"""PointPad: you click where you know a colour, and it spreads (Zhang, Zhu et al., SIGGRAPH 2017, Section 4.1)."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import partial

import numpy as np
from ipywidgets import Box, DOMWidget, HBox, Layout, VBox

from colornb.color import at_lightness, hex_color, parse_color
from colornb.hints import Hint, Point
from colornb.widgets._coloring import Coloring
from colornb.widgets._lines import Lines
from colornb.widgets._mark_pad import MarkPad
from colornb.widgets._model.document import PointState, points_from
from colornb.widgets._pad import Document, Pad
from colornb.widgets._view.canvas import LayerCanvas, Place, Viewport, clip
from colornb.widgets._view.color_picker import ColorPicker, GamutMap
from colornb.widgets._view.controls import HintList, Summary, dot, muted, plural, spread, wrap
from colornb.widgets._view.keys import Key
from colornb.widgets._view.overlays import alpha_composite, draw_frame, draw_points, find_point, half_side
from colornb.widgets._view.panels import PointSliders
from colornb.widgets._view.pictures import captioned

MAX_SUGGESTED = 9  # as many as the authors' own interface offers
MAX_PATCH = 1 / 8  # the largest patch on the slider, as a fraction of the picture's shorter side
ARROWS = {"ArrowLeft": (-1, 0), "ArrowRight": (1, 0), "ArrowUp": (0, -1), "ArrowDown": (0, 1)}


class PointPad(Coloring, Lines, MarkPad, Pad):
    """Colour a picture by points: click where you know a colour, choose it, and the model spreads it.

    A click on either picture adds a point, a click on a point chooses it, and a drag moves it. A colour (suggestion,
    palette, picker, text or map) goes to the chosen point, and the next point begins with it; the very first one
    takes what the model paints there. Points are numbered from 0 in the order they were given. Everything works with
    buttons alone; on a picture, the arrow keys move a point and the key Delete takes it away.

    Where the model keeps the lightness of the picture, the pad tells how a colour comes out at the chosen place, and
    maps all colours that a screen can show there.

    In a studio, the button Line (or the key l) lets a drag draw a line that no colour crosses: a scribble of `EdgePad`.

    `colorizer` is a `colornb.colorizer.Colorizer` of a method that accepts points, such as rtug. `picture` is anything
    `colornb.images.load_image` takes or an RGB tensor (1, 3, H, W) in [0, 1]; without it the colorizer's present
    picture is used. `kind` is as in `Colorizer.set_image`. `store` is for pads that share their document, see `Studio`.
    Raises ValueError for a colorizer that takes no points or has no picture.
    """

    tool = "point"
    welcome = "A click adds a point; then try colours for it. Drag it to move it, press Delete to take it away."
    refusal = "this model does not accept point hints: choose one that does, such as rtug-natural"

    css_class = "points"
    _color: str | None = None  # what the next point takes; None: what the model paints there
    _patch = Point(0, 0, "black").size  # and how large it will be
    _light: tuple[Place | None, float] = (None, 0.0)  # that of the picture at a place, which was asked for last
    _before_drag: PointState | None = None  # what was so before the drag that lasts

    # What the pad holds.

    @property
    def points(self) -> PointState:
        """What has been decided about the points, immutable."""
        return self.document.points

    @Pad.hints.setter
    def hints(self, hints: Iterable[Hint]) -> None:
        """The points given so far: what `Colorizer.predict` takes. They may be set; `undo` takes it back."""
        self._commit_points(points_from(hints))

    def _take_hints(self, hints: Sequence[Hint], state: dict) -> None:
        self._commit_points(points_from(hints, state.get("chosen")))

    # What can be done with it: each is a button or a slider too.

    def add(self, x: float, y: float, color: str | Sequence[float] | None = None, size: float | None = None) -> None:
        """Add a point at (x, y) in [0, 1], y down, and choose it.

        Without `color` and `size` (a fraction of the picture's shorter side) it takes those on show. Raises
        ValueError outside the picture and for what is no colour.
        """
        point = Point(x, y, self._color or "black", self._patch if size is None else size)
        if color is not None:
            point = replace(point, color=hex_color(parse_color(color)))
        elif self._color is None:
            point = replace(point, color=self._painted_at(x, y))
        self._commit_points(self.points.add(point), None if color is None else point.color)

    def paint(self, color: str | Sequence[float]) -> None:
        """Give the chosen point a colour; where none is chosen, the next one will take it.

        The colour is "#rrggbb", "#rgb", a CSS name or three floats in [0, 1]. Raises ValueError for anything else.
        """
        self._color = hex_color(parse_color(color))
        points = self.points if self.chosen is None else self.points.change(color=self._color)
        self._commit_points(points, self._color)

    def resize(self, size: float) -> None:
        """Give the chosen point a size, or the next one: a fraction in (0, 1] of the picture's shorter side.

        Raises ValueError for anything else.
        """
        self._patch = Point(0, 0, "black", size).size
        self._commit_points(self.points if self.chosen is None else self.points.change(size=size))

    def pick(self, color: str) -> None:
        """Take a colour "#rrggbb" in hand: the next point will have it, and none is chosen."""
        self.select(None)
        self._color = color
        super().pick(color)

    def move(self, x: float, y: float) -> None:
        """Move the chosen point. Raises ValueError outside the picture, or where none is chosen."""
        self._commit_points(self.points.change(x=x, y=y))

    # How it is laid out.

    def _parts(self) -> list[DOMWidget]:
        on, short = self.status.catch_errors, self.scene.colorizer.size
        self._list = HintList(on(self.select))
        self.color_picker = ColorPicker(on(self.paint), self.pick, self.use_palette, on, MAX_SUGGESTED)
        self.gamut_map = GamutMap(on(self.paint))
        largest = max(9, round(MAX_PATCH * short))
        self._sliders = PointSliders(largest, on(self.move), on(lambda pixels: self.resize(min(1, pixels / short))))
        pictures = self._pictures("Picture, with your points", "Painted by the model")
        return [self._list.widget, self._body(pictures, self._colors(), self._sliders.widget, self._buttons())]

    def _colors(self) -> Box:
        entries = VBox((self.color_picker.widget,), layout=Layout(flex="1 1 500px"))
        self._map = captioned("Colours possible there", self.gamut_map.canvas)
        return wrap(entries, *([self._map] if self.scene.keeps_lightness else []), overflow="visible")

    def _buttons(self) -> Box:
        button = self._button
        words = "Add a point where there is room, to be moved"
        add = button("Add", "plus", words, lambda: self.add(*self.points.free_place()))
        self._delete = button("Delete", "times", "Take the chosen point away", self.delete)
        self._clear = button("Clear", "trash", "Take all points away", self.clear)
        changes = HBox((*self._history_buttons("change of the points"), self._clear))
        return spread(
            HBox((add, self._delete, *self._line_button())), changes, self._export_button(), margin="4px 0 0 0"
        )

    # What the browser tells.

    def _on_click(self, canvas: LayerCanvas, x: float, y: float) -> None:
        if self.color_picker.takes_click(canvas, x, y):
            return
        number = find_point(self.points.hints, x, y, *self._zoomed())
        if number is None:
            self.add(x, y)
        else:
            self.select(number)

    def _on_drag(self, start: Place, end: Place, done: bool) -> None:
        """Move a point, and paint while it moves: all that is one step for `undo`."""
        if self._line.value:  # which a pen draws
            return
        before, size = self._before_drag or self.points, self._zoomed()
        number = find_point(before.hints, *start, *size)
        if number is None:
            return
        point = before.hints[number]
        x, y = (clip(at + (b - a)) for at, a, b in zip((point.x, point.y), start, end, strict=True))
        for canvas in (self.left, self.right):
            canvas.wipe() if done else canvas.outline(x, y, 2 * half_side(point, *size))
        self._before_drag = None if done else before
        moved = before.choose(number).change(x=x, y=y)
        self.store.preview(replace(self.document, points=before if done else moved))
        self._commit_points(moved) if done else self.renderer.schedule()

    def _zoomed(self) -> tuple[float, float]:
        """Height and width of all of the picture, as large as it is on show."""
        height, width = self.scene.size
        return self.viewport.scale * height, self.viewport.scale * width

    def _own_keys(self) -> list[Key]:
        arrows = [
            Key(name, f"Move the point {name.removeprefix('Arrow').lower()}", partial(self._push, *step))
            for name, step in ARROWS.items()
        ]
        sizes = [
            Key("[", "Smaller patch", lambda: self._grow(-1)),
            Key("]", "Larger patch", lambda: self._grow(1)),
        ]
        around = [
            Key("n", "Next point", self._choose_next),
            Key("a", "Add a point", lambda: self.add(*self.points.free_place())),
        ]
        return [*super()._own_keys(), *arrows, *sizes, *around, *self._line_keys()]

    def _push(self, across: int, down: int) -> None:
        """Move the chosen point by a pixel of the page."""
        if point := self.points.mark:
            height, width = self._zoomed()
            self.move(clip(point.x + across / width), clip(point.y + down / height))

    def _grow(self, pixels: int) -> None:
        """Change the size of the patch, as the slider does."""
        self._sliders.size.value += pixels

    # How a change is made and shown.

    def _commit_points(self, points: PointState, used: str | None = None) -> None:
        """Commit these points, and a colour that was used; to choose another point alone is no step."""
        document = replace(self.document, points=points)
        if used is not None:
            document = document.use_color(used)
        if points.mark and self.scene.keeps_lightness:
            self._lightness(
                points.mark
            )  # before the model is busy with painting, which all that is shown would wait for
        is_step = points.hints != self.points.hints or document.recent != self.document.recent
        (self.store.commit if is_step else self.store.replace)(document)

    def _painted_at(self, x: float, y: float) -> str:
        self.flush()  # the picture on show may still be that of earlier points
        return hex_color(self.right.rgb_at(x, y))

    def _show(self) -> None:
        points, point, size = self.points, self.points.mark, self.scene.size
        if point:
            self._color, self._patch = point.color, point.size
        self._show_backdrop("edge")
        self._show_marks_of(lambda view, *_: draw_points(*size, points.hints, points.chosen, view))
        self._show_right()
        self._show_colors()
        self.color_picker.set_text(self._color)
        if self._color:
            self.color_picker.set_color(self._color)
        summary = summarize_points(points, self._color, self._outcome())
        summary = self._summarize_lines(summary[2]) if self._line.value else summary
        self._list.show(summary, points.chosen)
        self._sliders.show(point, max(1, round(self._patch * self.scene.colorizer.size)))
        self._show_history()
        lines = self.document.scribbles.hints
        self._delete.disabled = not lines if self._line.value else point is None
        self._clear.disabled = not (lines if self._line.value else points.hints)
        self._map.layout.visibility = "hidden" if point is None else "visible"

    def _right_marks(self, view: Viewport) -> np.ndarray:
        return draw_frame(*self.scene.size, self.points.mark, view)

    def _outcome(self) -> str | None:
        """How the colour of the chosen point comes out, where the model keeps the lightness of the picture."""
        point = self.points.mark
        return at_lightness(point.color, self._lightness(point)) if point and self.scene.keeps_lightness else None

    def _lightness(self, point: Point) -> float:
        place = point.x, point.y
        if self._light[0] != place:
            self._light = place, self.scene.ask_once(("light", *place), lambda c: c.lightness_at(*place))
        return self._light[1]

    def show_advice(self) -> None:
        """Suggest colours for the chosen point, and show all that are possible there."""
        point = self.points.mark
        self.color_picker.set_suggestions(self.query_model(self.document))
        if point and self.scene.keeps_lightness:
            self.gamut_map.show(self._lightness(point), point.color)

    def query_model(self, document: Document) -> list[str]:
        """Colours for the place of the chosen point; they stay while it is tried in several."""
        point = document.points.mark
        if point is None:
            return []
        others = replace(document, points=PointState(document.points.others)).hints
        place = (point.x, point.y, others)
        if self._advice[0] != place and not self._before_drag:
            question = (point.x, point.y, list(others), MAX_SUGGESTED)
            about = "point", *place
            self._advice = (place, self.scene.ask_once(about, lambda colorizer: colorizer.suggest_colors_at(*question)))
        return self._advice[1]

    def _panels(self) -> dict[str, np.ndarray]:
        """The points given so far, the painted picture."""
        marks = draw_points(*self.scene.size, self.points.hints)
        return {
            f"{plural(len(self.points.hints), 'point')} given": alpha_composite(self.left.pixels["picture"], marks),
            "painted": self.painted_pixels,
        }

    def keep_pixels(self) -> None:
        """Keep the pixels on show for a page without a kernel."""
        super().keep_pixels()
        self.gamut_map.canvas.keep()


def summarize_points(state: PointState, color: str | None, outcome: str | None) -> Summary:
    """What is said of points; `color` is what the next one takes, `outcome` how the chosen one comes out."""
    entries = [(point.color, f"Point {number}: {point.color}") for number, point in enumerate(state.hints, 1)]
    return *_describe(state, color, outcome), entries


def _describe(state: PointState, color: str | None, outcome: str | None) -> tuple[str, str]:
    if state.mark is None:
        bold = f"{plural(len(state.hints), 'point')} of colour." if state.hints else "Where do you know the colour?"
        if color is None:
            return bold, muted("Click a picture to add a point.")
        return bold, muted("Click a picture to add a point in", color)
    bold = f"Point {state.chosen + 1} of {len(state.hints)} is{dot(state.mark.color)}{state.mark.color}."
    if outcome is None or outcome == state.mark.color:
        return bold, muted("Try another colour, drag it, or click elsewhere.")
    return bold, muted("At the lightness of this place it comes out as", outcome)
