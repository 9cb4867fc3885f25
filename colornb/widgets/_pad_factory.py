"""The pad that a task of a user study is done with."""

import time
from collections.abc import Callable
from typing import Any

from colornb.studies import Task
from colornb.types import RGB
from colornb.widgets._model.picture import Picture
from colornb.widgets._renderer import Scene
from colornb.widgets.edge_pad import EdgePad
from colornb.widgets.point_pad import PointPad
from colornb.widgets.region_pad import RegionPad
from colornb.widgets.studio import Studio

UNSEEN_BOX = (48, 48)  # canvases nobody looks at are small: most time goes there


def open_pad(
    task: Task,
    colorizer: Any,
    picture: RGB,
    clock: Callable[[], float] = time.monotonic,
    box: tuple[int, int] | None = None,
) -> Any:
    """The pad of a task's method with a colorizer and the true picture, with the hints that the method gives.

    `box` is the height and width that each canvas fits into, by default that of all pads.
    Raises ValueError for a colorizer that does not fit the pad, and for hints given to one that begins with none.
    """
    pad, kind, hints = task.method.pad, task.protocol.kind, task.first_hints(picture)
    if hints and pad not in ("points", "edges"):
        raise ValueError(f"method {task.method.name!r} gives {len(hints)} colours: its pad begins with none, give 0")
    if pad == "studio":
        return Studio(picture, kind=kind, model=task.method.name, models={task.method.name: colorizer}, clock=clock)
    scene = Scene(colorizer, Picture(picture, "picture"), kind, box)
    if pad == "edges":
        return EdgePad(scene, hints=hints, clock=clock)
    if pad == "regions":
        return RegionPad(scene)
    opened = PointPad(scene)
    if hints:
        opened.hints = hints
    return opened


def open_unseen(task: Task, colorizer: Any, picture: RGB, clock: Callable[[], float] = time.monotonic) -> Any:
    """The same pad with canvases of a few pixels, for simulated users, who never look at them.

    What is painted is not less precise: hints and `rgb` know nothing of canvases.
    """
    return open_pad(task, colorizer, picture, clock, UNSEEN_BOX)
