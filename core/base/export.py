"""Tables for other people's spreadsheets."""

import re

import pandas as pd

# A spreadsheet runs a cell that starts so as a formula (OWASP: CSV injection). Apostrophes before
# it are in the rule so that what this adds can be told from what was there.
_FORMULA = re.compile(r"'*[=+\-@\t\r\n]")
_NUMBER = re.compile(r"[+-](?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)


def safe_cell(value: object) -> object:
    """`value`, with an apostrophe before texts that a spreadsheet would take for a formula.

    Those start with = + - @, a tab or a line end, and are no number: an id such as -12 or +3.5e2
    is left alone, -2+3 is not. `core.reading.tables` takes the apostrophe away again.
    """
    if not isinstance(value, str) or not _FORMULA.match(value) or _NUMBER.fullmatch(value):
        return value
    return f"'{value}"


def without_quote(text: str) -> str:
    """The text that `safe_cell` was given, from what it returned."""
    return text[1:] if text.startswith("'") and _FORMULA.match(text) else text


def csv_text(frame: pd.DataFrame) -> str:
    """A frame as CSV text without its index, cells and column names as in `safe_cell`."""
    safe = frame.copy()
    for i, dtype in enumerate(frame.dtypes):
        if not pd.api.types.is_numeric_dtype(dtype):
            safe.isetitem(i, frame.iloc[:, i].astype(object).map(safe_cell))
    safe.columns = pd.Index([safe_cell(c) for c in frame.columns], dtype=object)
    return safe.to_csv(index=False, lineterminator="\n")
