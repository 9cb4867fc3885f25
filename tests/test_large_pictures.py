"""Pictures of a hundred megapixels are painted at their own size, in the memory of a laptop."""

import subprocess
import sys

import pytest
import torch
from PIL import Image

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


def test_a_photograph_of_a_hundred_megapixels_takes_six_gigabytes_at_most(tmp_path, campaign):
    if not campaign:
        pytest.skip("a minute and gigabytes: make campaign")
    colors = torch.rand(1, 3, 12, 16, generator=torch.Generator().manual_seed(0))
    save_image(torch.nn.functional.interpolate(colors, (HEIGHT, WIDTH), mode="bilinear"), tmp_path / "large.jpg")
    command = ["colorize", str(tmp_path / "large.jpg"), "--kind", "photo", "--point", "0.5,0.5=tomato"]
    command += ["--max-side", str(WIDTH), "--out", str(tmp_path / "out.jpg")]
    done = subprocess.run([sys.executable, "-c", PAINT, *command], capture_output=True, text=True, check=True)
    assert float(done.stdout.splitlines()[-1]) < MOST
    with Image.open(tmp_path / "out.jpg") as painted:
        assert painted.size == (WIDTH, HEIGHT)
