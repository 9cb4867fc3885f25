"""Commands of `python -m colornb`, one a file: the first line of its docstring, `add_options` and `run`.

A new file here is a new command: it is found by its name. `run` gets the options; `options.command` is the whole
command line, to be kept beside results.
"""

from types import ModuleType

from colornb._discover import module, modules


def list_commands() -> list[str]:
    """Names of all commands."""
    return modules(__name__)


def command(name: str) -> ModuleType:
    """The command of a name."""
    return module(__name__, name, "command")
