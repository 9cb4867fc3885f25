"""Pictures a second of training at the published width on a GPU, and the share of the card's peak that this uses.

python -m benchmarks.gpu --json OUT [--size 256] [--batch-size 32] [--steps 40] [--device cuda]

The pictures lie on the card, as for `python -m colornb train`; a step is what training does: draw a batch, augment it,
simulate the user, update. The peak is what one product of large matrices reaches on the same card in the same
precision; operations are those of convolutions and matrix products, counted by PyTorch.
"""

import argparse
import time
from collections.abc import Iterator
from contextlib import nullcontext
from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import flop_registry

from colornb import data, methods
from colornb.commands._options import Help
from colornb.evaluation import write_results
from colornb.methods import Progress
from colornb.training import load_fabric, train

CASES = {"rtug": "paper", "guiding_painter": "code", "edge_enhancing": "paper"}
PRECISIONS = ("32-true", "bf16-mixed")
PICTURES = 256
Row = dict[str, Any]


class Counter(TorchDispatchMode):
    """Counts operations. PyTorch's own counter also follows modules, which reentrant backward passes do not allow."""

    def __init__(self) -> None:
        super().__init__()
        self.total = 0

    def __torch_dispatch__(self, func: Any, types: Any, args: tuple = (), kwargs: dict | None = None) -> Any:
        """Run one operation and add what it costs."""
        result = func(*args, **(kwargs or {}))
        if count := flop_registry.get(func._overloadpacket):
            self.total += count(*args, **(kwargs or {}), out_val=result)
        return result


def build(method: str, preset: str) -> torch.nn.Module:
    """An untrained network of the published width; the edge-enhancing one stands on RTUG of that width."""
    changes = {"backbone": "rtug:paper"} if method == "edge_enhancing" else {}
    return methods.build(method, preset, **changes)


def noise(network: torch.nn.Module, size: int) -> data.Dataset:
    """Pictures of random colours, with line art where the network sees it: what they show costs nothing."""
    generator = torch.Generator().manual_seed(0)
    rgb = torch.randint(0, 256, (PICTURES, 3, size, size), dtype=torch.uint8, generator=generator)
    lines = rgb[:, :1] if network.condition == "sketch" else None
    return data.Pictures("noise", "train", rgb, lines)


def pace(method: str, preset: str, precision: str, options: argparse.Namespace) -> Row:
    """How fast one network trains in one precision, with its operations and the memory that it takes."""
    fabric = load_fabric()(accelerator=options.device, devices=1, precision=precision)
    device, size, batch_size = fabric.device, options.size, options.batch_size
    network = build(method, preset)
    pictures = noise(network, size).to(device)
    recipe = methods.recipe(network)
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(device)
    budget = {"steps": 2 * options.steps, "every": options.steps, "batch_size": batch_size, "augment": data.augment}
    *_, tick = train(recipe, pictures, **budget, fabric=fabric)  # the first half warms up
    return {
        "method": method,
        "preset": preset,
        "precision": precision,
        "images_per_second": tick.images_per_second,
        "tera_operations_per_second": tick.images_per_second * operations(recipe, pictures, batch_size) / 1e12,
        "memory_gib": torch.cuda.max_memory_allocated(device) / 2**30 if device.type == "cuda" else None,
    }


def operations(recipe: Any, pictures: data.Dataset, batch_size: int) -> float:
    """Multiplications and additions of a training step, for each picture."""
    generator = torch.Generator(pictures.device).manual_seed(0)
    batch = pictures.batch(torch.arange(batch_size))
    with Counter() as counter:
        recipe.step(batch, Progress(0, 100, 10), generator)
    return counter.total / batch_size


def peak(precision: str, device: torch.device, side: int = 8192, runs: int = 10) -> float:
    """Operations a second, in units of 10^12, of a product of two matrices."""
    kind = torch.bfloat16 if precision.startswith("bf16") else torch.float32
    side = side if device.type == "cuda" else 512
    one, other = (torch.randn(side, side, device=device, dtype=kind) for _ in range(2))
    wait = torch.cuda.synchronize if device.type == "cuda" else nullcontext
    for count in (3, runs):
        wait()
        start = time.perf_counter()
        for _ in range(count):
            one @ other
        wait()
    return 2 * side**3 * runs / (time.perf_counter() - start) / 1e12


def rows_of(options: argparse.Namespace) -> Iterator[Row]:
    """A row for each method and precision; convolutions of 32 bits run as TF32 where the card has it."""
    device = torch.device(options.device)
    torch.backends.cuda.matmul.allow_tf32 = True
    for precision in PRECISIONS:
        best = peak(precision, device)
        for method, preset in CASES.items():
            row = pace(method, preset, precision, options)
            yield row | {"peak": best, "share": row["tera_operations_per_second"] / best}


def main() -> None:
    """Measure every case, print it, and write the rows."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=Help)
    parser.add_argument("--json", required=True, metavar="OUT", help="write the numbers to this file")
    parser.add_argument("--size", type=int, default=256, help="side of the pictures in pixels")
    parser.add_argument("--batch-size", type=int, default=32, help="pictures a step")
    parser.add_argument("--steps", type=int, default=40, help="updates that are timed, of each network")
    parser.add_argument("--device", default="cuda", choices=("cuda", "cpu"), help="where it is measured")
    options = parser.parse_args()
    rows = []
    for row in rows_of(options):
        print(
            "  ".join(
                f"{key} {value:.3g}" if isinstance(value, float) else f"{key} {value}" for key, value in row.items()
            )
        )
        rows.append(row)
    name = torch.cuda.get_device_name() if options.device == "cuda" else "cpu"
    about = {"size": options.size, "batch_size": options.batch_size, "steps": options.steps, "torch": torch.__version__}
    write_results(options.json, rows, device=name, **about)


if __name__ == "__main__":
    main()
