"""The document and its store without a page: steps, who is told, sessions, pictures that are put away."""

import base64
import gc
import hashlib
import json
import weakref
import zlib
from dataclasses import replace

import numpy as np
import pytest
import torch
from widgets.fake_colorizer import FakeColorizer, partition, picture

from colornb import checkpoints, methods
from colornb.hints import EdgeScribble, Point, Region, to_json
from colornb.studies.stroke_timing import StrokeTiming
from colornb.widgets._model.document import Document, PointState, ScribbleState
from colornb.widgets._model.picture import Picture
from colornb.widgets._model.regions import RegionState
from colornb.widgets._model.session_file import check_origin, checkpoint_of, made_on, region_map
from colornb.widgets._model.store import Store

LINE = EdgeScribble(((0.2, 0.5), (0.8, 0.5)))
RED, BLUE = Point(0.2, 0.2, "#ff0000"), Point(0.8, 0.8, "#0000ff")
BLANK = RegionState((2, 0), 2)
TOOLS = ("region", "point", "edge")


@pytest.fixture
def document():
    return Document(Picture(picture(), "a"), "photo", "drawing", TOOLS, "region", BLANK)


@pytest.fixture
def store(document):
    return Store(document)


def with_points(document, *points):
    return replace(document, points=PointState(points))


def test_a_step_is_taken_back_and_taken_again(store, document):
    changed = with_points(document, RED)
    store.commit(changed)
    store.undo()
    assert store.document.hints == ()
    store.redo()
    assert store.document.hints == (RED,)
    assert store.document.tool == "point", "what has changed is what is in hand"


def test_what_changes_nothing_and_what_only_looks_elsewhere_is_no_step(store, document):
    store.commit(document)
    store.replace(with_points(document, RED))
    assert not store.history.can_undo
    store.undo()
    assert store.document.hints == (RED,)


def test_a_new_step_ends_what_could_be_redone(store, document):
    store.commit(with_points(document, RED))
    store.undo()
    store.commit(with_points(document, BLUE))
    store.redo()
    assert store.document.hints == (BLUE,)


def test_a_preview_is_shown_told_to_nobody_and_gone_with_the_next_change(store, document):
    told = []
    store.subscribe(lambda: told.append("view"))
    store.on_change(lambda: told.append("hints"))
    store.preview(with_points(document, RED))
    assert (store.document.hints, told) == ((RED,), [])
    store.commit(with_points(document, BLUE))
    assert told == ["view", "hints"]
    store.undo()
    assert store.document.hints == ()


def test_views_hear_before_listeners_and_the_renderer_after_them(store, document):
    told = []
    store.subscribe(lambda: told.append("render"), late=True)
    store.on_change(lambda: told.append("hints"))
    store.subscribe(lambda: told.append("view"))
    store.commit(with_points(document, RED))
    store.replace(with_points(document, RED))
    assert told == ["view", "hints", "render", "view", "render"]


def test_a_subscription_of_a_part_hears_of_that_part_and_one_that_has_ended_of_nothing(store, document):
    told = []
    store.subscribe(lambda: told.append("tool"), of=lambda document: document.tool)
    end = store.subscribe(lambda: told.append("all"))
    store.subscribe(end)
    store.commit(with_points(document, RED))
    store.replace(replace(store.document, tool="edge"))
    end()
    assert told == ["all", "tool"]


def test_the_hints_are_those_that_the_model_accepts_regions_below_and_scribbles_last(document):
    full = replace(
        with_points(document, RED),
        regions=BLANK.paint("lime"),
        scribbles=ScribbleState().add(LINE, StrokeTiming()),
    )
    assert full.hints == (Region(2, "#00ff00"), RED, LINE)
    assert full.color_hints == (Region(2, "#00ff00"), RED)
    other = full.switch_model("photograph", "photo", ("point", "edge"), None)
    assert (other.hints, other.tool) == ((RED, LINE), "point")
    assert other.switch_model("drawing", "photo", TOOLS, BLANK).hints == full.hints, "nothing is lost"


def test_a_document_goes_through_json_and_back(document):
    full = replace(
        with_points(document, RED).use_color("#ff0000").use_color("#00ff00").use_color("#ff0000"),
        tool="edge",
        regions=BLANK.paint("lime").advance(),
        scribbles=ScribbleState().add(LINE, StrokeTiming(1.0, 2.0)),
    )
    assert full.recent == ("#ff0000", "#00ff00")
    assert document.from_dict(json.loads(json.dumps(full.to_dict())), BLANK, lambda rank: 2) == full


@pytest.mark.parametrize(("bits", "size"), [(True, 48 * 60 * 3), (False, 4 * 48 * 60 * 3)])
def test_a_picture_that_was_put_away_comes_back_unchanged(bits, size):
    image = (255 * picture()).round() / 255 if bits else picture()
    kept = Picture(image.clone(), "a")
    kept.park()
    kept.park()
    assert torch.equal(kept.image, image)
    assert kept.image is kept.image
    assert kept.image.dtype == torch.float32
    assert size <= kept._file.seek(0, 2) <= size + 200


def test_a_picture_that_was_put_away_takes_no_memory():
    image = picture()
    gone = weakref.ref(image)
    kept = Picture(image, "a")
    kept.park()
    del image
    gc.collect()
    assert gone() is None
    assert kept.image.shape == (1, 3, 48, 60)


# Where a session comes from.


def test_a_network_is_known_by_its_checkpoint_or_else_by_its_parameters():
    named = checkpoint_of(methods.load("guiding_painter-storybook"))
    digest = hashlib.sha256(checkpoints.resolve("guiding_painter-storybook").read_bytes()).hexdigest()
    assert named == {"name": "guiding_painter-storybook", "sha256": digest}
    first, second = (checkpoint_of(methods.build("rtug", "tiny", seed=seed)) for seed in (0, 1))
    assert first["name"] is None
    assert first["sha256"] != second["sha256"]
    assert first == checkpoint_of(methods.build("rtug", "tiny", seed=0))


def origin(sha256="1", name="mine", regions=None):
    return {
        "checkpoint": {"name": name, "sha256": sha256},
        "region_map": region_map(partition(24) if regions is None else regions),
    }


def test_a_session_of_the_same_network_and_regions_is_taken_without_a_word():
    assert check_origin(origin(), origin(), [Region(2, "red")]) == ""
    assert check_origin(json.loads(to_json([RED])), origin(), [Region(2, "red")]) == "", (
        "older ones do not say where they come from"
    )


def test_a_few_pixels_beside_a_border_make_no_other_region_map():
    regions = partition(48).clone()
    regions[:, 20, :] = regions[:, 21, :]
    assert check_origin(origin(regions=regions), origin(regions=partition(48)), [Region(2, "red")]) == ""


def test_regions_of_another_map_are_refused_in_one_line_that_says_whose_they_are():
    other = origin(sha256="2", name="theirs", regions=partition(24).flip(0))
    with pytest.raises(ValueError, match="regions of theirs") as error:
        check_origin(other, origin(), [Region(2, "red")])
    assert "\n" not in str(error.value)
    assert "theirs" in check_origin(other, origin(), [RED]), "points and scribbles are taken, and the user is told"


def test_regions_of_another_picture_are_refused_and_no_other_model_is_asked_for():
    with pytest.raises(ValueError, match="regions of another picture"):
        check_origin(origin(regions=partition(24).flip(0)), origin(), [Region(2, "red")])


@pytest.mark.parametrize(
    ("told", "made"),
    [
        ({"kind": "drawing", "refine": True}, "drawing"),
        ({"kind": "auto", "seen_as": "photo"}, "photo"),
        ({"kind": "auto", "refine": True}, ""),  # kept by an older version, of whatever picture
        ({"refine": True}, "drawing"),  # of the live picture
        ({"kind": ["photo"]}, ""),
        ({}, ""),
    ],
)
def test_work_on_a_picture_of_the_other_kind_is_told_and_its_regions_are_refused(told, made):
    assert made_on(told) == made
    for seen in ("photo", "drawing"):
        state, own, is_other = origin() | told, origin() | {"seen_as": seen}, made not in ("", seen)
        note = check_origin(state, own, [RED])
        assert ("was made on a" in note and "seen as a" in note) == is_other and "\n" not in note
        if is_other:
            with pytest.raises(ValueError, match="colours regions of a .* and this picture is seen as a"):
                check_origin(state, own, [Region(2, "red")])


@pytest.mark.parametrize(
    "broken", [7, "no base64", base64.b64encode(b"x").decode(), base64.b64encode(zlib.compress(b"x")).decode()]
)
def test_a_broken_region_map_is_refused_in_one_line(broken):
    with pytest.raises(ValueError) as error:
        check_origin(origin() | {"region_map": broken}, origin(), [Region(2, "red")])
    assert "\n" not in str(error.value)


def test_a_region_map_is_short_and_knows_each_region():
    text = region_map(partition(64))
    assert len(text) < 400
    ranks = np.frombuffer(zlib.decompress(base64.b64decode(text)), "<u2")
    assert set(ranks) == {0, 1, 2, 3, 4}
    assert FakeColorizer().region_order == [2, 0, 3, 1, 4]
