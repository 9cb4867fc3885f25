"""A study on paper: plans, what is recorded, and the file of trials."""

import json
import math
from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from colornb.images import ImageError, sample
from colornb.studies import (
    Interaction,
    Method,
    Protocol,
    Question,
    Recorder,
    Trial,
    append,
    latin_square,
    open_picture,
    printed_questions,
    read_trials,
    remaining,
)
from colornb.studies.users import Clock

OURS, THEIRS = Method("ours", "guiding_painter-comic", "regions"), Method("theirs", "rtug-natural", "points")
PROTOCOL = Protocol(("coffee", "flower", "china"), (OURS, THEIRS), "photo", 60.0, 12)
SCORES = {"quality": 4, "convenience": 5}


@pytest.fixture
def clock():
    """One that does not begin at 0."""
    clock = Clock()
    clock.wait(50.0)
    return clock


def trial(person="0", method="ours", picture="coffee", seconds=10.0, hints=2, quality=4, **more):
    """One in which so many hints were given, evenly."""
    interactions = tuple(Interaction(seconds * n / hints, "hint", n) for n in range(1, hints + 1))
    return Trial(person, method, picture, seconds, interactions, {}, {"quality": quality, "convenience": 3}, **more)


# The plan.


@pytest.mark.parametrize("n", range(1, 9))
def test_each_method_is_equally_often_at_each_place_and_after_each_other_one(n):
    rows = latin_square(n)
    assert len(rows) == (n if n % 2 == 0 or n == 1 else 2 * n)
    for place in range(n):
        assert set(Counter(row[place] for row in rows).values()) == {len(rows) // n}
    after = Counter(pair for row in rows for pair in pairwise(row))
    assert len(after) == n * (n - 1)
    assert len(set(after.values())) <= 1


@pytest.mark.parametrize("n", [2, 3, 4])
def test_participants_in_turn_balance_a_study(n):
    methods = tuple(Method(f"m{i}", "rtug-natural", "points") for i in range(n))
    protocol, people = Protocol(("a", "b"), methods), len(latin_square(n))
    for place in range(n):
        met = Counter(protocol.plan(person)[2 * place].method.name for person in range(7, 7 + people))
        assert set(met.values()) == {people // n}


def test_everybody_colours_every_picture_with_every_method_in_blocks():
    tasks = PROTOCOL.plan(3)
    assert {task.key for task in tasks} == {("3", m.name, p) for m in PROTOCOL.methods for p in PROTOCOL.pictures}
    assert [task.number for task in tasks] == list(range(6))
    assert len({task.method.name for task in tasks[:3]}) == len({task.method.name for task in tasks[3:]}) == 1


def test_a_plan_is_the_same_every_time_and_another_for_others():
    assert PROTOCOL.plan(3) == PROTOCOL.plan("3") == Protocol.from_json(PROTOCOL.to_json()).plan(3)
    assert [task.picture for task in PROTOCOL.plan("ada")[:3]] == ["china", "flower", "coffee"], "on any machine"
    orders = {tuple(task.picture for task in PROTOCOL.plan(person)[:3]) for person in range(40)}
    assert len(orders) == 6
    seeded = Protocol(PROTOCOL.pictures, PROTOCOL.methods, seed=1)
    assert any(
        [task.picture for task in PROTOCOL.plan(n)] != [task.picture for task in seeded.plan(n)] for n in range(3)
    )
    with pytest.raises(ValueError, match="needs a name"):
        PROTOCOL.plan(" ")


def test_pictures_are_samples_or_files(tmp_path):
    assert open_picture("coffee").shape == sample("coffee").shape
    with pytest.raises(ImageError, match="does not exist"):
        open_picture("none.png", tmp_path)


# The protocol as text.


def test_a_protocol_goes_through_json():
    own = Protocol(("a.png",), (Method("e", "edge_enhancing-natural", "edges", 20),), questions=(Question("fun", "?"),))
    for protocol in (PROTOCOL, own):
        assert Protocol.from_json(protocol.to_json()) == protocol
    short = (
        '{"colornb": 1, "protocol": {"pictures": ["a"], "methods": [{"name": "m", "checkpoint": "c", "pad": "edges"}]}}'
    )
    assert Protocol.from_json(short).questions == printed_questions()
    assert [(asked.least, asked.most) for asked in printed_questions()] == [(1, 5), (1, 5)]


def changed(**fields):
    document = json.loads(PROTOCOL.to_json())
    document["protocol"] |= fields
    return json.dumps(document)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "no protocol"),
        ("[]", "no protocol"),
        ('{"colornb": 1}', "no protocol"),
        (PROTOCOL.to_json()[:-20], "no protocol"),
        (PROTOCOL.to_json().replace('"colornb": 1', '"colornb": 2'), "update it"),
        ('{"colornb": 1, "protocol": {}}', "needs pictures, methods"),
        (changed(pictures=[]), "at least one"),
        (changed(pictures="coffee"), "pictures is 'coffee': give a list"),
        (changed(pictures=["a", "a"]), "twice"),
        (changed(pictures=[1]), "pictures, 0 is 1: give a text"),
        (changed(methods=[]), "methods is .*at least one"),
        (changed(methods=[{"name": "m"}]), "a method needs checkpoint, pad"),
        (
            changed(methods=[{"name": "m", "checkpoint": "c", "pad": "brush"}]),
            "give one of regions, points",
        ),
        (changed(methods=[{"name": "m", "checkpoint": "c", "pad": "edges", "given": -1}]), "whole number"),
        (changed(methods=["m"]), "give a dict with name"),
        (changed(kind="film"), "give one of auto"),
        (changed(seconds=math.nan), "above 0"),
        (changed(seconds=True), "give a number above 0, or null"),
        (changed(seconds=10**400), "above 0"),
        (changed(interactions=0), "from 1"),
        (changed(interactions=2.5), "give a whole number from 1, or null"),
        (changed(seed="x"), "give a whole number"),
        (changed(questions=[{"name": "q", "text": "?", "least": 5, "most": 1}]), "rising"),
        (changed(questions=[{"name": "q", "text": "?", "ends": ["bad"]}]), "give a list of 2"),
        (changed(questions=[{"name": "tpi", "text": "?"}]), "none of tpi"),
        (changed(colour="red"), "has no 'colour'"),
    ],
)
def test_a_bad_protocol_is_refused_in_one_line(text, words):
    with pytest.raises(ValueError, match=words) as error:
        Protocol.from_json(text)
    assert "\n" not in str(error.value)


# What is recorded.


def recorded(clock, protocol=PROTOCOL):
    recorder = Recorder(protocol.plan(0)[0])
    recorder.record(1)  # before the beginning: nobody listens
    recorder.start(clock)
    for seconds, hints in ((4, 1), (2, 1), (3, 2), (1, 1), (2, 2), (6, 3)):
        clock.wait(seconds)
        recorder.record(hints)
    clock.wait(2)
    return recorder


def test_interactions_are_heard_with_their_times_and_the_questions_cost_none(clock):
    recorder = recorded(clock)
    recorder.stop()
    clock.wait(30)
    recorder.record(9)
    done = recorder.finish({"colornb": 1, "hints": []}, SCORES)
    assert [(i.seconds, i.what, i.hints) for i in done.interactions] == [
        (4, "hint", 1), (6, "change", 1), (9, "hint", 2), (10, "undo", 1), (12, "hint", 2), (18, "hint", 3),
    ]  # fmt: skip
    assert (done.seconds, done.finished, done.scores, done.simulated) == (20, "done", SCORES, False)
    assert done.key == recorder.task.key


def test_seconds_per_interaction_by_hand(clock):
    done = recorded(clock).finish({}, SCORES)
    assert done.n_interactions == 3, "another colour for a hint, and a slip with its mending, are parts of one"
    assert done.tpi == pytest.approx(20 / 3)
    assert math.isnan(Trial("0", "ours", "coffee", 5.0).tpi)
    merged = Trial("0", "ours", "coffee", 9.0, (Interaction(3.0, "hint", 2), Interaction(6.0, "hint", 3)))
    assert merged.n_interactions == 2, "one colour for two merged regions is one interaction"


def test_hints_that_were_given_before_count_for_nothing(clock):
    recorder = Recorder(PROTOCOL.plan(0)[0])
    recorder.start(clock, given=20)
    for hints in (21, 20, 21, 22):
        clock.wait(1)
        recorder.record(hints)
    assert not recorder.is_full
    done = recorder.finish({}, SCORES)
    assert (done.given, done.n_interactions) == (20, 2)


def test_the_limits_of_the_protocol_are_told(clock):
    recorder = recorded(clock)
    assert recorder.left == 40
    clock.wait(100)
    assert recorder.left == 0
    recorder.record(12)
    assert recorder.is_full
    free = recorded(clock, Protocol(("a",), (OURS,)))
    assert free.left == math.inf
    assert not free.is_full
    with pytest.raises(ValueError, match="call start first"):
        Recorder(PROTOCOL.plan(0)[0]).finish({}, SCORES)


@pytest.mark.parametrize("scores", [{}, {"quality": 4}, {**SCORES, "quality": 6}, {**SCORES, "quality": True}])
def test_answers_off_the_scale_are_refused(clock, scores):
    with pytest.raises(ValueError, match="whole number from 1 to 5"):
        recorded(clock).finish({}, scores)


def test_who_gives_up_need_not_answer(clock):
    assert recorded(clock).finish({}, {}, "abandoned").scores == {}


# The file of trials.


def test_trials_go_through_a_file_one_a_line(tmp_path, clock):
    path = tmp_path / "trials.jsonl"
    first = recorded(clock).finish({"colornb": 1, "hints": [], "rank": 2}, SCORES, measures={"psnr": 21.5})
    for one in (first, trial("1"), trial("2", simulated=True)):
        append(path, one)
    assert read_trials(path) == [first, trial("1"), trial("2", simulated=True)]
    assert path.read_bytes().count(b"\n") == 3


@pytest.mark.parametrize("cut", [1, 30, 200])
def test_a_line_that_a_crash_has_cut_off_is_passed_over_and_replaced(tmp_path, cut):
    path = tmp_path / "trials.jsonl"
    append(path, trial("0"))
    with path.open("a") as file:
        file.write(trial("1").to_json()[:cut])
    assert read_trials(path) == [trial("0")]
    append(path, trial("2"))
    assert read_trials(path) == [trial("0"), trial("2")]


def test_a_whole_line_without_its_end_is_kept(tmp_path):
    path = tmp_path / "trials.jsonl"
    path.write_text(trial("0").to_json())
    assert read_trials(path) == [trial("0")]
    append(path, trial("1"))
    assert read_trials(path) == [trial("0"), trial("1")]


@pytest.mark.parametrize("text", ["something else", PROTOCOL.to_json(), "a\n"])
def test_a_file_of_something_else_is_left_alone(tmp_path, text):
    path = tmp_path / "notes.txt"
    path.write_text(text)
    with pytest.raises(ValueError, match=r"notes.txt is no file of trials"):
        append(path, trial())
    assert path.read_text() == text


def broken(**fields):
    document = json.loads(trial().to_json())
    document["trial"] |= fields
    return json.dumps(document)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("nonsense", "no trial"),
        (trial().to_json()[:50], "no trial"),
        (trial().to_json().replace('"colornb": 1', '"colornb": 3'), "update it"),
        (broken(seconds=math.nan), "number from 0"),
        (broken(seconds=-1), "number from 0"),
        (broken(seconds="long"), "give a number"),
        (broken(seconds=9.0), "the trial's the last"),
        (broken(participant=3), "give a text"),
        (broken(method=""), "method is '': give a text"),
        (broken(finished="bored"), "one of done"),
        (broken(simulated=1), "true or false"),
        (
            broken(interactions=[{"seconds": math.nan, "what": "hint", "hints": 1}]),
            "seconds is nan: give a number from 0",
        ),
        (broken(interactions=[{"seconds": 1, "what": "sneeze", "hints": 1}]), "one of hint"),
        (broken(interactions=[{"seconds": 1, "what": "hint", "hints": -1}]), "from 0"),
        (broken(interactions=[{"seconds": 1}]), "an interaction needs what, hints"),
        (broken(interactions=3), "give a list"),
        (broken(measures={"psnr": math.inf}), "psnr is inf: give a number"),
        (broken(scores={"quality": 3.5}), "scores, quality is 3.5: give a whole number"),
        (broken(scores={"tpi": 3}), "name of two"),
        (broken(measures={"quality": 3.0}), "name of two"),
        (broken(scores=[1]), "give a dict"),
        (broken(hints=[]), "give a dict"),
        (broken(given=-1), "from 0"),
        (broken(mood="good"), "has no 'mood'"),
    ],
)
def test_a_bad_line_is_named_in_one_line(tmp_path, line, words):
    path = tmp_path / "trials.jsonl"
    path.write_text(f"{trial().to_json()}\n{line}\n{trial().to_json()}\n")
    with pytest.raises(ValueError, match=words) as error:
        read_trials(path)
    assert str(error.value).startswith("trials.jsonl, line 2: ")
    assert "\n" not in str(error.value)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)


@pytest.mark.parametrize(("kind", "what", "whole"), [(Trial, "trial", trial()), (Protocol, "protocol", PROTOCOL)])
@given(st.data())
def test_nothing_but_one_line_comes_of_any_json(kind, what, whole, data):
    document = json.loads(whole.to_json())
    place = document[what]
    while isinstance(place, dict | list) and place and data.draw(st.booleans()):
        names = list(place) if isinstance(place, dict) else list(range(len(place)))
        name = data.draw(st.sampled_from(names))
        place, parent = place[name], place
        if data.draw(st.booleans()):
            parent[name] = data.draw(JSON)
            break
    try:
        kind.from_json(json.dumps(document))
    except ValueError as error:
        assert "\n" not in str(error)


def test_an_interrupted_study_goes_on_where_it_was():
    tasks = PROTOCOL.plan(5)
    done = [
        Trial(*task.key, 9.0, finished=end) for task, end in zip(tasks, ("done", "time", "abandoned"), strict=False)
    ]
    played = [Trial(*tasks[4].key, 9.0, simulated=True)]
    others = [Trial(*task.key, 9.0) for task in PROTOCOL.plan(6)]
    assert remaining(tasks, [*done, *others, *played]) == tasks[3:]
    assert remaining(tasks, []) == tasks
