"""Datasets as a whole: found by file, opened by name, and the two that are drawn here."""

import math
from pathlib import Path

import pytest
import torch

from colornb import data
from colornb.data import Pictures, with_boxes
from colornb.images import is_gray, resize
from colornb.sketches import sketch


def test_every_dataset_is_found_and_says_where_it_comes_from():
    from colornb._discover import module

    names = data.list_datasets()
    assert {"dark_snail", "storybook", "folder", "celeba", "yumi", "tag2pix", "imagenet"} <= set(names)
    for name in names:
        assert len(module("colornb.data", name, "dataset").load.__doc__.splitlines()) > 10


@pytest.mark.parametrize(
    ("name", "kw", "choices"),
    [
        ("snail", {}, "dark_snail"),
        ("dark_snail", {"split": "dev"}, "train, val, test"),
        ("dark_snail", {"objects": 3}, "n_objects"),
        ("folder", {"split": "dev", "root": "."}, "all"),
    ],
)
def test_unknown_choices_are_answered_in_one_line_with_the_known_ones(name, kw, choices):
    with pytest.raises(ValueError, match=choices) as error:
        data.open(name, **kw)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("name", ["storybook", "dark_snail", "openmoji", "tests"])
@pytest.mark.parametrize(("what", "number"), [("size", 0), ("size", -5), ("size", 32.0), ("n", 0), ("n", -1)])
def test_numbers_that_cannot_be_are_refused_in_one_line(name, what, number):
    name = Path(__file__).parent if name == "tests" else name
    with pytest.raises(ValueError, match=f"cannot have {what}={number}: give a whole number from 1$"):
        data.open(name, **{what: number})


def test_pictures_scale_pick_and_move():
    rgb = torch.arange(2 * 3 * 4 * 4, dtype=torch.uint8).view(2, 3, 4, 4)
    book = Pictures("test", "train", rgb, sketch=rgb[:, :1], names=["a", "b"])
    batch = book.to("cpu").batch(torch.tensor([1, 0, 1]))
    assert torch.equal(batch.rgb, rgb[[1, 0, 1]] / 255)
    assert torch.equal(batch.sketch, rgb[[1, 0, 1], :1] / 255)
    assert (len(book), book.size, book.device.type) == (2, 4, "cpu")
    assert "test/train: 2 pictures, 4x4" in repr(book)


# dark snail


def test_dark_snail_halves_and_never_overlaps():
    snail = data.open("dark_snail", size=32)
    assert torch.equal(snail.areas, 0.5 ** torch.arange(1.0, 9.0))
    assert snail.objects.sum(0).max() == 1
    assert (~snail.objects.any(0)).float().mean() == 0.5**8  # the dark heart


def test_dark_snail_winds_clockwise():
    """Seen from where it ends, every object lies a quarter turn further than the one before it."""
    snail = data.open("dark_snail", size=64, n_objects=6)
    y, x = torch.meshgrid(torch.arange(64.0), torch.arange(64.0), indexing="ij")
    heart = ~snail.objects.any(0)
    middle = x[heart].mean(), y[heart].mean()
    angles = [
        math.degrees(math.atan2(y[o].mean() - middle[1], x[o].mean() - middle[0])) for o in snail.objects
    ]  # y runs down, so clockwise is growing
    turns = [(b - a) % 360 for a, b in zip(angles, angles[1:], strict=False)]
    assert all(30 < turn < 150 for turn in turns), turns


def test_dark_snail_objects_are_pure_and_red_green_or_blue(generator):
    snail = data.open("dark_snail", size=32)
    rgb = snail.batch(torch.arange(64), generator).rgb
    for mask in snail.objects:
        colors = rgb[:, :, mask]  # (B, 3, pixels)
        assert torch.equal(colors, colors[..., :1].expand_as(colors))
        assert (colors.sum(1) == 1).all() and set(colors.unique().tolist()) == {0, 1}
    shares = rgb[:, :, 0, 0].mean(0)  # of the first object, over 64 draws
    assert ((shares > 0.15) & (shares < 0.55)).all()


def test_dark_snail_draws_anew_from_a_generator_and_stays_fixed_without(generator):
    snail, index = data.open("dark_snail", size=32), torch.arange(16)
    first, second = (snail.batch(index, generator).rgb for _ in range(2))
    assert not torch.equal(first, second)
    assert torch.equal(snail.batch(index).rgb, snail.batch(index).rgb)
    again = snail.batch(index, torch.Generator().manual_seed(0)).rgb
    assert torch.equal(first, again)
    other = data.open("dark_snail", "test", size=32).batch(index).rgb
    assert not torch.equal(snail.batch(index).rgb, other)


def test_dark_snail_lines_lie_between_objects():
    snail = data.open("dark_snail", size=32)
    lines = snail.batch(torch.arange(3)).sketch
    assert lines.shape == (3, 1, 32, 32) and set(lines.unique().tolist()) == {0, 1}
    assert torch.equal(lines[0], lines[2])
    for mask in snail.objects[:5]:
        assert lines[0, 0][mask].mean() > 0.3  # paper inside ..
    label = (snail.objects * torch.arange(1, 9)[:, None, None]).sum(0)
    change = label[:, 1:] != label[:, :-1]
    assert (lines[0, 0, :, 1:][change] == 0).all()  # .. and a line wherever the object changes


def test_dark_snail_refuses_sizes_that_do_not_halve():
    with pytest.raises(ValueError, match="a size that 16 divides"):
        data.open("dark_snail", size=40)


# storybook


@pytest.fixture(scope="module")
def book():
    return data.open("storybook", size=64, n=40)


def test_storybook_pages_depend_on_seed_split_and_number_alone(book):
    from colornb.data.storybook import _book

    _book.cache_clear()
    again = data.open("storybook", size=64, n=6)
    assert torch.equal(again.rgb, book.rgb[:6])
    for other in (data.open("storybook", "val", 64, n=6), data.open("storybook", size=64, seed=1, n=6)):
        assert all((a.float() - b.float()).abs().mean() > 2 for a, b in zip(other.rgb, again.rgb, strict=True))


def test_storybook_can_be_asked_for_one_kind_of_page():
    faces = data.open("storybook", size=32, n=12, scenes=["portrait"])
    assert len(faces) == 12
    assert all(len(labels) <= 6 for labels in faces.labels)
    with pytest.raises(ValueError, match="portrait"):
        data.open("storybook", size=32, n=1, scenes=["selfie"])


def test_storybook_splits_share_no_page():
    pages = [p for s in ("train", "val", "test") for p in data.open("storybook", s, 32, n=12).rgb]
    assert len({page.numpy().tobytes() for page in pages}) == len(pages) == 36


def test_storybook_pages_are_the_same_scene_at_every_size():
    small, large = (data.open("storybook", size=size, n=8) for size in (64, 192))
    shrunk = torch.nn.functional.avg_pool2d(large.rgb.float(), 3)
    off = (shrunk - small.rgb.float()).abs().mean((1, 2, 3))
    strange = (shrunk.roll(1, 0) - small.rgb.float()).abs().mean((1, 2, 3))
    assert off.mean() < 0.3 * strange.mean() and (off < strange).all()
    assert book_labels(small) == book_labels(large)


def book_labels(book):
    return [set(labels) & {"house", "Mimi", "Bruno", "sun", "car", "pot", "bubble"} for labels in book.labels]


def test_storybook_is_colourful_with_dark_lines_and_white_bubbles(book):
    batch = book.batch(torch.arange(len(book)))
    assert batch.sketch is None
    assert not any(is_gray(page[None]) for page in batch.rgb)
    luma = batch.rgb.mean(1)
    dark = (luma < 0.3).float().mean((1, 2))
    assert (dark > 0.01).all() and dark.median() < 0.35
    white = (batch.rgb.amin(1) > 0.95).float()
    shares = []
    for i, (boxes, labels) in enumerate(zip(book.boxes, book.labels, strict=True)):
        for (x0, y0, x1, y1), word in zip((boxes * 64).round().int().tolist(), labels, strict=True):
            if word == "bubble":
                shares.append(white[i, y0:y1, x0:x1].mean().item())
    assert len(shares) > 5 and min(shares) > 0.1 and sorted(shares)[len(shares) // 2] > 0.35


def test_storybook_boxes_hold_what_is_visible(book):
    assert len(book.boxes) == len(book.labels) == len(book) == 40
    for boxes, labels in zip(book.boxes, book.labels, strict=True):
        assert boxes.shape == (len(labels), 4)
        assert (boxes[:, :2] < boxes[:, 2:]).all() and boxes.min() >= 0 and boxes.max() <= 1
    assert len({word for labels in book.labels for word in labels}) > 15


def test_canvas_boxes_follow_the_visible_part_only():
    import random

    from colornb.data._storybook.canvas import Canvas
    from colornb.data._storybook.palette import Palette
    from colornb.data._storybook.shapes import box

    canvas = Canvas(64, Palette(random.Random(0)))
    for name, shape in {"back": (0.25, 0.25, 0.75, 0.75), "hidden": (0.3, 0.3, 0.4, 0.4)}.items():
        with canvas.thing(name):
            canvas.fill(box(*shape), (0.7, 0.1, 30.0))
    with canvas.thing("front"), canvas.at(0.5, 0.5, 0.5, flip=True):
        canvas.fill(box(0.0, -1.0, 1.0, 1.0), (0.7, 0.1, 200.0))  # mirrored: covers the left half
    boxes, labels = canvas.boxes()
    assert labels == ["back", "front"]
    assert abs(boxes[0] - [0.5, 0.25, 0.75, 0.75]).max() < 0.04
    assert abs(boxes[1] - [0.0, 0.0, 0.5, 1.0]).max() < 0.04


def test_line_art_of_a_page_shows_its_outlines(book):
    """Where the page has its dark outlines, extracted lines are near; where it is light and flat, paper."""
    rgb = book.batch(torch.arange(12)).rgb
    lines = 1 - sketch(rgb, "classic")
    luma = rgb.mean(1, keepdim=True)
    near = torch.nn.functional.max_pool2d(lines, 3, 1, 1)
    # outlines: dark pixels that have something much lighter within two pixels
    lit = torch.nn.functional.max_pool2d(luma, 5, 1, 2) - luma
    outline = (luma < 0.3) & (lit > 0.35)
    assert near[outline].mean() > 0.85
    flat = (torch.nn.functional.max_pool2d(luma, 7, 1, 3) + torch.nn.functional.max_pool2d(-luma, 7, 1, 3)) < 0.02
    assert lines[flat].mean() < 0.05


def test_other_colors_leave_all_things_of_a_page_where_they_are():
    """Panels and nights, too; so that the mean over many is what can be told from lines at best."""
    book, other, again = (data.open("storybook", "test", 64, n=48, colors=number) for number in (0, 1, 1))
    assert book.labels == other.labels
    assert all(torch.equal(one, two) for one, two in zip(book.boxes, other.boxes, strict=True))
    assert torch.equal(other.rgb, again.rgb)
    changed = (book.rgb.float() - other.rgb.float()).abs().mean((1, 2, 3))
    assert changed.min() > 4 and changed.mean() > 20
    night = book.rgb.float().mean((1, 2, 3)) < 100
    assert night.any() and other.rgb[night].float().mean() < 110


def test_accents_come_from_the_whole_circle_of_hues():
    import random

    from colornb.data._storybook.palette import Palette

    hues = [Palette(random.Random(i)).accent()[2] % 360 for i in range(300)]
    counts = torch.histc(torch.tensor(hues), 12, 0, 360)
    assert counts.min() > 5  # every twelfth of the circle comes up


# --- line art of its own, and several collections as one


def test_drawn_pictures_have_the_shrunken_line_art_of_their_large_selves():
    large = data.open("storybook", size=64, n=5)
    small = data.with_sketches(large, 32, ("clean", "classic"))
    assert small.rgb.shape == (5, 3, 32, 32)
    assert small.sketch.shape == (5, 1, 32, 32)
    batch = large.batch(torch.tensor([3]))
    lines = resize(sketch(batch.rgb, "classic"), 32)
    assert (small.batch(torch.tensor([3])).sketch - lines).abs().max() <= 0.51 / 255


def test_boxed_pictures_have_boxes_and_those_that_had_some_keep_them(book):
    plain = Pictures("plain", "test", book.rgb)
    found = with_boxes(plain)
    assert torch.equal(found.rgb, book.rgb)
    assert len(found.boxes) == len(book)
    assert found.batch(torch.arange(len(book))).boxes.shape[1] > 1
    assert with_boxes(book) is book
    with pytest.raises(ValueError, match="anew for every batch"):
        with_boxes(data.open("dark_snail"))


def test_joined_collections_keep_their_pictures_in_a_row():
    one, two = data.open("storybook", size=32, n=3), data.open("storybook", "val", size=32, n=2)
    both = data.concat([one, two])
    assert len(both) == 5
    assert torch.equal(both.rgb[3:], two.rgb)
    assert data.concat([one]) is one


def test_each_collection_of_a_mixture_has_its_share():
    def collection(name, n, level):
        return data.Pictures(name, "train", torch.full((n, 3, 4, 4), level, dtype=torch.uint8))

    small, large = collection("small", 4, 255), collection("large", 30, 0)
    both = data.mix([small, large], [1, 3])
    assert len(both) == 40
    shown = both.batch(torch.arange(40)).rgb[:, 0, 0, 0]
    assert shown.sum() == 10
    assert sorted(both.names[:10]) == sorted([*small.names * 2, *small.names[:2]])
    assert data.mix([large], [2]) is large
    assert len(data.mix([small, large], [4, 30])) == 34
    with pytest.raises(ValueError, match="above 0"):
        data.mix([small, large], [1, 0])


def test_what_cannot_be_joined_is_refused():
    book = data.open("storybook", size=32, n=2)
    for other in (
        data.open("dark_snail", size=32, n=2),
        data.open("storybook", size=64, n=2),
        data.with_sketches(book, 32),
    ):
        with pytest.raises(ValueError) as error:
            data.concat([book, other])
        assert "\n" not in str(error.value)


@pytest.mark.parametrize(("room", "moves"), [(float("inf"), True), (3000.0, False)])
def test_pixels_that_a_card_has_no_room_for_stay_and_batches_go_there(monkeypatch, room, moves):
    """A device that computes nothing stands for the card."""
    monkeypatch.setattr("colornb.data._base.free_memory", lambda device: room)
    rgb, sketch = (torch.full((4, channels, 16, 16), 255, dtype=torch.uint8) for channels in (3, 1))
    pictures = Pictures("few", "train", rgb, sketch).to("meta")
    assert (pictures.rgb.device.type == "meta") == (pictures.sketch.device.type == "meta") == moves
    batch = pictures.batch(torch.tensor([1, 3]))
    assert {pictures.device.type, batch.rgb.device.type, batch.sketch.device.type} == {"meta"}
    assert batch.rgb.shape == (2, 3, 16, 16)
