"""A page of the book brings the scripts that it has a use for."""

from types import SimpleNamespace

import pytest

from tools.page_scripts import STATE, VIEW, drop_useless


def script(**attributes):
    return SimpleNamespace(attributes=attributes)


FILE, THEBE, STATES = script(src="figures.js"), script(body="const thebe = 1"), script(type=STATE, body="{}")


@pytest.mark.parametrize(
    ("body", "kept"),
    [
        ("<img>", [FILE, FILE, THEBE]),
        (f'<script type="{VIEW}"></script>', [FILE, FILE, THEBE, STATES]),
    ],
)
def test_no_text_comes_twice_and_no_state_of_widgets_that_are_pictures(body, kept):
    context = {"body": body, "script_files": [FILE, FILE, THEBE, THEBE, STATES]}
    drop_useless(None, "book/51_studio", "page.html", context, None)
    assert context["script_files"] == kept
