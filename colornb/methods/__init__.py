"""Colorization methods, one paper or baseline a file: `Config` with `PRESETS`, `Network`, `Recipe`.

A new file here is a new method: it is found by its name.
"""

from collections.abc import Mapping
from dataclasses import asdict, fields, replace
from pathlib import Path
from types import ModuleType
from typing import Any

import torch

from colornb import checkpoints
from colornb._discover import module, modules
from colornb._old_names import current_config
from colornb.methods._config_overrides import read_setting
from colornb.methods.base import (
    Encoding,
    Network,
    NetworkModule,
    Progress,
    Recipe,
    encode_batch,
    make_condition,
    scaled_hints,
)

__all__ = [
    "Encoding", "Network", "Progress", "Recipe", "build", "describe", "encode_batch", "list_methods", "load",
    "load_official", "make_condition", "presets", "published", "read_config", "read_setting", "recipe", "save",
    "scaled_hints",
]  # fmt: skip


def list_methods() -> list[str]:
    """Names of all methods."""
    return modules(__name__, holding="PRESETS")


def presets(method: str) -> dict[str, Any]:
    """The named configurations of a method."""
    return _module(method).PRESETS


def build(method: str, preset: str | Any = "tiny", seed: int = 0, **changes: Any) -> NetworkModule:
    """A network with fresh weights.

    Args:
        method: name of a file of this package.
        preset: name of one of its presets, or a `Config` of it.
        seed: what the weights are drawn from.
        **changes: fields of the configuration to change.

    Raises:
        ValueError: no such method, preset or field; the line lists the choices.
    """
    config = _config(method, preset) if isinstance(preset, str) else preset
    known = [field.name for field in fields(config)]
    if unknown := changes.keys() - set(known):
        raise ValueError(f"{method} has no setting {sorted(unknown)[0]!r}: choose from {', '.join(known)}")
    generator = torch.Generator().manual_seed(seed)
    return _module(method).Network(replace(config, **changes), generator)


def recipe(network: NetworkModule, seed: int = 0) -> Recipe:
    """The training recipe that belongs to a network."""
    return _module(method_of(network)).Recipe(network, torch.Generator().manual_seed(seed + 1))


def method_of(network: NetworkModule) -> str:
    """The name of the method that a network belongs to."""
    return type(network).__module__.rsplit(".", 1)[-1]


def save(network: NetworkModule, path: str | Path, half: bool = False, **about: Any) -> None:
    """Write a network with everything needed to rebuild it; `about` says how it came to be."""
    checkpoints.write(path, network.state_dict(), describe(network, **about), half)


def describe(network: NetworkModule, **about: Any) -> dict[str, Any]:
    """What a file of a network says of it, so that it can be built again, and `about` it."""
    notice = getattr(network, "notice", "")  # what a licence of weights inside wants to be said
    about = {"notice": notice, **about} if notice else about
    return {"method": method_of(network), "config": asdict(network.config), **about}


def load(name: str | Path) -> NetworkModule:
    """The network of a checkpoint, ready to paint (evaluation mode, on the CPU).

    `name` is a shipped name, a file, or the folder of a training run; or one of `published`, alone or with the file
    that you have of it: "siggraph17", "siggraph17-retrained=latest_net_G.pth".
    """
    known, _, own = str(name).partition("=")
    if known in published():
        return load_official(known, own or None)
    path = checkpoints.resolve(name)
    state, about = checkpoints.read(path)
    if "method" not in about:
        raise ValueError(f"{path} does not say which method it belongs to: load published files with load_official")
    try:
        config = read_config(about["method"], about["config"])
    except TypeError:
        raise ValueError(f"{path} has settings that this colornb does not know: update it") from None
    with checkpoints.SkipInit():
        network = build(about["method"], config)
    checkpoints.load_strictly(network, state, str(path))
    network.about, network.checkpoint = about, checkpoints.identify(path)
    return network.eval().requires_grad_(False)


def read_config(method: str, values: Mapping[str, Any]) -> Any:
    """The `Config` of a method from its fields as a file has them. Raises TypeError for fields that it has not."""
    own = {name: tuple(value) if isinstance(value, list) else value for name, value in values.items()}  # JSON has lists
    return _module(method).Config(**current_config(method, own))


def published() -> dict[str, str]:
    """Names of files that authors have published, and the method each belongs to."""
    files = {method: getattr(_module(method), "PUBLISHED", {}) for method in list_methods()}
    return {name: method for method, names in files.items() for name in names}


def load_official(name: str, path: str | Path | None = None) -> NetworkModule:
    """The network of a published file, ready to paint, with the conventions that this file was trained with.

    Args:
        name: one of `published`. Two files can have the same weights' names and shapes and yet want their hints told
            differently; the name says which one it is.
        path: the file, where you have it; otherwise it is fetched (`colornb.checkpoints.fetch`).

    Raises:
        ValueError: no such name, or the file does not fit it.
        OSError: it cannot be fetched; the line says what to do.
    """
    if name not in (known := published()):
        raise ValueError(f"nothing published is named {name!r}: choose one of {', '.join(known)}")
    source = _module(known[name])
    if path is None and name not in checkpoints.OFFICIAL:
        raise ValueError(f"{name} has no address to fetch it from: get its file, and give its path")
    if hasattr(source, "read_official"):  # a folder of several files
        state = source.read_official(path)
    else:
        state = checkpoints.read_published(checkpoints.fetch(name if path is None else path))
    with checkpoints.SkipInit():
        network = build(known[name], source.PUBLISHED[name])
    source.load_official(network, state)
    network.about = {"method": known[name], "published": name, "size": getattr(network.config, "size", 256)}
    return network.eval().requires_grad_(False)


def _module(method: str) -> ModuleType:
    return module(__name__, method, "method", holding="PRESETS")


def _config(method: str, preset: str) -> Any:
    known = presets(method)
    if preset not in known:
        raise ValueError(f"{method} has no preset {preset!r}: choose one of {', '.join(known)}")
    return known[preset]
