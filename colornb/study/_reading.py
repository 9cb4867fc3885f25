"""From JSON to the dataclasses of a study: what does not fit is one line that says what would."""

import json
from dataclasses import MISSING, fields
from types import UnionType
from typing import Any, TypeVar, get_args, get_origin

VERSION = 1
WORDS = {
    str: "a text",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    tuple: "a list",
    dict: "a dict",
}

Made = TypeVar("Made")


def document(text: str, what: str) -> dict[str, Any]:
    """What a text of this kind holds, such as "trial", in the version that is read here. Raises ValueError."""
    try:
        known = json.loads(text)
        version, row = known["colornb"], known[what]
    except (ValueError, KeyError, TypeError):
        raise ValueError(f"this is no {what} of a study: take one that colornb wrote") from None
    if version != VERSION:
        raise ValueError(f"{what} of version {version!r}: this colornb reads version {VERSION}, update it")
    return row


def build(kind: type[Made], row: Any, **parts: type) -> Made:
    """A dataclass from a row of JSON; `parts` says of what dataclass the entries of a list are. Raises ValueError."""
    word = kind.__name__.lower()
    what = f"{'an' if word[0] in 'aeiou' else 'a'} {word}"
    known = {field.name: field for field in fields(kind)}
    if not isinstance(row, dict):
        raise ValueError(f"{what} is {row!r}: give a dict with {', '.join(known)}")
    if unknown := [name for name in row if name not in known]:
        raise ValueError(f"{what} has no {unknown[0]!r}: it knows {', '.join(known)}")
    if missing := [name for name, field in known.items() if name not in row and _is_needed(field)]:
        raise ValueError(f"{what} needs {', '.join(missing)}: say what they are")
    given = {name: _entries(value, parts.get(name)) for name, value in row.items()}
    for name, value in given.items():
        if not _fits(value, known[name].type):
            raise ValueError(f"{name} is {row[name]!r}: give {_words(known[name].type)}")
    return kind(**given)


def _is_needed(field: Any) -> bool:
    return field.default is MISSING and field.default_factory is MISSING


def _entries(value: Any, part: type | None) -> Any:
    """Lists as tuples, which dataclasses hold."""
    if not isinstance(value, list):
        return value
    return tuple(value if part is None else (build(part, entry) for entry in value))


def _fits(value: Any, kind: Any) -> bool:
    base = get_origin(kind) or kind
    if base is UnionType:
        return any(_fits(value, choice) for choice in get_args(kind))
    if base in (int, float):
        return isinstance(value, (int, base)) and not isinstance(value, bool)
    if base is Any or not isinstance(value, base):
        return base is Any
    inner = value.values() if base is dict else value if base is tuple else ()
    if _length(kind) not in (None, len(inner)):
        return False
    of = get_args(kind)[base is dict] if inner else Any
    return all(_fits(entry, of) for entry in inner)


def _length(kind: Any) -> int | None:
    """How many entries a kind of tuple has; None where any number will do, and for other kinds."""
    inner = get_args(kind)
    return len(inner) if get_origin(kind) is tuple and Ellipsis not in inner else None


def _words(kind: Any) -> str:
    base = get_origin(kind) or kind
    if base is UnionType:
        return f"{_words(get_args(kind)[0])}, or null"
    inner = get_args(kind)[-1 if base is dict else 0] if base in (dict, tuple) else Any
    length = _length(kind)
    how_many = "" if length is None else f" of {length}"
    return WORDS[base] + how_many + (f", {WORDS[inner]} in each place" if inner in WORDS else "")
