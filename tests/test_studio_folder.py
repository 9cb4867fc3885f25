"""A folder of pictures in the studio: painted beside the page, stopped and gone on with; what cannot be is listed."""

import asyncio
import json
import threading

import numpy as np
import pytest
from ipywidgets import Dropdown
from test_colorize_folder import contents, fill, photograph
from widgets.driver import button, entry, find, is_error, is_painted, status, toggle, until, upload, words
from widgets.fake_colorizer import FakeColorizer, picture

from colornb.folders import RECORD
from colornb.images import load_image, to_uint8
from colornb.toning import Toning
from colornb.widgets import Studio

pytestmark = pytest.mark.usefixtures("small_canvases")


class Counting(FakeColorizer):
    """Notes what it paints of a folder, and waits for `gate` before all after the first `free` ones."""

    def __init__(self, *args):
        super().__init__(*args)
        self.painted, self.gate, self.free = [], threading.Event(), 0
        self.gate.set()

    def __deepcopy__(self, memo):
        raise AssertionError("a model may be large: only its network is copied")

    def predict(self, hints=(), full_size=True):
        if self.image.shape[-2:] == (48, 64):  # and not the picture on the page
            if len(self.painted) >= self.free:
                self.gate.wait(60)
            self.painted.append(self.image)
        return super().predict(hints, full_size)


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    fill(tmp_path / "album", 6)
    return tmp_path


@pytest.fixture
def models():
    return {"drawing": Counting(), "photograph": Counting(("point", "edge"))}


def open_folder(studio, name="album"):
    """By the path of a folder."""
    entry(studio, "open-path").value = name
    assert toggle(studio, "Folder").value
    return studio


def row(studio):
    """What is written in the row about the folder."""
    return words(find(studio, "folder-row", object))


def n_painted(models):
    return [len(model.painted) for model in models.values()]


def test_all_that_can_be_painted_is_with_the_palette_and_the_tones_of_the_work(home, models):
    studio = open_folder(Studio(picture(), kind="drawing", models=models))
    assert (entry(studio, "folder-from").value, entry(studio, "folder-to").value) == ("album", "album_painted")
    upload(studio, "palette-open", "two.json", json.dumps(["#ff0000", "#00ffff"]).encode())
    studio.tone(vividness=1.5)
    before = studio.state, contents(home / "album")
    button(studio, "Paint all").click()
    assert "5 of 6 painted, 1 could not be" in row(studio)
    assert "photo05.png" in row(studio) and "damaged" in row(studio)
    assert (studio.state, contents(home / "album")) == before
    assert n_painted(models) == [3, 2], "drawings, and photographs but for the damaged one"
    model = FakeColorizer()
    model.toning = Toning(vividness=1.5, palette=("#ff0000", "#00ffff"))
    model.set_image(load_image(home / "album/photo01.png"))
    assert np.array_equal(to_uint8(load_image(home / "album_painted/photo01.png")), to_uint8(model.predict()))
    assert models["photograph"].toning == Toning(), "the page has its own"
    assert is_painted(studio)

    button(studio, "Paint all").click()
    assert n_painted(models) == [3, 2], "what is there is not painted again"
    photograph(5).save(home / "album/photo05.png")
    button(studio, "Paint all").click()
    assert "6 of 6 painted: see" in row(studio) and "photo05.png" not in row(studio)
    assert n_painted(models) == [3, 3]
    studio.tone(vividness=1.2)
    button(studio, "Paint all").click()
    assert "was painted with another vividness: give another folder" in row(studio)
    assert n_painted(models) == [3, 3]


def test_the_page_goes_on_meanwhile_and_what_was_stopped_is_gone_on_with(home, models):
    studio = open_folder(Studio(picture(), kind="drawing", models=models))
    drawing = models["drawing"]
    drawing.gate.clear()
    drawing.free = 1

    async def scenario():
        button(studio, "Paint all").click()
        await until(lambda: "1 of 6 painted, now" in row(studio))
        studio.tool = "point"
        studio.pad.add(0.5, 0.5, "red")
        await until(lambda: is_painted(studio) and not studio.pad.renderer.is_busy)
        entry(studio, "path").value = "meanwhile.png"
        button(studio, "Save").click()
        await until(lambda: "Saved" in status(studio))
        button(find(studio, "folder-row", object), "Stop").click()
        assert "was stopped: 1 of 6 painted. Paint all goes on with the others." in row(studio)
        drawing.gate.set()
        button(studio, "Paint all").click()
        await until(lambda: "5 of 6 painted, 1 could not be" in row(studio))

    asyncio.run(scenario())
    assert n_painted(models) == [3, 2], "each is painted once"
    assert len(list((home / "album_painted").rglob("*.png"))) == 5
    assert load_image(home / "meanwhile.png").shape == studio.rgb.shape


def test_the_chosen_model_and_format_are_for_all(home, models):
    studio = open_folder(Studio(picture(), kind="drawing", models=models, model="photograph"))
    find(studio, "by", Dropdown).value = True
    find(studio, "save-as", Dropdown).value = "webp"
    entry(studio, "folder-to").value = "there"
    button(studio, "Paint all").click()
    assert n_painted(models) == [0, 5]
    assert len(list((home / "there").rglob("*.webp"))) == 5
    record = json.loads((home / "there" / RECORD).read_text())
    assert record == {"weights": "photograph", "kind": "drawing", "format": "webp", "max_side": 4096}
    entry(studio, "folder-from").value = "other"
    assert entry(studio, "folder-to").value == "there", "what somebody has written stays"


def test_nothing_outside_of_the_root_is_read_or_written(home, models):
    root = home / "root"
    fill(root / "album", 2)
    (root / "album" / "link.png").symlink_to(home / "album" / "photo01.png")
    (root / "out").symlink_to(home)
    studio = open_folder(Studio(picture(), kind="drawing", models=models, root=root))
    for source, out in (("../album", "x"), (str(home / "album"), "x"), ("album", "../x"), ("album", "out/x")):
        entry(studio, "folder-from").value, entry(studio, "folder-to").value = source, out
        button(studio, "Paint all").click()
        assert "outside of" in row(studio), (source, out)
    assert sorted(path.name for path in home.iterdir()) == ["album", "root"]
    entry(studio, "folder-from").value, entry(studio, "folder-to").value = "album", "done"
    button(studio, "Paint all").click()
    assert "1 of 3 painted, 2 could not be" in row(studio)
    assert "link.png" in row(studio) and "outside of" in row(studio)
    assert entry(studio, "open-path").value == ""


def test_where_to_is_proposed_and_a_missing_name_is_asked_for(home, models):
    studio = Studio(picture(), kind="drawing", models=models, root=home)
    toggle(studio, "Folder").value = True
    button(studio, "Paint all").click()
    assert "a folder has no name: write the one with your pictures" in row(studio) and not is_error(studio)
    for source, out in (("album/", "album_painted"), (".", "./painted"), (str(home), f"{home}/painted"), ("", "")):
        entry(studio, "folder-from").value = source
        assert entry(studio, "folder-to").value == out
    toggle(studio, "Folder").value = False
    assert "Paints every picture" not in words(studio)
