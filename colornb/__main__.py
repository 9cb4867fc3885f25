"""`python -m colornb train | colorize | evaluate | list`: the package from a command line."""

import argparse
import os
import re
import shlex
import sys
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from PIL import Image

from colornb import data, methods, weights
from colornb.color import parse_color
from colornb.colorizer import Colorizer
from colornb.evaluation import commit, evaluate, required_interactions, write_results
from colornb.hints import Region, from_json
from colornb.images import MAX_SIDE, load_image, save_image
from colornb.metrics import PAIRWISE
from colornb.training import train
from colornb.types import RGB

LEAST = 32  # pixels: on smaller pictures the critic has nothing left to look at


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; errors that a user can mend are one line on stderr and exit status 2."""
    words = sys.argv[1:] if arguments is None else arguments
    options = _parser().parse_args(words, argparse.Namespace(command=_command(words)))
    try:
        options.run(options)
    except (ValueError, OSError) as error:
        _say(_line(error))
        return 2
    except KeyboardInterrupt:
        return 130
    return 0


def _say(text: str) -> None:
    print(f"colornb: {text}", file=sys.stderr)  # noqa: T201


def _line(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror and error.filename:
        return f"{error.strerror}: {error.filename}"
    return " ".join(str(error).splitlines()) or type(error).__name__


def _command(words: Sequence[str]) -> str:
    """The command line to keep beside results: paths are cut to their names, which say enough and give nothing away."""
    return shlex.join(["python", "-m", "colornb", *map(_without_folders, words)])


def _without_folders(word: str) -> str:
    option, equals, value = word.partition("=") if word.startswith("--") else ("", "", word)
    return option + equals + (Path(value).name if len(Path(value).parts) > 1 else value)


def _at_least(options: argparse.Namespace, **least: int) -> None:
    """Refuse numbers that are too small; those that were not given are None."""
    for name, number in least.items():
        value = getattr(options, name)
        if value is not None and value < number:
            raise ValueError(f"--{name.replace('_', '-')} {value}: give at least {number}")


def _check_place(out: Path, folder: bool) -> None:
    """Refuse, before the work, a place that could not be written to after it."""
    if out.exists() and out.is_dir() != folder:
        raise ValueError(f"--out {out} is a {'file: give a folder' if folder else 'folder: give a file in it'}")
    nearest = next(place for place in out.absolute().parents if place.exists())
    if not nearest.is_dir():
        raise ValueError(f"--out {out} lies inside a file, {nearest}: give another place")
    if not os.access(out if out.exists() else nearest, os.W_OK):
        raise ValueError(f"--out {out} must not be written to: give another place")


def _device(name: str) -> torch.device:
    """The device of a name; "auto" is a GPU where there is one."""
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    if not re.fullmatch(r"(cpu|mps|cuda(:\d+)?)", name):
        raise ValueError(f"--device {name}: give auto, cpu, mps, cuda, or cuda:0, cuda:1 ..")
    if name.startswith("cuda") and not torch.cuda.is_available():
        raise ValueError("no CUDA device here: use --device cpu")
    if name == "mps" and not torch.backends.mps.is_available():
        raise ValueError("no MPS device here: use --device cpu")
    device = torch.device(name)
    if device.type == "cuda" and (device.index or 0) >= torch.cuda.device_count():
        raise ValueError(f"no device {name} here: use cuda:0 to cuda:{torch.cuda.device_count() - 1}")
    return device


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m colornb", description="Interactive image colorization.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for name, words, add_options, run in [
        ("train", "train a method on a folder of pictures or a named dataset", _train_options, _train),
        ("colorize", "colour a picture", _colorize_options, _colorize),
        ("evaluate", "measure a trained network for every number of hints", _evaluate_options, _evaluate),
        ("list", "show methods with their presets, datasets and shipped checkpoints", None, _list),
    ]:
        command = commands.add_parser(name, help=words, description=words[0].upper() + words[1:] + ".")
        command.set_defaults(run=run)
        if add_options:
            add_options(command)
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
        help="change a field of the preset, such as width=16 or line_art=clean,classic; repeat",
    )
    add.add_argument("--steps", type=int, default=1000)
    add.add_argument("--size", type=int, default=64, help=f"side of the pictures in pixels, {LEAST} or more")
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
    _at_least(options, size=LEAST, draw=0, save_every=1, devices=1, nodes=1, threads=1, pictures=1)
    _check_place(options.out, folder=True)
    fabric = _fabric(options)
    fabric.launch()
    network = _network(options)
    pictures = _open(options, network, "train", options.size, options.draw).to(fabric.device)
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
        about=_about(options, pictures, fabric),
    )
    _show(ticks, options.steps, fabric.is_global_zero)


def _about(options: argparse.Namespace, pictures: data.Dataset, fabric: Any) -> dict[str, Any]:
    """What is kept beside the weights: all that a second run of the same kind needs to know."""
    return {
        "size": options.size,
        "draw": options.draw,
        "data": _names(options),
        "pictures": len(pictures),
        "preset": options.preset,
        "augment": options.augment,
        "start": options.start and Path(options.start).name,
        "precision": options.precision,
        "device": fabric.device.type,
        "command": options.command,
        "commit": commit(),
    }


def _show(ticks: Any, steps: int, visible: bool) -> None:
    from tqdm import tqdm

    shape = "{l_bar}{bar}| {n_fmt}/{total_fmt} [{elapsed}{postfix}]"  # our own pace: tqdm's is wrong for resumed runs
    with tqdm(total=steps, unit="step", disable=not visible, bar_format=shape) as bar:
        for tick in ticks:
            bar.n = tick.step
            bar.set_postfix_str(tick.summary())
        finished = bar.n == 0
    if finished and visible:
        _say("already finished: network.safetensors is there")


def _fabric(options: argparse.Namespace) -> Any:
    try:
        from lightning_fabric import Fabric
    except ImportError:
        from lightning.fabric import Fabric
    if options.threads:
        torch.set_num_threads(options.threads)
    device = _device(options.device)
    try:
        return Fabric(
            accelerator=device.type,
            devices=options.devices if device.index is None else [device.index],
            num_nodes=options.nodes,
            precision=options.precision,
            strategy="ddp" if options.devices * options.nodes > 1 else "auto",
        )
    except Exception as error:  # Fabric has an exception of its own, of no common kind
        raise ValueError(f"cannot train as --device, --devices and --precision say: {_line(error)}") from None


def _network(options: argparse.Namespace) -> torch.nn.Module:
    config = methods.presets(options.method).get(options.preset)
    changes = dict(methods.read_setting(text, config) for text in options.set)
    network = methods.build(options.method, options.preset, options.seed, **changes)
    if options.start:
        weights.load_strictly(network, methods.load(options.start).state_dict(), options.start)
    return network


def _open(
    options: argparse.Namespace, network: torch.nn.Module, split: str, size: int, draw: int, keep: bool = False
) -> data.Dataset:
    """The pictures that a command names; with `draw`, with line art drawn at so many times the size.

    With `keep`, pictures that own line art keep it; otherwise they are refused.
    """
    limit = {} if options.pictures is None else {"n": options.pictures}
    parts = []
    for name in options.data:
        part = data.open(name, split, size * max(1, draw), options.seed, **limit)
        if draw and keep and not (isinstance(part, data.Pictures) and part.sketch is None):
            part = data.open(name, split, size, options.seed, **limit)
        elif draw:
            part = data.drawn(part, size, network.line_art)
        parts.append(part)
    return data.joined(parts)


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
        metavar="K=COLOR",
        help="a colour for the K-th region that the model asks about in this picture, from 1: 1=skyblue; repeat",
    )
    add.add_argument("--hints", type=Path, help="a hint file, as a widget saves it (regions by rank)")
    add.add_argument("--regions", type=Path, help="also write a PNG here: the regions, with their numbers K")
    add.add_argument("--kind", default="auto", help="auto, photo or drawing")
    add.add_argument("--size", type=int, help="the shorter side as the network sees it")
    add.add_argument("--sketch", type=Path, help="also write the line art here")
    add.add_argument("--max-side", type=int, default=MAX_SIDE, help="shrink pictures with a longer side, in pixels")
    add.add_argument("--device", default="auto", help="auto, cpu, cuda, or cuda:0, cuda:1 ..")


def _colorize(options: argparse.Namespace) -> None:
    _at_least(options, size=1, max_side=1)
    device = _device(options.device)
    by_hand = [_answer(text) for text in options.hint]
    hints = from_json(options.hints.read_text(encoding="utf-8")) if options.hints else []
    painter = Colorizer(methods.load(options.weights).to(device), options.size)
    painter.set_image(_read(options.picture, options.max_side), options.kind)
    if options.regions:
        _write_regions(painter, options.regions)
    hints += [_region(painter, number, color) for number, color in by_hand]
    save_image(painter.predict(hints), options.out)
    if options.sketch:
        save_image(painter.sketch, options.sketch)


def _read(picture: str, max_side: int) -> RGB:
    """The picture, and a line on stderr where it had to be shrunk."""
    image = load_image(picture, max_side)
    with warnings.catch_warnings(action="ignore"), Image.open(Path(picture).expanduser()) as file:
        before = file.size
    now = (image.shape[-1], image.shape[-2])
    if max(before) > max(now):
        before = before if (before[0] > before[1]) == (now[0] > now[1]) else before[::-1]  # a photograph turned upright
        was, became = (f"{width} x {height}" for width, height in (before, now))
        _say(f"{was} was read as {became}: give --max-side {max(before)} to keep its size")
    return image


def _write_regions(painter: Colorizer, path: Path) -> None:
    if path.suffix.lower() != ".png":
        raise ValueError(f"--regions {path}: end its name in .png")
    if not painter.region_order:
        raise ValueError("this model has no regions to show: leave out --regions")
    from colornb.figures import show_regions

    weights.write_bytes(path, show_regions(painter)._repr_png_())


def _answer(text: str) -> tuple[int, str]:
    """The number of a question and the colour that answers it."""
    number, equals, color = text.partition("=")
    if not equals or not re.fullmatch("[0-9]+", number) or int(number) == 0:
        raise ValueError(f"--hint {text}: write K=COLOR with K from 1, such as 1=skyblue")
    parse_color(color)
    return int(number), color


def _region(painter: Colorizer, number: int, color: str) -> Region:
    order = painter.region_order
    if not order:
        raise ValueError("this model asks about no regions: leave out --hint, and give points with --hints")
    if number > len(order):
        raise ValueError(f"--hint {number}={color}: the model asks {len(order)} questions here, give 1 to {len(order)}")
    return Region(order[number - 1], color)


def _evaluate_options(add: argparse.ArgumentParser) -> None:
    add.add_argument("weights", help="a shipped name, a file or the folder of a run")
    add.add_argument("--data", required=True, nargs="+", help="folders of pictures, or names of datasets")
    add.add_argument("--split", default="test")
    add.add_argument("--size", type=int, help="side of the pictures in pixels; as in training if left out")
    add.add_argument("--pictures", type=int, help="use only so many")
    add.add_argument(
        "--benchmark",
        type=float,
        help="PSNR in dB: also print the number of hints needed to reach it",
    )
    add.add_argument("--metrics", nargs="+", default=["psnr"], help=", ".join(PAIRWISE))
    add.add_argument("--seed", type=int, default=0)
    add.add_argument("--device", default="auto", help="auto, cpu, cuda, or cuda:0, cuda:1 ..")
    add.add_argument("--out", type=Path, help="write the rows here as JSON")


def _check_metrics(names: Sequence[str]) -> None:
    for name in names:
        if name == "nri":
            raise ValueError("--metrics nri: ask for it with --benchmark DB")
        if name not in (known := PAIRWISE):
            raise ValueError(f"no metric named {name!r} that compares pictures: choose from {', '.join(known)}")


def _evaluate(options: argparse.Namespace) -> None:
    _at_least(options, size=16, pictures=1)
    _check_metrics(options.metrics)
    if options.out:
        _check_place(options.out, folder=False)
    device = _device(options.device)
    network = methods.load(options.weights).to(device)
    size = options.size or network.about.get("size", 64)
    pictures = _open(options, network, options.split, size, network.about.get("draw", 0), keep=True)
    counts = range((network.n_regions or 30) + 1)
    rows = evaluate(network, pictures, counts, options.metrics, seed=options.seed)
    for row in rows:
        print("  ".join(f"{name} {value:.4g}" for name, value in row.items()))  # noqa: T201
    about = {
        "command": options.command,
        "pictures": len(pictures),
        "size": size,
        "split": options.split,
        "seed": options.seed,
        "device": torch.cuda.get_device_name(device) if device.type == "cuda" else device.type,
    }
    if options.benchmark is not None:
        about["nri"] = required_interactions(network, pictures, options.benchmark, counts[-1], seed=options.seed)
        about["benchmark"] = options.benchmark
        print(f"NRI {about['nri']:.4g} for {options.benchmark} dB")  # noqa: T201
    if options.out:
        write_results(options.out, rows, data=_names(options), trained=network.about, **about)


def _list(options: argparse.Namespace) -> None:
    for method in methods.list_methods():
        print(f"method {method}: presets {', '.join(methods.presets(method))}")  # noqa: T201
    for name in data.list_datasets():
        print(f"dataset {name}")  # noqa: T201
    for name in weights.shipped():
        print(f"checkpoint {name}")  # noqa: T201


if __name__ == "__main__":
    sys.exit(main())
