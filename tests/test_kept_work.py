"""Works that are kept: each picture its own, with its history; by one process at a time; nothing is overwritten."""

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
import torch
from ipywidgets import Dropdown
from test_studio import all_three, kinds, models
from widgets.driver import button, find, html, is_error, is_painted, parts, status, toggle, words
from widgets.fake_colorizer import FakeColorizer, picture

from colornb.hints import EdgeScribble, Point, Region
from colornb.images import load_image, save_image
from colornb.widgets import Studio, _autosave
from colornb.widgets._model.kept_work import MAX_STEPS, KeptWork
from colornb.widgets._model.picture import Picture

pytestmark = pytest.mark.usefixtures("small_canvases")


def open_studio(path, keep, **options):
    return Studio(path, models=models(), keep=keep, **options)


@pytest.fixture
def keep(tmp_path):
    return tmp_path / "keep"


@pytest.fixture
def cup(tmp_path):
    return save_image(picture(), tmp_path / "cup.png")


@pytest.fixture
def tree(tmp_path):
    return save_image(picture(40, 50), tmp_path / "tree.png")


def steps_of(studio, keep):
    return keep / studio.document.picture.digest / "steps.json"


def test_two_pictures_have_two_works_closed_and_opened_again(keep, cup, tree):
    studio = open_studio(cup, keep, kind="drawing")
    all_three(studio)
    studio.open_picture(tree, "drawing")
    studio.tool = "point"
    studio.pad.add(0.5, 0.5, "red")
    first, second = open_studio(cup, keep), open_studio(tree, keep)
    assert kinds(first) == [Region, Point, EdgeScribble]
    assert kinds(second) == [Point]
    second.open_picture(cup)
    assert second.hints == first.hints
    assert "Restored your work on cup" in status(second)
    assert torch.equal(second.rgb, first.rgb)


def test_the_last_picture_is_opened_where_none_is_named(keep, cup, tree):
    open_studio(cup, keep, kind="drawing").pad.paint("red")
    open_studio(tree, keep, kind="drawing").pad.paint("blue")
    assert Studio(models=models(), keep=keep).document.picture.name == "tree"
    open_studio(cup, keep)
    assert Studio(models=models(), keep=keep).document.picture.name == "cup"


def test_files_of_one_name_in_two_folders_are_two_works_and_a_copy_is_the_same(keep, tmp_path):
    one, two, copy = (tmp_path / place / "scan0001.png" for place in ("A", "B", "C"))
    for path, size in ((one, 40), (two, 50), (copy, 40)):
        path.parent.mkdir()
        save_image(picture(size, size), path)
    open_studio(one, keep, kind="drawing").pad.paint("red")
    assert open_studio(two, keep).hints == []
    assert kinds(open_studio(copy, keep)) == [Region]


def test_the_history_is_there_after_a_reload(keep, cup):
    studio = all_three(open_studio(cup, keep, kind="drawing"))
    pictures = [studio.rgb]
    for _ in range(2):
        studio.undo()
        pictures.append(studio.rgb)
    again = open_studio(cup, keep)
    assert torch.equal(again.rgb, pictures[-1])
    again.redo()
    again.redo()
    assert kinds(again) == [Region, Point, EdgeScribble]
    for before in pictures[1:]:
        again.undo()
        assert torch.equal(again.rgb, before)
        assert is_painted(again)
    again.undo()
    assert again.hints == []
    assert not again.store.history.can_undo


def test_what_another_model_makes_nothing_of_is_still_there_after_a_reload(keep, cup):
    studio = open_studio(cup, keep, kind="drawing")
    studio.pad.paint("red")
    studio.model = "photograph"
    again = open_studio(cup, keep)
    assert (again.model, again.hints) == ("photograph", [])
    again.model = "drawing"
    assert kinds(again) == [Region]
    again.undo()
    again.undo()
    assert (again.model, kinds(again)) == ("drawing", [Region])


def test_a_history_is_kept_up_to_its_last_steps(keep, cup):
    studio = open_studio(cup, keep, kind="drawing")
    works, image = KeptWork(keep), studio.document.picture
    states = [studio.state | {"hints": [{"kind": "point", "x": n / 200, "y": 0.5, "color": "red"}]} for n in range(150)]
    for at, first in ((149, 50), (120, 50), (20, 20), (0, 0)):
        works.save(image, states, at)
        kept = works.read(image.digest)
        assert list(kept.sessions) == states[first : first + MAX_STEPS]
        assert kept.sessions[kept.at] == states[at]


class Seeing(FakeColorizer):
    """Paints white what it sees as a drawing, and black what it sees as a photograph."""

    def set_image(self, image, kind="auto"):
        super().set_image(image, kind)
        self.seen = kind

    def predict(self, hints=(), full_size=True):
        return torch.full_like(super().predict(hints, full_size), float(self.seen == "drawing"))


def test_what_a_picture_is_seen_as_can_be_changed_after_it_was_painted_and_is_kept(keep, cup):
    studio = Studio(cup, kind="photo", models={"drawing": Seeing()}, keep=keep)
    studio.pad.paint("red")
    assert studio.rgb.max() == 0
    find(studio, "picture-type", Dropdown).value = "drawing"
    assert studio.rgb.min() == 1
    studio.undo()
    assert studio.rgb.max() == 0
    studio.redo()
    again = Studio(cup, models={"drawing": Seeing()}, keep=keep)
    assert again.document.kind == find(again, "picture-type", Dropdown).value == "drawing"
    assert again.rgb.min() == 1
    again.undo()
    assert again.rgb.max() == 0


def test_recent_pictures_are_listed_with_what_they_look_like_and_opened_again(keep, cup, tree):
    all_three(open_studio(cup, keep, kind="drawing"))
    studio = open_studio(tree, keep, kind="drawing")
    studio.pad.paint("red")
    recent = toggle(studio, "Recent")
    recent.value = True
    shown = words(studio)
    assert str(cup) in shown and str(tree) in shown
    assert shown.index("tree") < shown.index("cup"), "the last one first"
    assert html(studio).count("data:image/png;base64") == 2
    cup.unlink()
    button(studio, "Open cup").click()
    assert kinds(studio) == [Region, Point, EdgeScribble]
    assert "Restored your work on cup" in status(studio)
    assert not recent.value
    assert str(tree) not in words(studio)
    recent.value = True
    assert words(studio).index("cup") < words(studio).index("tree")


def test_without_a_folder_there_are_no_recent_pictures(cup):
    assert "Recent" not in [getattr(part, "description", "") for part in parts(open_studio(cup, None))]


LAST = """
import asyncio, sys
sys.path[:0] = [{tests!r}]
from test_studio import models
from colornb.widgets import Studio, _autosave

async def paint():
    studio = Studio({path!r}, kind="drawing", models=models(), keep={keep!r})
    studio.pad.paint("red")
    return studio

studio = asyncio.run(paint())
"""


def test_the_last_change_before_a_kernel_ends_is_kept(keep, cup):
    code = LAST.format(tests=str(Path(__file__).parent), path=str(cup), keep=str(keep))
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).parents[1])
    assert not list(keep.glob("*/open.json"))
    assert kinds(open_studio(cup, keep)) == [Region]


# What is damaged, foreign or old.


@pytest.mark.parametrize("broken", ["", "{", "[]", '{"colornb": 2, "steps": []}', '{"colornb": 1, "steps": "all"}'])
def test_kept_steps_that_cannot_be_read_are_set_aside_and_never_overwritten(keep, cup, broken):
    path = steps_of(all_three(open_studio(cup, keep, kind="drawing")), keep)
    for number in (1, 2):
        path.write_text(broken)
        studio = open_studio(cup, keep, kind="drawing")
        assert is_error(studio)
        aside = path.with_name(f"steps-aside-{number}.json")
        assert aside.name in status(studio)
        assert aside.read_text() == broken
        studio.pad.paint("red")
    assert kinds(open_studio(cup, keep)) == [Region]


def test_work_for_a_model_that_is_no_longer_here_is_set_aside(keep, cup):
    path = steps_of(all_three(open_studio(cup, keep, kind="drawing")), keep)
    studio = Studio(cup, models={"oil": FakeColorizer(("point",))}, keep=keep)
    assert is_error(studio)
    assert len(json.loads(path.with_name("steps-aside-1.json").read_text())["steps"]) == 4


def test_a_picture_that_is_damaged_or_of_somebody_else_is_set_aside(keep, cup):
    studio = open_studio(cup, keep, kind="drawing")
    place = keep / studio.document.picture.digest
    place.joinpath("picture.png").write_text("Dear painter,")
    studio.pad.paint("red")
    assert place.joinpath("picture-aside-1.png").read_text() == "Dear painter,"
    assert torch.equal(load_image(place / "picture.png"), studio.document.picture.image)


def test_files_of_others_in_the_folder_stay(tmp_path, cup):
    save_image(picture(20, 20), tmp_path / "picture.png")
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "steps.json").write_text('{"mine": 1}')
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    studio = all_three(open_studio(cup, tmp_path, kind="drawing"))
    assert not is_error(studio)
    assert all(path.read_bytes() == data for path, data in before.items())


@pytest.mark.parametrize("place", [".", "cup", "cup-0123456789ab", "sample"])
def test_work_of_earlier_versions_goes_with_its_own_picture(keep, cup, tree, place):
    studio = all_three(open_studio(cup, None, kind="drawing"))
    old = keep / place
    old.mkdir(parents=True)
    save_image(load_image(cup), old / "picture.png")
    (old / "work.json").write_text(json.dumps(studio.state | {"name": "cup"}))
    other = open_studio(tree, keep)
    assert other.hints == [], "it is of another picture"
    assert not is_error(other)
    assert kinds(open_studio(cup, keep)) == [Region, Point, EdgeScribble]
    assert not (old / "work.json").exists()
    assert Studio(models=models(), keep=keep).state == studio.state


def test_a_folder_that_cannot_be_written_to_is_told_and_keeps_nobody_from_painting(tmp_path, cup):
    (tmp_path / "file").write_text("")
    studio = open_studio(cup, tmp_path / "file" / "keep", kind="drawing")
    assert is_error(studio)
    studio.status.show("")
    studio.pad.paint("red")
    assert is_error(studio)
    assert is_painted(studio)
    studio.model = "photograph"
    assert is_painted(studio)


# Two at once.


@pytest.fixture
def elsewhere(keep):
    """Another process has the work on a picture open: a function that says so, and the process."""
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)

    def open_there(digest, since=None):
        since = psutil.Process(process.pid).create_time() if since is None else since
        (keep / digest).mkdir(parents=True, exist_ok=True)
        (keep / digest / "open.json").write_text(json.dumps({"pid": process.pid, "since": since, "owner": "x"}))

    yield open_there, process
    process.kill()
    process.wait()


def test_a_second_one_says_so_shows_what_the_first_does_and_changes_nothing(keep, cup, elsewhere):
    open_there, process = elsewhere
    first = open_studio(cup, keep, kind="drawing")
    first.pad.paint("red")
    path, digest = steps_of(first, keep), first.document.picture.digest
    open_there(digest)
    second = open_studio(cup, keep)
    assert "open in another tab" in status(second)
    assert kinds(second) == [Region]
    before = path.read_bytes()
    second.pad.paint("blue")
    assert (second.hints, path.read_bytes()) == (first.hints, before), "it is taken back"
    assert "open in another tab" in status(second)
    KeptWork(keep).save(first.document.picture, [first.state | {"hints": []}], 0)
    second.tool = "point"
    assert second.hints == [], "it shows what the other one has done"
    process.kill()
    process.wait()
    second.tool = "point"
    assert "other tab is closed" in status(second)
    second.pad.add(0.5, 0.5, "blue")
    assert kinds(open_studio(cup, keep)) == [Point]


@pytest.mark.parametrize("ends", [True, False])
def test_a_page_that_is_reloaded_waits_for_its_own_kernel_to_end(ends, keep, cup, elsewhere, monkeypatch):
    open_there, process = elsewhere
    monkeypatch.setattr(_autosave, "GRACE_SECONDS", 0.1)
    first = open_studio(cup, keep, kind="drawing")
    first.pad.paint("red")
    open_there(first.document.picture.digest)

    async def reload():
        second = open_studio(cup, keep)
        assert "Restored your work on cup" in status(second)
        if ends:
            process.kill()
            process.wait()
        await asyncio.sleep(0.3)
        return status(second)

    said = asyncio.run(reload())
    assert ("Restored your work on cup" in said, "open in another tab" in said) == (ends, not ends)


def test_what_is_asked_meanwhile_stays_on_show_while_another_one_keeps_the_work(keep, cup, elsewhere, monkeypatch):
    open_there, _ = elsewhere
    monkeypatch.setattr(_autosave, "GRACE_SECONDS", 0.05)
    monkeypatch.setattr(_autosave, "FOLLOW_SECONDS", 0.05)
    first = open_studio(cup, keep, kind="drawing")
    open_there(first.document.picture.digest)

    async def ask():
        second = open_studio(cup, keep)
        await asyncio.sleep(0.2)
        told = status(second)
        second.pad.status.show("Write over it?")
        await asyncio.sleep(0.3)
        return told, status(second)

    told, later = asyncio.run(ask())
    assert "open in another tab" in told
    assert later == "Write over it?"


def test_it_is_sent_again_to_a_page_that_was_still_being_loaded(keep, cup, elsewhere, monkeypatch):
    open_there, _ = elsewhere
    monkeypatch.setattr(_autosave, "GRACE_SECONDS", 0.05)
    monkeypatch.setattr(_autosave, "FOLLOW_SECONDS", 0.05)
    first, sent = open_studio(cup, keep, kind="drawing"), []
    open_there(first.document.picture.digest)

    async def load():
        second = open_studio(cup, keep)
        await asyncio.sleep(0.2)
        assert "open in another tab" in status(second)
        second.pad.status.widget.send_state = lambda key=None: sent.append(key)
        await asyncio.sleep(0.3)

    asyncio.run(load())
    assert sent[:2] == ["value", "value"]


def test_a_process_that_only_has_the_same_number_keeps_nothing(keep, cup, elsewhere):
    open_there, process = elsewhere
    studio = open_studio(cup, keep, kind="drawing")
    open_there(studio.document.picture.digest, since=psutil.Process(process.pid).create_time() - 1000)
    assert "another tab" not in status(open_studio(cup, keep))


def test_another_picture_is_free_as_soon_as_the_next_one_is_open(keep, cup, tree):
    studio = open_studio(cup, keep, kind="drawing")
    place = keep / studio.document.picture.digest
    assert json.loads((place / "open.json").read_text())["pid"] == os.getpid()
    studio.pad.paint("red")
    studio.open_picture(tree)
    assert not (place / "open.json").exists()


def test_a_picture_is_known_by_its_pixels_alone():
    image = (255 * picture()).round() / 255
    known = Picture(image, "a").digest
    again = Picture(image.clone(), "b")
    again.park()
    assert again.digest == known
    image[0, 0, 0, 0] = 1 - image[0, 0, 0, 0]
    assert Picture(image, "a").digest != known
    assert Picture(image.transpose(2, 3).contiguous(), "a").digest != known
