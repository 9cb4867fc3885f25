"""Long work of a studio: how far it is is shown, and what is cancelled leaves all as it was."""

import asyncio
import threading
import zipfile

import pytest
from ipywidgets import HTML
from widgets.driver import button, status, until

from colornb.images import sample, save_image
from colornb.progress import tell
from colornb.widgets import Studio
from colornb.widgets._long_task import LongTask
from colornb.widgets._view.controls import StatusLine


def said(line):
    return line.widget.value


def press(widget, words):
    button(widget, words).click()


def test_amounts_are_shown_and_the_result_when_it_is_there():
    line, gate, shown = StatusLine(), threading.Event(), []
    task = LongTask(line)

    def work():
        tell("3 of 9")
        gate.wait(60)
        return 5

    async def scenario():
        task.run("Counting", work, shown.append)
        assert "Counting .." in said(line)
        assert task.button.layout.display == ""
        await until(lambda: "Counting: 3 of 9 .." in said(line))
        with pytest.raises(ValueError, match="Counting is not done yet"):
            task.run("More", work, shown.append)
        assert shown == []
        gate.set()
        await until(lambda: shown == [5])
        assert task.button.layout.display == "none"

    asyncio.run(scenario())


def test_what_is_cancelled_shows_nothing_and_stops_at_its_next_step():
    line, gate, ended, shown = StatusLine(), threading.Event(), [], []
    task = LongTask(line)

    def work():
        try:
            gate.wait(60)
            tell("on")
            ended.append("went on")
        finally:
            ended.append("ended")

    async def scenario():
        task.run("Counting", work, shown.append)
        task.button.click()
        assert "cancelled" in said(line)
        task.run("More", lambda: 7, shown.append)  # waits for no more than the next step
        gate.set()
        await until(lambda: shown == [7])
        assert ended == ["ended"]

    asyncio.run(scenario())


def test_work_of_the_same_name_takes_the_place_of_that_before_and_what_is_left_may_be_said():
    line, gate, ended, shown = StatusLine(), threading.Event(), [], []
    task = LongTask(line, "Stop", lambda words: f"{words} was stopped at 3")

    def work():
        gate.wait(60)
        tell("on")
        ended.append("went on")

    async def scenario():
        task.run("Counting", work, shown.append)
        task.run("Counting", lambda: 7, shown.append)
        gate.set()
        await until(lambda: shown == [7])
        gate.clear()
        task.run("Counting", work, shown.append)
        assert task.button.description == "Stop"
        task.button.click()
        assert "Counting was stopped at 3" in said(line)
        gate.set()
        task.run("More", lambda: 8, shown.append)
        await until(lambda: shown == [7, 8])
        assert ended == []

    asyncio.run(scenario())


def test_errors_are_told_in_one_line_and_without_a_loop_all_happens_at_once():
    line, shown = StatusLine(), []
    task = LongTask(line)
    task.run("Counting", lambda: 3, shown.append)
    assert shown == [3]

    def fail():
        raise ValueError("no such number: give another")

    async def scenario():
        task.run("Counting", fail, shown.append)
        await until(lambda: "no such number: give another" in said(line))

    asyncio.run(scenario())
    assert shown == [3]


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    save_image(sample("flower")[..., :80, :120], "flower.png")
    return tmp_path


def test_a_studio_opens_saves_and_switches_beside_the_page_and_a_cancelled_opening_keeps_the_work(home):
    studio = Studio(sample("coffee")[..., :80, :120])
    studio.pad.add(0.5, 0.5, "red")

    async def scenario():
        before = studio.document
        studio._open("flower.png", "flower.png")
        press(studio, "Cancel")
        await asyncio.sleep(0.5)
        assert studio.document is before
        studio._open("flower.png", "flower.png")
        await until(lambda: studio.document.picture.name == "flower")
        assert "Opened flower" in status(studio)
        studio.undo()
        assert studio.document.hints == before.hints
        studio._choose("rtug-natural", "auto")
        await until(lambda: studio.model == "rtug-natural")
        assert studio.document.hints == before.hints
        studio.export.path.value = "out.ora"
        press(studio, "Save")
        await until(lambda: "Saved" in status(studio))
        press(studio, "Export")
        await until(lambda: "data:image/png" in studio.export.link.value)

    asyncio.run(scenario())
    with zipfile.ZipFile(home / "out.ora") as file:
        assert "stack.xml" in file.namelist()
    assert isinstance(studio.status.widget, HTML)
    assert button(studio, "Cancel").layout.display == "none"
