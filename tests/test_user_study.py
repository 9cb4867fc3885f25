"""The user study as a widget, without a browser: trials, the clock, questions, and a participant who comes back."""

import asyncio
import json

import pytest
from ipywidgets import Button, ToggleButtons
from widgets.driver import is_error, parts, status, until, words
from widgets.fake_colorizer import FakeColorizer, picture

from colornb.hints import EdgeScribble, Point
from colornb.images import save_image
from colornb.studies import Method, Protocol, analyze, read_trials
from colornb.studies.users import Clock
from colornb.widgets import EdgePad, PointPad, RegionPad, Studio, UserStudy

pytestmark = pytest.mark.usefixtures("small_canvases")
METHODS = (Method("guided", "fake", "regions"), Method("points", "fake", "points"))


@pytest.fixture
def folder(tmp_path):
    for name in ("a.png", "b.png"):
        save_image(picture(), tmp_path / name)
    return tmp_path


@pytest.fixture
def clock():
    return Clock()


def study(folder, clock, participant=0, methods=METHODS, **rules):
    protocol = Protocol(("a.png", "b.png"), methods, kind="drawing", **rules)
    colorizers = {"fake": FakeColorizer()}
    return UserStudy(protocol, participant, folder / "trials.jsonl", folder=folder, colorizers=colorizers, clock=clock)


def press(study, text):
    found = [part for part in parts(study) if isinstance(part, Button) and part.description == text]
    assert found[0].layout.display != "none", f"{text} is not on the page"
    found[0].click()


def do(study, clock, hints=2):
    """Begin a trial and give so many hints, one in two seconds."""
    press(study, "Begin")
    for number in range(hints):
        clock.wait(2)
        if isinstance(study.pad, RegionPad):
            study.pad.paint("red")
            study.pad.next()
        else:
            study.pad.add(0.2 + 0.1 * number, 0.5, "blue")


def test_a_trial_is_timed_recorded_and_kept_when_its_questions_are_answered(folder, clock):
    shown = study(folder, clock)
    clock.wait(50)  # reading takes no time of the trial
    do(shown, clock)
    clock.wait(1)
    press(shown, "Done")
    clock.wait(30)  # nor do the questions
    assert not (folder / "trials.jsonl").exists()
    answers = [part for part in parts(shown) if isinstance(part, ToggleButtons) and part.options == (1, 2, 3, 4, 5)]
    answers[0].value, answers[1].value = 4, 2
    press(shown, "Send")
    (trial,) = read_trials(folder / "trials.jsonl")
    assert (trial.seconds, trial.n_interactions, trial.tpi) == (5.0, 2, 2.5)
    assert trial.scores == {"quality": 4, "convenience": 2}
    assert (trial.finished, trial.simulated) == ("done", False)
    assert len(trial.hints["hints"]) == 2
    assert "Picture 2 of 4" in words(shown)
    assert shown.pad is None


def test_a_participant_meets_every_picture_with_every_method_in_the_order_of_the_plan(folder, clock):
    shown = study(folder, clock, participant=3)
    plan = shown.protocol.plan(3)
    while shown.task is not None:
        assert shown.task.key == plan[len(plan) - len(shown.tasks)].key
        do(shown, clock, 1)
        assert isinstance(shown.pad, RegionPad if shown.task.method.pad == "regions" else PointPad)
        shown.done()
        shown.answer(quality=3, convenience=5)
    trials = read_trials(folder / "trials.jsonl")
    assert [trial.key for trial in trials] == [task.key for task in plan]
    assert "That was all." in words(shown)
    assert "trials.jsonl" in words(shown)
    assert repr(shown) == "UserStudy(3, 4 of 4 done)"
    rows = analyze(trials, resamples=100)
    assert {row["method"] for row in rows} == {"guided", "points"}


def test_who_comes_back_goes_on_with_the_next_task(folder, clock):
    first = study(folder, clock)
    do(first, clock)
    first.done()
    first.answer(quality=1, convenience=1)
    do(first, clock)  # the page is closed in the middle of this one
    second = study(folder, clock)
    assert [task.key for task in second.tasks] == [task.key for task in second.protocol.plan(0)[1:]]
    other = study(folder, clock, participant=1)
    assert len(other.tasks) == 4


def test_the_time_of_a_trial_ends(folder):
    async def scene():
        clock = Clock()
        shown = study(folder, clock, seconds=30.0)
        do(shown, clock)
        await until(lambda: "26 s left" in words(shown))
        clock.wait(40)
        await until(lambda: "The time is up" in words(shown))
        shown.answer(quality=2, convenience=2)

    asyncio.run(scene())
    (trial,) = read_trials(folder / "trials.jsonl")
    assert trial.finished == "time"
    assert trial.tpi == 2.0, "up to the last hint"


def test_the_number_of_hints_ends_a_trial(folder, clock):
    shown = study(folder, clock, interactions=2)
    do(shown, clock, 2)
    assert not shown.is_running
    shown.answer(quality=2, convenience=3)
    assert read_trials(folder / "trials.jsonl")[0].n_interactions == 2


def test_what_is_done_while_the_questions_are_asked_does_not_count(folder, clock):
    shown = study(folder, clock)
    do(shown, clock, 1)
    shown.done()
    pad, before = shown.pad, shown.pad.rgb
    clock.wait(9)
    pad.undo()
    assert not is_error(pad)
    assert (pad.rgb != before).any(), "the pad is alive"
    shown.answer(quality=3, convenience=3)
    (trial,) = read_trials(folder / "trials.jsonl")
    assert (trial.n_interactions, len(trial.hints["hints"])) == (1, 1)


def test_giving_up_is_recorded_and_asks_nothing(folder, clock):
    shown = study(folder, clock)
    do(shown, clock, 1)
    press(shown, "Give up")
    assert read_trials(folder / "trials.jsonl")[0].finished == "abandoned"
    assert len(shown.tasks) == 3
    assert len(study(folder, clock).tasks) == 3, "and is not asked for again"


@pytest.mark.parametrize("scores", [{}, {"quality": 9, "convenience": 1}, {"quality": 3}])
def test_answers_that_are_none_give_one_line_and_keep_the_trial(folder, clock, scores):
    shown = study(folder, clock)
    do(shown, clock)
    shown.done()
    with pytest.raises(ValueError, match="answer with a whole number"):
        shown.answer(**scores)
    shown.answer(quality=3, convenience=3)
    assert len(read_trials(folder / "trials.jsonl")) == 1


def test_sending_without_answers_is_told_in_the_widget(folder, clock):
    shown = study(folder, clock)
    do(shown, clock)
    press(shown, "Done")
    press(shown, "Send")
    assert is_error(shown)
    assert "quality is not answered: answer with a whole number" in status(shown)


def test_deeds_out_of_turn_give_one_line(folder, clock):
    shown = study(folder, clock)
    for action in (shown.done, shown.give_up):
        with pytest.raises(ValueError, match="press Begin first"):
            action()
    with pytest.raises(ValueError, match="nothing to answer"):
        shown.answer(quality=3, convenience=3)
    shown.begin()
    with pytest.raises(ValueError, match="answer its questions, first"):
        shown.begin()


def test_a_file_of_anything_else_is_refused(folder, clock):
    (folder / "trials.jsonl").write_text("Dear diary,\n")
    with pytest.raises(ValueError, match=r"trials.jsonl, line 1"):
        study(folder, clock)


def test_edges_and_the_studio_are_pads_of_a_study_too(folder, clock):
    edges = study(folder, clock, methods=(Method("mend", "fake", "edges", given=3),))
    edges.begin()
    assert isinstance(edges.pad, EdgePad)
    assert [type(hint) for hint in edges.pad.hints] == [Point] * 3
    clock.wait(4)
    edges.pad.add([(0.2, 0.2), (0.6, 0.7)])
    edges.done()
    edges.answer(quality=3, convenience=3)
    (trial,) = read_trials(folder / "trials.jsonl")
    assert (trial.given, trial.n_interactions, trial.seconds) == (3, 1, 4.0)
    whole = study(folder, clock, participant=1, methods=(Method("all", "fake", "studio"),))
    whole.begin()
    assert isinstance(whole.pad, Studio)
    whole.pad.tool = "edge"
    clock.wait(3)
    whole.pad.pad.add([(0.2, 0.2), (0.6, 0.7)])
    whole.pad.undo()
    whole.pad.redo()
    whole.done()
    whole.answer(quality=3, convenience=3)
    trial = read_trials(folder / "trials.jsonl")[-1]
    assert [action.what for action in trial.interactions] == ["hint", "undo", "hint"]
    assert trial.n_interactions == 1
    assert EdgeScribble(**{k: v for k, v in trial.hints["hints"][0].items() if k != "kind"})


def test_a_picture_of_it_for_pages_without_a_kernel(folder, clock):
    shown = study(folder, clock)
    assert len(shown.figure().axes) == 0
    assert "image/png" in shown._repr_mimebundle_()
    do(shown, clock)
    assert len(shown.figure().axes) == 3
    assert "image/png" in shown._repr_mimebundle_()
    assert json.loads(json.dumps(shown.pad.state))
