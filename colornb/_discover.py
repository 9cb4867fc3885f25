"""The file name is the registry: what lies in a package folder is found, never listed by hand."""

import importlib
import pkgutil
from types import ModuleType


def modules(package: str, holding: str = "") -> list[str]:
    """Names of the public modules directly inside `package`, sorted (files that start with "_" are private).

    With `holding` only of those that define this name: what such a module shares with others of its package is none.
    """
    found = importlib.import_module(package)
    names = sorted(m.name for m in pkgutil.iter_modules(found.__path__) if not m.name.startswith("_"))
    return [name for name in names if not holding or hasattr(importlib.import_module(f"{package}.{name}"), holding)]


def module(package: str, name: str, kind: str, holding: str = "") -> ModuleType:
    """The module `name` of `package`; `kind` is the word for it in the error (method, metric, dataset ..)."""
    if name not in (known := modules(package, holding)):
        raise ValueError(f"no {kind} named {name!r}: choose one of {', '.join(known)}")
    return importlib.import_module(f"{package}.{name}")
