"""A picture laid out in the studio: its painter, a pad for each kind of hint, and the layers that are on show."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from colornb.hints import EdgeScribble, Hint, Point, Region, pieces
from colornb.images import resize
from colornb.layers import label
from colornb.types import RGB
from colornb.widgets._canvas import fit
from colornb.widgets._home import Home, ask
from colornb.widgets._points import Points
from colornb.widgets._points import mark as mark_points
from colornb.widgets._regions import hint_pixels, lay_over, map_groups, opaque
from colornb.widgets._session import Session
from colornb.widgets._strokes import Strokes
from colornb.widgets._strokes import mark as mark_strokes
from colornb.widgets.edge_pad import EdgePad
from colornb.widgets.point_pad import PointPad
from colornb.widgets.region_pad import RegionPad

PADS = {"region": RegionPad, "point": PointPad, "edge": EdgePad}  # by the kind of hint that they give
LINES = "lines"
LAYERS = (LINES, *PADS)


@dataclass(frozen=True)
class Work:
    """One state of the studio: the picture on the desk, the tool in hand, all hints, the colours used last.

    `tool` is a kind of hint. `strokes` holds scribbles alone.
    """

    desk: "Desk"
    tool: str
    regions: Session | None = None
    points: Points = field(default_factory=Points)
    strokes: Strokes = field(default_factory=Strokes)
    recent: tuple[str, ...] = ()

    @property
    def hints(self) -> tuple[Hint, ...]:
        """All hints that the painter hears: regions, the points on them, scribbles."""
        given = (*(self.regions.hints if self.regions else ()), *self.points.hints, *self.strokes.scribbles)
        return tuple(hint for hint in given if isinstance(hint, self.desk.heard))

    def session(self, tool: str) -> Any:
        """What the pad of a tool sees."""
        if tool == "edge":
            return replace(self.strokes, others=tuple(h for h in self.hints if not isinstance(h, EdgeScribble)))
        return self.regions if tool == "region" else self.points

    def change(self, tool: str, session: Any) -> "Work":
        """The same after the pad of a tool has changed what it sees."""
        if tool == "edge":
            return replace(self, strokes=replace(session, others=()))
        return replace(self, **{"regions" if tool == "region" else "points": session})

    def differs(self, other: "Work") -> str | None:
        """The tool whose hints differ first."""
        return next((tool for tool in PADS if self.session(tool) != other.session(tool)), None)


class Desk:
    """A picture, (1, 3, H, W) sRGB in [0, 1], with the painter that colours it, and its pads.

    `studio` keeps the `Work` and the history of all desks, and says which layers are on show.
    """

    def __init__(self, studio: Any, painter: Any, model: str, image: RGB, kind: str, name: str) -> None:
        self.studio, self.painter, self.model = studio, painter, model
        self.image, self.kind, self.name = image, kind, name
        self.answers: dict[str, Any] = {}
        self.size = fit(*image.shape[-2:], *Home.box)
        sketch, self._regions, order = ask(painter, image, kind, lambda p: (p.sketch, p.regions, p.region_order))
        self._sketch = resize(sketch, self.size)[0, 0].cpu().numpy()
        kinds = {"region": Region, "point": Point, "edge": EdgeScribble}
        self.tools = tuple(tool for tool in PADS if tool in painter.network.hint_kinds and (tool != "region" or order))
        if not self.tools:
            raise ValueError("this painter takes no hints: load a method that does, such as edge_enhancing")
        self.heard = tuple(kinds[tool] for tool in self.tools)
        self.blank = Session(tuple(order), order[0]) if "region" in self.tools else None
        self._labels = label(self._regions, *self.size) if self.blank else None
        self.left = self.blank  # the regions as they were when this desk was left
        self._pads: dict[str, Any] = {}

    def begin(self, **kept: Any) -> Work:
        """The work on this picture: what was decided about its regions, and what is `kept` from another desk."""
        return Work(self, self.tools[0], self.left, **kept)

    def pad(self, tool: str) -> Any:
        """The pad of a tool, made when it is first asked for."""
        if tool not in self.tools:
            raise ValueError(f"this model hears no {tool} hints: choose one of {', '.join(self.tools)}")
        if tool not in self._pads:
            home = _Room(self, tool)
            options = {"clock": self.studio.clock} if tool == "edge" else {}
            make = PADS[tool]
            pad = ask(self.painter, self.image, self.kind, lambda p: make(p, kind=self.kind, home=home, **options))
            pad.on_change(self.studio.heard)
            self._pads[tool] = pad
        return self._pads[tool]

    def count(self, rank: int) -> int:
        """How many pieces a region has."""
        return len(pieces(self._regions[rank]))

    def colors(self, work: Work) -> np.ndarray:
        """The lines, and below them the colours of the regions, as far as these layers are on show: RGBA uint8."""
        layers = self.studio.layers
        sketch = self._sketch if LINES in layers else np.ones_like(self._sketch)
        if work.regions is None or not self._hears(work):
            gray = np.rint(255 * sketch).astype(np.uint8)
            return opaque(np.dstack([gray] * 3))
        groups = work.regions.groups
        colors = [work.regions.color(group) if "region" in layers else None for group in groups]
        return hint_pixels(sketch, map_groups(self._regions, self._labels, groups), colors)

    def _hears(self, work: Work) -> bool:
        return work.desk is self and "region" in self.tools

    def marks_of(self, work: Work, tools: Sequence[str], size: tuple[int, int]) -> np.ndarray:
        """The points and scribbles of these tools as marks, where their layers are on show: RGBA uint8."""
        marks = np.zeros((*size, 4), np.uint8)
        if "point" in tools and "point" in self.tools and "point" in self.studio.layers:
            marks = mark_points(*size, work.points.choose(None))
        if "edge" in tools and "edge" in self.tools and "edge" in self.studio.layers:
            strokes = mark_strokes(*size, work.strokes.choose(None), {})
            marks = np.where(strokes[..., 3:] > 0, strokes, marks)
        return marks


class _Room(Home):
    """The home of one pad of a desk."""

    shares = True

    def __init__(self, desk: Desk, tool: str) -> None:
        self._desk, self._tool = desk, tool
        self.answers = desk.answers

    def move_in(self, pad: Any, session: Any) -> "_Slice":
        return _Slice(self._desk, self._tool, pad)

    def join(self, hints: Sequence[Hint]) -> tuple[Hint, ...]:
        work = self._desk.studio.work
        if work.desk is not self._desk:
            return tuple(hints)
        own, hints = {"region": Region, "point": Point, "edge": Hint}[self._tool], tuple(hints)
        others = [hint for hint in work.hints if not isinstance(hint, own)]
        if self._tool == "region":
            return (*hints, *others)
        regions = tuple(hint for hint in others if isinstance(hint, Region))
        return (*regions, *hints, *(hint for hint in others if hint not in regions))

    def backdrop(self, pixels: np.ndarray) -> np.ndarray:
        desk, work = self._desk, self._desk.studio.work
        others = [tool for tool in PADS if tool != self._tool]
        base = pixels if self._tool == "edge" else desk.colors(work)
        return lay_over(base, desk.marks_of(work, others, base.shape[:2]))

    def marks(self, pixels: np.ndarray) -> np.ndarray:
        return pixels if self._tool in self._desk.studio.layers else np.zeros_like(pixels)


class _Slice:
    """The history of the studio as the pad of one tool sees it: its own hints."""

    def __init__(self, desk: Desk, tool: str, pad: Any) -> None:
        self._desk, self._studio, self._tool, self._pad = desk, desk.studio, tool, pad
        self._last = desk.studio.work.session(tool)

    @property
    def state(self) -> Any:
        if self._studio.work.desk is self._desk:
            self._last = self._studio.work.session(self._tool)
        return self._last  # what it was when the picture was taken from the desk

    @property
    def can_undo(self) -> bool:
        return self._studio.history.can_undo

    @property
    def can_redo(self) -> bool:
        return self._studio.history.can_redo

    def step(self, session: Any) -> None:
        self._studio.history.step(self._put(session))

    def move(self, session: Any) -> None:
        """Look elsewhere; a colour that was used for the first time is a step all the same."""
        work, before = self._put(session), self._studio.work
        deed = self._studio.history.move if work.recent == before.recent else self._studio.history.step
        deed(work)

    def undo(self) -> None:
        self._studio.step_back(self._pad)

    def redo(self) -> None:
        self._studio.step_forth(self._pad)

    def _put(self, session: Any) -> Any:
        chooser = getattr(self._pad, "_chooser", None)
        work = self._studio.work.change(self._tool, session)
        return work if chooser is None else replace(work, recent=chooser.recent)
