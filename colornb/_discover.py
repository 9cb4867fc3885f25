"""The file name is the registry: what lies in a package folder is found, never listed by hand."""

import importlib
import pkgutil
from types import ModuleType


def modules(package: str) -> list[str]:
    """Names of the public modules directly inside `package`, sorted (files that start with "_" are private)."""
    path = importlib.import_module(package).__path__
    return sorted(m.name for m in pkgutil.iter_modules(path) if not m.name.startswith("_"))


def module(package: str, name: str, kind: str) -> ModuleType:
    """The module `name` of `package`; `kind` is the word for it in the error (method, metric, dataset ..)."""
    if name not in (known := modules(package)):
        raise ValueError(f"no {kind} named {name!r}: choose one of {', '.join(known)}")
    return importlib.import_module(f"{package}.{name}")
