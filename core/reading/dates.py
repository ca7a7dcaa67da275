"""Columns that say when something was done, in common notations, read strictly."""

import re
from itertools import product

import numpy as np
import pandas as pd
from jaxtyping import Float64

_WORDS = frozenset(
    "date time timestamp datetime datum zeit zeitpunkt zeitstempel at ts day when created updated "
    "am le fecha hora heure ora data leido letto gelezen op "
    "completed submitted".split()
)
_ISO = re.compile(r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d([.,]\d+)?)?( ?(Z|[+-]\d\d:?\d\d))?)?")
_DAYS = ("%Y/%m/%d", "%d.%m.%Y", "%d.%m.%y", "%d-%m-%Y", "%d/%m/%Y")
_TIMES = ("", " %H:%M", " %H:%M:%S")


def says_when(name: str) -> bool:
    """Whether a column of this name may hold dates or times."""
    parts = re.split(r"[\W_]+", re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).casefold())
    return bool(_WORDS & set(parts)) or parts[-1].endswith(("date", "time", "datum"))


def seconds(texts: pd.Series) -> Float64[np.ndarray, " R"] | None:
    """Each text as a point in time, NaN where blank; None unless all are in one notation.

    ISO 8601, day.month.year, day/month/year where no other order is possible, and Unix time.
    """
    filled = texts[texts != ""]
    if not len(filled):
        return None
    found = _seconds(filled)
    if found is None:
        return None
    result = np.full(len(texts), np.nan)
    result[(texts != "").to_numpy(bool)] = found
    return result


def _seconds(texts: pd.Series) -> np.ndarray | None:
    if texts.str.fullmatch(r"\d{10}|\d{13}").all():
        numbers = texts.to_numpy(np.float64)
        return np.where(numbers >= 1e11, numbers / 1000, numbers)
    if texts.map(lambda t: _ISO.fullmatch(t) is not None).all():
        return _parsed(texts, "ISO8601")
    for day, time in product(_DAYS, _TIMES):
        if (found := _parsed(texts, day + time)) is not None:
            # 3/4/2024 may be either; then nothing is guessed.
            ambiguous = "/%Y" in day and _parsed(texts, f"%m/%d/%Y{time}") is not None
            return None if ambiguous else found
    return None


def _parsed(texts: pd.Series, notation: str) -> np.ndarray | None:
    times = pd.to_datetime(texts, format=notation, errors="coerce", utc=True)
    if times.isna().any():
        return None
    return (times - pd.Timestamp(0, tz="UTC")).dt.total_seconds().to_numpy(np.float64)
