"""From JSON to the dataclasses of a study: their fields are the schema, and what does not fit is told in one line."""

import json
from dataclasses import MISSING, asdict, dataclass, fields, is_dataclass
from functools import cache
from types import UnionType
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin

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


def limits(words: str, **keywords: Any) -> tuple[tuple[str, Any], ...]:
    """What a field may hold beyond its type, for `Annotated`: words for what to give, and keywords of JSON Schema."""
    return *keywords.items(), ("description", words)


def one_of(*choices: str) -> tuple[tuple[str, Any], ...]:
    """The limits of a text with these choices."""
    return limits(f"one of {', '.join(choices)}", enum=choices)


Name = Annotated[str, limits("a text that says something", pattern=r"\S")]
Whole = Annotated[int, limits("a whole number from 0", minimum=0)]
Natural = Annotated[int, limits("a whole number from 1", minimum=1)]
Positive = Annotated[float, limits("a number above 0", exclusiveMinimum=0)]
Nonnegative = Annotated[float, limits("a number from 0", minimum=0)]
Chance = Annotated[float, limits("a chance from 0 to 1", minimum=0, maximum=1)]


@dataclass(frozen=True)
class Checked:
    """A dataclass that refuses fields which its schema does not allow, by a ValueError in one line."""

    def __post_init__(self) -> None:
        """Refuse what does not fit."""
        _check(type(self), asdict(self))


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
    _check(cls, row)
    return _made(cls, row)


def _check(cls: type, row: Any) -> None:
    from jsonschema.exceptions import relevance

    if error := max(_validator(cls).iter_errors(row), key=relevance, default=None):
        raise ValueError(_explain(error))


@cache
def _validator(cls: type) -> Any:
    from jsonschema import Draft202012Validator
    from jsonschema.validators import extend

    kinds = {
        "number": lambda _, value: is_number(value),
        "integer": lambda _, value: is_number(value) and isinstance(value, int),
        "array": lambda _, value: isinstance(value, list | tuple),
    }
    return extend(Draft202012Validator, type_checker=Draft202012Validator.TYPE_CHECKER.redefine_many(kinds))(
        schema_of(cls)
    )


def schema_of(kind: Any) -> dict[str, Any]:
    """The JSON Schema (2020-12) of a dataclass or of the type of one of its fields."""
    base, inner = get_origin(kind) or kind, get_args(kind)
    if base is Annotated:
        return schema_of(inner[0]) | dict(inner[1])
    if base in (UnionType, Union):
        schemas = [schema_of(choice) for choice in inner]
        words = f"{schemas[0]['description']}, or null"
        return schemas[0] | {"type": [schema["type"] for schema in schemas], "description": words}
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
    if base is Annotated:
        return _made(inner[0], value)
    if is_dataclass(base):
        types = {field.name: field.type for field in fields(base)}
        return base(**{name: _made(types[name], part) for name, part in value.items()})
    return tuple(_made(inner[0], part) for part in value) if base is tuple else value
