"""Settings as words: what a command line says of a configuration."""

from typing import Any, get_args, get_type_hints

KINDS = {bool: "true or false", int: "a whole number", float: "a number", str: "a word"}


def read_setting(text: str, config: Any) -> tuple[str, Any]:
    """The field that "FIELD=VALUE" names and its new value, of the kind that it has in `config`.

    Parts of a tuple stand with commas between. Raises ValueError, in one line, for a value of another kind.
    """
    name, equals, value = text.partition("=")
    if not equals:
        raise ValueError(f"{text!r} is no setting: write FIELD=VALUE")
    if config is None or name not in vars(config):
        return name, value  # methods.build refuses it, and lists the choices
    present = getattr(config, name)
    try:
        if not isinstance(present, tuple):
            return name, _typed(value, float if present is None else type(present))
        kinds = get_args(get_type_hints(type(config))[name])  # (float, float), or (str, ...)
        parts = [part.strip() for part in value.split(",")]
        kinds = [kinds[0]] * len(parts) if ... in kinds else kinds
        return name, tuple(_typed(part, kind) for part, kind in zip(parts, kinds, strict=True))
    except ValueError:
        raise ValueError(f"{text!r} is no setting: {_wanted(name, present)}") from None


def _typed(text: str, kind: type) -> Any:
    if kind is bool:
        return ("false", "true").index(text.lower()) == 1
    if not text:
        raise ValueError("nothing there")
    return kind(text)


def _wanted(name: str, present: Any) -> str:
    if isinstance(present, tuple):
        kind, example = f"{KINDS[type(present[0])]} or more, with commas between", ",".join(map(str, present))
    else:
        present = 0.5 if present is None else present
        kind, example = KINDS[type(present)], str(present).lower()
    return f"give {kind}, such as {name}={example}"
