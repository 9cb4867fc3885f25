"""`python -m colornb colorize`: the file that comes out keeps what the file that came in held beside its colours."""

import numpy as np
import pytest
import tifffile
from picture_files import encoded, png
from PIL import Image

from colornb import methods
from colornb.__main__ import main
from colornb.images import load_image


@pytest.fixture
def run(tmp_path):
    methods.save(methods.build("rtug", "tiny"), tmp_path / "run" / "network.safetensors", size=48)
    return tmp_path / "run"


@pytest.fixture
def colorize(run, capsys):
    """Run the command: its exit status, and what it says on stderr."""

    def call(picture, out, *more):
        status = main(["colorize", str(picture), "--out", str(out), "--weights", str(run), *map(str, more)])
        return status, capsys.readouterr().err

    return call


@pytest.fixture
def cutout(tmp_path):
    """A 16-bit gray photograph, cut out, of 600 dots an inch."""
    levels = np.random.default_rng(0).integers(0, 65536, (60, 90, 2), dtype=np.uint16)
    levels[..., 1] = 65535
    levels[:, :30, 1] = 0
    path = tmp_path / "cutout.png"
    path.write_bytes(png(levels, "la", 16, [(b"pHYs", (23622).to_bytes(4) * 2 + b"\1")]))
    return path, levels


def test_a_cut_out_of_16_bits_stays_one(cutout, colorize, tmp_path):
    path, levels = cutout
    assert colorize(path, tmp_path / "out.tif")[0] == 0
    with tifffile.TiffFile(tmp_path / "out.tif") as file:
        page = file.pages[0]
        out, dpi = page.asarray(), page.get_resolution("inch")
    assert out.dtype == np.uint16 and out.shape == (60, 90, 4)
    assert np.array_equal(out[..., 3], levels[..., 1])
    assert np.allclose(dpi, 600, atol=0.1)
    assert len(np.unique(out[:, 30:, :3] & 255)) > 200, "not 8 bits in a larger file"


def test_a_photograph_keeps_its_day_and_its_author(colorize, tmp_path):
    exif = Image.Exif()
    exif[0x0112], exif[315] = 6, "A. Painter"
    exif.get_ifd(0x8769)[36867] = "2020:02:29 12:34:56"
    data = encoded(Image.new("RGB", (90, 60), (120, 120, 120)), "JPEG", exif=exif.tobytes(), dpi=(300, 300))
    (tmp_path / "in.jpg").write_bytes(data)
    assert colorize(tmp_path / "in.jpg", tmp_path / "out.jpg")[0] == 0
    with Image.open(tmp_path / "out.jpg") as out:
        kept = out.getexif()
        assert out.size == (60, 90) and 0x0112 not in kept and out.info["dpi"] == (300, 300)
        assert kept[315] == "A. Painter" and kept.get_ifd(0x8769)[36867] == "2020:02:29 12:34:56"


@pytest.mark.parametrize("option", ["--out", "--sketch"])
def test_the_picture_itself_is_written_over_by_force_alone(cutout, colorize, tmp_path, option):
    path, _ = cutout
    before = path.read_bytes()
    link = tmp_path / "link.png"
    link.symlink_to(path)
    for place in (path, link, path.parent / "run" / ".." / path.name):
        places = (place,) if option == "--out" else (tmp_path / "out.png", "--sketch", place)
        status, said = colorize(path, *places)
        assert status == 2 and said.count("\n") == 1 and f"{option} {place} is the picture itself" in said
        assert "--force" in said and path.read_bytes() == before
    places = (path,) if option == "--out" else (tmp_path / "out.png", "--sketch", path)
    assert colorize(path, *places, "--force")[0] == 0
    assert path.read_bytes() != before and load_image(path).shape == (1, 3, 60, 90)


@pytest.mark.parametrize("option", ["--out", "--sketch", "--regions"])
def test_places_are_refused_before_anything_is_painted(cutout, colorize, tmp_path, monkeypatch, option):
    monkeypatch.setattr(methods, "load", lambda *_: pytest.fail("the place comes first"))
    (tmp_path / "folder.png").mkdir()
    for name, words in {
        "a.gif": "end its name in",
        "no/a.png": "create its folder",
        "folder.png": "is a folder",
    }.items():
        places = (tmp_path / name,) if option == "--out" else (tmp_path / "a.png", option, tmp_path / name)
        status, said = colorize(cutout[0], *places)
        assert status == 2 and said.count("\n") == 1 and words in said
    assert not (tmp_path / "a.png").exists()


def test_a_link_to_itself_is_a_place_like_others(cutout, colorize, tmp_path):
    (tmp_path / "loop.png").symlink_to("loop.png")
    status, said = colorize(tmp_path / "loop.png", tmp_path / "a.png")
    assert status == 2 and said.count("\n") == 1 and "does not exist" in said
    assert colorize(cutout[0], tmp_path / "loop.png")[0] == 0
    assert Image.open(tmp_path / "loop.png").size == (90, 60)


def test_an_empty_page_is_said_not_painted(tmp_path, capsys):
    page, out = tmp_path / "page.png", tmp_path / "out.png"
    Image.new("L", (90, 60), 244).save(page)
    assert main(["colorize", str(page), "--out", str(out), "--size", "32"]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1 and f"nothing is drawn on '{page}'" in said and not out.exists()
    assert main(["colorize", str(page), "--out", str(out), "--size", "32", "--kind", "photo"]) == 0
