"""Ids and names that a spreadsheet has rounded, such as 6.09398E+17."""

import re
from collections.abc import Iterable

import numpy as np
import pandas as pd

from core.base.report import Report, listed
from core.reading.labels import Place, places

_ROUNDED = re.compile(r"[+-]?\d+([.,]\d+)?[eE]\+\d+")
REMEDY = (
    "a spreadsheet has shortened long numbers and lost their last digits, so that different ones "
    "may have become the same; export them again with the column formatted as text"
)


def rounded(texts: Iterable[object]) -> list[str]:
    """Those of the texts that were long numbers, each once."""
    return [str(v) for v in dict.fromkeys(texts) if "+" in str(v) and _ROUNDED.fullmatch(str(v))]


def warn(texts: pd.Series, place: Place, what: str, report: Report) -> None:
    """A warning where some were long numbers; `what` they are, in the plural."""
    if found := rounded(texts.unique()):
        rows = np.flatnonzero(texts.isin(found).to_numpy(bool))
        report.warn(
            f"{what} are in scientific notation",
            found=listed(found),
            expected="all digits",
            remedy=REMEDY,
            count=len(rows),
            examples=places(place, rows, texts),
        )
