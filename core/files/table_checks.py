"""Checks whether a table is too large to be read, before it takes the memory."""

import csv
import io
import re
import unicodedata
from typing import IO

import numpy as np
import pandas as pd

from core.base import limits
from core.base.names import HOSTILE, controls
from core.base.report import FIRST_PLACES, Report, clip, listed, refuse

_ASCII_CONTROLS = bytes([*range(0x09), *range(0x0E, 0x20), 0x7F])
WIDE = 64  # columns from which cells are stored as one block, which costs less than columns


def lines_of(text: str) -> IO[str]:
    """Lines for a CSV reader; a text stream would take four bytes per character."""
    return io.TextIOWrapper(io.BytesIO(text.encode()), encoding="utf-8", newline="")


def check_accents(text: str, name: str, report: Report) -> None:
    """Refuses runs of accents: normalising them takes time quadratic in their number."""
    if text.isascii():
        return
    accents = "".join(c for c in set(text) if unicodedata.combining(c))
    run = (
        re.search(f"[{re.escape(accents)}]{{{limits.MOST_ACCENTS + 1},}}", text)
        if accents
        else None
    )
    if run:
        refuse(
            f"{name} has letters with too many accents",
            found=f"{len(run[0]):,} accents one after another",
            expected=f"at most {limits.MOST_ACCENTS}",
            remedy="delete them; the file may be damaged",
            report=report,
        )


def check_shape(
    text: str, delimiter: str, maximum: int, name: str, report: Report
) -> tuple[int, int]:
    """The maximum number of rows, and the number of columns of the header.

    Counts before anything is allocated: short rows are padded to the width of the table.
    """
    try:
        columns = len(next(csv.reader(lines_of(text), delimiter=delimiter), []))
    except csv.Error:
        refuse(
            f"{name} has a header that cannot be read",
            found=f"a cell of more than {csv.field_size_limit():,} characters",
            expected=f"names of at most {limits.LONGEST_TITLE:,} characters",
            remedy="close every quotation mark, and check that the first row holds the names",
            report=report,
        )
    if columns > maximum:
        refuse(
            f"{name} has too many columns",
            found=f"{columns:,}",
            expected=f"at most {maximum:,}",
            remedy="leave out columns that are not needed",
            report=report,
        )
    rows = text.count("\n") + text.count("\r") - text.count("\r\n") + 1
    most_cells = limits.MOST_WIDE_CELLS if columns >= WIDE else limits.MOST_TABLE_CELLS
    cells = max(rows * columns, text.count(delimiter))
    if cells > most_cells:
        refuse(
            f"{name} has too many cells",
            found=f"{rows:,} rows × {columns:,} columns, {cells:,} cells",
            expected=f"at most {most_cells:,} cells",
            remedy="delete blank rows and columns, and leave out what is not needed",
            report=report,
        )
    return rows, columns


def has_controls(text: str) -> bool:
    """Whether there are control characters other than tabs and line ends."""
    if text.isascii():  # ten times as fast
        data = text.encode()
        return len(data.translate(None, _ASCII_CONTROLS)) < len(data)
    return HOSTILE.search("".join(set(text))) is not None


def check_controls(
    text: str, cells: pd.DataFrame, name: str, first_row: int, report: Report
) -> None:
    """Refuses control characters: in a name they reverse or hide the text beside it.

    Args:
      text: the whole file.
      cells: the same as cells, the header first.
      name: of the file.
      first_row: row of the header, as a spreadsheet shows it.
      report: of the reading.

    Raises:
      DataError: there are some.
    """
    if not has_controls(text):
        return
    found = dict.fromkeys(code for c in HOSTILE.findall(text) for code in controls(c))
    where = [
        (row, column)
        for column in range(cells.shape[1])
        for row in np.flatnonzero([bool(HOSTILE.search(text)) for text in cells.iloc[:, column]])
    ]
    examples = [
        f"{name} row {first_row + row}, column {clip(cells.iloc[0, column], 40)!r}: "
        f"{clip(cells.iloc[row, column], 60)!r}"
        for row, column in sorted(where)[:FIRST_PLACES]
    ]
    refuse(
        f"{name} has control characters",
        found=listed(found),
        expected="letters of any script, numbers and signs",
        remedy="delete these invisible characters; they reverse, hide or break the text beside a "
        "name",
        count=max(len(where), 1),
        examples=examples,
        report=report,
    )


def check_lengths(cells: pd.DataFrame, name: str, first_row: int, report: Report) -> None:
    """Refuses cells longer than any honest text."""
    if cells.shape[1] >= WIDE:
        lengths = np.array([max(map(len, row)) for row in cells.to_numpy(object)], np.int64)
    else:
        lengths = np.max([cells[c].str.len().to_numpy(np.int64) for c in cells], axis=0)
    rows = np.flatnonzero(lengths > limits.LONGEST_CELL)
    if len(rows):
        refuse(
            f"{name} has cells that are too long",
            found=f"one of {lengths.max():,} characters",
            expected=f"at most {limits.LONGEST_CELL:,} characters",
            remedy="shorten them, or leave the column out",
            count=len(rows),
            examples=[f"row {first_row + i}" for i in rows[:FIRST_PLACES]],
            report=report,
        )
