"""Measure a trained network for every number of hints, or what scribbles on lost edges mend."""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch

from colornb import methods
from colornb.commands._options import at_least, check_place, device_of, names_of, open_pictures
from colornb.data import Dataset
from colornb.evaluation import evaluate, required_interactions, write_results
from colornb.mending import Scribbling, evaluate_scribbles
from colornb.metrics import PAIRWISE, features


def add_options(add: argparse.ArgumentParser) -> None:
    """What is measured, and on what."""
    add.add_argument("weights", help="a shipped name, a file or the folder of a run")
    add.add_argument("--data", required=True, nargs="+", help="folders of pictures, or names of datasets")
    add.add_argument("--split", default="test")
    add.add_argument("--size", type=int, help="side of the pictures in pixels; as in training if left out")
    add.add_argument("--pictures", type=int, help="use only so many")
    add.add_argument("--counts", type=int, nargs="+", help="numbers of hints; by default all up to the most")
    add.add_argument(
        "--benchmark",
        type=float,
        help="PSNR in dB: also print the number of hints needed to reach it",
    )
    add.add_argument("--metrics", nargs="+", default=["psnr"], help=", ".join(PAIRWISE))
    add.add_argument("--features", choices=["crops", "inception"], help="also print a Fréchet distance over these")
    add.add_argument("--scribbles", type=int, help="measure so many scribbles instead, before and after")
    add.add_argument("--lpips", default="random", help="with --scribbles: trunk of LPIPS, or alex, vgg, squeeze")
    add.add_argument("--seed", type=int, default=0)
    add.add_argument("--device", default="auto", help="auto, cpu, cuda, or cuda:0, cuda:1 ..")
    add.add_argument("--out", type=Path, help="write the rows here as JSON")


def _check_metrics(names: Sequence[str]) -> None:
    for name in names:
        if name == "nri":
            raise ValueError("--metrics nri: ask for it with --benchmark DB")
        if name not in (known := PAIRWISE):
            raise ValueError(f"no metric named {name!r} that compares pictures: choose from {', '.join(known)}")


def _counts(counts: Sequence[int], network: torch.nn.Module) -> Sequence[int]:
    if min(counts) < 0 or (max(counts) > 0 and not network.hint_kinds):
        wanted = "0 alone, this model takes no hints" if not network.hint_kinds else "whole numbers from 0"
        raise ValueError(f"--counts {' '.join(map(str, counts))}: give {wanted}")
    return counts


def run(options: argparse.Namespace) -> None:
    """Print a row for each number of hints, and write them where `--out` says."""
    at_least(options, size=16, pictures=1, scribbles=1)
    _check_metrics(options.metrics)
    if options.out:
        check_place(options.out, folder=False)
    device = device_of(options.device)
    network = methods.load(options.weights).to(device)
    size = options.size or network.about.get("size", 64)
    pictures = open_pictures(options, network, options.split, size, network.about.get("draw", 0), keep=True)
    rows = (_scribbles if options.scribbles else _hints)(network, pictures, options)
    for row in rows:
        print("  ".join(f"{name} {_short(value)}" for name, value in row.items()))  # noqa: T201
    about = {
        "command": options.command,
        "pictures": len(pictures),
        "size": size,
        "split": options.split,
        "seed": options.seed,
        "device": torch.cuda.get_device_name(device) if device.type == "cuda" else device.type,
    }
    if options.benchmark is not None:
        about["nri"] = required_interactions(network, pictures, options.benchmark, _most(network), seed=options.seed)
        about["benchmark"] = options.benchmark
        print(f"NRI {about['nri']:.4g} for {options.benchmark} dB")  # noqa: T201
    if options.out:
        write_results(options.out, rows, data=names_of(options), trained=network.about, **about)


def _hints(network: torch.nn.Module, pictures: Dataset, options: argparse.Namespace) -> list[dict[str, Any]]:
    """A row for each number of hints."""
    counts = range(_most(network) + 1) if options.counts is None else _counts(options.counts, network)
    see = features(options.features, next(network.parameters()).device) if options.features else None
    return evaluate(network, pictures, counts, options.metrics, seed=options.seed, features=see)


def _most(network: torch.nn.Module) -> int:
    return network.n_regions or (30 if network.hint_kinds else 0)


def _scribbles(network: torch.nn.Module, pictures: Dataset, options: argparse.Namespace) -> list[dict[str, Any]]:
    """A row for the pictures before the scribbles and one for those after."""
    if "edge" not in network.hint_kinds:
        raise ValueError(f"{options.weights} mends no edges: leave out --scribbles, or name an edge_enhancing network")
    how = Scribbling(n=options.scribbles, seed=options.seed, lpips=options.lpips)
    return evaluate_scribbles(network.backbone, {"after": network}, pictures, how)


def _short(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
