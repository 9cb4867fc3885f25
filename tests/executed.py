"""Chapters that were executed before, for nbval: it asks a kernel, and a record of the execution answers as one."""

from collections import deque
from pathlib import Path

import pytest
from jupyter_cache import get_cache
from nbval.plugin import IPyNbFile


class ExecutedChapter(IPyNbFile):
    """A chapter whose outputs are compared with those of its execution in the jupyter-cache of `--executed`."""

    def setup(self):
        """Find the execution of these very cells."""
        self.setup_sanitize_files()
        cache = get_cache(Path(self.config.option.executed))
        try:
            executed = cache.get_cache_bundle(cache.match_cache_notebook(self.nb).pk).nb
        except KeyError:
            pytest.fail(f"{self.path.name} was not executed as it is now: python tools/run_chapters.py", pytrace=False)
        self.kernel = RecordedKernel([cell for cell in executed.cells if cell.cell_type == "code"])


class RecordedKernel:
    """Answers like nbval's `RunningKernel`, with the outputs that each code cell had when it was executed."""

    def __init__(self, cells):
        self.cells, self.cell, self.messages = cells, None, deque()

    def turn_to(self, number):
        """Be asked for the code cell of this number, from 0, next."""
        self.cell = self.cells[number]

    def execute_cell_input(self, source, allow_stdin=None):
        """Send what the cell sent; the returned id belongs to these messages."""
        assert source == self.cell.source, "these are not the cells that were executed"
        assert self.cell.execution_count or not source.strip(), "the execution did not reach this cell"
        sent = [(output.output_type, output) for output in self.cell.outputs]
        sent += [("status", {"execution_state": "idle"})]
        parent = {"msg_id": self.cell.execution_count}
        self.messages = deque({"msg_type": kind, "content": said, "parent_header": parent} for kind, said in sent)
        return parent["msg_id"]

    def get_message(self, stream, timeout=None):
        """Give the messages of the cell one by one."""
        return self.messages.popleft()

    def await_reply(self, msg_id, timeout=None):
        """All answers are there already."""

    def await_idle(self, msg_id, timeout=None):
        """No more is to come."""
        self.messages.clear()

    def is_alive(self):
        """Nothing can stop a record."""
        return True

    def stop(self):
        """Nothing is running."""
