"""Methods, measured: with colour hints (`hints`), with scribbles on edges (`scribbles`), and how sure a number is.

Rows of numbers go to files and come back through `results`.
"""

from colornb.evaluation.hints import (
    HintSimulator,
    evaluate,
    evaluate_drawn,
    expected_over_hints,
    needed_hints,
    required_interactions,
)
from colornb.evaluation.results import git_revision, read_results, write_results
from colornb.evaluation.scribbles import (
    BEFORE,
    USERS,
    ScribbleBatch,
    ScribbleProtocol,
    evaluate_scribbles,
    evaluate_users,
    share_protocol,
    trials,
)
from colornb.evaluation.statistics import bootstrap_ci

__all__ = [
    "BEFORE",
    "HintSimulator",
    "ScribbleBatch",
    "ScribbleProtocol",
    "USERS",
    "bootstrap_ci",
    "evaluate",
    "evaluate_drawn",
    "evaluate_scribbles",
    "evaluate_users",
    "expected_over_hints",
    "git_revision",
    "needed_hints",
    "read_results",
    "required_interactions",
    "share_protocol",
    "trials",
    "write_results",
]
