"""One measurement in a process of its own: `python -m benchmarks.cases train ours 128 1` prints it as JSON."""

import json
import resource
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import torch
from lightning_fabric import Fabric
from torch.nn.functional import avg_pool2d

from benchmarks import naive, naive_cdr, naive_rtug
from colornb import sample
from colornb.edges import ab_edges
from colornb.hints import mean_colors, paint_regions
from colornb.images import resize
from colornb.methods import Encoding, Progress, edge_enhancing, guiding_painter, rtug
from colornb.metrics.cdr import discrepancy, divide
from colornb.types import Batch

BATCH, REGIONS, HINTS = 4, 30, 3
WARM_UP, RUNS = 1, 3
Case = dict[str, Callable[[], Any]]
Precision = Literal["32-true", "bf16-mixed"]


def ours(size: int, second_forward: bool = False, precision: Precision = "32-true") -> Case:
    """A training step of preset `code`, set up as `colornb.train` does."""
    config = replace(guiding_painter.PRESETS["code"], second_forward=second_forward)
    generator = torch.Generator().manual_seed(0)
    recipe = guiding_painter.Recipe(guiding_painter.Network(config, generator), generator)
    recipe.setup(Fabric(accelerator="cpu", devices=1, precision=precision))
    batch = Batch(torch.rand(BATCH, 3, size, size), torch.rand(BATCH, 1, size, size))
    return {"step": lambda: recipe.step(batch, Progress(0, 100, 10), generator)}


def ours_twice(size: int) -> Case:
    """The same with a second pass of the painter for the critic, as published."""
    return ours(size, second_forward=True)


def ours_half(size: int) -> Case:
    """The first in 16 bits, for processors that know them; weights and their updates keep 32."""
    return ours(size, precision="bf16-mixed")


def plain(size: int) -> Case:
    """A training step of `naive.Trainer`, from the same weights."""
    trainer = naive.Trainer()
    trainer.painter.load_state_dict(_network().state_dict())
    sketch, target = torch.rand(BATCH, 1, size, size) * 2 - 1, torch.rand(BATCH, 3, size, size) * 2 - 1
    return {"step": lambda: trainer.step(sketch, target, trainer.draw(sketch), trainer.draw(sketch))}


def ours_paints(size: int) -> Case:
    """A look at a sketch, the first hints on it, and hints on it once more."""
    network = _network().eval()
    sketch, target = torch.rand(1, 1, size, size) * 2 - 1, torch.rand(1, 3, size, size) * 2 - 1
    shown, seen = (torch.arange(REGIONS) < HINTS).float()[None], {}

    def paint() -> None:
        color, mask = paint_regions(seen["encoding"].regions, mean_colors(seen["encoding"].regions, target), shown)
        network.paint(seen["encoding"], color, mask)

    return {"segment": lambda: seen.update(encoding=network.encode(sketch)), "hint": paint, "next hint": paint}


def plain_paints(size: int) -> Case:
    """The same for `naive.Painter`."""
    painter = naive.Painter(REGIONS, 64).eval()
    painter.load_state_dict(_network().state_dict())
    sketch, target = torch.rand(1, 1, size, size) * 2 - 1, torch.rand(1, 3, size, size) * 2 - 1
    shown, seen = (torch.arange(REGIONS) < HINTS).float()[None], {}

    def paint() -> None:
        colors = naive.region_means(seen["regions"], target)
        painter.paint(sketch, seen["regions"], colors, shown)

    segment = lambda: seen.update(regions=naive.one_hot(painter.segmentator(sketch)))  # noqa: E731
    return {"segment": segment, "hint": paint, "next hint": paint}


def ours_points(size: int, half: bool = False) -> Case:
    """A picture painted for some points by preset `caffe` of RTUG, laid out as `Colorizer` does."""
    network = _rtug().to(memory_format=torch.channels_last)
    condition, color, mask = _points(size)

    def paint() -> torch.Tensor:
        with torch.autocast("cpu", torch.bfloat16, enabled=half):
            return network.paint(Encoding(condition), color, mask).float()

    return {"points": paint}


def ours_points_half(size: int) -> Case:
    """The same in 16 bits, for processors that know them."""
    return ours_points(size, half=True)


def plain_points(size: int) -> Case:
    """The same for `naive_rtug.Painter`."""
    painter = naive_rtug.Painter().eval()
    painter.load_state_dict(_rtug().state_dict())
    condition, color, mask = _points(size)
    return {"points": lambda: painter(condition / 2, color, mask)}


def ours_edges(size: int) -> Case:
    """A picture painted without and with a first scribble, and with a second; E as in the paper, on a wide backbone."""
    network, picture, scribble = _edges(size)
    kept = {}

    def first() -> None:
        kept["start"] = network.encode_and_paint(*picture)
        network.enhance(kept["start"], scribble)

    return {"first scribble": first, "second scribble": lambda: network.enhance(kept["start"], scribble)}


def plain_edges(size: int) -> Case:
    """The same without a memory: every scribble begins with the picture."""
    network, picture, scribble = _edges(size)

    def scribbled() -> None:
        network.enhance(network.encode_and_paint(*picture), scribble)

    return {"first scribble": scribbled, "second scribble": scribbled}


def ours_cdr(size: int, count: Callable[..., float] = discrepancy) -> Case:
    """The cluster discrepancy ratio of a picture and a blurred one, K = 7: what Eq. 7 counts, and with superpixels."""
    target = resize(sample("coffee"), (size, size)).clamp(0, 1)
    pictures = torch.cat([avg_pool2d(target, 9, 1, 4, count_include_pad=False), target])
    seen = {"divided": divide(pictures)}

    def score() -> float:
        divided = seen["divided"]
        return count(*divided.clusters, ab_edges(torch.from_numpy(divided.ab[1:]))[0, 0].numpy() > 0, 3)

    def whole() -> float:
        seen["divided"] = divide(pictures)
        return score()

    return {"counting": score, "with superpixels": whole}


def plain_cdr(size: int) -> Case:
    """The same, counted pixel by pixel; the superpixels are scikit-image's in both."""
    return ours_cdr(size, naive_cdr.discrepancy)


def _edges(size: int) -> tuple[edge_enhancing.Network, tuple[Encoding, torch.Tensor, torch.Tensor], torch.Tensor]:
    """The network, a picture with ten points, and a scribble across it."""
    config = replace(edge_enhancing.PRESETS["paper"], backbone="rtug:caffe")
    network = edge_enhancing.Network(config, torch.Generator().manual_seed(0)).eval()
    condition, color, mask = _points(size)
    scribble = torch.zeros_like(mask)
    scribble[..., size // 2 : size // 2 + 3, size // 4 : size // 2] = 1
    return network.to(memory_format=torch.channels_last), (Encoding(condition), color, mask), scribble


CASES = {
    ("train", "ours"): ours,
    ("train", "ours, second forward"): ours_twice,
    ("train", "ours, bf16"): ours_half,
    ("train", "naive"): plain,
    ("paint", "ours"): ours_paints,
    ("paint", "naive"): plain_paints,
    ("rtug", "ours"): ours_points,
    ("rtug", "ours, bf16"): ours_points_half,
    ("rtug", "naive"): plain_points,
    ("edges", "ours"): ours_edges,
    ("edges", "naive"): plain_edges,
    ("cdr", "ours"): ours_cdr,
    ("cdr", "naive"): plain_cdr,
}


def measure(case: Case) -> dict[str, Any]:
    """Median CPU and wall seconds of each part, and the peak of memory above what was held before, in MB."""
    before, cpu, wall = _held(), {part: [] for part in case}, {part: [] for part in case}
    for _ in range(WARM_UP + RUNS):
        for part, act in case.items():
            began = time.process_time(), time.perf_counter()
            act()
            cpu[part].append(time.process_time() - began[0])
            wall[part].append(time.perf_counter() - began[1])
    found = {part: [statistics.median(times[part][WARM_UP:]) for times in (cpu, wall)] for part in case}
    return {"parts": found, "set-up MB": before, "MB": _peak() - before}


def _network() -> guiding_painter.Network:
    return guiding_painter.Network(guiding_painter.PRESETS["code"], torch.Generator().manual_seed(0))


def _rtug() -> rtug.Network:
    """Full width; weights that keep signals at their size, so that rounding shows as it would in a trained network."""
    config = replace(rtug.PRESETS["caffe"], init="he")
    return rtug.Network(config, torch.Generator().manual_seed(0)).eval()


def _points(size: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Lightness, colours and mask of one picture with ten points."""
    generator = torch.Generator().manual_seed(0)
    condition, target = (2 * torch.rand(1, c, size, size, generator=generator) - 1 for c in (1, 2))
    return condition, *_rtug().simulate_hints(Encoding(condition), target, torch.tensor([10]), generator)


def off(who: str, size: int) -> float:
    """Relative distance of what one way of painting points gives from what the plain one gives."""
    with torch.no_grad():
        found, plain = (CASES["rtug", name](size)["points"]() for name in (who, "naive"))
    return ((found - plain).norm() / plain.norm()).item()


def _peak() -> float:
    """Most memory this process ever held, in MB (Linux counts in KiB, macOS in bytes)."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024) / 1e6


def _held() -> float:
    """Memory this process holds now, in MB; where Linux does not tell, the most it ever held."""
    status = Path("/proc/self/statm")
    return int(status.read_text().split()[1]) * resource.getpagesize() / 1e6 if status.exists() else _peak()


def main() -> None:
    """Measure the case that the command line names."""
    kind, who, size, threads = sys.argv[1:]
    torch.set_num_threads(int(threads))
    torch.manual_seed(0)
    case = CASES[kind, who](int(size))
    if kind != "train":
        with torch.no_grad():
            found = measure(case)
    else:
        found = measure(case)
    if kind == "rtug":
        found["off"] = off(who, int(size))
    print(json.dumps(found))


if __name__ == "__main__":
    main()
