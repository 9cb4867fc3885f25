"""What saved sessions have in common: their hints, and the network and the region map that these speak of."""

import base64
import hashlib
import json
import os
import zlib
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from colornb.checkpoints import GONE
from colornb.drawings import choose_kind
from colornb.hints import Hint, Region, from_json
from colornb.palettes import Palette, parse
from colornb.types import RGB

WHAT = {"photo": "a photograph", "drawing": "a drawing"}  # what a picture may be seen as
GRID = 32  # cells a side of a region map in a session
MIN_AGREEMENT = 0.9  # of the cells: another device may give a few pixels beside a border to the other region


def read_session(source: str | os.PathLike | bytes, name: str = "") -> dict:
    """What a pad or a studio has saved as .json: its path, or the bytes of a file that is called so.

    Raises ValueError, in one line, for anything else.
    """
    path = name or source
    try:
        state = json.loads(source if isinstance(source, bytes) else Path(source).expanduser().read_bytes())
    except OSError as error:
        raise ValueError(f"cannot read '{path}': {error.strerror or error}") from None
    except (ValueError, RecursionError):  # no JSON, or not even text
        state = None
    if not isinstance(state, dict):
        raise ValueError(f"'{path}' holds no saved work: choose a .json file that a pad has saved")
    return state


def read_hints(state: dict, type_: type[Hint] | None = None) -> list[Hint]:
    """The hints in a saved session, all of one type where one is given. Raises ValueError, in one line, otherwise."""
    try:
        text = json.dumps(state)
    except (TypeError, ValueError):
        raise ValueError("this is no session: give the dict that `state` holds") from None
    hints = from_json(text)
    for hint in hints:
        if type_ is not None and not isinstance(hint, type_):
            wanted, given = (hint_type.__name__.lower() for hint_type in (type_, type(hint)))
            raise ValueError(f"{hint} is no {wanted} hint: open this session in a pad for {given}s")
    return hints


def checkpoint_of(network: Any) -> dict[str, str | None]:
    """The name and the SHA-256 of a network's checkpoint; of one that was built, the digest of its parameters."""
    known = getattr(network, "checkpoint", None)
    if known is not None:
        return dict(known)
    if not isinstance(network, nn.Module):
        return {"name": None, "sha256": None}
    digest = hashlib.sha256()
    for name, tensor in network.state_dict().items():
        flat = tensor.detach().cpu().contiguous().reshape(-1).view(torch.uint8)
        digest.update(name.encode() + flat.numpy().tobytes())
    return {"name": None, "sha256": digest.hexdigest()}


def region_map(regions: Tensor) -> str:
    """The rank at each cell of a small grid over the picture, as text; `regions` is a partition (n, h, w)."""
    rows, columns = (((torch.arange(GRID) + 0.5) * side / GRID).long() for side in regions.shape[1:])
    ranks = regions.cpu()[:, rows][:, :, columns].int().argmax(0)
    return base64.b64encode(zlib.compress(ranks.numpy().astype("<u2").tobytes(), 9)).decode()


def seen_as(image: RGB, kind: str) -> str:
    """What a picture, sRGB in [0, 1], is seen as: "photo" or "drawing"; `kind` as in `Colorizer.set_image`."""
    with suppress(ValueError):  # nothing is drawn on it
        return choose_kind(image, kind)
    return "photo"


def made_on(state: dict) -> str:
    """What the picture of a session was seen as, "" where it does not tell: the live picture says less than a pad."""
    told = state.get("seen_as", state.get("kind", "drawing" if state.get("refine") else ""))
    return told if isinstance(told, str) and told in WHAT else ""


def origin_of(network: Any, regions: Tensor | None, refine: bool = False, seen: str = "") -> dict[str, Any]:
    """The network, and the map of the regions (n, h, w) that it has of a picture: where a session comes from.

    `refine`: they are made of whole areas, `Colorizer.refine`; `seen`: what the picture is `seen_as`.
    """
    found: dict[str, Any] = {"checkpoint": checkpoint_of(network)} | ({"seen_as": seen} if seen else {})
    if regions is not None:
        found |= {"region_map": region_map(regions)} | ({"refine": True} if refine else {})
    return found


def means_areas(state: dict, hints: Sequence[Hint]) -> bool:
    """Whether a session, with these hints, goes with regions that are made of whole areas, see `Colorizer.refine`.

    All that speak of such regions say so; one that speaks of none goes with any.
    """
    return bool(state.get("refine")) or not _speaks_of_regions(state, hints)


def read_shading(state: dict, default: float) -> float:
    """The shading of a saved session, in [0, 1]; `default` where it tells of none. Raises ValueError for others."""
    shading = state.get("shading", default)
    if type(shading) not in (int, float) or not 0 <= shading <= 1:
        raise ValueError(f"shading {shading!r} in the session: give a number from 0, flat, to 1")
    return float(shading)


def read_palette(state: dict) -> Palette | None:
    """The palette of a saved session, None where it has none. Raises ValueError, in one line, for what is none."""
    found = state.get("palette")
    return None if found is None else parse(json.dumps(found).encode(), "the palette of the session")


def name_colors(state: dict, palette: Palette) -> dict:
    """The session with colours in the place of names of a palette. Raises ValueError for what is neither."""
    rows = state.get("hints")
    if not any(palette.names) or not isinstance(rows, list):
        return state
    return state | {"hints": [_name_color(row, palette) for row in rows]}


def _name_color(row: Any, palette: Palette) -> Any:
    color = row.get("color") if isinstance(row, dict) else None
    return row | {"color": palette.find(color)} if isinstance(color, str) else row


def _speaks_of_regions(state: dict, hints: Sequence[Hint]) -> bool:
    return any(isinstance(hint, Region) for hint in hints) or bool(state.get("groups") or state.get("skipped"))


def check_origin(state: dict, own: dict[str, Any], hints: Sequence[Hint]) -> str:
    """Compare where a session comes from with the network and the picture at hand; older ones do not say it.

    Args:
        state: the session.
        own: what the session would say of itself if it were saved here.
        hints: those of the session.

    Returns:
        What the user should know: "" or one line.

    Raises:
        ValueError: its regions are not those of this network and picture.
    """
    before, now = (_checkpoint(entry) for entry in (state, own))
    made, seen = made_on(state), own.get("seen_as")
    is_other = bool(made and seen and made != seen)
    if is_other and _speaks_of_regions(state, hints):
        words = f"this session colours regions of {WHAT[made]}, and this picture is seen as {WHAT[seen]}"
        raise ValueError(f"{words}: open it with its own picture, or change what this one is seen as")
    if own.get("refine") and not means_areas(state, hints):
        raise ValueError(
            "this session colours regions as the network cuts them, not whole areas: open it with a colorizer whose "
            "`refine` is False"
        )
    if _speaks_of_regions(state, hints) and not _agree(state.get("region_map"), own.get("region_map")):
        if before.get("sha256") == now.get("sha256"):
            raise ValueError("this session colours the regions of another picture: open it with that one")
        name = before.get("name") or "another model"
        raise ValueError(f"this session colours the regions of {name}, which are not those on show: load it with that")
    if is_other:
        words = f"This work was made on {WHAT[made]}, and this picture is seen as {WHAT[seen]}"
        return f"{words}: see that its hints are where you want them."
    if before.get("sha256") in (None, now.get("sha256")):
        return ""
    made_with = before.get("name") or "another model"
    if made_with == now.get("name"):
        return f"This work was made with another version of {made_with}: the picture may look different now."
    if made_with in GONE:
        return f"This work was made with {made_with}, which is gone: the picture may look different now."
    return f"This work was made with {made_with}: the picture may look different now, unless you choose that model."


def _checkpoint(state: dict) -> dict:
    found = state.get("checkpoint")
    return found if isinstance(found, dict) else {}


def _agree(map_: Any, own: Any) -> bool:
    """Whether two region maps are the same but for a few cells; one that is not told agrees with all."""
    if map_ is None or own is None:
        return True
    try:
        first, second = (np.frombuffer(zlib.decompress(base64.b64decode(text)), "<u2") for text in (map_, own))
    except (TypeError, ValueError, zlib.error):
        raise ValueError("the region map in the session is broken: take it out, or save the session again") from None
    return first.shape == second.shape and float((first == second).mean()) >= MIN_AGREEMENT
