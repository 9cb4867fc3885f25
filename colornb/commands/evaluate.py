"""Measure a trained network for every number of hints, or what scribbles on lost edges mend."""

import argparse
from pathlib import Path
from typing import Any

import torch

from colornb import evaluation, methods
from colornb.commands import _options
from colornb.commands._options import CHANCE, FINITE, MIN_SIDE, POSITIVE, whole
from colornb.data import Dataset
from colornb.metrics import PAIRWISE, features
from colornb.metrics.lpips import NETS, prepare

# Options of `--scribbles` that are a field of the protocol each, by its name, and what they ask for.
FIELDS: dict[str, tuple[str, dict[str, Any], str]] = {
    "max_hints": ("most", {"type": whole(1)}, "colours that the simulated user gives at most"),
    "patches": ("patches", {"type": whole(1), "nargs": 2}, "sides of its point hints in pixels of a 256-pixel picture"),
    "thresholds": ("thresholds", {"type": POSITIVE, "nargs": 2}, "Canny's, on a / 220 and b / 220"),
    "widths": ("widths", {"type": whole(1), "nargs": 2}, "of scribbles, in pixels"),
    "edges": ("max_edges", {"type": whole(1)}, "edges that are marked at once, at most"),
    "slack": ("tolerance", {"type": whole(0)}, "an edge so many pixels beside the true one is not lost"),
    "kernel": ("kernel", {"type": whole(1)}, "side of what is local, in pixels"),
    "lpips": ("lpips", {"choices": NETS}, "backbone of LPIPS"),
}
SCRIBBLES_ONLY = ("stop", "no_hints", "own_patches", *FIELDS)


def add_options(add: argparse.ArgumentParser) -> None:
    """What is measured, and on what."""
    add.add_argument("weights", help="a shipped name, a file or the folder of a run")
    add.add_argument("--data", required=True, nargs="+", help="folders of pictures, or names of datasets")
    add.add_argument("--split", default="test", help="test (the default), val, train, or all pictures")
    add.add_argument("--size", type=whole(16), help="side of the pictures in pixels; as in training if left out")
    add.add_argument("--pictures", type=whole(1), help="use only so many")
    what = add.add_mutually_exclusive_group()
    what.add_argument("--counts", type=whole(0), nargs="+", help="numbers of hints; by default all up to the most")
    drawn = "instead a number of hints of its own for each picture, with the chance P to stop before each (0.125)"
    what.add_argument("--drawn", type=CHANCE, nargs="?", const=0.125, metavar="P", help=drawn)
    benchmark = "PSNR in dB: also print the number of hints needed to reach it (NRI)"
    add.add_argument("--benchmark", type=FINITE, metavar="DB", help=benchmark)
    add.add_argument("--metrics", nargs="+", default=["psnr"], choices=PAIRWISE, help="what is measured")
    add.add_argument(
        "--features", choices=["crops", "inception", "lite0"], help="also print a Fréchet distance over these"
    )
    what.add_argument("--scribbles", type=whole(1), help="measure so many scribbles instead, before and after")
    _add_protocol(add.add_argument_group("with --scribbles"))
    _options.add_shared(add, "seed", "device")
    add.add_argument("--out", type=Path, help="write the rows here as JSON")


def _add_protocol(add: Any) -> None:
    stop = "rows for users who stop with these chances before each colour; 0.02, 0.125 and --no-hints, if none is given"
    add.add_argument("--stop", type=CHANCE, nargs="+", metavar="P", help=stop)
    add.add_argument("--no-hints", action="store_true", help="rows for pictures without any colour given")
    patches = "point hints as large as the network's own settings say"
    add.add_argument("--own-patches", action="store_true", help=patches)
    default = evaluation.ScribbleProtocol()
    for option, (field, kind, what) in FIELDS.items():
        value = getattr(default, field)
        shown = " ".join(map(str, value)) if isinstance(value, tuple) else value
        names = {"metavar": ("LOW", "HIGH")} if "nargs" in kind else {}
        add.add_argument(f"--{option.replace('_', '-')}", **kind, **names, help=f"{what} ({shown})")


def _check_network(options: argparse.Namespace, network: torch.nn.Module, size: int) -> None:
    """Refuse, before any picture is opened, what this network cannot be asked, or not on pictures of this size."""
    if not network.hint_kinds and (options.drawn is not None or any(options.counts or ())):
        raise ValueError("this model does not accept hints: leave out --drawn, and give --counts 0 alone")
    if options.stop and network.hint_kinds == ("edge",):
        raise ValueError(f"--stop: {options.weights} takes no colours, leave it out")
    if options.scribbles and "edge" not in network.hint_kinds:
        raise ValueError(f"{options.weights} does not accept edge scribbles: leave out --scribbles, or name another")
    if size < MIN_SIDE and (options.scribbles or options.features or "lpips" in options.metrics):
        raise ValueError(f"--size {size} is too small for LPIPS and features: give at least {MIN_SIDE}")


def run(options: argparse.Namespace) -> None:
    """Print a row for each number of hints, and write them where `--out` says."""
    protocol = _protocol(options)
    if options.out:
        _options.check_results(options.out)
    device = _options.device_of(options.device)
    network = methods.load(options.weights).to(device)
    size = options.size or network.about.get("size", 64)
    _check_network(options, network, size)
    if protocol or "lpips" in options.metrics:
        prepare(protocol.lpips if protocol else "alex", device)
    see = features(options.features, device) if options.features else None
    pictures = _options.open_pictures(options, network, options.split, size, network.about.get("draw", 0), keep=True)
    rows = _scribbles(network, pictures, options, protocol) if protocol else _hints(network, pictures, options, see)
    rows, shared = evaluation.share_protocol(rows)
    _options.print_rows(rows)
    about = {"scribbling": shared} if shared else {}
    about |= {"command": options.command, "pictures": len(pictures), "size": size}
    about |= {"split": options.split, "seed": options.seed, "device": _options.device_name(device)}
    if (benchmark := options.benchmark) is not None:
        needed = evaluation.needed_hints(network, pictures, benchmark, _most(network), seed=options.seed).double()
        nri, failures = needed.mean().item(), (needed > _most(network)).double().mean().item()
        about |= {"nri": nri, "failures": failures, "benchmark": benchmark}
        print(f"NRI {nri:.4g} for {benchmark} dB, which {failures:.0%} of the pictures never reach")  # noqa: T201
    if options.out:
        evaluation.write_results(options.out, rows, data=_options.names_of(options), trained=network.about, **about)


def _hints(network: torch.nn.Module, pictures: Dataset, options: argparse.Namespace, see: Any) -> list[dict[str, Any]]:
    """A row for each number of hints, or one for numbers that are drawn."""
    how = {"metrics": options.metrics, "seed": options.seed, "features": see}
    if options.drawn is not None:
        row = evaluation.evaluate_drawn(network, pictures, _most(network), options.drawn, **how)
        return [{"hints": "drawn", "stop": options.drawn} | row]
    counts = range(_most(network) + 1) if options.counts is None else options.counts
    return evaluation.evaluate(network, pictures, counts, **how)


def _most(network: torch.nn.Module) -> int:
    return network.n_regions or (30 if network.hint_kinds else 0)


def _protocol(options: argparse.Namespace) -> evaluation.ScribbleProtocol | None:
    """The protocol of scribbles that the options ask for, None where they ask for none."""
    chosen = {name: getattr(options, name) for name in SCRIBBLES_ONLY}
    given = [name for name, value in chosen.items() if value is not None and value is not False]  # 0 is a value, too
    if options.scribbles is None:
        if given:
            raise ValueError(f"--{given[0].replace('_', '-')} belongs to --scribbles: add how many")
        return None
    values = {FIELDS[name][0]: chosen[name] for name in given if name in FIELDS}
    values = {field: tuple(value) if isinstance(value, list) else value for field, value in values.items()}
    if options.own_patches:
        values["patches"] = None
    return evaluation.ScribbleProtocol(n=options.scribbles, seed=options.seed, **values)


def _users(network: torch.nn.Module, options: argparse.Namespace) -> list[dict[str, Any]]:
    """Who gives colours: those that were asked for, or all that are always measured."""
    colorless = network.hint_kinds == ("edge",)
    if not options.stop and not options.no_hints:
        return [user for user in evaluation.USERS if not (colorless and user.get("hints", True))]
    return [{"stop": stop} for stop in options.stop or ()] + [{"hints": False}] * options.no_hints


def _scribbles(
    network: torch.nn.Module, pictures: Dataset, options: argparse.Namespace, how: evaluation.ScribbleProtocol
) -> list[dict[str, Any]]:
    """For each simulated user a row for the pictures before the scribbles and one for those after."""
    return evaluation.evaluate_users(network.backbone, {"after": network}, pictures, how, _users(network, options))
