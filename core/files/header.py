"""Where the column names of a table stand: below a title, over two rows, above a footnote."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from core.base.report import Report, clip

HEAD = 40  # rows in which a header is looked for
_NUMBER = re.compile(r"[+-]?[\d.,]+(e[+-]?\d+)?\s*%?", re.IGNORECASE)
_NOTE = re.compile(r"[*†‡§]|\(?(note|source|legend|n\s*=|quelle|anmerkung|nota|remarque)\b", re.I)
# What the first cell of a row of sums or means below a table says.
_SUMMARY = re.compile(
    r"(grand )?total|totals|sum|summe|gesamt|insgesamt|mean|average|avg|median|mittel(wert)?|"
    r"agreement|kappa|accuracy|std|sd|count|n|moyenne|somme|media|promedio|suma|totale|somma|"
    r"gemiddelde|totaal",
    re.I,
)
Rows = Sequence[Sequence[str]]


@dataclass(frozen=True, slots=True)
class Header:
    """Where the column names stand.

    Attributes:
      row: index of their first row. rows: how many rows they take, 1 or 2.
      title: what stands above them.
    """

    row: int = 0
    rows: int = 1
    title: str = ""

    def names(self, rows: Rows) -> list[str]:
        """The column names; of two rows joined, with merged cells filled from the left."""
        first = list(rows[self.row])
        if self.rows == 1:
            return first
        second = list(rows[self.row + 1])
        names, above = [], ""
        for i in range(max(len(first), len(second))):
            own, below = _at(first, i), _at(second, i)
            above = own or above
            if not own and not below and not any(_at(row, i) for row in rows[self.row + 2 :]):
                names.append("")  # a blank column beside a merged cell is no part of it
                continue
            names.append(" ".join(dict.fromkeys(part for part in (above, below) if part)))
        return names

    def warn(self, name: str, report: Report) -> None:
        """Says what was found if it is not the usual one row at the top."""
        if self.row:
            report.warn(
                f"{name} does not begin with the column names",
                found=f"{clip(self.title, 60)!r} above them",
                remedy=f"the names are taken from row {self.row + 1}",
            )
        if self.rows == 2:
            report.warn(
                f"{name} has two rows of column names",
                remedy=f"rows {self.row + 1} and {self.row + 2} are joined to one name per column",
            )


def find_header(rows: Rows) -> Header:
    """The header among the first rows of a table.

    Args:
      rows: the first rows, trimmed, "" where blank.

    The usual place, the first row, is left only where that row is much emptier than the rows below
    and a later row looks like names: filled, all different, none a number.
    """
    filled = [sum(map(bool, row)) for row in rows]
    if len(rows) < 2 or max(filled, default=0) < 2:
        return Header()
    usual, times = Counter(n for n in filled if n > 1).most_common(1)[0]
    width = max(usual, *(n for n in filled[-3:] if times > 1)) if times > 1 else max(filled)
    if 2 * filled[0] > width:
        return Header(0, 2) if _two_rows(rows, 0, width) else Header()
    for i, row in enumerate(rows[:-1]):
        if _names(row) and 2 * filled[i] > width:
            title = next((c for above in rows[:i] for c in above if c), "")
            return Header(i, 2 if _two_rows(rows, i, width) else 1, title)
        if i + 2 < len(rows) and filled[i] > 1 and _two_rows(rows, i, width):
            title = next((c for above in rows[:i] for c in above if c), "")
            return Header(i, 2, title)
    return Header()


def _at(row: Sequence[str], column: int) -> str:
    return row[column] if column < len(row) else ""


def _names(row: Sequence[str]) -> bool:
    cells = [c for c in row if c]
    return len(set(cells)) == len(cells) and not any(map(_NUMBER.fullmatch, cells))


def _two_rows(rows: Rows, at: int, width: int) -> bool:
    """Whether the row below is a second row of names, with merged cells above it."""
    if at + 2 >= len(rows):
        return False
    first, second = rows[at], rows[at + 1]
    merged = [i for i, c in enumerate(first) if not c and i and i < len(second) and second[i]]
    below = [c for c in second if c]
    if not merged or not below or any(map(_NUMBER.fullmatch, (*below, *filter(None, first)))):
        return False
    # Values look like the rows below them; names of a second row do not occur there again.
    values = {c for row in rows[at + 2 :] for c in row if c}
    joined = Header(at, 2).names(rows)
    names = [n for n in joined if n]
    return (
        not values.intersection(below) and len(set(names)) == len(names) and 2 * len(names) > width
    )


def footnotes(rows: Rows) -> int:
    """How many of the last rows of a table are notes below it.

    Args:
      rows: all rows below the header, trimmed; blank ones count as part of the notes.

    A note fills one cell of a table of three or more columns and reads like prose, or begins with
    a mark such as *. A row of sums or means says so in its first cell, where no other row does.
    """
    if not rows or max(map(len, rows)) < 3:
        return 0
    end = count = len(rows)
    while end:
        cells = [c for c in rows[end - 1] if c]
        if not cells:
            end -= 1
        elif _SUMMARY.fullmatch(rows[end - 1][0]) and _of_another_kind(rows, end - 1):
            end = count = end - 1
        elif len(cells) == 1 and (_NOTE.match(cells[0]) or cells[0].count(" ") >= 2):
            end = count = end - 1
        else:
            break
    return len(rows) - count


def _of_another_kind(rows: Rows, at: int) -> bool:
    """Whether the rows above have no such word in their first cells, which all differ."""
    above = [row[0] for row in rows[:at] if row and row[0]]
    return len(set(above)) == len(above) > 2 and not any(map(_SUMMARY.fullmatch, above[:-1]))
