"""Numbers in cells of text, as people write them."""

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
