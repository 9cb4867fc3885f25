"""A user study in a real browser: a participant begins, colours, answers, and comes back after a reload."""

import pytest

from browser.chromium import SECONDS
from browser.lab import ROOT, reload, until
from browser.pads import FIND, Points
from colornb.studies import read_trials

pytestmark = pytest.mark.browser

CELL = f"""
import sys
sys.path.insert(0, {str(ROOT / "tests")!r})
from widgets.fake_colorizer import FakeColorizer
from colornb.studies import Method, Protocol
from colornb.widgets import UserStudy
methods = (Method("guided", "fake", "regions"), Method("points", "fake", "points"))
protocol = Protocol(("flower", "coffee"), methods, kind="drawing", seconds=3600.0)
UserStudy(protocol, 0, "trials.jsonl", colorizers={{"fake": FakeColorizer()}})
"""


class Study(Points):
    find = FIND.format("UserStudy")

    def __init__(self, lab, page, kernel):
        self.lab, self.page, self.kernel = lab, page, kernel
        self.box = page.locator(".colornb-study").first
        self.box.locator("button.colornb-begin, button.colornb-done").first.wait_for()

    def answer(self, name, number):
        self.box.locator(f".colornb-answer-{name} button", has_text=str(number)).click()


def test_a_participant_colours_answers_and_goes_on(lab, page, tmp_path):
    study = Study(lab, page, lab.run(page, lab.write("study.ipynb", CELL)))
    study.says("Picture 1 of 4, with guided")
    study.press("begin")
    study.says("What colour is the highlighted region?")
    study.says("s left")
    study.swatch("sky")
    study.press("next")
    study.says("Region 2 of")
    study.box.screenshot(path=tmp_path / "trial.png")
    study.press("done")
    study.press("send")
    study.says("answer with a whole number")
    study.answer("quality", 4)
    study.answer("convenience", 5)
    study.box.screenshot(path=tmp_path / "questions.png")
    study.press("send")
    study.says("Picture 2 of 4")
    (trial,) = read_trials(lab.root / "trials.jsonl")
    assert trial.scores == {"quality": 4, "convenience": 5}
    assert trial.n_interactions == 1
    assert 0 < trial.tpi < SECONDS

    page.evaluate("jupyterapp.commands.execute('docmanager:save')")
    page.wait_for_timeout(500)
    reload(page)
    study = Study(lab, page, study.kernel).settle()
    study.says("Picture 2 of 4")
    study.press("begin")
    study.press("give-up")
    until(lambda: len(read_trials(lab.root / "trials.jsonl")) == 2, "what is given up is not recorded")
    study.says("Picture 3 of 4, with points")
