"""Kernels that are forked from one process, where what they need has been imported and loaded once.

A fresh kernel spends some seconds on PyTorch, the package and the widgets before its first line; a forked one has them,
and shares their memory with all others. `enabled()` makes the kernels of this process such ones, on Linux. Elsewhere,
and where what is prepared starts threads (a fork would lose them), kernels are started as always.
"""

import atexit
import gc
import importlib
import json
import os
import select
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.provisioning import KernelProvisionerFactory, LocalProvisioner

COMMAND = ["-m", "ipykernel_launcher"]  # of the kernels that can be forked: those of this Python
KERNEL = ("ipykernel.ipkernel", "ipykernel.kernelapp", "ipykernel.debugger")  # what it imports by itself
REFUSED, READY = "threads", "ready"


class Forked:
    """A process that another has forked, with what is needed here of `subprocess.Popen`."""

    stdin = stdout = stderr = None

    def __init__(self, pid: int) -> None:
        self.pid = pid
        try:
            self.handle = os.pidfd_open(pid)  # can be waited for, though it is no child of ours
        except ProcessLookupError:
            self.handle = None

    def poll(self) -> int | None:
        """None while it runs, and then 1: only its parent learns more."""
        return 1 if self.handle is None or select.select([self.handle], [], [], 0)[0] else None

    def wait(self) -> int:
        """Wait for its end, and forget it."""
        if self.handle is not None:
            select.select([self.handle], [], [])
            os.close(self.handle)
            self.handle = None
        return 1

    def send_signal(self, number: int) -> None:
        """Send a signal, if it still runs."""
        if self.poll() is None:
            signal.pidfd_send_signal(self.handle, number)

    def kill(self) -> None:
        """End it at once."""
        self.send_signal(signal.SIGKILL)

    def terminate(self) -> None:
        """Ask it to end."""
        self.send_signal(signal.SIGTERM)


class ForkServer:
    """The process that prepares, and then forks a kernel for each line it reads; `command` is one that runs `serve`."""

    def __init__(self, command: Sequence[str]) -> None:
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.lock = threading.Lock()

    def is_ready(self) -> bool:
        """Wait until all is prepared; whether kernels can be forked then. To be asked once."""
        return self.process.stdout.readline().strip() == READY

    def fork(self, arguments: list[str], env: dict[str, str], cwd: str) -> Forked | None:
        """A kernel with these command line arguments, environment, and folder; None where the process has ended."""
        try:
            with self.lock:
                print(json.dumps([arguments, env, cwd]), file=self.process.stdin, flush=True)
                return Forked(int(self.process.stdout.readline()))
        except (OSError, ValueError):
            return None

    def close(self) -> None:
        """Fork no more."""
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()


class ForkProvisioner(LocalProvisioner):
    """Starts the kernels of this Python by a fork, and all others as always."""

    server: ForkServer | None = None

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> KernelConnectionInfo:
        """Start a kernel."""
        cwd, env = str(kwargs.get("cwd") or os.getcwd()), dict(kwargs.get("env") or os.environ)
        is_ours = self.server is not None and Path(cmd[0]) == Path(sys.executable) and cmd[1:3] == COMMAND
        forked = self.server.fork(cmd[3:], env, cwd) if is_ours else None
        if forked is None:
            return await super().launch_kernel(cmd, **kwargs)
        self.cwd, self.process = cwd, forked
        self.pid = self.pgid = forked.pid  # it leads a group of its own, as a fresh kernel does
        return self.connection_info


@contextmanager
def enabled(command: Sequence[str]) -> Iterator[Callable[[], bool]]:
    """Fork the kernels that are started meanwhile from the process of a command; where no fork can be, as always.

    Whether it can be is told by what is given, which waits until all is prepared, and is to be called before.
    """
    server = ForkServer(command) if sys.platform == "linux" else None
    factory, name = KernelProvisionerFactory.instance(), "fork-provisioner"
    before = factory.default_provisioner_name, ForkProvisioner.server

    def is_ready() -> bool:
        if server is None or not server.is_ready():
            return False
        ForkProvisioner.server = server
        factory.provisioners[name] = EntryPoint(name, f"{__name__}:ForkProvisioner", factory.GROUP_NAME)
        factory.default_provisioner_name = name
        return True

    ForkProvisioner.server = None
    try:
        yield is_ready
    finally:
        factory.default_provisioner_name, ForkProvisioner.server = before
        if server is not None:
            server.close()


def serve(prepare: Callable[[], None]) -> None:
    """Prepare, say whether forks are possible, and fork a kernel for each line of the standard input; never returns."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what a library or a kernel prints is no answer
    os.environ["PYDEVD_DISABLE_FILE_VALIDATION"] = "1"  # else the debugger says on the terminal how to set this
    for name in KERNEL:  # first: a widget that a library makes when it is imported is one of a kernel then
        importlib.import_module(name)
    prepare()
    if len(os.listdir("/proc/self/task")) > 1:
        print(REFUSED, file=answers, flush=True)
        _leave()
    gc.collect()
    gc.freeze()  # else the first collection of every kernel copies all pages
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the system puts away kernels that have ended
    print(READY, file=answers, flush=True)
    parent = os.getpid()
    while line := sys.stdin.readline():
        if pid := os.fork():
            print(pid, file=answers, flush=True)
            continue
        answers.close()
        _become_kernel(*json.loads(line), parent)
    _leave()


def _become_kernel(arguments: list[str], env: dict[str, str], cwd: str, parent: int) -> None:
    """What `python -m ipykernel_launcher` does, in a process that has imported already."""
    import ipywidgets
    import numpy as np
    import torch
    from ipykernel.kernelapp import IPKernelApp

    os.setsid()
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.chdir(cwd)
    os.environ.clear()
    os.environ.update(env)
    sys.argv = [sys.modules["ipykernel"].__path__[0] + "_launcher.py", *arguments]
    np.random.seed()  # noqa: NPY002 - no two kernels draw the same numbers unasked (Python's own see to it themselves)
    torch.seed()
    # It ends with its parent, and does not warn of a connection that never leaves this machine.
    kernel = IPKernelApp.instance(parent_handle=parent, log_level="ERROR")
    kernel.initialize(arguments)
    ipywidgets.register_comm_target()  # done at the import, if that happens in a kernel
    for comm in kernel.kernel.comm_manager.comms.values():  # of widgets that libraries have made
        comm.kernel = kernel.kernel
    kernel.start()
    _leave()


def _leave() -> None:
    """End without taking the libraries apart, which takes long, and of which some complain."""
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)
