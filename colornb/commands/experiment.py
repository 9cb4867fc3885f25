"""Run an experiment of a paper: train what it compares, measure, write rows and a figure."""

import argparse
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from colornb import methods
from colornb.commands import _options
from colornb.commands._options import MIN_SIDE, whole
from colornb.evaluation import share_protocol, write_results
from colornb.experiments import ExperimentConfig, Row, Trainer, experiment, list_experiments
from colornb.files import atomic_write
from colornb.metrics import features
from colornb.metrics.lpips import NETS, prepare

BUDGET = ("preset", "size", "draw", "pictures", "tests", "steps", "batch_size", "scribbles", "lpips", "features")


def add_options(add: argparse.ArgumentParser) -> None:
    """Which experiment, and what to change of its settings; what is left out stays."""
    add.add_argument("name", help=", ".join(list_experiments()))
    add.add_argument("--out", type=Path, required=True, help="write the rows here as JSON, and a figure beside it")
    add.add_argument("--data", nargs="+", help="folders of pictures, or names of datasets")
    add.add_argument("--preset", help="of the networks that are trained (default: as the experiment says)")
    _options.add_repeated(add, "--set", "FIELD=VALUE", "change a field of the preset")
    add.add_argument("--size", type=whole(MIN_SIDE), help="side of the pictures in pixels")
    add.add_argument("--pictures", type=whole(1), help="pictures to train on, from each dataset")
    add.add_argument("--tests", type=whole(1), help="pictures to measure on, from each dataset")
    add.add_argument("--steps", type=whole(1), help="of every training")
    add.add_argument("--batch-size", type=whole(1), help="pictures a step (default: as the experiment says)")
    add.add_argument("--seeds", type=whole(0), nargs="+", help="each training is repeated with these")
    add.add_argument("--scribbles", type=whole(1), help="edges that are scribbled on in each picture, for measuring")
    add.add_argument("--lpips", choices=NETS, help="backbone of LPIPS; all but random are downloads")
    add.add_argument(
        "--features", choices=["crops", "inception", "lite0"], help="of Fréchet distances; inception makes it FID"
    )
    add.add_argument("--runs", type=Path, default=Path("runs"), help="folder that trained networks are kept in")
    _options.add_shared(add, "draw", "device", "threads")


def run(options: argparse.Namespace) -> None:
    """Train what is not in `--runs` yet, measure, and write what was found."""
    if options.out.suffix.lower() == ".png":
        raise ValueError(f"--out {options.out} is where the figure goes: give a name that ends in .json")
    figure = options.out.with_suffix(".png")
    _options.check_results(options.out)
    _options.check_place(figure, folder=False)
    if figure.exists() and not options.out.exists():
        raise ValueError(f"the figure would be written over {figure}: give another --out")
    _options.check_place(options.runs, folder=True)
    if options.threads:
        torch.set_num_threads(options.threads)
    device, chosen = _options.device_of(options.device), experiment(options.name)
    config = with_options(chosen.CONFIG, options)
    _check(config, device, chosen.CONFIG.preset)
    rows = chosen.run(Trainer(config, options.runs, device, _options.show_progress()))
    _options.print_rows(rows)
    write(options.out, options.name, config, rows, command=options.command, device=_options.device_name(device))


def _check(config: ExperimentConfig, device: torch.device, own: str) -> None:
    """Refuse, before anything is trained, what could not be built, opened or measured after it; `own` is its preset."""
    prepare(config.lpips, device)
    if config.features != ExperimentConfig.features:  # those come with the package
        features(config.features, device)
    if own in methods.presets(config.method) and not config.is_shipped:
        methods.build(config.method, config.preset, **config.changes)
    elif config.preset != own:  # it trains nothing: its preset is a checkpoint
        methods.load(config.preset)
    _options.check_data(config.data, "train", "test")


def write(out: Path, name: str, config: ExperimentConfig, rows: list[Row], **about: Any) -> None:
    """Write what an experiment found as JSON, with its settings and its protocols, and a figure beside it."""
    chosen = experiment(name)
    rows, scribbling = share_protocol(rows)
    protocols = {"scribbling": scribbling, "protocol": getattr(chosen, "PROTOCOL", None)}
    protocols = {key: value for key, value in protocols.items() if value}
    write_results(out, rows, **config.about() | {"experiment": name} | about | protocols)
    atomic_write(out.with_suffix(".png"), chosen.show(rows)._repr_png_())


def with_options(config: ExperimentConfig, options: argparse.Namespace) -> ExperimentConfig:
    """The settings of an experiment with what the options change."""
    given = {name: value for name in BUDGET if (value := getattr(options, name)) is not None}
    given |= {name: tuple(value) for name in ("data", "seeds") if (value := getattr(options, name))}
    config = replace(config, **given)
    preset = methods.presets(config.method).get(config.preset)
    return replace(config, changes=config.changes | dict(methods.read_setting(text, preset) for text in options.set))
