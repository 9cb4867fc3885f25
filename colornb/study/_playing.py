"""How a simulated person works a pad: one who answers regions, one who points, one who scribbles along edges."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch

from colornb.color import hex_color, lab_to_rgb, rgb_to_lab
from colornb.colorizer import MAX_ASPECT
from colornb.edge_suggestions import rank_strokes
from colornb.edges import ab_edges, near, smooth
from colornb.hints import EdgeScribble, rasterize_scribbles
from colornb.images import resize
from colornb.study._trials import Recorder
from colornb.types import RGB, Lab, Mask, Plane, Tensor

BUTTON = (1.0, 0.08)  # how far away and how wide, in shorter sides of a picture 400 pixels high
REACH = 0.04  # of the shorter side: how far a point's surroundings go, for who looks where colours are wrong
CLOSE = 5  # pixels: a scribble marks what lies in a window so wide around it
SHORTEST = 6  # pixels: shorter edges are specks
THRESHOLDS = (0.1, 0.2)  # Canny's: edges of colour that somebody would notice


class TimeUp(Exception):  # noqa: N818 (no error: so trials end)
    """The time of the trial is over."""


class Clock:
    """Seconds that pass when somebody says so."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        """The seconds that have passed."""
        return self.now

    def wait(self, seconds: float) -> None:
        """Let time pass."""
        self.now += seconds


@dataclass
class Play:
    """A person, a pad and a true picture, in the middle of a trial."""

    user: Any
    draw: np.random.Generator
    recorder: Recorder
    clock: Clock
    pad: Any
    painter: Any
    truth: RGB
    places: list[tuple[float, float]] = field(default_factory=list)  # where somebody has pointed
    _true: Lab | None = None

    def spend(self, seconds: float) -> None:
        """Let the time of a deed pass; raises TimeUp where it would end after the trial."""
        taken = self.user.pace * seconds * float(np.exp(self.user.spread * self.draw.standard_normal()))
        self.clock.wait(min(taken, self.recorder.left))
        if self.recorder.left <= 0:
            raise TimeUp

    def press(self) -> None:
        """Reach for a button, and press it."""
        self.spend(self.user.point_at(*BUTTON))

    def choose(self) -> None:
        """Find a colour among all, and press it."""
        self.spend(self.user.choose)
        self.press()

    def look(self) -> None:
        """See what has become of the picture, and think what to do."""
        self.spend(self.user.reaction + self.user.thinking)

    def is_over(self) -> bool:
        """Whether the person stops: all hints are given, or they happen to be satisfied."""
        return self.recorder.is_full or bool(self.draw.random() < self.user.stop)

    def slips(self) -> bool:
        """Whether the next hint is a blunder."""
        return bool(self.draw.random() < self.user.slip)

    def take_back(self) -> None:
        """See a blunder, and undo it."""
        self.look()
        self.press()
        self.pad.undo()

    def aimed(self, x: float, y: float) -> tuple[float, float]:
        """Where a pointer arrives that was meant for (x, y) in [0, 1]."""
        height, width = self.truth.shape[-2:]
        sides = np.array([min(height, width) / width, min(height, width) / height])
        x, y = np.clip((x, y) + self.user.aim * sides * self.draw.standard_normal(2), 0, 1).tolist()
        return x, y

    def meant(self, color: Sequence[float]) -> str:
        """What somebody picks who means a colour of CIE Lab."""
        off = np.array(color) + self.user.color * self.draw.standard_normal(3)
        lab = torch.tensor(off, dtype=torch.float32).view(1, 3, 1, 1)
        return hex_color(lab_to_rgb(lab).flatten().tolist())

    def any_color(self) -> str:
        """One picked by mistake."""
        return hex_color(self.draw.random(3).tolist())

    @property
    def true(self) -> Lab:
        """The true picture at the size that the network sees."""
        if self._true is None:
            self._true = rgb_to_lab(resize(self.truth, self.size))
        return self._true

    @property
    def size(self) -> tuple[int, int]:
        """Height and width of a picture as the network sees it."""
        height, width = self.truth.shape[-2:]
        scale = min(self.painter.size / min(height, width), MAX_ASPECT * self.painter.size / max(height, width))
        return max(1, round(height * scale)), max(1, round(width * scale))

    def painted(self) -> Lab:
        """What is on the pad now, at the same size."""
        return rgb_to_lab(resize(self.pad.rgb, self.size))

    def error(self) -> Plane:
        """How far each pixel is from the truth, in CIE Lab."""
        return (self.painted() - self.true).square().sum(1, keepdim=True).sqrt()


def deeds(pad: str) -> Callable[[Play], None]:
    """What somebody does at a kind of pad. Raises ValueError for one that only people can use."""
    known = {"regions": answer, "points": point, "edges": scribble}
    if pad not in known:
        raise ValueError(f"nobody is simulated at the pad {pad!r}: choose {', '.join(known)}, or invite people")
    return known[pad]


def answer(play: Play) -> None:
    """Answer each region with its true mean colour, or skip it where the model has found that by itself."""
    pad, regions = play.pad, play.painter.regions
    while not pad.finished:
        play.look()
        inside = _fit(regions[pad.rank], play.size)
        colors = [lab[0][:, inside].mean(1) for lab in (play.true, play.painted())]
        if float((colors[0] - colors[1]).norm()) < play.user.content:
            play.press()
            pad.skip()
            continue
        if play.slips():
            play.choose()
            pad.paint(play.any_color())
            play.take_back()
        play.choose()
        pad.paint(play.meant(colors[0].tolist()))
        if play.is_over():
            break
        play.look()
        play.press()
        pad.next()
    play.press()
    pad.finish()


def point(play: Play) -> None:
    """Point where the picture is most wrong, and give the true colour there."""
    while not play.recorder.is_full:
        play.spend(play.user.search)
        place = _worst(play)
        if place is None:
            break
        if play.slips():
            _give(play, *play.draw.random(2).tolist(), play.any_color())
            play.take_back()
        row, column = (min(side - 1, int(at * side)) for at, side in zip(place[::-1], play.size, strict=True))
        _give(play, *place, play.meant(play.true[0, :, row, column].tolist()))
        play.places.append(place)
        if play.is_over():
            break
    play.look()
    play.press()


def _give(play: Play, x: float, y: float, color: str) -> None:
    play.spend(play.user.thinking)
    play.choose()
    play.pad.add(*play.aimed(x, y), color)


def _worst(play: Play) -> tuple[float, float] | None:
    """Where colours are most wrong over a few pixels, away from all points; None where nothing disturbs."""
    height, width = play.size
    wrong = smooth(play.error(), REACH * min(play.size))[0, 0].numpy()
    rows, columns = (np.arange(height) + 0.5)[:, None], (np.arange(width) + 0.5)[None]
    for x, y in play.places:
        wrong[np.hypot(rows - y * height, columns - x * width) < 2 * REACH * min(play.size)] = 0
    row, column = np.unravel_index(wrong.argmax(), wrong.shape)
    if wrong[row, column] < play.user.content:
        return None
    return (float(column) + 0.5) / width, (float(row) + 0.5) / height


def scribble(play: Play) -> None:
    """Draw along edges of colour that the picture has lost, first where it is most wrong."""
    taken = torch.zeros(1, 1, *play.size)
    while not play.recorder.is_full:
        path, lost = _lost_path(play, taken)
        if not path:
            break
        number = _suggested(play, lost) if play.user.asks else None
        if number is not None:
            path = play.pad.found[number].path
            play.press()
            play.pad.take(number)
        else:
            _search_and_draw(play, path)
        taken = torch.maximum(taken, _marked(path, play.size))
        if play.is_over():
            break
    play.look()
    play.press()


def _search_and_draw(play: Play, path: Sequence[tuple[float, float]]) -> None:
    play.spend(play.user.search)
    if play.slips():
        _draw_along(play, [tuple(play.draw.random(2).tolist()) for _ in range(2)])
        play.take_back()
    _draw_along(play, path)


def _lost_path(play: Play, taken: Mask) -> tuple[list[tuple[float, float]], Mask]:
    """The most striking edge that is in the true colours alone, as points in [0, 1], and all pixels of such edges."""
    true, painted = (ab_edges(lab[:, 1:], *THRESHOLDS) for lab in (play.true, play.painted()))
    lost = true * (1 - near(painted, CLOSE)) * (1 - near(taken, CLOSE))
    error = play.error()[0, 0].numpy()
    strokes = rank_strokes(_strongest(lost[0, 0].numpy() > 0, error), error)
    return (list(strokes[0].scribble(*play.size).path) if strokes else []), lost


def _strongest(lost: np.ndarray, error: np.ndarray) -> np.ndarray:
    """Of all connected edges, the one along which most is wrong; specks do not count."""
    from scipy.ndimage import label

    labels, _ = label(lost, np.ones((3, 3)))
    lengths, sums = np.bincount(labels.ravel()), np.bincount(labels.ravel(), error.ravel())
    sums = np.where(lengths >= SHORTEST, sums, 0)
    sums[0] = 0  # what is no edge
    return (labels == sums.argmax()) & lost


def _draw_along(play: Play, path: Sequence[tuple[float, float]]) -> None:
    (height, width), places = play.size, np.array(path)
    steps = np.diff(places * (width, height), axis=0) / min(height, width)
    play.spend(float(np.hypot(*steps.T).sum()) / play.user.speed)
    x, y = play.aimed(*path[0])  # a hand that misses the beginning misses the rest alike
    shifted = np.clip(places + (x - path[0][0], y - path[0][1]), 0, 1)
    play.pad.add([tuple(place) for place in shifted.tolist()])


def _suggested(play: Play, lost: Mask) -> int | None:
    """The first suggestion of the model at least half of which runs along such edges; None where there is none."""
    play.press()
    play.pad.find()
    for number, edge in play.pad.found.items():
        play.spend(play.user.reaction + play.user.thinking)
        marked = _marked(edge.path, play.size) > 0
        if near(lost, CLOSE)[marked].mean() >= 0.5:
            return number
    return None


def _marked(path: Sequence[tuple[float, float]], size: tuple[int, int]) -> Mask:
    return rasterize_scribbles([EdgeScribble(path, 1 / min(size))], *size)


def _fit(region: Tensor, size: tuple[int, int]) -> Tensor:
    return torch.nn.functional.interpolate(region[None, None].float(), size, mode="nearest")[0, 0] > 0.5
