"""Ctrl+C while `python -m colornb` still imports, which takes seconds: it ends at once, in one line and not in many.

As an exception it would come out of the middle of a library, which prints all of it, or swallows it.
"""

import os
import signal
import sys
from typing import Any

STOPPED = 130  # exit status, as shells have it


def _end(*_: Any) -> None:
    os.write(2, b"colornb: stopped\n")
    os._exit(STOPPED)


def leave_to_command() -> None:
    """From now on there is work that has to be ended in order: Ctrl+C is an exception again."""
    if signal.getsignal(signal.SIGINT) is _end:
        signal.signal(signal.SIGINT, signal.default_int_handler)


# Only a command is ended so, and none that somebody has told to ignore it.
is_command = sys.argv[:1] == ["-m"] and any(word.removeprefix("-m") == "colornb" for word in sys.orig_argv)
if is_command and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
    signal.signal(signal.SIGINT, _end)
