"""Train the networks that are shipped within a time that is given: side by side on one card, or for hours without one.

    python tools/gpu_plan.py pack FOLDER .. --out photos.npz
    python tools/gpu_plan.py train --data photos.npz --out OUT --minutes 9
    python tools/gpu_plan.py train --data photos.npz --out NEXT --minutes 9 --start OUT

OUT gets NAME.safetensors for each job, in half precision, written anew every minute: what is there when the time is
cut short is good. The runs themselves lie in --runs; the same call goes on with one that was cut short, and gives more
time to one that has ended. --start begins new runs with the weights that came back from another machine.

A pack is one .npz that any packer can write: `blob` (uint8, the bytes of all files concat: WebP, JPEG, PNG), `start`
and `end` (int64: where each file lies in it) and `name` (words). `pack` keeps files that are no larger than --side as
they are, shrinks the others, and with --part-mib begins another file where one is full; `encoder.safetensors` beside it
holds the ImageNet weights that two of the networks begin with, if they are installed here, for --encoder there.

Needed are numpy, torch, Pillow, OpenCV, tqdm, safetensors and lightning (or lightning-fabric).
"""

import argparse
import io
import json
import multiprocessing
import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from colornb import checkpoints, data, methods
from colornb.commands._options import Help, share_of
from colornb.data._files import list_images
from colornb.evaluation import evaluate, git_revision
from colornb.files import atomic_write
from colornb.images import load_image, resize, to_uint8
from colornb.training import ENDLESS, read_history, train

RESERVE = 0.4  # minutes for the last measurement and the last weights
FIRST = 0.65  # share of the time for the first stage, where there is a second
COUNTS = (0, 1, 20)  # hints with which the history measures


@dataclass(frozen=True)
class Job:
    """One network of the plan; `after` names the job whose network it is built upon: it waits for it."""

    name: str
    method: str
    preset: str
    changes: dict[str, Any] = field(default_factory=dict)
    again: dict[str, Any] = field(default_factory=dict)  # changes where it begins with trained weights
    batch: int = 128
    after: str | None = None
    pictures: str = "data"  # or "drawings": the option that names its packs
    elsewhere: dict[str, str] = field(default_factory=dict)  # parts that are shipped already, and need not come back


GUIDE = "guiding_painter-drawing"
PLAN = (  # in order of value; `DEFAULT` are the jobs that are ready
    Job("photo", "efficient_unet", "large", again={"lr": 1e-3, "tune_from": 0.0}),
    Job("rtug", "rtug", "small", {"lr": 1e-3}, again={"lr": 5e-4}),
    Job(
        "drawing", "guided_unet", "drawing", again={"lr": 1e-3, "tune_from": 0.0}, pictures="drawings",
        elsewhere={"guide": GUIDE},
    ),
    Job("regions", "guiding_painter", "small", {"areas": 0.5}, pictures="drawings", batch=32),
    Job("edges-photo", "edge_enhancing", "context", batch=32, after="photo"),
    Job("edges-rtug", "edge_enhancing", "context", batch=32, after="rtug"),
    Job(
        "edges-drawing", "edge_enhancing", "context", batch=32, after="drawing", pictures="drawings",
        elsewhere={"backbone.guide": GUIDE},
    ),
)  # fmt: skip
DEFAULT = ("photo", "rtug")
JOBS = {job.name: job for job in PLAN}


def main() -> None:
    """Pack, or train."""
    options = _options()
    if options.do == "pack":
        pack(options.folders, options.out, options.side, options.part_mib)
    elif failed := run_plan(options):
        raise SystemExit(f"gpu_plan: {', '.join(failed)} failed, see above")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0], formatter_class=Help)
    do = parser.add_subparsers(dest="do", required=True, help="what to do")
    packing = do.add_parser("pack", help="put pictures into one file", formatter_class=Help)
    packing.add_argument("folders", nargs="+", type=Path, help="folders of pictures")
    packing.add_argument("--out", required=True, type=Path, help="the pack to write, NAME.npz")
    packing.add_argument("--side", type=int, default=128, help="the short side is shrunk to so many pixels")
    packing.add_argument("--part-mib", type=float, help="begin another file after so many MiB: NAME-1.npz ..")
    training = do.add_parser("train", help="train for so many minutes", formatter_class=Help)
    training.add_argument("--data", nargs="+", required=True, help="packs of photographs; A.npz=3 B.npz=1 mixes them")
    training.add_argument("--drawings", nargs="+", default=[], help="packs of drawings")
    training.add_argument("--val", nargs="+", default=[], help="packs to measure on while training")
    training.add_argument("--out", required=True, type=Path, help="folder for the weights")
    training.add_argument("--minutes", required=True, type=float, help="how long all jobs may take together")
    training.add_argument(
        "--jobs", nargs="+", default=DEFAULT, choices=sorted(JOBS), metavar="NAME", help="networks to train"
    )
    training.add_argument("--runs", type=Path, default=Path("runs/gpu_plan"), help="folder to go on from")
    training.add_argument("--start", type=Path, help="folder of NAME.safetensors to begin with")
    training.add_argument("--encoder", type=Path, help="the ImageNet weights, as packed")
    training.add_argument("--size", type=int, default=128, help="side of the pictures in pixels")
    training.add_argument("--batch", type=int, help="pictures a step, for all jobs")
    training.add_argument("--preset", help="of all jobs, such as tiny")
    return parser.parse_args()


def pack(folders: list[Path], out: Path, side: int, part_mib: float | None) -> None:
    """Write the pictures of some folders as packs, and the encoder's weights beside them."""
    files = [(file, folder) for folder in folders for file in list_images(folder)]
    if not files:
        raise SystemExit(f"no pictures in {', '.join(map(str, folders))}: give folders that hold some")
    order = np.random.default_rng(0).permutation(len(files))
    parts: list[list[tuple[str, bytes]]] = [[]]
    room = limit = np.inf if part_mib is None else part_mib * 2**20
    for file, folder in (files[number] for number in order):
        blob = _bytes(file, side)
        if len(blob) > room:
            parts.append([])
            room = limit
        room -= len(blob)
        parts[-1].append((f"{folder.name}/{file.relative_to(folder).as_posix()}", blob))
    for number, part in enumerate(parts):
        write_pack(out if len(parts) == 1 else out.with_stem(f"{out.stem}-{number}"), part)
    _pack_encoder(out.with_name("encoder.safetensors"))


def write_pack(path: Path, files: list[tuple[str, bytes]]) -> None:
    """Write named files as a pack."""
    names, blobs = zip(*files, strict=True)
    end = np.cumsum([len(blob) for blob in blobs])
    start = end - [len(blob) for blob in blobs]
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez(path, blob=np.frombuffer(b"".join(blobs), np.uint8), start=start, end=end, name=np.array(names))
    print(f"{len(names)} pictures, {path.stat().st_size / 2**20:.1f} MiB -> {path}")


def _bytes(file: Path, side: int) -> bytes:
    with Image.open(file) as picture:
        if min(picture.size) <= side and picture.format in ("JPEG", "WEBP"):
            return file.read_bytes()
    small = resize(load_image(file, max_side=None), side)
    buffer = io.BytesIO()
    Image.fromarray(to_uint8(small)).save(buffer, "WEBP", quality=90)
    return buffer.getvalue()


def _pack_encoder(path: Path) -> None:
    from colornb.lite0 import NOTICE, Encoder

    encoder = Encoder()
    try:
        encoder.load_published()
    except FileNotFoundError as error:
        print(f"no {path.name}: {error}")
        return
    checkpoints.write(path, encoder.state_dict(), {"notice": NOTICE}, half=True)
    print(f"the encoder -> {path}")


def read_pack(path: Path, size: int) -> np.ndarray:
    """The squares of a pack, (n, 3, size, size) uint8: the short side is scaled, the middle kept."""
    with np.load(path) as file:
        blob, start, end = file["blob"], file["start"], file["end"]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return np.stack(list(pool.map(lambda a, b: _square(blob[a:b].tobytes(), size), start, end)))


def _square(blob: bytes, size: int) -> np.ndarray:
    rgb = resize(load_image(blob, max_side=None), size)
    top, left = ((side - size) // 2 for side in rgb.shape[-2:])
    square = rgb[0, :, top : top + size, left : left + size]
    return (255 * square).round().to(torch.uint8).numpy()


def run_plan(options: argparse.Namespace) -> list[str]:
    """Train the chosen jobs, those that others wait for first; the names of those that failed."""
    began = time.monotonic()
    for file in {share_of(text)[0] for text in (*options.data, *options.drawings, *options.val)}:
        squares = _squares_file(file, options)
        if not squares.is_file():
            squares.parent.mkdir(parents=True, exist_ok=True)
            np.save(squares, read_pack(Path(file), options.size))
    chosen = [job for job in PLAN if job.name in options.jobs]
    first, second = ([job for job in chosen if bool(job.after) == later] for later in (False, True))
    failed = []
    for stage, share in ((first, FIRST if second else 1.0), (second, 1.0)):
        left = options.minutes - RESERVE - (time.monotonic() - began) / 60
        failed += _run_stage(stage, time.time() + 60 * share * left, options)
    return failed


def _run_stage(stage: list[Job], until: float, options: argparse.Namespace) -> list[str]:
    """Train some jobs side by side, each in a process of its own."""
    spawn = multiprocessing.get_context("spawn")
    threads = max(1, (os.cpu_count() or 1) // max(1, len(stage)))
    running = {
        job.name: spawn.Process(target=train_job, args=(job, until, threads, options), daemon=True) for job in stage
    }
    for process in running.values():
        process.start()
    for process in running.values():
        process.join()
    return [name for name, process in running.items() if process.exitcode]


def train_job(job: Job, until: float, threads: int, options: argparse.Namespace) -> None:
    """Train one network until that time (as of `time.time`), and write it every minute."""
    torch.set_num_threads(threads)
    torch.backends.cudnn.benchmark = True
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    folder = options.runs / job.name
    network = _network(job, options)
    recipe = methods.recipe(network)
    pictures = _pictures(getattr(options, job.pictures), options).to(device)
    about = {
        "size": options.size,
        "data": [Path(text).name for text in getattr(options, job.pictures)],
        "pictures": len(pictures),
        "device": torch.cuda.get_device_name() if device.type == "cuda" else device.type,
        "commit": git_revision(),
    }
    ticks = train(
        recipe,
        pictures,
        minutes=_budget(folder, max(0.02, (until - time.time()) / 60)),
        batch_size=options.batch or job.batch,
        out=folder,
        every=20,
        save_every=ENDLESS,
        save_minutes=1.0,
        augment=data.augment,
        measure=_measure(options, device),
        fabric=_fabric(device),
        about=about,
    )
    written, tick = 0.0, None
    for tick in ticks:  # noqa: B007 (used after it)
        if time.monotonic() - written > 60:
            _write(recipe.kept, job, options, about | {"steps": tick.step})
            written = time.monotonic()
            print(f"{job.name}: step {tick.step}, {tick.summary()}", flush=True)
    if tick:
        _write(recipe.kept, job, options, about | {"steps": tick.step})
        print(f"{job.name}: {json.dumps(read_history(folder)[-1])}", flush=True)


def _write(network: torch.nn.Module, job: Job, options: argparse.Namespace, about: dict[str, Any]) -> None:
    about = methods.describe(network, **about, history=read_history(options.runs / job.name))
    options.out.mkdir(parents=True, exist_ok=True)
    elsewhere = {} if options.preset else job.elsewhere
    checkpoints.bundle(network.state_dict(), about, job.name, elsewhere, options.out)


def _network(job: Job, options: argparse.Namespace) -> torch.nn.Module:
    """The network that a job begins with."""
    start = _start(job, options)
    if start.is_file():
        begun = methods.load(start)
        network = methods.build(job.method, begun.config, **job.again)
        checkpoints.load_strictly(network, begun.state_dict(), str(start))
        return network
    backbone = {"backbone": str(options.out / f"{job.after}.safetensors")} if job.after else {}
    changes = {} if options.preset else job.changes
    network = methods.build(job.method, options.preset or job.preset, **changes, **backbone)
    part = getattr(network, "unet", network)
    if options.encoder and hasattr(part, "encoder"):
        checkpoints.load_strictly(part.encoder, checkpoints.read(options.encoder)[0], str(options.encoder))
    return network


def _start(job: Job, options: argparse.Namespace) -> Path:
    return (options.start or Path()) / f"{job.name}.safetensors"


def _budget(folder: Path, minutes: float) -> float:
    """How long a run shall be in all: as was planned, where it was cut short; longer by `minutes`, where it ended."""
    path = folder / "minutes.json"
    before = json.loads(path.read_text()) if path.is_file() else 0.0
    if before and not (folder / "network.safetensors").is_file():
        return before
    (folder / "network.safetensors").unlink(missing_ok=True)
    atomic_write(path, json.dumps(before + minutes).encode())
    return before + minutes


def _pictures(packs: list[str], options: argparse.Namespace) -> data.Dataset:
    """Some packs as one dataset."""
    if not packs:
        raise SystemExit("gpu_plan: no pictures for a job: name packs with --data or --drawings")
    parts, shares = [], []
    for file, share in map(share_of, packs):
        squares = np.load(_squares_file(file, options), mmap_mode="c")
        parts.append(data.Pictures(Path(file).stem, "train", torch.from_numpy(squares)))
        shares.append(len(squares) if share is None else share)
    return data.mix(parts, shares)


def _squares_file(file: str, options: argparse.Namespace) -> Path:
    """Where the decoded squares of a pack lie; another pack of the same name has another size, or time."""
    stat = Path(file).stat()
    return options.runs / "squares" / f"{Path(file).stem}-{options.size}-{stat.st_size}-{stat.st_mtime_ns}.npy"


def _measure(options: argparse.Namespace, device: torch.device) -> Any:
    if not options.val:
        return None
    pictures = _pictures(options.val, options).to(device)

    def measure(network: torch.nn.Module) -> dict[str, float]:
        rows = evaluate(network, pictures, COUNTS if network.hint_kinds else COUNTS[:1])
        return {f"psnr{row['hints']}": round(row["psnr"], 3) for row in rows}

    return measure


def _fabric(device: torch.device) -> Any:
    try:
        from lightning_fabric import Fabric
    except ImportError:
        from lightning.fabric import Fabric
    on_gpu = device.type == "cuda"
    return Fabric(accelerator=device.type, devices=1, precision="bf16-mixed" if on_gpu else "32-true")


if __name__ == "__main__":
    main()
