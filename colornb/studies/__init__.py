"""A kit for user studies: who colours what with which pad, what is recorded, and what it says.

Made after the study of GuidingPainter (Table 2, Section 4.4 and appendix E.1): 13 people coloured three pictures of
each data set with each method, and the study tells of seconds per interaction (TPI), of the quality of the picture
(QS) and of the convenience of the way there (CS). A `Protocol` says what is asked of whom, a `Recorder` records what
happens at a pad, `append` keeps each `Trial` as a line of a file, and `analyze` sums them up. `colornb.studies.users`
plays people, to try a study before anybody is invited.
"""

from colornb.studies._protocol import Method, Protocol, Question, Task, latin_square, open_picture, printed_questions
from colornb.studies._results import analyze, compare, to_markdown
from colornb.studies._trials import Interaction, Recorder, Trial, append, read_trials, remaining

__all__ = [
    "Interaction", "Method", "Protocol", "Question", "Recorder", "Task", "Trial", "analyze", "append", "compare",
    "latin_square", "open_picture", "printed_questions", "read_trials", "remaining", "to_markdown",
]  # fmt: skip
