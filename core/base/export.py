"""Tables for spreadsheets."""

import re

import pandas as pd

# A spreadsheet runs a cell that starts like this as a formula (OWASP: CSV injection). Leading
# apostrophes are included, so that the one added here can be removed again.
_FORMULA = re.compile(r"'*[=+\-@\t\r\n]")
_NUMBER = re.compile(r"[+-](?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)


def safe_cell(value: object) -> object:
    """`value`, with an apostrophe before texts that a spreadsheet would run as a formula.

    Those start with = + - @, a tab or a line end, and are not numbers: an id such as -12 or +3.5e2
    is unchanged, -2+3 is not. `core.files.csv_table` removes the apostrophe again.
    """
    if not isinstance(value, str) or not _FORMULA.match(value) or _NUMBER.fullmatch(value):
        return value
    return f"'{value}"


def without_quote(text: str) -> str:
    """Reverses `safe_cell`."""
    return text[1:] if text.startswith("'") and _FORMULA.match(text) else text


def csv_text(frame: pd.DataFrame) -> str:
    """A frame as CSV text without its index, with cells and column names through `safe_cell`."""
    safe = frame.copy()
    for i, dtype in enumerate(frame.dtypes):
        if not pd.api.types.is_numeric_dtype(dtype):
            safe.isetitem(i, frame.iloc[:, i].astype(object).map(safe_cell))
    safe.columns = pd.Index([safe_cell(c) for c in frame.columns], dtype=object)
    return safe.to_csv(index=False, lineterminator="\n")
