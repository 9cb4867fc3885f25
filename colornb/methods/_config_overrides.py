"""Settings: what a configuration refuses, and how a command line says what is to be changed in one."""

from types import NoneType
from typing import Any, get_args, get_origin, get_type_hints

from colornb._old_names import current_field

TYPE_NAMES = {bool: "true or false", int: "a whole number", float: "a number", str: "a word"}
EXAMPLES = {bool: True, int: 2, float: 0.5, str: "word"}


def check(config: Any, field: str, fits: bool, mend: str) -> None:
    """Refuse what a field holds unless it `fits`, in one line; `mend` says what to do."""
    if not fits:
        raise ValueError(f"{field} cannot be {getattr(config, field)!r}: {mend}")


def check_words(config: Any, **choices: tuple[str, ...]) -> None:
    """Refuse words that mean nothing: each field must hold one of its choices."""
    for field, words in choices.items():
        check(config, field, getattr(config, field) in words, f"choose one of {', '.join(words)}")


def check_positive(config: Any, *fields: str) -> None:
    """Refuse numbers that are not above 0."""
    for field in fields:
        check(config, field, getattr(config, field) > 0, "give a positive number")


def check_shares(config: Any) -> None:
    """Refuse shares of a training that do not add up to all of it."""
    fits = min(config.shares) >= 0 and abs(sum(config.shares) - 1) <= 1e-6
    check(config, "shares", fits, "give three numbers from 0 that add up to 1")


def check_spaces(config: Any) -> None:
    """Refuse a condition and a target that do not belong together: lightness wants ab, line art wants all of rgb."""
    check_words(config, condition=("L", "sketch"), target=("ab", "rgb"))
    if (config.condition == "sketch") != (config.target == "rgb"):
        raise ValueError(
            f"condition {config.condition!r} with target {config.target!r}: choose L and ab, or sketch and rgb"
        )


def read_setting(text: str, config: Any) -> tuple[str, Any]:
    """The field that "FIELD=VALUE" names and its new value, of the kind that it has in `config`.

    Parts of a tuple stand with commas between; "none" is for fields that may be left open. Raises ValueError, in one
    line, for a value of another kind.
    """
    name, equals, value = text.partition("=")
    name = current_field(type(config).__module__.rpartition(".")[2], name)
    if not equals:
        raise ValueError(f"{text!r} is no setting: write FIELD=VALUE")
    if config is None or name not in vars(config):
        return name, value  # methods.build refuses it, and lists the choices
    hint, *others = _choices(get_type_hints(type(config))[name])
    if hint not in TYPE_NAMES and get_origin(hint) is not tuple:
        raise ValueError(f"{name} is not for setting: it is written by the network itself")
    try:
        if others and value.lower() == "none":
            return name, None
        if get_origin(hint) is not tuple:
            return name, _typed(value, hint)
        kinds = get_args(hint)  # (float, float), or (str, ...)
        parts = [part.strip() for part in value.split(",")]
        kinds = [kinds[0]] * len(parts) if ... in kinds else kinds
        return name, tuple(_typed(part, kind) for part, kind in zip(parts, kinds, strict=True))
    except ValueError:
        raise ValueError(f"{text!r} is no setting: {_wanted(name, getattr(config, name), hint)}") from None


def _choices(hint: Any) -> list[Any]:
    """The type that a field has, and None after it where the field may be None."""
    kinds = [kind for kind in get_args(hint) if kind is not NoneType]
    return [hint] if NoneType not in get_args(hint) else [kinds[0], None]


def _typed(text: str, kind: type) -> Any:
    if kind is bool:
        return ("false", "true").index(text.lower()) == 1
    if not text:
        raise ValueError("nothing there")
    return kind(text)


def _wanted(name: str, present: Any, hint: Any) -> str:
    if get_origin(hint) is not tuple:
        return f"give {TYPE_NAMES[hint]}, such as {name}={str(EXAMPLES[hint] if present is None else present).lower()}"
    kinds = [kind for kind in get_args(hint) if kind is not ...]
    example = [EXAMPLES[kind] for kind in kinds] if present is None else present
    return f"give {TYPE_NAMES[kinds[0]]} or more, with commas between, such as {name}={','.join(map(str, example))}"
