"""Kernels that are forked from one process, where what chapters import is imported once.

A fresh kernel spends some seconds on PyTorch, the package and the widgets before a chapter's first line; a forked one
has them. `enabled()` makes every kernel of this process such a one, on Linux. Elsewhere, and where the imports start
threads (a fork would lose them; OMP_NUM_THREADS=1 prevents it), kernels are started as always.
"""

import atexit
import json
import os
import select
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.provisioning import KernelProvisionerFactory, LocalProvisioner

INLINE = "module://matplotlib_inline.backend_inline"  # what a kernel tells matplotlib, which asks when it is imported
LIBRARIES = """
torch torchvision torch.utils.data torch.optim scipy.ndimage scipy.spatial scipy.stats skimage.color skimage.filters
skimage.segmentation skimage.measure skimage.metrics matplotlib.figure matplotlib.backends.backend_agg
matplotlib.backends.backend_svg PIL.Image ipywidgets ipycanvas ipykernel.ipkernel
"""
COMMAND = ["-m", "ipykernel_launcher"]  # of the kernels that can be forked: those of this Python
REFUSED, READY = "threads", "ready"


class Forked:
    """A process that another has forked, with what is needed here of `subprocess.Popen`."""

    stdin = stdout = stderr = None

    def __init__(self, pid: int):
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


class Warmed:
    """The process that imports, and then forks a kernel for each line it reads."""

    def __init__(self):
        self.process = subprocess.Popen(
            [sys.executable, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.lock = threading.Lock()
        self.is_ready = self.process.stdout.readline().strip() == READY

    def fork(self, arguments: list[str], env: dict[str, str], cwd: str) -> Forked:
        """A kernel with these command line arguments, variables of the environment, and folder."""
        with self.lock:
            print(json.dumps([arguments, env, cwd]), file=self.process.stdin, flush=True)
            return Forked(int(self.process.stdout.readline()))

    def close(self) -> None:
        """Fork no more."""
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()


class WarmProvisioner(LocalProvisioner):
    """Starts the kernels of this Python by a fork, and all others as always."""

    warmed: Warmed | None = None

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> KernelConnectionInfo:
        """Start a kernel."""
        if self.warmed is None or Path(cmd[0]) != Path(sys.executable) or cmd[1:3] != COMMAND:
            return await super().launch_kernel(cmd, **kwargs)
        self.cwd = kwargs.get("cwd") or os.getcwd()
        self.process = self.warmed.fork(cmd[3:], dict(kwargs.get("env") or os.environ), str(self.cwd))
        self.pid = self.pgid = self.process.pid  # it leads a group of its own, as a fresh kernel does
        return self.connection_info


@contextmanager
def enabled() -> Iterator[bool]:
    """Fork the kernels that are started meanwhile; says whether that is possible here."""
    warmed = Warmed() if sys.platform == "linux" else None
    is_warm = warmed is not None and warmed.is_ready
    factory, name = KernelProvisionerFactory.instance(), "warm-provisioner"
    before = factory.default_provisioner_name, WarmProvisioner.warmed
    try:
        WarmProvisioner.warmed = warmed if is_warm else None
        if is_warm:
            factory.provisioners[name] = EntryPoint(name, f"{__name__}:WarmProvisioner", factory.GROUP_NAME)
            factory.default_provisioner_name = name
        yield is_warm
    finally:
        factory.default_provisioner_name, WarmProvisioner.warmed = before
        if warmed is not None:
            warmed.close()


def serve() -> None:
    """Import, say whether forks are possible, and fork a kernel for each line of the standard input."""
    del sys.path[0]  # the folder of this file: it is not on the path of a kernel
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what a library or a kernel prints is no answer
    _import_all()
    if len(os.listdir("/proc/self/task")) > 1:
        print(REFUSED, file=answers, flush=True)
        _leave()
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


def _import_all() -> None:
    import gc
    import importlib
    import pkgutil

    os.environ.setdefault("MPLBACKEND", INLINE)
    for name in LIBRARIES.split():
        importlib.import_module(name)
    import colornb

    for module in pkgutil.walk_packages(colornb.__path__, "colornb."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    gc.collect()
    gc.freeze()  # else the first collection of every kernel copies all pages


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
    kernel.start()
    _leave()


def _leave() -> None:
    """End without taking the libraries apart, which takes long, and of which some complain."""
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)


if __name__ == "__main__":
    serve()
