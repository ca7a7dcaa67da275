"""Numbers in cells of text, as people write them."""

from typing import NamedTuple

import numpy as np
import pandas as pd
from jaxtyping import Bool, Float64

# Cells that stand for a missing number, in lower case. For columns of text only "" is missing.
MISSING_NUMBER = frozenset(
    "na n/a #n/a nan -nan null none nil missing unknown ? . - – "
    "#num! #div/0! #value! #ref! #name? #null! inf +inf -inf infinity -infinity".split()
)
# 1,234.5 where commas separate cells (then in quotation marks), and 1.234,5 where they do not.
_WITH_COMMAS = {
    ",": r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?",
    ";": r"[+-]?(\d+|\d{1,3}(\.\d{3})+)?,\d+([eE][+-]?\d+)?",
}


_EXACT = 2.0**53  # whole numbers from here on are read one column at a time


class Numbers(NamedTuple):
    """Numbers of some columns of text; `numbers` describes each array."""

    values: Float64[np.ndarray, "N D"]
    missing: Bool[np.ndarray, "N D"]
    no_number: Bool[np.ndarray, "N D"]


def many_numbers(cells: np.ndarray, delimiter: str) -> Numbers:
    """`numbers` of many columns at once, for tables of tens of thousands.

    Args:
      cells: [N, D] texts.
      delimiter: of the file.
    """
    filled = cells.astype(bool)  # not ""
    result = Numbers(np.full(cells.shape, np.nan), ~filled, np.zeros(cells.shape, bool))
    if not cells.size:
        return result
    first = cells[filled.argmax(axis=0), np.arange(cells.shape[1])]
    plain = np.flatnonzero([_looks_plain(text) for text in first])
    flat = pd.Series(cells[:, plain].ravel(), dtype=object)
    found = pd.to_numeric(flat, errors="coerce").to_numpy(float, na_value=np.nan)
    found = found.reshape(len(cells), len(plain))
    result.values[:, plain] = found
    simple = ((np.abs(found) < _EXACT) | ~filled[:, plain]).all(axis=0)
    done = np.zeros(cells.shape[1], bool)
    done[plain[simple]] = True
    done |= ~filled.any(axis=0)
    for j in np.flatnonzero(~done):
        # Few different texts, many cells; what a cell means does not depend on how often it comes.
        codes, levels = pd.factorize(cells[:, j])
        of_levels = numbers(pd.Series(levels, dtype=str), delimiter)
        for whole, part in zip(result, of_levels, strict=True):
            whole[:, j] = part[codes]
    return result


def _looks_plain(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def numbers(
    column: pd.Series, delimiter: str
) -> tuple[Float64[np.ndarray, " N"], Bool[np.ndarray, " N"], Bool[np.ndarray, " N"]]:
    """The numbers in a column of text.

    A decimal comma is understood where it cannot be the delimiter (`;` and tab), and 1,234.5 or
    1.234,5 with separated thousands.

    Returns:
      the values (NaN where there is none), which cells are blank or stand for a missing or
      infinite number, and which are text that is no number.
    """
    values = pd.to_numeric(column, errors="coerce").to_numpy(float, na_value=np.nan, copy=True)
    odd = ~np.isfinite(values)
    if not odd.any():
        return values, odd, np.zeros(len(values), bool)
    missing = odd & (column.str.lower().isin(MISSING_NUMBER) | (column == "")).to_numpy(bool)
    # 1e999 is a number too, an infinite one.
    missing |= odd & ~np.isnan(values)
    left = odd & ~missing
    if left.any():
        text = column[left].str.replace("\u2212", "-", regex=False)  # the true minus sign
        fixed = pd.to_numeric(text, errors="coerce").to_numpy(float, na_value=np.nan)
        commas = text.str.fullmatch(_WITH_COMMAS["," if delimiter == "," else ";"])
        commas = commas.to_numpy(bool)
        if delimiter == ",":
            text = text.str.replace(",", "", regex=False)
        else:
            text = text.str.replace(".", "", regex=False).str.replace(",", ".", regex=False)
        plain = pd.to_numeric(text, errors="coerce").to_numpy(float, na_value=np.nan)
        values[left] = np.where(commas, plain, fixed)
        if delimiter != "," and commas.any():
            # So 1.234 beside 1,5 is a thousand, not one and a bit.
            thousands = column.str.fullmatch(r"[+-]?[1-9]\d{0,2}(\.\d{3})+").to_numpy(bool)
            points = column[thousands].str.replace(".", "", regex=False)
            values[thousands] = pd.to_numeric(points).to_numpy(float)
    values[~np.isfinite(values)] = np.nan
    return values, missing, np.isnan(values) & ~missing
