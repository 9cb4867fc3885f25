"""Train the networks of both papers at their full size, one after the other, and measure them.

    python tools/full_size.py --photographs FOLDER --drawings FOLDER --out runs/full --steps 100000 --batch-size 16

256 pixels, 64 channels, 30 regions, presets `paper` and `code`: RTUG learns classes of colour first and colours after,
the edge-enhancing network learns on the result, and GuidingPainter once as printed and once as published. The same call
goes on where it was cut short. What follows `--` goes to each training: `-- --devices 4 --precision bf16-mixed`.

OUT/full_size.json says of each network what its loss was at first and at last, how long a step took, and how much
memory it needed. OUT/NAME.json is what `evaluate` measures on the split test; `--features inception` makes the distance
FID and `--lpips alex` the authors' LPIPS, where their weights can be had.
"""

import argparse
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from colornb import checkpoints
from colornb.commands._options import Help
from colornb.evaluation import write_results
from colornb.training import read_history

COLORNB = [sys.executable, "-m", "colornb"]
NOTED = 10  # rows of the history that each run keeps
REFUSED = 2  # a status: what the command says itself is enough


class Stage(NamedTuple):
    """One network; `start` names the stage with whose weights it begins, `backbone` the one that it stands on."""

    name: str
    method: str
    preset: str
    pictures: str
    start: str = ""
    backbone: str = ""


STAGES = (
    Stage("rtug-classes", "rtug", "classification", "photographs"),
    Stage("rtug", "rtug", "paper", "photographs", start="rtug-classes"),
    Stage("edge_enhancing", "edge_enhancing", "paper", "photographs", backbone="rtug"),
    Stage("guiding_painter-paper", "guiding_painter", "paper", "drawings"),
    Stage("guiding_painter-code", "guiding_painter", "code", "drawings"),
)


def main(argv: Sequence[str] | None = None) -> None:
    """Train, and say what was seen after each network."""
    options = _options(argv)
    rows = []
    for stage in STAGES:
        if stage.name in options.only:
            rows.append(_train(stage, options))
            about = {name: getattr(options, name) for name in ("size", "steps", "batch_size", "seed", "command")}
            write_results(options.out / "full_size.json", rows, device=rows[-1].pop("device"), **about)
            _measure(stage, options)


def _options(argv: Sequence[str] | None) -> argparse.Namespace:
    words = list(sys.argv[1:] if argv is None else argv)
    given, more = (words[: words.index("--")], words[words.index("--") + 1 :]) if "--" in words else (words, [])
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0], formatter_class=Help)
    parser.add_argument("--photographs", nargs="+", required=True, help="folders of photographs, or names of datasets")
    parser.add_argument("--drawings", nargs="+", required=True, help="folders of drawings, or names of datasets")
    parser.add_argument(
        "--out", required=True, type=Path, help="folder of the runs; it goes on from what it finds there"
    )
    parser.add_argument("--steps", type=int, default=100_000, help="updates of each network")
    parser.add_argument("--batch-size", type=int, default=16, help="pictures a step")
    parser.add_argument("--size", type=int, default=256, help="side of the pictures in pixels")
    parser.add_argument("--set", action="append", default=[], metavar="FIELD=VALUE", help="smaller, for a trial")
    parser.add_argument("--tests", type=int, default=1000, help="pictures to measure on; 0: none")
    parser.add_argument("--features", default="inception", help="of Fréchet distances; inception makes it FID")
    parser.add_argument("--lpips", default="alex", help="backbone of LPIPS, where scribbles are measured")
    parser.add_argument("--seed", type=int, default=0, help="of all that is drawn by chance")
    names = [stage.name for stage in STAGES]
    parser.add_argument("--only", nargs="+", default=names, choices=names, metavar="NAME", help="networks to train")
    options = parser.parse_args(given)
    options.more, options.command = more, " ".join(["python", "tools/full_size.py", *words])
    return options


def _train(stage: Stage, options: argparse.Namespace) -> dict[str, Any]:
    """Train one network, or go on; what was seen."""
    out = options.out / stage.name
    words = ["train", stage.method, "--preset", stage.preset, "--data", *getattr(options, stage.pictures)]
    words += ["--out", str(out), "--size", str(options.size), "--augment", "--seed", str(options.seed)]
    words += ["--steps", str(options.steps), "--batch-size", str(options.batch_size)]
    words += ["--save-every", str(max(1, options.steps // NOTED))]
    for setting in [] if stage.backbone else options.set:
        words += ["--set", setting]
    if stage.start:
        words += ["--start", _weights(options, stage.start)]
    if stage.backbone:
        words += ["--set", f"backbone={_weights(options, stage.backbone)}"]
    peak = _run([*words, *options.more])
    state, about = checkpoints.read(out / "network.safetensors")
    history = read_history(out)
    first, last = history[0], history[-1]
    return {
        "network": stage.name,
        "method": stage.method,
        "preset": stage.preset,
        "parameters": sum(value.numel() for value in state.values()),
        "steps": last["step"],
        "seconds": round(60 * last["minutes"] / last["step"], 2),  # of a step
        "loss": {name: [first[name], last[name]] for name in first if name not in ("step", "minutes")},
        "peak_mb": peak,
        "file_mb": round((out / "network.safetensors").stat().st_size / 1e6, 1),
        "device": about["device"],
    }


def _weights(options: argparse.Namespace, name: str) -> str:
    return str(options.out / name / "network.safetensors")


def _measure(stage: Stage, options: argparse.Namespace) -> None:
    """What `evaluate` says of it on pictures that it has not seen."""
    if not options.tests:
        return
    words = ["evaluate", _weights(options, stage.name), "--data", *getattr(options, stage.pictures)]
    words += ["--size", str(options.size), "--pictures", str(options.tests)]
    words += ["--out", str(options.out / f"{stage.name}.json")]
    scribbles = ["--scribbles", str(options.tests), "--lpips", options.lpips]
    _run(words + (scribbles if stage.backbone else ["--features", options.features]))


def _run(words: list[str]) -> float | None:
    """Run a command of the package; the most memory of the processor that it took, in MB, where the system says."""
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).resolve().parents[1])}
    process = subprocess.Popen([*COLORNB, *words], env=environment)
    if not hasattr(os, "wait4"):
        status, peak = process.wait(), None
    else:
        _, code, usage = os.wait4(process.pid, 0)
        status = process.returncode = os.waitstatus_to_exitcode(code)
        peak = round(usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024) / 1e6)
    if status:
        raise SystemExit(status if status == REFUSED else f"full_size: {' '.join(words)} ended with {status}")
    return peak


if __name__ == "__main__":
    main()
