"""The one hand and the one eye of the tests of widgets: events as a browser sends them, and what is on the page.

A side of a pad is "left" or "right", a layer "picture", "marks" or "interaction", a place is in [0, 1]. Parts of the
page are found by what a person sees or by their CSS class. Nothing here, and no test, looks at what is private to a
widget.
"""

import asyncio
import base64
import re
from datetime import UTC, datetime

import pytest
from ipycanvas import MultiCanvas
from ipywidgets import HTML, Button, Dropdown, FileUpload, FloatSlider, IntSlider, Text, ToggleButton

from colornb.color import hex_color

# What is found on the page.


def parts(widget):
    """A widget and everything inside it."""
    yield widget
    for child in getattr(widget, "children", ()):
        yield from parts(child)


def find(widget, name, *types):
    """The part with a CSS class of ours, of one of these types."""
    return next(p for p in parts(widget) if isinstance(p, types) and f"colornb-{name}" in p._dom_classes)


def button(widget, words):
    """The button whose description, or else tooltip, begins with these words."""
    buttons = [part for part in parts(widget) if isinstance(part, Button)]
    return ([b for b in buttons if b.description == words] or [b for b in buttons if b.tooltip.startswith(words)])[0]


def is_off(widget, *names):
    """Which of these buttons are disabled."""
    return {name for name in names if button(widget, name).disabled}


def toggle(widget, words):
    """The button that stays pressed with this description."""
    return next(part for part in parts(widget) if isinstance(part, ToggleButton) and part.description == words)


def entry(widget, name):
    """A text field by its class: "hex", "path" .."""
    return find(widget, name, Text)


def choose(widget, ending):
    """Choose the format of a file by how its name ends: ".jpg", "_flat.png" .."""
    find(widget, "format", Dropdown).value = ending


def downloaded(widget):
    """Name and bytes of the file that the link on the page holds, None where there is no link."""
    found = re.search(r'download="([^"]*)" href="data:[^;]*;base64,([^"]*)"', widget.export.link.value)
    return found and (found[1], base64.b64decode(found[2]))


def slider(widget, name):
    """A slider by its class: "width", "share", "size", "x", "y"."""
    return find(widget, name, IntSlider, FloatSlider)


def picker(widget):
    """The entry that shows the colour that the next click gives."""
    return next(part for part in parts(widget) if "colornb-picker" in getattr(part, "_dom_classes", ()))


def swatches(widget, title):
    """The colours of a row, "suggested" or "recent", as a person reads them in its tooltips."""
    shown = [part for part in parts(widget) if isinstance(part, Button)]
    return tuple(b.tooltip.split()[-1] for b in shown if b.tooltip and b.tooltip.startswith(f"{title} #"))


def html(widget):
    """All that is written on the page, with its markup."""
    return "\n".join(part.value for part in parts(widget) if isinstance(part, HTML))


def words(widget):
    """All that is written on the page, as a person reads it."""
    return re.sub("<[^>]+>", " ", re.sub("<style>.*?</style>", "", html(widget), flags=re.DOTALL))


def status(widget):
    """The last line of a widget, as a person reads it."""
    return re.sub("<[^>]+>", "", widget.status.widget.value)


def is_error(widget):
    """Whether the last line says that something went wrong."""
    return "colornb-bad" in widget.status.widget.value


# What the pictures show.


def canvas(widget, side):
    """The canvas of a side, or "map" for that of all colours possible at a place."""
    return widget.gamut_map.canvas if side == "map" else getattr(_pad(widget), side)


def has_canvas(widget, shown):
    """Whether a canvas is on the page."""
    return shown.widget in [part for part in parts(widget) if isinstance(part, MultiCanvas)]


def pixels(widget, side, layer="picture"):
    """What a layer holds, RGBA uint8."""
    return canvas(widget, side).pixels[layer]


def pixel(widget, side, layer, x, y):
    """What a layer holds at a place: four numbers."""
    held = pixels(widget, side, layer)
    return tuple(held[min(len(held) - 1, int(y * len(held))), min(held.shape[1] - 1, int(x * held.shape[1]))])


def color_at(rgb, x, y):
    """The colour of a picture (1, 3, H, W) at a place: "#rrggbb"."""
    return hex_color(rgb[0, :, int(y * rgb.shape[-2]), int(x * rgb.shape[-1])].tolist())


def canvas_size(widget):
    """Height and width of both canvases."""
    return pixels(widget, "left").shape[:2]


def is_painted(widget):
    """Whether the picture on show is that of the present hints."""
    from colornb.images import resize_levels, to_uint8

    shown = resize_levels(to_uint8(widget.rgb), *canvas_size(widget))
    return bool((pixels(widget, "right")[..., :3] == shown).all())


# What is waited for, in an event loop: the end, however long a busy machine takes to come there.


async def until(ask):
    """Until what is asked is so; fails after two minutes, which only what is broken takes."""
    for _ in range(6000):
        if ask():
            return
        await asyncio.sleep(0.02)
    pytest.fail("it does not happen")


async def rest(widget):
    """Until nothing is to be painted any more."""
    await until(lambda: not _pad(widget).renderer.is_busy)


# What a browser sends.


def send(shown, event, **content):
    """An event on a canvas, with its content."""
    shown.widget[-1]._handle_frontend_event(None, {"event": event, **content}, [])


def click(widget, x, y, side="left"):
    """Press and release at a place."""
    for event in ("mouse_down", "mouse_up"):
        mouse(widget, event, x, y, side)


def mouse(widget, event, x, y, side="left"):
    """One event of a mouse, such as "mouse_move", at a place."""
    shown = canvas(widget, side)
    send(shown, event, x=x * shown.width, y=y * shown.height)


def drag(widget, start, end, side="left", steps=3, release=True):
    """Press, wander in so many steps, and release."""
    for n in range(steps + 1):
        mouse(widget, "mouse_move" if n else "mouse_down", *_between(start, end, n / steps), side)
    if release:
        mouse(widget, "mouse_up", *end, side)


def touch(widget, event, *places, side="left"):
    """An event of fingers, such as "touch_start", at pixels of a canvas."""
    send(canvas(widget, side), event, touches=[{"x": x, "y": y} for x, y in places])


def key(widget, name, ctrl=False, side="left"):
    """A key pressed on a canvas."""
    send(canvas(widget, side), "key_down", key=name, shift_key=False, ctrl_key=ctrl, meta_key=False)


def upload(widget, button_name, name, data):
    """A file for a button, by its class: to ipywidgets 8 goes the value, to ipywidgets 7 what it is made of."""
    entry = find(widget, button_name, FileUpload)
    about = {"name": name, "type": "", "size": len(data)}
    if isinstance(entry.value, dict):
        entry.metadata, entry.data = [about | {"lastModified": 1}], [data]
        entry._counter += 1
    else:
        entry.value = (about | {"content": memoryview(data), "last_modified": datetime(2026, 1, 1, tzinfo=UTC)},)


def _between(start, end, share):
    return (a + (b - a) * share for a, b in zip(start, end, strict=True))


def _pad(widget):
    """The pad of a studio, or the pad itself."""
    return getattr(widget, "pad", None) or widget
