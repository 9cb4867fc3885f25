"""Palettes, colours with names: files of GIMP (.gpl), of Adobe's programs (.ase) and JSON, read and written."""

import json
import os
import re
import struct
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from colornb.color import hex_color, lab_to_rgb, parse_color
from colornb.files import atomic_write

MAX_BYTES = 4 * 2**20  # of a file; the palettes that people share have some thousand
MAX_NAMED = 8  # names that an error lists
GPL, ASE = "GIMP Palette", b"ASEF"  # what the files begin with
GROUP_START, GROUP_END, COLOR = 0xC001, 0xC002, 0x0001  # kinds of blocks in an .ase
NORMAL = 2  # a colour in an .ase that is neither global nor of a printer's ink


@dataclass(frozen=True)
class Palette:
    """Colours "#rrggbb" in a row, each with a name, "" where it has none; and what the palette is called.

    Raises ValueError for what is no colour, and where there are more or fewer names than colours.
    """

    colors: tuple[str, ...]
    names: tuple[str, ...] = ()
    name: str = ""

    def __post_init__(self) -> None:
        """Refuse what is no palette."""
        names = self.names or ("",) * len(self.colors)
        if len(names) != len(self.colors):
            raise ValueError(f"{len(names)} names for {len(self.colors)} colours: give one each")
        object.__setattr__(self, "colors", tuple(hex_color(parse_color(color)) for color in self.colors))
        object.__setattr__(self, "names", tuple(" ".join(name.split()) for name in names))

    def find(self, color: str) -> str:
        """The colour "#rrggbb" of a name, in letters large or small, or of what `parse_color` takes.

        Raises ValueError for what is neither.
        """
        wanted = " ".join(color.split()).casefold()
        for name, own in zip(self.names, self.colors, strict=True):
            if name and name.casefold() == wanted:
                return own
        try:
            return hex_color(parse_color(color))
        except ValueError as error:
            known = ", ".join(filter(None, self.names[:MAX_NAMED]))
            raise ValueError(f"{error}, or a name of the palette ({known})" if known else str(error)) from None

    def to_dict(self) -> dict[str, Any]:
        """As JSON has it."""
        rows = [{"name": name, "color": color} for name, color in zip(self.names, self.colors, strict=True)]
        return {"colornb": 1, "name": self.name, "palette": rows}


def load(path: str | os.PathLike) -> Palette:
    """The palette in a file, whose kind is seen by how it begins; names are kept.

    Of .ase, colours in RGB, CIE Lab, gray and CMYK (as screens mix it, without a profile) are read, groups joined. JSON
    is what `save` writes, or {"name": "#rrggbb"}, or a list of colours. Raises ValueError, in one line, for others.
    """
    path = Path(path).expanduser()
    try:
        data = path.read_bytes() if path.stat().st_size <= MAX_BYTES else b""
    except OSError as error:
        raise ValueError(f"cannot read '{path}': {error.strerror or error}") from None
    return parse(data, str(path))


def parse(data: bytes, name: str) -> Palette:
    """The palette in the bytes of a file that is called so, as `load` reads it. Raises ValueError, in one line."""
    read = _read_ase if data.startswith(ASE) else _read_gpl if GPL.encode() in data[:20] else _read_json
    try:
        palette = read(data)
    except (ValueError, TypeError, KeyError, AttributeError, struct.error) as error:
        why = str(error) if isinstance(error, PaletteError) else "it is neither .gpl of GIMP, .ase of Adobe, nor JSON"
        raise ValueError(f"'{name}' is no palette: {why}") from None
    if not palette.colors:
        raise ValueError(f"'{name}' is no palette: there are no colours in it")
    return palette


def save(palette: Palette, path: str | os.PathLike) -> Path:
    """Write a palette, by the ending of its name: .gpl, .ase (in RGB) or .json; whole or not at all.

    Raises ValueError, in one line, for another ending, and where nothing can be written.
    """
    path = Path(path).expanduser()
    write = WRITERS.get(path.suffix.lower())
    if write is None:
        raise ValueError(f"cannot write '{path.name}' as a palette: end its name in {', '.join(WRITERS)}")
    try:
        atomic_write(path, write(palette))
    except OSError as error:
        raise ValueError(f"cannot write '{path}': {error.strerror or error}, give another place") from None
    return path


class PaletteError(ValueError):
    """Says what is wrong with the content of a file."""


def _text(data: bytes) -> str:
    with suppress(UnicodeDecodeError):
        return data.decode("utf-8-sig")
    return data.decode("latin-1")  # as older programs write it


def _read_gpl(data: bytes) -> Palette:
    lines = _text(data).splitlines()
    colors, names, title, n = list[str](), list[str](), "", 3
    for number, line in enumerate(lines[1:], 2):
        key, colon, value = line.partition(":")
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        if colon and key.strip() in ("Name", "Columns", "Channels"):
            title = value.strip() if key.strip() == "Name" else title
            n = 4 if key.strip() == "Channels" and value.strip() == "RGBA" else n  # Aseprite
            continue
        found = re.match(r"\s*" + r"(\d+)\s+" * (n - 1) + r"(\d+)(?:\s+(.*))?$", line)
        levels = [int(level) for level in found.groups()[:3]] if found else [256]
        if max(levels) > 255:
            raise PaletteError(
                f"line {number} must be three numbers from 0 to 255 and a name, and is '{line.strip()[:40]}'"
            )
        colors.append(hex_color([level / 255 for level in levels]))
        names.append((found and found.groups()[-1]) or "")
    return Palette(tuple(colors), tuple("" if name.strip() == "Untitled" else name for name in names), title)


def _write_gpl(palette: Palette) -> bytes:
    title = " ".join(palette.name.split()) or "colornb"
    rows = [f"Name: {title}", f"Columns: {min(len(palette.colors), 16)}", "#"]
    for name, color in zip(palette.names, palette.colors, strict=True):
        levels = " ".join(f"{round(255 * level):3}" for level in parse_color(color))
        rows.append(f"{levels}\t{name or 'Untitled'}")
    return "\n".join([GPL, *rows, ""]).encode()


def _read_ase(data: bytes) -> Palette:
    colors, names, title = list[str](), list[str](), ""
    for kind, block in _blocks(data):
        if kind == COLOR:
            name, rest = _read_name(block)
            colors.append(_read_color(rest))
            names.append(name)
        elif kind == GROUP_START:
            title = title or _read_name(block)[0]
    return Palette(tuple(colors), tuple(names), title)


def _blocks(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Each block in an .ase: its kind, and what is in it."""
    place, (n,) = 12, struct.unpack_from(">I", data, 8)
    for _ in range(n):
        kind, length = struct.unpack_from(">HI", data, place)
        place += 6 + length
        if place > len(data):
            raise PaletteError("its end is missing, get it again")
        yield kind, data[place - length : place]


def _read_name(block: bytes) -> tuple[str, bytes]:
    """A name, whose end is a zero, and what follows it."""
    end = 2 + 2 * struct.unpack_from(">H", block)[0]
    return block[2:end].decode("utf-16-be", "replace").rstrip("\0"), block[end:]


def _read_color(block: bytes) -> str:
    model = block[:4].decode("latin-1").strip().upper()
    if model not in MODELS:
        raise PaletteError(f"colours in {model!r} are not known: save it with RGB, LAB, CMYK or gray")
    n, convert = MODELS[model]
    return hex_color([min(max(level, 0.0), 1.0) for level in convert(*struct.unpack_from(f">{n}f", block, 4))])


def _from_lab(light: float, a: float, b: float) -> list[float]:
    return lab_to_rgb(torch.tensor([100 * light, a, b]).view(1, 3, 1, 1)).flatten().tolist()


# How many numbers a colour of each kind is in an .ase, and what screens show of it.
MODELS: dict[str, tuple[int, Callable[..., list[float]]]] = {
    "RGB": (3, lambda red, green, blue: [red, green, blue]),
    "LAB": (3, _from_lab),
    "GRAY": (1, lambda level: [level] * 3),
    "CMYK": (4, lambda c, m, y, k: [(1 - ink) * (1 - k) for ink in (c, m, y)]),
}


def _write_ase(palette: Palette) -> bytes:
    blocks = [_block(GROUP_START, _write_name(palette.name))] if palette.name else []
    for name, color in zip(palette.names, palette.colors, strict=True):
        blocks.append(_block(COLOR, _write_name(name) + b"RGB " + struct.pack(">3fH", *parse_color(color), NORMAL)))
    blocks += [_block(GROUP_END, b"")] if palette.name else []
    return ASE + struct.pack(">HHI", 1, 0, len(blocks)) + b"".join(blocks)


def _block(kind: int, content: bytes) -> bytes:
    return struct.pack(">HI", kind, len(content)) + content


def _write_name(name: str) -> bytes:
    text = f"{name}\0".encode("utf-16-be")
    return struct.pack(">H", len(text) // 2) + text


def _read_json(data: bytes) -> Palette:
    try:
        found = json.loads(_text(data))
    except RecursionError:
        raise PaletteError("its brackets are too deep") from None
    title = ""
    if isinstance(found, dict) and "palette" in found:
        title, found = str(found.get("name", "")), found["palette"]
    if isinstance(found, dict):
        found = [{"name": name, "color": color} for name, color in found.items()]
    rows = [row if isinstance(row, dict) else {"color": row} for row in found]
    try:
        return Palette(tuple(row["color"] for row in rows), tuple(str(row.get("name", "")) for row in rows), title)
    except ValueError as error:
        raise PaletteError(str(error)) from None


def _write_json(palette: Palette) -> bytes:
    return json.dumps(palette.to_dict(), indent=1, ensure_ascii=False).encode()


WRITERS: dict[str, Callable[[Palette], bytes]] = {".gpl": _write_gpl, ".ase": _write_ase, ".json": _write_json}
