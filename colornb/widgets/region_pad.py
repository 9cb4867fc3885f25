"""RegionPad: the model points at a region and asks for its colour, you answer (GuidingPainter, appendix E.1)."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
from ipywidgets import DOMWidget, HBox, VBox

from colornb.hints import Hint
from colornb.toning import Toning
from colornb.widgets._coloring import Coloring
from colornb.widgets._model.document import Document
from colornb.widgets._model.regions import RegionState
from colornb.widgets._pad import Pad
from colornb.widgets._view.canvas import LayerCanvas
from colornb.widgets._view.color_picker import ColorPicker
from colornb.widgets._view.controls import HintList, Summary, dot, muted, plural, spread, toggle
from colornb.widgets._view.keys import Key
from colornb.widgets._view.overlays import alpha_composite, draw_overview, draw_region_colors, draw_spotlight

MERGING = "Click regions to join them to the highlighted one; press Merge again when done."


class RegionPad(Coloring, Pad):
    """Colour a picture by answering the model, which asks: what colour is this region?

    The region asked for is outlined at the left, the painted picture is at the right. A colour (suggestion,
    palette, picker, text or eyedropper) paints at once; Next keeps it and goes on, Skip leaves the region to the model,
    a click on either picture goes to any other region. Where the model cut too fine, Merge joins what is clicked to the
    highlighted region, and Alike what looks like it; where too coarse, Split takes it apart. Overview shows all regions
    at once. All works with buttons alone; on a picture, Enter and the arrow keys go on and back, s skips, m merges.

    `colorizer` is a `colornb.colorizer.Colorizer` of a method that divides pictures into regions, such as
    guiding_painter. `picture` is anything `colornb.images.load_image` takes or an RGB tensor (1, 3, H, W) in [0, 1];
    without it the colorizer's present picture is used. `kind` is as in `Colorizer.set_image`. `store` is for pads that
    share their document, see `Studio`.
    Raises ValueError for a colorizer without regions or without a picture.
    """

    tool = "region"
    welcome = "A colour paints at once. Next keeps it and goes on; Skip leaves the region to the model."
    refusal = "this model does not accept region hints: choose one that does, such as guiding_painter-comic"

    def _first_document(self) -> Document:
        return replace(super()._first_document(), regions=self.scene.blank_regions)

    # What the pad holds.

    @property
    def regions(self) -> RegionState:
        """What has been decided about the regions, immutable."""
        return self.document.regions

    @property
    def rank(self) -> int:
        """The region being asked about, in the model's ranks from 0; the first one where several are merged."""
        return self.regions.rank

    @property
    def group(self) -> list[tuple[int, int | None]]:
        """All that is being asked about together: rank and piece (None: the whole region) of each."""
        return [tuple(area) for area in self.regions.group]

    @property
    def groups(self) -> list[list[tuple[int, int | None]]]:
        """What is asked about together, in the order in which it is asked; each like `group`."""
        return [[tuple(area) for area in group] for group in self.regions.groups]

    @property
    def finished(self) -> bool:
        """Whether every region is coloured or left to the model."""
        return self.regions.finished

    def _take_hints(self, hints: Sequence[Hint], state: dict) -> None:
        self._commit(regions=self.regions.from_dict(state, hints, self.scene.count_pieces))

    # What can be done with it: each is a button too.

    def paint(self, color: str | Sequence[float]) -> None:
        """Give the current region a colour: "#rrggbb", "#rgb", a CSS name or three floats in [0, 1].

        Raises ValueError for anything else.
        """
        regions = self.regions.paint(color)
        self.store.commit(replace(self.document, regions=regions).use_color(regions.color()))

    def next(self) -> None:
        """Keep the colour shown for this region, and go to the one that the model asks for next."""
        if self.regions.color() is None and not self.finished:
            self.flush()  # the colour shown may still be that of another region
            self._commit(regions=self.regions.paint(self.color_picker.color).advance())
        else:
            self._replace(regions=self.regions.advance())

    def skip(self) -> None:
        """Leave this region to the model, and go on."""
        self._commit(regions=self.regions.skip())

    def back(self) -> None:
        """Go to the region that was asked for before this one."""
        self._replace(regions=self.regions.retreat())

    def select(self, rank: int, part: int | None = None) -> None:
        """Go to any region, or to a piece of one that was split. Raises ValueError where there is none."""
        self._replace(regions=self.regions.select(rank, part))

    def merge(self, rank: int, part: int | None = None) -> None:
        """Join a region, or a piece of one, to the highlighted one: from now on one colour goes to both.

        Raises ValueError for the highlighted one itself, and where there is none.
        """
        self._commit(regions=self.regions.merge(rank, part))

    def split(self) -> None:
        """Take the highlighted region apart: into what was merged, or into its connected pieces; a compact one in two.

        Raises ValueError for what is a single piece already.
        """
        self._commit(regions=self.regions.split(self.scene.count_pieces(self.rank)))
        self.status.show(f"Split: {name_place(self.regions).lower()} is highlighted. Undo takes it back.")

    def join_alike(self) -> None:
        """Join areas to the highlighted one that look like it: as large, and of its colour as the model would paint it.

        Raises ValueError for what is no drawing: its regions are no areas.
        """
        regions, scene = self.regions, self.scene
        if not scene.is_refined:
            raise ValueError("only areas of a drawing are compared: join regions with Merge")
        hints = list(replace(self.document, regions=replace(regions, hints=regions.others)).hints)

        def find(colorizer: Any) -> list[tuple[int, int]]:
            colorizer.toning = Toning()  # for this question: colours are compared as the model paints them
            painted = colorizer.predict(hints, full_size=False)
            return colorizer.partition.find_alike(painted, regions.rank, regions.part or 0)

        self._commit(regions=regions.gather(scene.ask(find), scene.count_pieces))
        joined = plural(len(self.group) - len(regions.group), "area")
        self.status.show(f"Alike: {joined} joined to the highlighted one. Merge joins what you click.")

    def overview(self, on: bool = True) -> None:
        """Show all regions at once, each in a colour of its own and with its number; or the highlighted one again."""
        self._overview.value = on

    def finish(self) -> None:
        """Leave to the model all that has no colour yet."""
        self._replace(regions=self.regions.finish())

    def clear(self) -> None:
        """Forget every colour and begin again; `undo` brings them back."""
        self._commit(regions=self.regions.clear())

    # How it is laid out.

    def _parts(self) -> list[DOMWidget]:
        on = self.status.catch_errors
        self._list = HintList(on(lambda number: self._go(*self.regions.groups[number][0])))
        self.color_picker = ColorPicker(on(self.paint), self.pick, self.use_palette, on)
        pictures = self._pictures("Sketch, with your colours", "Painted by the model")
        return [self._list.widget, self._body(pictures, self.color_picker.widget, self._buttons())]

    def _buttons(self) -> VBox:
        button = self._button
        self._back = button("Back", "arrow-left", "Go to the region asked for before this one", self.back)
        self._skip = button("Skip", "share", "Leave this region to the model, and go on", self.skip)
        self._next = button("Next", "arrow-right", "Keep this colour, and go to the next region", self.next)
        self._clear = button("Clear", "trash", "Forget every colour and begin again", self.clear)
        self._finish = button("Finish", "magic", "Let the model colour all that is left", self.finish)
        self._take = self._export_button()
        ways = HBox((self._back, self._skip, self._next))
        changes = HBox((*self._history_buttons("change"), self._clear))
        split = button("Split", "scissors", "Take the highlighted region apart, into its pieces", self.split)
        words = "While this is pressed, a click joins a region to the highlighted one"
        catch = self.status.catch_errors
        self._merging = toggle("Merge", "link", words, catch(lambda on: self.status.show(MERGING if on else "")))
        self._alike = button("Alike", "clone", "Join areas to the highlighted one that look like it", self.join_alike)
        self._overview = toggle("Overview", "th", "Show all regions at once", catch(lambda _: self._show_marks()))
        cuts = HBox((self._merging, self._alike, split, self._overview))
        ends = HBox((self._finish, self._take))
        return VBox([spread(*row, margin="4px 0 0 0") for row in ((ways, cuts), (changes, ends))])

    # How it is shown.

    def _on_click(self, canvas: LayerCanvas, x: float, y: float) -> None:
        if not self.color_picker.takes_click(canvas, x, y):
            self._go(*self.regions.groups[self._numbers()[canvas.pixel_at(x, y)]][0])

    def _go(self, rank: int, part: int | None) -> None:
        """What a click on a region means."""
        joins = self._merging.value and not self.finished
        self.merge(rank, part) if joins else self.select(rank, part)

    def _own_keys(self) -> list[Key]:
        return [
            Key("ArrowRight Enter", "Next region", self.next),
            Key("ArrowLeft", "Back to the region before", self.back),
            Key("s", "Skip this region", self.skip),
            Key("m", "Merge regions", self._turn_merging),
        ]

    def _turn_merging(self) -> None:
        self._merging.value = not self._merging.value

    def _numbers(self) -> np.ndarray:
        """The number of the group at each pixel of a canvas."""
        return self.scene.number_groups(self.regions.groups)

    def _show_marks(self) -> None:
        number = None if self.finished else self.regions.position
        light = partial(draw_spotlight, is_hatched=self.regions.color() is None)  # a colour is seen as it is
        draw, groups = draw_overview if self._overview.value else light, self.regions.groups
        scene = self.scene
        self._show_marks_of(
            lambda view, *size: draw(scene.number_seen(groups, view, size), number, fine=size[0] / scene.size[0])
        )

    def _show(self) -> None:
        regions = self.regions
        self.color_picker.set_text(regions.color())
        self._show_colors()
        self._show_backdrop("point", "edge")
        self._show_marks()
        self._show_right()
        skipped = [place for place, group in enumerate(regions.groups) if regions.is_skipped(group)]
        count = self.scene.count_pieces(regions.rank) if self.scene.is_refined and regions.part is None else 1
        self._list.show(summarize_regions(regions, count), None if regions.finished else regions.position, skipped)
        self._show_history()
        for button in (self._next, self._skip, self._finish):
            button.disabled = regions.finished
        self._back.disabled = regions.position == 0 and not regions.finished
        self._clear.disabled = regions.is_blank
        self._alike.disabled = regions.finished or not self.scene.is_refined
        self._next.button_style = "" if regions.finished else "primary"
        self._take.button_style = "primary" if regions.finished else ""

    def show_advice(self) -> None:
        """Suggest colours, and put the likeliest into the picker where none was given."""
        suggestions = self.query_model(self.document)
        self.color_picker.set_color(self.regions.color() or suggestions[0])
        self.color_picker.set_suggestions(suggestions)

    def query_model(self, document: Document) -> list[str]:
        """Colours for the current region; they stay while it is tried in several."""
        regions = document.regions
        others = replace(document, regions=replace(regions, hints=regions.others)).hints
        question = (regions.rank, regions.part, others)
        if self._advice[0] != question:
            rank, part, others = question
            about = "region", *question
            colors = self.scene.ask_once(about, lambda c: c.suggest_region_colors(rank, list(others), part=part))
            self._advice = (question, colors)
        return self._advice[1]

    def _panels(self) -> dict[str, np.ndarray]:
        """The region asked about, the colours given so far, the painted picture."""
        regions, marks = self.regions, self.left.pixels["marks"]
        lines = draw_region_colors(self.scene.sketch, self._numbers(), [None] * len(regions.groups))
        return {
            "sketch" if regions.finished else f"asks for {name_place(regions).lower()}": alpha_composite(lines, marks),
            f"{plural(count_colored(regions), 'colour')} given": self.left.pixels["picture"],
            "painted": self.painted_pixels,
        }

    def __repr__(self) -> str:
        regions = self.regions
        return f"RegionPad({count_colored(regions)} of {plural(len(regions.groups), 'region')} coloured)"


def summarize_regions(state: RegionState, count: int = 1) -> Summary:
    """The question about the current group, and the answer that each group has so far; `count` as in `question`."""
    ask, beside = question(state, count)
    entries = []
    for number, group in enumerate(state.groups, 1):
        color = state.color(group)
        answer = color or ("left to the model" if state.is_skipped(group) else "not coloured yet")
        entries.append((color, f"Region {number}: {answer}"))
    return ask, muted(beside), entries


def question(state: RegionState, count: int = 1) -> tuple[str, str]:
    """The question in bold and the line beside it, as HTML; colours are "#rrggbb", nothing else a user wrote.

    `count` is how many areas of a drawing the highlighted region holds.
    """
    color = state.color()
    if state.finished:
        given = plural(count_colored(state), "colour")
        return "Finished.", f"{given} from you, the rest from the model. Click a region to change it."
    if color:
        return f"Region {state.position + 1} is{dot(color)}{color}.", "Try another colour, or press Next."
    asked = "is the highlighted region" if len(state.group) == 1 else "are the highlighted regions"
    if len(state.group) == 1 and count > 1:
        areas = f"{name_place(state)}, {count} areas. Pick a colour for all, then press Next; Split asks about each."
        return "What colour are the highlighted areas?", areas
    return f"What colour {asked}?", f"{name_place(state)}. Pick a colour, then press Next."


def name_place(state: RegionState) -> str:
    """Where the current group stands in the model's order: "Region 3 of 12"."""
    return f"Region {state.position + 1} of {len(state.groups)}"


def count_colored(state: RegionState) -> int:
    """How many groups have a colour."""
    return sum(state.color(group) is not None for group in state.groups)
