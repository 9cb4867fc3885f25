"""CPU time of strokes in the Studio beside that of an earlier commit, with the same checkpoint, in turns.

python -m benchmarks.against [COMMIT] [--checkpoint NAME] [--size 256] [--repeats 5] [--json OUT]

A stroke is what a widget waits for: `Colorizer.preview`, or `predict` where there was no preview yet. Both commits take
turns in fresh processes of one thread; the ratio is that of each turn by itself.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch

from benchmarks.bench import ROOT, machine
from colornb.commands._options import Help, whole
from colornb.evaluation import write_results
from colornb.evaluation.statistics import bootstrap_ci

BEFORE = "c76d840"  # before previews, running sums, and edges where they are asked for
TURNS = 5  # within a process
Row = dict[str, Any]


def main() -> None:
    """Measure, show it, and write it down if asked to."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.against", description=__doc__.splitlines()[0], formatter_class=Help
    )
    parser.add_argument("commit", nargs="?", default=BEFORE, help="the earlier one, of this repository")
    parser.add_argument("--checkpoint", default="edge_enhancing-natural", help="a shipped one that takes points")
    parser.add_argument("--size", type=whole(32), default=256, help="side that the network sees, in pixels")
    parser.add_argument("--repeats", type=whole(2), default=5, help="processes of each")
    parser.add_argument("--json", metavar="OUT", help="write the numbers to this file")
    given = parser.parse_args()
    rows = measure(given.commit, given.checkpoint, given.size, given.repeats)
    for row in rows:
        print("{stroke}: {ms:.0f} ms, before {before_ms:.0f} ms: {ratio:.2f} ± {ci:.2f}".format(**row))
    if given.json:
        about = {"before": given.commit, "checkpoint": given.checkpoint, "size": given.size, "repeats": given.repeats}
        write_results(given.json, rows, **machine(1), **about)


def measure(commit: str, checkpoint: str, size: int, repeats: int) -> list[Row]:
    """A row for each stroke."""
    with checked_out(commit) as earlier:
        turns = [(strokes(ROOT, checkpoint, size), strokes(earlier, checkpoint, size)) for _ in range(repeats)]
    return [compared(stroke, [(now[stroke], before[stroke]) for now, before in turns]) for stroke in turns[0][0]]


@contextmanager
def checked_out(commit: str) -> Iterator[Path]:
    """The files of a commit, in a folder of their own for a while."""
    with tempfile.TemporaryDirectory() as folder:
        archive = subprocess.run(["git", "archive", commit, "colornb"], cwd=ROOT, capture_output=True)
        if archive.returncode:
            raise SystemExit(f"{commit} is no commit of this repository: {archive.stderr.decode().strip()}")
        subprocess.run(["tar", "-x", "-C", folder], input=archive.stdout, check=True)
        yield Path(folder)


def strokes(root: Path, checkpoint: str, size: int) -> dict[str, float]:
    """CPU ms of each stroke by the package in this folder, the median of some, with the weights of today's."""
    weights = ROOT / "colornb" / "checkpoints" / f"{checkpoint}.safetensors"
    if not weights.exists():
        raise SystemExit(f"{checkpoint} is not shipped: python -m colornb list names those that are")
    call = [sys.executable, ROOT / "benchmarks" / "strokes.py", weights, str(size), str(TURNS)]
    environment = os.environ | {"PYTHONPATH": str(root), "OMP_NUM_THREADS": "1"}
    done = subprocess.run(call, cwd=root, env=environment, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{root} cannot paint with {checkpoint}: {done.stderr.splitlines()[-1]}")
    turns = [json.loads(line) for line in done.stdout.splitlines()]
    return {stroke: statistics.median(turn[stroke] for turn in turns) for stroke in turns[0]}


def compared(stroke: str, turns: list[tuple[float, float]]) -> Row:
    """The medians of both, and the mean of the ratios with its 95 % interval."""
    now, before = zip(*turns, strict=True)
    ratios = torch.tensor(now) / torch.tensor(before)
    mean, half = ratios.mean().item(), bootstrap_ci(ratios)
    return {
        "stroke": stroke,
        "ms": statistics.median(now),
        "before_ms": statistics.median(before),
        "ratio": mean,
        "ci": half,
    }


if __name__ == "__main__":
    main()
