"""`colorize --palette` and the options that tone: names for hints, hues where there are none, sessions replayed."""

import json

import numpy as np
import pytest
import torch
from PIL import Image

from colornb import methods, palettes
from colornb.__main__ import main
from colornb.color import rgb_to_lab
from colornb.colorizer import Colorizer
from colornb.hints import Point, to_json
from colornb.images import from_uint8, load_image, sample, save_image, to_uint8
from colornb.palettes import Palette
from colornb.toning import Toning

BEARS = Palette(("#8d5a3b", "#27386b", "#f4c29f"), ("Fur", "coat", "nose"), "Bears")


@pytest.fixture
def work(tmp_path):
    """A folder with a photograph, a palette, and small models for points and for regions."""
    save_image(sample("coffee")[..., ::8, ::8], tmp_path / "photo.png")
    palettes.save(BEARS, tmp_path / "bears.gpl")
    methods.save(methods.build("rtug", "tiny"), tmp_path / "rtug" / "network.safetensors", size=32)
    methods.save(methods.build("guiding_painter", "tiny"), tmp_path / "guided" / "network.safetensors", size=32)
    return tmp_path


def painted(work, *words, weights="rtug"):
    """The file that the command writes."""
    out = work / "out.png"
    call = ["colorize", str(work / "photo.png"), "--out", str(out), "--weights", str(work / weights)]
    assert main([*call, *map(str, words)]) == 0
    return out.read_bytes()


def refused(work, capsys, *words):
    call = ["colorize", str(work / "photo.png"), "--out", str(work / "out.png"), "--weights", str(work / "rtug")]
    assert main([*call, *map(str, words)]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    return said


def test_hints_may_use_the_names_of_a_palette(work):
    names = "--palette", work / "bears.gpl"
    plain = painted(work, "--point", "0.3,0.5=#27386b")
    assert painted(work, *names, "--point", "0.3,0.5=Coat") == plain, "with a hint nothing is drawn to its hues"
    rows = json.loads(to_json([Point(0.3, 0.5, "#27386b")]))
    rows["hints"][0]["color"] = "coat"
    (work / "hints.json").write_text(json.dumps(rows))
    assert painted(work, *names, "--hints", work / "hints.json") == plain
    (work / "hints.json").write_text(json.dumps(rows | {"palette": BEARS.to_dict()}))
    assert painted(work, "--hints", work / "hints.json") == plain, "a session may hold its palette"
    asked = painted(work, "--hint", "1=#8d5a3b", weights="guided")
    assert painted(work, *names, "--hint", "1=fur", weights="guided") == asked


def test_without_hints_the_colours_are_drawn_to_the_hues_of_the_palette(work):
    colorizer = Colorizer.load(work / "rtug")
    colorizer.set_image(load_image(work / "photo.png"))
    plain = to_uint8(colorizer.predict())
    colorizer.toning = Toning(palette=BEARS.colors)
    painted(work, "--palette", work / "bears.gpl")
    with Image.open(work / "out.png") as image:
        found = np.array(image)
    assert np.array_equal(found, to_uint8(colorizer.predict()))

    def distance(pixels):
        """Mean degrees from the nearest hue of the palette, of pixels that have colour."""
        _, a, b = rgb_to_lab(from_uint8(pixels))[0]
        colors = torch.cat([rgb_to_lab(from_uint8(np.uint8([[list(bytes.fromhex(c[1:]))]]))) for c in BEARS.colors])
        hues = torch.atan2(colors[:, 2], colors[:, 1]).flatten()
        apart = torch.angle(torch.exp(1j * (torch.atan2(b, a)[..., None] - hues))).abs().amin(-1)
        return float(torch.rad2deg(apart[torch.hypot(a, b) > 5]).mean())

    assert distance(plain) > 10 and distance(found) < 0.25 * distance(plain), (distance(plain), distance(found))


def test_a_folder_is_painted_with_one_palette(work, capsys):
    (work / "in").mkdir()
    save_image(load_image(work / "photo.png"), work / "in" / "photo.png")
    alone = painted(work, "--palette", work / "bears.gpl", "--warmth", "0.5")
    call = ["colorize", str(work / "in"), "--out", str(work / "all"), "--weights", str(work / "rtug")]
    words = ["--palette", str(work / "bears.gpl"), "--warmth", "0.5"]
    for _ in range(2):
        assert main([*call, *words]) == 0
    assert (work / "all" / "photo.png").read_bytes() == alone
    palettes.save(Palette(("red",)), work / "bears.gpl")
    capsys.readouterr()
    assert main([*call, *words]) == 2
    assert "was painted with another palette" in capsys.readouterr().err


def test_a_session_is_replayed_with_its_toning_and_options_come_before_it(work):
    hints, toning = [Point(0.3, 0.5, "tomato")], Toning(1.5, 0.8, -0.4)
    colorizer = Colorizer.load(work / "rtug")
    colorizer.set_image(load_image(work / "photo.png"))
    colorizer.toning = toning
    session = work / "session.json"
    session.write_text(json.dumps(json.loads(to_json(hints)) | {"toning": toning.to_dict()}))
    found = painted(work, "--hints", session)
    with Image.open(work / "out.png") as image:
        assert np.array_equal(np.array(image), to_uint8(colorizer.predict(hints)))
    by_hand = ["--point", "0.3,0.5=tomato", "--vividness", "1.5", "--strength", "0.8", "--warmth=-0.4"]
    assert painted(work, *by_hand) == found
    plain = painted(work, "--point", "0.3,0.5=tomato")
    neutral = ["--vividness", "1", "--strength", "1", "--warmth", "0"]
    assert painted(work, "--hints", session, *neutral) == plain != found


def test_wrong_palettes_names_and_numbers_are_refused_in_one_line(work, capsys):
    names = "--palette", work / "bears.gpl"
    said = refused(work, capsys, *names, "--point", "0.3,0.5=cot")
    assert "'cot' is not a colour: write #rrggbb" in said and "a name of the palette (Fur, coat, nose)" in said
    assert "photo.png' is no palette: it is neither" in refused(work, capsys, "--palette", work / "photo.png")
    assert "cannot read" in refused(work, capsys, "--palette", work / "no.gpl")
    assert "--vividness: 3 cannot be: give a number from 0 to 2" in refused(work, capsys, "--vividness", "3")
    assert "--warmth: nan cannot be: give a number from -1 to 1" in refused(work, capsys, "--warmth", "nan")
    (work / "a.json").write_text(json.dumps({"colornb": 1, "hints": [], "toning": {"warmth": 7}}))
    assert "warmth 7 cannot be" in refused(work, capsys, "--hints", work / "a.json")
    (work / "a.json").write_text(json.dumps({"colornb": 1, "hints": [], "palette": 7}))
    assert "the palette of the session' is no palette" in refused(work, capsys, "--hints", work / "a.json")
