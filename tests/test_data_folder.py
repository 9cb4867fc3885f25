"""Any folder of pictures: which are taken, into which split, how they are decoded and remembered."""

import contextlib
import os
import shutil
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from colornb import data
from colornb.data import _decode, _folder
from colornb.data._files import content_keys, name_keys, split_of


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("COLORNB_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def paint(path, seed, size=(24, 18), gray=False):
    """A file with coarse random colours."""
    path.parent.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(seed)
    tiles = rng.integers(0, 256, (3, 4, 1 if gray else 3), dtype=np.uint8)
    Image.fromarray(np.broadcast_to(tiles, (3, 4, 3))).resize(size, Image.Resampling.NEAREST).save(path)
    return path


@pytest.fixture
def root(tmp_path):
    for i in range(60):
        paint(tmp_path / "pictures" / f"album{i % 3}" / f"{i:03d}.png", i)
    return tmp_path / "pictures"


def contents(pictures):
    return {picture.numpy().tobytes() for picture in pictures.rgb}


def splits(root, **kw):
    return {split: data.open(root, split, 12, **kw) for split in ("train", "val", "test")}


def test_a_path_opens_the_folder_and_its_splits_share_nothing(root):
    parts = splits(root)
    assert parts["train"].name == "folder" and parts["train"].rgb.shape[1:] == (3, 12, 12)
    assert sum(len(p) for p in parts.values()) == 60 == len(set().union(*map(contents, parts.values())))
    assert len(parts["train"]) > 40
    assert contents(data.open(root, "all", 12)) == set().union(*map(contents, parts.values()))
    assert parts["train"].names[0] == "album0/000.png"


def test_renaming_and_adding_move_no_picture(root):
    before = {split: contents(p) for split, p in splits(root).items()}
    for file in list(root.rglob("*.png")):
        file.rename(root / f"renamed_{file.name}")
    for i in range(100, 110):
        paint(root / f"{i}.png", i)
    for split, after in splits(root).items():
        assert before[split] <= contents(after)


def test_buckets_are_81_9_10():
    keys = name_keys([Path(f"{i:012d}.jpg") for i in range(5000)], Path())
    shares = {s: sum(split_of(k) == s for k in keys) / len(keys) for s in ("train", "val", "test")}
    assert shares == pytest.approx({"train": 0.81, "val": 0.09, "test": 0.10}, abs=0.015)


def test_the_seed_moves_no_picture(root):
    assert data.open(root, "val", 12, seed=1).names == data.open(root, "val", 12, seed=2).names


def test_sub_folders_are_the_splits_where_they_exist(tmp_path):
    for i, part in enumerate(["train"] * 4 + ["valid"] * 3 + ["test"] * 2):
        paint(tmp_path / "p" / part / f"{i}.jpg", i)
    parts = splits(tmp_path / "p")
    assert [len(p) for p in parts.values()] == [4, 3, 2]
    assert len(data.open(tmp_path / "p", "all", 12)) == 9
    shutil.rmtree(tmp_path / "p" / "test")
    with pytest.raises(ValueError, match="sub-folders train, val and no test"):
        data.open(tmp_path / "p", "test", 12)


def test_decoding_happens_once(root, monkeypatch, cache):
    first = data.open(root, "train", 12)
    monkeypatch.setattr(_decode, "load_image", lambda *a, **k: pytest.fail("decoded again"))
    again = data.open(root, "train", 12)
    assert torch.equal(first.rgb, again.rgb) and first.names == again.names
    (next(root.rglob("*.png"))).touch()  # another time stamp, the same content
    shutil.move(root, root.with_name("moved"))
    assert torch.equal(data.open(root.with_name("moved"), "train", 12).rgb, first.rgb)
    for change in ({"size": 10}, {"fit": "stretch"}, {"split": "val"}, {"n": 3}):
        with pytest.raises(pytest.fail.Exception, match="decoded again"):
            data.open("folder", **{"split": "train", "size": 12, "root": root.with_name("moved")} | change)
    assert not list(cache.rglob(".*")), "drafts left behind"


def test_changing_a_batch_changes_no_cache(root):
    first = data.open(root, "train", 12)
    first.rgb.zero_()
    assert data.open(root, "train", 12).rgb.float().mean() > 10


def test_a_damaged_cache_is_written_anew(root, cache):
    first = data.open(root, "test", 12)
    expected = first.rgb.clone()
    for file in cache.rglob("*.raw"):
        file.write_bytes(file.read_bytes()[:100])
    assert torch.equal(data.open(root, "test", 12).rgb, expected)


def test_a_cache_that_cannot_be_written_is_only_slower(root, cache, monkeypatch):
    expected = data.open(root, "test", 12).rgb.clone()
    cache.with_name("file").write_text("in the way")
    monkeypatch.setenv("COLORNB_CACHE", str(cache.with_name("file")))
    with pytest.warns(UserWarning, match="COLORNB_CACHE"):
        assert torch.equal(data.open(root, "test", 12).rgb, expected)


def test_cache_lies_where_xdg_says(root, tmp_path, monkeypatch):
    monkeypatch.delenv("COLORNB_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    data.open(root, "test", 12)
    assert list((tmp_path / "xdg" / "colornb").rglob("*.raw"))


def test_broken_gray_and_double_files_are_left_out_and_told(root):
    (root / "broken.jpg").write_bytes(b"not a picture")
    whole = next(root.rglob("*.png")).read_bytes()
    (root / "cut.png").write_bytes(whole[: len(whole) // 2])
    for i in range(4):
        paint(root / f"gray{i}.png", i, gray=True)
    shutil.copy(root / "album0/000.png", root / "copy of 000.png")
    with pytest.warns(UserWarning) as told:
        every = data.open(root, "all", 12)
    assert len(every) == 60
    lines = sorted(str(w.message) for w in told)
    assert len(lines) == 2 and not any("\n" in line for line in lines)
    assert "2 of 66 pictures left out that could not be decoded: broken.jpg, cut.png" in lines[0]
    assert "4 of 66 pictures left out that have no colour" in lines[1] and lines[1].endswith("gray2.png, gray3.png")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert len(data.open(root, "all", 12)) == 60  # told once, when decoding
    with pytest.warns(UserWarning, match="could not be decoded"):
        assert len(data.open("folder", "all", 12, root=root, keep_gray=True)) == 64


def test_crop_keeps_proportions_and_stretch_squashes(tmp_path):
    wide = np.zeros((10, 30, 3), np.uint8)
    wide[:, :10, 0] = wide[:, 10:20, 1] = wide[:, 20:, 2] = 255
    Image.fromarray(wide).save(tmp_path / "wide.png")
    crop = data.open(tmp_path, "all", 10).rgb[0]
    assert torch.equal(crop, torch.from_numpy(wide[:, 10:20]).permute(2, 0, 1))
    stretched = data.open("folder", "all", 9, root=tmp_path, fit="stretch").rgb[0].float()
    assert [stretched[:, 4, x].argmax().item() for x in (1, 4, 7)] == [0, 1, 2]
    with pytest.raises(ValueError, match="crop, stretch"):
        data.open("folder", "all", 9, root=tmp_path, fit="squash")


def test_long_strips_keep_their_sharpness(tmp_path):
    """A strip far longer than wide is not shrunk below the size asked for, whatever its length."""
    stripes = np.zeros((2000, 16, 3), np.uint8)
    stripes[::4, :, 0] = stripes[1::4, :, 0] = 255
    Image.fromarray(stripes).save(tmp_path / "strip.png")
    assert data.open(tmp_path, "all", 16).rgb[0, 0].float().std() > 100


def test_odd_kinds_of_files_are_read(tmp_path):
    color = Image.fromarray(np.random.default_rng(0).integers(0, 255, (20, 20, 3), dtype=np.uint8))
    color.save(tmp_path / "a.JPG", "JPEG")
    color.save(tmp_path / "b.webp")
    color.quantize(16).save(tmp_path / "c.gif")
    color.save(tmp_path / "d.tif")
    color.convert("CMYK").save(tmp_path / "e.jpeg")
    clear = color.convert("RGBA")
    clear.putalpha(0)
    clear.paste(color.crop((0, 0, 20, 4)), (0, 0))
    clear.save(tmp_path / "f.png")
    (tmp_path / "notes.txt").write_text("no picture")
    (tmp_path / ".hidden.png").write_bytes(b"")
    found = data.open(tmp_path, "all", 20)
    assert found.names == ["a.JPG", "b.webp", "c.gif", "d.tif", "e.jpeg", "f.png"]
    assert (found.rgb[5, :, 10] == 255).all()  # transparent is paper


def test_a_list_chooses_files(root, tmp_path):
    (tmp_path / "list.txt").write_text("# mine\nalbum0/003.png 17\nalbum1/001.png\n")
    chosen = data.open("folder", "all", 12, root=root, files=tmp_path / "list.txt")
    assert chosen.names == ["album0/003.png", "album1/001.png"]
    same = data.open("folder", "all", 12, root=root, files=[root / "album0/003.png", "album1/001.png"])
    assert same.names == chosen.names
    with pytest.raises(FileNotFoundError, match="album9/x.png is in the list but not in"):
        data.open("folder", "all", 12, root=root, files=["album9/x.png"])
    with pytest.raises(FileNotFoundError, match="no list of files"):
        data.open("folder", "all", 12, root=root, files="nowhere.txt")


def test_n_is_a_fixed_choice_that_grows(root):
    few, more = (data.open("folder", "train", 12, root=root, n=n) for n in (5, 9))
    assert len(few) == 5 and set(few.names) < set(more.names)
    assert few.names == sorted(few.names)


def test_errors_are_one_line_and_say_the_mend(tmp_path):
    (tmp_path / "empty").mkdir()
    paint(tmp_path / "one" / "a.png", 0)
    (key,) = content_keys([tmp_path / "one" / "a.png"], tmp_path / "one")
    other = next(s for s in ("train", "val", "test") if s != split_of(key))
    for error, text, root, split in (
        (FileNotFoundError, "no folder", tmp_path / "nowhere", "train"),
        (ValueError, "no pictures in", tmp_path / "empty", "train"),
        (ValueError, "add more, or take 'all'", tmp_path / "one", other),
    ):
        with pytest.raises(error, match=text) as told:
            data.open("folder", split, 12, root=root)
        assert "\n" not in str(told.value)
    paint(tmp_path / "gray" / "a.png", 0, gray=True)
    for _ in range(2):
        with warnings.catch_warnings(), pytest.raises(ValueError, match="none of the 1 pictures"):
            warnings.simplefilter("ignore")
            data.open(tmp_path / "gray", "all", 12)


def test_line_art_is_paired_by_name(tmp_path):
    for part in ("train", "test"):
        for i in range(3):
            paint(tmp_path / "p" / part / "color" / f"{i}.jpg", i + 10 * (part == "test"))
            level = 40 * i + 20
            (tmp_path / "p" / part / "sketch").mkdir(exist_ok=True)
            Image.new("L", (24, 18), level).save(tmp_path / "p" / part / "sketch" / f"{i}.png")
    for split in ("train", "test"):
        found = data.open(tmp_path / "p", split, 12)
        assert len(found) == 3 and found.sketch.shape == (3, 1, 12, 12)
        assert found.sketch.float().mean((1, 2, 3)).tolist() == [20, 60, 100]
        batch = found.batch(torch.tensor([2]))
        assert torch.allclose(batch.sketch, torch.tensor(100 / 255))
    assert data.open("folder", "train", 12, root=tmp_path / "p", sketches=False).sketch is None
    (tmp_path / "p" / "test" / "sketch" / "1.png").unlink()
    with pytest.raises(FileNotFoundError, match="1 pictures have no line art"):
        data.open(tmp_path / "p", "test", 12)


def test_line_art_may_lie_elsewhere(root, tmp_path):
    for file in root.rglob("*.png"):
        target = tmp_path / "lines" / file.relative_to(root).with_suffix(".jpg")
        target.parent.mkdir(parents=True, exist_ok=True)
        Image.new("L", (24, 18), int(file.stem)).save(target, quality=100)
    found = data.open("folder", "train", 12, root=root, sketches=tmp_path / "lines")
    numbers = torch.tensor([float(name[-7:-4]) for name in found.names])
    assert torch.allclose(found.sketch.float().mean((1, 2, 3)), numbers, atol=1.5)


@pytest.fixture
def bad_folder(tmp_path):
    """A folder with one good picture, and what lies about in folders beside it."""
    tmp_path = tmp_path / "pictures"
    tmp_path.mkdir()
    good = Image.fromarray(np.random.default_rng(0).integers(0, 255, (40, 40, 3), np.uint8))
    for name in ("good.png", "good.ico", "good.avif", "good.tga"):
        with contextlib.suppress(KeyError, ValueError, OSError):  # a format that this PIL was built without
            good.rotate(len(name) * 7).save(tmp_path / name)
    (tmp_path / "nowhere.png").symlink_to(tmp_path / "gone.png")
    (tmp_path / "noise.jpg").write_bytes(b"\xff\xd8 and nothing more")
    (tmp_path / "empty.webp").touch()
    (tmp_path / "notes.pdf").write_bytes(b"%PDF-1.4")
    return tmp_path


def test_one_bad_file_does_not_stop_a_folder_and_each_is_named_once(bad_folder):
    with pytest.warns(UserWarning, match="left out") as told:
        pages = data.open("folder", "all", 16, root=bad_folder, keep_gray=True)
    (line,) = [str(warning.message) for warning in told if "left out" in str(warning.message)]
    for name in ("nowhere.png", "noise.jpg", "empty.webp"):
        assert line.count(name) == 1
    assert "good" not in line
    assert "notes" not in line, "no picture, and not counted as one"
    assert {Path(name).stem for name in pages.names} == {"good"}
    assert {"good.png", "good.ico", "good.tga"} <= set(pages.names)


@pytest.mark.skipif(os.name != "posix", reason="names of files are text here")
def test_names_that_are_no_text_are_names(bad_folder):
    name = os.fsdecode(b"caf\xe9.png")
    Image.new("RGB", (20, 20), "teal").save(bad_folder / name)
    with pytest.warns(UserWarning, match="left out"):
        pages = data.open("folder", "all", 16, root=bad_folder, keep_gray=True)
    assert name in pages.names


def test_a_file_that_vanishes_while_a_folder_is_read_is_left_out(bad_folder, monkeypatch):
    found = _folder.list_images
    monkeypatch.setattr(_folder, "list_images", lambda place: [*found(place), place / "vanished.png"])
    with pytest.warns(UserWarning, match="vanished.png"):
        assert len(data.open("folder", "all", 16, root=bad_folder, keep_gray=True))


def test_line_art_of_another_shape_is_refused_and_of_the_same_at_another_size_aligned(tmp_path):
    tmp_path = tmp_path / "pairs"
    tmp_path.mkdir()
    shapes = {"same": ((60, 40), (60, 40)), "small": ((60, 40), (30, 20)), "wide": ((60, 40), (60, 30))}
    shapes |= {"turned": ((60, 40), (40, 60)), "odd": ((61, 40), (300, 197))}
    for name, (color, lines) in shapes.items():
        for kind, size in (("color", color), ("sketch", lines)):
            (tmp_path / kind).mkdir(exist_ok=True)
            pixels = np.random.default_rng([*name.encode()]).integers(0, 255, (*size[::-1], 3), np.uint8)
            Image.fromarray(pixels).save(tmp_path / kind / f"{name}.png")
    with pytest.warns(UserWarning, match="another shape.*(turned|wide)") as told:
        pages = data.open("folder", "all", 16, root=tmp_path)
    assert {Path(name).stem for name in pages.names} == {"same", "small", "odd"}
    assert sum("2 of 5" in str(warning.message) for warning in told) == 1


def test_a_link_that_leads_up_is_not_followed_and_one_to_the_side_is(tmp_path):
    for place in ("a/own", "b"):
        (tmp_path / place).mkdir(parents=True)
        (tmp_path / place / "one.png").write_bytes(b"")
    (tmp_path / "a" / "own" / "loop").symlink_to(tmp_path / "a")
    (tmp_path / "a" / "up").symlink_to(tmp_path)
    (tmp_path / "a" / "side").symlink_to(tmp_path / "b")
    (tmp_path / "b" / "back").symlink_to(tmp_path / "a")
    found = [str(path.relative_to(tmp_path)) for path in _folder.list_images(tmp_path / "a")]
    assert found == ["a/own/one.png", "a/side/one.png"]


def test_a_file_larger_than_all_memory_is_mapped_and_stays_as_it_is(tmp_path):
    file = tmp_path / "large.raw"
    with file.open("wb") as stream:
        stream.truncate(2**40)  # of which nothing is on the disk
    try:
        pixels = _decode._mapped(file)
    except OSError:
        assert sys.platform != "linux"
        pytest.skip("this system sets memory aside for whatever might be changed")
    torch.from_numpy(pixels)[5] = 3
    assert pixels[5] == 3
    with file.open("rb") as stream:
        assert stream.read(8) == bytes(8)
