"""Scribbles on edges: what has been decided at an edge pad, as immutable states, and scribbles as pixels."""

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, dataclass, replace

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from colornb.effort import Effort, read_log
from colornb.hints import KINDS, EdgeScribble, Hint, from_json, rasterize_scribbles, to_json
from colornb.widgets._asking import count
from colornb.widgets._regions import ACCENT, HALO, lay_over, opaque

Path = Sequence[tuple[float, float]]
UNIT = 256  # the side of the picture whose pixels widths are told in, as in the paper
WIDEST = 11  # such pixels: the widest scribble the networks are trained with
STEP = 0.005  # of the shorter side: points of a path that are nearer to each other tell nothing
DIGITS = 5  # of a coordinate: enough for a picture of 10,000 pixels, and half as long in a file
REACH = 6  # canvas pixels that a finger or a pointer may miss a scribble by
FINE = 3  # so many times finer than the canvas scribbles are drawn, for smooth sides
HIDDEN, GLOW = 0.7, 0.35  # of the colour below, by a scribble and by the light around it
FOUND = (26, 115, 232)  # around edges that the model suggests
BADGE = 9  # canvas pixels; the radius of the disc with the number of a suggestion


@dataclass(frozen=True)
class Strokes:
    """One state of the work: the scribbles, what each has cost, which is chosen (None: none), and all other hints."""

    others: tuple[Hint, ...] = ()
    scribbles: tuple[EdgeScribble, ...] = ()
    log: tuple[Effort, ...] = ()
    chosen: int | None = None

    @property
    def hints(self) -> tuple[Hint, ...]:
        """What the painter is given: all other hints, and the scribbles after them."""
        return (*self.others, *self.scribbles)

    @property
    def scribble(self) -> EdgeScribble | None:
        """The chosen scribble."""
        return None if self.chosen is None else self.scribbles[self.chosen]

    def add(self, scribble: EdgeScribble, effort: Effort) -> "Strokes":
        """Give one more scribble, and choose none: what is set next is for the one after it."""
        return replace(self, scribbles=(*self.scribbles, scribble), log=(*self.log, effort), chosen=None)

    def choose(self, number: int | None) -> "Strokes":
        """Choose a scribble. Raises ValueError where there is none of this number."""
        if number is not None and (type(number) is not int or not 0 <= number < len(self.scribbles)):
            raise ValueError(
                f"there is no scribble {number!r}: choose one from 0 to {len(self.scribbles) - 1}, or None"
            )
        return replace(self, chosen=number)

    def resize(self, width: float) -> "Strokes":
        """Give the chosen scribble another width; where none is chosen, nothing happens."""
        if self.scribble is None:
            return self
        changed = list(self.scribbles)
        changed[self.chosen] = replace(self.scribble, width=width)
        return replace(self, scribbles=tuple(changed))

    def delete(self) -> "Strokes":
        """Take the chosen scribble away, or the last where none is chosen. Raises ValueError where there is none."""
        if not self.scribbles:
            raise ValueError("there is no scribble to take away: draw one along an edge")
        at = len(self.scribbles) - 1 if self.chosen is None else self.chosen
        scribbles, log = (kept[:at] + kept[at + 1 :] for kept in (self.scribbles, self.log))
        return Strokes(self.others, scribbles, log)

    def clear(self) -> "Strokes":
        """Take all scribbles away; all other hints stay."""
        return Strokes(self.others)

    def to_dict(self) -> dict:
        """A JSON-able copy: a hint file (`colornb.hints.to_json`) that also tells what the scribbles have cost."""
        return json.loads(to_json(self.hints)) | {"chosen": self.chosen, "log": [asdict(entry) for entry in self.log]}


def take_strokes(hints: Iterable[Hint]) -> Strokes:
    """A state with these hints; what the scribbles among them have cost nobody knows."""
    others, scribbles = [], []
    for hint in hints:
        if not isinstance(hint, Hint):
            raise ValueError(f"{hint!r} is no hint: give a list of colornb.hints.EdgeScribble, and of other hints")
        (scribbles if isinstance(hint, EdgeScribble) else others).append(hint)
    return Strokes(tuple(others), tuple(scribbles), (Effort(),) * len(scribbles))


def read_strokes(state: dict) -> Strokes:
    """What `Strokes.to_dict` or `colornb.hints.to_json` wrote. Raises ValueError, in one line, for anything else."""
    try:
        text = json.dumps(state)
    except (TypeError, ValueError):
        raise ValueError("this is no session: give the dict that `state` holds") from None
    strokes, chosen = take_strokes(from_json(text)), state.get("chosen")
    if "log" in state:
        strokes = replace(strokes, log=read_log(state["log"], len(strokes.scribbles)))
    if not isinstance(chosen, int | None):
        raise ValueError(f"chosen {chosen!r} in the session: scribbles have whole numbers")
    return strokes.choose(chosen)


def check_kinds(strokes: Strokes, kinds: Sequence[str]) -> Strokes:
    """The same, if the painter takes hints of all these kinds. Raises ValueError otherwise."""
    names = {kind: name for name, kind in KINDS.items()}
    if strange := {names[type(hint)] for hint in strokes.others} - set(kinds):
        raise ValueError(f"this painter takes no {min(strange)} hints: leave them out, or load a method that does")
    return strokes


def simplify(path: Path, height: int, width: int) -> tuple[tuple[float, float], ...]:
    """A path (x, y) in [0, 1] on a picture of this size without points that tell nothing; its ends stay."""
    places = np.array(path, float) * (width, height) / min(height, width)
    kept = [0]
    for number in range(1, len(path)):
        if np.hypot(*(places[number] - places[kept[-1]])) >= STEP:
            kept.append(number)
    if len(kept) > 1:
        kept[-1] = len(path) - 1
    points = [(round(float(x), DIGITS), round(float(y), DIGITS)) for x, y in (path[number] for number in kept)]
    # A line from a point to itself: a single point has no line to be drawn.
    return tuple(points * 2 if len(points) == 1 else points)


def distance(scribble: EdgeScribble, x: float, y: float, height: int, width: int) -> float:
    """How far the side of a scribble is from (x, y) in [0, 1] on a canvas, in its pixels; negative inside."""
    scale = np.array((width, height))
    line, place = np.array(scribble.path) * scale, np.array((x, y)) * scale
    start, way = line[:-1], np.diff(line, axis=0)
    if not len(way):
        start, way = line, np.zeros_like(line)
    share = ((place - start) * way).sum(1) / np.maximum((way**2).sum(1), 1e-9)
    nearest = start + np.clip(share, 0, 1)[:, None] * way
    return float(np.hypot(*(place - nearest).T).min() - scribble.width * min(height, width) / 2)


def nearest(scribbles: Sequence[EdgeScribble], x: float, y: float, height: int, width: int) -> int | None:
    """The scribble that a click at (x, y) in [0, 1] on a canvas means: the nearest within reach, None: none."""
    far = [distance(scribble, x, y, height, width) for scribble in scribbles]
    return int(np.argmin(far)) if far and min(far) <= REACH else None


def mark(height: int, width: int, strokes: Strokes, found: dict[int, EdgeScribble]) -> np.ndarray:
    """The scribbles as translucent lines, the chosen one framed, and suggestions with numbers, as RGBA uint8."""
    marks = np.zeros((height, width, 4), np.uint8)
    others = [scribble for number, scribble in enumerate(strokes.scribbles) if number != strokes.chosen]
    for scribbles, color in ((list(found.values()), FOUND), (others, ACCENT[:3])):
        if scribbles:
            inside = _cover(scribbles, height, width)
            beside = np.maximum(0, _cover(scribbles, height, width, 2) - inside)
            marks = _lay(_lay(marks, inside, color), beside, HALO[:3], GLOW)  # so that a thin one shows
    if strokes.scribble:
        marks = _lay(marks, _cover([strokes.scribble], height, width, 6), HALO[:3])
        marks = _lay(marks, _cover([strokes.scribble], height, width), ACCENT[:3], 1.0)
    return _badges(marks, found)


def share_of(before: np.ndarray, share: float) -> np.ndarray:
    """The left `share` of a picture and a line where it ends, to be laid over another, as RGBA uint8."""
    width = before.shape[1]
    end = round(share * width)
    marks = np.zeros_like(before)
    marks[:, :end] = before[:, :end]
    if end > 0:
        marks[:, max(0, end - 1) : end + 1] = HALO
    return marks


def on_top(pixels: np.ndarray, strokes: Strokes) -> np.ndarray:
    """A picture with its scribbles, as the browser shows them."""
    return lay_over(opaque(pixels[..., :3]), mark(*pixels.shape[:2], strokes.choose(None), {}))


def _cover(scribbles: Collection[EdgeScribble], height: int, width: int, more: float = 0) -> np.ndarray:
    """How much of each canvas pixel the scribbles cover, in [0, 1]; `more`: if they were so much wider."""
    import cv2

    more /= min(height, width)
    scribbles = [replace(scribble, width=min(1.0, scribble.width + more)) for scribble in scribbles]
    mask = rasterize_scribbles(scribbles, FINE * height, FINE * width)[0, 0].numpy()
    return cv2.resize(mask, (width, height), interpolation=cv2.INTER_AREA)


def _lay(marks: np.ndarray, cover: np.ndarray, color: tuple[int, ...], hidden: float = HIDDEN) -> np.ndarray:
    """Marks with one more translucent layer of a colour above them."""
    rows, columns = np.flatnonzero(cover.any(1)), np.flatnonzero(cover.any(0))
    if not len(rows):
        return marks
    box = slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)  # all else stays as it is
    below = marks[box].astype(np.float32)
    over, under = np.float32(hidden) * cover[box][..., None], below[..., 3:] / 255
    alpha = over + under * (1 - over)
    mixed = (np.array(color, np.float32) * over + below[..., :3] * under * (1 - over)) / np.maximum(alpha, 1e-6)
    marks = marks.copy()
    marks[box] = np.rint(np.dstack([mixed, 255 * alpha])).astype(np.uint8)
    return marks


def _badges(marks: np.ndarray, found: dict[int, EdgeScribble]) -> np.ndarray:
    """A disc with its number beside the middle of each suggestion."""
    if not found:
        return marks
    (height, width), image = marks.shape[:2], Image.fromarray(marks)
    draw, font = ImageDraw.Draw(image), ImageFont.load_default(13)
    for number, scribble in found.items():
        x, y = _badge(scribble, height, width)
        draw.ellipse((x - BADGE, y - BADGE, x + BADGE, y + BADGE), (*FOUND, 255), HALO)
        draw.text((x, y), str(number + 1), HALO, font, "mm")
    return np.array(image)


def _badge(scribble: EdgeScribble, height: int, width: int) -> tuple[float, float]:
    """Where the disc of a suggestion goes: beside its line, which stays to be seen, and inside the picture."""
    line = np.array(scribble.path)
    along = np.r_[0, np.hypot(*np.diff(line, axis=0).T).cumsum()]
    x, y = (float(np.interp(along[-1] / 2, along, axis)) for axis in line.T)
    aside = 1.6 * BADGE + scribble.width * min(height, width) / 2
    left = x * width + (aside if x < 0.5 else -aside)
    return _inside(left, width), _inside(y * height, height)


def _inside(place: float, length: int) -> float:
    return min(max(place, BADGE + 1), max(BADGE + 1, length - BADGE - 2))


def in_words(width: float) -> str:
    """A width: "3 pixels wide"."""
    return f"{count(pixels_of(width), 'pixel')} wide"


def pixels_of(width: float) -> int:
    """A width in the pixels that the slider counts."""
    return max(1, round(width * UNIT))
