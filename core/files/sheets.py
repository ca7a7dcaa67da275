"""Reads every kind of table file into tables of text; a new kind is a function and a line here."""

import datetime
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from core.base import limits
from core.base.report import DataError, Report, clip, listed, refuse
from core.files.archive import Archive
from core.files.csv_table import parse_table, table_of_cells
from core.files.decode import decode
from core.files.json_records import INDEX, load_json, records_of
from core.files.ods import check_size
from core.files.table import Table

_ODS = "content.xml"  # of an .ods
_UNNAMED = "__index_level_"  # a column of Parquet that holds pandas' index
_EXACT = 2.0**53  # whole numbers from here lose digits in a spreadsheet


@dataclass(frozen=True)
class Sheet:
    """Cells of one sheet as they come, all text.

    Attributes:
      name: of the file, with the sheet's name where it has several.
      rows: cells, of different lengths.
      titled: whether the first row is known to hold the column names.
    """

    name: str
    rows: Sequence[Sequence[str]]
    titled: bool = False


def read_tables(data: bytes, name: str, report: Report) -> list[Table]:
    """The tables of one file: one per sheet that holds something.

    Args:
      data: the bytes of the file.
      name: of the file; its ending says of which kind it is.
      report: takes warnings.

    Raises:
      DataError: the file is of another kind, or damaged.
    """
    ending = name.rpartition(".")[2].casefold()
    if ending in _TEXT:
        return [parse_table(data, name, report)]
    if ending not in _KINDS:
        refuse(
            f"{clip(name)} is not a table",
            found=f"a file that ends in .{clip(ending, 20)}",
            expected=f"one that ends in {', '.join(SUFFIXES)}",
            remedy="save it as CSV or XLSX",
            report=report,
        )
    sheets = [s for s in _KINDS[ending](data, name, report) if any(any(row) for row in s.rows)]
    if not sheets:
        refuse(f"{clip(name)} is empty", expected="a table with a header", report=report)
    tables, others = [], []
    for sheet in sheets:
        noticed = Report()
        try:
            tables.append(table_of_cells(sheet.rows, sheet.name, noticed, titled=sheet.titled))
        except DataError as error:
            others.append((sheet.name, error.report))
            continue
        if noticed.errors:  # such as a sheet of remarks beside those with the data
            tables.pop()
            others.append((sheet.name, noticed))
            continue
        report.problems += noticed.problems
    for name_of, refused in others:
        if not tables:
            report.problems += refused.problems
        else:
            first = refused.errors[0]
            report.warn(
                f"{name_of} is no table and is left out",
                found=first.sentence().rstrip("."),
                remedy="if it should be read, correct it",
            )
    report.stop()
    return tables


def _spreadsheet(data: bytes, name: str, report: Report) -> list[Sheet]:
    from python_calamine import CalamineError, CalamineWorkbook

    if data[:2] == b"PK":  # .xlsx and .ods are zips, with the limits of any other
        archive = Archive(io.BytesIO(data), clip(name))
        if _ODS in archive.names:
            with archive.open(_ODS) as content:
                check_size(content, clip(name), report)
        archive.close()
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(data))
        sheets = {
            title: book.get_sheet_by_name(title).to_python(skip_empty_area=False)
            for title in book.sheet_names
        }
    except (CalamineError, OSError, ValueError) as error:
        refuse(
            f"{clip(name)} cannot be read as a spreadsheet",
            found=clip(error),
            remedy="open it in a spreadsheet program and save it again as .xlsx",
            report=report,
        )
    cells = {
        title: [[cell_text(value) for value in row] for row in rows]
        for title, rows in sheets.items()
    }
    filled = {title: rows for title, rows in cells.items() if any(any(row) for row in rows)}
    long = sum(
        isinstance(v, float) and abs(v) >= _EXACT and v.is_integer()
        for title in filled
        for row in sheets[title]
        for v in row
    )
    if long:
        report.warn(
            f"{clip(name)} has numbers of more than 15 digits, of which a spreadsheet keeps 15",
            remedy="if they are ids, format their column as text before typing or pasting them",
            count=long,
        )
    alone = len(filled) == 1
    return [
        Sheet(clip(name) if alone else f"{clip(name)}/{clip(title, 60)}", rows)
        for title, rows in filled.items()
    ]


def cell_text(value: Any) -> str:
    """A value of a typed cell as text: whole numbers without ".0", dates as in ISO 8601."""
    if value is None or value != value:
        return ""
    if isinstance(value, bool | np.bool_):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e300 else repr(value)
    if isinstance(value, datetime.datetime):
        at_midnight = value.time() == datetime.time()
        return value.date().isoformat() if at_midnight else value.isoformat(" ")
    return str(value)


def _parquet(data: bytes, name: str, report: Report) -> list[Sheet]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        file = pq.ParquetFile(io.BytesIO(data))
        groups = range(file.metadata.num_row_groups)
        size = sum(file.metadata.row_group(i).total_byte_size for i in groups)
        cells = file.metadata.num_rows * file.metadata.num_columns
        if size > limits.MOST_UNPACKED or cells > limits.MOST_TABLE_CELLS:
            refuse(
                f"{clip(name)} is too large",
                found=f"{cells:,} cells, {size / limits.MIB:,.0f} MiB unpacked",
                expected=f"at most {limits.MOST_TABLE_CELLS:,} cells and "
                f"{limits.MOST_UNPACKED // limits.MIB:,} MiB",
                report=report,
            )
        table = file.read()
    except (pa.ArrowException, OSError) as error:
        refuse(f"{clip(name)} cannot be read as Parquet", found=clip(error), report=report)
    types = {field.name: field.type for field in table.schema}
    odd = [n for n, kind in types.items() if pa.types.is_nested(kind) or pa.types.is_binary(kind)]
    if odd:
        report.warn(f"{clip(name)} has columns of lists or bytes, left out", found=listed(odd))
        table = table.drop_columns(odd)
    columns = {name: _texts(table[name]) for name in table.column_names}
    for title in [n for n in columns if n.startswith(_UNNAMED)]:
        # pandas' own row numbers are no column that anybody wrote; names of rows are one.
        named = columns.pop(title)
        if INDEX not in columns and named != list(map(str, range(len(named)))):
            columns = {INDEX: named, **columns}
    rows = zip(*columns.values(), strict=True)
    return [Sheet(clip(name), [list(columns), *map(list, rows)], titled=True)]


def _texts(column: Any) -> list[str]:
    """The cells of a column of Arrow as text; each different value is put into words once."""
    column = column.combine_chunks().dictionary_encode()
    words = np.array([*map(cell_text, column.dictionary.to_pylist()), ""], object)
    return list(words[column.indices.fill_null(len(words) - 1).to_numpy()])


def _json(data: bytes, name: str, report: Report) -> list[Sheet]:
    text = decode(data, name, report, "a list of records")
    return [json_sheet(load_json(text, name, report), name, report)]


def json_sheet(content: Any, name: str, report: Report) -> Sheet:
    """Records, or what `DataFrame.to_json` writes in any of its orientations, as a sheet.

    Raises:
      DataError: the content is something else.
    """
    records = records_of(content) if isinstance(content, dict) else content
    if records is None:
        refuse(
            f"{clip(name)} is not a table",
            found="one object",
            expected='a list of records such as [{"case_id": …, "label": …}]',
            remedy='with pandas, write it by to_json(…, orient="records")',
            report=report,
        )
    return sheet_of_records(records, name, report)


def sheet_of_records(records: Any, name: str, report: Report) -> Sheet:
    """Records as a sheet; keys of objects inside become columns such as `data.image`.

    Raises:
      DataError: they are no list of objects.
    """
    if not isinstance(records, list) or not all(isinstance(r, dict) for r in records):
        refuse(
            f"{clip(name)} is not a table",
            found="a list of other things than objects" if isinstance(records, list) else "a value",
            expected='a list of records such as [{"case_id": …, "label": …}]',
            report=report,
        )
    if not records:
        refuse(f"{clip(name)} is an empty list", expected="a list of records", report=report)
    flat = [dict(_flat(record)) for record in records]
    titles = list(dict.fromkeys(key for record in flat for key in record))
    if len(titles) * len(flat) > limits.MOST_TABLE_CELLS or len(titles) > limits.MOST_COLUMNS:
        refuse(
            f"{clip(name)} has too many cells",
            found=f"{len(flat):,} records with {len(titles):,} different keys",
            expected=f"at most {limits.MOST_TABLE_CELLS:,} cells",
            report=report,
        )
    lists = [t for t in titles if any(isinstance(r.get(t), list) for r in flat)]
    if lists:
        report.warn(f"{clip(name)} has keys that hold lists, left out", found=listed(lists))
        titles = [t for t in titles if t not in lists]
    rows = [[cell_text(record.get(t)) for t in titles] for record in flat]
    return Sheet(clip(name), [titles, *rows], titled=True)


def _flat(record: Mapping[str, Any], before: str = "") -> list[tuple[str, Any]]:
    pairs: list[tuple[str, Any]] = []
    for key, value in record.items():
        name = f"{before}{key}"
        if isinstance(value, dict):
            pairs += _flat(value, f"{name}.")
        elif isinstance(value, list) and len(value) == 1 and not isinstance(value[0], list | dict):
            pairs.append((name, value[0]))  # ["1"], as doccano writes one label
        else:
            pairs.append((name, value))
    return pairs


_TEXT = ("csv", "tsv", "txt")
_KINDS: Mapping[str, Callable[[bytes, str, Report], list[Sheet]]] = {
    **dict.fromkeys(("xlsx", "xlsm", "xls", "xlsb", "ods"), _spreadsheet),
    "parquet": _parquet,
    **dict.fromkeys(("json", "jsonl", "ndjson"), _json),
}
SUFFIXES = tuple(f".{ending}" for ending in (*_TEXT, *_KINDS))
