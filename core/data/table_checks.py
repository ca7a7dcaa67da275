"""Whether a table is too much to be read, found out before it takes the memory."""

import csv
import io
import re
import unicodedata
from typing import IO

import numpy as np
import pandas as pd

from core.data import limits
from core.data.report import FIRST_PLACES, Report, refuse

WIDE = 64  # columns from which cells are kept as one block: a column of its own costs more


def lines_of(text: str) -> IO[str]:
    """Lines for a CSV reader; a stream of text would hold four bytes for every character."""
    return io.TextIOWrapper(io.BytesIO(text.encode()), encoding="utf-8", newline="")


def check_accents(text: str, name: str, report: Report) -> None:
    """Refuse runs of accents: putting them in order takes the square of their number."""
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


def check_shape(text: str, delimiter: str, most: int, name: str, report: Report) -> tuple[int, int]:
    """Most rows, and the columns of the header.

    Counts before anything is made: short rows are filled up to the width of the table.
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
    if columns > most:
        refuse(
            f"{name} has too many columns",
            found=f"{columns:,}",
            expected=f"at most {most:,}",
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


def check_lengths(cells: pd.DataFrame, name: str, first_row: int, report: Report) -> None:
    """Refuse cells that no person fills."""
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
