"""What is to be painted of a folder, and what a folder of results says of how it came to be."""

import json
import os
import re
import shutil
from pathlib import Path

import pytest

from colornb.folders import RECORD, Job, Manner, Models, plan
from colornb.images import load_image, sample, save_image, to_uint8
from colornb.toning import Toning


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "in").mkdir()
    for name in ("a.png", "b.png"):
        save_image(sample("flower")[..., :20, :30], tmp_path / "in" / name)
    return tmp_path / "in"


def names(jobs):
    return [job.source.name for job in jobs]


def test_what_is_painted_is_not_painted_again_unless_it_has_changed(folder):
    out = folder.with_name("out")
    left, n_done = plan(folder, out, Manner())
    assert (names(left), n_done) == (["a.png", "b.png"], 0)
    left[0].place.write_bytes(b"painted")
    left, n_done = plan(folder, out, Manner())
    assert (names(left), n_done) == (["b.png"], 1)
    later = (out / "a.png").stat().st_mtime + 5
    os.utime(folder / "a.png", (later, later))
    assert names(plan(folder, out, Manner())[0]) == ["a.png", "b.png"]


def test_a_record_says_how_all_are_painted_and_another_manner_is_refused_by_its_name(folder):
    out = folder.with_name("out")
    toned = Manner(toning=Toning(vividness=1.5, palette=("red",)))
    plan(folder, out, toned)
    manner = {"max_side": 4096, "vividness": 1.5, "palette": ["#ff0000"]}
    assert json.loads((out / RECORD).read_text()) == manner | {"folder": "../in"}
    with pytest.raises(ValueError, match="was painted with another format, vividness, palette: give another folder$"):
        plan(folder, out, Manner(format="jpg"))
    with pytest.raises(ValueError, match="give another folder, or else$"):
        plan(folder, out, Manner(), or_force=", or else")
    assert len(plan(folder, out, Manner(), force=True)[0]) == 2


def test_pictures_of_two_folders_are_not_taken_for_each_other(folder, tmp_path):
    """Those of the second that are called as some of the first would count as painted."""
    out, other = tmp_path / "out", tmp_path / "more" / "in"
    shutil.copytree(folder, other)
    plan(folder, out, Manner())[0][0].place.write_bytes(b"painted")
    with pytest.raises(ValueError, match=f"out holds pictures of {re.escape(str(folder))}: give another folder$"):
        plan(other, out, Manner())
    left, _ = plan(other, out, Manner(), force=True)
    assert len(left) == 2
    left[0].place.write_bytes(b"painted")
    (tmp_path / "moved").mkdir()
    for place in (other.parent, out):
        place.rename(tmp_path / "moved" / place.name)
    moved = tmp_path / "moved"
    assert len(plan(moved / "more" / "in", moved / "out", Manner())[0]) == 1, "both were moved together"


def test_a_record_of_an_earlier_version_is_gone_on_from(folder):
    out = folder.with_name("out")
    out.mkdir()
    (out / RECORD).write_text(json.dumps({"max_side": 4096, "detect": False, "kind": "photo"}))
    assert len(plan(folder, out, Manner(kind="photo"))[0]) == 2


def test_places_that_cannot_be_are_refused_in_one_line(folder, tmp_path):
    for source, out, said in (
        (tmp_path / "none", tmp_path / "out", "is no folder"),
        (folder, folder, "holds the pictures themselves"),
        (folder, tmp_path / "x.tiff", "is the name of one picture"),
        (folder, folder / "a.png" / "out", "give another folder"),
    ):
        with pytest.raises(ValueError, match=said) as error:
            plan(source, out, Manner())
        assert "\n" not in str(error.value)


def test_what_is_ours_is_raised_and_what_a_user_can_mend_is_a_line(tmp_path):
    def fail(error):
        def color(source, place):
            raise error

        return color

    job = Job(Path("a.png"), tmp_path / "deep" / "a.png")
    assert job.run(lambda source, place: place.write_bytes(b"x")) == ""
    assert job.run(fail(ValueError("it is damaged"))) == "it is damaged"
    with pytest.raises(KeyError):
        job.run(fail(KeyError("ours")))


class Gray:
    """Paints nothing, and knows what it was asked."""

    def __init__(self):
        self.toning, self.kinds = None, []

    def set_image(self, image, kind):
        self.image = image
        self.kinds.append(kind)

    def predict(self, hints):
        return self.image


def test_each_model_is_loaded_when_a_picture_needs_it(folder, tmp_path):
    loaded, looked = {}, []
    models = Models(
        Manner(max_side=25, toning=Toning(warmth=0.5)),
        lambda name: loaded.setdefault(name, Gray()),
        lambda image, kind: "wide" if image.shape[-1] > image.shape[-2] else "high",
        lambda colorizer, image: looked.append(colorizer),
    )
    assert loaded == {}
    for name in ("a.png", "b.png"):
        models.color(folder / name, tmp_path / name)
    assert list(loaded) == ["wide"] and looked == [loaded["wide"]] * 2
    assert loaded["wide"].toning == Toning(warmth=0.5) and loaded["wide"].kinds == ["auto", "auto"]
    assert (models.used["wide"], models.shrunk) == (2, 2)
    assert to_uint8(load_image(tmp_path / "a.png")).shape == (17, 25, 3)
    chosen = Models(Manner(weights="mine", kind="photo"), lambda name: loaded.setdefault(name, Gray()), None)
    chosen.color(folder / "a.png", tmp_path / "c.png")
    assert loaded["mine"].kinds == ["photo"]
