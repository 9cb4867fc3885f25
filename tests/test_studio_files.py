"""What comes into the studio and what leaves it: pictures opened, work loaded, refused and kept."""

import base64
import io
import json
import re

import numpy as np
import pytest
import torch
from ipywidgets import Dropdown
from PIL import Image
from test_studio import all_three, kinds, models
from widgets.driver import button, canvas_size, choose, entry, find, html, is_error, status, upload
from widgets.fake_colorizer import picture

from colornb.hints import EdgeScribble, Point, Region, to_json
from colornb.images import load_image, save_image, to_uint8
from colornb.widgets import Studio
from colornb.widgets._view.controls import uploaded

pytestmark = pytest.mark.usefixtures("small_canvases")

# Opening pictures.


@pytest.fixture
def studio():
    return Studio(picture(), kind="drawing", models=models())


def png_bytes(image):
    buffer = io.BytesIO()
    Image.fromarray(to_uint8(image)).save(buffer, "PNG")
    return buffer.getvalue()


def test_uploads_of_ipywidgets_7_and_8_are_understood():
    assert uploaded(({"name": "a.png", "content": memoryview(b"xy"), "size": 2},)) == [("a.png", b"xy")]
    assert uploaded({"a.png": {"metadata": {"size": 2}, "content": b"xy"}}) == [("a.png", b"xy")]
    assert uploaded({}) == uploaded(()) == []


def test_work_that_was_saved_is_uploaded_or_opened_by_its_path_too(studio, tmp_path):
    all_three(studio)
    path, other = studio.save(tmp_path / "work.json"), Studio(picture(), kind="drawing", models=models())
    upload(other, "upload", "work.json", path.read_bytes())
    assert other.state == studio.state and "Restored your work from work.json" in status(other)
    other.undo()
    assert other.hints == []
    entry(other, "open-path").value = str(path)
    assert other.state == studio.state
    upload(other, "upload", "work.json", b"[]")
    assert is_error(other) and "holds no saved work" in status(other)
    assert other.state == studio.state


def test_work_on_a_photograph_does_not_make_a_photograph_of_a_drawing(studio, tmp_path):
    photograph = Studio(picture(), kind="photo", models=models())
    photograph.pad.add(0.3, 0.3, "red")
    work = photograph.save(tmp_path / "work.json")
    entry(studio, "open-path").value = str(work)
    assert "made on a photograph, and this picture is seen as a drawing" in status(studio)
    assert (studio.model, studio.hints) == ("drawing", photograph.hints)
    all_three(studio)
    entry(photograph, "open-path").value = str(studio.save(tmp_path / "regions.json"))
    assert is_error(photograph) and "regions of a drawing" in status(photograph)
    assert kinds(photograph) == [Point]


def test_an_upload_opens(studio):
    data = png_bytes(picture(30, 40))
    for _ in range(2):  # the same file twice
        upload(studio, "upload", "new.png", data)
        assert studio.rgb.shape == (1, 3, 30, 40)
        assert studio.document.picture.name == "new"
        studio.undo()
        assert studio.rgb.shape == (1, 3, 48, 60)


def test_a_path_opens(studio, tmp_path):
    path = save_image(picture(30, 40), tmp_path / "there.png")
    entry(studio, "open-path").value = str(path)
    assert studio.rgb.shape == (1, 3, 30, 40)
    assert entry(studio, "open-path").value == ""
    studio.undo()
    assert not studio.store.history.can_undo, "it was opened once"
    entry(studio, "open-path").value = str(path)
    assert studio.rgb.shape == (1, 3, 30, 40)
    find(studio, "model", Dropdown).value = "photograph"
    assert studio.model == "photograph"
    find(studio, "picture-type", Dropdown).value = "photo"
    assert studio.document.kind == "photo"


def truncated(tmp_path):
    path = tmp_path / "half.png"
    path.write_bytes(png_bytes(picture(200, 200))[:5000])
    return path


def text(tmp_path):
    path = tmp_path / "letter.png"
    path.write_text("Dear painter,")
    return path


@pytest.mark.parametrize("make", [truncated, text, lambda tmp_path: tmp_path / "missing.png"])
def test_what_is_no_picture_gives_one_line_and_keeps_the_work(studio, tmp_path, make):
    all_three(studio)
    before = studio.state
    entry(studio, "open-path").value = str(make(tmp_path))
    assert is_error(studio)
    assert status(studio).count("\n") == 0
    assert studio.state == before
    assert studio.rgb.shape == (1, 3, 48, 60)


@pytest.mark.parametrize("size", [(1, 1), (2, 3), (1, 7)])
def test_a_picture_of_a_few_pixels_is_painted_on_canvases_that_one_can_hit(size):
    studio = Studio(picture(*size), kind="drawing", models=models())
    all_three(studio)
    assert studio.rgb.shape[-2:] == size
    assert min(canvas_size(studio)) >= 10
    studio.open_picture(picture(*size), "drawing", name="dot.png")
    assert "Opened dot" in status(studio) and not is_error(studio)


def test_a_page_on_which_nothing_is_drawn_is_said_and_the_work_is_kept(studio, tmp_path):
    blank, before = save_image(torch.full((1, 3, 90, 60), 0.95), tmp_path / "blank.png"), studio.state
    entry(studio, "open-path").value = str(blank)
    assert is_error(studio) and "nothing is drawn" in status(studio)
    assert studio.state == before
    with pytest.raises(ValueError, match="nothing is drawn"):
        Studio(blank, models=models())
    assert Studio(blank, kind="photo", models=models()).rgb.shape == (1, 3, 90, 60), "who says so has it"


def test_with_a_root_the_page_reads_and_writes_files_in_it_only(tmp_path):
    root = tmp_path / "root"
    root.mkdir()
    inside, outside = (save_image(picture(30, 40), place / "a.png") for place in (root, tmp_path))
    studio = Studio(inside, models=models(), root=root)
    work = studio.save(tmp_path / "work.json")
    before = studio.state
    entry(studio, "open-path").value = str(outside)
    assert "outside of" in status(studio)
    entry(studio, "path").value = str(work)
    for name, ending in (("Load", ".json"), *(("Save", ending) for _, ending in studio.export.format.options)):
        choose(studio, ending)
        studio.status.show("")
        button(studio, name).click()
        assert "outside of" in status(studio), name
    choose(studio, ".png")
    assert (studio.state, sorted(tmp_path.iterdir())) == (before, sorted([root, outside, work]))
    entry(studio, "path").value = str(root / "painted.png")
    button(studio, "Save").click()
    assert (root / "painted.png").exists()
    entry(studio, "path").value = "again.png"
    button(studio, "Save").click()
    assert (root / "again.png").exists(), "a plain name is one in the folder"
    save_image(picture(40, 30), root / "other.png")
    entry(studio, "open-path").value = "other.png"
    assert studio.document.picture.name == "other", "whatever folder the kernel was started in"
    with pytest.raises(ValueError, match="outside of"):
        Studio(outside, models=models(), root=root)


@pytest.mark.slow
def test_a_huge_picture_opens_smaller_and_says_so(studio, tmp_path, campaign):
    path, (width, height), smaller = (
        tmp_path / "huge.png",
        *(((12000, 9000), 3072) if campaign else ((4800, 1500), 1280)),
    )
    Image.new("RGB", (width, height), "steelblue").save(path, compress_level=1)
    all_three(studio)
    entry(studio, "open-path").value = str(path)
    assert studio.rgb.shape == (1, 3, smaller, 4096)
    assert f"{width} × {height}" in status(studio)
    assert f"4096 × {smaller}" in status(studio)
    studio.undo()
    assert kinds(studio) == [Region, Point, EdgeScribble]


BAD_WORK = [
    {},
    {"colornb": 2, "hints": []},
    {"colornb": 1, "hints": [{"kind": "point", "x": float("nan"), "y": 0.5, "color": "red"}]},
    {"colornb": 1, "hints": [{"kind": "point", "x": 7, "y": 0.5, "color": "red"}]},
    {"colornb": 1, "hints": [{"kind": "point", "x": 0.5, "y": 0.5, "color": "#12"}]},
    {"colornb": 1, "hints": [{"kind": "edge", "path": []}]},
    {"colornb": 1, "hints": [{"kind": "region", "rank": 99, "color": "red"}]},
    {"colornb": 1, "hints": [], "recent": ["no colour"]},
    {"colornb": 1, "hints": [], "recent": 7},
    {"colornb": 1, "hints": [], "tool": "brush"},
    {"colornb": 1, "hints": [], "log": [{}]},
    {"colornb": 1, "hints": [], "skipped": "all"},
    {"colornb": 1, "hints": [{"kind": "cloud"}]},
]


@pytest.mark.parametrize("state", BAD_WORK)
def test_broken_work_gives_one_line_and_keeps_what_is_there(studio, tmp_path, state):
    all_three(studio)
    before = studio.state
    path = tmp_path / "work.json"
    path.write_text(json.dumps(state))
    entry(studio, "path").value = str(path)
    button(studio, "Load").click()
    assert is_error(studio)
    assert status(studio).count("\n") == 0
    assert studio.state == before


def test_work_with_regions_needs_a_model_that_has_some(studio):
    studio.model = "photograph"
    with pytest.raises(ValueError, match="choose the model it was made with"):
        studio.load_state(json.loads(to_json([Region(2, "red")])))
    studio.load_state(json.loads(to_json([Region(2, "red")])) | {"model": "drawing"})
    assert (studio.model, kinds(studio)) == ("drawing", [Region])


def test_a_colour_that_is_none_gives_one_line_in_its_pad(studio):
    all_three(studio)
    studio.tool = "region"
    before = studio.state
    entry(studio, "hex").value = "#12"
    assert "not a colour" in status(studio.pad)
    assert studio.state["hints"] == before["hints"]


# What is written.


def test_saving_over_the_picture_that_was_opened_asks_first(tmp_path):
    path = save_image(picture(), tmp_path / "mine.png")
    studio = all_three(Studio(path, kind="drawing", models=models()))
    before = path.read_bytes()
    link = tmp_path / "link.png"
    link.symlink_to(path)
    for name in (path, link, tmp_path / "." / "mine.png"):
        entry(studio, "path").value = str(name)
        button(studio, "Save").click()
        assert "press Save once more" in status(studio)
        assert path.read_bytes() == before
    entry(studio, "path").value = str(tmp_path / "other.png")
    button(studio, "Save").click()
    assert "Saved" in status(studio)
    entry(studio, "path").value = str(path)
    button(studio, "Save").click()
    assert path.read_bytes() == before, "it asks again after another file"
    button(studio, "Save").click()
    assert np.array_equal(to_uint8(load_image(path)), to_uint8(studio.rgb))


def test_saving_over_another_file_asks_unless_the_studio_wrote_it(tmp_path):
    theirs = tmp_path / "theirs.png"
    theirs.write_bytes(b"of somebody else")
    studio = all_three(Studio(picture(), kind="drawing", models=models()))
    entry(studio, "path").value = str(theirs)
    button(studio, "Save").click()
    assert "there already: press Save once more" in status(studio)
    assert theirs.read_bytes() == b"of somebody else"
    for _ in range(2):  # once more, and from now on unasked
        button(studio, "Save").click()
        assert "Saved" in status(studio)


def test_an_unknown_ending_is_answered_with_all_that_can_be_written(tmp_path):
    studio = all_three(Studio(picture(), kind="drawing", models=models()))
    entry(studio, "path").value = str(tmp_path / "a.gif")
    button(studio, "Save").click()
    assert all(suffix in status(studio) for suffix in (".png", ".webp", ".ora", ".json"))


def downloaded(studio):
    """The picture that the link on the page holds, None where there is no link."""
    found = re.search(r'href="data:image/png;base64,([^"]*)"', html(studio))
    return found and np.array(Image.open(io.BytesIO(base64.b64decode(found[1]))))


@pytest.mark.parametrize("change", ["hint", "undo", "model", "picture", "shading"])
def test_a_download_is_never_of_an_older_picture(studio, tmp_path, change):
    all_three(studio)
    button(studio, "Export").click()
    assert np.array_equal(downloaded(studio), to_uint8(studio.rgb))
    if change == "hint":
        studio.pad.add([(0.1, 0.2), (0.9, 0.3)])
    elif change == "undo":
        studio.undo()
    elif change == "model":
        studio.model = "photograph"
    elif change == "picture":
        studio.open_picture(picture(30, 40))
    else:
        studio.pad.shade(0.1)
    assert downloaded(studio) is None
    button(studio, "Export").click()
    assert np.array_equal(downloaded(studio), to_uint8(studio.rgb))


# Work that is kept.


def test_the_next_studio_goes_on_where_this_one_was(tmp_path):
    first = all_three(Studio(picture(), kind="drawing", models=models(), keep=tmp_path / "keep"))
    second = Studio(models=models(), keep=tmp_path / "keep")
    assert kinds(second) == [Region, Point, EdgeScribble]
    assert second.state == first.state
    assert np.abs(to_uint8(second.rgb).astype(int) - to_uint8(first.rgb)).max() <= 1
    assert "Restored your work on picture from" in status(second)


@pytest.mark.parametrize("broken", ["", "{", '{"colornb": 3, "hints": []}'])
def test_kept_work_that_is_broken_is_told_and_does_not_stop_the_studio(tmp_path, broken):
    save_image(picture(), tmp_path / "picture.png")
    (tmp_path / "work.json").write_text(broken)
    studio = Studio(models=models(), keep=tmp_path)
    assert is_error(studio)
    assert studio.hints == []


def test_an_empty_folder_is_a_fresh_start(tmp_path):
    assert Studio(models=models(), keep=tmp_path / "new").hints == []
