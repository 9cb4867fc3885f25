"""Write the page that says what of the two papers could be reproduced, what could not, and what was not done.

python tools/reproduction.py    writes book/reproduction.md from book/results/*.json

Numbers of ours, their intervals and the verdicts are computed from those files. What the papers say is typed once, in
`reproduction_claims.py` and `reproduction_edge_claims.py`; what else they hold is in `reproduction_places.py` and
`reproduction_equations.py`. A new result changes the page by this command alone; where it turns a verdict, its reason
has to be written anew.
"""

import json
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import reproduction_claims
import reproduction_edge_claims
import reproduction_rivals
from reproduction_equations import DETAILS, EQUATIONS
from reproduction_numbers import AGREES, DISAGREES, MISSING, OPEN, Claim, Difference
from reproduction_places import CONTRADICTIONS, EDGE, GP, NOT_DONE, OURS, PLACES

from colornb.checkpoints import list_bundled
from colornb.evaluation import read_results
from colornb.files import atomic_write

BOOK = Path(__file__).resolve().parents[1] / "book"
CLAIMS = [*reproduction_rivals.CLAIMS, *reproduction_claims.CLAIMS, *reproduction_edge_claims.CLAIMS]
REPORTS = {GP: "GuidingPainter", EDGE: "Edge paper"}
ABOUT = """\
# What could be reproduced, and what could not

**Which findings of the two papers hold here?** This page goes through GuidingPainter {cite}`cho2023guiding` and the
edge paper {cite}`kim2021edge`: every table, figure, study and equation. It is written by `python
tools/reproduction.py` from the files of results. No number of ours is typed, and no verdict is.

TALLY

No number of ours compares with a number of the papers. Our networks are smaller, most see 64 pixels for minutes, and
they learn from other pictures. What can agree is an order of methods, or the sign of an effect. So each row is a claim
that a paper makes (two ask more than the papers do, and say so), and a verdict:

- **agrees**: the whole 95 % interval lies on the side that the paper says, on each kind of pictures;
- **disagrees**: on one kind of pictures or more, all of it lies on the other side;
- **not decided**: an interval holds both, or there is none;
- **not done**: there is no result, or it comes from a commit with changes that nobody can find again.

After ± stands half of the interval: over seeds by Student's t, seed by seed where two methods have seeds in common, or
over sets of pictures where a network ships and has no other seed;
where scribbles are measured, that or a bootstrap over pictures, whichever is wider. Three seeds make wide intervals,
and much stays undecided for that reason alone.

Two kinds of numbers compare with nothing outside of this book. Fréchet distances are on small features of our own, and
are not FID. LPIPS is on random weights, so no verdict rests on it. And none rests on simulated participants, who are
no people.

Three numbers of GuidingPainter are for Yumi's Cells, Tag2pix and CelebA where nothing else is said. RTUG is the network
of Zhang et al., and a star means that the user has given colours. *E, paper* is an edge-enhancing network that learned
by the losses of its paper alone; *E, context* is ours, with a colour term, and with filters that advise it.
"""
RUNS = """\
Each row is a file in the folder `results`. Training is steps × pictures in a step, of so many pictures; tests are
pictures, too. The presets have changed since: a commit says which settings its run had.

"""
BESIDE = """\
These decide no claim of the two papers. What no chapter shows is on the [model cards](model-cards/index) or among the
[recipes](model-cards/recipes).

"""


@dataclass(frozen=True)
class Judged:
    """A claim with what was found, the verdict, and the file's own words on how it came to be."""

    claim: Claim
    verdict: str
    found: tuple[Difference, ...] = ()
    about: dict[str, Any] | None = None

    @property
    def reason(self) -> str:
        """Why, or that the verdict has turned since somebody wrote why."""
        if self.verdict == self.claim.explains:
            return self.claim.why
        return f"The reason was written when this was “{self.claim.explains}”."


def judge(claim: Claim, results: Path) -> Judged:
    """A claim against the file that decides it; a missing file and one of a dirty commit decide nothing."""
    path = results / f"{claim.file}.json"
    if not path.is_file():
        return Judged(claim, MISSING)
    rows, about = read_results(path)
    if about["commit"].endswith("dirty"):
        return Judged(claim, MISSING, about=about)
    found = claim.find(rows)
    return Judged(claim, claim.decide(found), tuple(found), about)


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table; bars in cells are kept from ending them."""
    lines = [head, ["---"] * len(head), *rows]
    return "".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |\n" for line in lines) + "\n"


def links(numbers: str) -> str:
    """Links to chapters, by their numbers."""
    return ", ".join(f"[{number}]({next(BOOK.glob(f'{number}_*.ipynb')).name})" for number in numbers.split())


def readers(file: str) -> str:
    """The numbers of the chapters that show a file of results."""
    name, _, use = file.partition("-")

    def reads(code: str) -> bool:
        return f"results/{file}.json" in code or (f"results/{name}-{{" in code and f'"{use}"' in code)

    return " ".join(number for number, code in chapters().items() if reads(code))


@cache
def chapters() -> dict[str, str]:
    """The code of all chapters, by their numbers."""
    found = {}
    for path in sorted(BOOK.glob("*.ipynb")):
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        found[path.name[:2]] = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
    return found


def here(one: Judged) -> str:
    """What was found, which part of it says otherwise than the verdict, and the run."""
    claim, lines = one.claim, []
    for difference in one.found:
        verdict = difference.verdict(claim.sign, claim.beyond)
        other = f" ({verdict})" if verdict != one.verdict else ""
        lines.append(difference.text(claim.digits, claim.unit) + other)
    return "<br>".join([*lines, f"[{claim.file}](#run-{claim.file})"])


def said(claim: Claim) -> str:
    """Where a paper says what."""
    return f"*{REPORTS[claim.paper]}, {claim.place}*<br>{claim.says}"


def claims(judged: Iterable[Judged], verdict: str) -> str:
    """The table of those with this verdict."""
    rows = [
        [
            f"*{REPORTS[one.claim.paper]}, {one.claim.place}*<br>{one.claim.says}",
            one.claim.theirs,
            here(one),
            one.reason,
        ]
        for one in judged
        if one.verdict == verdict
    ]
    return table(["claim", "paper", "here", "why"], rows) if rows else "Nothing.\n\n"


def lacking(one: Judged) -> tuple[str, str]:
    """Why a claim has no result, and the command that would make it."""
    if not one.about:
        file = one.claim.file
        return "There is no file of results.", f"python -m colornb experiment {file} --out {file}.json"
    why = f"It comes from {one.about['commit']}, with changes that nobody can find again. It has to be run anew."
    return why, one.about["command"]


def not_done(judged: Iterable[Judged]) -> str:
    """The table of what is missing, with the commands that would make it."""
    rows = [
        [f"*{REPORTS[paper]}, {place}*<br>{what}", why, "<br>".join(f"`{command}`" for command in commands)]
        for paper, place, what, why, *commands in NOT_DONE
    ]
    for one in judged:
        if one.verdict == MISSING:
            why, command = lacking(one)
            rows.append([said(one.claim), why, f"`{command}`"])
    return table(["what", "why not yet", "command"], [[*row[:2], row[2] or "none yet"] for row in rows])


def places(judged: Sequence[Judged]) -> str:
    """Every table, figure and study, where it is and how it stands."""
    text = ""
    for paper, title in REPORTS.items():
        rows = [
            [place, what, links(chapters), code and f"`{code}`", standing(paper, place, note, judged)]
            for of, place, what, code, chapters, note in PLACES
            if of == paper
        ]
        text += f"### {title}\n\n" + table(["place", "what it is", "chapter", "code in `colornb`", "here"], rows)
    return text


def places_of(paper: str, words: str) -> list[tuple[str, str]]:
    """The places of a paper that are named, such as "Table 3, Fig. 6"."""
    return [(paper, place) for place in words.split(", ")]


def standing(paper: str, place: str, note: str, judged: Iterable[Judged]) -> str:
    """How many claims of a place have which verdict, and whether something of it is missing."""
    verdicts = Counter(
        one.verdict for one in judged if one.claim.paper == paper and place in one.claim.place.split(", ")
    )
    missing = verdicts.pop(MISSING, 0) or any(paper == of and place in where.split(", ") for of, where, *_ in NOT_DONE)
    words = [counted(verdicts[verdict], verdict) for verdict in (DISAGREES, OPEN, AGREES) if verdicts[verdict]]
    words += [note] * bool(note) + ["in part not done" if words or note else "not done"] * bool(missing)
    return "; ".join(words)


def counted(number: int, verdict: str) -> str:
    """Such as "1 agrees" and "2 agree"."""
    return f"{number} {verdict.removesuffix('s') if number > 1 else verdict}"


def equations(rows: Iterable[tuple[str, ...]], head: str) -> str:
    """Code, test and chapter of equations or details."""
    cells = [
        [f"{REPORTS[paper]}, {number}", what, f"`{code}`<br>{test_name(test)}", links(chapter)]
        for paper, number, what, code, test, chapter in rows
    ]
    return table([head, "what it is", "code in `colornb`, and the test that holds it", "chapter"], cells)


def test_name(test: str) -> str:
    """A test as it is found in the repository."""
    file, name = test.split("::")
    return f"`test_{file}.py`: {name.replace('_', ' ')}"


def runs(judged: Iterable[Judged]) -> str:
    """How each file that decides something came to be."""
    abouts = {one.claim.file: one.about for one in judged if one.about}
    rows, commands = [], []
    for file, about in sorted(abouts.items()):
        rows.append([f"[{file}]{{#run-{file}}}", *setting(about), links(readers(file))])
        commands.append(f"# {file}\n{about['command']}\n")
    head = ["file", "pictures", "pixels", "training", "tests", "seeds", "device and commit", "chapter"]
    return table(head, rows) + "```console\n" + "".join(commands) + "```\n\n"


def setting(about: dict[str, Any]) -> list[str]:
    """Pictures, pixels, training, tests, seeds, and device, commit and date."""
    trained = about.get("trained", about)
    names = trained["data"] if isinstance(trained["data"], str) else ", ".join(trained["data"])
    size = about.get("size") or trained["size"]
    training = f"{trained['steps']:,} × {trained['batch_size']}, of {trained['pictures']:,}"
    seeds = str(len(about.get("seeds", [trained.get("seed")])))
    if about.get("preset") in list_bundled() and "trained" not in about:  # then seeds are shares of the pictures
        training, seeds = f"none, {about['preset']} ships", f"1, {seeds} sets of pictures"
    tests, device = about.get("tests", about.get("pictures")), trained.get("device", about.get("device", "not said"))
    made = f"{device}, {about['commit']}, {about['date']}"
    return [names, str(size), training, str(tests), seeds, made]


def ours(results: Path) -> str:
    """Results that decide nothing here."""
    rows = [
        [f"`{file}`", what, links(readers(file))] for file, what in OURS.items() if (results / f"{file}.json").is_file()
    ]
    return table(["file", "what it is", "chapter"], rows)


def page(results: Path = BOOK / "results") -> str:
    """The whole page."""
    judged = [judge(claim, results) for claim in CLAIMS]
    count = Counter(one.verdict for one in judged)
    missing = len(NOT_DONE) + count[MISSING]
    tally = f"Of {len(judged) - count[MISSING]} claims that were measured, {count[DISAGREES]} disagree, "
    tally += f"{count[OPEN]} are not decided, and {count[AGREES]} agree. {missing} things are not done."
    contradictions = [[f"{REPORTS[paper]}, {where}", what] for paper, where, what in CONTRADICTIONS]
    parts = {
        "What disagrees": claims(judged, DISAGREES),
        "What is not done": not_done(judged),
        "What is not decided": claims(judged, OPEN),
        "What agrees": claims(judged, AGREES),
        "Where the papers disagree with themselves": table(["where", "what"], contradictions),
        "Place by place": places(judged),
        "Equations": equations(((paper, f"Eq. {number}", *rest) for paper, number, *rest in EQUATIONS), "equation"),
        "Details": equations(DETAILS, "place"),
        "The runs": RUNS + runs(judged),
        "Results beside the papers": BESIDE + ours(results),
    }
    about = ABOUT.replace("TALLY", tally)
    return f"{about}\n" + "".join(f"## {title}\n\n{text}" for title, text in parts.items()).rstrip() + "\n"


if __name__ == "__main__":
    atomic_write(BOOK / "reproduction.md", page().encode())
