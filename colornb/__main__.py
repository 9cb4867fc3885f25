"""`python -m colornb train | colorize | evaluate | list`: the package from a command line."""

import argparse
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch

from colornb import data, methods, weights
from colornb.colorizer import Colorizer
from colornb.evaluation import commit, evaluate, required_interactions, write_results
from colornb.hints import Region, from_json
from colornb.images import load_image, save_image
from colornb.training import Tick, train


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; errors that a user can mend are one line on stderr and exit status 2."""
    options = _parser().parse_args(arguments)
    try:
        options.run(options)
    except (ValueError, FileNotFoundError) as error:
        print(f"colornb: {error}", file=sys.stderr)  # noqa: T201
        return 2
    except KeyboardInterrupt:
        return 130
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m colornb", description="Interactive image colorization.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for name, words, run in [
        ("train", "train a method on a folder of pictures or a named dataset", _train),
        ("colorize", "colour a picture", _colorize),
        ("evaluate", "measure a trained network for every number of hints", _evaluate),
        ("list", "show methods with their presets, datasets and shipped checkpoints", _list),
    ]:
        command = commands.add_parser(name, help=words, description=words[0].upper() + words[1:] + ".")
        command.set_defaults(run=run)
        _OPTIONS[name](command)
    return parser


def _train_options(add: argparse.ArgumentParser) -> None:
    add.add_argument("method", help="such as guiding_painter")
    add.add_argument("--data", required=True, nargs="+", help="folders of pictures, or names of datasets")
    add.add_argument(
        "--out",
        required=True,
        type=Path,
        help="folder of the run; it goes on from what it finds there",
    )
    add.add_argument("--preset", default="tiny")
    add.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="FIELD=VALUE",
        help="change a field of the preset",
    )
    add.add_argument("--steps", type=int, default=1000)
    add.add_argument("--size", type=int, default=64, help="side of the pictures in pixels")
    add.add_argument("--draw", type=int, default=0, help="draw line art at so many times the size, and shrink it")
    add.add_argument("--batch-size", type=int, default=16, help="pictures a step on each device")
    add.add_argument("--pictures", type=int, help="use only so many (procedural data: make so many)")
    add.add_argument("--seed", type=int, default=0)
    add.add_argument("--augment", action="store_true", help="random flips and crops")
    add.add_argument("--start", help="begin with the weights of this checkpoint")
    add.add_argument("--save-every", type=int, default=200, help="steps between checkpoints")
    add.add_argument("--device", default="auto", help="auto, cpu, cuda (one), or cuda:0, cuda:1 ..")
    add.add_argument("--devices", type=int, default=1, help="how many devices on each node")
    add.add_argument("--nodes", type=int, default=1)
    add.add_argument("--precision", default="32-true", help="32-true, bf16-mixed ..")
    add.add_argument("--threads", type=int, help="CPU threads")


def _train(options: argparse.Namespace) -> None:
    fabric = _fabric(options)
    fabric.launch()
    network = _network(options)
    pictures = _open(options, network, "train", options.draw).to(fabric.device)
    about = {
        "size": options.size,
        "draw": options.draw,
        "data": _names(options),
        "pictures": len(pictures),
        "preset": options.preset,
        "commit": commit(),
    }
    ticks = train(
        methods.recipe(network, options.seed),
        pictures,
        steps=options.steps,
        batch_size=options.batch_size,
        seed=options.seed,
        out=options.out,
        save_every=options.save_every,
        augment=data.augment if options.augment else None,
        fabric=fabric,
        about=about,
    )
    _show(ticks, options.steps, fabric.is_global_zero)


def _show(ticks: Any, steps: int, visible: bool) -> None:
    from tqdm import tqdm

    with tqdm(total=steps, unit="step", disable=not visible) as bar:
        for tick in ticks:
            bar.update(tick.step - bar.n)
            bar.set_postfix_str(_losses(tick))


def _losses(tick: Tick) -> str:
    losses = ", ".join(f"{name} {value:.3g}" for name, value in tick.logs.items())
    return f"{tick.images_per_second:.3g} images/s, {losses}"


def _fabric(options: argparse.Namespace) -> Any:
    try:
        from lightning_fabric import Fabric
    except ImportError:
        from lightning.fabric import Fabric
    if options.threads:
        torch.set_num_threads(options.threads)
    kind, _, number = options.device.partition(":")
    return Fabric(
        accelerator=kind,
        devices=[int(number)] if number else options.devices,
        num_nodes=options.nodes,
        precision=options.precision,
        strategy="ddp" if options.devices * options.nodes > 1 else "auto",
    )


def _network(options: argparse.Namespace) -> torch.nn.Module:
    changes = dict(_setting(text) for text in options.set)
    network = methods.build(options.method, options.preset, options.seed, **changes)
    if options.start:
        weights.load_strictly(network, methods.load(options.start).state_dict(), options.start)
    return network


def _setting(text: str) -> tuple[str, Any]:
    name, equals, value = text.partition("=")
    if not equals:
        raise ValueError(f"--set {text}: write FIELD=VALUE")
    words = {"true": True, "false": False}
    if value.lower() in words:
        return name, words[value.lower()]
    for kind in (int, float):
        try:
            return name, kind(value)
        except ValueError:
            continue
    return name, value


def _open(options: argparse.Namespace, network: torch.nn.Module, split: str, draw: int) -> data.Dataset:
    """The pictures that a command names; with `draw`, with line art drawn at so many times the size."""
    limit = {} if options.pictures is None else {"n": options.pictures}
    size = options.size * max(1, draw)
    parts = [data.open(name, split, size, options.seed, **limit) for name in options.data]
    return data.joined([data.drawn(part, options.size, network.line_art) for part in parts] if draw else parts)


def _names(options: argparse.Namespace) -> str:
    return "+".join(Path(name).name for name in options.data)


def _colorize_options(add: argparse.ArgumentParser) -> None:
    add.add_argument("picture", help="a photograph or a line drawing, any format")
    add.add_argument("--out", required=True, type=Path, help="PNG, JPEG or WebP, at the picture's own size")
    add.add_argument("--weights", default=weights.DEFAULT, help="a shipped name, a file or the folder of a run")
    add.add_argument(
        "--hint",
        action="append",
        default=[],
        metavar="REGION=COLOR",
        help="such as 0=tomato; repeat",
    )
    add.add_argument("--hints", type=Path, help="a hint file, as a widget saves it")
    add.add_argument("--kind", default="auto", help="auto, photo or drawing")
    add.add_argument("--size", type=int, help="the shorter side as the network sees it")
    add.add_argument("--sketch", type=Path, help="also write the line art here")


def _colorize(options: argparse.Namespace) -> None:
    painter = Colorizer.load(options.weights, options.size)
    painter.set_image(load_image(options.picture), options.kind)
    hints = from_json(options.hints.read_text()) if options.hints else []
    hints += [_region(text) for text in options.hint]
    save_image(painter.predict(hints), options.out)
    if options.sketch:
        save_image(painter.sketch, options.sketch)


def _region(text: str) -> Region:
    rank, equals, color = text.partition("=")
    if not equals or not rank.isdigit():
        raise ValueError(f"--hint {text}: write REGION=COLOR, such as 0=tomato")
    return Region(int(rank), color)


def _evaluate_options(add: argparse.ArgumentParser) -> None:
    add.add_argument("weights", help="a shipped name, a file or the folder of a run")
    add.add_argument("--data", required=True, nargs="+", help="folders of pictures, or names of datasets")
    add.add_argument("--split", default="test")
    add.add_argument("--size", type=int, default=64)
    add.add_argument("--pictures", type=int, help="use only so many")
    add.add_argument(
        "--benchmark",
        type=float,
        help="PSNR in dB: also print the number of hints needed to reach it",
    )
    add.add_argument("--metrics", nargs="+", default=["psnr"])
    add.add_argument("--seed", type=int, default=0)
    add.add_argument("--out", type=Path, help="write the rows here as JSON")


def _evaluate(options: argparse.Namespace) -> None:
    network = methods.load(options.weights)
    pictures = _open(options, network, options.split, network.about.get("draw", 0))
    counts = range((network.n_regions or 30) + 1)
    rows = evaluate(network, pictures, counts, options.metrics, seed=options.seed)
    for row in rows:
        print("  ".join(f"{name} {value:.4g}" for name, value in row.items()))  # noqa: T201
    about = {"command": "python -m colornb " + shlex.join(sys.argv[1:]), "pictures": len(pictures)}
    if options.benchmark is not None:
        about["nri"] = required_interactions(network, pictures, options.benchmark, counts[-1], seed=options.seed)
        print(f"NRI {about['nri']:.4g} for {options.benchmark} dB")  # noqa: T201
    if options.out:
        write_results(options.out, rows, data=_names(options), trained=network.about, **about)


def _list_options(add: argparse.ArgumentParser) -> None:
    pass


def _list(options: argparse.Namespace) -> None:
    for method in methods.list_methods():
        print(f"method {method}: presets {', '.join(methods.presets(method))}")  # noqa: T201
    for name in data.list_datasets():
        print(f"dataset {name}")  # noqa: T201
    for name in weights.shipped():
        print(f"checkpoint {name}")  # noqa: T201


_OPTIONS = {
    "train": _train_options,
    "colorize": _colorize_options,
    "evaluate": _evaluate_options,
    "list": _list_options,
}

if __name__ == "__main__":
    sys.exit(main())
