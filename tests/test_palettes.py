"""Palettes come back as they were, files of other programs are read, and wrong ones are refused in one line."""

import json
import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from skimage.color import lab2rgb

from colornb import palettes
from colornb.color import parse_color
from colornb.palettes import Palette

HEROINE = Palette(("#f4c29f", "#27386b", "#4a9a4d"), ("skin", "Mantel ß", ""), "Pia")
HEX = st.integers(0, 2**24 - 1).map(lambda number: f"#{number:06x}")
NAMES = st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S")), max_size=9)


@pytest.mark.parametrize("suffix", palettes.WRITERS)
def test_a_palette_comes_back_with_its_names(suffix, tmp_path):
    path = palettes.save(HEROINE, tmp_path / f"a{suffix}")
    assert palettes.load(path) == HEROINE


@pytest.mark.parametrize("suffix", palettes.WRITERS)
@given(rows=st.lists(st.tuples(HEX, NAMES), min_size=1, max_size=9), title=NAMES)
def test_any_palette_comes_back(suffix, rows, title):
    palette = Palette(*map(tuple, zip(*rows, strict=True)), title)
    back = palettes.parse(palettes.WRITERS[suffix](palette), "a")
    assert back.colors == palette.colors
    assert back.names == tuple("" if suffix == ".gpl" and name == "Untitled" else name for name in palette.names)
    assert back.name == (title or ("colornb" if suffix == ".gpl" else ""))


def test_gpl_of_gimp_and_of_aseprite(tmp_path):
    gimp = b"GIMP Palette\r\nName: Bears\r\nColumns: 3\r\n# a note\r\n\r\n"
    gimp += b"  8   8   8\tgrey3\r\n 68 44 44 dark  brown\r\n80 8 12\r\n"
    assert palettes.parse(gimp, "a") == Palette(("#080808", "#442c2c", "#50080c"), ("grey3", "dark brown", ""), "Bears")
    aseprite = b"GIMP Palette\nChannels: RGBA\n#\n255 128 0 255\tUntitled\n0 0 9 128\tink\n"
    assert palettes.parse(aseprite, "a") == Palette(("#ff8000", "#000009"), ("", "ink"))
    latin = "GIMP Palette\n1 2 3 Grün\n".encode("latin-1")
    assert palettes.parse(latin, "a").names == ("Grün",)


def ase(*colors):
    """A file of Adobe's kind, made here by hand: each colour is its name, its model and its numbers."""
    blocks = struct.pack(">HI", 0xC001, 14) + struct.pack(">H", 6) + "Group\0".encode("utf-16-be")
    for name, model, *numbers in colors:
        text = (name + "\0").encode("utf-16-be")
        body = struct.pack(">H", len(name) + 1) + text + model + struct.pack(f">{len(numbers)}fH", *numbers, 0)
        blocks += struct.pack(">HI", 1, len(body)) + body
    blocks += struct.pack(">HI", 0xC002, 0)
    return b"ASEF" + struct.pack(">HHI", 1, 0, len(colors) + 2) + blocks


def test_ase_in_each_colour_model():
    red, sky = ("red", b"RGB ", 1, 0.5, 0), ("sky", b"LAB ", 0.7, -10, -30)
    data = ase(red, sky, ("half", b"Gray", 0.5), ("ink", b"CMYK", 1, 0.2, 0, 0.5))
    found = palettes.parse(data, "a")
    assert (found.name, found.names) == ("Group", ("red", "sky", "half", "ink"))
    wanted = [(1, 0.5, 0), lab2rgb(np.array([70.0, -10, -30])), (0.5,) * 3, (0, 0.4, 0.5)]
    assert np.allclose([parse_color(color) for color in found.colors], wanted, atol=0.003)


def test_json_that_people_write():
    assert palettes.parse(b'["red", "#0f0"]', "a") == Palette(("#ff0000", "#00ff00"))
    assert palettes.parse(b'{"skin": "#f4c29f", "coat": "navy"}', "a") == Palette(
        ("#f4c29f", "#000080"), ("skin", "coat")
    )
    assert palettes.parse(json.dumps(HEROINE.to_dict()).encode(), "a") == HEROINE


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "neither .gpl of GIMP, .ase of Adobe, nor JSON"),
        (b"\x89PNG\r\n", "neither"),
        (b"[1, 2]", "1 is not a colour"),
        (b"{}", "there are no colours in it"),
        (b'{"palette": 3}', "neither"),
        (b'[{"colour": "red"}]', "neither"),
        (b'{"skin": "rouge"}', "'rouge' is not a colour"),
        (b"GIMP Palette\n#\n", "there are no colours in it"),
        (b"GIMP Palette\n1 2 3 a\n1 2 x\n", "line 3 must be three numbers from 0 to 255 and a name"),
        (b"GIMP Palette\n1 2 300\n", "line 2 must be"),
        (b"ASEF", "neither"),
        (ase(("a", b"RGB ", 1, 0, 0))[:-9], "its end is missing"),
        (ase(("a", b"HSB ", 1, 0, 0)), "colours in 'HSB' are not known"),
        (ase(("a", b"RGB ", float("nan"), 0, 0)), ""),
    ],
)
def test_wrong_files_are_refused_in_one_line(data, words, tmp_path):
    (tmp_path / "a.gpl").write_bytes(data)
    with pytest.raises(ValueError, match="a.gpl' is no palette: ") as refused:
        palettes.load(tmp_path / "a.gpl")
    assert words in str(refused.value) and "\n" not in str(refused.value)


@given(cut=st.integers(0, 200), place=st.integers(0, 200), byte=st.integers(0, 255))
def test_damaged_files_are_read_or_refused_in_one_line(cut, place, byte):
    data = bytearray(ase(("red", b"RGB ", 1, 0.5, 0), ("sky", b"LAB ", 0.7, -10, -30))[:cut])
    if place < len(data):
        data[place] = byte
    try:
        assert palettes.parse(bytes(data), "a").colors
    except ValueError as error:
        assert str(error).startswith("'a' is no palette: ") and "\n" not in str(error)


def test_what_cannot_be_opened_or_written_is_said_in_one_line(tmp_path):
    for call, words in {
        lambda: palettes.load(tmp_path / "no.gpl"): "cannot read .*no.gpl",
        lambda: palettes.save(HEROINE, tmp_path / "a.aco"): "end its name in .gpl, .ase, .json",
        lambda: Palette(("red",), ("a", "b")): "2 names for 1 colours",
    }.items():
        with pytest.raises(ValueError, match=words):
            call()
    with (tmp_path / "huge.gpl").open("wb") as file:
        file.truncate(palettes.MAX_BYTES + 1)
    with pytest.raises(ValueError, match="is no palette"):
        palettes.load(tmp_path / "huge.gpl")


def test_a_name_is_found_before_colours_of_that_name():
    assert HEROINE.find(" Skin ") == "#f4c29f" and HEROINE.find("MANTEL  SS") == "#27386b"
    assert HEROINE.find("tomato") == "#ff6347" and Palette(("#010203",), ("Tomato",)).find("tomato") == "#010203"
    with pytest.raises(ValueError, match=r"'skn' is not a colour: .*, or a name of the palette \(skin, Mantel ß\)$"):
        HEROINE.find("skn")
    with pytest.raises(ValueError, match="such as 'tomato'$"):
        Palette(("red",)).find("")


def test_a_file_of_brackets_is_no_palette(tmp_path):
    (tmp_path / "deep.json").write_text("[" * 100_000)
    with pytest.raises(ValueError, match="brackets are too deep"):
        palettes.load(tmp_path / "deep.json")
