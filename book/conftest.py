"""How `pytest --nbval book/` compares a chapter with its committed outputs.

`pytest --executed CACHE book/` compares them, by the same code of nbval, with
an execution that tools/run_chapters.py has kept in that jupyter-cache.
"""

from pathlib import Path

import pytest
from executed import ExecutedChapter
from nbval.plugin import IPyNbFile

ROOT = Path(__file__).resolve().parents[1]
SECONDS = 600.0  # for a cell; one that trains takes about a minute


def pytest_addoption(parser):
    """Let the place of an execution be named."""
    about = "compare chapters with their execution in this jupyter-cache"
    parser.addoption("--executed", metavar="CACHE", help=about)


def pytest_collect_file(file_path, parent):
    """Take chapters that were executed before."""
    if parent.config.option.executed and file_path.suffix == ".ipynb":
        return ExecutedChapter.from_parent(parent, path=file_path)
    return None


def pytest_configure(config):
    """Refuse to compare a chapter twice."""
    if config.option.executed and config.option.nbval:
        raise pytest.UsageError("give --nbval or --executed, not both")


def pytest_collectstart(collector):
    """Compare all but progress bars; numbers that vary become tokens first."""
    if not isinstance(collector, IPyNbFile):
        return
    collector.skip_compare += ("stderr",)
    option = collector.config.option
    option.nbval_sanitize_with = str(ROOT / "tests" / "nbval_sanitize.cfg")
    option.nbval_cell_timeout = min(option.nbval_cell_timeout, SECONDS)


@pytest.hookimpl(trylast=True)  # the chapter is set up by then
def pytest_runtest_setup(item):
    """Let an executed chapter answer for the cell that comes next."""
    if isinstance(item.parent, ExecutedChapter):
        item.parent.kernel.turn_to(item.cell_num)
