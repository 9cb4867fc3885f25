"""`python -m colornb COMMAND`: the package from a command line; commands lie in `colornb.commands`."""

import argparse
import os
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

from colornb._interrupts import STOPPED, leave_to_command
from colornb.commands import command, list_commands
from colornb.commands._options import Help, say
from colornb.refusals import is_for_user, line

CUT_OFF = 141  # the exit status of a command whose output is no longer read, 128 + SIGPIPE


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command: its exit status. Errors that a user can mend are one line on stderr and exit status 2."""
    words = sys.argv[1:] if arguments is None else arguments
    try:
        options = _parser().parse_args(words, argparse.Namespace(command=_command(words)))
        leave_to_command()
        status = options.run(options) or 0
        sys.stdout.flush()
        return status
    except BrokenPipeError:  # whoever reads along has seen enough, such as `head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # for what Python writes at its end
        return CUT_OFF
    except Exception as error:
        if not is_for_user(error):
            raise
        say(line(error))
        return 2
    except KeyboardInterrupt:
        say("stopped")
        return STOPPED


class Parser(argparse.ArgumentParser):
    """Says in one line, as a ValueError, what is wrong with the arguments, and where more is said of them."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options, formatter_class=Help)

    def error(self, message: str) -> NoReturn:
        """Refuse the arguments."""
        raise ValueError(f"error: {message.removeprefix('argument ')}; see `{self.prog} --help`")


def _command(words: Sequence[str]) -> str:
    """The command line to keep beside results: paths are cut to their names, which say enough and give nothing away."""
    return shlex.join(["python", "-m", "colornb", *map(_without_folders, words)])


def _without_folders(word: str) -> str:
    option, equals, value = word.partition("=") if word.startswith("--") else ("", "", word)
    return option + equals + (Path(value).name if len(Path(value).parts) > 1 else value)


def _parser() -> argparse.ArgumentParser:
    parser = Parser("python -m colornb", description="Interactive image colorization.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for name in list_commands():
        module = command(name)
        words = module.__doc__.splitlines()[0]
        sub = commands.add_parser(name, help=words[0].lower() + words[1:].rstrip("."), description=words)
        module.add_options(sub)
        sub.set_defaults(run=module.run)
    return parser


if __name__ == "__main__":
    sys.exit(main())
