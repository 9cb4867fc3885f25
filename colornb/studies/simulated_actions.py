"""How a simulated person works a pad: one who answers regions, one who points, one who scribbles along edges."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import torch

from colornb.color import hex_color, lab_to_rgb, rgb_to_lab
from colornb.edge_suggestions import rank_strokes
from colornb.edges import ab_edges
from colornb.filters import dilate, gaussian_blur
from colornb.hints import EdgeScribble, rasterize_scribbles
from colornb.images import MAX_ASPECT, resize
from colornb.studies._trials import Recorder
from colornb.types import RGB, Lab, Mask, Plane, Tensor

BUTTON = (1.0, 0.08)  # how far away and how wide, in shorter sides of a picture 400 pixels high
SURROUNDINGS = 0.04  # of the shorter side: how far a point's surroundings go, for who looks where colours are wrong
EDGE_WINDOW = 5  # pixels: a scribble marks what lies in a window so wide around it
MIN_EDGE = 6  # pixels: shorter edges are specks
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
class SimulatedSession:
    """A person, a pad and a true picture, in the middle of a trial: a session."""

    user: Any
    draw: np.random.Generator
    recorder: Recorder
    clock: Clock
    pad: Any
    colorizer: Any
    truth: RGB
    places: list[tuple[float, float]] = field(default_factory=list)  # where somebody has pointed

    def spend(self, seconds: float) -> None:
        """Let the time of an action pass; raises TimeUp where it would end after the trial."""
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

    @cached_property
    def true(self) -> Lab:
        """The true picture at the size that the network sees."""
        return rgb_to_lab(resize(self.truth, self.size))

    @property
    def size(self) -> tuple[int, int]:
        """Height and width of a picture as the network sees it."""
        height, width = self.truth.shape[-2:]
        scale = min(self.colorizer.size / min(height, width), MAX_ASPECT * self.colorizer.size / max(height, width))
        return max(1, round(height * scale)), max(1, round(width * scale))

    def prediction(self) -> Lab:
        """What is on the pad now, at the same size."""
        return rgb_to_lab(resize(self.pad.rgb, self.size))

    def error(self) -> Plane:
        """How far each pixel is from the truth, in CIE Lab."""
        return (self.prediction() - self.true).square().sum(1, keepdim=True).sqrt()


def find_action(pad: str) -> Callable[[SimulatedSession], None]:
    """The action of a kind of pad: what somebody does there. Raises ValueError for one that only people can use."""
    known = {"regions": answer, "points": point, "edges": scribble}
    if pad not in known:
        raise ValueError(f"nobody is simulated at the pad {pad!r}: choose {', '.join(known)}, or invite people")
    return known[pad]


def answer(session: SimulatedSession) -> None:
    """Answer each region with its true mean colour, or skip it where the model has found that by itself."""
    pad, regions = session.pad, session.colorizer.regions
    while not pad.finished:
        session.look()
        inside = _fit(regions[pad.rank], session.size)
        colors = [lab[0][:, inside].mean(1) for lab in (session.true, session.prediction())]
        if float((colors[0] - colors[1]).norm()) < session.user.content:
            session.press()
            pad.skip()
            continue
        if session.slips():
            session.choose()
            pad.paint(session.any_color())
            session.take_back()
        session.choose()
        pad.paint(session.meant(colors[0].tolist()))
        if session.is_over():
            break
        session.look()
        session.press()
        pad.next()
    session.press()
    pad.finish()


def point(session: SimulatedSession) -> None:
    """Point where the picture is most wrong, and give the true colour there."""
    while not session.recorder.is_full:
        session.spend(session.user.search)
        place = _worst(session)
        if place is None:
            break
        if session.slips():
            _give(session, *session.draw.random(2).tolist(), session.any_color())
            session.take_back()
        row, column = (min(side - 1, int(at * side)) for at, side in zip(place[::-1], session.size, strict=True))
        _give(session, *place, session.meant(session.true[0, :, row, column].tolist()))
        session.places.append(place)
        if session.is_over():
            break
    session.look()
    session.press()


def _give(session: SimulatedSession, x: float, y: float, color: str) -> None:
    session.spend(session.user.thinking)
    session.choose()
    session.pad.add(*session.aimed(x, y), color)


def _worst(session: SimulatedSession) -> tuple[float, float] | None:
    """Where colours are most wrong over a few pixels, away from all points; None where nothing disturbs."""
    height, width = session.size
    wrong = gaussian_blur(session.error(), SURROUNDINGS * min(session.size))[0, 0].numpy()
    rows, columns = (np.arange(height) + 0.5)[:, None], (np.arange(width) + 0.5)[None]
    for x, y in session.places:
        wrong[np.hypot(rows - y * height, columns - x * width) < 2 * SURROUNDINGS * min(session.size)] = 0
    row, column = np.unravel_index(wrong.argmax(), wrong.shape)
    if wrong[row, column] < session.user.content:
        return None
    return (float(column) + 0.5) / width, (float(row) + 0.5) / height


def scribble(session: SimulatedSession) -> None:
    """Draw along edges of colour that the picture has lost, first where it is most wrong."""
    taken = torch.zeros(1, 1, *session.size)
    while not session.recorder.is_full:
        path, lost = _lost_path(session, taken)
        if not path:
            break
        number = _suggested(session, lost) if session.user.asks else None
        if number is not None:
            path = session.pad.found[number].path
            session.press()
            session.pad.take(number)
        else:
            _search_and_draw(session, path)
        taken = torch.maximum(taken, _marked(path, session.size))
        if session.is_over():
            break
    session.look()
    session.press()


def _search_and_draw(session: SimulatedSession, path: Sequence[tuple[float, float]]) -> None:
    session.spend(session.user.search)
    if session.slips():
        _draw_along(session, [tuple(session.draw.random(2).tolist()) for _ in range(2)])
        session.take_back()
    _draw_along(session, path)


def _lost_path(session: SimulatedSession, taken: Mask) -> tuple[list[tuple[float, float]], Mask]:
    """The most striking edge that is in the true colours alone, as points in [0, 1], and all pixels of such edges."""
    true, prediction = (ab_edges(lab[:, 1:], *THRESHOLDS) for lab in (session.true, session.prediction()))
    lost = true * (1 - dilate(prediction, EDGE_WINDOW)) * (1 - dilate(taken, EDGE_WINDOW))
    error = session.error()[0, 0].numpy()
    strokes = rank_strokes(_strongest(lost[0, 0].numpy() > 0, error), error)
    return (list(strokes[0].scribble(*session.size).path) if strokes else []), lost


def _strongest(lost: np.ndarray, error: np.ndarray) -> np.ndarray:
    """Of all connected edges, the one along which most is wrong; specks do not count."""
    from scipy.ndimage import label

    labels, _ = label(lost, np.ones((3, 3)))
    lengths, sums = np.bincount(labels.ravel()), np.bincount(labels.ravel(), error.ravel())
    sums = np.where(lengths >= MIN_EDGE, sums, 0)
    sums[0] = 0  # what is no edge
    return (labels == sums.argmax()) & lost


def _draw_along(session: SimulatedSession, path: Sequence[tuple[float, float]]) -> None:
    (height, width), places = session.size, np.array(path)
    steps = np.diff(places * (width, height), axis=0) / min(height, width)
    session.spend(float(np.hypot(*steps.T).sum()) / session.user.speed)
    x, y = session.aimed(*path[0])  # a hand that misses the beginning misses the rest alike
    shifted = np.clip(places + (x - path[0][0], y - path[0][1]), 0, 1)
    session.pad.add([tuple(place) for place in shifted.tolist()])


def _suggested(session: SimulatedSession, lost: Mask) -> int | None:
    """The first suggestion of the model at least half of which runs along such edges; None where there is none."""
    session.press()
    session.pad.find()
    for number, edge in session.pad.found.items():
        session.spend(session.user.reaction + session.user.thinking)
        marked = _marked(edge.path, session.size) > 0
        if dilate(lost, EDGE_WINDOW)[marked].mean() >= 0.5:
            return number
    return None


def _marked(path: Sequence[tuple[float, float]], size: tuple[int, int]) -> Mask:
    return rasterize_scribbles([EdgeScribble(path, 1 / min(size))], *size)


def _fit(region: Tensor, size: tuple[int, int]) -> Tensor:
    return torch.nn.functional.interpolate(region[None, None].float(), size, mode="nearest")[0, 0] > 0.5
