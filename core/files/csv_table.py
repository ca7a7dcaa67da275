"""CSV tables in their usual variants, read as text: nothing is guessed about the cells.

"NA" may be the name of a class and 007 the id of a case, so every cell stays text until code that
knows what the column means converts it.
"""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import islice

import numpy as np
import pandas as pd

from core.base import limits
from core.base.export import without_quote
from core.base.report import FIRST_PLACES, Report, clip, listed, refuse
from core.files.decode import decode
from core.files.header import HEAD, Header, find_header, footnotes
from core.files.table import Table
from core.files.table_checks import (
    WIDE,
    check_controls,
    check_lengths,
    check_shape,
    lines_of,
)

_DELIMITERS = (",", ";", "\t", "|")
# Cells of a wide table from which equal ones are stored once, and how many are cached for that.
_SHARED, _MOST_SHARED = 8_000_000, 500_000


def parse_table(
    data: bytes,
    name: str,
    report: Report,
    *,
    expect: Sequence[str] = (),
    most_columns: int | None = None,
) -> Table:
    """Read a CSV file.

    Args:
      data: the bytes of the file.
      name: what to call it in messages.
      report: takes warnings.
      expect: column names that help to tell the delimiter.
      most_columns: more are refused; `limits.MOST_COLUMNS` by default.

    Raises:
      DataError: not text, no header, rows that do not fit the header, or a limit is exceeded.
    """
    text = decode(data, name, report)
    lines_before = len(text) - len(text.lstrip("\r\n"))
    text = text.lstrip("\r\n")
    first_row = 1 + len(re.findall(r"\r\n|\r|\n", "\n" * lines_before))
    given = re.match(r'^"?sep=(.)"?[;,\t]*(\r\n|\r|\n)', text, flags=re.IGNORECASE)
    if given:  # Excel's own way to name the delimiter
        delimiter, text, first_row = given[1], text[given.end() :], first_row + 1
    else:
        delimiter = _delimiter(text, expect)
    text, first_row = _from_header(text, delimiter, first_row, name, report)
    most_rows, columns = check_shape(
        text, delimiter, most_columns or limits.MOST_COLUMNS, name, report
    )
    cells = _wide_cells(text, delimiter, most_rows, columns) if columns >= WIDE else None
    if cells is None:
        cells = _cells(text, delimiter, name, report)
    check_lengths(cells, name, first_row, report)
    check_controls(text, cells, name, first_row, report)
    frame = _tidy(cells, name, first_row, report)
    return Table(name, frame, delimiter)


def table_of_cells(
    rows: Sequence[Sequence[str]], name: str, report: Report, *, titled: bool = False
) -> Table:
    """A table from cells of text, of a spreadsheet for instance.

    Args:
      rows: of different lengths, the first as a spreadsheet's row 1.
      name: what to call it in messages.
      report: takes warnings.
      titled: whether the first row is known to hold the column names.

    Raises:
      DataError: as `parse_table`.
    """
    width = max(map(len, rows))
    if width > limits.MOST_COLUMNS or width * len(rows) > limits.MOST_TABLE_CELLS:
        refuse(
            f"{name} has too many cells",
            found=f"{len(rows):,} rows of up to {width:,} cells",
            expected=f"at most {limits.MOST_TABLE_CELLS:,} cells, {limits.MOST_COLUMNS:,} columns",
            remedy="delete everything below and to the right of the table",
            report=report,
        )
    first = 0
    if not titled:
        header = find_header([[c.strip() for c in row] for row in rows[:HEAD]])
        header.warn(name, report)
        first = header.row + header.rows - 1
        rows = [header.names(rows), *rows[first + 1 :]]
    cells = pd.DataFrame([[*row, *[""] * (width - len(row))] for row in rows], dtype=str)
    check_lengths(cells, name, first + 1, report)
    check_controls("\n".join(map("".join, rows)), cells, name, first + 1, report)
    return Table(name, _tidy(cells, name, first + 1, report), ",")


def _from_header(
    text: str, delimiter: str, first_row: int, name: str, report: Report
) -> tuple[str, int]:
    """The text from the column names on, and their row; two rows of names are joined."""
    lines = lines_of(text[:200_000])
    reader = csv.reader(lines, delimiter=delimiter)
    rows: list[list[str]] = []
    ends = [0]  # lines read by the end of each row; a quoted cell may hold several
    try:
        for row in islice(reader, HEAD):
            rows.append([c.strip() for c in row])
            ends.append(reader.line_num)
    except csv.Error:
        return text, first_row  # the usual reader says what is wrong
    header = find_header(rows)
    if header == Header():
        return text, first_row
    header.warn(name, report)
    split = re.compile(r"\r\n|\r|\n")
    cuts = [0, *(m.end() for m in islice(split.finditer(text), ends[header.row + header.rows]))]
    if header.rows == 1:
        return text[cuts[ends[header.row]] :], first_row + header.row
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter).writerow(header.names(rows))
    return out.getvalue() + text[cuts[ends[header.row + 2]] :], first_row + header.row + 1


def _delimiter(text: str, expect: Sequence[str]) -> str:
    # Below a title, which has no delimiter, stands a line that has one.
    lines = re.split(r"[\r\n]+", text[:100_000], maxsplit=HEAD)[:HEAD]
    header = next((li for li in lines if any(d in li for d in _DELIMITERS)), lines[0])

    def score(delimiter: str) -> tuple[int, int]:
        fields = next(csv.reader([header], delimiter=delimiter), [])
        known = {re.sub(r"[\s-]+", "_", f.strip().casefold()) for f in fields}
        return len(known & set(expect)), len(fields)

    try:
        return max(_DELIMITERS, key=score)
    except csv.Error:
        return ","


def _cells(text: str, delimiter: str, name: str, report: Report) -> pd.DataFrame:
    try:
        return pd.read_csv(
            # Bytes: a text stream takes four per character.
            io.BytesIO(text.encode()),
            header=None,
            dtype=str,
            sep=delimiter,
            na_filter=False,
            skip_blank_lines=False,
            encoding="utf-8",
        )
    except pd.errors.EmptyDataError:
        refuse(f"{name} is empty", expected="a table with a header", report=report)
    except (pd.errors.ParserError, csv.Error, ValueError) as error:
        if "EOF inside string" in str(error):
            refuse(
                f"{name} has a quotation mark that is never closed",
                found=clip(error),
                remedy="close it, or save the table again from a spreadsheet",
                report=report,
            )
    return _uneven_cells(text, delimiter, name, report)


def _wide_cells(text: str, delimiter: str, maximum: int, width: int) -> pd.DataFrame | None:
    """Cells of a wide table as one block; None where only the usual reader says what is wrong."""
    rows = csv.reader(lines_of(text), delimiter=delimiter, strict=True)
    # Most tables of numbers have nothing to trim, and every pass over their cells is slow.
    loose = not text.isascii() or any(c in text for c in " \x0b\x0c\"'\t".replace(delimiter, ""))
    try:
        return _block(rows, maximum, width, trim=loose)
    except (csv.Error, ValueError):  # the latter from a row that is longer than the header
        return None


def _block(rows: Iterable[list[str]], maximum: int, width: int, *, trim: bool) -> pd.DataFrame:
    """Rows as a table of one block.

    Args:
      rows: as they come.
      maximum: number of rows.
      width: of the table; short rows are padded.
      trim: whether cells may have blanks around them.

    Raises:
      ValueError: a row is longer.
    """
    block = np.full((maximum, width), "", dtype=object)
    same: dict[str, str] = {}
    share, count = block.size > _SHARED, 0
    for count, row in enumerate(rows, start=1):
        if trim:
            row = list(map(str.strip, row))
            if "'" in (whole := "".join(row)) or '="' in whole:
                row = list(map(_trim_cell, row))
        if share:  # each text object takes 50 bytes
            if len(same) > _MOST_SHARED:
                same.clear()
            row = list(map(same.setdefault, row, row))
        block[count - 1, : len(row)] = row
    return pd.DataFrame(block[:count], dtype=object, copy=False)


def _uneven_cells(text: str, delimiter: str, name: str, report: Report) -> pd.DataFrame:
    """Rows longer than the header: accepted if the extra cells are blank."""
    try:
        rows = list(csv.reader(lines_of(text), delimiter=delimiter))
    except csv.Error as error:
        refuse(f"{name} cannot be read as a table", found=clip(error), report=report)
    width = max((i + 1 for i, cell in enumerate(rows[0]) if cell.strip()), default=0)
    longest = max(map(len, rows))
    if longest * len(rows) > limits.MOST_TABLE_CELLS:
        refuse(
            f"{name} has too many cells",
            found=f"{len(rows):,} rows of up to {longest:,} cells",
            expected=f"at most {limits.MOST_TABLE_CELLS:,} cells",
            remedy="delete everything to the right of the last column",
            report=report,
        )
    long = [i for i, row in enumerate(rows) if "".join(row[width:]).strip()]
    if long:
        refuse(
            f"{name} has rows with more cells than the header",
            found=f"{len(rows[long[0]])} cells",
            expected=f"{width}",
            remedy="put quotation marks around texts that contain the delimiter",
            count=len(long),
            examples=[f"row {i + 1}" for i in long[:5]],
            report=report,
        )
    if width >= WIDE:
        return _block((row[:width] for row in rows), len(rows), width, trim=True)
    return pd.DataFrame(
        [row[:width] + [""] * (width - len(row)) for row in rows], columns=range(width), dtype=str
    )


def _tidy(cells: pd.DataFrame, name: str, first_row: int, report: Report) -> pd.DataFrame:
    wide = cells.shape[1] >= WIDE
    if not wide:
        cells = cells.apply(_trim)
    elif isinstance(cells.dtypes.iloc[0], pd.StringDtype):
        rows = map(list, cells.to_numpy(object))
        cells = _block(rows, len(cells), cells.shape[1], trim=True)
    cells.index = np.arange(first_row, first_row + len(cells))
    # A column name over several lines, as spreadsheets allow, becomes one line.
    header = [re.sub(r"\s*[\t\r\n\v\f]\s*", " ", str(h)) for h in cells.iloc[0]]
    frame = cells.iloc[1:]
    if not wide and (notes := footnotes(frame.tail(HEAD).to_numpy(object).tolist())):
        text = next(c for c in frame.iloc[-notes] if c)
        report.warn(
            f"{name} has a note below the table, which is left out",
            found=f"{clip(text, 60)!r} in row {frame.index[-notes]}",
            count=notes,
        )
        frame = frame.iloc[:-notes]
    filled = frame.to_numpy(object).astype(bool) if wide else (frame != "").to_numpy(bool)
    if not filled.any(axis=1).all():
        frame, filled = frame[filled.any(axis=1)], filled[filled.any(axis=1)]
    keep = _named(header, frame, filled.any(axis=0), name, report)
    names = [header[i] for i in keep]
    long = [h for h in names if len(h) > limits.LONGEST_TITLE]
    if long:
        report.error(
            f"{name} has column names that are too long",
            found=f"{max(map(len, long)):,} characters: {listed(long, 2)}",
            expected=f"at most {limits.LONGEST_TITLE:,} characters",
            remedy="shorten them, and check that the first row holds the names",
            count=len(long),
        )
    twice = sorted(h for h, times in Counter(names).items() if times > 1)
    if twice:
        report.error(
            f"{name} has duplicate column names",
            found=listed(twice),
            expected="every name once",
            remedy="rename or delete one of each",
        )
    report.stop()
    if not names:
        refuse(f"{name} has no header", expected="column names in the first row", report=report)
    if len(keep) < frame.shape[1]:
        frame = frame.iloc[:, keep].copy()
    return frame.set_axis(pd.Index(names, dtype=object), axis=1)


def _named(
    header: list[str], frame: pd.DataFrame, filled: np.ndarray, name: str, report: Report
) -> list[int]:
    """Columns to keep. One without a name is blank to the end (Excel) or pandas' row numbers."""
    keep = []
    nameless = numbered = more = 0
    for i, title in enumerate(header):
        if title and not title.startswith("Unnamed: "):
            keep.append(i)
        elif not filled[i]:
            continue
        elif max(nameless, numbered) == FIRST_PLACES:
            more += 1  # the first ones have been reported
        elif _row_numbers(frame.iloc[:, i]):
            numbered += 1
            report.warn(f"{name} has a column of row numbers, which is ignored")
        elif title:
            keep.append(i)
        else:
            nameless += 1
            report.error(
                f"{name} has a column without a name",
                found=f"column {i + 1} holds {listed(frame.iloc[:, i].unique()[:3])}",
                expected="a name in the first row",
                remedy="name the column or delete it",
            )
    if more:
        report.error(
            f"{name} has more columns without a name",
            found=f"{more:,} that hold something",
            expected="names in the first row",
            remedy="name the columns or delete them",
            count=more,
        )
    return keep


def _trim_cell(text: str) -> str:
    if text.startswith('="') and text.endswith('"'):
        return text[2:-1]
    return without_quote(text)


def _trim(column: pd.Series) -> pd.Series:
    text = column.astype(str).str.strip()
    # ="007" keeps Excel from turning an id into a number.
    quoted = text.str.startswith('="') & text.str.endswith('"')
    odd = quoted | text.str.startswith("'")
    return text.mask(odd, text[odd].map(_trim_cell)) if odd.any() else text


def _row_numbers(column: pd.Series) -> bool:
    numbers = pd.to_numeric(column, errors="coerce").to_numpy(float)
    first = numbers[0] if len(numbers) else np.nan
    return first in (0, 1) and bool((numbers == first + np.arange(len(numbers))).all())
