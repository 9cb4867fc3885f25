"""Methods, measured: with colour hints (`hints`), with scribbles on edges (`scribbles`), and how sure a number is.

Rows of numbers go to files and come back through `results`.
"""

from colornb.evaluation.hints import Examiner, evaluate, evaluate_drawn, expected, required_interactions
from colornb.evaluation.results import commit, read_results, write_results
from colornb.evaluation.scribbles import (
    BEFORE,
    USERS,
    Scribbling,
    Trial,
    evaluate_scribbles,
    evaluate_users,
    share_protocol,
    trials,
)
from colornb.evaluation.statistics import interval

__all__ = [
    "BEFORE",
    "USERS",
    "Examiner",
    "Scribbling",
    "Trial",
    "commit",
    "evaluate",
    "evaluate_drawn",
    "evaluate_scribbles",
    "evaluate_users",
    "expected",
    "interval",
    "read_results",
    "required_interactions",
    "share_protocol",
    "trials",
    "write_results",
]
