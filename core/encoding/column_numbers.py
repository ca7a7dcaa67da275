"""Numbers in cells of text, as people write them."""

import re
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from jaxtyping import Bool, Float64

from core.encoding import missing_words

_THOUSANDS = r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?"  # 1,234.5
_DECIMAL = r"[+-]?(\d+|\d{1,3}(\.\d{3})+)?,\d+([eE][+-]?\d+)?"  # 1.234,5
_UNIT = re.compile(r"([+-]?[\d.,]*\d(?:[eE][+-]?\d+)?)\s*([%‰°µμ²³a-zA-Z][%‰°µμ²³/a-zA-Z ]{0,11})")
_PLAIN = r"[+-]?[\d.,]*\d"
# Numbers with several of these are one quantity; of other texts, such as 1a and 2b, a category.
_KNOWN_UNITS = frozenset(
    {
        *("%", "‰", "nm", "µm", "μm", "um", "mm", "cm", "m", "km", "in", "mm²", "cm²", "m²"),
        *("µg", "μg", "ug", "mg", "g", "kg", "lb", "µl", "μl", "ul", "ml", "cl", "dl", "l"),
        *("ms", "s", "sec", "min", "h", "d", "days", "wk", "weeks", "mo", "months", "y", "yr"),
        *("yrs", "years", "mmhg", "kpa", "bpm", "hu", "°c", "°f", "mg/dl", "mmol/l", "g/dl"),
    }
)
_EXACT = 2.0**53  # whole numbers from here on are read one column at a time


class Column(NamedTuple):
    """The numbers in a column of text.

    Attributes:
      values: NaN where there is none.
      missing: cells that are blank or stand for a missing or infinite number.
      no_number: cells with text that is no number.
      unit: what stands behind every number, such as mm or %; the numbers are as they were written.
      decimal_comma: whether commas are decimal signs in a file whose cells are divided by commas.
      unclear: whether commas could be that, too: they divide thousands in every cell.
    """

    values: Float64[np.ndarray, " N"]
    missing: Bool[np.ndarray, " N"]
    no_number: Bool[np.ndarray, " N"]
    unit: str = ""
    decimal_comma: bool = False
    unclear: bool = False


class Numbers(NamedTuple):
    """Numbers of some columns of text; `Column` says what each holds."""

    values: Float64[np.ndarray, "N D"]
    missing: Bool[np.ndarray, "N D"]
    no_number: Bool[np.ndarray, "N D"]
    units: list[str]
    decimal_commas: list[bool]
    unclear: list[bool]


def many_numbers(cells: np.ndarray, delimiter: str, decimal_commas: Sequence[bool] = ()) -> Numbers:
    """`numbers` of many columns at once, for tables of tens of thousands.

    Where commas are decimal signs in one column, they are in all in which they could be.

    Args:
      cells: [N, D] texts.
      delimiter: of the file.
      decimal_commas: columns in which they are known to be; none by default.
    """
    filled = cells.astype(bool)  # not ""
    width = cells.shape[1]
    known = [*decimal_commas] or [False] * width
    result = Numbers(
        np.full(cells.shape, np.nan),
        ~filled,
        np.zeros(cells.shape, bool),
        [""] * width,
        [False] * width,
        [False] * width,
    )
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
    found_here: dict[int, Column] = {}
    for j in map(int, np.flatnonzero(~done)):
        # Few different texts, many cells; what a cell means does not depend on how often it comes.
        codes, levels = pd.factorize(cells[:, j])
        texts = pd.Series(levels, dtype=str)
        found_here[j] = _spread(numbers(texts, delimiter, decimal_comma=known[j]), codes)
    if any(column.decimal_comma for column in found_here.values()):
        for j, column in found_here.items():
            if column.unclear:
                texts = pd.Series(cells[:, j], dtype=str)
                found_here[j] = numbers(texts, delimiter, decimal_comma=True)
    for j, column in found_here.items():
        result.values[:, j], result.missing[:, j] = column.values, column.missing
        result.no_number[:, j] = column.no_number
        result.units[j], result.decimal_commas[j] = column.unit, column.decimal_comma
        result.unclear[j] = column.unclear
    return result


def _spread(levels: Column, codes: np.ndarray) -> Column:
    """A column of the different texts it holds."""
    return levels._replace(
        values=levels.values[codes],
        missing=levels.missing[codes],
        no_number=levels.no_number[codes],
    )


def _looks_plain(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def numbers(column: pd.Series, delimiter: str, *, decimal_comma: bool = False) -> Column:
    """The numbers in a column of text.

    A unit is understood where the same one stands behind every number. A decimal comma is
    understood where it cannot be the delimiter (`;` and tab), and between commas as delimiters, in
    quotation marks, where it cannot divide thousands in every cell (0,5 or 12,25). Else 1,234.5 and
    1.234,5 have separated thousands.

    Args:
      column: trimmed texts.
      delimiter: of the file.
      decimal_comma: whether commas are known to be decimal signs.
    """
    values = pd.to_numeric(column, errors="coerce").to_numpy(float, na_value=np.nan, copy=True)
    odd = ~np.isfinite(values)
    if not odd.any():
        return Column(values, odd, np.zeros(len(values), bool))
    none = column.str.lower().isin(missing_words.no_number()) | (column == "")
    missing = odd & none.to_numpy(bool)
    # 1e999 is a number too, an infinite one.
    missing |= odd & ~np.isnan(values)
    left = odd & ~missing
    unit, unclear = "", False
    if left.any() and left.sum() == (~missing).sum() and (unit := _unit(column[left])):
        bare = column.copy()
        bare[left] = [_UNIT.fullmatch(text)[1] for text in column[left]]  # type: ignore[index]
        found = numbers(bare, delimiter, decimal_comma=decimal_comma)
        if not found.no_number.any():
            return found._replace(unit=unit)
        unit = ""
    if left.any():
        text = column[left].str.replace("\u2212", "-", regex=False)  # the true minus sign
        fixed = pd.to_numeric(text, errors="coerce").to_numpy(float, na_value=np.nan)
        if delimiter == ",":
            decimal_comma, unclear = _commas(text, known=decimal_comma)
        points = delimiter != "," or decimal_comma
        commas = text.str.fullmatch(_DECIMAL if points else _THOUSANDS).to_numpy(bool)
        if points:
            text = text.str.replace(".", "", regex=False).str.replace(",", ".", regex=False)
        else:
            text = text.str.replace(",", "", regex=False)
        plain = pd.to_numeric(text, errors="coerce").to_numpy(float, na_value=np.nan)
        values[left] = np.where(commas, plain, fixed)
        if points and commas.any():
            # So 1.234 beside 1,5 is a thousand, not one and a bit.
            thousands = column.str.fullmatch(r"[+-]?[1-9]\d{0,2}(\.\d{3})+").to_numpy(bool)
            whole = column[thousands].str.replace(".", "", regex=False)
            values[thousands] = pd.to_numeric(whole).to_numpy(float)
    values[~np.isfinite(values)] = np.nan
    no_number = np.isnan(values) & ~missing
    return Column(values, missing, no_number, unit, decimal_comma and delimiter == ",", unclear)


def _unit(texts: pd.Series) -> str:
    """The unit behind every number; empty where there is none, or more than one."""
    found = {m[2].strip() if (m := _UNIT.fullmatch(text)) else "" for text in texts}
    return found.pop() if len(found) == 1 else ""


def mixed_units(texts: Sequence[str]) -> dict[str, int]:
    """How many numbers have which unit, "" for none; empty unless all are numbers of known units.

    Args:
      texts: filled cells of a column.
    """
    found: dict[str, int] = {}
    for text in texts:
        match = _UNIT.fullmatch(text)
        unit = match[2].strip() if match else ""
        if not (unit.casefold() in _KNOWN_UNITS if match else re.fullmatch(_PLAIN, text)):
            return {}
        found[unit] = found.get(unit, 0) + 1
    return found if len(found) > 1 else {}


def _commas(texts: pd.Series, *, known: bool) -> tuple[bool, bool]:
    """Whether commas between cells' quotation marks are decimal signs, and whether they may be."""
    single = texts.str.fullmatch(_DECIMAL) & ~texts.str.contains(".", regex=False)
    thousands = texts.str.fullmatch(_THOUSANDS)
    surely = single & (~thousands | texts.str.fullmatch(r"[+-]?0,\d+"))
    never = thousands & ~single
    decimal = bool((known or surely.any()) and not never.any())
    return decimal, bool((single & thousands).any() and not decimal and not never.any())
