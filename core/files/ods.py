"""How large the sheets of an ODS file are, before a library takes the memory for them."""

import re
from collections.abc import Iterator
from typing import IO

from core.base import limits
from core.base.report import Report, refuse

_SHEET, _ROW, _CELL = b"<table:table ", b"<table:table-row", b"<table:"
_REPEATED = re.compile(rb'table:number-(?:rows|columns)-repeated="(\d{1,12})"')
_LONGEST_ROW = 64 * limits.MIB


def check_size(content: IO[bytes], name: str, report: Report) -> None:
    """Refuses sheets of too many cells: one that is repeated can stand for billions.

    Args:
      content: content.xml of the file.
      name: of the file, for messages.
      report: of the reading.

    Raises:
      DataError: a sheet has more cells than `limits.MOST_TABLE_CELLS`, up to its last filled one.
    """
    rows = width = 0
    for row in _rows(content):
        opening = row.find(b">")
        rows += _times(row[:opening])
        if _filled(row):
            width = max(width, _width(row[opening:]))
            if rows * width > limits.MOST_TABLE_CELLS or len(row) > _LONGEST_ROW:
                refuse(
                    f"{name} has too many cells",
                    found=f"{rows:,} rows of up to {width:,} cells",
                    expected=f"at most {limits.MOST_TABLE_CELLS:,} cells",
                    remedy="delete everything below and to the right of the table",
                    report=report,
                )
        if _SHEET in row:  # another one begins below
            rows = width = 0


def _rows(content: IO[bytes]) -> Iterator[bytes]:
    """The XML of each row, with what stands between it and the next."""
    before, rest = True, b""
    while more := content.read(limits.MIB):
        *whole, rest = (rest + more).split(_ROW)
        yield from whole[before:]
        before = before and not whole
        if len(rest) > _LONGEST_ROW:
            break
    if not before:
        yield rest


def _filled(cells: bytes) -> bool:
    return b"office:value" in cells or b"<text:" in cells


def _times(tag: bytes) -> int:
    repeated = _REPEATED.search(tag)
    return int(repeated[1]) if repeated else 1


def _width(cells: bytes) -> int:
    """How many cells a row has up to its last filled one."""
    end = len(cells)
    while end > 0 and not _filled(cells[(start := cells.rfind(_CELL, 0, end)) : end]):
        end = start
    repeats = _REPEATED.findall(cells, 0, end) if cells.find(b"-repeated", 0, end) >= 0 else []
    return cells.count(_CELL, 0, end) + sum(int(times) - 1 for times in repeats)
