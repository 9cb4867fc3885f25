"""Pictures of a hundred megapixels are painted at their own size, in the memory of a laptop."""

import subprocess
import sys

import pytest
import torch
from PIL import Image

from colornb import data, sketch
from colornb.images import save_image

pytestmark = [pytest.mark.slow, pytest.mark.timeout(3000)]
HEIGHT, WIDTH, MOST = 8660, 11547, 6.0  # pixels; GB
PAINT = """
import resource, sys, torch
from colornb.__main__ import main
torch.set_num_threads(2)
assert main(sys.argv[1:]) == 0
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6)
"""


@pytest.mark.parametrize("kind", ["photo", "drawing"])
def test_a_picture_of_a_hundred_megapixels_takes_six_gigabytes_at_most(kind, tmp_path, campaign):
    if not campaign:
        pytest.skip("minutes and gigabytes: make campaign")
    picture, hint = {
        "photo": (torch.rand(1, 3, 12, 16, generator=torch.Generator().manual_seed(0)), "--point=0.5,0.5=tomato"),
        "drawing": (sketch(data.open("storybook", "test", size=512, n=1).rgb / 255, "clean"), "--hint=1=tomato"),
    }[kind]
    large = torch.nn.functional.interpolate(picture, (HEIGHT, WIDTH), mode="bilinear")
    save_image(large.expand(1, 3, -1, -1), tmp_path / "large.jpg")
    command = ["colorize", str(tmp_path / "large.jpg"), "--kind", kind, hint]
    command += ["--max-side", str(WIDTH), "--out", str(tmp_path / "out.jpg")]
    done = subprocess.run([sys.executable, "-c", PAINT, *command], capture_output=True, text=True, check=True)
    assert float(done.stdout.splitlines()[-1]) < MOST
    with Image.open(tmp_path / "out.jpg") as painted:
        assert painted.size == (WIDTH, HEIGHT)
