"""From JSON to the dataclasses of a study: their fields are the schema, and what does not fit is told in one line."""

import json
from dataclasses import MISSING, fields, is_dataclass
from functools import cache
from types import UnionType
from typing import Any, TypeVar, get_args, get_origin

VERSION = 1
MAX_NUMBER = 1e15  # whole numbers in JSON may be longer than a float can hold
TYPES = {
    str: {"type": "string", "description": "a text"},
    int: {"type": "integer", "description": "a whole number"},
    float: {"type": "number", "description": "a number"},
    bool: {"type": "boolean", "description": "true or false"},
    Any: {},
    type(None): {"type": "null"},
}

Made = TypeVar("Made")


def is_number(value: Any) -> bool:
    """Whether a value is a number that something can measure; true, false, NaN and infinity are none."""
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < MAX_NUMBER


def is_time(value: Any) -> bool:
    """Whether a value is a number of seconds, from 0."""
    return is_number(value) and value >= 0


def read_document(text: str, what: str) -> dict[str, Any]:
    """What a text of this kind holds, such as "trial", in the version that is read here. Raises ValueError."""
    try:
        known = json.loads(text)
        version, row = known["colornb"], known[what]
    except (ValueError, KeyError, TypeError):
        raise ValueError(f"this is no {what} of a study: take one that colornb wrote") from None
    if version != VERSION:
        raise ValueError(f"{what} of version {version!r}: this colornb reads version {VERSION}, update it")
    return row


def build(cls: type[Made], row: Any) -> Made:
    """A dataclass, and those in its lists, from a row of JSON. Raises ValueError, in one line, if one does not fit."""
    from jsonschema.exceptions import relevance

    if error := max(_validator(cls).iter_errors(row), key=relevance, default=None):
        raise ValueError(_explain(error))
    return _made(cls, row)


@cache
def _validator(cls: type) -> Any:
    from jsonschema import Draft202012Validator

    return Draft202012Validator(schema_of(cls))


def schema_of(kind: Any) -> dict[str, Any]:
    """The JSON Schema (2020-12) of a dataclass or of the type of one of its fields."""
    base, inner = get_origin(kind) or kind, get_args(kind)
    if base is UnionType:
        schemas = [schema_of(choice) for choice in inner]
        return {"type": [schema["type"] for schema in schemas], "description": f"{schemas[0]['description']}, or null"}
    if is_dataclass(base):
        needed = [f.name for f in fields(base) if f.default is MISSING and f.default_factory is MISSING]
        properties = {field.name: schema_of(field.type) for field in fields(base)}
        words = {"title": base.__name__.lower(), "description": f"a dict with {', '.join(properties)}"}
        return words | {
            "type": "object", "properties": properties, "required": needed, "additionalProperties": False,
        }  # fmt: skip
    if base is dict:
        return {"type": "object", "additionalProperties": schema_of(inner[1]), "description": "a dict"}
    if base is tuple:
        limits = {} if Ellipsis in inner else {"minItems": len(inner), "maxItems": len(inner)}
        words = "a list" if Ellipsis in inner else f"a list of {len(inner)}"
        return {"type": "array", "items": schema_of(inner[0]), "description": words} | limits
    return TYPES[base]


def _explain(error: Any) -> str:
    """One line for an error of jsonschema: where it is, and what to give."""
    schema, found = error.schema, error.instance
    if error.validator == "required":
        missing = [name for name in schema["required"] if name not in found]
        return f"{_named(schema)} needs {', '.join(missing)}: say what they are"
    if error.validator == "additionalProperties":
        unknown = next(name for name in found if name not in schema["properties"])
        return f"{_named(schema)} has no {unknown!r}: it knows {', '.join(schema['properties'])}"
    place = ", ".join(str(step) for step in error.absolute_path) or schema.get("title", "this")
    return f"{place} is {found!r}: give {schema['description']}"


def _named(schema: dict[str, Any]) -> str:
    """The word for a dataclass, with its article."""
    return f"{'an' if schema['title'][0] in 'aeiou' else 'a'} {schema['title']}"


def _made(kind: Any, value: Any) -> Any:
    """A value that fits its schema, as dataclasses and tuples."""
    base, inner = get_origin(kind) or kind, get_args(kind)
    if is_dataclass(base):
        types = {field.name: field.type for field in fields(base)}
        return base(**{name: _made(types[name], part) for name, part in value.items()})
    return tuple(_made(inner[0], part) for part in value) if base is tuple else value
