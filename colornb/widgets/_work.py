"""Saved work of the studio, read again; or any hint file."""

import json
from dataclasses import replace

from colornb.color import hex_color, parse_color
from colornb.effort import read_log
from colornb.hints import EdgeScribble, Hint, Point, Region, from_json, to_json
from colornb.widgets._chooser import RECENT
from colornb.widgets._desk import Desk, Work
from colornb.widgets._points import take_points
from colornb.widgets._session import Session
from colornb.widgets._strokes import take_strokes


def read_work(state: dict, desk: Desk) -> Work:
    """The work that `Studio.state` or `colornb.hints.to_json` wrote, for the picture on a desk.

    Raises ValueError, in one line, for anything else, and for hints that the painter does not hear.
    """
    try:
        hints = from_json(json.dumps(state))
    except TypeError:
        raise ValueError("this is no saved work: give the dict that `state` holds") from None
    regions, points, scribbles = ([h for h in hints if isinstance(h, kind)] for kind in (Region, Point, EdgeScribble))
    strokes = take_strokes(scribbles)
    if "log" in state:
        strokes = replace(strokes, log=read_log(state["log"], len(scribbles)))
    work = Work(desk, desk.tools[0], _read_regions(state, regions, desk), take_points(points), strokes)
    tool = state.get("tool", _tool_for(hints, desk))
    if tool not in desk.tools:
        raise ValueError(f"tool {tool!r} in the saved work: this model has {', '.join(desk.tools)}")
    return replace(work, tool=tool, recent=_read_colors(state.get("recent", [])))


def _read_regions(state: dict, hints: list[Region], desk: Desk) -> Session | None:
    if desk.blank is None:
        if hints:
            raise ValueError("this work colours regions, and this model has none: choose the model it was made with")
        return None
    rows = json.loads(to_json(hints))
    return desk.blank.from_dict(state | rows, desk.count)


def _tool_for(hints: list[Hint], desk: Desk) -> str:
    """The tool of the last hint, which the user may want to go on with."""
    kinds = {Region: "region", Point: "point", EdgeScribble: "edge"}
    tools = [kinds[type(hint)] for hint in hints]
    return next((tool for tool in reversed(tools) if tool in desk.tools), desk.tools[0])


def _read_colors(colors: object) -> tuple[str, ...]:
    if not isinstance(colors, list) or not all(isinstance(color, str) for color in colors):
        raise ValueError("the recent colours in the saved work are no list of colours")
    return tuple(hex_color(parse_color(color)) for color in colors)[:RECENT]
