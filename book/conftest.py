"""How `pytest --nbval book/` compares a chapter with its committed outputs.

`pytest --executed CACHE book/` compares them with an execution that tools/run_chapters.py has kept there, by the same
code of nbval: only the kernel is another one, which gives the answers that it gave then.
"""

from collections import deque
from pathlib import Path

import nbformat
import pytest
from nbval.plugin import IPyNbFile

ROOT = Path(__file__).resolve().parents[1]
SECONDS = 600.0  # for a cell; one that trains takes about a minute


def pytest_addoption(parser):
    """Let the place of an execution be named; `make test` names that of the book."""
    parser.addoption(
        "--executed",
        metavar="CACHE",
        help="compare chapters with their execution in this jupyter-cache",
    )


def pytest_collect_file(file_path, parent):
    """Take chapters that were executed before."""
    if (
        parent.config.option.executed
        and not parent.config.option.nbval
        and file_path.suffix == ".ipynb"
    ):
        return ExecutedChapter.from_parent(parent, path=file_path)
    return None


def pytest_collectstart(collector):
    """Compare all but progress bars; numbers that vary become tokens first."""
    if not isinstance(collector, IPyNbFile):
        return
    collector.skip_compare += ("stderr",)
    option = collector.config.option
    option.nbval_sanitize_with = str(ROOT / "tests" / "nbval_sanitize.cfg")
    option.nbval_cell_timeout = min(option.nbval_cell_timeout, SECONDS)


@pytest.hookimpl(trylast=True)  # nbval has set the chapter up by then
def pytest_runtest_setup(item):
    """Let the kernel of an executed chapter answer for the cell that comes next."""
    if isinstance(item.parent, ExecutedChapter):
        item.parent.kernel.turn_to(item.cell_num)


class ExecutedChapter(IPyNbFile):
    """A chapter whose kernel is a record of its execution."""

    def setup(self):
        """Find the execution of these very cells."""
        self.setup_sanitize_files()
        self.kernel = RecordedKernel(self._executed_cells())

    def _executed_cells(self):
        from jupyter_cache import get_cache

        cache = get_cache(Path(self.config.option.executed))
        try:
            executed = cache.get_cache_bundle(
                cache.match_cache_notebook(self.nb).pk
            ).nb
        except KeyError:
            pytest.fail(
                f"{self.path.name} was not executed as it is now: python tools/run_chapters.py",
                pytrace=False,
            )
        return [cell for cell in executed.cells if cell.cell_type == "code"]


class RecordedKernel:
    """Answers like nbval's `RunningKernel`, with the outputs that each cell had when it was executed."""

    def __init__(self, cells):
        self.cells, self.cell, self.messages = cells, None, deque()

    def turn_to(self, number):
        """Be asked for the code cell of this number, from 0, next."""
        self.cell = self.cells[number]

    def execute_cell_input(self, source, allow_stdin=None):
        """Send what the cell sent; the returned id belongs to these messages."""
        assert source == self.cell.source, (
            "these are not the cells that were executed"
        )
        assert self.cell.execution_count or not source.strip(), (
            "this cell was not reached when the chapter was executed"
        )
        sent = [(output.output_type, output) for output in self.cell.outputs]
        sent += [("status", nbformat.from_dict({"execution_state": "idle"}))]
        header = {"msg_id": id(self.cell)}
        self.messages = deque(
            dict(msg_type=kind, content=said, parent_header=header)
            for kind, said in sent
        )
        return header["msg_id"]

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
