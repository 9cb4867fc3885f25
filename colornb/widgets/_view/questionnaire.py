"""Questions after a trial, each with a row of numbers to choose from."""

from collections.abc import Callable, Sequence
from html import escape

from ipywidgets import HTML, HBox, Layout, ToggleButtons, VBox

from colornb.studies import Question
from colornb.widgets._view.controls import action, set_css_class


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
