"""Published datasets: their layouts on disk, their splits, and one line on how to get each."""

import pytest
from PIL import Image

from colornb import data

NAMES = ["celeba", "coco_stuff", "danbooru", "imagenet", "imagenet_car", "places205", "tag2pix", "yosemite", "yumi"]


@pytest.fixture(autouse=True)
def places(tmp_path, monkeypatch):
    monkeypatch.setenv("COLORNB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("COLORNB_DATA", str(tmp_path))
    return tmp_path


def paint(folder, names):
    folder.mkdir(parents=True, exist_ok=True)
    for i, name in enumerate(names):
        Image.new("RGB", (12, 10), (250, 3 * i % 200, 0)).save(folder / name, "JPEG")


def names(name, split, **kw):
    return data.open(name, split, 8, **kw).names


def check_partition(name, total, **kw):
    """Splits are disjoint and whole; returns the names of each."""
    parts = {split: set(names(name, split, **kw)) for split in ("train", "val", "test")}
    assert sum(map(len, parts.values())) == len(set().union(*parts.values())) == total
    assert all(parts.values())
    return parts


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("split", ["train", "val", "test"])
def test_what_is_missing_is_told_in_one_line_with_the_way_to_get_it(name, split):
    with pytest.raises(FileNotFoundError, match=f"{name} is not here") as error:
        data.open(name, split)
    text = str(error.value)
    assert "\n" not in text and "give its folder as root, or " in text and len(text) < 400


@pytest.mark.parametrize("name", NAMES)
def test_unknown_splits_are_refused_before_looking_for_files(name):
    with pytest.raises(ValueError, match="train, val, test"):
        data.open(name, "dev")


def test_celeba(places):
    faces = [f"{i:06d}.jpg" for i in range(80)]
    paint(places / "celeba" / "celeba" / "img_align_celeba", faces)
    check_partition("celeba", 80)
    with pytest.raises(FileNotFoundError, match="list_eval_partition.txt is missing"):
        names("celeba", "val", partition="official")
    table = "".join(f"{face} {min(i // 30, 2)}\n" for i, face in enumerate(faces))
    (places / "celeba" / "celeba" / "list_eval_partition.txt").write_text(table)
    assert names("celeba", "val", partition="official") == faces[30:60]
    with pytest.raises(ValueError, match="paper, official"):
        names("celeba", "val", partition="mine")


@pytest.mark.parametrize("name", ["yumi", "tag2pix"])
def test_layout_of_guiding_painter(places, name):
    for k, split in enumerate(("train", "val", "test")):
        paint(places / name / split / "color", [f"{i + 10 * k}.jpg" for i in range(3)])
        paint(places / name / split / "sketch", [f"{i + 10 * k}.jpg" for i in range(3)])
    found = data.open(name, "val", 8)
    assert (found.name, found.split, len(found)) == (name, "val", 3) and found.sketch is not None
    assert data.open(name, "test", 8, sketches=False).sketch is None


def test_danbooru(places):
    for bucket in ("0000", "0001"):
        paint(places / "danbooru" / "512px" / bucket, [f"{i}{bucket}.jpg" for i in range(40)])
    check_partition("danbooru", 80)


def test_imagenet(places):
    paint(places / "imagenet" / "train" / "n01440764", [f"a_{i}.JPEG" for i in range(40)])
    paint(places / "imagenet" / "val" / "n01440764", [f"ILSVRC2012_val_{i:08d}.JPEG" for i in range(5)])
    with pytest.raises(FileNotFoundError, match=r"ctest10k.txt is missing.*get ctest10k.txt"):
        names("imagenet", "test")
    lines = "/old/place/ILSVRC2012_val_00000003.JPEG 7\nILSVRC2012_val_00000001.JPEG\n"
    (places / "imagenet" / "ctest10k.txt").write_text(lines)
    listed = names("imagenet", "test")
    assert [name[-6:-5] for name in listed] == ["3", "1"]
    (places / "mine.txt").write_text("ILSVRC2012_val_00000009.JPEG\n")
    with pytest.raises(FileNotFoundError, match="1 of 1 pictures of mine.txt are not in"):
        names("imagenet", "test", files=places / "mine.txt")
    train, val = (set(names("imagenet", split)) for split in ("train", "val"))
    assert len(train | val) == 40 and not train & val and len(train) > len(val) > 0


def test_coco_stuff(places):
    paint(places / "coco_stuff" / "images" / "train2017", [f"{i:012d}.jpg" for i in range(90)])
    paint(places / "coco_stuff" / "images" / "val2017", [f"{i:012d}.jpg" for i in range(200, 204)])
    parts = check_partition("coco_stuff", 94)
    assert parts["test"] == {f"{i:012d}.jpg" for i in range(200, 204)}


def test_places205(places):
    base = places / "places205"
    files = [f"a/abbey/{i}.jpg" for i in range(60)]
    paint(base / "data/vision/torralba/deeplearning/images256/a/abbey", [f"{i}.jpg" for i in range(60)])
    (base / "trainvalsplit_places205").mkdir()
    for table, part in (("train", files[:50]), ("val", files[50:])):
        text = "".join(f"{file} 0\n" for file in part)
        (base / "trainvalsplit_places205" / f"{table}_places205.csv").write_text(text)
    assert check_partition("places205", 60)["test"] == set(files[50:])


def test_imagenet_car(places):
    from colornb.data.imagenet_car import SYNSETS

    for k, synset in enumerate(SYNSETS):
        paint(places / "cars" / "train" / synset, [f"{synset}_{i + 9 * k}.JPEG" for i in range(6)])
    check_partition("imagenet_car", 54, root=places / "cars")
    one = names("imagenet_car", "train", root=places / "cars", synsets=["n03594945"])
    assert one and all(name.startswith("n03594945/") for name in one)


def test_yosemite(places):
    for part, n in (("trainA", 20), ("trainB", 20), ("testA", 3), ("testB", 2)):
        paint(places / "yosemite" / part, [f"{part}{i}.jpg" for i in range(n)])
    assert len(check_partition("yosemite", 45)["test"]) == 5
    assert len(names("yosemite", "test", season="winter")) == 2
    with pytest.raises(ValueError, match="summer, winter, both"):
        names("yosemite", "test", season="autumn")


def test_n_limits_what_is_decoded(places):
    paint(places / "danbooru", [f"{i}.jpg" for i in range(40)])
    assert len(data.open("danbooru", "train", 8, n=5)) == 5
