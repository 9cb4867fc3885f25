"""Train a method on folders of pictures or named datasets."""

import argparse
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

import torch

from colornb import checkpoints, data, methods
from colornb.commands import _options
from colornb.evaluation import evaluate, git_revision
from colornb.refusals import line
from colornb.training import Measure, load_fabric, train

STEPS, CHECKED = 1000, (0, 1, 20)


def add_options(add: argparse.ArgumentParser) -> None:
    """How a run is described."""
    add.add_argument("method", help="such as guiding_painter")
    mixture = "folders of pictures, or names of datasets; A=2 B=1 mixes them two to one"
    add.add_argument("--data", required=True, nargs="+", help=mixture)
    place = "folder of the run; it goes on from what it finds there"
    add.add_argument("--out", required=True, type=Path, help=place)
    add.add_argument("--preset", default="tiny", help="settings of the method by name")
    what = "change a field of the preset, such as width=16 or line_art=clean,classic"
    _options.add_repeated(add, "--set", "FIELD=VALUE", what)
    add.add_argument("--steps", type=_options.whole(1), help="updates in all, 1000 if no minutes are given")
    add.add_argument(
        "--minutes",
        type=_options.POSITIVE,
        help="train so long instead; what goes by progress goes by the clock",
    )
    check = "with each checkpoint measure PSNR on the split val with so many hints (0 1 20)"
    add.add_argument("--check", type=_options.whole(0), nargs="*", metavar="HINTS", help=check)
    add.add_argument("--check-data", nargs="+", help="measure on these instead of --data")
    side = f"side of the pictures in pixels, {_options.MIN_SIDE} or more"
    add.add_argument("--size", type=_options.whole(_options.MIN_SIDE), default=64, help=side)
    add.add_argument("--batch-size", type=_options.whole(1), default=16, help="pictures a step on each device")
    add.add_argument("--pictures", type=_options.whole(1), help="use only so many (procedural data: make so many)")
    add.add_argument("--augment", action="store_true", help="random flips and crops")
    _add_ranges(add.add_argument_group("with --augment"))
    add.add_argument("--start", help="begin with the weights of this checkpoint")
    add.add_argument("--save-every", type=_options.whole(1), default=200, help="steps between checkpoints")
    add.add_argument("--devices", type=_options.whole(1), default=1, help="how many devices on each node")
    add.add_argument("--nodes", type=_options.whole(1), default=1, help="how many machines train together")
    add.add_argument("--precision", default="32-true", help="32-true, bf16-mixed ..")
    _options.add_shared(add, "draw", "seed", "device", "threads")
    add.set_defaults(draw=0)


def _add_ranges(add: Any) -> None:
    pair = {"type": float, "nargs": 2, "metavar": ("LOW", "HIGH")}
    add.add_argument("--crop", **pair, help="share of the area that is kept (0.6 1); GuidingPainter's code: 0.08 1")
    add.add_argument("--ratio", **pair, help="width to height of what is kept (0.75 1.3333)")
    jitter = "vary colours, too: without numbers as GuidingPainter's code does, or give five, of brightness, contrast, "
    jitter += "hue, saturation and value, from 0 to 1"
    add.add_argument("--jitter", type=float, nargs="*", metavar="RANGE", help=jitter)


def run(options: argparse.Namespace) -> None:
    """Train, or go on with a run that was cut short."""
    _options.check_place(options.out, folder=True)
    augment = _augment(options)
    if options.check_data and options.check is None:
        raise ValueError("--check-data belongs to --check: add it")
    _options.check_data(options.check_data or (), "val")
    fabric = _fabric(options)
    fabric.launch()
    network = _network(options)
    pictures = _options.open_pictures(options, network, "train", options.size, options.draw).to(fabric.device)
    ticks = train(
        methods.recipe(network, options.seed),
        pictures,
        steps=options.steps if options.steps or options.minutes else STEPS,
        minutes=options.minutes,
        batch_size=options.batch_size,
        seed=options.seed,
        out=options.out,
        save_every=options.save_every,
        augment=None if augment is None else partial(data.augment, **augment),
        measure=_measure(options, network, fabric),
        fabric=fabric,
        about=_about(options, pictures, fabric, augment),
    )
    _show(ticks, fabric.is_global_zero)
    if fabric.is_global_zero:
        _options.tell(str(options.out / "network.safetensors"))


def _measure(options: argparse.Namespace, network: torch.nn.Module, fabric: Any) -> Measure | None:
    """What the history of the run shall hold: PSNR on pictures that it does not learn from."""
    if options.check is None:
        return None
    named = argparse.Namespace(**vars(options) | {"data": options.check_data or options.data})
    pictures = _options.open_pictures(named, network, "val", options.size, options.draw).to(fabric.device)

    def measure(network: torch.nn.Module) -> dict[str, float]:
        rows = evaluate(network, pictures, options.check or CHECKED, seed=options.seed)
        return {f"psnr{row['hints']}": round(row["psnr"], 3) for row in rows}

    return measure


def _augment(options: argparse.Namespace) -> dict[str, Any] | None:
    """What was asked of `data.augment` besides its defaults; None without augmentation."""
    names = ("crop", "ratio", "jitter")
    given = {name: value for name in names if (value := getattr(options, name)) is not None}
    if not options.augment:
        if given:
            raise ValueError(f"--{next(iter(given))} belongs to --augment: add it")
        return None
    asked = {name: tuple(value) for name, value in given.items() if name != "jitter"}
    data.check_ranges(asked.get("crop"), asked.get("ratio", data.RATIO))
    if (ranges := given.get("jitter")) is not None:
        if len(ranges) not in (0, 5):
            raise ValueError(f"--jitter with {len(ranges)} numbers: give none, or five")
        asked["color"] = data.Jitter(*ranges)
    return asked


def _about(
    options: argparse.Namespace, pictures: data.Dataset, fabric: Any, augment: dict[str, Any] | None
) -> dict[str, Any]:
    """What is kept beside the weights: all that a second run of the same kind needs to know."""
    asked = {name: getattr(options, name) for name in ("size", "draw", "preset", "precision", "command")}
    return asked | {
        "data": _options.names_of(options),
        "pictures": len(pictures),
        "augment": augment is not None and _ranges(augment),
        "start": options.start and Path(options.start).name,
        "device": fabric.device.type,
        "commit": git_revision(),
    }


def _ranges(augment: dict[str, Any]) -> bool | dict[str, Any]:
    """All ranges of an augmentation in words and numbers; True for the defaults, as runs have always said."""
    default = {"crop": data.CROP, "ratio": data.RATIO, "color": False}
    if (ranges := default | augment) == default:
        return True
    color = ranges["color"] and asdict(ranges["color"])
    return {"crop": list(ranges["crop"]), "ratio": list(ranges["ratio"]), "color": color}


def _show(ticks: Any, visible: bool) -> None:
    watch, tick = _options.show_progress(), None
    for tick in ticks:
        if visible:
            watch("", tick)
    if tick is None and visible:
        _options.say("already finished: network.safetensors is there")


def _fabric(options: argparse.Namespace) -> Any:
    if options.threads:
        torch.set_num_threads(options.threads)
    device = _options.device_of(options.device)
    if device.index is not None and options.devices > 1:
        raise ValueError(f"--device {device} is one device: give --device {device.type} for {options.devices} of them")
    try:
        return load_fabric()(
            accelerator=device.type,
            devices=options.devices if device.index is None else [device.index],
            num_nodes=options.nodes,
            precision=options.precision,
            strategy="ddp" if options.devices * options.nodes > 1 else "auto",
        )
    except Exception as error:  # Fabric has an exception of its own, of no common kind
        raise ValueError(f"cannot train as --device, --devices and --precision say: {line(error)}") from None


def _network(options: argparse.Namespace) -> torch.nn.Module:
    config = methods.presets(options.method).get(options.preset)
    changes = dict(methods.read_setting(text, config) for text in options.set)
    network = methods.build(options.method, options.preset, options.seed, **changes)
    if options.start:
        own, state = network.state_dict(), methods.load(options.start).state_dict()
        # what is enhanced is the backbone that the settings name, as it is now, and not that of the start
        state |= {name: value for name, value in own.items() if name.startswith("backbone.")}
        if fresh := {name: value for name, value in own.items() if name not in state}:
            _options.say(f"{len(fresh)} of the weights are not in {options.start}: these begin anew")
        checkpoints.load_strictly(network, fresh | state, options.start)
    return network
