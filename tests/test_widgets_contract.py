"""The contract that every widget keeps: found by its file, worked by buttons alone, shown as a picture.

A new widget is opened with a colorizer and a picture, as pads are; those that want something else are told below.
"""

import json

import pytest
import torch
from ipywidgets import Button
from widgets.driver import is_error, status
from widgets.fake_colorizer import EdgeFinder, picture

import colornb.widgets
from colornb.images import save_image
from colornb.studies import Method, Protocol
from colornb.widgets import Studio, UserStudy
from colornb.widgets._pad import Pad
from colornb.widgets._view.static_display import StaticDisplay

pytestmark = pytest.mark.usefixtures("small_canvases")
WIDGETS = [name for name in colornb.widgets.list_widgets() if name != "LivePicture"]  # whose buttons a browser makes
PADS = [name for name in WIDGETS if issubclass(getattr(colornb.widgets, name), Pad)]
ASK_FIRST = {"Load", "Open", "Send", "Flat"}  # they complain, in words, until a file, an answer or a colour is given


def open_study():
    save_image(picture(), "a.png")
    protocol = Protocol(("a.png",), (Method("points", "fake", "points"),), kind="drawing")
    return UserStudy(protocol, 0, "trials.jsonl", colorizers={"fake": EdgeFinder()})


OPEN = {
    "Studio": lambda: Studio(picture(), kind="drawing", models={"drawing": EdgeFinder()}),
    "UserStudy": open_study,
}


def open_widget(name):
    return OPEN[name]() if name in OPEN else getattr(colornb.widgets, name)(EdgeFinder(), picture(), kind="drawing")


@pytest.fixture
def widget(request, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # "Save" writes here
    return open_widget(request.param)


each_widget = pytest.mark.parametrize("widget", WIDGETS, indirect=True)
each_pad = pytest.mark.parametrize("widget", PADS, indirect=True)


def shown_buttons(part):
    """The buttons that a person can press now, from top to bottom."""
    if part.layout.display == "none":
        return
    if isinstance(part, Button) and not part.disabled:
        yield part
    for child in getattr(part, "children", ()):
        yield from shown_buttons(child)


def press_all(widget):
    """Press every button once, those too that come up meanwhile; yields each after it was pressed."""
    pressed = set()
    while fresh := [b for b in shown_buttons(widget) if (b.description, b.tooltip) not in pressed]:
        pressed.add((fresh[0].description, fresh[0].tooltip))
        fresh[0].click()
        widget.flush()
        yield fresh[0]


def hints_of(widget):
    """The hints of a widget, or of the pad that it has on the page."""
    holder = widget if hasattr(widget, "hints") else widget.pad
    return () if holder is None else tuple(holder.hints)


def test_every_widget_is_exported_under_the_name_of_its_file():
    assert {"PointPad", "RegionPad", "EdgePad", "Studio", "UserStudy"} <= set(WIDGETS)
    assert set(WIDGETS) <= set(dir(colornb.widgets))
    assert all(issubclass(getattr(colornb.widgets, name), StaticDisplay) for name in WIDGETS)


@each_widget
def test_buttons_alone_give_a_hint_and_none_of_them_fails(widget):
    seen = set()
    for pressed in press_all(widget):
        assert pressed.tooltip, f"{pressed.description}: say in a tooltip what it does"
        assert not is_error(widget) or pressed.description in ASK_FIRST, f"{pressed.description}: {status(widget)}"
        widget.status.show("")
        seen.add(hints_of(widget))
    assert len(seen) > 1, "no button gives a hint"


@each_widget
def test_it_is_a_picture_where_there_is_no_kernel(widget):
    assert widget.figure()._repr_png_().startswith(b"\x89PNG")
    assert type(widget).__name__ in repr(widget)
    assert {"text/plain", "image/png"} < widget._repr_mimebundle_().keys()


@each_pad
def test_a_pad_goes_on_from_its_state_and_undo_takes_that_back(widget):
    next(pressed for pressed in press_all(widget) if hints_of(widget))
    again = open_widget(type(widget).__name__)
    before = hints_of(again)
    again.load_state(json.loads(json.dumps(widget.state)))
    assert hints_of(again) == hints_of(widget)
    assert again.state == widget.state
    assert torch.equal(again.rgb, widget.rgb)
    again.undo()
    assert hints_of(again) == before
    again.redo()
    assert hints_of(again) == hints_of(widget)


@each_pad
def test_a_pad_refuses_what_is_no_state_in_one_line_and_keeps_its_work(widget):
    next(pressed for pressed in press_all(widget) if hints_of(widget))
    before = hints_of(widget)
    for state in ({"hints": [{"kind": "song"}]}, {"hints": 3}):
        with pytest.raises(ValueError, match=".") as error:
            widget.load_state(state)
        assert "\n" not in str(error.value)
        assert hints_of(widget) == before
