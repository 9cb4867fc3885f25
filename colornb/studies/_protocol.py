"""What a study asks of whom: pictures, methods, questions, and the order in which each person meets them."""

import hashlib
import json
from dataclasses import asdict, dataclass, field
from functools import cache
from pathlib import Path
from typing import Annotated, Any

import numpy as np

from colornb.color import hex_color
from colornb.hints import Point
from colornb.images import SAMPLES, load_image, sample
from colornb.studies import schema
from colornb.types import RGB

PADS = ("regions", "points", "edges", "studio")
SOME = schema.limits("a list of at least one", minItems=1)
INPUT_TYPES = ("auto", "photo", "drawing")
TRIAL_COLUMNS = ("tpi", "interactions", "seconds")  # columns that every trial has
# Names in rows of results.
RESERVED_NAMES = (*TRIAL_COLUMNS, "data", "method", "participants", "trials", "abandoned", "simulated")


@dataclass(frozen=True)
class Method(schema.Checked):
    """One way to colour: a checkpoint and the pad through which people use it.

    `checkpoint` is what `Colorizer.load` takes. `pad` is "regions", "points", "edges" or "studio". `given` colours of
    the true picture are there before the person begins, for whatever mends a painted picture (edge paper, Section 4.4).
    """

    name: schema.Name
    checkpoint: schema.Name
    pad: Annotated[str, schema.one_of(*PADS)]
    given: schema.Whole = 0


@dataclass(frozen=True)
class Question(schema.Checked):
    """What is asked after every trial; the answer is a whole number from `least` to `most`, the higher the better.

    `ends` are words for the two ends of the scale.
    """

    name: schema.Name
    text: schema.Name
    least: int = 1
    most: int = 5
    ends: tuple[str, str] = ("very bad", "very good")

    def __post_init__(self) -> None:
        """Refuse what cannot be answered."""
        super().__post_init__()
        if self.name in RESERVED_NAMES:
            raise ValueError(f"question {self.name!r}: give a name that is none of {', '.join(RESERVED_NAMES)}")
        if self.least >= self.most:
            raise ValueError(f"question {self.name!r} from {self.least} to {self.most}: give two rising whole numbers")

    def check(self, answer: Any) -> int:
        """The answer itself. Raises ValueError for one that is off the scale."""
        if type(answer) is not int or not self.least <= answer <= self.most:
            found = "not answered" if answer is None else repr(answer)
            raise ValueError(f"{self.name} is {found}: answer with a whole number from {self.least} to {self.most}")
        return answer


@cache
def printed_questions() -> tuple[Question, Question]:
    """Quality and convenience, "measured from one to five" (GuidingPainter, Table 2).

    Its wording is not printed, nor whether convenience was asked after each picture: it is given once for all data
    sets. Here both are asked after every trial, in words of our own.
    """
    ends = ("very laborious", "very convenient")
    return (
        Question("quality", "How good is the coloured picture as a whole?"),
        Question("convenience", "How convenient was it to get there?", ends=ends),
    )


@dataclass(frozen=True)
class Protocol(schema.Checked):
    """A study: every participant colours every picture with every method.

    Args:
        pictures: files, or names of `colornb.images.SAMPLES`: what `open_picture` takes.
        methods: what is compared.
        kind: what the pictures are, "auto", "photo" or "drawing", as in `Colorizer.set_image`.
        seconds: a trial ends after so many; None: people end it. The paper asked for "roughly one minute".
        interactions: the most hints that a person may give; None: as many as they like.
        questions: asked after every trial.
        instruction: what people read before they begin; the paper's were shown no reference, either.
        seed: another one shuffles the pictures otherwise.

    Raises ValueError for anything that makes no study.
    """

    pictures: Annotated[tuple[schema.Name, ...], SOME]
    methods: Annotated[tuple[Method, ...], SOME]
    kind: Annotated[str, schema.one_of(*INPUT_TYPES)] = "auto"
    seconds: schema.Positive | None = None
    interactions: schema.Natural | None = None
    questions: tuple[Question, ...] = field(default_factory=printed_questions)
    instruction: str = "Colour the picture as naturally as you can. Take about a minute."
    seed: int = 0

    def __post_init__(self) -> None:
        """Refuse what makes no study."""
        super().__post_init__()
        names = {"picture": self.pictures, "method": [method.name for method in self.methods]}
        names["question"] = [question.name for question in self.questions]
        for what, known in names.items():
            if twice := [name for place, name in enumerate(known) if name in known[:place]]:
                raise ValueError(f"{what} {twice[0]!r} is there twice: name each once")

    def plan(self, participant: int | str) -> "list[Task]":
        """All tasks of one participant, in order; the same at every call, on every machine.

        Methods come in blocks, so that a person learns one pad at a time; their order is a row of `latin_square`.
        Participants numbered one after the other take its rows in turn: as many as it has rows, or a multiple of it,
        meet each method equally often at each place. A name that is no number draws a row: that balances by chance
        alone. Within a block the pictures are shuffled by seed, participant and method.
        """
        name = str(participant)
        if not name.strip():
            raise ValueError("a participant needs a name or a number: give one")
        square = latin_square(len(self.methods))
        row = square[_number(name) % len(square)]
        blocks = [(self.methods[place], self._shuffled(name, self.methods[place].name)) for place in row]
        pairs = [(method, picture) for method, pictures in blocks for picture in pictures]
        return [Task(name, number, method, picture, self) for number, (method, picture) in enumerate(pairs)]

    def _shuffled(self, *words: str) -> list[str]:
        return sorted(self.pictures, key=lambda picture: _digest(self.seed, *words, picture))

    def to_json(self) -> str:
        """The protocol as text that `from_json` reads back."""
        return json.dumps({"colornb": schema.VERSION, "protocol": asdict(self)}, indent=1)

    @classmethod
    def from_json(cls, text: str) -> "Protocol":
        """The protocol in a text, as `to_json` writes it. Raises ValueError, in one line, for anything else.

        What is left out is as by default; `pictures` and `methods` must be there.
        """
        return schema.build(cls, schema.read_document(text, "protocol"))


@dataclass(frozen=True)
class Task:
    """One picture to be coloured by one person with one method; `number` is its place in the plan, from 0."""

    participant: str
    number: int
    method: Method
    picture: str
    protocol: Protocol

    @property
    def key(self) -> tuple[str, str, str]:
        """What tells it from all other tasks of a study: participant, method, picture."""
        return self.participant, self.method.name, self.picture

    def first_hints(self, picture: RGB) -> list[Point]:
        """The colours that the method gives: those of the true picture at random places, the same for everybody."""
        draw = np.random.default_rng(int(_digest(self.protocol.seed, self.picture)[:12], 16))
        height, width = picture.shape[-2:]
        hints = []
        for x, y in draw.random((self.method.given, 2)).tolist():
            color = picture[0, :, int(y * height), int(x * width)].tolist()
            hints.append(Point(x, y, hex_color(color)))
        return hints


def latin_square(n: int) -> list[list[int]]:
    """Orders of `n` things in which each is equally often at each place, and equally often after each other one.

    Williams' design: `n` rows for an even number, twice as many for an odd one.
    """
    first = [(place + 1) // 2 if place % 2 else -(place // 2) % n for place in range(n)]
    rows = [[(value + shift) % n for value in first] for shift in range(n)]
    return rows if n % 2 == 0 or n == 1 else rows + [row[::-1] for row in rows]


def open_picture(name: str, folder: str | Path = ".") -> RGB:
    """A picture of a protocol: one of `colornb.images.SAMPLES`, or a file, seen from `folder`. Raises ImageError."""
    return sample(name) if name in SAMPLES else load_image(Path(folder) / Path(name).expanduser())


def _number(name: str) -> int:
    is_whole = name.isascii() and name.isdigit() and len(name) < 10
    return int(name) if is_whole else int(_digest(name)[:12], 16)


def _digest(*words: Any) -> str:
    return hashlib.sha256(json.dumps(words).encode()).hexdigest()
