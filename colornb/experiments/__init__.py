"""The papers' experiments, one a file: `python -m colornb experiment NAME`.

A file holds its `CONFIG` (what is trained, on what, how often), `run` (a `Trainer` in, rows of numbers out)
and `show` (rows in, a figure out). Rows about scribbles hold their protocol as "scribbling", as `evaluation` gives it;
other settings that decide what is measured, where there are some, are a dictionary `PROTOCOL`: both are written into
the results file. A new file here is a new experiment: it is found by its name. The first line of its docstring says
what it shows, and names the figure or table of the paper.
"""

from types import ModuleType

from colornb._discover import module, modules
from colornb.experiments._trainer import ExperimentConfig, Row, Trainer

__all__ = ["ExperimentConfig", "Row", "Trainer", "experiment", "list_experiments"]


def list_experiments() -> list[str]:
    """Names of all experiments."""
    return modules(__name__)


def experiment(name: str) -> ModuleType:
    """The experiment of a name. Raises ValueError where there is none."""
    return module(__name__, name, "experiment")
