"""Methods, measured on the same pictures with the same hints: rows of numbers, and the files that keep them."""

import json
import subprocess
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import torch
from torch import nn

from colornb import weights
from colornb.color import decode, encode, rgb_to_lab
from colornb.hints import count_law
from colornb.methods import condition_of
from colornb.metrics import METRICS, nri, psnr
from colornb.training import Data
from colornb.types import RGB, Batch, Counts, Index, Planes

COUNTS = (0, 1, 2, 3, 5, 10, 20, 30)


class Examiner:
    """Plays the user who knows the true pictures of a batch and gives a network its first so many hints."""

    def __init__(self, network: nn.Module, batch: Batch, generator: torch.Generator) -> None:
        self.network, self.truth, self.generator = network, batch.rgb, generator
        self.target: Planes = encode(batch.rgb, network.target)
        self.look = network.look(condition_of(network, batch))
        self.lightness = rgb_to_lab(batch.rgb)[:, :1] if network.target == "ab" else None

    def paint(self, rows: Index, counts: Counts) -> RGB:
        """Paint the pictures `rows` with so many hints each, in pixel space."""
        look, target = self.look.pick(rows), self.target[rows]
        color, mask = self.network.simulate(look, target, counts, self.generator)
        lightness = None if self.lightness is None else self.lightness[rows]
        return decode(self.network.paint(look, color, mask), self.network.target, lightness)

    def paint_all(self, count: int) -> RGB:
        """Paint every picture with `count` hints."""
        rows = torch.arange(len(self.truth), device=self.truth.device)
        return self.paint(rows, torch.full_like(rows, count))


@torch.no_grad()
def evaluate(
    network: nn.Module,
    data: Data,
    counts: Sequence[int] = COUNTS,
    metrics: Sequence[str] = ("psnr",),
    batch_size: int = 16,
    seed: int = 0,
) -> list[dict[str, float]]:
    """Mean metrics over a dataset for each number of hints, one row a number.

    Hints are given as the method's paper simulates them: its own regions in its own order, or its own points.
    """
    network.eval()
    totals = {count: dict.fromkeys(metrics, 0.0) for count in counts}
    for examiner in _examiners(network, data, batch_size, seed):
        for count in counts:
            painted = examiner.paint_all(count)
            for metric in metrics:
                totals[count][metric] += METRICS[metric](painted, examiner.truth).sum().item()
    return [
        {"hints": count} | {metric: total / len(data) for metric, total in row.items()} for count, row in totals.items()
    ]


@torch.no_grad()
def required_interactions(
    network: nn.Module,
    data: Data,
    benchmark: float,
    maximum: int = 30,
    batch_size: int = 16,
    seed: int = 0,
) -> float:
    """Mean number of hints until PSNR reaches `benchmark` dB (GuidingPainter, Section 4.2)."""
    network.eval()
    needed = [
        nri(examiner.paint, examiner.truth, psnr, benchmark, maximum)
        for examiner in _examiners(network, data, batch_size, seed)
    ]
    return torch.cat(needed).double().mean().item()


def expected(rows: Sequence[dict[str, float]], metric: str, stop: float = 0.125) -> float:
    """Expected value of a metric when the number of hints follows G (Eq. 3); needs a row for 0 .. maximum."""
    counts = [row["hints"] for row in rows]
    if counts != list(range(len(rows))):
        raise ValueError(f"an expected value needs every number of hints from 0, not {counts}: evaluate them all")
    return float(count_law(len(rows) - 1, stop) @ torch.tensor([row[metric] for row in rows], dtype=torch.float64))


def _examiners(network: nn.Module, data: Data, batch_size: int, seed: int) -> Iterator[Examiner]:
    device = next(network.parameters()).device
    generator = torch.Generator(device).manual_seed(seed)
    for index in torch.arange(len(data)).split(batch_size):
        yield Examiner(network, data.batch(index, generator).to(device), generator)


def write_results(path: str | Path, rows: Sequence[dict[str, Any]], **about: Any) -> None:
    """Write rows as JSON, with the commit, the date and whatever `about` says of data, device, preset and seed."""
    document = {
        "about": about | {"commit": commit(), "date": date.today().isoformat()},
        "rows": list(rows),
    }
    weights.write_bytes(path, (json.dumps(document, indent=1) + "\n").encode())


def read_results(path: str | Path) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """The rows of a results file and what is said of them."""
    document = json.loads(Path(path).read_text())
    return document["rows"], document["about"]


def commit() -> str:
    """The commit of the source tree that runs, or "unknown" for an installed copy."""
    root = Path(__file__).resolve().parents[1]
    if not (root / ".git").exists():
        return "unknown"
    call = ["git", "describe", "--always", "--dirty"]
    try:
        return subprocess.run(call, cwd=root, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):  # no git here, or no commit yet
        return "unknown"
