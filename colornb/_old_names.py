"""What files of earlier versions call what has another name today: checkpoints, runs, results, commands.

Names are mapped where a file is read (`methods.load`, `training`, `evaluation.read_results`, `--set`); nothing is ever
written under an old name.
"""

import re
from collections.abc import Mapping
from typing import Any

_DISCRIMINATOR = {"critic_width": "discriminator_width"}
FIELDS: dict[str, dict[str, str]] = {  # of the `Config` of each method
    "alacgan": _DISCRIMINATOR,
    "deoldify": _DISCRIMINATOR
    | {
        "critic_levels": "discriminator_levels",
        "critic_rate": "discriminator_rate",
        "beaten": "discriminator_threshold",
        "frozen": "freeze_fraction",
        "rise": "warmup_fraction",
    },
    "edge_enhancing": {"several": "max_edges", "slack": "tolerance", "reach": "radius", "empty": "no_scribble_prob"},
    "efficient_unet": {"odd": "recolored"},
    "guiding_painter": _DISCRIMINATOR | {"keep": "hint_prob"},
    "pix2pix": _DISCRIMINATOR,
    "rtug": {"least": "min_hints", "whole": "reveal_all_prob", "odd": "odd_sizes"},
}
WORDS = {"deoldify": {"stage": {"painter": "generator", "critic": "discriminator"}}}  # values of a field
PARTS = {"critic": "discriminator"}  # of a recipe
PROTOCOL = {"several": "max_edges", "slack": "tolerance"}  # how scribbles are made


def current_field(method: str, name: str) -> str:
    """What a field of a method's `Config` is called today."""
    return FIELDS.get(method, {}).get(name, name)


def current_config(method: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a `Config` under today's names, with today's words for their values."""
    words = WORDS.get(method, {})
    return {
        current_field(method, name): words.get(name, {}).get(value, value) if isinstance(value, str) else value
        for name, value in values.items()
    }


def current_parts(parts: Mapping[str, Any]) -> dict[str, Any]:
    """The parts of a recipe under today's names."""
    return {PARTS.get(name, name): part for name, part in parts.items()}


def current_protocol(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row of results, or what is said of all of them, whose protocol of scribbles has today's names."""
    named = {PROTOCOL.get(name, name): value for name, value in row.items()}
    return named | ({"scribbling": current_protocol(row["scribbling"])} if "scribbling" in row else {})


def current_repr(method: str, text: str) -> str:
    """The `repr` of a `Config`, which unfinished runs hold, as it would be written today."""
    words = [
        (f"{field}={old!r}", f"{field}={new!r}")
        for field, own in WORDS.get(method, {}).items()
        for old, new in own.items()
    ]
    names = [(f"{old}=", f"{new}=") for old, new in FIELDS.get(method, {}).items()]
    for old, new in (*words, *names):
        text = re.sub(rf"\b{re.escape(old)}", new, text)
    return text
