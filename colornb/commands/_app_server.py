"""The server of the app: Voila, with kernels that are forked from one process which has loaded the networks.

`studio` becomes this program. It is run by its path, with the folder where `studio` has written what it serves, and
imports nothing of the package: that would cost it some hundred megabytes.
"""

# ruff: noqa: E402
import os
import shutil
import signal
import sys
from typing import NoReturn

SAID, STOPPED = b"colornb: stopped\n", 128 + signal.SIGINT


def stop(*_: object) -> NoReturn:
    """End at once, in one line, while all that follows is imported, which takes seconds."""
    shutil.rmtree(sys.argv[1], ignore_errors=True)
    os.write(2, SAID)
    os._exit(STOPPED)


if __name__ == "__main__":
    signal.signal(signal.SIGINT, stop)

import asyncio
import json
import logging
import webbrowser
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from _forked_kernels import enabled  # type: ignore[import-not-found]  # lies beside this file
from jinja2 import ChoiceLoader, DictLoader
from jupyter_server.services.kernels.kernelmanager import ServerKernelManager
from tornado.ioloop import IOLoop
from tornado.websocket import WebSocketClosedError
from traitlets import default
from voila.app import Voila

ERROR = "<!doctype html><title>colornb studio</title><p>{{ status_code }}: {{ status_message }}</p>\n"


class Kernel(ServerKernelManager):
    """A kernel that counts as active since it was asked for.

    Jupyter's own has no such time until it answers, and the search for idle kernels fails over one on its way.
    """

    @default("last_activity")
    def _default_last_activity(self) -> datetime:
        return datetime.now(UTC)


def report(loop: asyncio.AbstractEventLoop, about: dict[str, Any]) -> None:
    """Report what went wrong in the background, but for words to a page that has been closed meanwhile."""
    if not isinstance(about.get("exception"), WebSocketClosedError):
        loop.default_exception_handler(about)


class Server(Voila):
    """Voila, which says its address in one line, and answers what it refuses in one line."""

    address, is_shown = "", False

    def init_settings(self) -> dict[str, Any]:
        """Those of Voila, but for its page for errors: it needs files that Voila does not have."""
        logging.getLogger("tornado.general").setLevel(logging.ERROR)  # warns of settings that Jupyter makes
        settings = super().init_settings()
        pages = settings["jinja2_env"]
        pages.loader = ChoiceLoader([DictLoader(dict.fromkeys(("404.html", "error.html"), ERROR)), pages.loader])
        return settings | {"log_function": lambda _: None}  # else a line for each request that is refused

    def launch_browser(self) -> None:
        """What is done as soon as the server can answer, and be ended."""
        IOLoop.current().add_callback(self._say_address)

    def _say_address(self) -> None:
        asyncio.get_running_loop().set_exception_handler(report)
        sys.stderr.write(f"colornb: the studio is at {self.address} (Ctrl+C ends it)\n")
        sys.stderr.flush()
        if self.is_shown:
            webbrowser.open(self.address)


def main(folder: Path) -> None:
    """Serve the notebook in a folder until the process is ended; then the folder is removed."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    stopped = []

    def interrupt(*_: Any) -> NoReturn:
        stopped.append(STOPPED)
        raise KeyboardInterrupt

    signal.signal(signal.SIGINT, interrupt)
    start = json.loads((folder / "start.json").read_text(encoding="utf-8"))
    Server.address, Server.is_shown = start["address"], start["browser"]
    try:
        with enabled([sys.executable, "-c", start["forks"]]) as is_ready:
            is_ready()
            Server.launch_instance([str(folder / "studio.ipynb"), f"--Voila.config_file_paths={folder}"])
    except KeyboardInterrupt:
        pass
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    if stopped:
        os.write(2, SAID)
        sys.exit(STOPPED)


if __name__ == "__main__":
    del sys.path[0]  # the folder of this file, where modules have common names
    main(Path(sys.argv[1]))
