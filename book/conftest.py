"""How `pytest --nbval book/` compares a chapter with its committed outputs."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SECONDS = 600.0  # for a cell; one that trains takes about a minute


def pytest_collectstart(collector):
    """Compare all but progress bars; numbers that vary become tokens first."""
    if type(collector).__name__ != "IPyNbFile":
        return
    collector.skip_compare += ("stderr",)
    option = collector.config.option
    option.nbval_sanitize_with = str(ROOT / "tests" / "nbval_sanitize.cfg")
    option.nbval_cell_timeout = min(option.nbval_cell_timeout, SECONDS)
