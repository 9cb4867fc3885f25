"""What training on as many pictures as ImageNet has takes here, and how much faster several processes are than one.

python -m benchmarks.scale [--pictures 1281167] [--size 128] [--json OUT]

Of the pictures only a few are decoded: seconds and bytes of all go by their number. All of them stand in a folder, as
links to the few, and in a cache, as a file that says it is so long and holds nothing: what it takes to open them is
not reckoned but measured, in a process of its own. Pixels that lie on a disk are read at the speed of that disk.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import torch

from benchmarks.bench import machine
from colornb import data
from colornb.commands._options import Help
from colornb.data import _decode
from colornb.evaluation import write_results
from colornb.images import save_image
from colornb.training import read_history

IMAGENET = 1_281_167
FEW, SIDE = 64, 400  # pictures that there are, and their side in pixels, about that of ImageNet's
A_FOLDER = 1300  # pictures of a class
BATCH, BATCHES = 32, 50
STEPS = 40  # of a training, of which the last three quarters count
Row = dict[str, Any]


def main() -> None:
    """Measure, show it, and write it down if asked to."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.scale", description=__doc__.splitlines()[0], formatter_class=Help
    )
    parser.add_argument("--pictures", type=int, default=IMAGENET, help="how many there are")
    parser.add_argument("--size", type=int, default=128, help="side of the squares that they become, in pixels")
    parser.add_argument("--devices", type=int, nargs="+", default=[1, 2], help="how many processes train together")
    parser.add_argument("--json", metavar="OUT", help="write the numbers to this file")
    parser.add_argument("--open", metavar="FOLDER", help=argparse.SUPPRESS)  # what the process of its own does
    given = parser.parse_args()
    if given.open:
        print(json.dumps(open_all(given.open, given.size)))
        return
    rows = []
    for row in measure(given.pictures, given.size, given.devices):
        print(*(f"{name} {round(value, 2) if isinstance(value, float) else value}" for name, value in row.items()))
        rows.append(row)
    if given.json:
        write_results(given.json, rows, **machine(1), pictures=given.pictures, size=given.size, batch_size=BATCH)


def measure(pictures: int, size: int, devices: list[int]) -> Iterator[Row]:
    """Rows: decoding, opening what is decoded, and training by so many processes."""
    with tempfile.TemporaryDirectory() as folder, mock.patch.dict(os.environ, COLORNB_CACHE=f"{folder}/cache"):
        few, many = Path(folder, "few"), Path(folder, "imagenet", "train")
        seconds = decode_few(few, size)
        disk = 3 * size**2 * pictures / 1e9
        yield {"what": "decode", "hours": seconds * pictures / 3600, "cores": os.cpu_count(), "disk_gb": disk}
        link_all(few, many, pictures)
        with mock.patch.object(_decode, "_write", pretend):
            data.open("imagenet", "train", size, root=many.parent)
        call = [sys.executable, "-m", "benchmarks.scale", "--open", str(many.parent), "--size", str(size)]
        yield {"what": "open"} | json.loads(subprocess.run(call, check=True, capture_output=True, text=True).stdout)
    for number in devices:
        yield {"what": "train", "devices": number, "pictures_per_second": training_speed(number)}


def decode_few(folder: Path, size: int) -> float:
    """Write a few pages of the storybook as JPEG files, decode them, and return the seconds that one takes."""
    folder.mkdir()
    pages = data.open("storybook", "train", SIDE, n=FEW).rgb
    for number, page in enumerate(pages):
        save_image(page[None].float() / 255, folder / f"{number:04}.jpg")
    began = time.perf_counter()
    data.open(folder, "all", size, keep_gray=True)
    return (time.perf_counter() - began) / FEW


def link_all(few: Path, many: Path, pictures: int) -> None:
    """A folder of classes, whose files are links to a few."""
    files = sorted(few.iterdir())
    for number in range(pictures):
        place = many / f"n{number // A_FOLDER:08}"
        if number % A_FOLDER == 0:
            place.mkdir(parents=True)
        os.link(files[number % len(files)], place / f"{number:07}.jpg")


def pretend(job: _decode.Job, file: Path) -> _decode.DecodeReport:
    """Instead of decoding: a file as long as all pictures together, which takes no room on the disk."""
    with file.open("wb") as stream:
        stream.truncate(3 * job.size**2 * len(job.paths))
    return _decode.DecodeReport(kept=list(range(len(job.paths))))


def open_all(folder: str, size: int) -> Row:
    """Open what is decoded, and take some batches at random."""
    began = time.perf_counter()
    pictures = data.open("imagenet", "train", size, root=folder)
    seconds = time.perf_counter() - began
    first, again = (batch_seconds(pictures) for _ in range(2))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024) / 1e6
    return {
        "pictures": len(pictures),
        "seconds": seconds,
        "first_ms": 1000 * first,
        "again_ms": 1000 * again,
        "peak_mb": peak,
    }


def batch_seconds(pictures: data.Dataset) -> float:
    """What a batch takes, the same ones at each call."""
    draw, began = torch.Generator().manual_seed(0), time.perf_counter()
    for _ in range(BATCHES):
        pictures.batch(torch.randint(len(pictures), (BATCH,), generator=draw))
    return (time.perf_counter() - began) / BATCHES


def training_speed(devices: int) -> float:
    """Pictures a second of a training by so many processes of one thread each."""
    with tempfile.TemporaryDirectory() as folder:
        call = f"train rtug --preset small --data storybook --pictures 256 --size 64 --batch-size 16 --steps {STEPS}"
        call += f" --save-every {STEPS // 4} --device cpu --threads 1 --devices {devices} --out {folder}/run"
        environment = os.environ | {"OMP_NUM_THREADS": "1"}
        subprocess.run([sys.executable, "-m", "colornb", *call.split()], check=True, env=environment)
        first, *_, last = read_history(f"{folder}/run")
    steps, minutes = last["step"] - first["step"], last["minutes"] - first["minutes"]
    return 16 * devices * steps / (60 * minutes)


if __name__ == "__main__":
    main()
