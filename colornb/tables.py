"""Tables of results: Markdown where a page shows them, columns of text wherever else; and numbers in words."""

import re
from collections.abc import Collection, Sequence

NUMBER = re.compile(r"[+−-]?\d+(?:,\d{3})*(?:\.\d+)?(?:e[+-]?\d+)?")
MINUS = "−"
BAR = "\\|"  # in a cell it would end it


def number(value: float | None, digits: int = 2, sign: bool = False) -> str:
    """A number as tables print it, with a sign where it is a difference and is not 0; nothing for None."""
    text = "" if value is None else f"{value:{'+' * sign}.{digits}f}"
    return text.lstrip("+-") if text and float(text) == 0 else text.replace("-", MINUS)


def counted(n: int, noun: str) -> str:
    """How many there are of a thing, as titles and tables say it: "no hint", "1 hint", "2 hints"."""
    return f"{n or 'no'} {noun}{'s' * (n > 1)}"


def with_interval(value: float, half: float, digits: int = 2, sign: bool = True) -> str:
    """A number and half the width of its interval, such as a gain."""
    return f"{number(value, digits, sign)} ± {half:.{digits}f}"


class Table:
    """Rows under their headings; text at the left, numbers at the right.

    Args:
        head: the headings.
        rows: as many cells in each, as text; empty ones are left empty.
        highest: headings of columns whose highest number is printed in bold; all of those that are equal.
        lowest: the same for the lowest number.
    """

    def __init__(
        self,
        head: Sequence[str],
        rows: Sequence[Sequence[str]],
        highest: Collection[str] = (),
        lowest: Collection[str] = (),
    ) -> None:
        if odd := [row for row in rows if len(row) != len(head)]:
            raise ValueError(f"a row of {len(odd[0])} cells under {len(head)} headings: give as many of both")
        if unknown := sorted({*highest, *lowest} - set(head)):
            raise ValueError(f"no column {unknown[0]!r}: choose from {', '.join(head)}")
        self.head, self.rows = list(head), [list(map(str, row)) for row in rows]
        self._best = dict.fromkeys(highest, max) | dict.fromkeys(lowest, min)

    def __repr__(self) -> str:
        """Columns as wide as their widest cell."""
        lines = [self.head, *self.rows]
        widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
        aligned = [str.rjust if right else str.ljust for right in self._right()]
        return "\n".join(
            "  ".join(align(cell, width) for align, cell, width in zip(aligned, line, widths, strict=True)).rstrip()
            for line in lines
        )

    def _repr_markdown_(self) -> str:
        bold = self._bold()
        rule = ["---:" if right else "---" for right in self._right()]
        lines = [self.head, rule]
        for y, row in enumerate(self.rows):
            cells = [cell.replace(" ± ", "\u00a0±\u00a0") for cell in row]  # what belongs together stays on one line
            lines.append([f"**{cell}**" if (y, x) in bold else cell for x, cell in enumerate(cells)])
        return "\n".join(f"| {' | '.join(cell.replace('|', BAR) for cell in line)} |" for line in lines)

    def _right(self) -> list[bool]:
        """For each column, whether it holds numbers and nothing else."""
        columns = ([row[x] for row in self.rows if row[x]] for x in range(len(self.head)))
        return [bool(cells) and all(map(NUMBER.match, cells)) for cells in columns]

    def _bold(self) -> set[tuple[int, int]]:
        """The places, row and column, of the best numbers."""
        found = set()
        for name, best in self._best.items():
            x = self.head.index(name)
            values = {y: _value(row[x]) for y, row in enumerate(self.rows) if row[x]}
            found |= {(y, x) for y, value in values.items() if value == best(values.values())}
        return found


def _value(cell: str) -> float:
    match = NUMBER.match(cell)
    if match is None:
        raise ValueError(f"{cell!r} begins with no number: it cannot be the best of its column")
    return float(match[0].replace(MINUS, "-").replace(",", ""))
