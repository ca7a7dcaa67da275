"""Tables for other people's spreadsheets."""

import pandas as pd

# A spreadsheet runs a cell that starts so as a formula (OWASP: CSV injection).
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def safe_cell(value: object) -> object:
    """`value`, with an apostrophe before texts that a spreadsheet would take for a formula."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


def csv_text(frame: pd.DataFrame) -> str:
    """A frame as CSV text without its index.

    Texts starting with = + - @, a tab or a carriage return get an apostrophe, in cells and in
    column names; numbers, negative ones too, are left alone.
    """
    safe = frame.copy()
    for i, dtype in enumerate(frame.dtypes):
        if not pd.api.types.is_numeric_dtype(dtype):
            safe.isetitem(i, frame.iloc[:, i].astype(object).map(safe_cell))
    safe.columns = pd.Index([safe_cell(c) for c in frame.columns], dtype=object)
    return safe.to_csv(index=False, lineterminator="\n")
