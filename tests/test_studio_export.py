"""What is taken home from a studio: downloads of every format, made when asked for, never of an older picture."""

import asyncio
import io
import json
import threading
import zipfile

import numpy as np
import pytest
from PIL import Image
from test_studio import all_three, models
from widgets.driver import button, choose, downloaded, entry, is_error, status, until
from widgets.fake_colorizer import FakeColorizer, picture

from colornb.images import load_image, save_image, to_uint8
from colornb.widgets import PointPad, Studio

pytestmark = pytest.mark.usefixtures("small_canvases")
ENDINGS = (".png", ".jpg", ".webp", ".tif", ".ora", ".json", "_flat.png", "_flat.ora", "_side_by_side.png")


@pytest.fixture
def studio(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    save_image(picture(), "mine.png")
    return all_three(Studio("mine.png", kind="drawing", models=models()))


def contents(data):
    """The bytes of a file; of a zip, which holds the time, what is in it."""
    if not zipfile.is_zipfile(io.BytesIO(data)):
        return data
    with zipfile.ZipFile(io.BytesIO(data)) as file:
        return {name: file.read(name) for name in file.namelist()}


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_download_is_what_is_saved_by_path_and_is_named_for_the_picture(studio, tmp_path, ending):
    assert [known for _, known in studio.export.format.options] == list(ENDINGS)
    button(studio, "Export").click()
    choose(studio, ending)
    name, data = downloaded(studio)
    assert name == f"mine_painted{ending}" == entry(studio, "path").value
    button(studio, "Save").click()
    assert name in status(studio) and not is_error(studio)
    assert contents((tmp_path / name).read_bytes()) == contents(data)
    if ending in (".png", ".tif"):
        assert np.array_equal(np.array(Image.open(io.BytesIO(data))), to_uint8(studio.rgb))
    elif ending == ".json":
        assert json.loads(data) == studio.state
    elif ending == ".ora":
        assert np.array_equal(to_uint8(load_image(data)), to_uint8(studio.rgb))


def test_the_format_stays_chosen_and_names_follow_what_is_written_and_the_next_picture(studio):
    button(studio, "Export").click()
    choose(studio, "_side_by_side.png")
    choose(studio, ".jpg")
    assert downloaded(studio)[0] == "mine_painted.jpg"
    entry(studio, "path").value = "there/cat.jpg"
    choose(studio, "_flat.ora")
    assert entry(studio, "path").value == "there/cat_flat.ora"
    assert downloaded(studio)[0] == "cat_flat.ora"
    choose(studio, ".webp")
    studio.tool = "point"
    assert entry(studio, "path").value == "there/cat.webp", "another tool is no other picture"
    studio.open_picture(picture(30, 40), name="dog.png")
    assert not studio.export.is_open
    button(studio, "Export").click()
    assert downloaded(studio)[0] == "dog_painted.webp"


def test_a_picture_that_is_opened_by_its_path_gives_the_link_its_name(studio, tmp_path):
    save_image(picture(30, 40), tmp_path / "dog.png")

    async def scenario():
        button(studio, "Export").click()  # whose link is not there yet
        entry(studio, "open-path").value = "dog.png"
        await until(lambda: studio.document.picture.name == "dog")
        if not studio.export.is_open:
            button(studio, "Export").click()
        await until(lambda: downloaded(studio) is not None)
        assert downloaded(studio)[0] == "dog_painted.png" == entry(studio, "path").value
        entry(studio, "open-path").value = "mine.png"
        await until(lambda: studio.document.picture.name == "mine")
        assert downloaded(studio) is None, "no link to the picture before"

    asyncio.run(scenario())


def test_where_there_is_nothing_to_take_home_another_format_can_be_chosen(studio):
    studio.model = "photograph"
    button(studio, "Export").click()
    choose(studio, "_flat.png")
    assert is_error(studio) and "no regions to fill" in status(studio)
    assert downloaded(studio) is None and studio.export.is_open
    choose(studio, ".png")
    assert downloaded(studio) is not None


def test_a_file_that_no_link_can_hold_is_not_offered_and_what_to_do_is_said(studio, monkeypatch):
    button(studio, "Export").click()
    choose(studio, ".ora")
    monkeypatch.setattr("colornb.widgets._view.controls.LINK_LIMIT", len(downloaded(studio)[1]) - 1)
    choose(studio, ".png")
    assert downloaded(studio) is not None
    choose(studio, ".ora")
    assert downloaded(studio) is None
    assert "choose JPG or WebP, or press Save" in studio.export.link.value


def test_a_pad_by_itself_has_the_formats_of_a_painting():
    pad = PointPad(FakeColorizer(("point",)), picture())
    button(pad, "Export").click()
    assert [known for _, known in pad.export.format.options] == list(ENDINGS[:6])
    choose(pad, ".json")
    name, data = downloaded(pad)
    assert (name, json.loads(data)) == ("painted.json", pad.state)


class Slow(FakeColorizer):
    """Waits at full size, where it is told to."""

    gate = None

    def predict(self, hints=(), full_size=True):
        if full_size and self.gate is not None and threading.current_thread().name.startswith("colornb-task"):
            self.gate.wait(60)
        return super().predict(hints, full_size)


def test_what_is_chosen_or_changed_meanwhile_is_what_the_link_leads_to(monkeypatch):
    painter = Slow()
    studio = Studio(picture(), kind="drawing", models={"drawing": painter})

    async def scenario():
        painter.gate = threading.Event()
        button(studio, "Export").click()
        choose(studio, ".tif")
        studio.tool = "point"
        studio.pad.add(0.3, 0.3, "red")
        assert downloaded(studio) is None
        painter.gate.set()
        await until(lambda: downloaded(studio) is not None)
        name, data = downloaded(studio)
        assert name == "picture_painted.tif"
        assert np.array_equal(np.array(Image.open(io.BytesIO(data))), to_uint8(studio.rgb))
        choose(studio, "_side_by_side.png")
        assert downloaded(studio) is None, "no link to a file of another format"
        await until(lambda: downloaded(studio) is not None)
        button(studio, "Export").click()
        assert downloaded(studio) is None and not studio.export.is_open

    asyncio.run(scenario())


def test_side_by_side_is_written_beside_the_page(studio, tmp_path):
    async def scenario():
        button(studio, "Export").click()
        choose(studio, "_side_by_side.png")
        button(studio, "Save").click()
        assert "Saved" not in status(studio), "the page goes on meanwhile"
        await until(lambda: "Saved" in status(studio))

    asyncio.run(scenario())
    assert Image.open(tmp_path / "mine_painted_side_by_side.png").width > 300
