"""Whatever file somebody brings, all the way: a picture of its size comes out, or one line that names the file."""

import numpy as np
import pytest
import torch
from hostile_files import hostile, opened_size
from PIL import Image

from colornb import checkpoints
from colornb.__main__ import main
from colornb.colorizer import Colorizer, lightness
from colornb.images import ImageError, load_image, load_with_metadata, save_image, size_of

NAMES = ["a.png", "a.jpg", "a.JPEG", "a.tif", "a.gif", "a", "a b.webp", "ä日.bmp", "a.txt", "x" * 240 + ".png"]
LOSS = {".png": 0.01, ".jpg": 0.06, ".webp": 0.15, ".tif": 0.01}
pytestmark = pytest.mark.filterwarnings("error")  # they would be further lines on stderr
SIZE = 24  # pixels that the network sees


@pytest.fixture(scope="module")
def colorizers():
    return [Colorizer.load(name, SIZE) for name in (checkpoints.FOR_PHOTOGRAPHS, checkpoints.FOR_DRAWINGS)]


@pytest.fixture
def file(seed, tmp_path):
    """A file of any kind, under any name, and a place for what comes of it."""
    random = np.random.default_rng(seed)
    data = hostile(random)
    path = tmp_path / NAMES[random.integers(len(NAMES))]
    path.write_bytes(data)
    return path, tmp_path / f"out{[*LOSS][random.integers(len(LOSS))]}"


def check(out, source):
    """Other programs open what was written, as large as the picture was; and how it looks to us, before and after."""
    width, height = opened_size(source.read_bytes()) or size_of(source)[::-1]
    with Image.open(out) as written:
        written.load()
        assert written.size == (width, height) and 0x0112 not in written.getexif()
    before, after = load_image(source), load_image(out)
    assert before.shape == after.shape == (1, 3, height, width) and size_of(source) == (height, width)
    assert after.max() > 0.02 or before.max() < 0.1, "black"
    return before, after


def away(one, other):
    return (one - other).abs().mean()


@pytest.mark.sampled(30)
@pytest.mark.parametrize("seed", range(1000))
def test_any_file_is_painted_by_both_models_or_refused(file, colorizers):
    path, out = file
    try:
        image, metadata = load_with_metadata(path)
    except ImageError as error:
        assert "\n" not in str(error) and str(error).startswith(f"'{path}'") and ": " in str(error)
        return
    for colorizer in colorizers:
        colorizer.set_image(image)
        painted = colorizer.predict()
        assert (
            painted.shape == image.shape and torch.isfinite(painted).all() and 0 <= painted.min() <= painted.max() <= 1
        )
        save_image(painted, out, like=metadata)
        before, after = check(out, path)
        clear = 0 if metadata.alpha is None or out.suffix == ".jpg" else 1 - torch.from_numpy(metadata.alpha)
        assert away(after, painted.clamp(min=clear)) < LOSS[out.suffix]
        if colorizer.network.condition == "L":
            assert away(lightness(after), lightness(before)) < LOSS[out.suffix]


@pytest.mark.sampled(30)
@pytest.mark.parametrize("seed", range(1000))
def test_the_command_paints_any_file_or_says_one_line(file, capsys):
    path, out = file
    status = main(["colorize", str(path), "--out", str(out), "--size", str(SIZE), "--device", "cpu"])
    said = capsys.readouterr().err
    assert said.count("\n") == 1 and said.startswith("colornb: ")
    if status == 0:
        before, after = check(out, path)
        assert "type: drawing" in said or away(lightness(after), lightness(before)) < LOSS[out.suffix]
    else:
        assert status == 2 and f"'{path}'" in said
        assert [place.name for place in path.parent.iterdir()] == [path.name], "nothing else is left"
