"""The pad that a task of a user study is done with."""

import time
from collections.abc import Callable
from typing import Any

from colornb.study import Task
from colornb.types import RGB
from colornb.widgets._home import Home
from colornb.widgets.edge_pad import EdgePad
from colornb.widgets.point_pad import PointPad
from colornb.widgets.region_pad import RegionPad
from colornb.widgets.studio import Studio


class _Nowhere(Home):
    """Where nobody looks at the canvases: most time goes there."""

    box = (48, 48)


def open_pad(
    task: Task,
    painter: Any,
    picture: RGB,
    clock: Callable[[], float] = time.monotonic,
    home: Home | None = None,
) -> Any:
    """The pad of a task's method with a painter and the true picture, with the hints that the method gives.

    Raises ValueError for a painter that does not fit the pad, and for hints given to one that begins with none.
    """
    pad, kind, hints = task.method.pad, task.protocol.kind, task.first_hints(picture)
    if hints and pad not in ("points", "edges"):
        raise ValueError(f"method {task.method.name!r} gives {len(hints)} colours: its pad begins with none, give 0")
    if pad == "studio":
        return Studio(picture, kind=kind, model=task.method.name, models={task.method.name: painter}, clock=clock)
    if pad == "edges":
        return EdgePad(painter, picture, hints, kind=kind, clock=clock, home=home)
    if pad == "regions":
        return RegionPad(painter, picture, kind=kind, home=home)
    opened = PointPad(painter, picture, kind=kind, home=home)
    if hints:
        opened.hints = hints
    return opened


def open_unseen(task: Task, painter: Any, picture: RGB, clock: Callable[[], float] = time.monotonic) -> Any:
    """The same pad with canvases of a few pixels, for simulated users, who never look at them.

    What is painted is not less precise: hints and `rgb` know nothing of canvases.
    """
    return open_pad(task, painter, picture, clock, _Nowhere())
