"""What pads have beside their pictures: sliders, the edges that a model suggests, and the questions of a study."""

from collections.abc import Callable, Collection, Sequence
from html import escape

from ipywidgets import HTML, FloatSlider, HBox, IntSlider, Layout, ToggleButtons, VBox

from colornb.hints import Point
from colornb.studies import Question
from colornb.widgets._view.controls import (
    SuppressEvents,
    action,
    put,
    set_css_class,
    set_swatch,
    slider,
    swatch,
    swatch_layout,
    wrap,
)
from colornb.widgets._view.overlays import FOUND

Act = Callable[[], None]
MAX_SUGGESTED = 5  # edges that the model suggests at once


class PointSliders:
    """Sliders for the chosen point: `on_place(x, y)` in [0, 1] and `on_size(pixels)` are told of them.

    Sizes are in pixels of the picture as the model sees it; `most` is the largest one offered.
    """

    def __init__(self, most: int, on_place: Callable[[float, float], None], on_size: Callable[[int], None]) -> None:
        self._quiet = SuppressEvents()
        self._point: Point | None = None
        late = {"continuous_update": False}
        words = "Side of the patch of colour, in pixels of the model's picture"
        self.size = slider(IntSlider, "Size", words, min=1, max=most, **late)
        unit = late | {"min": 0.0, "max": 1.0, "step": 0.005, "readout_format": ".2f"}
        self.x = slider(FloatSlider, "X", "Place of the chosen point, from the left to the right", **unit)
        self.y = slider(FloatSlider, "Y", "Place of the chosen point, from the top to the bottom", **unit)
        self._quiet.observe(self.size, on_size)
        self._quiet.observe(self.x, lambda x: self._point and on_place(x, self._point.y))
        self._quiet.observe(self.y, lambda y: self._point and on_place(self._point.x, y))
        self.widget = wrap(self.size, self.x, self.y)

    def show(self, point: Point | None, pixels: int) -> None:
        """Show where the chosen point is, and a size, without changing any."""
        self._point = point
        self.x.disabled = self.y.disabled = point is None
        with self._quiet:
            self.size.value = pixels
            if point is not None:
                self.x.value, self.y.value = point.x, point.y


def width_slider(most: int) -> IntSlider:
    """How thick scribbles are."""
    words = "Width of the scribbles, in pixels of a picture of 256 x 256"
    return slider(IntSlider, "Width", words, min=1, max=most, continuous_update=False)


class EdgeSuggestions:
    """A button that asks the model for edges, and one for each that it has found; `on_take(number)` is told of it."""

    def __init__(self, on_find: Act, on_take: Callable[[int], None], on_hide: Act) -> None:
        self._find = action("Find", "search", "Let the model look where colour has bled across an edge", on_find)
        self._find.description = "Find edges"  # a name of two words would be no class
        layout = swatch_layout()
        self._takes = [swatch(layout, lambda number=number: on_take(number)) for number in range(MAX_SUGGESTED)]
        for number, button in enumerate(self._takes):
            set_swatch(button, "#{:02x}{:02x}{:02x}".format(*FOUND), f"Scribble along the suggested edge {number + 1}")
            button.description = str(number + 1)
        self._hide = action("Hide", "eye-slash", "Show no suggested edges", on_hide)
        self.widget = wrap(align_items="center")
        self.show(0, ())

    def show(self, found: int, open_: Collection[int]) -> None:
        """Show so many edges; those that are not `open_` have been taken."""
        for number, button in enumerate(self._takes):
            button.disabled = number not in open_
        put(self.widget, self._find, *(self._takes[:found] + [self._hide] if found else []))


class Questionnaire:
    """The questions of a study; `on_answer(scores)` is told of the answers when all are given and sent."""

    def __init__(self, questions: Sequence[Question], on_answer: Callable[[dict[str, int]], None]) -> None:
        self._on_answer = on_answer
        self._choices = {question.name: _scale(question) for question in questions}
        send = action("Send", "check", "Send the answers, and go on", self._send)
        send.button_style, send.layout.align_self = "primary", "flex-start"
        rows = [_row(question, self._choices[question.name]) for question in questions]
        self.widget = VBox((*rows, send), layout=Layout(margin="8px 0"))
        set_css_class(self.widget, "questions")

    def clear(self) -> None:
        """Take back all answers."""
        for choice in self._choices.values():
            choice.value = None

    def _send(self) -> None:
        given = {name: choice.value for name, choice in self._choices.items()}
        self._on_answer({name: value for name, value in given.items() if value is not None})


def _scale(question: Question) -> ToggleButtons:
    choice = ToggleButtons(options=list(range(question.least, question.most + 1)), value=None)
    choice.style.button_width = "44px"
    set_css_class(choice, f"answer-{question.name.replace(' ', '-')}")
    return choice


def _row(question: Question, choice: ToggleButtons) -> VBox:
    low, high = (f'<span class="colornb-sub">{escape(word)}</span>' for word in question.ends)
    text = HTML(f'<span class="colornb-ask">{escape(question.text)}</span>')
    return VBox((text, HBox((HTML(low), choice, HTML(high)), layout=Layout(align_items="center"))))
