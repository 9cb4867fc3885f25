"""CPU seconds and memory of colornb, of a plain implementation and of the published code, side by side.

python -m benchmarks.bench [--sizes 128 256] [--threads 2] [--repeats 3] [--json OUT] [--history FILE]

Every case runs in a fresh process, at the published width (64 channels, 30 regions, batches of 4), in 32 bits if it is
not called bf16, and ours and the plain one take turns. Only the ratio of CPU time to `naive`, with its 95 % interval
over these turns, is fair on any machine; the published code was measured elsewhere.
"""

import argparse
import json
import math
import os
import platform
import statistics
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import torch

from colornb.evaluation import git_revision, read_results, write_results
from colornb.evaluation.statistics import bootstrap_ci

ROOT = Path(__file__).resolve().parents[1]
WAYS = {
    "train": ("ours", "ours, bf16", "ours, second forward"),
    "paint": ("ours",),
    "rtug": ("ours", "ours, bf16"),  # at full width, ten points
    "edges": ("ours",),  # the same with a scribble
    "cdr": ("ours",),  # a metric
}
OFFICIAL_SOURCE = "published code on 2 cores of an AMD EPYC, median of 3"
OFFICIAL = {  # CPU seconds, and MB above the 801 after set-up
    ("train 128", "step"): (8.9, 2371 - 801),
    ("train 256", "step"): (38.2, 4961 - 801),
    ("paint 256", "segment"): (0.97, None),
    ("paint 256", "hint"): (1.10, None),
    ("paint 256", "next hint"): (1.10, None),
}
REMEMBERED = ("case", "part", "who", "cpu_s_to_naive", "cpu_s_to_naive_ci", "mb_to_naive")
Row = dict[str, Any]


def run(kind: str, who: str, size: int, threads: int) -> dict[str, Any]:
    """One case in a process of its own."""
    call = [sys.executable, "-m", "benchmarks.cases", kind, who, str(size), str(threads)]
    environment = os.environ | {"OMP_NUM_THREADS": str(threads)}
    done = subprocess.run(call, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def rows_of(kind: str, size: int, threads: int, repeats: int) -> Iterator[Row]:
    """A row for each part of a case and each of our ways to do it."""
    turns = [{who: run(kind, who, size, threads) for who in ("naive", *WAYS[kind])} for _ in range(repeats)]
    for who in WAYS[kind]:
        found, plain = ([turn[name] for turn in turns] for name in (who, "naive"))
        for part in found[0]["parts"]:
            row = compared(f"{kind} {size}", part, who, found, plain)
            yield row | ({"off": found[0]["off"]} if "off" in found[0] else {})


def compared(case: str, part: str, who: str, found: list[dict[str, Any]], plain: list[dict[str, Any]]) -> Row:
    """What the turns of one measurement are beside the others; None where the published code was not measured."""
    (cpu, wall), (naive_cpu, naive_wall) = (
        zip(*(turn["parts"][part] for turn in turns), strict=True) for turns in (found, plain)
    )
    mb, naive_mb = (statistics.median(turn["MB"] for turn in turns) for turns in (found, plain))
    ratios = torch.tensor(cpu) / torch.tensor(naive_cpu)
    seconds, memory = OFFICIAL.get((case, part), (None, None))
    row = {
        "case": case,
        "part": part,
        "who": who,
        "cpu_s": statistics.median(cpu),
        "naive_cpu_s": statistics.median(naive_cpu),
        "official_cpu_s": seconds,
        "wall_s": statistics.median(wall),
        "naive_wall_s": statistics.median(naive_wall),
        "mb": mb,
        "naive_mb": naive_mb,
        "official_mb": memory,
        "cpu_s_to_naive": ratios.mean().item(),
        "cpu_s_to_naive_ci": None if math.isnan(ci := bootstrap_ci(ratios)) else ci,
        "mb_to_naive": mb / naive_mb,
    }
    for unit in ("cpu_s", "mb"):
        whole = row[f"official_{unit}"]
        row[f"{unit}_to_official"] = None if whole is None else row[unit] / whole
    return row


def table(rows: list[Row]) -> str:
    """The rows as text; memory is that above set-up."""
    head = (
        f"{'':40s}{'CPU s':>8s}{'naive':>8s}{'ratio':>7s}{'±':>7s}{'publ.':>8s}{'ratio':>7s}{'wall s':>8s}{'naive':>8s}"
    )
    head += f"{'MB':>9s}{'naive':>8s}{'ratio':>7s}{'publ.':>8s}{'ratio':>7s}"
    return "\n".join([head, *map(_line, rows)])


def _line(row: Row) -> str:
    def cells(unit: str, digits: int, *more: str) -> str:
        numbers = [(unit, digits, 8), (f"naive_{unit}", digits, 8), (f"{unit}_to_naive", 2, 7)]
        numbers += [*((key, 2, 7) for key in more), (f"official_{unit}", digits, 8), (f"{unit}_to_official", 2, 7)]
        return _cells(row, numbers)

    wall = _cells(row, [("wall_s", 2, 8), ("naive_wall_s", 2, 8)])
    name = f"{row['case']}, {row['part']}, {row['who']}"
    return f"{name:40s}{cells('cpu_s', 2, 'cpu_s_to_naive_ci')}{wall} {cells('mb', 0)}"


def _cells(row: Row, numbers: list[tuple[str, int, int]]) -> str:
    return "".join(f"{'-' if row[key] is None else f'{row[key]:.{d}f}':>{width}s}" for key, d, width in numbers)


def remember(path: Path, rows: list[Row], **when: str) -> None:
    """Append ratios to a file of them; what this commit has measured before gives way. `when`: its commit and date."""
    when = {"commit": git_revision(), "date": date.today().isoformat()} | when
    new = [when | {key: row.get(key) for key in REMEMBERED} for row in rows]
    past = read_results(path)[0] if path.is_file() else []
    names = [(row["commit"], row["case"], row["part"], row["who"]) for row in new]
    past = [row for row in past if (row["commit"], row["case"], row["part"], row["who"]) not in names]
    write_results(path, [*past, *new], what="CPU time and memory beside a plain implementation, commit by commit")


def machine(threads: int) -> dict[str, Any]:
    """Where numbers were measured."""
    return {
        "device": platform.processor() or platform.machine(),
        "capability": torch.backends.cpu.get_cpu_capability(),
        "cores": os.cpu_count(),
        "load": round(os.getloadavg()[0], 1) if hasattr(os, "getloadavg") else None,
        "threads": threads,
        "versions": {"python": platform.python_version(), "torch": torch.__version__},
    }


def about(threads: int, sizes: list[int]) -> dict[str, Any]:
    """What the numbers depend on."""
    return machine(threads) | {"sizes": sizes, "preset": "code", "precision": "float32", "official": OFFICIAL_SOURCE}


def main() -> None:
    """Measure all cases, show them, and write them down if asked to."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.bench", description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", type=int, nargs="+", default=[128, 256], help="sides of the pictures")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--repeats", type=int, default=3, help="how often each takes its turn")
    parser.add_argument("--cases", nargs="+", choices=WAYS, default=list(WAYS))
    parser.add_argument("--json", metavar="OUT", help="write the numbers to this file")
    parser.add_argument("--history", metavar="FILE", type=Path, help="append the ratios to this file")
    given = parser.parse_args()
    rows: list[Row] = []
    for kind in given.cases:
        for size in given.sizes if kind == "train" else [max(given.sizes)]:
            print(f"measuring {kind} {size}", file=sys.stderr)
            rows += rows_of(kind, size, given.threads, given.repeats)
    print(table(rows))
    for row in (row for row in rows if "off" in row):
        print(f"{row['case']}, {row['who']}: {100 * row['off']:.2g} % from the plain output")
    print(f"publ.: {OFFICIAL_SOURCE}; MB: peak above what was held after set-up")
    if given.json:
        write_results(given.json, rows, **about(given.threads, given.sizes))
    if given.history:
        remember(given.history, rows)


if __name__ == "__main__":
    main()
